//! Home: the file of the writer, which can be lost under us and must sometimes be opened anew.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use super::STATEMENTS_MAX;
use super::readers::Readers;
use crate::error::{Error, Result};
use crate::hold;
use crate::id::NodeId;
use crate::migrate::{self, Options};

/// A connection that its owner gives up when the file is closed.
pub(super) type Slot = Arc<Mutex<Option<Connection>>>;

/// Number and hash of the last operation of this opening; `None` before its first.
pub(super) type Head = Option<(u64, [u8; 32])>;

/// What the writer must know of its file.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) path: PathBuf,
    pub(super) options: Options,
    pub(super) node: NodeId,
    pub(super) incarnation: Arc<AtomicU64>,
    pub(super) readers: Arc<Readers>,
    pub(super) checkpointer: Slot,
    pub(super) identity: Identity,
}

impl Home {
    /// The end of the chain that this opening of the file writes.
    pub(super) fn head(&self, conn: &Connection) -> Result<Head> {
        let mut statement = conn
            .prepare_cached("select seq, hash from incarnation where node = ?1 and number = ?2")?;
        let head = statement
            .query_row(params![self.node, self.incarnation.load(Ordering::Relaxed)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            });
        Ok(head.optional()?)
    }

    /// Says no when the file, or its log, is not the one that was opened.
    pub(super) fn check_in_place(&self) -> Result<()> {
        match self.identity == Identity::of(&self.path) {
            true => Ok(()),
            false => Err(Error::FileReplaced(self.path.clone())),
        }
    }

    /// Closes every connection, opens the file anew and returns the end of the chain as it is on
    /// disk from now on, whatever a failed commit has left in the log.
    pub(super) fn reopen(&mut self, conn: &mut Connection) -> Result<Head> {
        self.readers.close();
        let reopened = self.reopen_closed(conn);
        self.readers.open();
        reopened
    }

    fn reopen_closed(&mut self, conn: &mut Connection) -> Result<Head> {
        let mut checkpointer = self.checkpointer.lock().unwrap_or_else(PoisonError::into_inner);
        *checkpointer = None;
        *conn = Connection::open_in_memory()?;
        // Closing leaves the file but may take the log away.
        if Identity::of(&self.path).file != self.identity.file {
            return Err(Error::FileReplaced(self.path.clone()));
        }
        let fresh = migrate::open(&self.path, &self.options)?;
        fresh.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        if migrate::settings(&fresh)?.0 != self.node {
            return Err(Error::FileReplaced(self.path.clone()));
        }
        let head = self.head(&fresh)?;
        settle(&fresh)?;
        self.identity = Identity::of(&self.path);
        *checkpointer = Some(migrate::open_reader(&self.path)?);
        *conn = fresh;
        Ok(head)
    }
}

/// Makes what the log was read as the truth on disk.
///
/// What a failed sync has left in the machine's memory may never reach the disk, and what a failed
/// commit has left behind the end of the log may be found there after a power cut. So a commit of
/// our own is written over it, and then the whole log is carried into the file.
fn settle(conn: &Connection) -> Result<()> {
    conn.execute("update node set replaying = replaying", [])?;
    let busy: bool = conn.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    match busy {
        // Another process reads: not all of it could be carried over.
        true => Err(Error::CommitUnknown("a reader keeps the log from being settled".to_owned())),
        false => Ok(()),
    }
}

/// Which file a path leads to, and which log lies beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    file: Option<(u64, u64)>,
    log: Option<(u64, u64)>,
}

impl Identity {
    pub(super) fn of(path: &Path) -> Self {
        let of = |path: &Path| path.metadata().ok().map(|meta| identity(&meta));
        Self { file: of(path), log: of(&hold::beside(path, "-wal")) }
    }
}

#[cfg(unix)]
fn identity(meta: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino())
}

/// Elsewhere SQLite keeps its files from being deleted while they are open.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
