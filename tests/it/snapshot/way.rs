//! The way of a snapshot: cuts, flipped bits, crashes, and what does not fit.

use std::fs;
use std::path::Path;

use expect_test::expect;
use rusqlite::Connection;
use tillbook::sync::Limit;
use tillbook::sync::snapshot::{self, Manifest, bootstrap};
use tillbook::{Currency, Error, Options, Store, backup};

use super::{Twist, Way, large_parent, make, open, place, take};
use crate::shop::{Shop, customer, id, options, said};
use crate::sync::{assert_equal, assert_sound, round};

#[test]
fn a_cut_costs_no_part_twice() {
    let parent = large_parent();
    let n_parts = make(&parent).parts.len();
    assert!(n_parts >= 3, "{n_parts}");
    let (_folder, path) = place();
    let mut asked = Vec::new();
    for n_fetched in 0..n_parts {
        let mut way = Way { n_parts_max: 1, ..Way::to(&parent) };
        let done = take(&path, 2, &mut way);
        asked.extend(way.asked.take());
        let is_last = n_fetched + 1 == n_parts;
        assert_eq!(done.is_ok(), is_last, "{done:?}");
        assert_eq!(path.exists(), is_last);
    }
    assert_eq!(asked, (0..n_parts).collect::<Vec<_>>());
    let till = open(&path, 2);
    assert_eq!(till.view_digest().unwrap(), parent.view_digest().unwrap());
    let left: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_flipped_byte_costs_its_part() {
    let parent = large_parent();
    let n_parts = make(&parent).parts.len();
    let (_folder, path) = place();
    let gathered = path.with_extension("db.snapshot-part");
    let cut = take(&path, 2, &mut Way { n_parts_max: n_parts - 1, ..Way::to(&parent) });
    cut.unwrap_err();
    let mut bytes = fs::read(&gathered).unwrap();
    bytes[5 << 20] ^= 1;
    // What a crash of SQLite would leave must not meet the parts that come.
    fs::write(path.with_extension("db.snapshot-part-journal"), "old").unwrap();
    fs::write(&gathered, bytes).unwrap();
    let mut way = Way::to(&parent);
    take(&path, 2, &mut way).unwrap();
    assert_eq!(way.asked.take(), [1, n_parts - 1]);
    assert_equal(&open(&path, 2), &parent);
}

#[test]
fn what_does_not_fit_is_refused() {
    let parent = Shop::on_file(1);
    parent.create_customer(&customer("ada")).unwrap();
    make(&parent);
    let twists: [(&str, Twist); 6] = [
        ("newer schema", |manifest| Manifest { schema: 99, ..manifest }),
        ("older schema", |manifest| Manifest { schema: 1, ..manifest }),
        ("other currency", |manifest| Manifest { currency: ("CZK".into(), 2), ..manifest }),
        ("nonsense currency", |manifest| Manifest { currency: ("crowns".into(), 2), ..manifest }),
        ("other state", |mut manifest| {
            manifest.checkpoint.digest.0.clear();
            manifest
        }),
        ("other bytes", |mut manifest| {
            manifest.parts[0].hash[0] ^= 1;
            manifest
        }),
    ];
    let (_folder, path) = place();
    drop(Store::open_with(&path, options(2).0).unwrap());
    let before = fs::read(&path).unwrap();
    let mut lines = String::new();
    for (name, twist) in twists {
        let answer = take(&path, 2, &mut Way { twist, ..Way::to(&parent) });
        lines += &format!("{name}: {}\n", said(answer).replace(path.to_str().unwrap(), "till.db"));
        assert!(fs::read(&path).unwrap() == before, "{name}");
        snapshot::discard(&path).unwrap();
    }
    let crowns = Options { currency: Some(Currency::new("CZK", 2).unwrap()), ..options(3).0 };
    let (_other_folder, other) = place();
    lines += &format!("asked: {}\n", said(bootstrap(&other, &crowns, &mut Way::to(&parent))));
    let (_bulk_folder, taken_on) = place();
    open(&taken_on, 4).take_bulk(None, &["{}".to_owned()]).unwrap();
    lines += &format!("bulk: {}\n", said(take(&taken_on, 4, &mut Way::to(&parent))));
    let till = open(&path, 2);
    lines += &format!("open: {}\n", said(take(&path, 2, &mut Way::to(&parent))))
        .replace(path.to_str().unwrap(), "till.db");
    till.create_customer(&customer("eve")).unwrap();
    drop(till);
    lines += &format!("in use: {}\n", said(take(&path, 2, &mut Way::to(&parent))));
    assert_eq!(said(open(&path, 2).customer(&id("eve"))), "ok");
    expect![[r#"
        newer schema: till.db has schema version 99, this program knows up to 3
        older schema: snapshot is of schema version 1, this program makes files of 3
        other currency: the file counts in CZK with 2 decimals, not in EUR with 2 decimals
        nonsense currency: snapshot must be 1 to 12 upper-case letters or digits
        other state: what came from the parent is not the state it told of: its digest is 00000000000000000000000000000000, not ee4e4e4a4857f451d2c7f2da61e83aab
        other bytes: snapshot has another part 0 than its manifest says
        asked: the file counts in EUR with 2 decimals, not in CZK with 2 decimals
        bulk: it cannot be a child: the file is not empty: it has a bulk already
        open: till.db is in use by another process
        in use: it cannot be a child: the file is not empty: it has a customer already
    "#]]
    .assert_eq(&lines);
}

#[test]
fn a_crash_before_the_end_costs_the_part_that_was_written() {
    let parent = large_parent();
    make(&parent);
    let (_folder, path) = place();
    take(&path, 2, &mut Way::to(&parent)).unwrap();
    // What lies there between the last write and the rename.
    fs::rename(&path, path.with_extension("db.snapshot-part")).unwrap();
    let mut way = Way::to(&parent);
    let done = take(&path, 3, &mut way).unwrap();
    assert_eq!(way.asked.take(), [0]);
    let till = open(&path, 3);
    assert_eq!(till.node(), done.node);
    assert_equal(&till, &parent);
    assert_sound(&till);
}

#[test]
fn a_row_that_is_not_the_parents_is_found() {
    let parent = Shop::on_file(1);
    parent.create_customer(&customer("ada")).unwrap();
    make(&parent);
    let (_folder, path) = place();
    take(&path, 2, &mut Way::to(&parent)).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute("update customer set note = 'owes me a beer'", [])
        .unwrap();
    let till = open(&path, 2);
    assert!(matches!(till.prove_copy(), Err(Error::Diverged { .. })));
    assert!(!till.is_copy_proved().unwrap());
    till.greet(&parent.admit(&till.hello().unwrap()).unwrap()).unwrap();
    let repair = till.begin_repair(&parent.buckets().unwrap()).unwrap();
    let page = parent.changes_to_repair(till.node(), None, &repair, Limit::PAGE).unwrap();
    till.stage(&page).unwrap();
    till.publish(&page.checkpoint.unwrap()).unwrap();
    till.prove_copy().unwrap();
    assert!(till.is_copy_proved().unwrap());
    assert_equal(&till, &parent);
}

#[test]
fn a_parent_that_went_back_is_read_anew() {
    let parent = Shop::on_file(1);
    parent.create_customer(&customer("ada")).unwrap();
    let till = Shop::in_memory(5);
    round(&till, &parent).unwrap();
    let backup = parent.path().with_extension("backup");
    parent.backup(&backup, false, |_| ()).unwrap();
    parent.create_customer(&customer("bob")).unwrap();
    make(&parent);
    let (_folder, path) = place();
    take(&path, 2, &mut Way::to(&parent)).unwrap();
    let parent_path = parent.path();
    let _parent_folder = parent.closed();
    backup::restore(&backup, &parent_path, &options(6).0, |_| ()).unwrap();
    let parent = open(&parent_path, 6);
    let folder = parent_path.parent().unwrap();
    parent.create_customer(&customer("eve")).unwrap();
    assert_eq!(parent.snapshot(folder).unwrap(), None, "nobody can go on from it");
    let till = open(&path, 2);
    round(&till, &parent).unwrap();
    assert_equal(&till, &parent);
    assert_eq!(said(till.customer(&id("bob"))), "there is no customer bob");
    assert_sound(&till);
}

#[test]
fn an_upgraded_parent_has_its_columns_in_another_order() {
    let (_parent_folder, parent_path) = place();
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/v1.sql");
    let conn = Connection::open(&parent_path).unwrap();
    conn.execute_batch(&fs::read_to_string(dump).unwrap()).unwrap();
    drop(conn);
    let parent = open(&parent_path, 1);
    parent.make_snapshot(parent_path.parent().unwrap()).unwrap();
    let (_folder, path) = place();
    take(&path, 2, &mut Way::of(&parent, &parent_path)).unwrap();
    let till = open(&path, 2);
    till.prove_copy().unwrap();
    assert_sound(&till);
    assert_equal(&till, &parent);
}
