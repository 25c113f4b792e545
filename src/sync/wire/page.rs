//! Pages: units on their way down, one a line, and the line that ends them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::{Text, Word};
use super::vector::{self, List, PlaceEntry, ReachEntry};
use super::{Fault, line, lines, parse};
use crate::error::Result;
use crate::id::NodeId;
use crate::sync::{Checkpoint, Cursor, Page};
use crate::time::Timestamp;
use crate::unit::{Digest, Image, Kind, Sum, Unit};

const WHAT: &str = "a unit or the end of a page";

/// A unit of a kind that only a newer version knows. This one can neither keep nor show it, and passes
/// it over; no sum of its kind is compared either. A version that knows the kind must read everything
/// anew once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
}

/// A line of a page: a unit has `unit` and `id`, and either `content` and `stamps` or `gone`. The
/// last line has `next`, `full`, and at the end of a run `checkpoint`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncPageLine"))]
pub(crate) struct PageLine<'a> {
    /// What it is: `person`, `times`, `posting`, `claim` or `conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<Cow<'a, str>>,
    /// Which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    /// What every node must have alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Cow<'a, Map<String, Value>>>,
    /// Of which edit each value is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stamps: Option<Cow<'a, Map<String, Value>>>,
    /// There is no such unit any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
    /// Where this page began; left out before everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Text<Cursor>>,
    /// Where the next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Text<Cursor>>,
    /// Whether the run began before everything: what it does not hold is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    full: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<CheckpointEntry>,
}

/// The state that a run makes up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncCheckpoint"))]
pub(crate) struct CheckpointEntry {
    /// Where the next run begins.
    cursor: Text<Cursor>,
    /// How far the state includes the child's chains.
    included: List<ReachEntry>,
    /// How far the root has them, as far as the parent knows.
    root_received: List<PlaceEntry>,
    /// The sums of all units of the state by kind.
    digest: DigestEntry,
    root: Text<NodeId>,
    root_epoch: Text<u64>,
    /// The root's feed number behind the state.
    root_mark: Text<u64>,
    /// The root's time when it had that number last.
    root_at: Text<Timestamp>,
    server_time: Text<Timestamp>,
}

type DigestEntry = BTreeMap<String, SumEntry>;

/// The units of one kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncSum"))]
pub(crate) struct SumEntry {
    /// The sum of their hashes, modulo 2^128.
    sum: Text<u128>,
    n_units: Text<u64>,
}

/// What a node shows, summed up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncDigest"))]
pub(crate) struct DigestBody {
    /// The sums by kind; kinds without units are left out.
    digest: DigestEntry,
}

/// The body of an answer to a pull.
pub fn write_page(page: &Page) -> Vec<u8> {
    let mut text = Vec::new();
    for (unit, image) in &page.units {
        let unit_line = PageLine {
            unit: Some(unit.kind.as_str().into()),
            id: Some(unit.id.as_str().into()),
            content: image.as_ref().map(|image| Cow::Borrowed(&image.content)),
            stamps: image.as_ref().map(|image| Cow::Borrowed(&image.stamps)),
            gone: image.is_none(),
            ..PageLine::default()
        };
        line(&mut text, &unit_line);
    }
    let end = PageLine {
        since: page.since.map(Text),
        next: Some(Text(page.next)),
        full: Some(page.is_full),
        checkpoint: page.checkpoint.as_ref().map(CheckpointEntry::from),
        ..PageLine::default()
    };
    line(&mut text, &end);
    text
}

/// Reads what [`write_page`] wrote, and beside it names the units of unknown kinds that were passed
/// over.
///
/// # Errors
///
/// - [`Error::Invalid`](crate::Error::Invalid): a line is neither a unit nor an end, or the page was
///   cut before its end.
pub fn read_page(text: &[u8]) -> Result<(Page, Vec<Unknown>)> {
    let (mut units, mut unknown, mut n_lines) = (Vec::new(), Vec::new(), 0);
    let mut lines = lines(text);
    for (n, text) in &mut lines {
        n_lines = n;
        let wrong = |rule| Fault::new(n, WHAT, rule);
        let line: PageLine<'_> = parse(n, WHAT, text)?;
        match line {
            PageLine {
                since,
                next: Some(next),
                full: Some(is_full),
                checkpoint,
                unit: None,
                ..
            } => {
                if let Some((n, _)) = lines.next() {
                    return Err(Fault::new(n, "left out", "the page has ended").into());
                }
                let checkpoint = checkpoint.map(Checkpoint::try_from).transpose();
                let checkpoint = checkpoint.map_err(wrong)?;
                let since = since.map(|since| since.0);
                return Ok((Page { units, since, next: next.0, is_full, checkpoint }, unknown));
            }
            PageLine { unit: Some(kind), id: Some(id), content, stamps, gone, .. } => {
                let Some(kind) = Kind::parse(&kind) else {
                    unknown.push(Unknown { kind: kind.into_owned(), id: id.into_owned() });
                    continue;
                };
                let image = image(content, stamps, gone).map_err(wrong)?;
                units.push((Unit::new(kind, id), image));
            }
            _ => return Err(wrong("it has neither `unit` and `id` nor `next` and `full`").into()),
        }
    }
    Err(Fault::new(n_lines + 1, WHAT, "the page was cut before its end").into())
}

type Part<'a> = Option<Cow<'a, Map<String, Value>>>;

fn image(
    content: Part<'_>,
    stamps: Part<'_>,
    gone: bool,
) -> std::result::Result<Option<Image>, &'static str> {
    match (content, stamps, gone) {
        (None, None, true) => Ok(None),
        (Some(content), stamps, false) => {
            let stamps = stamps.map(Cow::into_owned).unwrap_or_default();
            Ok(Some(Image { content: content.into_owned(), stamps }))
        }
        (None, _, false) => Err("a unit that is not gone has `content`"),
        (_, _, true) => Err("a unit that is gone has neither `content` nor `stamps`"),
    }
}

/// Reads a cursor as its `Display` writes it, and in no other form.
///
/// # Errors
///
/// - The rule that the text breaks, to be read after its name.
pub fn read_cursor(text: &str) -> std::result::Result<Cursor, String> {
    Cursor::read(text).ok_or_else(|| format!("must be {}", Cursor::RULE))
}

/// A digest as a body of its own.
pub fn write_digest(digest: &Digest) -> Vec<u8> {
    let mut text = Vec::new();
    line(&mut text, &DigestBody { digest: write_sums(digest) });
    text
}

/// Reads what [`write_digest`] wrote; kinds that are unknown are left out.
///
/// # Errors
///
/// - [`Error::Invalid`](crate::Error::Invalid): the text is no digest.
pub fn read_digest(text: &[u8]) -> Result<Digest> {
    let body: DigestBody = parse(1, "a digest", text)?;
    Ok(read_sums(body.digest))
}

fn write_sums(digest: &Digest) -> DigestEntry {
    let entry = |(kind, sum): (&Kind, &Sum)| {
        let entry = SumEntry { sum: Text(sum.sum), n_units: Text(sum.n_units) };
        (kind.as_str().to_owned(), entry)
    };
    digest.0.iter().map(entry).collect()
}

fn read_sums(sums: DigestEntry) -> Digest {
    let known = sums.into_iter().filter_map(|(kind, entry)| {
        let sum = Sum { sum: entry.sum.0, n_units: entry.n_units.0 };
        Some((Kind::parse(&kind)?, sum)).filter(|(_, sum)| *sum != Sum::default())
    });
    Digest(known.collect())
}

impl From<&Checkpoint> for CheckpointEntry {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self {
            cursor: Text(checkpoint.cursor),
            included: vector::write(&checkpoint.included),
            root_received: vector::write_root(&checkpoint.root_received),
            digest: write_sums(&checkpoint.digest),
            root: Text(checkpoint.root),
            root_epoch: Text(checkpoint.root_epoch),
            root_mark: Text(checkpoint.root_mark),
            root_at: Text(checkpoint.root_at),
            server_time: Text(checkpoint.server_time),
        }
    }
}

impl TryFrom<CheckpointEntry> for Checkpoint {
    type Error = &'static str;

    fn try_from(entry: CheckpointEntry) -> std::result::Result<Self, &'static str> {
        Ok(Self {
            cursor: entry.cursor.0,
            included: vector::read(entry.included)?,
            root_received: vector::read_root(entry.root_received)?,
            digest: read_sums(entry.digest),
            root: entry.root.0,
            root_epoch: entry.root_epoch.0,
            root_mark: entry.root_mark.0,
            root_at: entry.root_at.0,
            server_time: entry.server_time.0,
        })
    }
}
