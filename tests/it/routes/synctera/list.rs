//! Lists: filters, order, and pages that hold while others write (synctera.md section 4).

use std::collections::BTreeSet;

use expect_test::expect;
use serde_json::Value;

use super::Desk;

/// Six customers of six moments; the last has no name.
pub(super) fn desk() -> Desk {
    let mut desk = Desk::new();
    for body in [
        r#""ACTIVE","first_name":"Ann","last_name":"Brandt","email":"Ann@Example.com","phone_number":"+12025550147","ssn":"219-09-9999""#,
        r#""PROSPECT","first_name":"ann","last_name":"Braddock","email":"a*b@example.com""#,
        r#""ACTIVE","first_name":"Žofia","last_name":"Nováková","phone_number":"+421905123456""#,
        r#""FROZEN","first_name":"Zed","last_name":"Brandt","ssn":"100-00-9999""#,
        r#""ACTIVE","first_name":"Ænn","last_name":"STRASSE""#,
        r#""ACTIVE""#,
    ] {
        let made = desk.ask(&format!("admin POST /customers {{\"status\":{body}}}"), &[]);
        assert_eq!(made.status, 201, "{}", made.text());
        desk.named(made.json()["id"].as_str().unwrap());
        desk.clock.advance(1000);
    }
    desk
}

/// The customers of an answer by their numbers, and whether a page follows; of a refusal its code and
/// what it says.
fn brief(desk: &mut Desk, query: &str) -> String {
    let heard = desk.ask(&format!("reader GET /customers{query}"), &[]);
    let document = heard.json();
    if heard.status != 200 {
        assert_eq!((heard.status, &document["code"]), (400, &"BAD_QUERY_PARAMETER".into()));
        return format!("400 {}", document["detail"].as_str().unwrap());
    }
    let more = if document.get("next_page_token").is_some() { " ..." } else { "" };
    format!("{}{more}", numbers(desk, &document))
}

pub(super) fn numbers(desk: &mut Desk, document: &Value) -> String {
    let customers = document["customers"].as_array().unwrap();
    let ids = customers.iter().map(|one| desk.named(one["id"].as_str().unwrap()));
    ids.collect::<Vec<_>>().join(" ")
}

fn check(queries: &[&str], expected: expect_test::Expect) {
    let mut desk = desk();
    let mut told = String::new();
    for query in queries {
        told += &format!("{query}: {}\n", brief(&mut desk, query));
    }
    expected.assert_eq(&told);
}

#[test]
fn filters_are_combined_with_and() {
    check(
        &[
            "",
            "?first_name=ann",
            "?first_name=AN",
            "?first_name=a*",
            "?first_name=%2A",
            "?first_name=*n*n*",
            "?last_name=nov%C3%81kov%C3%A1",
            "?last_name=bra*",
            "?last_name=stra%C3%9Fe",
            "?email=ann%40example.com",
            "?email=a*b%40example.com",
            "?email=*@EXAMPLE.*",
            "?phone_number=%2B12025550147",
            "?phone_number=+12025550147",
            "?phone_number=%2B*",
            "?phone_number=421*",
            "?ssn_last_4=9999",
            "?ssn_last_4=0000",
            "?ssn_last_4=999",
            "?has_accounts=true",
            "?has_accounts=false",
            "?has_accounts=yes",
            "?status=ACTIVE",
            "?status=PROSPECT",
            "?status=active",
            "?status=",
            "?status=ACTIVE&last_name=Brandt",
            "?status=ACTIVE&status=ACTIVE",
            "?STATUS=GONE&colour=red&$take=1&=&classifications=x",
            "?first_name=a%00b",
            "?first_name=%FF",
        ],
        expect![[r#"
            : #1 #2 #3 #4 #5 #6
            ?first_name=ann: #1 #2
            ?first_name=AN: 
            ?first_name=a*: #1 #2 #5
            ?first_name=%2A: #1 #2 #3 #4 #5
            ?first_name=*n*n*: #1 #2 #5
            ?last_name=nov%C3%81kov%C3%A1: #3
            ?last_name=bra*: #1 #2 #4
            ?last_name=stra%C3%9Fe: #5
            ?email=ann%40example.com: #1
            ?email=a*b%40example.com: #2
            ?email=*@EXAMPLE.*: #1 #2
            ?phone_number=%2B12025550147: #1
            ?phone_number=+12025550147: 
            ?phone_number=%2B*: #1 #3
            ?phone_number=421*: 
            ?ssn_last_4=9999: #1 #4
            ?ssn_last_4=0000: 
            ?ssn_last_4=999: 400 ssn_last_4 must have 4 characters
            ?has_accounts=true: 
            ?has_accounts=false: #1 #2 #3 #4 #5 #6
            ?has_accounts=yes: 400 has_accounts must be true or false
            ?status=ACTIVE: #1 #3 #5 #6
            ?status=PROSPECT: #2
            ?status=active: 400 status must be one of PROSPECT, ACTIVE, DECEASED, DENIED, DORMANT, ESCHEAT, FROZEN, INACTIVE, SANCTION
            ?status=: #1 #2 #3 #4 #5 #6
            ?status=ACTIVE&last_name=Brandt: #1
            ?status=ACTIVE&status=ACTIVE: 400 status is given twice
            ?STATUS=GONE&colour=red&$take=1&=&classifications=x: #1 #2 #3 #4 #5 #6
            ?first_name=a%00b: 400 first_name must not hold control characters
            ?first_name=%FF: 400 the query is not percent-encoded UTF-8 at byte 11
        "#]],
    );
}

#[test]
fn ids_come_in_one_list_or_in_several() {
    let mut desk = desk();
    let ada = r#"admin POST portos:/customers {"id":"ada"}"#;
    assert_eq!(desk.ask(ada, &[]).status, 201);
    let mut told = String::new();
    for query in [
        "?id=#3",
        "?id=#3%2C#1",
        "?id=#3,#1&id=#2",
        "?id=#3,#3",
        "?id=0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1",
        "?id=ada,#1",
        "?id=bob",
        "?id=#1,",
        "?id=",
    ] {
        told += &format!("{query}: {}\n", brief(&mut desk, query));
    }
    expect![[r#"
        ?id=#3: #3
        ?id=#3%2C#1: #1 #3
        ?id=#3,#1&id=#2: #1 #2 #3
        ?id=#3,#3: #3
        ?id=0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1: 
        ?id=ada,#1: #1 ada
        ?id=bob: 400 id must be UUIDs with commas between them
        ?id=#1,: 400 id must be UUIDs with commas between them
        ?id=: #1 #2 #3 #4 #5 #6 ada
    "#]]
    .assert_eq(&told);
}

#[test]
fn an_order_has_keys_with_directions() {
    check(
        &[
            "?sort_by=creation_time:asc",
            "?sort_by=creation_time%3Adesc",
            "?sort_by=first_name:asc",
            "?sort_by=first_name:desc",
            "?sort_by=last_name:asc,first_name:desc",
            "?sort_by=last_name:asc&sort_by=first_name:desc",
            "?sort_by=last_name:desc,last_name:asc",
            "?sort_by=last_updated_time:desc",
            "?sort_by=last_name",
            "?sort_by=last_name:up",
            "?sort_by=email:asc",
            "?sort_by=",
        ],
        expect![[r#"
            ?sort_by=creation_time:asc: #1 #2 #3 #4 #5 #6
            ?sort_by=creation_time%3Adesc: #6 #5 #4 #3 #2 #1
            ?sort_by=first_name:asc: #5 #1 #2 #4 #3 #6
            ?sort_by=first_name:desc: #6 #3 #4 #2 #1 #5
            ?sort_by=last_name:asc,first_name:desc: #2 #4 #1 #3 #5 #6
            ?sort_by=last_name:asc&sort_by=first_name:desc: #2 #4 #1 #3 #5 #6
            ?sort_by=last_name:desc,last_name:asc: #6 #5 #3 #1 #4 #2
            ?sort_by=last_updated_time:desc: #6 #5 #4 #3 #2 #1
            ?sort_by=last_name: 400 sort_by must be keys with :asc or :desc, the keys being creation_time, first_name, last_name, last_updated_time
            ?sort_by=last_name:up: 400 sort_by must be keys with :asc or :desc, the keys being creation_time, first_name, last_name, last_updated_time
            ?sort_by=email:asc: 400 sort_by must be keys with :asc or :desc, the keys being creation_time, first_name, last_name, last_updated_time
            ?sort_by=: #1 #2 #3 #4 #5 #6
        "#]],
    );
}

#[test]
fn a_limit_is_at_least_one_and_at_most_a_hundred() {
    check(
        &[
            "?limit=1",
            "?limit=5",
            "?limit=6",
            "?limit=7",
            "?limit=101",
            "?limit=99999999999999999999999",
            "?limit=0",
            "?limit=-1",
            "?limit=1.5",
            "?limit=+1",
            "?limit=x",
            "?limit=",
            "?limit=1&limit=2",
            "?page_token=x",
            "?page_token=v1.",
            "?limit=0&status=x&ssn_last_4=1&has_accounts=1&page_token=x&sort_by=x&id=x",
        ],
        expect![[r#"
            ?limit=1: #1 ...
            ?limit=5: #1 #2 #3 #4 #5 ...
            ?limit=6: #1 #2 #3 #4 #5 #6
            ?limit=7: #1 #2 #3 #4 #5 #6
            ?limit=101: #1 #2 #3 #4 #5 #6
            ?limit=99999999999999999999999: #1 #2 #3 #4 #5 #6
            ?limit=0: 400 limit must be a whole number, at least 1
            ?limit=-1: 400 limit must be a whole number, at least 1
            ?limit=1.5: 400 limit must be a whole number, at least 1
            ?limit=+1: 400 limit must be a whole number, at least 1
            ?limit=x: 400 limit must be a whole number, at least 1
            ?limit=: #1 #2 #3 #4 #5 #6
            ?limit=1&limit=2: 400 limit is given twice
            ?page_token=x: 400 page_token is a page token of another version
            ?page_token=v1.: 400 page_token is not a page token of this list
            ?limit=0&status=x&ssn_last_4=1&has_accounts=1&page_token=x&sort_by=x&id=x: 400 has_accounts must be true or false; id must be UUIDs with commas between them; sort_by must be keys with :asc or :desc, the keys being creation_time, first_name, last_name, last_updated_time; ssn_last_4 must have 4 characters; status must be one of PROSPECT, ACTIVE, DECEASED, DENIED, DORMANT, ESCHEAT, FROZEN, INACTIVE, SANCTION; limit must be a whole number, at least 1; page_token is a page token of another version
        "#]],
    );
    let desk = Desk::new();
    for n in 0..101 {
        let id = tillbook::CustomerId::new(&format!("c{n}")).unwrap();
        let customer = tillbook::Customer::with_id(id, desk.served.store.now());
        desk.served.store.create_customer(&customer).unwrap();
    }
    for query in ["", "?limit=101"] {
        let path = format!("/v0/customers{query}");
        let page = desk.served.get(&path, Some(&desk.served.reader)).json();
        assert_eq!(page["customers"].as_array().unwrap().len(), 100);
    }
}

/// An empty list is a list, and the last page has no token.
#[test]
fn a_page_is_whole() {
    let mut desk = Desk::new();
    expect![[r##"
        > reader GET /customers
        200 {"customers":[]}
        > admin POST /customers {"status":"PROSPECT","first_name":"Ann"}
        201 {"id":"#1","status":"PROSPECT","first_name":"Ann","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > reader GET /customers?limit=1
        200 {"customers":[{"id":"#1","status":"PROSPECT","first_name":"Ann","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}]}
    "##]].assert_eq(&desk.tell(
        "
        reader GET /customers
        admin POST /customers {\"status\":\"PROSPECT\",\"first_name\":\"Ann\"}
        reader GET /customers?limit=1
    ",
    ));
}

/// Asks for page after page, each with `more` besides its token, and calls `between` before each.
pub(super) fn pages(
    desk: &mut Desk,
    first: &str,
    more: &str,
    mut between: impl FnMut(&mut Desk, usize),
) -> Vec<String> {
    let (mut pages, mut query) = (Vec::new(), first.to_owned());
    loop {
        let heard = desk.ask(&format!("reader GET /customers{query}"), &[]);
        assert_eq!(heard.status, 200, "{}", heard.text());
        let document = heard.json();
        pages.push(numbers(desk, &document));
        let Some(token) = document["next_page_token"].as_str() else { return pages };
        between(desk, pages.len());
        query = format!("?page_token={token}&{more}");
    }
}

#[test]
fn pages_follow_each_other_with_and_without_their_filters() {
    let mut desk = desk();
    let mut told = String::new();
    for (first, more) in [
        ("?limit=2", "limit=2"),
        ("?limit=1", "limit=4"),
        ("?limit=1&status=ACTIVE&sort_by=last_name:desc", "limit=1"),
        (
            "?limit=1&status=ACTIVE&sort_by=last_name:desc",
            "limit=1&sort_by=last_name%3Adesc&status=ACTIVE",
        ),
        ("?limit=2&sort_by=last_name:asc,first_name:asc", "limit=2"),
        ("?limit=1&first_name=*n*", "limit=1&first_name=*n*"),
    ] {
        let pages = pages(&mut desk, first, more, |_, _| {});
        told += &format!("{first} then {more}: {}\n", pages.join(" | "));
    }
    expect![[r#"
        ?limit=2 then limit=2: #1 #2 | #3 #4 | #5 #6
        ?limit=1 then limit=4: #1 | #2 #3 #4 #5 | #6
        ?limit=1&status=ACTIVE&sort_by=last_name:desc then limit=1: #6 | #5 | #3 | #1
        ?limit=1&status=ACTIVE&sort_by=last_name:desc then limit=1&sort_by=last_name%3Adesc&status=ACTIVE: #6 | #5 | #3 | #1
        ?limit=2&sort_by=last_name:asc,first_name:asc then limit=2: #2 #1 | #4 #3 | #5 #6
        ?limit=1&first_name=*n* then limit=1&first_name=*n*: #1 | #2 | #5
    "#]].assert_eq(&told);
}

#[test]
fn a_token_is_for_its_own_filters_and_order() {
    let mut desk = desk();
    let first = desk.ask("reader GET /customers?limit=1&status=ACTIVE&sort_by=last_name:asc", &[]);
    let token = first.json()["next_page_token"].as_str().unwrap().to_owned();
    let mut told = String::new();
    for more in [
        "status=ACTIVE",
        "status=FROZEN",
        "sort_by=last_name:desc",
        "sort_by=last_name:asc",
        "first_name=Ann",
        "limit=0",
    ] {
        told += &format!("{more}: {}\n", brief(&mut desk, &format!("?page_token={token}&{more}")));
    }
    let flipped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    for (name, other) in [
        ("cut", token[..token.len() - 1].to_owned()),
        ("longer", format!("{token}A")),
        ("another hash", flipped(5)),
        ("other words", flipped(token.len() - 10)),
    ] {
        told += &format!("{name}: {}\n", brief(&mut desk, &format!("?page_token={other}")));
    }
    expect![[r#"
        status=ACTIVE: #3 #5 #6
        status=FROZEN: 400 page_token belongs to other filters or another order
        sort_by=last_name:desc: 400 page_token belongs to other filters or another order
        sort_by=last_name:asc: #3 #5 #6
        first_name=Ann: 400 page_token belongs to other filters or another order
        limit=0: 400 limit must be a whole number, at least 1
        cut: 400 page_token is not a page token of this list
        longer: 400 page_token is not a page token of this list
        another hash: 400 page_token is not a page token of this list
        other words: 400 page_token is not a page token of this list
    "#]]
    .assert_eq(&told);
    let other = super::super::served::Served::start();
    let path = format!("/v0/customers?page_token={token}");
    assert_eq!(other.get(&path, Some(&other.reader)).status, 400, "a token of another file");
}

/// Who was there from the first page to the last is seen exactly once, whatever happens in between.
#[test]
fn pages_hold_while_others_write() {
    for sort in
        ["creation_time:asc", "last_name:asc", "last_name:desc", "first_name:asc,last_name:desc"]
    {
        let mut desk = desk();
        let before: BTreeSet<String> = (1..=6).map(|n| format!("#{n}")).collect();
        let mut gone = BTreeSet::new();
        let pages = pages(&mut desk, &format!("?limit=1&sort_by={sort}"), "limit=1", |desk, n| {
            // Some before, some behind; somebody who was seen goes, and somebody who was not.
            let names: &[&str] = if n <= 6 { &["Aaron", "Zz"] } else { &[] };
            for name in names {
                let body =
                    format!(r#"{{"status":"ACTIVE","first_name":"{name}","last_name":"{name}"}}"#);
                assert_eq!(desk.ask(&format!("admin POST /customers {body}"), &[]).status, 201);
                desk.clock.advance(1000);
            }
            if n == 2 {
                for number in [2, 5] {
                    let line = format!("admin DELETE portos:/customers/#{number}");
                    assert_eq!(desk.ask(&line, &[]).status, 200);
                    gone.insert(format!("#{number}"));
                }
            }
            assert!(n < 40, "it never ends");
        });
        let seen: Vec<&String> = pages.iter().filter(|page| !page.is_empty()).collect();
        let once: BTreeSet<String> = seen.iter().map(|one| (*one).clone()).collect();
        assert_eq!(seen.len(), once.len(), "{sort}: {pages:?}");
        let stayed: BTreeSet<String> = before.difference(&gone).cloned().collect();
        assert!(stayed.is_subset(&once), "{sort}: {pages:?}");
    }
}
