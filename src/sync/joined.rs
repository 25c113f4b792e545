//! Joined: other trees whose root has joined this one, so that what is left of them may come, too.

use rusqlite::params;

use super::{Hello, chains};
use crate::error::Result;
use crate::id::NodeId;
use crate::store::Tx;

/// Whether a child of another tree has come with it: its root, or whoever it has its copy from, is this
/// node or one below, and has joined this tree as a whole. Whoever has heard of another root from this
/// node did so in that one's tree; where nobody is above this node, its file went back to before it
/// joined that, and it has to join again first. So it may be of those below who have a copy of that other
/// tree: only who has said hello since the file was opened is known to be here. But whoever was a root and
/// has come here once is nobody's root any more, and may never come again; nor need it have come here itself, where
/// the parent says that it has come to the tree. What it has brought there is shown here by then.
pub(super) fn has_joined(tx: &Tx<'_>, hello: &Hello, root: NodeId) -> Result<bool> {
    let own = tx.store().node();
    let copied = hello.cursor.map(|cursor| cursor.node);
    if root == own
        || tx.store().joined().has(root)
        || (copied == Some(own) && !chains::is_root(tx.conn())?)
    {
        return Ok(true);
    }
    let mut statement = tx.conn().prepare_cached(
        "select node, coalesce(via, node) from child
          where node in (?1, ?2) and node <> ?3 and is_shut = 0",
    )?;
    let mut rows = statement.query(params![root, copied, hello.node])?;
    while let Some(row) = rows.next()? {
        let (node, bringer): (NodeId, NodeId) = (row.get(0)?, row.get(1)?);
        if node == root || tx.store().sessions().has(bringer) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A child asks about another tree, or comes from it, and nobody here knows whether its root has joined this one:
/// the parent is asked.
pub(super) fn ask(tx: &Tx<'_>, child: NodeId, root: NodeId) -> Result<()> {
    if !chains::is_root(tx.conn())? {
        tx.store().joined().ask(child, root);
    }
    Ok(())
}

/// Which of the trees that a child asks about have joined this one; about the others the parent is asked.
pub(super) fn of_those(tx: &Tx<'_>, hello: &Hello) -> Result<Vec<NodeId>> {
    let sql = "select 1 from child where node = ?1 and is_shut = 0";
    let (own, mut joined) = (tx.store().node(), Vec::new());
    for root in &hello.other_roots {
        let is_known = *root == own || tx.store().joined().has(*root);
        match is_known || tx.conn().prepare_cached(sql)?.exists([root])? {
            true => joined.push(*root),
            false => ask(tx, hello.node, *root)?,
        }
    }
    Ok(joined)
}
