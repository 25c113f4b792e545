//! A UUID is the same in capitals, but an id that somebody bears comes first as it stands.

use expect_test::expect;
use tillbook::CustomerId;

use super::Desk;

const CAPITALS: &str = "0B9A3C1E-6A58-4F0A-9D61-2F4A6BE0C7D1";
const MIXED: &str = "0b9A3C1E-6A58-4F0A-9D61-2F4A6BE0C7D2";

/// Asks line by line; `%1` is the first id that was heard, in capitals. Tells the status and the ids.
fn check(script: &str, expected: expect_test::Expect) {
    let mut desk = Desk::new();
    let mut told = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let capitals = desk.ids.first().map(|id| id.to_ascii_uppercase()).unwrap_or_default();
        let heard = desk.ask(&line.replace("%1", &capitals), &[]);
        let text = desk.named(heard.text());
        let ids = text.split("\"id\":").skip(1).filter_map(|rest| rest.split('"').nth(1));
        told += &format!("{line}: {} {}\n", heard.status, ids.collect::<Vec<_>>().join(" "));
    }
    expected.assert_eq(&told);
}

#[test]
fn a_uuid_in_capitals_names_the_same_customer() {
    check(
        r#"
        admin POST /customers {"status":"ACTIVE"}
        reader GET /customers/%1
        admin PUT /customers/%1 {"status":"ACTIVE","first_name":"Ada"}
        admin PATCH /customers/%1 {"first_name":"Eve"}
        reader GET /customers?id=%1
        reader GET /customers?id=%1,#1
        reader GET /customers/0B9A3C1E-6A58-4F0A-9D61-2F4A6BE0C7D0
    "#,
        expect![[r##"
            admin POST /customers {"status":"ACTIVE"}: 201 #1
            reader GET /customers/%1: 200 #1
            admin PUT /customers/%1 {"status":"ACTIVE","first_name":"Ada"}: 200 #1
            admin PATCH /customers/%1 {"first_name":"Eve"}: 200 #1
            reader GET /customers?id=%1: 200 #1
            reader GET /customers?id=%1,#1: 200 #1
            reader GET /customers/0B9A3C1E-6A58-4F0A-9D61-2F4A6BE0C7D0: 404 
        "##]],
    );
}

/// Other dialects take ids as they come.
#[test]
fn an_id_that_is_stored_in_capitals_is_found_as_it_stands() {
    let mut desk = Desk::new();
    let small = CAPITALS.to_ascii_lowercase();
    for id in [CAPITALS, MIXED, &small] {
        let made = desk.ask(&format!("admin POST portos:/customers {{\"id\":\"{id}\"}}"), &[]);
        assert_eq!(made.status, 201, "{}", made.text());
    }
    for id in [CAPITALS, MIXED, &small] {
        let heard = desk.ask(&format!("reader GET /customers/{id}"), &[]);
        assert_eq!(heard.json()["id"], *id);
        let listed = desk.ask(&format!("reader GET /customers?id={id}"), &[]).json();
        let ids = listed["customers"].as_array().unwrap().iter().map(|one| &one["id"]);
        assert!(ids.clone().any(|found| found == id), "{id}: {listed}");
        assert!(ids.clone().all(|found| found.as_str().unwrap().eq_ignore_ascii_case(id)));
    }
}

/// What was answered about a customer by the id in capitals goes with the customer as well.
#[test]
fn an_erase_takes_along_what_was_answered_in_capitals() {
    let mut desk = Desk::new();
    desk.tell(r#"admin POST /customers {"status":"ACTIVE"}"#);
    let id = CustomerId::new(&desk.ids[0]).unwrap();
    let line = format!(
        r#"admin PATCH /customers/{} {{"first_name":7}}"#,
        id.as_str().to_ascii_uppercase()
    );
    let again = |desk: &mut Desk| desk.ask(&line, &["Idempotency-Key: 1"]).status;
    assert_eq!([again(&mut desk), again(&mut desk)], [400, 400]);
    desk.served.store.erase_customer(&id).unwrap();
    assert_eq!(again(&mut desk), 404, "a new request");
}
