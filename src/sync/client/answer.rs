//! Answer: what comes back, read up to its limits.

use std::io::{self, BufRead, Read};
use std::time::{Duration, UNIX_EPOCH};

use httparse::Status;
use zstd::stream::read::Decoder;

use super::error::LinkError;
use super::request::Response;
use crate::clock::Clock;

/// An answer has at most this many bytes, as it is sent and as it is unpacked.
pub const ANSWER_BYTES_MAX: u64 = 16 << 20;
/// The status line and the headers of an answer have at most this many bytes.
pub const HEAD_BYTES_MAX: u64 = 16 << 10;
/// An answer has at most this many headers.
pub const HEADERS_MAX: usize = 64;
/// The line before a chunk, and each header after the last one, has at most this many bytes.
const CHUNK_LINE_BYTES_MAX: u64 = 256;
/// So many lines may follow the last chunk.
const TRAILERS_MAX: usize = 16;
/// So many answers may say that the real one follows.
const PROVISIONAL_MAX: usize = 8;
/// Unpacking looks back at most 2^23 bytes, as RFC 9659 asks of everybody who packs for HTTP.
const WINDOW_LOG_MAX: u32 = 23;

/// Reads an answer and whether the connection can be used again.
pub(super) fn read(
    reader: &mut impl BufRead,
    clock: &dyn Clock,
) -> Result<(Response, bool), LinkError> {
    let head = Head::read(reader)?;
    let framing = head.framing()?;
    if matches!(framing, Framing::Length(length) if length > ANSWER_BYTES_MAX) {
        return Err(LinkError::TooLarge(ANSWER_BYTES_MAX));
    }
    let left = framing.first();
    let body = Body { reader, left, framing, is_over: false, n_read: 0 };
    let body = match head.one("content-encoding")? {
        None | Some("identity") => body.whole()?,
        Some("zstd") => unpacked(body)?,
        Some(other) => {
            return Err(LinkError::protocol(format!("it is packed with {other}, unasked")));
        }
    };
    let keeps = head.keeps && framing != Framing::UntilClose;
    let retry_after = head.retry_after(clock);
    Ok((Response { status: head.status, retry_after, headers: head.headers, body }, keeps))
}

/// The status and the headers, their names in lower case.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    /// Whether the connection goes on after this answer.
    keeps: bool,
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunks,
    UntilClose,
}

impl Framing {
    /// How many bytes may be read before something must be said about more.
    fn first(self) -> u64 {
        match self {
            Self::Length(length) => length,
            Self::Chunks => 0,
            Self::UntilClose => u64::MAX,
        }
    }
}

impl Head {
    fn read(reader: &mut impl BufRead) -> Result<Self, LinkError> {
        for _ in 0..PROVISIONAL_MAX {
            let head = Self::read_one(reader)?;
            if head.status >= 200 {
                return Ok(head);
            }
        }
        Err(LinkError::protocol("the real answer does not come"))
    }

    fn read_one(reader: &mut impl BufRead) -> Result<Self, LinkError> {
        let mut bytes = Vec::new();
        loop {
            let line = line(reader, HEAD_BYTES_MAX - bytes.len() as u64)?;
            bytes.extend_from_slice(&line);
            // An empty line before the status is passed over, as the RFC asks.
            if line.trim_ascii().is_empty() && !bytes.trim_ascii().is_empty() {
                break;
            }
        }
        let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut parsed = httparse::Response::new(&mut room);
        match parsed.parse(&bytes) {
            Ok(Status::Complete(_)) => {}
            Ok(Status::Partial) => return Err(LinkError::protocol("its head has no end")),
            Err(error) => return Err(LinkError::protocol(error)),
        }
        let (Some(version), Some(status)) = (parsed.version, parsed.code) else {
            return Err(LinkError::protocol("it has no status"));
        };
        if status == 101 {
            return Err(LinkError::protocol("it leaves HTTP"));
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value.trim_ascii()).into_owned();
        let headers = parsed.headers.iter();
        let headers: Vec<_> =
            headers.map(|one| (one.name.to_ascii_lowercase(), text(one.value))).collect();
        let head = Self { status, headers, keeps: version == 1 };
        let is_close = |word: &str| word.trim().eq_ignore_ascii_case("close");
        let closes = head.all("connection").any(|value| value.split(',').any(is_close));
        Ok(Self { keeps: head.keeps && !closes, ..head })
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header that has one value.
    fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>, LinkError> {
        let mut values = self.all(name);
        let first = values.next();
        match values.all(|value| Some(value) == first) {
            true => Ok(first),
            false => Err(LinkError::protocol(format!("it has two of {name}"))),
        }
    }

    fn framing(&self) -> Result<Framing, LinkError> {
        let length = self.one("content-length")?;
        match (self.one("transfer-encoding")?, length) {
            _ if matches!(self.status, 204 | 304) => Ok(Framing::Length(0)),
            (None, Some(length)) => {
                let is_number = length.bytes().all(|byte| byte.is_ascii_digit());
                let length = length.parse().ok().filter(|_| is_number);
                length.map(Framing::Length).ok_or_else(|| LinkError::protocol("it has no length"))
            }
            (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunks),
            // A proxy may word its refusals so; of anything else it would be unknown whether it is
            // whole.
            (None, None) if self.status >= 300 => Ok(Framing::UntilClose),
            _ => Err(LinkError::protocol("it does not say where it ends")),
        }
    }

    /// `Retry-After`, as seconds or as a date. A date counts from the answer's own, where there is
    /// one: the parent's clock is righter than a till's.
    fn retry_after(&self, clock: &dyn Clock) -> Option<Duration> {
        let text = self.all("retry-after").next()?;
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let since_1970 =
            |text: &str| httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok();
        let now = self.all("date").next().and_then(since_1970);
        let ours = || Duration::from_millis(u64::try_from(clock.now().ms()).unwrap_or_default());
        Some(since_1970(text)?.saturating_sub(now.unwrap_or_else(ours)))
    }
}

/// The bytes of a body, without what frames them.
struct Body<'a, R> {
    reader: &'a mut R,
    framing: Framing,
    /// So many bytes follow before the end, or before the next chunk.
    left: u64,
    /// Whether the last chunk has come.
    is_over: bool,
    n_read: u64,
}

impl<R: BufRead> Body<'_, R> {
    fn next_chunk(&mut self) -> Result<(), LinkError> {
        let text = line(self.reader, CHUNK_LINE_BYTES_MAX)?;
        match httparse::parse_chunk_size(&text) {
            Ok(Status::Complete((_, size))) => self.left = size,
            _ => return Err(LinkError::protocol("a chunk has no size")),
        }
        if self.left > 0 {
            return Ok(());
        }
        self.is_over = true;
        for _ in 0..TRAILERS_MAX {
            if line(self.reader, CHUNK_LINE_BYTES_MAX)?.trim_ascii().is_empty() {
                return Ok(());
            }
        }
        Err(LinkError::protocol("too much follows the last chunk"))
    }

    fn whole(mut self) -> Result<Vec<u8>, LinkError> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).map_err(LinkError::from_io)?;
        Ok(bytes)
    }

    fn end_chunk(&mut self) -> Result<(), LinkError> {
        match line(self.reader, 2)?.trim_ascii().is_empty() {
            true => Ok(()),
            false => Err(LinkError::protocol("a chunk does not end where it should")),
        }
    }
}

impl<R: BufRead> Read for Body<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && self.framing == Framing::Chunks && !self.is_over {
            self.next_chunk().map_err(LinkError::into_io)?;
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let n = self.reader.read(&mut buffer[..most]).map_err(LinkError::from_io);
        let n = n.map_err(LinkError::into_io)?;
        if n == 0 && self.framing != Framing::UntilClose {
            return Err(LinkError::Broken("its body is cut".to_owned()).into_io());
        }
        self.n_read += n as u64;
        if self.n_read > ANSWER_BYTES_MAX {
            return Err(LinkError::TooLarge(ANSWER_BYTES_MAX).into_io());
        }
        self.left = if n == 0 { 0 } else { self.left - n as u64 };
        if self.left == 0 && self.framing == Framing::Chunks {
            self.end_chunk().map_err(LinkError::into_io)?;
        }
        Ok(n)
    }
}

/// What zstd says about bytes that it does not understand is about the answer, not the connection.
fn unpacked(packed: impl Read) -> Result<Vec<u8>, LinkError> {
    let broken = |error: io::Error| match error.downcast::<LinkError>() {
        Ok(own) => own,
        Err(error) => LinkError::protocol(format!("it cannot be unpacked: {error}")),
    };
    let mut decoder = Decoder::new(packed).map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(broken)?;
    let mut bytes = Vec::new();
    decoder.take(ANSWER_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(broken)?;
    match bytes.len() as u64 > ANSWER_BYTES_MAX {
        true => Err(LinkError::TooLarge(ANSWER_BYTES_MAX)),
        false => Ok(bytes),
    }
}

/// A line with its end, of at most `bytes_max` bytes.
fn line(reader: &mut impl BufRead, bytes_max: u64) -> Result<Vec<u8>, LinkError> {
    let mut line = Vec::new();
    reader.take(bytes_max).read_until(b'\n', &mut line).map_err(LinkError::from_io)?;
    match line.ends_with(b"\n") {
        true => Ok(line),
        false if line.len() as u64 == bytes_max => {
            Err(LinkError::protocol("a line of it is too long"))
        }
        false => Err(LinkError::Broken("its head is cut".to_owned())),
    }
}
