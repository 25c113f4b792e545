//! Tx: one SQL transaction, and the parts of it that can be undone alone.

use std::cell::Cell;

use rusqlite::Connection;

use super::{Store, Tip, scrub};
use crate::error::Result;
use crate::unit::Mode;

/// So many pages are in memory at most while [`Tx::roomy`] writes: 32 MiB, in KiB.
const ROOMY_KIB: i64 = 32 << 10;

/// One SQL transaction that writes; [`Store::write`] makes it.
#[derive(Debug)]
pub struct Tx<'a> {
    conn: &'a Connection,
    tip: &'a Cell<Option<Tip>>,
    store: &'a Store,
    scrub_due: &'a Cell<bool>,
    /// Its maker gives up as a whole when a part of it fails.
    is_whole: bool,
    /// Within [`Tx::together`]: whether a part has failed that had written.
    together: Option<&'a Cell<bool>>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        conn: &'a Connection,
        tip: &'a Cell<Option<Tip>>,
        store: &'a Store,
        scrub_due: &'a Cell<bool>,
        is_whole: bool,
    ) -> Self {
        Self { conn, tip, store, scrub_due, is_whole, together: None }
    }

    /// The store this transaction writes to: its clock, its currency, its stamps.
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// Runs `f` in a savepoint: when it returns an error, all that it wrote is undone, and this
    /// transaction goes on as if it had not been called.
    ///
    /// # Errors
    ///
    /// - what `f` answers;
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the savepoint cannot be made or left.
    pub fn nested<T>(&self, f: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let Some(is_spoilt) = self.together else { return self.part(f, Result::is_ok) };
        let before = self.conn.total_changes();
        let done = f(self);
        if done.is_err() && self.conn.total_changes() != before {
            is_spoilt.set(true);
        }
        done
    }

    /// Runs `f` in one savepoint in place of those that its [`Tx::nested`] would make, each of which
    /// costs about as much as the row that is written in it. Where one of them fails after it has
    /// written, everything is undone and `f` runs again, now with all of them: it must leave nothing
    /// behind but its answer.
    pub(crate) fn together<T>(&self, f: impl Fn(&Tx<'_>) -> Result<T>) -> Result<T> {
        let is_spoilt = Cell::new(false);
        let first = |tx: &Tx<'_>| f(&Tx { together: Some(&is_spoilt), ..*tx });
        let done = self.part(first, |done| done.is_ok() && !is_spoilt.get());
        match is_spoilt.get() && !self.conn.is_autocommit() {
            true => f(self),
            false => done,
        }
    }

    /// Runs `f` in a savepoint and undoes what it wrote unless `keep` says otherwise.
    pub(crate) fn part<T>(
        &self,
        f: impl FnOnce(&Self) -> Result<T>,
        keep: impl FnOnce(&Result<T>) -> bool,
    ) -> Result<T> {
        self.conn.prepare_cached("savepoint part")?.execute([])?;
        let done = f(self);
        if !keep(&done) {
            self.tip.set(None);
            if self.conn.is_autocommit() {
                return done; // A full disk has undone the whole transaction already.
            }
            self.conn.prepare_cached("rollback to part")?.execute([])?;
        }
        self.conn.prepare_cached("release part")?.execute([])?;
        done
    }

    /// Runs `f`, which writes all or nothing: in a savepoint, unless an error undoes more than that.
    pub(crate) fn whole(&self, f: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        if self.is_whole { f(self) } else { self.nested(f) }
    }

    /// Runs `f`, which writes rows all over the file, with more pages in memory: otherwise each is read
    /// and written many times before the commit.
    pub(crate) fn roomy<T>(&self, f: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let before: i64 = self.conn.query_row("pragma cache_size", [], |row| row.get(0))?;
        self.conn.pragma_update(None, "cache_size", -ROOMY_KIB)?;
        let done = f(self);
        self.conn.pragma_update(None, "cache_size", before)?;
        done
    }

    /// Whether the SQL transaction has ended by itself, as a full disk ends one: nothing of it is stored.
    #[cfg(feature = "http")]
    pub(crate) fn is_over(&self) -> bool {
        self.conn.is_autocommit()
    }

    /// The end of the chain as this transaction has left it; `None` when the rows must be asked.
    pub(crate) fn tip(&self) -> Option<Tip> {
        self.tip.get()
    }

    /// Whether the file is the copy of a parent's, so that others may spend the same credit meanwhile.
    pub(crate) fn has_parent(&self) -> Result<bool> {
        let mode = self.tip().map_or_else(|| Mode::read(self.conn), |tip| Ok(tip.mode))?;
        Ok(mode.keeps_base)
    }

    pub(crate) fn set_tip(&self, tip: Option<Tip>) {
        self.tip.set(tip);
    }

    pub(crate) fn conn(&self) -> &Connection {
        self.conn
    }

    /// Takes note that the customer's row of this key is another one than before, so that a search
    /// sees it. Movements of credit need none: nobody is found by a balance.
    pub(crate) fn note_change(&self, key: i64) {
        self.store.haystack.note(key);
    }

    /// Writes the file anew after the commit, so that what this transaction erases is nowhere in it.
    pub(crate) fn scrub_after_commit(&self) -> Result<()> {
        self.scrub_due.set(true);
        self.scrub_later()
    }

    /// Notes that this transaction erases something, so that the file is written anew when there is time.
    pub(crate) fn scrub_later(&self) -> Result<()> {
        // In memory there are no pages that anybody could find.
        if self.store.path().is_none() { Ok(()) } else { scrub::mark(self.conn) }
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.store.options.random.fill(&mut bytes);
        bytes
    }
}
