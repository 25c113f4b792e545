//! The snapshots that a parent keeps.

use std::fs;
use std::sync::Arc;

use tillbook::Store;
use tillbook::sync::snapshot::{self, read_manifest, write_manifest};

use super::make;
use crate::shop::{Shop, customer, id, options, said};

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
    let left = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("snapshot")));
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
