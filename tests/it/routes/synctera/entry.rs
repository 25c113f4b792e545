//! What the door lets in, and what it says when it is beset or the file is broken.

use expect_test::expect;

use super::super::contract;
use super::super::served::Served;
use super::Desk;

#[test]
fn a_type_may_tell_a_charset_and_a_key_has_255_bytes() {
    let mut told = String::new();
    let mut desk = Desk::new();
    for head in [
        "Content-Type: application/json; charset=utf-8".to_owned(),
        "Content-Type: Application/JSON;charset=\"UTF-8\"".to_owned(),
        "Content-Type: text/json; charset=utf-8".to_owned(),
        format!("Idempotency-Key: {}", "k".repeat(255)),
        format!("Idempotency-Key: {}", "k".repeat(256)),
        format!("Idempotency-Key: {}z", "ž".repeat(127)),
        format!("Idempotency-Key: {}", "ž".repeat(128)),
    ] {
        let mut again = || desk.ask(r#"admin POST /customers {"status":"ACTIVE"}"#, &[&head]);
        let (first, second) = (again(), again());
        let is_same = first.text() == second.text();
        let head: String = head.chars().take(48).collect();
        told += &format!("{head}: {} {}, again the same: {is_same}\n", first.status, second.status);
    }
    expect![[r#"
        Content-Type: application/json; charset=utf-8: 201 201, again the same: false
        Content-Type: Application/JSON;charset="UTF-8": 201 201, again the same: false
        Content-Type: text/json; charset=utf-8: 400 400, again the same: true
        Idempotency-Key: kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 201 201, again the same: true
        Idempotency-Key: kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 400 400, again the same: true
        Idempotency-Key: žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž: 201 201, again the same: true
        Idempotency-Key: žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž: 400 400, again the same: true
    "#]]
    .assert_eq(&told);
}

/// The twenty-first attempt of a minute is turned away in this vocabulary's words.
#[test]
fn who_tries_too_often_is_told_how_long_to_wait() {
    let (served, _) = Served::at_noon();
    for _ in 0..20 {
        assert_eq!(served.hear("x.y GET /v0/customers", &[]).status, 401);
    }
    contract::check(
        &served,
        "reader GET /v0/customers",
        expect![[r#"
        > reader GET /v0/customers
        429
        content-type: application/problem+json
        retry-after: 60
        {"type":"https://dev.synctera.com/errors/too-many-requests","title":"Too Many Requests","status":429,"detail":"too many sign-ins failed; try again in 60 s","code":"TOO_MANY_REQUESTS","retry_after":60}

    "#]],
    );
}

/// A fault is told without its inside, and is not remembered: once it is mended the retry is done.
#[test]
fn a_broken_row_is_a_fault_until_it_is_mended() {
    let mut desk = Desk::new();
    desk.tell(r#"admin POST /customers {"status":"ACTIVE"}"#);
    let patch = r#"admin PATCH /customers/#1 {"first_name":"Ada"}"#;
    set_meta(&desk, "{");
    let script =
        format!("reader GET /customers/#1\nreader GET /customers\n+ Idempotency-Key: 1\n{patch}");
    expect![[r#"
        > reader GET /customers/#1
        500 {"type":"https://dev.synctera.com/errors/internal-server-error","title":"Internal Server Error","status":500,"detail":"the server failed; its log tells more under the name of the request","code":"INTERNAL_ERROR"}
        > reader GET /customers
        500 {"type":"https://dev.synctera.com/errors/internal-server-error","title":"Internal Server Error","status":500,"detail":"the server failed; its log tells more under the name of the request","code":"INTERNAL_ERROR"}
        > admin PATCH /customers/#1 {"first_name":"Ada"}
        500 {"type":"https://dev.synctera.com/errors/internal-server-error","title":"Internal Server Error","status":500,"detail":"the server failed; its log tells more under the name of the request","code":"INTERNAL_ERROR"}
    "#]].assert_eq(&desk.tell(&script));
    set_meta(&desk, "{}");
    assert_eq!(desk.ask(patch, &["Idempotency-Key: 1"]).status, 200);
}

/// Writes into the file what no customer can have.
fn set_meta(desk: &Desk, meta: &str) {
    let file = rusqlite::Connection::open(desk.served.db()).unwrap();
    file.execute("update customer set meta = ?1", [meta]).unwrap();
}
