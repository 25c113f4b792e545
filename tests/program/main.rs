//! The program, run as a person runs it: real binary, real file, real exit status.

mod backup;
mod bulk_killed;
mod certificate;
mod check;
mod client;
mod demo;
mod explain;
mod export;
mod find;
mod import;
mod import_json;
mod key;
mod limits;
mod list;
mod lossy;
mod salvage;
mod serve;
mod settings;
mod signed;
mod stop;
mod sync;
mod sync_refused;
mod sync_snapshot;
mod synctera;
mod usage;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use expect_test::Expect;
use tempfile::TempDir;
use tillbook::{
    Card, CardSerial, Company, CreditTransaction, Customer, CustomerId, ManualClock, Money,
    Options, Rate, Replacement, SeededRandom, Standing, Store, Timestamp,
};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// A shop's file in a folder of its own.
struct Shop {
    folder: TempDir,
}

impl Shop {
    /// Three customers; every id and time follows from the seed and the clock.
    fn open() -> Result<Self> {
        let shop = Self::empty()?;
        shop.store()?.write(|tx| {
            tx.create(&zofia())?;
            tx.create(&bakery())?;
            tx.create(&frozen())?;
            movements(tx.store()).iter().try_for_each(|t| tx.record(t).map(drop))
        })?;
        Ok(shop)
    }

    /// A folder without a file.
    fn empty() -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn store(&self) -> Result<Store> {
        let clock = Arc::new(ManualClock::new(Timestamp::parse("2024-01-02T03:04:05Z")?));
        let random = Arc::new(SeededRandom::new(7));
        Ok(Store::open_with(self.db(), Options { clock, random, ..Options::default() })?)
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        Ok(self.program().args(arguments).output()?)
    }

    /// The program in the shop's folder, with the shop's file and no other setting.
    fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tillbook"));
        let variables = std::env::vars_os().map(|(name, _)| name);
        for name in variables.filter(|name| name.to_string_lossy().starts_with("TILLBOOK_")) {
            program.env_remove(name);
        }
        program.current_dir(self.folder.path()).env("TILLBOOK_DB", self.db());
        program
    }

    /// Runs the program; below the arguments stands what came of it.
    fn check(&self, arguments: &[&str], expected: Expect) -> Result<()> {
        let Output { status, stdout, stderr } = self.run(arguments)?;
        let mut told = String::from_utf8(stdout)?;
        for line in String::from_utf8(stderr)?.lines() {
            told.push_str(&format!("! {line}\n"));
        }
        if !status.success() {
            told.push_str(&format!("exit status {:?}\n", status.code()));
        }
        expected.assert_eq(&told.replace(&self.folder.path().display().to_string(), "FOLDER"));
        Ok(())
    }
}

fn customer(id: &str) -> Customer {
    let at = Timestamp::parse("2024-01-01T00:00:00Z").expect("a time");
    Customer::with_id(CustomerId::new(id).expect("an id"), at)
}

fn card(serial: &str) -> Card {
    Card::new(CardSerial::new(serial).expect("a serial"))
}

fn zofia() -> Replacement {
    let mut zofia = customer("018cc7b0-0000-7000-8000-000000000001");
    zofia.external_id = Some("crm-17".into());
    zofia.first_name = Some("Žofia".into());
    zofia.last_name = Some("Nováková".into());
    zofia.email = Some("Zofia@Example.sk".into());
    zofia.phone = Some("+421 905 123 456".into());
    zofia.discount_rate = Rate::from_millionths(12_500_000);
    zofia.note = Some("prefers paper receipts".into());
    let cards = Some(vec![card("0012345678"), card("0012345679")]);
    Replacement { cards, ..zofia.into() }
}

fn bakery() -> Replacement {
    let mut bakery = customer("018cc7b0-0000-7000-8000-000000000002");
    bakery.is_company = true;
    bakery.company = Some(Company {
        name: Some("Pekáreň Novák s.r.o.".into()),
        vat_id: Some("SK2020123456".into()),
        ..Company::default()
    });
    bakery.credit_line = Money::from_minor(50_000);
    let cards = Some(vec![card("9001")]);
    Replacement { cards, ..bakery.into() }
}

fn frozen() -> Replacement {
    let mut frozen = customer("4242");
    frozen.first_name = Some("Ján".into());
    frozen.standing = Standing::Frozen;
    frozen.into()
}

/// Žofia pays in, spends twice and takes one purchase back.
fn movements(store: &Store) -> Vec<CreditTransaction> {
    let id = zofia().customer.id;
    let mut deposit = CreditTransaction::deposit(store.stamp(), &id, Money::from_minor(2_000));
    deposit.actor = Some("Jana".into());
    deposit.external_id = Some("receipt 17".into());
    deposit.note = Some("paid in cash\nat the counter".into());
    let spend = CreditTransaction::spend(store.stamp(), &id, Money::from_minor(450));
    let wrong = CreditTransaction::spend(store.stamp(), &id, Money::from_minor(300));
    let reversal = CreditTransaction::reversal(store.stamp(), &id, &wrong.id);
    vec![deposit, spend, wrong, reversal]
}
