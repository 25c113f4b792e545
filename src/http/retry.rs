//! Retry: a write runs once however often it is sent, where the caller names it.
//!
//! The rules are those of synctera.md section 3, for every dialect: an answer is kept in the SQL
//! transaction of the change, refusals too; faults are not kept.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::{HeaderName, StatusCode};

use super::answer::Answer;
use super::body::Accepts;
use super::call::Call;
use super::door::Door;
use super::exchange::Received;
use super::failure::{Failure, Outcome, Violation};
use super::queue;
use super::route::Dialect;
use crate::access::Key;
use crate::error::{Error, Result};
use crate::id::{CustomerId, KeyId};
use crate::idempotency::{self, IDEMPOTENCY_KEY_BYTES_MAX, Remembered, RequestDigest};
use crate::store::Tx;

/// The header that names a write.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Requests that are being answered: who asks, and what they call it. What runs apart from the queue has
/// the empty name, which nobody can give.
pub(crate) type Running = Mutex<HashSet<(KeyId, String)>>;

type Writer = fn(&Call<'_>, &Tx<'_>) -> Outcome<Answer>;

/// Runs `handler` in one SQL transaction, or answers what it answered before. Only a request that was
/// not answered before needs a body that `accepts` takes.
pub(crate) async fn write(
    door: &Arc<Door>,
    dialect: &'static Dialect,
    accepts: Accepts,
    received: &Arc<Received>,
    handler: Writer,
) -> Outcome<Answer> {
    let received = Arc::clone(received);
    let name = name(&received.parts.headers)?.map(str::to_owned);
    let (Some(name), Some(key)) = (name, &received.key) else {
        let at = Arc::clone(door);
        let change =
            move |tx: &Tx<'_>| queue::alone(tx, |tx| run(tx, &at, accepts, &received, handler));
        return door.queue.write(Box::new(change)).await;
    };
    let turn = Turn::take(door, key, &name).ok_or(Failure::KeyInUse)?;
    let target = received.parts.uri.path_and_query().map_or("", |target| target.as_str());
    let method = received.parts.method.as_str();
    let digest = RequestDigest::without(dialect.secrets, method, target, &received.body);
    let change = move |tx: &Tx<'_>| {
        let (door, (key, name)) = (&turn.door, &turn.name);
        match tx.remembered(key, name, &digest)? {
            Remembered::Nothing => {}
            Remembered::OtherRequest => return Ok(Err(Failure::KeyReused)),
            Remembered::Answer(known) => return Ok(again(known)),
        }
        // What cannot be remembered is not done either, and that is nobody else's trouble.
        let remember = |tx: &Tx<'_>, answer: &Answer| {
            tx.remember(key, name, &digest, &kept(answer), &answer.about)
        };
        let done = queue::alone(tx, |tx| {
            let answer = run(tx, door, accepts, &received, handler)?;
            remember(tx, &answer)?;
            Ok(answer)
        })?;
        let Err(failure) = done else { return Ok(done) };
        let refused = (dialect.refuse)(&failure, &received.asked());
        let refused = refused.about(asked_about(tx, &received.call(door))?);
        if !kept(&refused).is_kept() {
            return Ok(Err(failure));
        }
        queue::alone(tx, |tx| {
            remember(tx, &refused)?;
            Ok(refused)
        })
    };
    door.queue.write(Box::new(change)).await
}

/// Runs `handler`, if whoever asked may still do so.
fn run(
    tx: &Tx<'_>,
    door: &Door,
    accepts: Accepts,
    received: &Received,
    handler: Writer,
) -> Outcome<Answer> {
    let call = received.call(door);
    call.check_key(tx)?;
    accepts.check_type(received)?;
    handler(&call, tx)
}

/// Whom the path may name: by id, or in a dialect that says `customer` by external id as well.
fn asked_about(tx: &Tx<'_>, call: &Call<'_>) -> Result<Vec<CustomerId>> {
    let name = call.part("customer");
    if name.is_empty() {
        return Ok(CustomerId::spelled(call.part("id")).collect());
    }
    match tx.profile_named(name) {
        Ok(profile) => Ok(vec![profile.customer.id]),
        Err(Error::NotFound { .. }) => Ok(CustomerId::new(name).into_iter().collect()),
        Err(error) => Err(error),
    }
}

/// What the caller calls this write: a text of 1 to 255 bytes (synctera.md section 3).
fn name(headers: &HeaderMap) -> Outcome<Option<&str>> {
    let mut all = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(name) = all.next() else { return Ok(None) };
    let rule = |rule: String| Failure::Header(Violation::new("Idempotency-Key", rule));
    if all.next().is_some() {
        return Err(rule("is given twice".to_owned()));
    }
    if !(1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&name.len()) {
        return Err(rule(format!("must have 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes")));
    }
    let name =
        std::str::from_utf8(name.as_bytes()).map_err(|_| rule("must be UTF-8".to_owned()))?;
    if name.chars().any(char::is_control) {
        return Err(rule("must not hold control characters".to_owned()));
    }
    Ok(Some(name))
}

/// An answer as it is kept.
fn kept(answer: &Answer) -> idempotency::Answer {
    let headers =
        [("content-type", Some(answer.content_type.as_ref())), ("etag", answer.etag.as_deref())];
    let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
    idempotency::Answer {
        status: answer.status.as_u16(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: answer.body.clone(),
    }
}

/// The answer that was kept.
fn again(known: idempotency::Answer) -> Outcome<Answer> {
    let header = |name: &str| {
        let found = known.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let status = StatusCode::from_u16(known.status);
    Ok(Answer {
        status: status.map_err(|error| Failure::Fault(error.to_string()))?,
        content_type: header("content-type")
            .unwrap_or_else(|| super::answer::JSON.to_owned())
            .into(),
        etag: header("etag"),
        body: known.body,
        about: Vec::new(),
    })
}

/// The turn of the one request that may run under a name.
#[derive(Debug)]
pub(crate) struct Turn {
    door: Arc<Door>,
    name: (KeyId, String),
}

impl Turn {
    /// `None` while another request has it.
    pub(crate) fn take(door: &Arc<Door>, key: &Key, name: &str) -> Option<Self> {
        let name = (key.id.clone(), name.to_owned());
        let is_first = running(door).insert(name.clone());
        is_first.then(|| Self { door: Arc::clone(door), name })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        running(&self.door).remove(&self.name);
    }
}

fn running(door: &Door) -> MutexGuard<'_, HashSet<(KeyId, String)>> {
    door.running.lock().unwrap_or_else(PoisonError::into_inner)
}
