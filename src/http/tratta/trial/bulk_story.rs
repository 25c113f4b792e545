//! Bulks from their beginning to their end, and what others see of them.

use expect_test::expect;
use serde_json::json;

use super::Shop;
use crate::bulk::{BULK_DAYS, BULK_GROUP, BULK_ROWS_MAX};
use crate::http::BULK_BODY_BYTES_MAX;
use crate::http::tratta::apply;

/// The rows and the errors of section 9 of the contract, as they are printed there.
#[test]
fn the_printed_bulk_has_the_printed_errors() {
    const ROWS: &str = r#"[{"customer":{"name":"Ada Vonn","external_id":"B-1"},"location":{"name":"Harbour"},"debt_accounts":[{"external_id":"d-1","balance":2500},{"external_id":"d-1","balance":900}]}]"#;
    const ERRORS: &str = r#"{"data":[{"id":1,"payload":{"customer":{"name":"Ada Vonn","external_id":"B-1"},"location":{"name":"Harbour"},"debt_accounts":[{"external_id":"d-1","balance":2500},{"external_id":"d-1","balance":900}]},"errors":{"customer":[],"location":[],"debt_accounts":[{"data":{"external_id":"d-1","balance":900},"messages":{"external_id":["The external id has already been taken."]}}]}}]"#;
    let shop = Shop::new();
    let taken = shop.ask(&format!("creator POST bulk {ROWS}"), &[]).json();
    assert_eq!((&taken["data"]["count"], &taken["data"]["status"]), (&json!(1), &json!("pending")));
    // Those that come later are worked off later.
    shop.bulk(&json!([{"customer": {"name": "a"}}]));
    let job = taken["data"]["bulk_id"].as_str().unwrap();
    let heard = shop.ask(&format!("creator GET bulk/{job}/errors"), &[]).body;
    assert!(heard.starts_with(ERRORS), "{heard}");
}

#[test]
fn as_many_rows_as_there_may_be_are_taken_on() {
    let shop = Shop::new();
    let row = |n: usize| json!({"customer": {"name": if n.is_multiple_of(2) { json!("a") } else { json!(n) }}});
    let job = shop.bulk(&(1..=BULK_ROWS_MAX).map(row).collect());
    let heard = shop.ask(&format!("creator GET bulk/{job}/errors?limit=500"), &[]).json();
    assert_eq!((&heard["meta"]["total"], &heard["data"][499]["id"]), (&json!(500), &json!(999)));
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let rows = |n: usize| format!("[{}]", " ".repeat(n - 2));
    let shop = Shop::new();
    let told = [BULK_BODY_BYTES_MAX, BULK_BODY_BYTES_MAX + 1].map(|n| {
        let heard = shop.ask(&format!("creator POST bulk {}", rows(n)), &[]);
        format!("{} {}\n", heard.status, heard.body)
    });
    expect![[r#"
        422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body":["The body must have 1 to 1000 rows, not 0."]}}
        413 {"message":"The body may have 8388608 bytes.","error":"The body may have 8388608 bytes.","errorCode":"payload_too_large"}
    "#]].assert_eq(&told.concat());
}

#[test]
fn errors_are_told_while_rows_wait() {
    let shop = Shop::still();
    let rows = vec![r#"{"customer":{}}"#.to_owned(); BULK_GROUP + 10];
    let job = shop.store.take_bulk(None, &rows).unwrap().id;
    let told = || {
        let heard = shop.ask(&format!("creator GET bulk/{job}/errors?limit=1&page=9"), &[]).json();
        let is_done = shop.store.bulk(&job).unwrap().done_at.is_some();
        format!("{} of {}, done: {is_done}\n", heard["data"][0]["id"], heard["meta"]["total"])
    };
    let mut all = told();
    while shop.store.work_off_bulk(apply).unwrap().is_some() {
        all += &told();
    }
    expect![[r#"
        null of 0, done: false
        9 of 50, done: false
        9 of 60, done: true
    "#]]
    .assert_eq(&all);
}

#[test]
fn a_bulk_is_forgotten_some_days_after_its_end() {
    let shop = Shop::new();
    let row = json!([{"customer": {}}]);
    let job = shop.bulk(&row);
    let told = || {
        shop.bulk(&row);
        shop.ask(&format!("creator GET bulk/{job}/errors"), &[]).status
    };
    let days = |n: i64| n * 24 * 60 * 60 * 1000;
    let first = told();
    shop.clock.advance(days(BULK_DAYS) - 60_000);
    let last = told();
    shop.clock.advance(60_000);
    assert_eq!([first, last, told()], [200, 200, 404]);
}

#[test]
fn accounts_go_with_their_customer_and_are_seen_by_others() {
    let shop = Shop::new();
    let row = |name: &str| {
        json!([{
            "customer": {"name": name, "external_id": name},
            "debt_accounts": [{"external_id": "d-1", "balance": 2500}],
        }])
    };
    let seen = |name: &str| {
        let id = shop.store.find_customer(name).unwrap().unwrap().id;
        let portos = shop.ask(&format!("reader GET /customers/{id}/debtAccounts"), &[]).json();
        let portos = portos["items"].as_array().unwrap().iter();
        let portos: Vec<_> = portos
            .map(|one| format!("{} {}", one["externalId"], one["balance"]["amount"]))
            .collect();
        let synctera = shop.ask(&format!("reader GET /v0/customers/{id}"), &[]).json();
        format!("{portos:?}, has_accounts: {}\n", synctera["has_accounts"])
    };
    let (ada, bob) = (shop.bulk(&row("ada")), shop.bulk(&row("bob")));
    let mut told = format!("{} {}\n", shop.rejects(&ada).len(), shop.rejects(&bob).len());
    told += &(seen("ada") + &seen("bob"));
    told += &format!("{}\n", shop.ask("admin DELETE customers/ada", &[]).body);
    let again = shop.bulk(&row("bob"));
    told += &format!("{}\n{}", shop.rejects(&again).len(), seen("bob"));
    expect![[r#"
        0 1
        ["\"d-1\" 25.0"], has_accounts: true
        [], has_accounts: false
        {"success":true}
        0
        ["\"d-1\" 25.0"], has_accounts: true
    "#]]
    .assert_eq(&told);
}
