//! Trials: requests to the whole door with Tratta and Portos on it, without a network.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error it did not ask for is over, and the panic shows where"
)]

mod addresses;
mod bulk;
mod bulk_accounts;
mod bulk_limits;
mod bulk_rows;
mod bulk_story;
mod cross;
mod debt_accounts;
mod fields;
mod lists;
mod location_answers;
mod locations;
mod metadata;
mod pages;
mod refusals;
mod retries;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::ETAG;
use expect_test::Expect;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::access::{KeyKind, Right, Rights};
use crate::clock::{ManualClock, SeededRandom};
use crate::http::door::{Door, Settings};
use crate::http::mounts::Mounts;
use crate::http::server::layered;
use crate::migrate::Options;
use crate::query::Page;
use crate::store::Store;
use crate::time::Timestamp;

/// 2024-01-02T03:04:05.678Z.
const NOW: Timestamp = Timestamp::from_ms(1_704_164_645_678);

/// A store behind a door, with keys of its own.
struct Shop {
    store: Arc<Store>,
    clock: Arc<ManualClock>,
    router: Router,
    runtime: Runtime,
    /// The name of each key, and its text.
    keys: Vec<(&'static str, String)>,
}

/// What a caller hears.
struct Heard {
    status: u16,
    etag: Option<String>,
    body: String,
}

const KEYS: &[(&str, &[Right])] = &[
    ("admin", &[Right::Admin]),
    ("reader", &[]),
    ("creator", &[Right::CustomerCreate]),
    ("updater", &[Right::CustomerUpdate]),
    ("deleter", &[Right::CustomerDelete]),
];

impl Shop {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        Self::behind(settings, |_| ())
    }

    /// A shop in which nobody works off what comes in bulk.
    fn still() -> Self {
        Self::behind(Settings::default(), |door| door.backlog.close())
    }

    fn behind(settings: Settings, before: impl FnOnce(&Door)) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let random = Arc::new(SeededRandom::new(7));
        let options = Options { clock: clock.clone(), random, ..Options::default() };
        let store = Arc::new(Store::open_in_memory_with(options).unwrap());
        let keys = KEYS.iter().map(|(name, rights)| {
            let rights = Rights::from_iter(rights.iter().copied());
            (*name, store.add_key(name, rights, KeyKind::Bearer).unwrap().text())
        });
        let keys = keys.collect();
        let door = Door::new(Arc::clone(&store), Mounts::default().served(), settings);
        before(&door);
        let router = layered(Arc::new(door).router(), &[]);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { store, clock, router, runtime, keys }
    }

    /// `line` is `KEY METHOD TARGET BODY`, the body JSON where it begins like it and else a form;
    /// the target stands below Tratta's base path where it does not begin with a slash.
    fn ask(&self, line: &str, head: &[&str]) -> Heard {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (key, method, target, body) = (word(), word(), word(), word());
        let target = match target.strip_prefix('/') {
            Some(_) => target.to_owned(),
            None => format!("/api/v1/{target}"),
        };
        let mut request = Request::builder().method(method).uri(target);
        if let Some((_, key)) = self.keys.iter().find(|(name, _)| *name == key) {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let named = |name: &str| head.iter().any(|line| line.starts_with(name));
        if !body.is_empty() && !named("content-type") {
            let is_json = body.starts_with(['{', '[', '"']);
            let form = "application/x-www-form-urlencoded";
            request =
                request.header("content-type", if is_json { "application/json" } else { form });
        }
        if !named("host") {
            request = request.header("host", "shop:4000");
        }
        for line in head {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.clock.advance(1);
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes().to_vec();
            let etag = parts.headers.get(ETAG).map(|tag| tag.to_str().unwrap().to_owned());
            Heard { status: parts.status.as_u16(), etag, body: String::from_utf8(body).unwrap() }
        })
    }

    /// What each line of `script` is answered; a line that begins with `+` is a header of the
    /// request that follows.
    fn told(&self, script: &str) -> String {
        let (mut told, mut head) = (String::new(), Vec::new());
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_prefix("+ ") {
                Some(header) => head.push(header),
                None => {
                    let heard = self.ask(line, &head);
                    let head = std::mem::take(&mut head);
                    let head: String = head.iter().map(|line| format!("+ {line}\n")).collect();
                    told += &format!("{head}> {line}\n{} {}\n", heard.status, heard.body);
                }
            }
        }
        told
    }

    fn n_operations(&self) -> usize {
        self.store.list_operations(Page { skip: 0, take: u32::MAX }).unwrap().len()
    }
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What a fresh shop answers to each line of `script`.
fn check(script: &str, expected: Expect) {
    expected.assert_eq(&Shop::new().told(script));
}

/// What a shop with one customer, whose external id is `C`, answers to each body sent to `request`,
/// a method and a target: the broken rules, or of a success the member that `pointer` points at.
fn check_bodies(request: &str, pointer: &str, bodies: &[&str], expected: Expect) {
    let told = bodies.iter().map(|body| {
        let shop = Shop::new();
        let made = shop.ask("admin POST customers name=Juno+Hale&external_id=C", &[]);
        assert_eq!(made.status, 201, "{}", made.body);
        let before = shop.n_operations();
        let heard = shop.ask(&format!("admin {request} {body}"), &[]);
        let document = heard.json();
        let said = match heard.status {
            200 | 201 => document.pointer(pointer).cloned().unwrap_or_default(),
            422 => document["errors"].clone(),
            _ => document["message"].clone(),
        };
        assert!(heard.status < 400 || shop.n_operations() == before, "{body} left something");
        format!("{body}: {} {said}\n", heard.status)
    });
    expected.assert_eq(&told.collect::<String>());
}
