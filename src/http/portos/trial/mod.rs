//! Trials: requests against a store in memory, answered as the door would, without a network.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error it did not ask for is over, and the panic shows where"
)]

mod again;
mod bad_body;
mod bad_number;
mod cards;
mod credit;
mod debt_accounts;
mod front;
mod list;
mod matrix;
mod refusal;
mod round_trip;
mod write;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::read::{get, list as list_customers};
use super::refusal::refuse;
use super::write::{delete, post, put};
use crate::access::{Key, KeyKind, Right};
use crate::clock::{ManualClock, SeededRandom};
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::door::{Door, Settings};
use crate::http::failure::{Failure, Outcome};
use crate::http::route::Asked;
use crate::id::KeyId;
use crate::migrate::Options;
use crate::store::{Store, Tx};
use crate::time::Timestamp;

pub(super) type Tested = Result<(), Box<dyn std::error::Error>>;

/// 2024-01-02T03:04:05.678Z.
pub(super) const NOW: Timestamp = Timestamp::from_ms(1_704_164_645_678);

/// All rights of the customers' routes.
pub(super) const RIGHTS: &[Right] = &[
    Right::CustomerCreate,
    Right::CustomerUpdate,
    Right::CustomerDelete,
    Right::CustomerSetDiscount,
    Right::CustomerSetCredit,
];

/// A store and somebody who asks.
pub(super) struct Shop {
    pub(super) store: Arc<Store>,
    door: Arc<Door>,
    key: Key,
    pub(super) headers: HeaderMap,
}

impl Shop {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let random = Arc::new(SeededRandom::new(7));
        let options = Options { clock, random, ..Options::default() };
        let store = Arc::new(Store::open_in_memory_with(options).expect("a store"));
        let door = Door::new(Arc::clone(&store), Vec::new(), Settings::default());
        Self { store, door: Arc::new(door), key: key(RIGHTS), headers: HeaderMap::new() }
    }

    /// The same shop, asked by somebody with these rights.
    pub(super) fn with_rights(self, rights: &[Right]) -> Self {
        Self { key: key(rights), ..self }
    }

    /// The same shop, asked with one more header.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a header");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// The answer to `METHOD TARGET`, the target being what follows `/customers`.
    pub(super) fn ask(&self, request: &str, body: impl AsRef<[u8]>) -> Answer {
        let (method, target) = request.split_once(' ').expect("a method and a target");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let target = format!("/customers{path}");
        let parts = [("id".to_owned(), path.trim_start_matches('/').to_owned())];
        let call = Call {
            store: &self.store,
            door: &self.door,
            key: Some(&self.key),
            target: &target,
            path: &parts,
            query,
            headers: &self.headers,
            body: body.as_ref(),
        };
        let done = match method {
            "GET" if path.is_empty() => list_customers(&call),
            "GET" => get(&call),
            "POST" => self.write(|tx| post(&call, tx)),
            "PUT" => self.write(|tx| put(&call, tx)),
            _ => self.write(|tx| delete(&call, tx)),
        };
        let language = call.header("accept-language");
        let asked = Asked { target: &target, request_id: "r-1", language };
        done.unwrap_or_else(|failure| refuse(&failure, &asked))
    }

    fn write(&self, f: impl FnOnce(&Tx<'_>) -> Outcome<Answer>) -> Outcome<Answer> {
        let mut refused = None;
        let done = self.store.write(|tx| {
            f(tx).map_err(|failure| {
                refused = Some(failure);
                Error::Overflow // Undoes what was written.
            })
        });
        done.map_err(|error| refused.unwrap_or(Failure::from(error)))
    }

    /// How many operations the store has.
    pub(super) fn n_operations(&self) -> i64 {
        let count = |conn: &rusqlite::Connection| {
            Ok(conn.query_row("select count(*) from operation", [], |row| row.get(0))?)
        };
        self.store.read(count).expect("a count")
    }
}

fn key(rights: &[Right]) -> Key {
    let rights = rights.iter().copied().collect();
    let id = KeyId::new("k").expect("an id");
    let (kind, name) = (KeyKind::Bearer, "till 1".to_owned());
    Key { id, name, rights, kind, created_at: NOW, revoked_at: None }
}

/// The document of an answer.
pub(super) fn document(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Status and body, as they are sent.
pub(super) fn told(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    format!("{} {} {body}\n", answer.status.as_u16(), answer.content_type)
}

/// Status, error code, and each broken rule: place, message, code.
pub(super) fn brief(answer: &Answer) -> String {
    let document = document(answer);
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    let errors = errors.iter().map(|error| {
        let code = error["code"].as_str().map(|code| format!(" ({code})")).unwrap_or_default();
        format!(
            "{}: {}{code}",
            error["memberName"].as_str().unwrap_or_default(),
            error["message"].as_str().unwrap_or_default()
        )
    });
    let errors: Vec<_> = errors.collect();
    match document["errorCode"].as_u64() {
        Some(code) => format!("{} {code} {}", answer.status.as_u16(), errors.join(" ")),
        None => format!("{}", answer.status.as_u16()),
    }
}
