//! Where a page ends: the token that asks for the next one.
//!
//! It holds the filters and the order that it belongs to, and the place of the last row that was
//! sent, so a page begins behind a row and not behind a number. A hash that only this file can make
//! stands before it, so nobody can make one up.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::http::call::Call;
use crate::query::{RowKey, Value};

/// A token has at most this many characters, so that it has room in a URL.
pub(super) const TOKEN_CHARS_MAX: usize = 7_000;

/// The form of a token, which a later one may replace.
const VERSION: &str = "v1.";

/// So many bytes of the hash are sent.
const HASH_BYTES: usize = 16;

/// What a list was asked for: filters and order by name, as they are compared and read again.
pub(super) type Bound = BTreeMap<String, String>;

/// The end of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bound: Bound,
    pub(super) key: RowKey,
}

impl Place {
    pub(super) fn token(&self, secret: &[u8; 32]) -> String {
        let RowKey(values) = &self.key;
        let values: Vec<Json> = values
            .iter()
            .map(|value| match value {
                Value::Null => Json::Null,
                Value::Integer(integer) => json!(integer),
                Value::Text(text) => json!(text),
            })
            .collect();
        let payload = json!({"bound": self.bound, "key": values}).to_string();
        let hash = blake3::keyed_hash(secret, payload.as_bytes());
        let bytes = [&hash.as_bytes()[..HASH_BYTES], payload.as_bytes()].concat();
        format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// `None` for what [`Place::token`] has not made with this secret.
    pub(super) fn read(token: &str, secret: &[u8; 32]) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(VERSION)?).ok()?;
        let (hash, payload) = bytes.split_at_checked(HASH_BYTES)?;
        let expected = blake3::keyed_hash(secret, payload);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(&expected.as_bytes()[..HASH_BYTES], hash)) {
            return None;
        }
        let payload: Json = serde_json::from_slice(payload).ok()?;
        let bound = payload["bound"].as_object()?.iter();
        let bound = bound.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let values = payload["key"].as_array()?.iter().map(|value| match value {
            Json::Null => Some(Value::Null),
            Json::Number(_) => value.as_i64().map(Value::Integer),
            Json::String(text) => Some(Value::from(text.as_str())),
            _ => None,
        });
        Some(Self {
            bound: bound.collect::<Option<_>>()?,
            key: RowKey(values.collect::<Option<_>>()?),
        })
    }
}

/// What tokens of this file are signed with.
pub(super) fn token_secret(call: &Call<'_>) -> [u8; 32] {
    blake3::derive_key("tillbook: page tokens of the synctera dialect", &call.store.node().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_made_and_no_other_is() {
        let (ours, theirs) = ([1; 32], [2; 32]);
        let place = Place {
            bound: Bound::from([("status".to_owned(), "ACTIVE".to_owned())]),
            key: RowKey(vec![Value::Null, Value::Integer(-7), Value::from("Žofia\"")]),
        };
        let token = place.token(&ours);
        assert_eq!(Place::read(&token, &ours).as_ref(), Some(&place));
        assert_eq!(Place::read(&token, &theirs), None);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap_or_default();
            assert_eq!(Place::read(&changed, &ours), None, "{changed}");
            assert_eq!(Place::read(&token[..at], &ours), None, "cut at {at}");
        }
        assert_eq!(Place::read(&format!("{token}AAAA"), &ours), None);
    }
}
