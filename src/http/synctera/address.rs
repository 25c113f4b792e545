//! The address of a customer (synctera.md 5.3), and what it takes to be one.

use schemars::JsonSchema;
use serde::Serialize;

use super::country::is_country;
use super::text::line;
use crate::address;
use crate::http::json::Object;

/// One of the two addresses that are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "SyncteraAddress")]
pub(super) struct Address {
    /// Names the address as long as it is the legal one, or the one for shipping.
    #[schemars(extend("readOnly" = true))]
    id: String,
    /// Which of the two it is.
    #[schemars(extend("enum" = Use::WORDS, "readOnly" = true))]
    address_type: &'static str,
    /// Street and number.
    address_line_1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line_2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    /// A subdivision of ISO 3166-2 without the country: `NY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[A-Z0-9]{1,3}$"))]
    state: Option<String>,
    /// Of the United States `12345` or `12345-1234`, of Canada `A1A 1A1`, of other countries any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    /// A code of ISO 3166-1, two capital letters.
    #[schemars(extend("pattern" = "^[A-Z]{2}$"))]
    country_code: String,
    /// What the customer calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
}

/// What an address is to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Legal,
    Shipping,
}

impl Use {
    pub(super) const ALL: [Self; 2] = [Self::Legal, Self::Shipping];
    const WORDS: [&'static str; 2] = ["LEGAL", "SHIPPING"];

    const fn word(self) -> &'static str {
        match self {
            Self::Legal => Self::WORDS[0],
            Self::Shipping => Self::WORDS[1],
        }
    }
}

impl Address {
    /// The address as it is shown; `None` where Synctera cannot express it: what is shown could be
    /// sent back.
    pub(super) fn of(stored: &address::Address, used: Use) -> Option<Self> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let country_code = filled(&stored.country).filter(|code| is_country(code))?;
        let state = filled(&stored.state);
        let postal_code = filled(&stored.postal_code);
        let postal_code = match postal_code {
            Some(code) => Some(postal(&country_code, &code).ok()?),
            None => None,
        };
        Some(Self {
            id: stored.id.to_string(),
            address_type: used.word(),
            address_line_1: filled(&stored.line1)?,
            address_line_2: stored.line2.clone(),
            city: stored.city.clone(),
            state: match state {
                Some(state) => Some(subdivision(&state).ok()?),
                None => None,
            },
            postal_code,
            country_code,
            nickname: stored.name.clone(),
        })
    }
}

/// What the body makes of an address; latitude, longitude and note, for which there is no word here,
/// stay as they are. A rule that is broken is among the faults of `sent`.
pub(super) fn overlaid(sent: &Object<'_>, stored: address::Address) -> address::Address {
    for name in ["address_line_1", "country_code"] {
        if !sent.has(name) {
            sent.missing(name);
        }
    }
    let country = sent.parsed("country_code", |code| match is_country(code) {
        true => Ok(code.to_owned()),
        false => Err("must be a country code of ISO 3166-1, two capital letters"),
    });
    let line1 = sent.parsed("address_line_1", |text| match text {
        "" => Err("must not be empty".to_owned()),
        text => line(text),
    });
    let postal_code = sent.parsed("postal_code", |code| match &country {
        Some(country) => postal(country, code),
        None => line(code),
    });
    address::Address {
        name: sent.parsed("nickname", line),
        line1,
        line2: sent.parsed("address_line_2", line),
        city: sent.parsed("city", line),
        state: sent.parsed("state", subdivision),
        postal_code,
        country,
        ..stored
    }
}

/// The form of a subdivision of ISO 3166-2. Which there are changes too often to be listed here.
fn subdivision(text: &str) -> Result<String, &'static str> {
    let is_sign = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    match (1..=3).contains(&text.len()) && text.bytes().all(is_sign) {
        true => Ok(text.to_owned()),
        false => Err("must be a subdivision of ISO 3166-2 without the country, such as NY"),
    }
}

/// A postal code as it is kept; those of Canada are written alike.
fn postal(country: &str, text: &str) -> Result<String, String> {
    let shape: String = text
        .chars()
        .map(|c| match c {
            '0'..='9' => '9',
            'A'..='Z' | 'a'..='z' => 'A',
            other => other,
        })
        .collect();
    match (country, shape.as_str()) {
        ("US", "99999" | "99999-9999") => Ok(text.to_owned()),
        ("US", _) => Err("must be 12345 or 12345-1234".to_owned()),
        ("CA", "A9A 9A9" | "A9A9A9") => {
            let code = text.to_ascii_uppercase();
            Ok(format!("{} {}", &code[..3], &code[code.len() - 3..]))
        }
        ("CA", _) => Err("must be A1A 1A1".to_owned()),
        _ => line(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postal_code_has_the_form_of_its_country() {
        for (country, text, expected) in [
            ("US", "12207", Some("12207")),
            ("US", "12207-1234", Some("12207-1234")),
            ("US", "122071234", None),
            ("US", "1220", None),
            ("US", "", None),
            ("US", "１２２０７", None),
            ("CA", "k1a 0b1", Some("K1A 0B1")),
            ("CA", "K1A0B1", Some("K1A 0B1")),
            ("CA", "K1A-0B1", None),
            ("CA", "11A 0B1", None),
            ("CA", "K1A 0B1 ", None),
            ("SK", "040 01", Some("040 01")),
            ("SK", "", Some("")),
            ("SK", "\n", None),
        ] {
            assert_eq!(postal(country, text).ok().as_deref(), expected, "{country} {text}");
        }
    }
}
