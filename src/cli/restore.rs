//! `tillbook restore`: the file as it was when a backup was made.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tillbook::{Error, Options, backup};

use super::failure::Failure;
use super::output::{activity, print};

/// Put a backup in the place of the file.
///
/// The backup is copied and checked first, and stays where it is. The file that was there is kept
/// beside it, with the present time behind its name. Nobody may have the file open meanwhile. What
/// was stored after the backup was made is in the kept file only.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The backup; the file it replaces is that of --db.
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { backup } = arguments;
    let activity = activity();
    let done = backup::restore(backup, db, &Options::default(), |what| activity.set_message(what));
    activity.finish_and_clear();
    let restored = done.map_err(|error| match error {
        // The usual hint is to make a file.
        Error::NoFile(_) | Error::Corrupt(_) => Failure::said(error.to_string()),
        other => Failure::Store(other),
    })?;
    let report = restored.report;
    let kept = match &restored.kept {
        Some(kept) => format!("the file that was there is kept as {}\n", kept.display()),
        None => String::new(),
    };
    print(&format!(
        "{} customers, {} operations, {} credit transactions restored to {}\n{kept}",
        report.n_customers,
        report.n_operations,
        report.n_credit_transactions,
        db.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
