//! Answers of every shape, whole, cut and hostile.

use std::sync::Arc;

use tillbook::sync::client::{ANSWER_BYTES_MAX, Link, Request};
use tillbook::{ManualClock, Timestamp};

use super::parent::{Parent, say, told};

/// 2026-03-01T00:00:00Z, what the till believes.
const NOW_MS: i64 = 1_772_323_200_000;

/// Sends `answer` to a request and compares what the link makes of it.
fn check_request(request: &Request<'_>, answer: impl AsRef<[u8]>, expected: &str) {
    let parent = Parent::plain(vec![vec![say(&answer)]]);
    let mut options = parent.options();
    options.clock = Arc::new(ManualClock::new(Timestamp::from_ms(NOW_MS)));
    let told = told(Link::new(options).unwrap().send(request));
    let asked = String::from_utf8_lossy(answer.as_ref());
    let asked: String = asked.chars().take(200).collect();
    assert_eq!(told, expected, "{asked}");
    parent.heard();
}

fn check(answer: impl AsRef<[u8]>, expected: &str) {
    check_request(&Request::get("/x"), answer, expected);
}

#[test]
fn answers_are_read_as_they_are_framed() {
    let cut = "the connection was lost before the answer was whole: ";
    let bad = "the answer cannot be read: ";
    let cases = [
        ("200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 hi".to_owned()),
        ("200 OK\r\ncontent-length: 2\r\nContent-Length: 2\r\n\r\nhi", "200 hi".to_owned()),
        ("204 No Content\r\n\r\n", "204 ".to_owned()),
        ("304 Not Modified\r\nContent-Length: 7\r\n\r\n", "304 ".to_owned()),
        ("100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 ".to_owned()),
        (
            "200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\n yo\r\n0\r\nT: 1\r\n\r\n",
            "200 hi yo".to_owned(),
        ),
        ("502 Bad Gateway\r\n\r\nthe proxy says so", "502 the proxy says so".to_owned()),
        ("200 OK\r\nContent-Length: 3\r\n\r\nhi", format!("{cut}its body is cut [again]")),
        (
            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
            format!("{cut}its head is cut [again]"),
        ),
        ("200 OK\r\nContent-Le", format!("{cut}its head is cut [again]")),
        ("200 OK\r\n\r\nhi", format!("{bad}it does not say where it ends [again]")),
        (
            "200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
            format!("{bad}it does not say where it ends [again]"),
        ),
        (
            "200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
            format!("{bad}it has two of content-length [again]"),
        ),
        ("200 OK\r\nContent-Length: +2\r\n\r\nhi", format!("{bad}it has no length [again]")),
        (
            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            format!("{bad}a chunk has no size [again]"),
        ),
        (
            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhixx0\r\n\r\n",
            format!("{bad}a line of it is too long [again]"),
        ),
        ("101 Switching Protocols\r\n\r\n", format!("{bad}it leaves HTTP [again]")),
        (
            "200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\n1",
            format!("{bad}it is packed with br, unasked [again]"),
        ),
    ];
    for (answer, expected) in cases {
        check(format!("HTTP/1.1 {answer}"), &expected);
    }
    check("", &format!("{cut}it was closed without an answer [again]"));
    check("SSH-2.0-x\r\n\r\n", "the answer cannot be read: invalid HTTP version [again]");
    check(
        format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(20_000)),
        "the answer cannot be read: a line of it is too long [again]",
    );
    let many = "X: y\r\n".repeat(65);
    check(
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        "the answer cannot be read: too many headers [again]",
    );
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let date = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n";
    let cases = [
        ("Retry-After: 120\r\n".to_owned(), " after 120 s"),
        ("Retry-After: Sun, 01 Mar 2026 00:01:30 GMT\r\n".to_owned(), " after 90 s"),
        ("Retry-After: Sun, 01 Mar 2020 00:01:30 GMT\r\n".to_owned(), " after 0 s"),
        // The till's clock is wrong, the parent's own is not.
        (format!("{date}Retry-After: Wed, 21 Oct 2015 07:28:45 GMT\r\n"), " after 45 s"),
        ("Retry-After: soon\r\n".to_owned(), ""),
        (String::new(), ""),
    ];
    for (header, expected) in cases {
        let answer = format!("HTTP/1.1 503 Busy\r\n{header}Content-Length: 0\r\n\r\n");
        check(answer, &format!("503 {expected}"));
    }
}

/// An answer in zstd, whose packed bytes are `body`.
fn packed(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[test]
fn an_answer_is_unpacked_up_to_its_limit() {
    let max = usize::try_from(ANSWER_BYTES_MAX).unwrap();
    let pack = |bytes: &[u8]| zstd::bulk::compress(bytes, 1).unwrap();
    check(packed(&pack(b"hello")), "200 hello");
    let too_large = format!("the answer has more than {ANSWER_BYTES_MAX} bytes [never again]");
    check(packed(&pack(&vec![b'a'; max])), &format!("200 {}", "a".repeat(max)));
    check(packed(&pack(&vec![b'a'; max + 1])), &too_large);
    let bomb = pack(&vec![0; 256 << 20]);
    assert!(bomb.len() < 64 << 10);
    check(packed(&bomb), &too_large);
    check(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", max + 1), &too_large);
    let chunk = format!("{max:x}\r\n{}\r\n1\r\na\r\n0\r\n\r\n", "a".repeat(max));
    check(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"), &too_large);
    let cannot = |why| format!("the answer cannot be read: it cannot be unpacked: {why} [again]");
    let whole = pack(b"hello");
    check(packed(&whole[..whole.len() - 2]), &cannot("incomplete frame"));
    check(packed(b"hello"), &cannot("Unknown frame descriptor"));
    // A window of 128 MiB would take that much memory for a few bytes.
    let mut wide = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    std::io::Write::write_all(&mut wide, &[1; 100]).unwrap();
    std::io::Write::flush(&mut wide).unwrap();
    let wide = wide.finish().unwrap();
    check(packed(&wide), &cannot("Frame requires too much memory for decoding"));
}
