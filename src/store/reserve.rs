//! The reserve: a file of zeros beside the store's, given up so that a day can be closed on a full
//! disk.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::{Place, Store};
use crate::error::Result;
use crate::hold;

/// Zeros are written in pieces of this many bytes.
const PIECE_BYTES: usize = 1 << 16;

/// Makes the reserve of the file at `path`, or the rest of one that was cut short. Without room for
/// all of it there is none, and the next opening tries again.
pub(super) fn make(path: &Path, n_bytes: u64) {
    let reserve = hold::beside(path, ".reserve");
    if n_bytes > 0 && fill(&reserve, n_bytes).is_err() {
        // It must not take the last room there is; what cannot be removed was there before.
        let _ = fs::remove_file(&reserve);
    }
}

fn fill(reserve: &Path, n_bytes: u64) -> io::Result<()> {
    // Neither shortened nor read: one of another size is a reserve too.
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(reserve)?;
    let mut at = file.seek(SeekFrom::End(0))?;
    let zeros = [0; PIECE_BYTES];
    while at < n_bytes {
        let rest = usize::try_from(n_bytes - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        file.write_all(&zeros[..rest])?;
        at += rest as u64;
    }
    Ok(())
}

impl Store {
    /// Gives the reserve's room back to the disk, and says whether there was a reserve.
    ///
    /// For the moment when a write answers [`Error::DiskFull`](crate::Error::DiskFull): the writes
    /// that close the day fit then. The next [`Store::open`] that finds room makes the reserve again.
    ///
    /// # Errors
    ///
    /// - [`Error::Io`](crate::Error::Io): it cannot be removed.
    pub fn release_reserve(&self) -> Result<bool> {
        let Place::File(path) = &self.place else { return Ok(false) };
        match fs::remove_file(hold::beside(path, ".reserve")) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
