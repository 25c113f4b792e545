//! Back-off: how long to wait before the next try.

use std::time::Duration;

use crate::clock::Random;

/// The first wait is at most this long, each one after it at most twice the one before.
pub const BACKOFF_STEP: Duration = Duration::from_secs(1);
/// No wait of our own is longer.
pub const BACKOFF_MAX: Duration = Duration::from_secs(300);
/// However long a parent asks to be left alone, it is asked again after this time.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// How many tries have failed in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    /// Failed tries since the last success.
    pub n: u32,
}

impl Backoff {
    /// Counts a failed try and draws the wait before the next one.
    ///
    /// Anything from nothing to the limit is equally likely, so that ten thousand tills whose parent
    /// comes back do not all knock at once. What the parent asked for in `retry_after` is waited for
    /// first, and the drawn time comes on top.
    pub fn failed(&mut self, random: &dyn Random, retry_after: Option<Duration>) -> Duration {
        let asked = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
        let limit = BACKOFF_STEP.saturating_mul(1 << self.n.min(30)).min(BACKOFF_MAX);
        self.n = self.n.saturating_add(1);
        let mut bits = [0; 8];
        random.fill(&mut bits);
        // The upper half of the product is even over 0..=limit, closely enough for 2^64 draws.
        let drawn = (u128::from(u64::from_le_bytes(bits)) * (limit.as_millis() + 1)) >> 64;
        asked + Duration::from_millis(u64::try_from(drawn).unwrap_or_default())
    }

    /// Forgets the failures.
    pub fn succeeded(&mut self) {
        self.n = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::SeededRandom;

    fn waits(seed: u64, n: u32, asked: Option<Duration>) -> Vec<Duration> {
        let random = SeededRandom::new(seed);
        (0..200).map(|_| Backoff { n }.failed(&random, asked)).collect()
    }

    proptest! {
        #[test]
        fn waits_are_bounded_and_spread(seed: u64, n: u32, asked in 0..100_000_u64, says: bool) {
            let asked = says.then_some(Duration::from_secs(asked));
            let limit = Duration::from_secs(1 << n.min(10)).min(BACKOFF_MAX);
            let first = asked.unwrap_or_default().min(RETRY_AFTER_MAX);
            let drawn = waits(seed, n, asked);
            prop_assert!(drawn.iter().all(|wait| (first..=first + limit).contains(wait)));
            let early = drawn.iter().filter(|wait| **wait < first + limit / 2).count();
            prop_assert!((50..150).contains(&early), "{early} of 200 in the first half");
            prop_assert_eq!(drawn, waits(seed, n, asked));
        }
    }

    #[test]
    fn failures_are_counted_until_one_succeeds() {
        let random = SeededRandom::new(1);
        let mut backoff = Backoff { n: u32::MAX };
        backoff.failed(&random, None);
        assert_eq!(backoff.n, u32::MAX);
        backoff.succeeded();
        assert!(backoff.failed(&random, None) <= BACKOFF_STEP);
        assert_eq!(backoff, Backoff { n: 1 });
    }
}
