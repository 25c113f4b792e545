//! Connection: one request after another on the same wire.

use std::io::{BufRead, BufReader, Write};
use std::time::Instant;

use super::answer;
use super::error::LinkError;
use super::request::Response;
use super::wire::Stream;
use crate::clock::Clock;

/// A connection, and what has come on it ahead of being asked for.
pub(super) struct Connection {
    reader: BufReader<Stream>,
    /// Whether any byte of the answer to the last request has come.
    pub(super) is_answered: bool,
    /// Whether the last answer leaves the connection open.
    keeps: bool,
}

impl Connection {
    pub(super) fn over(stream: Stream) -> Self {
        Self { reader: BufReader::new(stream), is_answered: false, keeps: false }
    }

    pub(super) fn is_quiet(&mut self) -> bool {
        self.reader.buffer().is_empty() && self.reader.get_mut().is_quiet()
    }

    pub(super) fn ask(
        &mut self,
        asked: &[u8],
        until: Instant,
        clock: &dyn Clock,
    ) -> Result<Response, LinkError> {
        (self.is_answered, self.keeps) = (false, false);
        let stream = self.reader.get_mut();
        stream.wire().until = until;
        let written = stream.write_all(asked).and_then(|()| stream.flush());
        let written = written.map_err(LinkError::from_io);
        // A parent that refuses may answer and hang up before it has read all.
        let is_written = match written {
            Ok(()) => true,
            Err(LinkError::Broken(_)) => false,
            Err(error) => return Err(error),
        };
        if self.reader.fill_buf().map_err(LinkError::from_io)?.is_empty() {
            return Err(LinkError::Broken("it was closed without an answer".to_owned()));
        }
        self.is_answered = true;
        let (response, keeps) = answer::read(&mut self.reader, clock)?;
        self.keeps = keeps && is_written;
        Ok(response)
    }

    pub(super) fn keep_in(
        self,
        kept: &mut Option<Self>,
        told: Result<Response, LinkError>,
    ) -> Result<Response, LinkError> {
        *kept = (told.is_ok() && self.keeps).then_some(self);
        told
    }
}
