//! Decimals: exact text of integers that count tenths, hundredths, ... of one.

use super::{AmountError, NUMBER_BYTES_MAX};

/// Reads a JSON number as units of which 10^`decimals` make one, at most `max` either way.
///
/// Every digit that is not zero must find its place among the units. Work is bounded by the text,
/// whatever the exponent says.
pub(super) fn read(text: &str, decimals: u8, max: i64) -> Result<i64, AmountError> {
    if text.len() > NUMBER_BYTES_MAX {
        return Err(AmountError::TooLong);
    }
    let number = Number::split(text).ok_or(AmountError::NotANumber)?;
    let whole = number.integer.bytes().rev().zip(0_i64..); // places 0, 1, 2 ...
    let part = number.fraction.bytes().zip((i64::MIN..0).rev()); // places -1, -2, -3 ...
    let shift = i64::from(number.exponent) + i64::from(decimals);
    let mut units = 0_i64;
    for (digit, place) in whole.chain(part).filter(|&(digit, _)| digit != b'0') {
        let place = place + shift;
        if place < 0 {
            return Err(AmountError::TooManyDecimals { allowed: decimals });
        }
        units = u32::try_from(place)
            .ok()
            .and_then(|place| 10_i64.checked_pow(place))
            .and_then(|worth| worth.checked_mul(i64::from(digit - b'0')))
            .and_then(|worth| worth.checked_add(units))
            .filter(|units| *units <= max)
            .ok_or(AmountError::BeyondLimit)?;
    }
    Ok(if number.negative { -units } else { units })
}

/// The digits of `units` without the sign, the last `decimals` of them behind a dot.
pub(super) fn magnitude(units: i64, decimals: u8) -> String {
    let one = 10_u64.pow(decimals.into());
    let (whole, part) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    match decimals {
        0 => whole.to_string(),
        _ => format!("{whole}.{part:0width$}", width = decimals.into()),
    }
}

/// The parts of a JSON number.
struct Number<'a> {
    negative: bool,
    integer: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Number<'a> {
    fn split(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix('-');
        let rest = unsigned.unwrap_or(text);
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (rest, 0),
        };
        let (integer, fraction) = match mantissa.split_once('.') {
            Some((integer, fraction)) if is_digits(fraction) => (integer, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        let padded = integer.len() > 1 && integer.starts_with('0');
        (is_digits(integer) && !padded).then_some(Self {
            negative: unsigned.is_some(),
            integer,
            fraction,
            exponent,
        })
    }
}

/// Reads an optional sign and digits; what no `i32` holds is as good as its end.
fn read_exponent(text: &str) -> Option<i32> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = if negative { i32::MIN } else { i32::MAX };
    is_digits(digits).then(|| text.parse().unwrap_or(end))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use AmountError::{BeyondLimit, NotANumber, TooLong};
    use proptest::prelude::*;

    const MAX: i64 = 1_000_000_000_000;

    /// Reads each text with two decimals.
    fn check(cases: &[(&str, Result<i64, AmountError>)]) {
        for &(text, expected) in cases {
            assert_eq!(read(text, 2, MAX), expected, "{text:?}");
        }
    }

    /// The trailing numbers are the rows of the bad-input catalogue.
    #[test]
    fn a_number_is_read_exactly_or_not_at_all() {
        let inexact = Err(AmountError::TooManyDecimals { allowed: 2 });
        check(&[
            ("0.0", Ok(0)),  // 51
            ("-0.0", Ok(0)), // 52
            ("-0e-9", Ok(0)),
            ("0e999999999999", Ok(0)),
            ("0.001", inexact), // 53
            ("12.505", inexact),
            ("12.500", Ok(1250)), // a scale that .NET kept
            ("-12.5", Ok(-1250)),
            ("1e2", Ok(10_000)), // 54
            ("1.25E1", Ok(1250)),
            ("1250e-2", Ok(1250)),
            ("1250000e-0005", Ok(1250)),
            ("0.0000125E+6", Ok(1250)),
            ("1250e-4", inexact),
            ("1E400", Err(BeyondLimit)), // 55
            ("-1e99999999999999999999", Err(BeyondLimit)),
            ("1e-400", inexact), // 56
            ("1e-99999999999999999999", inexact),
            ("NaN", Err(NotANumber)), // 57
            ("-Infinity", Err(NotANumber)),
            ("null", Err(NotANumber)),
            ("1234567890123456789", Err(BeyondLimit)), // 59
            ("-9223372036854775808", Err(BeyondLimit)), // 60
            ("-92233720368547758.08", Err(BeyondLimit)),
            ("10000000000.00", Ok(MAX)),
            ("-10000000000", Ok(-MAX)),
            ("10000000000.01", Err(BeyondLimit)), // 61
            ("-10000000000.01", Err(BeyondLimit)),
            ("\"10.00\"", Err(NotANumber)), // 62
            ("10,00", Err(NotANumber)),     // 63
            ("+1", Err(NotANumber)),        // 64
            ("01.0", Err(NotANumber)),      // 65
            ("-01", Err(NotANumber)),
            ("", Err(NotANumber)),
            ("-", Err(NotANumber)),
            (" 1", Err(NotANumber)),
            ("1\n", Err(NotANumber)),
            (".5", Err(NotANumber)),
            ("5.", Err(NotANumber)),
            ("1.e2", Err(NotANumber)),
            ("1e", Err(NotANumber)),
            ("1e+-1", Err(NotANumber)),
            ("1e1.0", Err(NotANumber)),
            ("1.+5", Err(NotANumber)),
            ("\u{661}", Err(NotANumber)),
        ]);
    }

    #[test]
    fn a_number_has_a_longest_text() {
        let longest = format!("1.{}", "0".repeat(NUMBER_BYTES_MAX - 2));
        check(&[(&longest, Ok(100)), (&format!("{longest}0"), Err(TooLong))]);
    }

    proptest! {
        #[test]
        fn a_number_is_what_json_says(text in "-?[-+.eE0-9]{0,7}") {
            let json = serde_json::from_str::<serde_json::Number>(&text);
            prop_assert_eq!(read(&text, 2, MAX) != Err(NotANumber), json.is_ok());
        }

        #[test]
        fn an_exponent_only_moves_the_dot(units in -MAX..=MAX, places in 0..=20_usize) {
            let zeros = "0".repeat(places);
            prop_assert_eq!(read(&format!("{units}{zeros}e-{}", places + 2), 2, MAX), Ok(units));
        }
    }
}
