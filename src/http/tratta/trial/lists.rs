//! Pages of lists (tratta.md 1.3).

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::Shop;
use crate::http::door::Settings;

fn fill(shop: &Shop) {
    for n in 1..=5 {
        let made = shop.ask(&format!("admin POST customers name={n}&external_id={n}"), &[]);
        assert_eq!(made.status, 201);
        shop.ask(&format!("admin POST customers/1/addresses postal_code=1000{n}"), &[]);
    }
}

/// What each list has: names or postal codes, links without their host, and meta.
fn check(targets: &[&str], expected: Expect) {
    let shop = Shop::new();
    fill(&shop);
    let mut told = String::new();
    for target in targets {
        let heard = shop.ask(&format!("reader GET {target}"), &[]);
        let document = heard.json();
        let Some(data) = document["data"].as_array() else {
            told += &format!("{target}: {} {}\n", heard.status, document["errors"]);
            continue;
        };
        let shown = |one: &Value| match &one["postal_code"] {
            Value::Null => one["name"].as_str().unwrap().to_owned(),
            code => code.as_str().unwrap().to_owned(),
        };
        let names: Vec<String> = data.iter().map(shown).collect();
        let links = document["links"].to_string().replace("http://shop:4000/api/v1", "");
        let mut meta = document["meta"].clone();
        assert!(meta["path"].as_str().unwrap().starts_with("http://shop:4000/api/v1/customers"));
        meta.as_object_mut().unwrap().remove("path");
        told += format!("{target}: {}", names.join(" ")).trim_end();
        told += &format!("\n  {links}\n  {meta}\n");
    }
    expected.assert_eq(&told);
}

#[test]
fn customers_in_pages() {
    check(
        &[
            "customers",
            "customers?limit=2",
            "customers?limit=2&page=2",
            "customers?limit=2&page=3",
            "customers?limit=2&page=4",
            "customers?page=2&limit=2&q=%20a&&page=9&page=1",
            "customers?limit=500&colour=red",
        ],
        expect![[r#"
            customers: 1 2 3 4 5
              {"first":"/customers?page=1","last":"/customers?page=1","next":null,"prev":null}
              {"current_page":1,"from":1,"last_page":1,"per_page":10,"to":5,"total":5}
            customers?limit=2: 1 2
              {"first":"/customers?limit=2&page=1","last":"/customers?limit=2&page=3","next":"/customers?limit=2&page=2","prev":null}
              {"current_page":1,"from":1,"last_page":3,"per_page":"2","to":2,"total":5}
            customers?limit=2&page=2: 3 4
              {"first":"/customers?limit=2&page=1","last":"/customers?limit=2&page=3","next":"/customers?limit=2&page=3","prev":"/customers?limit=2&page=1"}
              {"current_page":2,"from":3,"last_page":3,"per_page":"2","to":4,"total":5}
            customers?limit=2&page=3: 5
              {"first":"/customers?limit=2&page=1","last":"/customers?limit=2&page=3","next":null,"prev":"/customers?limit=2&page=2"}
              {"current_page":3,"from":5,"last_page":3,"per_page":"2","to":5,"total":5}
            customers?limit=2&page=4:
              {"first":"/customers?limit=2&page=1","last":"/customers?limit=2&page=3","next":null,"prev":"/customers?limit=2&page=3"}
              {"current_page":4,"from":null,"last_page":3,"per_page":"2","to":null,"total":5}
            customers?page=2&limit=2&q=%20a&&page=9&page=1: 1 2
              {"first":"/customers?limit=2&q=%20a&page=1","last":"/customers?limit=2&q=%20a&page=3","next":"/customers?limit=2&q=%20a&page=2","prev":null}
              {"current_page":1,"from":1,"last_page":3,"per_page":"2","to":2,"total":5}
            customers?limit=500&colour=red: 1 2 3 4 5
              {"first":"/customers?limit=500&colour=red&page=1","last":"/customers?limit=500&colour=red&page=1","next":null,"prev":null}
              {"current_page":1,"from":1,"last_page":1,"per_page":"500","to":5,"total":5}
        "#]],
    );
}

#[test]
fn pages_that_are_none() {
    check(
        &[
            "customers?page=0",
            "customers?page=-1",
            "customers?page=x",
            "customers?page=99999999999999999999999",
            "customers?limit=",
            "customers?limit=0",
            "customers?limit=501",
            "customers?limit=x",
            "customers?limit=1.5",
            "customers?limit=%FF",
            "customers?limit=x&limit=3",
        ],
        expect![[r#"
            customers?page=0: 1 2 3 4 5
              {"first":"/customers?page=1","last":"/customers?page=1","next":null,"prev":null}
              {"current_page":1,"from":1,"last_page":1,"per_page":10,"to":5,"total":5}
            customers?page=-1: 1 2 3 4 5
              {"first":"/customers?page=1","last":"/customers?page=1","next":null,"prev":null}
              {"current_page":1,"from":1,"last_page":1,"per_page":10,"to":5,"total":5}
            customers?page=x: 1 2 3 4 5
              {"first":"/customers?page=1","last":"/customers?page=1","next":null,"prev":null}
              {"current_page":1,"from":1,"last_page":1,"per_page":10,"to":5,"total":5}
            customers?page=99999999999999999999999:
              {"first":"/customers?page=1","last":"/customers?page=1","next":null,"prev":"/customers?page=18446744073709551614"}
              {"current_page":18446744073709551615,"from":null,"last_page":1,"per_page":10,"to":null,"total":5}
            customers?limit=: 1 2 3 4 5
              {"first":"/customers?limit=&page=1","last":"/customers?limit=&page=1","next":null,"prev":null}
              {"current_page":1,"from":1,"last_page":1,"per_page":10,"to":5,"total":5}
            customers?limit=0: 422 {"limit":["The limit must be a whole number from 1 to 500."]}
            customers?limit=501: 422 {"limit":["The limit must be a whole number from 1 to 500."]}
            customers?limit=x: 422 {"limit":["The limit must be a whole number from 1 to 500."]}
            customers?limit=1.5: 422 {"limit":["The limit must be a whole number from 1 to 500."]}
            customers?limit=%FF: 422 {"limit":["The limit must be a whole number from 1 to 500."]}
            customers?limit=x&limit=3: 1 2 3
              {"first":"/customers?limit=x&limit=3&page=1","last":"/customers?limit=x&limit=3&page=2","next":"/customers?limit=x&limit=3&page=2","prev":null}
              {"current_page":1,"from":1,"last_page":2,"per_page":"3","to":3,"total":5}
        "#]],
    );
}

#[test]
fn addresses_in_pages() {
    check(
        &["customers/1/addresses?limit=2&page=3", "customers/2/addresses"],
        expect![[r#"
            customers/1/addresses?limit=2&page=3: 10005
              {"first":"/customers/1/addresses?limit=2&page=1","last":"/customers/1/addresses?limit=2&page=3","next":null,"prev":"/customers/1/addresses?limit=2&page=2"}
              {"current_page":3,"from":5,"last_page":3,"per_page":"2","to":5,"total":5}
            customers/2/addresses:
              {"first":"/customers/2/addresses?page=1","last":"/customers/2/addresses?page=1","next":null,"prev":null}
              {"current_page":1,"from":null,"last_page":1,"per_page":10,"to":null,"total":0}
        "#]],
    );
}

#[test]
fn links_go_where_the_caller_came_from() {
    let path = |settings: Settings, head: &[&str]| {
        let heard = Shop::with(settings).ask("reader GET customers", head);
        let document = heard.json();
        let (path, first) = (&document["meta"]["path"], &document["links"]["first"]);
        assert_eq!(*first, json!(format!("{}?page=1", path.as_str().unwrap())));
        path.as_str().unwrap().to_owned() + "\n"
    };
    let forwarded: &[&str] = &["x-forwarded-host: office.example", "x-forwarded-proto: HTTPS"];
    let plain = Settings::default();
    let tls = Settings { is_tls: true, ..Settings::default() };
    let proxy = Settings { is_forwarded: true, ..Settings::default() };
    let told = [
        path(plain.clone(), &[]),
        path(plain.clone(), forwarded),
        path(tls, &["host: shop.example"]),
        path(proxy.clone(), forwarded),
        path(proxy.clone(), &["x-forwarded-proto: gopher"]),
        path(proxy, &["x-forwarded-proto: https", "x-forwarded-proto: http"]),
        path(plain.clone(), &["host: a b"]),
        path(plain, &["host: a@b"]),
    ];
    expect![[r#"
        http://shop:4000/api/v1/customers
        http://shop:4000/api/v1/customers
        https://shop.example/api/v1/customers
        https://office.example/api/v1/customers
        http://shop:4000/api/v1/customers
        http://shop:4000/api/v1/customers
        /api/v1/customers
        /api/v1/customers
    "#]]
    .assert_eq(&told.concat());
}
