//! Rows of a bulk: what becomes of each.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::Shop;

/// What becomes of `rows` after those of `before`, in a fresh shop.
pub(super) fn check_rows(before: &Value, rows: &Value, expected: Expect) {
    let shop = Shop::new();
    if before.as_array().is_some_and(|rows| !rows.is_empty()) {
        let job = shop.bulk(before);
        assert_eq!(shop.rejects(&job), Vec::<Value>::new());
    }
    let job = shop.bulk(rows);
    let mut told = String::new();
    for reject in shop.rejects(&job) {
        let at = usize::try_from(reject["id"].as_u64().unwrap()).unwrap();
        assert_eq!(reject["payload"], rows[at - 1], "row {at} is not told as it was sent");
        for (part, entries) in reject["errors"].as_object().unwrap() {
            let entries = entries.as_array().unwrap();
            told += &format!("row {at} {part}: {} wrong\n", entries.len());
            for entry in entries {
                told += &format!("  {}\n    {}\n", entry["data"], entry["messages"]);
            }
        }
    }
    expected.assert_eq(&(told + &shop.stored()));
}

/// The page prints what is said of a row that was sent before: of four accounts that are taken, and of
/// a customer and a location that are known nothing.
#[test]
fn what_was_stored_is_taken() {
    let row = |accounts: &[&str]| {
        let accounts = accounts.iter().map(|name| {
            json!({
                "billing_type": ["partial-payment"], "external_account_number": "9aB",
                "balance": 100, "current_balance": 100, "external_id": name,
                "metadata": {"colour": "red"},
            })
        });
        json!([{
            "customer": {
                "name": "Ada Vonn", "external_id": "70000000-0000-7000-8000-000000000001",
                "phone": "+1-489-899-2182", "ssn_last4": 412, "date_of_birth": "1990-01-01",
                "address": {
                    "name": "Home", "postal_code": "00485-8914", "is_primary": false,
                    "line1": "9 Mill St\nUpper End, OK 74977-6615", "line2": "Suite 4",
                },
                "metadata": {"tier": "gold"},
            },
            "location": {"name": "Harbour", "external_id": "rerum"},
            "debt_accounts": accounts.collect::<Vec<_>>(),
        }])
    };
    check_rows(
        &row(&["vel", "quia", "maiores", "molestiae"]),
        &row(&["vel", "quia", "new", "maiores", "molestiae"]),
        expect![[r#"
            row 1 customer: 0 wrong
            row 1 debt_accounts: 4 wrong
              {"balance":100,"billing_type":["partial-payment"],"current_balance":100,"external_account_number":"9aB","external_id":"vel","metadata":{"colour":"red"}}
                {"external_id":["The external id has already been taken."]}
              {"balance":100,"billing_type":["partial-payment"],"current_balance":100,"external_account_number":"9aB","external_id":"quia","metadata":{"colour":"red"}}
                {"external_id":["The external id has already been taken."]}
              {"balance":100,"billing_type":["partial-payment"],"current_balance":100,"external_account_number":"9aB","external_id":"maiores","metadata":{"colour":"red"}}
                {"external_id":["The external id has already been taken."]}
              {"balance":100,"billing_type":["partial-payment"],"current_balance":100,"external_account_number":"9aB","external_id":"molestiae","metadata":{"colour":"red"}}
                {"external_id":["The external id has already been taken."]}
            row 1 location: 0 wrong
            customer Ada Vonn Some("70000000-0000-7000-8000-000000000001")
              maiores 100 of 100 at Harbour ["partial-payment"]
              molestiae 100 of 100 at Harbour ["partial-payment"]
              new 100 of 100 at Harbour ["partial-payment"]
              quia 100 of 100 at Harbour ["partial-payment"]
              vel 100 of 100 at Harbour ["partial-payment"]
            location Harbour original_creditor Some("rerum")
        "#]],
    );
}

#[test]
fn the_rules_of_customers_hold() {
    check_rows(
        &json!([]),
        &json!([
            {},
            {"customer": null, "location": {"name": "Nowhere"}},
            {"customer": []},
            {"customer": {"email": "a", "phone": "1", "address": {"postal_code": "1"}}, "debt_accounts": []},
            {"customer": {"name": " Ada ", "external_id": "A", "unknown": 1}, "unknown": ["x"]},
            {"customer": {"email": "not looked at", "external_id": "A"}},
            {"customer": {"name": "Bob", "status": "gone"}, "location": {"name": "Nowhere"},
             "parent_debt_accounts": [{}], "debt_accounts": [{"balance": -1}, {"balance": 1}]},
            {"Customer": {"Name": "Eve", "ssn_last4": 42}},
            {"customer": {"name": "Max"}, "CUSTOMER": {"name": "Moritz"}},
            {"customer": {"name": "Kim", "EXTERNAL_ID": "A"}, "Debt_Accounts": [{"balance": 1}],
             "debt_accounts": [{"BALANCE": 1, "balance": 2}], "LOCATION": {"name": "Nowhere"}},
        ]),
        expect![[r#"
            row 1 customer: 1 wrong
              null
                {"customer":["The customer is missing."]}
            row 1 debt_accounts: 0 wrong
            row 1 location: 0 wrong
            row 2 customer: 1 wrong
              null
                {"customer":["The customer is missing."]}
            row 2 debt_accounts: 0 wrong
            row 2 location: 0 wrong
            row 3 customer: 1 wrong
              []
                {"customer":["The customer must be an object."]}
            row 3 debt_accounts: 0 wrong
            row 3 location: 0 wrong
            row 4 customer: 1 wrong
              {"address":{"postal_code":"1"},"email":"a","phone":"1"}
                {"address.postal_code":["The address postal code must be 5 digits, or 5 and 4 with a hyphen between them."],"email":["The email must be an e-mail address."],"name":["The name is missing."],"phone":["The phone must be a phone number of the United States."]}
            row 4 debt_accounts: 0 wrong
            row 4 location: 0 wrong
            row 7 customer: 1 wrong
              {"name":"Bob","status":"gone"}
                {"status":["The status must be one of active, locked, archived."]}
            row 7 debt_accounts: 1 wrong
              {"balance":-1}
                {"balance":["The balance must be a whole number of cents from 0 to 1000000000000."]}
            row 7 location: 0 wrong
            row 7 parent_debt_accounts: 1 wrong
              {}
                {"balance":["The balance is missing."]}
            row 8 customer: 1 wrong
              null
                {"customer":["The customer is missing."]}
            row 8 debt_accounts: 0 wrong
            row 8 location: 0 wrong
            customer Ada Some("A")
            customer Kim None
              - 2 of 2 []
            customer Max None
        "#]],
    );
}

#[test]
fn a_location_is_found_or_made() {
    check_rows(
        &json!([{"customer": {"name": "a"}, "location": {"name": "Harbour", "external_id": "H"}}]),
        &json!([
            {"customer": {"name": "b"}, "location": {"external_id": "H"}, "debt_accounts": [{"balance": 1}]},
            {"customer": {"name": "c"}, "location": {"name": " Harbour "}, "debt_accounts": [{"balance": 2}]},
            {"customer": {"name": "d"}, "location": {"name": "Harbour", "external_id": "other"},
             "debt_accounts": [{"balance": 3}]},
            {"customer": {"name": "e"}, "location": {"name": "Harbour", "type": "product_type", "metadata": {"a": 1}},
             "debt_accounts": [{"balance": 4}]},
            {"customer": {"name": "f"}, "location": {"external_id": "other", "type": "shop"},
             "debt_accounts": [{"balance": 5, "external_id": "f"}, {}]},
            {"customer": {"name": "g"}, "location": "Harbour", "debt_accounts": [{"balance": 6}]},
            {"customer": {"name": "h"}, "location": null, "debt_accounts": [{"balance": "7"}]},
            {"customer": {"name": ""}, "location": {"name": "Not made"}},
        ]),
        expect![[r#"
            row 5 customer: 0 wrong
            row 5 debt_accounts: 1 wrong
              {}
                {"balance":["The balance is missing."]}
            row 5 location: 1 wrong
              {"external_id":"other","type":"shop"}
                {"name":["The name is missing."],"type":["The type must be one of original_creditor, current_creditor, product_type."]}
            row 6 customer: 0 wrong
            row 6 debt_accounts: 0 wrong
            row 6 location: 1 wrong
              "Harbour"
                {"location":["The location must be an object."]}
            row 8 customer: 1 wrong
              {"name":""}
                {"name":["The name is missing."]}
            row 8 debt_accounts: 0 wrong
            row 8 location: 0 wrong
            customer a None
            customer b None
              - 1 of 1 at Harbour []
            customer c None
              - 2 of 2 at Harbour []
            customer d None
              - 3 of 3 at Harbour []
            customer e None
              - 4 of 4 at Harbour []
            customer f None
            customer g None
            customer h None
              - 7 of 7 []
            location Harbour original_creditor Some("H")
            location Harbour product_type None
        "#]],
    );
}

#[test]
fn the_rules_of_accounts_hold() {
    check_rows(
        &json!([{"customer": {"name": "a", "external_id": "A"}, "debt_accounts": [{"external_id": "a-1", "balance": 1}]}]),
        &json!([
            {"customer": {"name": "b"}, "debt_accounts": [
                {"external_id": "a-1", "balance": 1},
                {"external_id": "b-1", "balance": 2500, "current_balance": 0, "billing_type": ["one-time", "one-time"]},
                {"external_id": "b-1", "balance": 900},
                {"external_id": " b-1 ", "balance": 900},
                {"external_id": 7, "balance": 1.5, "billing_type": ["cash"], "metadata": []},
                {"balance": null},
                {"balance": "1e3", "current_balance": -1, "billing_type": "one-time"},
                {"balance": 1_000_000_000_000_u64, "external_account_number": "x".repeat(256)},
                {"balance": 1_000_000_000_001_u64},
                null, 1, [],
                {"balance": 1, "metadata": {"a": {}}},
                {"balance": 5},
            ]},
            {"customer": {"name": "c"}, "debt_accounts": {"balance": 1}, "parent_debt_accounts": 1},
        ]),
        expect![[r#"
            row 1 customer: 0 wrong
            row 1 debt_accounts: 12 wrong
              {"balance":1,"external_id":"a-1"}
                {"external_id":["The external id has already been taken."]}
              {"balance":900,"external_id":"b-1"}
                {"external_id":["The external id has already been taken."]}
              {"balance":900,"external_id":" b-1 "}
                {"external_id":["The external id has already been taken."]}
              {"balance":1.5,"billing_type":["cash"],"external_id":7,"metadata":[]}
                {"balance":["The balance must be a whole number of cents from 0 to 1000000000000."],"billing_type":["The billing type must be of one-time, scheduled, promise-to-pay, payment-plan, full-payment, partial-payment."],"external_id":["The external id must be a text."]}
              {"balance":null}
                {"balance":["The balance is missing."]}
              {"balance":"1e3","billing_type":"one-time","current_balance":-1}
                {"balance":["The balance must be a whole number of cents from 0 to 1000000000000."],"billing_type":["The billing type must be a list."],"current_balance":["The current balance must be a whole number of cents from 0 to 1000000000000."]}
              {"balance":1000000000000,"external_account_number":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
                {"external_account_number":["The external account number must have at most 255 characters."]}
              {"balance":1000000000001}
                {"balance":["The balance must be a whole number of cents from 0 to 1000000000000."]}
              null
                {"debt_accounts":["The debt accounts must be an object."]}
              1
                {"debt_accounts":["The debt accounts must be an object."]}
              []
                {"debt_accounts":["The debt accounts must be an object."]}
              {"balance":1,"metadata":{"a":{}}}
                {"metadata.a":["The metadata a must be a text, a number, true or false."]}
            row 1 location: 0 wrong
            row 2 customer: 0 wrong
            row 2 debt_accounts: 1 wrong
              {"balance":1}
                {"debt_accounts":["The debt accounts must be a list."]}
            row 2 location: 0 wrong
            row 2 parent_debt_accounts: 1 wrong
              1
                {"parent_debt_accounts":["The parent debt accounts must be a list."]}
            customer a Some("A")
              a-1 1 of 1 []
            customer b None
              - 5 of 5 []
              b-1 0 of 2500 ["one-time"]
            customer c None
        "#]],
    );
}

#[test]
fn parents_are_stored_before_those_below_them() {
    check_rows(
        &json!([]),
        &json!([
            {"customer": {"name": "p"}, "debt_accounts": [
                {"external_id": "p-2", "balance": 20, "parent_external_id": "p-0"},
                {"external_id": "p-1", "balance": 10, "parent_external_id": "p-0", "current_balance": 3},
            ], "parent_debt_accounts": [{"external_id": "p-0", "balance": 0}]},
            {"customer": {"name": "q"}, "debt_accounts": [
                {"balance": 7, "parent_external_id": "q-0"},
                {"external_id": "q-0", "balance": 0, "parent_external_id": null},
                {"external_id": "q-1", "balance": 1, "parent_external_id": "q-0"},
                {"external_id": "q-2", "balance": 1, "parent_external_id": "q-1"},
                {"external_id": "q-3", "balance": 1, "parent_external_id": "q-3"},
            ]},
        ]),
        expect![[r#"
            row 2 customer: 0 wrong
            row 2 debt_accounts: 2 wrong
              {"balance":1,"external_id":"q-2","parent_external_id":"q-1"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
              {"balance":1,"external_id":"q-3","parent_external_id":"q-3"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
            row 2 location: 0 wrong
            customer p None
              p-0 23 of 30 []
              p-1 3 of 10 below p-0 []
              p-2 20 of 20 below p-0 []
            customer q None
              - 7 of 7 below q-0 []
              q-0 8 of 8 []
              q-1 1 of 1 below q-0 []
        "#]],
    );
}

#[test]
fn stored_accounts_are_parents_of_their_customers_alone() {
    check_rows(
        &json!([
            {"customer": {"name": "a", "external_id": "A"}, "debt_accounts": [
                {"external_id": "a-1", "balance": 1},
                {"external_id": "a-2", "balance": 2, "parent_external_id": "a-1"},
            ]},
            {"customer": {"name": "b"}, "debt_accounts": [{"external_id": "b-1", "balance": 1}]},
        ]),
        &json!([
            {"customer": {"external_id": "A"}, "parent_debt_accounts": [
                {"external_id": "a-1", "balance": 5},
                {"external_id": "a-4", "balance": 5, "parent_external_id": "a-1"},
            ], "debt_accounts": [
                {"external_id": "a-3", "balance": 3, "parent_external_id": "a-1"},
                {"external_id": "a-5", "balance": 3, "parent_external_id": "a-2"},
                {"external_id": "a-6", "balance": 3, "parent_external_id": "b-1"},
            ]},
            {"customer": {"name": null}, "parent_debt_accounts": [{"external_id": "n-0", "balance": 0}],
             "debt_accounts": [
                {"balance": 1, "parent_external_id": "n-0"},
                {"balance": 1, "parent_external_id": "a-1"},
            ]},
        ]),
        expect![[r#"
            row 1 customer: 0 wrong
            row 1 debt_accounts: 2 wrong
              {"balance":3,"external_id":"a-5","parent_external_id":"a-2"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
              {"balance":3,"external_id":"a-6","parent_external_id":"b-1"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
            row 1 location: 0 wrong
            row 1 parent_debt_accounts: 2 wrong
              {"balance":5,"external_id":"a-1"}
                {"external_id":["The external id has already been taken."]}
              {"balance":5,"external_id":"a-4","parent_external_id":"a-1"}
                {"parent_external_id":["The parent external id must be none for an account in parent_debt_accounts."]}
            row 2 customer: 1 wrong
              {"name":null}
                {"name":["The name is missing."]}
            row 2 debt_accounts: 1 wrong
              {"balance":1,"parent_external_id":"a-1"}
                {"parent_external_id":["The parent external id must be the external id of an account of this row or of the customer that has no parent itself."]}
            row 2 location: 0 wrong
            row 2 parent_debt_accounts: 0 wrong
            customer a Some("A")
              a-1 5 of 5 []
              a-2 2 of 2 below a-1 []
              a-3 3 of 3 below a-1 []
            customer b None
              b-1 1 of 1 []
        "#]],
    );
}
