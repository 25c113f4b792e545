//! Attempts: who tries keys too often must wait.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};

use crate::time::Timestamp;

/// So many sign-ins may fail from one address within [`WINDOW_MS`]; then even a good key waits.
pub const FAILED_MAX: usize = 20;
/// How long a failed sign-in counts, in milliseconds: a minute.
pub const WINDOW_MS: i64 = 60_000;
/// At most this many addresses are watched; the one that was quiet for the longest time makes room.
pub const ADDRESSES_MAX: usize = 10_000;

/// Failed sign-ins of the last minute, by address.
///
/// ```
/// use tillbook::Timestamp;
/// use tillbook::http::attempts::Attempts;
///
/// let (mut attempts, till, now) = (Attempts::default(), [10, 0, 0, 7].into(), Timestamp::from_ms(0));
/// for _ in 0..20 {
///     assert_eq!(attempts.seconds_to_wait(till, now), None);
///     attempts.note_failed(till, now);
/// }
/// assert_eq!(attempts.seconds_to_wait(till, now), Some(60));
/// ```
#[derive(Debug, Default)]
pub struct Attempts {
    /// The instants, the oldest first.
    failed: BTreeMap<IpAddr, VecDeque<i64>>,
}

impl Attempts {
    /// How many seconds must pass before somebody from this address may sign in again; `None` when
    /// nothing is in the way. To be asked before the key is looked at.
    pub fn seconds_to_wait(&mut self, from: IpAddr, now: Timestamp) -> Option<u64> {
        let from = network(from);
        let failed = self.failed.get_mut(&from)?;
        drop_old(failed, now);
        if failed.is_empty() {
            self.failed.remove(&from);
            return None;
        }
        let over = failed.len().checked_sub(FAILED_MAX)?;
        let free_at = failed.get(over)?.saturating_add(WINDOW_MS);
        Some(free_at.saturating_sub(now.ms()).max(1).cast_unsigned().div_ceil(1000))
    }

    /// Takes note that somebody from this address showed no key that opens.
    pub fn note_failed(&mut self, from: IpAddr, now: Timestamp) {
        let from = network(from);
        if !self.failed.contains_key(&from) && self.failed.len() >= ADDRESSES_MAX {
            self.make_room(now);
        }
        let failed = self.failed.entry(from).or_default();
        drop_old(failed, now);
        if failed.len() >= FAILED_MAX {
            failed.pop_front();
        }
        failed.push_back(now.ms());
    }

    /// Forgets the addresses that were quiet for a minute, or else the quietest.
    fn make_room(&mut self, now: Timestamp) {
        self.failed.retain(|_, failed| {
            drop_old(failed, now);
            !failed.is_empty()
        });
        if self.failed.len() >= ADDRESSES_MAX {
            let quietest = self.failed.iter().min_by_key(|(_, failed)| failed.back().copied());
            let quietest = quietest.map(|(from, _)| *from);
            quietest.and_then(|from| self.failed.remove(&from));
        }
    }
}

/// Drops what no longer counts, and what lies in the future of a clock that was set back.
fn drop_old(failed: &mut VecDeque<i64>, now: Timestamp) {
    let now = now.ms();
    failed.retain(|at| *at <= now && *at > now.saturating_sub(WINDOW_MS));
}

/// Whoever has one address of version 6 has the 2^64 of its network.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    /// Fails once at each of `failures`, then asks at each of `asked`.
    fn check(failures: impl IntoIterator<Item = i64>, asked: &[(i64, Option<u64>)]) {
        let (mut attempts, from) = (Attempts::default(), IpAddr::from([10, 0, 0, 1]));
        failures.into_iter().for_each(|ms| attempts.note_failed(from, at(ms)));
        for (ms, expected) in asked {
            assert_eq!(attempts.seconds_to_wait(from, at(*ms)), *expected, "at {ms}");
        }
    }

    #[test]
    fn twenty_failures_a_minute_and_no_more() {
        check([], &[(0, None)]);
        check([0; 19], &[(0, None), (70_000, None)]);
        check([0; 20], &[(0, Some(60)), (1, Some(60)), (59_999, Some(1)), (60_000, None)]);
        // One a second: the first is forgotten a minute after it was made.
        check((0..20).map(|n| n * 1000), &[(19_000, Some(41)), (59_500, Some(1)), (60_000, None)]);
        // Somebody who goes on failing waits for the latest twenty.
        check((0..40).map(|n| n * 100), &[(3_900, Some(59)), (62_001, None)]);
        // A clock that was set back frees everybody rather than nobody.
        check([1_000_000; 20], &[(0, None)]);
    }

    #[test]
    fn an_address_waits_alone() {
        let mut attempts = Attempts::default();
        let parse = |text: &str| text.parse::<IpAddr>().map_err(|error| error.to_string());
        let cases = [
            ("10.0.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("10.0.0.2", false),
            ("2001:db8::1", true),
            ("2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:1::1", false),
        ];
        for from in ["10.0.0.1", "2001:db8::7"] {
            let from = parse(from).expect(from);
            (0..20).for_each(|_| attempts.note_failed(from, at(0)));
        }
        for (from, waits) in cases {
            let wait = attempts.seconds_to_wait(parse(from).expect(from), at(0));
            assert_eq!(wait.is_some(), waits, "{from}");
        }
    }

    #[test]
    fn memory_is_bounded_and_the_quietest_is_forgotten() {
        let mut attempts = Attempts::default();
        let from = |n: u32| IpAddr::from(n.to_be_bytes());
        let n_addresses = u32::try_from(ADDRESSES_MAX).expect("a small number");
        for n in 0..n_addresses + 50 {
            attempts.note_failed(from(n), at(i64::from(n)));
        }
        assert_eq!(attempts.failed.len(), ADDRESSES_MAX);
        assert!(!attempts.failed.contains_key(&from(49)));
        assert!(attempts.failed.contains_key(&from(50)));
        attempts.note_failed(from(n_addresses + 50), at(100_000));
        assert_eq!(attempts.failed.len(), 1, "all the others are a minute old");
    }
}
