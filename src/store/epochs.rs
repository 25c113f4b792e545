//! Epochs: which of them this file has begun since the opening, and who has told of later ones.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Store;
use crate::clock::monotonic;
use crate::id::NodeId;

/// What is remembered counts for so long: one day.
const REMEMBERED: Duration = Duration::from_secs(86_400);

/// What is remembered of epochs, in memory alone: another opening may be that of an older file.
#[derive(Debug, Default)]
pub(crate) struct Epochs(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    begun: Option<(u64, Instant)>,
    /// How many later epochs each child was believed, and since when they are counted.
    later: BTreeMap<NodeId, (u32, Instant)>,
}

fn is_recent(at: Instant) -> bool {
    monotonic().saturating_duration_since(at) < REMEMBERED
}

impl Epochs {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that this file begins an epoch.
    pub(crate) fn note_begun(&self, epoch: u64) {
        self.heard().begun = Some((epoch, monotonic()));
    }

    /// Whether this opening has begun the epoch, so that whatever was told in it was told by this file as
    /// it is; not for longer than a day, as a machine may go back together with its memory.
    pub(crate) fn is_begun_here(&self, epoch: u64) -> bool {
        self.heard().begun.is_some_and(|(begun, at)| begun == epoch && is_recent(at))
    }

    /// Whether a child may be believed once more that there is a later epoch: so often in a day.
    pub(crate) fn may_tell_later(&self, child: NodeId, n_max: u32) -> bool {
        let mut heard = self.heard();
        heard.later.retain(|_, (_, since)| is_recent(*since));
        heard.later.get(&child).is_none_or(|(n, _)| *n < n_max)
    }

    /// Takes note that a child was believed; to be called when that is on disk.
    pub(crate) fn note_told_later(&self, child: NodeId) {
        let mut heard = self.heard();
        let (n, _) = heard.later.entry(child).or_insert((0, monotonic()));
        *n = n.saturating_add(1);
    }
}

impl Store {
    /// What is remembered of epochs since the opening.
    pub(crate) fn epochs(&self) -> &Epochs {
        &self.epochs
    }
}
