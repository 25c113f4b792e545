//! The one writer: callers that wait together commit together.
//!
//! Each caller runs its own work on its own thread, under the lock. The last one of those that wait
//! commits for all of them; one caller alone commits at once. Work that fails is undone alone: the
//! first caller's with the SQL transaction that it began, that of later ones to their savepoint.
//!
//! A commit that fails says nothing about what is on disk. The file is then closed and opened again,
//! the end of this store's own chain is looked up, and everybody is told what it says.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::Connection;

use super::commits::Commits;
use super::home::{Head, Home};
use crate::error::{Error, Result};
use crate::haystack::Changes;
use crate::unit::Mode;

/// The writing connection and those who wait for it.
#[derive(Debug)]
pub(super) struct Writer {
    desk: Mutex<Desk>,
    n_waiting: AtomicUsize,
    seen: Arc<Seen>,
    /// Reads go through the same connection, and must not see what is not committed.
    shared_with_readers: bool,
}

/// What can be told of the writer while somebody writes.
#[derive(Debug, Default)]
struct Seen {
    commits: Commits,
    /// Held by whoever asks whether writes are taken.
    #[cfg(feature = "http")]
    asking: Mutex<()>,
    /// Why nothing more is written.
    closed: OnceLock<Refusal>,
}

impl Seen {
    fn check_open(&self) -> Result<()> {
        self.closed.get().map_or(Ok(()), |refusal| Err(refusal.clone().into()))
    }
}

#[derive(Debug)]
struct Desk {
    conn: Connection,
    /// `None` in memory and beside another process.
    home: Option<Home>,
    /// The end of the chain after the last commit.
    head: Head,
    /// The end of the chain as the open SQL transaction has left it; `None` when only the rows know
    /// it, as they do whenever anything was undone.
    tip: Cell<Option<Tip>>,
    /// How many callers have joined the batch.
    n_callers: usize,
    /// A caller's work could not be undone alone, so nothing of the batch may be stored.
    is_spoilt: bool,
    /// Of the SQL transaction that is open now.
    batch: Option<Arc<Batch>>,
    seen: Arc<Seen>,
    /// Told when what it has noted is committed or undone.
    changes: Arc<Changes>,
}

/// The end of the chain that this opening of the file writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tip {
    /// The row of the incarnation.
    pub(crate) key: i64,
    /// Number and hash of its last operation.
    pub(crate) seq: u64,
    pub(crate) hash: [u8; 32],
    /// The greatest clock reading of this file, from here or elsewhere.
    pub(crate) hlc: u64,
    /// Its place in the order of arrival.
    pub(crate) position: i64,
    /// What is kept beside the rows.
    pub(crate) mode: Mode,
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
    /// Unknown, but the store goes on.
    Unsettled(String),
    Closed(String),
    Replaced(PathBuf),
}

impl Writer {
    pub(super) fn new(
        conn: Connection,
        home: Option<Home>,
        shared_with_readers: bool,
        changes: Arc<Changes>,
    ) -> Self {
        let seen = Arc::<Seen>::default();
        let desk = Desk {
            conn,
            home,
            head: None,
            tip: Cell::new(None),
            n_callers: 0,
            is_spoilt: false,
            batch: None,
            seen: Arc::clone(&seen),
            changes,
        };
        let desk = Mutex::new(desk);
        Self { desk, n_waiting: AtomicUsize::new(0), seen, shared_with_readers }
    }

    /// Says no when a write would be refused whatever it is, without waiting for those that write.
    #[cfg(feature = "http")]
    pub(super) fn check_open(&self) -> Result<()> {
        use std::sync::TryLockError;
        self.seen.check_open()?;
        // So that nobody takes another one who asks for somebody who writes.
        let _turn = self.seen.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let desk = match self.desk.try_lock() {
            Ok(desk) => desk,
            Err(TryLockError::Poisoned(desk)) => desk.into_inner(),
            // Whoever writes now finds out, and the next question hears it.
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        desk.home.as_ref().map_or(Ok(()), Home::check_in_place)
    }

    /// The SQL transactions that were committed since the opening.
    pub(super) fn commits(&self) -> &Commits {
        &self.seen.commits
    }

    /// Runs `f` and returns when its batch is committed. A panic in `f` undoes its work alone and
    /// goes on in the caller.
    pub(super) fn write<T>(
        &self,
        f: impl FnOnce(&Connection, &Cell<Option<Tip>>) -> Result<T>,
    ) -> Result<T> {
        self.n_waiting.fetch_add(1, Ordering::SeqCst);
        let mut desk = self.desk();
        self.n_waiting.fetch_sub(1, Ordering::SeqCst);
        let batch = desk.join()?;
        let done = catch_unwind(AssertUnwindSafe(|| desk.perform(f)));
        if !matches!(done, Ok(Ok(_))) {
            desk.undo();
        }
        let is_undone = desk.conn.is_autocommit();
        let n_waiting = self.n_waiting.load(Ordering::SeqCst);
        if n_waiting == 0 || self.shared_with_readers || is_undone {
            desk.finish();
        }
        drop(desk);
        match done {
            // Its own failure, such as a full disk, has undone the whole batch.
            Ok(Err(error)) if is_undone => Err(error),
            // A refusal, too, may rest on what others in the batch have written, so nobody hears it
            // before that is stored.
            Ok(answer) => batch.wait().and(answer),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Runs `f` on the writing connection, outside any SQL transaction.
    pub(super) fn between<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut desk = self.desk();
        desk.finish();
        self.seen.check_open()?;
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
            self.n_callers += 1;
            return Ok(Arc::clone(batch));
        }
        self.seen.check_open()?;
        self.run("begin immediate")?;
        self.n_callers = 1;
        Ok(Arc::clone(self.batch.insert(Arc::default())))
    }

    fn perform<T>(
        &self,
        f: impl FnOnce(&Connection, &Cell<Option<Tip>>) -> Result<T>,
    ) -> Result<T> {
        if !self.is_first() {
            self.run("savepoint caller")?;
        }
        let done = f(&self.conn, &self.tip)?;
        if !self.is_first() {
            self.run("release caller")?;
        }
        Ok(done)
    }

    fn is_first(&self) -> bool {
        self.n_callers == 1
    }

    /// Undoes the caller's work, unless SQLite has undone the whole batch already.
    fn undo(&mut self) {
        self.tip.set(None);
        if self.conn.is_autocommit() {
            return;
        }
        let undone = match self.is_first() {
            true => self.run("rollback"),
            false => self.run("rollback to caller").and_then(|()| self.run("release caller")),
        };
        self.is_spoilt |= undone.is_err();
    }

    /// Commits for everybody in the batch and tells them.
    fn finish(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let is_spoilt = std::mem::take(&mut self.is_spoilt);
        let outcome = match self.conn.is_autocommit() || is_spoilt {
            true => Err(Refusal::RolledBack("SQLite could not go on with it".to_owned())),
            false => self.commit(),
        };
        if !self.conn.is_autocommit() {
            // The commit failed and left the transaction open: nothing of it may stay.
            let _ = self.run("rollback");
        }
        if outcome.is_err() {
            self.tip.set(None);
        }
        if let Err(refusal @ (Refusal::Unknown(_) | Refusal::Replaced(_))) = &outcome {
            // The first reason stands.
            let _ = self.seen.closed.set(match refusal {
                Refusal::Unknown(why) => Refusal::Closed(why.clone()),
                refusal => refusal.clone(),
            });
        }
        if outcome.is_ok() {
            self.seen.commits.note();
        }
        self.changes.settle();
        batch.decide(outcome);
    }

    fn commit(&mut self) -> Outcome {
        let Some(home) = &self.home else { return self.run("commit").map_err(Refusal::from) };
        let head = match self.tip.get() {
            Some(tip) => Some((tip.seq, tip.hash)),
            None => home.head(&self.conn).map_err(|e| Refusal::RolledBack(e.to_string()))?,
        };
        match self.run("commit") {
            Ok(()) => {
                home.check_in_place()?;
                self.head = head;
                Ok(())
            }
            // The commit's last page has no place, so it is no commit.
            Err(Error::DiskFull) => Err(Refusal::DiskFull),
            Err(error) => self.look_up(head, &error),
        }
    }

    /// After a commit failed, finds out whether it is stored; `head` is the chain's end if it is.
    fn look_up(&mut self, head: Head, error: &Error) -> Outcome {
        let why = error.to_string();
        let Some(home) = &mut self.home else { return Err(Refusal::Unknown(why)) };
        let found = match home.reopen(&mut self.conn) {
            Ok(found) => found,
            Err(Error::FileReplaced(path)) => return Err(Refusal::Replaced(path)),
            Err(second) => return Err(Refusal::Unknown(format!("{why}; then {second}"))),
        };
        let before = std::mem::replace(&mut self.head, found);
        match head == before {
            // Nothing but settings or the operations of others was written, which leave no trace in
            // this chain; both may be repeated without harm.
            true => Err(Refusal::Unsettled(why)),
            false if found == head => Ok(()),
            false if found == before => Err(Refusal::RolledBack(why)),
            false => Err(Refusal::Corrupt(format!("a chain lost its end after: {why}"))),
        }
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
            Error::FileReplaced(path) => Self::Replaced(path),
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
            Refusal::Unknown(why) | Refusal::Unsettled(why) => Self::CommitUnknown(why),
            Refusal::Closed(why) => Self::WritesRefused(why),
            Refusal::Replaced(path) => Self::FileReplaced(path),
        }
    }
}
