//! What can go wrong in a round.

use std::time::Duration;

use super::error::LinkError;
use crate::error::Error;
use crate::store::RoundEnd;

/// Why a round with the parent did not come to its end. Nothing is lost by any of it: what was not
/// confirmed is sent again, and what was shown stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The parent was not reached, or is not who it should be.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The parent says no.
    #[error("the parent refuses: {detail}")]
    Refused {
        /// The status of its answer.
        status: u16,
        /// The name of the refusal, such as `key-of-another-node`; empty where it has none.
        code: String,
        /// The same in words.
        detail: String,
        /// How long the parent asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The parent asks to be left alone for longer than a bootstrap may wait; rounds bring everything.
    #[error(
        "the parent asks to be left alone for {} s, and a start waits {} s at most: rounds bring \
         everything in place of the snapshot",
        .asked.as_secs(), .max.as_secs()
    )]
    LeftAlone {
        /// How long it has asked for this time.
        asked: Duration,
        /// How long a bootstrap waits, in all.
        max: Duration,
    },
    /// The parent has answered something that is not the protocol.
    #[error("the answer of the parent cannot be understood: {0}")]
    Answer(String),
    /// What comes from the parent is again and again not the state that it tells of, though everything
    /// was read anew: one of the two files or programs is wrong.
    #[error(
        "what the parent sends has not been the state that it tells of, {n} times in a row: its \
         digest is {told}, not {found}; run `tillbook check` on both files"
    )]
    Diverged {
        /// How often in a row.
        n: u32,
        /// What the parent has told.
        told: String,
        /// What came.
        found: String,
    },
    /// This file refuses, or cannot be written.
    #[error(transparent)]
    Store(#[from] Error),
}

impl ClientError {
    /// How long the parent asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::LeftAlone { asked, .. } => Some(*asked),
            _ => None,
        }
    }

    /// Whether the next thing to say is hello, because one side does not remember the other as it
    /// should.
    pub(super) fn wants_hello(&self) -> bool {
        match self {
            Self::Refused { code, .. } => {
                matches!(code.as_str(), "no-hello" | "unknown-child" | "reset")
            }
            Self::Store(Error::StaleParent { .. } | Error::RootRestored) => true,
            _ => false,
        }
    }

    /// Whether less at once may go through.
    pub(super) fn wants_less(&self) -> bool {
        match self {
            Self::Link(LinkError::Timeout(_) | LinkError::Broken(_) | LinkError::TooLarge(_)) => {
                true
            }
            Self::Refused { status, .. } => *status == 413,
            _ => false,
        }
    }

    /// Whether the same question may be answered another time.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Link(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    pub(super) fn is_interrupted(&self) -> bool {
        matches!(self, Self::Link(LinkError::Interrupted))
    }

    pub(super) fn end(&self) -> RoundEnd {
        match self {
            Self::Link(_) | Self::Answer(_) => RoundEnd::Unreachable,
            Self::Refused { .. }
            | Self::LeftAlone { .. }
            | Self::Store(Error::NotAChild(_) | Error::StaleParent { .. } | Error::RootRestored) => {
                RoundEnd::Refused
            }
            Self::Diverged { .. } => RoundEnd::Diverged,
            Self::Store(_) => RoundEnd::Failed,
        }
    }
}
