//! What can go wrong on a line, and how often it has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tillbook::{Random, SeededRandom};

/// Random numbers that follow from a seed.
pub(crate) struct Dice(SeededRandom);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// A number below `n`.
    pub(crate) fn below(&self, n: u64) -> u64 {
        let mut bits = [0; 8];
        self.0.fill(&mut bits);
        u64::from_le_bytes(bits) % n.max(1)
    }

    /// Whether something that happens `n` times in a thousand happens now.
    pub(crate) fn falls(&self, n: u64) -> bool {
        self.below(1_000) < n
    }

    /// Anything from half of `span` to one and a half.
    pub(crate) fn around(&self, span: Duration) -> Duration {
        let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(ms / 2 + self.below(ms))
    }
}

/// How bad a line is; the odds are out of a thousand pieces that go either way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// From one side to the other.
    pub(crate) latency: Duration,
    pub(crate) bytes_per_second: u64,
    pub(crate) resets: u64,
    pub(crate) stalls: u64,
    pub(crate) half_opens: u64,
    pub(crate) stall: Duration,
    /// How long the line holds, and how long it is away then.
    pub(crate) fair: Duration,
    pub(crate) away: Duration,
    /// A connection that leads nowhere is reset after this time.
    pub(crate) half_open: Duration,
}

/// What has gone wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: AtomicU64,
    pub(crate) bytes: AtomicU64,
    /// Reset in the middle of a request or an answer.
    pub(crate) resets: AtomicU64,
    pub(crate) stalls: AtomicU64,
    /// Open to both sides, and nothing goes through.
    pub(crate) half_opens: AtomicU64,
    /// How often the line went away, and what was open then and was reset.
    pub(crate) flaps: AtomicU64,
    pub(crate) cut: AtomicU64,
    /// Those who came while the line was away and were sent away or left hanging.
    pub(crate) refused: AtomicU64,
    pub(crate) left_hanging: AtomicU64,
}

impl Counts {
    /// All of them, by their names.
    pub(crate) fn all(&self) -> [(&'static str, u64); 9] {
        [
            ("connections", &self.connections),
            ("bytes", &self.bytes),
            ("resets", &self.resets),
            ("stalls", &self.stalls),
            ("half open", &self.half_opens),
            ("flaps", &self.flaps),
            ("cut", &self.cut),
            ("turned away", &self.refused),
            ("left hanging", &self.left_hanging),
        ]
        .map(|(name, counter)| (name, counter.load(Ordering::Relaxed)))
    }
}
