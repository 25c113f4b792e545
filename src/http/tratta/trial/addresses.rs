//! The rules of addresses (tratta.md 3.3 and section 4).

use expect_test::{Expect, expect};
use serde_json::Value;

use super::{Shop, check_bodies};

const ADDRESSES: &str = "POST customers/C/addresses";

#[test]
fn what_an_address_must_be() {
    check_bodies(
        ADDRESSES,
        "/data/postal_code",
        &[
            "postal_code=55401",
            "postal_code=",
            "",
            "is_primary=yes",
            "postal_code=55401-8914",
            "postal_code=5540",
            r#"{"postal_code":55401}"#,
            r#"{"postal_code":"55401","city":5}"#,
        ],
        expect![[r#"
            postal_code=55401: 201 "55401"
            postal_code=: 422 {"postal_code":["The postal code is missing."]}
            : 422 {"postal_code":["The postal code is missing."]}
            is_primary=yes: 422 {"is_primary":["The is primary must be true or false."],"postal_code":["The postal code is missing."]}
            postal_code=55401-8914: 422 {"postal_code":["The postal code must be 5 digits."]}
            postal_code=5540: 422 {"postal_code":["The postal code must be 5 digits."]}
            {"postal_code":55401}: 422 {"postal_code":["The postal code must be a text."]}
            {"postal_code":"55401","city":5}: 422 {"city":["The city must be a text."]}
        "#]],
    );
    check_bodies(
        ADDRESSES,
        "/data/is_primary",
        &["postal_code=55401&is_primary=false", "postal_code=55401&is_primary=maybe"],
        expect![[r#"
            postal_code=55401&is_primary=false: 201 true
            postal_code=55401&is_primary=maybe: 422 {"is_primary":["The is primary must be true or false."]}
        "#]],
    );
}

/// A shop with a customer who has two addresses, the second one primary; and their ids.
fn two_addresses() -> (Shop, [String; 2]) {
    let shop = Shop::new();
    shop.ask("admin POST customers name=a&external_id=C&address[line1]=one", &[]);
    shop.ask("admin POST customers/C/addresses line1=two&postal_code=10001&is_primary=1", &[]);
    let ids = [0, 1].map(|at| addresses(&shop)[at]["id"].as_str().unwrap().to_owned());
    (shop, ids)
}

fn addresses(shop: &Shop) -> Value {
    shop.ask("reader GET customers/C", &[]).json()["data"]["addresses"].clone()
}

/// Each request to a fresh shop of [`two_addresses`], whose ids `{0}` and `{1}` stand for, and what
/// it makes of the addresses: the first line of each, its postal code, and a star for the primary.
fn check(requests: &[&str], expected: Expect) {
    let mut told = String::new();
    for request in requests {
        let (shop, ids) = two_addresses();
        let line = request.replace("{0}", &ids[0]).replace("{1}", &ids[1]);
        let before = shop.n_operations();
        let heard = shop.ask(&format!("admin {line}"), &[]);
        let n_operations = shop.n_operations() - before;
        let said = match heard.status {
            422 => format!("{}, ", heard.json()["errors"]),
            404 => format!("{}, ", heard.json()["message"]),
            _ => String::new(),
        };
        let addresses: Vec<String> = addresses(&shop)
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let star = if one["is_primary"] == true { "*" } else { "" };
                format!("{} {}{star}", one["line1"], one["postal_code"])
            })
            .collect();
        told += &format!(
            "{request}: {} {said}{} [{n_operations}]\n",
            heard.status,
            addresses.join(", ")
        );
    }
    expected.assert_eq(&told);
}

/// At most one address is primary, and each change is one operation.
#[test]
fn one_address_is_primary() {
    check(
        &[
            "POST customers/C/addresses line1=three&postal_code=10002",
            "POST customers/C/addresses line1=three&postal_code=10002&is_primary=false",
            "POST customers/C/addresses line1=three&postal_code=10002&is_primary=TRUE",
            r#"POST customers/C/addresses {"line1":"three","postal_code":"10002","is_primary":1}"#,
            "PUT customers/C/addresses/{0} is_primary=true",
            "PUT customers/C/addresses/{0} name=Home&is_primary=false",
            "PUT customers/C/addresses/{1} is_primary=false",
            "PUT customers/C/addresses/{1} is_primary=true",
            "PUT customers/C/addresses/{1} is_primary=",
            "PUT customers/C/addresses/{0} postal_code=10009",
            "PUT customers/C/addresses/{0} postal_code=x",
            "PUT customers/C/addresses/{1} postal_code=",
            "PUT customers/C/addresses/{1} ",
            "PUT customers/C/addresses/nothing name=x",
            "DELETE customers/C/addresses/{0}",
            "DELETE customers/C/addresses/{1}",
            "DELETE customers/C/addresses/nothing",
        ],
        expect![[r#"
            POST customers/C/addresses line1=three&postal_code=10002: 201 "one" null, "two" "10001"*, "three" "10002" [1]
            POST customers/C/addresses line1=three&postal_code=10002&is_primary=false: 201 "one" null, "two" "10001"*, "three" "10002" [1]
            POST customers/C/addresses line1=three&postal_code=10002&is_primary=TRUE: 201 "one" null, "two" "10001", "three" "10002"* [1]
            POST customers/C/addresses {"line1":"three","postal_code":"10002","is_primary":1}: 201 "one" null, "two" "10001", "three" "10002"* [1]
            PUT customers/C/addresses/{0} is_primary=true: 200 "one" null*, "two" "10001" [1]
            PUT customers/C/addresses/{0} name=Home&is_primary=false: 200 "one" null, "two" "10001"* [1]
            PUT customers/C/addresses/{1} is_primary=false: 200 "one" null, "two" "10001" [1]
            PUT customers/C/addresses/{1} is_primary=true: 200 "one" null, "two" "10001"* [0]
            PUT customers/C/addresses/{1} is_primary=: 200 "one" null, "two" "10001"* [0]
            PUT customers/C/addresses/{0} postal_code=10009: 200 "one" "10009", "two" "10001"* [1]
            PUT customers/C/addresses/{0} postal_code=x: 422 {"postal_code":["The postal code must be 5 digits."]}, "one" null, "two" "10001"* [0]
            PUT customers/C/addresses/{1} postal_code=: 422 {"postal_code":["The postal code is missing."]}, "one" null, "two" "10001"* [0]
            PUT customers/C/addresses/{1} : 200 "one" null, "two" "10001"* [0]
            PUT customers/C/addresses/nothing name=x: 404 "There is no such address.", "one" null, "two" "10001"* [0]
            DELETE customers/C/addresses/{0}: 200 "two" "10001"* [1]
            DELETE customers/C/addresses/{1}: 200 "one" null [1]
            DELETE customers/C/addresses/nothing: 404 "There is no such address.", "one" null, "two" "10001"* [0]
        "#]],
    );
}

#[test]
fn the_address_within_a_customer() {
    check(
        &[
            "PUT customers/C address[postal_code]=00485-8914&address[line1]=three",
            "PUT customers/C address[postal_code]=00485-8914&address[is_primary]=1",
            "PUT customers/C address[line1]=three",
            "PUT customers/C address[postal_code]=1",
            "PUT customers/C address[id]={0}&address[line1]=first",
            "PUT customers/C address[id]={0}&address[is_primary]=true&address[line1]=",
            "PUT customers/C address[id]={1}&address[is_primary]=0",
            "PUT customers/C address[id]=nothing&address[line1]=first",
            "PUT customers/C address=",
            r#"PUT customers/C {"address":[]}"#,
            r#"PUT customers/C {"address":{}}"#,
            r#"PUT customers/C {"address":[{"line1":"x"}]}"#,
            r#"PUT customers/C {"address":"x","addresses":[]}"#,
            r#"PUT customers/C {"address":{"postal_code":"10003","is_primary":"x"}}"#,
        ],
        expect![[r#"
            PUT customers/C address[postal_code]=00485-8914&address[line1]=three: 200 "one" null, "two" "10001"*, "three" "00485-8914" [1]
            PUT customers/C address[postal_code]=00485-8914&address[is_primary]=1: 200 "one" null, "two" "10001", null "00485-8914"* [1]
            PUT customers/C address[line1]=three: 422 {"address.postal_code":["The address postal code is missing."]}, "one" null, "two" "10001"* [0]
            PUT customers/C address[postal_code]=1: 422 {"address.postal_code":["The address postal code must be 5 digits, or 5 and 4 with a hyphen between them."]}, "one" null, "two" "10001"* [0]
            PUT customers/C address[id]={0}&address[line1]=first: 200 "first" null, "two" "10001"* [1]
            PUT customers/C address[id]={0}&address[is_primary]=true&address[line1]=: 200 null null*, "two" "10001" [1]
            PUT customers/C address[id]={1}&address[is_primary]=0: 200 "one" null, "two" "10001" [1]
            PUT customers/C address[id]=nothing&address[line1]=first: 422 {"address.id":["The address id must be the id of one of the customer's addresses."]}, "one" null, "two" "10001"* [0]
            PUT customers/C address=: 200 "one" null, "two" "10001"* [0]
            PUT customers/C {"address":[]}: 200 "one" null, "two" "10001"* [0]
            PUT customers/C {"address":{}}: 422 {"address.postal_code":["The address postal code is missing."]}, "one" null, "two" "10001"* [0]
            PUT customers/C {"address":[{"line1":"x"}]}: 422 {"address":["The address must be an object."]}, "one" null, "two" "10001"* [0]
            PUT customers/C {"address":"x","addresses":[]}: 422 {"address":["The address must be an object."]}, "one" null, "two" "10001"* [0]
            PUT customers/C {"address":{"postal_code":"10003","is_primary":"x"}}: 422 {"address.is_primary":["The address is primary must be true or false."]}, "one" null, "two" "10001"* [0]
        "#]],
    );
}

#[test]
fn the_address_that_a_customer_comes_with() {
    check_bodies(
        "POST customers",
        "/data/addresses/0/is_primary",
        &[
            "name=a&address[line1]=x&address[is_primary]=false",
            "name=a&address[is_primary]=true",
            "name=a&address[line1]=",
            "name=a&address[postal_code]=00485-8914",
            "name=a&address[postal_code]=x",
            r#"{"name":"a","address":[]}"#,
            r#"{"name":"a","address":{}}"#,
        ],
        expect![[r#"
            name=a&address[line1]=x&address[is_primary]=false: 201 true
            name=a&address[is_primary]=true: 201 null
            name=a&address[line1]=: 201 null
            name=a&address[postal_code]=00485-8914: 201 true
            name=a&address[postal_code]=x: 422 {"address.postal_code":["The address postal code must be 5 digits, or 5 and 4 with a hyphen between them."]}
            {"name":"a","address":[]}: 201 null
            {"name":"a","address":{}}: 201 null
        "#]],
    );
}

/// An address is looked for among those of the customer in the path.
#[test]
fn an_address_of_another_customer() {
    let (shop, [id, _]) = two_addresses();
    shop.ask("admin POST customers name=b&external_id=D", &[]);
    for request in ["PUT customers/D/addresses/", "DELETE customers/D/addresses/"] {
        assert_eq!(shop.ask(&format!("admin {request}{id} name=x"), &[]).status, 404);
    }
    let within = shop.ask(&format!("admin PUT customers/D address[id]={id}"), &[]);
    expect![[
        r#"{"address.id":["The address id must be the id of one of the customer's addresses."]}"#
    ]]
    .assert_eq(&within.json()["errors"].to_string());
}
