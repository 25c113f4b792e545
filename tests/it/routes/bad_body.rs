//! Bad input in bodies, as far as it is not in their text: rows 1 to 14 of the bad-input catalogue
//! over a socket, and rows 48 to 50.

use std::io::{Read, Write};

use expect_test::{Expect, expect};

use super::served::{Served, Told};
use tillbook::http::BODY_BYTES_MAX;
use tokio::time::Instant;

/// Creates a customer with each body, with these lines in the head beside those that say how long
/// the body is.
fn check(bodies: &[(u8, &str, &[u8])], expected: Expect) {
    let (served, _) = Served::at_noon();
    let mut told = String::new();
    for (row, head, body) in bodies {
        let lines = head.lines().map(|line| format!("{line}\r\n")).collect::<String>();
        let length = format!("Content-Length: {}\r\n", body.len());
        let heard = served.send(&[request(&served, &(lines + &length)).as_bytes(), body].concat());
        told += &format!("{row} {}: {}\n", head.replace('\n', " | "), heard.brief());
    }
    expected.assert_eq(&told);
}

/// The head of a request that makes a customer.
fn request(served: &Served, lines: &str) -> String {
    format!(
        "POST /customers HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n{lines}\r\n",
        served.admin
    )
}

const JSON: &str = "Content-Type: application/json";

#[test]
fn a_body_is_announced_as_what_it_is() {
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    let utf16: Vec<u8> = "{\"id\":\"a\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
    check(
        &[
            (1, JSON, b""),
            (1, "X-Nothing: 1", b""),
            (3, JSON, b"{}\0"),
            (4, JSON, b"\xEF\xBB\xBF{}"),
            (5, JSON, &utf16),
            (5, "Content-Type: application/json; charset=utf-16", &utf16),
            (6, JSON, b"{\"note\":\"\xC0\xAF\"}"),
            (7, JSON, br#"{"note":"\uDC00"}"#),
            (8, JSON, br#"{"id":"a","id":"b"}"#),
            (9, JSON, &deep),
            (12, "X-Nothing: 1", b"{}"),
            (12, "Content-Type: text/plain", b"{}"),
            (12, "Content-Type: application/x-www-form-urlencoded", b"id=a"),
            (12, "Content-Type: multipart/form-data; boundary=x", b"--x--"),
            (12, "Content-Type: application/xml", b"<a/>"),
            (12, "Content-Type: application/jsonp", b"{}"),
            (12, "Content-Type: \u{17d}", b"{}"),
            (12, "Content-Type: application/json\nContent-Type: text/plain", b"{}"),
            (12, "Content-Type: Application/JSON; charset=UTF-8", b"{}"),
            (12, "Content-Type: application/merge-patch+json", b"{}"),
            (13, "Content-Type: application/json\nContent-Encoding: gzip", gzip),
            (13, "Content-Type: application/json\nContent-Encoding: zstd", b"{}"),
            (14, "Content-Type: application/json\nContent-Encoding: x-unheard-of", b"{}"),
            (14, "Content-Type: application/json\nContent-Encoding: identity, gzip", gzip),
            (
                14,
                "Content-Type: application/json\nContent-Encoding: identity\nContent-Encoding: gzip",
                gzip,
            ),
            (14, "Content-Type: application/json\nContent-Encoding: Identity", b"{}"),
        ],
        expect![[r#"
            1 Content-Type: application/json: 400 [Body] Body is empty.
            1 X-Nothing: 1: 400 [Body] Body is empty.
            3 Content-Type: application/json: 400 [Body] Body must end with its JSON value, which it does not at byte 2.
            4 Content-Type: application/json: 400 [Body] Body must not begin with a byte order mark.
            5 Content-Type: application/json: 400 [Body] Body must be UTF-8, not UTF-16.
            5 Content-Type: application/json; charset=utf-16: 400 [Body] Body must be UTF-8, not UTF-16.
            6 Content-Type: application/json: 400 [Body] Body must be UTF-8, which it is not at byte 9.
            7 Content-Type: application/json: 400 [Note] Note has half of a surrogate pair at byte 9.
            8 Content-Type: application/json: 400 [Id] Id is given twice.
            9 Content-Type: application/json: 400 [Body[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]] Body[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0] must nest at most 32 deep.
            12 X-Nothing: 1: 415 The body must be application/json.
            12 Content-Type: text/plain: 415 The body must be application/json.
            12 Content-Type: application/x-www-form-urlencoded: 415 The body must be application/json.
            12 Content-Type: multipart/form-data; boundary=x: 415 The body must be application/json.
            12 Content-Type: application/xml: 415 The body must be application/json.
            12 Content-Type: application/jsonp: 415 The body must be application/json.
            12 Content-Type: Ž: 415 The body must be application/json.
            12 Content-Type: application/json | Content-Type: text/plain: 415 The body must be application/json.
            12 Content-Type: Application/JSON; charset=UTF-8: 201
            12 Content-Type: application/merge-patch+json: 201
            13 Content-Type: application/json | Content-Encoding: gzip: 415 The body must come without an encoding.
            13 Content-Type: application/json | Content-Encoding: zstd: 415 The body must come without an encoding.
            14 Content-Type: application/json | Content-Encoding: x-unheard-of: 415 The body must come without an encoding.
            14 Content-Type: application/json | Content-Encoding: identity, gzip: 415 The body must come without an encoding.
            14 Content-Type: application/json | Content-Encoding: identity | Content-Encoding: gzip: 415 The body must come without an encoding.
            14 Content-Type: application/json | Content-Encoding: Identity: 201
        "#]],
    );
}

/// Row 10: what is announced as too long is refused before it is sent.
#[test]
fn a_gibibyte_is_not_waited_for() {
    let (served, _) = Served::at_noon();
    for announced in ["1073741824", "1048577", "9223372036854775807"] {
        let begun = Instant::now();
        let lines = format!("{JSON}\r\nExpect: 100-continue\r\nContent-Length: {announced}\r\n");
        let heard = served.send(request(&served, &lines).as_bytes());
        assert_eq!(heard.brief(), "413 The body must have at most 1048576 bytes.", "{announced}");
        assert!(begun.elapsed().as_secs() < 5, "{announced}");
    }
    assert_eq!(served.hear("reader GET /customers?$count=true", &[]).text(), NOBODY);
}

const NOBODY: &str = r#"{"count":0,"totalCount":0}"#;

/// Row 11: a body without an end is cut off at the limit, and one that fits is not.
#[test]
fn a_body_without_an_end_is_cut_off() {
    let (served, _) = Served::at_noon();
    let head = request(&served, &format!("{JSON}\r\nTransfer-Encoding: chunked\r\n"));
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    let chunks = chunk.repeat(BODY_BYTES_MAX / 0x10000);
    let fits = [head.as_bytes(), &chunks[..chunks.len() - chunk.len()], b"2\r\n{}\r\n0\r\n\r\n"];
    assert_eq!(served.send(&fits.concat()).status, 201);

    let mut stream = served.connect();
    stream.write_all(&[head.as_bytes(), &chunks, b"1\r\n \r\n"].concat()).unwrap();
    let heard = Told::read(&mut stream);
    assert_eq!(heard.brief(), "413 The body must have at most 1048576 bytes.");
    // Whoever goes on sending finds the connection closed.
    let is_closed = |_| stream.write_all(&chunk).is_err();
    assert!((0..1_000).any(is_closed), "64 MiB more were taken");
    assert_eq!(served.hear("reader GET /customers?$count=true", &[]).json()["count"], 1);
}

/// A client that sends all of its body at one go, and reads only then, hears why nobody wanted it.
#[test]
fn who_has_sent_too_much_hears_of_it() {
    let (served, _) = Served::at_noon();
    let key = format!("Authorization: Bearer {}", served.admin);
    let large = "The body must have at most 1048576 bytes.";
    for (n_bytes, line, head, expected) in [
        (BODY_BYTES_MAX + 1, "POST /customers", key.as_str(), format!("413 {large}")),
        (2 * BODY_BYTES_MAX, "POST /customers", &key, format!("413 {large}")),
        (4 * BODY_BYTES_MAX, "PUT /customers/ada", &key, format!("413 {large}")),
        (4 * BODY_BYTES_MAX, "GET /customers/ada", &key, "404 There is no such customer.".into()),
        (4 * BODY_BYTES_MAX, "POST /nowhere", &key, "404 There is no such route.".into()),
        (4 * BODY_BYTES_MAX, "PATCH /cards/1", &key, "405 This route knows GET.".into()),
        (
            4 * BODY_BYTES_MAX,
            "POST /customers",
            "Content-Encoding: gzip",
            "401 Nobody is signed in: the header Authorization is missing.".into(),
        ),
    ] {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{head}\r\n{JSON}\r\n\
             Content-Length: {n_bytes}\r\n\r\n"
        );
        let heard = served.send(&[request.as_bytes(), &vec![b' '; n_bytes]].concat());
        assert_eq!(heard.brief(), expected, "{line} {n_bytes}");
    }
}

/// A client that hangs up in the middle of its body has changed nothing.
#[test]
fn half_a_body_changes_nothing() {
    let (served, _) = Served::at_noon();
    let half = request(&served, &format!("{JSON}\r\nContent-Length: 20\r\n")) + "{}";
    let chunk =
        request(&served, &format!("{JSON}\r\nTransfer-Encoding: chunked\r\n")) + "2\r\n{}\r\n";
    for sent in [half, chunk] {
        let mut stream = served.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400 "), "{rest}");
    }
    assert_eq!(served.hear("reader GET /customers?$count=true", &[]).text(), NOBODY);
}

/// Rows 48 to 50: a write is named once, by 1 to 255 visible characters, and a restart forgets
/// nothing of it.
#[test]
fn a_write_is_named_once() {
    let (served, _) = Served::at_noon();
    let line = r#"admin POST /customers {"firstName":"Ada"}"#;
    let first = served.hear(line, &["Idempotency-Key: one"]);
    let mut told = String::new();
    for head in [
        vec!["Idempotency-Key:"],
        vec!["Idempotency-Key: a", "Idempotency-Key: a"],
        vec!["Idempotency-Key: \u{17d}"],
        vec!["Idempotency-Key: \u{17d}\u{85}"],
        vec!["Idempotency-Key: a\tb"],
        vec!["Idempotency-Key: a b"],
        vec!["idempotency-key:   one  "],
    ] {
        let heard = served.hear(line, &head);
        told += &format!("{}: {}\n", head.join(" | ").escape_debug(), heard.brief());
    }
    let latin = request(&served, "Idempotency-Key: ?\r\nContent-Length: 0\r\n").replace('?', "\0");
    let latin: Vec<u8> = latin.bytes().map(|b| if b == 0 { 0xE9 } else { b }).collect();
    told += &format!("Latin 1: {}\n", served.send(&latin).brief());
    let long = format!("Idempotency-Key: {}", "k".repeat(1024));
    told += &format!("1 KiB: {}\n", served.hear(line, &[&long]).brief());
    let served = served.restarted();
    assert_eq!(served.hear(line, &["Idempotency-Key: one"]).whole(), first.whole());
    let other = line.replace("Ada", "Eve");
    told += &format!("other: {}\n", served.hear(&other, &["Idempotency-Key: one"]).brief());
    told += served.hear("reader GET /customers?$count=true", &[]).text();
    expect![[r#"
        Idempotency-Key:: 400 [Idempotency-Key] Idempotency-Key must have 1 to 255 bytes.
        Idempotency-Key: a | Idempotency-Key: a: 400 [Idempotency-Key] Idempotency-Key is given twice.
        Idempotency-Key: Ž: 201
        Idempotency-Key: Ž\u{85}: 400 [Idempotency-Key] Idempotency-Key must not hold control characters.
        Idempotency-Key: a\tb: 400 [Idempotency-Key] Idempotency-Key must not hold control characters.
        Idempotency-Key: a b: 201
        idempotency-key:   one  : 201
        Latin 1: 400 [Idempotency-Key] Idempotency-Key must be UTF-8.
        1 KiB: 400 [Idempotency-Key] Idempotency-Key must have 1 to 255 bytes.
        other: 422 The idempotency key was used for another request.
        {"count":3,"totalCount":3}"#]].assert_eq(&told);
}
