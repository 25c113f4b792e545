//! The clocks and the dice: what time it is, which edit is later, what is drawn at random.
//!
//! Time and randomness are handed in: a [`Clock`] and a [`Random`] given at open serve every call.
//! Only the constructors here ask them.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use uuid::Uuid;

use crate::id::NodeId;
use crate::time::Timestamp;

/// A hybrid logical clock's reading: which of two edits is the later one, on every node alike.
///
/// 48 bits of milliseconds, 16 bits that count within one, then the node, so that no two edits
/// are equal. It never goes back on a node, whatever the machine's clock does (sync.md 2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hlc {
    time: u64,
    node: NodeId,
}

impl Hlc {
    const COUNTER_BITS: u32 = 16;
    /// Keeps the packed time below 2^62, the year 4199: half of SQLite's integers are left for the
    /// counter, which runs on when a wrong clock has said that it is later than that.
    const MS_MAX: i64 = (1 << 46) - 1;
    /// No clock of ours reads more, the counter included.
    pub(crate) const TIME_MAX: u64 = 1 << 62;

    /// The reading before all others.
    pub const ZERO: Self = Self { time: 0, node: NodeId([0; 16]) };

    /// Puts a stored reading together again.
    pub(crate) fn from_parts(time: u64, node: NodeId) -> Self {
        Self { time, node }
    }

    /// Milliseconds in the upper 48 bits, the counter in the lower 16.
    pub fn time(self) -> u64 {
        self.time
    }

    /// The node that made the edit.
    pub fn node(self) -> NodeId {
        self.node
    }

    /// The instant this reading stands for.
    pub fn at(self) -> Timestamp {
        Timestamp::from_ms((self.time >> Self::COUNTER_BITS).cast_signed())
    }

    /// The next reading of `node` after `last`: `now`, or just after `last` when the machine's
    /// clock stands still or goes back.
    pub fn after(last: u64, now: Timestamp, node: NodeId) -> Self {
        let ms = now.ms().clamp(0, Self::MS_MAX).cast_unsigned();
        Self { time: (ms << Self::COUNTER_BITS).max(last + 1), node }
    }

    /// Reads the 48 hex digits that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, node) = text.split_at_checked(16)?;
        let time = u64::from_str_radix(time, 16).ok()?;
        Some(Self { time, node: NodeId::parse(node)? })
    }
}

/// 16 hex digits of time, 32 of the node: texts sort as the readings do.
impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.time, self.node)
    }
}

impl fmt::Debug for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hlc({self})")
    }
}

/// A time and an id, drawn once before the first try, so that a retry is the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The time of business.
    pub at: Timestamp,
    /// A fresh UUIDv7.
    pub id: Uuid,
}

impl Stamp {
    /// Reads the clock and draws an id.
    pub fn new(clock: &dyn Clock, random: &dyn Random) -> Self {
        Self::at(clock.now(), random)
    }

    /// The time `at`, and an id that is drawn.
    pub(crate) fn at(at: Timestamp, random: &dyn Random) -> Self {
        let mut bits = [0; 10];
        random.fill(&mut bits);
        let ms = at.ms().max(0).cast_unsigned();
        Self { at, id: uuid::Builder::from_unix_timestamp_millis(ms, &bits).into_uuid() }
    }
}

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant, as far as this machine knows it.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(jiff::Timestamp::now().as_millisecond())
    }
}

/// The machine's clock that never goes back, whatever is done to the other one: it says how long
/// something has taken, and means nothing after the process has ended. No [`Clock`] stands in for
/// it, because a socket that waits knows only real time.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// A clock that is set by hand: for tests, simulations and demonstrations.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.ms()))
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.ms(), Ordering::SeqCst);
    }

    /// Moves the clock by `ms` milliseconds, back when negative.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

/// Draws random bytes.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills `bytes` with random bits.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    /// # Panics
    ///
    /// When the operating system has no randomness to give: nothing safe can be done without it.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A sequence that follows from its seed: for tests and simulations, never for a real store.
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next 64 bits (SplitMix64).
    pub fn next_u64(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logical_clock_never_goes_back() {
        let node = NodeId([1; 16]);
        let noon = Hlc::after(0, Timestamp::from_ms(43_200_000), node);
        let stopped = Hlc::after(noon.time(), Timestamp::from_ms(43_200_000), node);
        let back_to_1970 = Hlc::after(stopped.time(), Timestamp::from_ms(0), node);
        assert!(noon < stopped && stopped < back_to_1970);
        assert_eq!(back_to_1970.at(), Timestamp::from_ms(43_200_000));
        assert_eq!(Hlc::parse(&stopped.to_string()), Some(stopped));
        let far = Hlc::after(0, Timestamp::MAX, node);
        assert!(far.time() < 1 << 62, "leaves SQLite's integers to those that come after it");
    }

    #[test]
    fn a_stamp_follows_from_clock_and_seed() {
        let clock = ManualClock::new(Timestamp::from_ms(1_700_000_000_000));
        let (one, two) = (SeededRandom::new(1), SeededRandom::new(1));
        assert_eq!(Stamp::new(&clock, &one), Stamp::new(&clock, &two));
        assert_ne!(Stamp::new(&clock, &one), Stamp::new(&clock, &one));
        assert_eq!(Stamp::new(&clock, &one).id.get_version_num(), 7);
    }
}
