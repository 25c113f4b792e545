//! Accounts of a bulk's rows: what one of them means for another, and for the store.

use expect_test::expect;
use serde_json::json;

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
        expect![[""]],
    );
}
