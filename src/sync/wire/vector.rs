//! Vector: how far somebody has which chains, as lists of bounded length.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize as ReadLine, Serialize};

use super::text::Text;
use crate::id::{NodeId, OperationId};
use crate::operation::Hash;
use crate::sync::{CHAINS_MAX, Chain, Reach, RootVector, Vector};

/// At most [`CHAINS_MAX`] entries. A longer list is refused when the first one too many comes, so
/// that it costs no more memory than the longest that is taken.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {CHAINS_MAX} entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if list.len() == CHAINS_MAX {
                return Err(A::Error::invalid_length(CHAINS_MAX + 1, &self));
            }
            list.push(entry);
        }
        Ok(List(list))
    }
}

#[cfg(feature = "http")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }

    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = schemas.subschema_for::<T>();
        schemars::json_schema!({"type": "array", "items": items, "maxItems": CHAINS_MAX})
    }
}

/// How far somebody has a chain.
#[derive(Debug, Serialize, ReadLine)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncReach"))]
pub(crate) struct ReachEntry {
    node: Text<NodeId>,
    incarnation: Text<u64>,
    /// The number of the last operation, 0 before the first.
    seq: Text<u64>,
    /// Its hash.
    hash: Text<Hash>,
}

/// The coordinate of an operation; in a list of chains, how far the root has one.
#[derive(Debug, Serialize, ReadLine)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncOperationId"))]
pub(crate) struct PlaceEntry {
    node: Text<NodeId>,
    incarnation: Text<u64>,
    seq: Text<u64>,
}

impl From<OperationId> for PlaceEntry {
    fn from(OperationId { node, incarnation, seq }: OperationId) -> Self {
        Self { node: Text(node), incarnation: Text(incarnation), seq: Text(seq) }
    }
}

impl From<PlaceEntry> for OperationId {
    fn from(PlaceEntry { node, incarnation, seq }: PlaceEntry) -> Self {
        Self { node: node.0, incarnation: incarnation.0, seq: seq.0 }
    }
}

pub(super) fn write(vector: &Vector) -> List<ReachEntry> {
    let entry = |(chain, reach): (&Chain, &Reach)| ReachEntry {
        node: Text(chain.node),
        incarnation: Text(chain.incarnation),
        seq: Text(reach.seq),
        hash: Text(reach.hash),
    };
    vector.iter().map(entry).collect()
}

pub(super) fn write_root(vector: &RootVector) -> List<PlaceEntry> {
    vector.iter().map(|(chain, seq)| chain.at(*seq).into()).collect()
}

/// The vector, or the rule that the list breaks.
pub(super) fn read(list: List<ReachEntry>) -> Result<Vector, &'static str> {
    let entry = |entry: ReachEntry| {
        let chain = Chain { node: entry.node.0, incarnation: entry.incarnation.0 };
        (chain, Reach { seq: entry.seq.0, hash: entry.hash.0 })
    };
    once_each(list.0.into_iter().map(entry))
}

pub(super) fn read_root(list: List<PlaceEntry>) -> Result<RootVector, &'static str> {
    let entry = |entry: PlaceEntry| {
        let id = OperationId::from(entry);
        (Chain::of(id), id.seq)
    };
    once_each(list.0.into_iter().map(entry))
}

fn once_each<T>(
    entries: impl Iterator<Item = (Chain, T)>,
) -> Result<BTreeMap<Chain, T>, &'static str> {
    let mut map = BTreeMap::new();
    for (chain, value) in entries {
        if map.insert(chain, value).is_some() {
            return Err("a chain is named twice");
        }
    }
    Ok(map)
}
