//! Wish: a round for which another process wishes, beside the one that has the file open.
//!
//! Whoever wishes adds a line to a file beside the store's. Where a round begins, that file gets another
//! name, under which it stands until the round has ended, whether that came to its end or failed: so who
//! comes meanwhile waits for the next one.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::hold;
use crate::store::Store;

/// What stands behind the name of the store's file: wishes for the next round, and for the one that runs.
const NEXT: &str = "-wish";
const RUNNING: &str = "-wish-running";

/// A round that was wished for; whoever drops this wishes for it no more.
#[derive(Debug)]
pub struct Wish(Option<Place>);

#[derive(Debug)]
struct Place {
    next: PathBuf,
    running: PathBuf,
    /// The line that nobody else adds.
    line: String,
}

impl Wish {
    /// Whether a round that began after this was made has been done, or has failed.
    pub fn is_granted(&self) -> bool {
        let Some(Place { next, running, line }) = &self.0 else { return true };
        // In this order: it may go from one to the other between the looks.
        !wishes(next).contains(line) && !wishes(running).contains(line)
    }
}

impl Drop for Wish {
    fn drop(&mut self) {
        let Some(Place { next, running, line }) = &self.0 else { return };
        for path in [next, running] {
            if wishes(path) == *line {
                // Granted meanwhile, or nobody is left to whom it could be.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// The lines of all who wish.
fn wishes(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

impl Store {
    /// Wishes for a round of the process that has the file open and talks with its parent: it begins
    /// within half a second, unless the parent has asked to be left alone.
    ///
    /// # Errors
    ///
    /// - [`Error::Io`](crate::Error::Io): nothing can be written beside the file.
    pub fn wish_for_round(&self) -> Result<Wish> {
        let (Some(next), Some(running)) = (self.beside(NEXT), self.beside(RUNNING)) else {
            return Ok(Wish(None));
        };
        let line = format!("{}\n", self.stamp().id);
        File::options().create(true).append(true).open(&next)?.write_all(line.as_bytes())?;
        Ok(Wish(Some(Place { next, running, line })))
    }

    /// Whether somebody wishes for a round.
    pub(super) fn has_wish(&self) -> bool {
        self.beside(NEXT).is_some_and(|path| path.exists())
    }

    /// A round begins for all who wish for one until now.
    pub(super) fn take_wishes(&self) {
        if let (Some(next), Some(running)) = (self.beside(NEXT), self.beside(RUNNING)) {
            // Mostly there is none.
            let _ = fs::rename(next, running);
        }
    }

    /// Says to all for whom the round began that it has ended.
    pub(super) fn grant_wishes(&self) {
        if let Some(path) = self.beside(RUNNING) {
            // Mostly there is none.
            let _ = fs::remove_file(path);
        }
    }

    /// In memory there is no other process.
    fn beside(&self, suffix: &str) -> Option<PathBuf> {
        Some(hold::beside(&hold::real(self.path()?), suffix))
    }
}
