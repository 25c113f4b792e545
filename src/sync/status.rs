//! Status: how far behind a node is, and how much it has to say.

use rusqlite::{Connection, OptionalExtension};

use crate::clock::Hlc;
use crate::error::Result;
use crate::id::NodeId;
use crate::store::Store;
use crate::time::Timestamp;

/// How a node stands to the rest of its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The root of the tree; the node itself when nobody is above it.
    pub root: NodeId,
    /// Since when what the node shows is behind the root, by the root's clock; `None` at the root, and
    /// at a node that has never shown anything of its parent's.
    pub root_at: Option<Timestamp>,
    /// Operations that the parent has not confirmed.
    pub n_pending: u64,
    /// When the oldest of them was written, by its author's clock.
    pub oldest_pending_at: Option<Timestamp>,
    /// The nodes that come to this one themselves and are not shut out.
    pub n_children: u64,
}

impl Store {
    /// How this node stands to the rest of its tree.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read.
    pub fn sync_status(&self) -> Result<Status> {
        self.read_snapshot(|conn| {
            let sql = "select coalesce(root, id), parent is not null, root_at from node";
            let mut node = conn.prepare_cached(sql)?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (root, has_parent, root_at): (_, bool, Timestamp) = node.query_row([], read)?;
            let (n_pending, oldest_pending_at) =
                if has_parent { pending(conn)? } else { (0, None) };
            let is_known = has_parent && root_at.ms() > 0;
            let root_at = is_known.then_some(root_at);
            let n_children = n_children(conn)?;
            Ok(Status { root, root_at, n_pending, oldest_pending_at, n_children })
        })
    }
}

fn pending(conn: &Connection) -> Result<(u64, Option<Timestamp>)> {
    let sql = "select coalesce(sum(seq - parent_seq), 0) from incarnation where seq > parent_seq";
    let n_pending = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let mut oldest = conn.prepare_cached(
        "select o.hlc, i.node
           from incarnation i
           join operation o on o.incarnation_key = i.key and o.seq = i.parent_seq + 1
          where i.seq > i.parent_seq
          order by o.hlc
          limit 1",
    )?;
    let oldest = oldest
        .query_row([], |row| Ok(Hlc::from_parts(row.get(0)?, row.get(1)?).at()))
        .optional()?;
    Ok((n_pending, oldest))
}

fn n_children(conn: &Connection) -> Result<u64> {
    let sql = "select count(*) from child where via is null and is_shut = 0";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
