mod property;

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::clock::Hlc;
use crate::error::Result;
use crate::id::{NodeId, OperationId};
use crate::operation::{Head, OPERATION_BYTES_MAX, Operation, Personal};
use crate::sync::{Batch, CHAINS_MAX, Chain, Hello, OTHER_ROOTS_MAX, Reach};
use crate::unit::{Digest, Kind, Sum};

fn operation_line() -> Value {
    let node = NodeId([0xab; 16]);
    let operation = Operation {
        id: OperationId { node, incarnation: (1 << 63) - 1, seq: 1 },
        schema: 1,
        hlc: Hlc::from_parts(1 << 61, node),
        follows: Some(Head { incarnation: 7, seq: 9, hash: [1; 32] }),
        facts: "[{\"kind\":\"set\"}]".to_owned(),
        personal: Some(Personal { salt: [2; 16], text: "[\"canary\"]".to_owned() }),
        personal_hash: Some([3; 32]),
        hash: [4; 32],
    };
    let text = write_batch(&Batch { operations: vec![operation] });
    serde_json::from_slice(&text).unwrap_or_default()
}

#[test]
fn an_operation_has_this_form() {
    let line = operation_line();
    expect![[r#"
        {
          "facts": "[{\"kind\":\"set\"}]",
          "follows": {
            "hash": "0101010101010101010101010101010101010101010101010101010101010101",
            "incarnation": "7",
            "seq": "9"
          },
          "hash": "0404040404040404040404040404040404040404040404040404040404040404",
          "hlc": "2305843009213693952",
          "incarnation": "9223372036854775807",
          "node": "abababababababababababababababab",
          "personal": "[\"canary\"]",
          "personal_hash": "0303030303030303030303030303030303030303030303030303030303030303",
          "salt": "02020202020202020202020202020202",
          "schema": 1,
          "seq": "1"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&line).unwrap_or_default());
}

fn told<T: std::fmt::Debug>(read: Result<T>) -> String {
    read.map_or_else(|error| error.to_string(), |read| format!("{read:?}"))
}

/// The second of two operations with each of these changes.
fn check_operation(changes: &[Value], expected: Expect) {
    let mut all = String::new();
    for change in changes {
        let mut line = operation_line();
        for (name, value) in change.as_object().into_iter().flatten() {
            match value {
                Value::String(word) if word == "-" => {
                    drop(line.as_object_mut().and_then(|line| line.remove(name)))
                }
                value => line[name] = value.clone(),
            }
        }
        let text = format!("{}\n{line}\n", operation_line());
        let told = match read_batch(text.as_bytes()) {
            Ok(batch) => format!("{} operations", batch.operations.len()),
            Err(error) => error.to_string(),
        };
        let told = told.split(" at byte ").next().unwrap_or_default();
        all += &format!("{change} {told}\n");
    }
    expected.assert_eq(&all);
}

#[test]
fn operations_are_read_strictly() {
    check_operation(
        &[
            json!({}),
            json!({"new": {"deep": [1]}, "schema": 2}),
            json!({"personal": null, "salt": null}),
            json!({"salt": "-"}),
            json!({"facts": "-"}),
            json!({"facts": {"kind": "set"}}),
            json!({"node": "ABABABABABABABABABABABABABABABAB"}),
            json!({"hash": "canary"}),
            json!({"hash": 12}),
            json!({"seq": 1}),
            json!({"seq": "0"}),
            json!({"seq": "01"}),
            json!({"seq": "+1"}),
            json!({"hlc": "9223372036854775808"}),
            json!({"schema": "canary"}),
            json!({"schema": 4_294_967_296_u64}),
            json!({"schema": 1.0}),
            json!({"follows": "canary"}),
        ],
        expect![[r#"
            {} 2 operations
            {"new":{"deep":[1]},"schema":2} 2 operations
            {"personal":null,"salt":null} 2 operations
            {"salt":"-"} line 2 must be an operation: `salt` and `personal` come together
            {"facts":"-"} line 2 must be an operation: missing field `facts`
            {"facts":{"kind":"set"}} line 2 must be an operation: expected a string
            {"node":"ABABABABABABABABABABABABABABABAB"} line 2 must be an operation: expected 32 lower-case hex digits
            {"hash":"canary"} line 2 must be an operation: expected 64 lower-case hex digits
            {"hash":12} line 2 must be an operation: expected 64 lower-case hex digits
            {"seq":1} line 2 must be an operation: expected a whole number below 2^63 as text
            {"seq":"0"} line 2 must be an operation: `seq` counts from 1
            {"seq":"01"} line 2 must be an operation: expected a whole number below 2^63 as text
            {"seq":"+1"} line 2 must be an operation: expected a whole number below 2^63 as text
            {"hlc":"9223372036854775808"} line 2 must be an operation: expected a whole number below 2^63 as text
            {"schema":"canary"} line 2 must be an operation: expected u32
            {"schema":4294967296} line 2 must be an operation: expected u32
            {"schema":1.0} line 2 must be an operation: expected u32
            {"follows":"canary"} line 2 must be an operation: expected an object
        "#]],
    );
}

#[test]
fn lines_are_counted_and_bounded() {
    let line = operation_line().to_string();
    let cases = [
        ("", "0"),
        ("\n\r\n", "0"),
        ("LINE", "1"),
        ("LINE\r\nLINE\n\n", "2"),
        ("LINE LINE", "line 1 must be an operation: no JSON"),
        ("LINE\n\n[]\n", "line 3 must be an operation: expected"),
        ("LINE\nnull", "line 2 must be an operation: expected"),
        ("LINE\n{\"node\"", "line 2 must be an operation: no JSON"),
        ("{\"node\":\"\u{e1}", "line 1 must be an operation: no JSON"),
    ];
    for (text, expected) in cases {
        let text = text.replace("LINE", &line);
        let told = match read_batch(text.as_bytes()) {
            Ok(batch) => batch.operations.len().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(told.starts_with(expected), "{told}");
    }
    // What `operation::append` reckons with: 1 KiB beside facts and personal part.
    assert!(line.len() + "9223372036854775807".len() * 4 < 1 << 10, "{}", line.len());
    let long = |n: usize| {
        let mut long = operation_line();
        long["facts"] = "".into();
        let rest = n - long.to_string().len();
        long["facts"] = "f".repeat(rest).into();
        told(read_batch(long.to_string().as_bytes()).map(|batch| batch.operations.len()))
    };
    assert_eq!(long(OPERATION_BYTES_MAX), "1");
    assert_eq!(long(OPERATION_BYTES_MAX + 1), "line 1 must have at most 524288 bytes");
}

/// The bodies of sync have at most 8 MiB.
#[test]
fn the_longest_hello_fits_in_a_body() {
    let (last, all) = ((1 << 63) - 1, 0..CHAINS_MAX as u64);
    let chain = |n: u64| Chain { node: NodeId([0xff; 16]), incarnation: last - n };
    let hello = Hello {
        node: NodeId([1; 16]),
        incarnation: last,
        protocol: (1, 1),
        currency: ("EUR".to_owned(), 2),
        root: Some(NodeId([2; 16])),
        root_epoch: last,
        is_complete: true,
        chains: all.clone().map(|n| (chain(n), Reach { seq: last, hash: [3; 32] })).collect(),
        root_received: all.clone().map(|n| (chain(n), last)).collect(),
        cursor: None,
        marks: all.map(|_| (NodeId([4; 16]), Some(last))).collect(),
        other_roots: vec![NodeId([5; 16]); OTHER_ROOTS_MAX],
    };
    let text = write_hello(&hello);
    assert!(text.len() <= 8 << 20, "{}", text.len());
    assert_eq!(read_hello(&text).ok(), Some(hello));
}

fn plain_hello() -> Hello {
    Hello {
        node: NodeId([1; 16]),
        incarnation: 1,
        protocol: (1, 1),
        currency: ("EUR".to_owned(), 2),
        root: None,
        root_epoch: 0,
        is_complete: true,
        chains: BTreeMap::new(),
        root_received: BTreeMap::new(),
        cursor: None,
        marks: Vec::new(),
        other_roots: Vec::new(),
    }
}

/// Case 120, and how little it takes to be found out.
#[test]
fn more_chains_than_anybody_has_are_refused() {
    let text = String::from_utf8(write_hello(&plain_hello())).unwrap_or_default();
    let with = |name: &str, n: u128| {
        let entry = |n: u128| match name {
            "marks" => format!("{{\"node\":\"{n:032x}\",\"mark\":\"0\"}}"),
            "chains" => format!(
                "{{\"node\":\"{n:032x}\",\"incarnation\":\"1\",\"seq\":\"0\",\"hash\":\"{n:064x}\"}}"
            ),
            _ => format!("{{\"node\":\"{n:032x}\",\"incarnation\":\"1\",\"seq\":\"0\"}}"),
        };
        let entries: Vec<String> = (0..n).map(entry).collect();
        let old = format!("\"{name}\":[]");
        let text = text.replace(&old, &format!("\"{name}\":[{}]", entries.join(",")));
        read_hello(text.as_bytes())
    };
    for name in ["chains", "root_received", "marks"] {
        assert!(with(name, CHAINS_MAX as u128).is_ok(), "{name}");
        let told = told(with(name, CHAINS_MAX as u128 + 1));
        let rule = "line 1 must be a hello: expected a list of at most 20000 entries at byte ";
        assert!(told.starts_with(rule), "{name}: {told}");
    }
    let twice = text.replace("\"root_received\":[]", "\"root_received\":[PLACE,PLACE]");
    let place = format!("{{\"node\":\"{:032x}\",\"incarnation\":\"1\",\"seq\":\"2\"}}", 7);
    let told = told(read_hello(twice.replace("PLACE", &place).as_bytes()));
    assert_eq!(told, "line 1 must be a hello: a chain is named twice");
}

/// How many of its children's trees a node may ask about.
#[test]
fn more_trees_than_one_asks_about_are_refused() {
    let asked = |n: usize| {
        let mut hello = plain_hello();
        hello.other_roots = vec![NodeId([5; 16]); n];
        told(read_hello(&write_hello(&hello)).map(|hello| hello.other_roots.len()))
    };
    assert_eq!(asked(OTHER_ROOTS_MAX), "100");
    let rule = "line 1 must be a hello: roots of other trees are at most 100";
    assert_eq!(asked(OTHER_ROOTS_MAX + 1), rule);
}

#[test]
fn units_of_unknown_kinds_are_passed_over() {
    let end = format!("{{\"next\":\"{:032x}.1.2\",\"full\":true}}", 7);
    let check = |lines: &str, expected: &str| {
        let told = match read_page(lines.replace("END", &end).as_bytes()) {
            Ok((page, unknown)) => {
                let units: Vec<_> = page.units.iter().map(|(unit, _)| unit.id.as_str()).collect();
                let unknown: Vec<_> = unknown.iter().map(|unit| unit.kind.as_str()).collect();
                format!("{} | {}", units.join(" "), unknown.join(" "))
            }
            Err(error) => error.to_string(),
        };
        assert!(told.starts_with(expected), "{told}");
    };
    let what = "must be a unit or the end of a page:";
    check("END", " | ");
    check(
        r#"{"unit":"person","id":"ada","content":{},"newer":1}
           {"unit":"voucher","id":"x","content":{"a":1},"stamps":{}}
           {"unit":"times","id":"bob","gone":true}
           {"unit":"debt","id":"y","gone":true}
           END"#,
        "ada bob | voucher debt",
    );
    check("", &format!("line 1 {what} the page was cut before its end"));
    check("\n{\"unit\":\"person\",\"id\":\"ada\",\"gone\":true}", "line 3 ");
    check("END\nEND", "line 2 must be left out: the page has ended");
    check("{\"unit\":\"person\",\"id\":\"ada\"}\nEND", "line 1 ");
    check("{\"unit\":\"person\",\"id\":\"ada\",\"gone\":true,\"content\":{}}\nEND", "line 1 ");
    check("{\"unit\":\"person\"}\nEND", &format!("line 1 {what} it has neither"));
    check("{\"unit\":\"person\",\"id\":1,\"gone\":true}\nEND", &format!("line 1 {what} expected"));
    let digest = read_digest(
        br#"{"digest":{"person":{"sum":"00000000000000000000000000000005","n_units":"1"},
            "voucher":{"sum":"00000000000000000000000000000006","n_units":"2"}}}"#,
    );
    let person = BTreeMap::from([(Kind::Person, Sum { sum: 5, n_units: 1 })]);
    assert_eq!(told(digest), format!("{:?}", Digest(person)));
}

/// What a newer parent says beside the words of this version stops that chain alone.
#[test]
fn an_unknown_reason_lets_the_chain_wait() {
    let read = |why: &str| {
        let text = format!(
            "{{\"received\":[],\"root_received\":[],\"refused\":[{{\"id\":{{\"node\":\"{:032x}\",\
             \"incarnation\":\"1\",\"seq\":\"2\"}},{why}}}],\"root_epoch\":\"0\",\
             \"server_time\":\"2026-01-01T00:00:00Z\"}}",
            7
        );
        told(read_received(text.as_bytes()).map(|received| received.refused[0].why.clone()))
    };
    assert_eq!(read("\"why\":\"asleep\""), "UpgradeServer(\"asleep\")");
    assert_eq!(read("\"why\":\"upgrade-server\",\"reason\":\"r\""), "UpgradeServer(\"r\")");
    assert_eq!(
        read("\"why\":\"gap\""),
        "line 1 must be an answer to a push: a gap says what is expected"
    );
}
