//! Random histories: what shops do all day, in an order no person would choose.

use std::fmt::Write;

use proptest::prelude::*;
use tillbook::{
    Address, AddressId, BanNote, Card, CreditTransaction, Customer, ManualClock, Money, Page,
    Replacement, Result, SeededRandom, Standing, Store, Timestamp, TransactionId,
};

use crate::shop::{NOON_MS, Shop, card, customer, id};

/// Few enough that deeds meet.
pub(crate) const PEOPLE: [&str; 4] = ["ada", "bob", "eve", "joe"];
const SERIALS: usize = 4;
const PLACES: usize = 3;
const NAMES: usize = 12;

/// One call of a shop; most are refused now and then.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Create { who: usize, with: usize },
    Edit { who: usize, field: usize, value: usize },
    SetCard { who: usize, serial: usize, value: usize },
    RemoveCard { who: usize, serial: usize },
    SetAddress { who: usize, place: usize, value: usize, primary: bool },
    RemoveAddress { who: usize, place: usize },
    Move { who: usize, name: usize, minor: i64 },
    Reverse { who: usize, name: usize, target: usize },
    Correct { who: usize, credit: i64 },
    BanNote { who: usize, name: usize },
    Delete(usize),
    Undelete(usize),
    Merge { from: usize, into: usize },
    Erase(usize),
    Keep,
    Release,
    Twice(Box<(Deed, Deed)>),
    Wait(i64),
}

/// Deeds whose effects do not depend on the order in which two authors' reach a node.
pub(crate) fn plain_deed() -> impl Strategy<Value = Deed> {
    let who = || 0..PEOPLE.len();
    prop_oneof![
        4 => (who(), 0..4_usize).prop_map(|(who, with)| Deed::Create { who, with }),
        6 => (who(), 0..8_usize, 0..4_usize)
            .prop_map(|(who, field, value)| Deed::Edit { who, field, value }),
        3 => (who(), 0..SERIALS, 0..4_usize)
            .prop_map(|(who, serial, value)| Deed::SetCard { who, serial, value }),
        2 => (who(), 0..SERIALS).prop_map(|(who, serial)| Deed::RemoveCard { who, serial }),
        3 => (who(), 0..PLACES, 0..4_usize, any::<bool>())
            .prop_map(|(who, place, value, primary)| Deed::SetAddress { who, place, value, primary }),
        1 => (who(), 0..PLACES).prop_map(|(who, place)| Deed::RemoveAddress { who, place }),
        5 => (who(), 0..NAMES, -300..500_i64)
            .prop_map(|(who, name, minor)| Deed::Move { who, name, minor }),
        4 => (who(), 0..NAMES, 0..NAMES)
            .prop_map(|(who, name, target)| Deed::Reverse { who, name, target }),
        1 => (who(), 0..300_i64).prop_map(|(who, credit)| Deed::Correct { who, credit }),
        1 => (who(), 0..3_usize).prop_map(|(who, name)| Deed::BanNote { who, name }),
        2 => who().prop_map(Deed::Delete),
        2 => who().prop_map(Deed::Undelete),
        2 => (-9..9_i64).prop_map(Deed::Wait),
    ]
}

/// Every deed there is.
pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    let who = || 0..PEOPLE.len();
    prop_oneof![
        16 => plain_deed(),
        1 => (who(), who()).prop_map(|(from, into)| Deed::Merge { from, into }),
        1 => who().prop_map(Deed::Erase),
        1 => Just(Deed::Keep),
        1 => Just(Deed::Release),
        1 => (plain_deed(), plain_deed()).prop_map(|(one, two)| Deed::Twice(Box::new((one, two)))),
    ]
}

/// A deed of the dice's choice, as often as the strategies above make it; `whole` admits those whose
/// effects depend on the order in which two authors' reach a node.
pub(crate) fn draw(dice: &SeededRandom, whole: bool) -> Deed {
    let below = |n: usize| usize::try_from(dice.next_u64() % n as u64).unwrap();
    let minor = |n: usize| i64::try_from(below(n)).unwrap();
    let who = below(PEOPLE.len());
    match below(if whole { 41 } else { 36 }) {
        0..=3 => Deed::Create { who, with: below(4) },
        4..=9 => Deed::Edit { who, field: below(8), value: below(4) },
        10..=12 => Deed::SetCard { who, serial: below(SERIALS), value: below(4) },
        13..=14 => Deed::RemoveCard { who, serial: below(SERIALS) },
        15..=17 => {
            let (place, value) = (below(PLACES), below(4));
            Deed::SetAddress { who, place, value, primary: below(2) == 1 }
        }
        18 => Deed::RemoveAddress { who, place: below(PLACES) },
        19..=23 => Deed::Move { who, name: below(NAMES), minor: minor(800) - 300 },
        24..=27 => Deed::Reverse { who, name: below(NAMES), target: below(NAMES) },
        28 => Deed::Correct { who, credit: minor(300) },
        29 => Deed::BanNote { who, name: below(3) },
        30..=31 => Deed::Delete(who),
        32..=33 => Deed::Undelete(who),
        34..=35 => Deed::Wait(minor(18) - 9),
        36 => Deed::Merge { from: who, into: below(PEOPLE.len()) },
        37 => Deed::Erase(who),
        38 => Deed::Keep,
        39 => Deed::Release,
        _ => Deed::Twice(Box::new((draw(dice, false), draw(dice, false)))),
    }
}

/// Does one deed. `tag` tells one author's transactions from another's.
pub(crate) fn act(shop: &Shop, tag: &str, deed: &Deed) -> Result<()> {
    act_among(shop, &shop.clock, tag, &["o", "t"], deed)
}

/// Does one deed of the author `tag`, one of `authors`.
pub(crate) fn act_among<T: AsRef<str>>(
    shop: &Store,
    clock: &ManualClock,
    tag: &str,
    authors: &[T],
    deed: &Deed,
) -> Result<()> {
    let person = |who: &usize| id(PEOPLE[*who]);
    let named = |name: &usize| TransactionId::new(&format!("{tag}{name}")).unwrap();
    match deed {
        Deed::Create { who, with } => shop.create(&newcomer(PEOPLE[*who], *with)).map(drop),
        Deed::Edit { who, field, value } => {
            shop.edit_customer(&person(who), |customer| edit(customer, *field, *value)).map(drop)
        }
        Deed::SetCard { who, serial, value } => {
            shop.set_card(&person(who), &some_card(*serial, *value))
        }
        Deed::RemoveCard { who, serial } => {
            shop.remove_card(&person(who), &some_card(*serial, 0).serial_number)
        }
        Deed::SetAddress { who, place, value, primary } => shop.write(|tx| {
            let address = some_address(*place, *value);
            tx.set_address(&person(who), &address)?;
            let reference = primary.then_some(address.id);
            tx.edit_customer(&person(who), |customer| customer.primary_address_id = reference)?;
            Ok(())
        }),
        Deed::RemoveAddress { who, place } => {
            shop.remove_address(&person(who), &some_address(*place, 0).id)
        }
        Deed::Move { who, name, minor } => {
            let amount = Money::from_minor(*minor);
            let mut made = CreditTransaction::other(shop.stamp(), &person(who), amount);
            (made.id, made.note) = (named(name), Some(format!("note of {tag}{name}")));
            shop.record(&made).map(drop)
        }
        Deed::Reverse { who, name, target } => {
            // Of any author's transactions, whether they are here, come later or never.
            let author = authors[target % authors.len()].as_ref();
            let target = TransactionId::new(&format!("{author}{target}")).unwrap();
            let mut made = CreditTransaction::reversal(shop.stamp(), &person(who), &target);
            made.id = named(name);
            shop.record(&made).map(drop)
        }
        Deed::Correct { who, credit } => {
            let new = shop.customer(&person(who))?;
            let credit = Some(Money::from_minor(*credit));
            shop.replace(&Replacement { credit, ..new.into() }).map(drop)
        }
        Deed::BanNote { who, name } => {
            let who = person(who);
            let note = BanNote {
                id: format!("{tag}{name}-{who}"),
                at: Timestamp::from_ms(NOON_MS),
                actor: Some("Grace".into()),
                text: format!("seen {name} times"),
                ext: serde_json::Map::new(),
            };
            shop.add_ban_note(&who, &note)
        }
        Deed::Delete(who) => shop.delete_customer(&person(who), None),
        Deed::Undelete(who) => shop.undelete_customer(&person(who)),
        Deed::Merge { from, into } => shop.merge_customers(&person(from), &person(into)),
        Deed::Erase(who) => shop.erase_customer(&person(who)),
        Deed::Keep => settle(shop, Store::keep_conflict),
        Deed::Release => settle(shop, Store::release_conflict),
        Deed::Twice(both) => act_among(shop, clock, tag, authors, &both.0)
            .and(act_among(shop, clock, tag, authors, &both.1)),
        Deed::Wait(ms) => {
            clock.advance(*ms);
            Ok(())
        }
    }
}

/// Settles the oldest conflict, if there is one.
fn settle(shop: &Store, how: impl Fn(&Store, &str) -> Result<()>) -> Result<()> {
    shop.conflicts()?.first().map_or(Ok(()), |conflict| how(shop, &conflict.id))
}

/// A customer with some of everything, so that reviving an id replaces it.
fn newcomer(name: &str, with: usize) -> Replacement {
    let mut customer = customer(name);
    edit(&mut customer, with, with);
    Replacement {
        ban_note: None,
        credit: (with == 1).then(|| Money::from_minor(250)),
        cards: (with == 2).then(|| vec![some_card(0, with)]),
        addresses: (with == 3).then(|| vec![some_address(0, with)]),
        customer,
    }
}

fn edit(customer: &mut Customer, field: usize, value: usize) {
    let text = ["", "Ada", "Grace", "Žofia"][value];
    let text = Some(text.to_owned()).filter(|text| !text.is_empty());
    match field {
        0 => customer.first_name = text,
        1 => customer.full_name = text,
        2 => customer.external_id = text,
        3 => customer.standing = [Standing::Active, Standing::Frozen][value % 2],
        4 => customer.credit_line = Money::from_minor([0, 100, 200, 300][value]),
        5 => drop(customer.meta.insert("size".into(), text.into())),
        6 => drop(customer.meta.insert("colour".into(), value.into())),
        _ => customer.note = text.map(|text| format!("{text}\nlikes tea")),
    }
}

fn some_card(serial: usize, value: usize) -> Card {
    let mut card = card(&format!("00{serial}"));
    card.is_active = value != 1;
    card.note = (value > 1).then(|| format!("card note {value}"));
    card
}

fn some_address(place: usize, value: usize) -> Address {
    let id = AddressId::new(&format!("at{place}")).unwrap();
    Address {
        city: Some(["Brno", "Praha", "Košice", "Nitra"][value].into()),
        ..Address::with_id(id)
    }
}

/// Everything a shop shows of everybody, as text. Versions, the time of the
/// last change, and what follows from the order of arrival are left out unless `whole`.
pub(crate) fn shown(store: &Store, whole: bool) -> String {
    let mut text = String::new();
    for name in PEOPLE {
        // Naming a version that nobody has does nothing, and tells the deleted from the erased.
        let state = match store.delete_customer(&id(name), Some(u64::from(u32::MAX))) {
            Err(tillbook::Error::VersionMismatch { .. }) => "live".into(),
            answer => answer.unwrap_err().to_string(),
        };
        writeln!(text, "{name}: {state}").unwrap();
        if let Ok(mut profile) = store.profile(&id(name)) {
            if !whole {
                profile.customer.version = None;
                profile.customer.changed_at = profile.customer.created_at;
            }
            writeln!(text, "{profile:#?}").unwrap();
        }
        if let Ok(notes) = store.list_ban_notes(&id(name)) {
            writeln!(text, "{notes:?}").unwrap();
        }
        if let Ok(mut postings) = store.list_credit_transactions(&id(name), Page::default()) {
            if whole {
                writeln!(text, "{postings:#?}").unwrap();
            }
            postings.sort_by(|a, b| a.transaction.id.as_str().cmp(b.transaction.id.as_str()));
            for posting in postings {
                writeln!(text, "{:?} by {}", posting.transaction, posting.node).unwrap();
            }
        }
    }
    if whole {
        writeln!(text, "{:#?}", store.conflicts().unwrap()).unwrap();
    }
    text
}
