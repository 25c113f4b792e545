//! Accounts of a bulk's rows: what one of them means for another, and for the store.

use expect_test::expect;
use serde_json::{Value, json};

use super::Shop;
use super::bulk_rows::check_rows;

/// An account that is not stored takes no external id away from one that is.
#[test]
fn an_id_is_taken_by_what_is_stored() {
    check_rows(
        &json!([]),
        &json!([
            {"customer": {"name": "a"}, "debt_accounts": [
                {"external_id": "a-1", "balance": 1, "parent_external_id": "none"},
                {"external_id": "a-1", "balance": 2},
                {"external_id": "a-1", "balance": 3},
                {"external_id": "a-2", "balance": 4, "parent_external_id": "a-1"},
                {"external_id": "a-2", "balance": 5, "parent_external_id": "a-1"},
            ]},
            {"customer": {}, "debt_accounts": [
                {"external_id": "b-1", "balance": 1, "parent_external_id": "none"},
                {"external_id": "b-1", "balance": 2},
                {"external_id": "b-1", "balance": 3},
            ]},
        ]),
        expect![[r#"
            row 1 customer: 0 wrong
            row 1 debt_accounts: 3 wrong
              {"balance":1,"external_id":"a-1","parent_external_id":"none"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
              {"balance":3,"external_id":"a-1"}
                {"external_id":["The external id has already been taken."]}
              {"balance":5,"external_id":"a-2","parent_external_id":"a-1"}
                {"external_id":["The external id has already been taken."]}
            row 1 location: 0 wrong
            row 2 customer: 1 wrong
              {}
                {"name":["The name is missing."]}
            row 2 debt_accounts: 2 wrong
              {"balance":1,"external_id":"b-1","parent_external_id":"none"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
              {"balance":3,"external_id":"b-1"}
                {"external_id":["The external id has already been taken."]}
            row 2 location: 0 wrong
            customer a None
              a-1 4 of 4 []
              a-2 4 of 4 below a-1 []
        "#]],
    );
}

/// The rules of the store hold for every account, be its customer and its location sound or not.
#[test]
fn the_store_has_rules_of_its_own() {
    let meta = |n: usize, chars: usize| -> Value {
        (0..n)
            .map(|n| (format!("k{n}"), json!("x".repeat(chars))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let accounts = json!([
        {"balance": 1, "metadata": meta(257, 1)},
        {"balance": 1, "metadata": meta(150, 250), "billing_type": ["cash"]},
        {"balance": 1, "metadata": {"$serde_json::private::Number": "1"}},
    ]);
    let rows = json!([
        {"customer": {"name": "a"}, "debt_accounts": accounts},
        {"customer": {}, "debt_accounts": accounts},
        {"customer": {"name": "b"}, "location": {}, "debt_accounts": accounts},
    ]);
    let shop = Shop::new();
    let job = shop.bulk(&rows);
    let told = shop.rejects(&job).into_iter().flat_map(|reject| {
        let entries = reject["errors"]["debt_accounts"].as_array().unwrap().clone();
        entries
            .into_iter()
            .map(move |entry| format!("row {} {}\n", reject["id"], entry["messages"]))
    });
    expect![[r#"
        row 1 {"metadata":["The metadata must have at most 256 keys."]}
        row 1 {"billing_type":["The billing type must be of one-time, scheduled, promise-to-pay, payment-plan, full-payment, partial-payment."],"metadata":["The metadata must have at most 32768 bytes of JSON."]}
        row 1 {"metadata":["The metadata must not hold the key $serde_json::private::Number."]}
        row 2 {"metadata":["The metadata must have at most 256 keys."]}
        row 2 {"billing_type":["The billing type must be of one-time, scheduled, promise-to-pay, payment-plan, full-payment, partial-payment."],"metadata":["The metadata must have at most 32768 bytes of JSON."]}
        row 2 {"metadata":["The metadata must not hold the key $serde_json::private::Number."]}
        row 3 {"metadata":["The metadata must have at most 256 keys."]}
        row 3 {"billing_type":["The billing type must be of one-time, scheduled, promise-to-pay, payment-plan, full-payment, partial-payment."],"metadata":["The metadata must have at most 32768 bytes of JSON."]}
        row 3 {"metadata":["The metadata must not hold the key $serde_json::private::Number."]}
    "#]].assert_eq(&told.collect::<String>());
}
