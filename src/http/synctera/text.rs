//! Texts of a body, checked as the store checks them, so that all broken rules are told at once.

use serde_json::{Map, Value};

use super::country::is_phone;
use crate::error::Error;
use crate::rule::{check_line, check_meta, check_note};
use crate::time::Date;

/// The first day of birth that the contract knows.
const DOB_MIN: &str = "1900-01-01";

/// A text of one line.
pub(super) fn line(text: &str) -> Result<String, String> {
    check_line("", Some(text)).map(|()| text.to_owned()).map_err(rule)
}

/// A text of many lines that says something.
pub(super) fn note(text: &str) -> Result<String, String> {
    match text {
        "" => Err("must not be empty".to_owned()),
        text => check_note("", Some(text)).map(|()| text.to_owned()).map_err(rule),
    }
}

/// Free data.
pub(super) fn metadata(data: &Map<String, Value>) -> Result<(), String> {
    check_meta("", data).map_err(rule)
}

/// A phone number that Synctera can express.
pub(super) fn phone(text: &str) -> Result<String, &'static str> {
    match is_phone(text) {
        true => Ok(text.to_owned()),
        false => Err("must be a number of E.164 with a country code that is assigned"),
    }
}

/// A day of birth before `today`; or `known`, the one that is stored, whatever it is.
pub(super) fn dob(text: &str, known: Option<Date>, today: Date) -> Result<Date, String> {
    let date = Date::parse(text).map_err(|error| error.to_string())?;
    match Some(date) == known || (text >= DOB_MIN && date < today) {
        true => Ok(date),
        false => Err(format!("must be {DOB_MIN} or later, and before today")),
    }
}

/// The last four digits of a whole social security number, the rest of which is forgotten here;
/// `None` where the text is the four digits that are `known` already.
pub(super) fn ssn(text: &str, known: Option<&str>) -> Result<Option<String>, &'static str> {
    if known == Some(text) {
        return Ok(None);
    }
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    match shape.as_str() {
        "999-99-9999" => Ok(Some(text[7..].to_owned())),
        _ => Err("must have the form 123-45-6789, or be the four digits that are stored"),
    }
}

/// The rule alone: where it is broken the reader of the body knows better.
fn rule(error: Error) -> String {
    match error {
        Error::Invalid { rule, .. } => rule.to_string(),
        error => error.to_string(),
    }
}
