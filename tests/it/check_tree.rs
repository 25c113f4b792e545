//! Check, of a file that has its place among others: what is gone or waits for good reason passes, and
//! what is damaged is named.

use std::fs;

use expect_test::{Expect, expect};
use rusqlite::Connection;
use tillbook::{Options, Store};

use crate::shop::{Shop, customer, id, operations};
use crate::sync::{assert_sound, round_with_refusals};
use crate::tree::be_between;

/// Runs each text of SQL on a shop between two others and prints what `check` says of it.
fn check(cases: &[(&str, &str)], expected: &Expect) {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let _others = be_between(&shop);
    let path = shop.path();
    let _folder = shop.closed();
    let bytes = fs::read(&path).unwrap();
    let mut lines = String::new();
    for (name, sql) in cases {
        fs::write(&path, &bytes).unwrap();
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(&format!(
            "create temp view tills as
             select key from incarnation where node <> (select id from node);
             {sql}"
        ))
        .unwrap();
        drop(conn);
        let report = Store::open_beside(&path, Options::default()).unwrap().check(|_| ()).unwrap();
        let troubles: Vec<_> = report.troubles.iter().map(ToString::to_string).collect();
        lines += &format!("{name}: {}\n", troubles.join("; "));
    }
    expected.assert_eq(&lines);
}

/// The first two operations of the till are pruned.
const PRUNED: &str = "
    update incarnation
       set pruned_seq = 2,
           pruned_hash = (select hash from operation where incarnation_key = key and seq = 2)
     where key in tills;
    delete from operation where incarnation_key in tills and seq <= 2;";
/// The till's chain ends before its last operation, which lies beyond a hole.
const BEYOND: &str = "
    update incarnation
       set (seq, hash, hlc, position) = (select seq, hash, hlc, position
                                           from operation
                                          where incarnation_key = key and seq = 2),
           included_seq = 2, parent_seq = 2
     where key in tills;
    update operation set facts = 'nobody asks' where incarnation_key in tills and seq = 4;
    delete from operation where incarnation_key in tills and seq = 3;";

#[test]
fn what_is_gone_for_good_reason_is_no_trouble() {
    check(
        &[("as it was", ""), ("pruned", PRUNED), ("beyond a hole", BEYOND)],
        &expect![[r#"
            as it was: 
            pruned: 
            beyond a hole: 
        "#]],
    );
}

#[test]
fn what_is_damaged_is_named() {
    let pruned = |sql: &str| format!("{PRUNED}\n{sql}");
    check(
        &[
            (
                "missing behind what is pruned",
                &pruned("delete from operation where incarnation_key in tills and seq = 3"),
            ),
            (
                "damaged behind what is pruned",
                &pruned(
                    "update operation set facts = '[]' where incarnation_key in tills and seq = 3",
                ),
            ),
            (
                "another hash of what is pruned",
                &pruned("update incarnation set pruned_hash = zeroblob(32) where key in tills"),
            ),
            ("taken for damaged", "update operation set state = 2 where seq = 1"),
            ("turned around", "update operation set position = 100 - position"),
            ("a kept unit is gone", "delete from base where kind = 'person'"),
            ("a kept unit is another", "update base set image = replace(image, 'tom', 'tim')"),
            ("the feed lacks a unit", "delete from feed where kind = 'times' and ref = 'ada'"),
            (
                "the feed has one too many",
                "insert into feed values (999, 'times', 'x', zeroblob(16))",
            ),
            ("the digest of the feed", "update digest set n_units = n_units + 1 where side = 0"),
            ("the digest of the copy", "delete from digest where side = 1 and kind = 'person'"),
            (
                "a unit of the copy",
                "update node set replaying = 1;
                 delete from credit_transaction where position = 1;
                 update node set replaying = 0",
            ),
            ("the root", "update node set root = zeroblob(16)"),
            ("the parent has more than there is", "update incarnation set parent_seq = seq + 1"),
            ("a day of the root", "update root_day set seq = seq + 1"),
        ],
        &expect![[r#"
            missing behind what is pruned: operation 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/3 is missing
            damaged behind what is pruned: operation 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/3 is not what its author wrote
            another hash of what is pruned: operation 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/3 is not what its author wrote
            taken for damaged: a row of table operation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/1; operation c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/1 is not what its author wrote; operation 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/1 is not what its author wrote
            turned around: a row of table incarnation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf; a row of table incarnation was damaged: 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419; a row of table operation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/2; a row of table operation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/3; a row of table operation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/4; a row of table operation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/5; a row of table operation was damaged: 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/2; a row of table operation was damaged: 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/3; a row of table operation was damaged: 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419/4
            a kept unit is gone: the digest of the copy of the parent's state is not that of the rows
            a kept unit is another: a row of table base was damaged: claim; a row of table base was damaged: claim
            the feed lacks a unit: a row of table feed was damaged: times; a row of table feed was damaged: a unit that is not there
            the feed has one too many: a row of table node was damaged: feed; a row of table feed was damaged: a unit that is not there
            the digest of the feed: the digest of what this node shows is not that of the rows
            the digest of the copy: the digest of the copy of the parent's state is not that of the rows
            a unit of the copy: customer tom: the balance is 705 minor units, the transactions add up to 5; a row of table feed was damaged: a unit that is not there; the digest of what this node shows is not that of the rows; the digest of the copy of the parent's state is not that of the rows
            the root: a row of table node was damaged: place
            the parent has more than there is: a row of table incarnation was damaged: c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf; a row of table incarnation was damaged: 0a0ed6d4f9e00dc84e467d36fb8399ef/09cc5a8e76851419
            a day of the root: a row of table root_day was damaged: 20454; a row of table root_day was damaged: 20454
        "#]],
    );
}

/// An operation whose bits have flipped at its author's is passed on, noted and in nobody's way.
#[test]
fn what_an_author_has_damaged_is_no_trouble_of_others() {
    let (root, till) = (Shop::in_memory(1), Shop::on_file(2));
    till.create_customer(&customer("ada")).unwrap();
    till.edit_customer(&id("ada"), |ada| ada.note = Some("later".to_owned())).unwrap();
    let path = till.path();
    let folder = till.closed().unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("update operation set facts = replace(facts, 'ada', 'adb') where seq = 2")
        .unwrap();
    drop(conn);
    let till = Store::open(&path).unwrap();
    assert!(!till.check(|_| ()).unwrap().is_sound());
    till.create_customer(&customer("bob")).unwrap();
    assert_eq!(round_with_refusals(&till, &root).unwrap().1, []);
    assert_eq!(operations(&root).len(), 3);
    assert_sound(&root);
    assert_eq!(root.conflicts().unwrap().len(), 1);
    drop(folder);
}
