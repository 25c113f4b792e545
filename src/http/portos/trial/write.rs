//! What writes do, and who may.

use expect_test::{expect, expect_file};
use serde_json::json;

use super::bad_body::shop;
use super::{RIGHTS, Shop, Tested, brief, document, told};
use crate::access::Right;
use crate::credit::CreditTransaction;
use crate::customer::Standing;
use crate::id::{AddressId, CardSerial, CustomerId};
use crate::money::Money;

fn without(right: Right) -> Vec<Right> {
    RIGHTS.iter().copied().filter(|&one| one != right).collect()
}

#[test]
fn an_empty_body_makes_the_sample_of_the_contract() {
    let made = Shop::new().ask("PUT /7", "{}");
    assert_eq!(made.status, 201);
    let sample = include_str!("../../../../tests/contract/portos/new_customer.json");
    let sample: String = sample.split_whitespace().collect();
    assert_eq!(String::from_utf8_lossy(&made.body), sample);
}

#[test]
fn an_id_is_drawn_when_none_is_given() -> Tested {
    let shop = Shop::new();
    for body in ["{}", r#"{"id":null,"_v":"x","status":7,"creditTransactions":"?"}"#] {
        let made = shop.ask("POST ", body);
        assert_eq!(made.status, 201);
        let id = document(&made)["id"].as_str().map(str::to_owned).ok_or("no id")?;
        assert_eq!(uuid::Uuid::parse_str(&id)?.get_version_num(), 7);
        assert_eq!(shop.ask(&format!("GET /{id}"), "").body, made.body);
    }
    Ok(())
}

/// Who may do neither hears the same of a customer who is there and of one who is not.
#[test]
fn rights_come_first() {
    let mut lines = String::new();
    let customers = [Right::CustomerCreate, Right::CustomerUpdate];
    for (rights, requests) in [
        (vec![], vec!["POST  ?", "PUT /7 ?", "PUT /9 ?", "DELETE /7 ", "DELETE /9 "]),
        (vec![Right::CustomerCreate], vec!["PUT /7 ?", "PUT /9 {}"]),
        (vec![Right::CustomerUpdate], vec!["PUT /7 ?", "PUT /9 ?", "POST  {}"]),
        (
            customers.to_vec(),
            vec![
                r#"PUT /7 {"discountRate":5}"#,
                r#"PUT /7 {"discountRate":6,"firstName":7}"#,
                r#"PUT /7 {}"#,
                r#"PUT /7 {"discountRate":5,"credit":10}"#,
                r#"PUT /7 {"discountRate":5,"credit":11}"#,
                r#"PUT /9 {"discountRate":5,"credit":11}"#,
            ],
        ),
        (without(Right::CustomerDelete), vec!["DELETE /7 ", "DELETE /9 "]),
    ] {
        let shop = shop().with_rights(&rights);
        for request in requests {
            // The body begins at the second space.
            let space = request.match_indices(' ').nth(1).map_or(request.len(), |(at, _)| at);
            let answer = shop.ask(&request[..space], request[space..].trim_start());
            let detail = document(&answer)["detail"].clone();
            lines += &format!("{request}: {} {detail}\n", brief(&answer));
        }
    }
    expect![[r#"
        POST  ?: 403 2  "The right CustomerCreate is missing."
        PUT /7 ?: 403 2  "The right CustomerUpdate is missing."
        PUT /9 ?: 403 2  "The right CustomerUpdate is missing."
        DELETE /7 : 403 2  "The right CustomerDelete is missing."
        DELETE /9 : 403 2  "The right CustomerDelete is missing."
        PUT /7 ?: 403 2  "The right CustomerUpdate is missing."
        PUT /9 {}: 201 null
        PUT /7 ?: 400 3 Body: Body is not JSON at byte 0. "One or more rules are broken, see errors."
        PUT /9 ?: 403 2  "The right CustomerCreate is missing."
        POST  {}: 403 2  "The right CustomerCreate is missing."
        PUT /7 {"discountRate":5}: 200 null
        PUT /7 {"discountRate":6,"firstName":7}: 403 2  "The right CustomerSetDiscount is missing."
        PUT /7 {}: 403 2  "The right CustomerSetDiscount is missing."
        PUT /7 {"discountRate":5,"credit":10}: 200 null
        PUT /7 {"discountRate":5,"credit":11}: 403 2  "The right CustomerSetCredit is missing."
        PUT /9 {"discountRate":5,"credit":11}: 201 null
        DELETE /7 : 403 2  "The right CustomerDelete is missing."
        DELETE /9 : 403 2  "The right CustomerDelete is missing."
    "#]].assert_eq(&lines);
}

#[test]
fn a_deleted_customer_is_gone_until_it_is_written_again() -> Tested {
    let shop = shop();
    let mut told = String::new();
    for (request, body) in [
        ("DELETE /7", ""),
        ("PUT /7", r#"{"credit":0,"_v":1}"#),
        ("DELETE /7", ""),
        ("DELETE /7", ""),
        ("GET /7", ""),
        ("PUT /7", r#"{"_v":1,"firstName":"Ada"}"#),
        ("DELETE /7", ""),
        ("POST ", r#"{"id":"7"}"#),
        ("POST ", r#"{"id":"7"}"#),
    ] {
        let answer = shop.ask(request, body);
        let document = document(&answer);
        told +=
            &format!("{request} {} {} {}\n", brief(&answer), document["firstName"], document["_v"]);
    }
    shop.store.erase_customer(&CustomerId::new("8")?)?;
    for (request, body) in
        [("GET /8", ""), ("DELETE /8", ""), ("PUT /8", "{}"), ("POST ", r#"{"id":"8"}"#)]
    {
        told += &format!("{request} {}\n", brief(&shop.ask(request, body)));
    }
    expect![[r#"
        DELETE /7 400 3 Credit.Amount: Credit.Amount must be zero before the customer is deleted, but is 10.00. null null
        PUT /7 200 null 2
        DELETE /7 200 null 2
        DELETE /7 404 null null
        GET /7 404 null null
        PUT /7 201 "Ada" 4
        DELETE /7 200 "Ada" 4
        POST  201 null 6
        POST  400 3 Id: Id is in use already. (2) null null
        GET /8 404
        DELETE /8 404
        PUT /8 400 3 Id: Id was erased and is never used again. (2)
        POST  400 3 Id: Id was erased and is never used again. (2)
    "#]].assert_eq(&told);
    Ok(())
}

#[test]
fn credit_moves_by_a_correction_with_its_actor() -> Tested {
    let shop = shop();
    let id = CustomerId::new("7")?;
    let spend = CreditTransaction::spend(shop.store.stamp(), &id, Money::from_minor(1));
    shop.store.record(&spend)?;
    let put = |body: &str| brief(&shop.ask("PUT /7", body));
    assert_eq!(put(r#"{"_v":1,"credit":12}"#), "400 6 ");
    assert_eq!(put(r#"{"_v":2,"credit":{"amount":12.5,"currencyLabel":"EUR"}}"#), "200");
    let latest = shop.store.dossier(&id)?.latest.remove(0);
    assert_eq!((latest.effect, latest.balance), (Money::from_minor(251), Money::from_minor(1250)));
    assert_eq!(latest.transaction.actor.as_deref(), Some("till 1"));
    assert_eq!(
        put(r#"{"_v":3,"credit":-1}"#),
        "400 3 Credit.Amount: Credit.Amount would take the balance below its limit."
    );
    assert_eq!(put("{}"), "200", "leaves the balance alone");
    assert_eq!(shop.store.balance(&id)?, Money::from_minor(1250));
    Ok(())
}

#[test]
fn preconditions_are_held_against_the_document() {
    let tag = |shop: &Shop| shop.ask("GET /7", "").etag.unwrap_or_default();
    let of_seven = tag(&shop());
    let mut lines = String::new();
    for (header, value) in [
        ("if-match", of_seven.as_str()),
        ("if-match", "\"other\""),
        ("if-match", "*"),
        ("if-none-match", "*"),
        ("if-none-match", "\"other\""),
    ] {
        for request in ["PUT /7", "PUT /9", "DELETE /8"] {
            let answer = shop().with(header, value).ask(request, "{}");
            let value = if value == of_seven { "its tag" } else { value };
            lines += &format!("{header}: {value} {request} {}\n", answer.status.as_u16());
        }
    }
    let known = shop().with("if-none-match", &of_seven).ask("GET /7", "");
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    expect![[r#"
        if-match: its tag PUT /7 200
        if-match: its tag PUT /9 412
        if-match: its tag DELETE /8 412
        if-match: "other" PUT /7 412
        if-match: "other" PUT /9 412
        if-match: "other" DELETE /8 412
        if-match: * PUT /7 200
        if-match: * PUT /9 412
        if-match: * DELETE /8 200
        if-none-match: * PUT /7 412
        if-none-match: * PUT /9 201
        if-none-match: * DELETE /8 412
        if-none-match: "other" PUT /7 200
        if-none-match: "other" PUT /9 201
        if-none-match: "other" DELETE /8 200
    "#]]
    .assert_eq(&lines);
}

#[test]
fn where_a_version_is_demanded_a_tag_names_it() -> Tested {
    let shop = shop();
    shop.store.set_require_version(true)?;
    let needed = "400 3 _v: _v is needed by a setting of this file. (1)";
    assert_eq!(brief(&shop.ask("PUT /8", "{}")), needed);
    assert_eq!(brief(&shop.ask("DELETE /8", "")), needed);
    let tag = shop.ask("GET /8", "").etag.ok_or("no tag")?;
    assert_eq!(shop.with("if-match", &tag).ask("DELETE /8", "").status, 200);
    Ok(())
}

/// What Portos has no property for outlives a body, and a shared address becomes two.
#[test]
fn what_has_no_property_stays() -> Tested {
    let shop = shop();
    let id = CustomerId::new("7")?;
    let mut profile = shop.store.profile(&id)?;
    let home = profile.addresses[0].clone();
    profile.customer.middle_name = Some("Anna".into());
    profile.customer.standing = Standing::Denied;
    profile.customer.credit_line = Money::from_minor(500);
    profile.customer.delivery_address_id = Some(home.id.clone());
    let cabin = crate::address::Address {
        line2: Some("cabin".into()),
        ..crate::address::Address::with_id(AddressId::new("cabin")?)
    };
    profile.addresses.push(cabin.clone());
    shop.store.replace(&profile.into())?;
    let body = json!({"isActive": false, "address": {"street": "Hlavná 1", "ZipCode": "040 01"},
        "deliveryAddress": {"street": "Hlavná 1"}, "cards": [{"SerialNumber": "007", "status": "blocked"}]});
    assert_eq!(shop.ask("PUT /7", body.to_string()).status, 200);
    let profile = shop.store.profile(&id)?;
    assert_eq!(profile.customer.middle_name.as_deref(), Some("Anna"));
    assert_eq!(profile.customer.standing, Standing::Denied);
    assert_eq!(profile.customer.credit_line, Money::from_minor(500));
    assert_eq!(profile.customer.primary_address_id, Some(home.id.clone()));
    assert_ne!(profile.customer.delivery_address_id, Some(home.id));
    assert!(profile.addresses.contains(&cabin) && profile.addresses.len() == 3);
    assert_eq!(profile.cards[0].serial_number, CardSerial::new("007")?);
    assert_eq!(shop.ask("PUT /7", "{}").status, 200);
    let profile = shop.store.profile(&id)?;
    assert_eq!((profile.addresses, profile.customer.standing), (vec![cabin], Standing::Active));
    Ok(())
}

#[test]
fn a_refusal_has_every_property() {
    let shop = shop();
    let answers = [
        shop.ask("PUT /7", r#"{"cards":[{}],"discountRate":"x"}"#),
        shop.ask("PUT /7", r#"{"_v":9}"#),
        shop.ask("GET /9", ""),
        shop.ask("DELETE /7", ""),
        shop.with("accept-language", "de, sk-SK;q=0.9, en;q=0.8")
            .ask("PUT /7", r#"{"cards":[{}],"_v":1.5}"#),
    ];
    let told: String = answers.iter().map(told).collect();
    expect_file!["../../../../tests/contract/portos/refusals.txt"].assert_eq(&told);
}
