//! Wait: for the next commit, without asking again and again.

use std::time::Duration;

use super::Store;

impl Store {
    /// Returns at the first commit after the turn `since`, or when `timeout` is over, with the turn it
    /// is then. A turn may come without a commit, see [`Store::wake`].
    pub(crate) fn wait_for_commit(&self, since: u64, timeout: Duration) -> u64 {
        self.writer.commits().wait(since, timeout)
    }

    /// Ends every wait for a commit, so that whoever waits looks at what else has changed.
    #[cfg(feature = "sync")]
    pub(crate) fn wake(&self) {
        self.writer.commits().wake();
    }
}
