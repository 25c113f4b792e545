//! Moved: a till that has deleted what everybody had long enough finds another parent, one that has
//! never heard of it or one that has forgotten.

use tillbook::{CreditTransaction, Money};

use crate::shop::{Shop, customer, id, operations};
use crate::sync::{assert_equal, assert_sound, round_with_refusals};

const DAY_MS: i64 = 86_400_000;

fn deposit(shop: &Shop) {
    let one = Money::from_minor(1);
    shop.record(&CreditTransaction::deposit(shop.stamp(), &id("ada"), one)).unwrap();
}

/// What a till does at its old parent after the month, and at the new one before it first talks.
const CASES: [(&str, [bool; 2]); 4] = [
    ("nothing is left", [false, false]),
    ("something was written at the old parent", [true, false]),
    ("something waits", [false, true]),
    ("both", [true, true]),
];

#[test]
fn a_till_that_has_pruned_moves_to_another_shop() {
    for (case, [before, after]) in CASES {
        let root = Shop::in_memory(1);
        let [old, new, till] = [2, 3, 4].map(Shop::in_memory);
        let rounds = |parent: &Shop, n: usize| {
            for _ in 0..n {
                let _ = round_with_refusals(&till, parent);
                for shop in [&old, &new] {
                    round_with_refusals(shop, &root).unwrap();
                }
            }
        };
        till.create_customer(&customer("ada")).unwrap();
        deposit(&till);
        for _ in 0..40 {
            root.clock.advance(DAY_MS);
            rounds(&old, 1);
            till.prune().unwrap();
        }
        assert!(operations(&till).is_empty(), "{case}");
        if before {
            deposit(&till);
            rounds(&old, 3);
        }
        if after {
            deposit(&till);
        }
        rounds(&new, 4);
        let (_, refused) = round_with_refusals(&till, &new).expect(case);
        assert_eq!(refused, [], "{case}");
        for node in [&old, &new, &till] {
            assert_equal(node, &root);
            assert_sound(node);
        }
        let balance = Money::from_minor(1 + i64::from(before) + i64::from(after));
        assert_eq!(root.balance(&id("ada")).unwrap(), balance, "{case}");
        assert_eq!(till.balance(&id("ada")).unwrap(), balance, "{case}");
    }
}
