//! Bad input in the header `Authorization`: rows 121 to 126 of the bad-input catalogue, and who tries
//! too often.

use std::io::{Read, Write};

use expect_test::{Expect, expect};
use tillbook::{KeyKind, Right, Rights};

use super::served::{Served, Told};

/// Asks with these lines in the head, `KEY` standing for a key that opens.
fn check(heads: &[(u8, &str)], expected: Expect) {
    let (served, clock) = Served::at_noon();
    let revoked = served.key("revoked", &[Right::Admin]);
    served.store.revoke_key("revoked").unwrap();
    let signing = served.store.add_key("signing", Rights::NONE, KeyKind::Nws4).unwrap().text();
    let mut told = String::new();
    for (row, head) in heads {
        let (id, secret) = served.reader.split_once('.').unwrap();
        let lines = head
            .replace("KEY", &served.reader)
            .replace("REVOKED", &revoked)
            .replace("SIGNING", &signing)
            .replace("10KIB", &"a".repeat(10 << 10))
            .replace("SECRET", secret)
            .replace("ID", id);
        let lines: Vec<&str> = lines.lines().collect();
        let heard = served.hear("- GET /customers", &lines);
        let ways = heard.headers.iter().filter(|(name, _)| name == "www-authenticate").count();
        assert_eq!(ways, if heard.status == 401 { 2 } else { 0 }, "{head}");
        told += &format!("{row} {}: {}\n", head.replace('\n', " | "), heard.brief());
        // None of these failures is one too many in a minute.
        clock.advance(4_000);
    }
    expected.assert_eq(&told);
}

#[test]
fn a_key_opens_or_it_does_not() {
    check(
        &[
            (121, "X-Nothing: 1"),
            (121, "Authorization:"),
            (121, "Cookie: session=KEY"),
            (122, "Authorization: Bearer KEY"),
            (122, "authorization: bEARER   KEY"),
            (122, "Authorization: Basic KEY"),
            (122, "Authorization: KEY"),
            (122, "Authorization: Bearer"),
            (122, "Authorization: Bearer KEY KEY"),
            (122, "Authorization: Bearer KEY, Bearer KEY"),
            (122, "Authorization: Bearer \"KEY\""),
            (122, "Authorization: Token KEY"),
            (123, "Authorization: Bearer KEY\nAuthorization: Bearer KEY"),
            (123, "Authorization: Bearer KEY\nauthorization: Basic x"),
            (124, "Authorization: Bearer REVOKED"),
            (124, "Authorization: Bearer SIGNING"),
            (125, "Authorization: Bearer 10KIB"),
            (125, "Authorization: Bearer ID.10KIB"),
            (125, "Authorization: Bearer SECRET.ID"),
            (125, "Authorization: Bearer ID"),
            (125, "Authorization: Bearer ID."),
            (125, "Authorization: Bearer ID.SECRET0"),
            (125, "Authorization: Bearer ID.' or 1=1 --"),
            (125, "Authorization: Bearer \u{17d}\u{17d}.\u{17d}"),
            (125, "Authorization: NWS4-HMAC-SHA256 10KIB"),
            (125, "Authorization: NWS4-HMAC-SHA256"),
            (125, "Authorization: NWS4-HMAC-SHA256 Credential%3DID"),
        ],
        expect![[r#"
            121 X-Nothing: 1: 401 Nobody is signed in: the header Authorization is missing.
            121 Authorization:: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            121 Cookie: session=KEY: 401 Nobody is signed in: the header Authorization is missing.
            122 Authorization: Bearer KEY: 200
            122 authorization: bEARER   KEY: 200
            122 Authorization: Basic KEY: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            122 Authorization: KEY: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            122 Authorization: Bearer: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            122 Authorization: Bearer KEY KEY: 401 Nobody is signed in: the key is unknown or was revoked.
            122 Authorization: Bearer KEY, Bearer KEY: 401 Nobody is signed in: the key is unknown or was revoked.
            122 Authorization: Bearer "KEY": 401 Nobody is signed in: the key is unknown or was revoked.
            122 Authorization: Token KEY: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            123 Authorization: Bearer KEY | Authorization: Bearer KEY: 401 Nobody is signed in: the header Authorization is given twice.
            123 Authorization: Bearer KEY | authorization: Basic x: 401 Nobody is signed in: the header Authorization is given twice.
            124 Authorization: Bearer REVOKED: 401 Nobody is signed in: the key is unknown or was revoked.
            124 Authorization: Bearer SIGNING: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer 10KIB: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer ID.10KIB: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer SECRET.ID: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer ID: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer ID.: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer ID.SECRET0: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer ID.' or 1=1 --: 401 Nobody is signed in: the key is unknown or was revoked.
            125 Authorization: Bearer ŽŽ.Ž: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            125 Authorization: NWS4-HMAC-SHA256 10KIB: 401 Nobody is signed in: the signature is not valid now.
            125 Authorization: NWS4-HMAC-SHA256: 401 Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.
            125 Authorization: NWS4-HMAC-SHA256 Credential%3DID: 401 Nobody is signed in: the signature is not valid now.
        "#]],
    );
}

/// A key is not taken from where it would be logged.
#[test]
fn a_key_is_not_looked_for_in_the_address() {
    let (served, _) = Served::at_noon();
    let path = format!("/customers?access_token={0}&key={0}", served.admin);
    assert_eq!(served.get(&path, None).status, 401);
}

/// Row 126: a key that is revoked while its request is on the way changes nothing.
#[test]
fn a_right_that_is_gone_before_the_body_came_changes_nothing() {
    let (served, _) = Served::at_noon();
    for head in ["", "Idempotency-Key: 1\r\n"] {
        let key = served.key("till", &[Right::CustomerCreate]);
        let mut stream = served.connect();
        let body = r#"{"id":"ada"}"#;
        let request = format!(
            "PUT /customers/ada HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
             Authorization: Bearer {key}\r\nContent-Type: application/json\r\n{head}\
             Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        // The door asks for the body once it has let the request in.
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        served.store.revoke_key("till").unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let told = Told::read(&mut stream);
        assert_eq!(told.brief(), "401 Nobody is signed in: the key is unknown or was revoked.");
        assert_eq!(served.hear("reader GET /customers/ada", &[]).status, 404);
    }
}

/// The twenty-first attempt of a minute is turned away whatever its key, and a minute later all is
/// well again.
#[test]
fn who_tries_too_often_waits() {
    let (served, clock) = Served::at_noon();
    let ask = |line: &str| {
        let heard = served.hear(line, &[]);
        (heard.status, heard.header("retry-after").map(str::to_owned))
    };
    assert_eq!(ask("reader GET /customers"), (200, None));
    for n in 0..20 {
        assert_eq!(ask("x.y GET /customers"), (401, None), "{n}");
        clock.advance(1_000);
    }
    let waits = |seconds: &str| (429, Some(seconds.to_owned()));
    for line in ["x.y GET /customers", "reader GET /customers", "admin DELETE /nowhere", "- GET /x"]
    {
        assert_eq!(ask(line), waits("40"), "{line}");
    }
    let refused = served.hear("reader GET /customers", &["Accept-Language: sk"]);
    expect![[r#"
        429
        content-type: application/problem+json
        retry-after: 40
        {"type":"https://httpstatuses.com/429","title":"Priveľa požiadaviek","status":429,"detail":"Priveľa neúspešných prihlásení; skúste znova o 40 s.","instance":"/customers","traceId":"r-1","errorCode":null,"resource":null}
    "#]].assert_eq(&refused.whole());
    assert_eq!(ask("- GET /health"), (200, None), "what is open stays open");
    // Who was turned away has not tried: only the twenty count.
    clock.advance(39_999);
    assert_eq!(ask("reader GET /customers"), waits("1"));
    clock.advance(1);
    assert_eq!(ask("reader GET /customers"), (200, None));
    assert_eq!(ask("x.y GET /customers"), (401, None));
    assert_eq!(ask("reader GET /customers"), waits("1"), "the other nineteen still count");
    clock.advance(1_000);
    assert_eq!(ask("reader GET /customers"), (200, None));
}
