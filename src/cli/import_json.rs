//! `tillbook import --json`: rows of customers with locations and debt accounts, as Tratta's bulk
//! takes them, by the same engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::value::RawValue;
use tillbook::bulk::BULK_ROWS_MAX;
use tillbook::http::BULK_BODY_BYTES_MAX;
use tillbook::http::tratta::{apply, payload};
use tillbook::import::REJECTS_MAX;
use tillbook::query::TAKE_MAX;
use tillbook::{Error, Page, Store, Tx};

use super::failure::Failure;
use super::output::{one_line, print};
use super::rows::Rows;

/// What has become of the rows so far.
#[derive(Default)]
struct Report {
    n_rows: u64,
    n_rejects: u64,
    /// A line for each thing that was wrong, at most [`REJECTS_MAX`].
    told: Vec<(u64, String)>,
    /// Where the file goes wrong, behind rows that are taken first.
    end: Option<Failure>,
}

impl Report {
    /// Takes note of a row that something was wrong with.
    fn reject(&mut self, row: u64, said: impl IntoIterator<Item = String>) {
        self.n_rejects += 1;
        let n_left = REJECTS_MAX.saturating_sub(self.told.len());
        self.told.extend(said.into_iter().take(n_left).map(|said| (row, said)));
    }

    fn text(&mut self, dry_run: bool) -> String {
        // Those that are no JSON were told before others of their job.
        self.told.sort_by_key(|(row, _)| *row);
        let line = |(row, said): &(u64, String)| format!("row {row}: {}\n", one_line(said));
        let mut text: String = self.told.iter().map(line).collect();
        if self.told.len() == REJECTS_MAX {
            text.push_str("and maybe more\n");
        }
        let (rows, n_rejects) = (rows(self.n_rows), self.n_rejects);
        text.push_str(&match dry_run {
            true => format!("would take {rows}, {n_rejects} with errors\nnothing was changed\n"),
            false => format!("took {rows}, {n_rejects} with errors\n"),
        });
        text
    }
}

fn rows(n: u64) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{n} rows") }
}

/// Rows of one job, each with its number in the file.
type Job = Vec<(u64, String)>;

pub(super) fn run(
    db: &Path,
    mut rows: Rows,
    bar: &ProgressBar,
    dry_run: bool,
) -> Result<ExitCode, Failure> {
    let mut report = Report::default();
    let done = match dry_run {
        true => rehearse(db, &mut rows, bar, &mut report),
        false => import(db, &mut rows, bar, &mut report),
    };
    bar.finish_and_clear();
    let n_done = report.n_rows;
    let text = report.text(dry_run);
    match done {
        Ok(()) => print(&text)?,
        Err(failure) if dry_run || n_done == 0 => return Err(failure),
        Err(failure) => {
            print(&text)?;
            return Err(failure);
        }
    }
    let in_vain = report.n_rejects > 0 && report.n_rejects == report.n_rows;
    Ok(if in_vain { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn import(
    db: &Path,
    rows: &mut Rows,
    bar: &ProgressBar,
    report: &mut Report,
) -> Result<(), Failure> {
    let store = Store::open(db)?;
    // What waits from before goes first, in the order in which it came.
    while store.work_off_bulk(apply)?.is_some() {}
    while let Some(job) = next_job(rows, report)? {
        let (places, payloads): (Vec<u64>, Vec<String>) = job.into_iter().unzip();
        if !payloads.is_empty() {
            let id = store.take_bulk(None, &payloads)?.id;
            while store.work_off_bulk(apply)?.is_some() {}
            let mut page = Page { skip: 0, take: TAKE_MAX };
            loop {
                let (rejects, _) = store.list_bulk_rejects(&id, page)?;
                page.skip += rejects.len() as u64;
                if rejects.is_empty() {
                    break;
                }
                for reject in rejects {
                    let place =
                        usize::try_from(reject.position).ok().and_then(|n| n.checked_sub(1));
                    let row = place.and_then(|at| places.get(at)).copied().unwrap_or_default();
                    report.reject(row, told(&reject.errors));
                }
            }
        }
        bar.set_position(rows.n_bytes());
    }
    Ok(())
}

/// Works everything off in one SQL transaction, of which nothing is stored.
fn rehearse(
    db: &Path,
    rows: &mut Rows,
    bar: &ProgressBar,
    report: &mut Report,
) -> Result<(), Failure> {
    // A dry run makes no file either.
    let store = if db.exists() { Store::open(db)? } else { Store::open_in_memory()? };
    let mut failed = None;
    let done = store.rehearse(|tx| {
        loop {
            let job = match next_job(rows, report) {
                Ok(Some(job)) => job,
                Ok(None) => return Ok(()),
                Err(failure) => {
                    failed = Some(failure);
                    return Ok(());
                }
            };
            for (row, payload) in job {
                if let Some(errors) = rehearsed(tx, &payload)? {
                    report.reject(row, told(&errors));
                }
            }
            bar.set_position(rows.n_bytes());
        }
    });
    failed.map_or(Ok(done?), Err)
}

/// What would be wrong with a row.
fn rehearsed(tx: &Tx<'_>, payload: &str) -> tillbook::Result<Option<String>> {
    match tx.nested(|tx| apply(tx, payload)) {
        Ok(outcome) => Ok(outcome.errors),
        Err(Error::Invalid { parameter, rule }) => {
            Ok(Some(serde_json::json!({ "row": [format!("{parameter} {rule}")] }).to_string()))
        }
        Err(error) => Err(error),
    }
}

/// As many rows as a job has, or as many bytes; those that are no JSON are rejected at once. `None` at
/// the end.
fn next_job(rows: &mut Rows, report: &mut Report) -> Result<Option<Job>, Failure> {
    if let Some(failure) = report.end.take() {
        return Err(failure);
    }
    let (mut job, mut n_bytes, n_before) = (Job::new(), 0, report.n_rows);
    while job.len() < BULK_ROWS_MAX && n_bytes < BULK_BODY_BYTES_MAX {
        let (row, text) = match rows.next() {
            Ok(Some(next)) => next,
            Ok(None) => break,
            Err(error) => {
                let failure = Failure::said(format!("the file cannot be read: {error}"));
                if report.n_rows == n_before {
                    return Err(failure);
                }
                report.end = Some(failure);
                break;
            }
        };
        n_bytes += text.len();
        report.n_rows += 1;
        match std::str::from_utf8(&text).map(payload) {
            Ok(Ok(payload)) => job.push((row, payload)),
            Ok(Err(error)) => report.reject(row, [error.to_string()]),
            Err(_) => report.reject(row, ["row must be UTF-8".to_owned()]),
        }
    }
    Ok(Some(job).filter(|_| report.n_rows > n_before))
}

/// A line for each thing that was wrong with a row: the part, the account's external id, the text.
fn told(errors: &str) -> Vec<String> {
    /// What was sent is read no further than to its name.
    #[derive(Deserialize)]
    struct Entry {
        data: Box<RawValue>,
        messages: BTreeMap<String, Vec<String>>,
    }
    #[derive(Deserialize)]
    struct Sent {
        external_id: String,
    }
    let errors: BTreeMap<String, Vec<Box<RawValue>>> =
        serde_json::from_str(errors).unwrap_or_default();
    let mut lines = Vec::new();
    for (part, entries) in errors {
        for entry in entries {
            if let Ok(text) = serde_json::from_str::<String>(entry.get()) {
                lines.push(text);
            } else if let Ok(Entry { data, messages }) = serde_json::from_str(entry.get()) {
                let name = match serde_json::from_str::<Sent>(data.get()) {
                    Ok(Sent { external_id }) => format!("{part} {external_id:?}"),
                    Err(_) => part.clone(),
                };
                lines
                    .extend(messages.into_values().flatten().map(|text| format!("{name}: {text}")));
            }
        }
    }
    lines
}
