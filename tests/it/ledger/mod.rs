//! The ledger: what is recorded, what is refused and why, what a balance is.

mod model;
mod oracle;
mod person;
mod script;

use expect_test::{Expect, expect};
use rusqlite::Connection;
use tillbook::{CreditTransaction, Money, Page};

use crate::shop::{Shop, customer};

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&script::told(script));
}

#[test]
fn every_kind_moves_the_balance_its_way() {
    check(
        "create ada
         deposit ada 10.00 as d
         withdrawal ada 1.00 as w
         spend ada 2.50 as s
         earning ada 0.50 as e
         earning ada 0 as e0
         refund ada 1.25 as f
         correction ada -0.25 as c
         correction ada 0.75 as c2
         expiry ada 0.01 as x
         other ada -0.01 as o
         other ada 0.02 as o2",
        &expect![[r#"
            create ada -> ok; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            withdrawal ada 1.00 as w -> ok; 9.00
            spend ada 2.50 as s -> ok; 6.50
            earning ada 0.50 as e -> ok; 7.00
            earning ada 0 as e0 -> ok; 7.00
            refund ada 1.25 as f -> ok; 8.25
            correction ada -0.25 as c -> ok; 8.00
            correction ada 0.75 as c2 -> ok; 8.75
            expiry ada 0.01 as x -> ok; 8.74
            other ada -0.01 as o -> ok; 8.73
            other ada 0.02 as o2 -> ok; 8.75
        "#]],
    );
}

#[test]
fn the_sign_and_size_of_an_amount_are_checked() {
    check(
        "create ada
         deposit ada 0 as a
         deposit ada -1 as a
         refund ada 0 as a
         spend ada 0 as a
         spend ada -1 as a
         withdrawal ada 0 as a
         expiry ada -1 as a
         earning ada -1 as a
         correction ada 0 as a
         other ada 0 as a
         aimless ada 0 as a
         aimless ada 1 as a
         deposit ada 10000000000.01 as a
         deposit ada 92233720368547758.07 as a
         spend ada 92233720368547758.07 as a
         spend ada -92233720368547758.08 as a
         reversal ada a as a
         deposit ada 10000000000.00 as most
         spend ada 10000000000.00 as all",
        &expect![[r#"
            create ada -> ok; 0.00
            deposit ada 0 as a -> amount must be positive; 0.00
            deposit ada -1 as a -> amount must be positive; 0.00
            refund ada 0 as a -> amount must be positive; 0.00
            spend ada 0 as a -> amount must lower the balance; 0.00
            spend ada -1 as a -> amount must lower the balance; 0.00
            withdrawal ada 0 as a -> amount must lower the balance; 0.00
            expiry ada -1 as a -> amount must lower the balance; 0.00
            earning ada -1 as a -> amount must not be negative; 0.00
            correction ada 0 as a -> amount must not be zero; 0.00
            other ada 0 as a -> amount must not be zero; 0.00
            aimless ada 0 as a -> target belongs to a reversal and only there; 0.00
            aimless ada 1 as a -> amount must be zero in a reversal; 0.00
            deposit ada 10000000000.01 as a -> amount is beyond the limit; 0.00
            deposit ada 92233720368547758.07 as a -> amount is beyond the limit; 0.00
            spend ada 92233720368547758.07 as a -> amount is beyond the limit; 0.00
            spend ada -92233720368547758.08 as a -> amount is beyond the limit; 0.00
            reversal ada a as a -> target must be another transaction; 0.00
            deposit ada 10000000000.00 as most -> ok; 10000000000.00
            spend ada 10000000000.00 as all -> ok; 0.00
        "#]],
    );
}

#[test]
fn a_spend_stops_at_zero() {
    check(
        "create ada
         spend ada 0.01 as s0
         deposit ada 10.00 as d
         spend ada 4.00 as s1
         spend ada 6.01 as s2
         withdrawal ada 6.01 as w
         expiry ada 6.01 as x
         correction ada -6.01 as c
         other ada -6.01 as o
         reversal ada d as r
         spend ada 6.00 as s3
         spend ada 0.01 as s4",
        &expect![[r#"
            create ada -> ok; 0.00
            spend ada 0.01 as s0 -> balance is 0.00, 0.01 was requested; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            spend ada 4.00 as s1 -> ok; 6.00
            spend ada 6.01 as s2 -> balance is 6.00, 6.01 was requested; 6.00
            withdrawal ada 6.01 as w -> balance is 6.00, 6.01 was requested; 6.00
            expiry ada 6.01 as x -> balance is 6.00, 6.01 was requested; 6.00
            correction ada -6.01 as c -> balance is 6.00, 6.01 was requested; 6.00
            other ada -6.01 as o -> balance is 6.00, 6.01 was requested; 6.00
            reversal ada d as r -> balance is 6.00, 10.00 was requested; 6.00
            spend ada 6.00 as s3 -> ok; 0.00
            spend ada 0.01 as s4 -> balance is 0.00, 0.01 was requested; 0.00
        "#]],
    );
}

#[test]
fn a_credit_line_lets_the_balance_fall_below_zero() {
    check(
        "create ada
         set ada line 5.00
         spend ada 5.01 as s1
         spend ada 5.00 as s2
         spend ada 0.01 as s3
         set ada line 2.00
         spend ada 0.01 as s4
         deposit ada 1.00 as d1
         deposit ada 2.00 as d2
         spend ada 0.01 as s5
         delete ada",
        &expect![[r#"
            create ada -> ok; 0.00
            set ada line 5.00 -> ok; 0.00
            spend ada 5.01 as s1 -> balance is 0.00, 5.01 was requested; 0.00
            spend ada 5.00 as s2 -> ok; -5.00
            spend ada 0.01 as s3 -> balance is -5.00, 0.01 was requested; -5.00
            set ada line 2.00 -> ok; -5.00
            spend ada 0.01 as s4 -> balance is -5.00, 0.01 was requested; -5.00
            deposit ada 1.00 as d1 -> ok; -4.00
            deposit ada 2.00 as d2 -> ok; -2.00
            spend ada 0.01 as s5 -> balance is -2.00, 0.01 was requested; -2.00
            delete ada -> the balance is -2.00, not zero; -2.00
        "#]],
    );
}

#[test]
fn a_retry_is_recorded_once() {
    check(
        "create ada
         create bob
         deposit ada 10.00 as d
         retry ada d
         spend ada 9.00 as s
         retry ada s
         deposit ada 10.01 as d
         deposit bob 10.00 as d
         refund ada 10.00 as d
         retry ada d
         set ada standing frozen
         retry ada s
         deposit nobody 1.00 as d2
         deposit nobody 1.00 as d",
        &expect![[r#"
            create ada -> ok; 0.00
            create bob -> ok; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            retry ada d -> ok; 10.00
            spend ada 9.00 as s -> ok; 1.00
            retry ada s -> ok; 1.00
            deposit ada 10.01 as d -> credit transaction d was recorded before with other content; 1.00
            deposit bob 10.00 as d -> credit transaction d was recorded before with other content; 0.00
            refund ada 10.00 as d -> credit transaction d was recorded before with other content; 1.00
            retry ada d -> ok; 1.00
            set ada standing frozen -> ok; 1.00
            retry ada s -> ok; 1.00
            deposit nobody 1.00 as d2 -> there is no customer nobody
            deposit nobody 1.00 as d -> there is no customer nobody
        "#]],
    );
}

#[test]
fn earning_rounds_half_away_from_zero_once() {
    check(
        "create ada
         earn ada for 4.50 as e0
         set ada rate 0.05
         earn ada for 4.50 as e1
         earn ada for 0.09 as e2
         earn ada for 0.10 as e3
         earn ada for 0 as e4
         earn ada for -0.01 as e5
         earn ada for 4.50 as e1
         earn ada for 99.99 as e1
         set ada rate 0.1
         earn ada for 4.50 as e1
         earn nobody for 1.00 as e6
         set ada rate 100
         earn ada for 100000000.01 as e7
         earn ada for 92233720368547758.07 as e8",
        &expect![[r#"
            create ada -> ok; 0.00
            earn ada for 4.50 as e0 -> ok; 0.00
            set ada rate 0.05 -> ok; 0.00
            earn ada for 4.50 as e1 -> ok; 0.23
            earn ada for 0.09 as e2 -> ok; 0.23
            earn ada for 0.10 as e3 -> ok; 0.24
            earn ada for 0 as e4 -> ok; 0.24
            earn ada for -0.01 as e5 -> paid must not be negative; 0.24
            earn ada for 4.50 as e1 -> ok; 0.24
            earn ada for 99.99 as e1 -> credit transaction 019b796d-d600-71aa-becb-86beda3ff6d0 was recorded before with other content; 0.24
            set ada rate 0.1 -> ok; 0.24
            earn ada for 4.50 as e1 -> ok; 0.24
            earn nobody for 1.00 as e6 -> there is no customer nobody
            set ada rate 100 -> ok; 0.24
            earn ada for 100000000.01 as e7 -> amount is beyond the limit; 0.24
            earn ada for 92233720368547758.07 as e8 -> the amount is too large to add up; 0.24
        "#]],
    );
}

#[test]
fn a_reversal_undoes_its_target_in_whichever_order() {
    check(
        "create ada
         deposit ada 10.00 as d
         spend ada 4.00 as s
         reversal ada s as r
         retry ada r
         retry ada s
         reversal ada s2 as r2
         spend ada 3.00 as s2
         spend ada 7.00 as s3
         spend ada 11.00 as s4
         reversal ada d2 as r3
         deposit ada 5.00 as d2",
        &expect![[r#"
            create ada -> ok; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            spend ada 4.00 as s -> ok; 6.00
            reversal ada s as r -> ok; 10.00
            retry ada r -> ok; 10.00
            retry ada s -> ok; 10.00
            reversal ada s2 as r2 -> ok; 10.00
            spend ada 3.00 as s2 -> ok; 10.00
            spend ada 7.00 as s3 -> ok; 3.00
            spend ada 11.00 as s4 -> balance is 3.00, 11.00 was requested; 3.00
            reversal ada d2 as r3 -> ok; 3.00
            deposit ada 5.00 as d2 -> ok; 3.00
        "#]],
    );
}

#[test]
fn a_target_is_reversed_once_and_a_reversal_never() {
    check(
        "create ada
         create bob
         deposit ada 10.00 as d
         spend ada 4.00 as s
         reversal ada s as r1
         reversal ada s as r2
         reversal ada r1 as r3
         reversal bob s as r4
         reversal bob d as r5
         reversal ada later as r6
         reversal ada later as r7
         spend ada 1.00 as later
         reversal ada later as r8
         reversal bob theirs as r9
         deposit ada 1.00 as theirs
         reversal ada theirs as r10
         reversal ada r12 as r11
         reversal ada x as r12
         deposit ada 2.00 as x",
        &expect![[r#"
            create ada -> ok; 0.00
            create bob -> ok; 0.00
            deposit ada 10.00 as d -> ok; 10.00
            spend ada 4.00 as s -> ok; 6.00
            reversal ada s as r1 -> ok; 10.00
            reversal ada s as r2 -> credit transaction s cannot be reversed: it is reversed already; 10.00
            reversal ada r1 as r3 -> credit transaction r1 cannot be reversed: it is a reversal itself; 10.00
            reversal bob s as r4 -> credit transaction s cannot be reversed: it belongs to another customer; 0.00
            reversal bob d as r5 -> credit transaction d cannot be reversed: it belongs to another customer; 0.00
            reversal ada later as r6 -> ok; 10.00
            reversal ada later as r7 -> credit transaction later cannot be reversed: it is reversed already; 10.00
            spend ada 1.00 as later -> ok; 10.00
            reversal ada later as r8 -> credit transaction later cannot be reversed: it is reversed already; 10.00
            reversal bob theirs as r9 -> ok; 0.00
            deposit ada 1.00 as theirs -> ok; 11.00
            reversal ada theirs as r10 -> ok; 10.00
            reversal ada r12 as r11 -> ok; 10.00
            reversal ada x as r12 -> ok; 10.00
            deposit ada 2.00 as x -> ok; 10.00
        "#]],
    );
}

/// The schema itself refuses, whatever program has the file open.
#[test]
fn no_sql_changes_a_credit_transaction() {
    let shop = Shop::on_file(1);
    let ada = shop.create_customer(&customer("ada")).unwrap().id;
    let deposit = CreditTransaction::deposit(shop.stamp(), &ada, Money::from_minor(100));
    shop.record(&deposit).unwrap();
    let before = shop.list_credit_transactions(&ada, Page::default()).unwrap();
    let beside = Connection::open(shop.path()).unwrap();
    let mut told = String::new();
    for sql in [
        "update credit_transaction set amount_minor = 99",
        "update credit_transaction set note = 'x' where position = 1",
        "update or ignore credit_transaction set position = 2",
        "delete from credit_transaction",
        "delete from credit_transaction where id is not null",
        "replace into credit_transaction select * from credit_transaction",
        "insert or replace into credit_transaction
         select 2, id, customer_key, kind, 99, target_id, 99, at, 99, node, null, null, null, null, null,
                '{}', 0
           from credit_transaction",
    ] {
        let answer = beside.execute(sql, []).unwrap_err();
        told += &format!("{answer}\n");
    }
    expect![[r#"
        a credit transaction is never changed
        a credit transaction is never changed
        a credit transaction is never changed
        a credit transaction is never deleted
        a credit transaction is never deleted
        a credit transaction is never replaced
        table credit_transaction has 18 columns but 17 values were supplied
    "#]]
    .assert_eq(&told);
    assert_eq!(shop.list_credit_transactions(&ada, Page::default()).unwrap(), before);
}
