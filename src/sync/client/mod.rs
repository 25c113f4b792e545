//! Client: what a child does, over a network.
//!
//! [`Client`] does a round: hello, push until the parent has all, pull, publish. [`Client::start`] does
//! one after another on a thread in the background, and nobody at the till waits for it.
//!
//! [`bootstrap_from`] comes before the first round: an empty file takes a snapshot of its parent over
//! where there is one, which is quicker than to read everything.
//!
//! Below that is [`Link`]: one request at a time to the parent, on a connection that is kept. It
//! blocks, as the library does. Every limit of time holds for real time, and [`Link::interrupt`] ends
//! whatever waits.

mod answer;
mod ask;
mod backoff;
mod bootstrap;
mod connection;
mod error;
mod fault;
mod pin;
mod place;
mod pull;
mod push;
mod request;
mod round;
mod syncing;
mod tls;
mod way;
mod wire;
mod wish;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

pub use self::answer::{ANSWER_BYTES_MAX, HEAD_BYTES_MAX, HEADERS_MAX};
pub use self::ask::Offset;
pub use self::backoff::{BACKOFF_MAX, BACKOFF_STEP, Backoff, RETRY_AFTER_MAX};
pub use self::bootstrap::{
    ASKED_WAIT_MAX, FIRST_WAIT, Fetched, MANIFESTS_MAX, TRIES_MAX, TRY_WAIT, bootstrap_from,
};
use self::connection::Connection;
pub use self::error::LinkError;
pub use self::fault::ClientError;
pub use self::pin::Pin;
use self::place::Place;
pub use self::request::{PACKED_BYTES_MIN, Request, Response};
pub use self::round::{Client, DIVERGED_MAX, HELLO_AFTER_NEWS, HELLO_EVERY, Round};
pub use self::syncing::{GATHER_WAIT, POLL_MAX, POLL_MIN, PRUNE_WAIT, Progress, Syncing};
use self::wire::{Scissors, Stream, Wire};
pub use self::wish::Wish;
use crate::clock::{Clock, SystemClock, monotonic};
use crate::error::Error;
pub use crate::store::CORRECTION_MS_MAX;

/// How long the name and the connection may take.
pub const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long nothing may go forward in a request.
pub const PROGRESS_WAIT: Duration = Duration::from_secs(30);
/// How long a request may take that goes forward: the largest answer on a line of 0.5 Mbit/s.
pub const REQUEST_WAIT: Duration = Duration::from_secs(300);

/// Where the parent is, and how it is known.
#[derive(Clone)]
#[non_exhaustive]
pub struct LinkOptions {
    /// `https://shop.example/base`; every path is put behind it.
    pub url: String,
    /// The bearer key with which this node asks, `id.secret`.
    pub key: String,
    /// The key that the parent must prove to have. With it neither dates nor names nor authorities
    /// count, so a till whose clock is wrong still finds its parent; without it all of them do.
    pub pin: Option<Pin>,
    /// A file of certificates in PEM that are trusted beside those of the browsers.
    pub authorities: Option<PathBuf>,
    /// Whether other machines may be asked without TLS.
    pub allow_plain_http: bool,
    /// Says whether a certificate is valid, where no pin is.
    pub clock: Arc<dyn Clock>,
    /// How long anything is waited for.
    pub limits: Limits,
}

impl LinkOptions {
    /// To the parent at `url`, with everything else at its default.
    pub fn to(url: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key: key.into(),
            pin: None,
            authorities: None,
            allow_plain_http: false,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for LinkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkOptions").field("url", &self.url).field("pin", &self.pin).finish()
    }
}

/// How long the parent is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the name and the connection may take.
    pub connect_wait: Duration,
    /// How long nothing may go forward.
    pub progress_wait: Duration,
    /// How long a request may take as a whole.
    pub request_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_wait: CONNECT_WAIT,
            progress_wait: PROGRESS_WAIT,
            request_wait: REQUEST_WAIT,
        }
    }
}

/// Whom one may ask in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlainHttp {
    Loopback,
    Anywhere,
}

/// The way to the parent. Calls nobody before the first request.
pub struct Link {
    place: Place,
    plain: PlainHttp,
    key: String,
    tls: Option<(ServerName<'static>, Arc<ClientConfig>)>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    scissors: Arc<Scissors>,
    /// The connection between two requests; whoever holds the lock is the one who asks.
    kept: Mutex<Option<Connection>>,
    peer_pin: Mutex<Option<Pin>>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Link {
    /// Checks the options.
    ///
    /// # Errors
    ///
    /// - [`LinkError::Invalid`]: an option cannot be, or the file of authorities cannot be read.
    /// - [`LinkError::PlainHttp`]: another machine would be asked without TLS.
    pub fn new(options: LinkOptions) -> Result<Self, LinkError> {
        let LinkOptions { url, key, pin, authorities, allow_plain_http, clock, limits } = options;
        let place = Place::parse(&url)?;
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid("key", "must be `id.secret`, as it was shown once").into());
        }
        let plain = if allow_plain_http { PlainHttp::Anywhere } else { PlainHttp::Loopback };
        let tls = match place.is_tls {
            true => {
                let name = ServerName::try_from(place.host.clone());
                let name = name.map_err(|error| Error::invalid("url", error))?;
                let config = tls::config(pin, authorities.as_deref(), Arc::clone(&clock))?;
                Some((name, Arc::new(config)))
            }
            false if pin.is_some() || authorities.is_some() => {
                return Err(Error::invalid(
                    "url",
                    "must begin with https:// beside a pin or authorities",
                )
                .into());
            }
            false if plain == PlainHttp::Loopback && !place.is_loopback() => {
                return Err(LinkError::PlainHttp(place.address()));
            }
            false => None,
        };
        Ok(Self {
            place,
            plain,
            key,
            tls,
            limits,
            clock,
            scissors: Arc::default(),
            kept: Mutex::default(),
            peer_pin: Mutex::default(),
        })
    }

    /// Asks, and waits for the answer; a second thread waits for its turn.
    ///
    /// # Errors
    ///
    /// Each variant of [`LinkError`] says when. After [`LinkError::Broken`] and
    /// [`LinkError::Timeout`] it is unknown whether the parent took the request.
    pub fn send(&self, request: &Request<'_>) -> Result<Response, LinkError> {
        let mut kept = lock(&self.kept);
        let asked = request.write(&self.place, &self.key)?;
        let until = monotonic() + self.limits.request_wait;
        if self.scissors.is_cut() {
            return Err(LinkError::Interrupted);
        }
        if let Some(mut connection) = kept.take()
            && connection.is_quiet()
        {
            let told = connection.ask(&asked, until, &*self.clock);
            match told {
                Err(LinkError::Broken(_)) if !connection.is_answered => {}
                told => return connection.keep_in(&mut kept, told),
            }
        }
        let mut connection = self.connect(until)?;
        let told = connection.ask(&asked, until, &*self.clock);
        connection.keep_in(&mut kept, told)
    }

    /// Ends the request that runs in another thread, at once, and refuses every later one.
    pub fn interrupt(&self) {
        self.scissors.cut();
    }

    /// The pin of who has last proved, by certificate or by pin, to be the parent. To be remembered,
    /// so that later neither a wrong clock nor a false authority counts.
    pub fn peer_pin(&self) -> Option<Pin> {
        *lock(&self.peer_pin)
    }

    fn connect(&self, until: Instant) -> Result<Connection, LinkError> {
        let mut wire = Wire::open(&self.place, self.plain, self.limits, &self.scissors, until)?;
        let Some((name, config)) = &self.tls else {
            return Ok(Connection::over(Stream::Plain(wire)));
        };
        let session = ClientConnection::new(Arc::clone(config), name.clone());
        let mut session = session.map_err(|error| LinkError::Tls { why: error.to_string() })?;
        while session.is_handshaking() {
            session.complete_io(&mut wire).map_err(LinkError::from_io)?;
        }
        let shown = session.peer_certificates().and_then(|chain| chain.first());
        *lock(&self.peer_pin) = shown.and_then(|own| Pin::of(own).ok());
        Ok(Connection::over(Stream::Tls(Box::new(StreamOwned::new(session, wire)))))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
