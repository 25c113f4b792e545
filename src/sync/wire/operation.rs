//! Operations on their way up: one a line, each as its author wrote it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::text::Text;
use super::{Fault, line, lines, parse};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::{NodeId, OperationId};
use crate::operation::{Hash, Head, OPERATION_BYTES_MAX, Operation, Personal};
use crate::sync::Batch;

const WHAT: &str = "an operation";

/// An operation. `facts` and `personal` are texts within the text, byte for byte what is hashed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncOperation"))]
pub(crate) struct OperationLine<'a> {
    node: Text<NodeId>,
    incarnation: Text<u64>,
    /// From 1, without gaps within the incarnation.
    seq: Text<u64>,
    /// The schema version of its author.
    schema: u32,
    /// The author's logical clock: 48 bits of milliseconds, 16 bits that count.
    hlc: Text<u64>,
    /// In the first operation of an incarnation: what it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<HeadEntry>,
    /// JSON as its author wrote it.
    facts: Cow<'a, str>,
    /// Goes with `personal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Text<[u8; 16]>>,
    /// JSON as its author wrote it; left out when there was none or when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal_hash: Option<Text<Hash>>,
    hash: Text<Hash>,
}

/// The end of a chain.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncHead"))]
struct HeadEntry {
    incarnation: Text<u64>,
    seq: Text<u64>,
    hash: Text<Hash>,
}

/// The body of a push: a line for each operation.
pub fn write_batch(batch: &Batch) -> Vec<u8> {
    let mut text = Vec::new();
    for operation in &batch.operations {
        line(&mut text, &OperationLine::from(operation));
    }
    text
}

/// Reads what [`write_batch`] wrote.
///
/// # Errors
///
/// - [`Error::Invalid`]: a line is no operation or too long. The number of the line is told, and
///   nothing that stands in it.
pub fn read_batch(text: &[u8]) -> Result<Batch> {
    let operation = |(n, line): (usize, &[u8])| {
        if line.len() > OPERATION_BYTES_MAX {
            let rule = format!("must have at most {OPERATION_BYTES_MAX} bytes");
            return Err(Error::invalid(format!("line {n}"), rule));
        }
        let read: OperationLine<'_> = parse(n, WHAT, line)?;
        Operation::try_from(read).map_err(|rule| Fault::new(n, WHAT, rule).into())
    };
    let operations = lines(text).map(operation).collect::<Result<_>>()?;
    Ok(Batch { operations })
}

impl<'a> From<&'a Operation> for OperationLine<'a> {
    fn from(operation: &'a Operation) -> Self {
        let Operation { id, schema, hlc, follows, facts, personal, personal_hash, hash } =
            operation;
        let follows = follows.map(|head| HeadEntry {
            incarnation: Text(head.incarnation),
            seq: Text(head.seq),
            hash: Text(head.hash),
        });
        Self {
            node: Text(id.node),
            incarnation: Text(id.incarnation),
            seq: Text(id.seq),
            schema: *schema,
            hlc: Text(hlc.time()),
            follows,
            facts: facts.into(),
            salt: personal.as_ref().map(|personal| Text(personal.salt)),
            personal: personal.as_ref().map(|personal| personal.text.as_str().into()),
            personal_hash: personal_hash.map(Text),
            hash: Text(*hash),
        }
    }
}

impl TryFrom<OperationLine<'_>> for Operation {
    type Error = &'static str;

    fn try_from(line: OperationLine<'_>) -> std::result::Result<Self, &'static str> {
        let (node, seq) = (line.node.0, line.seq.0);
        if seq == 0 {
            return Err("`seq` counts from 1");
        }
        let personal = match (line.salt, line.personal) {
            (Some(Text(salt)), Some(text)) => Some(Personal { salt, text: text.into_owned() }),
            (None, None) => None,
            _ => return Err("`salt` and `personal` come together"),
        };
        let follows = line.follows.map(|head| Head {
            incarnation: head.incarnation.0,
            seq: head.seq.0,
            hash: head.hash.0,
        });
        Ok(Self {
            id: OperationId { node, incarnation: line.incarnation.0, seq },
            schema: line.schema,
            hlc: Hlc::from_parts(line.hlc.0, node),
            follows,
            facts: line.facts.into_owned(),
            personal,
            personal_hash: line.personal_hash.map(|hash| hash.0),
            hash: line.hash.0,
        })
    }
}
