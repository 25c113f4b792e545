//! Make: a parent copies its shared rows into a file that a child can take over.
//!
//! The rows are read in one snapshot of the file, so that no writer waits and the digest that is kept
//! is that of the rows. As long as they are read, the log cannot begin anew; that is why indexes and
//! hashes that need no parent come later, and why the copy gives up when the log grows too long.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{fs, io, thread};

use rusqlite::{Connection, ErrorCode, InterruptHandle, Row, params};

use super::manifest::{self, Manifest};
use super::{TABLES, columns, fresh_objects, keep, open};
use crate::error::{Error, Result};
use crate::migrate::{self, APPLICATION_ID, SCHEMA_VERSION};
use crate::store::Store;
use crate::sync::Checkpoint;
use crate::unit::Side;
use crate::whole_file::WholeFile;

/// The copy is given up when so many pages of the log wait for it (48 MiB): a little later, the log would
/// have to begin anew, and writers would wait for that.
pub const LOG_PAGES_MAX: i64 = 12_288;
/// How often the log is looked at meanwhile.
const WATCH: Duration = Duration::from_millis(50);
/// How often a copy looks whether the log is short enough to begin: for a minute.
const CARRY_TRIES_MAX: u32 = 1_200;

impl Store {
    /// Makes a snapshot of what this node shows and keeps it in `folder`. Writers go on meanwhile.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the store is in memory;
    /// - [`Error::Io`] of the kind `ResourceBusy`: too much is being written just now;
    /// - [`Error::DiskFull`], [`Error::ReadOnly`], [`Error::Io`]: the file cannot be written;
    /// - as [`Store::write`], when no child was ever admitted.
    ///
    /// After an error there is no file.
    pub fn make_snapshot(&self, folder: impl AsRef<Path>) -> Result<Manifest> {
        let source = keep::on_file(self)?;
        self.fill_feed()?;
        let stamp = self.stamp();
        let name = stamp.id.simple().to_string();
        let target = keep::path(self, folder.as_ref(), &name)?;
        let (file, out) = WholeFile::begin(&target, stamp)?;
        drop(out);
        let triggers = lay_tables(file.path())?;
        let checkpoint = self.copy_rows(source, file.path())?;
        let hlc = finish(file.path(), &triggers)?;
        let manifest = Manifest {
            name,
            schema: SCHEMA_VERSION,
            currency: (self.currency().label().to_owned(), self.currency().exponent()),
            bytes: fs::metadata(file.path())?.len(),
            parts: manifest::cut(file.path())?,
            hlc,
            made_at: stamp.at,
            checkpoint,
        };
        // The manifest first: a snapshot counts as soon as its file is there.
        keep::write(self, folder.as_ref(), &manifest)?;
        let published = file.publish(false);
        if published.is_err() {
            let _ = keep::remove(self, folder.as_ref(), &manifest.name);
        }
        published.map(|()| manifest)
    }

    fn copy_rows(&self, source: &Path, target: &Path) -> Result<Checkpoint> {
        // A connection of our own, because another file hangs on it; one that is lent meanwhile tells
        // whoever must close the file that somebody reads it.
        self.read(|_| {
            let conn = migrate::open_reader(source)?;
            attach(&conn, target)?;
            carry_log(&conn)?;
            let (done, over) = mpsc::channel();
            let is_too_long = AtomicBool::new(false);
            let stop = conn.get_interrupt_handle();
            thread::scope(|scope| {
                scope.spawn(|| self.watch(&stop, &is_too_long, over));
                let copied = self.copy_attached(&conn, &is_too_long);
                drop(done);
                copied.map_err(|error| busy(error, &is_too_long))
            })
        })
    }

    fn copy_attached(&self, conn: &Connection, is_too_long: &AtomicBool) -> Result<Checkpoint> {
        let tx = conn.unchecked_transaction()?;
        let checkpoint = self.checkpoint(&tx, self.node())?;
        for table in TABLES {
            if is_too_long.load(Ordering::Relaxed) {
                return Err(io::Error::from(io::ErrorKind::Interrupted).into());
            }
            tx.execute(&copy_statement(&tx, table)?, [])?;
        }
        tx.execute(
            "insert into copy.digest (side, kind, sum, n_units)
             select ?1, kind, sum, n_units from main.digest where side = ?2",
            params![Side::Base as i64, Side::View as i64],
        )?;
        tx.commit()?;
        Ok(checkpoint)
    }

    /// Stops the copy when the log has grown too long, until `over` is closed.
    fn watch(&self, stop: &InterruptHandle, is_too_long: &AtomicBool, over: Receiver<()>) {
        while over.recv_timeout(WATCH) == Err(RecvTimeoutError::Timeout) {
            let n_pages = self.read(|conn| n_waiting(conn, "noop"));
            if n_pages.is_ok_and(|n_pages| n_pages > LOG_PAGES_MAX) {
                is_too_long.store(true, Ordering::Relaxed);
                stop.interrupt();
            }
        }
    }
}

/// Carries the log into the file and lets it begin anew, unless somebody is in the way; where another
/// thread is just doing that, waits for it.
fn carry_log(conn: &Connection) -> Result<()> {
    conn.execute_batch("pragma busy_timeout = 0")?;
    for _ in 0..CARRY_TRIES_MAX {
        if n_waiting(conn, "restart")? < LOG_PAGES_MAX / 4 {
            break;
        }
        thread::sleep(WATCH);
    }
    Ok(conn.execute_batch("pragma busy_timeout = 5000")?)
}

/// How many pages of the log are not in the file yet.
fn n_waiting(conn: &Connection, mode: &str) -> Result<i64> {
    let read = |row: &Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
    Ok(conn.query_row(&format!("pragma main.wal_checkpoint({mode})"), [], read)?)
}

/// Says in words why the copy was stopped.
fn busy(error: Error, is_too_long: &AtomicBool) -> Error {
    let is_stopped = match &error {
        Error::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted),
        Error::Io(error) => error.kind() == io::ErrorKind::Interrupted,
        _ => false,
    };
    match is_stopped && is_too_long.load(Ordering::Relaxed) {
        true => {
            io::Error::new(io::ErrorKind::ResourceBusy, "too much is written for a snapshot").into()
        }
        false => error,
    }
}

/// Hangs the snapshot's file on a connection to the store's.
fn attach(conn: &Connection, target: &Path) -> Result<()> {
    let text = target.to_str();
    let text = text.ok_or_else(|| Error::invalid("folder", "must be a path in UTF-8"))?;
    // References are those of the rows that are read. Nothing reads the file before it is whole.
    conn.execute_batch("pragma query_only = off; pragma foreign_keys = off")?;
    conn.execute("attach ?1 as copy", [text])?;
    conn.execute_batch("pragma copy.journal_mode = memory; pragma copy.synchronous = off")?;
    Ok(())
}

/// The statement that copies a table. SQLite copies table and indexes as they lie when both files name
/// the columns in the same order; a file that was upgraded has them in another one.
fn copy_statement(conn: &Connection, table: &str) -> Result<String> {
    let (from, to) = (columns(conn, "main", table)?, columns(conn, "copy", table)?);
    Ok(match from == to {
        true => format!("insert into copy.{table} select * from main.{table}"),
        false => format!("insert into copy.{table} ({to}) select {to} from main.{table}"),
    })
}

/// Makes the tables and indexes, and returns the triggers, which would only look at every row.
fn lay_tables(path: &Path) -> Result<Vec<String>> {
    let mut conn = open(path)?;
    conn.execute_batch("pragma journal_mode = memory; pragma synchronous = off")?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    conn.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let (triggers, rest): (Vec<_>, Vec<_>) =
        fresh_objects()?.into_iter().partition(|object| object.is_trigger);
    let tx = conn.transaction()?;
    rest.iter().try_for_each(|object| tx.execute_batch(&object.sql))?;
    tx.commit()?;
    Ok(triggers.into_iter().map(|object| object.sql).collect())
}

/// Adds the triggers and returns the greatest clock reading.
fn finish(path: &Path, triggers: &[String]) -> Result<u64> {
    let mut conn = open(path)?;
    let tx = conn.transaction()?;
    triggers.iter().try_for_each(|sql| tx.execute_batch(sql))?;
    tx.commit()?;
    let time: Option<String> = conn.query_row(
        "select max(time) from (
             select max(substr(stamp, 1, 16)) as time from customer
             union all select max(substr(stamp, 1, 16)) from card
             union all select max(substr(stamp, 1, 16)) from address
             union all
             select max(substr(value, 1, 16))
               from customer, json_each(stamps)
              where stamps <> '{}')",
        [],
        |row| row.get(0),
    )?;
    // Texts of another form are not stamps, and `check` names their rows.
    Ok(time.and_then(|time| u64::from_str_radix(&time, 16).ok()).unwrap_or(0))
}
