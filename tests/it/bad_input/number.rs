//! Amounts, currencies, rates and dates.

use std::iter;

use expect_test::expect;
use tillbook::{
    Currency, Customer, Date, Money, Options, Rate, Replacement, Result, Store, Timestamp,
};

use super::{Row, check, edit, refused};
use crate::shop::{id, options, said};

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
    check(
        &rows,
        &expect![[r#"
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
    "#]],
    );
}

#[test]
fn credit_lines() {
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
