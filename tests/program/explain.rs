//! `tillbook explain`.

use expect_test::expect;
use tillbook::{CreditTransaction, CustomerId, Money, Replacement};

use super::{Result, Shop, bakery};

#[test]
fn shows_every_movement_and_the_sums() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(
        &["explain", "0012345678"],
        expect![[r#"
        Žofia Nováková, customer 018cc7b0-0000-7000-8000-000000000001

        TIME (UTC)           KIND      EFFECT EUR  BALANCE  ID
        2024-01-02 03:04:05  deposit       +20.00    20.00  018cc820-d888-7953-b988-76a2c369ebfa
            by Jana, external id receipt 17
            paid in cash at the counter
        2024-01-02 03:04:05  spend          -4.50    15.50  018cc820-d888-7c63-9d28-b74ebaf54eb3
        2024-01-02 03:04:05  spend          -3.00    12.50  018cc820-d888-7064-81a3-24990fdfe615
            undone by 018cc820-d888-7885-ab1a-6b905c8cafd6
        2024-01-02 03:04:05  reversal       +3.00    15.50  018cc820-d888-7885-ab1a-6b905c8cafd6
            undoes 018cc820-d888-7064-81a3-24990fdfe615

        KIND      COUNT  SUM EUR
        deposit       1   +20.00
        spend         2    -7.50
        reversal      1    +3.00
        balance       4    15.50
    "#]],
    )?;
    shop.check(
        &["explain", "9001"],
        expect![[r#"
            Pekáreň Novák s.r.o., customer 018cc7b0-0000-7000-8000-000000000002

            no movements
        "#]],
    )
}

#[test]
fn prints_the_portos_credit_transactions() -> Result<()> {
    let shop = Shop::open()?;
    let store = shop.store()?;
    let spend =
        CreditTransaction::spend(store.stamp(), &bakery().customer.id, Money::from_minor(5));
    store.record(&spend)?;
    drop(store);
    shop.check(
        &["explain", "--json", "9001"],
        expect![[r#"
        [
          {
            "id": "018cc820-d888-7c66-bcf4-d73c4c04022a",
            "sequenceNumber": 1,
            "externalId": null,
            "amount": {
              "amount": -0.05,
              "currencyLabel": null
            },
            "endingCreditBalance": {
              "amount": -0.05,
              "currencyLabel": null
            },
            "type": "Adjustment",
            "creationTime": "2024-01-02T03:04:05.000Z",
            "note": null,
            "meta": null
          }
        ]
    "#]],
    )?;
    shop.check(
        &["explain", "--json", "4242"],
        expect![[r#"
        []
    "#]],
    )
}

#[test]
fn explains_a_deleted_customer() -> Result<()> {
    let shop = Shop::open()?;
    let store = shop.store()?;
    let id = CustomerId::new("018cc7b0-0000-7000-8000-000000000001")?;
    let profile = store.profile(&id)?;
    store.replace(&Replacement { credit: Some(Money::ZERO), ..profile.into() })?;
    store.delete_customer(&id, None)?;
    drop(store);
    shop.check(
        &["explain", id.as_str()],
        expect![[r#"
        deleted customer 018cc7b0-0000-7000-8000-000000000001

        TIME (UTC)           KIND        EFFECT EUR  BALANCE  ID
        2024-01-02 03:04:05  deposit         +20.00    20.00  018cc820-d888-7953-b988-76a2c369ebfa
            by Jana, external id receipt 17
            paid in cash at the counter
        2024-01-02 03:04:05  spend            -4.50    15.50  018cc820-d888-7c63-9d28-b74ebaf54eb3
        2024-01-02 03:04:05  spend            -3.00    12.50  018cc820-d888-7064-81a3-24990fdfe615
            undone by 018cc820-d888-7885-ab1a-6b905c8cafd6
        2024-01-02 03:04:05  reversal         +3.00    15.50  018cc820-d888-7885-ab1a-6b905c8cafd6
            undoes 018cc820-d888-7064-81a3-24990fdfe615
        2024-01-02 03:04:05  correction      -15.50     0.00  018cc820-d888-7c66-bcf4-d73c4c04022a

        KIND        COUNT  SUM EUR
        deposit         1   +20.00
        spend           2    -7.50
        correction      1   -15.50
        reversal        1    +3.00
        balance         5     0.00
    "#]],
    )
}

#[test]
fn says_when_there_is_nobody() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(&["explain", "0012345670"], expect![[r#"
        ! tillbook: there is neither a card nor a customer 0012345670
        ! hint: `tillbook find` looks in external ids, phone numbers, e-mail addresses and names as well
        exit status Some(1)
    "#]])?;
    shop.check(
        &["explain", ""],
        expect![[r#"
        ! tillbook: the serial number of a card or an id must not be empty
        exit status Some(1)
    "#]],
    )
}
