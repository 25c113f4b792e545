//! Server: a store that is served on a socket.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::door::{Door, Mount, Settings};
use super::listen::{Tls, listen};
use super::{CONNECTIONS_MAX, portos};
use crate::store::Store;

/// How a store is served.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Without it, whoever is on the network reads along.
    pub tls: Option<Tls>,
    /// How many connections are open at once.
    pub connections_max: usize,
}

impl ServerOptions {
    /// In the clear at `listen`, with everything else at its default.
    pub fn at(listen: SocketAddr) -> Self {
        Self { listen, tls: None, connections_max: CONNECTIONS_MAX }
    }
}

/// A store that is served on a socket.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    door: Arc<Door>,
    options: ServerOptions,
}

impl Server {
    /// Takes the socket; nobody is answered before [`Server::run`].
    ///
    /// # Errors
    ///
    /// The system does not give the socket.
    pub async fn bind(store: Arc<Store>, options: ServerOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let mounts = vec![Mount { dialect: &portos::DIALECT, base: String::new() }];
        let door = Arc::new(Door::new(store, mounts, Settings::default()));
        Ok(Self { listener, door, options })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is ready; requests that run then come to their end first.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, door, options } = self;
        listen(listener, options.tls, door.router(), options.connections_max, stop).await;
    }
}
