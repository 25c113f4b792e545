//! Pages of long names and long filters, and of customers who go in between.

use expect_test::expect;

use super::Desk;
use super::list::{desk, pages};

/// Folded, this sign is eighteen letters: the place of a page must not grow with it.
#[test]
fn a_name_is_never_too_long_for_the_next_page() {
    let mut desk = Desk::new();
    for name in ["\u{fdfa}".repeat(200), "\u{1f600}".repeat(255), "z".to_owned()] {
        let body = format!(r#"{{"status":"ACTIVE","first_name":"{name}","last_name":"{name}"}}"#);
        assert_eq!(desk.ask(&format!("admin POST /customers {body}"), &[]).status, 201);
        desk.clock.advance(1000);
    }
    for (sort, expected) in [
        ("creation_time:asc", ["#1", "#2", "#3"]),
        ("last_name:desc", ["#2", "#1", "#3"]),
        ("first_name:asc,last_name:desc", ["#3", "#1", "#2"]),
    ] {
        let told = pages(&mut desk, &format!("?limit=1&sort_by={sort}"), "limit=1", |_, _| {});
        assert_eq!(told, expected, "{sort}");
    }
}

/// Where the keys that are named are equal, the id decides, and not who was there first.
#[test]
fn ties_end_with_the_id() {
    let mut desk = Desk::new();
    for id in ["c", "a", "b"] {
        let body = format!(r#"{{"id":"{id}","firstName":"Ann","lastName":"Brandt"}}"#);
        assert_eq!(desk.ask(&format!("admin POST portos:/customers {body}"), &[]).status, 201);
        desk.clock.advance(1000);
    }
    let mut told = String::new();
    for sort in [
        "",
        "creation_time:asc",
        "creation_time:desc",
        "last_name:asc",
        "last_name:desc",
        "first_name:desc,last_name:asc",
        "last_name:asc,creation_time:desc",
    ] {
        for (first, more) in [("limit=3", ""), ("limit=1", "limit=1")] {
            let heard = pages(&mut desk, &format!("?{first}&sort_by={sort}"), more, |_, _| {});
            told += &format!("{sort} {first}: {}\n", heard.join(" | "));
        }
    }
    expect![[r#"
         limit=3: c a b
         limit=1: c | a | b
        creation_time:asc limit=3: c a b
        creation_time:asc limit=1: c | a | b
        creation_time:desc limit=3: b a c
        creation_time:desc limit=1: b | a | c
        last_name:asc limit=3: a b c
        last_name:asc limit=1: a | b | c
        last_name:desc limit=3: a b c
        last_name:desc limit=1: a | b | c
        first_name:desc,last_name:asc limit=3: a b c
        first_name:desc,last_name:asc limit=1: a | b | c
        last_name:asc,creation_time:desc limit=3: b a c
        last_name:asc,creation_time:desc limit=1: b | a | c
    "#]]
    .assert_eq(&told);
}

/// Whoever is changed moves to one end of this order, and is seen there once more or not any more; all
/// others are seen once.
#[test]
fn pages_by_the_last_change_hold_while_others_write() {
    for (sort, expected) in [
        ("last_updated_time:asc", "#1 | #2 | #3 | #4 | #5 | #6 | #1 | #2"),
        ("last_updated_time:desc", "#6 | #5 | #4 | #3"),
    ] {
        let mut desk = desk();
        let first = format!("?limit=1&sort_by={sort}");
        let told = pages(&mut desk, &first, "limit=1", |desk, n| {
            if n <= 2 {
                let line = format!("admin PATCH /customers/#{n} {{\"middle_name\":\"M\"}}");
                assert_eq!(desk.ask(&line, &[]).status, 200);
                desk.clock.advance(1000);
            }
        });
        assert_eq!(told.join(" | "), expected, "{sort}");
    }
}

/// Ids of other dialects are no UUIDs, and must be somebody's; once a page was given, they may go.
#[test]
fn a_customer_who_goes_between_two_pages_breaks_no_list() {
    let filters = "limit=1&id=ada,bob,eve";
    for more in [filters, "limit=1"] {
        let mut desk = Desk::new();
        for id in ["ada", "bob", "eve"] {
            let line = format!("admin POST portos:/customers {{\"id\":\"{id}\"}}");
            assert_eq!(desk.ask(&line, &[]).status, 201);
        }
        let told = pages(&mut desk, &format!("?{filters}"), more, |desk, _| {
            for gone in ["ada", "bob"] {
                let deleted = desk.ask(&format!("admin DELETE portos:/customers/{gone}"), &[]);
                assert_eq!(deleted.status, 200, "{}", deleted.text());
            }
        });
        assert_eq!(told, ["ada", "eve"], "{more}");
        let other = desk.ask("reader GET /customers?id=ada,eve", &[]);
        assert_eq!(other.status, 400, "nobody is called ada any more");
    }
}

/// `n` ids of nobody, each with a comma behind it.
fn strangers(n: usize, comma: &str) -> String {
    (0..n).map(|n| format!("0b9a3c1e-6a58-4f0a-9d61-{n:012x}{comma}")).collect()
}

/// A hundred ids, however they are written, and all that is sent with them have room in the URL of the
/// next page beside its token.
#[test]
fn a_hundred_ids_can_be_paged() {
    for (comma, is_in_capitals) in [(",", false), ("%2C", false), ("%2C", true)] {
        let mut desk = desk();
        let ids = format!("{}{}", strangers(94, comma), desk.ids.join(comma));
        let ids = if is_in_capitals { ids.to_ascii_uppercase() } else { ids };
        for sort in
            ["", "sort_by=last_name:asc%2Cfirst_name:desc&", "sort_by=last_updated_time:desc&"]
        {
            let filters = format!("limit=4&has_accounts=false&{sort}id={ids}");
            let n = pages(&mut desk, &format!("?{filters}"), &filters, |_, _| {}).len();
            assert_eq!(n, 2, "{sort} {comma}");
            let n = pages(&mut desk, &format!("?{filters}"), "limit=4", |_, _| {}).len();
            assert_eq!(n, 2, "{sort} {comma}");
        }
    }
}

/// Whether filters are too long depends on them alone, and not on whether a page follows.
#[test]
fn filters_that_are_too_long_are_told_at_once() {
    let ids = strangers(100, ",");
    let ids = ids.trim_end_matches(',');
    let long = "a".repeat(1_000);
    let queries = [
        ("a hundred", format!("?id={ids}")),
        ("one more", format!("?id={ids}&id=0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1")),
        ("one twice", format!("?id={ids}&id=0b9a3c1e-6a58-4f0a-9d61-000000000000")),
        ("two patterns", format!("?first_name={long}&last_name={long}")),
        ("three patterns", format!("?first_name={long}&last_name={long}&email={long}")),
    ];
    for mut desk in [Desk::new(), desk()] {
        let mut told = String::new();
        for (name, query) in &queries {
            let heard = desk.ask(&format!("reader GET /customers{query}"), &[]);
            let detail = heard.json()["detail"].as_str().map(str::to_owned).unwrap_or_default();
            told += &format!("{name}: {} {detail}\n", heard.status);
        }
        expect![[r#"
            a hundred: 200 
            one more: 400 id must name at most 100 customers
            one twice: 200 
            two patterns: 200 
            three patterns: 400 the filters are too long: path, query and a page token must have room in 8192 bytes
        "#]].assert_eq(&told);
    }
}
