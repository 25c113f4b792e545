//! Greet: what a node says first to its parent, and what it makes of the answer.

use std::cmp::Reverse;

use rusqlite::{Connection, params};

use super::chains::{self, Known};
use super::{
    CHAINS_MAX, Cursor, HANDOVER_HELLOS, Hello, Mark, PROTOCOL, STRANGERS_MAX, Session, down, fork,
    naming, retention, up,
};
use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::image;
use crate::migrate;
use crate::store::{Store, Tx};
use crate::unit::outcasts;

/// Of the chains that this file has written and that everybody has, so many are named all the same, so
/// that a parent which was restored is found out.
const OWN_CHAINS: usize = 8;

impl Store {
    /// What this node says first to a parent.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn hello(&self) -> Result<Hello> {
        self.read_snapshot(|conn| {
            let known = named(conn, self.node())?;
            let (root, root_epoch) = chains::root(conn)?;
            let is_root = chains::is_root(conn)?;
            Ok(Hello {
                node: self.node(),
                incarnation: self.incarnation(),
                protocol: (PROTOCOL, PROTOCOL),
                currency: (self.currency().label().to_owned(), self.currency().exponent()),
                root: (!is_root).then_some(root),
                root_epoch: if is_root { 0 } else { root_epoch },
                is_complete: chains::are_complete(conn)?,
                chains: known.iter().map(|known| (known.chain, known.reach)).collect(),
                root_received: known.iter().map(|known| (known.chain, known.root_seq)).collect(),
                cursor: base_cursor(conn)?,
                marks: marks(conn, self.node())?,
                other_roots: if is_root { Vec::new() } else { self.joined().asked() },
            })
        })
    }

    /// Takes the parent's answer to [`Store::hello`]. The first time, this node becomes its child: all
    /// that it holds is pending from then on. When the parent is another one than before, its whole
    /// state is read anew; until that has come, the old copy stands.
    ///
    /// # Errors
    ///
    /// - [`Error::NotAChild`]: it speaks another version, or this file cannot join its tree;
    /// - as [`Store::write`].
    pub fn greet(&self, session: &Session) -> Result<()> {
        self.write(|tx| {
            check(tx, session)?;
            join(tx, session)?;
            note_epoch(tx, session.root_epoch)?;
            let conn = tx.conn();
            note_told(conn)?;
            for known in named(conn, self.node())? {
                if !session.received.contains_key(&known.chain) {
                    let sql = "update incarnation set parent_seq = 0 where key = ?1";
                    conn.prepare_cached(sql)?.execute([known.key])?;
                }
            }
            up::note_vector(tx, &session.received)?;
            if session.root_epoch >= chains::root(conn)?.1 {
                chains::note_root(conn, &session.root_received)?;
                lower(tx, session)?;
            }
            Ok(())
        })?;
        self.joined().note_told(&session.joined);
        Ok(())
    }

    /// Where the next pull begins: behind what is staged, or else behind the copy that is shown; `None`
    /// when everything must be read.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn cursor(&self) -> Result<Option<Cursor>> {
        self.read(down::place)
    }
}

/// The chains about which this node wants to hear: those that are not through everywhere, its own latest,
/// and those that a child has named and of which nothing is here. Where they are more than a message can
/// name, its own go first, then those it has met last; the others are named once these are through.
pub(super) fn named(conn: &Connection, node: NodeId) -> Result<Vec<Known>> {
    let open = "seq > 0 and (parent_seq < seq or included_seq < seq or root_seq <> seq)";
    let mut all = chains::list(conn, open)?;
    // Of its own, what the root is said to have more of is through as well.
    all.retain(|known| known.chain.node != node || !is_through(known));
    all.extend(chains::through(conn, node, OWN_CHAINS)?);
    all.sort_by_key(|known| (known.chain.node != node, Reverse(known.key)));
    all.truncate(CHAINS_MAX);
    all.extend(naming::asked(conn, CHAINS_MAX - all.len())?);
    Ok(all)
}

fn is_through(known: &Known) -> bool {
    known.parent_seq.min(known.included_seq).min(known.root_seq) >= known.reach.seq
}

fn base_cursor(conn: &Connection) -> Result<Option<Cursor>> {
    let sql = "select cursor from node";
    let text: Option<String> = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(text.as_deref().and_then(Cursor::parse))
}

/// This node's and those below it that may come: the root's feed number behind what each shows, of those that
/// were heard of lately. Of the others the parent was told already, and they may have moved since to somebody
/// who knows better. A file that still holds what was erased confirms nothing. Where they are more than a
/// message can name, those that come here themselves go first and those of which nothing is known but their
/// names go last.
fn marks(conn: &Connection, node: NodeId) -> Result<Vec<(NodeId, Mark)>> {
    let sql = "select case scrub_due when 0 then root_mark else 0 end from node";
    let own = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let sql = concat!(
        "with outcast as (",
        outcasts!(),
        "),
          below as (
             select node, iif(n_silent < ?3, root_mark, null) as mark, via,
                    via is not null
                        and not exists (select 1 from incarnation i where i.node = child.node and i.seq > 0)
                        as is_silent
               from child
              where node not in (select node from outcast)
                and (via is null or via not in (select node from outcast))),
         placed as (
             select *, row_number() over (partition by via, is_silent order by node) as place from below)
         select node, mark
           from placed
          where is_silent = 0 or place <= ?1
          order by via is not null, is_silent, place, node
          limit ?2"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let most = params![STRANGERS_MAX, CHAINS_MAX - 1, HANDOVER_HELLOS];
    let below = statement.query_map(most, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut marks = vec![(node, own)];
    for below in below {
        marks.push(below?);
    }
    for author in refused_authors(conn)? {
        if marks.len() < CHAINS_MAX && marks.iter().all(|(named, _)| *named != author) {
            marks.push((author, None));
        }
    }
    Ok(marks)
}

/// Who comes to the parent itself, which has therefore not taken what is here of them. They were below this node
/// or below a child that is gone, and may be shut out here now: their names are said, so that it takes that.
fn refused_authors(conn: &Connection) -> Result<Vec<NodeId>> {
    let sql = "select distinct node
                 from incarnation
                where refused = 'not-yours' and parent_seq < seq
                  and node not in (select id from node union select parent from node)
                order by node";
    let mut statement = conn.prepare_cached(sql)?;
    let authors = statement.query_map([], |row| row.get(0))?;
    Ok(authors.collect::<rusqlite::Result<_>>()?)
}

/// The parent has heard what was said of the nodes below this one. It is said again in as many hellos as it
/// takes to hand a node over, and then no more before the node is heard of again.
fn note_told(conn: &Connection) -> Result<()> {
    let sql = "update child set n_silent = n_silent + 1 where n_silent < ?1";
    conn.prepare_cached(sql)?.execute([HANDOVER_HELLOS])?;
    Ok(())
}

fn check(tx: &Tx<'_>, session: &Session) -> Result<()> {
    let refuse = |why: String| Err(Error::NotAChild(why));
    if session.protocol != PROTOCOL {
        return refuse(format!("the parent speaks version {} of the protocol", session.protocol));
    }
    if session.node == tx.store().node() || session.root == tx.store().node() {
        return refuse("the parent is this node itself, or below it".to_owned());
    }
    // Whether a file of another tree may join is the parent's to say: it knows who came along.
    match chains::is_root(tx.conn())? {
        true if !chains::are_complete(tx.conn())? => {
            refuse("this file does not hold every operation it ever wrote or received".to_owned())
        }
        _ => Ok(()),
    }
}

/// Takes the parent for this node's own, with its state still to come.
fn join(tx: &Tx<'_>, session: &Session) -> Result<()> {
    let conn = tx.conn();
    let (parent, root): (Option<NodeId>, Option<NodeId>) =
        conn.query_row("select parent, root from node", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if parent == Some(session.node) && root == Some(session.root) {
        return Ok(());
    }
    conn.execute(
        "update node set parent = ?1, root = ?2, cursor = null",
        params![session.node, session.root],
    )?;
    down::give_up(tx)?;
    if root != Some(session.root) {
        // Of another tree, or of none: nothing that is here is in the new parent's state, as far as
        // this node knows.
        conn.execute("update node set root_epoch = ?1, root_mark = 0", [session.root_epoch])?;
        // The numbers of another root's feed were other ones.
        conn.execute("update child set root_mark = 0", [])?;
        tx.store().joined().forget();
        conn.execute("update incarnation set parent_seq = 0, included_seq = 0, root_seq = 0", [])?;
        retention::forget(conn)?;
        conn.execute("delete from base", [])?;
        conn.execute("delete from digest where side = 1", [])?;
        let mut keep = conn.prepare(
            "insert into base (kind, ref, seal) values (?1, ?2, seal(?1, ?2, null, null))",
        )?;
        image::for_each(conn, |unit| Ok(keep.execute(params![unit.kind, unit.id]).map(drop)?))?;
    }
    tx.set_tip(None);
    migrate::seal_place(conn)
}

/// With a new epoch, the root has forgotten: what it had counts as not there until it says so again,
/// nobody has shown a number of its feed, and its state is read anew.
pub(super) fn note_epoch(tx: &Tx<'_>, root_epoch: u64) -> Result<()> {
    let conn = tx.conn();
    if chains::root(conn)?.1 >= root_epoch {
        return Ok(());
    }
    conn.execute("update node set root_epoch = ?1", [root_epoch])?;
    conn.execute("update incarnation set root_seq = 0", [])?;
    retention::forget(conn)?;
    // Numbers of the feed may have been given out twice.
    conn.execute("update node set cursor = null, root_mark = 0", [])?;
    conn.execute("update child set root_mark = 0", [])?;
    migrate::seal_place(conn)?;
    down::give_up(tx)
}

/// Where parent and root have less of a chain than is gone here, that is lost. As long as the root is known
/// to have it, the parent has only not heard of it yet.
fn lower(tx: &Tx<'_>, session: &Session) -> Result<()> {
    let lost = "parent_seq < pruned_seq and root_seq < pruned_seq";
    for known in chains::list(tx.conn(), lost)? {
        if let Some(reach) = session.received.get(&known.chain) {
            fork::lower(tx, &known, reach)?;
        }
    }
    Ok(())
}
