//! `tillbook demo`: a file of invented customers.

mod names;
mod person;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tillbook::{
    CardSerial, CreditTransaction, Customer, ManualClock, Money, Options, Page, Result, Store,
    Timestamp, Tx,
};

use self::person::World;
use super::failure::Failure;
use super::output::{print, progress};

/// Customers stored in one SQL transaction.
const CUSTOMERS_PER_COMMIT: u64 = 250;
/// A customer comes to the till at most this often.
const VISITS_MAX: u64 = 4;
/// One visit in two takes place.
const VISIT_PERCENT: u64 = 50;
/// Business begins on the first of January 2023 and goes on for two years.
const OPENING_MS: i64 = 1_672_531_200_000;
const BUSINESS_MS: u64 = 2 * 365 * 24 * 60 * 60 * 1000;

/// Fill a new file with invented customers.
///
/// They are Slovak, Czech and German, have cards, discounts and addresses, some stand for companies,
/// and they pay in, earn and spend. The same number and seed invent the same people.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many customers.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        value_parser = clap::value_parser!(u64).range(1..=10_000_000)
    )]
    customers: u64,
    /// What the dice begin with.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { customers, seed } = *arguments;
    let clock = Arc::new(ManualClock::new(Timestamp::from_ms(OPENING_MS)));
    // Ids and salts of the file itself stay random: two demo files are two nodes.
    let store = Store::open_with(db, Options { clock: clock.clone(), ..Options::default() })?;
    if !store.list_operations(Page { skip: 0, take: 1 })?.is_empty() {
        return Err(Failure::with_hint(
            format!("{} is in use already; invented customers go into a new file", db.display()),
            "--db FILE names another file",
        ));
    }
    let mut demo =
        Demo { world: World::new(clock, seed), step_ms: step_ms(customers), n: Counts::default() };
    let bar = progress(customers, "customers");
    let mut shown = None;
    let mut first = 0;
    while first < customers {
        let end = customers.min(first + CUSTOMERS_PER_COMMIT);
        let members = store.write(|tx| demo.fill(tx, first..end))?;
        shown = shown.or_else(|| members.into_iter().max_by_key(|member| member.n_visits));
        bar.set_position(end);
        first = end;
    }
    bar.finish_and_clear();
    print(&told(db, &demo.n, shown.as_ref()))?;
    Ok(ExitCode::SUCCESS)
}

/// How long it takes until something happens, so that all of it fills the time of business.
fn step_ms(customers: u64) -> u64 {
    let n_events = customers * (100 + VISITS_MAX * VISIT_PERCENT) / 100;
    BUSINESS_MS / n_events.max(1)
}

/// What is being made.
struct Demo {
    world: World,
    step_ms: u64,
    n: Counts,
}

#[derive(Default)]
struct Counts {
    customers: u64,
    cards: u64,
    credit_transactions: u64,
}

/// A customer who may come to the till.
struct Member {
    customer: Customer,
    serial: Option<CardSerial>,
    balance: Money,
    n_visits: u64,
}

impl Demo {
    /// Stores some customers, and then what they did.
    fn fill(&mut self, tx: &Tx<'_>, numbers: std::ops::Range<u64>) -> Result<Vec<Member>> {
        let mut members = Vec::new();
        for number in numbers {
            self.pass_time();
            let new = person::invent(&self.world, number);
            let cards = new.cards.as_deref().unwrap_or_default();
            self.n.customers += 1;
            self.n.cards += cards.len() as u64;
            let serial = cards.first().map(|card| card.serial_number.clone());
            let customer = tx.create(&new)?.customer;
            members.push(Member { customer, serial, balance: Money::ZERO, n_visits: 0 });
        }
        for _ in 0..VISITS_MAX {
            for member in &mut members {
                if self.world.chance(VISIT_PERCENT) {
                    self.pass_time();
                    self.visit(tx, member)?;
                }
            }
        }
        Ok(members)
    }

    fn pass_time(&self) {
        let ms = self.step_ms / 2 + self.world.below(self.step_ms);
        self.world.clock.advance(i64::try_from(ms).unwrap_or_default());
    }

    /// The customer pays in, or earns or spends what there is.
    fn visit(&mut self, tx: &Tx<'_>, member: &mut Member) -> Result<()> {
        let id = &member.customer.id;
        if member.customer.usable(tx.store().now()).is_err() {
            return Ok(());
        }
        let stamp = self.world.stamp();
        if member.balance == Money::ZERO {
            let amount = Money::from_minor(self.world.pick(&[1000, 2000, 2000, 5000, 10_000]));
            member.balance = tx.record(&CreditTransaction::deposit(stamp, id, amount))?;
        } else if self.world.chance(40) {
            tx.earn(stamp, id, self.price())?;
            member.balance = tx.balance(id)?;
        } else {
            let amount = self.price().min(member.balance);
            member.balance = tx.record(&CreditTransaction::spend(stamp, id, amount))?;
        }
        member.n_visits += 1;
        self.n.credit_transactions += 1;
        Ok(())
    }

    /// What a purchase costs: 0.50 to 40.00, in steps of 5 cents.
    fn price(&self) -> Money {
        Money::from_minor(50 + 5 * i64::try_from(self.world.below(791)).unwrap_or_default())
    }
}

fn told(db: &Path, n: &Counts, shown: Option<&Member>) -> String {
    let mut text = format!(
        "{} customers, {} cards, {} credit transactions in {}\n",
        n.customers,
        n.cards,
        n.credit_transactions,
        db.display()
    );
    if let Some(Member { customer, serial: Some(serial), .. }) = shown {
        let db = match db == Path::new("tillbook.db") {
            true => String::new(),
            false => format!("--db {} ", db.display()),
        };
        let name = customer.last_name.as_deref().unwrap_or_default();
        text.push_str(&format!(
            "try  tillbook {db}find {name}\n     tillbook {db}explain {serial}\n"
        ));
    }
    text
}
