//! The power goes in the middle of a round, at the child or at the parent: afterwards both agree, and
//! nothing that either of them has acknowledged is gone (T6, T7; I1, I2, I7, I9).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use tillbook::sync::{Limit, RETENTION_DAYS};
use tillbook::{CreditTransaction, Money, SeededRandom, Store};

use super::cut::{image, platters};
use super::disk::{Disk, Event};
use crate::shop::{Shop, customer, id, options};
use crate::sync::{assert_equal, assert_sound, round, round_with_refusals};

/// So few units go into a page that a run has several.
const PAGE: Limit = Limit { items: 3, ..Limit::PAGE };
/// What may be on disk at each moment is looked at so often.
const IMAGES_PER_MOMENT: u32 = 4;
/// Rounds after which whoever lost power is level again, at the latest.
const ROUNDS: usize = 3;
const DAY_MS: i64 = 86_400_000;

/// Which side loses power.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Child,
    Parent,
}

/// A node on a disk that is watched, and one that goes on.
struct Pair {
    side: Side,
    disk: Arc<Disk>,
    watched: Shop,
    other: Shop,
    dice: SeededRandom,
    /// Customers whom one of the two has acknowledged.
    acknowledged: Vec<String>,
    n_images: u32,
}

impl Pair {
    fn new(side: Side) -> Self {
        let disk = Disk::new();
        disk.record();
        let (watched, clock) = options(1);
        let watched = Shop::from_parts(disk.path(), watched, clock, tempfile::tempdir().unwrap());
        let (other, dice) = (Shop::on_file(2), SeededRandom::new(3));
        Self { side, disk, watched, other, dice, acknowledged: Vec::new(), n_images: 0 }
    }

    fn child(&self) -> &Shop {
        if self.side == Side::Child { &self.watched } else { &self.other }
    }

    fn parent(&self) -> &Shop {
        if self.side == Side::Child { &self.other } else { &self.watched }
    }

    /// Creates a customer and gives them some credit, with one commit.
    fn create(&mut self, side: Side, name: &str) {
        let at = if side == Side::Child { self.child() } else { self.parent() };
        let made = at.write(|tx| {
            tx.create_customer(&customer(name))?;
            let stamp = tx.store().stamp();
            tx.record(&CreditTransaction::deposit(stamp, &id(name), Money::from_minor(500)))
        });
        made.unwrap();
        self.acknowledged.push(name.to_owned());
    }

    /// Does a call of the child, and cuts its power within it if it is the child's turn to lose it.
    fn at_child<T>(&mut self, call: impl FnOnce(&Store, &Store) -> tillbook::Result<T>) -> T {
        self.call(Side::Child, call)
    }

    /// The same at the parent.
    fn at_parent<T>(&mut self, call: impl FnOnce(&Store, &Store) -> tillbook::Result<T>) -> T {
        self.call(Side::Parent, call)
    }

    fn call<T>(
        &mut self,
        side: Side,
        call: impl FnOnce(&Store, &Store) -> tillbook::Result<T>,
    ) -> T {
        let first = self.disk.events().len();
        let answer = call(&self.child().store, &self.parent().store).unwrap();
        if side == self.side {
            self.cut_since(first);
        }
        answer
    }

    /// Cuts the power at the moments since `first` that differ.
    fn cut_since(&mut self, first: usize) {
        let events = self.disk.events();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        self.other.backup(&copy, false, |_| ()).unwrap();
        for at in first..=events.len() {
            // Between two syncs the moments are alike.
            let is_sync = matches!(events.get(at), Some(Event::Sync { .. }));
            if is_sync || at == events.len() || self.dice.next_u64().is_multiple_of(8) {
                (0..IMAGES_PER_MOMENT).for_each(|_| self.come_back(&events, at, &copy));
                self.n_images += IMAGES_PER_MOMENT;
            }
        }
    }

    /// What is on the disk when the power goes before `events[at]` comes back, and both talk.
    fn come_back(&self, events: &[Event], at: usize, copy: &Path) {
        let folder = tempfile::tempdir().unwrap();
        for (path, platter) in &platters(events, at).0 {
            if let Some(bytes) = image(platter, &self.dice) {
                fs::write(folder.path().join(path.file_name().unwrap()), bytes).unwrap();
            }
        }
        let beside = folder.path().join("other.db");
        fs::copy(copy, &beside).unwrap();
        let back = Store::open_with(folder.path().join("shop.db"), options(98).0).unwrap();
        let other = Store::open_with(beside, options(99).0).unwrap();
        let (child, parent) = match self.side {
            Side::Child => (&back, &other),
            Side::Parent => (&other, &back),
        };
        for _ in 0..ROUNDS {
            let (_, refused) = round_with_refusals(child, parent).unwrap();
            assert_eq!(refused, [], "cut at {at}");
        }
        assert_equal(child, parent);
        for node in [child, parent] {
            assert_sound(node);
            for name in &self.acknowledged {
                assert_eq!(
                    node.balance(&id(name)).unwrap(),
                    Money::from_minor(500),
                    "{name}, {at}"
                );
            }
        }
    }

    /// A round in which the power goes during every call.
    fn round(&mut self) {
        let hello = self.at_child(|child, _| child.hello());
        let session = self.at_parent(|_, parent| parent.admit(&hello));
        self.at_child(|child, _| child.greet(&session));
        let node = self.child().node();
        while let Some(batch) = self.child().pending(Limit::BATCH, &BTreeSet::new()).unwrap() {
            let answer = self.at_parent(|_, parent| parent.receive(node, &batch));
            self.at_child(|child, _| child.note_received(&answer));
        }
        loop {
            let cursor = self.child().cursor().unwrap();
            let page =
                self.at_parent(|_, parent| parent.changes_since(node, cursor.as_ref(), PAGE));
            self.at_child(|child, _| child.stage(&page));
            if let Some(checkpoint) = &page.checkpoint {
                self.at_child(|child, _| child.publish(checkpoint));
                return;
            }
        }
    }
}

fn check(side: Side) {
    let mut pair = Pair::new(side);
    for name in ["ann", "bea", "cid"] {
        pair.create(Side::Parent, name);
    }
    pair.create(Side::Child, "dan");
    pair.round();
    // Words that go while others come, a customer who is changed on both sides, and more work.
    pair.create(Side::Child, "eva");
    let rename = |shop: &Shop, name: &str| {
        shop.edit_customer(&id("bea"), |bea| bea.last_name = Some(name.to_owned())).unwrap();
    };
    rename(pair.parent(), "Above");
    pair.child().clock.advance(5);
    rename(pair.child(), "Below");
    pair.parent().erase_customer(&id("cid")).unwrap();
    pair.acknowledged.retain(|name| name != "cid");
    pair.round();
    // A month later the child forgets what is safe everywhere.
    for _ in 0..=RETENTION_DAYS {
        pair.parent().clock.advance(DAY_MS);
        round(pair.child(), pair.parent()).unwrap();
    }
    assert!(pair.at_child(|child, _| child.prune()) > 0);
    eprintln!("{} images, {side:?}: all agree", pair.n_images);
    assert!(pair.n_images > 50, "only {} images", pair.n_images);
}

#[test]
fn a_child_that_loses_power_in_a_round_agrees_afterwards() {
    check(Side::Child);
}

#[test]
fn a_parent_that_loses_power_in_a_round_agrees_afterwards() {
    check(Side::Parent);
}
