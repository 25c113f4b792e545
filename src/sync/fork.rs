//! Fork: a chain of this file cannot go on at the parent. This file goes on under another name.

use rusqlite::params;

use super::Chain;
use super::chains::{self, Known};
use crate::error::Result;
use crate::id::OperationId;
use crate::operation::{self, Head};
use crate::store::Tx;

/// Copies this node's own operations from `at` on into a new incarnation, because another file has
/// written that one: what was written here is not lost. A fork in somebody else's chain is theirs to
/// mend.
pub(super) fn mend(tx: &Tx<'_>, at: OperationId) -> Result<()> {
    let Some(known) = chains::find(tx.conn(), Chain::of(at))? else { return Ok(()) };
    let is_here = at.seq > known.pruned_seq && at.seq <= known.reach.seq;
    if at.node != tx.store().node() || !is_here {
        return Ok(());
    }
    let follows = match at.seq {
        1 => None,
        _ => chains::hash_at(tx.conn(), &known, at.seq - 1)?.map(|hash| Head {
            incarnation: at.incarnation,
            seq: at.seq - 1,
            hash,
        }),
    };
    go_on(tx, &known, at.seq, follows)
}

/// Copies what is left of this node's own chain into a new incarnation, when the parent lacks operations
/// that are here no more: it was restored from a backup that is older than operations are kept. What is
/// left follows nothing, as the parent sees it.
pub(super) fn restart(tx: &Tx<'_>, lacks: OperationId) -> Result<()> {
    let Some(known) = chains::find(tx.conn(), Chain::of(lacks))? else { return Ok(()) };
    if lacks.node != tx.store().node() || lacks.seq > known.pruned_seq {
        return Ok(());
    }
    if known.pruned_seq < known.reach.seq {
        return go_on(tx, &known, known.pruned_seq + 1, None);
    }
    // Nothing is left of this one, but others go on from it.
    let later = chains::following(tx.conn(), known.chain, lacks.seq)?;
    later.iter().try_for_each(|later| go_on(tx, later, 1, None))
}

/// Moves the operations of a chain from number `first` on into a new incarnation, and so the chains of
/// this file that go on from there. Credit transactions keep their ids, so that nothing counts twice.
fn go_on(tx: &Tx<'_>, known: &Known, first: u64, follows: Option<Head>) -> Result<()> {
    let last = known.reach.seq.cast_signed();
    let moved = operation::applied(tx.conn(), known.key, first.cast_signed(), last)?;
    operation::cut(tx, known.key, first)?;
    tx.conn()
        .prepare_cached(
            "update incarnation
                set included_seq = min(included_seq, ?2), parent_seq = min(parent_seq, ?2),
                    root_seq = min(root_seq, ?2)
              where key = ?1",
        )?
        .execute(params![known.key, first - 1])?;
    let end = operation::copy(tx, tx.store().renew_incarnation(), follows, &moved)?;
    let later = chains::following(tx.conn(), known.chain, first)?;
    later.iter().try_for_each(|later| go_on(tx, later, 1, end))
}
