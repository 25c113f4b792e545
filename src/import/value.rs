//! The text of a cell as a value: decimals, dates and truths as spreadsheets write them.

use std::borrow::Cow;

use crate::customer::Gender;
use crate::fold::fold;
use crate::money::{AmountError, Currency, Money, Rate};
use crate::time::{Date, TimeError, Timestamp};

/// What spreadsheets take for the beginning of a formula; an export guards it by an apostrophe.
const FORMULA_STARTS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Why a cell holds no value, to be read after the column's name.
pub(super) type Reason = Cow<'static, str>;

/// A cell without white space at its ends and without the apostrophe that guards a formula.
pub(super) fn clean(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if looks_like_formula(rest) => rest,
        _ => text,
    }
}

/// A text as a cell that no spreadsheet takes for a formula; [`clean`] undoes it.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    match looks_like_formula(text) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// Also what does so behind apostrophes, so that each guard is told from the text behind it.
fn looks_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

/// Refuses what a spreadsheet has made of a long number: `8.58845E+12` lost its last digits.
pub(super) fn whole(text: &str) -> Result<&str, Reason> {
    let shortened = text.split_once("E+").is_some_and(|(mantissa, exponent)| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (one, rest) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
        one.len() == 1 && digits(one) && digits(rest) && digits(exponent)
    });
    match shortened {
        true => Err("was shortened by a spreadsheet; format the column as text".into()),
        false => Ok(text),
    }
}

/// A rate in percent: `10`, `12,5`, `12.5 %`.
pub(super) fn percent(text: &str) -> Result<Rate, Reason> {
    number(text.strip_suffix('%').unwrap_or(text))
        .and_then(|text| Rate::parse(&text).map_err(amount))
}

/// A rate as a fraction: `0.05`, `0,05`, and `5 %` is the same.
pub(super) fn fraction(text: &str) -> Result<Rate, Reason> {
    let Some(text) = text.strip_suffix('%') else {
        return Rate::parse(&number(text)?).map_err(amount);
    };
    let percent = Rate::parse(&number(text)?).map_err(amount)?.millionths();
    match percent % 100 {
        0 => Ok(Rate::from_millionths(percent / 100)),
        _ => Err("must have at most 4 decimals of a percent".into()),
    }
}

/// An amount of money: `12.50`, `12,50`, `1 250,00`.
///
/// `1.250` is one and a quarter to one program and more than a thousand to another, so it is
/// neither here, unless the currency has three decimals.
pub(super) fn money(text: &str, currency: &Currency) -> Result<Money, Reason> {
    let number = number(text)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((&number, ""));
    let whole = whole.trim_start_matches('-');
    if decimals.len() == 3
        && (1..=3).contains(&whole.len())
        && whole != "0"
        && currency.exponent() < 3
    {
        return Err("can be read as thousands; write 1250.00 or 1.25".into());
    }
    currency.parse(&number).map_err(amount)
}

/// A number as JSON has it: a comma becomes the point, spaces between thousands go.
fn number(text: &str) -> Result<String, Reason> {
    let mut number = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        number.push(if c == ',' { '.' } else { c });
    }
    // `1.250,50` and `1,250,000` have more than one, and then nobody knows which is which.
    match number.matches('.').count() {
        0 | 1 => Ok(number),
        _ => Err(amount(AmountError::NotANumber)),
    }
}

fn amount(error: AmountError) -> Reason {
    match error {
        AmountError::NotANumber => "must be a number such as 12.50 or 12,50".into(),
        other => other.to_string().into(),
    }
}

/// A day: `2024-01-31`, `31.1.2024` or `31/01/2024`, the day before the month.
pub(super) fn date(text: &str) -> Result<Date, Reason> {
    let date = match text.split(['.', '/']).map(str::trim).collect::<Vec<_>>()[..] {
        [_] => Date::parse(text),
        [day, month, year] if year.len() == 4 => day_first(day, month, year),
        _ => Err(TimeError::NotADate),
    };
    date.map_err(|error| match error {
        TimeError::NotInCalendar => error.to_string().into(),
        _ => "must be a date such as 2024-01-31, 31.1.2024 or 31/01/2024".into(),
    })
}

fn day_first(day: &str, month: &str, year: &str) -> Result<Date, TimeError> {
    let number = |text: &str| match text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse::<i16>().map_err(|_| TimeError::NotADate),
        false => Err(TimeError::NotADate),
    };
    Date::new(number(year)?, number(month)?, number(day)?)
}

/// Which instant of a day is meant where a file gives the day alone.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edge {
    /// Something begins on that day.
    First,
    /// Something holds to the end of that day.
    Last,
}

/// An instant with its zone, or a day in UTC.
pub(super) fn time(text: &str, edge: Edge) -> Result<Timestamp, Reason> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    if text.contains(':') {
        return Timestamp::parse(text).map_err(|error| error.to_string().into());
    }
    let midnight = date(text)?.midnight();
    Ok(match edge {
        Edge::First => midnight,
        Edge::Last => Timestamp::from_ms(midnight.ms() + DAY_MS - 1),
    })
}

/// One of our own words, whatever case.
pub(super) fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Reason> {
    parse(&text.to_ascii_lowercase()).ok_or_else(|| "must be a word that is known".into())
}

/// Yes or no, in the languages of the tills.
pub(super) fn truth(text: &str) -> Result<bool, Reason> {
    match fold(text).as_str() {
        "true" | "1" | "yes" | "ano" | "ja" => Ok(true),
        "false" | "0" | "no" | "nie" | "ne" | "nein" => Ok(false),
        _ => Err("must be true or false".into()),
    }
}

/// A gender, in the languages of the tills.
pub(super) fn gender(text: &str) -> Result<Gender, Reason> {
    match fold(text).as_str() {
        "male" | "m" | "muz" => Ok(Gender::Male),
        "female" | "f" | "zena" | "z" => Ok(Gender::Female),
        _ => Err("must be male or female".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows what each text is read as, or why it is not.
    fn check<T: ToString>(read: impl Fn(&str) -> Result<T, Reason>, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let shown =
                read(text).map_or_else(|reason| reason.to_string(), |value| value.to_string());
            assert_eq!(shown, *expected, "{text:?}");
        }
    }

    const NO_NUMBER: &str = "must be a number such as 12.50 or 12,50";

    #[test]
    fn rates_have_a_comma_or_a_point() {
        check(
            percent,
            &[
                ("10", "10"),
                ("12,5", "12.5"),
                ("12.5 %", "12.5"),
                ("0,00%", "0"),
                ("-1", "-1"), // how much is too much, the customer knows
                ("1.250,5", NO_NUMBER),
                ("ten", NO_NUMBER),
                ("", NO_NUMBER),
                ("%", NO_NUMBER),
            ],
        );
        check(
            fraction,
            &[
                ("0,05", "0.05"),
                ("5 %", "0.05"),
                ("2,5%", "0.025"),
                ("0.00001%", "must have at most 4 decimals of a percent"),
            ],
        );
    }

    #[test]
    fn amounts_are_read_one_way_only() {
        let eur = Currency::eur();
        let cents = |text: &str| money(text, &eur).map(Money::minor);
        let thousands = "can be read as thousands; write 1250.00 or 1.25";
        check(
            cents,
            &[
                ("12.50", "1250"),
                ("12,50", "1250"),
                ("1 250,00", "125000"),
                ("1\u{a0}250,5", "125050"),
                ("1250", "125000"),
                ("-3,10", "-310"),
                ("0.500", "50"),
                ("1.250", thousands),
                ("-12,500", thousands),
                ("1,250.00", NO_NUMBER),
                ("1,250,000", NO_NUMBER),
                ("12.505", thousands),
                ("1250.505", "must have at most 2 decimals"),
                ("12.50 €", NO_NUMBER),
                ("99999999999", "must not be beyond the limit"),
            ],
        );
        let dinar = Currency::new("KWD", 3).expect("a currency");
        check(|text| money(text, &dinar).map(Money::minor), &[("1.250", "1250")]);
    }

    #[test]
    fn dates_have_the_day_first_or_the_year() {
        let no_date = "must be a date such as 2024-01-31, 31.1.2024 or 31/01/2024";
        check(
            date,
            &[
                ("2024-01-31", "2024-01-31"),
                ("31.1.2024", "2024-01-31"),
                ("31. 01. 2024", "2024-01-31"),
                ("31/01/2024", "2024-01-31"),
                ("01/31/2024", "is not in the calendar"),
                ("30.2.2024", "is not in the calendar"),
                ("31.1.24", no_date),
                ("2024/01/31", no_date),
                ("31.1.", no_date),
                ("+1.+1.2024", no_date),
                ("", no_date),
            ],
        );
    }

    #[test]
    fn a_day_alone_lasts_to_its_end() {
        check(
            |text| time(text, Edge::First),
            &[
                ("31.12.2026", "2026-12-31T00:00:00.000Z"),
                ("2026-12-31T08:30:00+01:00", "2026-12-31T07:30:00.000Z"),
            ],
        );
        check(
            |text| time(text, Edge::Last),
            &[
                ("2026-12-31", "2026-12-31T23:59:59.999Z"),
                ("2026-12-31T08:30:00", "needs a zone: Z or an offset such as +01:00"),
                ("31.12.2026 08:30", "is not a date and time such as 2024-01-02T03:04:05Z"),
            ],
        );
    }

    #[test]
    fn truths_and_genders_speak_the_languages_of_the_tills() {
        check(
            truth,
            &[
                ("True", "true"),
                ("1", "true"),
                ("ÁNO", "true"),
                ("Ne", "false"),
                ("nie", "false"),
                ("0", "false"),
                ("maybe", "must be true or false"),
            ],
        );
        check(gender, &[("Žena", "female"), ("M", "male"), ("x", "must be male or female")]);
    }

    #[test]
    fn cells_are_cleaned_once() {
        let cases = [
            (" Ada ", "Ada"),
            ("'+421905", "+421905"),
            ("'=1+1", "=1+1"),
            ("''=1+1", "'=1+1"),
            ("'Abd", "'Abd"),
            ("'", "'"),
            ("0042", "0042"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_guarded_comes_back() {
        for text in ["Ada", "=1+1", "'=1+1", "''@x", "'Abd", "'", "+421905", "\tAda", "-", "'\t="] {
            assert_eq!(clean(&guarded(text)), text);
            assert!(!guarded(text).starts_with(FORMULA_STARTS), "{text:?}");
        }
    }

    #[test]
    fn a_shortened_number_is_found_out() {
        for shortened in ["8.58845E+12", "8,58845E+12", "8E+12"] {
            assert!(whole(shortened).is_err(), "{shortened}");
        }
        for fine in ["8588450000017", "0012", "E+12", "8.5", "AB1E+5", "12E+5"] {
            assert_eq!(whole(fine), Ok(fine));
        }
    }
}
