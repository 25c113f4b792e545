//! A parent that says what the test tells it to say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tillbook::sync::client::{LinkError, LinkOptions, Response};

/// No test waits longer than this for anything that comes.
const LONG: Duration = Duration::from_secs(20);

/// What the parent does after it has read a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Sends these bytes; nothing else is said about the connection.
    Say(Vec<u8>),
    /// Says nothing until the other side has hung up.
    Sleep,
}

pub(crate) fn say(text: impl AsRef<[u8]>) -> Act {
    Act::Say(text.as_ref().to_vec())
}

/// An answer with a body and its length.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Act {
    with("", body)
}

/// An answer with more headers, each with its line's end.
pub(crate) fn with(headers: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    say([head.as_bytes(), body].concat())
}

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The number of the connection, from 0.
    pub(crate) connection: usize,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Parent {
    pub(crate) address: SocketAddr,
    thread: JoinHandle<Vec<Heard>>,
}

impl Parent {
    /// Takes one connection after the other and does on each what its list says.
    pub(crate) fn plain(acts: Vec<Vec<Act>>) -> Self {
        Self::start(acts, None)
    }

    pub(crate) fn under_tls(acts: Vec<Vec<Act>>, config: Arc<ServerConfig>) -> Self {
        Self::start(acts, Some(config))
    }

    fn start(acts: Vec<Vec<Act>>, config: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            let mut heard = Vec::new();
            for (connection, acts) in acts.into_iter().enumerate() {
                let (wire, _) = listener.accept().unwrap();
                wire.set_read_timeout(Some(LONG)).unwrap();
                match &config {
                    None => talk(wire, connection, acts, &mut heard),
                    Some(config) => {
                        let session = ServerConnection::new(Arc::clone(config)).unwrap();
                        talk(StreamOwned::new(session, wire), connection, acts, &mut heard);
                    }
                }
            }
            heard
        });
        Self { address, thread }
    }

    pub(crate) fn options(&self) -> LinkOptions {
        LinkOptions::to(format!("http://{}/base/", self.address), "id.secret")
    }

    /// Everything that was asked, once every connection has come to its end.
    pub(crate) fn heard(self) -> Vec<Heard> {
        self.thread.join().unwrap()
    }
}

fn talk(stream: impl Read + Write, connection: usize, acts: Vec<Act>, heard: &mut Vec<Heard>) {
    let mut reader = BufReader::new(stream);
    for act in acts {
        let Some((head, body)) = request(&mut reader) else { return };
        heard.push(Heard { connection, head, body });
        match act {
            Act::Say(bytes) => {
                // Somebody who does not believe the answer hangs up in the middle of it.
                let _ = reader.get_mut().write_all(&bytes);
                let _ = reader.get_mut().flush();
            }
            Act::Sleep => {
                let _ = reader.read(&mut [0]);
            }
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// An answer or a failure in a line, without what changes from run to run.
pub(crate) fn told(told: Result<Response, LinkError>) -> String {
    match told {
        Ok(response) => {
            let body = String::from_utf8_lossy(&response.body);
            let after = response.retry_after.map(|after| format!(" after {} s", after.as_secs()));
            format!("{} {body}{}", response.status, after.unwrap_or_default())
        }
        Err(error) => {
            let retry = if error.is_retryable() { "again" } else { "never again" };
            format!("{error} [{retry}]")
        }
    }
}
