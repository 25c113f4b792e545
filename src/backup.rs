//! Backup: a checked copy of a file that goes on being written, and the way back from one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::hold::{self, Held, beside, refused};
use crate::id::OperationId;
use crate::migrate::{self, Options};
use crate::operation::{self, Hash};
use crate::store::Store;
use crate::whole_file::{WholeFile, refuse_existing, sync_folder};

/// What SQLite may lay beside a file while it works, and what of it belongs to the content.
pub(crate) const LOGS: [&str; 2] = ["-wal", "-journal"];

/// What is in a copy that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Customers, deleted and erased ones included.
    pub n_customers: u64,
    /// Operations.
    pub n_operations: u64,
    /// Credit transactions.
    pub n_credit_transactions: u64,
    /// The size of the copy.
    pub size_bytes: u64,
}

/// What a restore has done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// What is in the file now.
    pub report: Report,
    /// Where the file lies that was there before, if there was one.
    pub kept: Option<PathBuf>,
}

impl Store {
    /// Copies the file to `target` while it goes on being written, and checks the copy before it
    /// takes its name. Whatever was acknowledged before the call is in the copy.
    ///
    /// A file that has the name already is left alone, unless `overwrite` says so; then it must be a
    /// Tillbook file that nobody has open. `progress` hears what is being done, in words for a
    /// person.
    ///
    /// ```
    /// use tillbook::{Customer, Options, Store, backup};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (file, copy) = (folder.path().join("shop.db"), folder.path().join("monday.db"));
    /// let store = Store::open(&file)?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// store.backup(&copy, false, |_| ())?;
    /// drop(store);
    ///
    /// let restored = backup::restore(&copy, &file, &Options::default(), |_| ())?;
    /// assert!(restored.kept.is_some_and(|old| old.exists()));
    /// assert_eq!(Store::open(&file)?.customer(&ada.id)?, ada);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Io`] of the kind `AlreadyExists`: something has the name `target`;
    /// - [`Error::InUse`], [`Error::NotTillbook`]: it is not to be overwritten, even if told so;
    /// - [`Error::Corrupt`]: this file, and so its copy, is damaged;
    /// - [`Error::DiskFull`], [`Error::ReadOnly`], [`Error::Io`]: the copy cannot be written.
    ///
    /// After an error there is no copy, and what had the name is as it was.
    pub fn backup(
        &self,
        target: impl AsRef<Path>,
        overwrite: bool,
        mut progress: impl FnMut(&'static str),
    ) -> Result<Report> {
        let target = target.as_ref();
        let replaced = self.look_at_target(target, overwrite)?;
        let (copy, out) = WholeFile::begin(target, self.stamp())?;
        drop(out);
        let heads = self.read(operation::heads)?;
        progress("copying the file");
        self.read(|conn| vacuum_into(conn, copy.path()))?;
        sync(copy.path())?;
        let report = look_through(copy.path(), &heads, progress)?;
        if replaced.is_some() {
            // A log that an earlier file of this name has left behind is none of the copy's.
            settle(target);
            for suffix in ["-wal", "-shm", "-journal"] {
                remove(&beside(target, suffix))?;
            }
        }
        copy.publish(overwrite)?;
        Ok(report)
    }

    /// Refuses a target that is not to be written over, and holds one that is.
    fn look_at_target(&self, target: &Path, overwrite: bool) -> Result<Option<Held>> {
        if !overwrite {
            return refuse_existing(target).map(|()| None);
        }
        if self.path().is_some_and(|own| hold::real(own) == hold::real(target)) {
            return Err(Error::invalid("target", "must be another file than the one to copy"));
        }
        match target.try_exists()? {
            true => Ok(Some(hold::look_at(target)?.locked(target)?)),
            false => Ok(None),
        }
    }
}

/// Puts a checked copy of `backup` in the place of `file`, which nobody may have open, in one step.
///
/// A backup that an older version made is brought up to date. A root that comes back says so by a new
/// epoch, and the nodes below it send again what it has forgotten.
///
/// What was there is kept beside it under its own name and the present time. The next opening starts
/// a new incarnation that goes on from the backup, so that whoever has seen later operations of this
/// file sees that it went back. `progress` hears what is being done, in words for a person.
///
/// # Errors
///
/// - [`Error::NoFile`], [`Error::NotTillbook`], [`Error::NewerFile`], [`Error::Corrupt`]: the backup
///   is missing, none of ours, too new or damaged;
/// - [`Error::InUse`]: somebody has the file or the backup open;
/// - [`Error::DiskFull`], [`Error::ReadOnly`], [`Error::Io`]: the system refuses.
///
/// After an error the file is as it was.
pub fn restore(
    backup: impl AsRef<Path>,
    file: impl AsRef<Path>,
    options: &Options,
    mut progress: impl FnMut(&'static str),
) -> Result<Restored> {
    let (backup, file) = (backup.as_ref(), file.as_ref());
    if !backup.exists() {
        return Err(Error::NoFile(backup.to_owned()));
    }
    if hold::real(backup) == hold::real(file) {
        return Err(Error::invalid("backup", "must be another file than the one to restore"));
    }
    hold::look_inside(backup, false).map_err(|error| of_backup(error, backup))?;
    let lock_path = beside(&hold::real(backup), ".lock");
    let _backup_held = match lock_path.exists() {
        true => Some(hold::hold(backup)?),
        false => None,
    };
    let _held = hold::hold(file)?;
    let stamp = Stamp::new(options.clock.as_ref(), options.random.as_ref());
    let (copy, out) = WholeFile::begin(file, stamp)?;
    progress("copying the backup");
    copy_bytes(backup, out, copy.path()).map_err(|error| refused(error, file))?;
    settle(copy.path());
    let report =
        renew(copy.path(), options).and_then(|()| look_through(copy.path(), &[], progress));
    let report = report.map_err(|error| of_backup(error, backup))?;
    let old = SetAside::keep(file, stamp)?;
    if let Err(error) = copy.publish(true) {
        old.put_back(file);
        return Err(error);
    }
    Ok(Restored { report, kept: old.kept })
}

/// Brings a copy of a backup up to date. What it had staged of its parent's state is asked for again;
/// a root tells those below that it has forgotten by a new epoch, so that they fill it again.
fn renew(path: &Path, options: &Options) -> Result<()> {
    let conn = migrate::open(path, options)?;
    conn.execute("delete from stage", [])?;
    conn.execute(
        "update node
            set stage_cursor = null, stage_full = 0,
                root_epoch = iif(parent is null, max(root_epoch + 1, ?1), root_epoch)",
        [options.clock.now()],
    )?;
    migrate::seal_place(&conn)?;
    drop(conn);
    settle(path);
    Ok(())
}

/// Opens a copy, checks it, and that its chains reach as far as `heads`.
pub(crate) fn look_through(
    path: &Path,
    heads: &[(OperationId, Hash)],
    progress: impl FnMut(&'static str),
) -> Result<Report> {
    let copy = Store::open_beside(path, Options::default())?;
    let found = copy.check(progress)?;
    if let Some(first) = found.troubles.first() {
        return Err(Error::Corrupt(match found.n_troubles {
            1 => first.to_string(),
            n => format!("{n} things are wrong, the first: {first}"),
        }));
    }
    if !copy.read(|conn| operation::reach(conn, heads))? {
        return Err(Error::Corrupt("the copy lacks operations".to_owned()));
    }
    Ok(Report {
        n_customers: found.n_customers,
        n_operations: found.n_operations,
        n_credit_transactions: found.n_credit_transactions,
        size_bytes: path.metadata()?.len(),
    })
}

fn vacuum_into(conn: &Connection, path: &Path) -> Result<()> {
    let text = path.to_str();
    let text = text.ok_or_else(|| Error::invalid("target", "must be a path in UTF-8"))?;
    // A reading connection refuses to write anything, and this writes to the other file.
    let query_only: bool = conn.query_row("pragma query_only", [], |row| row.get(0))?;
    conn.pragma_update(None, "query_only", false)?;
    let done = conn.execute("vacuum into ?1", [text]);
    conn.pragma_update(None, "query_only", query_only)?;
    done?;
    Ok(())
}

/// The bytes of a file that nobody writes, and of what a crash may have left beside it.
fn copy_bytes(from: &Path, mut out: File, to: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut out)?;
    for suffix in LOGS {
        match File::open(beside(from, suffix)) {
            Ok(mut log) => {
                io::copy(&mut log, &mut File::create(beside(to, suffix))?)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    out.sync_all()
}

/// Carries what stands in the logs beside a file into it, so that it stands alone. What cannot be
/// carried over stays in its log.
pub(crate) fn settle(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(conn) = Connection::open_with_flags(path, flags) else { return };
    let _ = conn.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
    let _ = conn.query_row("pragma journal_mode = delete", [], |_| Ok(()));
}

/// The file that was there before a restore, under the name it is kept by.
#[derive(Debug)]
struct SetAside {
    kept: Option<PathBuf>,
    /// Logs that SQLite could not carry into the file, and that must not meet the new one.
    logs: Vec<&'static str>,
}

impl SetAside {
    /// Gives the file a second name; its own one it keeps until another file takes it.
    fn keep(file: &Path, stamp: Stamp) -> Result<Self> {
        let at = stamp.at.to_string();
        let (seconds, _) = at.split_once('.').unwrap_or((&at, ""));
        let name = beside(file, &format!(".{}Z", seconds.replace([':', '-'], "")));
        let mut names =
            std::iter::once(name.clone()).chain((2..).map(|n| beside(&name, &format!("-{n}"))));
        let kept = names.find(|name| !name.exists()).unwrap_or(name);
        let mut aside = Self { kept: None, logs: Vec::new() };
        if file.exists() {
            settle(file);
            if fs::hard_link(file, &kept).is_err() {
                // Not every file system has links.
                fs::copy(file, &kept).map_err(|error| refused(error, &kept))?;
                sync(&kept)?;
            }
            aside.kept = Some(kept.clone());
        }
        for suffix in LOGS {
            let log = beside(file, suffix);
            match log.metadata().map_or(0, |meta| meta.len()) {
                0 => remove(&log)?,
                _ => {
                    fs::rename(&log, beside(&kept, suffix))?;
                    aside.logs.push(suffix);
                }
            }
        }
        remove(&beside(file, "-shm"))?;
        sync_folder(file)?;
        Ok(aside)
    }

    /// Undoes it, as far as the system lets it.
    fn put_back(&self, file: &Path) {
        let Some(kept) = &self.kept else { return };
        for suffix in &self.logs {
            let _ = fs::rename(beside(kept, suffix), beside(file, suffix));
        }
        let _ = fs::remove_file(kept);
    }
}

/// An error about the copy of a backup, said of the backup.
fn of_backup(error: Error, backup: &Path) -> Error {
    match error {
        Error::NotTillbook(_) => Error::NotTillbook(backup.to_owned()),
        Error::NewerFile { found, known, .. } => {
            Error::NewerFile { path: backup.to_owned(), found, known }
        }
        Error::Corrupt(what) => Error::Corrupt(format!("in the backup, {what}")),
        other => other,
    }
}

fn sync(path: &Path) -> Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path)?;
    file.sync_all().map_err(|error| refused(error, path))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
