//! Key: with which key a child comes in. A key is one till's, so that whoever has it can speak for that
//! till and for no other, and so that it can be shut out alone.

use rusqlite::{OptionalExtension, params};

use super::{Hello, Session, admit, receive};
use crate::error::{Error, Result};
use crate::id::{KeyId, NodeId};
use crate::store::{Store, Tx};

impl Store {
    /// The same as [`Store::admit`] for a child that comes in with a key: the first node that says
    /// hello with it has it from then on. A node whose key was revoked gets another one in this way.
    ///
    /// # Errors
    ///
    /// - [`Error::KeyOfAnotherNode`]: another node has said hello with the key;
    /// - [`Error::NodeOfAnotherKey`]: the node has another key, which is in use;
    /// - the rest as for [`Store::admit`].
    pub fn admit_with_key(&self, hello: &Hello, key: &KeyId) -> Result<Session> {
        self.write(|tx| {
            check(tx, hello.node, key)?;
            admit::check(tx, hello)
        })?;
        self.fill_feed()?;
        admit::commit(self, hello, |tx| {
            check(tx, hello.node, key)?;
            let session = admit::admit(tx, hello)?;
            let sql = "update child set key_id = ?2 where node = ?1 and key_id is not ?2";
            tx.conn().prepare_cached(sql)?.execute(params![hello.node, key.as_str()])?;
            Ok(session)
        })
    }

    /// The child that has said hello with this key; none before that.
    ///
    /// # Errors
    ///
    /// - [`Error::UnknownChild`]: it was shut out;
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn child_of_key(&self, key: &KeyId) -> Result<Option<NodeId>> {
        self.read(|conn| {
            let sql = "select node from child where key_id = ?1 and via is null";
            let mut statement = conn.prepare_cached(sql)?;
            let child = statement.query_row([key.as_str()], |row| row.get(0)).optional()?;
            child.map_or(Ok(()), |child| receive::check_child(conn, child))?;
            Ok(child)
        })
    }
}

fn check(tx: &Tx<'_>, node: NodeId, key: &KeyId) -> Result<()> {
    let conn = tx.conn();
    let sql = "select node from child where key_id = ?1";
    let mut owner = conn.prepare_cached(sql)?;
    let owner: Option<NodeId> = owner.query_row([key.as_str()], |row| row.get(0)).optional()?;
    if owner.is_some_and(|owner| owner != node) {
        return Err(Error::KeyOfAnotherNode);
    }
    let sql = "select key.name from child join key on key.id = child.key_id
                where child.node = ?1 and key.id <> ?2 and key.revoked_at is null";
    let mut other = conn.prepare_cached(sql)?;
    let other = other.query_row(params![node, key.as_str()], |row| row.get(0)).optional()?;
    other.map_or(Ok(()), |name| Err(Error::NodeOfAnotherKey(name)))
}
