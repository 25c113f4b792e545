//! A root that comes back from a backup has forgotten, and is filled again by those below it.

use tillbook::{CreditTransaction, Customer, Money, Replacement, Store, backup};

use crate::shop::{Shop, card, customer, id, options, said};
use crate::sync::{assert_equal, assert_sound, round};

const GONE: &str = "there is no customer ada";

fn deposit(shop: &Store, who: &str, minor: i64) {
    let deposit = CreditTransaction::deposit(shop.stamp(), &id(who), Money::from_minor(minor));
    shop.record(&deposit).unwrap();
}

/// Closes the root, puts the backup in its place and opens it again an hour later.
pub(crate) fn restored(root: Shop, copy: &str) -> Shop {
    let (path, clock) = (root.path(), root.clock.clone());
    clock.advance(3_600_000);
    let folder = root.closed().unwrap();
    let copy = folder.path().join(copy);
    let options = tillbook::Options { clock: clock.clone(), ..options(77).0 };
    backup::restore(&copy, &path, &options, |_| ()).unwrap();
    Shop::from_parts(path, options, clock, folder)
}

#[test]
fn what_a_restored_root_has_forgotten_comes_back() {
    let root = Shop::on_file(1);
    let tills = [Shop::in_memory(2), Shop::in_memory(3)];
    for (till, who) in tills.iter().zip(["ada", "bob"]) {
        till.create_customer(&customer(who)).unwrap();
        deposit(till, who, 1000);
    }
    let rounds = |root: &Shop| {
        for till in tills.iter().chain(&tills).chain(&tills) {
            round(till, root).unwrap();
        }
    };
    rounds(&root);
    root.backup(root.path().with_file_name("monday.db"), false, |_| ()).unwrap();
    let epoch = tills[0].hello().unwrap().root_epoch;

    deposit(&tills[0], "bob", 20);
    deposit(&tills[1], "ada", 3);
    tills[1].create_customer(&customer("cyd")).unwrap();
    rounds(&root);
    // Made before anybody hears that the root went back.
    deposit(&tills[0], "ada", 400);
    let root = restored(root, "monday.db");
    assert!(root.customer(&id("cyd")).is_err());
    rounds(&root);
    for till in &tills {
        assert_equal(till, &root);
        assert_sound(till);
        assert_eq!(till.base_digest().unwrap(), root.view_digest().unwrap());
        assert!(till.hello().unwrap().root_epoch > epoch);
    }
    assert_sound(&root);
    assert_eq!(root.balance(&id("ada")).unwrap(), Money::from_minor(1403));
    assert_eq!(root.balance(&id("bob")).unwrap(), Money::from_minor(1020));
    assert!(root.customer(&id("cyd")).is_ok());
}

/// The erase was the root's own, which nobody else can send again, and all below it had confirmed it.
#[test]
fn who_was_erased_stays_erased() {
    let root = Shop::on_file(1);
    let (shop, till) = (Shop::on_file(2), Shop::in_memory(3));
    let cards = Some(vec![card("007")]);
    let ada = Customer { last_name: Some("Lovelace".to_owned()), ..customer("ada") };
    root.create(&Replacement { cards, ..ada.into() }).unwrap();
    root.create_customer(&customer("bob")).unwrap();
    deposit(&root, "ada", 1000);
    let rounds = |root: &Shop| {
        for _ in 0..3 {
            round(&shop, root).unwrap();
            round(&till, &shop).unwrap();
            shop.scrub_when_due().unwrap();
            for node in [&shop, &till] {
                assert_eq!(said(node.customer(&id("ada"))), GONE);
            }
        }
    };
    round(&shop, &root).unwrap();
    round(&till, &shop).unwrap();
    root.backup(root.path().with_file_name("monday.db"), false, |_| ()).unwrap();
    root.erase_customer(&id("ada")).unwrap();
    rounds(&root);
    let root = restored(root, "monday.db");
    assert_eq!(root.customer(&id("ada")).unwrap().last_name.as_deref(), Some("Lovelace"));
    rounds(&root);
    assert_eq!(said(root.customer(&id("ada"))), GONE);
    for node in [&shop, &till] {
        assert_equal(node, &root);
        assert_sound(node);
        assert_eq!(node.sync_status().unwrap().n_pending, 0);
        assert_eq!(node.base_digest().unwrap(), root.view_digest().unwrap());
    }
    assert_sound(&root);
    // The marks go up with the next hellos.
    rounds(&root);
    let file = std::fs::read(shop.path()).unwrap();
    assert!(!file.windows(8).any(|bytes| bytes == b"lovelace"));
    let report = root.erase_report(&id("ada")).unwrap();
    assert_eq!((report.confirmed.len(), report.waiting.len()), (2, 0), "{report:?}");
}

/// A till that comes back from a backup hears again what it had told and heard, and goes on under
/// another name.
#[test]
fn a_restored_till_loses_nothing_that_others_have() {
    let (root, till) = (Shop::in_memory(1), Shop::on_file(2));
    till.create_customer(&customer("ada")).unwrap();
    deposit(&till, "ada", 1000);
    round(&till, &root).unwrap();
    till.backup(till.path().with_file_name("monday.db"), false, |_| ()).unwrap();
    deposit(&till, "ada", 20);
    round(&till, &root).unwrap();
    let till = restored(till, "monday.db");
    assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(1000));
    deposit(&till, "ada", 3);
    for _ in 0..2 {
        round(&till, &root).unwrap();
    }
    assert_equal(&till, &root);
    assert_sound(&till);
    assert_sound(&root);
    assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(1023));
}

/// A backup of an older version of the program is still one.
#[test]
fn a_backup_of_an_older_version_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (old, file) = (folder.path().join("old.db"), folder.path().join("shop.db"));
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/v1.sql");
    let conn = rusqlite::Connection::open(&old).unwrap();
    conn.execute_batch(&std::fs::read_to_string(dump).unwrap()).unwrap();
    drop(conn);
    let bytes = std::fs::read(&old).unwrap();
    backup::restore(&old, &file, &options(1).0, |_| ()).unwrap();
    assert!(std::fs::read(&old).unwrap() == bytes, "the backup has changed");
    let store = Store::open_with(&file, options(2).0).unwrap();
    assert!(store.customer(&id("ada")).is_ok());
    assert_sound(&store);
}
