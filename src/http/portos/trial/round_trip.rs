//! A document that is sent back changes nothing, whatever the customer has.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{NOW, RIGHTS, Shop, document};
use crate::access::Right;
use crate::address::Address;
use crate::card::{Card, CardStatus};
use crate::customer::{Ban, Company, Customer, Gender, SsnSource, Standing};
use crate::id::{AddressId, CardSerial, CustomerId};
use crate::money::{Money, Rate};
use crate::profile::Profile;
use crate::time::{Date, Timestamp};

fn line() -> BoxedStrategy<Option<String>> {
    of(select(&["", "Ada", "Žofia Ž", " x ", "null", "\"\\", "🦀\u{301}"][..]))
        .prop_map(|text| text.map(str::to_owned))
        .boxed()
}

/// A beginning and an end that follows it.
fn times() -> BoxedStrategy<[Option<Timestamp>; 2]> {
    let day = 86_400_000;
    let time = move |days: i64| Timestamp::from_ms(NOW.ms() + days * day + 7);
    (of(-9..2_i64), of(2..9_i64), any::<bool>())
        .prop_map(move |(from, to, past)| {
            let ago = if past { 20 } else { 0 };
            [from, to].map(|days| days.map(|days| time(days - ago)))
        })
        .boxed()
}

fn meta() -> BoxedStrategy<Map<String, Value>> {
    let values = [json!(1), json!("x"), json!([1, {"a": null}]), json!({}), json!(true)];
    let exact = ["1.50", "1e400", "-0.0", "12345678901234567890"];
    let exact = exact.map(|digits| serde_json::from_str(digits).expect("a number"));
    let all: Vec<Value> = values.into_iter().chain(exact).collect();
    prop::collection::hash_map("[a-zA-Z_$]{0,3}", select(all), 0..4)
        .prop_map(|meta| meta.into_iter().collect())
        .boxed()
}

prop_compose! {
    fn card()(
        serial in "[0-9]{1,3}",
        (external_id, status_reason, note) in (line(), line(), line()),
        (is_active, is_virtual, processor) in (any::<bool>(), any::<bool>(), select(&["P", "AW", "x"][..])),
        (status, status_at) in (select(CardStatus::ALL), of(Just(NOW))),
        [activation_at, expiration_at] in times(),
        meta in of(meta()),
    ) -> Card {
        Card {
            external_id, is_active, is_virtual, processor: processor.into(), status, status_at,
            status_reason, activation_at, expiration_at, note, meta,
            ..Card::new(CardSerial::new(&serial).expect("a serial"))
        }
    }
}

prop_compose! {
    fn address(id: usize)(
        (name, line1, line2, city) in (line(), line(), line(), line()),
        (state, postal_code, country, note) in (line(), line(), line(), line()),
        latitude in of(select(&["48.10", "-0", "0.0000001", "048.5", "90.0"][..])),
        longitude in of(select(&["17", "-180.00", "021.2610750"][..])),
    ) -> Address {
        Address {
            name, line1, line2, city, state, postal_code, country, note,
            latitude: latitude.map(str::to_owned), longitude: longitude.map(str::to_owned),
            ..Address::with_id(AddressId::new(&id.to_string()).expect("an id"))
        }
    }
}

prop_compose! {
    fn customer()(
        (external_id, first_name, middle_name, last_name) in (line(), line(), line(), line()),
        (full_name, email, phone, note) in (line(), line(), line(), line()),
        (standing, ban) in (select(Standing::ALL), select(Ban::ALL)),
        [activation_at, expiration_at] in times(),
        (gender, born) in (of(select(Gender::ALL)), of(select(&["1990-05-17", "0001-01-01"][..]))),
        company in of((line(), line(), line(), line())),
        (is_company, ssn) in (any::<bool>(), any::<bool>()),
        (discount, credit, line) in (0..=10_000_i64, 0..=100_000_000_i64, 0..500_i64),
        meta in meta(),
    ) -> Customer {
        let id = CustomerId::new("7").expect("an id");
        Customer {
            external_id: external_id.filter(|id| CustomerId::new(id).is_ok()),
            first_name, middle_name, last_name, full_name, email, phone, note, standing, ban,
            activation_at, expiration_at, gender, is_company, meta,
            birth_date: born.map(|day| Date::parse(day).expect("a day")),
            company: company.map(|(name, crn, vat_id, tax_id)| Company { name, crn, vat_id, tax_id }),
            ssn_last4: ssn.then(|| "1234".to_owned()),
            ssn_source: ssn.then_some(SsnSource::Manual),
            discount_rate: Rate::from_millionths(discount * 10_000),
            credit_rate: Rate::from_millionths(credit),
            credit_line: Money::from_minor(line),
            ..Customer::with_id(id, NOW)
        }
    }
}

prop_compose! {
    fn profile()(
        mut customer in customer(),
        addresses in (address(0), address(1), address(2)),
        (n_addresses, primary, delivery) in (0..4_usize, of(0..3_usize), of(0..3_usize)),
        mut cards in vec(card(), 0..4),
        credit in -99..9_999_i64,
    ) -> Profile {
        let mut addresses = vec![addresses.0, addresses.1, addresses.2];
        addresses.truncate(n_addresses);
        let id = |at: Option<usize>| Some(addresses.get(at?)?.id.clone());
        (customer.primary_address_id, customer.delivery_address_id) = (id(primary), id(delivery));
        customer.credit_line = Money::from_minor(customer.credit_line.minor() + 99);
        cards.sort_by(|a, b| a.serial_number.cmp(&b.serial_number));
        cards.dedup_by(|a, b| a.serial_number == b.serial_number);
        let credit = Money::from_minor(credit);
        Profile { customer, addresses, cards, credit, has_accounts: false }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_document_sent_back_changes_nothing(profile in profile(), names_version in any::<bool>()) {
        let few: Vec<_> = RIGHTS.iter().copied().filter(|right| *right == Right::CustomerUpdate).collect();
        let shop = Shop::new().with_rights(&few);
        let stored = shop.store.create(&profile.into()).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let n = shop.n_operations();
        let shown = shop.ask("GET /7", "");
        let mut sent = shown.body.clone();
        if !names_version {
            let mut document = document(&shown);
            document["_v"] = Value::Null;
            sent = document.to_string().into_bytes();
        }
        let again = shop.ask("PUT /7", &sent);
        prop_assert_eq!(again.status.as_u16(), 200, "{}", String::from_utf8_lossy(&again.body));
        prop_assert_eq!(&again.body, &shown.body);
        prop_assert_eq!(shop.n_operations(), n);
        prop_assert_eq!(shop.store.profile(&stored.customer.id).ok(), Some(stored));
    }

    /// The document alone makes the same document in another store, but for what the server keeps.
    #[test]
    fn a_document_makes_the_same_customer_elsewhere(mut profile in profile()) {
        profile.credit = Money::from_minor(profile.credit.minor().abs());
        let one = Shop::new();
        one.store.create(&profile.into()).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut shown = document(&one.ask("GET /7", ""));
        let made = Shop::new().ask("POST ", shown.to_string());
        prop_assert_eq!(made.status.as_u16(), 201, "{}", String::from_utf8_lossy(&made.body));
        let mut made = document(&made);
        for document in [&mut shown, &mut made] {
            document["creditTransactions"] = Value::Null;
        }
        prop_assert_eq!(made, shown);
    }

    /// Whatever JSON comes, there is an answer of ours, and a refusal changes nothing.
    #[test]
    fn any_member_of_any_type_is_answered(
        name in select(&["id", "externalId", "isActive", "activationTime", "firstName", "gender",
            "birthDate", "company", "address", "credit", "cards", "creditRate", "meta", "_v"][..]),
        value in select(&["null", "true", "-1", "1e999", "\"\"", "\"x\"", "[]", "[{}]", "[[]]", "{}",
            "{\"amount\":{}}", "{\"coordinates\":[]}", "[{\"serialNumber\":{}}]"][..]),
    ) {
        let shop = Shop::new();
        let body = format!("{{\"{name}\":{value}}}");
        for request in ["POST ", "PUT /7", "PUT /7"] {
            let n = shop.n_operations();
            let answer = shop.ask(request, &body);
            let status = answer.status.as_u16();
            prop_assert!([200, 201, 400].contains(&status), "{body} {status}");
            prop_assert!(status != 400 || shop.n_operations() == n);
        }
    }
}
