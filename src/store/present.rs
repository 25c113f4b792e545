//! Present: what time it is.

use super::Store;
use crate::clock::Stamp;
use crate::time::Timestamp;

impl Store {
    /// A fresh id and the present time, drawn once before the first try of a write.
    pub fn stamp(&self) -> Stamp {
        Stamp::at(self.now(), self.options.random.as_ref())
    }

    /// The present time: the store's clock, in a child by that of its parent once that was heard of.
    pub fn now(&self) -> Timestamp {
        let now = self.machine_now();
        #[cfg(feature = "sync")]
        let now = self.correction.of(now);
        now
    }

    /// The present time as the store's clock has it, right or wrong.
    pub(crate) fn machine_now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// Goes by the parent's clock from now on: `ms` milliseconds are added to this one.
    #[cfg(feature = "sync")]
    pub(crate) fn correct_clock(&self, ms: i64) {
        self.correction.learn(ms, self.machine_now());
    }
}
