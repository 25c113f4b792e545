//! `tillbook export`: all customers as a table or as lines of JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tillbook::export::Format;

use super::failure::Failure;
use super::output::{print, progress};

/// Export all customers to a CSV file or to lines of JSON.
///
/// The ending of the name decides. A .csv file is for spreadsheets and other systems: customers with
/// cards, two addresses and balance, a row for each card. A .jsonl file carries everything but the
/// credit transactions: every address, every detail of a card, ban notes and meta. `tillbook import`
/// reads both, and takes the balances as opening balances.
///
/// Works beside a program that writes the file; all customers are of one moment. In a .csv file a
/// text that a spreadsheet would take for a formula begins with an apostrophe, which the import takes
/// away again. A card that cannot be used on the day of the export is switched off in a .csv file.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to make, ending in .csv or .jsonl.
    #[arg(value_name = "FILE", value_parser = target)]
    file: (PathBuf, Format),
    /// Write over a file of this name.
    #[arg(long)]
    force: bool,
}

/// The file and what its ending says.
fn target(text: &str) -> Result<(PathBuf, Format), String> {
    let path = PathBuf::from(text);
    match Format::of(&path) {
        Some(format) => Ok((path, format)),
        None => Err("the name must end in .csv or .jsonl".to_owned()),
    }
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { file: (file, format), force } = arguments;
    let store = super::open_beside(db)?;
    let bar = progress(0, "customers");
    let done = store.export_file(file, *format, *force, |progress| {
        bar.set_length(progress.n_customers_total);
        bar.set_position(progress.n_customers);
    });
    bar.finish_and_clear();
    let report = done.map_err(|error| Failure::taken(error, "--force writes over it"))?;
    print(&format!(
        "{} customers with {} cards exported to {}\n",
        report.n_customers,
        report.n_cards,
        file.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
