//! How far a write has come: told in a header, waited for where that is preferred, and never in the way
//! of the write.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use expect_test::{Expect, expect};
use tillbook::http::{Server, ServerOptions};
use tillbook::{KeyKind, Right, Rights, Store};
use tokio::runtime::Runtime;

use super::served::{Served, Told, WAIT, fill};
use crate::shop::{Shop, id, options};
use crate::sync::round;

/// A served shop below a middle that is below a root.
struct Chain {
    served: Served,
    middle: Shop,
    root: Shop,
}

impl Chain {
    fn new() -> Self {
        let (served, _) = Served::at_noon();
        fill(&served.store);
        let (middle, root) = (Shop::in_memory(21), Shop::in_memory(22));
        round(&middle, &root).unwrap();
        Self { served, middle, root }
    }

    /// `up` and `up up` are rounds of the served shop with the middle, and of the middle with the root;
    /// anything else is a request, `KEY METHOD TARGET BODY`, behind its header and a bar.
    fn step(&self, step: &str) -> String {
        match step {
            "up" => drop(round(&self.served.store, &self.middle).unwrap()),
            "up up" => drop(round(&self.middle, &self.root).unwrap()),
            step => {
                let (head, line) = step.split_once(" | ").unwrap();
                let head: Vec<&str> =
                    Some(head).filter(|head| !head.is_empty()).into_iter().collect();
                return said(&self.served.hear(line, &head));
            }
        }
        "done".to_owned()
    }
}

fn said(told: &Told) -> String {
    format!("{} {}", told.brief(), told.header("tillbook-acknowledged").unwrap_or("-"))
}

fn check(steps: &[&str], expected: Expect) {
    let chain = Chain::new();
    let mut told = String::new();
    for step in steps {
        writeln!(told, "{step}\n  {}", chain.step(step)).unwrap();
    }
    writeln!(told, "{} EUR", chain.served.store.balance(&id("ada")).unwrap().minor()).unwrap();
    expected.assert_eq(&told);
}

const DEPOSIT: &str =
    r#" | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}"#;

#[test]
fn every_write_says_how_far_it_has_come() {
    let named = format!("Idempotency-Key: 7{DEPOSIT}");
    check(
        &[
            DEPOSIT,
            "up",
            &named,
            "up",
            &named,
            "up up",
            "up",
            &named,
            r#" | admin POST /customers/ada/spend {"amount":1}"#,
            r#" | admin POST /api/v1/customers {"name":"Bob","external_id":"b"}"#,
            r#" | admin POST /v0/customers {"first_name":"Cyd","status":"ACTIVE"}"#,
            " | admin GET /customers/ada",
            r#" | admin POST /customers/ada/spend {"amount":1000}"#,
        ],
        expect![[r#"
             | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 root
            up
              done
            Idempotency-Key: 7 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 local
            up
              done
            Idempotency-Key: 7 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 hub
            up up
              done
            up
              done
            Idempotency-Key: 7 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 root
             | admin POST /customers/ada/spend {"amount":1}
              201 local
             | admin POST /api/v1/customers {"name":"Bob","external_id":"b"}
              201 local
             | admin POST /v0/customers {"first_name":"Cyd","status":"ACTIVE"}
              201 local
             | admin GET /customers/ada
              200 -
             | admin POST /customers/ada/spend {"amount":1000}
              409 The balance is 1.00, 1000.00 was requested. -
            100 EUR
        "#]],
    );
}

#[test]
fn a_wait_that_is_over_is_no_refusal() {
    check(
        &[
            "up",
            &format!("Prefer: acknowledged=hub, wait=0{DEPOSIT}"),
            &format!("Prefer: acknowledged=root, wait=1{DEPOSIT}"),
            &format!("Prefer: acknowledged=local{DEPOSIT}"),
            &format!("Prefer: return=minimal, wait=20{DEPOSIT}"),
        ],
        expect![[r#"
            up
              done
            Prefer: acknowledged=hub, wait=0 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 local
            Prefer: acknowledged=root, wait=1 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 local
            Prefer: acknowledged=local | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 local
            Prefer: return=minimal, wait=20 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              201 local
            400 EUR
        "#]],
    );
}

#[test]
fn what_nobody_can_prefer_is_refused_before_anything_is_done() {
    check(
        &[
            &format!("Prefer: acknowledged=centre{DEPOSIT}"),
            &format!("Prefer: acknowledged=hub, wait=soon{DEPOSIT}"),
            &format!("Prefer: acknowledged=hub, wait=-1{DEPOSIT}"),
            r#"Prefer: acknowledged | admin POST /api/v1/customers {"name":"Bob","external_id":"b"}"#,
            r#"Prefer: wait | admin POST /v0/customers {"first_name":"Cyd"}"#,
            // A read has nothing to wait for.
            "Prefer: wait=soon | admin GET /customers/ada",
        ],
        expect![[r#"
            Prefer: acknowledged=centre | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              400 [Prefer] Prefer `acknowledged` must be local, hub or root. -
            Prefer: acknowledged=hub, wait=soon | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              400 [Prefer] Prefer `wait` must be whole seconds. -
            Prefer: acknowledged=hub, wait=-1 | admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1}
              400 [Prefer] Prefer `wait` must be whole seconds. -
            Prefer: acknowledged | admin POST /api/v1/customers {"name":"Bob","external_id":"b"}
              422  -
            Prefer: wait | admin POST /v0/customers {"first_name":"Cyd"}
              400 Prefer `wait` must be whole seconds -
            Prefer: wait=soon | admin GET /customers/ada
              200 -
            0 EUR
        "#]],
    );
}

/// Whoever waits hears of it as soon as the parent has answered, and holds up nobody meanwhile.
#[test]
fn a_wait_ends_when_the_parent_has_it() {
    let chain = Chain::new();
    chain.step("up");
    let waiting = format!("Prefer: acknowledged=hub, wait=20{DEPOSIT}");
    let told = thread::scope(|scope| {
        let waiting: Vec<_> = (0..40).map(|_| scope.spawn(|| chain.step(&waiting))).collect();
        let balance = || chain.served.store.balance(&id("ada")).unwrap().minor();
        while balance() < 4_000 {
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(chain.step(" | admin GET /customers/ada"), "200 -");
        assert_eq!(chain.step(DEPOSIT), "201 local");
        chain.step("up");
        waiting.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(told.iter().all(|told| told == "201 hub"), "{told:?}");
}

/// A door that is closed keeps nobody waiting, and everybody is answered.
#[test]
fn a_wait_ends_when_the_door_is_closed() {
    let store = Arc::new(Store::open_in_memory_with(options(1).0).unwrap());
    fill(&store);
    round(&store, &Shop::in_memory(2)).unwrap();
    let rights = Rights::from_iter([Right::Admin]);
    let key = store.add_key("till", rights, KeyKind::Bearer).unwrap().text();
    let runtime = Runtime::new().unwrap();
    let options = ServerOptions::at("127.0.0.1:0".parse().unwrap());
    let server = runtime.block_on(Server::bind(Arc::clone(&store), options)).unwrap();
    let mut stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(WAIT)).unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = runtime.spawn(server.run(async { drop(stopped.await) }));
    let body = r#"{"type":"Deposit","amount":1}"#;
    let request = format!(
        "POST /customers/ada/creditTransactions HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\nPrefer: acknowledged=hub, wait=30\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    while store.balance(&id("ada")).unwrap().minor() == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    drop(stop);
    assert_eq!(said(&Told::read(&mut stream)), "201 local");
    runtime.block_on(running).unwrap();
}
