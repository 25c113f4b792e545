//! `tillbook check`: whether the file is sound.

use std::path::Path;
use std::process::ExitCode;

use tillbook::Error;
use tillbook::check::Report;

use super::failure::Failure;
use super::output::{activity, print};

/// Check that the file is sound.
///
/// Reads the whole file: SQLite's own structures, the hash chains of all operations, every balance
/// against its transactions, every claim to a card or an external id, and the texts kept for
/// searching. Names whatever is wrong and then ends with status 1. Changes nothing, and works beside
/// a program that writes the file.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

/// What to do about a file that is not sound.
const WAY_OUT: &str = "\
hint: stop the till, keep a copy of the file and of what lies beside it (-wal), and never repair it
      in place; go on with the newest backup that `tillbook check` finds sound, or with what
      `tillbook salvage FILE` carries into a fresh file, and look at the disk
";

pub(super) fn run(db: &Path, _arguments: &Arguments) -> Result<ExitCode, Failure> {
    let report = check(db).map_err(|failure| match failure {
        // The usual hint is to run this verb.
        Failure::Store(error @ Error::Corrupt(_)) => Failure::said(error.to_string()),
        other => other,
    })?;
    print(&told(&report))?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check(db: &Path) -> Result<Report, Failure> {
    let store = super::open_beside(db)?;
    let activity = activity();
    let checked = store.check(|what| activity.set_message(format!("checking {what}")));
    activity.finish_and_clear();
    Ok(checked?)
}

fn told(report: &Report) -> String {
    let Report { n_customers, n_operations, n_credit_transactions, n_troubles, troubles } = report;
    let mut text: String = troubles.iter().map(|trouble| format!("{trouble}\n")).collect();
    let unlisted = n_troubles - troubles.len() as u64;
    if unlisted > 0 {
        text.push_str(&format!("and {unlisted} more\n"));
    }
    let verdict = match n_troubles {
        0 => "the file is sound".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        n => format!("{n} things are wrong"),
    };
    text.push_str(&format!(
        "{n_customers} customers, {n_operations} operations, \
         {n_credit_transactions} credit transactions read: {verdict}\n"
    ));
    if *n_troubles > 0 {
        text.push_str(WAY_OUT);
    }
    text
}
