//! Receive: the operations of a child, and of the nodes it vouches for.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::chains::{Known, spoken};
use super::{Batch, Chain, Reach, Received, Refused, Vector, Why, chains, naming};
use crate::drill::{self, Rule};
use crate::error::{Error, Result};
use crate::id::{NodeId, OperationId};
use crate::operation::{AHEAD_MS_MAX, Operation};
use crate::store::{Store, Tx};
use crate::unit::outcasts;

impl Store {
    /// Takes the operations of a batch, each once, those of one chain in order, in one SQL
    /// transaction. What cannot be taken stops its own chain and no other.
    ///
    /// # Errors
    ///
    /// - [`Error::UnknownChild`]: `from` has not said hello since the file was opened, or was shut out;
    /// - as [`Store::write`].
    pub fn receive(&self, from: NodeId, batch: &Batch) -> Result<Received> {
        self.write(|tx| {
            check_session(self, tx.conn(), from)?;
            let mut so_far = SoFar::default();
            for operation in &batch.operations {
                so_far.chains.insert(Chain::of(operation.id));
                if !so_far.refused.contains_key(&Chain::of(operation.id)) {
                    let taken = take(tx, from, operation)?;
                    so_far.note(operation, taken);
                }
            }
            let SoFar { chains, taken, refused, .. } = so_far.whole();
            for chain in &chains {
                naming::vouch(tx.conn(), from, *chain, false)?;
            }
            note_seen(tx, from)?;
            let (mut received, root_received) = chains::vectors(tx.conn(), chains)?;
            chains::tell_named(tx.conn(), &taken, &mut received)?;
            let (_, root_epoch) = chains::root(tx.conn())?;
            let refused = refused.into_values().collect();
            let server_time = self.now();
            Ok(Received { received, root_received, refused, root_epoch, server_time })
        })
    }
}

/// What became of an operation that a child has brought.
enum Taken {
    /// It is here, whether or not it was before.
    Here,
    /// Its number is, and what stood there is not known any more. What comes after it in the batch may show
    /// that it is the same. Otherwise it may be of another branch, and counts as such: whoever brings it says
    /// it under another name, rather twice than never.
    Unproved,
    Refused(Why),
}

/// What became of a batch, chain by chain.
#[derive(Default)]
struct SoFar {
    chains: BTreeSet<Chain>,
    taken: Vector,
    unproved: BTreeMap<Chain, OperationId>,
    refused: BTreeMap<Chain, Refused>,
}

impl SoFar {
    fn note(&mut self, operation: &Operation, taken: Taken) {
        let (id, chain) = (operation.id, Chain::of(operation.id));
        match taken {
            Taken::Refused(why) => drop(self.refused.insert(chain, Refused { id, why })),
            Taken::Unproved => drop(self.unproved.entry(chain).or_insert(id)),
            Taken::Here => {
                self.unproved.remove(&chain);
                let reach = Reach { seq: id.seq, hash: operation.hash };
                if self.taken.get(&chain).is_none_or(|last| last.seq <= reach.seq) {
                    self.taken.insert(chain, reach);
                }
            }
        }
    }

    /// What nothing has proved is of another branch.
    fn whole(mut self) -> Self {
        for (chain, id) in std::mem::take(&mut self.unproved) {
            self.taken.remove(&chain);
            self.refused.insert(chain, Refused { id, why: Why::Fork });
        }
        self
    }
}

/// Refuses whoever is no child of this node, and whoever has not said hello since the file was opened: what
/// was agreed before was agreed with a file that may have been another one.
pub(super) fn check_session(store: &Store, conn: &Connection, node: NodeId) -> Result<()> {
    check_child(conn, node)?;
    if store.sessions().has(node) { Ok(()) } else { Err(Error::UnknownChild(node)) }
}

/// Refuses whoever is no child of this node.
pub(super) fn check_child(conn: &Connection, node: NodeId) -> Result<()> {
    let sql = "select 1 from child where node = ?1 and via is null and is_shut = 0";
    match conn.prepare_cached(sql)?.exists([node])? {
        true => Ok(()),
        false => Err(Error::UnknownChild(node)),
    }
}

pub(super) fn note_seen(tx: &Tx<'_>, node: NodeId) -> Result<()> {
    tx.conn()
        .prepare_cached("update child set seen_at = ?2, n_named = 0 where node = ?1")?
        .execute(params![node, tx.store().now()])?;
    Ok(())
}

/// Takes one operation, or says why not.
fn take(tx: &Tx<'_>, from: NodeId, operation: &Operation) -> Result<Taken> {
    let (OperationId { node: author, seq, .. }, chain) = (operation.id, Chain::of(operation.id));
    if let Some(known) = chains::find(tx.conn(), chain)? {
        if (1..=known.reach.seq).contains(&seq) {
            return take_again(tx, &known, operation);
        }
        if known.is_forked && seq == known.reach.seq + 1 {
            return Ok(Taken::Refused(Why::Fork));
        }
    }
    let is_own = author == tx.store().node();
    if author != from && (is_own || is_foreign(tx.conn(), from, operation)?) {
        return Ok(Taken::Refused(Why::NotYours));
    }
    let latest = tx.store().now().ms() + AHEAD_MS_MAX;
    if !drill::holds(Rule::Clamp) && operation.hlc.at().ms() > latest {
        let why = Why::UpgradeServer("its clock is ahead".to_owned());
        return Ok(Taken::Refused(why));
    }
    let why = match tx.receive_anyway(operation) {
        Ok(_) => {
            take_orphans(tx, chain)?;
            return Ok(Taken::Here);
        }
        Err(Error::Gap { expected, .. }) => Why::Gap(expected),
        Err(Error::Fork(_)) => Why::Fork,
        Err(Error::UpgradeNeeded { reason, .. }) => Why::UpgradeServer(reason),
        Err(error) => return Err(error),
    };
    Ok(Taken::Refused(why))
}

/// Takes an operation that was here before, whoever brings it.
fn take_again(tx: &Tx<'_>, known: &Known, operation: &Operation) -> Result<Taken> {
    match chains::hash_at(tx.conn(), known, operation.id.seq)? {
        None => Ok(Taken::Unproved),
        Some(hash) if hash != operation.hash => Ok(Taken::Refused(Why::Fork)),
        Some(_) => tx.receive_anyway(operation).map(|_| Taken::Here),
    }
}

/// Whether somebody else brings what its author, who comes here itself, says: the chain that it writes now, or
/// one that goes on from nothing and of which it does not speak. Another chain of the same node may come another
/// way: it is finished, or of a copy of the file. Of one of which the author has never spoken here, so may what
/// goes on from what is known.
///
/// Where the bringer says that the author is below it, it is believed. The author may have been, and have gone
/// back in the middle of this opening to before it wrote what the bringer has; it may never write again, so that
/// nobody would find out. Or a copy of its file is, from before it wrote anything. Where both have written, one
/// of them meets a fork and says it under another name.
fn is_foreign(conn: &Connection, from: NodeId, operation: &Operation) -> Result<bool> {
    let chain = Chain::of(operation.id);
    let is_known = || Ok::<_, Error>(chains::find(conn, chain)?.is_some_and(|it| it.reach.seq > 0));
    let is_first = operation.id.seq == 1 && operation.follows.is_none() && !is_known()?;
    let sql = concat!(
        "select 1
           from child
          where node = ?1 and via is null and named_by is not ?3 and node not in (",
        outcasts!(),
        ") and case when exists (",
        spoken!(),
        ") then incarnation = ?2 else ?4 end"
    );
    let values = params![chain.node, chain.incarnation, from, is_first];
    Ok(conn.prepare_cached(sql)?.exists(values)?)
}

/// Takes what lay beyond the hole that was just filled.
pub(super) fn take_orphans(tx: &Tx<'_>, chain: Chain) -> Result<()> {
    loop {
        let Some(known) = chains::find(tx.conn(), chain)? else { return Ok(()) };
        let next = (known.reach.seq + 1).cast_signed();
        let sql = "select 1 from operation where incarnation_key = ?1 and seq = ?2";
        let is_here =
            tx.conn().prepare_cached(sql)?.query_row([known.key, next], |_| Ok(())).optional()?;
        if is_here.is_none() {
            return Ok(());
        }
        let orphan = crate::operation::between(tx.conn(), known.key, next, next)?.pop();
        let Some(orphan) = orphan else { return Ok(()) };
        match tx.receive_anyway(&orphan) {
            Ok(_) => {}
            // It does not go on from what has come: it stays where it is.
            Err(Error::Gap { .. } | Error::Fork(_) | Error::UpgradeNeeded { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
