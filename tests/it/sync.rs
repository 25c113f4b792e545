//! Sync: nodes of one tree become equal, whoever wrote what in which order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tillbook::sync::{Chain, Limit, Published, Refused};
use tillbook::{CreditTransaction, Error, Money, Result, Store};

use crate::operation::history::{self, act, deed};
use crate::shop::{Shop, card, customer, id, operations};

/// Hello, push until dry, pull, publish.
pub(crate) fn round(child: &Store, parent: &Store) -> Result<Published> {
    let (published, refused) = round_with_refusals(child, parent)?;
    assert_eq!(refused, []);
    Ok(published)
}

/// Hello, push until dry or refused, pull, publish.
pub(crate) fn round_with_refusals(
    child: &Store,
    parent: &Store,
) -> Result<(Published, Vec<Refused>)> {
    child.greet(&parent.admit(&child.hello()?)?)?;
    let (mut refused, mut waiting) = (Vec::new(), BTreeSet::new());
    while let Some(batch) = child.pending(Limit::BATCH, &waiting)? {
        let answer = parent.receive(child.node(), &batch)?;
        child.note_received(&answer)?;
        waiting.extend(answer.refused.iter().map(|refused| Chain::of(refused.id)));
        refused.extend(answer.refused);
    }
    Ok((pull(child, parent)?, refused))
}

pub(crate) fn pull(child: &Store, parent: &Store) -> Result<Published> {
    loop {
        let cursor = child.cursor()?;
        let page = match parent.changes_since(child.node(), cursor.as_ref(), Limit::PAGE) {
            Err(Error::CursorReset) => {
                child.forget_stage()?;
                continue;
            }
            page => page?,
        };
        child.stage(&page)?;
        if let Some(checkpoint) = page.checkpoint {
            return child.publish(&checkpoint);
        }
    }
}

pub(crate) fn assert_equal(one: &Store, other: &Store) {
    let (left, right) = (history::shown(one, false), history::shown(other, false));
    assert_eq!(left, right);
    assert_eq!(one.view_digest().unwrap(), other.view_digest().unwrap());
}

pub(crate) fn assert_sound(store: &Store) {
    let report = store.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn two_tills_agree_through_a_centre() {
    let (centre, one, two) = (Shop::in_memory(1), Shop::in_memory(2), Shop::in_memory(3));
    one.create_customer(&customer("ada")).unwrap();
    one.set_card(&id("ada"), &card("7")).unwrap();
    let deposit = CreditTransaction::deposit(one.stamp(), &id("ada"), Money::from_minor(1000));
    one.record(&deposit).unwrap();
    round(&one, &centre).unwrap();
    round(&two, &centre).unwrap();
    assert_eq!(two.balance(&id("ada")).unwrap(), Money::from_minor(1000));
    let spend = |shop: &Shop, minor| {
        shop.record(&CreditTransaction::spend(shop.stamp(), &id("ada"), Money::from_minor(minor)))
    };
    spend(&one, 300).unwrap();
    spend(&two, 900).unwrap();
    for _ in 0..2 {
        round(&one, &centre).unwrap();
        round(&two, &centre).unwrap();
    }
    assert_eq!(one.balance(&id("ada")).unwrap(), Money::from_minor(-200));
    for shop in [&one, &two] {
        assert_equal(shop, &centre);
        assert_sound(shop);
        assert_eq!(shop.base_digest().unwrap(), centre.view_digest().unwrap());
    }
    let conflicts = one.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(operations(&centre).len(), 5);
}

proptest! {
    #[test]
    fn random_histories_end_alike(
        deeds in proptest::collection::vec((0..3_usize, deed(), any::<bool>()), 1..60)
    ) {
        let centre = Shop::in_memory(1);
        let tills = [Shop::in_memory(2), Shop::in_memory(3), Shop::in_memory(4)];
        for (who, deed, talks) in &deeds {
            let till = &tills[*who];
            let _ = act(till, ["o", "t", "u"][*who], deed);
            if *talks {
                round(till, &centre).unwrap();
                prop_assert_eq!(till.base_digest().unwrap(), centre.view_digest().unwrap());
                assert_equal(till, &centre);
            }
        }
        for _ in 0..2 {
            for till in &tills {
                round(till, &centre).unwrap();
            }
        }
        for till in &tills {
            assert_equal(till, &centre);
            assert_sound(till);
        }
        assert_sound(&centre);
    }
}
