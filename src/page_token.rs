//! Page token: the text that a caller sends back for the next page of a list.
//!
//! It holds the filters, the order and the place of the last row, so it needs no memory here. What
//! it holds may be somebody's name or number, and a URL stands in logs: so the text is encrypted,
//! and whoever lacks the secret can neither read nor make one. Equal tokens make equal texts.
//!
//! The text is `v1.` and base64url of 16 bytes of a keyed BLAKE3 hash of the JSON, and the JSON
//! under the stream that BLAKE3 makes of those 16 bytes with another key: a synthetic
//! initialisation vector, as in RFC 5297.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde_json::Value as Json;

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

/// What a token's JSON holds: filters, search, order, place.
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
        let filters = filters.iter().map(|Filter { column, ops }| {
            (column.name().to_owned(), ops.iter().map(op_text).collect())
        });
        let sort = sort.iter().map(|Sort { column, descending, nulls }| {
            (column.name().to_owned(), *descending, *nulls == Nulls::Greatest)
        });
        let place = self.after.0.iter().map(value_text).collect();
        let content: Content = (filters.collect(), search.clone(), sort.collect(), place);
        let mut bytes = serde_json::json!(content).to_string().into_bytes();
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
        let content = opened(coded, secret).ok_or(PageTokenError::Broken)?;
        Self::of(content, columns).ok_or(PageTokenError::Broken)
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

    fn of((filters, search, sort, place): Content, columns: &[Column]) -> Option<Self> {
        let column = |name: &str| columns.iter().find(|known| known.name() == name).copied();
        let filter = |(name, ops): FilterText| {
            let ops =
                ops.into_iter().map(|(word, values)| op(&word, &values)).collect::<Option<_>>();
            Some(Filter { column: column(&name)?, ops: ops? })
        };
        let sort_key = |(name, descending, is_greatest): (String, bool, bool)| {
            let nulls = if is_greatest { Nulls::Greatest } else { Nulls::Least };
            Some(Sort { column: column(&name)?, descending, nulls })
        };
        let filters = filters.into_iter().map(filter).collect::<Option<_>>()?;
        let sort = sort.into_iter().map(sort_key).collect::<Option<_>>()?;
        let after = RowKey(place.iter().map(value).collect::<Option<_>>()?);
        Some(Self { query: Query { filters, search, sort, ..Query::default() }, after })
    }
}

/// Whether both hold the same filters, in whatever order.
fn is_same(a: &[Filter], b: &[Filter]) -> bool {
    let holds = |outer: &[Filter], inner: &[Filter]| inner.iter().all(|one| outer.contains(one));
    a.len() == b.len() && holds(a, b) && holds(b, a)
}

fn opened(coded: &str, secret: &[u8; 32]) -> Option<Content> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(coded).ok()?;
    let (told, bytes) = sealed.split_first_chunk::<MAC_BYTES>()?;
    let mut bytes = bytes.to_vec();
    apply_stream(secret, told, &mut bytes);
    // A hash is compared in a time that tells nothing.
    let is_ours = whole(told) == whole(&mac(secret, &bytes));
    is_ours.then(|| serde_json::from_slice(&bytes).ok())?
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

fn op_text(op: &Op) -> (String, Vec<Json>) {
    let list = |values: &[Value]| values.iter().map(value_text).collect();
    let (word, values) = match op {
        Op::Eq(value) => ("eq", vec![value_text(value)]),
        Op::Neq(value) => ("neq", vec![value_text(value)]),
        Op::Gt(value) => ("gt", vec![value_text(value)]),
        Op::Gte(value) => ("gte", vec![value_text(value)]),
        Op::Lt(value) => ("lt", vec![value_text(value)]),
        Op::Lte(value) => ("lte", vec![value_text(value)]),
        Op::In(values) => ("in", list(values)),
        Op::Nin(values) => ("nin", list(values)),
        Op::Like(pattern) => ("like", vec![pattern.as_str().into()]),
    };
    (word.to_owned(), values)
}

fn op(word: &str, values: &[Json]) -> Option<Op> {
    let list = || values.iter().map(value).collect::<Option<Vec<_>>>();
    let one = || values.first().and_then(value);
    Some(match word {
        "eq" => Op::Eq(one()?),
        "neq" => Op::Neq(one()?),
        "gt" => Op::Gt(one()?),
        "gte" => Op::Gte(one()?),
        "lt" => Op::Lt(one()?),
        "lte" => Op::Lte(one()?),
        "in" => Op::In(list()?),
        "nin" => Op::Nin(list()?),
        "like" => Op::Like(Pattern::new(values.first()?.as_str()?).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Kind;

    const SECRET: [u8; 32] = [7; 32];
    const NAME: Column = Column::new("last_name", "last_name", Kind::Text).nullable();
    const POINTS: Column = Column::new("points", "points", Kind::Integer);

    fn like(pattern: &str) -> Filter {
        Filter { column: NAME, ops: vec![Op::Like(Pattern::new(pattern).expect("a pattern"))] }
    }

    fn query() -> Query {
        let value = || Value::Integer(i64::MIN);
        let ops = vec![
            Op::Eq(value()),
            Op::Neq(Value::Null),
            Op::Gt(value()),
            Op::Gte(value()),
            Op::Lt(value()),
            Op::Lte(value()),
            Op::In(vec![Value::Null, "b\"'".into()]),
            Op::Nin(vec![]),
        ];
        Query {
            filters: vec![like("Br*"), Filter { column: POINTS, ops }],
            search: Some("ž".to_owned()),
            sort: vec![Sort::descending(NAME).nulls_greatest(), Sort::ascending(POINTS)],
            ..Query::default()
        }
    }

    fn token() -> PageToken {
        let place = ["brandt".into(), "Brandt".into(), Value::Null, i64::MAX.into()];
        PageToken::new(&query(), RowKey(place.to_vec()))
    }

    fn read(text: &str) -> Result<PageToken, PageTokenError> {
        PageToken::read(text, &SECRET, &[POINTS, NAME])
    }

    #[test]
    fn a_token_is_read_back() {
        let text = token().text(&SECRET);
        assert_eq!(read(&text), Ok(token()));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)));
    }

    #[test]
    fn whatever_is_not_ours_is_refused() {
        let text = token().text(&SECRET);
        let mut n_refused = 0;
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(flipped) = String::from_utf8(bytes) {
                let expected = if bit / 8 < PREFIX.len() {
                    PageTokenError::Version
                } else {
                    PageTokenError::Broken
                };
                assert_eq!(read(&flipped), Err(expected), "bit {bit}");
                n_refused += 1;
            }
        }
        // The highest bit makes no text.
        assert_eq!(n_refused, text.len() * 7);
        for n in 0..text.len() {
            assert!(read(&text[..n]).is_err(), "{n} bytes");
        }
        let broken = Err(PageTokenError::Broken);
        for end in ["A", "=", ".", " ", "AAAA"] {
            assert_eq!(read(&format!("{text}{end}")), broken, "{end:?}");
        }
        assert_eq!(PageToken::read(&text, &[8; 32], &[POINTS, NAME]), broken);
        assert_eq!(PageToken::read(&text, &SECRET, &[POINTS]), broken);
        assert_eq!(read(&text.replacen("v1.", "v2.", 1)), Err(PageTokenError::Version));
        assert_eq!(read(""), Err(PageTokenError::Version));
    }

    #[test]
    fn no_name_stands_in_the_clear() {
        let text = token().text(&SECRET);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text[PREFIX.len()..]).expect("base64url");
        for known in ["Brandt", "brandt", "Br*", "last_name"] {
            let is_there = bytes.windows(known.len()).any(|part| part == known.as_bytes());
            assert!(!is_there && !text.contains(known), "{known}");
        }
        // Tokens that differ little have nothing in common.
        let mut other = token();
        other.after.0.push(Value::Null);
        let other = other.text(&SECRET);
        let n_same = text.bytes().zip(other.bytes()).filter(|(a, b)| a == b).count();
        assert!(n_same < text.len() / 4, "{n_same} of {}", text.len());
    }

    #[test]
    fn the_next_request_may_repeat_or_leave_out_what_is_bound() {
        let bound = query();
        let Query { filters, search, sort, .. } = bound.clone();
        let turned: Vec<Filter> = filters.iter().rev().cloned().collect();
        let asked = |filters: &[Filter], search: &Option<String>, sort: &[Sort]| Query {
            filters: filters.to_vec(),
            search: search.clone(),
            sort: sort.to_vec(),
            total: false,
            ..Query::default()
        };
        let up = [Sort::ascending(NAME)];
        let cases = [
            (asked(&[], &None, &[]), true),
            (asked(&filters, &search, &sort), true),
            (asked(&turned, &search, &[]), true),
            (asked(&[], &None, &sort), true),
            (asked(&filters, &None, &[]), false),
            (asked(&[], &search, &[]), false),
            (asked(&filters[..1], &search, &[]), false),
            (asked(&[filters[0].clone(), filters[0].clone()], &search, &[]), false),
            (asked(&[like("Bra*"), filters[1].clone()], &search, &[]), false),
            (asked(&[], &None, &up), false),
            (asked(&[], &None, &sort[..1]), false),
        ];
        for (asked, is_same) in cases {
            let resumed = token().resume(asked.clone());
            let expected =
                is_same.then(|| (Query { total: false, ..bound.clone() }, token().after));
            assert_eq!(resumed, expected.ok_or(PageTokenError::OtherQuery), "{asked:?}");
        }
    }
}
