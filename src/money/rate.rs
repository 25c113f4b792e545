//! Rates: what share of an amount is earned or taken off.

use std::fmt;

use super::{AmountError, Money, decimal};

/// Rates are at most this many millionths, either way.
pub const RATE_MILLIONTHS_MAX: i64 = 1_000_000_000_000_000;

/// A rate has at most this many decimals.
const RATE_DECIMALS: u8 = 6;

/// A rate in millionths; whoever keeps it knows whether it is a fraction or in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(i64);

impl Rate {
    /// No rate.
    pub const ZERO: Self = Self(0);

    /// The rate of `millionths` millionths.
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The rate in millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// Reads a JSON number with at most six decimals.
    ///
    /// # Errors
    ///
    /// - [`AmountError::NotANumber`], [`AmountError::TooLong`]: the text is no JSON number of ours.
    /// - [`AmountError::TooManyDecimals`]: the rate would have to be rounded.
    /// - [`AmountError::BeyondLimit`]: more than [`RATE_MILLIONTHS_MAX`].
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        decimal::read(text, RATE_DECIMALS, RATE_MILLIONTHS_MAX).map(Self)
    }

    /// The rate of `amount`, the rate being a fraction: 0.05 of 1.00 is 0.05.
    ///
    /// Rounded once, half away from zero; `None` if it overflows.
    ///
    /// ```
    /// use tillbook::money::{Money, Rate};
    ///
    /// let five_percent = Rate::from_millionths(50_000);
    /// assert_eq!(five_percent.of(Money::from_minor(450)), Some(Money::from_minor(23))); // 22.5
    /// ```
    pub fn of(self, amount: Money) -> Option<Money> {
        self.share(amount, 1_000_000)
    }

    /// The rate of `amount`, the rate being in percent: 10 of 2.50 is 0.25.
    ///
    /// Rounded once, half away from zero; `None` if it overflows.
    pub fn percent_of(self, amount: Money) -> Option<Money> {
        self.share(amount, 100_000_000)
    }

    fn share(self, amount: Money, whole: i128) -> Option<Money> {
        let product = i128::from(self.0) * i128::from(amount.0);
        // Division drops what is left over; half a `whole` more, away from zero, makes it round.
        let rounded = (product + product.signum() * (whole / 2)) / whole;
        i64::try_from(rounded).ok().map(Money)
    }
}

/// Writes the shortest exact decimal: `0.05`, `12.5`, `10`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = decimal::magnitude(self.0, RATE_DECIMALS);
        let shortest = digits.trim_end_matches('0').trim_end_matches('.');
        f.pad_integral(self.0 >= 0, "", shortest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rate_is_read_and_shown_as_its_shortest_decimal() {
        let inexact = Err(AmountError::TooManyDecimals { allowed: 6 });
        let cases: &[(&str, Result<&str, AmountError>)] = &[
            ("0.05", Ok("0.05")),
            ("10", Ok("10")),
            ("1.0E2", Ok("100")),
            ("12.500000000", Ok("12.5")),
            ("-1", Ok("-1")), // 71
            ("-0.0", Ok("0")),
            ("-0.000001", Ok("-0.000001")),
            ("100.0001", Ok("100.0001")), // 72: how much is too much, the customer knows
            ("1e308", Err(AmountError::BeyondLimit)), // 73
            ("0.1234567", inexact),       // 74
            ("1e9", Ok("1000000000")),
            ("1000000000.000001", Err(AmountError::BeyondLimit)),
        ];
        for &(text, expected) in cases {
            let shown = Rate::parse(text).map(|rate| rate.to_string());
            assert_eq!(shown.as_deref(), expected.as_ref().copied(), "{text:?}");
        }
        let lowest = Rate::from_millionths(i64::MIN).to_string();
        assert_eq!(lowest, "-9223372036854.775808");
    }

    #[test]
    fn a_share_is_rounded_once_half_away_from_zero() {
        let cases: &[(i64, i64, Option<i64>, Option<i64>)] = &[
            // rate, amount, as a fraction, in percent
            (50_000, 100, Some(5), Some(0)),
            (50_000, 450, Some(23), Some(0)),
            (50_000, -450, Some(-23), Some(0)),
            (-50_000, 450, Some(-23), Some(0)),
            (50_000, 449, Some(22), Some(0)),
            (10_000_000, 250, Some(2500), Some(25)),
            (10_000_000, 5, Some(50), Some(1)),
            (10_000_000, -5, Some(-50), Some(-1)),
            (10_000_000, 4, Some(40), Some(0)),
            (1_000_000, i64::MIN, Some(i64::MIN), Some(-92_233_720_368_547_758)),
            (-1_000_000, i64::MIN, None, Some(92_233_720_368_547_758)),
            (i64::MIN, i64::MIN, None, None),
            (0, i64::MAX, Some(0), Some(0)),
        ];
        for &(rate, amount, fraction, percent) in cases {
            let (rate, amount) = (Rate::from_millionths(rate), Money::from_minor(amount));
            let shares = [rate.of(amount), rate.percent_of(amount)];
            let expected = [fraction, percent].map(|share| share.map(Money::from_minor));
            assert_eq!(shares, expected, "{rate} {amount:?}");
        }
    }

    /// Integers of every length, both signs: a plain range would hardly ever be short.
    fn integer() -> impl Strategy<Value = i64> {
        (any::<i64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift)
    }

    fn divide_half_away(product: i128, whole: i128) -> Option<i64> {
        let (quotient, rest) = (product.abs() / whole, product.abs() % whole);
        let rounded = quotient + i128::from(2 * rest >= whole);
        i64::try_from(product.signum() * rounded).ok()
    }

    proptest! {
        #[test]
        fn a_rate_reads_what_it_shows(
            rate in integer().prop_map(|n| Rate(n % (RATE_MILLIONTHS_MAX + 1))),
        ) {
            prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        }

        #[test]
        fn a_share_is_the_rounded_quotient(rate in integer(), amount in integer()) {
            let product = i128::from(rate) * i128::from(amount);
            let (rate, amount) = (Rate(rate), Money(amount));
            let fraction = divide_half_away(product, 1_000_000).map(Money);
            let percent = divide_half_away(product, 100_000_000).map(Money);
            prop_assert_eq!(rate.of(amount), fraction);
            prop_assert_eq!(rate.percent_of(amount), percent);
        }
    }
}
