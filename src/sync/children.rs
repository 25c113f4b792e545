//! Children: the nodes below this one, who is let in, and what they have confirmed.

use rusqlite::{OptionalExtension, Row, params};

use super::chains;
use crate::cell::Cells;
use crate::customer::{self, ERASED};
use crate::error::{Error, Result};
use crate::id::{CustomerId, NodeId};
use crate::store::Store;
use crate::time::Timestamp;

/// A node below this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Which one.
    pub node: NodeId,
    /// The child it is below; `None` where it talks to this node itself.
    pub via: Option<NodeId>,
    /// When it said its first hello.
    pub first_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// The root's feed number behind what it showed when it last said so.
    pub root_mark: u64,
    /// Whether a person has shut it out.
    pub is_shut: bool,
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
                "select node, via, first_at, seen_at, root_mark, is_shut
                   from child
                  order by seen_at desc, node",
            )?;
            let children = statement.query_map([], read)?;
            Ok(children.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Shuts a node out: it may not push or pull any more, and nothing waits for it. What it has sent
    /// stays. To be called when a till was stolen or scrapped, beside revoking its key.
    ///
    /// # Errors
    ///
    /// - [`Error::UnknownChild`]: there is no such node;
    /// - as [`Store::write`].
    pub fn shut_out(&self, node: NodeId) -> Result<()> {
        self.set_shut(node, true)
    }

    /// Lets a node in again that was shut out.
    ///
    /// # Errors
    ///
    /// As [`Store::shut_out`].
    pub fn let_in(&self, node: NodeId) -> Result<()> {
        self.set_shut(node, false)
    }

    fn set_shut(&self, node: NodeId, is_shut: bool) -> Result<()> {
        self.write(|tx| {
            let sql = "update child set is_shut = ?2 where node = ?1";
            match tx.conn().prepare_cached(sql)?.execute(params![node, is_shut])? {
                0 => Err(Error::UnknownChild(node)),
                _ => Ok(()),
            }
        })
    }

    /// Which nodes have confirmed that a customer is erased at theirs. Only the root knows.
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
            let mut statement =
                conn.prepare_cached("select node, root_mark from child where is_shut = 0")?;
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
        first_at: cells.take()?,
        seen_at: cells.take()?,
        root_mark: cells.take()?,
        is_shut: cells.take()?,
    })
}
