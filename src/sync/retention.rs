//! Retention: how long a node keeps operations that everybody above it has.
//!
//! A root that is restored from a backup has forgotten, and is filled again by those below it. So an
//! operation stays until the root has had it for 30 days, by the root's calendar and not by ours: a
//! wrong clock here deletes nothing.

use rusqlite::{Connection, OptionalExtension, params};

use super::RootVector;
use super::chains::{self, Known};
use crate::drill::{self, Rule};
use crate::error::Result;
use crate::operation::Hash;
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// A node keeps an operation for so many days after the root had it, counted on the root's calendar
/// and only where the root was heard of: a backup of the root that is older than this many days can
/// no longer be filled up.
pub const RETENTION_DAYS: u32 = 30;

const DAY_MS: i64 = 86_400_000;
/// So many operations are deleted in one SQL transaction, so that a sale waits for no more.
const PRUNED_PER_COMMIT: usize = 1_000;

impl Store {
    /// Deletes the operations that are in this node's copy of its parent's state and that the root has
    /// had for [`RETENTION_DAYS`], and returns how many. What they did stays, and so does the hash of
    /// the last of them, which the next one follows. A root and a file on its own delete nothing.
    ///
    /// # Errors
    ///
    /// - as [`Store::write`].
    pub fn prune(&self) -> Result<u64> {
        let mut n_pruned = 0;
        loop {
            let n = self.write(prune_some)?;
            n_pruned += n as u64;
            if n < PRUNED_PER_COMMIT {
                return Ok(n_pruned);
            }
        }
    }
}

/// Notes how far the root has each chain, once on each of its days, unless it is said to have more of it
/// than is here; to be called by publish, when
/// `node.root_at` and what the root has are those of the new copy.
pub(super) fn note_root_day(conn: &Connection) -> Result<()> {
    let Some(today) = today(conn)? else { return Ok(()) };
    conn.prepare_cached(
        "insert into root_day (day, incarnation_key, seq, seal)
         select ?1, key, root_seq, seal(?1, key, root_seq)
           from incarnation
          where root_seq > pruned_seq and root_seq <= seq
             on conflict do nothing",
    )?
    .execute([today])?;
    Ok(())
}

/// To be called when the root has forgotten, or is another one: nothing counts that was noted.
pub(super) fn forget(conn: &Connection) -> Result<()> {
    conn.prepare_cached("delete from root_day")?.execute([])?;
    Ok(())
}

/// Of what the root has, as much as is behind this node's own copy, so that it belongs to the root's
/// time that a checkpoint names beside it.
pub(super) fn behind_copy(conn: &Connection, root_received: &mut RootVector) -> Result<()> {
    for (chain, seq) in root_received {
        let included = chains::find(conn, *chain)?.map_or(0, |known: Known| known.included_seq);
        *seq = included.min(*seq);
    }
    Ok(())
}

/// The root's day behind this node's copy; `None` where there is no root above.
fn today(conn: &Connection) -> Result<Option<i64>> {
    let sql = "select root_at from node where parent is not null and proved_at is not null";
    let at: Option<Timestamp> =
        conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(at.map(|at| at.ms().div_euclid(DAY_MS)))
}

/// What the root had on this day, it has had long enough: it lies far enough back on the calendar, and
/// the root was heard of on as many days since, so that one leap of its clock is no month.
fn horizon(conn: &Connection, today: i64) -> Result<Option<i64>> {
    let mut statement = conn.prepare_cached(
        "select min(day, ?1 - ?2)
           from (select distinct day from root_day where day <= ?1 order by day desc limit 1 offset ?2)",
    )?;
    Ok(statement.query_row([today, RETENTION_DAYS.into()], |row| row.get(0)).optional()?)
}

/// Deletes at most [`PRUNED_PER_COMMIT`] operations, and the days that nobody needs any more.
fn prune_some(tx: &Tx<'_>) -> Result<usize> {
    let conn = tx.conn();
    let Some(today) = today(conn)? else { return Ok(0) };
    let are_kept = drill::holds(Rule::KeepThirtyDays) && drill::holds(Rule::KeepUntilRoot);
    let Some(horizon) = horizon(conn, today)?.or((!are_kept).then_some(today)) else {
        return Ok(0);
    };
    let mut had = conn.prepare_cached(
        "select seq from root_day where incarnation_key = ?1 and day <= ?2 order by day desc limit 1",
    )?;
    let mut n_pruned = 0;
    for known in chains::list(conn, "included_seq > pruned_seq")? {
        let had: Option<u64> = had.query_row([known.key, horizon], |row| row.get(0)).optional()?;
        let everywhere = [known.included_seq, known.parent_seq, known.root_seq, known.reach.seq];
        let least = match are_kept {
            true => everywhere.into_iter().fold(had.unwrap_or(0), u64::min),
            false if drill::holds(Rule::KeepUntilRoot) => {
                everywhere.into_iter().fold(u64::MAX, u64::min)
            }
            false => known.included_seq.min(known.parent_seq).min(known.reach.seq),
        };
        n_pruned += prune_chain(conn, &known, least, PRUNED_PER_COMMIT - n_pruned)?;
        if n_pruned == PRUNED_PER_COMMIT {
            return Ok(n_pruned);
        }
    }
    conn.prepare_cached(
        "delete from root_day
          where seq <= (select pruned_seq from incarnation where key = incarnation_key)
             or day < (select max(day)
                         from root_day later
                        where later.incarnation_key = root_day.incarnation_key and later.day <= ?1)",
    )?
    .execute([horizon])?;
    Ok(n_pruned)
}

/// Deletes at most `n` operations of a chain up to number `last`.
fn prune_chain(conn: &Connection, known: &Known, last: u64, n: usize) -> Result<usize> {
    let mut statement = conn.prepare_cached(
        "select seq, hash from operation where incarnation_key = ?1 and seq <= ?2 order by seq limit ?3",
    )?;
    let rows =
        statement.query_map(params![known.key, last, n], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let gone: Vec<(u64, Hash)> = rows.collect::<rusqlite::Result<_>>()?;
    let Some((seq, hash)) = gone.last() else { return Ok(0) };
    conn.prepare_cached("delete from operation where incarnation_key = ?1 and seq <= ?2")?
        .execute(params![known.key, seq])?;
    conn.prepare_cached(
        "update incarnation set pruned_seq = ?2, pruned_hash = ?3 where key = ?1 and pruned_seq < ?2",
    )?
    .execute(params![known.key, seq, hash])?;
    Ok(gone.len())
}
