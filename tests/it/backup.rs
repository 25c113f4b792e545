//! Backup and restore: a copy of a file that is being written, and the way back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use expect_test::{Expect, expect};
use rusqlite::Connection;
use tempfile::TempDir;
use tillbook::{Result, Store, backup};

use crate::shop::{Shop, customer, id, operations, options, said};

fn restore(backup: &Path, file: &Path) -> Result<backup::Restored> {
    backup::restore(backup, file, &options(9).0, |_| ())
}

/// A shop with a backup of its first customer, who is then joined by a second.
fn two_days() -> (TempDir, PathBuf, PathBuf) {
    let shop = Shop::on_file(1);
    let (file, copy) = (shop.path(), shop.path().with_file_name("monday.db"));
    shop.create_customer(&customer("ada")).unwrap();
    shop.backup(&copy, false, |_| ()).unwrap();
    shop.create_customer(&customer("bob")).unwrap();
    (shop.closed().unwrap(), file, copy)
}

fn open(path: &Path, seed: u64) -> Store {
    Store::open_with(path, options(seed).0).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".lock")).collect();
    names.sort();
    names
}

#[test]
fn a_backup_has_every_write_that_was_acknowledged() {
    let shop = Shop::on_file(1);
    let (n_stored, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                let n = n_stored.load(Ordering::SeqCst);
                shop.create_customer(&customer(&format!("c{n}"))).unwrap();
                n_stored.store(n + 1, Ordering::SeqCst);
            }
        });
        for round in 0..5 {
            while n_stored.load(Ordering::SeqCst) < 20 * round {
                thread::yield_now();
            }
            let copy = shop.path().with_file_name(format!("copy{round}.db"));
            let n_before = n_stored.load(Ordering::SeqCst);
            let report = shop.backup(&copy, false, |_| ()).unwrap();
            let n_after = n_stored.load(Ordering::SeqCst) as u64;
            assert!((n_before as u64..=n_after + 1).contains(&report.n_customers), "{report:?}");
            assert_eq!(report.n_operations, report.n_customers);
            let copy = open(&copy, 2);
            for n in 0..n_before {
                copy.customer(&id(&format!("c{n}"))).unwrap();
            }
            assert!(copy.check(|_| ()).unwrap().is_sound());
        }
        over.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_store_in_memory_has_backups_too() {
    let shop = Shop::in_memory(1);
    shop.create_customer(&customer("ada")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    shop.backup(&copy, false, |_| ()).unwrap();
    shop.create_customer(&customer("bob")).unwrap();
    assert_eq!(names(folder.path()), ["copy.db"]);
    assert_eq!(open(&copy, 2).customer(&id("ada")).unwrap(), shop.customer(&id("ada")).unwrap());
}

#[test]
fn a_restore_goes_back_and_says_so() {
    let (folder, file, copy) = two_days();
    let before = open(&file, 2);
    let (now, newest) = (operations(&before), fs::read(&copy).unwrap());
    drop(before);
    let restored = restore(&copy, &file).unwrap();
    let kept = restored.kept.unwrap();
    assert_eq!(
        names(folder.path()),
        ["monday.db", "shop.db", "shop.db.20260101T120000Z"],
        "the old file is kept"
    );
    assert_eq!(fs::read(&copy).unwrap(), newest, "the backup is as it was");

    let old = open(&kept, 3);
    assert_eq!(operations(&old), now);
    let store = open(&file, 4);
    assert_eq!(operations(&store), now[..1], "what came after the backup is absent");
    assert_eq!(said(store.customer(&id("bob"))), "there is no customer bob");

    // The next write begins an incarnation that goes on from the backup, not from the lost one.
    store.create_customer(&customer("eve")).unwrap();
    let last = operations(&store).pop().unwrap();
    let follows = last.follows.unwrap();
    assert_eq!(last.id.node, now[1].id.node);
    assert_ne!(last.id.incarnation, now[1].id.incarnation);
    assert_eq!((follows.incarnation, follows.hash), (now[0].id.incarnation, now[0].hash));
    assert!(store.check(|_| ()).unwrap().is_sound());
    drop(store);

    // A second restore within the same second keeps both.
    restore(&copy, &file).unwrap();
    assert!(names(folder.path()).contains(&"shop.db.20260101T120000Z-2".to_owned()));
}

/// What a killed till has left in its log is part of the file that is kept, and of a backup that
/// is a plain copy of file and log.
#[test]
fn a_log_beside_a_file_goes_with_it() {
    let (folder, file, copy) = two_days();
    let killed = folder.path().join("killed.db");
    let store = open(&file, 2);
    store.create_customer(&customer("eve")).unwrap();
    for suffix in ["", "-wal"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        fs::copy(beside(&file), beside(&killed)).unwrap();
    }
    drop(store);
    assert!(folder.path().join("killed.db-wal").metadata().unwrap().len() > 0);
    restore(&killed, &file).unwrap();
    assert!(open(&file, 3).customer(&id("eve")).is_ok(), "restored with its log");
    let kept = restore(&copy, &killed).unwrap().kept.unwrap();
    assert!(open(&kept, 4).customer(&id("eve")).is_ok(), "kept with its log");
    assert!(open(&killed, 5).customer(&id("eve")).is_err());
}

#[test]
fn a_file_that_is_gone_or_damaged_is_restored() {
    let (folder, file, copy) = two_days();
    fs::write(&file, "no longer a database").unwrap();
    let kept = restore(&copy, &file).unwrap().kept.unwrap();
    assert_eq!(fs::read(kept).unwrap(), b"no longer a database");
    fs::remove_file(&file).unwrap();
    assert_eq!(restore(&copy, &file).unwrap().kept, None);
    assert!(open(&file, 2).customer(&id("ada")).is_ok());
    drop(folder);
}

/// What happens to a backup while nobody looks.
type Damage = fn(&Path);

/// Damages a backup, tries to restore it, and prints the refusal; nothing else may have changed.
fn check_restore(damage: &[(&str, Damage)], expected: &Expect) {
    let mut told = String::new();
    for (name, damage) in damage {
        let (folder, file, copy) = two_days();
        damage(&copy);
        let before = (names(folder.path()), fs::read(&file).unwrap());
        let said = said(restore(&copy, &file)).replace(&folder.path().display().to_string(), "");
        told += &format!("{name}: {said}\n");
        assert_eq!((names(folder.path()), fs::read(&file).unwrap()), before, "{name}");
    }
    expected.assert_eq(&told);
}

fn change(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(sql).unwrap();
}

#[test]
fn a_backup_that_cannot_be_used_changes_nothing() {
    check_restore(
        &[
            ("missing", |copy| fs::remove_file(copy).unwrap()),
            ("text", |copy| fs::write(copy, "hello").unwrap()),
            ("another program's", |copy| change(copy, "pragma application_id = 7")),
            ("newer", |copy| change(copy, "pragma user_version = 99")),
            ("cut short", |copy| {
                fs::OpenOptions::new().write(true).open(copy).unwrap().set_len(8192).unwrap();
            }),
            ("a balance", |copy| change(copy, "update customer set credit_minor = 5")),
            ("an operation", |copy| change(copy, "delete from operation")),
            ("a page", |copy| {
                let mut bytes = fs::read(copy).unwrap();
                bytes[8192..12_288].fill(0xff);
                fs::write(copy, bytes).unwrap();
            }),
        ],
        &expect![[r#"
            missing: there is no file /monday.db
            text: /monday.db is not a Tillbook file
            another program's: /monday.db is not a Tillbook file
            newer: /monday.db has schema version 99, this program knows up to 3
            cut short: the file is damaged: in the backup, it is shorter than its header says
            a balance: the file is damaged: in the backup, 2 things are wrong, the first: a row of table customer was damaged: ada
            an operation: the file is damaged: in the backup, the chain does not end at operation c15c0289ec2d0a9167ec8e65a18debbe/7c49d1777d992aaf/1
            a page: the file is damaged: in the backup, database disk image is malformed
        "#]],
    );
}

#[test]
fn a_file_in_use_is_neither_restored_nor_written_over() {
    let (folder, file, copy) = two_days();
    let store = open(&file, 2);
    let shown = |text: String| text.replace(&folder.path().display().to_string(), "");
    let mut told = vec![shown(said(restore(&copy, &file)))];
    let other = open(&copy, 3);
    told.push(shown(said(restore(&copy, &folder.path().join("third.db")))));
    told.push(shown(said(store.backup(&copy, true, |_| ()))));
    drop(other);
    told.push(shown(said(restore(&copy, &copy))));
    told.push(shown(said(store.backup(&copy, false, |_| ()))));
    told.push(shown(said(store.backup(&file, true, |_| ()))));
    let text = folder.path().join("notes.txt");
    fs::write(&text, "not to be lost").unwrap();
    told.push(shown(said(store.backup(&text, true, |_| ()))));
    told.push(shown(said(store.backup(folder.path().join("no/copy.db"), false, |_| ()))));
    expect![[r#"
        /shop.db is in use by another process
        /monday.db is in use by another process
        /monday.db is in use by another process
        backup must be another file than the one to restore
        /monday.db exists already
        target must be another file than the one to copy
        /notes.txt is not a Tillbook file
        there is no folder /no
    "#]]
    .assert_eq(&(told.join("\n") + "\n"));
    assert!(names(folder.path()).iter().all(|name| !name.contains("part")));
    store.backup(&copy, true, |_| ()).unwrap();
    assert!(open(&copy, 4).customer(&id("bob")).is_ok(), "written over when told");
}

/// A backup never says that a damaged file is well kept.
#[test]
fn a_damaged_file_has_no_backup() {
    let (folder, file, _) = two_days();
    change(&file, "update customer set credit_minor = 5 where id = 'bob'");
    let target = folder.path().join("tuesday.db");
    let answer = said(open(&file, 2).backup(&target, false, |_| ()));
    assert_eq!(
        answer,
        "the file is damaged: 2 things are wrong, the first: a row of table customer was damaged: bob"
    );
    assert!(!target.exists());
}
