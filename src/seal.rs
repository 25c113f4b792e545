//! Seal: a hash in every row over the row's own columns, so that a flipped bit is found.
//!
//! SQLite checks the shape of its pages, not what stands in them. The statement that writes a row
//! computes its seal with the SQL function `seal`, and `check` computes it again. A seal is no proof
//! against a forger; that is what the chain of operations is for.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

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
        }
    };
}
pub(crate) use sealed;
