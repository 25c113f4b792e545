//! Operation: what happened, as its author wrote it down, in a chain that cannot be changed
//! unnoticed.
//!
//! Every write appends one operation in the same SQL transaction as its effect. Writing here,
//! receiving from elsewhere and laying pending work over a checkpoint use one function, `apply`.

mod again;
mod apply;
mod chain;
mod change;
mod debt;
mod find;
mod location;
mod log;
mod merge;
mod receive;
mod verify;

use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::OperationId;

pub(crate) use again::{applied, copy, cut, redo};
pub(crate) use apply::Seen;
pub(crate) use change::Change;
pub use change::ChangeKind;
pub(crate) use find::recording;
pub(crate) use location::claims as claims_of_location;
pub(crate) use log::{append, append_seen, at, between, erase, heads, reach};
pub use receive::AHEAD_MS_MAX;
pub(crate) use receive::is_nonsense;
pub(crate) use verify::{Trouble, verify};

/// The schema version of this version's operations. It rises when a kind or a field gets another
/// meaning, not when a field is added: unknown fields are carried in `ext`.
pub const OPERATION_SCHEMA: u32 = 1;
/// An operation is sent to other nodes as a line of at most this many bytes: 512 KiB. None is written
/// that would have more, because no other node would ever take it, nor what comes after it.
pub const OPERATION_BYTES_MAX: usize = 512 << 10;
/// Such a line has at most this many bytes beside the facts and the personal part.
pub(crate) const LINE_REST_BYTES: usize = 1 << 10;
/// First byte of what is hashed; another layout would have another one.
const HEADER_FORMAT: u8 = 1;

/// A BLAKE3 hash.
pub type Hash = [u8; 32];

/// The end of a chain: where an incarnation stopped and the next one of the same file goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The incarnation.
    pub incarnation: u64,
    /// The number of its last operation.
    pub seq: u64,
    /// That operation's hash.
    pub hash: Hash,
}

/// The part of an operation that an erase takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Random, so that the hash tells nothing about a guessed text.
    pub salt: [u8; 16],
    /// JSON: for each change an object of fields, or null.
    pub text: String,
}

/// One write of one node, with everything that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Node, incarnation and number.
    pub id: OperationId,
    /// Schema version of the author; a greater one than [`OPERATION_SCHEMA`] is not applied.
    pub schema: u32,
    /// The author's clock when it was written.
    pub hlc: Hlc,
    /// In an incarnation's first operation: what it goes on from, unless it is the file's first.
    pub follows: Option<Head>,
    /// JSON: for each change its kind, the customer or location, and the fields that are no personal data.
    pub facts: String,
    /// The personal part; `None` when there was none or when it was erased.
    pub personal: Option<Personal>,
    /// `BLAKE3(salt ‖ personal)`, which outlives the personal part; `None` when there was none.
    pub personal_hash: Option<Hash>,
    /// `BLAKE3(previous hash ‖ header ‖ BLAKE3(facts) ‖ personal hash)`.
    pub hash: Hash,
}

impl Operation {
    /// The hash that chains this operation to the one with hash `previous`.
    ///
    /// The header is, in this order and big-endian: format (1 byte, 1), schema (4), node (16),
    /// incarnation (8), number (8), clock (8), then 0, or 1 and the incarnation (8), number (8) and
    /// hash (32) it follows. An absent personal hash counts as 32 zero bytes, and so does the
    /// previous hash of a file's first operation.
    pub fn chained(&self, previous: &Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(previous);
        hasher.update(&[HEADER_FORMAT]);
        hasher.update(&self.schema.to_be_bytes());
        hasher.update(&self.id.node.0);
        hasher.update(&self.id.incarnation.to_be_bytes());
        hasher.update(&self.id.seq.to_be_bytes());
        hasher.update(&self.hlc.time().to_be_bytes());
        match &self.follows {
            None => hasher.update(&[0]),
            Some(head) => hasher
                .update(&[1])
                .update(&head.incarnation.to_be_bytes())
                .update(&head.seq.to_be_bytes())
                .update(&head.hash),
        };
        hasher.update(blake3::hash(self.facts.as_bytes()).as_bytes());
        hasher.update(&self.personal_hash.unwrap_or_default());
        *hasher.finalize().as_bytes()
    }

    /// Checks the operation against the hash before it in its chain.
    ///
    /// # Errors
    ///
    /// - [`Error::Damaged`]: the content or the place in the chain is not the author's.
    pub fn verify(&self, previous: &Hash) -> Result<()> {
        let own_clock = self.hlc.node() == self.id.node;
        match self.words_hold() && own_clock && self.chained(previous) == self.hash {
            true => Ok(()),
            false => Err(Error::Damaged(self.id)),
        }
    }

    /// Whether the personal part, where there is one, is what its author wrote.
    pub(crate) fn words_hold(&self) -> bool {
        let personal = self.personal.as_ref().map(Personal::hash);
        personal.is_none_or(|hash| Some(hash) == self.personal_hash)
    }

    /// Refuses what is too long to be sent. Facts and personal part are JSON, and as texts within JSON
    /// their quotes and backslashes take two bytes.
    fn check_size(&self) -> Result<()> {
        let personal = self.personal.as_ref().map_or("", |personal| personal.text.as_str());
        let n_bytes = self.facts.len() + personal.len();
        let room = OPERATION_BYTES_MAX - LINE_REST_BYTES;
        if 2 * n_bytes <= room {
            return Ok(());
        }
        if line_bytes(&self.facts) + line_bytes(personal) <= room {
            return Ok(());
        }
        let rule = format!("is longer than {OPERATION_BYTES_MAX} bytes; make the change in steps");
        Err(Error::invalid("operation", rule))
    }

    /// Refuses what a newer version wrote, which this one cannot even verify.
    pub(crate) fn check_schema(&self) -> Result<()> {
        match self.schema > OPERATION_SCHEMA {
            true => {
                let reason = format!("it has schema {}", self.schema);
                Err(Error::UpgradeNeeded { id: self.id, reason })
            }
            false => Ok(()),
        }
    }

    pub(crate) fn changes(&self) -> Result<Vec<Change>> {
        let personal = self.personal.as_ref().map(|personal| personal.text.as_str());
        change::read(&self.facts, personal).map_err(|error| match error {
            change::ReadError::Damaged => Error::Damaged(self.id),
            change::ReadError::UnknownKind(kind) => Error::UpgradeNeeded {
                id: self.id,
                reason: format!("{kind:?} is an unknown kind of change"),
            },
        })
    }
}

/// How many bytes a JSON text has as a text within JSON, without the quotes around it.
pub(crate) fn line_bytes(text: &str) -> usize {
    text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

impl Personal {
    fn hash(&self) -> Hash {
        *blake3::Hasher::new().update(&self.salt).update(self.text.as_bytes()).finalize().as_bytes()
    }
}
