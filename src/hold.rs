//! Hold: a file as the system has it: whose it is, who has it open, and its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// `PRAGMA application_id` of a Tillbook file: "Till" in ASCII.
pub const APPLICATION_ID: i32 = 0x5469_6c6c;
/// `PRAGMA user_version` that this version of the library writes.
pub const SCHEMA_VERSION: u32 = 3;

const HEADER_BYTES: usize = 100;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The files this process has open.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Says that this process has a file open, as long as it lives; of a writer it holds the lock too.
#[derive(Debug)]
pub(crate) struct Held {
    path: PathBuf,
    _lock: Option<FileLock>,
}

impl Held {
    /// Takes the lock beside the file; it is free again when this goes.
    pub(crate) fn locked(mut self, path: &Path) -> Result<Self> {
        self._lock = Some(lock(path, &beside(&self.path, ".lock"))?);
        Ok(self)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = open.iter().position(|path| *path == self.path) {
            open.swap_remove(at);
        }
    }
}

/// Says no to a file that is not ours, too new, cut short or write-protected, without touching it.
///
/// A file that this process has open is ours and is not looked at: closing it after the look would
/// drop every lock this process has on it, SQLite's own included, and another process could then
/// take away the log that is being written.
pub(crate) fn look_at(path: &Path) -> Result<Held> {
    let real_path = real(path);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !open.contains(&real_path) {
        look_inside(path, true)?;
    }
    open.push(real_path.clone());
    Ok(Held { path: real_path, _lock: None })
}

/// Takes the lock of a file that is to be replaced, whatever is in it.
pub(crate) fn hold(path: &Path) -> Result<Held> {
    let real_path = real(path);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if open.contains(&real_path) {
        return Err(Error::InUse(path.to_owned()));
    }
    open.push(real_path.clone());
    drop(open);
    Held { path: real_path, _lock: None }.locked(path)
}

/// The path without links, so that a file has one name and one lock.
pub(crate) fn real(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside_us = || {
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    path.canonicalize().ok().or_else(beside_us).unwrap_or_else(|| path.to_owned())
}

/// Says no to a file that is not ours, too new or cut short, and to a write-protected one if it is to
/// be `written`.
pub(crate) fn look_inside(path: &Path, written: bool) -> Result<()> {
    let meta = match path.metadata() {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return look_at_folder(path),
        Err(error) => return Err(error.into()),
    };
    if !meta.is_file() {
        return Err(Error::NotTillbook(path.to_owned()));
    }
    if written && meta.permissions().readonly() {
        return Err(Error::ReadOnly(path.to_owned()));
    }
    let mut header = Vec::with_capacity(HEADER_BYTES);
    File::open(path)?.take(HEADER_BYTES as u64).read_to_end(&mut header)?;
    if header.is_empty() {
        return Ok(());
    }
    if beside(path, "-journal").metadata().is_ok_and(|journal| journal.len() > 0) {
        // Killed while it was made or upgraded: SQLite rolls that back, then `prepare` looks.
        return Ok(());
    }
    if header.len() < HEADER_BYTES || !header.starts_with(MAGIC) {
        return Err(Error::NotTillbook(path.to_owned()));
    }
    let number = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    if number(68) != APPLICATION_ID.cast_unsigned() {
        return Err(Error::NotTillbook(path.to_owned()));
    }
    if number(60) > SCHEMA_VERSION {
        return Err(Error::NewerFile {
            path: path.to_owned(),
            found: number(60),
            known: SCHEMA_VERSION,
        });
    }
    let page_bytes = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        bytes => bytes,
    };
    if !has_log(path) && meta.len() < page_bytes * u64::from(number(28)) {
        return Err(Error::Corrupt("it is shorter than its header says".to_owned()));
    }
    Ok(())
}

fn look_at_folder(path: &Path) -> Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let meta = folder.metadata().map_err(|_| Error::NoFile(folder.to_owned()))?;
    match meta.permissions().readonly() {
        true => Err(Error::ReadOnly(folder.to_owned())),
        false => Ok(()),
    }
}

/// The lock beside a file; it is free again when this is dropped.
#[derive(Debug)]
struct FileLock(File);

impl Drop for FileLock {
    fn drop(&mut self) {
        // A process that another thread is just starting holds copies of all our files until it
        // runs its program, so closing ours alone might free the lock only later.
        let _ = self.0.unlock();
    }
}

fn lock(path: &Path, lock_path: &Path) -> Result<FileLock> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(lock_path);
    let file = opened.map_err(|error| refused(error, path))?;
    match file.try_lock() {
        Ok(()) => Ok(FileLock(file)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

pub(crate) fn refused(error: io::Error, path: &Path) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Error::ReadOnly(path.to_owned())
        }
        _ => error.into(),
    }
}

/// The file with `suffix` behind its whole name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The files in a folder that are called after this one: what each has behind its name and `infix`.
pub(crate) fn called_after(path: &Path, infix: &str, folder: &Path) -> io::Result<Vec<String>> {
    let prefix = path.file_name().unwrap_or_default().to_string_lossy() + infix;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut names = Vec::new();
    for entry in folder.read_dir()? {
        let name = entry?.file_name();
        names.extend(name.to_string_lossy().strip_prefix(&*prefix).map(str::to_owned));
    }
    Ok(names)
}

/// Whether changes lie in the log beside the file.
pub(crate) fn has_log(path: &Path) -> bool {
    beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}
