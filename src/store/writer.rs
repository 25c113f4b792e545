//! The one writer: callers that wait together commit together.
//!
//! Each caller runs its own work in a savepoint, on its own thread, under the lock. The last one of
//! those that wait commits for all of them; one caller alone commits at once. Work that fails is
//! undone alone.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::haystack::Changes;

/// The writing connection and those who wait for it.
#[derive(Debug)]
pub(super) struct Writer {
    desk: Mutex<Desk>,
    n_waiting: AtomicUsize,
    /// Reads go through the same connection, and must not see what is not committed.
    shared_with_readers: bool,
}

#[derive(Debug)]
struct Desk {
    conn: Connection,
    /// Of the SQL transaction that is open now.
    batch: Option<Arc<Batch>>,
    /// Told when what it has noted is committed or undone.
    changes: Arc<Changes>,
}

/// Callers that share one commit.
#[derive(Debug, Default)]
struct Batch {
    outcome: Mutex<Option<Outcome>>,
    decided: Condvar,
}

type Outcome = Result<(), Refusal>;

/// Why a whole batch was not stored; each of its callers hears it.
#[derive(Debug, Clone)]
enum Refusal {
    DiskFull,
    Corrupt(String),
    RolledBack(String),
    Unknown(String),
}

impl Writer {
    pub(super) fn new(conn: Connection, shared_with_readers: bool, changes: Arc<Changes>) -> Self {
        let desk = Mutex::new(Desk { conn, batch: None, changes });
        Self { desk, n_waiting: AtomicUsize::new(0), shared_with_readers }
    }

    /// Runs `f` in a savepoint and returns when its batch is committed. A panic in `f` undoes its
    /// work alone and goes on in the caller.
    pub(super) fn write<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.n_waiting.fetch_add(1, Ordering::SeqCst);
        let mut desk = self.desk();
        self.n_waiting.fetch_sub(1, Ordering::SeqCst);
        let batch = desk.join()?;
        let done = catch_unwind(AssertUnwindSafe(|| desk.perform(f)));
        if done.is_err() {
            desk.undo();
        }
        let n_waiting = self.n_waiting.load(Ordering::SeqCst);
        if n_waiting == 0 || self.shared_with_readers || desk.conn.is_autocommit() {
            desk.finish();
        }
        drop(desk);
        match done {
            Ok(Ok(value)) => batch.wait().map(|()| value),
            Ok(Err(error)) => Err(error),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Runs `f` on the writing connection, outside any SQL transaction.
    pub(super) fn between<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut desk = self.desk();
        desk.finish();
        f(&desk.conn)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // `write` lets no panic pass while it holds the lock, and `between` runs nothing that does.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// The batch of the open SQL transaction, or a new one.
    fn join(&mut self) -> Result<Arc<Batch>> {
        if let Some(batch) = &self.batch {
            return Ok(Arc::clone(batch));
        }
        self.run("begin immediate")?;
        Ok(Arc::clone(self.batch.insert(Arc::default())))
    }

    fn perform<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.run("savepoint caller")?;
        let done = f(&self.conn);
        match &done {
            Ok(_) => self.run("release caller")?,
            Err(_) => self.undo(),
        }
        done
    }

    /// Undoes the caller's work, unless SQLite has undone the whole batch already.
    fn undo(&self) {
        if !self.conn.is_autocommit() {
            // Neither writes to the disk; what could fail has failed before and is seen at commit.
            let _ = self.run("rollback to caller").and_then(|()| self.run("release caller"));
        }
    }

    /// Commits for everybody in the batch and tells them.
    fn finish(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let outcome = match self.conn.is_autocommit() {
            true => Err(Refusal::RolledBack("SQLite could not go on with it".to_owned())),
            false => self.run("commit").map_err(Refusal::from),
        };
        if !self.conn.is_autocommit() {
            // The commit failed and left the transaction open: nothing of it may stay.
            let _ = self.run("rollback");
        }
        self.changes.settle();
        batch.decide(outcome);
    }

    fn run(&self, sql: &str) -> Result<()> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

impl Batch {
    fn decide(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.decided.notify_all();
    }

    fn wait(&self) -> Result<()> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*outcome {
                Some(outcome) => return outcome.clone().map_err(Error::from),
                None => {
                    outcome = self.decided.wait(outcome).unwrap_or_else(PoisonError::into_inner)
                }
            }
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::DiskFull => Self::DiskFull,
            Error::Corrupt(what) => Self::Corrupt(what),
            other => Self::Unknown(other.to_string()),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::DiskFull => Self::DiskFull,
            Refusal::Corrupt(what) => Self::Corrupt(what),
            Refusal::RolledBack(why) => Self::NotStored(why),
            Refusal::Unknown(why) => Self::CommitUnknown(why),
        }
    }
}
