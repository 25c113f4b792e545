//! Retention: an operation stays until the root has had it for 30 of the root's days.

use std::fs;

use tillbook::sync::RETENTION_DAYS;
use tillbook::{CreditTransaction, Error, Money, Options, Store, Timestamp};

use crate::root_restored::restored;
use crate::shop::{Shop, customer, id, operations, options};
use crate::sync::{assert_equal, assert_sound, pull, round, round_with_refusals};

const DAY_MS: i64 = 86_400_000;

fn deposit(shop: &Store, minor: i64) {
    let deposit = CreditTransaction::deposit(shop.stamp(), &id("ada"), Money::from_minor(minor));
    shop.record(&deposit).unwrap();
}

/// A centre and a till that has created Ada there.
fn centre_and_till() -> (Shop, Shop) {
    let (root, till) = (Shop::on_file(1), Shop::in_memory(2));
    till.create_customer(&customer("ada")).unwrap();
    round(&till, &root).unwrap();
    (root, till)
}

/// One sale and one round a day; the days on which something was pruned, and how much.
fn live(root: &Shop, till: &Shop, n_days: i64) -> Vec<(i64, u64)> {
    let mut pruned = Vec::new();
    for day in 1..=n_days {
        root.clock.advance(DAY_MS);
        deposit(till, 1);
        round(till, root).unwrap();
        pruned.extend(Some((day, till.prune().unwrap())).filter(|(_, n)| *n > 0));
        assert_eq!(till.prune().unwrap(), 0);
    }
    pruned
}

#[test]
fn an_operation_stays_for_thirty_days_of_the_root_whatever_our_clock_says() {
    for year in [None, Some("1970-01-02"), Some("2500-01-01")] {
        let (root, till) = centre_and_till();
        if let Some(day) = year {
            till.clock.set(Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap());
        }
        let first = i64::from(RETENTION_DAYS);
        assert_eq!(live(&root, &till, first + 2), [(first, 1), (first + 1, 1), (first + 2, 1)]);
        assert_eq!(operations(&till).len(), usize::try_from(first).unwrap());
        assert_sound(&till);
        assert_equal(&till, &root);
        assert_eq!(root.prune().unwrap(), 0, "a root keeps everything");
        assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(first + 2));
    }
}

#[test]
fn a_file_on_its_own_keeps_everything() {
    let shop = Shop::in_memory(1);
    shop.create_customer(&customer("ada")).unwrap();
    shop.clock.advance(400 * DAY_MS);
    assert_eq!(shop.prune().unwrap(), 0);
}

/// The till hears of every day of the root, but the shop between them hands nothing on.
#[test]
fn what_the_root_lacks_stays() {
    let (root, shop, till) = (Shop::in_memory(1), Shop::in_memory(2), Shop::in_memory(3));
    round(&shop, &root).unwrap();
    till.create_customer(&customer("ada")).unwrap();
    let n_days = i64::from(RETENTION_DAYS) + 10;
    for n in 0..n_days {
        root.create_customer(&customer(&format!("c{n}"))).unwrap();
        root.clock.advance(DAY_MS);
        pull(&shop, &root).unwrap();
        round(&till, &shop).unwrap();
        assert_eq!((till.prune().unwrap(), shop.prune().unwrap()), (0, 0));
    }
    let mut first = None;
    for day in 0..n_days {
        root.clock.advance(DAY_MS);
        round(&shop, &root).unwrap();
        round(&till, &shop).unwrap();
        let n_pruned = (till.prune().unwrap(), shop.prune().unwrap());
        first = first.or((n_pruned != (0, 0)).then_some((day, n_pruned)));
        assert_sound(&till);
        assert_sound(&shop);
    }
    assert_eq!(first, Some((i64::from(RETENTION_DAYS), (1, 1))));
}

/// A month on the root's calendar is not one leap of its clock.
#[test]
fn a_leap_of_the_roots_clock_is_no_month() {
    let (root, till) = centre_and_till();
    root.clock.advance(400 * DAY_MS);
    round(&till, &root).unwrap();
    assert_eq!(till.prune().unwrap(), 0);
    assert_eq!(live(&root, &till, 29), [(29, 1)]);
}

/// In steps that a sale can wait for, all the same at one call.
#[test]
fn a_long_backlog_is_pruned_whole() {
    let (root, till) = centre_and_till();
    till.write(|tx| {
        (0..2_500).try_for_each(|n| {
            let amount = Money::from_minor(1 + n);
            tx.record(&CreditTransaction::deposit(tx.store().stamp(), &id("ada"), amount)).map(drop)
        })
    })
    .unwrap();
    round(&till, &root).unwrap();
    assert_eq!(live(&root, &till, 31), [(30, 1), (31, 2_501)]);
    assert_sound(&till);
    // What comes after follows from the last that is gone.
    let till_chain = operations(&till);
    assert!(till_chain.iter().all(|operation| operation.id.seq > 2_502));
}

/// What the till has kept comes back, and nothing is in the way of what it writes later. What is older
/// than that is gone with the root's file.
#[test]
fn a_root_from_an_older_backup_gets_what_is_left() {
    let (root, till) = centre_and_till();
    root.backup(root.path().with_file_name("old.db"), false, |_| ()).unwrap();
    live(&root, &till, 40);
    let kept = operations(&till).len();
    let root = restored(root, "old.db");
    for _ in 0..3 {
        let _ = round_with_refusals(&till, &root);
    }
    deposit(&till, 1000);
    round(&till, &root).unwrap();
    assert_equal(&till, &root);
    assert_sound(&till);
    assert_sound(&root);
    let balance = root.balance(&id("ada")).unwrap();
    assert_eq!(balance, Money::from_minor(i64::try_from(kept).unwrap() + 1000));
}

/// The same with a shop between them, which has deleted the same operations.
#[test]
fn what_is_left_goes_up_through_a_shop() {
    let (root, shop, till) = (Shop::on_file(1), Shop::in_memory(2), Shop::in_memory(3));
    till.create_customer(&customer("ada")).unwrap();
    let rounds = |root: &Shop| {
        for _ in 0..4 {
            let _ = round_with_refusals(&till, &shop);
            let _ = round_with_refusals(&shop, root);
        }
    };
    rounds(&root);
    root.backup(root.path().with_file_name("old.db"), false, |_| ()).unwrap();
    for _ in 0..40 {
        root.clock.advance(DAY_MS);
        deposit(&till, 1);
        rounds(&root);
        till.prune().unwrap();
        shop.prune().unwrap();
    }
    let kept = operations(&till).len();
    assert!(kept < 40);
    let root = restored(root, "old.db");
    rounds(&root);
    deposit(&till, 1000);
    rounds(&root);
    round(&shop, &root).unwrap();
    round(&till, &shop).unwrap();
    assert_equal(&till, &root);
    assert_equal(&shop, &root);
    [&root, &shop, &till].into_iter().for_each(|node| assert_sound(node));
    let balance = root.balance(&id("ada")).unwrap();
    assert_eq!(balance, Money::from_minor(i64::try_from(kept).unwrap() + 1000));
}

/// A shop, a till below it that creates Ada and sells once a day, and a root that goes back to a copy
/// which knows nothing of that; the shop forgets, and the till where it is said to.
fn shop_and_till(is_pruned: bool) -> (Shop, Shop, Shop) {
    let (root, shop, till) = (Shop::on_file(1), Shop::in_memory(2), Shop::on_file(3));
    round(&shop, &root).unwrap();
    root.backup(root.path().with_file_name("old.db"), false, |_| ()).unwrap();
    till.create_customer(&customer("ada")).unwrap();
    for _ in 0..40 {
        root.clock.advance(DAY_MS);
        deposit(&till, 1);
        for (child, parent) in [(&till, &shop), (&shop, &root), (&till, &shop)] {
            round(child, parent).unwrap();
        }
        shop.prune().unwrap();
        if is_pruned {
            till.prune().unwrap();
        }
    }
    (restored(root, "old.db"), shop, till)
}

fn rounds(ways: &[(&Shop, &Shop)]) {
    for (child, parent) in [ways; 5].concat() {
        let _ = round_with_refusals(child, parent);
    }
}

#[test]
fn what_a_shop_has_deleted_comes_from_its_till_again() {
    let (root, shop, till) = shop_and_till(false);
    assert!(operations(&shop).len() < 40);
    rounds(&[(&shop, &root), (&till, &shop)]);
    for node in [&root, &shop, &till] {
        assert_equal(node, &root);
        assert_sound(node);
    }
    assert_eq!(root.balance(&id("ada")).unwrap(), Money::from_minor(40));
}

#[test]
fn a_shop_brings_what_is_left_of_a_till_that_is_gone() {
    let (root, shop, till) = shop_and_till(true);
    let kept = operations(&till).len();
    assert_eq!(operations(&shop).len(), kept);
    drop(till);
    rounds(&[(&shop, &root)]);
    assert_equal(&shop, &root);
    [&root, &shop].into_iter().for_each(|node| assert_sound(node));
    assert_eq!(root.balance(&id("ada")).unwrap(), Money::from_minor(i64::try_from(kept).unwrap()));
}

/// An opening that has written nothing since goes on from one of which nothing is kept.
#[test]
fn an_opening_goes_on_from_one_that_is_gone_everywhere() {
    let (root, till) = (Shop::on_file(1), Shop::on_file(2));
    round(&till, &root).unwrap();
    root.backup(root.path().with_file_name("old.db"), false, |_| ()).unwrap();
    till.create_customer(&customer("ada")).unwrap();
    for _ in 0..40 {
        root.clock.advance(DAY_MS);
        round(&till, &root).unwrap();
        till.prune().unwrap();
    }
    assert_eq!(operations(&till).len(), 0);
    let till = till.reopened(7);
    deposit(&till, 5);
    round(&till, &root).unwrap();
    let root = restored(root, "old.db");
    rounds(&[(&till, &root)]);
    assert_equal(&till, &root);
    [&root, &till].into_iter().for_each(|node| assert_sound(node));
    assert_eq!(root.balance(&id("ada")).unwrap(), Money::from_minor(5));
}

/// The shop asks above about what the till says of itself; nothing is sent twice.
#[test]
fn a_till_that_has_forgotten_goes_to_a_shop_that_has_never_heard_of_it() {
    let (root, till) = centre_and_till();
    live(&root, &till, 40);
    let shop = Shop::in_memory(3);
    round(&shop, &root).unwrap();
    let stale = round_with_refusals(&till, &shop).unwrap_err();
    assert!(matches!(stale, Error::StaleParent { .. }), "{stale:?}");
    deposit(&till, 1000);
    rounds(&[(&shop, &root), (&till, &shop)]);
    for node in [&root, &shop, &till] {
        assert_equal(node, &root);
        assert_sound(node);
    }
    assert_eq!(operations(&root).len(), 42, "each under its own name");
    assert_eq!(root.balance(&id("ada")).unwrap(), Money::from_minor(1040));
}

/// Puts a copy of the file back as it is, not as a backup is restored: what opens it draws what it drew then.
fn with_image(root: Shop, copy: &str, dice: u64) -> Shop {
    let (path, clock) = (root.path(), root.clock.clone());
    let folder = root.closed().unwrap();
    fs::copy(folder.path().join(copy), &path).unwrap();
    Shop::from_parts(path, Options { clock: clock.clone(), ..options(dice).0 }, clock, folder)
}

/// An image of the root's whole machine comes back and gives out the numbers of its feed once more, under the
/// same name. The shop has deleted what a till that was away for a month still has, and names no chain that
/// the root lacks: where it stands in the feed tells.
#[test]
fn a_root_that_went_back_with_its_machine_is_found_out_by_its_feed() {
    const DICE: u64 = 5;
    let (shop, till) = (Shop::in_memory(2), Shop::in_memory(3));
    let root = Shop::on_file(1).reopened(DICE);
    root.create_customer(&customer("bob")).unwrap();
    round(&shop, &root).unwrap();
    root.backup(root.path().with_file_name("monday.db"), false, |_| ()).unwrap();
    till.create_customer(&customer("ada")).unwrap();
    deposit(&till, 1000);
    round(&till, &shop).unwrap();
    for _ in 0..=RETENTION_DAYS {
        round(&shop, &root).unwrap();
        root.clock.advance(DAY_MS);
    }
    assert_eq!((shop.prune().unwrap(), till.prune().unwrap()), (2, 0));
    let root = with_image(root, "monday.db", DICE);
    // As many changes as the root has lost.
    for who in ["cyd", "dan", "eva"] {
        shop.create_customer(&customer(who)).unwrap();
    }
    rounds(&[(&shop, &root), (&till, &shop)]);
    assert_eq!(root.balance(&id("ada")).unwrap(), Money::from_minor(1000));
    for node in [&shop, &till] {
        assert_equal(node, &root);
        assert_sound(node);
    }
}
