//! Idempotency: answers that are remembered, so that a retry hears the first one again.
//!
//! Whoever asks may name a request by a key of its own choice. The answer is stored in the SQL
//! transaction of the request's own writes, so that there is never one without the other, and
//! requests with one key wait for each other like all writes do. Answers belong to one file: they
//! are not shared with other nodes.

mod request;

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

pub use request::{RequestDigest, SECRET_CHARS_KEPT, Secrets};

use crate::customer::{self, ERASED};
use crate::error::{Error, Result};
use crate::id::{CustomerId, KeyId};
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
            Some((digest, answer)) if digest == *request.bytes() => Remembered::Answer(answer),
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
        request.bytes(),
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
