//! The file: what is opened, what is refused and left as it was, who reads while another writes.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use rusqlite::Connection;
use tempfile::TempDir;
use tillbook::{Currency, Options, Store};

use crate::shop::{Shop, customer, id, options, said};

/// Lays a file with these bytes into a folder of its own, tries to open it in both ways, and prints
/// the answers and every file that is there afterwards; the one that was there must be as it was.
fn check(cases: &[(&str, &[u8])], expected: &Expect) {
    let mut lines = String::new();
    for (name, bytes) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        fs::write(&path, bytes).unwrap();
        let beside = shown(&folder, &said(Store::open_beside(&path, options(1).0)));
        let opened = shown(&folder, &said(Store::open_with(&path, options(1).0)));
        lines += &format!("{name}: {opened}");
        if beside != opened {
            lines += &format!("; beside: {beside}");
        }
        lines += &format!("; {}\n", names(&folder));
        assert!(fs::read(&path).unwrap() == *bytes, "{name}: the file has changed");
    }
    expected.assert_eq(&lines);
}

/// The folder of a test has another name every time.
fn shown(folder: &TempDir, text: &str) -> String {
    text.replace(&folder.path().display().to_string(), "")
}

fn names(folder: &TempDir) -> String {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.join(" ")
}

/// The bytes of a closed file with one customer, after `sql` was run on it.
fn file_after(sql: &str) -> Vec<u8> {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let path = shop.path();
    let closed = shop.closed();
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let bytes = fs::read(&path).unwrap();
    drop(closed);
    bytes
}

/// The same bytes with some of them replaced.
fn with(bytes: &[u8], at: usize, other: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + other.len()].copy_from_slice(other);
    bytes
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_was() {
    let ours = file_after("");
    let long_text = "Dear diary, ".repeat(1000);
    check(
        &[
            ("a word", b"hello"),
            ("a diary", long_text.as_bytes()),
            ("another program's database", &file_after("pragma application_id = 0")),
            ("noise with our first words", &with(&[0xA5; 8192], 0, &ours[..16])),
            ("of a newer version", &with(&ours, 60, &[0, 0, 0, 3])),
            ("of a version in the far future", &with(&ours, 60, &[0xFF; 4])),
        ],
        &expect![[r#"
            a word: /shop.db is not a Tillbook file; shop.db
            a diary: /shop.db is not a Tillbook file; shop.db
            another program's database: /shop.db is not a Tillbook file; shop.db
            noise with our first words: /shop.db is not a Tillbook file; shop.db
            of a newer version: ok; shop.db shop.db.lock
            of a version in the far future: /shop.db has schema version 4294967295, this program knows up to 3; shop.db
        "#]],
    );
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_was() {
    let ours = file_after("");
    check(
        &[
            ("cut within the header", &ours[..99]),
            ("cut behind the header", &ours[..100]),
            ("cut within the first page", &ours[..2000]),
            ("cut behind the first page", &ours[..4096]),
            ("one byte short", &ours[..ours.len() - 1]),
            ("garbage behind the header", &with(&ours, 100, &[0xA5; 3996])),
            ("a page size of 0", &with(&ours, 16, &[0, 0])),
            ("without its node", &file_after("drop table node")),
            ("without a row in it", &file_after("delete from node")),
            ("of no version", &with(&ours, 60, &[0; 4])),
        ],
        &expect![[r#"
            cut within the header: /shop.db is not a Tillbook file; shop.db
            cut behind the header: the file is damaged: it is shorter than its header says; shop.db
            cut within the first page: the file is damaged: it is shorter than its header says; shop.db
            cut behind the first page: the file is damaged: it is shorter than its header says; shop.db
            one byte short: the file is damaged: it is shorter than its header says; shop.db
            garbage behind the header: the file is damaged: database disk image is malformed; shop.db shop.db.lock
            a page size of 0: the file is damaged: it does not read as a database; shop.db shop.db.lock
            without its node: the file is damaged: the node of the file is missing or does not read; shop.db shop.db.lock
            without a row in it: the file is damaged: the node of the file is missing or does not read; shop.db shop.db.lock
            of no version: /shop.db is not a Tillbook file; shop.db shop.db.lock
        "#]],
    );
}

#[test]
fn an_empty_file_and_a_missing_one_are_fresh() {
    for lay in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        if lay {
            fs::write(&path, b"").unwrap();
        }
        let store = Store::open_with(&path, options(1).0).unwrap();
        store.create_customer(&customer("ada")).unwrap();
        drop(store);
        assert_eq!(names(&folder), "shop.db shop.db.lock");
        assert_eq!(said(Store::open(&path).and_then(|store| store.customer(&id("ada")))), "ok");
    }
}

/// Opens `path` in both ways after `prepare` has worked on the folder.
fn check_place(path: &str, prepare: impl FnOnce(&Path), expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let path = folder.path().join(path);
    let opened = said(Store::open_with(&path, options(1).0));
    let beside = said(Store::open_beside(&path, options(1).0));
    writable(folder.path(), true);
    let text = format!("{opened}\nbeside: {beside}\n{}\n", names(&folder));
    expected.assert_eq(&shown(&folder, &text));
}

fn writable(path: &Path, yes: bool) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(!yes);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn a_place_without_a_file_is_named() {
    check_place(
        "no/such/shop.db",
        |_| {},
        &expect![[r#"
        there is no file /no/such
        beside: there is no file /no/such/shop.db

    "#]],
    );
    check_place(
        "shop.db",
        |folder| fs::create_dir(folder.join("shop.db")).unwrap(),
        &expect![[r#"
            /shop.db is not a Tillbook file
            beside: /shop.db is not a Tillbook file
            shop.db
        "#]],
    );
}

#[test]
fn what_may_not_be_written_is_named() {
    let ours = file_after("");
    check_place(
        "shop.db",
        |folder| {
            fs::write(folder.join("shop.db"), &ours).unwrap();
            writable(&folder.join("shop.db"), false);
        },
        &expect![[r#"
            /shop.db cannot be written
            beside: /shop.db cannot be written
            shop.db
        "#]],
    );
    check_place(
        "shop.db",
        |folder| writable(folder, false),
        &expect![[r#"
         cannot be written
        beside: there is no file /shop.db

    "#]],
    );
}

#[test]
fn a_file_counts_in_one_currency() {
    let ours = file_after("");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    fs::write(&path, &ours).unwrap();
    let mut lines = String::new();
    for (label, exponent) in [("EUR", 2), ("EUR", 3), ("CZK", 2)] {
        let currency = Some(Currency::new(label, exponent).unwrap());
        let opened = Store::open_with(&path, Options { currency, ..options(1).0 });
        lines += &format!("{label} {exponent}: {}; {}\n", said(opened), names(&folder));
    }
    assert!(fs::read(&path).unwrap() == ours, "the file has changed");
    expect![[r#"
        EUR 2: ok; shop.db shop.db.lock
        EUR 3: the file counts in EUR with 2 decimals, not in EUR with 3 decimals; shop.db shop.db.lock
        CZK 2: the file counts in EUR with 2 decimals, not in CZK with 2 decimals; shop.db shop.db.lock
    "#]].assert_eq(&lines);
}

#[test]
fn a_file_has_one_store_at_a_time() {
    let shop = Shop::on_file(1);
    let path = shop.path();
    let folder = path.parent().unwrap();
    let link = folder.join("link.db");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let tries = |path: &PathBuf| said(Store::open(path)).replace(folder.to_str().unwrap(), "");
    let while_open = [tries(&path), tries(&link)];
    let closed = shop.closed();
    let afterwards = [tries(&path), tries(&link)];
    drop(closed);
    expect![[r#"
        [
            "/shop.db is in use by another process",
            "/link.db is in use by another process",
        ] [
            "ok",
            "ok",
        ]
    "#]]
    .assert_eq(&format!("{while_open:#?} {afterwards:#?}\n"));
}

/// It was refused as not ours: until the first checkpoint, only the log said whose file it was.
#[test]
fn a_fresh_file_that_was_never_closed_opens_again() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let beside = Store::open_beside(shop.path(), options(2).0).unwrap();
    assert_eq!(said(beside.customer(&id("ada"))), "ok");
    let folder = tempfile::tempdir().unwrap();
    for name in ["shop.db", "shop.db-wal"] {
        fs::copy(shop.path().with_file_name(name), folder.path().join(name)).unwrap();
    }
    let store = Store::open_with(folder.path().join("shop.db"), options(3).0).unwrap();
    assert_eq!(said(store.customer(&id("ada"))), "ok");
    assert!(store.check(|_| ()).unwrap().is_sound());
}

/// What a kill leaves of a file that was just being made: nothing, or a piece that goes on.
#[test]
fn a_file_that_could_not_be_made_can_be_made_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    for _ in 0..2 {
        let small = Options { size_bytes_max: Some(20_000), ..options(1).0 };
        assert_eq!(said(Store::open_with(&path, small)), "the disk is full");
    }
    assert_eq!(said(Store::open_with(&path, options(1).0)), "ok");
}
