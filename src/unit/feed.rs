//! Feed: the latest change of every unit under a number that rises in the order of the commits.
//!
//! The number is taken inside the SQL transaction that writes, so that whoever reads up to a number
//! has read everything before it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::digest::{self, Side};
use super::{Unit, hash_cell};
use crate::drill::{self, Rule};
use crate::error::Result;
use crate::id::NodeId;

/// Takes note that units have these hashes from now on, `None` where one is gone. `incarnation` is the
/// opening of this file that writes.
pub(crate) fn note(
    conn: &Connection,
    incarnation: u64,
    units: &[(Unit, Option<u128>)],
) -> Result<()> {
    let mut known =
        conn.prepare_cached("select number, hash from feed where kind = ?1 and ref = ?2")?;
    let read = |row: &Row<'_>| {
        let hash: Option<[u8; 16]> = row.get(1)?;
        Ok((row.get::<_, i64>(0)?, hash.map(u128::from_le_bytes)))
    };
    let mut changed = Vec::new();
    for (unit, hash) in units {
        let known = known.query_row(params![unit.kind, unit.id], read).optional()?;
        let (number, old) = known.unzip();
        if old.flatten() != *hash {
            changed.push((unit, number, old.flatten(), *hash));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let first: i64 = conn
        .prepare_cached("update node set feed_next = feed_next + ?1 returning feed_next - ?1")?
        .query_row([changed.len()], |row| row.get(0))?;
    open(conn, incarnation, first)?;
    let mut forget = conn.prepare_cached("delete from feed where number = ?1")?;
    for (number, (unit, earlier, _, hash)) in (first..).zip(&changed) {
        if let Some(earlier) = earlier {
            forget.execute([earlier])?;
        }
        insert(conn, incarnation, number, unit, *hash)?;
    }
    let changes = changed.iter().map(|(unit, _, old, new)| (unit.kind, *old, *new));
    digest::change(conn, Side::View, changes)
}

fn insert(
    conn: &Connection,
    incarnation: u64,
    number: i64,
    unit: &Unit,
    hash: Option<u128>,
) -> Result<()> {
    // Not `insert or replace`, which costs every insert a savepoint of its own.
    let sql = match drill::holds(Rule::FeedOrder) {
        true => "insert into feed (number, kind, ref, hash) values (?1, ?2, ?3, ?4)",
        false => "insert or replace into feed (number, kind, ref, hash) values (?1, ?2, ?3, ?4)",
    };
    let mut insert = conn.prepare_cached(sql)?;
    let mut put = |number: i64, unit: &Unit, hash: Option<u128>| {
        insert.execute(params![number, unit.kind, unit.id, hash.map(hash_cell)]).map(drop)
    };
    if drill::holds(Rule::FeedOrder) {
        return Ok(put(number, unit, hash)?);
    }
    // The row becomes visible with a later one.
    for (number, unit, hash) in drill::late(incarnation, (number, unit.clone(), hash)) {
        put(number, &unit, hash)?;
    }
    Ok(())
}

/// Notes the first number that this opening of the file gives out.
fn open(conn: &Connection, incarnation: u64, number: i64) -> Result<()> {
    conn.prepare_cached(
        "insert into feed_opening (first_number, incarnation)
         select ?1, ?2
          where ?2 is not (select incarnation from feed_opening order by first_number desc limit 1)",
    )?
    .execute(params![number, incarnation])?;
    Ok(())
}

/// The select of the children that nobody listens to or waits for: those that were shut out, and those
/// whose key was revoked.
macro_rules! outcasts {
    () => {
        "select child.node
           from child left join key on key.id = child.key_id and child.via is null
          where child.is_shut = 1 or key.revoked_at is not null"
    };
}
pub(crate) use outcasts;

/// Takes note that a child has read the feed up to `number`, and forgets what every child has read.
pub(crate) fn pass(conn: &Connection, child: NodeId, number: u64) -> Result<()> {
    conn.prepare_cached("update child set cursor_number = ?2 where node = ?1")?
        .execute(params![child, number])?;
    forget_read(conn)
}

/// Forgets what is gone and was read by every child that may come again: the very names of such units
/// can be personal. One that was shut out, or whose key was revoked, is not waited for.
pub(crate) fn forget_read(conn: &Connection) -> Result<()> {
    let passed: u64 = conn
        .prepare_cached(concat!(
            "select coalesce(min(cursor_number), (select feed_next - 1 from node))
               from child
              where via is null and node not in (",
            outcasts!(),
            ")"
        ))?
        .query_row([], |row| row.get(0))?;
    let sql = "delete from feed where hash is null and number <= ?1 returning number";
    let mut delete = conn.prepare_cached(sql)?;
    let deleted = delete.query_map([passed], |row| row.get::<_, u64>(0))?;
    if let Some(last) = deleted.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().max() {
        conn.prepare_cached("update node set feed_forgotten = max(feed_forgotten, ?1)")?
            .execute([last])?;
    }
    Ok(())
}

/// Whether the feed names units that are gone and that nobody may need any more once a child has read
/// up to `number`.
pub(crate) fn names_gone(conn: &Connection, number: u64) -> Result<bool> {
    let sql = "select 1 from feed where hash is null and number <= ?1";
    Ok(conn.prepare_cached(sql)?.exists([number])?)
}
