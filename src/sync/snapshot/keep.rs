//! Keep: the snapshots that a parent has made, until they are no use any more.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, params};

use super::manifest::{Manifest, read_manifest, write_manifest};
#[cfg(feature = "http")]
use crate::access::{Right, Rights};
use crate::customer::ERASED;
use crate::error::{Error, Result};
use crate::hold::{beside, called_after};
use crate::migrate::SCHEMA_VERSION;
use crate::store::{NAME_DIGITS, SNAPSHOT, Store, is_snapshot_name};
use crate::sync::{chains, down};
use crate::unit::Kind;
use crate::whole_file::WholeFile;

/// A new snapshot is due when the feed has moved by more than so many percent of the units.
pub const MOVED_PERCENT_MAX: u64 = 10;
/// A new snapshot is due when the last one is so old: a day.
pub const OLD_MS: i64 = 24 * 60 * 60 * 1000;
/// A node with fewer units makes none by itself: they are read as quickly one by one.
pub const UNITS_MIN: u64 = 10_000;
/// How often a [`Maker`] looks whether a new one is due.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The last one, and the one before it for those who are just fetching it.
const KEPT: usize = 2;

impl Store {
    /// Where this node keeps its snapshots when nobody says otherwise: beside its file. None in memory.
    pub fn snapshot_folder(&self) -> Option<&Path> {
        self.path()?.parent()
    }

    /// The newest snapshot that is kept in `folder`, if it is one of a state from which a child can go
    /// on. Those from which it cannot, and those that know somebody who was erased since, are removed;
    /// from beside the file, an erase removes the latter itself.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the store is in memory;
    /// - [`Error::Io`]: the folder cannot be read.
    pub fn snapshot(&self, folder: impl AsRef<Path>) -> Result<Option<Manifest>> {
        let mut newest = None;
        for manifest in list(self, folder.as_ref())? {
            match self.read_snapshot(|conn| is_usable(self, conn, &manifest))? {
                true => newest = Some(manifest),
                false => remove(self, folder.as_ref(), &manifest.name)?,
            }
        }
        Ok(newest)
    }

    /// A part of a snapshot that is kept in `folder`; `None` when there is no such snapshot any more, or
    /// no such part.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the store is in memory;
    /// - [`Error::Io`]: the file cannot be read.
    pub fn snapshot_part(
        &self,
        folder: impl AsRef<Path>,
        name: &str,
        number: usize,
    ) -> Result<Option<Vec<u8>>> {
        if !is_snapshot_name(name) {
            return Ok(None);
        }
        let path = path(self, folder.as_ref(), name)?;
        let Some(manifest) = read(&path)? else { return Ok(None) };
        let Some(part) = manifest.parts.get(number) else { return Ok(None) };
        let Some(mut file) = found(File::open(&path))? else { return Ok(None) };
        file.seek(SeekFrom::Start(part.offset))?;
        let mut bytes = Vec::new();
        file.take(part.length).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Whether a new snapshot should be made: there is none, it is old, or a child would have much to
    /// read after it.
    ///
    /// # Errors
    ///
    /// - as [`Store::snapshot`].
    pub fn is_snapshot_due(&self, folder: impl AsRef<Path>) -> Result<bool> {
        let last = self.snapshot(folder)?;
        self.is_due_after(last.as_ref())
    }

    fn is_due_after(&self, last: Option<&Manifest>) -> Result<bool> {
        let Some(last) = last else { return Ok(true) };
        let age_ms = self.now().ms().saturating_sub(last.made_at.ms());
        let head = self.read(|conn| down::head(conn, self.node()))?.number;
        let moved = head.saturating_sub(last.checkpoint.cursor.number);
        Ok(!(0..OLD_MS).contains(&age_ms)
            || moved.saturating_mul(100) > last.n_units().saturating_mul(MOVED_PERCENT_MAX))
    }

    /// Makes a snapshot if one is due, there are units enough, and somebody may come for it: a child, or
    /// who was given a key for one. Removes those that nobody needs any more.
    fn keep_snapshot(&self, folder: &Path) -> Result<()> {
        // Also where nobody is to come any more: what is no use goes.
        let last = self.snapshot(folder)?;
        let is_wanted = self.read(|conn| {
            // Sums are kept where there are children; rows are fewer than units.
            let sql = "select coalesce(sum(n_units), 0) >= ?1
                              or (select count(*) >= ?1
                                    from (select 1 from customer
                                          union all
                                          select 1 from credit_transaction
                                          limit ?1))
                         from digest
                        where side = 0";
            Ok(conn.query_row(sql, [UNITS_MIN], |row| row.get(0))? && is_expecting(conn)?)
        })?;
        if is_wanted && self.is_due_after(last.as_ref())? {
            self.make_snapshot(folder)?;
        }
        let all = list(self, folder)?;
        let mut old = all.iter().rev().skip(KEPT);
        old.try_for_each(|manifest| remove(self, folder, &manifest.name))
    }
}

/// Whether there are children, or keys for some.
fn is_expecting(conn: &Connection) -> Result<bool> {
    if conn.prepare_cached("select 1 from child")?.exists([])? {
        return Ok(true);
    }
    #[cfg(feature = "http")]
    {
        let sql = "select rights from key where revoked_at is null";
        let mut keys = conn.prepare_cached(sql)?;
        let all: rusqlite::Result<Vec<Rights>> = keys.query_map([], |row| row.get(0))?.collect();
        Ok(all?.iter().any(|rights| rights.has(Right::Sync)))
    }
    #[cfg(not(feature = "http"))]
    Ok(false)
}

/// Whether a child can go on from the state, and nobody in it was erased since.
fn is_usable(store: &Store, conn: &Connection, manifest: &Manifest) -> Result<bool> {
    let checkpoint = &manifest.checkpoint;
    let (root, root_epoch) = chains::root(conn)?;
    let is_of_tree = (checkpoint.root, checkpoint.root_epoch) == (root, root_epoch);
    if manifest.schema != SCHEMA_VERSION || !is_of_tree {
        return Ok(false);
    }
    match down::check_cursor(conn, store.node(), &checkpoint.cursor) {
        Err(Error::CursorReset) => return Ok(false),
        known => known?,
    }
    let sql = "select 1
                 from feed
                 join customer on customer.id = feed.ref
                where feed.number > ?1 and feed.kind = ?2 and customer.state = ?3";
    let is_erased = conn.prepare_cached(sql)?.exists(params![
        checkpoint.cursor.number,
        Kind::Person,
        ERASED
    ])?;
    Ok(!is_erased)
}

/// The store's file; only one on a file has snapshots.
pub(super) fn on_file(store: &Store) -> Result<&Path> {
    store.path().ok_or_else(|| Error::invalid("store", "must be on a file, not in memory"))
}

/// Where a snapshot lies.
pub(super) fn path(store: &Store, folder: &Path, name: &str) -> Result<PathBuf> {
    let of = on_file(store)?.file_name().unwrap_or_default().to_string_lossy();
    Ok(folder.join(format!("{of}{SNAPSHOT}{name}")))
}

/// The names in a folder that begin as those of snapshots do, each without that beginning.
fn names(store: &Store, folder: &Path) -> Result<Vec<String>> {
    Ok(called_after(on_file(store)?, SNAPSHOT, folder)?)
}

/// Lays the manifest where the snapshot is to lie.
pub(super) fn write(store: &Store, folder: &Path, manifest: &Manifest) -> Result<()> {
    let target = beside(&path(store, folder, &manifest.name)?, ".json");
    let (file, mut out) = WholeFile::begin(&target, store.stamp())?;
    out.write_all(&write_manifest(manifest))?;
    drop(out);
    file.publish(false)
}

fn found<T>(read: io::Result<T>) -> Result<Option<T>> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => Ok(Some(read?)),
    }
}

fn read(path: &Path) -> Result<Option<Manifest>> {
    let text = found(fs::read(beside(path, ".json")))?;
    // What does not read counts as not there.
    Ok(text.and_then(|text| read_manifest(&text).ok()))
}

/// The snapshots that are kept, the oldest first.
fn list(store: &Store, folder: &Path) -> Result<Vec<Manifest>> {
    let mut all = Vec::new();
    for name in names(store, folder)?.iter().filter(|name| is_snapshot_name(name)) {
        let manifest = read(&path(store, folder, name)?)?;
        all.extend(manifest.filter(|manifest| manifest.name == *name));
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

pub(super) fn remove(store: &Store, folder: &Path, name: &str) -> Result<()> {
    let path = path(store, folder, name)?;
    found(fs::remove_file(beside(&path, ".json")))?;
    found(fs::remove_file(&path)).map(drop)
}

/// Removes what a maker that was killed has left half done.
fn sweep(store: &Store, folder: &Path) -> Result<()> {
    let whole = list(store, folder)?;
    for name in names(store, folder)? {
        let Some((id, suffix)) = name.split_at_checked(NAME_DIGITS) else { continue };
        let is_whole = matches!(suffix, "" | ".json") && whole.iter().any(|all| all.name == id);
        if is_snapshot_name(id) && !is_whole {
            found(fs::remove_file(path(store, folder, &name)?))?;
        }
    }
    Ok(())
}

/// A thread that makes snapshots ahead, until this is dropped. A store has one at most.
#[derive(Debug)]
pub struct Maker {
    is_over: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Maker {
    /// Looks at once and then every [`LOOK_EVERY`] whether a snapshot is due in `folder`. What goes wrong
    /// is tried again then and told to `trouble`.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the store is in memory;
    /// - [`Error::Io`]: the folder cannot be read, or there is no room for a thread.
    pub fn start(
        store: Arc<Store>,
        folder: PathBuf,
        trouble: impl Fn(Error) + Send + 'static,
    ) -> Result<Self> {
        sweep(&store, &folder)?;
        let is_over = Arc::<(Mutex<bool>, Condvar)>::default();
        let theirs = Arc::clone(&is_over);
        let thread = Builder::new().name("tillbook-snapshot".to_owned()).spawn(move || {
            loop {
                if let Err(error) = store.keep_snapshot(&folder) {
                    trouble(error);
                }
                let over = theirs.0.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = theirs.1.wait_timeout_while(over, LOOK_EVERY, |is_over| !*is_over);
                if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                    return;
                }
            }
        })?;
        Ok(Self { is_over, thread: Some(thread) })
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        *self.is_over.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.is_over.1.notify_one();
        if let Some(thread) = self.thread.take() {
            // A snapshot that is being made is finished first; there is nobody to tell of a panic.
            let _ = thread.join();
        }
    }
}
