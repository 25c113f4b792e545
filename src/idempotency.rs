//! Idempotency: answers that are remembered, so that a retry hears the first one again.
//!
//! Whoever asks may name a request by a key of its own choice. The answer is stored in the SQL
//! transaction of the request's own writes, so that there is never one without the other, and
//! requests with one key wait for each other like all writes do. Answers belong to one file: they
//! are not shared with other nodes.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::customer::{self, ERASED};
use crate::error::{Error, Result};
use crate::id::{CustomerId, KeyId};
use crate::query::parameters;
use crate::store::Tx;
use crate::time::Timestamp;

/// An answer is forgotten after this many days.
pub const REMEMBERED_DAYS: i64 = 7;
/// An idempotency key has at most this many bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// The body of an answer that is remembered has at most this many bytes: 16 MiB, which the longest
/// customer with all its cards stays below.
pub const ANSWER_BODY_BYTES_MAX: usize = 16 << 20;
/// At most this many answers that are due are forgotten whenever one is remembered.
pub const FORGOTTEN_MAX: u32 = 100;

/// So many characters at the end of a secret tell two requests apart.
pub const SECRET_CHARS_KEPT: usize = 4;

const REMEMBERED_MS: i64 = REMEMBERED_DAYS * 24 * 60 * 60 * 1000;

/// What was answered: enough to say it again. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The few headers that belong to it, as names and values.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether a retry is to hear it again. Failures of the server and answers about too many
    /// requests or missing rights are not kept: what was in the way may be gone.
    pub fn is_kept(&self) -> bool {
        !matches!(self.status, 401 | 403 | 429 | 500..)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// What is known under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: the request is a new one.
    Nothing,
    /// This request was answered before.
    Answer(Answer),
    /// Another request bore the key.
    OtherRequest,
}

/// A hash by which a retry is told from another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
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

    /// The digest of a request whose body has secrets: members that bear one of the names in
    /// `secrets`, at any depth and whatever their case, count with their last
    /// [`SECRET_CHARS_KEPT`] characters only. A number of nine digits of which four are known is
    /// found from a hash in no time, so no hash of it is kept. In a form the last part of a name
    /// counts, `customer[ssn]`. Where a body is neither JSON nor a form, nobody can say which of it
    /// is secret, and all its digits count alike.
    ///
    /// ```
    /// use tillbook::RequestDigest;
    ///
    /// let of = |body: &[u8]| RequestDigest::without(&["ssn"], "POST", "/v0/customers", body);
    /// assert_eq!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"218-10-9999"}"#));
    /// assert_ne!(of(br#"{"ssn":"219-09-9999"}"#), of(br#"{"ssn":"219-09-9998"}"#));
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

/// What a form says, its secrets cut down to their ends; `None` where the body is no form.
fn reduced_form(body: &[u8], secrets: &[&str]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    if text.trim_start().starts_with(['{', '[', '"']) {
        return None; // JSON that does not read.
    }
    let mut pairs = parameters(text).ok()?;
    for (name, value) in &mut pairs {
        let inner = name.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        if secrets.iter().any(|secret| secret.eq_ignore_ascii_case(inner.trim())) {
            *value = end(value);
        }
    }
    Some(serde_json::json!(pairs).to_string().into_bytes())
}

/// The last characters of a secret.
fn end(text: &str) -> String {
    let n_cut = text.chars().count().saturating_sub(SECRET_CHARS_KEPT);
    text.chars().skip(n_cut).collect()
}

/// Cuts every member with a name of `secrets` down to its end.
fn reduce(json: &mut Value, secrets: &[&str]) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                if !secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
                    reduce(value, secrets);
                    continue;
                }
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                *value = end(&text).into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| reduce(value, secrets)),
        _ => {}
    }
}

impl Tx<'_> {
    /// What was answered to `asker` under this idempotency key within [`REMEMBERED_DAYS`].
    ///
    /// A door asks first, does the work in a savepoint, and remembers whatever came of it:
    ///
    /// ```
    /// use tillbook::{Answer, Customer, KeyKind, Remembered, RequestDigest, Rights, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let asker = store.add_key("office", Rights::NONE, KeyKind::Bearer)?.key.id;
    /// let digest = RequestDigest::of("POST", "/customers", b"{}");
    /// let post = || store.write(|tx| {
    ///     match tx.remembered(&asker, "order-17", &digest)? {
    ///         Remembered::Answer(answer) => return Ok(answer),
    ///         Remembered::OtherRequest => {
    ///             return Ok(Answer { status: 422, headers: vec![], body: vec![] });
    ///         }
    ///         Remembered::Nothing => {}
    ///     }
    ///     let ada = Customer::new(store.stamp());
    ///     let (status, body) = match tx.nested(|tx| tx.create_customer(&ada)) {
    ///         Ok(_) => (201, ada.id.to_string().into_bytes()),
    ///         Err(refused) => (400, refused.to_string().into_bytes()),
    ///     };
    ///     let answer = Answer { status, headers: vec![], body };
    ///     tx.remember(&asker, "order-17", &digest, &answer, &[ada.id.clone()])?;
    ///     Ok(answer)
    /// });
    /// assert_eq!(post()?, post()?, "one customer, however often it is sent");
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the idempotency key is empty or too long;
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn remembered(
        &self,
        asker: &KeyId,
        idempotency_key: &str,
        request: &RequestDigest,
    ) -> Result<Remembered> {
        check_key(idempotency_key)?;
        let known = find(self.conn(), asker, idempotency_key, self.due())?;
        Ok(match known {
            None => Remembered::Nothing,
            Some((digest, answer)) if digest == request.0 => Remembered::Answer(answer),
            Some(_) => Remembered::OtherRequest,
        })
    }

    /// Remembers what was answered to `asker` under this idempotency key, in place of what was
    /// remembered before. `about` names every customer the answer tells of or was asked about: with
    /// one that is erased goes the answer, and a retry is a new request. Nothing is remembered about
    /// those who are erased already, and no answer that is not kept, see [`Answer::is_kept`].
    ///
    /// Whenever it is called, a few answers that are due are forgotten.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the idempotency key is empty or too long, or the body is too long;
    /// - [`Error::Sqlite`] and its kin: the file cannot be written, or `asker` is no key.
    pub fn remember(
        &self,
        asker: &KeyId,
        idempotency_key: &str,
        request: &RequestDigest,
        answer: &Answer,
        about: &[CustomerId],
    ) -> Result<()> {
        check_key(idempotency_key)?;
        if answer.body.len() > ANSWER_BODY_BYTES_MAX {
            let rule = format!("must have at most {ANSWER_BODY_BYTES_MAX} bytes to be remembered");
            return Err(Error::invalid("answer", rule));
        }
        forget(self.conn(), self.due())?;
        self.conn()
            .prepare_cached("delete from answer where key_id = ?1 and idempotency_key = ?2")?
            .execute(params![asker, idempotency_key])?;
        for id in about {
            let account = customer::account(self.conn(), id)?;
            if account.is_some_and(|account| account.state == ERASED) {
                return Ok(());
            }
        }
        match answer.is_kept() {
            true => insert(
                self.conn(),
                (asker, idempotency_key),
                request,
                answer,
                about,
                self.store().now(),
            ),
            false => Ok(()),
        }
    }

    /// Answers from before are forgotten.
    fn due(&self) -> Timestamp {
        Timestamp::from_ms(self.store().now().ms().saturating_sub(REMEMBERED_MS))
    }
}

fn check_key(idempotency_key: &str) -> Result<()> {
    match idempotency_key.len() {
        1..=IDEMPOTENCY_KEY_BYTES_MAX => Ok(()),
        _ => Err(Error::invalid(
            "idempotency_key",
            format!("must have 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes"),
        )),
    }
}

fn find(
    conn: &Connection,
    asker: &KeyId,
    idempotency_key: &str,
    due: Timestamp,
) -> Result<Option<([u8; 32], Answer)>> {
    let mut statement = conn.prepare_cached(
        "select request, status, headers, body
           from answer
          where key_id = ?1 and idempotency_key = ?2 and at >= ?3",
    )?;
    let row = statement.query_row(params![asker, idempotency_key, due], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
    });
    let Some((request, status, headers, body)) = row.optional()? else { return Ok(None) };
    let headers = serde_json::from_str(&headers)
        .map_err(|_| Error::Corrupt("a remembered answer does not read".to_owned()))?;
    Ok(Some((request, Answer { status, headers, body })))
}

/// Deletes a few answers from before `due`.
fn forget(conn: &Connection, due: Timestamp) -> Result<()> {
    conn.prepare_cached(
        "delete from answer
          where rowid in (select rowid from answer where at < ?1 order by at limit ?2)",
    )?
    .execute(params![due, FORGOTTEN_MAX])?;
    Ok(())
}

fn insert(
    conn: &Connection,
    (asker, idempotency_key): (&KeyId, &str),
    request: &RequestDigest,
    answer: &Answer,
    about: &[CustomerId],
    now: Timestamp,
) -> Result<()> {
    let headers =
        Value::from_iter(answer.headers.iter().map(|(name, value)| [&**name, value].to_vec()));
    conn.prepare_cached(
        "insert into answer (key_id, idempotency_key, request, status, headers, body, at, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, seal(?1, ?2, ?3, ?4, ?5, ?6, ?7))",
    )?
    .execute(params![
        asker,
        idempotency_key,
        request.0,
        answer.status,
        headers.to_string(),
        answer.body,
        now
    ])?;
    let mut statement = conn.prepare_cached(
        "insert into answer_customer (customer_id, key_id, idempotency_key, seal)
         values (?1, ?2, ?3, seal(?1, ?2, ?3))
         on conflict do nothing",
    )?;
    for id in about {
        statement.execute(params![id, asker, idempotency_key])?;
    }
    Ok(())
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
