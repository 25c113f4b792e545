//! Sixteen connections that ask and wait, over HTTP/1.1 written by hand.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::str::Utf8Error;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream as AsyncStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::Result;

const WAIT: Duration = Duration::from_secs(60);

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(WAIT))?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 << 10) })
    }

    pub(crate) fn ask(&mut self, request: &str) -> Result<Reply> {
        self.stream.write_all(request.as_bytes())?;
        self.receive()
    }

    /// Reads one answer, which says how long it is.
    fn receive(&mut self) -> Result<Reply> {
        self.buffer.clear();
        let mut chunk = [0; 64 << 10];
        while whole(&self.buffer)?.is_none_or(|whole| self.buffer.len() < whole) {
            let n = self.stream.read(&mut chunk)?;
            if n == 0 {
                return Err("the connection was closed".into());
            }
            self.buffer.extend_from_slice(&chunk[..n]);
        }
        Ok(Reply { status: status(&self.buffer).map_err(|error| error.to_string())? })
    }
}

/// Several connections to one server, each of which asks again as soon as it has been answered; one
/// thread serves them all.
pub(crate) struct Clients {
    runtime: Runtime,
    streams: Vec<AsyncStream>,
}

impl Clients {
    pub(crate) fn connect(address: SocketAddr, n: usize) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let streams = runtime.block_on(async {
            let mut streams = Vec::new();
            for _ in 0..n {
                let stream = AsyncStream::connect(address).await?;
                stream.set_nodelay(true)?;
                streams.push(stream);
            }
            Ok::<_, std::io::Error>(streams)
        })?;
        Ok(Self { runtime, streams })
    }

    /// Every connection sends its share of `requests`, and every answer must have the status
    /// `expected`. The time of making the requests is the caller's affair.
    pub(crate) fn ask(&mut self, requests: Vec<Vec<String>>, expected: u16) -> Result<()> {
        let streams = std::mem::take(&mut self.streams);
        let done = self.runtime.block_on(async {
            let mut asking = JoinSet::new();
            for (stream, share) in streams.into_iter().zip(requests) {
                asking.spawn(ask_all(stream, share, expected));
            }
            let mut streams = Vec::new();
            while let Some(asked) = asking.join_next().await {
                streams.push(asked??);
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(streams)
        });
        self.streams = done.map_err(|error| error.to_string())?;
        Ok(())
    }
}

/// The requests of `n` connections, `each` of them for every one.
pub(crate) fn shares(n: usize, each: usize, request: &dyn Fn(usize) -> String) -> Vec<Vec<String>> {
    (0..n).map(|i| (i * each..(i + 1) * each).map(request).collect()).collect()
}

async fn ask_all(
    mut stream: AsyncStream,
    requests: Vec<String>,
    expected: u16,
) -> std::result::Result<AsyncStream, Box<dyn Error + Send + Sync>> {
    let mut answer = Vec::with_capacity(64 << 10);
    for request in requests {
        stream.write_all(request.as_bytes()).await?;
        answer.clear();
        while whole(&answer)?.is_none_or(|whole| answer.len() < whole) {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err("the connection was closed".into());
            }
        }
        if status(&answer)? != expected {
            let found = String::from_utf8_lossy(&answer);
            return Err(format!("not {expected}: {found}").into());
        }
    }
    Ok(stream)
}

/// How long the answer is whose beginning has come, once its head has.
fn whole(answer: &[u8]) -> std::result::Result<Option<usize>, Utf8Error> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let length = std::str::from_utf8(&answer[..end])?.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Ok(Some(end + 4 + length.unwrap_or(0_usize)))
}

fn status(answer: &[u8]) -> std::result::Result<u16, Box<dyn Error + Send + Sync>> {
    Ok(std::str::from_utf8(answer.get(9..12).ok_or("no status")?)?.parse()?)
}
