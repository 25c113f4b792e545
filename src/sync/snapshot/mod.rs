//! Snapshot: what an empty node takes over in place of reading its parent's state unit by unit.
//!
//! It is a SQLite file of our schema with the rows of the shared tables, their indexes and the base
//! digest, and nothing else: no operation, no key, no answer, and not even the row that would make it
//! somebody's store. A manifest says which state it is and what each part of it hashes to.
//!
//! ```text
//! parent  Store::make_snapshot(folder)            make       a file and its manifest, kept in the folder
//!         Store::snapshot, Store::snapshot_part   keep       what a child asks for
//! child   bootstrap(path, options, &mut parts)    install    takes it over in the place of an empty file
//!         Store::prove_copy                       proof      and proves its rows while it serves
//! ```

mod install;
mod keep;
mod make;
mod manifest;
mod part_file;
mod proof;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::Result;
use crate::migrate::{self, Options};

pub use install::{Bootstrapped, Parts, bootstrap, discard, is_vacant};
pub use keep::{LOOK_EVERY, MOVED_PERCENT_MAX, Maker, OLD_MS, UNITS_MIN};
pub use make::LOG_PAGES_MAX;
#[cfg(feature = "http")]
pub(crate) use manifest::ManifestBody;
pub use manifest::{Manifest, PART_BYTES, PARTS_MAX, Part, read_manifest, write_manifest};

/// The tables whose rows are in a snapshot.
const TABLES: [&str; 10] = [
    "customer",
    "address",
    "card",
    "ban_note",
    "debt_account",
    "credit_transaction",
    "location",
    "claim",
    "conflict",
    "unit_ext",
];

/// The names of a table's columns, with commas between.
fn columns(conn: &Connection, schema: &str, table: &str) -> Result<String> {
    let sql = "select group_concat(name, ', ') from pragma_table_info(?1, ?2)";
    Ok(conn.query_row(sql, [table, schema], |row| row.get(0))?)
}

/// A table, an index or a trigger of our schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Object {
    is_trigger: bool,
    name: String,
    sql: String,
}

impl Object {
    /// Without comments, and with one space between words: what a patch release may have written in
    /// another way.
    fn plain(self) -> Self {
        let lines = self.sql.lines().map(|line| line.split("--").next().unwrap_or_default());
        let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        Self { sql: words.join(" "), ..self }
    }
}

/// What a file of this version consists of, in the order in which it is made, triggers last.
fn objects(conn: &Connection) -> Result<Vec<Object>> {
    let mut statement = conn.prepare(
        "select type = 'trigger', name, sql
           from sqlite_schema
          where sql is not null
          order by type = 'trigger', rowid",
    )?;
    let objects = statement.query_map([], |row| {
        Ok(Object { is_trigger: row.get(0)?, name: row.get(1)?, sql: row.get(2)? })
    })?;
    Ok(objects.collect::<rusqlite::Result<_>>()?)
}

/// What a fresh file of this version consists of.
fn fresh_objects() -> Result<Vec<Object>> {
    objects(&migrate::open_in_memory(&Options::default())?)
}

/// A connection to a snapshot's file, which nobody else has open.
fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.execute_batch(
        "pragma trusted_schema = off;
         pragma cell_size_check = on;
         pragma mmap_size = 0;",
    )?;
    crate::seal::register(&conn)?;
    Ok(conn)
}
