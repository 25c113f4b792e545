//! Moved: a till that has deleted what everybody had long enough finds another parent, one that has
//! never heard of it or one that has forgotten.

use tillbook::sync::HANDOVER_HELLOS;
use tillbook::{CreditTransaction, Money};

use crate::root_restored::restored;
use crate::shop::{Shop, customer, id, operations, said};
use crate::sync::{assert_equal, assert_sound, round, round_with_refusals};

const DAY_MS: i64 = 86_400_000;

fn deposit(shop: &Shop) {
    let one = Money::from_minor(1);
    shop.record(&CreditTransaction::deposit(shop.stamp(), &id("ada"), one)).unwrap();
}

/// What a till does at its old parent after the month, and at the new one before it first talks.
const CASES: [(&str, [bool; 2]); 4] = [
    ("nothing is left", [false, false]),
    ("something was written at the old parent", [true, false]),
    ("something waits", [false, true]),
    ("both", [true, true]),
];

#[test]
fn a_till_that_has_pruned_moves_to_another_shop() {
    for (case, [before, after]) in CASES {
        let root = Shop::in_memory(1);
        let [old, new, till] = [2, 3, 4].map(Shop::in_memory);
        let rounds = |parent: &Shop, n: usize| {
            for _ in 0..n {
                let _ = round_with_refusals(&till, parent);
                for shop in [&old, &new] {
                    round_with_refusals(shop, &root).unwrap();
                }
            }
        };
        till.create_customer(&customer("ada")).unwrap();
        deposit(&till);
        for _ in 0..40 {
            root.clock.advance(DAY_MS);
            rounds(&old, 1);
            till.prune().unwrap();
        }
        assert!(operations(&till).is_empty(), "{case}");
        if before {
            deposit(&till);
            rounds(&old, 3);
        }
        if after {
            deposit(&till);
        }
        rounds(&new, 4);
        let (_, refused) = round_with_refusals(&till, &new).expect(case);
        assert_eq!(refused, [], "{case}");
        for node in [&old, &new, &till] {
            assert_equal(node, &root);
            assert_sound(node);
        }
        let balance = Money::from_minor(1 + i64::from(before) + i64::from(after));
        assert_eq!(root.balance(&id("ada")).unwrap(), balance, "{case}");
        assert_eq!(till.balance(&id("ada")).unwrap(), balance, "{case}");
    }
}

/// Once, such a shop took the till out of the tree, as if its root had joined the shop: what the till had
/// deleted was shown no more.
#[test]
fn a_shop_from_before_it_had_a_parent_takes_no_till_along() {
    let (root, shop, till) = (Shop::in_memory(1), Shop::on_file(2), Shop::in_memory(3));
    round(&till, &shop).unwrap();
    shop.backup(shop.path().with_file_name("alone.db"), false, |_| ()).unwrap();
    till.create_customer(&customer("ada")).unwrap();
    deposit(&till);
    for _ in 0..40 {
        root.clock.advance(DAY_MS);
        round(&till, &shop).unwrap();
        round(&shop, &root).unwrap();
        till.prune().unwrap();
    }
    assert!(operations(&till).is_empty());
    let shop = restored(shop, "alone.db");
    let (theirs, own) = (root.node(), shop.node());
    let why = format!("it belongs to the tree of {theirs}, this is the tree of {own}");
    assert_eq!(said(round(&till, &shop)), format!("it cannot be a child: {why}"));
    for _ in 0..4 {
        assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(1));
        round(&shop, &root).unwrap();
        let _ = round_with_refusals(&till, &shop);
    }
    for node in [&shop, &till] {
        assert_equal(node, &root);
        assert_sound(node);
    }
    assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(1));
}

/// Once, such a shop took a till along that came from a shop below it, which has gone on with the tree.
#[test]
fn a_shop_from_before_it_had_a_parent_takes_no_till_from_a_shop_below() {
    let (root, shop) = (Shop::in_memory(1), Shop::on_file(2));
    let [corner, till] = [3, 4].map(Shop::in_memory);
    round(&corner, &shop).unwrap();
    shop.backup(shop.path().with_file_name("alone.db"), false, |_| ()).unwrap();
    till.create_customer(&customer("ada")).unwrap();
    deposit(&till);
    for _ in 0..40 {
        root.clock.advance(DAY_MS);
        for (child, parent) in [(&till, &corner), (&corner, &shop), (&shop, &root)] {
            round(child, parent).unwrap();
        }
        till.prune().unwrap();
    }
    assert!(operations(&till).is_empty());
    let shop = restored(shop, "alone.db");
    let refused = said(round(&till, &shop));
    assert!(refused.contains("belongs to the tree of"), "{refused}");
    for _ in 0..4 {
        assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(1));
        round(&shop, &root).unwrap();
        let _ = round_with_refusals(&corner, &shop);
        let _ = round_with_refusals(&till, &shop);
    }
    for node in [&shop, &corner, &till] {
        assert_equal(node, &root);
        assert_sound(node);
    }
}

/// The shop was the root of a tree of its own, has joined another one, and burned down: it never says hello
/// again.
#[test]
fn a_till_whose_shop_is_gone_comes_to_a_centre_that_was_started_anew() {
    let (centre, shop, till) = (Shop::on_file(1), Shop::in_memory(2), Shop::in_memory(3));
    till.create_customer(&customer("ada")).unwrap();
    deposit(&till);
    for _ in 0..40 {
        shop.clock.advance(DAY_MS);
        round(&till, &shop).unwrap();
        till.prune().unwrap();
    }
    assert!(operations(&till).is_empty());
    deposit(&till);
    round(&shop, &centre).unwrap();
    let centre = centre.reopened(9);
    drop(shop);
    round(&till, &centre).unwrap();
    assert_equal(&till, &centre);
    assert_eq!(centre.balance(&id("ada")).unwrap(), Money::from_minor(2));
}

/// The same, where the till comes to a shop, or to one below that, which has never heard of the tree that it is
/// from: they ask the centre. Once, they refused it for ever. Of a tree that has not joined nobody takes it.
#[test]
fn a_till_whose_shop_has_joined_comes_to_a_shop_beside() {
    for has_joined in [true, false] {
        let [centre, beside, corner, shop, till] = [1, 2, 3, 4, 5].map(Shop::in_memory);
        till.create_customer(&customer("ada")).unwrap();
        for _ in 0..40 {
            shop.clock.advance(DAY_MS);
            round(&till, &shop).unwrap();
            till.prune().unwrap();
        }
        assert!(operations(&till).is_empty());
        deposit(&till);
        round(&beside, &centre).unwrap();
        round(&corner, &beside).unwrap();
        if has_joined {
            round(&shop, &centre).unwrap();
        }
        let refused = said(round(&till, &corner));
        assert!(refused.contains("belongs to the tree of"), "{refused}");
        round(&corner, &beside).unwrap();
        for (child, parent) in [(&beside, &centre), (&corner, &beside)] {
            // Whoever has heard that the tree has joined does not show yet what that has brought.
            child.greet(&parent.admit(&child.hello().unwrap()).unwrap()).unwrap();
            let told = said(till.hello().and_then(|hello| child.admit(&hello)));
            assert!(told.contains("belongs to the tree of"), "{told}");
            round(child, parent).unwrap();
        }
        if !has_joined {
            assert_eq!(said(round(&till, &corner)), refused);
            continue;
        }
        for (child, parent) in [(&till, &corner), (&corner, &beside), (&beside, &centre)] {
            round(child, parent).unwrap();
        }
        for (child, parent) in [(&beside, &centre), (&corner, &beside), (&till, &corner)] {
            round(child, parent).unwrap();
            assert_equal(child, &centre);
            assert_sound(child);
        }
        assert_eq!(centre.balance(&id("ada")).unwrap(), Money::from_minor(1));
    }
}

/// The numbers of a feed are those of its root. Once, a till that came from another tree counted as having shown
/// as much of this one's, and so as having confirmed what it had not heard of.
#[test]
fn a_till_of_another_tree_has_shown_nothing_of_this_one() {
    for through_shop in [false, true] {
        let [centre, shop, till] = [1, 2, 3].map(Shop::in_memory);
        centre.create_customer(&customer("eve")).unwrap();
        shop.create_customer(&customer("ada")).unwrap();
        for n in 0..50 {
            shop.edit_customer(&id("ada"), |ada| ada.note = Some(format!("{n}"))).unwrap();
            (0..2).for_each(|_| drop(round(&till, &shop).unwrap()));
        }
        let numbers = till.hello().unwrap().marks[0].1;
        centre.erase_customer(&id("eve")).unwrap();
        (0..2).for_each(|_| drop(round(&shop, &centre).unwrap()));
        let epoch = shop.hello().unwrap().root_epoch;
        if !through_shop {
            centre.admit(&till.hello().unwrap()).unwrap();
        }
        let report = centre.erase_report(&id("eve")).unwrap();
        assert!(numbers > Some(report.mark), "{numbers:?} {report:?}");
        assert_eq!((report.waiting, report.confirmed), (vec![till.node()], vec![shop.node()]));
        let session = shop.admit(&till.hello().unwrap()).unwrap();
        till.greet(&session).unwrap();
        shop.admit(&till.hello().unwrap()).unwrap();
        round(&shop, &centre).unwrap();
        assert_eq!(shop.hello().unwrap().root_epoch, epoch);
        assert_eq!(centre.erase_report(&id("eve")).unwrap().waiting, [till.node()]);
        (0..2).for_each(|_| drop(round(&till, &shop).unwrap()));
        (0..HANDOVER_HELLOS + 1).for_each(|_| {
            shop.admit(&till.hello().unwrap()).unwrap();
            round(&shop, &centre).unwrap();
        });
        assert_eq!(centre.erase_report(&id("eve")).unwrap().waiting, []);
    }
}

/// The shop has deleted what the till holds, and knows no hash of it. As all of it is at the root, nobody gives
/// it another name: an edit by a clock that was ahead would win once more.
#[test]
fn a_till_from_an_old_backup_says_nothing_again_that_the_root_has() {
    let ([root, shop], till) = ([1, 2].map(Shop::in_memory), Shop::on_file(3));
    let days = |till: &Shop, n_days: usize| {
        for _ in 0..n_days {
            [&root, &shop].iter().for_each(|node| node.clock.advance(DAY_MS));
            round(till, &shop).unwrap();
            round(&shop, &root).unwrap();
            shop.prune().unwrap();
        }
    };
    let note = |note: &str| Some(note.to_owned());
    till.create_customer(&customer("ada")).unwrap();
    till.clock.advance(365 * DAY_MS);
    till.edit_customer(&id("ada"), |ada| ada.note = note("early")).unwrap();
    days(&till, 3);
    till.backup(till.path().with_file_name("old.db"), false, |_| ()).unwrap();
    deposit(&till);
    days(&till, 3);
    root.edit_customer(&id("ada"), |ada| ada.note = note("late")).unwrap();
    days(&till, 45);
    let held = operations(&root);
    let till = restored(till, "old.db");
    days(&till, 4);
    assert_eq!(operations(&root), held);
    assert_eq!(root.customer(&id("ada")).unwrap().note, note("late"));
    assert_equal(&till, &root);
}

/// Once, the last parent to speak was believed, whether or not it had heard of the till since.
#[test]
fn a_till_that_has_moved_is_spoken_of_by_whom_it_comes_to() {
    for has_new_shop in [false, true] {
        let root = Shop::in_memory(1);
        let [old, new, till] = [2, 3, 4].map(Shop::in_memory);
        root.create_customer(&customer("ada")).unwrap();
        for (child, parent) in [(&old, &root), (&new, &root), (&till, &old), (&old, &root)] {
            round(child, parent).unwrap();
        }
        root.erase_customer(&id("ada")).unwrap();
        round(&new, &root).unwrap();
        for _ in 0..2 {
            round(&till, if has_new_shop { &new } else { &root }).unwrap();
        }
        for n in 0..2 * HANDOVER_HELLOS {
            round(&new, &root).unwrap();
            round(&old, &root).unwrap();
            let report = root.erase_report(&id("ada")).unwrap();
            let is_confirmed = report.confirmed.contains(&till.node());
            // What the old shop had heard before it says as often as it takes to hand a till over.
            let may_be_named = n < HANDOVER_HELLOS;
            assert!(is_confirmed || may_be_named, "{has_new_shop} {n} {report:?}");
            round(&till, if has_new_shop { &new } else { &root }).unwrap();
        }
        let child = root.child_named(&till.node().to_string()).unwrap();
        assert_eq!(child.via, has_new_shop.then(|| new.node()));
    }
}

/// A till that is off is still waited for, and what it had confirmed counts.
#[test]
fn a_till_that_is_silent_is_not_forgotten() {
    let [root, shop, till] = [1, 2, 3].map(Shop::in_memory);
    root.create_customer(&customer("ada")).unwrap();
    for (child, parent) in [(&shop, &root), (&till, &shop), (&shop, &root)] {
        round(child, parent).unwrap();
    }
    let silent = || (0..2 * HANDOVER_HELLOS).for_each(|_| drop(round(&shop, &root).unwrap()));
    root.erase_customer(&id("ada")).unwrap();
    silent();
    let report = || root.erase_report(&id("ada")).unwrap();
    assert_eq!((report().confirmed, report().waiting), (vec![shop.node()], vec![till.node()]));
    for _ in 0..2 {
        round(&till, &shop).unwrap();
    }
    silent();
    assert_eq!(report().waiting, []);
    assert!(report().confirmed.contains(&till.node()));
}
