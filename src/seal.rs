//! Seal: a hash in every row over the row's own columns, so that a flipped bit is found.
//!
//! SQLite checks the shape of its pages, not what stands in them. The statement that writes a row
//! computes its seal with the SQL function `seal`, and `check` computes it again. A seal is no proof
//! against a forger; that is what the chain of operations is for.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{Error, Result};
use crate::time::Timestamp;

/// Makes the SQL function `seal(value, ...)` known to a connection: 64 bits of a BLAKE3 hash over
/// the types and values of its arguments.
pub(crate) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("seal", -1, flags | FunctionFlags::SQLITE_DIRECTONLY, |context| {
        let mut hasher = blake3::Hasher::new();
        for i in 0..context.len() {
            add(&mut hasher, context.get_raw(i));
        }
        let mut head = [0; 8];
        head.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Ok(i64::from_le_bytes(head))
    })
}

/// A value as its type, its length and its bytes, so that no two lists of values run together.
fn add(hasher: &mut blake3::Hasher, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(integer) => (1, &integer.to_le_bytes()),
        // No column holds one: the tables are strict and name no such type.
        ValueRef::Real(_) => (2, &[]),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    hasher.update(&[kind]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
}

/// How the rows of a table are sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sealed {
    pub(crate) table: &'static str,
    /// The select that names every row whose seal is broken, without personal data.
    pub(crate) broken: &'static str,
    /// The condition under which a row's seal holds.
    pub(crate) holds: &'static str,
    /// The select that says of the row with a name whether its seal holds.
    pub(crate) proof: &'static str,
}

impl Sealed {
    /// Refuses to go on from a row whose seal is broken: a new seal would hide that.
    pub(crate) fn prove(&self, conn: &Connection, id: &str) -> Result<()> {
        let mut statement = conn.prepare_cached(self.proof)?;
        match statement.query_row([id], |row| row.get(0)).optional()? {
            Some(false) => Err(Error::DamagedRow { what: self.table, id: id.to_owned() }),
            _ => Ok(()),
        }
    }
}

/// Tells people of a damaged row that somebody has asked for. A node with a parent compares its copy of
/// the parent's state with the rows before anything else comes, and so fetches the row anew.
pub(crate) fn note_damage(conn: &Connection, error: &Error, at: Timestamp) -> Result<()> {
    conn.prepare_cached(
        "update node
            set trouble = ?1, trouble_at = coalesce(trouble_at, ?2),
                proved_at = iif(parent is null, proved_at, null)
          where trouble is not ?1 or (parent is not null and proved_at is not null)",
    )?
    .execute(params![error.to_string(), at])?;
    Ok(())
}

/// Takes note at a root that every row was found as it was written.
pub(crate) fn forget_damage(conn: &Connection) -> Result<()> {
    let sql = "update node set trouble = null, trouble_at = null
                where parent is null and trouble is not null";
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// A [`Sealed`]: the table, SQL text that names a row, the seal's column, what it covers.
macro_rules! sealed {
    ($table:literal, $name:literal, $seal:literal, $columns:expr) => {
        crate::seal::Sealed {
            table: $table,
            broken: concat!(
                "select ",
                $name,
                " from ",
                $table,
                " where ",
                $seal,
                " is not seal(",
                $columns,
                ")"
            ),
            holds: concat!($seal, " is seal(", $columns, ")"),
            proof: concat!(
                "select ",
                $seal,
                " is seal(",
                $columns,
                ") from ",
                $table,
                " where ",
                $name,
                " = ?1"
            ),
        }
    };
}
pub(crate) use sealed;
