//! Backlog: rows that came in bulk, worked off by one thread, a group at a time.
//!
//! It goes on with what waits when the door opens, sleeps when nothing does, and lets every other
//! write go before its next group.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::ErrorCode;

use super::meters::Text;
use super::tratta;
use crate::bulk::{Bulk, BulkOutcome, BulkStep, is_of_row};
use crate::error::{Error, Result};
use crate::query::Page;
use crate::store::{Store, Tx};

/// What is done with a row.
type Apply = fn(&Tx<'_>, &str) -> Result<BulkOutcome>;

/// A row that fails so often, through no fault of the file, is rejected, or it would hold up all others.
const TRIES_MAX: u32 = 3;
/// Between two groups, so that whoever waits for the writer has it in between.
const PAUSE: Duration = Duration::from_millis(1);
/// After a fault such as a full disk, doubled with each one that follows.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LAST: Duration = Duration::from_secs(60);

/// The thread that works rows off, and what it has done.
#[derive(Debug)]
pub(crate) struct Backlog {
    /// Whether a job was taken on that the worker has not heard of.
    is_due: AtomicBool,
    /// `None` once the backlog is closed.
    bell: Mutex<Option<SyncSender<()>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
    done: Arc<Done>,
}

/// What was worked off since the door was opened.
#[derive(Debug, Default)]
struct Done {
    rows: AtomicU64,
    rejects: AtomicU64,
    jobs: AtomicU64,
}

impl Backlog {
    /// Works off what waits in `store`, and what comes.
    pub(crate) fn start(store: Arc<Store>) -> Self {
        Self::start_with(store, tratta::apply)
    }

    fn start_with(store: Arc<Store>, apply: Apply) -> Self {
        let (sender, bell) = mpsc::sync_channel(1);
        let done = Arc::<Done>::default();
        let counted = Arc::clone(&done);
        let worker = thread::Builder::new().name("tillbook-bulk".to_owned());
        // Without a thread the rows wait for the next start.
        let worker = worker.spawn(move || work(&store, apply, &bell, &counted)).ok();
        let (bell, worker) = (Mutex::new(Some(sender)), Mutex::new(worker));
        Self { is_due: AtomicBool::new(false), bell, worker, done }
    }

    /// Notes that a job is taken on, within the SQL transaction that does so: the worker would hold up
    /// its commit.
    pub(crate) fn note(&self) {
        self.is_due.store(true, Ordering::SeqCst);
    }

    /// Wakes the worker, if a job was noted. Called behind every commit.
    pub(crate) fn wake(&self) {
        if !self.is_due.swap(false, Ordering::SeqCst) {
            return;
        }
        let bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        // Where it rings already, once is enough.
        let _ = bell.as_ref().map(|bell| bell.try_send(()));
    }

    /// Waits for the group that is being worked off; the rest waits for the next start.
    pub(crate) fn close(&self) {
        self.bell.lock().unwrap_or_else(PoisonError::into_inner).take();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = worker.map(JoinHandle::join);
    }

    /// Writes what was counted.
    pub(crate) fn write(&self, store: &Store, text: &mut Text) -> Result<()> {
        let Done { rows, rejects, jobs } = &*self.done;
        let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let (name, help) = ("tillbook_bulk_rows_total", "Rows of bulks that were worked off.");
        text.counter(name, help, count(rows));
        text.counter(
            "tillbook_bulk_rejects_total",
            "Rows of bulks that something was wrong with.",
            count(rejects),
        );
        let (name, help) = ("tillbook_bulk_jobs_total", "Bulks that were worked off to the end.");
        text.counter(name, help, count(jobs));
        let waiting = store.bulk_rows_waiting()?;
        text.gauge("tillbook_bulk_rows_waiting", "Rows of bulks that wait.", waiting);
        Ok(())
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.close();
    }
}

/// Works off group after group until the bell is gone.
fn work(store: &Store, apply: Apply, bell: &Receiver<()>, done: &Done) {
    let (mut is_due, mut retry) = (waits(store), RETRY_FIRST);
    let tried = RefCell::<Tried>::default();
    loop {
        if !is_due && bell.recv().is_err() {
            return;
        }
        let n_failures = tried.borrow().n_failures();
        let step = store.work_off_bulk(|tx, row| tried.borrow_mut().apply(apply, tx, row));
        let rung = match step {
            Ok(step) => {
                retry = RETRY_FIRST;
                tried.borrow_mut().0.clear();
                is_due = step.is_some_and(|step| {
                    note(store, &step, done);
                    thread::sleep(PAUSE);
                    step.bulk.done_at.is_none() || waits(store)
                });
                bell.try_recv()
            }
            Err(error) => {
                tracing::warn!(%error, "rows of a bulk wait");
                if tried.borrow().n_failures() > n_failures {
                    // It is a row that fails, and not for long.
                    retry = RETRY_FIRST;
                }
                let rung = bell.recv_timeout(retry);
                (is_due, retry) = (true, (2 * retry).min(RETRY_LAST));
                rung.map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                })
            }
        };
        match rung {
            Ok(()) => is_due = true,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return,
        }
    }
}

/// Rows of the group that is being worked off, and how often each has failed.
#[derive(Debug, Default)]
struct Tried(HashMap<String, u32>);

impl Tried {
    fn n_failures(&self) -> u32 {
        self.0.values().sum()
    }

    /// Works a row off, or says of one that has failed too often that it is wrong.
    fn apply(&mut self, apply: Apply, tx: &Tx<'_>, row: &str) -> Result<BulkOutcome> {
        if self.0.get(row).is_some_and(|n_times| *n_times >= TRIES_MAX) {
            let rule = format!("failed {TRIES_MAX} times; the log of the server tells why");
            return Err(Error::invalid("row", rule));
        }
        let done = panic::catch_unwind(AssertUnwindSafe(|| apply(tx, row)));
        let done = done.unwrap_or_else(|_| Err(Error::NotStored("a row panicked".to_owned())));
        if done.as_ref().is_err_and(|error| !is_of_row(error) && !is_of_file(error, tx)) {
            *self.0.entry(row.to_owned()).or_default() += 1;
        }
        done
    }
}

/// Whether it is the file that fails, so that no row is to blame.
fn is_of_file(error: &Error, tx: &Tx<'_>) -> bool {
    match error {
        Error::Sqlite(error) => !matches!(
            error.sqlite_error_code(),
            None | Some(
                ErrorCode::Unknown
                    | ErrorCode::ConstraintViolation
                    | ErrorCode::TypeMismatch
                    | ErrorCode::TooBig
                    | ErrorCode::ParameterOutOfRange
            )
        ),
        Error::Io(_)
        | Error::DiskFull
        | Error::ReadOnly(_)
        | Error::Corrupt(_)
        | Error::CommitUnknown(_)
        | Error::FileReplaced(_)
        | Error::WritesRefused(_) => true,
        _ => tx.is_over(),
    }
}

/// Whether rows wait, for all that can be read.
fn waits(store: &Store) -> bool {
    store.bulk_rows_waiting().map_or(true, |n_rows| n_rows > 0)
}

fn note(store: &Store, step: &BulkStep, done: &Done) {
    let BulkStep { bulk: Bulk { id, n_rows, done_at, .. }, .. } = step;
    done.rows.fetch_add(step.n_rows, Ordering::Relaxed);
    done.rejects.fetch_add(step.n_rejects, Ordering::Relaxed);
    if done_at.is_some() {
        done.jobs.fetch_add(1, Ordering::Relaxed);
        let rejects = store.list_bulk_rejects(id, Page { skip: 0, take: 0 });
        let rejects = rejects.map_or(0, |(_, total)| total);
        tracing::info!(bulk = %id, rows = n_rows, rejects, "bulk completed");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that meets an error it did not ask for is over")]
mod tests {
    use expect_test::expect;

    use super::*;

    /// Fails as its row says.
    fn apply(_: &Tx<'_>, row: &str) -> Result<BulkOutcome> {
        match row {
            "panic" => panic!("as the row says"),
            "fault" => Err(Error::NoParent),
            _ => Ok(BulkOutcome::default()),
        }
    }

    #[test]
    fn a_row_that_always_fails_holds_up_no_other() {
        let store = Arc::new(Store::open_in_memory().unwrap());
        let rows = ["a", "panic", "b", "fault", "c"].map(str::to_owned);
        let job = store.take_bulk(None, &rows).unwrap().id;
        store.take_bulk(None, &rows[..1]).unwrap();
        let _backlog = Backlog::start_with(Arc::clone(&store), apply);
        for _ in 0..30_000 {
            if store.bulk_rows_waiting().unwrap() == 0 {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let (rejects, _) = store.list_bulk_rejects(&job, Page::default()).unwrap();
        let told = rejects.iter().map(|one| format!("{} {}\n", one.position, one.errors));
        expect![[r#"
            2 {"row":["row failed 3 times; the log of the server tells why"]}
            4 {"row":["row failed 3 times; the log of the server tells why"]}
        "#]]
        .assert_eq(&told.collect::<String>());
        assert_eq!(store.bulk_rows_waiting().unwrap(), 0);
    }

    /// A disk that is full is no row's fault, however often it is.
    #[test]
    fn no_row_is_rejected_for_the_file() {
        let store = Store::open_in_memory().unwrap();
        let mut tried = Tried::default();
        let full: Apply = |_, _| Err(Error::DiskFull);
        for _ in 0..2 * TRIES_MAX {
            let done = store.write(|tx| tried.apply(full, tx, "a"));
            assert!(matches!(done, Err(Error::DiskFull)), "{done:?}");
        }
        assert_eq!(tried.0.len(), 0);
    }
}
