//! The limits of a door: who is too slow, too many, too large or too clever.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tillbook::http::{Origin, Server, ServerOptions, Tls};
use tillbook::{KeyKind, Right, Rights, Store};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::certificate::Certificate;
use super::client::{Client, LONG};
use super::{Result, bakery, customer, zofia};

/// A door in this process, with limits of its own; closed when it is dropped.
struct Door {
    address: SocketAddr,
    key: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    fn open(change: impl FnOnce(&mut ServerOptions)) -> Result<Self> {
        let store = Arc::new(Store::open_in_memory()?);
        let mut large = customer("large");
        large.note = Some("a customer with much to say ".repeat(500));
        store.write(|tx| {
            tx.create(&zofia())?;
            tx.create(&bakery())?;
            tx.create(&large.into()).map(drop)
        })?;
        let key = store.add_key("till", Rights::from_iter([Right::Admin]), KeyKind::Bearer)?;
        let mut options = ServerOptions::at(([127, 0, 0, 1], 0).into());
        options.limits.close_wait = Duration::from_secs(1);
        change(&mut options);
        let runtime = tokio::runtime::Runtime::new()?;
        let server = runtime.block_on(Server::bind(store, options))?;
        let address = server.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(server.run(async { drop(stopped.await) }));
        });
        Ok(Self { address, key: key.text(), stop: Some(stop), thread: Some(thread) })
    }

    fn client(&self) -> Result<Client> {
        Client::connect(self.address)
    }

    /// A connection whose request runs until it is dropped: its body never comes.
    fn busy(&self) -> Result<Client> {
        let mut client = self.client()?;
        client.send(self.unfinished().as_bytes())?;
        std::thread::sleep(SHORT);
        Ok(client)
    }

    fn unfinished(&self) -> String {
        let head = "DELETE /customers/none HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n";
        format!("{head}Authorization: Bearer {}\r\n\r\n", self.key)
    }

    /// The head of a request for a customer.
    fn read(&self, id: &str) -> String {
        let head = format!("GET /customers/{id} HTTP/1.1\r\nHost: shop\r\n");
        format!("{head}Authorization: Bearer {}\r\n", self.key)
    }

    /// Whether somebody new is answered.
    fn answers(&self) -> Result<bool> {
        Ok(self.client()?.ask(&self.key, "GET /customers/large", "")?.status == 200)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().map(JoinHandle::join);
    }
}

const SHORT: Duration = Duration::from_millis(300);

#[test]
fn who_sends_headers_slowly_is_cut_off() -> Result<()> {
    let door = Door::open(|options| options.limits.headers_wait = SHORT)?;
    for sent in ["", "GET", "GET / HTTP/1.1\r\nHost: sh"] {
        let (begun, mut client) = (Instant::now(), door.client()?);
        client.send(sent.as_bytes())?;
        assert_eq!(client.rest()?, "", "{sent}");
        assert!(begun.elapsed() >= SHORT && begun.elapsed() < LONG / 2, "{sent}");
    }
    // One byte now and then is no progress.
    let mut drip = TcpStream::connect(door.address)?;
    let begun = Instant::now();
    while begun.elapsed() < LONG && drip.write_all(b"G").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(begun.elapsed() < LONG / 2);
    assert!(door.answers()?);
    Ok(())
}

#[test]
fn an_idle_connection_is_closed() -> Result<()> {
    let door = Door::open(|options| options.limits.headers_wait = SHORT)?;
    let mut client = door.client()?;
    for _ in 0..2 {
        assert_eq!(client.ask(&door.key, "GET /customers/large", "")?.status, 200);
    }
    assert_eq!(client.rest()?, "");
    Ok(())
}

#[test]
fn who_reads_no_answer_is_cut_off() -> Result<()> {
    let door = Door::open(|options| options.limits.write_wait = SHORT)?;
    let request = door.read("large") + "\r\n";
    let (begun, mut client) = (Instant::now(), TcpStream::connect(door.address)?);
    client.set_write_timeout(Some(LONG))?;
    // Each answer is a hundred times as long as its request.
    while begun.elapsed() < LONG && client.write_all(request.as_bytes()).is_ok() {}
    assert!(begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
    assert!(door.answers()?);
    Ok(())
}

#[test]
fn headers_are_bounded() -> Result<()> {
    let door = Door::open(|_| {})?;
    let cases = [
        (format!("X-Long: {}\r\n", "a".repeat(30 << 10)), 200),
        (format!("X-Long: {}\r\n", "a".repeat(33 << 10)), 431),
        ("X-Many: 1\r\n".repeat(90), 200),
        ("X-Many: 1\r\n".repeat(101), 431),
    ];
    for (headers, expected) in cases {
        let mut client = door.client()?;
        let answer = client.ask_with(&door.key, "GET /customers/large", &headers, "")?;
        assert_eq!(answer.status, expected, "{} bytes", headers.len());
    }
    let long = format!("GET /customers/{}", "a".repeat(9 << 10));
    assert_eq!(door.client()?.ask(&door.key, &long, "")?.status, 414);
    Ok(())
}

#[test]
fn idle_connections_make_room() -> Result<()> {
    let door = Door::open(|options| options.limits.connections_max = 3)?;
    let mut idle: Vec<Client> = (0..3).map(|_| door.client()).collect::<Result<_>>()?;
    for client in &mut idle {
        assert_eq!(client.ask(&door.key, "GET /customers/large", "")?.status, 200);
    }
    // The first has been idle for the longest time, until it asks again.
    assert_eq!(idle[0].ask(&door.key, "GET /customers/large", "")?.status, 200);
    assert!(door.answers()?, "somebody has made room");
    assert_eq!(idle[1].rest()?, "", "the second did");
    assert_eq!(idle[0].ask(&door.key, "GET /customers/large", "")?.status, 200);
    assert_eq!(idle[2].ask(&door.key, "GET /customers/large", "")?.status, 200);
    Ok(())
}

/// Nor does half of the headers of a request hold a seat against a whole one.
#[test]
fn who_has_sent_half_a_request_makes_room() -> Result<()> {
    let door = Door::open(|options| options.limits.connections_max = 2)?;
    let mut halves = [door.client()?, door.client()?];
    for half in &mut halves {
        half.send(b"GET /customers/large HTTP/1.1\r\nHo")?;
    }
    std::thread::sleep(SHORT);
    assert!(door.answers()?, "one of them has made room");
    Ok(())
}

#[test]
fn one_too_many_is_told_to_come_back() -> Result<()> {
    let door = Door::open(|options| options.limits.connections_max = 2)?;
    let busy = [door.busy()?, door.busy()?];
    let mut third = door.client()?;
    third.send((door.read("large") + "\r\n").as_bytes())?;
    let answer = third.answer()?;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(third.rest()?, "");
    drop(busy);
    assert!(door.answers()?);
    Ok(())
}

#[test]
fn limits_hold_under_tls() -> Result<()> {
    let certificate = Certificate::make()?;
    let tls = Tls::read(&certificate.file(), &certificate.key())?;
    let door = Door::open(|options| {
        options.tls = Some(tls);
        options.limits.connections_max = 1;
        options.limits.handshake_wait = SHORT * 5;
    })?;
    let ask = || -> Result<u16> {
        let mut client = certificate.connect(door.address, "localhost")?;
        Ok(client.ask(&door.key, "GET /customers/large", "")?.status)
    };
    assert_eq!(ask()?, 200);
    let mut silent = door.client()?;
    assert_eq!(silent.rest()?, "", "who never begins the handshake is cut off");
    assert_eq!(ask()?, 200);
    let _silent = door.client()?;
    std::thread::sleep(SHORT);
    assert_eq!(ask()?, 200, "or makes room");
    let mut busy = certificate.connect(door.address, "localhost")?;
    busy.send(door.unfinished().as_bytes())?;
    std::thread::sleep(SHORT);
    assert_eq!(ask()?, 503);
    Ok(())
}

/// Fails to sign in from one address, as a proxy names it, and tells how another one fares.
fn check_forwarded(is_forwarded: bool, other: u16) -> Result<()> {
    let door = Door::open(|options| options.is_forwarded = is_forwarded)?;
    let mut client = door.client()?;
    let mut ask = |key: &str, from: &str| -> Result<u16> {
        let headers = format!("X-Forwarded-For: 198.51.100.7, {from}\r\n");
        Ok(client.ask_with(key, "GET /customers/large", &headers, "")?.status)
    };
    for _ in 0..tillbook::http::attempts::FAILED_MAX {
        assert_eq!(ask("a.b", "10.0.0.1")?, 401);
    }
    assert_eq!(ask(&door.key, "10.0.0.1")?, 429);
    assert_eq!(ask(&door.key, "10.0.0.2")?, other, "{is_forwarded}");
    Ok(())
}

#[test]
fn a_proxy_is_believed_where_it_is_said() -> Result<()> {
    check_forwarded(true, 200)?;
    check_forwarded(false, 429)
}

/// Asks for a customer, and tells what was sent of the answer's encoding.
fn check_packing(id: &str, accepted: &str, expected: Option<&str>) -> Result<()> {
    let door = Door::open(|_| {})?;
    let headers = format!("Accept-Encoding: {accepted}\r\n");
    let line = format!("GET /customers/{id}");
    let answer = door.client()?.ask_with(&door.key, &line, &headers, "")?;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-encoding"), expected, "{id} {accepted}");
    let tag = answer.header("etag").ok_or("no tag")?;
    assert_eq!(tag.starts_with("W/"), expected.is_some(), "{tag}");
    match expected {
        Some(_) => assert!(answer.body.len() < 1500, "{} bytes", answer.body.len()),
        None => assert!(answer.text().starts_with('{')),
    }
    let headers = format!("If-None-Match: {tag}\r\n");
    let again = door.client()?.ask_with(&door.key, &line, &headers, "")?;
    assert_eq!(again.status, 304, "the tag is known again");
    Ok(())
}

#[test]
fn large_answers_are_packed() -> Result<()> {
    check_packing("large", "gzip", Some("gzip"))?;
    check_packing("large", "gzip, zstd", Some("zstd"))?;
    check_packing("large", "br", None)?;
    check_packing("large", "gzip;q=0", None)?;
    check_packing(bakery().customer.id.as_str(), "gzip, zstd", None)
}

#[test]
fn pages_of_named_origins_may_ask() -> Result<()> {
    let ours = "http://office.example";
    let origins = vec![Origin::parse(ours)?];
    let door = Door::open(|options| options.cors_origins = origins)?;
    let asks = |origin: &str| -> Result<Option<String>> {
        let headers = format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: PUT\r\n\
             Access-Control-Request-Headers: authorization\r\n"
        );
        let answer = door.client()?.ask_with("", "OPTIONS /customers/large", &headers, "")?;
        let methods = answer.header("access-control-allow-methods").unwrap_or_default();
        assert!(methods.contains("PUT"), "{answer:?}");
        Ok(answer.header("access-control-allow-origin").map(str::to_owned))
    };
    assert_eq!(asks(ours)?.as_deref(), Some(ours));
    assert_eq!(asks("http://elsewhere.example")?, None);
    let headers = format!("Origin: {ours}\r\n");
    let answer = door.client()?.ask_with(&door.key, "GET /customers/large", &headers, "")?;
    assert_eq!(answer.header("access-control-allow-origin"), Some(ours));

    let closed = Door::open(|_| {})?;
    let answer = closed.client()?.ask_with(&closed.key, "GET /customers/large", &headers, "")?;
    assert_eq!(answer.header("access-control-allow-origin"), None, "off unless asked for");
    Ok(())
}

/// Sends `headers` and `rest` with a DELETE, and tells the statuses of all that comes back.
fn check_smuggled(headers: &str, rest: &str, expected: &[u16]) -> Result<()> {
    let door = Door::open(|options| options.limits.headers_wait = SHORT)?;
    let head =
        "DELETE /customers/none HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n";
    let key = format!("Authorization: Bearer {}\r\n", door.key);
    let rest = rest.replace("KEY\r\n", &key);
    let mut client = door.client()?;
    client.send(format!("{head}{key}{headers}\r\n{rest}").as_bytes())?;
    let answers = client.rest()?;
    let statuses: Vec<u16> = answers
        .lines()
        .filter_map(|line| line.split("HTTP/1.1 ").nth(1)?.get(..3)?.parse().ok())
        .collect();
    assert_eq!(statuses, expected, "{headers:?} {rest:?}: {answers}");
    Ok(())
}

/// Two readers of one stream must not see two different requests in it (RFC 9112, sections 2.2, 5.2
/// and 6.3).
#[test]
fn no_request_hides_in_another() -> Result<()> {
    let hidden = "GET /customers/large HTTP/1.1\r\nHost: shop\r\nKEY\r\n\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    // The length is not believed where the body comes in chunks, whichever comes first.
    let length = "Content-Length: 400\r\n";
    for headers in [format!("{length}{chunked}"), format!("{chunked}{length}")] {
        check_smuggled(&headers, "2\r\n{}\r\n0\r\n\r\n", &[404])?;
    }
    check_smuggled("Content-Length: 2\r\nContent-Length: 3\r\n", "{} ", &[400])?;
    check_smuggled("Content-Length: 2, 3\r\n", "{} ", &[400])?;
    check_smuggled("Content-Length: +2\r\n", "{}", &[400])?;
    check_smuggled("Content-Length: 2\r\nContent-Length: 2\r\n", "{}", &[404])?;
    check_smuggled(
        "Transfer-Encoding: chunked, identity\r\n",
        &format!("0\r\n\r\n{hidden}"),
        &[400],
    )?;
    check_smuggled("Transfer-Encoding: xchunked\r\n", &format!("0\r\n\r\n{hidden}"), &[400])?;
    check_smuggled("Transfer-Encoding : chunked\r\n", "0\r\n\r\n", &[400])?;
    check_smuggled("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n", &[400])?;
    check_smuggled("X-Folded: a\r\n Content-Length: 2\r\n", "{}", &[400])?;
    check_smuggled("X-Bare: a\rContent-Length: 2\r\n", "{}", &[400])?;
    check_smuggled("X-Nul: a\0\r\n", "", &[400])?;
    // What follows a whole request is the next one, and needs a key of its own.
    check_smuggled(
        "Content-Length: 2\r\n",
        &format!("{{}}{}", hidden.replace("KEY\r\n", "")),
        &[404, 401],
    )?;
    check_smuggled(chunked, "zz\r\n{}\r\n0\r\n\r\n", &[400])
}
