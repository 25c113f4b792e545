//! Money: integer minor units, the currency that reads and writes them, and rates of them.
//!
//! Decimal text becomes an integer digit by digit; nothing passes through a floating-point number
//! and nothing is rounded but the one result of a rate.

mod decimal;
mod rate;

use std::fmt;

pub use rate::{RATE_MILLIONTHS_MAX, Rate};

/// Amounts are at most this many minor units, either way, so that a sum of nine million still fits.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000;

/// A number is at most this many bytes of text: twice what any till's decimal type writes.
pub const NUMBER_BYTES_MAX: usize = 64;

/// A currency's label has at most this many characters.
pub const LABEL_CHARS_MAX: usize = 12;

/// A currency has at most this many decimals; no currency in use has more.
pub const EXPONENT_MAX: u8 = 4;

/// Why a text is no amount or rate, or why there is no such currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// The text is not exactly one JSON number.
    #[error("must be a JSON number")]
    NotANumber,
    /// More than [`NUMBER_BYTES_MAX`] bytes of text.
    #[error("must be at most {NUMBER_BYTES_MAX} bytes long")]
    TooLong,
    /// The number would have to be rounded.
    #[error("must have at most {allowed} decimals")]
    TooManyDecimals {
        /// How many decimals can be kept exactly.
        allowed: u8,
    },
    /// The number is larger than [`AMOUNT_MINOR_MAX`] or [`RATE_MILLIONTHS_MAX`] allows.
    #[error("must not be beyond the limit")]
    BeyondLimit,
    /// The label is not 1 to [`LABEL_CHARS_MAX`] upper-case ASCII letters and digits.
    #[error("must be 1 to {LABEL_CHARS_MAX} upper-case letters or digits")]
    Label,
    /// The exponent is above [`EXPONENT_MAX`].
    #[error("must be at most {EXPONENT_MAX}")]
    Exponent,
}

/// An amount in minor units of the store's one currency: cents where that is the euro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount of `minor` minor units.
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, or `None` if it overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` if it overflows.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The same amount the other way, or `None` if it overflows.
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// Whether the amount is below zero.
    pub fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    /// Whether the amount is at most [`AMOUNT_MINOR_MAX`], either way.
    pub fn within_limit(self) -> bool {
        (-AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX).contains(&self.0)
    }
}

/// What a store's amounts are counted in: a label such as `EUR`, and how many decimals it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency {
    label: Box<str>,
    exponent: u8,
}

impl Currency {
    /// Checks `label`, 1 to 12 upper-case ASCII letters and digits, and `exponent`, 0 to 4.
    ///
    /// # Errors
    ///
    /// - [`AmountError::Label`], [`AmountError::Exponent`]: the rule that is broken.
    pub fn new(label: &str, exponent: u8) -> Result<Self, AmountError> {
        let visible = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if !(1..=LABEL_CHARS_MAX).contains(&label.len()) || !label.bytes().all(visible) {
            return Err(AmountError::Label);
        }
        if exponent > EXPONENT_MAX {
            return Err(AmountError::Exponent);
        }
        let label = label.into();
        Ok(Self { label, exponent })
    }

    /// The euro, counted in cents.
    pub fn eur() -> Self {
        let label = "EUR".into();
        Self { label, exponent: 2 }
    }

    /// The text that names the currency.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many decimals an amount has.
    pub fn exponent(&self) -> u8 {
        self.exponent
    }

    /// Reads a JSON number that is an exact amount, in any form JSON allows: `12.5`, `12.500`, `1e2`.
    ///
    /// ```
    /// use tillbook::money::{Currency, Money};
    ///
    /// let eur = Currency::eur();
    /// assert_eq!(eur.parse("12.50")?, Money::from_minor(1250));
    /// assert!(eur.parse("12.505").is_err()); // never rounded in silence
    /// # Ok::<(), tillbook::money::AmountError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`AmountError::NotANumber`], [`AmountError::TooLong`]: the text is no JSON number of ours.
    /// - [`AmountError::TooManyDecimals`]: the amount would have to be rounded.
    /// - [`AmountError::BeyondLimit`]: more than [`AMOUNT_MINOR_MAX`].
    pub fn parse(&self, text: &str) -> Result<Money, AmountError> {
        decimal::read(text, self.exponent, AMOUNT_MINOR_MAX).map(Money)
    }

    /// The amount with all its decimals and without the label: `12.50`, and `1250` yen.
    pub fn display(&self, amount: Money) -> impl fmt::Display + use<> {
        Shown { amount, decimals: self.exponent }
    }
}

/// The euro.
impl Default for Currency {
    fn default() -> Self {
        Self::eur()
    }
}

struct Shown {
    amount: Money,
    decimals: u8,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Money(minor) = self.amount;
        f.pad_integral(minor >= 0, "", &decimal::magnitude(minor, self.decimals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_shows_every_decimal() {
        let cases: &[(u8, i64, &str)] = &[
            (2, 1250, "12.50"),
            (2, -5, "-0.05"),
            (2, 0, "0.00"),
            (0, 1250, "1250"),
            (0, -1, "-1"),
            (3, 1, "0.001"),
            (4, -123_456, "-12.3456"),
            (2, i64::MIN, "-92233720368547758.08"),
            (0, i64::MIN, "-9223372036854775808"),
            (4, i64::MAX, "922337203685477.5807"),
        ];
        for &(exponent, minor, expected) in cases {
            let shown = Currency::new("XTS", exponent)
                .map(|xts| xts.display(Money::from_minor(minor)).to_string());
            assert_eq!(shown.as_deref(), Ok(expected));
        }
        let column = Currency::eur().display(Money::from_minor(-5));
        assert_eq!(format!("{column:>8}|{column:<8}|"), "   -0.05|-0.05   |");
    }

    #[test]
    fn a_tenth_and_two_tenths_are_three_tenths() {
        let eur = Currency::eur();
        let sum = eur.parse("0.1").and_then(|a| eur.parse("0.2").map(|b| a.checked_add(b)));
        assert_eq!(sum, eur.parse("0.3").map(Some)); // 58
    }

    #[test]
    fn amounts_end_in_none_and_never_wrap() {
        let (least, most) = (Money::from_minor(i64::MIN), Money::from_minor(i64::MAX));
        let cent = Money::from_minor(1);
        assert_eq!(most.checked_add(cent), None);
        assert_eq!(least.checked_sub(cent), None);
        assert_eq!(least.checked_neg(), None);
        assert_eq!(cent.checked_neg(), Money::ZERO.checked_sub(cent));
        assert!(least.is_negative() && !Money::ZERO.is_negative());
        assert!(Money::from_minor(-AMOUNT_MINOR_MAX).within_limit() && !least.within_limit());
        assert!(!Money::from_minor(AMOUNT_MINOR_MAX + 1).within_limit());
    }

    #[test]
    fn a_currency_is_checked_once() {
        let cases: &[(&str, u8, Result<(), AmountError>)] = &[
            ("EUR", 2, Ok(())),
            ("JPY", 0, Ok(())),
            ("POINTS2026AB", 4, Ok(())),
            ("POINTS2026ABC", 2, Err(AmountError::Label)),
            ("", 2, Err(AmountError::Label)),    // 67
            ("eur", 2, Err(AmountError::Label)), // 68
            ("E R", 2, Err(AmountError::Label)),
            ("€", 2, Err(AmountError::Label)),
            ("EUR", 5, Err(AmountError::Exponent)),
        ];
        for &(label, exponent, expected) in cases {
            let made = Currency::new(label, exponent);
            assert_eq!(made.map(|_| ()), expected, "{label:?} {exponent}");
        }
        assert_eq!(Currency::new("EUR", 2), Ok(Currency::default()));
    }

    proptest! {
        #[test]
        fn an_amount_reads_what_it_shows(
            minor in prop_oneof![-999..=999_i64, -AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX],
            exponent in 0..=EXPONENT_MAX,
        ) {
            let (xts, amount) = (Currency::new("XTS", exponent)?, Money::from_minor(minor));
            prop_assert_eq!(xts.parse(&xts.display(amount).to_string()), Ok(amount));
        }
    }
}
