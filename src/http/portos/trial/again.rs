//! Requests that are sent again, and many at once (synctera.md section 3).

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use axum::body::Bytes;
use expect_test::expect;

use super::front::{Front, Heard, hear, options};
use crate::credit::CreditTransaction;
use crate::customer::Customer;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::exchange::Received;
use crate::http::failure::Outcome;
use crate::http::portos::DIALECT;
use crate::http::retry;
use crate::id::CustomerId;
use crate::idempotency::ANSWER_BODY_BYTES_MAX;
use crate::migrate::Options;
use crate::money::Money;
use crate::query::Query;
use crate::store::{Store, Tx};

const CREATE: &str = r#"admin POST /customers {"firstName":"Ada","id":"ada"}"#;
const DEPOSIT: &str =
    r#"admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":10}"#;
const SPEND: &str = r#"admin POST /customers/ada/spend {"amount":10.01}"#;

fn named(front: &Front, name: &str, line: &str) -> Heard {
    front.ask_with(line, &[("idempotency-key", name)])
}

#[test]
fn a_retry_hears_the_same_and_nothing_happens() {
    let front = Front::new();
    for (name, line) in [
        ("create", CREATE),
        ("deposit", DEPOSIT),
        ("card", "admin PUT /customers/ada/cards/7 {}"),
        ("delete", "admin DELETE /customers/ada/cards/7"),
        ("refused", SPEND),
        ("unknown", "admin POST /customers/nobody/spend {}"),
    ] {
        let first = named(&front, name, line);
        let n_operations = || front.store.list_operations(Default::default()).unwrap().len();
        let before = n_operations();
        assert_eq!(named(&front, name, line), first, "{line}");
        assert_eq!(n_operations(), before, "{line}");
    }
    // A refusal is an answer like any other, whatever has become of its reason since.
    front.ask(DEPOSIT);
    assert_eq!(named(&front, "refused", SPEND).status, 409);
    assert_eq!(front.ask(SPEND).status, 201);
}

#[test]
fn a_name_is_for_one_request_of_one_caller() {
    let front = Front::new();
    let mut told = String::new();
    for (name, line) in [
        ("1", CREATE),
        ("1", r#"admin POST /customers { "id": "ada", "firstName": "Ada" }"#),
        ("1", r#"admin POST /customers {"id":"ada","firstName":"Eve"}"#),
        ("1", r#"admin PUT /customers/ada {"firstName":"Ada","id":"ada"}"#),
        ("1", r#"admin POST /customers?x {"firstName":"Ada","id":"ada"}"#),
        ("1", r#"CustomerCreate POST /customers {"firstName":"Ada","id":"ada"}"#),
        ("", CREATE),
        (&"x".repeat(256), CREATE),
        (&"x".repeat(255), CREATE),
    ] {
        let heard = named(&front, name, line);
        let problem: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
        let name = &name[..name.len().min(3)];
        let rest = problem["_v"].as_u64().map_or_else(|| heard.brief(), |v| format!("201 _v {v}"));
        told += &format!("{name}: {rest}\n");
    }
    expect![[r#"
        1: 201 _v 1
        1: 201 _v 1
        1: 422 The idempotency key was used for another request.
        1: 422 The idempotency key was used for another request.
        1: 422 The idempotency key was used for another request.
        1: 400 Id is in use already.
        : 400 Idempotency-Key must have 1 to 255 bytes.
        xxx: 400 Idempotency-Key must have 1 to 255 bytes.
        xxx: 400 Id is in use already.
    "#]]
    .assert_eq(&told);
}

/// A missing right is not remembered, nor is a fault.
#[test]
fn what_may_be_mended_is_asked_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let small = Options { size_bytes_max: Some(280 << 10), ..options(7) };
    let front = Front::to(Store::open_with(&path, small).unwrap());
    front.ask(CREATE);
    let forbidden = r#"CustomerUpdate PUT /customers/ada {"discountRate":5}"#;
    assert_eq!(named(&front, "right", forbidden).status, 403);
    let other = r#"CustomerUpdate PUT /customers/ada {"firstName":"Ada"}"#;
    assert_eq!(named(&front, "right", other).status, 200);
    let note = "x".repeat(9_000);
    let large = format!(
        r#"admin POST /customers/ada/creditTransactions {{"type":"Deposit","amount":1,"note":"{note}"}}"#
    );
    let mut name = 0;
    while named(&front, &name.to_string(), &large).status == 201 {
        name += 1;
    }
    assert_eq!(named(&front, &name.to_string(), &large).status, 507);
    let front = front.reopened(|| Store::open_with(&path, options(9)).unwrap());
    assert_eq!(named(&front, &name.to_string(), &large).status, 201);
}

#[test]
fn an_answer_outlives_the_process_and_not_its_customer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let front = Front::to(Store::open_with(&path, options(7)).unwrap());
    let asked = [("create", CREATE), ("deposit", DEPOSIT), ("refused", SPEND)];
    let first = asked.map(|(name, line)| named(&front, name, line));
    let front = front.reopened(|| Store::open_with(&path, options(9)).unwrap());
    assert_eq!(asked.map(|(name, line)| named(&front, name, line)), first);
    let erase = "admin POST /customers/ada/erase";
    assert_eq!(named(&front, "erase", erase).status, 204);
    assert_eq!(named(&front, "erase", erase).status, 204);
    let after = asked.map(|(name, line)| named(&front, name, line).brief());
    expect![[r#"
        400 Id was erased and is never used again.
        404 There is no such customer.
        404 There is no such customer."#]]
    .assert_eq(&after.join("\n"));
}

/// The first request waits behind a long write; the second is told so at once.
#[test]
fn a_name_is_in_use_while_its_first_request_runs() {
    // In memory, who asks could not be read beside the write.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let front = Front::to(Store::open_with(path, options(7)).unwrap());
    let (begun, wait_begun) = mpsc::channel();
    let (release, wait_release) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let store = &front.store;
        scope.spawn(move || {
            store.write(|_| {
                begun.send(()).unwrap();
                wait_release.recv().unwrap();
                Ok(())
            })
        });
        wait_begun.recv().unwrap();
        let first = scope.spawn(|| named(&front, "1", CREATE));
        while front.door.running.lock().unwrap().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(
            named(&front, "1", CREATE).brief(),
            "409 The first request with this idempotency key has no answer yet."
        );
        release.send(()).unwrap();
        assert_eq!(first.join().unwrap().status, 201);
    });
    assert_eq!(named(&front, "1", CREATE).status, 201);
}

/// An answer that is too long to be remembered is refused, and nobody who shares its commit hears of
/// it.
#[test]
fn what_cannot_be_remembered_is_refused_alone() {
    fn far_too_long(_: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
        let id = CustomerId::new("eve").unwrap();
        tx.create_customer(&Customer::with_id(id, tx.store().now()))?;
        Ok(Answer { body: vec![b'x'; ANSWER_BODY_BYTES_MAX + 1], ..Answer::empty() })
    }
    let folder = tempfile::tempdir().unwrap();
    let front = Front::to(Store::open_with(folder.path().join("shop.db"), options(7)).unwrap());
    let request = |line: &str| front.request(line, &[("idempotency-key", "1")]);
    let (parts, _) = request("admin POST /customers").into_parts();
    let token = parts.headers["authorization"].to_str().unwrap().replace("Bearer ", "");
    let key = front.store.sign_in(&token).unwrap();
    let (path, body, room, request_id) = (Vec::new(), Bytes::new(), None, String::new());
    let received = Arc::new(Received { parts, path, body, room, key, request_id });
    let (begun, wait_begun) = mpsc::channel();
    let (release, wait_release) = mpsc::channel::<()>();
    let (long, others) = thread::scope(|scope| {
        let store = &front.store;
        scope.spawn(move || {
            store.write(|_| {
                begun.send(()).unwrap();
                wait_release.recv().unwrap();
                Ok(())
            })
        });
        wait_begun.recv().unwrap();
        // The first waits alone for the disk, the others behind it for one commit.
        let ask = |n: usize| {
            let line = format!(r#"admin POST /customers {{"id":"c{n}"}}"#);
            front.runtime.spawn(hear(front.router.clone(), front.request(&line, &[])))
        };
        let others: Vec<_> = (0..3).map(ask).collect();
        let door = Arc::clone(&front.door);
        let long = front
            .runtime
            .spawn(async move { retry::write(&door, &DIALECT, &received, far_too_long).await });
        let others: Vec<_> = others.into_iter().chain((3..6).map(ask)).collect();
        thread::sleep(Duration::from_millis(100));
        release.send(()).unwrap();
        front.runtime.block_on(async {
            let mut heard = Vec::new();
            for one in others {
                heard.push(one.await.unwrap());
            }
            (long.await.unwrap().unwrap(), heard)
        })
    });
    assert_eq!(long.status, 400);
    assert!(others.iter().all(|one| one.status == 201), "{others:?}");
    assert_eq!(front.ask("admin GET /customers/eve").status, 404);
}

/// 16 clients spend 160 times what 50 times is there.
#[test]
fn nobody_spends_twice() {
    let front = Front::new();
    front.ask(CREATE);
    front.ask(&DEPOSIT.replace("10", "50"));
    let spend =
        |id: usize| format!(r#"admin POST /customers/ada/spend {{"id":"s{id}","amount":1}}"#);
    let mut n_spent = 0;
    for round in 0..10 {
        let heard = front.ask_at_once((0..16).map(|client| spend(round * 16 + client)));
        assert!(heard.iter().all(|one| [201, 409].contains(&one.status.as_u16())), "{heard:?}");
        n_spent += heard.iter().filter(|one| one.status == 201).count();
    }
    assert_eq!(n_spent, 50);
    front.ask(DEPOSIT);
    let heard = front.ask_at_once((0..16).map(|_| spend(1000)));
    let n = |status: u16| heard.iter().filter(|one| one.status == status).count();
    assert_eq!((n(201), n(200)), (1, 15));
    let postings = front.store.list_postings(&Query::default()).unwrap().items.unwrap();
    assert!(postings.iter().all(|one| !one.balance.is_negative()));
    assert_eq!(postings.len(), 53);
    let ada = CustomerId::new("ada").unwrap();
    assert_eq!(front.store.balance(&ada).unwrap(), Money::from_minor(900));
    let one_more = CreditTransaction::spend(front.store.stamp(), &ada, Money::from_minor(901));
    assert!(front.store.record(&one_more).is_err());
}
