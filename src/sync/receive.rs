//! Receive: the operations of a child, and of the nodes it vouches for.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::chains::{Known, spoken};
use super::{Batch, Chain, Reach, Received, Refused, Vector, Why, chains};
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
                vouch(tx.conn(), from, *chain, false)?;
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
    if author != from && (is_own || speaks_itself(tx.conn(), chain)?) {
        return Ok(Taken::Refused(Why::NotYours));
    }
    if author != from && is_first_of_other(tx.conn(), from, operation)? {
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

/// Whether the author comes here itself and writes this chain now, so that nobody else may speak for it.
/// Another chain of the same node may come another way: it is finished, or of a copy of the file. So may
/// one of which the author has never spoken here: its machine may have gone back, in the middle of this
/// opening, to before it wrote what others have, and it may never write again.
fn speaks_itself(conn: &Connection, chain: Chain) -> Result<bool> {
    let sql = concat!(
        "select 1
           from child
          where node = ?1 and via is null and incarnation = ?2 and node not in (",
        outcasts!(),
        ") and exists (",
        spoken!(),
        ")"
    );
    Ok(conn.prepare_cached(sql)?.exists(params![chain.node, chain.incarnation])?)
}

/// Whether an operation begins a chain that goes on from nothing, of a node that comes here itself, does not
/// speak of it, and is not said to be below whoever brings it. A copy of a file that had not written
/// anything is such a node below another parent.
fn is_first_of_other(conn: &Connection, from: NodeId, operation: &Operation) -> Result<bool> {
    let chain = Chain::of(operation.id);
    let is_known = || Ok::<_, Error>(chains::find(conn, chain)?.is_some_and(|it| it.reach.seq > 0));
    if operation.id.seq > 1 || operation.follows.is_some() || is_known()? {
        return Ok(false);
    }
    let sql = concat!(
        "select 1
           from child
          where node = ?1 and via is null and named_by is not ?3 and node not in (",
        outcasts!(),
        ") and not exists (",
        spoken!(),
        ")"
    );
    Ok(conn.prepare_cached(sql)?.exists(params![chain.node, chain.incarnation, from])?)
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

/// Takes note that a child vouches for a chain, and for its author.
pub(super) fn vouch(conn: &Connection, child: NodeId, chain: Chain, is_named: bool) -> Result<()> {
    let Some(known) = chains::find(conn, chain)? else { return Ok(()) };
    conn.prepare_cached(
        "insert into child_chain (node, author, incarnation_key, is_named) values (?1, ?2, ?3, ?4)
         on conflict do update set is_named = max(is_named, ?4)",
    )?
    .execute(params![child, chain.node, known.key, is_named])?;
    Ok(())
}
