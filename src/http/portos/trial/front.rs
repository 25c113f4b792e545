//! A door that is asked in one process, through its router and without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use expect_test::Expect;
use http_body_util::BodyExt;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::NOW;
use crate::access::{KeyKind, Right, Rights};
use crate::clock::{ManualClock, SeededRandom};
use crate::http::door::{Door, Mount, Settings};
use crate::http::portos::DIALECT;
use crate::migrate::Options;
use crate::store::Store;

/// How a test opens a store: at a fixed time, with fixed dice.
pub(super) fn options(seed: u64) -> Options {
    let clock = Arc::new(ManualClock::new(NOW));
    let random = Arc::new(SeededRandom::new(seed));
    Options { clock, random, reserve_bytes: 0, ..Options::default() }
}

/// A door with keys: `admin`, `reader` without a right, and one of the name of each right.
pub(super) struct Front {
    pub(super) store: Arc<Store>,
    pub(super) door: Arc<Door>,
    pub(super) router: Router,
    pub(super) runtime: Runtime,
    keys: Vec<(String, String)>,
}

/// What a caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Front {
    /// A door to a store in memory.
    pub(super) fn new() -> Self {
        Self::to(Store::open_in_memory_with(options(7)).unwrap())
    }

    /// A door to `store`.
    pub(super) fn to(store: Store) -> Self {
        Self::with_keys(store, Vec::new())
    }

    /// A door to `store`, where these keys are known already.
    fn with_keys(store: Store, mut keys: Vec<(String, String)>) -> Self {
        let store = Arc::new(store);
        if keys.is_empty() {
            let mut add = |name: &str, rights: Rights| {
                let made = store.add_key(name, rights, KeyKind::Bearer).unwrap();
                keys.push((name.to_owned(), made.text()));
            };
            add("reader", Rights::NONE);
            for right in Right::ALL {
                add(right.as_str(), Rights::from_iter([right]));
            }
        }
        let mounts = vec![Mount { dialect: &DIALECT, base: String::new() }];
        let door = Arc::new(Door::new(Arc::clone(&store), mounts, Settings::default()));
        let router = Arc::clone(&door).router();
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { store, door, router, runtime, keys }
    }

    /// Closes the store, and opens what `open` opens.
    pub(super) fn reopened(self, open: impl FnOnce() -> Store) -> Self {
        let Self { store, door, router, runtime, keys } = self;
        drop((store, door, router, runtime));
        Self::with_keys(open(), keys)
    }

    /// `line` is `KEY METHOD TARGET BODY`; the key `-` is none.
    pub(super) fn request(&self, line: &str, more: &[(&str, &str)]) -> Request<Body> {
        let mut words = line.splitn(4, ' ');
        let (key, method) = (words.next().unwrap(), words.next().unwrap());
        let (target, body) = (words.next().unwrap(), words.next().unwrap_or_default());
        let mut request = Request::builder().method(method).uri(target);
        request = request.header("x-request-id", "r-1");
        if let Some((_, text)) = self.keys.iter().find(|(name, _)| name == key) {
            request = request.header("authorization", format!("Bearer {text}"));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        request.body(Body::from(body.to_owned())).unwrap()
    }

    pub(super) fn ask(&self, line: &str) -> Heard {
        self.ask_with(line, &[])
    }

    pub(super) fn ask_with(&self, line: &str, more: &[(&str, &str)]) -> Heard {
        self.runtime.block_on(hear(self.router.clone(), self.request(line, more)))
    }

    /// Asks all at once.
    pub(super) fn ask_at_once(&self, lines: impl IntoIterator<Item = String>) -> Vec<Heard> {
        let asked = lines
            .into_iter()
            .map(|line| self.runtime.spawn(hear(self.router.clone(), self.request(&line, &[]))));
        let asked: Vec<_> = asked.collect();
        self.runtime.block_on(async {
            let mut heard = Vec::new();
            for one in asked {
                heard.push(one.await.unwrap());
            }
            heard
        })
    }

    /// Asks line by line, and tells what was heard: the status and the body, if there is one.
    pub(super) fn tell(&self, script: &str) -> String {
        let mut told = String::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let heard = self.ask(line);
            told += &format!("> {line}\n{}\n", heard.brief());
        }
        told
    }
}

impl Heard {
    /// Status and body; of a refusal its detail and its broken rules.
    pub(super) fn brief(&self) -> String {
        let (status, body) = (self.status.as_u16(), &self.body);
        if !status_is_refusal(self.status) {
            return format!("{status} {body}").trim_end().to_owned();
        }
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        let said = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let rules: Vec<_> = errors.iter().map(|error| said(&error["message"])).collect();
        let told = if rules.is_empty() { said(&problem["detail"]) } else { rules.join(" ") };
        format!("{status} {told}")
    }
}

fn status_is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// Asks a router once.
pub(super) async fn hear(router: Router, request: Request<Body>) -> Heard {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Heard { status: parts.status, headers: parts.headers, body }
}

/// Ada with a card, a rate and 10.00.
pub(super) const ADA: &str = r#"
    admin POST /customers {"id":"ada","firstName":"Ada","creditRate":0.05,"cards":[{"serialNumber":"007"}]}
    admin POST /customers/ada/creditTransactions {"id":"d1","type":"Deposit","amount":10}
"#;

/// Asks `before`, and compares what is heard of `script`.
pub(super) fn check(before: &str, script: &str, expected: Expect) {
    let front = Front::new();
    front.tell(before);
    expected.assert_eq(&front.tell(script));
}
