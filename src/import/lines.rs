//! Lines of JSON: bytes in, lines with their numbers out.

use std::io::{BufRead, BufReader, Read};

use crate::error::{Error, Result};

/// A line has at most this many bytes: a customer with every list filled up fits.
pub const LINE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Lines that are stored together have about this many bytes, so that memory stays bounded.
const BYTES_PER_COMMIT: usize = 4 * 1024 * 1024;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line that holds something.
#[derive(Debug)]
pub(super) struct TextLine {
    /// Its number, the first being 1.
    pub(super) line: u64,
    pub(super) text: Vec<u8>,
}

/// A file of lines that is being read.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    n_bytes: u64,
    n_lines: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(bytes: R) -> Self {
        Self { reader: BufReader::new(bytes), n_bytes: 0, n_lines: 0 }
    }

    /// How many bytes have been taken in.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The lines of the next commit, at most `n_max`, or `None` at the end.
    pub(super) fn next_lines(&mut self, n_max: usize) -> Result<Option<Vec<TextLine>>> {
        let (mut lines, mut n_bytes) = (Vec::new(), 0);
        while lines.len() < n_max && n_bytes < BYTES_PER_COMMIT {
            let Some(line) = self.next_line()? else { break };
            if !line.text.trim_ascii().is_empty() {
                n_bytes += line.text.len();
                lines.push(line);
            }
        }
        Ok(Some(lines).filter(|lines| !lines.is_empty()))
    }

    fn next_line(&mut self) -> Result<Option<TextLine>> {
        let mut text = Vec::new();
        let n_read = (&mut self.reader).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut text)?;
        if n_read == 0 {
            return Ok(None);
        }
        let line = self.n_lines + 1;
        if n_read as u64 > LINE_BYTES_MAX {
            let rule = format!("is longer than {LINE_BYTES_MAX} bytes");
            return Err(Error::invalid(format!("line {line}"), rule));
        }
        self.n_lines = line;
        self.n_bytes += n_read as u64;
        if line == 1 && text.starts_with(UTF8_MARK) {
            text.drain(..UTF8_MARK.len());
        }
        Ok(Some(TextLine { line, text }))
    }
}
