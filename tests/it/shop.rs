//! A shop to test in: a store at a fixed time with fixed dice, in memory or on a file of its own.

use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tillbook::operation::Operation;
use tillbook::{
    Card, CardSerial, Customer, CustomerId, ManualClock, Options, Page, Result, SeededRandom,
    Store, Timestamp,
};

/// When every test begins: noon of the first of January 2026.
pub(crate) const NOON_MS: i64 = 1_767_268_800_000;

/// A store with the clock it was given. On a file, the folder goes with the last of it.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    folder: Option<TempDir>,
}

impl Shop {
    /// A shop in memory. Two shops of different seeds are two nodes.
    pub(crate) fn in_memory(seed: u64) -> Self {
        let (options, clock) = options(seed);
        Self { store: Store::open_in_memory_with(options).unwrap(), clock, folder: None }
    }

    /// A shop on a file in a folder of its own.
    pub(crate) fn on_file(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (options, clock) = options(seed);
        let store = Store::open_with(folder.path().join("shop.db"), options).unwrap();
        Self { store, clock, folder: Some(folder) }
    }

    /// The file of a shop that is on one.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().join("shop.db")
    }

    /// Whether the shop is on a file.
    pub(crate) fn is_on_file(&self) -> bool {
        self.folder.is_some()
    }

    /// Closes the file and keeps its folder.
    pub(crate) fn closed(self) -> Option<TempDir> {
        self.folder
    }

    /// A shop on the file at `path`, which lies in `folder`.
    pub(crate) fn from_parts(
        path: PathBuf,
        options: Options,
        clock: Arc<ManualClock>,
        folder: TempDir,
    ) -> Self {
        Self { store: Store::open_with(path, options).unwrap(), clock, folder: Some(folder) }
    }

    /// The same file, closed and opened again with other dice.
    pub(crate) fn reopened(self, seed: u64) -> Self {
        let path = self.path();
        let Self { store, clock, folder } = self;
        drop(store);
        let options = Options { clock: clock.clone(), ..options(seed).0 };
        Self { store: Store::open_with(path, options).unwrap(), clock, folder }
    }
}

impl Deref for Shop {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// How every test opens a store: at noon, with the dice of `seed`.
pub(crate) fn options(seed: u64) -> (Options, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(Timestamp::from_ms(NOON_MS)));
    let random = Arc::new(SeededRandom::new(seed));
    let options = Options { clock: clock.clone(), random, reserve_bytes: 0, ..Options::default() };
    (options, clock)
}

/// The id `text`.
pub(crate) fn id(text: &str) -> CustomerId {
    CustomerId::new(text).unwrap()
}

/// A customer of the id `text` and nothing more.
pub(crate) fn customer(text: &str) -> Customer {
    Customer::with_id(id(text), Timestamp::from_ms(NOON_MS))
}

/// A usable card.
pub(crate) fn card(serial: &str) -> Card {
    Card::new(CardSerial::new(serial).unwrap())
}

/// What a till's log would say of an answer: `ok` or the error's text.
pub(crate) fn said<T>(answer: Result<T>) -> String {
    answer.map_or_else(|error| error.to_string(), |_| "ok".to_owned())
}

/// Like [`said`], with what the call returned.
pub(crate) fn told<T: fmt::Debug>(answer: Result<T>) -> String {
    answer.map_or_else(|error| error.to_string(), |value| format!("{value:?}"))
}

/// Every operation a store holds, in order.
pub(crate) fn operations(store: &Store) -> Vec<Operation> {
    store.list_operations(Page { skip: 0, take: u32::MAX }).unwrap()
}

/// Hands everything that `from` holds to `to`, which takes what it lacks, and returns how much.
pub(crate) fn send(from: &Store, to: &Store) -> usize {
    let all = operations(from);
    to.write(|tx| {
        all.iter().try_fold(0, |n, operation| Ok(n + usize::from(tx.receive(operation)?)))
    })
    .unwrap()
}
