//! The snapshots that a parent keeps.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tillbook::Store;
use tillbook::sync::snapshot::{self, read_manifest, write_manifest};

use super::make;
use crate::shop::{Shop, customer, id, options, said};
use crate::sync::round;

#[test]
fn a_snapshot_is_kept_until_it_is_no_use() {
    let parent = Shop::on_file(1);
    let folder = parent.path().parent().unwrap().to_owned();
    let kept = || parent.snapshot(&folder).unwrap().map(|manifest| manifest.name);
    assert!(parent.is_snapshot_due(&folder).unwrap());
    for name in ["ada", "bob"] {
        parent.create_customer(&customer(name)).unwrap();
    }
    let first = make(&parent);
    assert!(!parent.is_snapshot_due(&folder).unwrap());
    assert_eq!(kept(), Some(first.name.clone()));
    assert_eq!(parent.snapshot_part(&folder, &first.name, 9).unwrap(), None);
    assert_eq!(parent.snapshot_part(&folder, "../shop.db", 0).unwrap(), None);
    parent.create_customer(&customer("eve")).unwrap();
    assert!(parent.is_snapshot_due(&folder).unwrap(), "much has changed");
    parent.clock.advance(1000);
    let second = make(&parent);
    assert!(second.name > first.name && !parent.is_snapshot_due(&folder).unwrap());
    parent.clock.advance(snapshot::OLD_MS);
    assert!(parent.is_snapshot_due(&folder).unwrap(), "it is old");
    assert_eq!(kept(), Some(second.name.clone()));
    parent.erase_customer(&id("ada")).unwrap();
    assert_eq!(kept(), None, "somebody was erased");
    assert_eq!(parent.snapshot_part(&folder, &second.name, 0).unwrap(), None);
    assert_eq!(snapshots_in(&folder), [""; 0]);
}

fn snapshots_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.contains("snapshot"));
    names
}

/// Once, who was erased stood in it until somebody asked for it, which nobody does where the file is not
/// served any more.
#[test]
fn an_erase_removes_the_snapshots_beside_the_file() {
    let (root, parent) = (Shop::in_memory(1), Shop::on_file(2));
    let folder = parent.path().parent().unwrap().to_owned();
    for name in ["ada", "bob"] {
        parent.create_customer(&customer(name)).unwrap();
    }
    round(&parent, &root).unwrap();
    let other = folder.join("shop.db.snapshot-of-monday");
    fs::write(&other, "called alike").unwrap();
    for is_own in [true, false] {
        let made = make(&parent);
        let half = format!("shop.db.snapshot-{}.1.part", made.name);
        fs::write(folder.join(half), "of a maker that was killed").unwrap();
        assert_eq!(snapshots_in(&folder).len(), 4);
        match is_own {
            true => parent.erase_customer(&id("ada")).unwrap(),
            false => {
                root.erase_customer(&id("bob")).unwrap();
                round(&parent, &root).unwrap();
                assert!(parent.scrub_when_due().unwrap());
            }
        }
        assert_eq!(snapshots_in(&folder), ["shop.db.snapshot-of-monday"], "{is_own}");
    }
}

/// A key was given for a child, and revoked before the child came.
#[test]
fn a_maker_removes_what_is_no_use_though_nobody_is_to_come() {
    let (parent, folder) = (Shop::on_file(1), tempfile::tempdir().unwrap());
    parent.create_customer(&customer("ada")).unwrap();
    parent.make_snapshot(folder.path()).unwrap();
    let path = parent.path();
    let _kept = parent.closed();
    let store = Arc::new(Store::open_with(&path, options(2).0).unwrap());
    store.erase_customer(&id("ada")).unwrap();
    assert_eq!(snapshots_in(folder.path()).len(), 2);
    let trouble = |error| panic!("{error}");
    drop(snapshot::Maker::start(store, folder.path().to_owned(), trouble).unwrap());
    assert_eq!(snapshots_in(folder.path()), [""; 0]);
}

#[test]
fn a_maker_makes_ahead_what_is_worth_it() {
    let Shop { store, .. } = &Shop::in_memory(1);
    assert_eq!(said(store.make_snapshot(".")), "store must be on a file, not in memory");
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_with(folder.path().join("shop.db"), options(1).0).unwrap();
    let half = folder.path().join(format!("shop.db.snapshot-{}.part", "0".repeat(32)));
    fs::write(&half, "of a maker that was killed").unwrap();
    let store = Arc::new(store);
    let trouble = |error| panic!("{error}");
    let maker = snapshot::Maker::start(Arc::clone(&store), folder.path().to_owned(), trouble);
    drop(maker.unwrap());
    assert!(!half.exists());
    assert_eq!(store.snapshot(folder.path()).unwrap(), None, "too few units");
}

#[test]
fn a_manifest_reads_what_it_wrote_and_refuses_the_rest() {
    let parent = Shop::on_file(1);
    parent.create_customer(&customer("ada")).unwrap();
    let manifest = make(&parent);
    let text = write_manifest(&manifest);
    assert_eq!(read_manifest(&text).unwrap(), manifest);
    // The last byte ends the line.
    for at in 0..text.len() - 1 {
        assert!(read_manifest(&text[..at]).is_err(), "cut at {at}");
        for digit in [b'0', b'9', b'-', b'"', b'x', 0xff] {
            let mut other = text.clone();
            other[at] = digit;
            if let Ok(read) = read_manifest(&other) {
                let parts = read.parts.iter().map(|part| part.length);
                assert_eq!(parts.sum::<u64>(), read.bytes);
            }
        }
    }
    let text = String::from_utf8(text).unwrap();
    let cases = [
        (
            manifest.name.as_str(),
            "../../etc/passwd",
            "manifest needs a name of 32 lower-case hex digits",
        ),
        (
            "\"part_bytes\":\"",
            "\"part_bytes\":\"9",
            "manifest needs a hash for every part of the file",
        ),
        (
            "\"part_bytes\":\"",
            "\"part_bytes\":\"0\",\"x\":\"",
            "manifest needs a hash for every part of the file",
        ),
        (
            "\"bytes\":\"",
            "\"bytes\":\"922337203685\",\"x\":\"",
            "manifest needs a hash for every part of the file",
        ),
    ];
    for (from, to, rule) in cases {
        assert_eq!(said(read_manifest(text.replacen(from, to, 1).as_bytes())), rule, "{to}");
    }
}
