//! Backlog: what has gathered at a shop goes up in the order in which it came, and no more of it is read
//! than goes into a batch.

use std::collections::BTreeSet;

use rusqlite::Connection;
use tillbook::OperationId;
use tillbook::sync::{Limit, Received};

use crate::shop::{Shop, customer, operations};
use crate::sync::{assert_equal, round};

/// A shop on a file whose centre is away, with the work of two tills and its own.
fn shop_with_backlog() -> (Shop, Shop) {
    let (root, shop) = (Shop::in_memory(1), Shop::on_file(2));
    let tills = [Shop::in_memory(3), Shop::in_memory(4)];
    round(&shop, &root).unwrap();
    for day in 0..4 {
        for (till, name) in tills.iter().zip(["a", "b"]) {
            for n in 0..3 {
                till.create_customer(&customer(&format!("{name}{day}{n}"))).unwrap();
            }
            round(till, &shop).unwrap();
        }
        shop.create_customer(&customer(&format!("s{day}"))).unwrap();
    }
    (root, shop)
}

/// The numbers of the operations by their place in the order of arrival.
fn arrived(shop: &Shop) -> Vec<OperationId> {
    let conn = Connection::open(shop.path()).unwrap();
    let mut places =
        conn.prepare("select position from operation order by incarnation_key, seq").unwrap();
    let places = places.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    let both = places.map(Result::unwrap).zip(operations(shop));
    let mut both: Vec<_> = both.map(|(place, operation)| (place, operation.id)).collect();
    both.sort();
    both.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn a_backlog_goes_up_as_it_came() {
    let (root, shop) = shop_with_backlog();
    let expected = arrived(&shop);
    assert_eq!(expected.len(), 28);
    let limits = [Limit { items: 5, ..Limit::BATCH }, Limit { bytes: 4_500, ..Limit::BATCH }];
    let mut limits = limits.into_iter().cycle();
    let (mut sent, mut n_batches) = (Vec::new(), 0);
    while let Some(batch) = shop.pending(limits.next().unwrap(), &BTreeSet::new()).unwrap() {
        sent.extend(batch.operations.iter().map(|operation| operation.id));
        let received: Received = root.receive(shop.node(), &batch).unwrap();
        shop.note_received(&received).unwrap();
        n_batches += 1;
    }
    assert_eq!(sent, expected);
    assert_eq!(n_batches, 7);
    round(&shop, &root).unwrap();
    assert_equal(&shop, &root);
}

/// Once, a batch of 1 MiB read up to 500 operations of every chain, whatever they weighed.
#[test]
fn of_what_waits_no_more_is_read_than_a_batch() {
    let (_root, shop) = shop_with_backlog();
    let expected = arrived(&shop);
    // Whoever reads one of the others fails.
    let conn = Connection::open(shop.path()).unwrap();
    conn.execute(
        "update operation set facts = cast(x'ff' as text)
          where position > (select position from operation order by position limit 1 offset 5)",
        [],
    )
    .unwrap();
    drop(conn);
    for limit in [Limit { items: 6, ..Limit::BATCH }, Limit { items: 1, bytes: 1 }] {
        let batch = shop.pending(limit, &BTreeSet::new()).unwrap().unwrap();
        let ids: Vec<_> = batch.operations.iter().map(|operation| operation.id).collect();
        assert_eq!(ids, expected[..limit.items]);
    }
}
