//! Bootstrap: an empty file takes its parent's snapshot over before its first round.

use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::ask::{not_understood, refused};
use super::backoff::Backoff;
use super::fault::ClientError;
use super::pin::Pin;
use super::request::{Request, Response};
use super::round::Client;
use super::way::Way;
use super::{Limits, LinkOptions};
use crate::clock::OsRandom;
use crate::error::Error;
use crate::migrate::Options;
use crate::store::Store;
use crate::sync::snapshot::{
    Bootstrapped, Manifest, Parts, bootstrap, discard, is_vacant, read_manifest,
};

/// A parent that does not answer the first question within this time is left for later: whoever starts
/// a till waits for it.
pub const FIRST_WAIT: Duration = Duration::from_secs(5);
/// A part that does not come is asked for so often in a row.
pub const TRIES_MAX: u32 = 8;
/// No wait of our own between two of these tries is longer.
pub const TRY_WAIT: Duration = Duration::from_secs(10);
/// A parent that asks to be left alone for longer than this in all is left to the rounds: whoever starts a
/// till waits for it.
pub const ASKED_WAIT_MAX: Duration = Duration::from_secs(60);
/// So many snapshots are begun, each because the parent has another one meanwhile.
pub const MANIFESTS_MAX: u32 = 3;

const SNAPSHOT: &str = "/sync/v1/snapshot";

/// How far a bootstrap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// So many parts are here.
    pub n_parts: usize,
    /// So many there are.
    pub of: usize,
}

/// Takes the parent's snapshot over into the file at `path` when nothing is there, or a file without a
/// customer and an operation, and tells `progress` before every part how far it is. To be called before
/// [`Store::open`](crate::Store::open), by whoever will open it then. `None` when the file has
/// something in it already, and when the parent has no snapshot; then rounds bring everything.
///
/// A cut costs one part at most: those that have come are kept beside the file for the next try or the
/// next call. The first round after it proves that the rows are what the parent has told.
///
/// # Errors
///
/// Each variant of [`ClientError`] says when. After any of them the file can be opened, and rounds
/// bring everything.
pub fn bootstrap_from(
    path: impl AsRef<Path>,
    options: &Options,
    link: &LinkOptions,
    mut progress: impl FnMut(Fetched),
) -> Result<Option<Bootstrapped>, ClientError> {
    let path = path.as_ref();
    if !is_vacant(path)? {
        discard(path)?;
        return Ok(None);
    }
    let pin = greet(path, options, link)?;
    let way = Way::new(link.clone(), pin)?;
    let mut source = Source { way: &way, progress: &mut progress, asked: Duration::ZERO };
    for n in 1.. {
        match bootstrap(path, options, &mut source) {
            Ok(done) => return Ok(Some(done)),
            Err(Trouble::NoSnapshot) => {
                discard(path)?;
                return Ok(None);
            }
            Err(Trouble::Gone) if n < MANIFESTS_MAX => {}
            Err(Trouble::Gone) => break,
            Err(Trouble::Other(error)) => {
                if let ClientError::Store(Error::Invalid { .. } | Error::Diverged { .. }) = &error {
                    discard(path)?;
                }
                return Err(error);
            }
        }
    }
    Ok(None)
}

/// Says hello as the node that the file is to be, so that the key is its own.
fn greet(path: &Path, options: &Options, link: &LinkOptions) -> Result<Option<Pin>, ClientError> {
    let store = Arc::new(Store::open_with(path, options.clone())?);
    let Limits { connect_wait, progress_wait, request_wait } = link.limits;
    let limits = Limits {
        connect_wait: connect_wait.min(FIRST_WAIT),
        progress_wait: progress_wait.min(FIRST_WAIT),
        request_wait,
    };
    Client::new(Arc::clone(&store), LinkOptions { limits, ..link.clone() })?.greet()?;
    Ok(store.parent_pin()?.map(Pin::from_hash))
}

/// Why there is no snapshot.
enum Trouble {
    /// The parent has none, or is of a version that knows of none.
    NoSnapshot,
    /// It was there when it was begun.
    Gone,
    Other(ClientError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Other(error.into())
    }
}

/// The parent, asked again and again.
struct Source<'a> {
    way: &'a Way,
    progress: &'a mut dyn FnMut(Fetched),
    /// How long the parent has asked to be left alone so far, in all.
    asked: Duration,
}

impl Source<'_> {
    fn ask(&mut self, path: &str) -> Result<Response, ClientError> {
        let mut backoff = Backoff::default();
        loop {
            let error = match self.way.send(&Request::get(path)) {
                Ok(answer) if answer.status == 200 => return Ok(answer),
                Ok(answer) => refused(&answer),
                Err(error) => error.into(),
            };
            let may_come = match &error {
                ClientError::Link(error) => error.is_retryable(),
                ClientError::Refused { status, .. } => matches!(status, 429 | 503),
                _ => false,
            };
            if !may_come || backoff.n + 1 >= TRIES_MAX {
                return Err(error);
            }
            let asked = error.retry_after().unwrap_or_default();
            self.asked = self.asked.saturating_add(asked);
            if self.asked > ASKED_WAIT_MAX {
                return Err(ClientError::LeftAlone { asked, max: ASKED_WAIT_MAX });
            }
            sleep(asked + backoff.failed(&OsRandom, None).min(TRY_WAIT));
        }
    }
}

impl Parts for Source<'_> {
    type Error = Trouble;

    fn manifest(&mut self) -> Result<Manifest, Trouble> {
        match self.ask(SNAPSHOT) {
            Ok(answer) => {
                read_manifest(&answer.body).map_err(|error| Trouble::Other(not_understood(error)))
            }
            Err(ClientError::Refused { status: 404, .. }) => Err(Trouble::NoSnapshot),
            Err(error) => Err(Trouble::Other(error)),
        }
    }

    fn part(&mut self, manifest: &Manifest, number: usize) -> Result<Vec<u8>, Trouble> {
        (self.progress)(Fetched { n_parts: number, of: manifest.parts.len() });
        match self.ask(&format!("{SNAPSHOT}/{}/{number}", manifest.name)) {
            Ok(answer) => Ok(answer.body),
            Err(ClientError::Refused { status: 404, .. }) => Err(Trouble::Gone),
            Err(error) => Err(Trouble::Other(error)),
        }
    }
}
