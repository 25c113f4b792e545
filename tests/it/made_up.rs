//! Made up: a node says hello about chains and nodes that there are not. It harms nobody but itself.

use tillbook::operation::Hash;
use tillbook::sync::{CHAINS_MAX, Chain, Hello, Limit, Reach, STRANGERS_MAX, wire};
use tillbook::{NodeId, Store};

use crate::shop::{Shop, customer};
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

#[test]
fn nodes_that_there_are_not_stop_nobody() {
    let [root, shop, till, one, other] = [1, 2, 3, 4, 5].map(Shop::in_memory);
    for (child, parent) in [(&shop, &root), (&till, &shop)] {
        round(child, parent).unwrap();
    }
    for (n, bad) in [&one, &other].iter().enumerate() {
        let mut hello = bad.hello().unwrap();
        hello.marks.extend((0..12_000).map(|at| (nobody(n * 12_000 + at), 7)));
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
