//! `tillbook salvage`: what a damaged file still proves, in a fresh one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tillbook::salvage::Salvage;
use tillbook::{Error, Options};

use super::failure::Failure;
use super::output::{activity, print};

/// Carry what a damaged file still proves into a fresh one.
///
/// For when there is no sound backup, or not of the last hours. Customers, cards, credit and history
/// are taken wherever an operation's hash or a row's seal proves them; a balance that is still known
/// stays what it was, by a correction where transactions are lost. All that is lost or in doubt is
/// named, by table, id and reason, and then the status is 1: the fresh file is there and sound, but
/// not whole. Status 0 means that nothing is missing.
///
/// The damaged file, that of --db, is never changed, and nobody may have it open meanwhile. Nothing
/// is written over. The fresh file is checked before it takes its name; `tillbook restore` puts it in
/// the damaged one's place.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The name of the fresh file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { file } = arguments;
    let activity = activity();
    let done = tillbook::salvage(db, file, &Options::default(), |what| activity.set_message(what));
    activity.finish_and_clear();
    let salvage = done.map_err(|error| match error {
        Error::Corrupt(_) => Failure::with_hint(
            format!("nothing can be salvaged: {error}"),
            "`tillbook restore BACKUP` puts a backup in its place; the damaged file is kept beside it",
        ),
        error => Failure::taken(error, "name a file that is not there yet"),
    })?;
    print(&told(&salvage, db, file))?;
    Ok(if salvage.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(salvage: &Salvage, db: &Path, file: &Path) -> String {
    let Salvage { report, n_operations_kept, n_findings, findings, .. } = salvage;
    let mut text: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    let n_unlisted = n_findings - findings.len() as u64;
    if n_unlisted > 0 {
        text.push_str(&format!("and {n_unlisted} more\n"));
    }
    let verdict = match n_findings {
        0 => "nothing is missing".to_owned(),
        1 => "1 thing is lost or in doubt".to_owned(),
        n => format!("{n} things are lost or in doubt"),
    };
    text.push_str(&format!(
        "{} customers, {} credit transactions, {n_operations_kept} of the operations salvaged to {} \
         and checked: {verdict}\n",
        report.n_customers,
        report.n_credit_transactions,
        file.display(),
    ));
    text.push_str(&format!(
        "hint: keep {} as it is, and look at the disk; `tillbook restore {}` puts the salvaged file\n      \
         in its place\n",
        db.display(),
        file.display(),
    ));
    text
}
