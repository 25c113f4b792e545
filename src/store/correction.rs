//! Correction: what is added to the machine's clock to have the time by the parent's.
//!
//! It holds for as long as the machine's clock goes on evenly. Once that was set, or the machine has
//! slept, nobody can tell how far it is off: it counts as it is until the parent is heard of again. For
//! the same reason nothing of it is kept from one opening to the next.

use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use crate::clock::monotonic;
use crate::time::Timestamp;

/// A parent whose clock is further away is not gone by, in milliseconds: 26 hours, as far as two time
/// zones can be apart. Of a clock that is off by more, nobody can tell whether it is here or there.
pub const CORRECTION_MS_MAX: u64 = 26 * 3_600_000;
/// By so many milliseconds the machine's clock may have gone on otherwise than time has before it counts
/// as set.
const UNEVEN_MS_MAX: u64 = 60_000;

/// What was learned of the machine's clock; nothing before the parent was heard of.
#[derive(Debug, Default)]
pub(super) struct Correction(RwLock<Option<Learned>>);

#[derive(Debug, Clone, Copy)]
struct Learned {
    /// What is to be added, in milliseconds.
    ms: i64,
    /// What the machine's clock said,
    at: Timestamp,
    /// and the moment.
    since: Instant,
}

impl Correction {
    /// Takes note of what is to be added to `now`, which the machine's clock says.
    pub(super) fn learn(&self, ms: i64, now: Timestamp) {
        let is_believed = ms.unsigned_abs() <= CORRECTION_MS_MAX;
        let learned = is_believed.then(|| Learned { ms, at: now, since: monotonic() });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = learned;
    }

    /// The time where the machine's clock says `now`.
    pub(super) fn of(&self, now: Timestamp) -> Timestamp {
        let learned = *self.0.read().unwrap_or_else(PoisonError::into_inner);
        let ms = learned.map_or(0, |learned| learned.ms_at(now, monotonic()));
        Timestamp::from_ms(now.ms().saturating_add(ms))
    }
}

impl Learned {
    fn ms_at(self, now: Timestamp, moment: Instant) -> i64 {
        let passed = moment.saturating_duration_since(self.since).as_millis();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let even = self.at.ms().saturating_add(passed);
        if now.ms().abs_diff(even) <= UNEVEN_MS_MAX { self.ms } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_that_was_set_counts_as_it_is() {
        let (noon, hour) = (43_200_000, 3_600_000);
        let learned = Learned { ms: -hour, at: Timestamp::from_ms(noon), since: monotonic() };
        for (went, passed, added) in [
            (0, 0, -hour),
            (86_400_000, 86_400_000, -hour),
            (86_400_000 + 60_000, 86_400_000, -hour),
            (86_400_000 - hour, 86_400_000, 0), // set right
            (86_400_000, 3_600_000, 0),         // slept, for all that is known
        ] {
            let (now, moment) =
                (Timestamp::from_ms(noon + went), learned.since + Duration::from_millis(passed));
            assert_eq!(learned.ms_at(now, moment), added, "{went} in {passed}");
        }
    }

    #[test]
    fn a_parent_that_is_years_away_is_not_gone_by() {
        let (correction, now) = (Correction::default(), Timestamp::from_ms(1_700_000_000_000));
        let max = CORRECTION_MS_MAX.cast_signed();
        for (told, added) in [(0, 0), (max, max), (-max, -max), (max + 1, 0), (i64::MIN, 0)] {
            correction.learn(told, now);
            assert_eq!(correction.of(now).ms() - now.ms(), added, "{told}");
        }
    }
}
