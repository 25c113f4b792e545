//! Listen: connections, in the clear or under TLS, each within its limits.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower::ServiceExt;

use super::exchange::Peer;
use super::{CLOSE_WAIT, HANDSHAKE_WAIT, HEADERS_BYTES_MAX, HEADERS_MAX, HEADERS_WAIT};

/// How long to wait when the system has no socket left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What somebody hears for whom there is no connection left.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A certificate and its key, with which connections are encrypted.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or does not hold what it should; the message names the file.
    pub fn read(certificates: &Path, key: &Path) -> io::Result<Self> {
        let wrong = |path: &Path, reason: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {reason}", path.display()))
        };
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(certificates, &error))?;
        if chain.is_empty() {
            return Err(wrong(certificates, &"holds no certificate"));
        }
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, secret);
        let mut config = config.map_err(|error| wrong(certificates, &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// Answers connections until `stop` is ready, then lets the requests that run come to their end.
pub(crate) async fn listen(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    connections_max: usize,
    stop: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(connections_max));
    let ending = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        match Arc::clone(&permits).try_acquire_owned() {
            Ok(permit) => {
                let connection = Connection { peer, router: router.clone(), _permit: permit };
                tokio::spawn(connection.serve(stream, tls.clone(), ending.watcher()));
            }
            Err(_) => {
                tokio::spawn(refuse(stream, tls.is_none()));
            }
        }
    }
    drop(listener);
    // Whoever holds on longer than that is cut off.
    let _ = timeout(CLOSE_WAIT, ending.shutdown()).await;
}

/// Tells somebody to come back, where that can be said in the clear.
async fn refuse(mut stream: TcpStream, is_clear: bool) {
    if is_clear {
        let _ = timeout(HANDSHAKE_WAIT, stream.write_all(FULL)).await;
        let _ = stream.shutdown().await;
    }
}

/// One client.
struct Connection {
    peer: SocketAddr,
    router: Router,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<Tls>, watcher: Watcher) {
        let _ = stream.set_nodelay(true);
        let Some(Tls(acceptor)) = tls else { return self.talk(stream, watcher).await };
        if let Ok(Ok(stream)) = timeout(HANDSHAKE_WAIT, acceptor.accept(stream)).await {
            self.talk(stream, watcher).await;
        }
    }

    async fn talk(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        watcher: Watcher,
    ) {
        let peer = Peer(self.peer.ip().to_canonical());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let router = self.router.clone();
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                Ok::<_, Infallible>(
                    router.oneshot(request).await.unwrap_or_else(|never| match never {}),
                )
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WAIT)
            .max_headers(HEADERS_MAX)
            .max_header_size(HEADERS_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        // What goes wrong on a connection is its client's affair.
        let _ = watcher.watch(connection).await;
    }
}
