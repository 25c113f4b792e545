//! `tillbook find`.

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn finds_by_whatever_a_cashier_types() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(&["find", "0012345679"], expect![[r#"
        MATCH  CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        card   0012345679 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
    "#]])?;
    shop.check(
        &["find", "4242"],
        expect![[r#"
        MATCH  CARD  CREDIT EUR  DISCOUNT  ID    NAME
        id     -           0.00       0 %  4242  Ján (frozen)
    "#]],
    )?;
    shop.check(&["find", "crm-17"], expect![[r#"
        MATCH     CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        external  0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
    "#]])?;
    shop.check(&["find", "0905", "123", "456"], expect![[r#"
        MATCH  CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        phone  0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
    "#]])?;
    shop.check(&["find", " zofia@EXAMPLE.SK "], expect![[r#"
        MATCH   CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        e-mail  0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
    "#]])?;
    shop.check(&["find", "novak"], expect![[r#"
        MATCH  CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        name   9001                 0.00       0 %  018cc7b0-0000-7000-8000-000000000002  Pekáreň Novák s.r.o.
        name   0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
    "#]])?;
    shop.check(&["find", "novak", "zof"], expect![[r#"
        MATCH  CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        name   0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
    "#]])?;
    shop.check(&["find", "sk2020"], expect![[r#"
        MATCH  CARD  CREDIT EUR  DISCOUNT  ID                                    NAME
        text   9001        0.00       0 %  018cc7b0-0000-7000-8000-000000000002  Pekáreň Novák s.r.o.
    "#]])?;
    shop.check(
        &["find", "nobody at all"],
        expect![[r#"
        nobody found
    "#]],
    )?;
    shop.check(
        &["find", ""],
        expect![[r#"
        nobody found
    "#]],
    )
}

#[test]
fn prints_the_portos_documents() -> Result<()> {
    Shop::open()?.check(
        &["find", "--json", "9001"],
        expect![[r#"
        {
          "items": [
            {
              "id": "018cc7b0-0000-7000-8000-000000000002",
              "externalId": null,
              "isActive": true,
              "status": "Valid",
              "activationTime": null,
              "expirationTime": null,
              "firstName": null,
              "lastName": null,
              "fullName": "Pekáreň Novák s.r.o.",
              "gender": null,
              "birthDate": null,
              "email": null,
              "phone": null,
              "isCompany": true,
              "company": {
                "name": "Pekáreň Novák s.r.o.",
                "crn": null,
                "vatId": "SK2020123456",
                "taxId": null
              },
              "address": null,
              "deliveryAddress": null,
              "credit": {
                "amount": 0.0,
                "currencyLabel": null
              },
              "creditTransactions": [],
              "cards": [
                {
                  "externalId": null,
                  "isActive": true,
                  "isVirtual": false,
                  "serialNumber": "9001",
                  "processor": "P",
                  "status": "Valid",
                  "statusTime": null,
                  "statusReason": null,
                  "activationTime": null,
                  "expirationTime": null,
                  "note": null,
                  "meta": null
                }
              ],
              "creditRate": 0.0,
              "discountRate": 0.0,
              "note": null,
              "meta": {},
              "_v": 1
            }
          ],
          "count": 1
        }
    "#]],
    )
}

#[test]
fn says_that_there_may_be_more() -> Result<()> {
    let shop = Shop::empty()?;
    shop.run(&["demo", "--customers", "100"])?;
    let found = String::from_utf8(shop.run(&["find", "a"])?.stdout)?;
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 1 + 20 + 2, "{found}");
    assert_eq!(lines.last(), Some(&"there may be more; type more of the name to find fewer"));
    Ok(())
}
