//! Joined: which other trees the parent is asked about, and which of them have joined this one.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Store;
use crate::id::NodeId;

/// A node asks its parent about the roots of so many other trees.
pub const OTHER_ROOTS_MAX: usize = 100;

/// What is known of other trees, by their roots: of the [`OTHER_ROOTS_MAX`] from which somebody has come last. In
/// memory alone, because whoever was refused comes again.
#[derive(Debug, Default)]
pub(crate) struct Joined(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    asked: VecDeque<NodeId>,
    joined: BTreeSet<NodeId>,
}

impl Joined {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parent is to be asked whether a root has joined its tree.
    pub(crate) fn ask(&self, root: NodeId) {
        let mut heard = self.heard();
        if heard.asked.contains(&root) {
            return;
        }
        if heard.asked.len() == OTHER_ROOTS_MAX {
            heard.asked.pop_front();
        }
        heard.asked.push_back(root);
    }

    /// The roots about which the parent is asked in every hello.
    pub(crate) fn asked(&self) -> Vec<NodeId> {
        self.heard().asked.iter().copied().collect()
    }

    /// The parent has said which of them have joined.
    pub(crate) fn note(&self, joined: &[NodeId]) {
        let mut heard = self.heard();
        heard.joined = joined.iter().filter(|root| heard.asked.contains(root)).copied().collect();
    }

    /// Whether a root has joined this tree, by what the parent has said last.
    pub(crate) fn has(&self, root: NodeId) -> bool {
        self.heard().joined.contains(&root)
    }
}

impl Store {
    /// What is known of other trees.
    pub(crate) fn joined(&self) -> &Joined {
        &self.joined
    }
}
