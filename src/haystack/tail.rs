//! Tail: the customers that were written since the base was read.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::Base;
use super::lines::small;
use super::row::{self, Rank};
use crate::error::Result;

/// The state of a live row and of an erased one.
const LIVE: i64 = 0;
const ERASED: i64 = 2;

/// What is in the base no longer, and what is there instead.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    /// A bit for every entry of the base that was written since.
    dead: Vec<u64>,
    is_any_dead: bool,
    newer: BTreeMap<i64, Newer>,
}

/// A live customer who was written since, and the place in the orders of the base.
#[derive(Debug, Clone)]
pub(super) struct Newer {
    pub(super) key: i64,
    pub(super) rank: Rank,
    pub(super) searched: String,
    pub(super) other: String,
    /// Of the entries that are left in the base, those below this one come before by name.
    pub(super) entry: u32,
    /// The group of the entries with the same name, if there are any.
    pub(super) group: Option<u32>,
    /// Of the entries that are left, those of a lower place come before by creation.
    pub(super) place: u32,
}

impl Tail {
    /// An empty one for a base of `n` entries.
    pub(super) fn of(n: usize) -> Self {
        Self { dead: vec![0; n / 64 + 1], is_any_dead: false, newer: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.newer.len()
    }

    /// The customers of the tail, by key.
    pub(super) fn newer(&self) -> impl Iterator<Item = &Newer> {
        self.newer.values()
    }

    /// Leaves those of `entries` that are left in the base.
    pub(super) fn retain(&self, entries: &mut Vec<u32>) {
        if self.is_any_dead {
            entries.retain(|entry| !self.is_dead(*entry as usize));
        }
    }

    pub(super) fn kill(&mut self, entry: usize) {
        self.dead[entry / 64] |= 1 << (entry % 64);
        self.is_any_dead = true;
    }

    fn is_dead(&self, entry: usize) -> bool {
        self.dead[entry / 64] & (1 << (entry % 64)) != 0
    }

    /// Reads the row of `key`, whose entry in the base is dead.
    pub(super) fn take(&mut self, conn: &Connection, base: &mut Arc<Base>, key: i64) -> Result<()> {
        self.newer.remove(&key);
        let Some(row) = row::read(conn, key)? else { return Ok(()) };
        if row.state != LIVE {
            if let Some(entry) = base.entry_of(key).filter(|_| row.state == ERASED) {
                Arc::make_mut(base).wipe(entry);
            }
            return Ok(());
        }
        let by_name = |entry| Ok(row::rank(conn, base.keys[entry])?.by_name(&row.rank));
        let entry = self.partition(base.len(), |entry| entry, by_name)?;
        let nth = |rank: usize| base.by_rank[rank] as usize;
        let by_creation =
            |entry| Ok(row::rank(conn, base.keys[entry])?.creation.cmp(&row.rank.creation));
        let place = self.partition(base.len(), nth, by_creation)?;
        let before = (0..entry).rev().find(|&entry| !self.is_dead(entry));
        let behind = (entry..base.len()).find(|&entry| !self.is_dead(entry));
        let mut group = None;
        for beside in before.into_iter().chain(behind) {
            if row::rank(conn, base.keys[beside])?.name == row.rank.name {
                group = Some(base.groups[beside]);
            }
        }
        let (entry, place) = (small(entry), small(place));
        let (rank, searched, other) = (row.rank, row.searched, row.other);
        self.newer.insert(key, Newer { key, rank, searched, other, entry, group, place });
        Ok(())
    }

    /// How many of `n` places are before the row: `nth` is the entry at a place, `compare` compares
    /// an entry with the row. Dead entries have lost their order and are passed over.
    fn partition(
        &self,
        n: usize,
        nth: impl Fn(usize) -> usize,
        compare: impl Fn(usize) -> Result<Ordering>,
    ) -> Result<usize> {
        let (mut low, mut high) = (0, n);
        while low < high {
            let middle = low + (high - low) / 2;
            match (middle..high).find(|&place| !self.is_dead(nth(place))) {
                Some(place) if compare(nth(place))?.is_lt() => low = place + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }
}
