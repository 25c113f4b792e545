//! The door for other nodes: what each of them hears, and that nothing it says stops another one or
//! leaves half of itself behind.

use std::collections::BTreeSet;
use std::io::Write as _;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tillbook::operation::{Hash, Operation};
use tillbook::sync::{Batch, wire};
use tillbook::{CreditTransaction, Money, NodeId, Right, Store, Timestamp};

use super::served::{Served, Told};
use crate::shop::{Shop, customer, id, operations, send};

const JSON: &str = "Content-Type: application/json";
const NDJSON: &str = "Content-Type: application/x-ndjson";

/// A till and the key it was given.
struct Till {
    shop: Shop,
    key: String,
}

/// A shop server with two tills that have said hello, and a scanner below the first one, which speaks
/// for it. The first operation of the till has arrived.
struct Yard {
    served: Served,
    till: Till,
    other: Till,
    scanner: Shop,
}

impl Till {
    fn new(served: &Served, name: &str, seed: u64) -> Self {
        Self { shop: Shop::in_memory(seed), key: served.key(name, &[Right::Sync]) }
    }

    fn post(&self, served: &Served, path: &str, head: &[&str], body: &[u8]) -> Told {
        post(served, &self.key, path, head, body)
    }

    fn hello(&self, served: &Served) -> Told {
        let hello = wire::write_hello(&self.shop.hello().unwrap());
        self.post(served, "hello", &[JSON], &hello)
    }

    fn push(&self, served: &Served, operations: Vec<Operation>) -> Told {
        let body = wire::write_batch(&Batch { operations });
        self.post(served, "push", &[NDJSON], &body)
    }

    fn get(&self, served: &Served, path: &str) -> Told {
        served.get(&format!("/sync/v1/{path}"), Some(&self.key))
    }
}

fn post(served: &Served, key: &str, path: &str, head: &[&str], body: &[u8]) -> Told {
    let mut request = format!(
        "POST /sync/v1/{path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\nContent-Length: {}\r\n",
        body.len()
    );
    for line in head {
        request += &format!("{line}\r\n");
    }
    let mut request = (request + "\r\n").into_bytes();
    request.extend(body);
    served.send(&request)
}

impl Yard {
    fn new() -> Self {
        let (served, _) = Served::at_noon();
        let (till, other) = (Till::new(&served, "till", 11), Till::new(&served, "other", 12));
        let scanner = Shop::in_memory(13);
        for n in 1..=4 {
            till.shop.create_customer(&customer(&format!("t{n}"))).unwrap();
        }
        for n in 1..=2 {
            other.shop.create_customer(&customer(&format!("o{n}"))).unwrap();
            scanner.create_customer(&customer(&format!("s{n}"))).unwrap();
        }
        let yard = Self { served, till, other, scanner };
        assert_eq!(yard.till.hello(&yard.served).status, 200);
        assert_eq!(yard.other.hello(&yard.served).status, 200);
        assert_eq!(yard.push(&["t1"]), "200 t1");
        yard
    }

    /// `t2` is the till's second operation, `s1` the scanner's first, `o1` the other till's.
    fn operation(&self, name: &str) -> Operation {
        let (store, n): (&Store, usize) = match name.split_at(1) {
            ("t", n) => (&self.till.shop, n.parse().unwrap()),
            ("o", n) => (&self.other.shop, n.parse().unwrap()),
            (_, n) => (&self.scanner, n.parse().unwrap()),
        };
        let own = operations(store).into_iter().filter(|one| one.id.node == store.node());
        own.collect::<Vec<_>>().swap_remove(n - 1)
    }

    fn name(&self, node: &str) -> &str {
        let named = [
            ("t", self.till.shop.node()),
            ("o", self.other.shop.node()),
            ("s", self.scanner.node()),
            ("root", self.served.store.node()),
        ];
        let is = |known: &&(&'static str, NodeId)| known.1.to_string() == node;
        named.iter().find(is).map_or("?", |(name, _)| name)
    }

    /// What the till hears when it brings these.
    fn push(&self, names: &[&str]) -> String {
        self.push_all(names.iter().map(|name| self.operation(name)).collect())
    }

    fn push_all(&self, operations: Vec<Operation>) -> String {
        self.told(&self.till.push(&self.served, operations))
    }

    /// A push: how far which chains are, and where each of them was stopped. A refusal: its code and
    /// what it says.
    fn told(&self, told: &Told) -> String {
        let document = told.json();
        if told.status != 200 {
            return refusal(told);
        }
        let place = |place: &Value| {
            let text = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
            format!("{}{}", self.name(&text("node")), text("seq"))
        };
        let mut words: Vec<String> = list(&document["received"]).iter().map(place).collect();
        words.sort();
        for refused in list(&document["refused"]) {
            let why = refused["why"].as_str().unwrap_or_default();
            let more = match (&refused["expected"], &refused["reason"]) {
                (Value::Null, Value::Null) => String::new(),
                (Value::Null, reason) => {
                    format!(" because {}", reason.as_str().unwrap_or_default())
                }
                (expected, _) => format!(" before {}", place(expected)),
            };
            words.push(format!("| {} {why}{more}", place(&refused["id"])));
        }
        format!("200 {}", words.join(" "))
    }

    /// Nobody is stopped by what was said before: the rest of the till, what the scanner has, and
    /// the other till.
    fn assert_nobody_is_stopped(&self, what: &str) {
        let heard = self.push(&["t2", "s1", "s2"]);
        assert!(heard.starts_with("200 s2 t"), "{what}: {heard}");
        assert!(!heard.contains('|'), "{what}: {heard}");
        let all = ["o1", "o2"].map(|name| self.operation(name)).to_vec();
        assert_eq!(self.told(&self.other.push(&self.served, all)), "200 o2", "{what}");
        assert!(self.served.store.check(|_| ()).unwrap().is_sound(), "{what}");
    }

    /// Everything that a push could have changed.
    fn state(&self) -> (String, usize, u64) {
        let store = &self.served.store;
        let digest = store.view_digest().unwrap().to_string();
        (digest, operations(store).len(), store.sync_status().unwrap().n_children)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn refusal(told: &Told) -> String {
    let document = told.json();
    assert_eq!(told.header("content-type"), Some("application/problem+json"));
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let detail = text("detail").split(" at byte ").next().unwrap_or_default();
    format!("{} {}: {detail}", told.status, text("code"))
}

/// An operation with another content, hashed anew behind `previous`.
fn forged(operation: Operation, previous: &Hash, change: impl Fn(&mut Operation)) -> Operation {
    let mut operation = operation;
    change(&mut operation);
    operation.hash = operation.chained(previous);
    operation
}

/// The cases of a batch, by their numbers: what the till sends, what it hears, and whether
/// everything is as it was before.
#[test]
fn every_case_of_a_batch_has_its_answer() {
    type Case = (&'static str, fn(&Yard) -> Vec<Operation>, &'static str);
    let cases: &[Case] = &[
        ("105 gap", |yard| of(yard, &["t3", "t4", "s1"]), "200 s1 t1 | t3 gap before t2"),
        ("106 replay", |yard| of(yard, &["t1", "t1"]), "200 t1"),
        ("107 reorder", |yard| of(yard, &["t3", "t2", "s1"]), "200 s1 t1 | t3 gap before t2"),
        ("108 fork", |yard| vec![forked(yard), yard.operation("s1")], "200 s1 t1 | t1 fork"),
        ("110 another's", |yard| of(yard, &["o1"]), NOT_YOURS),
        ("110 another's and own", |yard| of(yard, &["o1", "s1"]), "200 s1 | o1 not-yours"),
        (
            "112 schema",
            |yard| vec![newer(yard), yard.operation("s1")],
            "200 s1 t1 | t2 upgrade-server because it has schema 99",
        ),
        (
            "112 kind",
            |yard| vec![danced(yard), yard.operation("t3"), yard.operation("s1")],
            "200 s1 t1 | t2 upgrade-server because \"dance\" is an unknown kind of change",
        ),
        ("nothing at all", |_| Vec::new(), "200 "),
    ];
    for (name, batch, expected) in cases {
        let yard = Yard::new();
        let before = yard.state();
        let batch = batch(&yard);
        let takes = batch.iter().any(|operation| operation.id.node == yard.scanner.node());
        let heard = yard.push_all(batch.clone());
        assert_eq!(heard, *expected, "{name}");
        assert_eq!(yard.push_all(batch), *expected, "{name}, once more");
        let (before, after) = (before, yard.state());
        assert_eq!(before.1 + usize::from(takes), after.1, "{name}");
        assert_eq!(before.0 == after.0, !takes, "{name}");
        assert_eq!(before.2, after.2, "{name}");
        yard.assert_nobody_is_stopped(name);
    }
}

const NOT_YOURS: &str = "403 not-yours: every operation of the batch is of a node that comes here \
                         itself, or of this one";

fn of(yard: &Yard, names: &[&str]) -> Vec<Operation> {
    names.iter().map(|name| yard.operation(name)).collect()
}

fn forked(yard: &Yard) -> Operation {
    forged(yard.operation("t1"), &[0; 32], |one| one.facts = yard.operation("t2").facts)
}

fn newer(yard: &Yard) -> Operation {
    forged(yard.operation("t2"), &yard.operation("t1").hash, |one| one.schema = 99)
}

fn danced(yard: &Yard) -> Operation {
    forged(yard.operation("t2"), &yard.operation("t1").hash, |one| {
        one.facts = one.facts.replace("\"create\"", "\"dance\"");
    })
}

/// Case 109: what does not hash to what it says is counted without effect, and the next one is read.
#[test]
fn a_damaged_operation_stops_nothing() {
    for hashed_behind in [None, Some([9; 32])] {
        let yard = Yard::new();
        let mut damaged = yard.operation("t2");
        match hashed_behind {
            Some(previous) => damaged.hash = damaged.chained(&previous),
            None => damaged.facts = damaged.facts.replace("t2", "t9"),
        }
        assert_eq!(yard.push_all(vec![damaged.clone(), yard.operation("s1")]), "200 s1 t2");
        assert_eq!(yard.push_all(vec![damaged]), "200 t2", "once more");
        let store = &yard.served.store;
        assert!(store.customer(&id("t2")).is_err() && store.customer(&id("t9")).is_err());
        let kinds: Vec<_> =
            store.conflicts().unwrap().iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["damaged_operation"]);
        if hashed_behind.is_none() {
            assert_eq!(yard.push(&["t3", "t4", "s2"]), "200 s2 t4");
            assert!(store.customer(&id("t4")).is_ok());
        }
        let all = ["o1", "o2"].map(|name| yard.operation(name)).to_vec();
        assert_eq!(yard.told(&yard.other.push(&yard.served, all)), "200 o2");
    }
}

/// Case 111.
#[test]
fn the_older_version_of_the_protocol_wins() {
    let yard = Yard::new();
    let before = yard.state();
    let hello = |min: u32, max: u32, more: Value| {
        let mut hello = yard.till.shop.hello().unwrap();
        hello.protocol = (min, max);
        let text = wire::write_hello(&hello);
        let mut body: Value = serde_json::from_slice(&text).unwrap();
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        yard.till.post(&yard.served, "hello", &[JSON], body.to_string().as_bytes())
    };
    let told = hello(0, 9, json!({"new": [1, 2]}));
    assert_eq!((told.status, told.json()["protocol"].clone()), (200, json!(1)));
    let expected =
        "400 protocol: this node speaks version 1 of the protocol, the child speaks 2 to 3";
    assert_eq!(refusal(&hello(2, 3, json!({}))), expected);
    assert_eq!(refusal(&hello(2, 3, json!({"chains": "another form"}))), expected);
    assert_eq!(yard.state(), before);
    yard.assert_nobody_is_stopped("111");
}

/// Case 113: credit of a customer whom this node has not heard of makes that customer appear, with a
/// conflict until the one who made the customer is heard.
#[test]
fn credit_of_an_unknown_customer_is_kept() {
    let yard = Yard::new();
    send(&yard.other.shop, &yard.till.shop);
    let euro = Money::from_minor(100);
    let deposit = CreditTransaction::deposit(yard.till.shop.stamp(), &id("o1"), euro);
    yard.till.shop.record(&deposit).unwrap();
    assert_eq!(yard.push(&["t2", "t3", "t4", "t5"]), "200 t5");
    let store = &yard.served.store;
    assert_eq!(store.balance(&id("o1")).unwrap(), euro);
    let kinds =
        || store.conflicts().unwrap().iter().map(|one| one.kind.as_str()).collect::<Vec<_>>();
    assert_eq!(kinds(), ["unknown_customer"]);
    yard.assert_nobody_is_stopped("113");
    assert_eq!(store.balance(&id("o1")).unwrap(), euro);
}

/// Case 117.
#[test]
fn a_reversal_before_its_target_counts_zero() {
    let yard = Yard::new();
    let (till, other) = (&yard.till.shop, &yard.other.shop);
    let deposit = CreditTransaction::deposit(other.stamp(), &id("o1"), Money::from_minor(100));
    other.record(&deposit).unwrap();
    send(other, till);
    till.record(&CreditTransaction::reversal(till.stamp(), &id("o1"), &deposit.id)).unwrap();
    assert_eq!(yard.push(&["t2", "t3", "t4", "t5"]), "200 t5");
    let store = &yard.served.store;
    assert_eq!(store.balance(&id("o1")).unwrap(), Money::ZERO);
    let all = ["o1", "o2", "o3"].map(|name| yard.operation(name)).to_vec();
    assert_eq!(yard.told(&yard.other.push(&yard.served, all)), "200 o3");
    assert_eq!(store.balance(&id("o1")).unwrap(), Money::ZERO);
    assert!(store.check(|_| ()).unwrap().is_sound());
}

/// Case 118.
#[test]
fn a_till_in_the_year_2500_takes_nobody_along() {
    let yard = Yard::new();
    yard.till.shop.clock.set(Timestamp::parse("2500-01-01T00:00:00Z").unwrap());
    yard.till.shop.create_customer(&customer("t5")).unwrap();
    assert_eq!(yard.push(&["t2", "t3", "t4", "t5"]), "200 t5");
    let store = &yard.served.store;
    store.create_customer(&customer("own")).unwrap();
    let own = operations(store).into_iter().rfind(|one| one.id.node == store.node()).unwrap();
    assert!(own.hlc.at() < Timestamp::parse("2026-01-01T12:02:00Z").unwrap(), "{:?}", own.hlc.at());
    yard.assert_nobody_is_stopped("118");
}

/// Case 119, and a run of pages.
#[test]
fn a_cursor_is_of_one_feed() {
    let yard = Yard::new();
    let till = &yard.till;
    let first = till.get(&yard.served, "pull?limit=1&unknown=1");
    assert_eq!(first.header("content-type"), Some("application/x-ndjson"));
    let (first, _) = wire::read_page(&first.body).unwrap();
    assert_eq!((first.units.len(), first.is_full, &first.checkpoint), (1, true, &None));
    let rest = till.get(&yard.served, &format!("pull?cursor={}", first.next));
    let (rest, _) = wire::read_page(&rest.body).unwrap();
    assert!(rest.checkpoint.is_some());
    assert_eq!(rest.checkpoint.unwrap().digest, yard.served.store.view_digest().unwrap());
    let digest = wire::read_digest(&till.get(&yard.served, "digest").body).unwrap();
    assert_eq!(digest, yard.served.store.view_digest().unwrap());
    let mut foreign = first.next;
    foreign.node = yard.other.shop.node();
    let mut restored = first.next;
    restored.incarnation += 1;
    let mut ahead = first.next;
    ahead.number += 1_000_000;
    for cursor in [foreign, restored, ahead] {
        let told = till.get(&yard.served, &format!("pull?cursor={cursor}"));
        assert_eq!(refusal(&told), "410 reset: the cursor is not of this feed", "{cursor}");
    }
    let form = "400 malformed: cursor must be a cursor: node, incarnation and number with dots between \
                them";
    for cursor in ["1", "..", &format!("{}.+1.0", first.next.node), "%00", "1.1.1"] {
        assert_eq!(refusal(&till.get(&yard.served, &format!("pull?cursor={cursor}"))), form);
    }
    for limit in ["0", "2001", "-1", "many"] {
        let told = till.get(&yard.served, &format!("pull?limit={limit}"));
        assert_eq!(refusal(&told), "400 malformed: limit must be a number from 1 to 2000");
    }
    assert_eq!(till.get(&yard.served, "pull").status, 200);
    yard.assert_nobody_is_stopped("119");
}

/// Case 120: a hello that names more chains than anybody has, and one that is too long for that.
#[test]
fn a_vector_without_end_is_refused() {
    let yard = Yard::new();
    let before = yard.state();
    let hello = String::from_utf8(wire::write_hello(&yard.till.shop.hello().unwrap())).unwrap();
    let at = hello.find("\"root_received\":[").unwrap() + "\"root_received\":[".len();
    let with = |n: u32| {
        let place =
            |n: u32| format!("{{\"node\":\"{n:032x}\",\"incarnation\":\"1\",\"seq\":\"0\"}},");
        let many: String = (0..n).map(place).collect();
        let many = if hello[at..].starts_with(']') { many.trim_end_matches(',') } else { &many };
        let body = format!("{}{many}{}", &hello[..at], &hello[at..]);
        let head = [JSON, "Content-Encoding: zstd"];
        yard.till.post(&yard.served, "hello", &head, &packed(body.as_bytes()))
    };
    let told = "400 malformed: line 1 must be a hello: expected a list of at most 100000 entries";
    assert_eq!(refusal(&with(100_001)), told);
    assert_eq!(refusal(&with(1_000_000)), "413 too-large: the body may have 8388608 bytes");
    assert_eq!(yard.state(), before);
    yard.assert_nobody_is_stopped("120");
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A batch of which one line is no operation is refused as a whole.
#[test]
fn a_batch_is_read_whole_or_not_at_all() {
    let yard = Yard::new();
    let before = yard.state();
    let good = wire::write_batch(&Batch { operations: of(&yard, &["t2", "t3"]) });
    let push = |head: &[&str], body: &[u8]| {
        let head = if head.is_empty() { &[NDJSON] } else { head };
        refusal(&yard.till.post(&yard.served, "push", head, body))
    };
    let line = |more: &[u8]| [good.as_slice(), more].concat();
    let is = "must be an operation:";
    assert_eq!(push(&[], &line(b"[]")), format!("400 malformed: line 3 {is} expected an object"));
    assert_eq!(push(&[], &line(b"\n\n{")), format!("400 malformed: line 5 {is} no JSON"));
    assert_eq!(push(&[], &line(b"{}")), format!("400 malformed: line 3 {is} missing field `node`"));
    assert_eq!(push(&[], &line(b"\xff")), format!("400 malformed: line 3 {is} expected an object"));
    let long = format!("{{\"facts\":\"{}\"}}", "f".repeat(wire::OPERATION_BYTES_MAX));
    let told = "400 malformed: line 3 must have at most 524288 bytes";
    assert_eq!(push(&[], &line(long.as_bytes())), told);
    assert_eq!(push(&[JSON], &good), "415 wrong-type: the body must be application/x-ndjson");
    let gzip = "415 wrong-type: the body must come without an encoding, or in zstd once";
    assert_eq!(push(&[NDJSON, "Content-Encoding: gzip"], &good), gzip);
    let long = vec![b' '; (8 << 20) + 1];
    let too_large = "413 too-large: the body may have 8388608 bytes";
    assert_eq!(push(&[], &long), too_large);
    let zstd = [NDJSON, "Content-Encoding: zstd"];
    assert_eq!(push(&zstd, &packed(&long)), too_large);
    assert_eq!(yard.state(), before);
    let told = yard.till.post(&yard.served, "push", &zstd, &packed(&good));
    assert_eq!(yard.told(&told), "200 t3");
    yard.assert_nobody_is_stopped("lines");
}

/// A key is one till's.
#[test]
fn a_key_is_bound_to_the_node_that_says_hello_with_it() {
    let yard = Yard::new();
    let served = &yard.served;
    let mut told = String::new();
    let mut tell = |what: &str, heard: &Told| {
        let heard = if heard.status == 200 { "200".to_owned() } else { refusal(heard) };
        told += &format!("{what}: {heard}\n");
    };
    let stranger = Till { shop: Shop::in_memory(21), key: yard.till.key.clone() };
    tell("another node with the till's key", &stranger.hello(served));
    tell("the till once more", &yard.till.hello(served));
    let second = served.key("till again", &[Right::Sync]);
    let moved = |key: &str| {
        post(served, key, "hello", &[JSON], &wire::write_hello(&yard.till.shop.hello().unwrap()))
    };
    tell("a push before any hello", &post(served, &second, "push", &[NDJSON], b""));
    tell("a pull before any hello", &served.get("/sync/v1/pull", Some(&second)));
    tell("the till with a second key", &moved(&second));
    served.store.revoke_key("till").unwrap();
    tell("its first key when it was revoked", &yard.till.hello(served));
    tell("the second key then", &moved(&second));
    tell("and a push with it", &post(served, &second, "push", &[NDJSON], b""));
    let root = Till { shop: Shop::in_memory(22), key: served.key("root", &[Right::Sync]) };
    let mut hello = root.shop.hello().unwrap();
    hello.node = served.store.node();
    tell("this node itself", &root.post(served, "hello", &[JSON], &wire::write_hello(&hello)));
    hello.node = root.shop.node();
    hello.currency = ("JPY".to_owned(), 0);
    tell("another currency", &root.post(served, "hello", &[JSON], &wire::write_hello(&hello)));
    tell("an admin", &served.get("/sync/v1/pull", Some(&served.admin)));
    tell("a stranger", &served.get("/sync/v1/pull", None));
    let nodes: BTreeSet<String> =
        [stranger.shop.node(), root.shop.node()].map(|n| n.to_string()).into();
    assert_eq!(nodes.len(), 2);
    assert_eq!(served.store.sync_status().unwrap().n_children, 2, "none of them became a child");
    let other = ["o1", "o2"].map(|name| yard.operation(name)).to_vec();
    assert_eq!(yard.told(&yard.other.push(served, other)), "200 o2");
    check(&told, expect![[r#"
        another node with the till's key: 403 key-of-another-node: the key is that of another node; make one key for each till
        the till once more: 200
        a push before any hello: 403 no-hello: no node has said hello with this key
        a pull before any hello: 403 no-hello: no node has said hello with this key
        the till with a second key: 403 node-of-another-key: the node has the key "till", which is in use; revoke that one first
        its first key when it was revoked: 401 unauthenticated: the key is unknown or was revoked
        the second key then: 200
        and a push with it: 200
        this node itself: 409 not-a-child: it cannot be a child: it is this node itself, or a copy of its file
        another currency: 409 not-a-child: it cannot be a child: it counts in JPY with 0 decimals, not in EUR with 2
        an admin: 403 forbidden: the key lacks the right sync
        a stranger: 401 unauthenticated: the header Authorization is missing
    "#]]);
}

fn check(told: &str, expected: Expect) {
    expected.assert_eq(told);
}

#[test]
fn what_nodes_do_is_counted() {
    let yard = Yard::new();
    assert_eq!(yard.push(&["t3", "s1"]), "200 s1 t1 | t3 gap before t2");
    assert_eq!(yard.till.get(&yard.served, "pull").status, 200);
    let metrics = yard.served.get("/metrics", Some(&yard.served.admin));
    let lines = metrics.text().lines().filter(|line| line.starts_with("tillbook_sync_"));
    let told = lines.collect::<Vec<_>>().join("\n");
    check(&told, expect![[r#"
        tillbook_sync_pushed_operations_total 3
        tillbook_sync_pulled_units_total 4
        tillbook_sync_refused_total{reason="gap"} 1
        tillbook_sync_refused_total{reason="fork"} 0
        tillbook_sync_refused_total{reason="not-yours"} 0
        tillbook_sync_refused_total{reason="upgrade-server"} 0
        tillbook_sync_children 2"#]]);
    let health = yard.till.get(&yard.served, "health").json();
    let node = yard.served.store.node().to_string();
    assert_eq!(
        health,
        json!({
            "node": node, "root": node, "n_pending": 0, "n_children": 2,
            "server_time": "2026-01-01T12:00:00.000Z",
        })
    );
}
