//! A day at one till, against a file: the till is killed in the middle of it and opened again, and
//! every sale it acknowledged is there.
//!
//! `cargo run --example checkout`. The program starts itself a second time as the till, and kills
//! it with no warning.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tillbook::{Card, CardSerial, CreditTransaction, Customer, Money, Store, TransactionId};

const SERIAL: &str = "2005550000024";
const SALES_BEFORE_THE_CUT: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1) {
        Some(file) => sell_until_killed(Path::new(&file)),
        None => a_day(),
    }
}

fn a_day() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("tillbook-checkout-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("till.db");
    let done = open_sell_reopen(&file);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn open_sell_reopen(file: &Path) -> Result<(), Box<dyn Error>> {
    let serial = CardSerial::new(SERIAL)?;
    let store = Store::open(file)?;
    let customer = store.create_customer(&Customer::new(store.stamp()))?;
    store.set_card(&customer.id, &Card::new(serial.clone()))?;
    let deposit =
        CreditTransaction::deposit(store.stamp(), &customer.id, store.currency().parse("100.00")?);
    store.record(&deposit)?;
    println!("morning: card {SERIAL} holds 100.00 EUR");
    drop(store);

    // The till is another process; each line it prints is a sale that it calls stored.
    let mut till = Command::new(env::current_exe()?).arg(file).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(till.stdout.take().ok_or("the till has no output")?).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        acknowledged.push(TransactionId::new(&line?)?);
        if acknowledged.len() == SALES_BEFORE_THE_CUT {
            till.kill()?;
        }
    }
    till.wait()?;
    println!("noon:    the till was killed after it had acknowledged {} sales", acknowledged.len());

    let store = Store::open(file)?;
    let mut n_lost = 0;
    for id in &acknowledged {
        n_lost += usize::from(store.find_credit_transaction(id)?.is_none());
    }
    let report = store.check(|_| ())?;
    for trouble in &report.troubles {
        println!("         {trouble}");
    }
    let swipe = store.find_card(&serial)?.ok_or("the card is gone")?;
    println!("evening: {n_lost} sales lost, {} troubles found by the check", report.n_troubles);
    println!("         the card holds {} EUR", store.currency().display(swipe.credit));
    match (n_lost, report.is_sound()) {
        (0, true) => Ok(()),
        _ => Err("the day was not kept".into()),
    }
}

/// The till: spends one euro after the other and says so once each is stored.
fn sell_until_killed(file: &Path) -> Result<(), Box<dyn Error>> {
    let store = Store::open(file)?;
    let serial = CardSerial::new(SERIAL)?;
    let mut output = std::io::stdout();
    loop {
        let swipe = store.find_card(&serial)?.ok_or("the card is unknown")?;
        let spend =
            CreditTransaction::spend(store.stamp(), &swipe.customer.id, Money::from_minor(100));
        store.record_with_card(&serial, &spend)?;
        writeln!(output, "{}", spend.id)?;
        output.flush()?;
    }
}
