//! Wish: a round for which another process wishes, beside the one that has the file open.
//!
//! It is an empty file beside the store's. It stands there until a round has ended that began after it was
//! made, whether that came to its end or failed.

use std::fs;
use std::path::PathBuf;

use crate::error::Result;
use crate::hold;
use crate::store::Store;

/// What stands behind the name of the store's file.
const SUFFIX: &str = "-wish";

/// A round that was wished for; whoever drops this wishes for it no more.
#[derive(Debug)]
pub struct Wish(Option<PathBuf>);

impl Wish {
    /// Whether the round has been done, or has failed.
    pub fn is_granted(&self) -> bool {
        self.0.as_ref().is_none_or(|path| !path.exists())
    }
}

impl Drop for Wish {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Gone already where it was granted.
            let _ = fs::remove_file(path);
        }
    }
}

impl Store {
    /// Wishes for a round of the process that has the file open and talks with its parent: it begins
    /// within half a second, unless the parent has asked to be left alone.
    ///
    /// # Errors
    ///
    /// - [`Error::Io`](crate::Error::Io): nothing can be written beside the file.
    pub fn wish_for_round(&self) -> Result<Wish> {
        let path = self.wish_path();
        if let Some(path) = &path {
            fs::File::create(path)?;
        }
        Ok(Wish(path))
    }

    /// Whether somebody wishes for a round.
    pub(super) fn has_wish(&self) -> bool {
        self.wish_path().is_some_and(|path| path.exists())
    }

    /// Says to whoever wishes for a round that it was done.
    pub(super) fn grant_wish(&self) {
        if let Some(path) = self.wish_path() {
            // Taken back meanwhile, or else it is granted once more.
            let _ = fs::remove_file(path);
        }
    }

    /// In memory there is no other process.
    fn wish_path(&self) -> Option<PathBuf> {
        Some(hold::beside(&hold::real(self.path()?), SUFFIX))
    }
}
