//! Acknowledgement: how far a credit transaction has come, as each node of a small tree sees it.

use std::fmt::Write as _;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use expect_test::{Expect, expect};
use tillbook::sync::Acknowledgement::{Hub, Local, Root};
use tillbook::{CreditTransaction, Error, Money, Store, TransactionId};

use crate::root_restored::restored;
use crate::shop::{Shop, customer, id};
use crate::sync::{assert_sound, round, round_with_refusals};

const DAY_MS: i64 = 86_400_000;
/// Longer than anything takes that is waited for.
const LONG: Duration = Duration::from_secs(60);

/// A root `r`; below it a shop `s` and a till `o`; below the shop the tills `t` and `u`.
struct Tree {
    root: Option<Shop>,
    others: Vec<(&'static str, Shop)>,
    n_days: u32,
}

impl Tree {
    fn new() -> Self {
        let root = Shop::on_file(1);
        root.create_customer(&customer("ada")).unwrap();
        let others = [("s", 2), ("o", 3), ("t", 4), ("u", 5)];
        let others = others.map(|(name, seed)| (name, Shop::in_memory(seed)));
        let tree = Self { root: Some(root), others: others.into(), n_days: 0 };
        ["s > r", "o > r", "t > s", "u > s"].iter().for_each(|step| tree.talk(step));
        tree
    }

    fn node(&self, name: &str) -> &Shop {
        let found = self.others.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| self.root.as_ref().unwrap(), |(_, shop)| shop)
    }

    fn talk(&self, step: &str) {
        let (child, parent) = step.split_once(" > ").unwrap();
        round(self.node(child), self.node(parent)).unwrap();
    }

    /// `t > s` is a round and `t ? s` a hello alone; `t a` records the deposit `a` at that till; `days` lets
    /// forty days pass on which all talk and forget; `backup` and `restore` are of the root, and `settle` has all talk until nothing
    /// is refused any more.
    fn step(&mut self, step: &str) {
        let all = ["s > r", "t > s", "u > s", "s > r", "o > r", "t > s", "u > s"];
        match step {
            "backup" => {
                let root = self.node("r");
                root.backup(root.path().with_file_name("old.db"), false, |_| ()).unwrap();
            }
            "restore" => self.root = self.root.take().map(|root| restored(root, "old.db")),
            "settle" => {
                for step in all.iter().cycle().take(5 * all.len()) {
                    let (child, parent) = step.split_once(" > ").unwrap();
                    let _ = round_with_refusals(self.node(child), self.node(parent));
                }
            }
            "days" => {
                let mut n_forgotten = 0;
                for _ in 0..40 {
                    self.n_days += 1;
                    let root = self.node("r");
                    root.clock.advance(DAY_MS);
                    root.create_customer(&customer(&format!("c{}", self.n_days))).unwrap();
                    all.iter().for_each(|step| self.talk(step));
                    n_forgotten += self.node("t").prune().unwrap();
                    let _ = self.node("s").prune().unwrap();
                }
                assert!(n_forgotten > 0, "the till still has what it wrote");
            }
            step if step.contains(" > ") => self.talk(step),
            step if step.contains(" ? ") => {
                let (child, parent) = step.split_once(" ? ").unwrap();
                let (child, parent) = (self.node(child), self.node(parent));
                child.greet(&parent.admit(&child.hello().unwrap()).unwrap()).unwrap();
            }
            step => {
                let (node, name) = step.split_once(' ').unwrap();
                record(self.node(node), name);
            }
        }
    }

    /// What each node says of each transaction.
    fn said(&self, names: &[&str]) -> String {
        let mut told = String::new();
        for name in names {
            write!(told, " {name}:").unwrap();
            for node in ["t", "u", "s", "o", "r"] {
                let level = self.node(node).acknowledgement(&transaction(name));
                match level {
                    Ok(level) => write!(told, " {node} {level}").unwrap(),
                    Err(Error::NotFound { .. }) => {}
                    Err(error) => panic!("{node} {name}: {error}"),
                }
            }
            told.push(';');
        }
        told
    }
}

fn transaction(name: &str) -> TransactionId {
    TransactionId::new(name).unwrap()
}

fn record(shop: &Store, name: &str) -> TransactionId {
    let deposit = CreditTransaction::deposit(shop.stamp(), &id("ada"), Money::from_minor(100));
    shop.record(&CreditTransaction { id: transaction(name), ..deposit }).unwrap();
    transaction(name)
}

/// After each step: what each node says of each transaction that it knows.
fn check(steps: &[&str], names: &[&str], expected: Expect) {
    let mut tree = Tree::new();
    let mut told = String::new();
    for step in steps {
        tree.step(step);
        writeln!(told, "{step}:{}", tree.said(names)).unwrap();
    }
    expected.assert_eq(&told);
    tree.others.iter().for_each(|(_, shop)| assert_sound(shop));
    assert_sound(tree.node("r"));
}

#[test]
fn it_rises_step_by_step() {
    check(
        &["o a", "o > r"],
        &["a"],
        expect![[r#"
        o a: a: o local;
        o > r: a: o root r root;
    "#]],
    );
    check(
        &["t a", "t > s", "u > s", "s > r", "t > s", "u > s", "o > r"],
        &["a"],
        expect![[r#"
        t a: a: t local;
        t > s: a: t hub s local;
        u > s: a: t hub u hub s local;
        s > r: a: t hub u hub s root r root;
        t > s: a: t root u hub s root r root;
        u > s: a: t root u hub s root r root;
        o > r: a: t root u hub s root o root r root;
    "#]],
    );
}

/// An id that stands in another operation as well: that one undoes it.
#[test]
fn what_is_undone_is_not_what_undoes_it() {
    let mut tree = Tree::new();
    ["t a", "t > s"].iter().for_each(|step| tree.step(step));
    let till = tree.node("t");
    let undo = CreditTransaction::reversal(till.stamp(), &id("ada"), &transaction("a"));
    till.record(&undo).unwrap();
    let level = |id| till.acknowledgement(id).unwrap();
    assert_eq!((level(&transaction("a")), level(&undo.id)), (Hub, Local));
    assert_eq!(till.acknowledgement_of_all().unwrap(), Local);
}

#[test]
fn what_was_forgotten_is_at_the_root() {
    check(
        &["t a", "o b", "days", "t c", "t > s"],
        &["a", "b", "c"],
        expect![[r#"
        t a: a: t local; b:; c:;
        o b: a: t local; b: o local; c:;
        days: a: t root u hub s root o root r root; b: t hub u hub s root o root r root; c:;
        t c: a: t root u hub s root o root r root; b: t hub u hub s root o root r root; c: t local;
        t > s: a: t root u hub s root o root r root; b: t hub u hub s root o root r root; c: t hub s local;
    "#]],
    );
}

#[test]
fn it_falls_when_the_root_goes_back() {
    check(
        &[
            "backup", "t a", "o b", "settle", "restore", "o ? r", "o > r", "s ? r", "t ? s",
            "s > r", "t > s", "settle",
        ],
        &["a", "b"],
        expect![[r#"
            backup: a:; b:;
            t a: a: t local; b:;
            o b: a: t local; b: o local;
            settle: a: t root u hub s root o root r root; b: t hub u hub s root o root r root;
            restore: a: t root u hub s root o root; b: t hub u hub s root o root;
            o ? r: a: t root u hub s root o local; b: t hub u hub s root o local;
            o > r: a: t root u hub s root; b: t hub u hub s root o root r root;
            s ? r: a: t root u hub s local; b: t hub u hub s local o root r root;
            t ? s: a: t hub u hub s local; b: t local u hub s local o root r root;
            s > r: a: t hub u hub s root r root; b: t local u hub s root o root r root;
            t > s: a: t root u hub s root r root; b: t hub u hub s root o root r root;
            settle: a: t root u hub s root o root r root; b: t hub u hub s root o root r root;
        "#]],
    );
}

/// Older than operations are kept: what nobody has any more is not claimed to be anywhere.
#[test]
fn what_the_root_has_lost_for_good_is_not_claimed() {
    check(
        &["backup", "t a", "o b", "days", "restore", "settle", "t c", "settle"],
        &["a", "b", "c"],
        expect![[r#"
            backup: a:; b:; c:;
            t a: a: t local; b:; c:;
            o b: a: t local; b: o local; c:;
            days: a: t root u hub s root o root r root; b: t hub u hub s root o root r root; c:;
            restore: a: t root u hub s root o root; b: t hub u hub s root o root; c:;
            settle: a:; b: t hub u hub s root o root r root; c:;
            t c: a:; b: t hub u hub s root o root r root; c: t local;
            settle: a:; b: t hub u hub s root o root r root; c: t root u hub s root o root r root;
        "#]],
    );
}

#[test]
fn a_wait_ends_when_the_level_is_reached() {
    let tree = Tree::new();
    let (till, shop, root) = (tree.node("t"), tree.node("s"), tree.node("r"));
    let name = record(till, "a");
    for (child, parent, level) in [(till, shop, Hub), (shop, root, Local), (till, shop, Root)] {
        let reached = thread::scope(|scope| {
            let one = scope.spawn(|| till.wait_for_acknowledgement(&name, level, LONG).unwrap());
            let all = scope.spawn(|| till.wait_for_acknowledgement_of_all(level, LONG).unwrap());
            thread::sleep(Duration::from_millis(20));
            round(child, parent).unwrap();
            [one.join().unwrap(), all.join().unwrap()]
        });
        assert!(reached.iter().all(|reached| *reached >= level), "{level}: {reached:?}");
    }
    // Whoever has nobody above waits for nothing.
    let name = record(root, "b");
    assert_eq!(root.wait_for_acknowledgement(&name, Root, LONG).unwrap(), Root);
    assert_eq!(root.wait_for_acknowledgement_of_all(Root, LONG).unwrap(), Root);
}

#[test]
fn a_wait_that_is_over_tells_how_far_it_came_and_takes_nothing_back() {
    let tree = Tree::new();
    let (till, shop) = (tree.node("t"), tree.node("s"));
    let (short, name) = (Duration::from_millis(30), record(till, "a"));
    assert_eq!(till.wait_for_acknowledgement(&name, Hub, short).unwrap(), Local);
    assert_eq!(till.wait_for_acknowledgement_of_all(Hub, Duration::ZERO).unwrap(), Local);
    assert_eq!(till.balance(&id("ada")).unwrap(), Money::from_minor(100));
    round(till, shop).unwrap();
    assert_eq!(till.wait_for_acknowledgement(&name, Root, short).unwrap(), Hub);
    let unknown = till.wait_for_acknowledgement(&transaction("x"), Hub, LONG);
    assert!(matches!(unknown, Err(Error::NotFound { .. })), "{unknown:?}");
}

/// What is written meanwhile is not waited for.
#[test]
fn a_wait_for_all_is_for_what_was_there_when_it_began() {
    let tree = Tree::new();
    let (till, shop) = (tree.node("t"), tree.node("s"));
    record(till, "a");
    let begins = Barrier::new(2);
    let reached = thread::scope(|scope| {
        let all = scope.spawn(|| {
            begins.wait();
            till.wait_for_acknowledgement_of_all(Hub, LONG).unwrap()
        });
        begins.wait();
        thread::sleep(Duration::from_millis(200));
        round(till, shop).unwrap();
        record(till, "b");
        all.join().unwrap()
    });
    assert_eq!(reached, Hub);
    assert_eq!(till.acknowledgement_of_all().unwrap(), Local);
}
