//! The chains: of each opening of each file, how far it reaches and what it goes on from.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Hash, Head};
use crate::cell::Cells;
use crate::error::Result;
use crate::id::NodeId;
use crate::migrate;

/// A chain as this node knows it.
pub(super) struct Chain {
    pub(super) key: i64,
    pub(super) follows: Option<Head>,
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) hlc: u64,
    /// Up to here the operations themselves are gone, and the hash of the last one of those.
    pub(super) pruned: (u64, Option<Hash>),
}

/// The chain of one opening of one file.
pub(super) fn find(conn: &Connection, node: NodeId, incarnation: u64) -> Result<Option<Chain>> {
    let mut statement = conn.prepare_cached(
        "select key, follows_number, follows_seq, follows_hash, seq, hash, hlc, pruned_seq, pruned_hash
           from incarnation
          where node = ?1 and number = ?2",
    )?;
    Ok(statement.query_row(params![node, incarnation], read).optional()?)
}

/// Reads key, what it follows, number, hash and clock, and how far it is pruned.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Chain> {
    let mut cells = Cells::from(row, 0);
    Ok(Chain {
        key: cells.take()?,
        follows: read_follows(&mut cells)?,
        seq: cells.take()?,
        hash: cells.take()?,
        hlc: cells.take()?,
        pruned: (cells.take()?, cells.take()?),
    })
}

pub(super) fn read_follows(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<Head>> {
    let (number, seq, hash): (Option<u64>, Option<u64>, Option<Hash>) =
        (cells.take()?, cells.take()?, cells.take()?);
    Ok(number.zip(seq).zip(hash).map(|((incarnation, seq), hash)| Head { incarnation, seq, hash }))
}

/// The chain this file has written last, and its clock. It is not the last of this node that is known:
/// where the file was restored, others tell it of chains that it no longer has.
pub(super) fn last_here(conn: &Connection, node: NodeId) -> Result<Option<(Head, u64)>> {
    let sql = "select number, seq, hash, hlc from incarnation
                where node = ?1 and number = (select last_incarnation from node) and seq > 0";
    let mut statement = conn.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let head = Head { incarnation: row.get(0)?, seq: row.get(1)?, hash: row.get(2)? };
        Ok((head, row.get(3)?))
    };
    Ok(statement.query_row([node], read).optional()?)
}

/// Takes note that this file writes that chain from now on.
pub(super) fn note_last(conn: &Connection, incarnation: u64) -> Result<()> {
    conn.prepare_cached("update node set last_incarnation = ?1")?.execute([incarnation])?;
    migrate::seal_place(conn)
}

/// The place of the last operation in the order of arrival.
pub(super) fn last_position(conn: &Connection) -> Result<i64> {
    let sql = "select coalesce(max(position), 0) from incarnation";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// A chain of which nothing is stored yet; somebody may have asked for it already.
pub(super) fn begin(
    conn: &Connection,
    node: NodeId,
    number: u64,
    follows: Option<Head>,
    hlc: u64,
) -> Result<Chain> {
    let hash = follows.map(|head| head.hash).unwrap_or_default();
    let mut statement = conn.prepare_cached(
        "insert into incarnation (node, number, follows_number, follows_seq, follows_hash, hash, hlc)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict (node, number) do update
                set follows_number = ?3, follows_seq = ?4, follows_hash = ?5, hash = ?6, hlc = ?7
              where seq = 0
         returning key",
    )?;
    let (before, before_seq) = (follows.map(|head| head.incarnation), follows.map(|head| head.seq));
    let before_hash = follows.map(|head| head.hash);
    let values = params![node, number, before, before_seq, before_hash, hash, hlc];
    let key = statement.query_row(values, |row| row.get(0))?;
    Ok(Chain { key, follows, seq: 0, hash, hlc, pruned: (0, None) })
}

/// Whether anything of this node is stored.
pub(super) fn is_known(conn: &Connection, node: NodeId) -> Result<bool> {
    let sql = "select 1 from incarnation where node = ?1 and seq > 0";
    Ok(conn.prepare_cached(sql)?.exists([node])?)
}

/// Whether another incarnation goes on from there.
pub(super) fn is_followed(conn: &Connection, node: NodeId, head: Head) -> Result<bool> {
    let sql = "select 1 from incarnation
                where node = ?1 and follows_number = ?2 and follows_seq = ?3 and seq > 0";
    Ok(conn.prepare_cached(sql)?.exists(params![node, head.incarnation, head.seq])?)
}

/// The hash of an operation that is here or was; `None` when it was pruned and nobody remembers.
pub(super) fn hash_at(conn: &Connection, chain: &Chain, seq: u64) -> Result<Option<Hash>> {
    match chain.pruned {
        (pruned, hash) if seq == pruned && hash.is_some() => return Ok(hash),
        (pruned, _) if seq < pruned => return Ok(None),
        _ if seq == chain.seq => return Ok(Some(chain.hash)),
        _ => {}
    }
    let mut statement =
        conn.prepare_cached("select hash from operation where incarnation_key = ?1 and seq = ?2")?;
    Ok(statement.query_row(params![chain.key, seq], |row| row.get(0)).optional()?)
}
