//! Remembered answers: a retry hears the first one, after a crash too, for seven days, and never a
//! word about somebody who was erased since.

use expect_test::expect;
use tillbook::{
    Answer, CustomerId, Error, KeyId, KeyKind, Remembered, RequestDigest, Result, Rights,
};

use crate::shop::{Shop, customer, id, said};

const HOUR_MS: i64 = 60 * 60 * 1000;

fn asker(shop: &Shop, name: &str) -> KeyId {
    shop.add_key(name, Rights::NONE, KeyKind::Bearer).unwrap().key.id
}

fn answer(status: u16, body: &str) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

fn digest(body: &str) -> RequestDigest {
    RequestDigest::of("POST", "/customers", body.as_bytes())
}

/// What is known of a request.
fn known(shop: &Shop, asker: &KeyId, key: &str, body: &str) -> String {
    let known = shop.write(|tx| tx.remembered(asker, key, &digest(body)));
    match known {
        Ok(Remembered::Nothing) => "nothing".to_owned(),
        Ok(Remembered::OtherRequest) => "another request".to_owned(),
        Ok(Remembered::Answer(answer)) => {
            let body = String::from_utf8(answer.body).unwrap();
            format!("{} {:?} {body}", answer.status, answer.headers)
        }
        Err(error) => error.to_string(),
    }
}

fn remember(
    shop: &Shop,
    asker: &KeyId,
    key: &str,
    request: &str,
    answer: &Answer,
    about: &[&str],
) -> Result<()> {
    let about: Vec<CustomerId> = about.iter().copied().map(id).collect();
    shop.write(|tx| tx.remember(asker, key, &digest(request), answer, &about))
}

#[test]
fn a_retry_hears_the_first_answer_and_nobody_else_does() {
    let shop = Shop::on_file(1);
    let (office, pda) = (asker(&shop, "office"), asker(&shop, "pda"));
    remember(&shop, &office, "k", r#"{"a":1}"#, &answer(201, "made"), &["ada"]).unwrap();
    let shop = shop.reopened(2);
    let long = "k".repeat(255);
    remember(&shop, &office, &long, "", &answer(404, ""), &[]).unwrap();
    let lines = [
        ("again", known(&shop, &office, "k", r#"{"a":1}"#)),
        ("spelled otherwise", known(&shop, &office, "k", r#"{ "a" : 1 }"#)),
        ("another body", known(&shop, &office, "k", r#"{"a":2}"#)),
        ("another key", known(&shop, &office, "K", r#"{"a":1}"#)),
        ("another asker", known(&shop, &pda, "k", r#"{"a":1}"#)),
        ("255 bytes", known(&shop, &office, &long, "")),
        ("256 bytes", known(&shop, &office, &(long + "k"), "")),
        ("no key", known(&shop, &office, "", "")),
    ];
    let lines: String = lines.iter().map(|(name, known)| format!("{name}: {known}\n")).collect();
    expect![[r#"
        again: 201 [("content-type", "application/json")] made
        spelled otherwise: 201 [("content-type", "application/json")] made
        another body: another request
        another key: nothing
        another asker: nothing
        255 bytes: 404 [("content-type", "application/json")] 
        256 bytes: idempotency_key must have 1 to 255 bytes
        no key: idempotency_key must have 1 to 255 bytes
    "#]]
    .assert_eq(&lines);
    assert!(shop.check(|_| ()).unwrap().is_sound());
}

#[test]
fn answers_that_a_retry_may_change_are_not_kept() {
    let shop = Shop::in_memory(1);
    let office = asker(&shop, "office");
    for status in [200, 201, 204, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503] {
        let key = status.to_string();
        remember(&shop, &office, &key, "", &answer(status, ""), &[]).unwrap();
        let is_kept = known(&shop, &office, &key, "") != "nothing";
        assert_eq!(is_kept, ![401, 403, 429, 500, 503].contains(&status), "{status}");
    }
    let huge = Answer { body: vec![0; (16 << 20) + 1], ..answer(200, "") };
    assert_eq!(
        said(remember(&shop, &office, "huge", "", &huge, &[])),
        "answer must have at most 16777216 bytes to be remembered"
    );
}

/// The answer and the work it tells of are stored together or not at all.
#[test]
fn an_answer_stands_and_falls_with_its_write() {
    let shop = Shop::on_file(1);
    let office = asker(&shop, "office");
    let post = |fails: bool| {
        shop.write(|tx| {
            tx.create_customer(&customer("ada"))?;
            tx.remember(&office, "k", &digest(""), &answer(201, "ada"), &[id("ada")])?;
            if fails { Err(Error::DiskFull) } else { Ok(()) }
        })
    };
    assert_eq!(said(post(true)), "the disk is full");
    assert_eq!(known(&shop, &office, "k", ""), "nothing");
    assert_eq!(said(post(false)), "ok");
    assert!(known(&shop, &office, "k", "").starts_with("201"));
    assert_eq!(said(shop.customer(&id("ada"))), "ok");
}

#[test]
fn an_answer_is_forgotten_after_seven_days() {
    let shop = Shop::in_memory(1);
    let office = asker(&shop, "office");
    let n_rows = || shop.write(|tx| tx.remembered(&office, "old 0", &digest(""))).unwrap();
    for n in 0..250 {
        let key = format!("old {n}");
        remember(&shop, &office, &key, "", &answer(200, "old"), &["ada"]).unwrap();
    }
    shop.clock.advance(7 * 24 * HOUR_MS);
    assert!(known(&shop, &office, "old 0", "").starts_with("200"), "to the last moment");
    shop.clock.advance(1);
    assert_eq!(n_rows(), Remembered::Nothing, "whether or not its row is gone");
    // The key is free for another request.
    remember(&shop, &office, "old 249", "x", &answer(200, "new"), &[]).unwrap();
    assert!(known(&shop, &office, "old 249", "x").ends_with("new"));
    for n in 0..3 {
        remember(&shop, &office, &format!("new {n}"), "", &answer(200, ""), &[]).unwrap();
    }
    // The clock goes back, and what was deleted does not come again.
    shop.clock.advance(-HOUR_MS);
    assert_eq!(known(&shop, &office, "old 0", ""), "nothing");
    assert_eq!(known(&shop, &office, "old 248", ""), "nothing");
    assert!(shop.check(|_| ()).unwrap().is_sound());
}

#[test]
fn what_was_said_of_an_erased_customer_is_gone() {
    let shop = Shop::in_memory(1);
    let office = asker(&shop, "office");
    for name in ["ada", "bob"] {
        shop.create_customer(&customer(name)).unwrap();
        remember(&shop, &office, name, "", &answer(200, name), &[name]).unwrap();
    }
    remember(&shop, &office, "both", "", &answer(200, "both"), &["bob", "ada", "ada"]).unwrap();
    remember(&shop, &office, "nobody", "", &answer(200, "nobody"), &[]).unwrap();
    let all = || {
        let keys = ["ada", "bob", "both", "nobody"];
        keys.map(|key| known(&shop, &office, key, "") != "nothing")
    };
    shop.delete_customer(&id("ada"), None).unwrap();
    assert_eq!(all(), [true; 4], "a deleted customer may come back");
    shop.erase_customer(&id("ada")).unwrap();
    assert_eq!(all(), [false, true, false, true]);
    // Nor is anything remembered about one who is erased already.
    remember(&shop, &office, "ada", "", &answer(400, "ada"), &["ada"]).unwrap();
    assert_eq!(all(), [false, true, false, true]);
    assert!(shop.check(|_| ()).unwrap().is_sound());
}

/// An erase that another node has made takes the answers of this one, too.
#[test]
fn an_erase_from_elsewhere_takes_the_answers_here() {
    let (shop, till) = (Shop::in_memory(1), Shop::in_memory(2));
    shop.create_customer(&customer("ada")).unwrap();
    crate::shop::send(&shop, &till);
    let office = asker(&till, "office");
    remember(&till, &office, "k", "", &answer(200, "ada"), &["ada"]).unwrap();
    shop.erase_customer(&id("ada")).unwrap();
    crate::shop::send(&shop, &till);
    assert_eq!(known(&till, &office, "k", ""), "nothing");
}
