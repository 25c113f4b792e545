//! Up: the operations that the parent does not have yet.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::arrival::Arrivals;
use super::chains;
use super::{Batch, Chain, Limit, Received, Refused, Vector, Why};
use crate::error::Result;
use crate::operation::{self, LINE_REST_BYTES, Operation};
use crate::store::{Store, Tx};

impl Store {
    /// The next operations for the parent, in the order in which they arrived here, its own and those
    /// of the nodes below it; `None` when the parent has all. Chains in `waiting` are left out, and those
    /// of which the parent lacks what is here no more: the root has that, and tells the parent of it.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read.
    pub fn pending(&self, limit: Limit, waiting: &BTreeSet<Chain>) -> Result<Option<Batch>> {
        self.read_snapshot(|conn| {
            let open = chains::list(conn, "parent_seq < seq and pruned_seq < seq")?;
            let mut arrivals = Arrivals::new(conn);
            for known in open.iter().filter(|known| !waiting.contains(&known.chain)) {
                if !chains::waits(conn, known)? {
                    let after = known.parent_seq.max(known.pruned_seq);
                    arrivals.add(known.key, after, known.reach.seq)?;
                }
            }
            let (mut operations, mut n_bytes) = (Vec::new(), 0);
            while operations.len() < limit.items
                && let Some(next) = arrivals.next()?
            {
                let Some(operation) = operation::at(conn, next.incarnation_key, next.seq)? else {
                    continue;
                };
                n_bytes += size(&operation);
                if n_bytes > limit.bytes && !operations.is_empty() {
                    break;
                }
                operations.push(operation);
            }
            Ok((!operations.is_empty()).then_some(Batch { operations }))
        })
    }

    /// How many operations the parent has not confirmed.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read.
    #[cfg(feature = "sync")]
    pub(crate) fn n_pending(&self) -> Result<u64> {
        self.read(n_pending)
    }

    /// Takes note of what the parent has by its answer.
    ///
    /// # Errors
    ///
    /// - as [`Store::write`].
    pub fn note_received(&self, answer: &Received) -> Result<()> {
        self.write(|tx| {
            super::greet::note_epoch(tx, answer.root_epoch)?;
            note_vector(tx, &answer.received)?;
            let mut take = tx.conn().prepare_cached(
                "update incarnation set refused = null
                  where node = ?1 and number = ?2 and refused is not null",
            )?;
            for chain in answer.received.keys() {
                take.execute(params![chain.node, chain.incarnation])?;
            }
            if answer.root_epoch >= chains::root(tx.conn())?.1 {
                chains::note_root(tx.conn(), &answer.root_received)?;
            }
            for refused in &answer.refused {
                if !is_proved(tx.conn(), refused, &answer.received)? {
                    note_refused(tx, refused)?;
                }
            }
            Ok(())
        })
    }
}

pub(super) fn n_pending(conn: &Connection) -> Result<u64> {
    // What is deleted here is at the root, whatever a parent knows that this node has moved to.
    let sql = "select coalesce(sum(seq - max(parent_seq, pruned_seq)), 0)
                 from incarnation
                where seq > max(parent_seq, pruned_seq)";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// At most how many bytes an operation has on the wire.
fn size(operation: &Operation) -> usize {
    let personal = operation.personal.as_ref().map_or("", |personal| personal.text.as_str());
    operation::line_bytes(&operation.facts) + operation::line_bytes(personal) + LINE_REST_BYTES
}

/// Notes how far the parent has chains: as far as it says, where it has what we have. Where it has more and
/// cannot tell what stands at our end, all goes up that is not in our own proved copy and at the root.
pub(super) fn note_vector(tx: &Tx<'_>, received: &Vector) -> Result<()> {
    let conn = tx.conn();
    let mut update =
        conn.prepare_cached("update incarnation set parent_seq = ?2 where key = ?1")?;
    for (chain, reach) in received {
        let Some(known) = chains::find(conn, *chain)? else { continue };
        let proved = known.included_seq.min(known.root_seq).min(known.reach.seq);
        let after = match reach.seq > known.reach.seq {
            true => proved.max(known.pruned_seq),
            false => reach.seq,
        };
        match chains::agrees(conn, &known, reach)? {
            true => drop(update.execute(params![known.key, after])?),
            // Sent again from the start, it meets the operation where it is forked.
            false if known.pruned_seq < known.reach.seq => {
                update.execute(params![known.key, known.pruned_seq])?;
            }
            false if chain.node == tx.store().node() => {}
            false => chains::adopt(conn, &known, reach)?,
        }
    }
    Ok(())
}

/// Whether an operation that the parent could not compare is proved to be the same by what the parent has
/// further on in its chain.
fn is_proved(conn: &Connection, refused: &Refused, received: &Vector) -> Result<bool> {
    let chain = Chain::of(refused.id);
    let further = received.get(&chain).filter(|reach| reach.seq >= refused.id.seq);
    let (Some(reach), Some(known)) = (further, chains::find(conn, chain)?) else {
        return Ok(false);
    };
    let is_here = reach.seq <= known.reach.seq;
    Ok(is_here && chains::hash_at(conn, &known, reach.seq)? == Some(reach.hash))
}

fn note_refused(tx: &Tx<'_>, refused: &Refused) -> Result<()> {
    let conn = tx.conn();
    let why = match &refused.why {
        Why::Gap(_) => None,
        Why::UpgradeServer(reason) => Some(format!("{}: {reason}", refused.why.as_str())),
        Why::Fork | Why::NotYours => Some(refused.why.as_str().to_owned()),
    };
    conn.prepare_cached("update incarnation set refused = ?3 where node = ?1 and number = ?2")?
        .execute(params![refused.id.node, refused.id.incarnation, why])?;
    // How far the parent has the chain says nothing of what it was not sent by us.
    let sql =
        "update incarnation set parent_seq = min(parent_seq, ?3) where node = ?1 and number = ?2";
    let before = refused.id.seq.saturating_sub(1);
    conn.prepare_cached(sql)?.execute(params![refused.id.node, refused.id.incarnation, before])?;
    match &refused.why {
        Why::Gap(expected) => {
            conn.prepare_cached(
                "update incarnation set parent_seq = min(parent_seq, ?3) where node = ?1 and number = ?2",
            )?
            .execute(params![
                expected.node,
                expected.incarnation,
                expected.seq.saturating_sub(1)
            ])?;
            Ok(())
        }
        Why::Fork => super::fork::mend(tx, refused.id),
        Why::NotYours | Why::UpgradeServer(_) => Ok(()),
    }
}
