//! Beside: what may be written to a file that another process has open: keys, who is shut out, and
//! nothing else.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::home::Identity;
use super::{Place, Store};
use crate::error::{Error, Result};
use crate::migrate;

/// How long to wait before asking again whether the file is free.
const BUSY_PAUSE: Duration = Duration::from_millis(1);
/// How often to ask: for half a minute or so. A writer with much to do lets go for moments only, but
/// often.
const BUSY_TRIES_MAX: i32 = 25_000;

impl Store {
    /// Runs `f` in one SQL transaction, also beside the process that has the file open for writing.
    /// It must not touch a row of which that process keeps something in memory, as of those that an
    /// operation writes: it would not hear of it.
    pub(crate) fn write_beside<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let Place::Beside(path) = &self.place else { return self.write(|tx| f(tx.conn())) };
        let conn = open(path)?;
        let begun = Transaction::new_unchecked(&conn, TransactionBehavior::Immediate);
        let transaction = begun.map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => Error::InUse(path.clone()),
            _ => error.into(),
        })?;
        let identity = Identity::of(path);
        let done = f(&transaction)?;
        transaction.commit().map_err(|error| match Error::from(error) {
            Error::DiskFull => Error::DiskFull,
            other => Error::CommitUnknown(other.to_string()),
        })?;
        match identity == Identity::of(path) {
            true => Ok(done),
            false => Err(Error::FileReplaced(path.clone())),
        }
    }

    /// Random bits outside of any write.
    #[cfg(feature = "http")]
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.options.random.fill(&mut bytes);
        bytes
    }
}

/// A short-lived connection that writes.
fn open(path: &Path) -> Result<Connection> {
    let mut conn = migrate::open_reader(path)?;
    conn.busy_handler(Some(|n_tries| {
        std::thread::sleep(BUSY_PAUSE);
        n_tries < BUSY_TRIES_MAX
    }))?;
    // The log is carried into the file by whoever has it open for writing, or else at the end.
    conn.execute_batch("pragma query_only = off; pragma wal_autocheckpoint = 0")?;
    Ok(conn)
}
