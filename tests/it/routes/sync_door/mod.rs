//! The door for other nodes: what each of them hears, and that nothing it says stops another one or
//! leaves half of itself behind.

mod batch;
mod late;
mod pace;
mod session;

use std::io::Write as _;

use serde_json::Value;
use tillbook::operation::Operation;
use tillbook::sync::{Batch, wire};
use tillbook::{NodeId, Right, Store};

use super::served::{Served, Told};
use crate::shop::{Shop, customer, operations};

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
    fn state(&self) -> (String, usize, usize) {
        let store = &self.served.store;
        let digest = store.view_digest().unwrap().to_string();
        (digest, operations(store).len(), store.sync_status().unwrap().children.len())
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

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}
