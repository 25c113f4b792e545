//! Sessions: which children have said hello since the file was opened.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Store;
use crate::id::NodeId;

/// The children that have said hello, in memory alone: another opening may be that of an older file, with
/// which they have agreed on nothing yet.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeSet<NodeId>>);

impl Sessions {
    fn greeted(&self) -> MutexGuard<'_, BTreeSet<NodeId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that a child was admitted; to be called when that is on disk.
    pub(crate) fn begin(&self, child: NodeId) {
        self.greeted().insert(child);
    }

    /// Whether a child was admitted since the opening.
    pub(crate) fn has(&self, child: NodeId) -> bool {
        self.greeted().contains(&child)
    }
}

impl Store {
    /// The children that have said hello since the opening.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }
}
