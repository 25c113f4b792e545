//! Salvage of bulks: what waits is worked off in the fresh file, what is lost is named.

use expect_test::{Expect, expect};
use rusqlite::Connection;
use tillbook::bulk::BulkOutcome;
use tillbook::{Customer, CustomerId, Error, Page, Query, Store, Tx, salvage};

use crate::shop::{Shop, id, options};

/// A row is the id of a customer to be made; a question mark before it says that something is wrong.
fn apply(tx: &Tx<'_>, row: &str) -> Result<BulkOutcome, Error> {
    let (name, errors) = match row.strip_prefix('?') {
        Some(name) => (name, Some("{}".to_owned())),
        None => (row, None),
    };
    let made = Customer::with_id(CustomerId::new(name).unwrap(), tx.store().now());
    tx.create_customer(&made)?;
    Ok(BulkOutcome { customer_id: Some(made.id), errors })
}

fn rows(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What a fresh file has of two jobs, one of which is done, once `damage` has come over the old file.
fn check(damage: &str, expected: Expect) {
    let shop = Shop::on_file(1);
    let done = shop.take_bulk(None, &rows(&["?ada", "?bob", "cyd"])).unwrap().id;
    shop.work_off_bulk(apply).unwrap();
    shop.erase_customer(&id("bob")).unwrap();
    let waiting = shop.take_bulk(None, &rows(&["dan", "?eve", "fay"])).unwrap().id;
    let path = shop.path();
    let folder = shop.closed().unwrap();
    Connection::open(&path).unwrap().execute_batch(damage).unwrap();
    let fresh = folder.path().join("fresh.db");
    let salvaged = salvage(&path, &fresh, &options(2).0, |_| ()).unwrap();
    let mut told: String = salvaged.findings.iter().map(|finding| format!("{finding}\n")).collect();
    let store = Store::open(&fresh).unwrap();
    told += &format!("{} rows wait\n", store.bulk_rows_waiting().unwrap());
    while store.work_off_bulk(apply).unwrap().is_some() {}
    for (name, job) in [("done", done), ("waiting", waiting)] {
        let rejects = store.list_bulk_rejects(&job, Page::default());
        let rejects = rejects.map(|(all, _)| all.into_iter().map(|one| one.payload).collect());
        let rejects: Vec<String> = rejects.unwrap_or(vec!["gone".to_owned()]);
        told += &format!("{name}: {}\n", rejects.join(", "));
    }
    let all = store.list_profiles(&Query::default()).unwrap().items.unwrap();
    let mut all: Vec<_> = all.iter().map(|one| one.customer.id.to_string()).collect();
    all.sort();
    expected.assert_eq(&format!("{told}{}\n", all.join(", ")));
    assert!(store.check(|_| ()).unwrap().is_sound());
}

#[test]
fn rows_that_wait_are_worked_off_in_the_fresh_file() {
    check(
        "",
        expect![[r#"
        3 rows wait
        done: ?ada
        waiting: ?eve
        ada, cyd, dan, eve, fay
    "#]],
    );
}

#[test]
fn rows_whose_seal_does_not_hold_are_named() {
    check(
        "update bulk_row set payload = 'gus' where payload = 'fay'",
        expect![[r#"
        bulk_row 1 of 4: the seal does not hold
        2 rows wait
        done: ?ada
        waiting: ?eve
        ada, cyd, dan, eve
    "#]],
    );
    check(
        "update bulk set n_rows = 4 where done_at is null",
        expect![[r#"
        bulk 1 of 2: the seal does not hold
        bulk_row 3 of 4: the seal does not hold
        0 rows wait
        done: ?ada
        waiting: gone
        ada, cyd
    "#]],
    );
}
