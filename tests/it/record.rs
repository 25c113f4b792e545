//! Records: a value holds exactly what a row holds. What was written is read back equal, here and
//! on another node, and a replace writes down the fields that differ and nothing else.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value};
use tillbook::{
    Address, AddressId, Ban, BanNote, Card, CardSerial, CardStatus, Company, Customer, Date,
    Gender, Money, Profile, Rate, Replacement, SsnSource, Standing, Timestamp,
};

use crate::shop::{NOON_MS, Shop, customer, id, operations, send};

/// A text of one line, as wild as one may be.
fn line() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        select(vec!["", "Ada", "O'Neil", "Ľubomíra Ďurčanská", "{}", "null", "a\"b\\c", "50 %_"])
            .prop_map(str::to_owned),
        "[^\\p{Cc}]{0,12}",
    ])
}

fn note() -> impl Strategy<Value = Option<String>> {
    option::of("[^\\x00]{0,40}")
}

fn time() -> impl Strategy<Value = Option<Timestamp>> {
    let limits = Timestamp::MIN.ms()..=Timestamp::MAX.ms();
    option::of(prop_oneof![Just(0), Just(NOON_MS), limits].prop_map(Timestamp::from_ms))
}

/// Two times, the earlier one first.
fn interval() -> impl Strategy<Value = (Option<Timestamp>, Option<Timestamp>)> {
    (time(), time()).prop_map(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => (Some(a.min(b)), Some(a.max(b))),
        other => other,
    })
}

/// JSON with numbers as they are written, however they are written.
fn json() -> impl Strategy<Value = Value> {
    let numbers =
        ["1.10", "1.1", "-0", "0.0", "1e2", "12345678901234567890123", "-1.000000000000000001"];
    let texts = ["true", "false", "\"\"", "\"text\"", "\"\\u0000\"", "[]", "{}", "[null]"];
    let leaf = select([&numbers[..], &texts[..]].concat())
        .prop_map(|text| serde_json::from_str(text).unwrap());
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            btree_map("[a-c.\"]{0,2}", inner, 0..3)
                .prop_map(|object| Value::Object(object.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    btree_map("[a-d. ]{0,2}", json(), 0..4).prop_map(|object| object.into_iter().collect())
}

prop_compose! {
    fn names()(
        lines in [line(), line(), line(), line(), line()],
        full_name in option::of("∎[^\\p{Cc}]{0,8}"), // never the computed one
        gender in option::of(select(Gender::ALL)),
        born in option::of(select(vec!["0001-01-01", "1969-12-31", "2024-02-29", "2026-01-01"])),
        ssn in option::of("[0-9]{4}"),
        ssn_source in option::of(select(SsnSource::ALL)),
        company in option::of([line(), line(), line(), line()]),
        is_company in any::<bool>(),
    ) -> Customer {
        let [first_name, middle_name, last_name, email, phone] = lines;
        let company = company.map(|[name, crn, vat_id, tax_id]| Company { name, crn, vat_id, tax_id });
        Customer {
            first_name, middle_name, last_name, full_name, email, phone, gender, ssn_source, is_company,
            birth_date: born.map(|text| Date::parse(text).unwrap()),
            ssn_last4: ssn,
            company: company.filter(|company| *company != Company::default()),
            ..customer("ada")
        }
    }
}

prop_compose! {
    fn record()(
        names in names().boxed(),
        external_id in option::of("[a-zA-Z0-9]{1,3}"),
        standing in select(Standing::ALL),
        ban in select(Ban::ALL),
        (activation_at, expiration_at) in interval(),
        discount in 0..=10_000_i64,
        credit_rate in 0..=100_000_000_i64,
        credit_line in prop_oneof![Just(0), 0..=tillbook::money::AMOUNT_MINOR_MAX],
        note in note(),
        meta in object(),
    ) -> Customer {
        Customer {
            external_id, standing, ban, activation_at, expiration_at, note, meta,
            discount_rate: Rate::from_millionths(discount * 10_000),
            credit_rate: Rate::from_millionths(credit_rate),
            credit_line: Money::from_minor(credit_line),
            ..names
        }
    }
}

prop_compose! {
    fn address(id: &'static str)(
        lines in [line(), line(), line(), line(), line(), line(), line()],
        latitude in option::of(select(vec!["90", "-90.000", "48.1485965", "0.10"])),
        longitude in option::of(select(vec!["180", "-180.0", "17.1077477", "-0"])),
        note in note(),
    ) -> Address {
        let [name, line1, line2, city, state, postal_code, country] = lines;
        let (latitude, longitude) = (latitude.map(str::to_owned), longitude.map(str::to_owned));
        Address {
            name, line1, line2, city, state, postal_code, country, latitude, longitude, note,
            ext: Map::new(),
            ..Address::with_id(AddressId::new(id).unwrap())
        }
    }
}

prop_compose! {
    fn card(serial: &'static str)(
        external_id in line(),
        (is_active, is_virtual) in any::<(bool, bool)>(),
        processor in select(vec!["P", "G", "AW", "GW"]),
        status in select(CardStatus::ALL),
        (status_at, status_reason) in (time(), line()),
        (activation_at, expiration_at) in interval(),
        note in note(),
        meta in option::of(object()),
    ) -> Card {
        Card {
            external_id, is_active, is_virtual, processor: processor.to_owned(), status, status_at,
            status_reason, activation_at, expiration_at, note, meta,
            ext: Map::new(),
            ..Card::new(CardSerial::new(serial).unwrap())
        }
    }
}

/// A customer with some of three addresses, of which two have a use, and some of three cards, all
/// in the order in which they are read.
pub(crate) fn profile() -> impl Strategy<Value = Profile> {
    // Boxed, since all of it together is more than a test's stack holds.
    let addresses = ["home", "shop", "work"].map(|id| address(id).boxed()).to_vec();
    let cards = ["0", "00", "007"].map(|serial| card(serial).boxed()).to_vec();
    let some = |n: usize| subsequence((0..n).collect::<Vec<_>>(), 0..=n);
    (record().boxed(), addresses, cards, some(3), some(3), any::<(u8, u8)>()).prop_map(
        |(mut customer, addresses, cards, which, those, (primary, delivery))| {
            let addresses: Vec<Address> = which.iter().map(|i| addresses[*i].clone()).collect();
            let cards = those.iter().map(|i| cards[*i].clone()).collect();
            let used = |n: u8| addresses.get(usize::from(n % 4)).map(|address| address.id.clone());
            (customer.primary_address_id, customer.delivery_address_id) =
                (used(primary), used(delivery));
            Profile { customer, addresses, cards, credit: Money::ZERO, has_accounts: false }
        },
    )
}

/// The profile as the store is to answer it.
fn stored(profile: &Profile, version: u64) -> Profile {
    let mut stored = profile.clone();
    stored.customer.version = Some(version);
    stored
}

/// The names of the customer's fields that differ.
macro_rules! differing {
    ($a:expr, $b:expr, $($field:ident)+) => {
        [$((stringify!($field), $a.$field != $b.$field)),+]
            .into_iter()
            .filter_map(|(name, differs)| differs.then(|| name.to_owned()))
    };
}

/// What a replace of `a` by `b` is to write down: a line for each change, without its values.
fn differences(a: &Profile, b: &Profile) -> Vec<String> {
    let (before, after) = (&a.customer, &b.customer);
    let fields = differing!(before, after,
        activation_at ban birth_date company credit_line credit_rate delivery_address_id
        discount_rate email expiration_at external_id first_name full_name gender is_company
        last_name middle_name note phone primary_address_id ssn_last4 ssn_source standing);
    let keys = before.meta.keys().chain(after.meta.keys());
    let keys = keys.filter(|key| before.meta.get(*key) != after.meta.get(*key));
    let mut fields: Vec<String> = fields.chain(keys.map(|key| format!("meta.{key}"))).collect();
    fields.sort();
    fields.dedup();
    let mut lines = Vec::new();
    if !fields.is_empty() {
        lines.push(format!("set {}", fields.join(" ")));
    }
    let gone = a.addresses.iter().filter(|a| b.addresses.iter().all(|b| a.id != b.id));
    lines.extend(gone.map(|address| format!("address.remove {}", address.id)));
    let new = b.addresses.iter().filter(|b| !a.addresses.contains(b));
    lines.extend(new.map(|address| format!("address.set {}", address.id)));
    let gone =
        a.cards.iter().filter(|a| b.cards.iter().all(|b| a.serial_number != b.serial_number));
    lines.extend(gone.map(|card| format!("card.remove {}", card.serial_number)));
    let new = b.cards.iter().filter(|b| !a.cards.contains(b));
    lines.extend(new.map(|card| format!("card.set {}", card.serial_number)));
    lines
}

/// What the last operation of a shop has written down, the same way.
fn written(shop: &Shop) -> Vec<String> {
    let last = operations(shop).pop().unwrap();
    let facts: Vec<Map<String, Value>> = serde_json::from_str(&last.facts).unwrap();
    let personal = last.personal.map_or("[]".into(), |personal| personal.text);
    let personal: Vec<Option<BTreeMap<String, Value>>> = serde_json::from_str(&personal).unwrap();
    let mut lines = Vec::new();
    for (n, change) in facts.iter().enumerate() {
        assert_eq!(change["customer"], "ada");
        let mut fields = personal.get(n).cloned().flatten().unwrap_or_default();
        let public = change.get("fields").and_then(Value::as_object).cloned();
        fields.extend(public.unwrap_or_default());
        let kind = change["change"].as_str().unwrap();
        let subject = match kind {
            "set" => fields.into_keys().collect::<Vec<_>>().join(" "),
            "card.set" | "card.remove" => fields["serial_number"].as_str().unwrap().to_owned(),
            _ => fields["id"].as_str().unwrap().to_owned(),
        };
        lines.push(format!("{kind} {subject}"));
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read(first in profile().boxed(), second in profile().boxed()) {
        let (shop, other) = (Shop::in_memory(1), Shop::in_memory(2));
        let created = shop.create(&Replacement::from(first.clone())).unwrap();
        prop_assert_eq!(&created, &stored(&first, 1));
        prop_assert_eq!(&shop.profile(&id("ada")).unwrap(), &created);

        // The same again writes nothing, whether it names its version or not.
        prop_assert_eq!(&shop.replace(&created.clone().into()).unwrap(), &created);
        prop_assert_eq!(&shop.replace(&first.clone().into()).unwrap(), &created);
        prop_assert_eq!(operations(&shop).len(), 1);

        let expected = differences(&first, &second);
        let version = if expected.is_empty() { 1 } else { 2 };
        let mut sent = second.clone();
        sent.customer.version = Some(1);
        prop_assert_eq!(shop.replace(&sent.into()).unwrap(), stored(&second, version));
        prop_assert_eq!(&shop.profile(&id("ada")).unwrap(), &stored(&second, version));
        if version == 2 {
            prop_assert_eq!(written(&shop), expected);
        }

        // Another node reads the same out of what was written down.
        send(&shop, &other);
        prop_assert_eq!(other.profile(&id("ada")).unwrap(), stored(&second, version));
        let report = other.check(|_| ()).unwrap();
        prop_assert!(report.is_sound(), "{report:?}");
    }

    #[test]
    fn a_ban_note_is_read_as_it_was_written(
        notes in vec(("[a-z]{1,4}", time(), line(), "[^\\x00]{1,20}"), 1..5),
    ) {
        let (shop, other) = (Shop::in_memory(1), Shop::in_memory(2));
        shop.create_customer(&customer("ada")).unwrap();
        let notes = notes.into_iter().enumerate().map(|(n, (name, at, actor, text))| {
            BanNote {
                id: format!("{name}{n}"),
                at: at.unwrap_or(shop.now()),
                actor,
                text,
                ext: serde_json::Map::new(),
            }
        });
        let mut notes: Vec<BanNote> = notes.collect();
        for note in &notes {
            shop.add_ban_note(&id("ada"), note).unwrap();
            shop.add_ban_note(&id("ada"), note).unwrap();
        }
        notes.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        send(&shop, &other);
        for shop in [shop, other] {
            prop_assert_eq!(shop.list_ban_notes(&id("ada")).unwrap(), notes.clone());
        }
    }
}
