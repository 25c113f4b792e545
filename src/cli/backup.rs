//! `tillbook backup`: a checked copy of the file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::failure::Failure;
use super::output::{activity, print};

/// Copy the file and check the copy.
///
/// Works beside a program that writes the file, and everything that was stored before is in the
/// copy. The copy is read through like `tillbook check` does, and takes its name only when it is
/// sound and on disk. A file that has the name already is left alone.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The name of the copy.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write over an earlier copy of this name.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { file, force } = arguments;
    let store = super::open_beside(db)?;
    let activity = activity();
    let done = store.backup(file, *force, |what| activity.set_message(what));
    activity.finish_and_clear();
    let report = done.map_err(|error| Failure::taken(error, "--force writes over it"))?;
    print(&format!(
        "{} customers, {} operations, {} credit transactions copied to {} and checked\n",
        report.n_customers,
        report.n_operations,
        report.n_credit_transactions,
        file.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
