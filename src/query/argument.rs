//! An argument of an operation: where it ends, its quotes, and the value its text stands for.

use std::borrow::Cow;

use crate::money::{Currency, Money, Rate};
use crate::query::{Kind, ParseErrorKind, Value};
use crate::time::{Date, TimeError, Timestamp};

/// A broken rule and the byte of the decoded parameter value where it is broken.
pub(super) struct Fault {
    pub(super) kind: ParseErrorKind,
    pub(super) at: usize,
}

/// A part of a decoded parameter value and the byte where it begins there.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// What an argument says once its quotes are gone: `null` means null, `"null"` is a text.
pub(super) struct Argument<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) is_null: bool,
}

impl<'a> Span<'a> {
    /// The broken rule at the beginning of this part.
    pub(super) fn fault(self, kind: ParseErrorKind) -> Fault {
        Fault { kind, at: self.at }
    }

    /// What follows the first `bytes` of this part.
    pub(super) fn after(self, bytes: usize) -> Self {
        Self { text: &self.text[bytes..], at: self.at + bytes }
    }

    /// The parts between the `separator`s that stand outside double quotes; at least one.
    pub(super) fn split(self, separator: char) -> Result<Vec<Self>, Fault> {
        let mut parts = Vec::new();
        let mut rest = self;
        let mut opened_at = None;
        let mut chars = self.text.char_indices();
        while let Some((at, c)) = chars.next() {
            match (c, opened_at) {
                ('"', None) => opened_at = Some(at),
                ('"', Some(_)) => opened_at = None,
                // Whatever a backslash protects is skipped with it.
                ('\\', Some(_)) => drop(chars.next()),
                (c, None) if c == separator => {
                    let end = self.at + at - rest.at;
                    parts.push(Span { text: &rest.text[..end], ..rest });
                    rest = rest.after(end + c.len_utf8());
                }
                _ => {}
            }
        }
        if let Some(at) = opened_at {
            return Err(self.after(at).fault(ParseErrorKind::UnclosedQuote));
        }
        parts.push(rest);
        Ok(parts)
    }

    /// Takes the quotes off. Inside them `\"` and `\\` are the escapes and any other backslash is
    /// itself; outside them a backslash is itself.
    pub(super) fn argument(self) -> Result<Argument<'a>, Fault> {
        let Some(quoted) = self.text.strip_prefix('"') else {
            return match self.text.find('"') {
                Some(at) => Err(self.after(at).fault(ParseErrorKind::PartlyQuoted)),
                None => Ok(Argument { text: self.text.into(), is_null: self.text == "null" }),
            };
        };
        let mut text = String::with_capacity(quoted.len());
        let mut chars = quoted.chars();
        loop {
            match chars.next() {
                Some('"') if chars.as_str().is_empty() => {
                    return Ok(Argument { text: text.into(), is_null: false });
                }
                Some('"') => {
                    let end = self.text.len() - chars.as_str().len();
                    return Err(self.after(end).fault(ParseErrorKind::PartlyQuoted));
                }
                Some('\\') if chars.as_str().starts_with(['"', '\\']) => text.extend(chars.next()),
                Some(c) => text.push(c),
                None => return Err(self.fault(ParseErrorKind::UnclosedQuote)),
            }
        }
    }
}

/// Reads the value that `text` stands for in a column of `kind`.
pub(super) fn read(kind: Kind, text: &str, currency: &Currency) -> Result<Value, ParseErrorKind> {
    let integer = match kind {
        Kind::Text => return Ok(text.into()),
        Kind::Date => {
            let date = Date::parse(text).map_err(ParseErrorKind::NotTime)?;
            return Ok(Value::Text(date.to_string()));
        }
        Kind::Choice(words) => {
            let word = words.iter().find(|(wire, _)| wire.eq_ignore_ascii_case(text));
            let (_, stored) = word.ok_or(ParseErrorKind::NotChoice(words))?;
            return Ok(Value::from(*stored));
        }
        Kind::Integer => whole(text).ok_or(ParseErrorKind::NotInteger)?,
        Kind::Money => {
            let amount = currency.parse(decimal(text)?).map_err(ParseErrorKind::NotAmount)?;
            amount.minor()
        }
        Kind::Rate => {
            let rate = Rate::parse(decimal(text)?).map_err(ParseErrorKind::NotAmount)?;
            rate.millionths()
        }
        Kind::Bool => i64::from(boolean(text).ok_or(ParseErrorKind::NotBool)?),
        Kind::Time => instant(text).map_err(ParseErrorKind::NotTime)?.ms(),
    };
    Ok(Value::Integer(integer))
}

/// Writes `value` so that an operation reads it back as the same one, in quotes where it needs them.
pub(super) fn print(kind: Kind, value: &Value, currency: &Currency) -> String {
    let text = word(kind, value, currency);
    match value {
        Value::Text(_) => quoted(text),
        Value::Integer(_) | Value::Null => text,
    }
}

/// Writes `value` so that [`read`] reads it back as the same one.
pub(super) fn word(kind: Kind, value: &Value, currency: &Currency) -> String {
    match (kind, value) {
        (_, Value::Null) => "null".to_owned(),
        (Kind::Choice(words), Value::Text(text)) => {
            let word = words.iter().find(|(_, stored)| stored == text);
            word.map_or(text.as_str(), |(wire, _)| wire).to_owned()
        }
        (_, Value::Text(text)) => text.clone(),
        (Kind::Money, Value::Integer(minor)) => {
            currency.display(Money::from_minor(*minor)).to_string()
        }
        (Kind::Rate, Value::Integer(millionths)) => Rate::from_millionths(*millionths).to_string(),
        (Kind::Bool, Value::Integer(bit)) => (*bit != 0).to_string(),
        (Kind::Time, Value::Integer(ms)) => Timestamp::from_ms(*ms).to_string(),
        (_, Value::Integer(integer)) => integer.to_string(),
    }
}

fn quoted(text: String) -> String {
    let is_plain = !text.is_empty() && text != "null" && !text.contains(['"', ';', ':', ',']);
    if is_plain {
        return text;
    }
    format!(r#""{}""#, text.replace('\\', r"\\").replace('"', r#"\""#))
}

/// `true` and `false` in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|known| known.to_string().eq_ignore_ascii_case(text))
}

/// Digits with an optional minus, and nothing else that Rust would read.
fn whole(text: &str) -> Option<i64> {
    is_digits(text.strip_prefix('-').unwrap_or(text)).then(|| text.parse().ok())?
}

/// The text itself when it is digits, with an optional minus and an optional fraction: no plus, no
/// exponent, no leading zero, no separator of thousands.
fn decimal(text: &str) -> Result<&str, ParseErrorKind> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
    let is_decimal = is_digits(whole) && is_digits(fraction) && !leads_with_zero;
    is_decimal.then_some(text).ok_or(ParseErrorKind::NotDecimal)
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A date-time, or a date alone: its midnight UTC.
fn instant(text: &str) -> Result<Timestamp, TimeError> {
    match Date::parse(text) {
        Err(TimeError::NotADate) => Timestamp::parse(text),
        date => date.map(Date::midnight),
    }
}
