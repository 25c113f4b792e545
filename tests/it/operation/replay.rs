//! A file told again from its operations: whoever receives them in the author's order sees what
//! the author sees, to the last version and conflict.

use std::collections::HashSet;

use proptest::prelude::*;
use tillbook::{CreditTransaction, OperationId, TransactionId};

use super::history::{Deed, act, deed, shown};
use crate::cases::cases;
use crate::shop::{Shop, card, customer, id, operations, send};

/// What happens: a deed of ours, a deed of the other shop's, or news in either direction.
#[derive(Debug, Clone)]
enum Event {
    Ours(Deed),
    Theirs(Deed),
    ToUs,
    ToThem,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => deed().prop_map(Event::Ours),
        4 => deed().prop_map(Event::Theirs),
        1 => Just(Event::ToUs),
        1 => Just(Event::ToThem),
    ]
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn a_history_received_is_the_history_lived(
        events in prop::collection::vec(event(), 1..50),
    ) {
        let (ours, theirs) = (Shop::in_memory(1), Shop::in_memory(2));
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        for event in &events {
            let (stored, before) = (operations(&ours).len(), shown(&ours, false));
            match event {
                Event::Ours(deed) => {
                    let answer = act(&ours, "o", deed);
                    let n = operations(&ours).len() - stored;
                    let changed = shown(&ours, false) != before
                        || matches!(deed, Deed::Keep | Deed::Release);
                    prop_assert!(answer.is_ok() || n == 0 || several(deed), "{:?}: {:?}", deed, answer);
                    prop_assert!(changed || n == 0 || several(deed), "{:?} changed nothing and wrote {}", deed, n);
                    prop_assert!(!changed || n <= 1 || several(deed), "{:?} wrote {}", deed, n);
                }
                Event::Theirs(deed) => drop(act(&theirs, "t", deed)),
                Event::ToUs => {
                    let n = send(&theirs, &ours);
                    prop_assert_eq!(operations(&ours).len(), stored + n);
                }
                Event::ToThem => drop(send(&ours, &theirs)),
            }
            let news = operations(&ours).into_iter().map(|operation| operation.id);
            order.extend(news.filter(|id| seen.insert(*id)));
        }
        tell_again(&ours, &order)?;
    }
}

/// Erasing a double used to take along the cards that a merge had moved away from it.
#[test]
fn a_merged_card_outlives_the_erase_of_the_double() {
    let (ours, fresh) = (Shop::in_memory(1), Shop::in_memory(2));
    for name in ["ada", "double"] {
        ours.create_customer(&customer(name)).unwrap();
    }
    ours.set_card(&id("double"), &card("001")).unwrap();
    ours.merge_customers(&id("double"), &id("ada")).unwrap();
    ours.erase_customer(&id("double")).unwrap();
    send(&ours, &fresh);
    let swipe = fresh.find_card(&card("001").serial_number).unwrap();
    assert_eq!(swipe.map(|swipe| swipe.customer.id), Some(id("ada")));
    assert_eq!(shown(&ours, true), shown(&fresh, true));
}

/// A merge used to claim cards for a customer that somebody else had deleted meanwhile.
#[test]
fn a_merge_claims_nothing_for_the_deleted() {
    let (ours, theirs) = (Shop::in_memory(1), Shop::in_memory(2));
    for name in ["ada", "double"] {
        ours.create_customer(&customer(name)).unwrap();
    }
    ours.set_card(&id("double"), &card("001")).unwrap();
    send(&ours, &theirs);
    theirs.delete_customer(&id("ada"), None).unwrap();
    ours.merge_customers(&id("double"), &id("ada")).unwrap();
    send(&ours, &theirs);
    assert_eq!(theirs.find_card(&card("001").serial_number).unwrap(), None);
    let report = theirs.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

/// An erase used to take along that a person had settled trouble of the ledger.
#[test]
fn what_was_kept_in_the_ledger_stays_kept_after_an_erase() {
    let (ours, theirs) = (Shop::in_memory(1), Shop::in_memory(2));
    ours.create_customer(&customer("bob")).unwrap();
    for (name, target) in [("first", "second"), ("second", "sale")] {
        let target = TransactionId::new(target).unwrap();
        let mut reversal = CreditTransaction::reversal(ours.stamp(), &id("bob"), &target);
        reversal.id = TransactionId::new(name).unwrap();
        ours.record(&reversal).unwrap();
    }
    let conflicts = ours.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1, "a reversal was reversed: {conflicts:?}");
    send(&ours, &theirs);
    ours.keep_conflict(&conflicts[0].id).unwrap();
    theirs.erase_customer(&id("bob")).unwrap();
    send(&theirs, &ours);
    let order: Vec<OperationId> = operations(&ours).iter().map(|operation| operation.id).collect();
    tell_again(&ours, &order).unwrap();
    assert_eq!(ours.conflicts().unwrap(), []);
}

/// Deeds of more than one write.
fn several(deed: &Deed) -> bool {
    matches!(deed, Deed::Twice(_) | Deed::SetAddress { .. })
}

/// Hands our operations to a fresh shop in the order in which we came by them, then once more.
fn tell_again(ours: &Shop, order: &[OperationId]) -> Result<(), TestCaseError> {
    let fresh = Shop::in_memory(3);
    let stored = operations(ours);
    for id in order {
        let operation = stored.iter().find(|operation| operation.id == *id).unwrap();
        let news = fresh.write(|tx| tx.receive(operation));
        prop_assert!(matches!(news, Ok(true)), "{:?} of {:?}", news, operation);
    }
    let told = shown(&fresh, true);
    prop_assert_eq!(&told, &shown(ours, true));
    prop_assert_eq!(send(ours, &fresh), 0, "nothing is news any more");
    prop_assert_eq!(&told, &shown(&fresh, true));
    for shop in [ours, &fresh] {
        let report = shop.check(|_| ()).unwrap();
        prop_assert!(report.is_sound(), "{:?}", report);
    }
    prop_assert_eq!(operations(&fresh).len(), stored.len());
    Ok(())
}
