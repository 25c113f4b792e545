//! One writer, many readers, and what is left when the disk is full.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::{fs, thread};

use expect_test::expect;
use tillbook::{BanNote, Customer, Error, Options, Store};

use crate::shop::{Shop, card, customer, id, options, said};

#[test]
fn a_reader_never_waits_for_a_writer() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let (writing, has_begun) = channel();
    let (read, was_read) = channel();
    let store = &shop.store;
    thread::scope(|scope| {
        scope.spawn(move || {
            let answer = store.write(|tx| {
                tx.edit_customer(&id("ada"), |ada| ada.first_name = Some("Ada".into()))?;
                writing.send(()).unwrap();
                // The write stays open until the readers are done: if they waited, so would this.
                was_read.recv().unwrap();
                Ok(())
            });
            assert_eq!(said(answer), "ok");
        });
        has_begun.recv().unwrap();
        let beside = Store::open_beside(shop.path(), options(2).0).unwrap();
        for store in [&shop.store, &beside] {
            assert_eq!(store.customer(&id("ada")).unwrap().first_name, None);
            assert_eq!(store.profile(&id("ada")).unwrap().customer.version, Some(1));
        }
        read.send(()).unwrap();
    });
    assert_eq!(shop.customer(&id("ada")).unwrap().first_name.as_deref(), Some("Ada"));
}

#[test]
fn a_store_beside_reads_what_is_written_and_writes_nothing() {
    let shop = Shop::on_file(1);
    let beside = Store::open_beside(shop.path(), options(2).0).unwrap();
    let ada = id("ada");
    let mut lines = String::new();
    lines += &format!("{}\n", said(beside.customer(&ada)));
    shop.create_customer(&customer("ada")).unwrap();
    lines += &format!("{}\n", said(beside.customer(&ada)));
    lines += &format!("{}\n", said(beside.update_customer(&customer("ada"))));
    lines += &format!("{}\n", said(beside.set_card(&ada, &card("1"))));
    lines += &format!("{}\n", said(beside.add_ban_note(&ada, &BanNote::new(beside.stamp(), "x"))));
    lines += &format!("{}\n", said(beside.write(|_| Ok(()))));
    shop.delete_customer(&ada, None).unwrap();
    lines += &format!("{}\n", said(beside.customer(&ada)));
    expect![[r#"
        there is no customer ada
        ok
        the file was opened for reading, beside the process that writes it
        the file was opened for reading, beside the process that writes it
        the file was opened for reading, beside the process that writes it
        the file was opened for reading, beside the process that writes it
        there is no customer ada
    "#]]
    .assert_eq(&lines);
}

/// Once, a look at a file that this process had open dropped every lock it had on it, so that a
/// program with an older SQLite could take the log away while it was being written.
#[cfg(target_os = "linux")]
#[test]
fn a_second_look_does_not_cost_the_locks() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let before = locks(&shop.path());
    assert_ne!(before, 0, "a file that is open is locked");
    let in_use = said(Store::open(shop.path()));
    assert!(in_use.ends_with("is in use by another process"), "{in_use}");
    drop(Store::open_beside(shop.path(), options(2).0).unwrap());
    assert_eq!(locks(&shop.path()), before);
}

/// Counts the locks of this process on a file, told by its open descriptors: the list of all locks
/// of the machine, in `/proc/locks`, passes some over while other processes lock and unlock.
#[cfg(target_os = "linux")]
fn locks(path: &Path) -> usize {
    let path = path.canonicalize().unwrap();
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap());
    let of_the_file = descriptors
        .filter(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|target| target == path));
    let told = of_the_file.map(|descriptor| {
        fs::read_to_string(Path::new("/proc/self/fdinfo").join(descriptor.file_name())).unwrap()
    });
    told.map(|lines| lines.lines().filter(|line| line.starts_with("lock:")).count()).sum()
}

#[test]
fn an_error_or_a_panic_inside_a_write_undoes_all_of_it() {
    for panics in [false, true] {
        for shop in [Shop::in_memory(1), Shop::on_file(1)] {
            let write = || {
                shop.write(|tx| -> tillbook::Result<()> {
                    tx.create_customer(&customer("ada"))?;
                    assert!(!panics, "as the test wants it");
                    Err(Error::DiskFull)
                })
            };
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(write));
            assert_eq!(outcome.is_err(), panics);
            assert_eq!(said(shop.customer(&id("ada"))), "there is no customer ada");
            assert_eq!(said(shop.create_customer(&customer("ada"))), "ok");
            assert!(shop.check(|_| ()).unwrap().is_sound());
        }
    }
}

/// Writes customers until the store says no, and returns how many were acknowledged.
fn fill(store: &Store) -> (usize, Error) {
    for n in 0.. {
        let note = Some("a long story ".repeat(100));
        let new = Customer { note, ..customer(&format!("c{n}")) };
        if let Err(error) = store.create_customer(&new) {
            return (n, error);
        }
    }
    unreachable!("the disk is full long before")
}

/// Everything acknowledged is there, nothing is there by half, and reading goes on.
fn check_full(store: &Store, n: usize) {
    assert!(n > 10, "only {n} customers fit");
    for i in 0..n {
        assert!(store.customer(&id(&format!("c{i}"))).is_ok(), "c{i}");
    }
    let refused = said(store.customer(&id(&format!("c{n}"))));
    assert_eq!(refused, format!("there is no customer c{n}"));
    let report = store.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.n_customers, report.n_operations), (n as u64, n as u64));
}

#[test]
fn a_full_file_refuses_and_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let small = Options { size_bytes_max: Some(600_000), ..options(1).0 };
    let store = Store::open_with(&path, small).unwrap();
    let (n, error) = fill(&store);
    assert_eq!(error.to_string(), "the disk is full");
    check_full(&store, n);
    let (more, error) = fill(&store);
    assert_eq!((more, error.to_string().as_str()), (0, "customer c0 exists already"));
    drop(store);
    let store = Store::open_with(&path, options(2).0).unwrap();
    check_full(&store, n);
    assert_eq!(said(store.create_customer(&customer("with room again"))), "ok");
}

/// A disk of one megabyte, given back when the test ends.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder);
        mount.output().is_ok_and(|done| done.status.success()).then_some(Self(folder))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.0).output();
        assert!(unmounted.is_ok_and(|done| done.status.success()), "the disk stays mounted");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "says that a disk of its own cannot be had here")]
fn a_full_disk_refuses_and_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path()) else {
        println!("skipped: a disk cannot be mounted here");
        return;
    };
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![0; 150_000]).unwrap();
    let store = Store::open_with(disk.0.join("shop.db"), options(1).0).unwrap();
    let (n, error) = fill(&store);
    assert_eq!(error.to_string(), "the disk is full");
    check_full(&store, n);
    fs::remove_file(ballast).unwrap();
    assert_eq!(said(store.create_customer(&customer("with room again"))), "ok");
    drop(store);
    let store = Store::open_with(disk.0.join("shop.db"), options(2).0).unwrap();
    assert_eq!(said(store.customer(&id("with room again"))), "ok");
    assert!(store.check(|_| ()).unwrap().is_sound());
    drop(store);
    drop(disk);
}

#[test]
#[expect(clippy::print_stdout, reason = "says that a disk of its own cannot be had here")]
fn the_reserve_closes_the_day_on_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path()) else {
        println!("skipped: a disk cannot be mounted here");
        return;
    };
    let (path, reserve) = (disk.0.join("shop.db"), disk.0.join("shop.db.reserve"));
    let with_reserve = || Options { reserve_bytes: 200_000, ..options(1).0 };
    let store = Store::open_with(&path, with_reserve()).unwrap();
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 200_000);
    let (n, error) = fill(&store);
    assert_eq!(error.to_string(), "the disk is full");
    assert!(store.release_reserve().unwrap());
    assert!(!store.release_reserve().unwrap(), "there is but one");
    store.write(|tx| tx.create_customer(&customer(&format!("c{n}")))).unwrap();
    check_full(&store, n + 1);
    drop(store);
    // No room for it now; half a reserve would only be in the way.
    fs::write(disk.0.join("ballast"), vec![0; 1 << 20]).unwrap_err();
    let ballast = fs::OpenOptions::new().write(true).open(disk.0.join("ballast")).unwrap();
    ballast.set_len(ballast.metadata().unwrap().len() - 150_000).unwrap();
    drop(ballast);
    drop(Store::open_with(&path, with_reserve()).unwrap());
    assert!(!reserve.exists());
    fs::remove_file(disk.0.join("ballast")).unwrap();
    let store = Store::open_with(&path, Options { reserve_bytes: 1000, ..options(2).0 }).unwrap();
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 1000);
    check_full(&store, n + 1);
    drop(store);
    drop(disk);
}

#[test]
#[expect(clippy::print_stdout, reason = "says that a disk of its own cannot be had here")]
fn a_disk_without_room_for_a_new_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path()) else {
        println!("skipped: a disk cannot be mounted here");
        return;
    };
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    assert_eq!(said(Store::open_with(disk.0.join("shop.db"), options(1).0)), "the disk is full");
    fs::write(&ballast, vec![0; 980_000]).unwrap();
    assert_eq!(said(Store::open_with(disk.0.join("shop.db"), options(1).0)), "the disk is full");
    fs::remove_file(&ballast).unwrap();
    assert_eq!(said(Store::open_with(disk.0.join("shop.db"), options(1).0)), "ok");
    drop(disk);
}
