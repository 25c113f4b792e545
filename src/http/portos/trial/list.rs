//! Lists: filters, `Find`, pages.

use expect_test::expect;
use serde_json::json;

use super::{Shop, brief, document};

fn shop() -> Shop {
    let shop = Shop::new();
    for (id, first, last, phone, discount) in [
        ("1", "Ada", "Nováková", "0905 123 456", 5),
        ("2", "Eva", "Novák", "0911 000 000", 0),
        ("3", "Ján", "Kováč", "0905 999 999", 5),
        ("0905123456", "Novák", "Z", "", 0),
    ] {
        let new = json!({"id": id, "firstName": first, "lastName": last, "phone": phone,
            "discountRate": discount, "credit": 1});
        assert_eq!(shop.ask("POST ", new.to_string()).status, 201);
    }
    shop
}

#[test]
fn lists_are_filtered_found_and_paged() {
    let shop = shop();
    let mut lines = String::new();
    for query in [
        "",
        "DiscountRate=gt:0&$sort=-LastName",
        "Search=novak&$take=1",
        "$count=true",
        "Find=0905%20123%20456",
        "Find=novak",
        "find=novak&$take=1&$skip=1",
        "Find=novak&DiscountRate=5",
        "Find=novak&DiscountRate=0&$skip=1",
        "Find=novak&$sort=-Id",
        "Find=novak&$sort=-Id&$take=1",
        "Find=novak&$count=true&$take=2",
        "Find=novak&$total=false",
        "Find=novak&Search=ada",
        "Find=",
        "Find=nobody",
        "Find=a&Find=b",
        "Find=%ZZ",
        "Fond=a",
        "$take=1001",
    ] {
        let answer = shop.ask(&format!("GET ?{query}"), "");
        let document = document(&answer);
        let ids = document["items"].as_array().map(|items| {
            let ids: Vec<_> = items.iter().filter_map(|item| item["id"].as_str()).collect();
            ids.join(" ")
        });
        lines += &format!(
            "{query}: {} {} of {}: {}\n",
            brief(&answer),
            document["count"],
            document["totalCount"],
            ids.as_deref().unwrap_or("-"),
        );
    }
    expect![[r#"
        : 200 4 of 4: 0905123456 1 2 3
        DiscountRate=gt:0&$sort=-LastName: 200 2 of 2: 1 3
        Search=novak&$take=1: 200 1 of 3: 0905123456
        $count=true: 200 4 of 4: -
        Find=0905%20123%20456: 200 1 of 1: 1
        Find=novak: 200 3 of 3: 0905123456 1 2
        find=novak&$take=1&$skip=1: 200 1 of 3: 1
        Find=novak&DiscountRate=5: 200 1 of 1: 1
        Find=novak&DiscountRate=0&$skip=1: 200 1 of 2: 2
        Find=novak&$sort=-Id: 200 3 of 3: 2 1 0905123456
        Find=novak&$sort=-Id&$take=1: 200 1 of 3: 2
        Find=novak&$count=true&$take=2: 200 2 of 3: -
        Find=novak&$total=false: 200 3 of null: 0905123456 1 2
        Find=novak&Search=ada: 200 1 of 1: 1
        Find=: 200 4 of 4: 0905123456 1 2 3
        Find=nobody: 200 0 of 0: 
        Find=a&Find=b: 400 3 Find: Find must be given only once, at byte 7. null of null: -
        Find=%ZZ: 400 3 Find: Find must be percent-encoded UTF-8, at byte 5. null of null: -
        Fond=a: 400 3 Fond: Fond is unknown, at byte 0. null of null: -
        $take=1001: 400 3 $take: $take must be a whole number from 0 to 1000, at byte 6. null of null: -
    "#]].assert_eq(&lines);
}

#[test]
fn a_list_that_is_known_is_not_sent_again() {
    let tag = shop().ask("GET ?Find=ada", "").etag.unwrap_or_default();
    let again = shop().with("if-none-match", &tag).ask("GET ?Find=ada", "");
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(shop().with("if-none-match", &tag).ask("GET ?Find=eva", "").status, 200);
}

#[test]
fn a_document_is_of_one_moment() {
    let shop = shop();
    let document = document(&shop.ask("GET ?$take=1", ""));
    let one = &document["items"][0];
    assert_eq!(
        one["credit"]["amount"],
        one["creditTransactions"][0]["endingCreditBalance"]["amount"]
    );
}
