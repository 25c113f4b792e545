//! Arrival: the operations of several chains in the order in which they came here, one place at a time.
//!
//! Within a chain that order is the chain's own, so of each chain only the next place is looked at, and
//! what is held does not grow with what waits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::Result;

/// An operation that waits, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrived {
    /// In the order of arrival.
    pub(super) position: i64,
    pub(super) seq: u64,
    pub(super) incarnation_key: i64,
    /// Whether it had an effect here.
    pub(super) is_applied: bool,
    /// How far its chain is asked for.
    last: u64,
}

/// What waits of some chains, the earliest first.
#[derive(Debug)]
pub(super) struct Arrivals<'a> {
    conn: &'a Connection,
    next: BinaryHeap<Reverse<Arrived>>,
}

impl<'a> Arrivals<'a> {
    /// Of nothing yet.
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self { conn, next: BinaryHeap::new() }
    }

    /// Adds the operations of one chain behind number `after` up to number `last`.
    pub(super) fn add(&mut self, incarnation_key: i64, after: u64, last: u64) -> Result<()> {
        let mut statement = self.conn.prepare_cached(
            "select position, seq, state = 0
               from operation
              where incarnation_key = ?1 and seq > ?2 and seq <= ?3
              order by seq
              limit 1",
        )?;
        let read = |row: &Row<'_>| {
            Ok(Arrived {
                position: row.get(0)?,
                seq: row.get(1)?,
                incarnation_key,
                is_applied: row.get(2)?,
                last,
            })
        };
        let found = statement.query_row(params![incarnation_key, after, last], read).optional()?;
        self.next.extend(found.map(Reverse));
        Ok(())
    }

    /// The next one; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Arrived>> {
        let Some(Reverse(next)) = self.next.pop() else { return Ok(None) };
        self.add(next.incarnation_key, next.seq, next.last)?;
        Ok(Some(next))
    }
}
