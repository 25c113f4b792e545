//! Migrate: a fresh file, an upgrade, or a clear no; and the settings every connection has.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

use crate::clock::{Clock, OsRandom, Random, SystemClock};
use crate::error::{Error, Result};
use crate::hold::{beside, has_log, refused};

pub use crate::hold::{APPLICATION_ID, SCHEMA_VERSION};

use crate::id::NodeId;
use crate::money::Currency;
use crate::seal::{Sealed, sealed};

/// The least SQLite that is safe with many connections to one log (sync.md 2.12).
const SQLITE_MIN: (i32, &str) = (3_051_003, "3.51.3");

/// What a shop's last sales of a day need with room to spare: 16 MiB.
const RESERVE_BYTES: u64 = 16 << 20;

const SCHEMA: &str = include_str!("../schema.sql");

/// `STEPS[n]` upgrades a file of schema version `n + 1`; each runs in the same SQL transaction as
/// the raised version, so that a file is of one version or of the other.
const STEPS: [&str; SCHEMA_VERSION as usize - 1] =
    [include_str!("../migrations/2.sql"), include_str!("../migrations/3.sql")];

/// How a store is opened: its currency, its clock, its randomness.
#[derive(Debug, Clone)]
pub struct Options {
    /// The currency of a new file, EUR with 2 decimals by default. When named, an existing file
    /// that counts in another is refused.
    pub currency: Option<Currency>,
    /// Tells the time; the machine's clock by default.
    pub clock: Arc<dyn Clock>,
    /// Draws ids and salts; the operating system's randomness by default.
    pub random: Arc<dyn Random>,
    /// The file may not grow beyond this many bytes; a write that needs more answers
    /// [`Error::DiskFull`]. No limit by default.
    pub size_bytes_max: Option<u64>,
    /// The size of the file `<name>.reserve` that is kept beside the store's as long as the disk has
    /// room, for [`Store::release_reserve`](crate::Store::release_reserve) to give up; 16 MiB by
    /// default, 0 for none.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            currency: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            size_bytes_max: None,
            reserve_bytes: RESERVE_BYTES,
        }
    }
}

/// The writing connection to a fresh, an old or a current file.
pub(crate) fn open(path: &Path, options: &Options) -> Result<Connection> {
    let opened = (|| {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        leave_log(&conn, has_log(path))?;
        configure(&conn)?;
        if let Some(bytes) = options.size_bytes_max {
            let page_bytes: u64 = conn.query_row("pragma page_size", [], |row| row.get(0))?;
            conn.query_row(&format!("pragma max_page_count = {}", bytes / page_bytes), [], |_| {
                Ok(())
            })?;
        }
        // Before the log is switched on: the tables and the file's mark then stand in the file
        // itself, and a kill before the first checkpoint does not hide whose file it is.
        prepare(&conn, path, options)?;
        leave_log(&conn, false)?;
        let mode: String = conn.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
        match mode.as_str() {
            "wal" => {
                // The checkpointer carries the log over, beside the commits.
                conn.query_row("pragma wal_autocheckpoint = 0", [], |_| Ok(()))?;
                Ok(conn)
            }
            _ => Err(io::Error::other("the file system cannot hold a write-ahead log").into()),
        }
    })();
    opened.map_err(|error| explain(error, path))
}

/// A reading connection to a file that is open already.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let opened = (|| {
        // Without the right to write, SQLite could not read a log that another process left behind.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        leave_log(&conn, has_log(path))?;
        configure(&conn)?;
        conn.execute_batch("pragma query_only = on")?;
        match user_version(&conn)? {
            0 => return Err(Error::NotTillbook(path.to_owned())),
            SCHEMA_VERSION => {}
            found if found < SCHEMA_VERSION => {
                return Err(Error::invalid(
                    path.display().to_string(),
                    format!(
                        "has schema version {found}, this program reads {SCHEMA_VERSION}; \
                         open it for writing once, which brings it up to date"
                    ),
                ));
            }
            found => {
                let path = path.to_owned();
                return Err(Error::NewerFile { path, found, known: SCHEMA_VERSION });
            }
        }
        leave_log(&conn, false)?;
        Ok(conn)
    })();
    opened.map_err(|error| explain(error, path))
}

/// The one connection of a store in memory.
pub(crate) fn open_in_memory(options: &Options) -> Result<Connection> {
    let conn = Connection::open_in_memory()?;
    configure(&conn)?;
    prepare(&conn, Path::new(":memory:"), options)?;
    Ok(conn)
}

/// Whether closing the connection leaves the log as it is: a file that is refused is not touched.
fn leave_log(conn: &Connection, on: bool) -> Result<()> {
    use rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    conn.set_db_config(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on)?;
    Ok(())
}

/// The settings of sync.md 2.12 that belong to a connection.
fn configure(conn: &Connection) -> Result<()> {
    if rusqlite::version_number() < SQLITE_MIN.0 {
        return Err(Error::OldSqlite { found: rusqlite::version(), needed: SQLITE_MIN.1 });
    }
    // With a log, `extra` is `full`. Before it is switched on, it makes the end of the rollback
    // journal sure too: one that came back after a power cut would undo the file under its log.
    conn.execute_batch(
        "pragma synchronous = extra;
         pragma fullfsync = on;
         pragma foreign_keys = on;
         pragma busy_timeout = 5000;
         pragma trusted_schema = off;
         pragma cell_size_check = on;
         pragma secure_delete = on;
         pragma mmap_size = 0;
         pragma temp_store = memory;
         pragma journal_size_limit = 67108864;",
    )?;
    crate::seal::register(conn)?;
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Plans do not depend on the values that are bound; otherwise SQLite prepares a cached statement
    // anew for every value.
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Makes the tables of a fresh file or upgrades an old one.
fn prepare(conn: &Connection, path: &Path, options: &Options) -> Result<()> {
    let version = user_version(conn)?;
    if version == SCHEMA_VERSION {
        return Ok(());
    }
    if version > SCHEMA_VERSION {
        return Err(Error::NewerFile {
            path: path.to_owned(),
            found: version,
            known: SCHEMA_VERSION,
        });
    }
    let n_tables: u64 =
        conn.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    if version == 0 && n_tables > 0 {
        return Err(Error::NotTillbook(path.to_owned()));
    }
    let tx = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Exclusive)?;
    match usize::try_from(version).unwrap_or_default() {
        0 => create(&tx, options)?,
        old => STEPS[old - 1..].iter().try_for_each(|step| tx.execute_batch(step))?,
    }
    tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    tx.commit()?;
    Ok(())
}

/// Gives the tables of a damaged file of an older version the shape of this one's, as far as they read.
pub(crate) fn upgrade_damaged(conn: &Connection, version: u32) {
    // The version itself may be what is damaged.
    if conn.prepare("select 1 from bulk_row").is_ok() {
        return;
    }
    let steps = STEPS.iter().skip(usize::try_from(version.max(1) - 1).unwrap_or_default());
    for statement in steps.flat_map(|step| step.split(";\n")) {
        // What does not read is found and named by whoever reads the rows.
        let _ = conn.execute_batch(statement);
    }
}

/// What the seals of the tables cover that belong to this file alone.
pub(crate) const SEALED: [Sealed; 10] = [
    sealed!("node", "'settings'", "seal", "id, currency_label, currency_exponent, require_version"),
    sealed!("import_row", "batch", "seal", "batch, customer_key, version"),
    sealed!(
        "key",
        "id",
        "seal",
        "id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at"
    ),
    sealed!(
        "answer",
        "key_id",
        "seal",
        "key_id, idempotency_key, request, status, headers, body, at"
    ),
    sealed!("answer_customer", "key_id", "seal", "customer_id, key_id, idempotency_key"),
    sealed!("bulk", "id", "seal", "id, key_id, at, n_rows, done_at"),
    sealed!("bulk_row", "bulk_id", "seal", "bulk_id, position, payload, errors, customer_id"),
    sealed!("base", "kind", "seal", "kind, ref, hash, image"),
    sealed!("unit_ext", "kind", "seal", "kind, ref, image"),
    sealed!("root_day", "cast(day as text)", "seal", "day, incarnation_key, seq"),
];

/// What the seal of the file's place in its tree covers. It is a second seal of the same row, because
/// the place changes whenever the copy of the parent's state is renewed.
pub(crate) const PLACE_SEALED: Sealed = sealed!(
    "node",
    "'place'",
    "place_seal",
    "last_incarnation, parent, root, root_epoch, root_mark, root_at, version_floor"
);

/// Seals the file's place in its tree; to be called after each change of it.
pub(crate) fn seal_place(conn: &Connection) -> Result<()> {
    conn.prepare_cached(
        "update node
            set place_seal = seal(last_incarnation, parent, root, root_epoch, root_mark, root_at, version_floor)",
    )?
    .execute([])?;
    Ok(())
}

fn create(conn: &Connection, options: &Options) -> Result<()> {
    conn.execute_batch(SCHEMA)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    let mut node = [0; 16];
    options.random.fill(&mut node);
    let currency = options.currency.clone().unwrap_or_default();
    conn.execute(
        "insert into node (one, id, currency_label, currency_exponent, place_seal, seal)
         values (1, ?1, ?2, ?3, seal(null, null, null, 0, 0, 0, 0), seal(?1, ?2, ?3, 0))",
        params![NodeId(node), currency.label(), currency.exponent()],
    )?;
    Ok(())
}

fn user_version(conn: &Connection) -> Result<u32> {
    Ok(conn.query_row("pragma user_version", [], |row| row.get(0))?)
}

/// The node and the currency of an open file.
pub(crate) fn settings(conn: &Connection) -> Result<(NodeId, Currency)> {
    let damaged =
        |what: &str| Error::Corrupt(format!("{what} of the file is missing or does not read"));
    let row: Option<(NodeId, String, u8)> = conn
        .query_row("select id, currency_label, currency_exponent from node", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::Unknown) => damaged("the node"),
            _ => error.into(),
        })?;
    let (node, label, exponent) = row.ok_or_else(|| damaged("the node"))?;
    let currency = Currency::new(&label, exponent).map_err(|_| damaged("the currency"))?;
    Ok((node, currency))
}

/// Finds the reason behind an error of opening.
fn explain(error: Error, path: &Path) -> Error {
    let Error::Sqlite(sqlite) = &error else { return error };
    match sqlite.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            Error::Corrupt("it does not read as a database".to_owned())
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Error::ReadOnly(path.to_owned()),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => match probe(path) {
            Err(refusal) => refused(refusal, path),
            Ok(()) => error,
        },
        _ => error,
    }
}

/// Writes a little beside the file, to learn from the system why SQLite could not.
fn probe(path: &Path) -> io::Result<()> {
    let probe_path = beside(path, ".probe");
    let written = File::create(&probe_path).and_then(|mut file| {
        file.write_all(&[0; 65_536])?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&probe_path);
    written.and(removed)
}
