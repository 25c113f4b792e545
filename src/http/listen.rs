//! Listen: connections, in the clear or under TLS, each within its limits.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::acknowledged::Closing;
use super::exchange::Peer;
use super::seats::{Seat, Seats};
use super::server::Limits;
use super::tls::Tls;
use super::write_wait::WriteWait;
use super::{HEADERS_BYTES_MAX, HEADERS_MAX};

/// How long to wait when the system has no socket left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// So many wait at once for a seat or hear that there is none; one more is hung up on.
const LOBBY_MAX: usize = 64;
/// How long somebody waits for a seat of one who rests.
const ROOM_WAIT: Duration = Duration::from_secs(1);
/// How long somebody who is to leave may take to send the rest of the first headers.
const LEAVE_WAIT: Duration = Duration::from_millis(500);
/// How long somebody for whom there is no seat may take to hang up.
const UNREAD_WAIT: Duration = Duration::from_secs(1);
/// At most this much is read of the request of somebody for whom there is no seat.
const UNREAD_BYTES_MAX: u64 = 64 << 10;
/// What somebody hears for whom there is no seat.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What every connection needs.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    /// Whether a proxy in front may name the address that asks.
    pub(super) is_forwarded: bool,
}

/// Answers connections until `stop` is ready, then lets the requests that run come to their end.
pub(super) async fn listen(listener: TcpListener, house: House, stop: impl Future<Output = ()>) {
    let house = Arc::new(house);
    let seats = Seats::new(house.limits.connections_max);
    let lobby = Arc::new(Semaphore::new(LOBBY_MAX));
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let connection = Connection { peer, house: Arc::clone(&house), closed: closed.clone() };
        match (seats.try_take(), Arc::clone(&lobby).try_acquire_owned()) {
            (Some(seat), _) => {
                connections.spawn(connection.serve(stream, seat));
            }
            (None, Ok(permit)) => {
                let seats = Arc::clone(&seats);
                connections.spawn(async move {
                    let seat = timeout(ROOM_WAIT, seats.make_room()).await.ok().flatten();
                    match seat {
                        Some(seat) => {
                            drop(permit);
                            connection.serve(stream, seat).await;
                        }
                        None => connection.refuse(stream).await,
                    }
                });
            }
            (None, Err(_)) => {}
        }
    }
    drop(listener);
    closing.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever holds on longer than that is cut off.
    let _ = timeout(house.limits.close_wait, all).await;
    connections.shutdown().await;
}

/// One client.
struct Connection {
    peer: SocketAddr,
    house: Arc<House>,
    /// Whether the door is being closed.
    closed: watch::Receiver<bool>,
}

impl Connection {
    async fn serve(self, stream: TcpStream, seat: Seat) {
        let _ = stream.set_nodelay(true);
        let Limits { handshake_wait, write_wait, .. } = self.house.limits;
        let stream = WriteWait::new(stream, write_wait);
        let Some(Tls(acceptor)) = self.house.tls.clone() else {
            return self.talk(stream, seat).await;
        };
        let handshake = timeout(handshake_wait, acceptor.accept(stream));
        let leave = leave(self.closed.clone(), &seat);
        let done = tokio::select! {
            done = handshake => done,
            () = leave => return,
        };
        if let Ok(Ok(stream)) = done {
            self.talk(stream, seat).await;
        }
    }

    async fn talk(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send, seat: Seat) {
        let Self { peer, house, closed } = self;
        let (seat, has_asked) = (&seat, &AtomicBool::new(false));
        let is_closed = closed.clone();
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            seat.work();
            has_asked.store(true, Relaxed);
            let peer = Peer(asking(peer, house.is_forwarded, request.headers()));
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(Closing(is_closed.clone()));
            let answer = house.router.clone().oneshot(request.map(Body::new));
            async move {
                let mut response = answer.await.unwrap_or_else(|never| match never {});
                seat.rest();
                weaken_tag(response.headers_mut());
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(house.limits.headers_wait)
            .max_headers(HEADERS_MAX)
            .max_header_size(HEADERS_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        // What goes wrong on a connection is its client's affair.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = leave(closed, seat) => connection.as_mut().graceful_shutdown(),
        }
        // Half of the headers of the first request is no request yet. After the first, an answer may
        // still be on its way.
        if timeout(LEAVE_WAIT, connection.as_mut()).await.is_ok() || !has_asked.load(Relaxed) {
            return;
        }
        let _ = connection.await;
    }

    /// Tells somebody to come back.
    async fn refuse(self, stream: TcpStream) {
        let wait = self.house.limits.handshake_wait;
        let _ = timeout(wait, async {
            match &self.house.tls {
                None => say_full(stream).await,
                Some(Tls(acceptor)) => say_full(acceptor.accept(stream).await?).await,
            }
        })
        .await;
    }
}

/// Is ready when a connection is to end: the door is being closed, or somebody else wants the seat.
async fn leave(mut closed: watch::Receiver<bool>, seat: &Seat) {
    tokio::select! {
        _ = closed.wait_for(|closed| *closed) => {}
        () = seat.asked_for() => {}
    }
}

/// A connection that is closed over unread bytes is reset, and the answer may be lost with it; so
/// what was asked is read first, as far as it comes.
async fn say_full(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    stream.write_all(FULL).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(UNREAD_BYTES_MAX);
    let mut bytes = [0; 1024];
    let all = async { while rest.read(&mut bytes).await.is_ok_and(|n| n > 0) {} };
    let _ = timeout(UNREAD_WAIT, all).await;
    Ok(())
}

/// Who asks: the other end of the connection, or whom the proxy there saw.
fn asking(peer: SocketAddr, is_forwarded: bool, headers: &HeaderMap) -> IpAddr {
    let named = || {
        // Each proxy adds whom it saw at the end; what stands before that anybody may have written.
        let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let address = is_forwarded.then(named).flatten();
    address.unwrap_or_else(|| peer.ip()).to_canonical()
}

/// The tag names the state, not its bytes: packed, they are others.
fn weaken_tag(headers: &mut HeaderMap) {
    if !headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let weak = tag.filter(|tag| !tag.starts_with("W/")).map(|tag| format!("W/{tag}"));
    if let Some(weak) = weak.and_then(|weak| HeaderValue::try_from(weak).ok()) {
        headers.insert(ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_proxy_says_who_asks() {
        let peer = SocketAddr::from(([10, 0, 0, 9], 5000));
        let cases: &[(bool, &[&str], &str)] = &[
            (false, &["10.0.0.1"], "10.0.0.9"),
            (true, &[], "10.0.0.9"),
            (true, &["10.0.0.1"], "10.0.0.1"),
            (true, &["1.2.3.4, 10.0.0.1"], "10.0.0.1"),
            (true, &["1.2.3.4", "10.0.0.1"], "10.0.0.1"),
            (true, &["::ffff:10.0.0.1"], "10.0.0.1"),
            (true, &["2001:db8::1"], "2001:db8::1"),
            (true, &["unknown"], "10.0.0.9"),
            (true, &["1.2.3.4,"], "10.0.0.9"),
        ];
        for (is_forwarded, sent, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in *sent {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
            }
            let address = asking(peer, *is_forwarded, &headers);
            assert_eq!(address.to_string(), *expected, "{is_forwarded} {sent:?}");
        }
    }

    #[test]
    fn a_packed_answer_has_a_weak_tag() {
        let cases = [(None, "\"a\"", "\"a\""), (Some("gzip"), "\"a\"", "W/\"a\"")];
        let weak = [(Some("gzip"), "W/\"a\"", "W/\"a\"")];
        for (encoding, tag, expected) in cases.into_iter().chain(weak) {
            let mut headers = HeaderMap::from_iter([(ETAG, HeaderValue::from_static(tag))]);
            headers.extend(encoding.map(|e| (CONTENT_ENCODING, HeaderValue::from_static(e))));
            weaken_tag(&mut headers);
            assert_eq!(headers[ETAG], expected);
        }
    }
}
