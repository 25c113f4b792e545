//! Snapshots: an empty node takes its parent's state over as a file, and is then as if it had read
//! everything; whatever cuts or damages the way, it ends there or stays what it was.

mod keep;
mod way;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;
use tillbook::sync::snapshot::{
    Bootstrapped, Manifest, Parts, bootstrap, read_manifest, write_manifest,
};
use tillbook::{Error, Replacement, Result, Store};

use crate::operation::history::{act, deed};
use crate::shop::{Shop, card, customer, id, options};
use crate::sync::{assert_equal, assert_sound, round};

type Twist = fn(Manifest) -> Manifest;

/// What a till asks its parent, with everything that can go wrong on the way.
struct Way<'a> {
    parent: &'a Store,
    folder: PathBuf,
    /// The parts that were asked for.
    asked: RefCell<Vec<usize>>,
    /// The link is cut after so many.
    n_parts_max: usize,
    /// Changes what comes.
    twist: Twist,
}

impl<'a> Way<'a> {
    fn to(parent: &'a Shop) -> Self {
        Self::of(parent, &parent.path())
    }

    /// To the store at `path`, which keeps its snapshots beside it.
    fn of(parent: &'a Store, path: &Path) -> Self {
        let folder = path.parent().unwrap().to_owned();
        let asked = RefCell::default();
        Self { parent, folder, asked, n_parts_max: usize::MAX, twist: |manifest| manifest }
    }
}

impl Parts for Way<'_> {
    type Error = Error;

    fn manifest(&mut self) -> Result<Manifest> {
        let manifest = self.parent.snapshot(&self.folder)?.ok_or(Error::NoParent)?;
        // As on the wire.
        Ok((self.twist)(read_manifest(&write_manifest(&manifest))?))
    }

    fn part(&mut self, manifest: &Manifest, number: usize) -> Result<Vec<u8>> {
        if self.asked.borrow().len() == self.n_parts_max {
            return Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
        }
        self.asked.borrow_mut().push(number);
        let part = self.parent.snapshot_part(&self.folder, &manifest.name, number)?;
        part.ok_or(Error::NoParent)
    }
}

fn make(parent: &Shop) -> Manifest {
    parent.make_snapshot(parent.path().parent().unwrap()).unwrap()
}

/// A till's folder, and where its file is to be.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    (folder, path)
}

fn take(path: &Path, seed: u64, way: &mut Way<'_>) -> Result<Bootstrapped> {
    bootstrap(path, &options(seed).0, way)
}

fn open(path: &Path, seed: u64) -> Store {
    Store::open_with(path, options(seed).0).unwrap()
}

/// A parent whose snapshot has several parts.
fn large_parent() -> Shop {
    let parent = Shop::on_file(1);
    let note = "likes tea ".repeat(400);
    parent
        .write(|tx| {
            for n in 0..1200 {
                let mut customer = customer(&format!("c{n}"));
                customer.note = Some(format!("{n} {note}"));
                tx.create(&Replacement::from(customer))?;
            }
            Ok(())
        })
        .unwrap();
    parent
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// I20: a snapshot and the feed behind it make the same state as everything read one by one.
    #[test]
    fn a_snapshot_and_the_feed_are_a_full_pull(
        before in proptest::collection::vec((0..2_usize, deed()), 1..40),
        after in proptest::collection::vec((0..2_usize, deed()), 0..20),
    ) {
        let (centre, till) = (Shop::on_file(1), Shop::in_memory(2));
        let play = |deeds: &[(usize, _)]| {
            for (who, deed) in deeds {
                let _ = if *who == 0 { act(&centre, "o", deed) } else { act(&till, "t", deed) };
            }
            round(&till, &centre).unwrap();
        };
        play(&before);
        let manifest = make(&centre);
        let (_folder, path) = place();
        let done = take(&path, 3, &mut Way::to(&centre)).unwrap();
        let new = open(&path, 3);
        prop_assert_eq!(new.node(), done.node);
        prop_assert_eq!(new.cursor().unwrap(), Some(manifest.checkpoint.cursor));
        prop_assert_eq!(new.base_digest().unwrap(), manifest.checkpoint.digest);
        assert_equal(&new, &centre);
        assert_sound(&new);
        prop_assert!(!new.is_copy_proved().unwrap());
        // What is pending does not hide the copy.
        let _ = new.create_customer(&customer("zoe"));
        new.prove_copy().unwrap();
        prop_assert!(new.is_copy_proved().unwrap());
        play(&after);
        let pulled = Shop::in_memory(4);
        round(&pulled, &centre).unwrap();
        round(&new, &centre).unwrap();
        round(&pulled, &centre).unwrap();
        for store in [&new, &pulled.store] {
            assert_equal(store, &centre);
            assert_sound(store);
            prop_assert_eq!(store.base_digest().unwrap(), centre.view_digest().unwrap());
        }
        prop_assert!(centre.customer(&id("zoe")).is_ok());
    }
}

#[test]
fn only_what_changed_since_comes_by_the_feed() {
    let parent = large_parent();
    make(&parent);
    parent.create_customer(&customer("late")).unwrap();
    let (_folder, path) = place();
    take(&path, 2, &mut Way::to(&parent)).unwrap();
    let till = open(&path, 2);
    assert_eq!(round(&till, &parent).unwrap().n_units, 2, "a person and its times");
    assert!(!till.is_copy_proved().unwrap(), "a round proves only what it brings");
    assert_eq!(till.view_digest().unwrap(), parent.view_digest().unwrap());
    assert_sound(&till);
}

#[test]
fn a_greeted_till_keeps_its_name_and_settings() {
    let parent = Shop::on_file(1);
    parent.create_customer(&customer("ada")).unwrap();
    make(&parent);
    let till = Shop::on_file(2);
    till.set_require_version(true).unwrap();
    till.greet(&parent.admit(&till.hello().unwrap()).unwrap()).unwrap();
    #[cfg(feature = "http")]
    let key = till.add_key("pda", tillbook::Rights::NONE, tillbook::KeyKind::Nws4).unwrap();
    let (path, node) = (till.path(), till.node());
    let folder = till.closed();
    assert_eq!(take(&path, 3, &mut Way::to(&parent)).unwrap().node, node);
    let till = open(&path, 3);
    assert_eq!(till.node(), node);
    assert_sound(&till);
    assert!(matches!(till.delete_customer(&id("ada"), None), Err(Error::VersionRequired { .. })));
    #[cfg(feature = "http")]
    assert_eq!(till.list_keys().unwrap(), [key.key]);
    assert_eq!(round(&till, &parent).unwrap().n_units, 0);
    drop(folder);
}

#[test]
fn a_snapshot_holds_nothing_but_what_is_shown() {
    let parent = Shop::on_file(1);
    let words = vec!["CanaryErased".to_owned(), "CanaryBefore".to_owned(), "99canary".to_owned()];
    for (name, text) in [("ada", "CanaryErased"), ("bob", "CanaryBefore"), ("eve", "CanaryStays")] {
        let mut person = customer(name);
        person.first_name = Some(text.to_owned());
        parent.create_customer(&person).unwrap();
    }
    parent.set_card(&id("ada"), &card("99canary")).unwrap();
    parent.edit_customer(&id("bob"), |bob| bob.first_name = None).unwrap();
    parent.erase_customer(&id("ada")).unwrap();
    #[cfg(feature = "http")]
    let words = {
        use tillbook::{Answer, KeyKind, RequestDigest, Rights};
        let key = parent.add_key("pda", Rights::NONE, KeyKind::Nws4).unwrap();
        let mut words = words;
        words.extend([key.secret.as_str().to_owned(), key.key.id.to_string()]);
        let answer = Answer { status: 201, headers: Vec::new(), body: b"CanaryAnswer".to_vec() };
        let request = RequestDigest::of("POST", "/customers", b"");
        parent.write(|tx| tx.remember(&key.key.id, "CanaryKey", &request, &answer, &[])).unwrap();
        words.extend(["CanaryAnswer".to_owned(), "CanaryKey".to_owned()]);
        words
    };
    let manifest = make(&parent);
    let file = parent.path().with_extension(format!("db.snapshot-{}", manifest.name));
    let bytes = fs::read(&file).unwrap();
    let holds = |word: &str| bytes.windows(word.len()).any(|bytes| bytes == word.as_bytes());
    assert!(holds("CanaryStays"));
    for word in words {
        assert!(!holds(&word), "{word}");
    }
    assert!(!bytes.windows(16).any(|bytes| bytes == parent.node().0), "no row names the parent");
    assert!(Store::open(&file).is_err(), "a snapshot is nobody's store");
}
