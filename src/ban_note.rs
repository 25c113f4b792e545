//! Ban note: why a customer was suspended or banned; a log that only grows.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use crate::cell::{Cells, object_text};
use crate::clock::Stamp;
use crate::customer;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::register::{Fields, integer, text, unknown};
use crate::seal::{Sealed, sealed};
use crate::store::Store;
use crate::time::Timestamp;

/// A customer has at most this many ban notes.
pub const BAN_NOTES_MAX: u64 = 1_000;
/// The texts of all ban notes of a customer have together at most this many bytes: 256 KiB.
pub const BAN_NOTES_BYTES_MAX: u64 = 256 << 10;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanNote {
    /// Names the entry; adding it again changes nothing.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub actor: Option<String>,
    /// What was written.
    pub text: String,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
}

impl BanNote {
    /// An entry with the stamp's id and time.
    pub fn new(stamp: Stamp, text: impl Into<String>) -> Self {
        Self {
            id: stamp.id.to_string(),
            at: stamp.at,
            actor: None,
            text: text.into(),
            ext: Map::new(),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        let set = [
            ("id", Some(self.id.clone().into())),
            ("at", Some(self.at.ms().into())),
            ("actor", self.actor.clone().map(Value::from)),
            ("text", Some(self.text.clone().into())),
        ];
        let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        self.ext.clone().into_iter().chain(set).collect()
    }

    pub(crate) fn from_fields(fields: &Fields) -> Result<Self> {
        let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
        Ok(Self {
            id: text("id", get("id"))?.unwrap_or_default(),
            at: Timestamp::from_ms(integer("at", get("at"))?.unwrap_or_default()),
            actor: text("actor", get("actor"))?,
            text: text("text", get("text"))?.unwrap_or_default(),
            ext: unknown(fields, &["id", "at", "actor", "text"]),
        })
    }
}

impl Store {
    /// The ban notes of a customer, the oldest first.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there never was such a customer.
    pub fn list_ban_notes(&self, id: &CustomerId) -> Result<Vec<BanNote>> {
        self.read_snapshot(|conn| {
            let account = customer::account(conn, id)?.ok_or_else(|| Error::no_customer(id))?;
            list(conn, account.key)
        })
    }
}

/// What the seal of an entry covers.
pub(crate) const SEALED: Sealed =
    sealed!("ban_note", "id", "seal", "id, customer_key, at, actor, text, ext");

fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<BanNote> {
    Ok(BanNote {
        id: cells.take()?,
        at: cells.take()?,
        actor: cells.take()?,
        text: cells.take()?,
        ext: cells.take_object()?.unwrap_or_default(),
    })
}

/// The entries about a customer, the oldest first.
pub(crate) fn list(conn: &Connection, customer_key: i64) -> Result<Vec<BanNote>> {
    let mut statement = conn.prepare_cached(
        "select id, at, actor, text, ext from ban_note where customer_key = ?1 order by at, id",
    )?;
    let rows = statement.query_map([customer_key], |row| read(&mut Cells::from(row, 0)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The entry with this id and whose it is.
pub(crate) fn find(conn: &Connection, id: &str) -> Result<Option<(CustomerId, BanNote)>> {
    let mut statement = conn.prepare_cached(
        "select customer.id, n.id, n.at, n.actor, n.text, n.ext
           from ban_note n
           join customer on customer.key = n.customer_key
          where n.id = ?1",
    )?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, read(&mut Cells::from(row, 1))?));
    Ok(statement.query_row([id], read).optional()?)
}

/// Refuses one more entry than a customer may have, or one with more words.
pub(crate) fn check_room(conn: &Connection, id: &CustomerId, note: &BanNote) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "select count(*), coalesce(sum(octet_length(n.text)), 0)
           from ban_note n
           join customer on customer.key = n.customer_key
          where customer.id = ?1",
    )?;
    let (n_notes, n_bytes): (u64, u64) =
        statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if n_notes >= BAN_NOTES_MAX {
        let rule = format!("would be more than {BAN_NOTES_MAX} ban notes of one customer");
        return Err(Error::invalid("text", rule));
    }
    if n_bytes + note.text.len() as u64 > BAN_NOTES_BYTES_MAX {
        let rule =
            format!("would take the ban notes of one customer beyond {BAN_NOTES_BYTES_MAX} bytes");
        return Err(Error::invalid("text", rule));
    }
    Ok(())
}

/// Adds an entry; one that is there already adds nothing.
pub(crate) fn add(conn: &Connection, customer_key: i64, note: &BanNote) -> Result<()> {
    conn.prepare_cached(
        "insert into ban_note (id, customer_key, at, actor, text, ext, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, seal(?1, ?2, ?3, ?4, ?5, ?6))
         on conflict do nothing",
    )?
    .execute(params![
        note.id,
        customer_key,
        note.at,
        note.actor,
        note.text,
        object_text(&note.ext)
    ])?;
    Ok(())
}

/// Empties the log of an erased customer.
pub(crate) fn erase(conn: &Connection, customer_key: i64) -> Result<()> {
    conn.prepare_cached("delete from ban_note where customer_key = ?1")?.execute([customer_key])?;
    Ok(())
}
