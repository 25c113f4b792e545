//! A commit that fails, and a file that goes away: nobody is told what is not so.

use std::fs;
use std::path::Path;
use std::thread;

use expect_test::{Expect, expect};
use tillbook::Store;

use super::disk::{Call, Disk, Fault};
use crate::shop::{customer, id, options, said};

/// Creates a customer while `fault` is on, another one when it is off again, and prints the answers,
/// then what the file holds when it is opened again.
fn check(fault: Fault, expected: &Expect) {
    let disk = Disk::new();
    let store = Store::open_with(disk.path(), options(1).0).unwrap();
    store.create_customer(&customer("before")).unwrap();
    disk.fail(Some(fault));
    let mut lines = format!("while: {}\n", said(store.create_customer(&customer("while"))));
    disk.fail(None);
    lines += &format!("after: {}\n", said(store.create_customer(&customer("after"))));
    lines += &format!("read: {}\n", said(store.customer(&id("before"))));
    drop(store);
    let store = Store::open_with(disk.path(), options(2).0).unwrap();
    let there = ["before", "while", "after"].map(|who| store.customer(&id(who)).is_ok());
    lines += &format!("before, while, after: {there:?}\n");
    assert!(store.check(|_| ()).unwrap().is_sound());
    expected.assert_eq(&lines);
}

#[test]
fn a_sync_that_fails_once_is_looked_up() {
    let fault = Fault { only: Some(Call::Sync), nth: 1, times: 1, is_full: false };
    check(
        fault,
        &expect![[r#"
        while: nothing was stored: disk I/O error
        after: ok
        read: ok
        before, while, after: [true, false, true]
    "#]],
    );
}

/// The second time it is the log's way into the file that fails, so that the log is read anew.
#[test]
fn a_commit_that_is_found_in_the_log_is_stored() {
    let fault = Fault { only: Some(Call::Sync), nth: 1, times: 2, is_full: false };
    check(
        fault,
        &expect![[r#"
        while: ok
        after: ok
        read: ok
        before, while, after: [true, true, true]
    "#]],
    );
}

/// Creates customers, reads each, and returns which were acknowledged.
fn work(store: &Store, till: u64) -> Vec<(String, bool)> {
    let mut told = Vec::new();
    for n in 0..6 {
        let who = format!("c{till}-{n}");
        let is_stored = store.create_customer(&customer(&who)).is_ok();
        assert_eq!(store.customer(&id(&who)).is_ok(), is_stored);
        told.push((who, is_stored));
    }
    told
}

/// Threads that share commits, and readers in the way, are all told the truth.
#[test]
fn everybody_who_shares_a_commit_that_fails_is_told_the_truth() {
    for nth in 1..=24 {
        let disk = Disk::new();
        let store = Store::open_with(disk.path(), options(1).0).unwrap();
        disk.fail(Some(Fault { only: Some(Call::Sync), nth, times: 1 + nth % 2, is_full: false }));
        let told: Vec<(String, bool)> = thread::scope(|scope| {
            let store = &store;
            let tills: Vec<_> = (0..4).map(|till| scope.spawn(move || work(store, till))).collect();
            tills.into_iter().flat_map(|till| till.join().unwrap()).collect()
        });
        disk.fail(None);
        drop(store);
        let store = Store::open_with(disk.path(), options(2).0).unwrap();
        for (who, is_stored) in told {
            assert_eq!(store.customer(&id(&who)).is_ok(), is_stored, "{nth}: {who}");
        }
        assert!(store.check(|_| ()).unwrap().is_sound());
    }
}

#[test]
fn a_disk_that_fails_for_good_is_unknown() {
    let fault = Fault { only: Some(Call::Sync), nth: 1, times: u64::MAX, is_full: false };
    check(
        fault,
        &expect![[r#"
        while: it is unknown whether the write was stored: disk I/O error; then disk I/O error
        after: no more writes are taken until the store is opened again: disk I/O error; then disk I/O error
        read: ok
        before, while, after: [true, true, false]
    "#]],
    );
}

#[test]
fn a_write_without_room_is_not_stored() {
    let fault = Fault { only: Some(Call::Write), nth: 2, times: u64::MAX, is_full: true };
    check(
        fault,
        &expect![[r#"
        while: the disk is full
        after: ok
        read: ok
        before, while, after: [true, false, true]
    "#]],
    );
}

/// Does `harm` to the files of an open store and prints what the store says from then on.
#[cfg(unix)]
fn check_harm(harm: impl FnOnce(&Path), expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let store = Store::open_with(&path, options(1).0).unwrap();
    store.create_customer(&customer("ada")).unwrap();
    harm(&path);
    let answers = ["bob", "cyd"].map(|who| said(store.create_customer(&customer(who))));
    let lines = answers.join("\n").replace(&folder.path().display().to_string(), "");
    expected.assert_eq(&format!("{lines}\n"));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_gone_acknowledges_nothing() {
    let gone = expect![[r#"
        /shop.db was deleted or replaced while it was open
        /shop.db was deleted or replaced while it was open
    "#]];
    check_harm(|path| fs::remove_file(path).unwrap(), &gone);
    check_harm(|path| fs::remove_file(path.with_extension("db-wal")).unwrap(), &gone);
    check_harm(|path| fs::rename(path, path.with_extension("old")).unwrap(), &gone);
    check_harm(
        |path| {
            fs::copy(path, path.with_extension("new")).unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        },
        &gone,
    );
}
