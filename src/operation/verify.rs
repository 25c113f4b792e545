//! Verify: follows every chain and computes its hashes again.

use rusqlite::{Connection, params};

use super::chain::{self, Chain};
use super::log::{self, DAMAGED, select};
use super::{Hash, Operation};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::{NodeId, OperationId};

/// What is wrong with a chain.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// An operation is missing.
    Missing(OperationId),
    /// An operation does not hash to what it says.
    Damaged(OperationId),
    /// The last operation is not the one the chain's head names.
    Head(OperationId),
}

/// Whether an operation is what its author wrote and says something.
fn holds(operation: &Operation, previous: &Hash) -> bool {
    operation.verify(previous).is_ok()
        && operation.hlc.time() <= Hlc::TIME_MAX
        && !matches!(operation.changes(), Err(Error::Damaged(_)))
}

/// Whether an operation that had no effect because of damage is damaged, and any other is not. Of words that
/// an erase took nobody can tell any more.
fn is_what_it_is_taken_for(operation: &Operation, previous: &Hash, is_damaged: bool) -> bool {
    let is_emptied = operation.personal.is_none() && operation.personal_hash.is_some();
    match is_damaged {
        true => is_emptied || !holds(operation, previous),
        false => holds(operation, previous),
    }
}

/// Follows every chain from its beginning to its head, and hands each trouble found to `report`.
/// Returns the number of operations read.
pub(crate) fn verify(conn: &Connection, mut report: impl FnMut(Trouble)) -> Result<u64> {
    let mut heads = conn.prepare(
        "select key, follows_number, follows_seq, follows_hash, seq, hash, hlc, pruned_seq, pruned_hash, node, number
           from incarnation
          where seq > 0",
    )?;
    let heads = heads.query_map([], |row| Ok((chain::read(row)?, row.get(9)?, row.get(10)?)))?;
    let sql = concat!(
        select!(),
        " where o.incarnation_key = ?1 and o.seq > ?2 and o.seq <= ?3 order by o.seq"
    );
    let mut statement = conn.prepare(sql)?;
    let mut n_operations = 0;
    for chain in heads {
        let (chain, node, incarnation): (Chain, NodeId, u64) = chain?;
        let at = |seq| OperationId { node, incarnation, seq };
        let (mut seq, pruned_hash) = chain.pruned;
        let mut previous = match chain.follows {
            Some(head) if seq == 0 => head.hash,
            _ => pruned_hash.unwrap_or_default(),
        };
        let mut hlc = chain.hlc;
        if let Some(head) = chain.follows.filter(|_| seq == 0) {
            let id = OperationId { incarnation: head.incarnation, seq: head.seq, ..at(0) };
            if !log::reach(conn, &[(id, head.hash)])? {
                report(Trouble::Missing(id));
            }
        }
        let bounds = params![chain.key, seq, chain.seq];
        let operations =
            statement.query_map(bounds, |row| Ok((log::read(row)?, row.get::<_, i64>(13)?)))?;
        for operation in operations {
            let (operation, state) = operation?;
            if operation.id.seq != seq + 1 {
                report(Trouble::Missing(at(seq + 1)));
            } else if !is_what_it_is_taken_for(&operation, &previous, state == DAMAGED) {
                report(Trouble::Damaged(operation.id));
            }
            (seq, previous, hlc) = (operation.id.seq, operation.hash, operation.hlc.time());
            n_operations += 1;
        }
        if (seq, previous, hlc) != (chain.seq, chain.hash, chain.hlc) {
            report(Trouble::Head(at(chain.seq)));
        }
    }
    Ok(n_operations)
}
