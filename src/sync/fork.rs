//! Fork: a chain cannot go on at the parent. What is here of it goes on under another name.
//!
//! Whoever holds operations that the parent cannot take under their name gives them another one,
//! whoever wrote them: their author may be gone. Credit transactions keep their ids and edits their
//! stamps, so that no credit counts twice where they come under both names, and no edit wins that has lost,
//! unless its clock was ahead.
//!
//! What was renamed is remembered until the chain is forgotten or heard of from above, and is not taken under
//! its old name meanwhile: whoever brings it renames it in turn, or it would come, and be renamed, for ever.

use rusqlite::params;

use super::chains::{self, Known};
use super::{Chain, Reach, receive};
use crate::error::Result;
use crate::id::{NodeId, OperationId};
use crate::operation::{self, Head};
use crate::store::Tx;

/// Copies the operations from `at` on into a new incarnation, because another file has written that one:
/// what was written here is not lost.
pub(super) fn mend(tx: &Tx<'_>, at: OperationId) -> Result<()> {
    let Some(known) = chains::find(tx.conn(), Chain::of(at))? else { return Ok(()) };
    let is_here = at.seq > known.pruned_seq && at.seq <= known.reach.seq;
    if !is_here {
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

/// The parent and the root have a chain up to `reach`, and lack operations that are here no more: the root
/// was restored from a backup that is older than operations are kept. What is here and goes on from
/// there does so; the rest follows nothing any more.
pub(super) fn lower(tx: &Tx<'_>, known: &Known, reach: &Reach) -> Result<()> {
    chains::adopt(tx.conn(), known, reach)?;
    receive::take_orphans(tx, known.chain)?;
    let Some(known) = chains::find(tx.conn(), known.chain)? else { return Ok(()) };
    go_on(tx, &known, known.reach.seq + 1, None)
}

/// Moves the operations of a chain from number `first` on into a new incarnation, and so the chains that
/// go on from there.
fn go_on(tx: &Tx<'_>, known: &Known, first: u64, follows: Option<Head>) -> Result<()> {
    let moved = operation::applied(tx.conn(), known.key, first.cast_signed(), i64::MAX)?;
    operation::cut(tx, known.key, first)?;
    tx.conn()
        .prepare_cached(
            "update incarnation
                set included_seq = min(included_seq, ?2), parent_seq = min(parent_seq, ?2),
                    root_seq = min(root_seq, ?2)
              where key = ?1",
        )?
        .execute(params![known.key, first - 1])?;
    let Chain { node, incarnation } = known.chain;
    let is_own = node == tx.store().node();
    let is_written = is_own && incarnation == tx.store().incarnation();
    let end = match moved.is_empty() && !is_written {
        true => follows,
        false => {
            let name = fresh_name(tx, node)?;
            operation::copy(tx, (node, name), follows, &moved)?
        }
    };
    let later = chains::following(tx.conn(), known.chain, first)?;
    later.iter().try_for_each(|later| go_on(tx, later, 1, end))
}

/// A name for a chain of `node` that no chain has which is known here: a copy of the file may have had the
/// same dice, and written under the name that they show next.
fn fresh_name(tx: &Tx<'_>, node: NodeId) -> Result<u64> {
    loop {
        let incarnation = match node == tx.store().node() {
            true => tx.store().renew_incarnation(),
            false => u64::from_le_bytes(tx.random()) >> 1,
        };
        let known = chains::find(tx.conn(), Chain { node, incarnation })?;
        if known.is_none_or(|known| known.reach.seq == 0) {
            return Ok(incarnation);
        }
    }
}
