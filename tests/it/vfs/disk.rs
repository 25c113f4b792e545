//! A disk: what was asked of the files in one folder, and what is refused next.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use tempfile::TempDir;

use super::shim;

/// A kind of call to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Delete,
    ShareMemory,
}

/// What changed a file, in the order of the calls.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Write { file: PathBuf, at: u64, bytes: Vec<u8> },
    Truncate { file: PathBuf, size: u64 },
    Sync { file: PathBuf },
    Delete { file: PathBuf, is_synced: bool },
    Acknowledged(usize),
}

/// Which calls are refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    /// `None`: calls of every kind count.
    pub(super) only: Option<Call>,
    /// The first one that fails, counted from 1.
    pub(super) nth: u64,
    /// How many in a row; `u64::MAX` for ever.
    pub(super) times: u64,
    /// Whether a write fails because the disk is full.
    pub(super) is_full: bool,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    n_calls: u64,
    n_failed: u64,
    is_recording: bool,
    loses_syncs: bool,
    events: Vec<Event>,
}

/// A folder whose files are watched.
#[derive(Debug)]
pub(super) struct Disk {
    folder: TempDir,
    state: Mutex<State>,
}

impl Disk {
    pub(super) fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(Self { folder, state: Mutex::default() });
        shim::watch(&disk);
        disk
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder().join("shop.db")
    }

    /// From now on calls are counted, and refused as `fault` says.
    pub(super) fn fail(&self, fault: Option<Fault>) {
        let mut state = self.state();
        (state.fault, state.n_calls, state.n_failed) = (fault, 0, 0);
    }

    pub(super) fn n_failed(&self) -> u64 {
        self.state().n_failed
    }

    /// Begins to write down what happens to the files.
    pub(super) fn record(&self) {
        self.state().is_recording = true;
    }

    /// From now on a sync does nothing, as with `synchronous = off`.
    pub(super) fn lose_syncs(&self) {
        self.state().loses_syncs = true;
    }

    pub(super) fn acknowledge(&self, n: usize) {
        self.note(Event::Acknowledged(n));
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    pub(super) fn note(&self, event: Event) {
        let mut state = self.state();
        let is_lost = state.loses_syncs && matches!(event, Event::Sync { .. });
        if state.is_recording && !is_lost {
            state.events.push(event);
        }
    }

    /// Counts a call; with what it fails, if it does.
    pub(super) fn refuses(&self, call: Call) -> Option<i32> {
        let mut state = self.state();
        let fault = state.fault?;
        if fault.only.is_some_and(|only| only != call) {
            return None;
        }
        state.n_calls += 1;
        if state.n_calls < fault.nth || state.n_calls - fault.nth >= fault.times {
            return None;
        }
        state.n_failed += 1;
        Some(shim::refusal(call, fault.is_full))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
