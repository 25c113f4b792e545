//! A card is blocked, swapped and edited: what a counter does when a customer has lost one.

use expect_test::expect;
use tillbook::{CardStatus, CreditTransaction, Money, Store};

use crate::shop::{Shop, card, customer, id, said};

fn seen(store: &Store) -> String {
    let cards = store.profile(&id("ada")).unwrap().cards.into_iter();
    let cards: Vec<String> = cards
        .map(|card| {
            let since = card.status_at.map_or("never".to_owned(), |at| at.to_string());
            format!("{} {} since {since}, note {:?}", card.serial_number, card.status, card.note)
        })
        .collect();
    format!("{}\n", cards.join("; "))
}

#[test]
fn a_lost_card_is_blocked_and_swapped() {
    let shop = Shop::in_memory(1);
    let (ada, old, new) = (id("ada"), card("7").serial_number, card("8").serial_number);
    shop.create_customer(&customer("ada")).unwrap();
    shop.create_customer(&customer("bob")).unwrap();
    shop.set_card(&ada, &card("7")).unwrap();
    shop.set_card(&id("bob"), &card("9")).unwrap();
    shop.record(&CreditTransaction::deposit(shop.stamp(), &ada, Money::from_minor(100))).unwrap();
    let mut lines = seen(&shop);
    lines +=
        &format!("{}\n", said(shop.edit_card(&ada, &old, |card| card.note = Some("blue".into()))));
    lines += &seen(&shop);
    lines += &format!(
        "{}\n",
        said(shop.edit_card(&ada, &old, |card| card.status = CardStatus::Blocked))
    );
    let spend = CreditTransaction::spend(shop.stamp(), &ada, Money::from_minor(1));
    lines += &format!("{}\n", said(shop.record_with_card(&old, &spend)));
    lines += &seen(&shop);
    lines += &format!("{}\n", said(shop.swap_card(&ada, &old, &card("9").serial_number)));
    lines += &format!("{}\n", said(shop.swap_card(&ada, &new, &old)));
    lines += &format!("{}\n", said(shop.swap_card(&ada, &old, &new)));
    lines += &seen(&shop);
    lines += &format!("{}\n", said(shop.record_with_card(&old, &spend)));
    lines += &format!("{}\n", said(shop.record_with_card(&new, &spend)));
    expect![[r#"
        7 valid since never, note None
        ok
        7 valid since never, note Some("blue")
        ok
        not usable: the card is blocked
        7 blocked since 2026-01-01T12:00:00.000Z, note Some("blue")
        cards[0].serial_number is used by another customer already
        there is no card CardSerial(…8)
        ok
        8 valid since 2026-01-01T12:00:00.000Z, note Some("blue")
        there is no card of this customer CardSerial(…7)
        ok
    "#]]
    .assert_eq(&lines);
    assert_eq!(shop.find_card(&old).unwrap(), None);
    assert!(shop.check(|_| ()).unwrap().is_sound());
}
