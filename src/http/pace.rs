//! Pace: how often other nodes ask, so that one that has gone wild takes no turns from the others.

use std::collections::HashMap;

use crate::id::KeyId;
use crate::time::Timestamp;

/// A node may ask so often at once, when it has been quiet.
pub const REQUESTS_AT_ONCE_MAX: u64 = 500;
/// Beyond that, a node may ask so often in a second. A healthy one has one request on its way at a time:
/// of pages and batches that are full hardly more than thirty are answered in a second.
pub const REQUESTS_PER_SECOND_MAX: u64 = 50;

/// Of one request, the part that comes back in a millisecond is [`REQUESTS_PER_SECOND_MAX`].
const PARTS: u64 = 1_000;
const FULL: u64 = REQUESTS_AT_ONCE_MAX * PARTS;

/// A bucket of turns for each key: every request takes one out, and time puts them back.
///
/// There are no more of them than keys of this file with the right to sync.
#[derive(Debug, Default)]
pub(crate) struct Paces(HashMap<KeyId, Bucket>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// In parts of a turn.
    left: u64,
    /// When that was so.
    at: Timestamp,
}

impl Paces {
    /// Takes a turn; where there is none left, in how many seconds to come back.
    pub(crate) fn take(&mut self, key: &KeyId, now: Timestamp) -> Result<(), u64> {
        let bucket = self.0.entry(key.clone()).or_insert(Bucket { left: FULL, at: now });
        // A clock that was set back gives nothing and takes nothing.
        let passed_ms = u64::try_from(now.ms().saturating_sub(bucket.at.ms())).unwrap_or_default();
        let more = passed_ms.saturating_mul(REQUESTS_PER_SECOND_MAX);
        let left = bucket.left.saturating_add(more).min(FULL);
        let (rest, wait) = match left.checked_sub(PARTS) {
            Some(rest) => (rest, Ok(())),
            None => (left, Err((PARTS - left).div_ceil(REQUESTS_PER_SECOND_MAX).div_ceil(1000))),
        };
        *bucket = Bucket { left: rest, at: now };
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At each instant somebody with the key asks so often: how often in vain, and what the last one hears.
    fn check(asked: &[(&str, i64, u64, u64)]) {
        let mut paces = Paces::default();
        for (key, ms, n, expected) in asked {
            let key = KeyId::new(key).expect("an id");
            let told: Vec<_> = (0..*n).map(|_| paces.take(&key, Timestamp::from_ms(*ms))).collect();
            let refused: Vec<_> = told.iter().filter_map(|told| told.err()).collect();
            assert_eq!(refused.len() as u64, *expected, "at {ms}");
            assert!(refused.iter().all(|seconds| *seconds == 1), "{refused:?}");
            // Whoever is refused was answered before as often as there were turns.
            assert!(told.is_sorted_by_key(|told| told.is_err()), "at {ms}");
        }
    }

    #[test]
    fn as_many_as_there_are_turns_and_as_many_as_come_back() {
        check(&[
            ("till", 0, 500, 0),
            ("till", 0, 3, 3),
            ("till", 20, 2, 1),
            ("till", 1_020, 60, 10),
        ]);
        // An hour's rest gives no more than a full bucket.
        check(&[("till", 0, 500, 0), ("till", 3_600_000, 501, 1)]);
        // One request every 20 ms goes on for ever.
        check(&(0..5_000).map(|n| ("till", n * 20, 1, 0)).collect::<Vec<_>>());
    }

    #[test]
    fn a_node_waits_alone() {
        check(&[("wild", 0, 10_000, 9_500), ("till", 0, 500, 0), ("wild", 40, 3, 1)]);
    }

    #[test]
    fn a_clock_that_is_set_holds_nobody_up() {
        check(&[("till", 1_000_000, 500, 0), ("till", 0, 1, 1), ("till", 20, 1, 0)]);
        check(&[("till", 0, 500, 0), ("till", i64::MAX, 500, 0), ("till", i64::MIN, 1, 1)]);
    }
}
