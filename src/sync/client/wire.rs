//! Wire: a connection that waits so long and no longer, and that another thread can cut.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

use super::error::LinkError;
use super::place::Place;
use super::{Limits, PlainHttp};
use crate::clock::monotonic;

/// How often somebody who waits for a connection looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);
/// So much is written at once, so that a slow line shows that it goes forward.
const PIECE_BYTES: usize = 16 << 10;

/// Cuts the connection there is, and every later one.
#[derive(Debug, Default)]
pub(super) struct Scissors {
    is_cut: AtomicBool,
    socket: Mutex<Weak<TcpStream>>,
}

impl Scissors {
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(socket) = socket.upgrade() {
            // A socket that the other side has closed already needs no more.
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::SeqCst)
    }

    /// Takes charge of `socket`. A cut either finds it or came before and is seen here.
    fn hold(&self, socket: &Arc<TcpStream>) -> Result<(), LinkError> {
        let mut held = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::downgrade(socket);
        drop(held);
        if self.is_cut() { Err(LinkError::Interrupted) } else { Ok(()) }
    }
}

/// A socket under a deadline.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Arc<TcpStream>,
    scissors: Arc<Scissors>,
    limits: Limits,
    /// When the request that runs must be over.
    pub(super) until: Instant,
}

impl Wire {
    /// Calls the parent.
    ///
    /// The system's look-up of names and its connecting cannot be called off, so a thread of its own
    /// does both; one that is no longer wanted comes to its end by itself.
    pub(super) fn open(
        place: &Place,
        plain: PlainHttp,
        limits: Limits,
        scissors: &Arc<Scissors>,
        until: Instant,
    ) -> Result<Self, LinkError> {
        let late = monotonic() + limits.connect_wait;
        let (tell, told) = mpsc::channel();
        let called = place.clone();
        thread::Builder::new()
            .name("tillbook-call".to_owned())
            .spawn(move || tell.send(call(&called, plain, late)))
            .map_err(|error| unreachable(place, error))?;
        let socket = loop {
            if scissors.is_cut() {
                return Err(LinkError::Interrupted);
            }
            match told.recv_timeout(LOOK) {
                Ok(socket) => break socket?,
                Err(RecvTimeoutError::Timeout) if monotonic() < late + LOOK => {}
                Err(_) => return Err(unreachable(place, "nobody has answered in time")),
            }
        };
        let socket = Arc::new(socket);
        scissors.hold(&socket)?;
        Ok(Self { socket, scissors: Arc::clone(scissors), limits, until })
    }

    fn is_quiet(&self) -> bool {
        let peek = || {
            self.socket.set_nonblocking(true)?;
            let peeked = self.socket.peek(&mut [0]);
            self.socket.set_nonblocking(false)?;
            peeked
        };
        peek().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// How long the next call may block.
    fn patience(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(monotonic());
        match left.is_zero() {
            true => Err(LinkError::Timeout(self.limits.request_wait).into_io()),
            false => Ok(left.min(self.limits.progress_wait).max(Duration::from_millis(1))),
        }
    }

    /// Does one call of the system, again when a signal came between, and says what its failure means.
    fn attempt(&self, mut call: impl FnMut(&TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        let done = loop {
            match call(&self.socket) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done,
            }
        };
        if self.scissors.is_cut() {
            return Err(LinkError::Interrupted.into_io());
        }
        done.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                LinkError::Timeout(self.limits.progress_wait).into_io()
            }
            _ => error,
        })
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.patience()?))?;
        self.attempt(|mut socket| socket.read(buffer))
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.patience()?))?;
        let piece = &bytes[..bytes.len().min(PIECE_BYTES)];
        self.attempt(|mut socket| socket.write(piece))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A wire in the clear or under TLS.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(Wire),
    Tls(Box<StreamOwned<ClientConnection, Wire>>),
}

impl Stream {
    /// Whether nothing has come since the last answer, not even the end. What comes unasked belongs
    /// to no request.
    pub(super) fn is_quiet(&mut self) -> bool {
        let n_unread = match self {
            Self::Plain(_) => 0,
            Self::Tls(session) => match session.conn.process_new_packets() {
                Ok(state) => state.plaintext_bytes_to_read(),
                Err(_) => return false,
            },
        };
        n_unread == 0 && self.wire().is_quiet()
    }

    pub(super) fn wire(&mut self) -> &mut Wire {
        match self {
            Self::Plain(wire) => wire,
            Self::Tls(session) => &mut session.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(wire) => wire.read(buffer),
            Self::Tls(session) => session.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(wire) => wire.write(bytes),
            Self::Tls(session) => session.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(wire) => wire.flush(),
            Self::Tls(session) => session.flush(),
        }
    }
}

/// Looks up the addresses and takes the first that answers; none may use up the time of the others.
fn call(place: &Place, plain: PlainHttp, late: Instant) -> Result<TcpStream, LinkError> {
    let no_address = |why: String| LinkError::Resolve { host: place.host.clone(), why };
    let found = (place.host.as_str(), place.port).to_socket_addrs();
    let found = found.map_err(|error| no_address(error.to_string()))?;
    let is_allowed = |address: &SocketAddr| {
        place.is_tls || plain == PlainHttp::Anywhere || address.ip().to_canonical().is_loopback()
    };
    let (addresses, away): (Vec<_>, Vec<_>) = found.partition(is_allowed);
    if addresses.is_empty() {
        return Err(match away.is_empty() {
            true => no_address("the system knows none".to_owned()),
            false => LinkError::PlainHttp(place.address()),
        });
    }
    let mut last = None;
    for (n, address) in addresses.iter().enumerate() {
        let left = late.saturating_duration_since(monotonic());
        let share = left / u32::try_from(addresses.len() - n).unwrap_or(u32::MAX);
        let connected = TcpStream::connect_timeout(address, share.max(Duration::from_millis(1)));
        match connected.and_then(|socket| socket.set_nodelay(true).map(|()| socket)) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| unreachable(place, "no address"), |error| unreachable(place, error)))
}

fn unreachable(place: &Place, why: impl ToString) -> LinkError {
    LinkError::Connect { address: place.address(), why: why.to_string() }
}
