//! Readers: the idle reading connections, and a way to close them all.

use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::{READERS_MAX, STATEMENTS_MAX};
use crate::error::Result;
use crate::migrate;

/// How long a reader in use may hold up the writer that must close the file.
const WAIT: Duration = Duration::from_secs(5);

/// Reading connections that are kept and lent.
#[derive(Debug, Default)]
pub(super) struct Readers {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Connection>,
    n_lent: usize,
    is_closed: bool,
}

/// A connection that goes back when this is dropped.
#[derive(Debug)]
struct Lent<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Readers {
    /// Runs `f` on an idle connection, or on a new one to the file at `path`; waits while the file
    /// is closed.
    pub(super) fn read<T>(
        &self,
        path: &Path,
        f: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let mut lent = self.lend();
        let conn = match lent.conn.take() {
            Some(conn) => conn,
            None => {
                let conn = migrate::open_reader(path)?;
                conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
                conn
            }
        };
        f(lent.conn.insert(conn))
    }

    fn lend(&self) -> Lent<'_> {
        let state = self.state();
        let waited = self.changed.wait_while(state, |state| state.is_closed);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.n_lent += 1;
        Lent { readers: self, conn: state.idle.pop() }
    }

    /// Closes every connection and lends none until [`Readers::open`]. Those in use are waited for,
    /// but not for ever: one that stays open only keeps the log from being read anew.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.idle.clear();
        let in_use = |state: &mut State| state.n_lent > 0;
        let waited = self.changed.wait_timeout_while(state, WAIT, in_use);
        waited.unwrap_or_else(PoisonError::into_inner).0.idle.clear();
    }

    /// Lends again.
    pub(super) fn open(&self) {
        self.state().is_closed = false;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.state();
        state.n_lent -= 1;
        match self.conn.take() {
            Some(conn) if state.idle.len() < READERS_MAX && !state.is_closed => {
                state.idle.push(conn);
            }
            // Closed before anybody hears of it.
            conn => drop(conn),
        }
        // Only who closes waits for this, and telling nobody costs a system call all the same.
        if state.is_closed {
            self.readers.changed.notify_all();
        }
    }
}
