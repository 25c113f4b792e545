//! Request: by what a retry is told from another request.

use serde_json::Value;

use crate::query::parameters;

/// So many characters at the end of a secret tell two requests apart.
pub const SECRET_CHARS_KEPT: usize = 4;

/// A hash by which a retry is told from another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
    /// The hash.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest of a request: its method, its path with the query, and its body. Of JSON counts
    /// what it says and not how it is written: neither the order of keys nor white space.
    ///
    /// ```
    /// use tillbook::RequestDigest;
    ///
    /// let first = RequestDigest::of("POST", "/v0/customers", br#"{"a": 1, "b": 2}"#);
    /// let retry = RequestDigest::of("POST", "/v0/customers", br#"{"b":2,"a":1}"#);
    /// assert_eq!(first, retry);
    /// assert_ne!(first, RequestDigest::of("PUT", "/v0/customers", br#"{"a": 1, "b": 2}"#));
    /// ```
    pub fn of(method: &str, path_and_query: &str, body: &[u8]) -> Self {
        Self::without(&[], method, path_and_query, body)
    }

    /// The digest of a request whose body has secrets: of members that bear one of the names in
    /// `secrets`, at any depth and whatever their case, every digit before the last
    /// [`SECRET_CHARS_KEPT`] characters counts alike. A number of nine digits of which four are known
    /// is found from a hash in no time, so no hash of it is kept. In a form the last part of a name
    /// counts, `customer[ssn]`. Where a body is neither JSON nor a form, nobody can say which of it
    /// is secret, and all its digits count alike.
    ///
    /// ```
    /// use tillbook::RequestDigest;
    ///
    /// let of = |body: &[u8]| RequestDigest::without(&["ssn"], "POST", "/v0/customers", body);
    /// assert_eq!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"218-10-9999"}"#));
    /// assert_ne!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"219-09-9998"}"#));
    /// assert_ne!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"219099999"}"#));
    /// assert_eq!(of(b"customer[ssn]=219-09-9999&n=1"), of(b"customer%5Bssn%5D=218-10-9999&n=1"));
    /// assert_ne!(of(b"ssn=219-09-9999&n=1"), of(b"ssn=219-09-9999&n=2"));
    /// ```
    pub fn without(secrets: &[&str], method: &str, path_and_query: &str, body: &[u8]) -> Self {
        // Objects are maps in the order of their keys.
        let mut json = serde_json::from_slice::<Value>(body).ok();
        json.iter_mut().for_each(|json| reduce(json, secrets));
        let is_json = json.is_some();
        let body = match json {
            Some(json) => json.to_string().into_bytes(),
            None if secrets.is_empty() => body.to_vec(),
            None => reduced_form(body, secrets).unwrap_or_else(|| {
                body.iter().map(|b| if b.is_ascii_digit() { b'0' } else { *b }).collect()
            }),
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[u8::from(is_json)]);
        for part in [method.as_bytes(), path_and_query.as_bytes(), &body] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// What a form says, its secrets masked; `None` where the body is no form.
fn reduced_form(body: &[u8], secrets: &[&str]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    if text.trim_start().starts_with(['{', '[', '"']) {
        return None; // JSON that does not read.
    }
    let mut pairs = parameters(text).ok()?;
    for (name, value) in &mut pairs {
        let inner = name.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        if secrets.iter().any(|secret| secret.eq_ignore_ascii_case(inner.trim())) {
            *value = masked(value);
        }
    }
    Some(serde_json::json!(pairs).to_string().into_bytes())
}

/// A secret as it may be hashed: how it is written, and its last characters.
fn masked(text: &str) -> String {
    let n_hidden = text.chars().count().saturating_sub(SECRET_CHARS_KEPT);
    let hide = |(at, c): (usize, char)| if at < n_hidden && c.is_numeric() { '0' } else { c };
    text.chars().enumerate().map(hide).collect()
}

/// Masks every member with a name of `secrets`.
fn reduce(json: &mut Value, secrets: &[&str]) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                if !secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
                    reduce(value, secrets);
                    continue;
                }
                // A number and a text of the same digits are told apart.
                *value = match value.as_str() {
                    Some(text) => masked(text).into(),
                    None => Value::from_iter([masked(&value.to_string())]),
                };
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| reduce(value, secrets)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests in groups: those of one group are retries of each other, all others are not.
    #[test]
    fn a_digest_tells_requests_apart_and_not_spellings() {
        let groups: &[&[(&str, &str, &str)]] = &[
            &[("POST", "/c", ""), ("POST", "/c", "")],
            &[("PUT", "/c", "")],
            &[("POST", "/c?a=1", "")],
            &[("POST", "/c?a=2", "")],
            &[("POST", "/", "c")],
            &[("POST", "/", r#""c""#), ("POST", "/", r#" "\u0063" "#)],
            &[
                ("POST", "/c", r#"{"a":1,"b":{"c":[1,2],"d":null}}"#),
                ("POST", "/c", "{ \"b\": {\"d\": null, \"c\": [1, 2]},\n\t\"a\": 1 }\n"),
            ],
            &[("POST", "/c", r#"{"a":1,"b":{"c":[2,1],"d":null}}"#)],
            &[("POST", "/c", r#"{"a":1.0}"#)],
            &[("POST", "/c", r#"{"a":1}"#)],
            &[("POST", "/c", r#"{"a":1} x"#)],
            &[("POST", "/c", "null")],
        ];
        let mut seen: Vec<(usize, RequestDigest)> = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            for (method, path, body) in *group {
                let digest = RequestDigest::of(method, path, body.as_bytes());
                for (other, theirs) in &seen {
                    assert_eq!(*other == n, *theirs == digest, "{method} {path} {body}");
                }
                seen.push((n, digest));
            }
        }
    }

    /// What stands in the file must not tell more of a number than its last four digits.
    #[test]
    fn a_secret_counts_with_its_end_alone() {
        let of = |body: &str| RequestDigest::without(&["ssn"], "POST", "/c", body.as_bytes());
        for (one, other, is_same) in [
            (r#"{"ssn":"219-09-9999"}"#, r#"{"ssn":"000-00-9999"}"#, true),
            (r#"{"ssn":"219-09-9999"}"#, r#"{"ssn":"219-09-9998"}"#, false),
            (r#"{"ssn":219099999}"#, r#"{"ssn":888889999}"#, true),
            (r#"{"SSN":"219-09-9999"}"#, r#"{"SSN":"000-00-9999"}"#, true),
            (r#"{"a":[{"ssn":"219-09-9999"}]}"#, r#"{"a":[{"ssn":"000-00-9999"}]}"#, true),
            (r#"{"ssn":["219-09-9999"]}"#, r#"{"ssn":["000-00-9999"]}"#, true),
            (r#"{"ssn":"219-09-9999",}"#, r#"{"ssn":"000-00-0000",}"#, true),
            (r#"{"ssn":"219-09-9999",}"#, r#"{"ssn":"219-09-9999",,}"#, false),
            (r#"{"id":"219-09-9999"}"#, r#"{"id":"000-00-9999"}"#, false),
        ] {
            assert_eq!(of(one) == of(other), is_same, "{one} {other}");
        }
        let (plain, secretive) = (RequestDigest::of("POST", "/c", b"{}"), of("{}"));
        assert_eq!(plain, secretive);
    }
}
