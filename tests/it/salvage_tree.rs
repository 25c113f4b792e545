//! Salvage of files that have a place among others: the fresh file takes it, and afterwards everybody
//! shows the same again.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tillbook::salvage::Reason;
use tillbook::{CreditTransaction, Money, SeededRandom, Store, salvage};

use crate::shop::{Shop, customer, id, operations, options};
use crate::sync::{assert_equal, assert_sound, round, round_with_refusals};

/// Damaged files per test.
const FILES: u64 = 12;

fn deposit(shop: &Store, who: &str, minor: i64) {
    let deposit = CreditTransaction::deposit(shop.stamp(), &id(who), Money::from_minor(minor));
    shop.record(&deposit).unwrap();
}

/// A root with two tills that have worked for a while; one till is on a file.
fn worked(root: &Store, one: &Store, two: &Store) {
    for n in 0..40 {
        let till = [one, two][n % 2];
        let who = format!("c{n}");
        till.create_customer(&customer(&who)).unwrap();
        deposit(till, &who, 100);
        if n % 8 == 7 {
            round(one, root).unwrap();
            round(two, root).unwrap();
        }
    }
    round(one, root).unwrap();
    round(two, root).unwrap();
    round(one, root).unwrap();
}

fn salvaged(path: &Path) -> (tillbook::Result<tillbook::salvage::Salvage>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (salvage(path, folder.path().join("fresh.db"), &options(9).0, |_| ()), folder)
}

#[test]
fn a_copy_gives_back_what_is_pending_and_the_parent_the_rest() {
    let (root, till, other) = (Shop::in_memory(1), Shop::on_file(2), Shop::in_memory(3));
    worked(&root, &till, &other);
    #[cfg(feature = "http")]
    till.add_key("office", tillbook::Rights::NONE, tillbook::KeyKind::Bearer).unwrap();
    deposit(&till, "c1", 20);
    till.create_customer(&customer("new")).unwrap();
    deposit(&till, "new", 3);
    let (node, path) = (till.node(), till.path());
    let _folder = till.closed();

    let (salvage, folder) = salvaged(&path);
    let salvage = salvage.unwrap();
    assert_eq!(salvage.findings.len(), 1, "{:?}", salvage.findings);
    assert_eq!(salvage.findings[0].reason, Reason::AtParent);
    assert_eq!(salvage.n_operations_kept, 3);
    let fresh = Store::open_with(folder.path().join("fresh.db"), options(10).0).unwrap();
    assert_eq!(fresh.node(), node);
    assert_sound(&fresh);
    #[cfg(feature = "http")]
    assert_eq!(fresh.list_keys().unwrap().len(), 1);
    deposit(&fresh, "new", 4000);
    for _ in 0..2 {
        round(&fresh, &root).unwrap();
        round(&other, &root).unwrap();
    }
    assert_equal(&fresh, &root);
    assert_equal(&other, &root);
    assert_sound(&fresh);
    assert_sound(&root);
    assert_eq!(root.balance(&id("c1")).unwrap(), Money::from_minor(120));
    assert_eq!(root.balance(&id("new")).unwrap(), Money::from_minor(4003));
}

/// Zeroes one page of the file in each of several ways and salvages it.
fn each_damage(path: &Path, mut check: impl FnMut(tillbook::salvage::Salvage, Store)) {
    let sound = fs::read(path).unwrap();
    let dice = SeededRandom::new(4);
    let mut n_salvaged = 0;
    for n in 0..FILES {
        let mut bytes = sound.clone();
        let page = 2 + usize::try_from(dice.next_u64()).unwrap() % (bytes.len() / 4096 - 2);
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(path, &bytes).unwrap();
        let (salvage, folder) = salvaged(path);
        let Ok(salvage) = salvage else { continue };
        n_salvaged += 1;
        // No two openings of files have the same dice.
        check(
            salvage,
            Store::open_with(folder.path().join("fresh.db"), options(100 + n).0).unwrap(),
        );
    }
    fs::write(path, sound).unwrap();
    assert!(n_salvaged > FILES / 2, "only {n_salvaged} of {FILES} files were salvaged");
}

#[test]
fn a_damaged_copy_meets_its_parent_again() {
    let (root, till, other) = (Shop::in_memory(1), Shop::on_file(2), Shop::in_memory(3));
    worked(&root, &till, &other);
    deposit(&till, "c1", 20);
    let path = till.path();
    let _folder = till.closed();
    each_damage(&path, |salvage, fresh| {
        for _ in 0..3 {
            round_with_refusals(&fresh, &root).unwrap();
        }
        assert_equal(&fresh, &root);
        assert_sound(&fresh);
        assert_sound(&root);
        // What is not there is named.
        let has_come = root.balance(&id("c1")).unwrap() == Money::from_minor(120);
        assert!(has_come || salvage.findings.len() > 1, "{:?}", salvage.findings);
    });
}

#[test]
fn a_root_of_many_authors_is_salvaged_in_its_place() {
    let (root, one, two) = (Shop::on_file(1), Shop::in_memory(2), Shop::in_memory(3));
    worked(&root, &one, &two);
    root.create_customer(&customer("of the root")).unwrap();
    let (node, path, n_operations) = (root.node(), root.path(), operations(&root).len());
    let mut exported = Vec::new();
    root.export_json_lines(&mut exported, |_| ()).unwrap();
    let _folder = root.closed();

    let (salvage, folder) = salvaged(&path);
    let salvage = salvage.unwrap();
    assert_eq!(salvage.findings, []);
    assert_eq!(salvage.n_operations_kept, n_operations as u64);
    let fresh = Store::open_with(folder.path().join("fresh.db"), options(10).0).unwrap();
    assert_eq!(fresh.node(), node);
    let mut again = Vec::new();
    fresh.export_json_lines(&mut again, |_| ()).unwrap();
    assert_eq!(String::from_utf8(again), String::from_utf8(exported));
    deposit(&one, "c2", 7);
    for _ in 0..2 {
        round(&one, &fresh).unwrap();
        round(&two, &fresh).unwrap();
    }
    for till in [&one, &two] {
        assert_equal(till, &fresh);
        assert_sound(till);
    }
    assert_sound(&fresh);
}

#[test]
fn a_damaged_root_is_filled_again_by_its_tills() {
    let (root, one, two) = (Shop::on_file(1), Shop::in_memory(2), Shop::in_memory(3));
    worked(&root, &one, &two);
    let path = root.path();
    let _folder = root.closed();
    each_damage(&path, |_, fresh| {
        for _ in 0..3 {
            round_with_refusals(&one, &fresh).unwrap();
            round_with_refusals(&two, &fresh).unwrap();
        }
        round(&one, &fresh).unwrap();
        assert_equal(&one, &fresh);
        assert_equal(&two, &fresh);
        assert_sound(&fresh);
        assert_sound(&one);
    });
}

/// A damaged file is not brought up to date first.
#[test]
fn a_file_of_an_older_version_is_salvaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/v1.sql");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch(&fs::read_to_string(dump).unwrap()).unwrap();
    drop(conn);
    let (salvage, folder) = salvaged(&path);
    assert_eq!(salvage.unwrap().findings, []);
    let fresh = Store::open_with(folder.path().join("fresh.db"), options(10).0).unwrap();
    assert!(fresh.customer(&id("ada")).is_ok());
}
