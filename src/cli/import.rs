//! `tillbook import`: customers from the file of another system or from an export, and the undoing.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tillbook::export::Format;
use tillbook::import::{Progress, Report, Undone};
use tillbook::{BatchId, Currency, Error, ImportOptions, Store};

use super::failure::Failure;
use super::import_json;
use super::output::{activity, one_line, print, progress};
use super::rows::Rows;

/// Import customers, cards and opening balances from a file, or undo an import.
///
/// A CSV file is UTF-8 with comma, semicolon or tab, and its first line names the columns in any
/// order: as PORTOS Link or Dotykačka export them, or in plain English such as card number, first
/// name, surname, discount, balance. Columns that are not known are left out and named.
///
/// A line finds its customer by Id, else by ExternalId, else by CardSerialNumber, and replaces the
/// fields whose cells hold something; a line that finds nobody makes a new customer. CreditAmount is
/// the balance a customer brings along, and is taken once. Importing a file again changes nothing,
/// and one that was cut short is finished by importing it again.
///
/// A file whose name ends in .jsonl is what `tillbook export` has written: a line carries everything
/// about a customer, and the customer of that id becomes what it says.
///
/// With --json a file holds rows as Tratta's bulk takes them, each a customer, a location and debt
/// accounts: a list of any length, or a row on each line. A customer, or a location, whose external id
/// is known is used as it is stored. Each row is stored once even if the program is ended: what waits
/// then is worked off by the next import or by serve. A file that was cut short may be imported again
/// where its customers and accounts have external ids; those without are made anew.
///
/// A line that breaks a rule is rejected as a whole, named with its reason, and holds up no other:
/// the exit status is 1 only when nothing could be imported.
///
/// With --undo, the customers that an import created are deleted and their opening balances reversed,
/// unless somebody has used or changed them since; those stay and are named.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, .csv or .jsonl; `-` is CSV from the standard input.
    #[arg(value_name = "FILE", required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// Show what would be created, updated and rejected, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// The file holds rows in JSON: customers with locations and debt accounts.
    #[arg(long, conflicts_with = "undo")]
    json: bool,
    /// Undo the import of this name instead: what it printed as batch.
    #[arg(long, value_name = "BATCH", conflicts_with_all = ["file", "dry_run"])]
    undo: Option<String>,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    match (&arguments.file, &arguments.undo) {
        (_, Some(batch)) => undo(db, batch),
        (Some(file), None) => import(db, file, arguments),
        (None, None) => Err(Failure::said("there is no file to import")),
    }
}

fn undo(db: &Path, batch: &str) -> Result<ExitCode, Failure> {
    let no_name = |rule| Failure::said(format!("{batch:?} names no import: it {rule}"));
    let batch = BatchId::new(batch).map_err(no_name)?;
    if !db.exists() {
        return Err(Error::NoFile(db.to_owned()).into());
    }
    let store = Store::open(db)?;
    let activity = activity().with_message("undoing");
    let undone =
        store.undo_import(&batch, |n| activity.set_message(format!("undoing, {n} so far")));
    activity.finish_and_clear();
    print(&told_undone(&undone?, store.currency()))?;
    Ok(ExitCode::SUCCESS)
}

fn told_undone(undone: &Undone, currency: &Currency) -> String {
    let mut text: String = undone.left.iter().map(|left| format!("{left}\n")).collect();
    let unlisted = undone.n_left - undone.left.len() as u64;
    if unlisted > 0 {
        text.push_str(&format!("and {unlisted} more\n"));
    }
    let Undone { n_deleted, n_gone, n_left, n_reversed, .. } = *undone;
    text.push_str(&format!(
        "deleted {n_deleted} customers, left {n_left}, {n_gone} were deleted before\n"
    ));
    if n_reversed > 0 {
        let sum = currency.display(undone.reversed);
        text.push_str(&format!(
            "opening balances reversed: {n_reversed}, together {sum} {}\n",
            currency.label()
        ));
    }
    text
}

fn import(db: &Path, file: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let dry_run = arguments.dry_run;
    let (bytes, n_bytes) = open(file)
        .map_err(|error| Failure::said(format!("{} cannot be read: {error}", file.display())))?;
    let bar = match n_bytes {
        Some(n_bytes) => progress(n_bytes, "bytes"),
        None => activity().with_message("importing"),
    };
    if arguments.json {
        return import_json::run(db, Rows::new(bytes), &bar, dry_run);
    }
    // A dry run makes no file either.
    let store = match dry_run && !db.exists() {
        true => Store::open_in_memory()?,
        false => Store::open(db)?,
    };
    let options = ImportOptions { dry_run, ..ImportOptions::new(store.stamp()) };
    let mut n_stored = 0;
    let note = |progress: &Progress| {
        bar.set_position(progress.n_bytes);
        n_stored = progress.n_rows;
    };
    let report = match Format::of(file) {
        Some(Format::JsonLines) => store.import_json_lines(bytes, &options, note),
        _ => store.import(bytes, &options, note),
    };
    bar.finish_and_clear();
    let report = report.map_err(|error| match n_stored {
        0 => Failure::Store(error),
        _ if dry_run => Failure::Store(error),
        n_stored => cut_short(&error, n_stored, &options),
    })?;
    print(&told(&report, dry_run, store.currency()))?;
    let n_taken = report.n_created + report.n_updated + report.n_unchanged;
    let in_vain = n_taken == 0 && report.n_rejected > 0;
    Ok(if in_vain { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The file, and how many bytes it has if that is known.
fn open(file: &Path) -> io::Result<(Box<dyn Read>, Option<u64>)> {
    if file == Path::new("-") {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let bytes = File::open(file)?;
    let about = bytes.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((Box::new(bytes), Some(about.len())))
}

fn cut_short(error: &Error, n_stored: u64, options: &ImportOptions) -> Failure {
    Failure::with_hint(
        error.to_string(),
        format!(
            "{n_stored} lines were imported as batch {}; import the file again to go on",
            options.batch
        ),
    )
}

fn told(report: &Report, dry_run: bool, currency: &Currency) -> String {
    let lines = |n: u64| if n == 1 { "1 line".to_owned() } else { format!("{n} lines") };
    let mut text: String = report
        .rejects
        .iter()
        .map(|reject| format!("{}\n", one_line(&reject.to_string())))
        .collect();
    let unlisted = report.n_rejected - report.rejects.len() as u64;
    if unlisted > 0 {
        text.push_str(&format!("and {} more\n", lines(unlisted)));
    }
    if !report.ignored.is_empty() {
        let ignored = report.ignored.join(", ");
        text.push_str(&format!("columns left out as unknown: {}\n", one_line(&ignored)));
    }
    let Report { n_created, n_updated, n_unchanged, n_opening, .. } = *report;
    let n_rejected = lines(report.n_rejected);
    let balances = match n_opening {
        0 => String::new(),
        n => format!(
            "opening balances: {n}, together {} {}\n",
            currency.display(report.opening),
            currency.label()
        ),
    };
    text.push_str(&match dry_run {
        true => format!(
            "would create {n_created} customers, update {n_updated}, leave {n_unchanged} unchanged, \
             reject {n_rejected}\n{balances}nothing was changed\n",
        ),
        false => format!(
            "created {n_created} customers, updated {n_updated}, left {n_unchanged} unchanged, \
             rejected {n_rejected}\n{balances}batch {}\n",
            report.batch
        ),
    });
    text
}
