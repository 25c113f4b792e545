//! The rules of locations (tratta.md section 5).

use expect_test::{Expect, expect};
use serde_json::Value;

use super::Shop;

/// A shop with four locations: `coast` (C1), `harbour` (H2) and `pier` (P3) below each other, and
/// `inland` (I4), a kind of product; and their ids.
pub(super) fn coast() -> (Shop, [String; 4]) {
    let shop = Shop::new();
    let made = [
        "name=coast&external_id=C1",
        "name=harbour&external_id=H2&parent_id=C1",
        "name=pier&external_id=P3&parent_id=H2&metadata[side]=left",
        "name=inland&external_id=I4&type=product_type",
    ];
    let ids = made.map(|body| {
        let heard = shop.ask(&format!("creator POST locations {body}"), &[]);
        assert_eq!(heard.status, 201, "{}", heard.body);
        heard.json()["data"]["id"].as_str().unwrap().to_owned()
    });
    (shop, ids)
}

/// A member that is a text.
pub(super) fn text<'a>(one: &'a Value, member: &str) -> &'a str {
    one[member].as_str().unwrap_or("-")
}

/// All locations: the name, the one above, those below.
fn tree(shop: &Shop) -> String {
    let all = shop.ask("reader GET locations", &[]).json();
    let shown = all["data"].as_array().unwrap().iter().map(|one| {
        let children = one["children"].as_array().unwrap().iter();
        let children: Vec<_> = children.map(|child| text(child, "name")).collect();
        format!("{}<{}({})", text(one, "name"), text(&one["parent"], "name"), children.join(" "))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Each request to a fresh shop of [`coast`], whose ids `{0}` to `{3}` stand for; what it is answered
/// and what it makes of the tree; and the number of operations.
fn check(requests: &[&str], expected: Expect) {
    let mut told = String::new();
    for request in requests {
        let (shop, ids) = coast();
        let numbered = ids.iter().enumerate();
        let line = numbered
            .fold((*request).to_owned(), |line, (n, id)| line.replace(&format!("{{{n}}}"), id));
        let (before, n_before) = (tree(&shop), shop.n_operations());
        let heard = shop.ask(&format!("creator {line}"), &[]);
        let document = heard.json();
        let said = match heard.status {
            422 => document["errors"].to_string(),
            200 | 201 => document["data"]["parent"]["external_id"].to_string(),
            _ => document["message"].to_string(),
        };
        let n_operations = shop.n_operations() - n_before;
        assert!(heard.status < 400 || n_operations == 0, "{request} left something");
        told += &format!("{request}: {} {said} [{n_operations}]\n", heard.status);
        let after = tree(&shop);
        if after != before {
            told += &format!("    {after}\n");
        }
    }
    expected.assert_eq(&told);
}

#[test]
fn what_a_location_must_be() {
    check(
        &[
            "POST locations external_id=X",
            "POST locations ",
            "POST locations name=",
            r#"POST locations {"name":null}"#,
            r#"POST locations {"name":5}"#,
            "POST locations name=a%0Ab",
            r#"POST locations ["name"]"#,
            r#"POST locations {"name""#,
            "POST locations name=x&type=shop",
            "POST locations name=x&type=",
            r#"POST locations {"name":"x","type":null}"#,
            r#"POST locations {"name":"x","type":1}"#,
            "POST locations name=x&type=PRODUCT_TYPE",
            "POST locations name=x&external_id=",
            "POST locations name=x&external_id=.",
            r#"POST locations {"name":"x","external_id":5}"#,
            "POST locations name=x&metadata=y",
            "POST locations name=x&metadata[k][l]=y",
            // All fields are told of at once.
            "POST locations name=coast&external_id=C1&parent_id=nobody&metadata=y",
            "POST locations external_id=C1&type=shop&parent_id=nobody&metadata=y",
            "PUT locations/C1 name=",
            r#"PUT locations/C1 {"name":null,"external_id":"H2"}"#,
            "PUT locations/C1 ",
            "PUT locations/C1 name=Coast",
            "PUT locations/C1 external_id=",
            r#"PUT locations/C1 {"external_id":null,"type":"current_creditor"}"#,
        ],
        expect![[r#"
            POST locations external_id=X: 422 {"name":["The name is missing."]} [0]
            POST locations : 422 {"name":["The name is missing."]} [0]
            POST locations name=: 422 {"name":["The name is missing."]} [0]
            POST locations {"name":null}: 422 {"name":["The name is missing."]} [0]
            POST locations {"name":5}: 422 {"name":["The name must be a text."]} [0]
            POST locations name=a%0Ab: 422 {"name":["The name must not hold control characters."]} [0]
            POST locations ["name"]: 422 {"body":["The body must be an object."]} [0]
            POST locations {"name": 400 "The body is not JSON at byte 7." [0]
            POST locations name=x&type=shop: 422 {"type":["The type must be one of original_creditor, current_creditor, product_type."]} [0]
            POST locations name=x&type=: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            POST locations {"name":"x","type":null}: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            POST locations {"name":"x","type":1}: 422 {"type":["The type must be a text."]} [0]
            POST locations name=x&type=PRODUCT_TYPE: 422 {"type":["The type must be one of original_creditor, current_creditor, product_type."]} [0]
            POST locations name=x&external_id=: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            POST locations name=x&external_id=.: 422 {"external_id":["The external id must not be `.` or `..`."]} [0]
            POST locations {"name":"x","external_id":5}: 422 {"external_id":["The external id must be a text."]} [0]
            POST locations name=x&metadata=y: 422 {"metadata":["The metadata must be an object."]} [0]
            POST locations name=x&metadata[k][l]=y: 422 {"metadata.k":["The metadata k must be a text, a number, true or false."]} [0]
            POST locations name=coast&external_id=C1&parent_id=nobody&metadata=y: 422 {"external_id":["The external id has already been taken."],"metadata":["The metadata must be an object."],"name":["The name has already been taken."],"parent_id":["The parent id must be the id or the external id of another location."]} [0]
            POST locations external_id=C1&type=shop&parent_id=nobody&metadata=y: 422 {"external_id":["The external id has already been taken."],"metadata":["The metadata must be an object."],"name":["The name is missing."],"parent_id":["The parent id must be the id or the external id of another location."],"type":["The type must be one of original_creditor, current_creditor, product_type."]} [0]
            PUT locations/C1 name=: 422 {"name":["The name is missing."]} [0]
            PUT locations/C1 {"name":null,"external_id":"H2"}: 422 {"external_id":["The external id has already been taken."],"name":["The name is missing."]} [0]
            PUT locations/C1 : 200 null [0]
            PUT locations/C1 name=Coast: 200 null [1]
                Coast<-(harbour), harbour<Coast(pier), pier<harbour(), inland<-()
            PUT locations/C1 external_id=: 200 null [1]
            PUT locations/C1 {"external_id":null,"type":"current_creditor"}: 200 null [1]
        "#]],
    );
}

#[test]
fn locations_that_are_not_there() {
    check(
        &[
            "PUT locations/nobody name=x",
            "PUT locations/%FF name=x",
            "DELETE locations/nobody",
            "DELETE locations",
            "PATCH locations/C1 name=x",
        ],
        expect![[r#"
            PUT locations/nobody name=x: 404 "There is no such location." [0]
            PUT locations/%FF name=x: 404 "There is no such location." [0]
            DELETE locations/nobody: 404 "There is no such location." [0]
            DELETE locations: 405 "The methods of this path are GET, POST." [0]
            PATCH locations/C1 name=x: 405 "The methods of this path are GET, PUT, DELETE." [0]
        "#]],
    );
}

/// A name is unique among the locations of its type, as it is written; an external id among all.
#[test]
fn names_and_external_ids_are_unique() {
    check(
        &[
            "POST locations name=coast",
            "POST locations name=++coast+",
            "POST locations name=Coast",
            "POST locations name=coast&type=original_creditor",
            "POST locations name=coast&type=product_type",
            "POST locations name=inland",
            "POST locations name=coast&type=shop",
            "PUT locations/H2 name=coast",
            "PUT locations/H2 name=inland",
            "PUT locations/H2 type=product_type",
            "PUT locations/H2 name=inland&type=product_type",
            "PUT locations/I4 type=",
            "PUT locations/I4 name=coast",
            "PUT locations/I4 name=coast&type=original_creditor",
            "PUT locations/C1 name=coast&type=original_creditor&external_id=C1",
            "POST locations name=x&external_id=C1",
            "POST locations name=x&external_id=c1",
            "POST locations name=x&external_id={0}",
            "PUT locations/H2 external_id=C1",
            "PUT locations/H2 external_id=H2",
        ],
        expect![[r#"
            POST locations name=coast: 422 {"name":["The name has already been taken."]} [0]
            POST locations name=++coast+: 422 {"name":["The name has already been taken."]} [0]
            POST locations name=Coast: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), Coast<-()
            POST locations name=coast&type=original_creditor: 422 {"name":["The name has already been taken."]} [0]
            POST locations name=coast&type=product_type: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), coast<-()
            POST locations name=inland: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), inland<-()
            POST locations name=coast&type=shop: 422 {"type":["The type must be one of original_creditor, current_creditor, product_type."]} [0]
            PUT locations/H2 name=coast: 422 {"name":["The name has already been taken."]} [0]
            PUT locations/H2 name=inland: 200 "C1" [1]
                coast<-(inland), inland<coast(pier), pier<inland(), inland<-()
            PUT locations/H2 type=product_type: 200 "C1" [1]
            PUT locations/H2 name=inland&type=product_type: 422 {"name":["The name has already been taken."]} [0]
            PUT locations/I4 type=: 200 null [1]
            PUT locations/I4 name=coast: 200 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), coast<-()
            PUT locations/I4 name=coast&type=original_creditor: 422 {"name":["The name has already been taken."]} [0]
            PUT locations/C1 name=coast&type=original_creditor&external_id=C1: 200 null [0]
            POST locations name=x&external_id=C1: 422 {"external_id":["The external id has already been taken."]} [0]
            POST locations name=x&external_id=c1: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            POST locations name=x&external_id={0}: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            PUT locations/H2 external_id=C1: 422 {"external_id":["The external id has already been taken."]} [0]
            PUT locations/H2 external_id=H2: 200 "C1" [0]
        "#]],
    );
}

#[test]
fn a_location_has_one_parent() {
    check(
        &[
            "POST locations name=x&parent_id={1}",
            "POST locations name=x&parent_id=H2",
            "POST locations name=x&parent_id=",
            r#"POST locations {"name":"x","parent_id":null}"#,
            "POST locations name=x&parent_id=nobody",
            "POST locations name=x&external_id=X&parent_id=X",
            r#"POST locations {"name":"x","parent_id":5}"#,
            r#"POST locations {"name":"x","parent_id":["C1"]}"#,
            "PUT locations/P3 parent_id={0}",
            "PUT locations/P3 parent_id=I4",
            "PUT locations/P3 parent_id=H2",
            "PUT locations/P3 parent_id=",
            r#"PUT locations/P3 {"parent_id":null}"#,
            "PUT locations/P3 name=Pier",
            "PUT locations/C1 parent_id=",
            "PUT locations/C1 parent_id=C1",
            "PUT locations/C1 parent_id={0}",
            "PUT locations/C1 parent_id=H2",
            "PUT locations/C1 parent_id={2}&name=",
            "PUT locations/C1 parent_id=nobody",
            "DELETE locations/H2",
            "DELETE locations/C1",
            "DELETE locations/{2}",
        ],
        expect![[r#"
            POST locations name=x&parent_id={1}: 201 "H2" [1]
                coast<-(harbour), harbour<coast(pier x), pier<harbour(), inland<-(), x<harbour()
            POST locations name=x&parent_id=H2: 201 "H2" [1]
                coast<-(harbour), harbour<coast(pier x), pier<harbour(), inland<-(), x<harbour()
            POST locations name=x&parent_id=: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            POST locations {"name":"x","parent_id":null}: 201 null [1]
                coast<-(harbour), harbour<coast(pier), pier<harbour(), inland<-(), x<-()
            POST locations name=x&parent_id=nobody: 422 {"parent_id":["The parent id must be the id or the external id of another location."]} [0]
            POST locations name=x&external_id=X&parent_id=X: 422 {"parent_id":["The parent id must be the id or the external id of another location."]} [0]
            POST locations {"name":"x","parent_id":5}: 422 {"parent_id":["The parent id must be a text."]} [0]
            POST locations {"name":"x","parent_id":["C1"]}: 422 {"parent_id":["The parent id must be a text."]} [0]
            PUT locations/P3 parent_id={0}: 200 "C1" [1]
                coast<-(harbour pier), harbour<coast(), pier<coast(), inland<-()
            PUT locations/P3 parent_id=I4: 200 "I4" [1]
                coast<-(harbour), harbour<coast(), pier<inland(), inland<-(pier)
            PUT locations/P3 parent_id=H2: 200 "H2" [0]
            PUT locations/P3 parent_id=: 200 null [1]
                coast<-(harbour), harbour<coast(), pier<-(), inland<-()
            PUT locations/P3 {"parent_id":null}: 200 null [1]
                coast<-(harbour), harbour<coast(), pier<-(), inland<-()
            PUT locations/P3 name=Pier: 200 "H2" [1]
                coast<-(harbour), harbour<coast(Pier), Pier<harbour(), inland<-()
            PUT locations/C1 parent_id=: 200 null [0]
            PUT locations/C1 parent_id=C1: 422 {"parent_id":["The parent id must not be the location itself."]} [0]
            PUT locations/C1 parent_id={0}: 422 {"parent_id":["The parent id must not be the location itself."]} [0]
            PUT locations/C1 parent_id=H2: 422 {"parent_id":["The parent id must not be a location below this one."]} [0]
            PUT locations/C1 parent_id={2}&name=: 422 {"name":["The name is missing."],"parent_id":["The parent id must not be a location below this one."]} [0]
            PUT locations/C1 parent_id=nobody: 422 {"parent_id":["The parent id must be the id or the external id of another location."]} [0]
            DELETE locations/H2: 200 null [1]
                coast<-(), pier<-(), inland<-()
            DELETE locations/C1: 200 null [1]
                harbour<-(pier), pier<harbour(), inland<-()
            DELETE locations/{2}: 200 null [1]
                coast<-(harbour), harbour<coast(), inland<-()
        "#]],
    );
}

#[test]
fn metadata_of_a_location() {
    let (shop, _) = coast();
    let mut told = String::new();
    for body in [
        "",
        "metadata[side]=&metadata[depth]=4",
        r#"{"metadata":{"a":true,"b":1.50}}"#,
        "name=Pier",
        "metadata=",
    ] {
        let heard = shop.ask(&format!("updater PUT locations/P3 {body}"), &[]);
        told += &format!("{body}: {} {}\n", heard.status, heard.json()["data"]["metadata"]);
    }
    expect![[r#"
        : 200 [{"attribute":"side","value":"left"}]
        metadata[side]=&metadata[depth]=4: 200 [{"attribute":"depth","value":"4"}]
        {"metadata":{"a":true,"b":1.50}}: 200 [{"attribute":"a","value":"true"},{"attribute":"b","value":"1.50"},{"attribute":"depth","value":"4"}]
        name=Pier: 200 [{"attribute":"a","value":"true"},{"attribute":"b","value":"1.50"},{"attribute":"depth","value":"4"}]
        metadata=: 200 []
    "#]].assert_eq(&told);
}
