//! A card is swiped: the customer is found, the discount read, credit earned and spent.
//!
//! Needs no feature and no file: `cargo run --example quickstart`.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use tillbook::{Card, CardSerial, CreditTransaction, Customer, Money, Rate, Store};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::open_in_memory()?;
    let eur = store.currency();

    // The back office: a customer with a card, 5 % discount and 2 % of each purchase as credit.
    let serial = CardSerial::new("2005550000017")?;
    let mut ada = Customer::new(store.stamp());
    ada.first_name = Some("Ada".into());
    ada.last_name = Some("Nováková".into());
    ada.discount_rate = Rate::parse("5")?;
    ada.credit_rate = Rate::parse("0.02")?;
    let ada = store.create_customer(&ada)?;
    store.set_card(&ada.id, &Card::new(serial.clone()))?;
    store.record(&CreditTransaction::deposit(store.stamp(), &ada.id, eur.parse("10.00")?))?;

    // The till: the scanner reads the card.
    let swipe = store.find_card(&serial)?.ok_or("this card is unknown")?;
    swipe.usable(store.now())?;
    println!("{}, discount {} %", swipe.customer.display_name(), swipe.customer.discount_rate);
    println!("credit before: {} {}", eur.display(swipe.credit), eur.label());

    let goods = eur.parse("24.00")?;
    let discount =
        swipe.customer.discount_rate.percent_of(goods).ok_or("the amount is too large")?;
    let total = goods.checked_sub(discount).ok_or("the amount is too large")?;
    println!("goods {}, to pay {}", eur.display(goods), eur.display(total));

    // The stamp is drawn once, before the first try: recording again is a retry, not a second spend.
    let spend = CreditTransaction::spend(store.stamp(), &swipe.customer.id, eur.parse("4.50")?);
    store.record_with_card(&serial, &spend)?;
    store.record_with_card(&serial, &spend)?;
    println!("spent {}", eur.display(Money::from_minor(450)));

    let in_cash = total.checked_sub(Money::from_minor(450)).ok_or("the amount is too large")?;
    let earned = store.earn(store.stamp(), &swipe.customer.id, in_cash)?;
    println!("earned {} for {} in cash", eur.display(earned.amount), eur.display(in_cash));
    println!("credit after: {} {}", eur.display(store.balance(&swipe.customer.id)?), eur.label());
    Ok(())
}
