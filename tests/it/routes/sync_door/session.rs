//! Who speaks, in which version, and from where on.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tillbook::Right;

use tillbook::sync::wire;

use super::super::served::Told;
use super::{JSON, NDJSON, Till, Yard, packed, post, refusal};
use crate::shop::Shop;

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
    let buckets = till.get(&yard.served, "buckets").body;
    assert_eq!(wire::read_buckets(&buckets).unwrap(), yard.served.store.buckets().unwrap());
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
    let told = "400 malformed: line 1 must be a hello: expected a list of at most 20000 entries";
    assert_eq!(refusal(&with(20_001)), told);
    assert_eq!(refusal(&with(1_000_000)), "413 too-large: the body may have 8388608 bytes");
    assert_eq!(yard.state(), before);
    yard.assert_nobody_is_stopped("120");
}

/// A till hears which row is damaged, and whoever looks after the shop sees that something is.
#[test]
fn a_damaged_row_has_a_name_of_its_own() {
    let yard = Yard::new();
    let conn = rusqlite::Connection::open(yard.served.path()).unwrap();
    conn.execute("update customer set first_name = 'Rot' where id = 't1'", []).unwrap();
    let told = refusal(&yard.till.get(&yard.served, "pull"));
    assert!(told.starts_with("500 damaged: the row of person t1 is damaged: "), "{told}");
    let metrics = yard.served.get("/metrics", Some(&yard.served.admin));
    assert!(metrics.text().contains("tillbook_sync_trouble 1\n"));
    assert_eq!(yard.push(&["t2", "s1", "s2"]), "200 s2 t2");
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
    assert_eq!(
        served.store.sync_status().unwrap().children.len(),
        2,
        "none of them became a child"
    );
    let other = ["o1", "o2"].map(|name| yard.operation(name)).to_vec();
    assert_eq!(yard.told(&yard.other.push(served, other)), "200 o2");
    check(
        &told,
        expect![[r#"
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
    "#]],
    );
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
    check(
        &told,
        expect![[r#"
        tillbook_sync_pushed_operations_total 3
        tillbook_sync_pulled_units_total 4
        tillbook_sync_refused_total{reason="gap"} 1
        tillbook_sync_refused_total{reason="fork"} 0
        tillbook_sync_refused_total{reason="not-yours"} 0
        tillbook_sync_refused_total{reason="upgrade-server"} 0
        tillbook_sync_trouble 0
        tillbook_sync_children 2
        tillbook_sync_children_behind 2
        tillbook_sync_children_shut 0
        tillbook_sync_digest_info{digest="3a131e377fa08624226ca2e5a0cdf5f7"} 1"#]],
    );
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

/// A key that is still good for other doors fetches nothing more here.
#[test]
fn who_is_shut_out_fetches_nothing() {
    let yard = Yard::new();
    let look = || {
        let paths = ["pull", "digest", "buckets", "snapshot", "snapshot/any/0"];
        let told = paths.map(|path| {
            let told = yard.till.get(&yard.served, path);
            format!("{path} {} {}", told.status, told.json()["code"].as_str().unwrap_or("-"))
        });
        told.join(", ")
    };
    yard.served.store.shut_out(yard.till.shop.node()).unwrap();
    let refused = "403 unknown-child";
    assert_eq!(
        look(),
        format!(
            "pull {refused}, digest {refused}, buckets {refused}, snapshot {refused}, \
             snapshot/any/0 {refused}"
        )
    );
    assert_eq!(yard.till.hello(&yard.served).status, 409);
    yard.served.store.let_in(yard.till.shop.node()).unwrap();
    assert_eq!(yard.till.hello(&yard.served).status, 200);
    assert_eq!(yard.till.get(&yard.served, "digest").status, 200);
}
