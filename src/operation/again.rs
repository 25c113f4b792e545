//! Again: operations that are stored already are applied once more, or written under another name.

use rusqlite::{Connection, params};

use super::chain;
use super::log::{self, Place};
use super::receive::is_nonsense;
use super::{Head, Operation, apply};
use crate::clock::Hlc;
use crate::error::Result;
use crate::id::{NodeId, OperationId};
use crate::store::Tx;
use crate::unit::{Mode, Rows};

/// The operations of one chain that had an effect, from number `first` to `last`, each with its place
/// in the order of arrival.
pub(crate) fn applied(
    conn: &Connection,
    incarnation_key: i64,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, Operation)>> {
    let mut places = conn.prepare_cached(
        "select position, state = 0 from operation where incarnation_key = ?1 and seq between ?2 and ?3
          order by seq",
    )?;
    let places = places.query_map([incarnation_key, first, last], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?))
    })?;
    let places: Vec<_> = places.collect::<rusqlite::Result<_>>()?;
    let operations = log::between(conn, incarnation_key, first, last)?;
    let both = places.into_iter().zip(operations);
    Ok(both
        .filter(|((_, had), _)| *had)
        .map(|((place, _), operation)| (place, operation))
        .collect())
}

/// Applies a stored operation again. What it says may not be possible any more; it then has no effect.
pub(crate) fn redo(tx: &Tx<'_>, rows: &Rows<'_>, operation: &Operation) -> Result<()> {
    let is_own = operation.id.node == tx.store().node();
    let limit = Hlc::after(0, log::latest(tx.store().now()), operation.id.node);
    let time = operation.hlc.time();
    let time = if is_own { time } else { time.min(limit.time() | (operation.id.seq & 0xffff)) };
    let stamp = Hlc::from_parts(time, operation.id.node);
    let changes = operation.changes()?;
    match tx.nested(|_| apply::apply(rows, &changes, stamp, None).map(drop)) {
        Err(error) if is_nonsense(&error) => Ok(()),
        done => done,
    }
}

/// Cuts a chain off before number `seq`.
pub(crate) fn cut(tx: &Tx<'_>, incarnation_key: i64, seq: u64) -> Result<()> {
    let conn = tx.conn();
    conn.prepare_cached("delete from operation where incarnation_key = ?1 and seq >= ?2")?
        .execute(params![incarnation_key, seq])?;
    conn.prepare_cached(
        "update incarnation
            set seq = ?2,
                hash = coalesce((select hash from operation where incarnation_key = ?1 and seq = ?2),
                                pruned_hash, follows_hash, zeroblob(32)),
                hlc = coalesce((select hlc from operation where incarnation_key = ?1 and seq = ?2), hlc),
                position = coalesce((select position from operation where incarnation_key = ?1 and seq = ?2),
                                    iif(?2 = 0, 0, position))
          where key = ?1",
    )?
    .execute(params![incarnation_key, seq - 1])?;
    tx.set_tip(None);
    Ok(())
}

/// Writes operations of a node under another incarnation, which goes on from `follows`; their effects
/// stand already. Returns what a next incarnation follows.
pub(crate) fn copy(
    tx: &Tx<'_>,
    (node, incarnation): (NodeId, u64),
    follows: Option<Head>,
    operations: &[(i64, Operation)],
) -> Result<Option<Head>> {
    let conn = tx.conn();
    let chain = chain::begin(conn, node, incarnation, follows, 0)?;
    if node == tx.store().node() {
        chain::note_last(conn, incarnation)?;
    }
    let mode = Mode::read(conn)?;
    let mut previous = chain.hash;
    for (seq, (position, operation)) in (1..).zip(operations) {
        let mut copy = operation.clone();
        copy.id = OperationId { node, incarnation, seq };
        copy.follows = follows.filter(|_| seq == 1);
        copy.hash = copy.chained(&previous);
        previous = copy.hash;
        let place =
            Place { incarnation_key: chain.key, position: *position, mode, stamp: copy.hlc };
        let person = log::person(conn, &copy)?.map(|person| person.key);
        log::store(tx, place, &copy, person, false, log::APPLIED)?;
    }
    let seq = operations.len() as u64;
    Ok(if seq == 0 { follows } else { Some(Head { incarnation, seq, hash: previous }) })
}
