//! Sixteen connections that ask and wait, over HTTP/1.1 written by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::Result;

/// Threads that ask; each has its share of the connections, all of them with a request on its way.
const ASKERS: usize = 2;
const WAIT: Duration = Duration::from_secs(60);

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(WAIT))?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 << 10) })
    }

    pub(crate) fn ask(&mut self, request: &str) -> Result<Reply> {
        self.send(request)?;
        self.receive()
    }

    fn send(&mut self, request: &str) -> Result<()> {
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Reads one answer, which says how long it is.
    fn receive(&mut self) -> Result<Reply> {
        self.buffer.clear();
        let mut chunk = [0; 64 << 10];
        loop {
            let n = self.stream.read(&mut chunk)?;
            if n == 0 {
                return Err("the connection was closed".into());
            }
            self.buffer.extend_from_slice(&chunk[..n]);
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            let status = head.get(9..12).ok_or("no status")?.parse()?;
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            let whole = end + 4 + length.unwrap_or(0_usize);
            while self.buffer.len() < whole {
                let n = self.stream.read(&mut chunk)?;
                if n == 0 {
                    return Err("the answer was cut short".into());
                }
                self.buffer.extend_from_slice(&chunk[..n]);
            }
            return Ok(Reply { status, body: self.buffer[end + 4..whole].to_vec() });
        }
    }
}

/// Several connections to one server.
pub(crate) struct Clients(Vec<Vec<Client>>);

impl Clients {
    /// `n` connections, `n` divisible by the number of askers or 1.
    pub(crate) fn connect(address: SocketAddr, n: usize) -> Result<Self> {
        let n_askers = ASKERS.min(n);
        let share = || (0..n / n_askers).map(|_| Client::connect(address)).collect();
        (0..n_askers).map(|_| share()).collect::<Result<_>>().map(Self)
    }

    /// Every connection asks `each` times; `request` makes the text of the i-th request, and every
    /// answer must have the status `expected`.
    pub(crate) fn ask(
        &mut self,
        each: usize,
        expected: u16,
        request: &(impl Fn(usize) -> String + Sync),
    ) -> Result<()> {
        let per_asker = each * self.0.first().map_or(0, Vec::len);
        thread::scope(|scope| {
            let mut askers = Vec::new();
            for (i, share) in self.0.iter_mut().enumerate() {
                askers.push(scope.spawn(move || {
                    asker(share, i * per_asker, each, expected, request)
                        .map_err(|error| error.to_string())
                }));
            }
            for asker in askers {
                asker.join().map_err(|_| "an asker panicked")??;
            }
            Ok(())
        })
    }
}

fn asker(
    share: &mut [Client],
    first: usize,
    each: usize,
    expected: u16,
    request: impl Fn(usize) -> String,
) -> Result<()> {
    let mut next = first;
    for _ in 0..each {
        for client in &mut *share {
            client.send(&request(next))?;
            next += 1;
        }
        for client in &mut *share {
            let reply = client.receive()?;
            if reply.status != expected {
                let body = String::from_utf8_lossy(&reply.body);
                return Err(format!("{} instead of {expected}: {body}", reply.status).into());
            }
        }
    }
    Ok(())
}
