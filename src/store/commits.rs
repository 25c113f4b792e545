//! Commits: how many there were, and a place to wait for the next one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The commits of one store since it was opened.
#[derive(Debug, Default)]
pub(super) struct Commits {
    n: AtomicU64,
    /// Goes on with every commit, and when somebody who waits is wanted for something else.
    turn: Mutex<u64>,
    moved: Condvar,
}

impl Commits {
    /// Counts one, and wakes whoever waits for it.
    pub(super) fn note(&self) {
        self.n.fetch_add(1, Ordering::Relaxed);
        self.wake();
    }

    /// How many there were.
    #[cfg(feature = "http")]
    pub(super) fn n(&self) -> u64 {
        self.n.load(Ordering::Relaxed)
    }

    /// Wakes whoever waits, as if there had been a commit.
    pub(super) fn wake(&self) {
        *self.turn() += 1;
        self.moved.notify_all();
    }

    /// Returns at the first commit after the turn `since`, or when `timeout` is over, with the turn
    /// it is then.
    pub(super) fn wait(&self, since: u64, timeout: Duration) -> u64 {
        let is_same = |turn: &mut u64| *turn == since;
        let waited = self.moved.wait_timeout_while(self.turn(), timeout, is_same);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn turn(&self) -> MutexGuard<'_, u64> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_ends_the_wait_and_nothing_else_does() {
        let commits = Commits::default();
        let short = Duration::from_millis(20);
        assert_eq!(commits.wait(0, short), 0);
        commits.note();
        assert_eq!(commits.wait(0, Duration::MAX), 1);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| commits.wait(1, Duration::MAX));
            std::thread::sleep(short);
            commits.wake();
            assert_eq!(waiting.join().ok(), Some(2));
        });
    }
}
