//! Client: whether this process talks with a parent, or is about to.

use std::sync::atomic::Ordering;

use super::Store;

impl Store {
    /// Whether there is to be a parent, even where the file has not heard of one yet.
    pub(crate) fn has_client(&self) -> bool {
        self.has_client.load(Ordering::Relaxed)
    }

    /// Takes note that there is to be a parent.
    #[cfg(feature = "sync")]
    pub(crate) fn note_client(&self) {
        self.has_client.store(true, Ordering::Relaxed);
    }
}
