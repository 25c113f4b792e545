//! Rot: a row of a parent changes on the disk. It is told to nobody as if it were good, people hear of
//! it, a shop fetches it anew, and no edit puts a sound seal on it.

use expect_test::{Expect, expect};
use rusqlite::Connection;
use tillbook::sync::Limit;
use tillbook::{CreditTransaction, Customer, Error, Location, Money};

use crate::shop::{Shop, card, customer, id, said};
use crate::sync::{assert_equal, assert_sound, pull, round};

fn named(who: &str) -> Customer {
    Customer { first_name: Some(format!("first of {who}")), ..customer(who) }
}

/// Whatever the file itself would not let be written, as a disk does it.
pub(crate) fn rot(shop: &Shop, sql: &str) {
    let conn = Connection::open(shop.path()).unwrap();
    conn.execute_batch("pragma ignore_check_constraints = on; update node set replaying = 1")
        .unwrap();
    assert_eq!(conn.execute(sql, []).unwrap(), 1);
    conn.execute("update node set replaying = 0", []).unwrap();
}

const NAME: &str = "update customer set first_name = 'Rot' where id = 'ada'";

const DAMAGED: &str = "the row of person ada is damaged: `tillbook check` names all damage; a file with \
                       a parent fetches such rows anew, any other is mended by `tillbook salvage` or from \
                       a backup";

/// What people hear of at a centre whose row is damaged so, and at a child that is new.
fn check(sql: &str, expected: &Expect) {
    let (centre, old, new) = (Shop::on_file(1), Shop::in_memory(2), Shop::in_memory(3));
    for who in ["ada", "bob"] {
        old.create_customer(&named(who)).unwrap();
    }
    round(&old, &centre).unwrap();
    rot(&centre, sql);
    let heard = said(round(&new, &centre));
    let trouble = centre.sync_status().unwrap().trouble.map(|trouble| trouble.why);
    assert_eq!(trouble.as_ref(), Some(&heard));
    expected.assert_eq(&heard);
    // Whoever has the row goes on, and so does whatever the new one brings.
    new.create_customer(&customer("cyd")).unwrap();
    assert_eq!(said(round(&new, &centre)), heard);
    old.edit_customer(&id("bob"), |bob| bob.note = Some("seen".into())).unwrap();
    round(&old, &centre).unwrap();
    assert!(old.customer(&id("cyd")).is_ok());
}

#[test]
fn a_damaged_row_is_told_by_its_name() {
    check(
        NAME,
        &expect![
            "the row of person ada is damaged: `tillbook check` names all damage; a file with a parent fetches such rows anew, any other is mended by `tillbook salvage` or from a backup"
        ],
    );
    check(
        "update customer set stamps = '{' where id = 'ada'",
        &expect![
            "the row of person ada is damaged: `tillbook check` names all damage; a file with a parent fetches such rows anew, any other is mended by `tillbook salvage` or from a backup"
        ],
    );
    check(
        "update customer set changed_at = changed_at + 1 where id = 'ada'",
        &expect![
            "the row of times ada is damaged: `tillbook check` names all damage; a file with a parent fetches such rows anew, any other is mended by `tillbook salvage` or from a backup"
        ],
    );
}

/// Once, one edit put a sound seal on what was damaged.
#[test]
fn nobody_writes_on_at_a_damaged_row() {
    let (centre, till) = (Shop::on_file(1), Shop::in_memory(2));
    till.create_customer(&named("ada")).unwrap();
    round(&till, &centre).unwrap();
    rot(&centre, NAME);
    let edit =
        |shop: &Shop| said(shop.edit_customer(&id("ada"), |ada| ada.note = Some("new".to_owned())));
    assert_eq!(edit(&centre), DAMAGED.replace("person", "customer"));
    let deposit = CreditTransaction::deposit(centre.stamp(), &id("ada"), Money::from_minor(5));
    assert_eq!(said(centre.record(&deposit)), "ok", "a sale goes on");
    assert_eq!(edit(&till), "ok");
    round(&till, &centre).unwrap();
    assert_eq!(
        (kinds(&centre), kinds(&till)),
        (vec!["refused_operation"], vec!["refused_operation"])
    );
    assert!(!centre.check(|_| ()).unwrap().is_sound());
    assert_eq!(till.customer(&id("ada")).unwrap().first_name.as_deref(), Some("first of ada"));
    // An erase takes the damage along.
    till.erase_customer(&id("ada")).unwrap();
    round(&till, &centre).unwrap();
    let new = Shop::in_memory(3);
    for _ in 0..2 {
        round(&new, &centre).unwrap();
    }
    assert_eq!(centre.sync_status().unwrap().trouble, None);
    assert_equal(&new, &centre);
    assert_sound(&centre);
}

#[test]
fn nobody_writes_on_at_a_damaged_card_or_location() {
    let shop = Shop::on_file(1);
    shop.create_customer(&named("ada")).unwrap();
    shop.set_card(&id("ada"), &card("7")).unwrap();
    rot(&shop, "update card set note = 'Rot'");
    let told = said(shop.edit_customer(&id("ada"), |ada| ada.note = Some("new".to_owned())));
    assert_eq!(told, DAMAGED.replace("person", "customer"));
    shop.create_customer(&named("bob")).unwrap();
    assert_eq!(said(shop.merge_customers(&id("ada"), &id("bob"))), told, "the card goes along");
    rot(&shop, "update customer set changed_at = changed_at + 1 where id = 'bob'");
    let told = said(shop.edit_customer(&id("bob"), |bob| bob.note = Some("new".to_owned())));
    assert_eq!(told, DAMAGED.replace("person ada", "customer bob"));
    let place = shop.create_location(&Location::new(shop.stamp(), "Main Street")).unwrap().id;
    rot(&shop, "update location set name = 'Rot'");
    let told = said(shop.edit_location(&place, |place| place.external_id = Some("1".to_owned())));
    assert!(told.starts_with(&format!("the row of location {place} is damaged")), "{told}");
}

/// A shop has its copy of the parent's state proved once more, and reads anew what differs.
#[test]
fn a_shop_fetches_a_damaged_row_anew() {
    let (root, shop) = (Shop::in_memory(1), Shop::on_file(2));
    for n in 0..50 {
        root.create_customer(&named(&format!("c{n}"))).unwrap();
    }
    root.create_customer(&named("ada")).unwrap();
    round(&shop, &root).unwrap();
    let (old, new) = (Shop::in_memory(3), Shop::in_memory(4));
    round(&old, &shop).unwrap();
    assert!(shop.is_copy_proved().unwrap());
    rot(&shop, NAME);
    assert_eq!(said(round(&new, &shop)), DAMAGED);
    assert!(!shop.is_copy_proved().unwrap());
    assert!(matches!(shop.prove_copy(), Err(Error::Diverged { .. })));
    let repair = shop.begin_repair(&root.buckets().unwrap()).unwrap();
    assert_eq!(repair.n_buckets(), 1);
    let cursor = shop.cursor().unwrap();
    let page = root.changes_to_repair(shop.node(), cursor.as_ref(), &repair, Limit::PAGE).unwrap();
    assert!(shop.take_page(&page).unwrap().is_some());
    shop.prove_copy().unwrap();
    assert_eq!(shop.sync_status().unwrap().trouble, None);
    pull(&new, &shop).unwrap();
    for node in [&shop, &new, &old] {
        assert_equal(node, &root);
        assert_sound(node);
    }
}

fn kinds(shop: &Shop) -> Vec<&'static str> {
    shop.conflicts().unwrap().iter().map(|conflict| conflict.kind.as_str()).collect()
}

/// Once, one row that did not read stopped all that its children had to send, and with it what they hear.
#[test]
fn a_row_that_does_not_read_stops_nobody() {
    for unreadable in ["standing = 'actave'", "stamps = '{'", "meta = '{'", "birth_date = '1980'"] {
        let (centre, till) = (Shop::on_file(1), Shop::in_memory(2));
        for who in ["ada", "bob"] {
            till.create_customer(&named(who)).unwrap();
        }
        round(&till, &centre).unwrap();
        rot(&centre, &format!("update customer set {unreadable} where id = 'ada'"));
        let centre = centre.reopened(3);
        let deposit = |who: &str| {
            let five = Money::from_minor(5);
            till.record(&CreditTransaction::deposit(till.stamp(), &id(who), five)).unwrap();
        };
        deposit("ada");
        deposit("bob");
        round(&till, &centre).unwrap();
        assert_eq!(kinds(&centre), [""; 0], "money needs no word");
        for who in ["ada", "bob"] {
            assert_eq!(centre.balance(&id(who)).unwrap(), Money::from_minor(5));
        }
        till.edit_customer(&id("ada"), |ada| ada.note = Some("new".to_owned())).unwrap();
        deposit("bob");
        round(&till, &centre).unwrap();
        assert_eq!(kinds(&centre), ["refused_operation"]);
        assert_eq!(centre.balance(&id("bob")).unwrap(), Money::from_minor(10));
        let trouble = centre.sync_status().unwrap().trouble.map(|trouble| trouble.why);
        assert_eq!(trouble, Some(DAMAGED.replace("person", "customer")));
        till.erase_customer(&id("ada")).unwrap();
        round(&till, &centre).unwrap();
        assert_sound(&centre);
    }
}

#[test]
fn a_spend_is_refused_where_nobody_can_tell_whether_it_may_be() {
    let shop = Shop::on_file(1);
    shop.create_customer(&named("ada")).unwrap();
    let five = Money::from_minor(5);
    shop.record(&CreditTransaction::deposit(shop.stamp(), &id("ada"), five)).unwrap();
    rot(&shop, "update customer set ban = 'alloved' where id = 'ada'");
    let spend = CreditTransaction::spend(shop.stamp(), &id("ada"), five);
    assert_eq!(said(shop.record(&spend)), DAMAGED.replace("person", "customer"));
    assert_eq!(
        said(shop.record(&CreditTransaction::deposit(shop.stamp(), &id("ada"), five))),
        "ok"
    );
}

#[test]
fn a_reversal_of_what_does_not_read_stops_nobody() {
    let (centre, till) = (Shop::on_file(1), Shop::in_memory(2));
    for who in ["ada", "bob"] {
        till.create_customer(&named(who)).unwrap();
    }
    let deposit = |who: &str| {
        let deposit = CreditTransaction::deposit(till.stamp(), &id(who), Money::from_minor(5));
        till.record(&deposit).unwrap();
        deposit.id
    };
    let first = deposit("ada");
    round(&till, &centre).unwrap();
    rot(&centre, "update credit_transaction set kind = 'depozit'");
    till.record(&CreditTransaction::reversal(till.stamp(), &id("ada"), &first)).unwrap();
    deposit("bob");
    round(&till, &centre).unwrap();
    assert_eq!(kinds(&centre), ["refused_operation"]);
    assert_eq!(centre.balance(&id("bob")).unwrap(), Money::from_minor(5));
    assert_eq!(till.balance(&id("ada")).unwrap(), centre.balance(&id("ada")).unwrap());
}
