//! Syncing: round after round on a thread in the background.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ask::Offset;
use super::backoff::Backoff;
use super::fault::ClientError;
use super::lock;
use super::round::{Client, Round};
use crate::clock::{OsRandom, monotonic};
use crate::time::Timestamp;

/// Writes that come within this time go up together.
pub const GATHER_WAIT: Duration = Duration::from_millis(300);
/// The parent is asked for news this often while there are some.
pub const POLL_MIN: Duration = Duration::from_secs(10);
/// The parent is asked for news this often when there were none for an hour.
pub const POLL_MAX: Duration = Duration::from_secs(60);
/// Operations that are safe everywhere are forgotten this often.
pub const PRUNE_WAIT: Duration = Duration::from_secs(3_600);
/// How often to look whether another process wishes for a round.
const WISH_LOOK: Duration = Duration::from_millis(500);
/// The pause between two questions is this part of the time without news.
const POLL_PART: u32 = 60;

/// Rounds with the parent in the background, until this is dropped.
///
/// A round comes within a second of a write to the file, else every [`POLL_MIN`], less often when
/// nothing changes, at once when another process asks for it with
/// [`Store::wish_for_round`](crate::Store::wish_for_round), and after a failure when [`Backoff`] says; a line that was lost after something went
/// up or came down counts as the first failure again.
#[derive(Debug)]
pub struct Syncing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    is_stopped: AtomicBool,
    progress: Mutex<Progress>,
}

/// How the rounds went so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Rounds that came to their end.
    pub n_done: u64,
    /// Rounds that failed.
    pub n_failed: u64,
    /// When the last round came to its end, by the store's clock.
    pub done_at: Option<Timestamp>,
    /// What the last one has done.
    pub last: Option<Round>,
    /// Why the last try failed; `None` after a round that came to its end.
    pub trouble: Option<String>,
    /// How far the parent's clock is from this one.
    pub clock_offset: Option<Offset>,
    /// How long the next try waits after the last one that failed; nothing after a round that came to its
    /// end.
    pub retry_wait: Option<Duration>,
}

impl Client {
    /// Goes on with rounds on a thread in the background.
    ///
    /// # Errors
    ///
    /// - [`ClientError::Store`]: the system does not give a thread.
    pub fn start(self) -> Result<Syncing, ClientError> {
        self.start_watched(|_| ())
    }

    /// The same, and tells `watch` how every round ended, on that thread.
    ///
    /// # Errors
    ///
    /// As [`Client::start`].
    pub fn start_watched(
        self,
        watch: impl FnMut(&Result<Round, ClientError>) + Send + 'static,
    ) -> Result<Syncing, ClientError> {
        let (is_stopped, progress) = (AtomicBool::new(false), Mutex::default());
        let shared = Arc::new(Shared { client: self, is_stopped, progress });
        let running = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("tillbook-sync".to_owned())
            .spawn(move || running.run(watch))
            .map_err(crate::error::Error::from)?;
        Ok(Syncing { shared, thread: Some(thread) })
    }
}

impl Syncing {
    /// How the rounds went so far.
    pub fn status(&self) -> Progress {
        lock(&self.shared.progress).clone()
    }

    /// Ends the rounds: a request that runs is cut off, which loses nothing, and the thread has ended
    /// when this returns.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.shared.is_stopped.store(true, Ordering::SeqCst);
        self.shared.client.way.interrupt();
        self.shared.client.store.wake();
        thread.thread().unpark();
        // It panics where the store does; there is nothing to undo.
        let _ = thread.join();
    }
}

impl Drop for Syncing {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn run(&self, mut watch: impl FnMut(&Result<Round, ClientError>)) {
        let mut backoff = Backoff::default();
        let mut changed_at = monotonic();
        let mut pruned_at = None;
        while !self.is_stopped() {
            let turn = self.turn();
            self.client.store.take_wishes();
            let done = self.client.sync_once();
            if self.is_stopped() {
                return;
            }
            self.note(&done);
            watch(&done);
            self.client.store.grant_wishes();
            match &done {
                Ok(round) => {
                    backoff.succeeded();
                    if round.n_pushed > 0 || round.n_pulled > 0 {
                        changed_at = monotonic();
                    }
                    if round.n_pushed + round.n_pulled == 0 {
                        self.tidy(&mut pruned_at);
                    }
                    let idle = monotonic().saturating_duration_since(changed_at);
                    self.wait_for_news(turn, monotonic() + pause(idle));
                }
                Err(error) => {
                    // On a line that is lost now and then, a long round hardly ever comes to its end;
                    // as long as each brings something, none of them waits for long.
                    if matches!(error, ClientError::Link(_)) && self.client.has_moved() {
                        backoff.succeeded();
                    }
                    let wait = backoff.failed(&OsRandom, error.retry_after());
                    lock(&self.progress).retry_wait = Some(wait);
                    let (now, asked) = (monotonic(), error.retry_after().unwrap_or_default());
                    // What the parent has asked for is waited for, whoever wishes for a round.
                    self.sleep(now + wait.min(asked));
                    self.sleep_unless_wished(now + wait);
                }
            }
        }
    }

    /// Does what is best done while nobody waits. What fails is tried again another time.
    fn tidy(&self, pruned_at: &mut Option<Instant>) {
        // What an erase has left behind goes now; else at the next opening.
        let _ = self.client.store.scrub_when_due();
        let now = monotonic();
        if pruned_at.is_none_or(|at| now.saturating_duration_since(at) >= PRUNE_WAIT) {
            let _ = self.client.store.prune();
            *pruned_at = Some(now);
        }
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    fn turn(&self) -> u64 {
        self.client.store.wait_for_commit(u64::MAX, Duration::ZERO)
    }

    fn note(&self, done: &Result<Round, ClientError>) {
        let clock_offset = self.client.clock_offset();
        let mut progress = lock(&self.progress);
        progress.clock_offset = clock_offset;
        match done {
            Ok(round) => {
                progress.n_done += 1;
                progress.done_at = Some(self.client.store.now());
                progress.last = Some(round.clone());
                progress.trouble = None;
                progress.retry_wait = None;
            }
            Err(error) => {
                progress.n_failed += 1;
                progress.trouble = Some(error.to_string());
            }
        }
    }

    /// Returns at `until`, or soon after something was written that the parent does not have, or after
    /// somebody has wished for a round.
    fn wait_for_news(&self, mut turn: u64, until: Instant) {
        while !self.is_stopped() {
            // The turn first: what is written after the look below moves it.
            let now = self.turn();
            if now != turn && self.client.has_pending() {
                return self.sleep(until.min(monotonic() + GATHER_WAIT));
            }
            turn = now;
            let left = until.saturating_duration_since(monotonic());
            if left.is_zero() || self.client.store.has_wish() {
                return;
            }
            self.client.store.wait_for_commit(turn, left.min(WISH_LOOK));
        }
    }

    /// Returns at `until`, or soon after somebody has wished for a round.
    fn sleep_unless_wished(&self, until: Instant) {
        while !self.is_stopped() && !self.client.store.has_wish() && monotonic() < until {
            self.sleep(until.min(monotonic() + WISH_LOOK));
        }
    }

    /// Returns at `until`, whatever is written meanwhile, or when the thread is unparked to end.
    fn sleep(&self, until: Instant) {
        while !self.is_stopped() {
            let left = until.saturating_duration_since(monotonic());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }
}

/// How long to wait before the next question after `idle` without news.
fn pause(idle: Duration) -> Duration {
    (idle / POLL_PART).clamp(POLL_MIN, POLL_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_without_news_makes_the_questions_rare() {
        for (idle, expected) in [(0, 10), (599, 10), (1_800, 30), (3_600, 60), (1_000_000, 60)] {
            assert_eq!(pause(Duration::from_secs(idle)).as_secs(), expected, "{idle}");
        }
    }
}
