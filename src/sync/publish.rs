//! Publish: the staged state becomes what this node shows, its own pending work laid over it.
//!
//! In one SQL transaction: what pending operations had touched is put back as the parent has it, the
//! staged units are written, the sum of all is compared with what the parent told, and the operations
//! that the parent's state does not include are applied again in their old order.

use rusqlite::params;

use super::arrival::Arrivals;
use super::copy::Copy;
use super::{Chain, Checkpoint, Page, Vector, chains, down, greet, naming, retention};
use crate::clock::Hlc;
use crate::drill::{self, Rule};
use crate::error::{Error, Result};
use crate::migrate;
use crate::operation::{self, Change, ChangeKind};
use crate::store::{Store, Tx};
use crate::unit::{Digest, Side, read_digest, reset_digest};

/// What a publish has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// How many units came; when everything was read anew, those that were not here just so.
    pub n_units: u64,
    /// How many operations are laid over the state.
    pub n_pending: u64,
    /// The digest that both sides have.
    pub digest: Digest,
}

impl Store {
    /// Takes a page: [`Store::stage`], and when it is the last of its run [`Store::publish`], in one
    /// commit. Says what was published.
    ///
    /// # Errors
    ///
    /// As both; nothing of the page was kept.
    pub fn take_page(&self, page: &Page) -> Result<Option<Published>> {
        let published = self.write(|tx| {
            let Some(checkpoint) = &page.checkpoint else {
                return down::stage(tx, page).map(|()| None);
            };
            tx.roomy(|tx| {
                down::stage(tx, page)?;
                publish(tx, checkpoint).map(Some)
            })
        })?;
        if published.is_some() {
            self.joined().note_shown();
        }
        Ok(published)
    }

    /// Shows the state that the staged pages make up, and this node's own pending work over it.
    ///
    /// # Errors
    ///
    /// - [`Error::Diverged`]: what came does not make up the state that the parent told of;
    /// - [`Error::StaleParent`]: the parent lacks operations of this node that the root has, or
    ///   was not asked about some that are here no more since the root went back: another hello asks;
    /// - [`Error::RootRestored`]: the state is of a later epoch than this node has heard of: another hello
    ///   tells of it;
    /// - [`Error::NoParent`]: there is nobody to hear from;
    /// - as [`Store::write`].
    ///
    /// In each case nothing was shown and the old state stands.
    pub fn publish(&self, checkpoint: &Checkpoint) -> Result<Published> {
        let published = self.write(|tx| tx.roomy(|tx| publish(tx, checkpoint)))?;
        self.joined().note_shown();
        Ok(published)
    }
}

fn publish(tx: &Tx<'_>, checkpoint: &Checkpoint) -> Result<Published> {
    match renew(tx, checkpoint) {
        // What a row here says no more, the parent says again.
        Err(error) if error.is_unreadable() => Err(diverged(checkpoint, &error.to_string())),
        done => done,
    }
}

fn renew(tx: &Tx<'_>, checkpoint: &Checkpoint) -> Result<Published> {
    if chains::is_root(tx.conn())? {
        return Err(Error::NoParent);
    }
    if checkpoint.root_epoch > chains::root(tx.conn())?.1 {
        return Err(Error::RootRestored);
    }
    if drill::holds(Rule::StaleParent) {
        check_parent(tx, checkpoint)?;
    }
    tx.set_tip(None);
    let mut copy = Copy::begin(tx)?;
    let mut digest = read_digest(tx.conn(), Side::Base)?;
    copy.undo()?;
    check_stage(tx, checkpoint)?;
    let incomplete = |error| match operation::is_nonsense(&error) {
        true => diverged(checkpoint, &error.to_string()),
        false => error,
    };
    let revived = copy.withhold_revived()?;
    let (n_units, time) = copy.replace(&mut digest).map_err(incomplete)?;
    if digest != checkpoint.digest && drill::holds(Rule::Whole) {
        return Err(diverged(checkpoint, &digest.to_string()));
    }
    reset_digest(tx.conn(), Side::Base, &digest)?;
    include(tx, &checkpoint.included)?;
    chains::note_root(tx.conn(), &checkpoint.root_received)?;
    note(tx, checkpoint, time)?;
    retention::note_root_day(tx.conn())?;
    let mut n_pending = if drill::holds(Rule::Overlay) { redo(tx, &mut copy)? } else { 0 };
    copy.settle()?;
    down::clear(tx)?;
    for id in &revived {
        operation::append(tx, &[Change::bare(ChangeKind::Erase, id)])?;
        n_pending += 1;
    }
    Ok(Published { n_units, n_pending, digest })
}

fn diverged(checkpoint: &Checkpoint, found: &str) -> Error {
    Error::Diverged { told: checkpoint.digest.to_string(), found: found.to_owned() }
}

/// Refuses a checkpoint of another run than the one that is staged.
fn check_stage(tx: &Tx<'_>, checkpoint: &Checkpoint) -> Result<()> {
    let sql = "select stage_cursor from node";
    let staged: Option<String> = tx.conn().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    match staged == Some(checkpoint.cursor.to_string()) {
        true => Ok(()),
        false => Err(Error::StageMoved),
    }
}

/// Shows what is staged so far, without the rule that only whole runs are shown.
pub(super) fn show_part(tx: &Tx<'_>) -> Result<()> {
    tx.set_tip(None);
    let mut copy = Copy::begin(tx)?;
    let mut digest = read_digest(tx.conn(), Side::Base)?;
    copy.undo()?;
    copy.replace(&mut digest)?;
    reset_digest(tx.conn(), Side::Base, &digest)?;
    redo(tx, &mut copy)?;
    copy.settle()
}

/// Refuses a parent that knows less of this node's work than the root does, and one that was not asked, since
/// the root went back, about what is here no more: maybe nobody above has that any longer.
fn check_parent(tx: &Tx<'_>, checkpoint: &Checkpoint) -> Result<()> {
    let conn = tx.conn();
    let epoch = chains::root(conn)?.1;
    for known in greet::named(conn, tx.store().node())? {
        let told = checkpoint.included.get(&known.chain);
        let included = told.map_or(0, |reach| reach.seq);
        let is_unasked = told.is_none() && known.root_seq < known.pruned_seq;
        let is_behind = included < known.root_seq.min(known.reach.seq);
        let is_own = known.chain.node == tx.store().node();
        if (is_own && is_behind) || is_unasked || checkpoint.root_epoch < epoch {
            return Err(Error::StaleParent { lacks: known.chain.at(included + 1) });
        }
    }
    Ok(())
}

/// Takes note of how far the new copy includes each chain.
fn include(tx: &Tx<'_>, included: &Vector) -> Result<()> {
    let conn = tx.conn();
    for (chain, reach) in included {
        let Some(known) = chains::find(conn, *chain)? else {
            if reach.seq > 0 {
                adopt(tx, *chain, reach)?;
            }
            continue;
        };
        if known.reach.seq == 0 && reach.seq == 0 {
            naming::note_unheard_of(conn, &known)?;
        }
        if !chains::agrees(conn, &known, reach)? {
            match chain.node == tx.store().node() || known.pruned_seq < known.reach.seq {
                // Where it is forked is found out when it is sent again.
                true => {
                    let sql = "update incarnation set included_seq = pruned_seq, parent_seq = pruned_seq where key = ?1";
                    conn.prepare_cached(sql)?.execute([known.key])?;
                }
                false => chains::adopt(conn, &known, reach)?,
            }
            continue;
        }
        if reach.seq > known.reach.seq {
            if known.parent_seq < known.reach.seq {
                // Maybe forked: first the parent is asked, with what was written here.
                continue;
            }
            // Known from the state alone: the operations themselves went another way.
            conn.prepare_cached(
                "update incarnation
                    set seq = ?2, hash = ?3, pruned_seq = ?2, pruned_hash = ?3, parent_seq = ?2, included_seq = ?2,
                        refused = null
                  where key = ?1",
            )?
            .execute(params![known.key, reach.seq, reach.hash])?;
            continue;
        }
        conn.prepare_cached(
            "update incarnation set included_seq = ?2, parent_seq = max(parent_seq, ?2) where key = ?1",
        )?
        .execute(params![known.key, reach.seq])?;
    }
    // Whatever it was before: no state includes what its owner does not have.
    let sql = "update incarnation set included_seq = parent_seq where included_seq > parent_seq";
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn adopt(tx: &Tx<'_>, chain: Chain, reach: &super::Reach) -> Result<()> {
    tx.conn()
        .prepare_cached(
            "insert into incarnation (node, number, seq, hash, pruned_seq, pruned_hash, parent_seq, included_seq)
             values (?1, ?2, ?3, ?4, ?3, ?4, ?3, ?3)",
        )?
        .execute(params![chain.node, chain.incarnation, reach.seq, reach.hash])?;
    Ok(())
}

/// Takes note of where the copy stands; `time` is the greatest clock reading in it.
fn note(tx: &Tx<'_>, checkpoint: &Checkpoint, time: u64) -> Result<()> {
    tx.conn()
        .prepare_cached(
            "update node
                set cursor = ?1, stage_buckets = null, root = ?2, root_mark = ?3, root_at = ?4,
                    proved_at = iif(n_published > 0 and proved_at is null, null, ?5),
                    n_published = n_published + 1, hlc = max(hlc, ?6),
                    trouble = null, trouble_at = null",
        )?
        .execute(params![
            checkpoint.cursor.to_string(),
            checkpoint.root,
            checkpoint.root_mark,
            checkpoint.root_at,
            tx.store().now(),
            time.min(Hlc::TIME_MAX),
        ])?;
    migrate::seal_place(tx.conn())
}

/// Applies every operation again that the copy does not include, in the order of arrival.
fn redo(tx: &Tx<'_>, copy: &mut Copy<'_>) -> Result<u64> {
    let conn = tx.conn();
    let mut pending = Arrivals::new(conn);
    for known in chains::list(conn, "included_seq < seq")? {
        pending.add(known.key, known.included_seq.max(known.pruned_seq), known.reach.seq)?;
    }
    let mut n_pending = 0;
    while let Some(next) = pending.next()? {
        if next.is_applied
            && let Some(operation) = operation::at(conn, next.incarnation_key, next.seq)?
        {
            copy.redo(&operation)?;
            n_pending += 1;
        }
    }
    Ok(n_pending)
}
