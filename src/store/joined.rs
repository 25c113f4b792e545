//! Joined: which other trees the parent is asked about, and which of them have joined this one.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Store;
use crate::id::NodeId;

/// A node asks its parent about the roots of so many other trees, those that it was asked about last.
pub const OTHER_ROOTS_MAX: usize = 100;
/// So many of them are asked about for one child, so that it takes no place from others.
const OTHER_ROOTS_OF_ONE: usize = 10;

/// What is known of other trees, by their roots; in memory alone, because whoever was refused comes again.
#[derive(Debug, Default)]
pub(crate) struct Joined(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    /// For which child, and about which root.
    asked: VecDeque<(NodeId, NodeId)>,
    /// What the parent has said, and its state does not show yet.
    told: BTreeSet<NodeId>,
    joined: BTreeSet<NodeId>,
}

impl Joined {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parent is to be asked, for a child, whether a root has joined its tree.
    pub(crate) fn ask(&self, child: NodeId, root: NodeId) {
        let mut heard = self.heard();
        heard.asked.retain(|(_, asked)| *asked != root);
        let is_of_child = |asked: &&(NodeId, NodeId)| asked.0 == child;
        if heard.asked.iter().filter(is_of_child).count() == OTHER_ROOTS_OF_ONE {
            let first = heard.asked.iter().position(|asked| asked.0 == child);
            first.map(|first| heard.asked.remove(first));
        }
        if heard.asked.len() == OTHER_ROOTS_MAX {
            heard.asked.pop_front();
        }
        heard.asked.push_back((child, root));
    }

    /// The roots about which the parent is asked in every hello.
    pub(crate) fn asked(&self) -> Vec<NodeId> {
        self.heard().asked.iter().map(|(_, root)| *root).collect()
    }

    /// The parent has said which of them have joined.
    pub(crate) fn note_told(&self, joined: &[NodeId]) {
        let mut heard = self.heard();
        heard.told = joined.iter().copied().collect();
        let Heard { told, joined, .. } = &mut *heard;
        joined.retain(|root| told.contains(root));
    }

    /// The parent's state is shown, and so what those have brought about whom it has said so.
    pub(crate) fn note_shown(&self) {
        let mut heard = self.heard();
        heard.joined = heard.told.clone();
    }

    /// This node comes to another tree.
    pub(crate) fn forget(&self) {
        let mut heard = self.heard();
        heard.told.clear();
        heard.joined.clear();
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
