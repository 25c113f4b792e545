//! Two authors who write about the same customers, and nodes that hear of it in different orders.

use proptest::prelude::*;
use proptest::sample::Index;
use tillbook::operation::Operation;
use tillbook::{CreditKind, Error, Page, Posting};

use super::history::{Deed, PEOPLE, act, deed, plain_deed, shown};
use crate::cases::cases;
use crate::shop::{Shop, id, operations, send};

/// Who does what; now and then one hears what the other has written.
#[derive(Debug, Clone)]
enum Event {
    Does(usize, Deed),
    Tells(usize),
}

fn event(deed: impl Strategy<Value = Deed>) -> impl Strategy<Value = Event> {
    prop_oneof![
        10 => (0..2_usize, deed).prop_map(|(who, deed)| Event::Does(who, deed)),
        1 => (0..2_usize).prop_map(Event::Tells),
    ]
}

/// Lets both live through the events and returns what each of them has written.
fn live(authors: &[Shop; 2], events: &[Event]) -> [Vec<Operation>; 2] {
    for event in events {
        match event {
            Event::Does(who, deed) => drop(act(&authors[*who], ["o", "t"][*who], deed)),
            Event::Tells(who) => drop(send(&authors[*who], &authors[1 - *who])),
        }
    }
    [0, 1].map(|who: usize| {
        let mut own = operations(&authors[who]);
        own.retain(|operation| operation.id.node == authors[who].node());
        own
    })
}

/// Hands both histories to a fresh shop, each in its order; `turns` says whose turn it is.
fn hear(seed: u64, histories: &[Vec<Operation>; 2], turns: &[Index]) -> Shop {
    let shop = Shop::in_memory(seed);
    let mut left = histories.each_ref().map(|history| history.iter());
    let mut turns = turns.iter().cycle();
    while left.iter().any(|left| left.len() > 0) {
        let turn = turns.next().map_or(0, |turn| turn.index(2));
        let next = left[turn].next();
        if let Some(operation) = next.or_else(|| left[1 - turn].next()) {
            assert!(shop.write(|tx| tx.receive(operation)).unwrap());
        }
    }
    shop
}

/// What must not depend on the order of arrival: every register, who is live or deleted, when it
/// was created and changed, the ban notes, and what was recorded. The order decides about versions,
/// effects and running balances, who owns a claimed value, and which conflicts were noted.
fn registers(shop: &Shop) -> String {
    let changed = PEOPLE.map(|name| shop.customer(&id(name)).map(|c| c.changed_at).ok());
    format!("{}\n{changed:?}", shown(shop, false))
}

/// The balance by its definition: what no reversal of the same customer names.
pub(crate) fn plain_sum(postings: &[Posting]) -> i64 {
    let all = || postings.iter().map(|posting| &posting.transaction);
    let reversed = |id| all().any(|reversal| reversal.target.as_ref() == Some(id));
    let counted = all().filter(|t| t.kind != CreditKind::Reversal && !reversed(&t.id));
    counted.map(|transaction| transaction.amount.minor()).sum()
}

fn is_sound(shop: &Shop) -> Result<(), TestCaseError> {
    let report = shop.check(|_| ()).unwrap();
    prop_assert!(report.is_sound(), "{:?}", report);
    Ok(())
}

/// Who was erased here; asking changes nothing.
fn erased(shop: &Shop) -> [bool; PEOPLE.len()] {
    PEOPLE.map(|name| matches!(shop.delete_customer(&id(name), Some(0)), Err(Error::Erased(_))))
}

fn turns() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 1..40)
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_order_of_arrival_does_not_decide(
        events in prop::collection::vec(event(plain_deed()), 1..60),
        (one, other) in (turns(), turns()),
    ) {
        let authors = [Shop::in_memory(1), Shop::in_memory(2)];
        let histories = live(&authors, &events);
        let (one, other) = (hear(3, &histories, &one), hear(4, &histories, &other));
        send(&authors[0], &authors[1]);
        send(&authors[1], &authors[0]);
        let expected = registers(&one);
        for shop in [&one, &other, &authors[0], &authors[1]] {
            prop_assert_eq!(&expected, &registers(shop));
            is_sound(shop)?;
            for name in PEOPLE {
                let Ok(postings) = shop.list_credit_transactions(&id(name), Page::default()) else {
                    continue;
                };
                let effects: i64 = postings.iter().map(|posting| posting.effect.minor()).sum();
                prop_assert_eq!(effects, plain_sum(&postings));
                if let Ok(balance) = shop.balance(&id(name)) {
                    prop_assert_eq!(balance.minor(), effects);
                }
            }
        }
    }

    /// Merges and erases do depend on what is there when they arrive; nothing breaks by it, nothing
    /// is heard twice, and whoever is erased anywhere is erased everywhere.
    #[test]
    fn no_order_of_arrival_breaks_a_file(
        events in prop::collection::vec(event(deed()), 1..60),
        (one, other) in (turns(), turns()),
    ) {
        let authors = [Shop::in_memory(1), Shop::in_memory(2)];
        let histories = live(&authors, &events);
        let (one, other) = (hear(3, &histories, &one), hear(4, &histories, &other));
        for author in &authors {
            prop_assert_eq!(send(author, &one) + send(author, &other), 0);
        }
        send(&authors[0], &authors[1]);
        send(&authors[1], &authors[0]);
        for shop in [&one, &other, &authors[0], &authors[1]] {
            is_sound(shop)?;
            prop_assert_eq!(erased(shop), erased(&one));
        }
    }
}
