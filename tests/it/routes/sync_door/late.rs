//! Operations that come before what they are about, or from another time.

use tillbook::{CreditTransaction, Money, Timestamp};

use super::Yard;
use crate::shop::{customer, id, operations, send};

/// Case 113: credit of a customer whom this node has not heard of makes that customer appear, with a
/// conflict until the one who made the customer is heard.
#[test]
fn credit_of_an_unknown_customer_is_kept() {
    let yard = Yard::new();
    send(&yard.other.shop, &yard.till.shop);
    let euro = Money::from_minor(100);
    let deposit = CreditTransaction::deposit(yard.till.shop.stamp(), &id("o1"), euro);
    yard.till.shop.record(&deposit).unwrap();
    assert_eq!(yard.push(&["t2", "t3", "t4", "t5"]), "200 t5");
    let store = &yard.served.store;
    assert_eq!(store.balance(&id("o1")).unwrap(), euro);
    let kinds =
        || store.conflicts().unwrap().iter().map(|one| one.kind.as_str()).collect::<Vec<_>>();
    assert_eq!(kinds(), ["unknown_customer"]);
    yard.assert_nobody_is_stopped("113");
    assert_eq!(store.balance(&id("o1")).unwrap(), euro);
}

/// Case 117.
#[test]
fn a_reversal_before_its_target_counts_zero() {
    let yard = Yard::new();
    let (till, other) = (&yard.till.shop, &yard.other.shop);
    let deposit = CreditTransaction::deposit(other.stamp(), &id("o1"), Money::from_minor(100));
    other.record(&deposit).unwrap();
    send(other, till);
    till.record(&CreditTransaction::reversal(till.stamp(), &id("o1"), &deposit.id)).unwrap();
    assert_eq!(yard.push(&["t2", "t3", "t4", "t5"]), "200 t5");
    let store = &yard.served.store;
    assert_eq!(store.balance(&id("o1")).unwrap(), Money::ZERO);
    let all = ["o1", "o2", "o3"].map(|name| yard.operation(name)).to_vec();
    assert_eq!(yard.told(&yard.other.push(&yard.served, all)), "200 o3");
    assert_eq!(store.balance(&id("o1")).unwrap(), Money::ZERO);
    assert!(store.check(|_| ()).unwrap().is_sound());
}

/// Case 118.
#[test]
fn a_till_in_the_year_2500_takes_nobody_along() {
    let yard = Yard::new();
    yard.till.shop.clock.set(Timestamp::parse("2500-01-01T00:00:00Z").unwrap());
    yard.till.shop.create_customer(&customer("t5")).unwrap();
    assert_eq!(yard.push(&["t2", "t3", "t4", "t5"]), "200 t5");
    let store = &yard.served.store;
    store.create_customer(&customer("own")).unwrap();
    let own = operations(store).into_iter().rfind(|one| one.id.node == store.node()).unwrap();
    assert!(own.hlc.at() < Timestamp::parse("2026-01-01T12:02:00Z").unwrap(), "{:?}", own.hlc.at());
    yard.assert_nobody_is_stopped("118");
}
