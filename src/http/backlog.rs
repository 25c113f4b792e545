//! Backlog: rows that came in bulk, worked off by one thread, a group at a time.
//!
//! It goes on with what waits when the door opens, sleeps when nothing does, and lets every other
//! write go before its next group.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::meters::Text;
use super::tratta;
use crate::bulk::{Bulk, BulkStep};
use crate::error::{Error, Result};
use crate::query::Page;
use crate::store::Store;

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
        let (sender, bell) = mpsc::sync_channel(1);
        let done = Arc::<Done>::default();
        let counted = Arc::clone(&done);
        let worker = thread::Builder::new().name("tillbook-bulk".to_owned());
        // Without a thread the rows wait for the next start.
        let worker = worker.spawn(move || work(&store, &bell, &counted)).ok();
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
fn work(store: &Store, bell: &Receiver<()>, done: &Done) {
    let (mut is_due, mut retry) = (waits(store), RETRY_FIRST);
    loop {
        if !is_due && bell.recv().is_err() {
            return;
        }
        let step = panic::catch_unwind(AssertUnwindSafe(|| store.work_off_bulk(tratta::apply)));
        let step = step.unwrap_or_else(|_| Err(Error::NotStored("a row panicked".to_owned())));
        let rung = match step {
            Ok(step) => {
                retry = RETRY_FIRST;
                is_due = step.is_some_and(|step| {
                    note(store, &step, done);
                    thread::sleep(PAUSE);
                    step.bulk.done_at.is_none() || waits(store)
                });
                bell.try_recv()
            }
            Err(error) => {
                tracing::warn!(%error, "rows of a bulk wait");
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
