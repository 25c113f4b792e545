//! Fork: two files have written one chain. This one goes on under another name.

use rusqlite::params;

use super::{Chain, chains};
use crate::error::Result;
use crate::id::OperationId;
use crate::operation::{self, Head};
use crate::store::Tx;

/// Copies this node's own operations from `at` on into a new incarnation: what was written here is not
/// lost because another file has taken its place. Credit transactions keep their ids, so that nothing
/// counts twice. A fork in somebody else's chain is theirs to mend.
pub(super) fn mend(tx: &Tx<'_>, at: OperationId) -> Result<()> {
    let conn = tx.conn();
    let Some(known) = chains::find(conn, Chain::of(at))? else { return Ok(()) };
    let is_here = at.seq > known.pruned_seq && at.seq <= known.reach.seq;
    if at.node != tx.store().node() || !is_here {
        return Ok(());
    }
    let (first, last) = (at.seq.cast_signed(), known.reach.seq.cast_signed());
    let forked = operation::applied(conn, known.key, first, last)?;
    let follows = match at.seq {
        1 => None,
        _ => chains::hash_at(conn, &known, at.seq - 1)?.map(|hash| Head {
            incarnation: at.incarnation,
            seq: at.seq - 1,
            hash,
        }),
    };
    operation::cut(tx, known.key, at.seq)?;
    conn.prepare_cached(
        "update incarnation
            set included_seq = min(included_seq, ?2), parent_seq = min(parent_seq, ?2),
                root_seq = min(root_seq, ?2)
          where key = ?1",
    )?
    .execute(params![known.key, at.seq - 1])?;
    operation::copy(tx, tx.store().renew_incarnation(), follows, &forked)
}
