//! Children: the nodes below this one, who is let in, and what they have confirmed.

use rusqlite::{OptionalExtension, Row, params};

use super::chains;
use crate::cell::Cells;
use crate::customer::{self, ERASED};
use crate::error::{Error, Result};
use crate::id::{CustomerId, NodeId};
use crate::store::Store;
use crate::time::Timestamp;
use crate::unit::{forget_read, outcasts};

/// A node below this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Which one.
    pub node: NodeId,
    /// The child it is below; `None` where it talks to this node itself.
    pub via: Option<NodeId>,
    /// The name of the key with which it comes in; `None` where it comes without one, or below another.
    pub name: Option<String>,
    /// When it said its first hello.
    pub first_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// The root's feed number behind what it showed when it last said so.
    pub root_mark: u64,
    /// Whether a person has shut it out.
    pub is_shut: bool,
    /// Whether its key was revoked, so that it cannot come before it has another one.
    pub is_revoked: bool,
}

impl Child {
    /// Whether nothing waits for it.
    pub fn is_out(&self) -> bool {
        self.is_shut || self.is_revoked
    }
}

/// How far an erase has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseReport {
    /// The root's feed number of the erase.
    pub mark: u64,
    /// The nodes that have confirmed it: no file of theirs holds the words.
    pub confirmed: Vec<NodeId>,
    /// The nodes that have not yet said so.
    pub waiting: Vec<NodeId>,
}

impl Store {
    /// The nodes below this one, those that were heard of last first.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn children(&self) -> Result<Vec<Child>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "select child.node, child.via, key.name, child.first_at, child.seen_at, child.root_mark,
                        child.is_shut, key.revoked_at is not null
                   from child left join key on key.id = child.key_id and child.via is null
                  order by child.seen_at desc, child.node",
            )?;
            let children = statement.query_map([], read)?;
            Ok(children.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The node below this one that a text means: its id, or the name of the key with which it comes in.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such node;
    /// - [`Error::Invalid`]: several have come with keys of that name;
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn child_named(&self, text: &str) -> Result<Child> {
        let children = self.children()?;
        let id = NodeId::parse(text);
        let (by_id, mut named): (Vec<_>, Vec<_>) = children
            .into_iter()
            .filter(|child| Some(child.node) == id || child.name.as_deref() == Some(text))
            .partition(|child| Some(child.node) == id);
        if named.len() > 1 && by_id.is_empty() {
            let rule = "is the name of keys of several nodes; say which by its id";
            return Err(Error::invalid("node", rule));
        }
        by_id
            .into_iter()
            .next()
            .or_else(|| named.pop())
            .ok_or_else(|| Error::NotFound { what: "node below this one", id: text.to_owned() })
    }

    /// Shuts a node out, also beside the process that has the file open: it may not push or pull any
    /// more, and nothing waits for it. What it has sent stays, and so do the nodes below it. To be
    /// called when a till was stolen or scrapped, beside revoking its key.
    ///
    /// # Errors
    ///
    /// - [`Error::UnknownChild`]: there is no such node;
    /// - [`Error::InUse`]: the process that has the file open did not let go of it for half a minute;
    /// - the rest as for [`Store::write`].
    pub fn shut_out(&self, node: NodeId) -> Result<()> {
        self.set_shut(node, true)
    }

    /// Lets a node in again that was shut out, also beside the process that has the file open.
    ///
    /// # Errors
    ///
    /// As [`Store::shut_out`].
    pub fn let_in(&self, node: NodeId) -> Result<()> {
        self.set_shut(node, false)
    }

    fn set_shut(&self, node: NodeId, is_shut: bool) -> Result<()> {
        self.write_beside(|conn| {
            let sql = "update child set is_shut = ?2 where node = ?1";
            match conn.prepare_cached(sql)?.execute(params![node, is_shut])? {
                0 => Err(Error::UnknownChild(node)),
                _ => forget_read(conn),
            }
        })
    }

    /// Which nodes have confirmed that a customer is erased at theirs, but for those that were shut out
    /// and those whose key was revoked. Only the root knows.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: the customer was not erased, or this node is not the root;
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn erase_report(&self, id: &CustomerId) -> Result<EraseReport> {
        self.read_snapshot(|conn| {
            let missing = || Error::NotFound { what: "erased customer", id: id.to_string() };
            let account = customer::account(conn, id)?;
            if account.is_none_or(|account| account.state != ERASED) || !chains::is_root(conn)? {
                return Err(missing());
            }
            let sql = "select number from feed where kind = 'person' and ref = ?1";
            let mark: Option<u64> =
                conn.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
            let mark = mark.unwrap_or_default();
            let mut statement = conn.prepare_cached(concat!(
                "select node, root_mark from child where node not in (",
                outcasts!(),
                ") order by node"
            ))?;
            let nodes = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)))?;
            let nodes: Vec<(NodeId, u64)> = nodes.collect::<rusqlite::Result<_>>()?;
            let (confirmed, waiting): (Vec<_>, Vec<_>) =
                nodes.into_iter().partition(|(_, reached)| *reached >= mark);
            let names =
                |nodes: Vec<(NodeId, u64)>| nodes.into_iter().map(|(node, _)| node).collect();
            Ok(EraseReport { mark, confirmed: names(confirmed), waiting: names(waiting) })
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Child> {
    let mut cells = Cells::from(row, 0);
    Ok(Child {
        node: cells.take()?,
        via: cells.take()?,
        name: cells.take()?,
        first_at: cells.take()?,
        seen_at: cells.take()?,
        root_mark: cells.take()?,
        is_shut: cells.take()?,
        is_revoked: cells.take()?,
    })
}
