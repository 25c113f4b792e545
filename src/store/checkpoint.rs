//! The checkpointer: carries the log into the file beside the writer, so that no commit waits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::home::Slot;
use crate::error::Result;

/// The log is carried over after this many changed rows.
const ROWS_BETWEEN: u64 = 4_000;
/// The log is carried over when no write has come for this long.
const IDLE: Duration = Duration::from_secs(1);
/// A log of more pages than this (64 MiB) is begun anew, for which writers wait once.
const LOG_PAGES_MAX: i64 = 16_384;

/// A thread of its own, for as long as the store lives.
#[derive(Debug)]
pub(super) struct Checkpointer {
    work: Arc<Work>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Work {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    n_rows: u64,
    is_over: bool,
}

impl Checkpointer {
    /// Starts the thread on a connection of its own, which may be taken away for a while.
    pub(super) fn start(conn: Slot) -> Result<Self> {
        let work = Arc::<Work>::default();
        let theirs = Arc::clone(&work);
        let thread = Builder::new().name("tillbook-checkpoint".to_owned()).spawn(move || {
            while theirs.wait() {
                // A checkpoint that fails leaves the log as it is; the next one tries again.
                let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = conn.as_ref().map(checkpoint);
            }
        })?;
        Ok(Self { work, thread: Some(thread) })
    }

    /// Takes note of a commit that changed `n_rows` rows.
    pub(super) fn note(&self, n_rows: u64) {
        let mut state = self.work.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.n_rows;
        state.n_rows += n_rows;
        if before == 0 || (before < ROWS_BETWEEN && state.n_rows >= ROWS_BETWEEN) {
            self.work.changed.notify_one();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.work.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.work.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It does nothing that panics, and there is nobody to tell if it had.
            let _ = thread.join();
        }
    }
}

impl Work {
    /// Waits until there is enough to carry over, or a little and nothing more comes; false when
    /// the store is closed.
    fn wait(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_over && state.n_rows < ROWS_BETWEEN {
            let seen = state.n_rows;
            if seen == 0 {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited =
                self.changed.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() && state.n_rows == seen {
                break;
            }
        }
        state.n_rows = 0;
        !state.is_over
    }
}

fn checkpoint(conn: &Connection) -> rusqlite::Result<()> {
    let n_pages: i64 = conn.query_row("pragma wal_checkpoint(passive)", [], |row| row.get(1))?;
    if n_pages > LOG_PAGES_MAX {
        conn.query_row("pragma wal_checkpoint(restart)", [], |_| Ok(()))?;
    }
    Ok(())
}
