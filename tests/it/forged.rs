//! Files and operations that were tampered with, or come from another time: what is received is
//! refused by name, what is missing is found, and a file that is refused is left alone.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};
use tillbook::operation::Operation;
use tillbook::{CreditTransaction, Error, Money, Options, Store};

use crate::shop::{Shop, customer, id, operations};

/// The first operation of a till that has created a customer, changed by `forge` and hashed anew.
fn forged(forge: impl FnOnce(&mut Operation)) -> Operation {
    let till = Shop::in_memory(1);
    till.create_customer(&customer("ada")).unwrap();
    let mut deposit = CreditTransaction::deposit(till.stamp(), &id("ada"), Money::from_minor(100));
    deposit.note = Some("cash".into());
    till.record(&deposit).unwrap();
    let [_, mut operation]: [Operation; 2] = operations(&till).try_into().unwrap();
    operation.id.seq = 1;
    forge(&mut operation);
    if let Some(personal) = &operation.personal {
        let hashed = [&personal.salt, personal.text.as_bytes()].concat();
        operation.personal_hash = Some(blake3::hash(&hashed).into());
    }
    let previous = operation.follows.map(|head| head.hash).unwrap_or_default();
    operation.hash = operation.chained(&previous);
    operation
}

#[track_caller]
fn check_damaged(operation: &Operation) {
    let shop = Shop::in_memory(2);
    let answer = shop.write(|tx| tx.receive(operation));
    assert!(matches!(answer, Err(Error::Damaged(_))), "{answer:?}");
    assert_eq!(operations(&shop), []);
}

/// An erase takes the personal part away, so no fact may lie in it.
#[test]
fn no_fact_stands_in_the_personal_part() {
    let honest = forged(|_| ());
    assert!(Shop::in_memory(2).write(|tx| tx.receive(&honest)).unwrap());
    check_damaged(&forged(|operation| {
        let personal = operation.personal.as_mut().unwrap();
        let mut changes: Vec<Value> = serde_json::from_str(&personal.text).unwrap();
        changes[0]["amount"] = json!(999_999);
        personal.text = Value::Array(changes).to_string();
    }));
}

#[test]
fn a_clock_that_would_stop_every_node_is_refused() {
    use tillbook::clock::Hlc;
    let node = Shop::in_memory(1).node();
    let wild = Hlc::parse(&format!("7fffffffffffffff{node}")).unwrap();
    check_damaged(&forged(|operation| operation.hlc = wild));
}

/// Takes rows out of a closed file by hand and counts what `check` names.
fn check_missing(sql: &str, at_least: u64) {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let shop = shop.reopened(2);
    shop.edit_customer(&id("ada"), |ada| ada.note = Some("again".into())).unwrap();
    let path = shop.path();
    let _folder = shop.closed();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(&format!("pragma foreign_keys = off; {sql}")).unwrap();
    drop(conn);
    let report = Store::open_beside(&path, Options::default()).unwrap().check(|_| ()).unwrap();
    assert!(report.n_troubles >= at_least, "{sql}: {report:?}");
}

#[test]
fn missing_history_is_found() {
    check_missing("delete from operation; delete from incarnation", 1);
    check_missing("delete from operation where incarnation_key = 1", 1);
    check_missing(
        "delete from operation where incarnation_key = 1; delete from incarnation where key = 1",
        1,
    );
    check_missing("delete from operation where incarnation_key = 2", 1);
}

/// The version may stand in the log alone; neither way of opening folds the log in.
#[test]
fn a_newer_version_in_the_log_is_left_alone() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let path = shop.path();
    let folder = shop.closed().unwrap();
    let newer = Connection::open(&path).unwrap();
    newer.execute_batch("pragma wal_autocheckpoint = 0; pragma user_version = 99").unwrap();
    let copy = folder.path().join("copy.db");
    let log = |path: &std::path::Path| path.with_extension("db-wal");
    fs::copy(&path, &copy).unwrap();
    fs::copy(log(&path), log(&copy)).unwrap();
    let bytes = || (fs::read(&copy).unwrap(), fs::read(log(&copy)).unwrap());
    let before = bytes();
    let beside = Store::open_beside(&copy, Options::default()).map(drop);
    assert!(matches!(beside, Err(Error::NewerFile { found: 99, .. })), "{beside:?}");
    let opened = Store::open(&copy).map(drop);
    assert!(matches!(opened, Err(Error::NewerFile { found: 99, .. })), "{opened:?}");
    assert!(before == bytes(), "the file or its log was touched");
}
