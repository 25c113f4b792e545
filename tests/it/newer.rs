//! Newer: a parent of a newer version says more of every unit than this version knows. All of it is
//! carried on, whatever it is of, and nobody counts as diverged.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::json;
use tillbook::sync::{Limit, Page};
use tillbook::unit::{Image, Kind, Unit};
use tillbook::{ConflictKind, CreditTransaction, Customer, Location, Money, Replacement, Store};

use crate::shop::{Shop, card, customer, id};
use crate::sync::{assert_sound, round};

/// The page as a newer version would write it.
fn newer(page: &Page) -> Page {
    let mut page = page.clone();
    let digest = &mut page.checkpoint.as_mut().unwrap().digest;
    for (unit, image) in &mut page.units {
        let Some(image) = image else { continue };
        let before = image.hash(unit);
        image.content.insert("newer".to_owned(), json!({ "of": unit.kind.as_str(), "n": 1.10 }));
        if matches!(unit.kind, Kind::Person | Kind::Location) {
            image.stamps.insert("newer".to_owned(), image.stamps["base"].clone());
        }
        if unit.kind == Kind::Conflict {
            image.content.insert("kind".to_owned(), json!("dance"));
        }
        if image.content.contains_key("resolution") {
            image.content.insert("resolution".to_owned(), json!("danced"));
        }
        digest.replace(unit.kind, Some(before), Some(image.hash(unit)));
    }
    page
}

/// Everything that `parent` tells, in one page.
fn told(parent: &Store, child: &Store) -> Page {
    child.forget_stage().unwrap();
    child.greet(&parent.admit(&child.hello().unwrap()).unwrap()).unwrap();
    let page = parent.changes_since(child.node(), None, Limit::PAGE).unwrap();
    assert!(page.checkpoint.is_some());
    page
}

fn units(page: &Page) -> BTreeMap<&Unit, &Image> {
    page.units.iter().filter_map(|(unit, image)| Some((unit, image.as_ref()?))).collect()
}

/// A centre with a unit of every kind, two conflicts among them, of which one is resolved.
fn centre() -> Shop {
    let [centre, one, two] = [1, 2, 3].map(Shop::in_memory);
    for (till, who) in [(&one, "ada"), (&two, "bob")] {
        let cards = Some(vec![card("7"), card(who)]);
        let person = Customer { external_id: Some("E".into()), ..customer(who) };
        till.create(&Replacement { cards, ..person.into() }).unwrap();
        let deposit = CreditTransaction::deposit(till.stamp(), &id(who), Money::from_minor(5));
        till.record(&deposit).unwrap();
        round(till, &centre).unwrap();
    }
    centre.create_location(&Location::new(centre.stamp(), "Main Street")).unwrap();
    centre.keep_conflict(&centre.conflicts().unwrap()[0].id).unwrap();
    centre
}

#[test]
fn what_a_newer_parent_says_is_carried_on() {
    let (centre, shop, till) = (centre(), Shop::on_file(4), Shop::in_memory(5));
    let page = newer(&told(&centre, &shop));
    let kinds: Vec<_> =
        Kind::ALL.iter().filter(|kind| units(&page).keys().all(|u| u.kind != **kind)).collect();
    assert!(kinds.is_empty(), "no {kinds:?}");
    shop.take_page(&page).unwrap().unwrap();
    assert_eq!(shop.base_digest().unwrap(), page.checkpoint.as_ref().unwrap().digest);
    assert_sound(&shop);
    let conflicts = shop.conflicts().unwrap();
    let listed: Vec<_> = conflicts.iter().map(|one| (one.kind, one.word.as_str())).collect();
    assert_eq!(listed, [(ConflictKind::Newer, "dance")]);
    let passed_on = told(&shop, &till);
    assert_eq!(units(&passed_on), units(&page));
    till.take_page(&passed_on).unwrap().unwrap();
    // Work of this version is laid over it and taken off again.
    shop.edit_customer(&id("ada"), |ada| ada.note = Some("older".into())).unwrap();
    shop.record(&CreditTransaction::deposit(shop.stamp(), &id("ada"), Money::from_minor(5)))
        .unwrap();
    shop.remove_card(&id("ada"), &card("ada").serial_number).unwrap();
    shop.keep_conflict(&conflicts[0].id).unwrap();
    for _ in 0..2 {
        shop.take_page(&newer(&told(&centre, &shop))).unwrap().unwrap();
        assert_sound(&shop);
        assert_eq!(shop.conflicts().unwrap(), []);
        round(&till, &shop).unwrap();
        assert_eq!(till.view_digest().unwrap(), shop.view_digest().unwrap());
        let passed_on = told(&shop, &till);
        for (unit, image) in units(&passed_on) {
            let is_ours = !units(&page).contains_key(unit);
            assert!(is_ours || image.content.contains_key("newer"), "{unit:?}");
        }
    }
}

/// Nobody knows whether it is personal, but of the two times.
#[test]
fn what_a_newer_parent_says_goes_with_an_erase() {
    let (centre, shop) = (centre(), Shop::on_file(4));
    shop.take_page(&newer(&told(&centre, &shop))).unwrap().unwrap();
    shop.erase_customer(&id("ada")).unwrap();
    let left = || -> i64 {
        let conn = Connection::open(shop.path()).unwrap();
        let sql = "select count(*)
                     from unit_ext
                    where kind <> 'times' and ref in ('ada', 'card' || char(10) || 'ada')";
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(left(), 0);
    shop.take_page(&newer(&told(&centre, &shop))).unwrap().unwrap();
    assert_sound(&shop);
    assert_eq!(left(), 0);
}
