//! Made up: a node says hello about chains, nodes and epochs that there are not, or writes in the name of
//! another one. It harms nobody but itself.

use tillbook::clock::Hlc;
use tillbook::operation::{Hash, Operation};
use tillbook::sync::{
    Batch, CHAINS_MAX, Chain, HANDOVER_HELLOS, Hello, LATER_EPOCHS_MAX, Limit, OTHER_ROOTS_MAX,
    Reach, STRANGERS_MAX, Why, wire,
};
use tillbook::{ConflictKind, NodeId, Store};

use crate::shop::{Shop, customer, id, operations};
use crate::sync::{assert_equal, assert_sound, round};

/// The nth node that there is not.
fn nobody(n: usize) -> NodeId {
    NodeId((1_u128 << 100 | n as u128).to_be_bytes())
}

/// What a node says of so many chains beside its own.
fn with_chains(node: &Store, n: usize) -> Hello {
    let mut hello = node.hello().unwrap();
    let chains = (0..n - hello.chains.len()).map(|n| Chain { node: nobody(n), incarnation: 1 });
    let reach = |chain: Chain| (chain, Reach { seq: 9, hash: Hash::default() });
    hello.chains.extend(chains.map(reach));
    hello
}

/// A hello and a pull as they go over the wire; how many chains the hello names.
fn say(child: &Store, parent: &Store) -> usize {
    let hello = wire::read_hello(&wire::write_hello(&child.hello().unwrap())).unwrap();
    let session = wire::write_session(&parent.admit(&hello).unwrap());
    child.greet(&wire::read_session(&session).unwrap()).unwrap();
    let page = parent.changes_since(child.node(), child.cursor().unwrap().as_ref(), Limit::PAGE);
    wire::read_page(&wire::write_page(&page.unwrap())).unwrap();
    hello.chains.len()
}

#[test]
fn chains_that_there_are_not_stop_nobody() {
    let [root, shop, till, bad] = [1, 2, 3, 4].map(Shop::in_memory);
    shop.create_customer(&customer("sue")).unwrap();
    bad.create_customer(&customer("bob")).unwrap();
    for (child, parent) in [(&shop, &root), (&till, &shop), (&bad, &shop), (&shop, &root)] {
        round(child, parent).unwrap();
    }
    shop.admit(&with_chains(&bad, CHAINS_MAX)).unwrap();
    let n_named = say(&shop, &root);
    assert!((STRANGERS_MAX..STRANGERS_MAX + 9).contains(&n_named), "{n_named}");
    till.create_customer(&customer("tom")).unwrap();
    for (child, parent) in [(&till, &shop), (&shop, &root), (&till, &shop)] {
        say(child, parent);
        round(child, parent).unwrap();
    }
    assert_equal(&till, &root);
    assert_sound(&shop);
    shop.shut_out(bad.node()).unwrap();
    assert!(say(&shop, &root) < 9, "nobody listens to it any more");
    shop.let_in(bad.node()).unwrap();
    round(&bad, &shop).unwrap();
    assert!(say(&shop, &root) < 9, "it does not name them any more");
    assert_equal(&bad, &shop);
    assert_sound(&shop);
}

/// A copy of a file says hello under the same name and names others. Once, what the one had asked about was
/// forgotten by that before the shop could ask in its turn, and so for ever.
#[test]
fn chains_are_asked_about_though_a_copy_does_not_name_them() {
    let [root, shop, till] = [1, 2, 3].map(Shop::in_memory);
    for (child, parent) in [(&shop, &root), (&till, &shop)] {
        round(child, parent).unwrap();
    }
    let n_asked = || shop.hello().unwrap().chains.len();
    let told_by = |n: usize| {
        shop.admit(&with_chains(&till, n)).unwrap();
        shop.admit(&till.hello().unwrap()).unwrap();
        n_asked()
    };
    assert!(told_by(500) >= 500);
    round(&shop, &root).unwrap();
    assert!(n_asked() < 9, "nobody above has them either");
    assert!(told_by(CHAINS_MAX) < 9, "they are too many to wait for");
}

#[test]
fn nodes_that_there_are_not_stop_nobody() {
    let [root, shop, till, one, other] = [1, 2, 3, 4, 5].map(Shop::in_memory);
    for (child, parent) in [(&shop, &root), (&till, &shop)] {
        round(child, parent).unwrap();
    }
    for (n, bad) in [&one, &other].iter().enumerate() {
        let mut hello = bad.hello().unwrap();
        hello.marks.extend((0..12_000).map(|at| (nobody(n * 12_000 + at), Some(7))));
        shop.admit(&hello).unwrap();
    }
    let marks = shop.hello().unwrap().marks;
    assert_eq!(marks.len(), 4 + 2 * STRANGERS_MAX);
    let itself = [&shop, &till, &one, &other].map(|known| known.node());
    assert!(itself.iter().all(|node| marks[..4].iter().any(|(named, _)| named == node)));
    say(&shop, &root);
    shop.shut_out(one.node()).unwrap();
    round(&other, &shop).unwrap();
    say(&shop, &root);
    assert_eq!(shop.hello().unwrap().marks.len(), 3);
    assert_eq!(shop.children().unwrap().len(), 3);
    assert_eq!(root.children().unwrap().len(), 3);
}

#[test]
fn an_epoch_that_no_clock_can_have_made_is_refused() {
    let [root, till, bad] = [1, 2, 3].map(Shop::in_memory);
    round(&till, &root).unwrap();
    round(&bad, &root).unwrap();
    let mut hello = bad.hello().unwrap();
    for epoch in [(1 << 63) - 2, 1 << 62, (1 << 48) + (1 << 20) + 1] {
        hello.root_epoch = epoch;
        let told = root.admit(&hello).unwrap_err().to_string();
        assert!(told.contains("it tells of an epoch of the root after 281474977759232"), "{told}");
    }
    // At the end of all clocks they rise one by one.
    for (epoch, expected) in [(1 << 48, 1), (1 << 48, 1), ((1 << 48) + 1000, 3)] {
        hello.root_epoch = epoch;
        assert_eq!(root.admit(&hello).unwrap().root_epoch, (1 << 48) + expected);
    }
    round(&till, &root).unwrap();
    assert_equal(&till, &root);
    assert_sound(&root);
}

#[test]
fn no_child_begins_one_epoch_after_the_other() {
    let [root, till, bad] = [1, 2, 3].map(Shop::on_file);
    for till in [&till, &bad] {
        till.create_customer(&customer(&format!("of {}", till.node()))).unwrap();
        round(till, &root).unwrap();
    }
    let epoch = till.hello().unwrap().root_epoch;
    // Of a chain whose author comes itself.
    let mut hello = bad.hello().unwrap();
    hello.root_received = till.hello().unwrap().root_received;
    hello.root_received.values_mut().for_each(|seq| *seq += 1);
    assert_eq!(root.admit(&hello).unwrap().root_epoch, epoch);
    // Of its own: believed once.
    let mut hello = bad.hello().unwrap();
    let mut epochs = vec![epoch];
    for n in 1..9 {
        hello.root_received.values_mut().for_each(|seq| *seq += n);
        hello.root_epoch = *epochs.last().unwrap();
        epochs.push(root.admit(&hello).unwrap().root_epoch);
    }
    epochs.dedup();
    assert_eq!(epochs.len(), 2, "{epochs:?}");
    for _ in 0..100 {
        hello.root_epoch = epochs.last().unwrap() + 1;
        epochs.push(root.admit(&hello).unwrap().root_epoch);
    }
    epochs.dedup();
    assert_eq!(epochs.len(), 2 + LATER_EPOCHS_MAX as usize);
    round(&till, &root).unwrap();
    assert_equal(&till, &root);
}

/// A page of a new epoch says nothing that a node may show before it has said hello.
#[test]
fn a_state_of_a_new_epoch_waits_for_a_hello() {
    let [root, till, other] = [1, 2, 3].map(Shop::in_memory);
    round(&till, &root).unwrap();
    round(&other, &root).unwrap();
    let mut hello = other.hello().unwrap();
    hello.root_epoch += 1;
    root.admit(&hello).unwrap();
    root.create_customer(&customer("ada")).unwrap();
    let page = root.changes_since(till.node(), till.cursor().unwrap().as_ref(), Limit::PAGE);
    let told = till.take_page(&page.unwrap()).unwrap_err().to_string();
    assert_eq!(told, "the root was restored since this node last said hello");
    round(&till, &root).unwrap();
    assert!(till.customer(&id("ada")).is_ok());
}

/// The first operation of `from`, as if `author` had made it in another opening of its file.
fn forged(from: &Shop, author: NodeId) -> Operation {
    let mut operation = operations(from).swap_remove(0);
    operation.id.node = author;
    operation.id.incarnation = 77;
    operation.hlc = Hlc::parse(&format!("{:016x}{author}", operation.hlc.time())).unwrap();
    operation.hash = operation.chained(&Hash::default());
    operation
}

#[test]
fn nobody_writes_in_the_name_of_who_comes_itself() {
    let [root, till, bad] = [1, 2, 3].map(Shop::in_memory);
    till.create_customer(&customer("tom")).unwrap();
    bad.create_customer(&customer("eve")).unwrap();
    round(&till, &root).unwrap();
    root.admit(&bad.hello().unwrap()).unwrap();
    let batch = Batch { operations: vec![forged(&bad, till.node())] };
    let told = root.receive(bad.node(), &batch).unwrap();
    assert_eq!(told.refused.len(), 1);
    assert_eq!(told.refused[0].why, Why::NotYours);
    assert!(root.customer(&id("eve")).is_err());
    // A copy of the till's file, from before it wrote anything, could be below it.
    let mut hello = bad.hello().unwrap();
    hello.marks.push((till.node(), Some(0)));
    root.admit(&hello).unwrap();
    assert_eq!(root.receive(bad.node(), &batch).unwrap().refused, []);
    assert!(root.conflicts().unwrap().iter().any(|one| one.kind == ConflictKind::Forked));
    round(&bad, &root).unwrap();
    assert!(root.customer(&id("eve")).is_ok());
}

/// Nor by a place in the root's feed that there has never been.
#[test]
fn a_place_in_the_feed_that_was_not_given_out_is_believed_once() {
    for is_mark in [false, true] {
        let [root, bad] = [1, 2].map(Shop::in_memory);
        root.create_customer(&customer("ada")).unwrap();
        round(&bad, &root).unwrap();
        let mut hello = bad.hello().unwrap();
        let mut epochs = Vec::from([hello.root_epoch]);
        for n in 1..9 {
            match is_mark {
                true => hello.marks[0].1 = Some(100 * n),
                false => hello.cursor.as_mut().unwrap().number = 100 * n,
            }
            epochs.push(root.admit(&hello).unwrap().root_epoch);
            hello.root_epoch = *epochs.last().unwrap();
        }
        epochs.dedup();
        assert_eq!(epochs.len(), 2, "{is_mark} {epochs:?}");
    }
}

/// Whoever takes a node over by naming it does not confirm at once what that node has not, and takes nothing
/// back that it has.
#[test]
fn a_node_that_has_moved_has_confirmed_no_more_than_before() {
    for lags in [false, true] {
        let [root, till, shop] = [1, 2, 3].map(Shop::in_memory);
        root.create_customer(&customer("sue")).unwrap();
        round(&till, &root).unwrap();
        root.create_customer(&customer("tom")).unwrap();
        (0..2).for_each(|_| drop(round(&till, &root).unwrap()));
        let before = till.hello().unwrap().marks[0].1.unwrap();
        root.create_customer(&customer("ada")).unwrap();
        round(&shop, &root).unwrap();
        let mut hello = shop.hello().unwrap();
        let latest = hello.marks[0].1.unwrap();
        assert!(latest > before && before > 1, "{before} {latest}");
        let told = if lags { before - 1 } else { latest };
        hello.marks.push((till.node(), Some(told)));
        let mark = || {
            root.admit(&hello).unwrap();
            let children = root.children().unwrap();
            children.iter().find(|child| child.node == till.node()).unwrap().root_mark
        };
        let seen: Vec<u64> = (0..=HANDOVER_HELLOS).map(|_| mark()).collect();
        assert_eq!(seen, [before, before, before.min(told), told]);
    }
}

/// Nobody asks about so many trees that the others' are forgotten.
#[test]
fn trees_that_there_are_not_stop_nobody() {
    let [root, shop, bad, good] = [1, 2, 3, 4].map(Shop::in_memory);
    round(&shop, &root).unwrap();
    let mut asks = bad.hello().unwrap();
    asks.other_roots = (0..OTHER_ROOTS_MAX).map(nobody).collect();
    let mut comes = good.hello().unwrap();
    (comes.root, comes.is_complete) = (Some(nobody(1_000)), false);
    for _ in 0..3 {
        assert!(shop.admit(&comes).is_err());
        assert_eq!(shop.admit(&asks).unwrap().joined, []);
        let asked = shop.hello().unwrap().other_roots;
        assert!(asked.contains(&nobody(1_000)), "{asked:?}");
        assert_eq!(asked.len(), 11);
    }
    shop.shut_out(bad.node()).unwrap();
    let (of_bad, before) = (Some(nobody(2_000)), shop.hello().unwrap().other_roots);
    assert!(shop.admit(&Hello { root: of_bad, is_complete: false, ..asks }).is_err());
    assert_eq!(shop.hello().unwrap().other_roots, before);
}
