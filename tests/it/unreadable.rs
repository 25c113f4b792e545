//! Unreadable: a row of a child holds what none can hold. The child goes on hearing from its parent, and has
//! the row mended by that.

use tillbook::sync::{Limit, Published, Repair};
use tillbook::{
    CreditTransaction, Customer, DebtAccount, Error, Location, Money, Result, TransactionId,
};

use crate::rot::rot;
use crate::shop::{Shop, card, customer, id};
use crate::sync::{assert_equal, assert_sound, pull, round};

/// A centre, a shop on a file, and a till below that. Returns Ada's deposit as well.
fn tree() -> ([Shop; 3], TransactionId) {
    let (centre, shop, till) = (Shop::in_memory(1), Shop::on_file(2), Shop::in_memory(3));
    for n in 0..50 {
        centre.create_customer(&customer(&format!("c{n}"))).unwrap();
    }
    centre
        .create_customer(&Customer { first_name: Some("Ada".to_owned()), ..customer("ada") })
        .unwrap();
    centre.set_card(&id("ada"), &card("7")).unwrap();
    let debt = DebtAccount::new(centre.stamp(), Money::from_minor(70));
    centre.set_debt_account(&id("ada"), &debt).unwrap();
    let deposit = CreditTransaction::deposit(centre.stamp(), &id("ada"), Money::from_minor(9));
    centre.record(&deposit).unwrap();
    centre.create_location(&Location::new(centre.stamp(), "Main Street")).unwrap();
    round(&shop, &centre).unwrap();
    round(&till, &shop).unwrap();
    ([centre, shop, till], deposit.id)
}

/// Reads those buckets anew that differ.
fn repair(shop: &Shop, centre: &Shop) -> Result<(Repair, Published)> {
    let repair = shop.begin_repair(&centre.buckets()?)?;
    let cursor = shop.cursor()?;
    let page = centre.changes_to_repair(shop.node(), cursor.as_ref(), &repair, Limit::PAGE)?;
    Ok((repair, shop.take_page(&page)?.unwrap()))
}

/// Pulls, and pushes nothing.
fn hear(shop: &Shop, centre: &Shop) -> Result<Published> {
    shop.greet(&centre.admit(&shop.hello()?)?)?;
    pull(shop, centre)
}

#[track_caller]
fn assert_mended([centre, shop, till]: &[Shop; 3]) {
    round(shop, centre).unwrap();
    round(till, shop).unwrap();
    for node in [shop, till] {
        assert_equal(node, centre);
        assert_sound(node);
    }
}

const ROTS: [&str; 8] = [
    "update customer set standing = 'actave' where id = 'ada'",
    "update customer set stamps = '{' where id = 'ada'",
    "update customer set version = -5 where id = 'ada'",
    "update card set stamp = '7'",
    "update debt_account set meta = '['",
    "update credit_transaction set kind = 'depozit'",
    "update location set type = 'original_kreditor'",
    "update claim set kind = 'cart' where kind = 'card'",
];

#[test]
fn every_unit_that_does_not_read_is_read_anew() {
    for sql in ROTS {
        let (nodes, _) = tree();
        let [centre, shop, _] = &nodes;
        rot(shop, sql);
        let proof = shop.prove_copy();
        assert!(matches!(proof, Err(Error::Diverged { .. })), "{sql}: {proof:?}");
        let (repair, _) = repair(shop, centre).unwrap();
        assert!((1..=3).contains(&repair.n_buckets()), "{sql}: {} buckets", repair.n_buckets());
        shop.prove_copy().unwrap();
        assert_mended(&nodes);
    }
}

/// Once, every round failed from then on with an error of SQLite.
#[test]
fn news_of_a_row_that_does_not_read_begin_a_repair() {
    for sql in &ROTS[..5] {
        let (nodes, _) = tree();
        let [centre, shop, _] = &nodes;
        rot(shop, sql);
        // Money comes in all the same.
        let deposit = CreditTransaction::deposit(shop.stamp(), &id("ada"), Money::from_minor(1));
        shop.record(&deposit).unwrap();
        centre.edit_customer(&id("ada"), |ada| ada.note = Some("new".to_owned())).unwrap();
        let heard = hear(shop, centre);
        assert!(matches!(heard, Err(Error::Diverged { .. })), "{sql}: {heard:?}");
        repair(shop, centre).unwrap();
        assert_eq!(shop.customer(&id("ada")).unwrap().note.as_deref(), Some("new"));
        assert_eq!(shop.balance(&id("ada")).unwrap(), Money::from_minor(10));
        assert_mended(&nodes);
    }
}

#[test]
fn pending_work_on_a_row_that_does_not_read_begins_a_repair() {
    let (nodes, deposit) = tree();
    let [centre, shop, _] = &nodes;
    shop.record(&CreditTransaction::reversal(shop.stamp(), &id("ada"), &deposit)).unwrap();
    rot(shop, "update credit_transaction set kind = 'depozit' where kind = 'deposit'");
    let heard = hear(shop, centre);
    assert!(matches!(heard, Err(Error::Diverged { .. })), "{heard:?}");
    let (_, published) = repair(shop, centre).unwrap();
    assert_eq!(published.n_pending, 1);
    assert_eq!(shop.balance(&id("ada")).unwrap(), Money::ZERO);
    assert_mended(&nodes);
}

/// An edit that a shop cannot lay over its own row has its effect where the row is sound, and the shop hears
/// of it.
#[test]
fn an_edit_of_a_row_that_does_not_read_is_passed_on() {
    let (nodes, _) = tree();
    let [centre, shop, till] = &nodes;
    rot(shop, ROTS[0]);
    till.edit_customer(&id("ada"), |ada| ada.note = Some("new".to_owned())).unwrap();
    round(till, shop).unwrap();
    assert!(!shop.is_copy_proved().unwrap(), "it looks at all of its rows in the next round");
    let heard = round(shop, centre);
    assert!(matches!(heard, Err(Error::Diverged { .. })), "{heard:?}");
    repair(shop, centre).unwrap();
    assert_mended(&nodes);
    for node in &nodes {
        assert_eq!(node.customer(&id("ada")).unwrap().note.as_deref(), Some("new"));
        assert_eq!(node.conflicts().unwrap(), []);
    }
}

#[test]
fn check_names_a_row_that_does_not_read_and_goes_on() {
    for sql in ROTS {
        let ([_, shop, _], _) = tree();
        rot(&shop, sql);
        let report = shop.check(|_| ()).unwrap();
        let table = sql.split(' ').nth(1).unwrap();
        let told: Vec<_> = report.troubles.iter().map(ToString::to_string).collect();
        let row = format!("a row of table {table} was damaged");
        assert!(told.iter().any(|told| told.starts_with(&row)), "{sql}: {told:#?}");
        assert!(told.iter().any(|told| told.starts_with("the digest")), "{sql}: {told:#?}");
    }
}

/// What does not read when the first child comes is told to nobody, and the child may send.
#[test]
fn a_first_child_is_let_in_beside_a_row_that_does_not_read() {
    let (centre, till) = (Shop::on_file(1), Shop::in_memory(2));
    centre.create_customer(&customer("ada")).unwrap();
    rot(&centre, "update customer set standing = 'actave' where id = 'ada'");
    till.create_customer(&customer("bob")).unwrap();
    let heard = round(&till, &centre);
    assert!(matches!(heard, Err(Error::DamagedRow { what: "person", .. })), "{heard:?}");
    assert!(centre.customer(&id("bob")).is_ok());
}
