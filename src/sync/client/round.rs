//! Round: hello, push until the parent has all, pull, publish.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::ask::{Asker, Offset};
use super::fault::ClientError;
use super::pin::Pin;
use super::way::Way;
use super::{LinkOptions, lock};
use crate::clock::monotonic;
use crate::error::Error;
use crate::store::{RoundEnd, Store};
use crate::sync::{Chain, Limit, Repair, Why};
use crate::unit::Digest;

/// A child says hello again after this time, so that its parent knows how far it is.
pub const HELLO_EVERY: Duration = Duration::from_secs(180);
/// A child says hello once things are quiet again, but not sooner than so long after the last time: a
/// shop must not name its tills three times while one that has moved away says hello once, see
/// [`HANDOVER_HELLOS`](crate::sync::HANDOVER_HELLOS).
pub const HELLO_AFTER_NEWS: Duration = Duration::from_secs(120);
/// After so many states in a row that were not what the parent told of, it is no accident.
pub const DIVERGED_MAX: u32 = 3;
/// So many hellos are said in one round.
pub(super) const HELLOS_MAX: u32 = 3;
/// A batch or a page that went through lets the next one be larger by this part of it.
const GROWTH: usize = 4;

/// A child that talks to its parent.
///
/// Every call may be repeated, whatever the one before it has answered; one round runs at a time.
#[derive(Debug)]
pub struct Client {
    pub(super) store: Arc<Store>,
    pub(super) way: Way,
    talk: Mutex<Talk>,
}

/// What a round has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Round {
    /// Operations that the parent has taken.
    pub n_pushed: u64,
    /// Customers, credit transactions and other units that came.
    pub n_pulled: u64,
    /// Units whose new state is shown now; those of an interrupted run before it are among them.
    pub n_published: u64,
    /// Operations that the parent did not take for now; they are laid over its state here.
    pub n_pending: u64,
    /// Units of kinds that only a newer version knows.
    pub n_unknown: u64,
    /// The sums that this node and its parent were proved to have in common.
    pub digest: Digest,
}

/// What is remembered from round to round.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) session: Option<Greeted>,
    /// Chains that the parent does not take any further in this session.
    pub(super) waiting: BTreeMap<Chain, Why>,
    pub(super) batch: Limit,
    pub(super) page: Limit,
    /// What the run that is on its way reads, when it is not everything.
    pub(super) repair: Option<Repair>,
    pub(super) n_diverged: u32,
    /// Whether the last round has brought something up or down, however it ended.
    has_moved: bool,
    offset: Option<Offset>,
}

/// The last hello.
#[derive(Debug, Clone, Copy)]
pub(super) struct Greeted {
    at: Instant,
    pub(super) root_epoch: u64,
    /// Whether this node has shown something new since.
    has_news: bool,
}

impl Client {
    /// For `store`, whose parent is where `options` say. Calls nobody yet.
    ///
    /// Without a pin in the options, the key of the parent that has first proved itself by its
    /// certificate is remembered in the file.
    ///
    /// # Errors
    ///
    /// - [`ClientError::Link`]: an option cannot be;
    /// - [`ClientError::Store`]: the file cannot be read.
    pub fn new(store: Arc<Store>, options: LinkOptions) -> Result<Self, ClientError> {
        let remembered = store.parent_pin()?.map(Pin::from_hash);
        let way = Way::new(options, remembered)?;
        store.note_client();
        let talk = Talk {
            session: None,
            waiting: BTreeMap::new(),
            batch: Limit::BATCH,
            page: Limit::PAGE,
            repair: None,
            n_diverged: 0,
            has_moved: false,
            offset: None,
        };
        Ok(Self { store, way, talk: Mutex::new(talk) })
    }

    /// Does one round: after it the parent has all that it takes of what was here when it began, and
    /// this node shows its state.
    ///
    /// # Errors
    ///
    /// Each variant of [`ClientError`] says when. Nothing is lost by any of them.
    pub fn sync_once(&self) -> Result<Round, ClientError> {
        self.sync_once_watched(|_| ())
    }

    /// Does one round and tells `watch` after every step how far it is.
    ///
    /// # Errors
    ///
    /// As [`Client::sync_once`].
    pub fn sync_once_watched(&self, mut watch: impl FnMut(&Round)) -> Result<Round, ClientError> {
        let mut talk = lock(&self.talk);
        let (round, n_hellos) = (Round::default(), 0);
        let mut run = Run { client: self, talk: &mut talk, round, n_hellos, watch: &mut watch };
        let done = run.whole();
        let round = run.round;
        talk.has_moved = round.n_pushed + round.n_pulled > 0;
        match &done {
            Ok(()) => self.store.rounds().note(RoundEnd::Done),
            Err(error) if error.is_interrupted() => {}
            Err(error) => {
                self.store.rounds().note(error.end());
                if error.wants_hello() {
                    talk.session = None;
                }
                // What cannot be noted is not as important as what is to be noted.
                let _ = self.store.note_trouble(&error.to_string());
            }
        }
        done.map(|()| round)
    }

    /// Says hello and does nothing else.
    pub(super) fn greet(&self) -> Result<(), ClientError> {
        let mut talk = lock(&self.talk);
        let (round, watch) = (Round::default(), &mut |_: &Round| ());
        Run { client: self, talk: &mut talk, round, n_hellos: 0, watch }.greet()
    }

    /// Whether there is something to push that the parent has not refused in this session.
    pub(super) fn has_pending(&self) -> bool {
        let waiting = lock(&self.talk).waiting.keys().copied().collect();
        let one = Limit { items: 1, bytes: 1 };
        self.store.pending(one, &waiting).is_ok_and(|batch| batch.is_some())
    }

    /// Whether the last round has brought something up or down, however it ended.
    pub(super) fn has_moved(&self) -> bool {
        lock(&self.talk).has_moved
    }

    /// How far the parent's clock is from this one, by the answer that came back soonest.
    pub fn clock_offset(&self) -> Option<Offset> {
        lock(&self.talk).offset
    }

    /// The chains that the parent does not take any further in this session, and why.
    pub fn waiting(&self) -> BTreeMap<Chain, Why> {
        lock(&self.talk).waiting.clone()
    }
}

/// One round on its way.
pub(super) struct Run<'a> {
    client: &'a Client,
    pub(super) talk: &'a mut Talk,
    pub(super) round: Round,
    pub(super) n_hellos: u32,
    pub(super) watch: &'a mut dyn FnMut(&Round),
}

impl Run<'_> {
    fn whole(&mut self) -> Result<(), ClientError> {
        let is_fresh = |last: Greeted| monotonic().saturating_duration_since(last.at) < HELLO_EVERY;
        if !self.talk.session.is_some_and(is_fresh) {
            self.greet()?;
        }
        loop {
            match self.push().and_then(|()| self.pull()) {
                Err(error) if error.wants_hello() && self.n_hellos < HELLOS_MAX => self.greet()?,
                done => {
                    done?;
                    if self.prove()? {
                        break;
                    }
                }
            }
        }
        self.note_clock()?;
        let Some(session) = &mut self.talk.session else { return Ok(()) };
        let is_quiet = self.round.n_pushed + self.round.n_pulled == 0;
        let age = monotonic().saturating_duration_since(session.at);
        if is_quiet && session.has_news && age >= HELLO_AFTER_NEWS {
            return self.greet();
        }
        session.has_news |= !is_quiet;
        Ok(())
    }

    pub(super) fn store(&self) -> &Store {
        &self.client.store
    }

    pub(super) fn asker(&mut self) -> Asker<'_> {
        let Client { way, store, .. } = self.client;
        Asker { way, store, offset: &mut self.talk.offset }
    }

    /// Proves the rows that a snapshot has brought, once. False when they were not what they should be
    /// and must be read anew first.
    fn prove(&mut self) -> Result<bool, ClientError> {
        if self.store().is_copy_proved()? {
            return Ok(true);
        }
        match self.store().prove_copy() {
            Ok(()) => Ok(true),
            Err(Error::Diverged { told, found }) => self.mend(told, found).map(|()| false),
            Err(error) => Err(error.into()),
        }
    }

    /// Goes by the parent's clock, as it was last read.
    fn note_clock(&mut self) -> Result<(), ClientError> {
        if let Some(offset) = self.talk.offset {
            self.store().correct_clock(offset.ms);
            self.store().note_clock_offset(offset.ms)?;
        }
        Ok(())
    }

    pub(super) fn greet(&mut self) -> Result<(), ClientError> {
        self.n_hellos += 1;
        let hello = self.store().hello()?;
        let session = self.asker().hello(&hello)?;
        self.store().greet(&session)?;
        self.talk.waiting.clear();
        self.talk.session =
            Some(Greeted { at: monotonic(), root_epoch: session.root_epoch, has_news: false });
        self.note_clock()?;
        if let Some(pin) = self.client.way.new_pin() {
            self.store().note_parent_pin(pin.hash())?;
            self.client.way.remember(pin)?;
        }
        Ok(())
    }
}

/// A limit that is nearer to the `full` one.
pub(super) fn grown(limit: Limit, full: Limit) -> Limit {
    let more = |n: usize, full: usize| n.saturating_add(n / GROWTH + 1).min(full);
    Limit { items: more(limit.items, full.items), bytes: more(limit.bytes, full.bytes) }
}
