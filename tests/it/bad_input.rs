//! Bad inputs: every row of the catalogue that reaches the library, with its exact error, and the
//! proof that nothing changed. Rows 37 and 39 to 47 stand in the tests of claims and versions too.

use std::iter;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tillbook::{
    Address, AddressId, BanNote, CardSerial, Company, Currency, Customer, CustomerId, Date, Money,
    Options, Rate, Replacement, Result, Store, Timestamp,
};

use crate::shop::{Shop, card, customer, id, operations, options, said};

/// What is tried: the number in the catalogue, if it has one, what it is, and the call.
type Row<'a> = (u8, &'a str, &'a dyn Fn(&Store) -> Result<()>);

/// Tries each row on a shop with a customer and prints the answer. A refusal changes nothing.
fn check(rows: &[Row<'_>], expected: &Expect) {
    let mut lines = String::new();
    for (number, name, call) in rows {
        let shop = Shop::in_memory(1);
        let ada = Customer { external_id: Some("A".into()), ..customer("ada") };
        shop.create(&Replacement { cards: Some(vec![card("1")]), ..ada.into() }).unwrap();
        let before = (operations(&shop), shop.profile(&id("ada")).unwrap());
        let answer = call(&shop);
        let after = (operations(&shop), shop.profile(&id("ada")).unwrap());
        assert!(answer.is_ok() || before == after, "{name}: something changed");
        let note = if answer.is_ok() && before == after { ", as it was" } else { "" };
        lines += &format!("{number} {name}: {}{note}\n", said(answer));
    }
    expected.assert_eq(&lines);
}

/// Makes a customer whose id is `text`.
fn create(text: &str) -> impl Fn(&Store) -> Result<()> {
    move |shop| {
        let id = CustomerId::new(text).map_err(|rule| refused("id", rule))?;
        shop.create_customer(&Customer::with_id(id, shop.now())).map(|_| ())
    }
}

/// A value that the types refuse never reaches the store; this is how a door would say so.
fn refused(parameter: &str, rule: impl ToString) -> tillbook::Error {
    tillbook::Error::Invalid { parameter: parameter.to_owned(), rule: rule.to_string() }
}

/// Changes ada, as she is, by `edit`.
fn edit(edit: impl Fn(&mut Customer)) -> impl Fn(&Store) -> Result<()> {
    move |shop| shop.edit_customer(&id("ada"), &edit).map(|_| ())
}

#[test]
fn ids() {
    let long = "x".repeat(65);
    check(
        &[
            (25, "empty", &create("")),
            (26, "spaces", &create("   ")),
            (26, "a space in front", &create(" a")),
            (26, "a space behind", &create("a ")),
            (26, "a space between", &create("a b")),
            (27, "65 characters", &create(&long)),
            (27, "64 characters", &create(&long[1..])),
            (28, "what a path gives meaning to", &create("a/?#%b")),
            (29, "a dot", &create(".")),
            (29, "two dots", &create("..")),
            (29, "three dots", &create("...")),
            (30, "NUL", &create("a\0")),
            (30, "a line break", &create("a\nb")),
            (31, "right to left", &create("a\u{202E}b")),
            (31, "zero width", &create("a\u{200B}b")),
            (31, "a byte order mark", &create("\u{FEFF}a")),
            (33, "another case", &create("Ada")),
            (33, "the same", &create("ada")),
            (0, "an ideographic space behind", &create("a\u{3000}")),
            (0, "what only SQL gives meaning to", &create("'; drop table customer; --")),
        ],
        &expect![[r#"
            25 empty: id must not be empty
            26 spaces: id must not begin or end with white space
            26 a space in front: id must not begin or end with white space
            26 a space behind: id must not begin or end with white space
            26 a space between: ok
            27 65 characters: id must have at most 64 characters
            27 64 characters: ok
            28 what a path gives meaning to: ok
            29 a dot: id must not be `.` or `..`
            29 two dots: id must not be `.` or `..`
            29 three dots: ok
            30 NUL: id must not hold control or invisible characters
            30 a line break: id must not hold control or invisible characters
            31 right to left: id must not hold control or invisible characters
            31 zero width: id must not hold control or invisible characters
            31 a byte order mark: id must not hold control or invisible characters
            33 another case: ok
            33 the same: customer ada exists already
            0 an ideographic space behind: id must not begin or end with white space
            0 what only SQL gives meaning to: ok
        "#]],
    );
}

/// 32: what looks the same is not the same.
#[test]
fn composed_and_decomposed_ids_are_two() {
    let shop = Shop::in_memory(1);
    for text in ["\u{e9}", "e\u{301}"] {
        let ada =
            Customer { first_name: Some(text.escape_unicode().to_string()), ..customer(text) };
        shop.create_customer(&ada).unwrap();
    }
    for text in ["\u{e9}", "e\u{301}"] {
        let name = shop.customer(&id(text)).unwrap().first_name;
        assert_eq!(name, Some(text.escape_unicode().to_string()));
    }
}

#[test]
fn claimed_values() {
    let external = |text: &'static str| {
        move |shop: &Store| {
            let bob = Customer { external_id: Some(text.into()), ..customer("bob") };
            shop.create_customer(&bob).map(|_| ())
        }
    };
    let cards = |serials: &'static [&'static str]| {
        move |shop: &Store| {
            let serial =
                |text: &&str| CardSerial::new(text).map_err(|rule| refused("serial_number", rule));
            let serials = serials.iter().map(serial).collect::<Result<Vec<_>>>()?;
            let cards = Some(serials.into_iter().map(tillbook::Card::new).collect());
            shop.replace(&Replacement { cards, ..shop.customer(&id("ada"))?.into() }).map(|_| ())
        }
    };
    check(
        &[
            (35, "external id empty", &external("")),
            (35, "external id spaces", &external(" ")),
            (36, "external id of another", &external("A")),
            (36, "external id of another case", &external("a")),
            (0, "external id ..", &external("..")),
            (37, "a serial twice", &cards(&["1", "2", "2"])),
            (38, "a serial with zeros", &cards(&["1", "001"])),
            (38, "a serial with a space in front", &cards(&[" 1"])),
            (38, "a serial empty", &cards(&[""])),
        ],
        &expect![[r#"
            35 external id empty: ok
            35 external id spaces: external_id must not begin or end with white space
            36 external id of another: external_id is used by another customer already
            36 external id of another case: ok
            0 external id ..: external_id must not be `.` or `..`
            37 a serial twice: cards[2].serial_number is given twice
            38 a serial with zeros: ok
            38 a serial with a space in front: serial_number must not begin or end with white space
            38 a serial empty: serial_number must not be empty
        "#]],
    );
}

/// 39 to 47 that are not in the tests of versions, and versions where the file demands them.
#[test]
fn versions_where_they_are_demanded() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let path = shop.path();
    let folder = shop.closed();
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("update node set require_version = 1", []).unwrap();
    drop(conn);
    let store = Store::open_with(&path, options(2).0).unwrap();
    let ada = id("ada");
    let sent = |version| said(store.update_customer(&Customer { version, ..customer("ada") }));
    let answers = [
        sent(None),
        sent(Some(0)),
        sent(Some(1)),
        said(store.delete_customer(&ada, None)),
        said(store.edit_customer(&ada, |ada| ada.note = Some("n".into()))),
        said(store.set_card(&ada, &card("1"))),
        said(store.delete_customer(&ada, Some(3))),
        said(store.create_customer(&customer("bob"))),
    ];
    expect![[r#"
        version is needed: this file demands it of every write
        version 0 was sent, version 1 is stored
        ok
        version is needed: this file demands it of every write
        ok
        ok
        ok
        ok
    "#]]
    .assert_eq(&(answers.join("\n") + "\n"));
    drop(folder);
}

/// Sets ada's credit to an amount read from JSON text, as a door would.
fn credit(text: &str) -> impl Fn(&Store) -> Result<()> {
    move |shop| {
        let amount = shop.currency().parse(text).map_err(|rule| refused("credit", rule))?;
        let ada = shop.profile(&id("ada"))?;
        shop.replace(&Replacement { credit: Some(amount), ..ada.into() }).map(|_| ())
    }
}

#[test]
fn amounts() {
    let texts = [
        (51, "0.0"),
        (52, "-0.0"),
        (53, "0.001"),
        (54, "1e2"),
        (55, "1E400"),
        (56, "1e-400"),
        (57, "NaN"),
        (57, "Infinity"),
        (58, "0.30000000000000004"),
        (58, "0.3"),
        (59, "1234567890123456789"),
        (60, "-9223372036854775808"),
        (61, "10000000000.01"),
        (61, "10000000000"),
        (62, "\"10.00\""),
        (63, "10,00"),
        (64, "+1"),
        (65, "01.0"),
        (0, "-0.01"),
        (0, ""),
        (0, " 1"),
        (0, "1.0.0"),
        (0, "0x10"),
        (0, "١"),
    ];
    let calls: Vec<_> = texts.iter().map(|(_, text)| credit(text)).collect();
    let rows: Vec<Row<'_>> =
        iter::zip(&texts, &calls).map(|((n, text), call)| (*n, *text, call as _)).collect();
    check(&rows, &expect![[r#"
        51 0.0: ok, as it was
        52 -0.0: ok, as it was
        53 0.001: credit must have at most 2 decimals
        54 1e2: ok
        55 1E400: credit must not be beyond the limit
        56 1e-400: credit must have at most 2 decimals
        57 NaN: credit must be a JSON number
        57 Infinity: credit must be a JSON number
        58 0.30000000000000004: credit must have at most 2 decimals
        58 0.3: ok
        59 1234567890123456789: credit must not be beyond the limit
        60 -9223372036854775808: credit must not be beyond the limit
        61 10000000000.01: credit must not be beyond the limit
        61 10000000000: ok
        62 "10.00": credit must be a JSON number
        63 10,00: credit must be a JSON number
        64 +1: credit must be a JSON number
        65 01.0: credit must be a JSON number
        0 -0.01: balance is 0.00, 0.01 was requested
        0 : credit must be a JSON number
        0  1: credit must be a JSON number
        0 1.0.0: credit must be a JSON number
        0 0x10: credit must be a JSON number
        0 ١: credit must be a JSON number
    "#]]);
    check(
        &[
            (0, "a credit line below zero", &edit(|ada| ada.credit_line = Money::from_minor(-1))),
            (
                0,
                "a credit line beyond the limit",
                &edit(|ada| {
                    ada.credit_line = Money::from_minor(tillbook::money::AMOUNT_MINOR_MAX + 1);
                }),
            ),
        ],
        &expect![[r#"
            0 a credit line below zero: credit_line must be 0 to the greatest amount
            0 a credit line beyond the limit: credit_line must be 0 to the greatest amount
        "#]],
    );
}

/// 66 to 70: labels, as far as the library sees them; a second currency is another file's.
#[test]
fn currencies() {
    let mut lines = String::new();
    for (number, label, exponent) in [
        (67, "", 2),
        (68, "eur", 2),
        (69, "XXX", 2),
        (70, "CZK", 2),
        (0, "EUR", 5),
        (0, "EURO€", 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        drop(Store::open_with(&path, options(1).0).unwrap());
        let answer = match Currency::new(label, exponent) {
            Err(rule) => rule.to_string(),
            Ok(currency) => {
                let currency = Some(currency);
                said(Store::open_with(&path, Options { currency, ..options(1).0 }))
            }
        };
        lines += &format!("{number} {label:?} {exponent}: {answer}\n");
    }
    expect![[r#"
        67 "" 2: must be 1 to 12 upper-case letters or digits
        68 "eur" 2: must be 1 to 12 upper-case letters or digits
        69 "XXX" 2: the file counts in EUR with 2 decimals, not in XXX with 2 decimals
        70 "CZK" 2: the file counts in EUR with 2 decimals, not in CZK with 2 decimals
        0 "EUR" 5: must be at most 4
        0 "EURO€" 2: must be 1 to 12 upper-case letters or digits
    "#]]
    .assert_eq(&lines);
}

/// Sets a rate of ada's to one read from JSON text, as a door would.
fn rate(text: &str, set: fn(&mut Customer, Rate)) -> impl Fn(&Store) -> Result<()> {
    move |shop| {
        let rate = Rate::parse(text).map_err(|rule| refused("rate", rule))?;
        edit(|ada| set(ada, rate))(shop)
    }
}

#[test]
fn rates() {
    let discount = |text| rate(text, |ada, rate| ada.discount_rate = rate);
    let earning = |text| rate(text, |ada, rate| ada.credit_rate = rate);
    check(
        &[
            (71, "discount -1", &discount("-1")),
            (72, "discount 100.0001", &discount("100.0001")),
            (72, "discount 100.01", &discount("100.01")),
            (72, "discount 100", &discount("100.00")),
            (73, "discount 1e308", &discount("1e308")),
            (74, "discount 0.0000001", &discount("0.0000001")),
            (74, "discount 12.345", &discount("12.345")),
            (71, "credit rate -1", &earning("-1")),
            (72, "credit rate 100.000001", &earning("100.000001")),
            (72, "credit rate 100", &earning("100")),
            (73, "credit rate 1e308", &earning("1e308")),
            (74, "credit rate 0.0000001", &earning("0.0000001")),
            (74, "credit rate 0.000001", &earning("0.000001")),
        ],
        &expect![[r#"
            71 discount -1: discount_rate must be 0 to 100 percent
            72 discount 100.0001: discount_rate must be 0 to 100 percent
            72 discount 100.01: discount_rate must be 0 to 100 percent
            72 discount 100: ok
            73 discount 1e308: rate must not be beyond the limit
            74 discount 0.0000001: rate must have at most 6 decimals
            74 discount 12.345: discount_rate must have at most 2 decimals
            71 credit rate -1: credit_rate must be 0 to 100
            72 credit rate 100.000001: credit_rate must be 0 to 100
            72 credit rate 100: ok
            73 credit rate 1e308: rate must not be beyond the limit
            74 credit rate 0.0000001: rate must have at most 6 decimals
            74 credit rate 0.000001: ok
        "#]],
    );
}

fn at(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

#[test]
fn dates() {
    let born = |text: &'static str| {
        move |shop: &Store| {
            let date = Date::parse(text).map_err(|rule| refused("birth_date", rule))?;
            edit(|ada| ada.birth_date = Some(date))(shop)
        }
    };
    let valid_from = |text: &'static str| {
        move |shop: &Store| {
            let at = Timestamp::parse(text).map_err(|rule| refused("activation_at", rule))?;
            edit(|ada| ada.activation_at = Some(at))(shop)
        }
    };
    check(
        &[
            (75, "30 February", &born("2024-02-30")),
            (76, "29 February 2100", &born("2100-02-29")),
            (77, "year 0", &born("0000-01-01")),
            (77, "year 1", &born("0001-01-01")),
            (78, "year 10000", &born("10000-01-01")),
            (78, "a time in year 10000", &valid_from("10000-01-01T00:00:00Z")),
            (79, "no zone", &valid_from("2026-01-01T00:00:00")),
            (80, "zone +25:00", &valid_from("2026-01-01T00:00:00+25:00")),
            (81, "second 60", &valid_from("2016-12-31T23:59:60Z")),
            (82, "nanoseconds", &valid_from("2026-01-01T00:00:00.123456789Z")),
            (82, "ten millionths", &valid_from("2026-01-01T00:00:00.1234567Z")),
            (
                83,
                "expiration before activation",
                &edit(|ada| {
                    (ada.activation_at, ada.expiration_at) =
                        (at("2026-01-02T00:00:00Z"), at("2026-01-01T23:59:59.999Z"));
                }),
            ),
            (
                83,
                "expiration at activation",
                &edit(|ada| {
                    (ada.activation_at, ada.expiration_at) =
                        (at("2026-01-02T00:00:00Z"), at("2026-01-02T00:00:00Z"));
                }),
            ),
            (84, "born tomorrow", &born("2026-01-02")),
            (84, "born today", &born("2026-01-01")),
        ],
        &expect![[r#"
            75 30 February: birth_date is not in the calendar
            76 29 February 2100: birth_date is not in the calendar
            77 year 0: birth_date is not in the calendar
            77 year 1: ok
            78 year 10000: birth_date is not a date such as 2024-01-02
            78 a time in year 10000: activation_at is not a date and time such as 2024-01-02T03:04:05Z
            79 no zone: activation_at needs a zone: Z or an offset such as +01:00
            80 zone +25:00: activation_at is not in the calendar
            81 second 60: activation_at is not in the calendar
            82 nanoseconds: activation_at has more than 7 fraction digits
            82 ten millionths: ok
            83 expiration before activation: expiration_at must not be before the activation
            83 expiration at activation: ok
            84 born tomorrow: birth_date must not be after today
            84 born today: ok
        "#]],
    );
}

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
