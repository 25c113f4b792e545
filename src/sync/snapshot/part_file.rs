//! Part file: a snapshot on its way, beside the file that it is to become.
//!
//! Nothing is noted about how far it has come. Whatever lies where a part belongs counts if it hashes to
//! what the manifest says, so a cut, a crash or a flipped byte costs the parts that it has hit.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, Part};
use crate::error::Result;
use crate::hold::{beside, refused};
use crate::whole_file::sync_folder;

/// What SQLite may have laid beside it: nothing of it must meet other parts.
const LOGS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Where the parts for the file at `target` are gathered.
fn place(target: &Path) -> PathBuf {
    beside(target, ".snapshot-part")
}

#[derive(Debug)]
pub(super) struct PartFile {
    path: PathBuf,
    file: File,
    bytes: Vec<u8>,
}

impl PartFile {
    /// Goes on with what lies there, or begins.
    pub(super) fn open(target: &Path, manifest: &Manifest) -> Result<Self> {
        let path = place(target);
        for suffix in LOGS {
            remove(&beside(&path, suffix))?;
        }
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(|error| refused(error, target))?;
        if file.metadata()?.len() > manifest.bytes {
            file.set_len(manifest.bytes)?;
        }
        Ok(Self { path, file, bytes: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the part is there, as its hash says.
    pub(super) fn has(&mut self, part: &Part) -> Result<bool> {
        self.file.seek(SeekFrom::Start(part.offset))?;
        self.bytes.clear();
        (&mut self.file).take(part.length).read_to_end(&mut self.bytes)?;
        Ok(part.is(&self.bytes))
    }

    pub(super) fn put(&mut self, part: &Part, bytes: &[u8]) -> Result<()> {
        let written = self.file.seek(SeekFrom::Start(part.offset));
        let written = written.and_then(|_| self.file.write_all(bytes));
        written.map_err(|error| refused(error, &self.path))
    }

    /// Gives it the name of the file it was gathered for, in one step, once all of it is on disk.
    pub(super) fn publish(self, target: &Path) -> Result<()> {
        self.file.sync_all().map_err(|error| refused(error, target))?;
        fs::rename(&self.path, target).map_err(|error| refused(error, target))?;
        sync_folder(target)
    }
}

/// Removes what was gathered.
pub(super) fn discard(target: &Path) -> Result<()> {
    let path = place(target);
    LOGS.iter().try_for_each(|suffix| remove(&beside(&path, suffix)))?;
    remove(&path)
}

pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
