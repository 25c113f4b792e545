//! Free data, names and notes.

use expect_test::expect;
use serde_json::{Value, json};
use tillbook::{Address, AddressId, BanNote, Company, Result, Store};

use super::{check, edit};
use crate::shop::{card, id};

/// A value that nests `depth` deep.
fn nested(depth: usize) -> Value {
    (0..depth)
        .fold(json!(1), |value, n| if n % 2 == 0 { json!([value]) } else { json!({"k": value}) })
}

fn meta(key: &str, value: Value) -> impl Fn(&Store) -> Result<()> {
    let key = key.to_owned();
    edit(move |ada| {
        ada.meta.insert(key.clone(), value.clone());
    })
}

/// Once, what nested too deep was written and never read again, and so was a key of the reader's own.
#[test]
fn free_data() {
    let number = "$serde_json::private::Number";
    check(
        &[
            (9, "32 deep", &meta("k", nested(32))),
            (9, "33 deep", &meta("k", nested(33))),
            (9, "1,000 deep", &meta("k", nested(1_000))),
            (9, "a card's, 33 deep", &|shop| {
                let meta = json!({"k": nested(33)}).as_object().cloned();
                shop.set_card(&id("ada"), &tillbook::Card { meta, ..card("1") })
            }),
            (22, "a key of the reader's own", &meta(number, json!("abc"))),
            (22, "the same, deeper", &meta("k", json!([{ number: "abc" }]))),
            (22, "a key of a script's", &meta("__proto__", json!({"a": 1}))),
            (
                23,
                "257 keys",
                &edit(|ada| {
                    ada.meta.extend((0..257).map(|n| (n.to_string(), json!(n))));
                }),
            ),
            (24, "64 KiB", &meta("k", json!("x".repeat(65_536)))),
            (0, "an empty key", &meta("", json!(1))),
            (0, "a key with NUL", &meta("\0", json!(1))),
            (0, "a value with NUL", &meta("k", json!("a\0b"))),
            (
                0,
                "null",
                &edit(|ada| {
                    ada.note = Some("something else changes".into());
                    ada.meta.insert("k".into(), Value::Null);
                }),
            ),
        ],
        &expect![[r#"
            9 32 deep: ok
            9 33 deep: meta must nest at most 32 deep
            9 1,000 deep: meta must nest at most 32 deep
            9 a card's, 33 deep: cards[0].meta must nest at most 32 deep
            22 a key of the reader's own: meta must not hold the key $serde_json::private::Number
            22 the same, deeper: meta must not hold the key $serde_json::private::Number
            22 a key of a script's: ok
            23 257 keys: meta must have at most 256 keys
            24 64 KiB: meta must have at most 32768 bytes of JSON
            0 an empty key: ok
            0 a key with NUL: meta must not hold control characters
            0 a value with NUL: ok
            0 null: ok
        "#]],
    );
}

fn address(set: impl Fn(&mut Address)) -> impl Fn(&Store) -> Result<()> {
    move |shop| {
        let mut address = Address::with_id(AddressId::new("home").unwrap());
        set(&mut address);
        shop.set_address(&id("ada"), &address)
    }
}

fn some(text: impl Into<String>) -> Option<String> {
    Some(text.into())
}

#[test]
fn texts() {
    check(
        &[
            (0, "a name of 256 characters", &edit(|ada| ada.first_name = some("ž".repeat(256)))),
            (0, "a name of 255 characters", &edit(|ada| ada.first_name = some("ž".repeat(255)))),
            (0, "a name of two lines", &edit(|ada| ada.last_name = some("a\nb"))),
            (
                0,
                "a company with a tab",
                &edit(|ada| {
                    ada.company = Some(Company { vat_id: some("a\tb"), ..Company::default() });
                }),
            ),
            (24, "a note of 64 KiB", &edit(|ada| ada.note = some("x".repeat(65_536)))),
            (0, "a note with NUL", &edit(|ada| ada.note = some("a\0b"))),
            (0, "five digits", &edit(|ada| ada.ssn_last4 = some("12345"))),
            (0, "digits of another script", &edit(|ada| ada.ssn_last4 = some("١٢٣٤"))),
            (0, "latitude 90.1", &address(|home| home.latitude = some("90.1"))),
            (0, "latitude 90.0", &address(|home| home.latitude = some("90.0"))),
            (0, "longitude -180.5", &address(|home| home.longitude = some("-180.5"))),
            (0, "longitude 1e1", &address(|home| home.longitude = some("1e1"))),
            (
                0,
                "an address that is not there",
                &edit(|ada| {
                    ada.primary_address_id = AddressId::new("away").ok();
                }),
            ),
            (0, "a ban note without text", &|shop| {
                shop.add_ban_note(&id("ada"), &BanNote::new(shop.stamp(), ""))
            }),
            (0, "a ban note without id", &|shop| {
                let id = String::new();
                let note = BanNote { id, ..BanNote::new(shop.stamp(), "x") };
                shop.add_ban_note(&crate::shop::id("ada"), &note)
            }),
            (0, "a ban note by a long name", &|shop| {
                let actor = some("x".repeat(256));
                shop.add_ban_note(&id("ada"), &BanNote { actor, ..BanNote::new(shop.stamp(), "x") })
            }),
        ],
        &expect![[r#"
            0 a name of 256 characters: first_name must have at most 255 characters
            0 a name of 255 characters: ok
            0 a name of two lines: last_name must not hold control characters
            0 a company with a tab: company.vat_id must not hold control characters
            24 a note of 64 KiB: note must have at most 16384 bytes
            0 a note with NUL: note must not hold a NUL character
            0 five digits: ssn_last4 must be four digits
            0 digits of another script: ssn_last4 must be four digits
            0 latitude 90.1: addresses[0].latitude must be a decimal from -90 to 90
            0 latitude 90.0: ok
            0 longitude -180.5: addresses[0].longitude must be a decimal from -180 to 180
            0 longitude 1e1: addresses[0].longitude must be a decimal from -180 to 180
            0 an address that is not there: primary_address_id must be one of the customer's addresses
            0 a ban note without text: text must not be empty
            0 a ban note without id: id must not be empty
            0 a ban note by a long name: actor must have at most 255 characters
        "#]],
    );
}
