//! Rounds: how the talks with the parent ended since the opening, for whoever watches the program.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Store;

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoundEnd {
    /// Both sides are proved equal.
    Done,
    /// The parent was not there, or was not who it should be.
    Unreachable,
    /// The parent said no.
    Refused,
    /// What came was not the state that the parent told of.
    Diverged,
    /// This file could not go on.
    Failed,
}

impl RoundEnd {
    const ALL: [Self; 5] =
        [Self::Done, Self::Unreachable, Self::Refused, Self::Diverged, Self::Failed];

    #[cfg(feature = "http")]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
        }
    }
}

/// How many rounds ended in which way.
#[derive(Debug, Default)]
pub(crate) struct Rounds([AtomicU64; RoundEnd::ALL.len()]);

impl Rounds {
    #[cfg(feature = "sync")]
    pub(crate) fn note(&self, end: RoundEnd) {
        self.0[end as usize].fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(feature = "http")]
    pub(crate) fn counts(&self) -> impl Iterator<Item = (RoundEnd, u64)> {
        RoundEnd::ALL.into_iter().zip(&self.0).map(|(end, n)| (end, n.load(Ordering::Relaxed)))
    }
}

impl Store {
    /// The rounds with the parent since the opening.
    pub(crate) fn rounds(&self) -> &Rounds {
        &self.rounds
    }
}
