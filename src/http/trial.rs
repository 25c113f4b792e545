//! A trial of the door with a dialect that says nothing of customers: what is sent comes back.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error it did not ask for is over, and the panic shows where"
)]

mod lanes;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, Request, StatusCode};
use expect_test::{Expect, expect};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::answer::{Answer, NDJSON};
use super::body::{Accepts, tests::zeros};
use super::call::Call;
use super::door::{Door, Mount, Settings};
use super::failure::Outcome;
use super::problem::{self, PROBLEM, Problem};
use super::route::{About, Dialect, Lane, Needs, Route, Verb, Work};
use super::server::layered;
use super::{LISTS_MAX, LONG_BODIES_MAX, PART_BYTES_MAX, PULLS_MAX, PUSHES_MAX};
use super::{SYNC_BODY_BYTES_MAX, openapi};
use crate::access::{KeyKind, NewKey, Rights};
use crate::idempotency::Secrets;
use crate::store::Store;

const DIALECT: Dialect = Dialect {
    name: "trial",
    about: "What is sent comes back.",
    routes: ROUTES,
    secrets: Secrets::NONE,
    refuse: problem::refuse,
    refusal: (PROBLEM, |schemas| schemas.subschema_for::<Problem<'_>>()),
};

const ROUTES: &[Route] = &[
    route(Verb::Post, "/push", Work::Apart(Lane::Push, echo)),
    route(Verb::Post, "/pull", Work::Apart(Lane::Pull, echo)),
    route(Verb::Post, "/lost", Work::Apart(Lane::Push, |_| panic!("as it is meant to"))),
    route(Verb::Get, "/part", Work::Apart(Lane::Pull, |_| Answer::octets(vec![7; PART_BYTES_MAX]))),
    route(
        Verb::Get,
        "/more",
        Work::Apart(Lane::Pull, |_| Answer::octets(vec![7; PART_BYTES_MAX + 1])),
    ),
    route(Verb::Get, "/look", Work::Look(echo)),
    route(Verb::Get, "/list", Work::List(echo)),
    // It says that it unpacks, but has no time to.
    route(Verb::Post, "/write", Work::Write(|call, _| Ok(Answer::ndjson(call.body.to_vec())))),
];

const fn route(method: Verb, path: &'static str, work: Work) -> Route {
    let about = About {
        id: path.split_at(1).1,
        summary: "A trial",
        description: "",
        is_extension: false,
        query: &[],
        body: Some(|_| schemars::json_schema!({"type": "object"})),
        is_body_optional: true,
        answers: &[],
        refusals: &[],
    };
    let body = Accepts {
        media_types: &[NDJSON],
        bytes_max: SYNC_BODY_BYTES_MAX,
        unpacked_bytes_max: Some(SYNC_BODY_BYTES_MAX),
    };
    Route { method, path, needs: Needs::Key, body, work, about }
}

fn echo(call: &Call<'_>) -> Outcome<Answer> {
    call.store.write(|tx| Ok(call.check_key(tx)))??;
    Ok(Answer::ndjson(call.body.to_vec()))
}

/// A door with a bearer key and one that signs.
struct Trial {
    door: Arc<Door>,
    router: Router,
    runtime: Runtime,
    bearer: String,
    signing: NewKey,
}

/// What a caller hears.
struct Heard {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Trial {
    fn new() -> Self {
        let store = Arc::new(Store::open_in_memory().unwrap());
        let bearer = store.add_key("till", Rights::NONE, KeyKind::Bearer).unwrap().text();
        let signing = store.add_key("signer", Rights::NONE, KeyKind::Nws4).unwrap();
        let mounts = vec![Mount { dialect: &DIALECT, base: String::new() }];
        let door = Arc::new(Door::new(store, mounts, Settings::default()));
        let router = layered(Arc::clone(&door).router(), &[]);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { door, router, runtime, bearer, signing }
    }

    /// `line` is `METHOD TARGET`; the lines of `head` are headers.
    fn ask(&self, line: &str, head: &str, body: impl Into<Body>) -> Heard {
        let signed_in = format!("authorization: Bearer {}", self.bearer);
        self.ask_as(&signed_in, line, head, body.into())
    }

    fn ask_as(&self, signed_in: &str, line: &str, head: &str, body: Body) -> Heard {
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(target);
        for line in head.lines().chain([signed_in]) {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let request = request.body(body).unwrap();
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Heard { status: parts.status, headers: parts.headers, body }
        })
    }
}

impl Heard {
    /// Status, and how long the body is or why there is none.
    fn brief(&self) -> String {
        let status = self.status.as_u16();
        let typed = self.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap());
        if typed != PROBLEM {
            return format!("{status} {typed} {} bytes", self.body.len());
        }
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        let wait = self
            .headers
            .get(RETRY_AFTER)
            .map_or(String::new(), |value| format!(", again in {} s", value.to_str().unwrap()));
        format!("{status} {}{wait}", problem["detail"].as_str().unwrap_or("-"))
    }
}

const LINES: &str = "content-type: application/x-ndjson";
const PACKED: &str = "content-type: application/x-ndjson\ncontent-encoding: zstd";

fn packed(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// Sends each body with its headers to `line`.
fn check(line: &str, cases: &[(&str, &str, Vec<u8>)], expected: Expect) {
    let trial = Trial::new();
    let told = cases.iter().map(|(name, head, body)| {
        let heard = trial.ask(line, head, body.clone());
        format!("{name}: {}\n", heard.brief())
    });
    expected.assert_eq(&told.collect::<String>());
    // Whoever was refused has left nothing behind.
    let free = [Lane::Push, Lane::Pull].map(|lane| trial.door.permits(lane).available_permits());
    assert_eq!(free, [PUSHES_MAX, PULLS_MAX]);
    assert_eq!(trial.door.long_bodies.available_permits(), LONG_BODIES_MAX);
}

#[test]
fn lines_are_announced_as_what_they_are() {
    const TYPED: &str = "content-type: application/x-ndjson\n";
    let text = b"{\"n\":1}\n".to_vec();
    let whole = packed(&text);
    let cases = [
        ("lines", LINES, &text),
        ("in capitals", "content-type: Application/X-NDJSON; charset=utf-8", &text),
        ("with a name", &format!("{TYPED}idempotency-key: "), &text),
        ("packed", PACKED, &whole),
        ("packed, in capitals", &format!("{TYPED}content-encoding: ZSTD"), &whole),
        ("no lines", "x-nothing: 1", &vec![]),
        ("no type", "content-encoding: zstd", &whole),
        ("another type", "content-type: application/json", &text),
        ("a type like another", "content-type: application/x+json", &text),
        ("two types", &format!("{TYPED}content-type: text/plain"), &text),
        ("gzip", &format!("{TYPED}content-encoding: gzip"), &text),
        ("a list", &format!("{TYPED}content-encoding: zstd, zstd"), &whole),
        ("the same twice", &format!("{PACKED}\ncontent-encoding: zstd"), &whole),
    ];
    let cases = cases.map(|(name, head, body)| (name, head, body.clone()));
    check(
        "POST /push",
        &cases,
        expect![[r#"
        lines: 200 application/x-ndjson 8 bytes
        in capitals: 200 application/x-ndjson 8 bytes
        with a name: 200 application/x-ndjson 8 bytes
        packed: 200 application/x-ndjson 8 bytes
        packed, in capitals: 200 application/x-ndjson 8 bytes
        no lines: 200  0 bytes
        no type: 415 the body must be application/x-ndjson
        another type: 415 the body must be application/x-ndjson
        a type like another: 415 the body must be application/x-ndjson
        two types: 415 the body must be application/x-ndjson
        gzip: 415 the body must come without an encoding, or in zstd once
        a list: 415 the body must come without an encoding, or in zstd once
        the same twice: 415 the body must come without an encoding, or in zstd once
    "#]],
    );
}

#[test]
fn a_long_body_comes_packed_or_not() {
    let max = SYNC_BODY_BYTES_MAX;
    let whole = packed(b"{}\n");
    let cases = [
        ("twice over", PACKED, whole.repeat(2)),
        ("nothing", PACKED, vec![]),
        ("half of it", PACKED, whole[..whole.len() - 1].to_vec()),
        ("a large window", PACKED, zeros(31, 0, 1)),
        ("a bomb", PACKED, zeros(20, 0, (10 << 30) / (128 << 10))),
        ("the limit", LINES, vec![b' '; max]),
        ("the limit, packed", PACKED, packed(&vec![b' '; max])),
        ("one more", LINES, vec![b' '; max + 1]),
        ("one more, packed", PACKED, packed(&vec![b' '; max + 1])),
    ];
    check(
        "POST /push",
        &cases,
        expect![[r#"
        twice over: 200 application/x-ndjson 6 bytes
        nothing: 400 body must be whole frames of zstd, with windows of at most 8388608 bytes
        half of it: 400 body must be whole frames of zstd, with windows of at most 8388608 bytes
        a large window: 400 body must be whole frames of zstd, with windows of at most 8388608 bytes
        a bomb: 413 the body may have 8388608 bytes
        the limit: 200 application/x-ndjson 8388608 bytes
        the limit, packed: 200 application/x-ndjson 8388608 bytes
        one more: 413 the body may have 8388608 bytes
        one more, packed: 413 the body may have 8388608 bytes
    "#]],
    );
}

/// Others unpack nothing, whatever their table says.
#[test]
fn what_is_not_done_apart_takes_nothing_packed() {
    let cases = [("lines", LINES, b"{}\n".to_vec()), ("packed", PACKED, packed(b"{}\n"))];
    check(
        "POST /write",
        &cases,
        expect![[r#"
        lines: 200 application/x-ndjson 3 bytes
        packed: 415 the body must come without an encoding
    "#]],
    );
}

/// Signs `body` as it is sent, for a request without a query and with no header signed but the host.
fn sign(trial: &Trial, line: &str, body: &[u8]) -> String {
    let (method, path) = line.split_once(' ').unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let keyed = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes()
    };
    let (id, secret) = (&trial.signing.key.id, trial.signing.secret.as_str());
    let now = trial.door.store.now().to_string();
    let canonical = format!("{method}\n{path}\n\nhost:shop\nhost\n{}", hex(&Sha256::digest(body)));
    let digest = hex(&Sha256::digest(canonical));
    let key = keyed(format!("NWS4{secret}").as_bytes(), &now[..10]);
    let signature = hex(&keyed(&key, &format!("NWS4-HMAC-SHA256\n{now}\n{id}\n{digest}")));
    let claim = format!("Credential={id},SignedHeaders=host,Timestamp={now},Signature={signature}");
    let claim = claim.replace('=', "%3D").replace(',', "%2C").replace(':', "%3A");
    format!("authorization: NWS4-HMAC-SHA256 {claim}")
}

/// A signature covers what is sent and not what that unpacks to, and may cover as much of it as a
/// bearer key may bring.
#[test]
fn a_signature_covers_the_body_as_it_is_sent() {
    let trial = Trial::new();
    let text = b"{\"n\":1}\n".repeat(300_000);
    let whole = packed(&text);
    let mut told = String::new();
    for (name, line, head, signed, sent) in [
        ("as it is", "POST /push", LINES, &text, &text),
        ("packed", "POST /push", PACKED, &whole, &whole),
        ("signed before it was packed", "POST /push", PACKED, &text, &whole),
        ("signed for packed, sent as it is", "POST /push", LINES, &whole, &text),
        ("packed where nothing unpacks", "POST /write", PACKED, &whole, &whole),
    ] {
        let signature = sign(&trial, line, signed);
        let head = format!("{head}\nhost: shop");
        let heard = trial.ask_as(&signature, line, &head, sent.clone().into());
        told += &format!("{name}: {}\n", heard.brief());
    }
    expect![[r#"
        as it is: 200 application/x-ndjson 2400000 bytes
        packed: 200 application/x-ndjson 2400000 bytes
        signed before it was packed: 401 the signature is not valid now
        signed for packed, sent as it is: 401 the signature is not valid now
        packed where nothing unpacks: 415 the body must come without an encoding
    "#]]
    .assert_eq(&told);
}

/// Lines and the parts of a snapshot are packed on their way where the caller takes that.
#[test]
fn lines_and_parts_are_packed() {
    let trial = Trial::new();
    let text = b"{\"n\":1}\n".repeat(1000);
    let head = [LINES, "accept-encoding: gzip, zstd;q=1.0"].join("\n");
    let heard = trial.ask("POST /pull", &head, text.clone());
    assert_eq!(heard.headers[CONTENT_ENCODING], "zstd");
    assert_eq!(zstd::decode_all(&heard.body[..]).unwrap(), text);
    let heard = trial.ask("GET /part", "accept-encoding: zstd", "");
    assert_eq!(heard.headers[CONTENT_ENCODING], "zstd");
    assert_eq!(zstd::decode_all(&heard.body[..]).unwrap(), [7; PART_BYTES_MAX]);
    let heard = trial.ask("GET /part", "", "");
    assert_eq!(heard.headers.get(CONTENT_ENCODING), None);
    assert_eq!(heard.brief(), format!("200 application/octet-stream {PART_BYTES_MAX} bytes"));
    assert_eq!(trial.ask("GET /more", "accept-encoding: zstd", "").status, 500);
}

#[test]
fn a_route_of_lines_is_described() {
    let mount = Mount { dialect: &DIALECT, base: String::new() };
    let document = openapi::document(&[mount]);
    let push = &document["paths"]["/push"]["post"];
    let refusals: Vec<_> = push["responses"].as_object().unwrap().keys().collect();
    let headers: Vec<_> = push["parameters"].as_array().unwrap().iter().collect();
    let told = format!("{}\n{refusals:?}\n{headers:?}\n", push["requestBody"]);
    expect![[r##"
        {"content":{"application/x-ndjson":{"schema":{"type":"object"}}},"description":"May come in `Content-Encoding: zstd`, and unpacks to at most 8388608 bytes.","required":false}
        ["400", "401", "408", "413", "414", "415", "429", "500", "503", "507"]
        [Object {"$ref": String("#/components/parameters/X-Request-Id")}]
    "##]].assert_eq(&told);
}
