//! Writes that are sent again (synctera.md section 3), and what the file must never hold.

use expect_test::expect;

use super::super::served::Served;
use super::{Desk, OTTILIE};

/// `(name, line)` pairs and what is heard, in brief.
fn tell(desk: &mut Desk, asked: &[(&str, &str)]) -> String {
    let mut told = String::new();
    for (name, line) in asked {
        let heard = desk.ask(line, &[&format!("Idempotency-Key: {name}")]);
        let body = desk.named(heard.text());
        let document = heard.json();
        let what = document["code"].as_str().map_or(body, str::to_owned);
        told += &format!("{name}: {} {what}\n", heard.status);
    }
    told
}

#[test]
fn a_retry_hears_the_first_answer_for_seven_days() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let create = r#"admin POST /customers {"status":"ACTIVE","ssn":"219-09-9999"}"#;
    let patch = r#"admin PATCH /customers/#1 {"first_name":"Ada"}"#;
    let put = r#"admin PUT /customers/#1 {"status":"FROZEN"}"#;
    let wrong = r#"admin POST /customers {"status":"GONE"}"#;
    let unknown = r#"admin PATCH /customers/0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1 {}"#;
    let asked = [("1", create), ("2", patch), ("3", put), ("4", wrong), ("5", unknown)];
    let mut desk = Desk::new();
    let first = tell(&mut desk, &asked);
    expect![[r##"
        1: 201 {"id":"#1","status":"ACTIVE","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        2: 200 {"id":"#1","status":"ACTIVE","first_name":"Ada","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        3: 200 {"id":"#1","status":"FROZEN","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        4: 400 BAD_REQUEST_BODY
        5: 404 RESOURCE_NOT_FOUND
    "##]].assert_eq(&first);
    desk.clock.advance(6 * DAY_MS);
    assert_eq!(tell(&mut desk, &asked), first);
    let n_customers = desk.served.store.list_profiles(&Default::default()).unwrap().count;
    assert_eq!(n_customers, 1);
    let others = [
        ("1", r#"admin POST /customers { "ssn": "219-09-9999", "status": "ACTIVE" }"#),
        ("1", r#"admin POST /customers {"status":"ACTIVE","ssn":"219-09-9998"}"#),
        ("1", r#"admin POST /customers?x {"status":"ACTIVE","ssn":"219-09-9999"}"#),
        ("1", put),
        ("2", r#"admin PUT /customers/#1 {"first_name":"Ada"}"#),
        ("1", r#"reader POST /customers {"status":"ACTIVE","ssn":"219-09-9999"}"#),
        (&"x".repeat(256), create),
    ];
    expect![[r##"
        1: 201 {"id":"#1","status":"ACTIVE","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        1: 422 IDEMPOTENCY_INVALID_REUSE
        1: 422 IDEMPOTENCY_INVALID_REUSE
        1: 422 IDEMPOTENCY_INVALID_REUSE
        2: 422 IDEMPOTENCY_INVALID_REUSE
        1: 403 FORBIDDEN
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: 400 BAD_REQUEST
    "##]].assert_eq(&tell(&mut desk, &others));
    desk.clock.advance(2 * DAY_MS);
    expect![[r##"
        1: 201 {"id":"#2","status":"ACTIVE","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-09T12:00:00.000Z","last_updated_time":"2026-01-09T12:00:00.000Z"}
        2: 200 {"id":"#1","status":"FROZEN","first_name":"Ada","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-09T12:00:00.000Z"}
        3: 200 {"id":"#1","status":"FROZEN","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-09T12:00:00.000Z"}
        4: 400 BAD_REQUEST_BODY
        5: 404 RESOURCE_NOT_FOUND
    "##]].assert_eq(&tell(&mut desk, &asked));
}

/// A type that is not taken is looked at after what is remembered.
#[test]
fn what_is_remembered_comes_before_the_type() {
    let mut desk = Desk::new();
    let name = "Idempotency-Key: 1";
    assert_eq!(desk.ask(OTTILIE, &[name]).status, 201);
    assert_eq!(desk.ask(OTTILIE, &[name, "Content-Type: text/plain"]).status, 201);
    assert_eq!(desk.ask(OTTILIE, &["Idempotency-Key: 2", "Content-Type: text/plain"]).status, 400);
}

/// A whole number of this customer is nowhere in the file, whichever way it came in.
#[test]
fn no_file_holds_a_whole_number() {
    let mut desk = Desk::new();
    let create = r#"admin POST /customers {"status":"ACTIVE","ssn":"987-65-4321"}"#;
    assert_eq!(desk.ask(create, &["Idempotency-Key: 1"]).status, 201);
    desk.tell("reader GET portos:/customers");
    let listed = desk.served.get("/customers", Some(&desk.served.admin)).json();
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    for (name, line) in [
        ("2", format!(r#"admin PUT /customers/{id} {{"status":"ACTIVE","ssn":"987-65-4321"}}"#)),
        ("3", format!(r#"admin PATCH /customers/{id} {{"ssn":"987-65-4322"}}"#)),
        ("4", r#"admin POST /customers {"ssn":"987-65-4321"}"#.to_owned()),
        ("5", r#"admin POST /customers {"ssn":"987654321","status":"ACTIVE"}"#.to_owned()),
        ("6", r#"admin POST /customers {"ssn":987654321,"status":"ACTIVE"}"#.to_owned()),
        ("7", r#"admin POST /customers {"ssn":"987-65-4321",}"#.to_owned()),
    ] {
        let heard = desk.ask(&line, &[&format!("Idempotency-Key: {name}")]);
        assert!(!heard.text().contains("987"), "{}", heard.text());
    }
    let mut n_read = 0;
    for entry in std::fs::read_dir(desk.served.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        n_read += bytes.len();
        for canary in ["987-65", "98765"] {
            let found = bytes.windows(canary.len()).any(|piece| piece == canary.as_bytes());
            assert!(!found, "{canary} is in the file");
        }
    }
    assert!(n_read > 4096, "the file was not read");
}

/// What is no JSON is refused alike whatever its digits are, and their hash is kept nowhere.
#[test]
fn digits_that_bear_no_name_are_no_other_request() {
    let mut desk = Desk::new();
    let bodies = [
        ("1", "{'status':'ACTIVE','ssn':'219-09-9999'}"),
        ("1", "{'status':'ACTIVE','ssn':'218-10-0000'}"),
        ("1", "{'Status':'ACTIVE','ssn':'218-10-0000'}"),
        ("2", "\u{feff}{\"status\":\"ACTIVE\",\"ssn\":\"219-09-9999\"}"),
        ("2", "\u{feff}{\"status\":\"ACTIVE\",\"ssn\":\"218-10-0000\"}"),
        ("3", "status=ACTIVE&ssn=219-09-9999&n=1"),
        ("3", "status=ACTIVE&ssn=219-09-9999&n=2"),
    ];
    let lines = bodies.map(|(name, body)| (name, format!("admin POST /customers {body}")));
    let asked: Vec<_> = lines.iter().map(|(name, line)| (*name, line.as_str())).collect();
    expect![[r#"
        1: 400 BAD_REQUEST_BODY
        1: 400 BAD_REQUEST_BODY
        1: 422 IDEMPOTENCY_INVALID_REUSE
        2: 400 BAD_REQUEST_BODY
        2: 400 BAD_REQUEST_BODY
        3: 400 BAD_REQUEST_BODY
        3: 400 BAD_REQUEST_BODY
    "#]]
    .assert_eq(&tell(&mut desk, &asked));
}

/// Sixteen changes at once under one name: one is made, and its note is written once.
#[test]
fn one_name_changes_once_however_many_ask_at_once() {
    let mut desk = Desk::new();
    desk.tell(r#"admin POST /customers {"status":"ACTIVE"}"#);
    let id = tillbook::CustomerId::new(&desk.ids[0]).unwrap();
    let served = &desk.served;
    let changes = [
        format!(r#"PATCH /v0/customers/{id} {{"ban_status":"SUSPENDED","note":"why"}}"#),
        format!(r#"PUT /v0/customers/{id} {{"status":"FROZEN","note":"why"}}"#),
    ];
    for (round, change) in changes.into_iter().enumerate() {
        let line = format!("admin {change}");
        let name = format!("Idempotency-Key: {round}");
        let heard = sixteen_at_once(served, &line, &name);
        let done: Vec<_> = heard.iter().filter(|(status, _)| *status == 200).collect();
        assert!(!done.is_empty() && done.windows(2).all(|two| two[0] == two[1]), "{heard:?}");
        assert!(heard.iter().all(|(status, _)| [200, 409].contains(status)), "{heard:?}");
        assert_eq!(served.store.list_ban_notes(&id).unwrap().len(), round + 1);
    }
}

/// Sixteen at once under one name: one of them makes the customer, and each hears of that one or that
/// it is not done yet.
#[test]
fn one_name_makes_one_customer_however_many_ask_at_once() {
    let desk = Desk::new();
    let served = &desk.served;
    let line = OTTILIE.replace(" /customers", " /v0/customers");
    for round in 0..5 {
        let name = format!("Idempotency-Key: {round}");
        let heard = sixteen_at_once(served, &line, &name);
        let made: Vec<_> = heard.iter().filter(|(status, _)| *status == 201).collect();
        assert!(!made.is_empty() && made.windows(2).all(|two| two[0] == two[1]), "{heard:?}");
        let others = heard.iter().filter(|(status, _)| *status != 201);
        for (status, body) in others {
            assert_eq!(*status, 409, "{body}");
            assert!(body.contains("IDEMPOTENCY_CONCURRENT_USE"), "{body}");
        }
        let n_customers = served.store.list_profiles(&Default::default()).unwrap().count;
        assert_eq!(n_customers, round + 1);
    }
}

/// Status and body of each of sixteen answers to the same request.
fn sixteen_at_once(served: &Served, line: &str, name: &str) -> Vec<(u16, String)> {
    std::thread::scope(|scope| {
        let ask = || {
            let told = served.hear(line, &[name]);
            (told.status, told.text().to_owned())
        };
        let asked: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}
