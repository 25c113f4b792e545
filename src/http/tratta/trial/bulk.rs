//! Bulks: what is taken on, and what is said of rows that are wrong.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use super::{Shop, check};
use crate::bulk::BULK_ROWS_MAX;
use crate::debt_account::DebtAccount;
use crate::id::BulkId;
use crate::query::{Page, Query};

impl Shop {
    /// Sends rows, waits until they are worked off, and answers the job.
    pub(super) fn bulk(&self, rows: &Value) -> BulkId {
        let heard = self.ask(&format!("creator POST bulk {rows}"), &[]);
        assert_eq!(heard.status, 201, "{}", heard.body);
        let data = &heard.json()["data"];
        assert_eq!(data["count"], rows.as_array().unwrap().len());
        assert_eq!(data["status"], "pending");
        let id = BulkId::new(data["bulk_id"].as_str().unwrap()).unwrap();
        for _ in 0..30_000 {
            if self.store.bulk(&id).unwrap().done_at.is_some() {
                return id;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the rows are not worked off");
    }

    /// The rows that something was wrong with.
    pub(super) fn rejects(&self, id: &BulkId) -> Vec<Value> {
        let heard = self.ask(&format!("updater GET bulk/{id}/errors?limit=500"), &[]);
        assert_eq!(heard.status, 200, "{}", heard.body);
        heard.json()["data"].as_array().unwrap().clone()
    }

    /// Everybody with their accounts, and all locations, by name.
    pub(super) fn stored(&self) -> String {
        let mut told = Vec::new();
        for profile in self.store.list_profiles(&Query::default()).unwrap().items.unwrap() {
            let customer = &profile.customer;
            let accounts = self.store.debt_accounts(&customer.id).unwrap();
            let mut lines: Vec<_> =
                accounts.iter().map(|account| self.account(account, &accounts)).collect();
            lines.sort();
            let (name, external_id) = (customer.display_name(), &customer.external_id);
            told.push(format!("customer {name} {external_id:?}\n{}", lines.concat()));
        }
        for location in self.store.list_locations(Page::default()).unwrap().0 {
            let kind = location.kind.as_str();
            told.push(format!("location {} {kind} {:?}\n", location.name, location.external_id));
        }
        told.sort();
        told.concat()
    }

    fn account(&self, account: &DebtAccount, all: &[DebtAccount]) -> String {
        let name = |account: &DebtAccount| account.external_id.clone().unwrap_or("-".to_owned());
        let above = all.iter().find(|one| Some(&one.id) == account.parent_id.as_ref());
        let above = above.map(|one| format!(" below {}", name(one))).unwrap_or_default();
        let place = account.location_id.as_ref();
        let place = place.map(|id| format!(" at {}", self.store.location(id).unwrap().name));
        let [balance, left] = [account.balance, account.current_balance].map(|one| one.minor());
        let how: Vec<_> = account.billing_types.iter().map(|how| how.as_str()).collect();
        format!(
            "  {} {left} of {balance}{above}{} {how:?}\n",
            name(account),
            place.unwrap_or_default()
        )
    }
}

#[test]
fn what_is_no_bulk_is_refused() {
    let many = vec![r#"{"customer":{"name":"a"}}"#; BULK_ROWS_MAX + 1].join(",");
    let shop = Shop::new();
    assert_eq!(
        shop.ask(&format!("creator POST bulk [{many}]"), &[]).json()["errors"],
        json!({
            "body": ["The body must have 1 to 1000 rows, not 1001."],
        })
    );
    check(
        r#"
        creator POST bulk []
        creator POST bulk {"customer":{"name":"a"}}
        creator POST bulk [{"customer":{"name":"a"}},[]]
        creator POST bulk [{"customer":{"name":"a"}},]
        creator POST bulk [{"customer":{"name":"a","name":"b"}}]
        creator POST bulk
        creator POST bulk customer[name]=a
        reader POST bulk [{"customer":{"name":"a"}}]
        nobody POST bulk [{"customer":{"name":"a"}}]
        creator GET bulk/none/errors
        updater GET bulk/none/errors
        reader GET bulk/none/errors
        creator GET bulk
        creator GET customers
        "#,
        expect![[r#"
            > creator POST bulk []
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body":["The body must have 1 to 1000 rows, not 0."]}}
            > creator POST bulk {"customer":{"name":"a"}}
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body":["The body must be a list of rows."]}}
            > creator POST bulk [{"customer":{"name":"a"}},[]]
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body[1]":["The body[1] must be an object."]}}
            > creator POST bulk [{"customer":{"name":"a"}},]
            400 {"message":"The body[1] is not JSON at byte 27.","error":"The body[1] is not JSON at byte 27.","errorCode":"malformed_body"}
            > creator POST bulk [{"customer":{"name":"a","name":"b"}}]
            400 {"message":"The body[0] customer name is given twice.","error":"The body[0] customer name is given twice.","errorCode":"malformed_body"}
            > creator POST bulk
            400 {"message":"The body is empty.","error":"The body is empty.","errorCode":"malformed_body"}
            > creator POST bulk customer[name]=a
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body":["The body must be a list of rows."]}}
            > reader POST bulk [{"customer":{"name":"a"}}]
            403 {"message":"The key lacks the right CustomerCreate.","error":"The key lacks the right CustomerCreate.","errorCode":"forbidden"}
            > nobody POST bulk [{"customer":{"name":"a"}}]
            401 {"message":"The header Authorization is missing.","error":"The header Authorization is missing.","errorCode":"unauthenticated"}
            > creator GET bulk/none/errors
            404 {"message":"There is no such bulk job.","error":"There is no such bulk job.","errorCode":"not_found"}
            > updater GET bulk/none/errors
            404 {"message":"There is no such bulk job.","error":"There is no such bulk job.","errorCode":"not_found"}
            > reader GET bulk/none/errors
            403 {"message":"The key lacks the right CustomerCreate.","error":"The key lacks the right CustomerCreate.","errorCode":"forbidden"}
            > creator GET bulk
            405 {"message":"The methods of this path are POST.","error":"The methods of this path are POST.","errorCode":"method_not_allowed"}
            > creator GET customers
            200 {"data":[],"links":{"first":"http://shop:4000/api/v1/customers?page=1","last":"http://shop:4000/api/v1/customers?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":null,"last_page":1,"path":"http://shop:4000/api/v1/customers","per_page":10,"to":null,"total":0}}
        "#]],
    );
}

#[test]
fn a_named_bulk_is_taken_on_once() {
    let shop = Shop::new();
    let ask =
        || shop.ask(r#"creator POST bulk [{"customer":{"name":"a"}}]"#, &["idempotency-key: 1"]);
    let (first, again) = (ask(), ask());
    assert_eq!((first.status, &first.body), (201, &again.body));
    shop.bulk(&json!([{"customer": {"name": "b"}}]));
    assert_eq!(shop.stored(), "customer a None\ncustomer b None\n");
}

/// Neither while a row waits nor afterwards, in what is kept of it and in what is said of it.
#[test]
fn no_more_than_four_digits_are_kept() {
    let shop = Shop::new();
    let row = |ssn: Value| json!({"customer": {"name": "a", "ssn_last4": ssn}});
    let sent = ["123-45-6789", "12345", "1234", " 0412 ", "412"];
    let mut rows: Vec<Value> = sent.iter().map(|ssn| row(json!(ssn))).collect();
    rows.extend([
        row(json!(987_654_321)),
        row(json!(["123456789"])),
        row(json!({"a": "123456789"})),
    ]);
    rows.push(json!({"customer": {"name": "b", "SSN": "123456789"}}));
    let job = shop.bulk(&Value::Array(rows));
    let rejects = shop.rejects(&job);
    let told = rejects.iter().map(|reject| {
        let payload = &reject["payload"]["customer"]["ssn_last4"];
        let entry = &reject["errors"]["customer"][0];
        format!("{} {payload} {} {}\n", reject["id"], entry["data"], entry["messages"])
    });
    expect![[r#"
        1 "*6789" {"name":"a","ssn_last4":"*6789"} {"ssn_last4":["The ssn last4 must be 4 digits."]}
        2 "*2345" {"name":"a","ssn_last4":"*2345"} {"ssn_last4":["The ssn last4 must be 4 digits."]}
        5 "412" {"name":"a","ssn_last4":"412"} {"ssn_last4":["The ssn last4 must be 4 digits."]}
        6 "*4321" {"name":"a","ssn_last4":"*4321"} {"ssn_last4":["The ssn last4 must be 4 digits."]}
        7 "*****" {"name":"a","ssn_last4":"*****"} {"ssn_last4":["The ssn last4 must be 4 digits."]}
        8 "*****" {"name":"a","ssn_last4":"*****"} {"ssn_last4":["The ssn last4 must be 4 digits."]}
    "#]]
    .assert_eq(&told.collect::<String>());
    let kept = shop.store.list_profiles(&Query::default()).unwrap().items.unwrap();
    let kept: Vec<_> = kept.into_iter().map(|profile| profile.customer.ssn_last4).collect();
    assert_eq!(kept, [Some("1234".to_owned()), Some("0412".to_owned()), None]);
}

#[test]
fn rejects_come_in_pages_and_go_with_the_erased() {
    let shop = Shop::new();
    let row = |n: i32| json!({"customer": {"name": "a", "external_id": n.to_string()}, "debt_accounts": [{}]});
    let job = shop.bulk(&(0..12).map(row).collect());
    let page = shop.ask(&format!("creator GET bulk/{job}/errors?page=2"), &[]).json();
    let ids: Vec<_> =
        page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!((ids, &page["meta"]["total"]), (vec![json!(11), json!(12)], &json!(12)));
    let erased = shop.store.find_customer("0").unwrap().unwrap().id;
    shop.store.erase_customer(&erased).unwrap();
    assert_eq!(shop.rejects(&job)[0]["id"], 2);
}

#[test]
fn numbers_are_told_digit_by_digit() {
    let shop = Shop::new();
    let row = r#"{"customer":{"name":7.50,"x":1e+400},"y":123456789012345678901234567890}"#;
    let job = shop.bulk(&serde_json::from_str(&format!("[{row}]")).unwrap());
    assert_eq!(shop.rejects(&job)[0]["payload"].to_string(), row);
}

/// What the engine says of a row as a whole is told in the shape of all others.
#[test]
fn rows_that_are_no_objects_are_told_in_the_same_shape() {
    let shop = Shop::new();
    let rows = ["7", "", r#"{"customer":{"name":"a"}"#].map(str::to_owned);
    let job = shop.store.take_bulk(None, &rows).unwrap().id;
    let after = shop.bulk(&json!([{"customer": {"name": "b"}}]));
    assert!(shop.rejects(&after).is_empty());
    let told = shop.rejects(&job).iter().map(|one| format!("{one}\n")).collect::<String>();
    expect![[r#"
        {"errors":{"customer":[{"data":null,"messages":{"row":["row must be an object"]}}],"debt_accounts":[],"location":[]},"id":1,"payload":7}
        {"errors":{"customer":[{"data":null,"messages":{"row":["row is empty"]}}],"debt_accounts":[],"location":[]},"id":2,"payload":null}
        {"errors":{"customer":[{"data":null,"messages":{"row":["row is not JSON at byte 24"]}}],"debt_accounts":[],"location":[]},"id":3,"payload":null}
    "#]].assert_eq(&told);
}

#[test]
fn what_was_worked_off_is_counted() {
    let shop = Shop::new();
    shop.bulk(&json!([{"customer": {"name": "a"}}, {"customer": {}}, {"customer": {"name": "b"}}]));
    shop.bulk(&json!([{"customer": {"name": "c"}}]));
    // The last row is worked off before it is counted.
    let told = || {
        let text = shop.ask("admin GET /metrics", &[]).body;
        let lines = text.lines().filter(|line| line.starts_with("tillbook_bulk"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    for _ in 0..30_000 {
        if told().contains("jobs_total 2") {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    expect![[r#"
        tillbook_bulk_rows_total 4
        tillbook_bulk_rejects_total 1
        tillbook_bulk_jobs_total 2
        tillbook_bulk_rows_waiting 0
    "#]]
    .assert_eq(&told());
}
