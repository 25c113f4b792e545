//! Messages: what two nodes say to each other in one object.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::text::Text;
use super::vector::{self, List, PlaceEntry, ReachEntry};
use super::{Fault, line, parse};
use crate::error::Result;
use crate::id::NodeId;
use crate::sync::{Cursor, Hello, OTHER_ROOTS_MAX, Received, Refused, Session, Why};
use crate::time::Timestamp;

/// What a child says first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncHello"))]
pub(crate) struct HelloBody<'a> {
    node: Text<NodeId>,
    /// The opening of its file that writes now.
    incarnation: Text<u64>,
    /// The versions of the protocol that it speaks.
    protocol: Protocol,
    currency: CurrencyEntry<'a>,
    /// The root of the tree it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root: Option<Text<NodeId>>,
    root_epoch: Text<u64>,
    /// Whether it holds every operation that it ever wrote or received.
    is_complete: bool,
    /// How far it has the chains about which it wants to hear.
    chains: List<ReachEntry>,
    /// How far it believes the root has them.
    root_received: List<PlaceEntry>,
    /// Where its copy of the parent's state stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Text<Cursor>>,
    /// The nodes below it, itself first, and the root's feed number behind what each of them shows, of those
    /// that were heard of lately.
    marks: List<MarkEntry>,
    /// Roots of other trees, at most 100: nodes of theirs have come to it, and it does not know whether these
    /// trees have joined this one.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    other_roots: List<Text<NodeId>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncProtocol"))]
struct Protocol {
    min: u32,
    max: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncCurrency"))]
struct CurrencyEntry<'a> {
    label: Cow<'a, str>,
    exponent: u8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncMark"))]
struct MarkEntry {
    node: Text<NodeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<Text<u64>>,
}

/// What a parent answers to a hello.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncSession"))]
pub(crate) struct SessionBody {
    /// The version of the protocol that both speak.
    protocol: u32,
    /// Who the parent is.
    node: Text<NodeId>,
    root: Text<NodeId>,
    root_epoch: Text<u64>,
    /// How far the parent has the chains that were named, and no farther than they were, unless it does not
    /// know any more what stands there.
    received: List<ReachEntry>,
    /// How far the root has them, as far as the parent knows.
    root_received: List<PlaceEntry>,
    /// The roots of other trees that were asked about and have joined this one, as far as the parent knows.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    joined: List<Text<NodeId>>,
    server_time: Text<Timestamp>,
}

/// What a parent answers to a batch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncReceived"))]
pub(crate) struct ReceivedBody<'a> {
    /// How far the parent has every chain of the batch; of those that were taken, no farther than that.
    received: List<ReachEntry>,
    /// How far the root has them, as far as the parent knows.
    root_received: List<PlaceEntry>,
    /// The chains that were not taken as far as they were sent.
    refused: List<RefusedEntry<'a>>,
    root_epoch: Text<u64>,
    server_time: Text<Timestamp>,
}

/// Where a chain stopped; what came before it was taken, and so were the other chains.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncRefused"))]
struct RefusedEntry<'a> {
    /// The first operation that was not taken.
    id: PlaceEntry,
    /// `gap`, `fork`, `not-yours` or `upgrade-server`.
    why: Cow<'a, str>,
    /// Of a gap: what must come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<PlaceEntry>,
    /// Of `upgrade-server`: what the parent does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
}

/// The body of a hello.
pub fn write_hello(hello: &Hello) -> Vec<u8> {
    let marks = hello.marks.iter();
    one(&HelloBody {
        node: Text(hello.node),
        incarnation: Text(hello.incarnation),
        protocol: Protocol { min: hello.protocol.0, max: hello.protocol.1 },
        currency: CurrencyEntry {
            label: hello.currency.0.as_str().into(),
            exponent: hello.currency.1,
        },
        root: hello.root.map(Text),
        root_epoch: Text(hello.root_epoch),
        is_complete: hello.is_complete,
        chains: vector::write(&hello.chains),
        root_received: vector::write_root(&hello.root_received),
        cursor: hello.cursor.map(Text),
        marks: marks
            .map(|(node, mark)| MarkEntry { node: Text(*node), mark: mark.map(Text) })
            .collect(),
        other_roots: hello.other_roots.iter().copied().map(Text).collect(),
    })
}

/// Reads of a hello nothing but the versions of the protocol, least and greatest, so that a child too
/// new to be understood can be told so.
///
/// # Errors
///
/// - [`Error::Invalid`](crate::Error::Invalid): the text is no JSON or has no versions.
pub fn read_protocol(text: &[u8]) -> Result<(u32, u32)> {
    #[derive(Deserialize)]
    #[serde(expecting = "an object")]
    struct Versions {
        protocol: Protocol,
    }
    let Versions { protocol } = parse(1, "a hello", text)?;
    Ok((protocol.min, protocol.max))
}

/// Reads what [`write_hello`] wrote.
///
/// # Errors
///
/// - [`Error::Invalid`](crate::Error::Invalid): the text is no hello, or names more chains than
///   [`CHAINS_MAX`](crate::sync::CHAINS_MAX) or more other roots than [`OTHER_ROOTS_MAX`].
pub fn read_hello(text: &[u8]) -> Result<Hello> {
    const WHAT: &str = "a hello";
    let body: HelloBody<'_> = parse(1, WHAT, text)?;
    let wrong = |rule| Fault::new(1, WHAT, rule);
    Ok(Hello {
        node: body.node.0,
        incarnation: body.incarnation.0,
        protocol: (body.protocol.min, body.protocol.max),
        currency: (body.currency.label.into_owned(), body.currency.exponent),
        root: body.root.map(|root| root.0),
        root_epoch: body.root_epoch.0,
        is_complete: body.is_complete,
        chains: vector::read(body.chains).map_err(wrong)?,
        root_received: vector::read_root(body.root_received).map_err(wrong)?,
        cursor: body.cursor.map(|cursor| cursor.0),
        marks: body
            .marks
            .0
            .into_iter()
            .map(|entry| (entry.node.0, entry.mark.map(|mark| mark.0)))
            .collect(),
        other_roots: roots(body.other_roots).map_err(wrong)?,
    })
}

/// The answer to a hello.
pub fn write_session(session: &Session) -> Vec<u8> {
    one(&SessionBody {
        protocol: session.protocol,
        node: Text(session.node),
        root: Text(session.root),
        root_epoch: Text(session.root_epoch),
        received: vector::write(&session.received),
        root_received: vector::write_root(&session.root_received),
        joined: session.joined.iter().copied().map(Text).collect(),
        server_time: Text(session.server_time),
    })
}

/// Reads what [`write_session`] wrote.
///
/// # Errors
///
/// - [`Error::Invalid`](crate::Error::Invalid): the text is no session.
pub fn read_session(text: &[u8]) -> Result<Session> {
    const WHAT: &str = "a session";
    let body: SessionBody = parse(1, WHAT, text)?;
    let wrong = |rule| Fault::new(1, WHAT, rule);
    Ok(Session {
        protocol: body.protocol,
        node: body.node.0,
        root: body.root.0,
        root_epoch: body.root_epoch.0,
        received: vector::read(body.received).map_err(wrong)?,
        root_received: vector::read_root(body.root_received).map_err(wrong)?,
        joined: roots(body.joined).map_err(wrong)?,
        server_time: body.server_time.0,
    })
}

fn roots(list: List<Text<NodeId>>) -> Result<Vec<NodeId>, &'static str> {
    match list.0.len() {
        ..=OTHER_ROOTS_MAX => Ok(list.0.into_iter().map(|root| root.0).collect()),
        _ => Err("roots of other trees are at most 100"),
    }
}

/// The answer to a push.
pub fn write_received(received: &Received) -> Vec<u8> {
    one(&ReceivedBody {
        received: vector::write(&received.received),
        root_received: vector::write_root(&received.root_received),
        refused: received.refused.iter().map(RefusedEntry::from).collect(),
        root_epoch: Text(received.root_epoch),
        server_time: Text(received.server_time),
    })
}

/// Reads what [`write_received`] wrote.
///
/// # Errors
///
/// - [`Error::Invalid`](crate::Error::Invalid): the text is no answer to a push.
pub fn read_received(text: &[u8]) -> Result<Received> {
    const WHAT: &str = "an answer to a push";
    let body: ReceivedBody<'_> = parse(1, WHAT, text)?;
    let wrong = |rule| Fault::new(1, WHAT, rule);
    let refused = body.refused.0.into_iter().map(Refused::try_from);
    Ok(Received {
        received: vector::read(body.received).map_err(wrong)?,
        root_received: vector::read_root(body.root_received).map_err(wrong)?,
        refused: refused.collect::<Result<_, _>>().map_err(wrong)?,
        root_epoch: body.root_epoch.0,
        server_time: body.server_time.0,
    })
}

impl Why {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Gap(_) => "gap",
            Self::Fork => "fork",
            Self::NotYours => "not-yours",
            Self::UpgradeServer(_) => "upgrade-server",
        }
    }
}

impl<'a> From<&'a Refused> for RefusedEntry<'a> {
    fn from(Refused { id, why }: &'a Refused) -> Self {
        let (expected, reason) = match why {
            Why::Gap(expected) => (Some((*expected).into()), None),
            Why::UpgradeServer(reason) => (None, Some(reason.as_str().into())),
            Why::Fork | Why::NotYours => (None, None),
        };
        Self { id: (*id).into(), why: why.as_str().into(), expected, reason }
    }
}

impl TryFrom<RefusedEntry<'_>> for Refused {
    type Error = &'static str;

    fn try_from(entry: RefusedEntry<'_>) -> Result<Self, &'static str> {
        let why = match (&*entry.why, entry.expected, entry.reason) {
            ("gap", Some(expected), _) => Why::Gap(expected.into()),
            ("gap", None, _) => return Err("a gap says what is expected"),
            ("fork", ..) => Why::Fork,
            ("not-yours", ..) => Why::NotYours,
            (_, _, Some(reason)) => Why::UpgradeServer(reason.into_owned()),
            // A reason of a newer parent stops that chain and no other one.
            (why, _, None) => Why::UpgradeServer(why.to_owned()),
        };
        Ok(Self { id: entry.id.into(), why })
    }
}

fn one(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::new();
    line(&mut text, value);
    text
}
