//! Access: the keys with which callers come in by the doors, and what each of them may do.
//!
//! A key is `id.secret`. The file holds a hash of the secret, so who reads the file cannot come in
//! with it; only a key that signs requests (NWS4) is kept as it is, because a signature cannot be
//! computed from a hash. Keys belong to one file: they are not shared with other nodes.

mod right;

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::cell::Cells;
use crate::choice::choice;
use crate::error::{Error, Result};
use crate::id::KeyId;
use crate::rule::check_line;
use crate::store::{Store, Tx};
use crate::time::Timestamp;
use crate::unit::forget_read;

pub use right::{Right, Rights};

/// A longer text is no key.
pub const KEY_BYTES_MAX: usize = 256;

choice! {
    /// How a key is shown at the door.
    KeyKind {
        /// The whole of it goes with every request.
        Bearer = "bearer",
        /// Its secret signs requests by NWS4-HMAC-SHA256 and never goes over the wire. The file
        /// keeps it, and it is good for nothing else.
        Nws4 = "nws4",
    }
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The public half; NWS4 calls it the public key.
    pub id: KeyId,
    /// What people call it; a door writes it as the actor of a credit transaction.
    pub name: String,
    /// What it allows.
    pub rights: Rights,
    /// How it is shown at the door.
    pub kind: KeyKind,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

/// The secret half of a key. `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The text, for the eyes of its owner.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A key that was just made, with its secret, which is never shown again.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The key.
    pub key: Key,
    /// Its secret half; NWS4 calls it the private key.
    pub secret: Secret,
}

impl NewKey {
    /// The whole key as a caller shows it: `id.secret`.
    pub fn text(&self) -> String {
        format!("{}.{}", self.key.id, self.secret.as_str())
    }
}

impl Store {
    /// Makes a key, also beside the process that has the file open.
    ///
    /// ```
    /// use tillbook::{KeyKind, Right, Rights, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let rights = Rights::from_iter([Right::CustomerUpdate]);
    /// let new = store.add_key("office", rights, KeyKind::Bearer)?;
    /// let key = store.sign_in(&new.text())?.ok_or("the key opens nothing")?;
    /// assert_eq!((key.name.as_str(), key.rights), ("office", rights));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the name is empty, too long, or that of another key in use;
    /// - [`Error::InUse`]: the process that has the file open did not let go of it for half a minute;
    /// - the rest as for [`Store::write`].
    pub fn add_key(&self, name: &str, rights: Rights, kind: KeyKind) -> Result<NewKey> {
        check_name(name)?;
        let id = format!("{:016x}", u64::from_be_bytes(self.random()));
        let halves = [self.random(), self.random()].map(u128::from_be_bytes);
        let secret = Secret(format!("{:032x}{:032x}", halves[0], halves[1]));
        let key = Key {
            id: KeyId::new(&id).map_err(|rule| Error::invalid("id", rule))?,
            name: name.to_owned(),
            rights,
            kind,
            created_at: self.now(),
            revoked_at: None,
        };
        self.write_beside(|conn| {
            if named(conn, name)?.is_some() {
                let rule = "is that of a key in use; choose another or revoke that key first";
                return Err(Error::invalid("name", rule));
            }
            insert(conn, &key, &secret)
        })?;
        Ok(NewKey { key, secret })
    }

    /// All keys, revoked ones too, the oldest first.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_keys(&self) -> Result<Vec<Key>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "select id, name, rights, kind, created_at, revoked_at
                   from key
                  order by created_at, id",
            )?;
            let keys = statement.query_map([], |row| read(&mut Cells::from(row, 0)))?;
            Ok(keys.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The key with this id, revoked or not.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_key(&self, id: &KeyId) -> Result<Option<Key>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "select id, name, rights, kind, created_at, revoked_at from key where id = ?1",
            )?;
            let key = statement.query_row([id], |row| read(&mut Cells::from(row, 0)));
            Ok(key.optional()?)
        })
    }

    /// Makes a key open nothing from now on, also beside the process that has the file open; a
    /// secret that was kept is gone, and a node that came with it is not waited for. `name` is that of a
    /// key in use, or its id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: no key in use has that name or id;
    /// - [`Error::InUse`]: the process that has the file open did not let go of it for half a minute;
    /// - the rest as for [`Store::write`].
    pub fn revoke_key(&self, name: &str) -> Result<Key> {
        let now = self.now();
        self.write_beside(|conn| {
            let key = named(conn, name)?;
            let key =
                key.ok_or_else(|| Error::NotFound { what: "key in use", id: name.to_owned() })?;
            conn.prepare_cached(
                "update key
                    set revoked_at = ?2, nws4_secret = null,
                        seal = seal(id, name, rights, secret_hash, null, kind, created_at, ?2)
                  where id = ?1",
            )?
            .execute(params![key.id, now])?;
            // The node that came with it reads no more.
            forget_read(conn)?;
            Ok(Key { revoked_at: Some(now), ..key })
        })
    }

    /// The key in use that `text` is, `id.secret`; none when there is no such key, or when it signs.
    ///
    /// Every call asks the file, so a key that was revoked a moment ago opens nothing. What is
    /// compared is compared in the same time, whatever the text. Must not be called from within
    /// [`Store::write`]; there, see [`Tx::is_key_in_use`].
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn sign_in(&self, text: &str) -> Result<Option<Key>> {
        if text.len() > KEY_BYTES_MAX {
            return Ok(None);
        }
        let (id, secret) = text.split_once('.').unwrap_or_default();
        let known = self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "select secret_hash, id, name, rights, kind, created_at, revoked_at
                   from key
                  where id = ?1 and kind = 'bearer' and revoked_at is null",
            )?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, read(&mut Cells::from(row, 1))?));
            Ok(statement.query_row([id], read).optional()?)
        })?;
        let (stored, key) = known.map_or(([0; 32], None), |(hash, key)| (hash, Some(key)));
        let is_same = hash(secret).ct_eq(&stored);
        Ok(key.filter(|_| is_same.into()))
    }

    /// The key in use with this id that signs, and the secret it signs with.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_nws4_key(&self, id: &str) -> Result<Option<(Key, Secret)>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "select nws4_secret, id, name, rights, kind, created_at, revoked_at
                   from key
                  where id = ?1 and kind = 'nws4' and revoked_at is null",
            )?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok((read(&mut Cells::from(row, 1))?, Secret(row.get(0)?)))
            };
            Ok(statement.query_row([id], read).optional()?)
        })
    }
}

impl Tx<'_> {
    /// Whether the key is in use at the moment of this transaction. A door asks before it writes, so
    /// that a key which was revoked while the request ran changes nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn is_key_in_use(&self, id: &KeyId) -> Result<bool> {
        let mut statement =
            self.conn().prepare_cached("select 1 from key where id = ?1 and revoked_at is null")?;
        Ok(statement.exists([id])?)
    }
}

fn check_name(name: &str) -> Result<()> {
    match name {
        "" => Err(Error::invalid("name", "must not be empty")),
        _ if name.trim() != name => {
            Err(Error::invalid("name", "must not begin or end with white space"))
        }
        _ => check_line("name", Some(name)),
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: cells.take()?,
        name: cells.take()?,
        rights: cells.take()?,
        kind: cells.take()?,
        created_at: cells.take()?,
        revoked_at: cells.take()?,
    })
}

/// The key in use with this name, or else with this id.
fn named(conn: &Connection, name: &str) -> Result<Option<Key>> {
    let mut statement = conn.prepare_cached(
        "select id, name, rights, kind, created_at, revoked_at
           from key
          where (name = ?1 or id = ?1) and revoked_at is null
          order by name <> ?1",
    )?;
    Ok(statement.query_row([name], |row| read(&mut Cells::from(row, 0))).optional()?)
}

fn insert(conn: &Connection, key: &Key, secret: &Secret) -> Result<()> {
    let kept = (key.kind == KeyKind::Nws4).then(|| secret.as_str());
    conn.prepare_cached(
        "insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, null))",
    )?
    .execute(params![
        key.id,
        key.name,
        key.rights,
        hash(secret.as_str()),
        kept,
        key.kind,
        key.created_at
    ])?;
    Ok(())
}
