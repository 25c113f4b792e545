//! Unit: what travels between nodes, and what a node keeps of it beside its own rows.
//!
//! A unit is a customer, its two times, a credit transaction, a location, the claimants of one value,
//! or a conflict. Its image is JSON; the part of it that every node must have alike is hashed. This room
//! knows how units are named, hashed, kept aside and numbered, and nothing of what they are.

mod digest;
mod feed;
mod rest;
mod rows;

use serde_json::{Map, Value};

use crate::choice::choice;
use crate::error::{Error, Result};

pub use digest::{Digest, Sum};
pub(crate) use digest::{Side, read as read_digest, reset as reset_digest};
pub(crate) use feed::{
    forget_read, names_gone, note as note_in_feed, outcasts, pass as pass_in_feed,
};
pub(crate) use rest::{put_rest, with_rest};
pub(crate) use rows::{Mode, Rows, forgotten, hash_of_name, is_forgotten};

/// A customer with all that belongs to it, or a location, weighs at most this many bytes: 4 MiB of the
/// JSON text of its unit, so that a page with it is never more than a child takes
/// (`sync::client::ANSWER_BYTES_MAX`). A write that would carry it beyond is refused, and one from
/// elsewhere has no effect.
pub const UNIT_BYTES_MAX: usize = 4 << 20;

choice! {
    /// What a unit is. The order is that in which units are written: each names earlier ones only.
    Kind {
        /// A customer: registers, state, addresses, cards, ban notes. Named by its id.
        Person = "person",
        /// When a customer was created and last changed. Named by its id.
        Times = "times",
        /// A credit transaction. Named by its id.
        Posting = "posting",
        /// A location: registers, state, times, and when its parent was written. Named by its id.
        Location = "location",
        /// Everybody who uses one value, its owner first. Named by the claim's kind, a line feed,
        /// and the value.
        Claim = "claim",
        /// A conflict. Named by its id.
        Conflict = "conflict",
    }
}

/// The name of a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub id: String,
}

impl Unit {
    /// The unit of this kind and id.
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// A unit as it stands at one node: what every node must have alike, and the stamps that decide which
/// edit wins. It prints and reads as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Named values; nulls and defaults are left out.
    pub content: Map<String, Value>,
    /// Which edit each of them is of; not hashed.
    pub stamps: Map<String, Value>,
}

impl Image {
    /// The first 128 bits of a BLAKE3 hash over kind, id and content, whose names are sorted.
    pub fn hash(&self, unit: &Unit) -> u128 {
        let mut hasher = blake3::Hasher::new();
        for part in [unit.kind.as_str(), unit.id.as_str()] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        // In one piece: the hasher is slow with the many small ones that JSON is written in. Writing a
        // JSON value into memory does not fail.
        hasher.update(&serde_json::to_vec(&self.content).unwrap_or_default());
        let mut head = [0; 16];
        head.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_le_bytes(head)
    }

    /// About how long the JSON text is.
    pub(crate) fn size(&self) -> usize {
        fn size(value: &Value) -> usize {
            match value {
                Value::String(text) => text.len() + 2,
                Value::Array(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
                Value::Object(parts) => of(parts),
                _ => 8,
            }
        }
        fn of(parts: &Map<String, Value>) -> usize {
            parts.iter().map(|(name, value)| name.len() + 4 + size(value)).sum::<usize>() + 2
        }
        of(&self.content) + of(&self.stamps)
    }

    /// The JSON text of the whole image.
    pub fn text(&self) -> String {
        let part = |part: &Map<String, Value>| serde_json::to_string(part).unwrap_or_default();
        match (self.content.is_empty(), self.stamps.is_empty()) {
            (true, true) => "{}".to_owned(),
            (false, true) => format!("{{\"content\":{}}}", part(&self.content)),
            (true, false) => format!("{{\"stamps\":{}}}", part(&self.stamps)),
            (false, false) => {
                format!("{{\"content\":{},\"stamps\":{}}}", part(&self.content), part(&self.stamps))
            }
        }
    }

    /// Reads what [`Image::text`] wrote.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the text is not an image.
    pub fn parse(text: &str) -> Result<Self> {
        let rule = || Error::invalid("image", "must be an object of `content` and `stamps`");
        let Ok(Value::Object(mut parts)) = serde_json::from_str(text) else { return Err(rule()) };
        let mut part = |name: &str| match parts.remove(name) {
            None => Ok(Map::new()),
            Some(Value::Object(part)) => Ok(part),
            Some(_) => Err(rule()),
        };
        Ok(Self { content: part("content")?, stamps: part("stamps")? })
    }
}

/// A hash as it lies in a column.
pub(crate) fn hash_cell(hash: u128) -> [u8; 16] {
    hash.to_le_bytes()
}
