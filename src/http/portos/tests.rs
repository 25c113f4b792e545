//! The documents, as data.

use expect_test::{Expect, ExpectFile, expect, expect_file};
use serde_json::json;

use super::{Customer, Source, credit_transactions};
use crate::address::Address;
use crate::card::{Card, CardStatus};
use crate::clock::Stamp;
use crate::credit::{CreditKind, CreditTransaction, Posting};
use crate::customer::{self, Company, Gender, Standing};
use crate::id::{AddressId, CardSerial, CustomerId, NodeId};
use crate::money::{Currency, Money, Rate};
use crate::profile::Profile;
use crate::time::{Date, Timestamp};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// 2024-01-02T03:04:05.678Z.
const NOW: Timestamp = Timestamp::from_ms(1_704_164_645_678);
const DAY_MS: i64 = 86_400_000;

fn day(n: i64) -> Option<Timestamp> {
    Some(Timestamp::from_ms(NOW.ms() + n * DAY_MS))
}

fn new_profile() -> Profile {
    let mut customer = customer::Customer::with_id(CustomerId::new("7").expect("an id"), NOW);
    customer.version = Some(1);
    Profile { customer, addresses: vec![], cards: vec![], credit: Money::ZERO, has_accounts: false }
}

fn posting(kind: CreditKind, effect: i64, balance: i64) -> Posting {
    let (effect, balance) = (Money::from_minor(effect), Money::from_minor(balance));
    let stamp = Stamp { at: NOW, id: uuid::Uuid::from_u128(balance.minor().unsigned_abs().into()) };
    let id = CustomerId::new("7").expect("an id");
    let transaction = CreditTransaction::new(stamp, &id, kind, effect);
    Posting { transaction, effect, balance, balance_after: balance, node: NodeId([0; 16]) }
}

fn text(profile: Profile, latest: Vec<Posting>, currency: &Currency) -> String {
    let document = Customer::from(Source { profile, latest, currency, now: NOW });
    serde_json::to_string_pretty(&document).unwrap_or_else(|error| error.to_string())
}

fn check(profile: Profile, expected: ExpectFile) {
    expected.assert_eq(&(text(profile, vec![], &Currency::eur()) + "\n"));
}

/// The lines of the document that hold one of `names`.
fn check_lines(names: &[&str], document: &str, expected: Expect) {
    let lines = document.lines().filter(|line| names.iter().any(|name| line.contains(name)));
    let told: String =
        lines.map(|line| format!("{}\n", line.trim().trim_end_matches(','))).collect();
    expected.assert_eq(&told);
}

#[test]
fn a_new_customer_is_the_sample_of_the_contract() {
    check(new_profile(), expect_file!["../../../tests/contract/portos/new_customer.json"]);
}

#[test]
fn every_property_is_shown() -> Tested {
    check(full_profile()?, expect_file!["../../../tests/contract/portos/full_customer.json"]);
    Ok(())
}

fn full_profile() -> Result<Profile, Box<dyn std::error::Error>> {
    let mut profile = new_profile();
    let home = Address {
        name: Some("home".into()),
        line1: Some("Hlavná 1".into()),
        line2: Some("second floor".into()),
        city: Some("Košice".into()),
        postal_code: Some("040 01".into()),
        country: Some("SK".into()),
        latitude: Some("48.7163857".into()),
        longitude: Some("021.2610750".into()),
        note: Some("ring twice".into()),
        ..Address::with_id(AddressId::new("a")?)
    };
    let depot = Address { latitude: Some("48".into()), ..Address::with_id(AddressId::new("b")?) };
    let wallet = Card {
        external_id: Some("pass-1".into()),
        is_active: false,
        is_virtual: true,
        processor: "AW".into(),
        status: CardStatus::ReissueRequested,
        status_at: day(-1),
        status_reason: Some("lost".into()),
        activation_at: day(-9),
        expiration_at: day(9),
        note: Some("a note".into()),
        meta: json!({"colour": "red"}).as_object().cloned(),
        ..Card::new(CardSerial::new("0012345678")?)
    };
    let customer = &mut profile.customer;
    customer.external_id = Some("1:host:62d5:".into());
    customer.activation_at = day(-365);
    customer.expiration_at = day(365);
    customer.first_name = Some("Žofia".into());
    customer.middle_name = Some("Anna".into());
    customer.last_name = Some("Nováková".into());
    customer.full_name = Some("Ing. Žofia Nováková".into());
    customer.gender = Some(Gender::Female);
    customer.birth_date = Some(Date::parse("1990-05-17")?);
    customer.email = Some("zofia@example.sk".into());
    customer.phone = Some("+421 905 123 456".into());
    customer.is_company = true;
    customer.company = Some(Company { name: Some("ZN s.r.o.".into()), ..Company::default() });
    customer.primary_address_id = Some(home.id.clone());
    customer.delivery_address_id = Some(depot.id.clone());
    customer.discount_rate = Rate::parse("12.5")?;
    customer.credit_rate = Rate::parse("0.05")?;
    customer.note = Some("prefers paper".into());
    customer.meta =
        serde_json::from_str(r#"{"fax": null, "points": 1.50, "id": 12345678901234567890}"#)?;
    customer.version = Some(12);
    profile.addresses = vec![home, depot];
    profile.cards = vec![wallet];
    profile.credit = Money::from_minor(1_005);
    Ok(profile)
}

#[test]
fn status_follows_from_the_times_and_activity_from_the_standing() -> Tested {
    let serial = CardSerial::new("1")?;
    for (activation_at, expiration_at, stored, expected) in [
        (None, None, CardStatus::Expired, "Valid"),
        (day(1), None, CardStatus::Valid, "NotYetValid"),
        (day(0), day(0), CardStatus::NotYetValid, "Valid"),
        (None, day(-1), CardStatus::Valid, "Expired"),
        (day(1), day(2), CardStatus::Expired, "NotYetValid"),
    ] {
        let mut profile = new_profile();
        profile.customer.activation_at = activation_at;
        profile.customer.expiration_at = expiration_at;
        let card = Card::new(serial.clone());
        profile.cards = vec![Card { status: stored, activation_at, expiration_at, ..card }];
        let document = text(profile, vec![], &Currency::eur());
        let status = format!("\"status\": \"{expected}\"");
        assert_eq!(document.matches(&status).count(), 2, "{activation_at:?} {expiration_at:?}");
    }
    for &standing in Standing::ALL {
        let mut profile = new_profile();
        profile.customer.standing = standing;
        let expected = matches!(standing, Standing::Active | Standing::Prospect);
        let active = format!("\"isActive\": {expected}");
        assert!(text(profile, vec![], &Currency::eur()).contains(&active), "{standing}");
    }
    Ok(())
}

#[test]
fn every_status_of_a_card_has_its_word() -> Tested {
    let serial = CardSerial::new("1")?;
    let mut profile = new_profile();
    let cards = CardStatus::ALL.iter().map(|&status| Card { status, ..Card::new(serial.clone()) });
    profile.cards = cards.collect();
    check_lines(
        &["\"status\""],
        &text(profile, vec![], &Currency::eur()),
        expect![[r#"
        "status": "Valid"
        "status": "NotIssued"
        "status": "IssueFailed"
        "status": "IssueCanceled"
        "status": "IssueSkipped"
        "status": "ReissueRequested"
        "status": "Valid"
        "status": "Valid"
        "status": "Valid"
        "status": "Blocked"
        "status": "DisposeRequested"
        "status": "Disposed"
    "#]],
    );
    Ok(())
}

#[test]
fn a_name_is_computed_when_none_is_stored() {
    let name = |edit: fn(&mut customer::Customer)| {
        let mut profile = new_profile();
        edit(&mut profile.customer);
        text(profile, vec![], &Currency::eur())
    };
    let documents = [
        name(|_| ()),
        name(|customer| customer.last_name = Some("Nováková".into())),
        name(|customer| {
            customer.company = Some(Company { name: Some("ZN".into()), ..Company::default() });
        }),
    ];
    check_lines(
        &["fullName"],
        &documents.join("\n"),
        expect![[r#"
        "fullName": ""
        "fullName": "Nováková"
        "fullName": "ZN"
    "#]],
    );
}

#[test]
fn amounts_are_exact_in_every_currency() -> Tested {
    let document = |label, exponent| -> Result<String, Box<dyn std::error::Error>> {
        let mut profile = new_profile();
        profile.credit = Money::from_minor(-1_250);
        Ok(text(profile, vec![], &Currency::new(label, exponent)?))
    };
    let documents = [document("EUR", 2)?, document("JPY", 0)?, document("KWD", 3)?];
    check_lines(
        &["\"amount\""],
        &documents.join("\n"),
        expect![[r#"
        "amount": -12.5
        "amount": -1250.0
        "amount": -1.25
    "#]],
    );
    Ok(())
}

#[test]
fn movements_are_numbered_oldest_first() {
    let arrived = CreditKind::ALL.iter().zip(1..);
    let mut latest: Vec<_> = arrived.map(|(&kind, n)| posting(kind, 100, n * 100)).collect();
    latest.reverse();
    let document = text(new_profile(), latest, &Currency::eur());
    check_lines(
        &["sequenceNumber", "type"],
        &document,
        expect![[r#"
        "sequenceNumber": 1
        "type": "Deposit"
        "sequenceNumber": 2
        "type": "Withdrawal"
        "sequenceNumber": 3
        "type": "Adjustment"
        "sequenceNumber": 4
        "type": "Adjustment"
        "sequenceNumber": 5
        "type": "Other"
        "sequenceNumber": 6
        "type": "Correction"
        "sequenceNumber": 7
        "type": "Other"
        "sequenceNumber": 8
        "type": "Other"
        "sequenceNumber": 9
        "type": "Other"
        "sequenceNumber": 10
        "type": "Other"
    "#]],
    );
}

#[test]
fn a_movement_shows_what_it_did_and_the_balance_after_it() -> Tested {
    let spend = posting(CreditKind::Spend, -5, -1_005);
    let document = credit_transactions([spend], &Currency::eur());
    expect![[r#"
        [
          {
            "id": "00000000-0000-0000-0000-0000000003ed",
            "sequenceNumber": 1,
            "externalId": null,
            "amount": {
              "amount": -0.05,
              "currencyLabel": null
            },
            "endingCreditBalance": {
              "amount": -10.05,
              "currencyLabel": null
            },
            "type": "Adjustment",
            "creationTime": "2024-01-02T03:04:05.678Z",
            "note": null,
            "meta": null
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&document)?);
    Ok(())
}
