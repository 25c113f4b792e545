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
        Self::without(Secrets::NONE, method, path_and_query, body)
    }

    /// The digest of a request whose body has secrets: of members that bear one of their names, at
    /// any depth and whatever their case, every digit before the last [`SECRET_CHARS_KEPT`]
    /// characters counts alike. A number of nine digits of which four are known is found from a hash
    /// in no time, so no hash of it is kept. In a form every part of a name counts,
    /// `customer[ssn][]`. Where nothing tells which part of a body is secret, because it is neither
    /// JSON with names nor a form that is taken, all its digits count alike.
    ///
    /// ```
    /// use tillbook::{RequestDigest, Secrets};
    ///
    /// let secrets = Secrets { members: &["ssn"], in_forms: true };
    /// let of = |body: &[u8]| RequestDigest::without(secrets, "POST", "/v0/customers", body);
    /// assert_eq!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"218-10-9999"}"#));
    /// assert_ne!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"219-09-9998"}"#));
    /// assert_ne!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"219099999"}"#));
    /// assert_eq!(of(b"customer[ssn]=219-09-9999&n=1"), of(b"customer%5Bssn%5D=218-10-9999&n=1"));
    /// assert_ne!(of(b"ssn=219-09-9999&n=1"), of(b"ssn=219-09-9999&n=2"));
    /// assert_eq!(of(b"{'ssn':'219-09-9999'}"), of(b"{'ssn':'218-10-0000'}"));
    /// ```
    pub fn without(secrets: Secrets<'_>, method: &str, path_and_query: &str, body: &[u8]) -> Self {
        let json = serde_json::from_slice::<Value>(body).ok();
        // Objects are maps in the order of their keys.
        let json = json.filter(|json| secrets.members.is_empty() || has_names(json));
        let is_json = json.is_some();
        let body = match json {
            Some(mut json) => {
                secrets.reduce(&mut json);
                json.to_string().into_bytes()
            }
            None if secrets.members.is_empty() => body.to_vec(),
            None => secrets.reduced_form(body).unwrap_or_else(|| without_digits(body)),
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[u8::from(is_json)]);
        for part in [method.as_bytes(), path_and_query.as_bytes(), &body] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// What of bodies is kept in no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secrets<'a> {
    /// The names of the members, whatever their case.
    pub members: &'a [&'a str],
    /// Whether a body may be a form.
    pub in_forms: bool,
}

impl Secrets<'_> {
    /// Bodies without secrets.
    pub const NONE: Self = Self { members: &[], in_forms: false };

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|secret| secret.eq_ignore_ascii_case(name.trim()))
    }

    /// Masks every member that is secret.
    fn reduce(&self, json: &mut Value) {
        match json {
            Value::Object(members) => {
                for (name, value) in members {
                    if !self.has(name) {
                        self.reduce(value);
                        continue;
                    }
                    // A number and a text of the same digits are told apart.
                    *value = match value.as_str() {
                        Some(text) => masked(text).into(),
                        None => Value::from_iter([masked(&value.to_string())]),
                    };
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.reduce(value)),
            _ => {}
        }
    }

    /// What a form says, its secrets masked; `None` where the body is none that is taken: other texts
    /// have an equals sign as well, so each pair must have a name such as forms have.
    fn reduced_form(&self, body: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(body).ok().filter(|_| self.in_forms)?;
        let is_plain = |name: &str| {
            let is_sign = |c: char| c.is_alphanumeric() || "_.-[]".contains(c);
            !name.is_empty() && name.chars().all(is_sign)
        };
        let has_values = text.split('&').all(|pair| pair.is_empty() || pair.contains('='));
        let mut pairs = parameters(text).ok().filter(|_| has_values)?;
        for (name, value) in &mut pairs {
            if !is_plain(name) {
                return None;
            }
            if name.split(['[', ']', '.']).any(|part| self.has(part)) {
                *value = masked(&format!("{name}={value}"));
                name.clear();
            }
        }
        Some(serde_json::json!(pairs).to_string().into_bytes())
    }
}

/// Whether every value of a document stands under a name.
fn has_names(json: &Value) -> bool {
    match json {
        Value::Array(values) => values.iter().all(Value::is_object),
        json => json.is_object(),
    }
}

/// A body of which nobody can say what is secret.
fn without_digits(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let hide = |c: char| if c.is_numeric() { '0' } else { c };
    text.chars().map(hide).collect::<String>().into_bytes()
}

/// A secret as it may be hashed: how it is written, and its last characters.
fn masked(text: &str) -> String {
    let n_hidden = text.chars().count().saturating_sub(SECRET_CHARS_KEPT);
    let hide = |(at, c): (usize, char)| if at < n_hidden && c.is_numeric() { '0' } else { c };
    text.chars().enumerate().map(hide).collect()
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
        for (one, other, is_same) in [
            (r#"{"ssn":"219-09-9999"}"#, r#"{"ssn":"000-00-9999"}"#, true),
            (r#"{"ssn":"219-09-9999"}"#, r#"{"ssn":"219-09-9998"}"#, false),
            (r#"{"ssn":219099999}"#, r#"{"ssn":888889999}"#, true),
            (r#"{"SSN":"219-09-9999"}"#, r#"{"SSN":"000-00-9999"}"#, true),
            (r#"{"ssn ":"219-09-9999"}"#, r#"{"ssn ":"000-00-9999"}"#, true),
            (r#"{"a":[{"ssn":"219-09-9999"}]}"#, r#"{"a":[{"ssn":"000-00-9999"}]}"#, true),
            (r#"[{"ssn":"219-09-9999"}]"#, r#"[{"ssn":"000-00-9999"}]"#, true),
            (r#"{"ssn":["219-09-9999"]}"#, r#"{"ssn":["000-00-9999"]}"#, true),
            (r#"{"ssn":{"219-09-9999":1}}"#, r#"{"ssn":{"000-00-0000":1}}"#, true),
            (r#"{"ssn":"219-09-9999",}"#, r#"{"ssn":"000-00-0000",}"#, true),
            (r#"{"ssn":"219-09-9999",}"#, r#"{"ssn":"219-09-9999",,}"#, false),
            (r#"{"id":"219-09-9999"}"#, r#"{"id":"000-00-9999"}"#, false),
            (r#"{"id":["219-09-9999"]}"#, r#"{"id":["000-00-9999"]}"#, false),
        ] {
            for in_forms in [true, false] {
                let secrets = Secrets { members: &["ssn"], in_forms };
                let of =
                    |body: &str| RequestDigest::without(secrets, "POST", "/c", body.as_bytes());
                assert_eq!(of(one) == of(other), is_same, "{one} {other}");
                assert_eq!(of("{}"), RequestDigest::of("POST", "/c", b"{}"));
            }
        }
    }

    /// No digit of a body counts that neither is JSON with names nor a form with plain ones, and of a
    /// form none where none is taken. `$` is a digit here; the cases say whether a form is taken, and
    /// whether the digits count then.
    #[test]
    fn digits_that_bear_no_name_do_not_count() {
        let utf16 =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        let bytes = |text: &str| text.as_bytes().to_vec();
        let check = |of: &dyn Fn(&str) -> Vec<u8>, body: &str, counts: [bool; 2]| {
            for (in_forms, counts) in [false, true].into_iter().zip(counts) {
                let secrets = Secrets { members: &["ssn"], in_forms };
                let digest = |digit| {
                    let body = of(&body.replace('$', digit));
                    RequestDigest::without(secrets, "POST", "/c", &body)
                };
                assert_eq!(digest("1") != digest("2"), counts, "{body} {in_forms}");
            }
        };
        let never = [false, false];
        for body in [
            "{'ssn':'$19-09-9999'}",
            "\u{feff}{\"ssn\":\"$19-09-9999\"}",
            r#"{"ssn":"$19-09-9999"} x"#,
            r#""{\"ssn\":\"$19-09-9999\"}""#,
            r#"["ssn","$19-09-9999"]"#,
            "$190999",
            "<ssn>$19-09-9999</ssn>",
            r#"<customer version="1"><ssn>$19-09-9999</ssn></customer>"#,
            "ssn: $19-09-9999",
            "--x\r\nContent-Disposition: form-data; name=\"ssn\"\r\n\r\n$19-09-9999\r\n--x--",
            "{'ssn':'%3$%31%39-09-9999'}",
            r"{'ssn':'\u003$19-09-9999'}",
            "a=1&ssn: $19-09-9999",
            "ssn=$19-09-9999",
            "ssn=%3$%31%39-09-9999",
            "%73sn=$19-09-9999",
            "ssn[]=$19-09-9999",
            "a[ssn][0]=$19-09-9999",
            "ssn[$19-09-9999]=",
            "a.SSN=$19-09-9999",
            "=$19-09-9999",
            "{\"ssn\":\"$19-09-9999\"}=",
            "a=%FF&ssn=$19-09-9999",
        ] {
            check(&bytes, body, never);
            check(&utf16, body, never);
            check(&|text| [&[0xFF], text.as_bytes()].concat(), body, never);
        }
        for body in ["n=$&ssn=219-09-9999", "n=$", "a[b][]=1&&farba.oči=$"] {
            check(&bytes, body, [false, true]);
        }
    }
}
