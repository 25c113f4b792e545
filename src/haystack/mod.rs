//! Haystack: the texts of all live customers in memory, so that any piece of one is found at once.
//!
//! They are read on the first search and lie in the order of the last names. What is written later
//! is noted before its commit ([`Changes`]) and read again, row by row, into a small [`Tail`]; when
//! that has grown, everything is read anew.

mod base;
mod build;
mod change;
mod grams;
mod lines;
mod page;
mod row;
mod tail;

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use base::Base;
use tail::Tail;

pub(crate) use change::Changes;
pub(crate) use page::{Hits, Order};

use crate::error::Result;

/// The tail holds at most one customer for so many of the base, and [`TAIL_MIN`].
const TAIL_SHARE: usize = 64;
/// A tail of so many is never too long.
const TAIL_MIN: usize = 256;
/// To place so many customers in the order of the base takes as long as reading one anew would for
/// this many rows.
const PLACE_COST: usize = 100;

/// The texts of one store.
#[derive(Debug)]
pub(crate) struct Haystack {
    changes: Arc<Changes>,
    /// Whether another process writes, whose changes nobody notes.
    is_foreign: bool,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    texts: Option<Arc<Texts>>,
    /// Of a foreign file: what was written when it was last asked.
    head: Option<Head>,
}

/// Changes with every write: how many incarnations there are, how many operations, and how often the
/// copy of a parent was renewed.
type Head = (i64, i64, i64);

impl Haystack {
    /// Of a file that only this process writes.
    pub(crate) fn new(changes: Arc<Changes>) -> Self {
        Self { changes, is_foreign: false, known: Mutex::default() }
    }

    /// Of a file that another process may write.
    pub(crate) fn foreign() -> Self {
        Self { changes: Arc::default(), is_foreign: true, known: Mutex::default() }
    }

    /// Takes note that the row of `key` is written.
    pub(crate) fn note(&self, key: i64) {
        self.changes.note(key);
    }

    /// The texts as `conn` sees them, which must be in a SQL transaction and not have read in it.
    ///
    /// `None` when another process has written since the last call: to read everything takes longer
    /// than to look for one text in the file, so it is read when the next call finds it unchanged.
    pub(crate) fn texts(&self, conn: &Connection) -> Result<Option<Arc<Texts>>> {
        // Those who wait here see their snapshots begin in turn, each at or after the one before.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_foreign {
            let head = head(conn)?;
            if known.head != Some(head) {
                *known = Known { texts: None, head: Some(head) };
                return Ok(None);
            }
            if known.texts.is_none() {
                known.texts = Some(Arc::new(Texts::read(conn, 0)?));
            }
            return Ok(known.texts.clone());
        }
        let settled = self.changes.want();
        // The snapshot begins with the first read: whatever is settled is in it, and whatever is in
        // it was noted before `since` is asked below.
        head(conn)?;
        if let Some(texts) = &mut known.texts
            && let Some(changed) = self.changes.since(texts.position)
            && texts.can_take(changed.len())
        {
            if !changed.is_empty() {
                let texts = Arc::make_mut(texts);
                if let Err(error) = texts.take(conn, changed) {
                    known.texts = None;
                    return Err(error);
                }
                texts.position = settled;
                self.changes.forget_before(settled);
            }
            return Ok(known.texts.clone());
        }
        known.texts = None;
        self.changes.forget_before(settled);
        let texts = Arc::new(Texts::read(conn, settled)?);
        known.texts = Some(Arc::clone(&texts));
        Ok(Some(texts))
    }
}

fn head(conn: &Connection) -> Result<Head> {
    let mut statement = conn.prepare_cached(
        "select count(*), coalesce(sum(seq), 0), (select n_published from node) from incarnation",
    )?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

/// The texts of one moment.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    base: Arc<Base>,
    tail: Tail,
    /// What was noted before this position is in here.
    position: u64,
}

impl Texts {
    fn read(conn: &Connection, position: u64) -> Result<Self> {
        let base = Base::read(conn)?;
        Ok(Self { tail: Tail::of(base.len()), base: Arc::new(base), position })
    }

    /// About how many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.base.len() + self.tail.len()
    }

    /// Whether to read `n` rows again is less work than to read everything anew.
    fn can_take(&self, n: usize) -> bool {
        let n_base = self.base.len();
        n * PLACE_COST <= n_base + TAIL_MIN * PLACE_COST
            && self.tail.len() + n <= n_base / TAIL_SHARE + TAIL_MIN
    }

    /// Reads the rows of `changed` again.
    fn take(&mut self, conn: &Connection, mut changed: Vec<i64>) -> Result<()> {
        changed.sort_unstable();
        changed.dedup();
        // All leave the base before any is placed among those that stay.
        for key in &changed {
            if let Some(entry) = self.base.entry_of(*key) {
                self.tail.kill(entry);
            }
        }
        for key in changed {
            self.tail.take(conn, &mut self.base, key)?;
        }
        Ok(())
    }
}
