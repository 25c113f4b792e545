//! Withheld: a customer is erased at a till, and the parent, which has not heard of it, tells of what the
//! customer claimed and clashed over. The till keeps none of the words, and still knows the sum of what
//! the parent has.

use tillbook::{CustomerId, Replacement, Result, Store};

use crate::shop::{Shop, card, customer, id, send};
use crate::sync::{assert_equal, assert_sound, pull, round};

const NAMES: [&str; 3] = ["ada", "bob", "cyd"];

/// A root at which all three use one card, in this order, and each has one alone.
fn root() -> Shop {
    let root = Shop::in_memory(9);
    for (seed, name) in NAMES.into_iter().enumerate() {
        let author = Shop::in_memory(seed as u64);
        let cards = Some(vec![card("7"), card(name)]);
        author.create(&Replacement { cards, ..customer(name).into() }).unwrap();
        send(&author, &root);
    }
    root
}

/// The clash of a customer over the card that all use.
fn clash_of(root: &Store, who: &CustomerId) -> Result<String> {
    let mut conflicts = root.conflicts()?.into_iter();
    Ok(conflicts.find(|conflict| conflict.customer_id.as_ref() == Some(who)).unwrap().id)
}

/// Erases one of the three at a till, lets `go` happen at the root, and lets the till hear of that before
/// it has told of the erase.
fn check(who: &str, go: fn(&Store, [CustomerId; 3]) -> Result<()>) {
    let (root, till) = (root(), Shop::in_memory(4));
    round(&till, &root).unwrap();
    till.erase_customer(&id(who)).unwrap();
    go(&root, NAMES.map(id)).unwrap();
    for _ in 0..2 {
        pull(&till, &root).unwrap();
        assert_eq!(till.base_digest().unwrap(), root.view_digest().unwrap());
        assert_sound(&till);
    }
    round(&till, &root).unwrap();
    assert_equal(&till, &root);
    assert_sound(&till);
    assert_eq!(till.base_digest().unwrap(), root.view_digest().unwrap());
}

/// Once, a clash that the parent told of again was counted twice.
#[test]
fn a_clash_is_settled_meanwhile() {
    for who in NAMES {
        check(who, |root, [_, bob, _]| root.release_conflict(&clash_of(root, &bob)?));
        check(who, |root, [.., cyd]| root.keep_conflict(&clash_of(root, &cyd)?));
    }
}

#[test]
fn a_clash_goes_with_another_customer_meanwhile() {
    for who in NAMES {
        check(who, |root, [ada, ..]| root.erase_customer(&ada));
        check(who, |root, [_, bob, _]| root.erase_customer(&bob));
    }
}

#[test]
fn the_owner_gives_the_card_up_meanwhile() {
    for who in NAMES {
        check(who, |root, [ada, ..]| root.remove_card(&ada, &card("7").serial_number));
    }
}

#[test]
fn what_one_alone_has_used_is_used_by_another_or_by_nobody_meanwhile() {
    for who in NAMES {
        check(who, |root, [_, bob, _]| root.remove_card(&bob, &card("bob").serial_number));
        check(who, |root, [ada, bob, _]| {
            root.remove_card(&bob, &card("bob").serial_number)?;
            root.set_card(&ada, &card("bob"))
        });
    }
}
