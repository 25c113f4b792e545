//! What the child does and what the parent writes into its book: both follow from two numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use tillbook::check::Report;
use tillbook::{
    CardSerial, CreditKind, CreditTransaction, Customer, Error, ImportOptions, Money, Page, Store,
    Timestamp, TransactionId, Tx,
};

use crate::shop::{NOON_MS, card, customer, id};

/// Threads of a child, which share commits.
pub(super) const THREADS: u64 = 4;
/// Deeds of a round.
const STEPS: u64 = 9;
/// Rows of an import, one SQL transaction.
const IMPORTED: u64 = 30;
/// The customer whom every child serves.
const REGULAR: &str = "regular";

/// One write of one thread of one child, which is one SQL transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    /// Which of all threads of all children.
    kill: u64,
    step: u64,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    /// First name and balance of the live; `None` for the erased.
    people: BTreeMap<String, Option<(String, i64)>>,
    transactions: BTreeSet<String>,
    cards: BTreeMap<String, String>,
    n_operations: u64,
}

impl Deed {
    /// What thread `thread` of the child that dies by kill number `kill` does at its `step`.
    pub(super) fn nth(kill: u64, thread: u64, step: u64) -> Self {
        Self { kill: kill * THREADS + thread, step }
    }

    /// Who was new in this round of nine steps, and who in the round before.
    fn newcomer(&self, rounds_ago: u64) -> String {
        format!("c{}-{}", self.kill, (self.step / STEPS).saturating_sub(rounds_ago))
    }

    fn transaction(&self, who: &str, minor: i64) -> CreditTransaction {
        let id = TransactionId::new(&format!("t{}-{}", self.kill, self.step)).unwrap();
        let kind = if minor < 0 { CreditKind::Spend } else { CreditKind::Deposit };
        CreditTransaction {
            id,
            customer_id: crate::shop::id(who),
            kind,
            amount: Money::from_minor(minor),
            target: None,
            at: Timestamp::from_ms(NOON_MS),
            external_id: None,
            note: Some("a note that takes some space ".repeat(8)),
            meta: None,
            actor: None,
            paid: None,
            on_sight: false,
            ext: serde_json::Map::new(),
        }
    }

    fn serial(&self) -> String {
        format!("{:04}{:06}", self.kill, self.step)
    }

    /// Writes it; returns when it is on disk.
    pub(super) fn act(&self, store: &Store) {
        let (who, earlier) = (self.newcomer(0), self.newcomer(1));
        match self.step % STEPS {
            0 => match store.create_customer(&customer(REGULAR)) {
                Ok(_) | Err(Error::Exists(_)) => {}
                Err(error) => panic!("{error}"),
            },
            1 => drop(store.create_customer(&customer(&who)).unwrap()),
            2 => drop(store.record(&self.transaction(REGULAR, 500)).unwrap()),
            3 => store.write(|tx| self.all_at_once(tx)).unwrap(),
            4 => {
                let rename = |c: &mut Customer| c.first_name = Some(self.serial());
                drop(store.edit_customer(&id(&who), rename).unwrap());
            }
            5 => drop(store.record(&self.transaction(REGULAR, -123)).unwrap()),
            6 => drop(store.record(&self.transaction(&who, 77)).unwrap()),
            7 => {
                let options = ImportOptions::new(store.stamp());
                let report = store.import(self.csv().as_bytes(), &options, |_| ()).unwrap();
                assert_eq!(report.n_created, IMPORTED);
            }
            _ => store.erase_customer(&id(&earlier)).unwrap(),
        }
    }

    /// Whether a deed that was not acknowledged was done none the less.
    pub(super) fn is_done(&self, store: &Store) -> bool {
        let (who, earlier) = (self.newcomer(0), self.newcomer(1));
        let is_live = |who: &str| store.customer(&id(who)).is_ok();
        match self.step % STEPS {
            0 => is_live(REGULAR),
            1 => is_live(&who),
            4 => store.customer(&id(&who)).unwrap().first_name == Some(self.serial()),
            7 => is_live(&self.imported(0)),
            8 => !is_live(&earlier),
            _ => {
                let name = TransactionId::new(&format!("t{}-{}", self.kill, self.step)).unwrap();
                store.find_credit_transaction(&name).unwrap().is_some()
            }
        }
    }

    fn imported(&self, n: u64) -> String {
        format!("i{}-{}-{n}", self.kill, self.step)
    }

    fn csv(&self) -> String {
        let rows = (0..IMPORTED).map(|n| format!("{};Ada\n", self.imported(n)));
        format!("Id;FirstName\n{}", rows.collect::<String>())
    }

    /// Three operations of one SQL transaction: none of them may be there without the others.
    fn all_at_once(&self, tx: &Tx<'_>) -> tillbook::Result<()> {
        let who = format!("p{}-{}", self.kill, self.step);
        tx.create_customer(&customer(&who))?;
        tx.set_card(&id(&who), &card(&self.serial()))?;
        tx.record(&self.transaction(&who, 1000)).map(drop)
    }
}

impl Book {
    /// Whether nothing was ever stored.
    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Writes down what a deed does.
    pub(super) fn enter(&mut self, deed: &Deed) {
        let (who, earlier) = (deed.newcomer(0), deed.newcomer(1));
        let fresh = || Some((String::new(), 0));
        let mut n_operations = 1;
        match deed.step % STEPS {
            0 if self.people.contains_key(REGULAR) => n_operations = 0,
            0 => drop(self.people.insert(REGULAR.into(), fresh())),
            1 => drop(self.people.insert(who, fresh())),
            2 => self.post(deed, REGULAR, 500),
            3 => {
                let who = format!("p{}-{}", deed.kill, deed.step);
                self.people.insert(who.clone(), fresh());
                self.cards.insert(deed.serial(), who.clone());
                self.post(deed, &who, 1000);
                n_operations = 3;
            }
            4 => self.people.get_mut(&who).unwrap().as_mut().unwrap().0 = deed.serial(),
            5 => self.post(deed, REGULAR, -123),
            6 => self.post(deed, &who, 77),
            7 => {
                let imported = (0..IMPORTED).map(|n| (deed.imported(n), Some(("Ada".into(), 0))));
                self.people.extend(imported);
                n_operations = IMPORTED;
            }
            _ => {
                let erased = self.people.insert(earlier, None).unwrap();
                n_operations = u64::from(erased.is_some());
            }
        }
        self.n_operations += n_operations;
    }

    fn post(&mut self, deed: &Deed, who: &str, minor: i64) {
        self.people.get_mut(who).unwrap().as_mut().unwrap().1 += minor;
        self.transactions.insert(format!("t{}-{}", deed.kill, deed.step));
    }

    /// Where the store says something else than the book, and how many operations it holds.
    pub(super) fn differences(&self, store: &Store) -> String {
        let mut text = String::new();
        for (who, expected) in &self.people {
            let found = match store.profile(&id(who)) {
                Ok(profile) => {
                    let name = profile.customer.first_name.unwrap_or_default();
                    Some((name, profile.credit.minor()))
                }
                Err(Error::NotFound { .. }) => None,
                Err(error) => panic!("{error}"),
            };
            if found != *expected {
                writeln!(text, "{who}: {found:?} instead of {expected:?}").unwrap();
            }
            let page = Page { skip: 0, take: u32::MAX };
            let postings = store.list_credit_transactions(&id(who), page);
            let sum: i64 = postings.iter().flatten().map(|posting| posting.effect.minor()).sum();
            if expected.as_ref().is_some_and(|expected| expected.1 != sum) {
                writeln!(text, "{who}: transactions add up to {sum}").unwrap();
            }
        }
        for name in &self.transactions {
            let name = TransactionId::new(name).unwrap();
            if store.find_credit_transaction(&name).unwrap().is_none() {
                writeln!(text, "{name} is lost").unwrap();
            }
        }
        for (serial, who) in &self.cards {
            let swipe = store.find_card(&CardSerial::new(serial).unwrap()).unwrap();
            if swipe.is_none_or(|swipe| swipe.customer.id != id(who)) {
                writeln!(text, "{serial} of {who} is lost").unwrap();
            }
        }
        let stored = store.list_operations(Page { skip: 0, take: u32::MAX }).unwrap().len() as u64;
        if stored != self.n_operations {
            writeln!(text, "{stored} operations instead of {}", self.n_operations).unwrap();
        }
        text
    }

    /// Nothing is there that no deed has made.
    pub(super) fn counts_match(&self, report: &Report) {
        let counted = (report.n_customers, report.n_credit_transactions, report.n_operations);
        let (people, transactions) = (self.people.len() as u64, self.transactions.len() as u64);
        assert_eq!(counted, (people, transactions, self.n_operations));
    }
}
