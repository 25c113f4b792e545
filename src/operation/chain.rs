//! The chains: of each opening of each file, how far it reaches and what it goes on from.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Hash, Head};
use crate::cell::Cells;
use crate::error::Result;
use crate::id::NodeId;

/// A chain as this node knows it.
pub(super) struct Chain {
    pub(super) key: i64,
    pub(super) follows: Option<Head>,
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) hlc: u64,
}

/// The chain of one opening of one file.
pub(super) fn find(conn: &Connection, node: NodeId, incarnation: u64) -> Result<Option<Chain>> {
    let mut statement = conn.prepare_cached(
        "select key, follows_number, follows_seq, follows_hash, seq, hash, hlc
           from incarnation
          where node = ?1 and number = ?2",
    )?;
    Ok(statement.query_row(params![node, incarnation], read).optional()?)
}

/// Reads key, what it follows, number, hash and clock.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Chain> {
    let mut cells = Cells::from(row, 0);
    Ok(Chain {
        key: cells.take()?,
        follows: read_follows(&mut cells)?,
        seq: cells.take()?,
        hash: cells.take()?,
        hlc: cells.take()?,
    })
}

pub(super) fn read_follows(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<Head>> {
    let (number, seq, hash): (Option<u64>, Option<u64>, Option<Hash>) =
        (cells.take()?, cells.take()?, cells.take()?);
    Ok(number.zip(seq).zip(hash).map(|((incarnation, seq), hash)| Head { incarnation, seq, hash }))
}

/// The chain this file has written last, and its clock.
pub(super) fn last_of(conn: &Connection, node: NodeId) -> Result<Option<(Head, u64)>> {
    let sql = "select number, seq, hash, hlc from incarnation where node = ?1 and seq > 0 order by key desc limit 1";
    let mut statement = conn.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let head = Head { incarnation: row.get(0)?, seq: row.get(1)?, hash: row.get(2)? };
        Ok((head, row.get(3)?))
    };
    Ok(statement.query_row([node], read).optional()?)
}

/// A chain of which nothing is stored yet.
pub(super) fn begin(
    conn: &Connection,
    node: NodeId,
    number: u64,
    follows: Option<Head>,
    hlc: u64,
) -> Result<Chain> {
    let hash = follows.map(|head| head.hash).unwrap_or_default();
    conn.prepare_cached(
        "insert into incarnation (node, number, follows_number, follows_seq, follows_hash, hash, hlc)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        node,
        number,
        follows.map(|head| head.incarnation),
        follows.map(|head| head.seq),
        follows.map(|head| head.hash),
        hash,
        hlc,
    ])?;
    Ok(Chain { key: conn.last_insert_rowid(), follows, seq: 0, hash, hlc })
}
