//! Batches that are not as they should be.

use std::collections::BTreeSet;

use tillbook::Replacement;
use tillbook::operation::{Hash, OPERATION_BYTES_MAX, Operation};
use tillbook::sync::{BATCH_BYTES_MAX, BATCH_OPERATIONS_MAX, Batch, Limit, wire};

use super::{JSON, NDJSON, Yard, packed, refusal};
use crate::shop::{card, customer, id, said};

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
        ("110 another's and own", |yard| of(yard, &["o1", "s1"]), "200 o0 s1 | o1 not-yours"),
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

/// Case 110 of operations that are known already. A shop whose till has moved away still holds what it
/// brought last: that is a replay, which changes nothing, and it hears how far the till has come by itself.
/// What is new it may not bring. Once, it could not bring what was known either, and so never heard that what
/// it holds beyond is another branch.
#[test]
fn whoever_has_lost_a_till_hears_how_far_it_has_come() {
    let yard = Yard::new();
    let all = ["o1", "o2"].map(|name| yard.operation(name)).to_vec();
    assert_eq!(yard.told(&yard.other.push(&yard.served, all)), "200 o2");
    let before = yard.state();
    assert_eq!(yard.push(&["o1", "o2"]), "200 o2");
    assert_eq!(yard.state(), before);
    yard.other.shop.create_customer(&customer("o3")).unwrap();
    assert_eq!(yard.push(&["o2", "o3"]), "200 o2 | o3 not-yours");
    assert_eq!(yard.push(&["o3"]), NOT_YOURS);
    assert_eq!(yard.state(), before);
    assert_eq!(yard.push(&["o1", "s1"]), "200 o1 s1");
    let page = yard.till.get(&yard.served, "pull");
    let (page, _) = wire::read_page(&page.body).unwrap();
    let included = page.checkpoint.unwrap().included;
    assert!(included.keys().any(|chain| chain.node == yard.other.shop.node()), "{included:?}");
    yard.assert_nobody_is_stopped("110");
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
    let long = format!("{{\"facts\":\"{}\"}}", "f".repeat(OPERATION_BYTES_MAX));
    let told = "400 malformed: line 3 must have at most 524288 bytes";
    assert_eq!(push(&[], &line(long.as_bytes())), told);
    assert_eq!(push(&[JSON], &good), "415 wrong-type: the body must be application/x-ndjson");
    let gzip = "415 wrong-type: the body must come without an encoding, or in zstd once";
    assert_eq!(push(&[NDJSON, "Content-Encoding: gzip"], &good), gzip);
    let long = vec![b' '; BATCH_BYTES_MAX + 1];
    let too_large = "413 too-large: the body may have 1048576 bytes";
    assert_eq!(push(&[], &long), too_large);
    let zstd = [NDJSON, "Content-Encoding: zstd"];
    assert_eq!(push(&zstd, &packed(&long)), too_large);
    let many =
        wire::write_batch(&Batch { operations: of(&yard, &["t2"; BATCH_OPERATIONS_MAX + 1]) });
    assert_eq!(push(&zstd, &packed(&many)), "413 too-many: a batch may have 500 operations");
    assert_eq!(yard.state(), before);
    let told = yard.till.post(&yard.served, "push", &zstd, &packed(&good));
    assert_eq!(yard.told(&told), "200 t3");
    yard.assert_nobody_is_stopped("lines");
}

/// Nothing is written that could not be sent: it would stop its author for ever.
#[test]
fn what_is_written_can_be_sent() {
    let yard = Yard::new();
    let (till, note) = (&yard.till.shop, "\"".repeat(16 * 1024));
    let mut told = Vec::new();
    for n in 1..=9 {
        let noted = |n: u32| tillbook::Card { note: Some(note.clone()), ..card(&n.to_string()) };
        let cards = (10 * n..11 * n).map(noted).collect();
        let new = Replacement { cards: Some(cards), ..customer(&format!("n{n}")).into() };
        told.push(said(till.create(&new)));
    }
    let long = "operation is longer than 524288 bytes; make the change in steps";
    assert_eq!(told, ["ok", "ok", "ok", "ok", "ok", "ok", "ok", long, long]);
    // A parent takes every batch that a child makes.
    let mut told = Vec::new();
    while let Some(batch) = till.pending(Limit::BATCH, &BTreeSet::new()).unwrap() {
        let body = wire::write_batch(&batch);
        assert!(body.len() <= BATCH_BYTES_MAX, "{}", body.len());
        let answer = yard.till.post(&yard.served, "push", &[NDJSON], &body);
        told.push(yard.told(&answer));
        till.note_received(&wire::read_received(&answer.body).unwrap()).unwrap();
    }
    assert_eq!(told.last().unwrap(), "200 t11");
    assert!(told.len() > 1, "{told:?}");
    yard.assert_nobody_is_stopped("long");
}
