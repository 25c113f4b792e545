//! Two tills and a centre: the line is cut, both go on selling, and when it is back all three show
//! the same. What two tills cannot both be right about is put before a person.
//!
//! Needs no feature, no file and no network, because what nodes tell each other are values:
//! `cargo run --example two_tills`.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::collections::BTreeSet;
use std::error::Error;

use tillbook::sync::Limit;
use tillbook::{
    Card, CardSerial, ConflictKind, CreditTransaction, Customer, CustomerId, Store, Subject,
};

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let centre = Store::open_in_memory()?;
    let (left, right) = (Store::open_in_memory()?, Store::open_in_memory()?);

    println!("Morning. The left till takes on Ada, with card 1001 and 10.00 EUR of credit.");
    let ada = take_on(&left, "Ada", "1001")?;
    let amount = left.currency().parse("10.00")?;
    left.record(&CreditTransaction::deposit(left.stamp(), &ada, amount))?;
    for till in [&left, &right] {
        talk(till, &centre)?;
    }
    println!("The right till finds her card: {} EUR.", credit(&right, &ada)?);

    println!("\nNoon. The line is cut; both tills go on.");
    println!("  left:  Ada pays 7.00, {} left", spend(&left, &ada, "7.00")?);
    println!("  right: Ada pays 6.00, {} left", spend(&right, &ada, "6.00")?);
    println!("  left:  card 2002 goes to Bob");
    take_on(&left, "Bob", "2002")?;
    println!("  right: card 2002 goes to Cyd");
    take_on(&right, "Cyd", "2002")?;

    println!("\nEvening. The line is back.");
    for till in [&left, &right, &left] {
        talk(till, &centre)?;
    }
    show(&[("centre", &centre), ("left", &left), ("right", &right)], &ada)?;

    println!("\nNobody was sent away, no sale is lost. Two things are left for a person:");
    for conflict in centre.conflicts()? {
        match conflict.kind {
            ConflictKind::Overdrawn => {
                println!("  Ada has spent more than she had; she will pay it next time.");
                centre.keep_conflict(&conflict.id)?;
            }
            ConflictKind::Card => {
                let name = |id: Option<&CustomerId>| -> Done<String> {
                    let id = id.ok_or("nobody")?;
                    Ok(centre.customer(id)?.display_name().to_string())
                };
                let owner = name(conflict.owner_id.as_ref().and_then(Subject::customer))?;
                let other = name(conflict.customer_id.as_ref())?;
                println!("  Card 2002 is {owner}'s, who had it first; {other} gets another one.");
                centre.release_conflict(&conflict.id)?;
            }
            other => println!("  {other:?}"),
        }
    }
    for till in [&left, &right] {
        talk(till, &centre)?;
    }
    println!("\nThe tills have heard of it:");
    show(&[("centre", &centre), ("left", &left), ("right", &right)], &ada)
}

/// A customer with a card.
fn take_on(till: &Store, name: &str, serial: &str) -> Done<CustomerId> {
    let customer = Customer { first_name: Some(name.into()), ..Customer::new(till.stamp()) };
    let customer = till.create_customer(&customer)?;
    till.set_card(&customer.id, &Card::new(CardSerial::new(serial)?))?;
    Ok(customer.id)
}

fn spend(till: &Store, customer: &CustomerId, amount: &str) -> Done<String> {
    let amount = till.currency().parse(amount)?;
    till.record(&CreditTransaction::spend(till.stamp(), customer, amount))?;
    credit(till, customer)
}

fn credit(till: &Store, customer: &CustomerId) -> Done<String> {
    Ok(till.currency().display(till.balance(customer)?).to_string())
}

/// One round: hello, push until the centre has all, pull, publish. With the feature `sync`,
/// `sync::client::Client` does the same over a network.
fn talk(till: &Store, centre: &Store) -> Done {
    till.greet(&centre.admit(&till.hello()?)?)?;
    while let Some(batch) = till.pending(Limit::BATCH, &BTreeSet::new())? {
        till.note_received(&centre.receive(till.node(), &batch)?)?;
    }
    loop {
        let page = centre.changes_since(till.node(), till.cursor()?.as_ref(), Limit::PAGE)?;
        till.stage(&page)?;
        if let Some(checkpoint) = page.checkpoint {
            till.publish(&checkpoint)?;
            return Ok(());
        }
    }
}

fn show(nodes: &[(&str, &Store)], ada: &CustomerId) -> Done {
    for (name, store) in nodes {
        println!(
            "  {name:<6}  Ada {:>5} EUR, {} open conflicts, digest {}",
            credit(store, ada)?,
            store.conflicts()?.len(),
            store.view_digest()?
        );
    }
    Ok(())
}
