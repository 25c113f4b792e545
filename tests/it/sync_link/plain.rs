//! Requests, connections that are kept, and waits that end.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tillbook::clock::monotonic;
use tillbook::sync::client::{Link, LinkError, LinkOptions, Request};
use tillbook::{Random, SeededRandom};

use super::parent::{Act, Parent, ok, say, told, with};

#[test]
fn a_request_arrives_as_it_was_meant() {
    let parent = Parent::plain(vec![vec![ok("one"), ok("two"), ok("three")]]);
    let link = Link::new(parent.options()).unwrap();
    let large = "a line of JSON\n".repeat(1000);
    let push = |body| link.send(&Request::post("/sync/v1/push", "application/jsonl", body));
    assert_eq!(told(push(b"{}")), "200 one");
    assert_eq!(told(push(large.as_bytes())), "200 two");
    assert_eq!(told(link.send(&Request::get("/sync/v1/pull?cursor=0"))), "200 three");
    let address = parent.address;
    drop(link);
    let heard = parent.heard();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        heard[0].head,
        format!(
            "POST /base/sync/v1/push HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer id.secret\r\nUser-Agent: tillbook/{version}\r\n\
             Accept-Encoding: zstd\r\nContent-Type: application/jsonl\r\nContent-Length: 2\r\n\r\n"
        )
    );
    assert_eq!(heard[0].body, b"{}");
    assert!(heard[1].head.contains("Content-Encoding: zstd\r\n"));
    assert!(heard[1].body.len() < 200);
    assert_eq!(zstd::stream::decode_all(&heard[1].body[..]).unwrap(), large.as_bytes());
    assert!(heard[2].head.starts_with("GET /base/sync/v1/pull?cursor=0 HTTP/1.1\r\n"));
    assert!(!heard[2].head.contains("Content"));
}

/// Which connection each request came by.
#[track_caller]
fn check_connections(acts: Vec<Vec<Act>>, answers: &[&str], connections: &[usize]) {
    let parent = Parent::plain(acts);
    let link = Link::new(parent.options()).unwrap();
    for expected in answers {
        assert_eq!(told(link.send(&Request::post("/x", "text/plain", b"x"))), *expected);
        // What the parent does after its answer has happened.
        thread::sleep(Duration::from_millis(50));
    }
    drop(link);
    let came: Vec<_> = parent.heard().iter().map(|heard| heard.connection).collect();
    assert_eq!(came, connections);
}

#[test]
fn a_connection_is_kept_while_it_lasts() {
    check_connections(vec![vec![ok("1"), ok("2"), ok("3")]], &["200 1", "200 2", "200 3"], &[0; 3]);
    // The parent hangs up between two requests.
    check_connections(vec![vec![ok("1")], vec![ok("2")]], &["200 1", "200 2"], &[0, 1]);
    // It says that it will.
    let last = with("Connection: x, Close\r\n", "1");
    check_connections(vec![vec![last, ok("-")], vec![ok("2")]], &["200 1", "200 2"], &[0, 1]);
    let old = say("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1");
    check_connections(vec![vec![old, ok("-")], vec![ok("2")]], &["200 1", "200 2"], &[0, 1]);
    // It hangs up over the request: nobody knows whether it was taken, so it is sent again.
    let lost = vec![ok("1"), say("")];
    check_connections(vec![lost, vec![ok("2")]], &["200 1", "200 2"], &[0, 0, 1]);
    // Once, and not when an answer has begun.
    let gone = "the connection was lost before the answer was whole: ";
    let closed = format!("{gone}it was closed without an answer [again]");
    check_connections(vec![vec![ok("1"), say("")], vec![say("")]], &["200 1", &closed], &[0, 0, 1]);
    let cut = format!("{gone}its head is cut [again]");
    check_connections(
        vec![vec![ok("1"), say("HTTP/1.1 200")], vec![ok("3")]],
        &["200 1", &cut, "200 3"],
        &[0, 0, 1],
    );
    // What nobody has asked for is not taken for the next answer.
    let more = say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\n");
    check_connections(vec![vec![more, ok("-")], vec![ok("2")]], &["200 1", "200 2"], &[0, 1]);
}

#[test]
fn an_interrupted_request_ends_at_once() {
    let slow = say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow");
    for acts in [vec![Act::Sleep], vec![slow, Act::Sleep]] {
        let hangs = acts.len();
        let parent = Parent::plain(vec![acts]);
        let link = Arc::new(Link::new(parent.options()).unwrap());
        let asking = thread::spawn({
            let link = Arc::clone(&link);
            move || told(link.send(&Request::get("/x")))
        });
        thread::sleep(Duration::from_millis(200));
        let begun = monotonic();
        link.interrupt();
        let told_there = asking.join().unwrap();
        assert_eq!(told_there, "the request was interrupted [never again]", "{hangs}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert!(matches!(link.send(&Request::get("/x")), Err(LinkError::Interrupted)));
        parent.heard();
    }
}

#[test]
fn a_parent_that_reads_nothing_is_interrupted_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let link = Arc::new(Link::new(LinkOptions::to(url, "id.secret")).unwrap());
    let asking = thread::spawn({
        let link = Arc::clone(&link);
        move || {
            // More than the system holds for a reader who does not read, and nothing to pack.
            let mut body = vec![0; 32 << 20];
            SeededRandom::new(1).fill(&mut body);
            told(link.send(&Request::post("/x", "text/plain", &body)))
        }
    });
    let (wire, _) = listener.accept().unwrap();
    thread::sleep(Duration::from_millis(300));
    let begun = monotonic();
    link.interrupt();
    assert_eq!(asking.join().unwrap(), "the request was interrupted [never again]");
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(wire);
}

#[test]
fn a_call_that_nobody_takes_is_interrupted_too() {
    // An address of the documentation: packets to it go nowhere, or the system says so at once.
    let mut options = LinkOptions::to("https://192.0.2.1", "id.secret");
    options.limits.connect_wait = Duration::from_secs(60);
    let link = Arc::new(Link::new(options).unwrap());
    let asking = thread::spawn({
        let link = Arc::clone(&link);
        move || link.send(&Request::get("/x")).unwrap_err()
    });
    thread::sleep(Duration::from_millis(100));
    let begun = monotonic();
    link.interrupt();
    let error = asking.join().unwrap();
    assert!(matches!(error, LinkError::Interrupted | LinkError::Connect { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_silent_parent_is_given_up() {
    let check = |progress_ms: u64, request_ms: u64, acts: Vec<Act>, expected: &str| {
        let parent = Parent::plain(vec![acts]);
        let mut options = parent.options();
        options.limits.progress_wait = Duration::from_millis(progress_ms);
        options.limits.request_wait = Duration::from_millis(request_ms);
        let link = Link::new(options).unwrap();
        assert_eq!(told(link.send(&Request::get("/x"))), expected);
        drop(link);
        parent.heard();
    };
    let silent = |s| format!("the parent is silent or too slow: no end after {s} s [again]");
    check(1000, 60_000, vec![Act::Sleep], &silent(1));
    check(60_000, 1500, vec![Act::Sleep], &silent(60));
    let begun = say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow");
    check(1000, 60_000, vec![begun, Act::Sleep], &silent(1));
}

#[test]
fn options_that_cannot_be_are_refused() {
    let check = |change: fn(&mut LinkOptions), expected: &str| {
        let mut options = LinkOptions::to("http://localhost", "id.secret");
        change(&mut options);
        let made = Link::new(options).map(|_| "fine".to_owned());
        assert_eq!(made.unwrap_or_else(|error| error.to_string()), expected);
    };
    check(|_| (), "fine");
    check(|options| options.url = "https://shop.example".to_owned(), "fine");
    check(
        |options| options.url = "http://shop.example".to_owned(),
        "shop.example:80 is another machine, and without TLS whoever is on the network can read \
         the key and the customers; write https://, or allow plain http by name",
    );
    check(
        |options| {
            options.url = "http://10.0.0.1".to_owned();
            options.allow_plain_http = true;
        },
        "fine",
    );
    let key = "key must be `id.secret`, as it was shown once";
    check(|options| options.key = String::new(), key);
    check(|options| options.key = "id.secret\r\nX: y".to_owned(), key);
    check(
        |options| options.authorities = Some("none.pem".into()),
        "url must begin with https:// beside a pin or authorities",
    );
    let options = LinkOptions::to("https://shop.example", "id.secret");
    assert!(!format!("{options:?} {:?}", Link::new(options.clone()).unwrap()).contains("secret"));
}

#[test]
fn whom_nobody_serves_cannot_be_reached() {
    let parent = Parent::plain(vec![]);
    let options = parent.options();
    let address = parent.address;
    parent.heard();
    let error = Link::new(options).unwrap().send(&Request::get("/x")).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{address} cannot be reached: ")), "{error}");
    let options = LinkOptions::to("https://no-such-name.invalid", "id.secret");
    let error = Link::new(options).unwrap().send(&Request::get("/x")).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(matches!(error, LinkError::Resolve { .. } | LinkError::Connect { .. }), "{error}");
}
