//! Whose credit moves: who may be served, with which card, and what a merge, a delete and an erase
//! leave of a balance.

use expect_test::expect;

use tillbook::{CreditKind, CreditTransaction, Money};

use super::check;
use crate::shop::{Shop, customer, id};

#[test]
fn who_may_not_be_served_neither_spends_nor_earns() {
    check(
        "create ada
         deposit ada 10.00 as d
         set ada standing frozen
         spend ada 1.00 as s
         earning ada 1.00 as e
         deposit ada 1.00 as d2
         withdrawal ada 1.00 as w
         refund ada 1.00 as f
         correction ada -1.00 as c
         set ada standing prospect
         spend ada 1.00 as s
         set ada standing deceased
         spend ada 1.00 as s2
         set ada standing active
         set ada ban suspended
         spend ada 1.00 as s2
         set ada ban banned
         spend ada 1.00 as s2
         earn ada for 1.00 as e2
         set ada ban allowed
         set ada from 1
         spend ada 1.00 as s2
         set ada from 0
         spend ada 1.00 as s2
         set ada until 0
         spend ada 1.00 as s3
         set ada from -2
         set ada until -1
         spend ada 1.00 as s4",
        &expect![[r#"
            create ada -> ok; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            set ada standing frozen -> ok; 10.00
            spend ada 1.00 as s -> not usable: the customer is frozen; 10.00
            earning ada 1.00 as e -> not usable: the customer is frozen; 10.00
            deposit ada 1.00 as d2 -> ok; 11.00
            withdrawal ada 1.00 as w -> ok; 10.00
            refund ada 1.00 as f -> ok; 11.00
            correction ada -1.00 as c -> ok; 10.00
            set ada standing prospect -> ok; 10.00
            spend ada 1.00 as s -> ok; 9.00
            set ada standing deceased -> ok; 9.00
            spend ada 1.00 as s2 -> not usable: the customer is deceased; 9.00
            set ada standing active -> ok; 9.00
            set ada ban suspended -> ok; 9.00
            spend ada 1.00 as s2 -> not usable: the customer is suspended; 9.00
            set ada ban banned -> ok; 9.00
            spend ada 1.00 as s2 -> not usable: the customer is banned; 9.00
            earn ada for 1.00 as e2 -> not usable: the customer is banned; 9.00
            set ada ban allowed -> ok; 9.00
            set ada from 1 -> ok; 9.00
            spend ada 1.00 as s2 -> not usable: the customer is not valid before 2026-01-01T12:00:00.001Z; 9.00
            set ada from 0 -> ok; 9.00
            spend ada 1.00 as s2 -> ok; 8.00
            set ada until 0 -> ok; 8.00
            spend ada 1.00 as s3 -> ok; 7.00
            set ada from -2 -> ok; 7.00
            set ada until -1 -> ok; 7.00
            spend ada 1.00 as s4 -> not usable: the customer expired at 2026-01-01T11:59:59.999Z; 7.00
        "#]],
    );
}

#[test]
fn a_card_is_asked_too() {
    check(
        "create ada
         create bob
         card ada 0001
         card bob 0002
         use ada 0001 deposit 5.00 as d
         use ada 0002 spend 1.00 as s
         use ada 0003 spend 1.00 as s
         use ada 0001 spend 1.00 as s
         card ada 0001 off
         use ada 0001 spend 1.00 as s
         use ada 0001 spend 1.00 as s2
         card ada 0001 blocked
         use ada 0001 spend 1.00 as s2
         card ada 0001 from=1
         use ada 0001 spend 1.00 as s2
         card ada 0001 until=-1
         use ada 0001 spend 1.00 as s2
         card ada 0001 until=0
         use ada 0001 spend 1.00 as s2
         set ada ban banned
         use ada 0001 spend 1.00 as s3",
        &expect![[r#"
            create ada -> ok; 0.00
            create bob -> ok; 0.00
            card ada 0001 -> ok; 0.00
            card bob 0002 -> ok; 0.00
            use ada 0001 deposit 5.00 as d -> ok; 5.00
            use ada 0002 spend 1.00 as s -> there is no card of this customer CardSerial(…0002); 5.00
            use ada 0003 spend 1.00 as s -> there is no card of this customer CardSerial(…0003); 5.00
            use ada 0001 spend 1.00 as s -> ok; 4.00
            card ada 0001 off -> ok; 4.00
            use ada 0001 spend 1.00 as s -> ok; 4.00
            use ada 0001 spend 1.00 as s2 -> not usable: the card is not active; 4.00
            card ada 0001 blocked -> ok; 4.00
            use ada 0001 spend 1.00 as s2 -> not usable: the card is blocked; 4.00
            card ada 0001 from=1 -> ok; 4.00
            use ada 0001 spend 1.00 as s2 -> not usable: the card is not valid before 2026-01-01T12:00:00.001Z; 4.00
            card ada 0001 until=-1 -> ok; 4.00
            use ada 0001 spend 1.00 as s2 -> not usable: the card expired at 2026-01-01T11:59:59.999Z; 4.00
            card ada 0001 until=0 -> ok; 4.00
            use ada 0001 spend 1.00 as s2 -> ok; 3.00
            set ada ban banned -> ok; 3.00
            use ada 0001 spend 1.00 as s3 -> not usable: the customer is banned; 3.00
        "#]],
    );
}

#[test]
fn a_replaced_balance_becomes_a_correction() {
    check(
        "create ada
         replace ada credit 5.00 unversioned
         replace ada credit 0.00 unversioned
         replace ada credit 5.00 stale
         replace ada credit 5.00 current
         replace ada credit 5.00 unversioned
         replace ada credit 2.00 current
         replace ada credit -0.01 current
         set ada line 1.00
         replace ada credit -1.00 current
         replace ada credit 10000000000.00 current
         replace ada credit 9999999999.00 current",
        &expect![[r#"
            create ada -> ok; 0.00
            replace ada credit 5.00 unversioned -> version is needed: the credit differs from the balance; 0.00
            replace ada credit 0.00 unversioned -> ok; 0.00
            replace ada credit 5.00 stale -> version 0 was sent, version 1 is stored; 0.00
            replace ada credit 5.00 current -> ok; 5.00
            replace ada credit 5.00 unversioned -> ok; 5.00
            replace ada credit 2.00 current -> ok; 2.00
            replace ada credit -0.01 current -> balance is 2.00, 2.01 was requested; 2.00
            set ada line 1.00 -> ok; 2.00
            replace ada credit -1.00 current -> ok; -1.00
            replace ada credit 10000000000.00 current -> amount is beyond the limit; -1.00
            replace ada credit 9999999999.00 current -> ok; 9999999999.00
        "#]],
    );
}

#[test]
fn a_merge_moves_the_balance() {
    check(
        "create ada
         create bob
         create eve
         set bob line 5.00
         deposit ada 10.00 as d
         spend bob 3.00 as s
         merge ada into ada
         merge ada into bob
         merge bob into ada
         undelete ada
         merge bob into ada
         set eve line 5.00
         spend eve 5.00 as s2
         merge eve into ada
         undelete eve
         spend eve 5.00 as s3
         undelete bob
         merge eve into bob
         spend bob 0.01 as s4",
        &expect![[r#"
            create ada -> ok; 0.00
            create bob -> ok; 0.00
            create eve -> ok; 0.00
            set bob line 5.00 -> ok; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            spend bob 3.00 as s -> ok; -3.00
            merge ada into ada -> into must be another customer; 10.00
            merge ada into bob -> ok
            merge bob into ada -> there is no customer ada; 7.00
            undelete ada -> ok; 0.00
            merge bob into ada -> ok
            set eve line 5.00 -> ok; 0.00
            spend eve 5.00 as s2 -> ok; -5.00
            merge eve into ada -> ok
            undelete eve -> ok; 0.00
            spend eve 5.00 as s3 -> ok; -5.00
            undelete bob -> ok; 0.00
            merge eve into bob -> ok
            spend bob 0.01 as s4 -> balance is -5.00, 0.01 was requested; -5.00
        "#]],
    );
}

#[test]
fn a_balance_beyond_the_greatest_amount_is_not_merged_at_once() {
    check(
        "create ada
         create bob
         deposit ada 10000000000.00 as d1
         deposit ada 0.01 as d2
         merge ada into bob
         withdrawal ada 0.01 as w
         merge ada into bob",
        &expect![[r#"
            create ada -> ok; 0.00
            create bob -> ok; 0.00
            deposit ada 10000000000.00 as d1 -> ok; 10000000000.00
            deposit ada 0.01 as d2 -> ok; 10000000000.01
            merge ada into bob -> amount is beyond the limit; 10000000000.01
            withdrawal ada 0.01 as w -> ok; 10000000000.00
            merge ada into bob -> ok
        "#]],
    );
}

#[test]
fn the_deleted_and_the_erased_move_no_credit() {
    check(
        "create ada
         deposit ada 1.00 as d
         delete ada
         withdrawal ada 1.00 as w
         delete ada
         deposit ada 1.00 as d2
         reversal ada d as r
         retry ada d
         undelete ada
         deposit ada 1.00 as d2
         erase ada
         withdrawal ada 1.00 as w2
         retry ada d2
         deposit ada 5.00 as d2
         earn ada for 1.00 as e
         erase ada",
        &expect![[r#"
            create ada -> ok; 0.00
            deposit ada 1.00 as d -> ok; 1.00
            delete ada -> the balance is 1.00, not zero; 1.00
            withdrawal ada 1.00 as w -> ok; 0.00
            delete ada -> ok
            deposit ada 1.00 as d2 -> there is no customer ada
            reversal ada d as r -> there is no customer ada
            retry ada d -> ok
            undelete ada -> ok; 0.00
            deposit ada 1.00 as d2 -> ok; 1.00
            erase ada -> ok
            withdrawal ada 1.00 as w2 -> customer ada was erased; an erased id is never used again
            retry ada d2 -> ok
            deposit ada 5.00 as d2 -> credit transaction d2 was recorded before with other content
            earn ada for 1.00 as e -> there is no customer ada
            erase ada -> ok
        "#]],
    );
}

/// Undoing one half of a merge would make or destroy what the other half moved.
#[test]
fn a_merge_is_not_undone_by_halves() {
    let shop = Shop::in_memory(1);
    let (ada, bob) = (id("ada"), id("bob"));
    shop.create_customer(&customer("ada")).unwrap();
    shop.create_customer(&customer("bob")).unwrap();
    let five = Money::from_minor(500);
    shop.record(&CreditTransaction::deposit(shop.stamp(), &ada, five)).unwrap();
    shop.merge_customers(&ada, &bob).unwrap();
    let merged = shop.latest_credit_transactions(&bob).unwrap().remove(0).transaction;
    let undo = shop.record(&CreditTransaction::reversal(shop.stamp(), &bob, &merged.id));
    assert!(undo.unwrap_err().to_string().ends_with("it is one half of a merge"));
    let made = CreditTransaction::new(shop.stamp(), &bob, CreditKind::Merge, five);
    let refused = shop.record(&made).unwrap_err().to_string();
    assert_eq!(refused, "kind cannot be merge: merging customers records it");
    assert_eq!(shop.balance(&bob).unwrap(), five);
}
