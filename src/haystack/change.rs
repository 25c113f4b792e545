//! Changes: which rows were written since the texts were read, noted before each commit.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// More changes than this that nobody has asked for are not kept: the texts are read anew instead.
const CHANGES_MAX: usize = 100_000;

/// Local keys in the order in which they were written, committed or not.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    keys: Vec<i64>,
    /// The position of the first key that is kept.
    first: u64,
    /// What stands before this position is committed or undone.
    settled: u64,
    /// Whether somebody will ask for what is settled.
    is_wanted: bool,
}

impl Changes {
    /// Takes note that the row of `key` is written, before the commit.
    pub(crate) fn note(&self, key: i64) {
        self.log().keys.push(key);
    }

    /// Takes note that everything noted so far is committed or undone.
    pub(crate) fn settle(&self) {
        let mut log = self.log();
        log.settled = log.first + log.keys.len() as u64;
        if !log.is_wanted || log.keys.len() > CHANGES_MAX {
            (log.first, log.is_wanted) = (log.settled, false);
            log.keys = Vec::new();
        }
    }

    /// The position before which a snapshot that is made after this call has everything. From now
    /// on what comes at or after it is kept.
    pub(super) fn want(&self) -> u64 {
        let mut log = self.log();
        log.is_wanted = true;
        log.settled
    }

    /// The keys at and after `position`; `None` when they are no longer kept.
    pub(super) fn since(&self, position: u64) -> Option<Vec<i64>> {
        let log = self.log();
        let n_before = usize::try_from(position.checked_sub(log.first)?).ok()?;
        log.keys.get(n_before..).map(<[i64]>::to_vec)
    }

    pub(super) fn forget_before(&self, position: u64) {
        self.log().forget_before(position);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn forget_before(&mut self, position: u64) {
        let n = usize::try_from(position.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let n = n.min(self.keys.len());
        self.keys.drain(..n);
        self.first += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_settled_is_kept() {
        let changes = Changes::default();
        changes.note(1);
        changes.settle();
        changes.note(2);
        let from = changes.want();
        changes.note(3);
        assert_eq!((from, changes.since(from)), (1, Some(vec![2, 3])));
        changes.settle();
        assert_eq!((changes.want(), changes.since(from)), (3, Some(vec![2, 3])));
        changes.forget_before(3);
        assert_eq!((changes.since(from), changes.since(3)), (None, Some(vec![])));
    }

    #[test]
    fn changes_that_nobody_asks_for_are_not_kept_for_ever() {
        let changes = Changes::default();
        let from = changes.want();
        (0..=CHANGES_MAX as i64).for_each(|key| changes.note(key));
        assert!(changes.since(from).is_some());
        changes.settle();
        assert_eq!(changes.since(from), None);
    }
}
