//! Manifest: which state a snapshot is, and what each part of its file hashes to.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::operation::Hash;
use crate::store::is_snapshot_name;
use crate::sync::Checkpoint;
use crate::sync::wire::{self, CheckpointEntry, Text, Word};
use crate::time::Timestamp;

/// Every part but the last has so many bytes: 4 MiB.
pub const PART_BYTES: u64 = 4 << 20;
/// At most so many parts are in a snapshot, which is 256 GiB.
pub const PARTS_MAX: usize = 65_536;

/// What a child must know of a snapshot before it fetches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// 32 lower-case hex digits; a later one of the same parent is greater.
    pub name: String,
    /// The schema version of the file.
    pub schema: u32,
    /// Label and exponent of the currency in which its maker counts.
    pub currency: (String, u8),
    /// The size of the file.
    pub bytes: u64,
    /// The file from its beginning to its end.
    pub parts: Vec<Part>,
    /// The greatest clock reading among the stamps in it.
    pub hlc: u64,
    /// When it was made, by its maker's clock.
    pub made_at: Timestamp,
    /// The state it is. It includes no chain, for a node that has written nothing.
    pub checkpoint: Checkpoint,
}

/// A piece of a snapshot's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Its BLAKE3 hash.
    pub hash: Hash,
}

impl Part {
    /// Whether these are its bytes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        bytes.len() as u64 == self.length && *blake3::hash(bytes).as_bytes() == self.hash
    }
}

impl Manifest {
    /// How many units make up the state.
    pub fn n_units(&self) -> u64 {
        self.checkpoint.digest.0.values().fold(0, |all, sum| all.saturating_add(sum.n_units))
    }
}

/// Cuts a file into parts and hashes each.
pub(super) fn cut(path: &Path) -> Result<Vec<Part>> {
    let mut file = File::open(path)?;
    let (mut parts, mut offset, mut bytes) = (Vec::new(), 0, Vec::new());
    loop {
        bytes.clear();
        (&mut file).take(PART_BYTES).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(parts);
        }
        let length = bytes.len() as u64;
        parts.push(Part { offset, length, hash: *blake3::hash(&bytes).as_bytes() });
        offset += length;
    }
}

/// Puts the parts together again whose hashes are known.
fn join(bytes: u64, part_bytes: u64, hashes: &[Text<Hash>]) -> Option<Vec<Part>> {
    let n_parts = bytes.div_ceil((1..=PART_BYTES).contains(&part_bytes).then_some(part_bytes)?);
    let fits = n_parts == hashes.len() as u64 && (1..=PARTS_MAX as u64).contains(&n_parts);
    let part = |(offset, hash): (u64, &Text<Hash>)| Part {
        offset,
        length: part_bytes.min(bytes - offset),
        hash: hash.0,
    };
    let offsets = (0..n_parts).map(|number| number * part_bytes);
    fits.then(|| offsets.zip(hashes).map(part).collect())
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncSnapshot"))]
pub(crate) struct ManifestBody {
    /// 32 lower-case hex digits.
    name: String,
    /// The schema version of the file.
    schema: u32,
    /// In which its maker counts.
    currency: CurrencyEntry,
    /// The size of the file.
    bytes: Text<u64>,
    /// The size of every part but the last.
    part_bytes: Text<u64>,
    /// The BLAKE3 hash of each part.
    parts: Vec<Text<Hash>>,
    /// The greatest clock reading in it.
    hlc: Text<u64>,
    /// When it was made, by its maker's clock.
    made_at: Text<Timestamp>,
    /// The state it is.
    checkpoint: CheckpointEntry,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(
    feature = "http",
    derive(schemars::JsonSchema),
    schemars(rename = "SyncSnapshotCurrency")
)]
struct CurrencyEntry {
    label: String,
    exponent: u8,
}

/// A manifest as one object of JSON.
pub fn write_manifest(manifest: &Manifest) -> Vec<u8> {
    let (label, exponent) = manifest.currency.clone();
    let body = ManifestBody {
        name: manifest.name.clone(),
        schema: manifest.schema,
        currency: CurrencyEntry { label, exponent },
        bytes: Text(manifest.bytes),
        part_bytes: Text(manifest.parts.first().map_or(PART_BYTES, |part| part.length)),
        parts: manifest.parts.iter().map(|part| Text(part.hash)).collect(),
        hlc: Text(manifest.hlc),
        made_at: Text(manifest.made_at),
        checkpoint: CheckpointEntry::from(&manifest.checkpoint),
    };
    let mut text = Vec::new();
    wire::line(&mut text, &body);
    text
}

/// Reads what [`write_manifest`] wrote.
///
/// # Errors
///
/// - [`Error::Invalid`]: the text is no manifest, or its parts are not the whole file.
pub fn read_manifest(text: &[u8]) -> Result<Manifest> {
    let body: ManifestBody = wire::parse(1, "a manifest", text)?;
    let wrong = |rule: &str| Error::invalid("manifest", rule);
    if !is_snapshot_name(&body.name) {
        return Err(wrong(&format!("needs a name of {}", u128::RULE)));
    }
    let parts = join(body.bytes.0, body.part_bytes.0, &body.parts)
        .ok_or_else(|| wrong("needs a hash for every part of the file"))?;
    Ok(Manifest {
        name: body.name,
        schema: body.schema,
        currency: (body.currency.label, body.currency.exponent),
        bytes: body.bytes.0,
        parts,
        hlc: body.hlc.0,
        made_at: body.made_at.0,
        checkpoint: Checkpoint::try_from(body.checkpoint).map_err(wrong)?,
    })
}
