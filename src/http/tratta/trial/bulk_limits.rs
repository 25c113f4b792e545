//! Bulks: as much as there may be, and what is said of more.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::Shop;
use crate::bulk::BULK_PAGE_BYTES;
use crate::profile::DEBT_ACCOUNTS_MAX;

/// What is told of one row: how many entries each part has, the last of them, its data cut short.
fn check(row: &Value, expected: Expect) {
    let shop = Shop::new();
    let job = shop.bulk(&json!([row]));
    let reject = shop.rejects(&job).remove(0);
    assert_eq!(reject["payload"], *row);
    let parts = reject["errors"].as_object().unwrap().iter();
    let told = parts.map(|(part, entries)| {
        let entries = entries.as_array().unwrap();
        let last = entries.last().map_or("nothing".to_owned(), |last| {
            let data: String = last["data"].to_string().chars().take(30).collect();
            format!("{data} {}", last["messages"])
        });
        format!("{part}: {} told, {last}\n", entries.len())
    });
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn of_a_list_that_is_too_long_nothing_is_looked_at() {
    let lists = |n: usize| {
        json!({
            "customer": {"name": "a"},
            "parent_debt_accounts": [],
            "debt_accounts": vec![json!({}); n],
        })
    };
    check(
        &lists(DEBT_ACCOUNTS_MAX),
        expect![[r#"
        customer: 0 told, nothing
        debt_accounts: 1000 told, {} {"balance":["The balance is missing."]}
        location: 0 told, nothing
        parent_debt_accounts: 0 told, nothing
    "#]],
    );
    check(
        &lists(DEBT_ACCOUNTS_MAX + 1),
        expect![[r#"
        customer: 0 told, nothing
        debt_accounts: 1 told, [{},{},{},{},{},{},{},{},{},{} {"debt_accounts":["The debt accounts must have at most 1000 entries."]}
        location: 0 told, nothing
        parent_debt_accounts: 0 told, nothing
    "#]],
    );
    check(
        &lists(DEBT_ACCOUNTS_MAX * 30),
        expect![[r#"
        customer: 0 told, nothing
        debt_accounts: 1 told, null {"debt_accounts":["The debt accounts must have at most 1000 entries."]}
        location: 0 told, nothing
        parent_debt_accounts: 0 told, nothing
    "#]],
    );
}

#[test]
fn what_is_told_of_a_row_ends_somewhere() {
    let row = |account: Value| json!({"customer": {"name": "a"}, "debt_accounts": vec![account; DEBT_ACCOUNTS_MAX]});
    check(
        &row(json!({"balance": "much", "other": "x".repeat(900)})),
        expect![[r#"
        customer: 0 told, nothing
        debt_accounts: 524 told, null {"debt_accounts":["The debt accounts hold 477 more with errors."]}
        location: 0 told, nothing
    "#]],
    );
    let meta: Value =
        (0..60).map(|n| (format!("k{n}"), json!({}))).collect::<serde_json::Map<_, _>>().into();
    check(
        &row(json!({"balance": 1, "metadata": meta})),
        expect![[r#"
        customer: 0 told, nothing
        debt_accounts: 133 told, null {"debt_accounts":["The debt accounts hold 868 more with errors."]}
        location: 0 told, nothing
    "#]],
    );
    check(
        &json!({"customer": {"email": "x", "other": "x".repeat(70_000)}}),
        expect![[r#"
        customer: 1 told, null {"email":["The email must be an e-mail address."],"name":["The name is missing."]}
        debt_accounts: 0 told, nothing
        location: 0 told, nothing
    "#]],
    );
}

/// What was sent is never read again, so no key of it is taken for something else.
#[test]
fn every_key_is_told_as_it_was_sent() {
    let shop = Shop::new();
    let row = json!({
        "customer": {"name": "a", "email": "x", "$serde_json::private::Number": "x"},
        "$serde_json::private::Number": "x",
        "debt_accounts": [{"$serde_json::private::Number": "x"}],
    });
    let job = shop.bulk(&json!([row]));
    let heard = shop.ask(&format!("creator GET bulk/{job}/errors"), &[]);
    let (told, _) = heard.body.split_once(",\"links\"").unwrap();
    expect![[r#"{"data":[{"id":1,"payload":{"$serde_json::private::Number":"x","customer":{"$serde_json::private::Number":"x","email":"x","name":"a"},"debt_accounts":[{"$serde_json::private::Number":"x"}]},"errors":{"customer":[{"data":{"$serde_json::private::Number":"x","email":"x","name":"a"},"messages":{"email":["The email must be an e-mail address."]}}],"location":[],"debt_accounts":[{"data":{"$serde_json::private::Number":"x"},"messages":{"balance":["The balance is missing."]}}]}}]"#]].assert_eq(told);
}

/// More rows than an answer has room for: the caller hears how many to ask for.
#[test]
fn a_page_of_errors_has_so_many_bytes() {
    let shop = Shop::new();
    let row = format!("{:?}", "x".repeat(BULK_PAGE_BYTES / 4));
    let job = shop.store.take_bulk(None, &vec![row; 5]).unwrap().id;
    shop.bulk(&json!([{"customer": {"name": "a"}}]));
    let ids = |query: &str| {
        let heard = shop.ask(&format!("creator GET bulk/{job}/errors{query}"), &[]).json();
        let ids: Option<Vec<_>> =
            heard["data"].as_array().map(|rows| rows.iter().map(|row| &row["id"]).collect());
        format!("{query}: {:?} {}\n", ids.unwrap_or_default(), heard["errors"])
    };
    expect![[r#"
        : [] {"limit":["The limit must be at most 3 here, because more of these rows have over 16777216 bytes."]}
        ?limit=3: [Number(1), Number(2), Number(3)] null
        ?limit=3&page=2: [Number(4), Number(5)] null
        ?limit=1&page=5: [Number(5)] null
    "#]]
        .assert_eq(&["", "?limit=3", "?limit=3&page=2", "?limit=1&page=5"].map(ids).concat());
}
