//! Bulk: every row once, in order, and what was wrong with it afterwards.

use expect_test::expect;
use tillbook::bulk::{BULK_GROUP, BULK_GROUP_BYTES, BULK_ROWS_MAX, BulkOutcome};
use tillbook::{Customer, CustomerId, Error, Page, Query, Store, Tx};

use crate::shop::{Shop, id, said};

/// A row is the id of a customer to be made; one that begins with a question mark is refused by itself.
fn apply(tx: &Tx<'_>, row: &str) -> Result<BulkOutcome, Error> {
    if let Some(name) = row.strip_prefix('?') {
        let customer_id = CustomerId::new(name).ok();
        return Ok(BulkOutcome { customer_id, errors: Some("{}".to_owned()) });
    }
    let id = CustomerId::new(row)
        .map_err(|rule| Error::Invalid { parameter: "id".to_owned(), rule: rule.to_string() })?;
    tx.create_customer(&Customer::with_id(id.clone(), tx.store().now()))?;
    Ok(BulkOutcome { customer_id: Some(id), errors: None })
}

fn rows(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn rejects(store: &Store, job: &tillbook::BulkId) -> String {
    let (rejects, total) = store.list_bulk_rejects(job, Page::default()).unwrap();
    let each =
        rejects.iter().map(|one| format!("{} {} {}\n", one.position, one.payload, one.errors));
    format!("{}{total} in all\n", each.collect::<String>())
}

#[test]
fn a_row_that_is_wrong_stops_no_other() {
    let shop = Shop::on_file(1);
    let job = shop.take_bulk(None, &rows(&["ada", "?bob", "ada", "", "eve", "?"])).unwrap().id;
    assert_eq!(shop.bulk(&job).unwrap().done_at, None);
    let step = shop.work_off_bulk(apply).unwrap().unwrap();
    assert_eq!((step.n_rows, step.n_rejects, step.bulk.done_at), (6, 4, Some(shop.now())));
    assert_eq!(shop.work_off_bulk(apply).unwrap(), None);
    expect![[r#"
        2 ?bob {}
        3 ada {"row":["customer ada exists already"]}
        4  {"row":["id must not be empty"]}
        6 ? {}
        4 in all
    "#]]
    .assert_eq(&rejects(&shop, &job));
    // With a customer goes what was said of its row.
    shop.create_customer(&Customer::with_id(id("bob"), shop.now())).unwrap();
    shop.erase_customer(&id("bob")).unwrap();
    expect![[r#"
        3 ada {"row":["customer ada exists already"]}
        4  {"row":["id must not be empty"]}
        6 ? {}
        3 in all
    "#]]
    .assert_eq(&rejects(&shop, &job));
    assert!(shop.check(|_| ()).unwrap().is_sound());
}

#[test]
fn a_job_has_its_limits() {
    let shop = Shop::in_memory(1);
    let many = vec!["x".to_owned(); BULK_ROWS_MAX + 1];
    assert_eq!(said(shop.take_bulk(None, &[])), "rows must have 1 to 1000 rows, not 0");
    assert_eq!(said(shop.take_bulk(None, &many)), "rows must have 1 to 1000 rows, not 1001");
    assert_eq!(shop.bulk_rows_waiting().unwrap(), 0);
    assert_eq!(said(shop.take_bulk(None, &many[1..])), "ok");
    assert_eq!(shop.bulk_rows_waiting().unwrap(), 1000);
}

/// A group is stored with one commit, or not at all.
#[test]
fn what_fails_with_the_file_is_done_again() {
    let shop = Shop::in_memory(1);
    let names: Vec<String> = (0..2 * BULK_GROUP + 1).map(|n| format!("c{n}")).collect();
    let job = shop.take_bulk(None, &names).unwrap().id;
    let last = format!("c{}", BULK_GROUP - 1);
    let fails = |tx: &Tx<'_>, row: &str| match row == last {
        true => Err(Error::DiskFull),
        false => apply(tx, row),
    };
    assert!(matches!(shop.work_off_bulk(fails), Err(Error::DiskFull)));
    assert_eq!(shop.bulk_rows_waiting().unwrap(), names.len() as u64);
    assert_eq!(shop.list_profiles(&Query::default()).unwrap().total_count, Some(0));
    let mut n_steps = 0;
    while shop.work_off_bulk(apply).unwrap().is_some() {
        n_steps += 1;
    }
    assert_eq!((n_steps, rejects(&shop, &job).as_str()), (3, "0 in all\n"));
    let made = shop.list_profiles(&Query::default()).unwrap().total_count;
    assert_eq!(made, Some(names.len() as u64));
}

/// Rows that are long are few in a group.
#[test]
fn a_group_has_so_many_bytes() {
    let shop = Shop::in_memory(1);
    let long = |n: usize| "?".repeat(n);
    let all = [1, BULK_GROUP_BYTES - 1, 1, BULK_GROUP_BYTES + 1, 1, 1].map(long);
    shop.take_bulk(None, &all).unwrap();
    let steps = std::iter::from_fn(|| shop.work_off_bulk(apply).unwrap());
    assert_eq!(steps.map(|step| step.n_rows).collect::<Vec<_>>(), [2, 1, 1, 2]);
}
