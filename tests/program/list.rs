//! `tillbook list`.

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn answers_a_query() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(&["list"], expect![[r#"
        CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
        9001                 0.00       0 %  018cc7b0-0000-7000-8000-000000000002  Pekáreň Novák s.r.o.
        -                    0.00       0 %  4242                                  Ján (frozen)

        3 customers
    "#]])?;
    shop.check(
        &["list", "DiscountRate=gt:10&Search=NOVAK"],
        expect![[r#"
        CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková

        1 customer
    "#]],
    )?;
    shop.check(
        &["list", "$sort=-CreditAmount&$skip=1&$take=1"],
        expect![[r#"
        CARD  CREDIT EUR  DISCOUNT  ID                                    NAME
        9001        0.00       0 %  018cc7b0-0000-7000-8000-000000000002  Pekáreň Novák s.r.o.

        2 to 2 of 3 customers
    "#]],
    )?;
    shop.check(
        &["list", "$skip=10"],
        expect![[r#"
        none of 3 customers
    "#]],
    )?;
    shop.check(
        &["list", "$count=true"],
        expect![[r#"
        3 customers
    "#]],
    )?;
    shop.check(
        &["list", "LastName=x"],
        expect![[r#"
        no customers
    "#]],
    )
}

#[test]
fn prints_the_portos_answer() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(
        &["list", "--json", "IsActive=false"],
        expect![[r#"
        {
          "items": [
            {
              "id": "4242",
              "externalId": null,
              "isActive": false,
              "status": "Valid",
              "activationTime": null,
              "expirationTime": null,
              "firstName": "Ján",
              "lastName": null,
              "fullName": "Ján",
              "gender": null,
              "birthDate": null,
              "email": null,
              "phone": null,
              "isCompany": false,
              "company": null,
              "address": null,
              "deliveryAddress": null,
              "credit": {
                "amount": 0.0,
                "currencyLabel": null
              },
              "creditTransactions": [],
              "cards": [],
              "creditRate": 0.0,
              "discountRate": 0.0,
              "note": null,
              "meta": {},
              "_v": 1
            }
          ],
          "count": 1,
          "totalCount": 1
        }
    "#]],
    )?;
    shop.check(
        &["list", "--json", "$count=true"],
        expect![[r#"
        {
          "count": 3,
          "totalCount": 3
        }
    "#]],
    )?;
    shop.check(
        &["list", "--json", "$take=0&$total=false"],
        expect![[r#"
        {
          "items": [],
          "count": 0
        }
    "#]],
    )
}

#[test]
fn points_at_what_is_wrong_with_a_query() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(
        &["list", "LastName=Novák&Nme=x"],
        expect![[r#"
        ! tillbook: unknown field `Nme` at byte 16
        !   LastName=Novák&Nme=x
        !                  ^
        ! hint: `tillbook list --help` names the words of a query
        exit status Some(2)
    "#]],
    )?;
    shop.check(
        &["list", "LastName=\"abc"],
        expect![[r#"
        ! tillbook: `LastName` at byte 9 has a quotation mark that is not closed
        !   LastName="abc
        !            ^
        ! hint: `tillbook list --help` names the words of a query
        exit status Some(2)
    "#]],
    )?;
    let long = format!("LastName={}&$take=1001&Search={}", "ž".repeat(200), "a".repeat(200));
    shop.check(&["list", &long], expect![[r#"
        ! tillbook: `$take` at byte 416 must be a whole number from 0 to 1000
        !   …žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž&$take=1001&Search=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        !                                                   ^
        ! hint: `tillbook list --help` names the words of a query
        exit status Some(2)
    "#]])?;
    shop.check(&["list", &"a".repeat(9_000)], expect![[r#"
        ! tillbook: the query must have at most 8192 bytes
        !   …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        !                                                   ^
        ! hint: `tillbook list --help` names the words of a query
        exit status Some(2)
    "#]])
}
