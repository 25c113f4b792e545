//! Decimals as Portos writes them: JSON numbers with at least one decimal, `0.0`, `12.5`, `10.05`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Error, Serialize, Serializer};
use serde_json::Number;

use crate::money::{Currency, Money, Rate};

/// A decimal, digit by digit as it will be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal(String);

impl Decimal {
    /// An amount.
    pub(super) fn amount(amount: Money, currency: &Currency) -> Self {
        Self::shortest(&currency.display(amount).to_string())
    }

    /// A rate.
    pub(super) fn rate(rate: Rate) -> Self {
        Self::shortest(&rate.to_string())
    }

    /// The decimal that digits, with an optional minus and an optional fraction, stand for.
    pub(super) fn shortest(text: &str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let sign = &text[..text.len() - digits.len()];
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = or_zero(whole.trim_start_matches('0'));
        let fraction = or_zero(fraction.trim_end_matches('0'));
        Self(format!("{sign}{whole}.{fraction}"))
    }
}

fn or_zero(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Keeps its text, thanks to `arbitrary_precision`; no float is made of it.
        let number: Number = self.0.parse().map_err(S::Error::custom)?;
        number.serialize(serializer)
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_and_has_a_decimal() {
        let cases = [
            ("0", "0.0"),
            ("0.00", "0.0"),
            ("12.50", "12.5"),
            ("10.05", "10.05"),
            ("1250", "1250.0"),
            ("-0.05", "-0.05"),
            ("-10", "-10.0"),
            ("100", "100.0"),
            ("0.000001", "0.000001"),
            ("92233720368547758.07", "92233720368547758.07"),
            ("048.1485965", "48.1485965"),
            ("00", "0.0"),
        ];
        for (text, expected) in cases {
            let json = serde_json::to_string(&Decimal::shortest(text));
            assert_eq!(json.ok().as_deref(), Some(expected), "{text}");
        }
        assert!(serde_json::to_string(&Decimal::shortest("ten")).is_err());
    }
}
