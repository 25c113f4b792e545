//! Whole file: one that takes its name only when it is complete and on disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::clock::Stamp;
use crate::error::Result;
use crate::hold::{beside, refused};

/// A file on its way: it lies beside its place under another name, and is gone unless it is
/// published.
#[derive(Debug)]
pub(crate) struct WholeFile {
    path: PathBuf,
    target: PathBuf,
}

impl WholeFile {
    /// Begins a file that is to be `target`; the stamp tells it from others under way.
    pub(crate) fn begin(target: &Path, stamp: Stamp) -> Result<(Self, File)> {
        let path = beside(target, &format!(".{}.part", stamp.id.simple()));
        let made = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing_folder(target),
            _ => refused(error, target),
        })?;
        Ok((Self { path, target: target.to_owned() }, file))
    }

    /// Where it lies until then.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, in one step, once all of it is on disk. Unless `overwrite` says so,
    /// nothing that has the name already is touched.
    pub(crate) fn publish(self, overwrite: bool) -> Result<()> {
        let refused = |error| refused(error, &self.target);
        OpenOptions::new().write(true).open(&self.path)?.sync_all().map_err(refused)?;
        if overwrite {
            fs::rename(&self.path, &self.target).map_err(refused)?;
        } else {
            refuse_existing(&self.target)?;
            match fs::hard_link(&self.path, &self.target) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(exists(&self.target).into());
                }
                // Not every file system has links; there the look above has to do.
                Err(_) => fs::rename(&self.path, &self.target).map_err(refused)?,
            }
        }
        sync_folder(&self.target)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // What is published has moved, and what is not there needs no removal.
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
            let _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}

/// An error if something has the name already.
pub(crate) fn refuse_existing(target: &Path) -> Result<()> {
    match target.symlink_metadata() {
        Ok(_) => Err(exists(target).into()),
        Err(_) => Ok(()),
    }
}

/// Makes sure that a folder has the names that were given in it.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn exists(target: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists already", target.display()))
}

fn missing_folder(target: &Path) -> crate::error::Error {
    let folder = target.parent().unwrap_or(Path::new("."));
    io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {}", folder.display()))
        .into()
}
