//! Server: a store that is served on a socket.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use super::door::{Door, Settings};
use super::listen::{House, listen};
use super::mounts::Mounts;
use super::origin::{self, Origin};
use super::tls::Tls;
use super::{
    CLOSE_WAIT, CONNECTIONS_MAX, HANDSHAKE_WAIT, HEADERS_WAIT, PACKED_BYTES_MIN, WRITE_WAIT,
};
use crate::store::Store;

/// How a store is served.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Without it, whoever is on the network reads along.
    pub tls: Option<Tls>,
    /// Which dialects are served, and where.
    pub mounts: Mounts,
    /// Whether a proxy in front may name the host that was asked, how, and the address that asks, in
    /// `X-Forwarded-Host`, `X-Forwarded-Proto` and `X-Forwarded-For`. Only where nobody can come in
    /// beside the proxy.
    pub is_forwarded: bool,
    /// Of which origins web pages may ask; a browser lets no other page read an answer.
    pub cors_origins: Vec<Origin>,
    /// How much is taken on, and how long anybody is waited for.
    pub limits: Limits,
}

impl ServerOptions {
    /// In the clear at `listen`, with everything else at its default.
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            mounts: Mounts::default(),
            is_forwarded: false,
            cors_origins: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// How many clients are served at once, and how long each is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// So many connections are open at once. One more takes the place of the one that has been idle
    /// for the longest time, or is told to come back where all are at work.
    pub connections_max: usize,
    /// How long a connection may be idle, and how long the headers of a request may take.
    pub headers_wait: Duration,
    /// How long a client may read nothing of its answer.
    pub write_wait: Duration,
    /// How long a client may take to agree on TLS.
    pub handshake_wait: Duration,
    /// How long requests that run may take to end when the door is closed.
    pub close_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            headers_wait: HEADERS_WAIT,
            write_wait: WRITE_WAIT,
            handshake_wait: HANDSHAKE_WAIT,
            close_wait: CLOSE_WAIT,
        }
    }
}

/// A store that is served on a socket.
///
/// The example of [the room](super) shows one from its start to its end.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    door: Arc<Door>,
    house: House,
}

impl Server {
    /// Takes the socket; nobody is answered before [`Server::run`].
    ///
    /// # Errors
    ///
    /// The system does not give the socket.
    pub async fn bind(store: Arc<Store>, options: ServerOptions) -> io::Result<Self> {
        let ServerOptions { listen, tls, mounts, is_forwarded, cors_origins, limits } = options;
        let listener = TcpListener::bind(listen).await?;
        let settings = Settings { is_forwarded, is_tls: tls.is_some() };
        let door = Arc::new(Door::new(store, mounts.served(), settings));
        let router = layered(Arc::clone(&door).router(), &cors_origins);
        Ok(Self { listener, door, house: House { router, tls, limits, is_forwarded } })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is ready. Then nobody new is let in, requests that run come to their end
    /// within [`Limits::close_wait`], and every connection is closed when this returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, door, house } = self;
        listen(listener, house, stop).await;
        // What was taken on is carried to the disk, whether or not anybody still waits for it.
        let close = move || {
            door.queue.close();
            door.backlog.close();
        };
        let _ = tokio::task::spawn_blocking(close).await;
    }
}

/// The routes behind what every answer goes through.
pub(super) fn layered(router: Router, cors_origins: &[Origin]) -> Router {
    let worth = SizeAbove::new(PACKED_BYTES_MIN);
    let packing = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth);
    let router = router.layer(packing);
    match cors_origins {
        [] => router,
        origins => router.layer(origin::layer(origins)),
    }
}
