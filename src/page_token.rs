//! Page token: the text that a caller sends back for the next page of a list.
//!
//! It holds the filters, the order and the place of the last row, so it needs no memory here. What
//! it holds may be somebody's name or number, and a URL stands in logs: so the text is encrypted,
//! and whoever lacks the secret can neither read nor make one. Equal tokens make equal texts.
//!
//! The text is `v1.` and base64url of 16 bytes of a keyed BLAKE3 hash of what it holds, and that
//! under the stream that BLAKE3 makes of those 16 bytes with another key: a synthetic
//! initialisation vector, as in RFC 5297. What it holds is JSON, and behind it the bytes of the UUIDs
//! for which the JSON has only numbers: a filter may name many of them, and a URL has little room.

use std::slice;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde_json::{Deserializer, Value as Json, json};
use uuid::Uuid;

use crate::error::Error;
use crate::query::{Column, Filter, Nulls, Op, Pattern, Query, RowKey, Sort, Value};
use crate::store::Store;

const PREFIX: &str = "v1.";
const MAC_BYTES: usize = 16;
const MAC_CONTEXT: &str = "tillbook page token v1: authentication";
const CIPHER_CONTEXT: &str = "tillbook page token v1: encryption";

/// Which question a page is of, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken {
    /// Filters, search and order are those of the page before; the rest is as by default.
    pub query: Query,
    /// The place of the last row of the page before.
    pub after: RowKey,
}

/// Why a page token is refused; displayed as what is to be said of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageTokenError {
    /// It was cut, changed, made up, or made with another secret.
    #[error("is not a page token of this list")]
    Broken,
    /// It says that it is of another version.
    #[error("is a page token of another version")]
    Version,
    /// The request names other filters or another order than the token.
    #[error("belongs to other filters or another order")]
    OtherQuery,
}

/// A filter: its column, and its operations with their values.
type FilterText = (String, Vec<(String, Vec<Json>)>);

/// What a token's JSON holds: filters, search, order, place. UUIDs that follow each other stand behind
/// it, 16 bytes each, and in it only how many they are, as a list of one number.
type Content = (Vec<FilterText>, Option<String>, Vec<(String, bool, bool)>, Vec<Json>);

impl Store {
    /// What page tokens of this file are sealed with: 32 random bytes, drawn the first time they are
    /// asked for and kept in the file, so that a token outlives a restart.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read, or the first
    ///   time not written.
    pub fn page_token_secret(&self) -> Result<[u8; 32], Error> {
        let read = |conn: &Connection| -> Result<Option<[u8; 32]>, Error> {
            let mut statement = conn.prepare_cached("select token_secret from node")?;
            Ok(statement.query_row([], |row| row.get(0))?)
        };
        if let Some(secret) = self.read(read)? {
            return Ok(secret);
        }
        self.write(|tx| {
            if let Some(secret) = read(tx.conn())? {
                return Ok(secret);
            }
            let secret = tx.random();
            let sql = "update node set token_secret = ?1";
            tx.conn().prepare_cached(sql)?.execute([secret])?;
            Ok(secret)
        })
    }
}

impl PageToken {
    /// The token for the page of `query` that begins behind `after`.
    pub fn new(query: &Query, after: RowKey) -> Self {
        let Query { filters, search, sort, .. } = query.clone();
        Self { query: Query { filters, search, sort, ..Query::default() }, after }
    }

    /// The text of the token under `secret`, 32 random bytes that stay the same as long as tokens
    /// shall be understood. It has only letters, digits, `.`, `-` and `_`.
    pub fn text(&self, secret: &[u8; 32]) -> String {
        let Query { filters, search, sort, .. } = &self.query;
        let mut packed = Vec::new();
        let filters = filters.iter().map(|Filter { column, ops }| {
            let ops = ops.iter().map(|op| op_text(op, &mut packed)).collect();
            (column.name().to_owned(), ops)
        });
        let filters = filters.collect();
        let sort = sort.iter().map(|Sort { column, descending, nulls }| {
            (column.name().to_owned(), *descending, *nulls == Nulls::Greatest)
        });
        let place = value_texts(&self.after.0, &mut packed);
        let content: Content = (filters, search.clone(), sort.collect(), place);
        let mut bytes = json!(content).to_string().into_bytes();
        bytes.append(&mut packed);
        let mac = mac(secret, &bytes);
        apply_stream(secret, &mac, &mut bytes);
        let sealed = [&mac[..], &bytes].concat();
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Reads a token of a list that can be asked for `columns`.
    ///
    /// # Errors
    ///
    /// - [`PageTokenError::Version`]: it does not begin as ours do.
    /// - [`PageTokenError::Broken`]: it was not made under `secret`, byte for byte, or speaks of
    ///   another column.
    pub fn read(text: &str, secret: &[u8; 32], columns: &[Column]) -> Result<Self, PageTokenError> {
        let coded = text.strip_prefix(PREFIX).ok_or(PageTokenError::Version)?;
        let bytes = opened(coded, secret).ok_or(PageTokenError::Broken)?;
        Self::of(&bytes, columns).ok_or(PageTokenError::Broken)
    }

    /// The query and the place with which the next page is asked for, page size and all else as in
    /// `asked`. A request that names no filter (and no search) or no order means the token's.
    ///
    /// # Errors
    ///
    /// - [`PageTokenError::OtherQuery`]: it names others than the token.
    pub fn resume(self, asked: Query) -> Result<(Query, RowKey), PageTokenError> {
        let Query { filters, search, sort, .. } = self.query;
        let has_filters = !asked.filters.is_empty() || asked.search.is_some();
        let is_same_filters = search == asked.search && is_same(&filters, &asked.filters);
        let is_same_sort = asked.sort.is_empty() || sort == asked.sort;
        match (!has_filters || is_same_filters) && is_same_sort {
            true => Ok((Query { filters, search, sort, ..asked }, self.after)),
            false => Err(PageTokenError::OtherQuery),
        }
    }

    fn of(bytes: &[u8], columns: &[Column]) -> Option<Self> {
        let mut stream = Deserializer::from_slice(bytes).into_iter::<Content>();
        let (filters, search, sort, place) = stream.next()?.ok()?;
        let mut packed = bytes.get(stream.byte_offset()..)?;
        let column = |name: &str| columns.iter().find(|known| known.name() == name).copied();
        let filter = |(name, ops): FilterText| {
            let ops = ops.into_iter().map(|(word, texts)| op(&word, values(&texts, &mut packed)?));
            let ops = ops.collect::<Option<_>>();
            Some(Filter { column: column(&name)?, ops: ops? })
        };
        let sort_key = |(name, descending, is_greatest): (String, bool, bool)| {
            let nulls = if is_greatest { Nulls::Greatest } else { Nulls::Least };
            Some(Sort { column: column(&name)?, descending, nulls })
        };
        let filters = filters.into_iter().map(filter).collect::<Option<_>>()?;
        let sort = sort.into_iter().map(sort_key).collect::<Option<_>>()?;
        let after = RowKey(values(&place, &mut packed)?);
        packed
            .is_empty()
            .then_some(Self { query: Query { filters, search, sort, ..Query::default() }, after })
    }
}

/// Whether both hold the same filters, in whatever order.
fn is_same(a: &[Filter], b: &[Filter]) -> bool {
    let holds = |outer: &[Filter], inner: &[Filter]| inner.iter().all(|one| outer.contains(one));
    a.len() == b.len() && holds(a, b) && holds(b, a)
}

fn opened(coded: &str, secret: &[u8; 32]) -> Option<Vec<u8>> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(coded).ok()?;
    let (told, bytes) = sealed.split_first_chunk::<MAC_BYTES>()?;
    let mut bytes = bytes.to_vec();
    apply_stream(secret, told, &mut bytes);
    // A hash is compared in a time that tells nothing.
    let is_ours = whole(told) == whole(&mac(secret, &bytes));
    is_ours.then_some(bytes)
}

fn whole(mac: &[u8; MAC_BYTES]) -> blake3::Hash {
    let mut bytes = [0; blake3::OUT_LEN];
    bytes[..MAC_BYTES].copy_from_slice(mac);
    bytes.into()
}

fn mac(secret: &[u8; 32], bytes: &[u8]) -> [u8; MAC_BYTES] {
    let key = blake3::derive_key(MAC_CONTEXT, secret);
    let mut mac = [0; MAC_BYTES];
    mac.copy_from_slice(&blake3::keyed_hash(&key, bytes).as_bytes()[..MAC_BYTES]);
    mac
}

/// Encrypts, or decrypts.
fn apply_stream(secret: &[u8; 32], mac: &[u8; MAC_BYTES], bytes: &mut [u8]) {
    let key = blake3::derive_key(CIPHER_CONTEXT, secret);
    let mut stream = vec![0; bytes.len()];
    blake3::Hasher::new_keyed(&key).update(mac).finalize_xof().fill(&mut stream);
    bytes.iter_mut().zip(stream).for_each(|(byte, of_stream)| *byte ^= of_stream);
}

/// The values as JSON, the bytes of their UUIDs at the end of `packed`.
fn value_texts(values: &[Value], packed: &mut Vec<u8>) -> Vec<Json> {
    let mut texts = Vec::new();
    for alike in values.chunk_by(|one, next| uuid(one).is_some() == uuid(next).is_some()) {
        let uuids: Vec<Uuid> = alike.iter().filter_map(uuid).collect();
        match uuids.is_empty() {
            true => texts.extend(alike.iter().map(value_text)),
            false => texts.push(json!([uuids.len()])),
        }
        packed.extend(uuids.iter().flat_map(Uuid::as_bytes));
    }
    texts
}

/// The values of `texts`, their UUIDs taken from the front of `packed`.
fn values(texts: &[Json], packed: &mut &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for text in texts {
        let Json::Array(count) = text else {
            values.push(value(text)?);
            continue;
        };
        for _ in 0..count.first()?.as_u64()? {
            let (uuid, rest) = packed.split_first_chunk()?;
            values.push(Value::Text(Uuid::from_bytes(*uuid).to_string()));
            *packed = rest;
        }
    }
    Some(values)
}

/// The UUID that a text is, written as ours are.
fn uuid(value: &Value) -> Option<Uuid> {
    let Value::Text(text) = value else { return None };
    Uuid::try_parse(text).ok().filter(|uuid| uuid.to_string() == *text)
}

fn value_text(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(integer) => (*integer).into(),
        Value::Text(text) => text.as_str().into(),
    }
}

fn value(json: &Json) -> Option<Value> {
    match json {
        Json::Null => Some(Value::Null),
        Json::Number(number) => number.as_i64().map(Value::Integer),
        Json::String(text) => Some(Value::Text(text.clone())),
        _ => None,
    }
}

fn op_text(op: &Op, packed: &mut Vec<u8>) -> (String, Vec<Json>) {
    let mut texts = |values: &[Value]| value_texts(values, packed);
    let (word, values) = match op {
        Op::Eq(value) => ("eq", texts(slice::from_ref(value))),
        Op::Neq(value) => ("neq", texts(slice::from_ref(value))),
        Op::Gt(value) => ("gt", texts(slice::from_ref(value))),
        Op::Gte(value) => ("gte", texts(slice::from_ref(value))),
        Op::Lt(value) => ("lt", texts(slice::from_ref(value))),
        Op::Lte(value) => ("lte", texts(slice::from_ref(value))),
        Op::In(values) => ("in", texts(values)),
        Op::Nin(values) => ("nin", texts(values)),
        Op::Like(pattern) => ("like", vec![pattern.as_str().into()]),
    };
    (word.to_owned(), values)
}

fn op(word: &str, values: Vec<Value>) -> Option<Op> {
    let mut all = values.into_iter();
    Some(match word {
        "eq" => Op::Eq(all.next()?),
        "neq" => Op::Neq(all.next()?),
        "gt" => Op::Gt(all.next()?),
        "gte" => Op::Gte(all.next()?),
        "lt" => Op::Lt(all.next()?),
        "lte" => Op::Lte(all.next()?),
        "in" => Op::In(all.collect()),
        "nin" => Op::Nin(all.collect()),
        "like" => match all.next()? {
            Value::Text(text) => Op::Like(Pattern::new(&text).ok()?),
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
