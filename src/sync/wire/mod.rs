//! Wire: the values of sync as text, and back.
//!
//! All of it is JSON in UTF-8. A hello, a session, the answer to a batch and a digest are one object
//! each. A batch has an operation a line; a page has a unit a line and a last line that ends it, so
//! that a page that was cut is noticed.
//!
//! Numbers of 64 bits are decimal texts, because most readers of JSON keep 53 bits of a number.
//! Hashes, nodes and salts are lower-case hex, times are RFC 3339. A reader is strict about what it
//! knows and passes over fields that it does not know. What it reads takes no more memory than a small
//! multiple of the text, and no error repeats any of it.

mod message;
mod operation;
mod page;
mod repair;
#[cfg(test)]
mod tests;
mod text;
mod vector;

use serde::Serialize;
use serde::de::Deserialize;
use serde_json::error::Category;

use crate::error::Error;

#[cfg(feature = "http")]
pub(crate) use message::{HelloBody, ReceivedBody, SessionBody};
pub use message::{
    read_hello, read_protocol, read_received, read_session, write_hello, write_received,
    write_session,
};
#[cfg(feature = "http")]
pub(crate) use operation::OperationLine;
pub use operation::{read_batch, write_batch};
pub(super) use page::CheckpointEntry;
#[cfg(feature = "http")]
pub(crate) use page::{DigestBody, PageLine};
pub use page::{Unknown, read_cursor, read_digest, read_page, write_digest, write_page};
#[cfg(feature = "http")]
pub(crate) use repair::BucketsBody;
pub use repair::{read_buckets, read_repair, write_buckets, write_repair};
pub(super) use text::{Text, Word};

/// A line that is not what it should be.
#[derive(Debug)]
struct Fault {
    line: usize,
    what: &'static str,
    reason: String,
}

impl Fault {
    fn new(line: usize, what: &'static str, reason: impl Into<String>) -> Self {
        Self { line, what, reason: reason.into() }
    }
}

impl From<Fault> for Error {
    fn from(Fault { line, what, reason }: Fault) -> Self {
        Self::invalid(format!("line {line}"), format!("must be {what}: {reason}"))
    }
}

/// Appends `value` and the end of a line.
pub(super) fn line(text: &mut Vec<u8>, value: &impl Serialize) {
    // Writing texts, lists and objects into memory does not fail.
    let _ = serde_json::to_writer(&mut *text, value);
    text.push(b'\n');
}

/// The lines with their numbers, without those that hold nothing.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty())
}

/// Reads the one value that stands in `text`, which begins in line `first`.
pub(super) fn parse<'de, T: Deserialize<'de>>(
    first: usize,
    what: &'static str,
    text: &'de [u8],
) -> Result<T, Error> {
    // Objects alone: the order of a list would have to be kept for ever.
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(Fault::new(first, what, "expected an object").into());
    }
    serde_json::from_slice(text).map_err(|error| {
        let line = first + error.line().saturating_sub(1);
        let reason = match error.classify() {
            Category::Data => format!("{} at byte {}", expected(&error), error.column()),
            _ => format!("no JSON at byte {}", error.column()),
        };
        Fault { line, what, reason }.into()
    })
}

/// What was expected, without what was found instead.
fn expected(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(told, _)| told);
    match told.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        // A field that is missing or given twice: its name is one of ours.
        None => told.to_owned(),
    }
}
