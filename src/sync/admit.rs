//! Admit: a parent takes a node as its child, or goes on with one it knows.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::chains::spoken;
use super::{Chain, Hello, PROTOCOL, Session, chains, down, greet, joined, naming};
use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::migrate;
use crate::store::{Store, Tx};
use crate::unit::outcasts;

/// A child that another one has named so often since it was heard of itself has moved there.
pub const HANDOVER_HELLOS: u32 = 3;

/// So many times in a day the root believes one child that there is a later epoch than its own: several
/// nodes below the child may have heard of different ones.
pub const LATER_EPOCHS_MAX: u32 = 16;

/// The same of a node in the middle, so that one child of its own does not use up what it may say itself.
const LATER_EPOCHS_MAX_BELOW: u32 = 4;
/// Epochs begin with what a clock says, and no clock says as much: 2^48 ms, the year 10889. Beyond that
/// they rise one by one, so that the column never comes to its end.
const EPOCH_OF_CLOCKS: u64 = 1 << 48;
/// An epoch that is so far ahead of the known one and of all clocks is made up.
const EPOCH_AHEAD_MAX: u64 = 1 << 20;

impl Store {
    /// Answers a child's hello: from now on it may push and pull.
    ///
    /// # Errors
    ///
    /// - [`Error::NotAChild`]: it counts in another currency, speaks no version of the protocol that
    ///   this node does, belongs to another tree, does not hold all it ever wrote, is this node
    ///   itself or was shut out;
    /// - as [`Store::write`].
    pub fn admit(&self, hello: &Hello) -> Result<Session> {
        self.write(|tx| check(tx, hello))?;
        self.fill_feed()?;
        commit(self, hello, |tx| admit(tx, hello))
    }
}

/// Commits what admits a child. That it has said hello, and told of a later epoch, counts once that is on
/// disk: what was rolled back it says again.
pub(super) fn commit(
    store: &Store,
    hello: &Hello,
    admit: impl FnOnce(&Tx<'_>) -> Result<Session>,
) -> Result<Session> {
    let (before, session) = store.write(|tx| Ok((chains::root(tx.conn())?.1, admit(tx)?)))?;
    if session.root_epoch > before && hello.root_epoch > before {
        store.epochs().note_told_later(hello.node);
    }
    store.sessions().begin(hello.node);
    Ok(session)
}

pub(super) fn admit(tx: &Tx<'_>, hello: &Hello) -> Result<Session> {
    check(tx, hello)?;
    note_child(tx, hello)?;
    let (store, conn) = (tx.store(), tx.conn());
    if chains::is_root(conn)? && has_forgotten(tx, hello)? {
        begin_epoch(tx, hello)?;
    }
    naming::unname(conn, hello.node, hello.chains.len())?;
    for chain in hello.chains.keys() {
        naming::note_named(conn, *chain)?;
        naming::vouch(conn, hello.node, *chain, true)?;
    }
    naming::forget_unnamed(conn)?;
    let (root, _) = chains::root(conn)?;
    if !chains::is_root(conn)? && hello.root == Some(root) {
        // The root may have gone back to before what somebody below has heard of it.
        let (_, own) = chains::root(conn)?;
        let is_later = hello.root_epoch > own;
        if is_later && store.epochs().may_tell_later(hello.node, LATER_EPOCHS_MAX_BELOW) {
            greet::note_epoch(tx, believed(own, hello.root_epoch))?;
        }
    }
    let (_, root_epoch) = chains::root(conn)?;
    if !chains::is_root(conn)? && (hello.root, hello.root_epoch) == (Some(root), root_epoch) {
        note_claims(conn, hello)?;
    }
    let (mut received, root_received) = chains::vectors(conn, hello.chains.keys().copied())?;
    chains::tell_named(conn, &hello.chains, &mut received)?;
    Ok(Session {
        protocol: PROTOCOL,
        node: store.node(),
        root,
        root_epoch,
        received,
        root_received,
        joined: joined::of_those(tx, hello)?,
        server_time: store.now(),
    })
}

/// The root has forgotten: it begins an epoch above whatever anybody has heard before, from a clock that
/// was ahead, too.
fn begin_epoch(tx: &Tx<'_>, hello: &Hello) -> Result<()> {
    let (store, conn) = (tx.store(), tx.conn());
    let (_, own) = chains::root(conn)?;
    let now = u64::try_from(store.now().ms()).unwrap_or_default().min(EPOCH_OF_CLOCKS);
    let epoch = (own + 1).max(believed(own, hello.root_epoch) + 1).max(now);
    conn.prepare_cached("update node set root_epoch = ?1")?.execute([epoch])?;
    conn.prepare_cached("update child set root_mark = 0")?.execute([])?;
    migrate::seal_place(conn)?;
    store.epochs().note_begun(epoch);
    Ok(())
}

/// How late an epoch is believed to be that a child tells of: as late as a clock may have made it, and
/// else the next one. Whoever really knows a later one says so again.
fn believed(own: u64, heard: u64) -> u64 {
    heard.min(EPOCH_OF_CLOCKS.max(own + 1))
}

pub(super) fn check(tx: &Tx<'_>, hello: &Hello) -> Result<()> {
    let refuse = |why: String| Err(Error::NotAChild(why));
    let (least, greatest) = hello.protocol;
    if !(least..=greatest).contains(&PROTOCOL) {
        return refuse(format!(
            "it speaks versions {least} to {greatest} of the protocol, this node speaks {PROTOCOL}"
        ));
    }
    if hello.node == tx.store().node() {
        return refuse("it is this node itself, or a copy of its file".to_owned());
    }
    let currency = tx.store().currency();
    if (hello.currency.0.as_str(), hello.currency.1) != (currency.label(), currency.exponent()) {
        let (label, exponent) = &hello.currency;
        return refuse(format!(
            "it counts in {label} with {exponent} decimals, not in {} with {}",
            currency.label(),
            currency.exponent()
        ));
    }
    let (root, root_epoch) = chains::root(tx.conn())?;
    let latest = root_epoch.max(EPOCH_OF_CLOCKS) + EPOCH_AHEAD_MAX;
    if hello.root == Some(root) && hello.root_epoch > latest {
        return refuse(format!(
            "it tells of an epoch of the root after {latest}, the last possible"
        ));
    }
    let sql = "select 1 from child where node = ?1 and is_shut = 1";
    if tx.conn().prepare_cached(sql)?.exists([hello.node])? {
        return refuse("it was shut out".to_owned());
    }
    match hello.root {
        Some(other) if other == root || joined::has_joined(tx, hello, other)? => {}
        Some(other) if !hello.is_complete => {
            joined::ask(tx, hello.node, other)?;
            return refuse(format!(
                "it belongs to the tree of {other}, this is the tree of {root}"
            ));
        }
        None if !hello.is_complete => {
            return refuse("it does not hold every operation it ever wrote".to_owned());
        }
        _ => {}
    }
    Ok(())
}

/// Where the child knows that the root has more of a chain than this node has, this node asks for it in its
/// turn.
fn note_claims(conn: &Connection, hello: &Hello) -> Result<()> {
    let mut claim = conn.prepare_cached(
        "update incarnation set root_seq = max(root_seq, ?3) where node = ?1 and number = ?2 and seq < ?3",
    )?;
    for (chain, seq) in &hello.root_received {
        if may_claim(conn, hello.node, *chain)? {
            claim.execute(params![chain.node, chain.incarnation, seq])?;
        }
    }
    Ok(())
}

/// Whether a child may say what the root has of a chain: it is of that node, or that node does not come here
/// itself, or has never spoken of it. A copy of the file may come itself, and know nothing of it.
fn may_claim(conn: &Connection, child: NodeId, chain: Chain) -> Result<bool> {
    let sql = concat!(
        "select 1
           from child
          where node = ?1 and via is null and node not in (",
        outcasts!(),
        ") and (incarnation = ?2 or exists (",
        spoken!(),
        "))"
    );
    let speaks_itself = || conn.prepare_cached(sql)?.exists(params![chain.node, chain.incarnation]);
    Ok(child == chain.node || !speaks_itself()?)
}

/// Whether a child may say what a node shows: it is that node, or that node does not come here itself.
fn may_mark(conn: &Connection, child: NodeId, node: NodeId) -> Result<bool> {
    let sql = concat!(
        "select 1 from child where node = ?1 and via is null and node not in (",
        outcasts!(),
        ")"
    );
    Ok(child == node || !conn.prepare_cached(sql)?.exists([node])?)
}

/// Whether this root knows less than it once did: somebody below has heard of more. In an epoch that this
/// opening has begun, nobody can have: all that was told in it is here.
fn has_forgotten(tx: &Tx<'_>, hello: &Hello) -> Result<bool> {
    let (conn, epochs) = (tx.conn(), tx.store().epochs());
    let (root, root_epoch) = chains::root(conn)?;
    if hello.root != Some(root) || hello.root_epoch < root_epoch {
        return Ok(false);
    }
    if hello.root_epoch > root_epoch {
        return Ok(epochs.may_tell_later(hello.node, LATER_EPOCHS_MAX));
    }
    if epochs.is_begun_here(root_epoch) {
        return Ok(false);
    }
    if shows_later_feed(tx, hello)? {
        return Ok(true);
    }
    for (chain, seq) in &hello.root_received {
        let here = chains::find(conn, *chain)?.map_or(0, |known| known.reach.seq);
        if here < *seq && may_claim(conn, hello.node, *chain)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the child, or a node below it, shows a number of this root's feed that this file has not given out:
/// the rest of the feed is lost, also where nobody names a chain that went with it.
fn shows_later_feed(tx: &Tx<'_>, hello: &Hello) -> Result<bool> {
    let (conn, own) = (tx.conn(), tx.store().node());
    if let Some(cursor) = hello.cursor.filter(|cursor| cursor.node == own)
        && !down::has_given_out(conn, &cursor)?
    {
        return Ok(true);
    }
    let head = down::head(conn, own)?.number;
    for (node, mark) in &hello.marks {
        if mark.is_some_and(|mark| mark > head) && may_mark(conn, hello.node, *node)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes note of a child and of the nodes below it. A node that was a child itself, and is named by
/// another child again and again while nothing is heard of it, has moved there. No clock is asked.
fn note_child(tx: &Tx<'_>, hello: &Hello) -> Result<()> {
    let (conn, now) = (tx.conn(), tx.store().now());
    conn.prepare_cached(
        "insert into child (node, incarnation, first_at, seen_at) values (?1, ?3, ?2, ?2)
         on conflict do update set via = null, incarnation = ?3, seen_at = ?2, n_named = 0, n_silent = 0",
    )?
    .execute(params![hello.node, now, hello.incarnation])?;
    conn.prepare_cached("update child set named_by = null where named_by = ?1")?
        .execute([hello.node])?;
    let mut name = conn.prepare_cached(
        "insert into child (node, via, first_at, seen_at, n_silent, named_by) values (?1, ?2, ?3, ?3, ?4, ?2)
         on conflict do update set named_by = ?2",
    )?;
    // What a child has heard of a node that came itself until now counts from its next hello on; of one
    // that came through another child, at once. Of a node that it has not heard of lately it says the name
    // alone: that one may come another way now.
    let mut hear = conn.prepare_cached(
        "update child
            set n_named = n_named + 1,
                n_silent = 0,
                via = case when via is not null or n_named + 1 >= ?4 then ?2 end,
                seen_at = case when via is not null then ?3 else seen_at end,
                root_mark = case when via is not null then ?5
                                 when n_named + 1 >= ?4 then min(root_mark, ?5)
                                 else root_mark end
          where node = ?1",
    )?;
    let mut own = conn.prepare_cached("update child set root_mark = ?2 where node = ?1")?;
    // In another tree or epoch, the numbers of the root's feed were other ones.
    let (root, root_epoch) = chains::root(conn)?;
    let are_ours = (hello.root, hello.root_epoch) == (Some(root), root_epoch);
    let others = hello.marks.iter().filter(|(node, _)| *node != tx.store().node());
    for (node, mark) in others {
        let root_mark = mark.map(|mark| if are_ours { mark } else { 0 });
        if *node == hello.node {
            own.execute(params![node, root_mark.unwrap_or(0)])?;
            continue;
        }
        name.execute(params![node, hello.node, now, HANDOVER_HELLOS])?;
        if let Some(root_mark) = root_mark {
            hear.execute(params![node, hello.node, now, HANDOVER_HELLOS, root_mark])?;
        }
    }
    forget_unnamed(conn, hello)
}

/// Forgets the nodes that the child, or one that is shut out, has named before and names no more, unless
/// they have been here themselves or anything of theirs is here: nobody knows whether there are such nodes.
fn forget_unnamed(conn: &Connection, hello: &Hello) -> Result<()> {
    let sql = concat!(
        "select node from child
          where is_shut = 0 and incarnation is null and (via = ?1 or via in (",
        outcasts!(),
        ")) and not exists (select 1 from incarnation i where i.node = child.node and i.seq > 0)"
    );
    let named: BTreeSet<NodeId> = hello.marks.iter().map(|(node, _)| *node).collect();
    let mut unheard = conn.prepare_cached(sql)?;
    let unheard = unheard.query_map([hello.node], |row| row.get(0))?;
    let unheard: Vec<NodeId> = unheard.collect::<rusqlite::Result<_>>()?;
    let mut forget = conn.prepare_cached("delete from child where node = ?1")?;
    for node in unheard.iter().filter(|node| !named.contains(node)) {
        forget.execute([node])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_epoch_that_did_not_come_to_disk_is_told_again() -> Result<()> {
        let (root, till) = (Store::open_in_memory()?, Store::open_in_memory()?);
        till.greet(&root.admit(&till.hello()?)?)?;
        let hello = Hello { root_epoch: 7, ..till.hello()? };
        for _ in 0..=LATER_EPOCHS_MAX {
            let rolled_back = commit(&root, &hello, |tx| {
                assert!(admit(tx, &hello)?.root_epoch > 7);
                Err(Error::DiskFull)
            });
            assert!(matches!(rolled_back, Err(Error::DiskFull)));
        }
        assert!(root.admit(&hello)?.root_epoch > 7);
        Ok(())
    }
}
