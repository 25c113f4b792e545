//! Rows 51 to 84 of the bad-input catalogue: amounts, rates, dates and times (testing.md 3.4).

use expect_test::expect;

use super::bad_body::check;

#[test]
fn amounts_are_read_exactly() {
    let amounts = [
        "10.0",
        "-0.0",
        "0.001",
        "1e1",
        "1E400",
        "1e-400",
        "1234567890123456789",
        "-9223372036854775808",
        "10000000000.01",
        "\"10.00\"",
        "\"10,00\"",
        "true",
        "-5",
    ];
    let rows = [51, 52, 53, 54, 55, 56, 59, 60, 61, 62, 63, 58, 58];
    let numbers =
        rows.into_iter().zip(amounts).map(|(row, n)| (row, format!(r#"{{"_v":1,"credit":{n}}}"#)));
    check(
        "PUT /7",
        numbers,
        expect![[r#"
        51 200
        52 200
        53 400 3 Credit: Credit must have at most 2 decimals.
        54 200
        55 400 3 Credit: Credit must not be beyond the limit.
        56 400 3 Credit: Credit must have at most 2 decimals.
        59 400 3 Credit: Credit must not be beyond the limit.
        60 400 3 Credit: Credit must not be beyond the limit.
        61 400 3 Credit: Credit must not be beyond the limit.
        62 400 3 Credit: Credit must be a number or an object.
        63 400 3 Credit: Credit must be a number or an object.
        58 400 3 Credit: Credit must be a number or an object.
        58 400 3 Credit.Amount: Credit.Amount would take the balance below its limit.
    "#]],
    );
}

#[test]
fn a_balance_is_in_the_currency_of_the_file() {
    let labels = ["null", "\"\"", "\"eur\"", "\"CZK\"", "\"EUR\"", "7"];
    let labels = (66_u8..).zip(labels).map(|(row, l)| {
        (row, format!(r#"{{"_v":1,"credit":{{"amount":10.000,"currencyLabel":{l}}}}}"#))
    });
    check(
        "PUT /7",
        labels,
        expect![[r#"
        66 200
        67 400 3 Credit.CurrencyLabel: Credit.CurrencyLabel must be null or EUR.
        68 400 3 Credit.CurrencyLabel: Credit.CurrencyLabel must be null or EUR.
        69 400 3 Credit.CurrencyLabel: Credit.CurrencyLabel must be null or EUR.
        70 200
        71 400 3 Credit.CurrencyLabel: Credit.CurrencyLabel must be a text.
    "#]],
    );
    let credit = [
        (39, r#"{"credit":{"amount":11}}"#),
        (39, r#"{"credit":{"amount":10}}"#),
        (39, r#"{"credit":{"amount":null}}"#),
        (39, r#"{"credit":{}}"#),
        (39, r#"{"credit":null}"#),
    ];
    check(
        "PUT /7",
        credit,
        expect![[r#"
        39 400 3 _v: _v is needed because the credit differs from the balance. (1)
        39 200
        39 200
        39 200
        39 200
    "#]],
    );
}

#[test]
fn rates_and_times_are_read_exactly() {
    let members = [
        (71, "discountRate", "-1"),
        (72, "discountRate", "100.0001"),
        (72, "discountRate", "5.005"),
        (72, "discountRate", "100.01"),
        (71, "creditRate", "-0.01"),
        (73, "creditRate", "1e308"),
        (74, "creditRate", "0.1234567"),
        (75, "birthDate", "\"2023-02-30\""),
        (76, "birthDate", "\"2100-02-29\""),
        (77, "birthDate", "\"0000-01-01\""),
        (78, "birthDate", "\"10000-01-01\""),
        (79, "activationTime", "\"2024-01-02T03:04:05\""),
        (80, "activationTime", "\"2024-01-02T03:04:05+25:00\""),
        (81, "activationTime", "\"2024-01-02T03:04:60Z\""),
        (82, "activationTime", "\"2024-01-02T03:04:05.123456789Z\""),
        (82, "activationTime", "\"2024-01-02\""),
        (84, "birthDate", "\"2024-01-03\""),
        (84, "birthDate", "\"2024-01-02\""),
        (73, "discountRate", "1E-9999999999"),
        (73, "discountRate", &"1".repeat(65)),
    ];
    let bodies =
        members.iter().map(|(row, name, value)| (*row, format!(r#"{{"{name}":{value}}}"#)));
    let interval =
        r#"{"activationTime":"2024-01-02T00:00:00Z","expirationTime":"2024-01-01T00:00:00Z"}"#;
    let on_card =
        format!(r#"{{"cards":[{{"serialNumber":"1"}},{{"serialNumber":"2",{}]}}"#, &interval[1..]);
    let more = [(83, interval.to_owned()), (83, on_card)];
    check(
        "PUT /7",
        bodies.chain(more),
        expect![[r#"
        71 400 3 DiscountRate: DiscountRate must be 0 to 100 percent.
        72 400 3 DiscountRate: DiscountRate must be 0 to 100 percent.
        72 400 3 DiscountRate: DiscountRate must have at most 2 decimals.
        72 400 3 DiscountRate: DiscountRate must be 0 to 100 percent.
        71 400 3 CreditRate: CreditRate must be 0 to 100.
        73 400 3 CreditRate: CreditRate must not be beyond the limit.
        74 400 3 CreditRate: CreditRate must have at most 6 decimals.
        75 400 3 BirthDate: BirthDate is not in the calendar.
        76 400 3 BirthDate: BirthDate is not in the calendar.
        77 400 3 BirthDate: BirthDate is not in the calendar.
        78 400 3 BirthDate: BirthDate is not a date such as 2024-01-02.
        79 400 3 ActivationTime: ActivationTime needs a zone: Z or an offset such as +01:00.
        80 400 3 ActivationTime: ActivationTime is not in the calendar.
        81 400 3 ActivationTime: ActivationTime is not in the calendar.
        82 400 3 ActivationTime: ActivationTime has more than 7 fraction digits.
        82 400 3 ActivationTime: ActivationTime is not a date and time such as 2024-01-02T03:04:05Z.
        84 400 3 BirthDate: BirthDate must not be after today.
        84 200
        73 400 3 DiscountRate: DiscountRate must have at most 6 decimals.
        73 400 3 DiscountRate: DiscountRate must be at most 64 bytes long.
        83 400 3 ExpirationTime: ExpirationTime must not be before the activation.
        83 400 3 Cards[1].ExpirationTime: Cards[1].ExpirationTime must not be before the activation.
    "#]],
    );
}
