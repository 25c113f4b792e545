//! JSON: a request body, read strictly, and a cursor over it that collects every broken rule.
//!
//! The reader is our own because the one of `serde_json`, asked to keep numbers as they are written,
//! takes an object with a certain key for a number, and keeps the last of two equal keys in silence.

mod object;
mod reader;

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

use super::failure::{Failure, Outcome};

pub(crate) use object::{Faults, Object, VIOLATIONS_MAX};

/// Objects and lists within a body nest at most this deep, the body itself being the first level.
pub(crate) const DEPTH_MAX: usize = 32;

/// So much of a key is told to its sender.
const KEY_CHARS_MAX: usize = 64;

/// How a dialect spells the name of a member when it tells where a rule is broken.
pub(crate) type Naming = fn(&str) -> String;

/// A value, every number digit by digit as it was written and every member in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a body: one JSON value in UTF-8, without a byte order mark, without anything behind it,
    /// without two equal keys in one object, at most [`DEPTH_MAX`] deep.
    pub(crate) fn read(body: &[u8], naming: Naming) -> Outcome<Self> {
        reader::read(body).map_err(|fault| fault.told(naming))
    }

    /// Reads a body that is a list like [`Json::read`] does, and hands its elements on one by one, so
    /// that they are not in memory all at once; `false` where the body is something else.
    pub(crate) fn read_list(body: &[u8], naming: Naming, each: impl FnMut(Self)) -> Outcome<bool> {
        reader::read_list(body, each).map_err(|fault| fault.told(naming))
    }

    /// The same value as it is stored in free data.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            // What the reader takes for a number is one by the same grammar.
            Self::Number(digits) => digits.parse().map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(values) => values.iter().map(Self::to_value).collect(),
            Self::Object(members) => Value::Object(to_map(members)),
        }
    }
}

/// The value as JSON without white space, every number and every member as it was read.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::to_string(text).map_err(|_| fmt::Error);
        let comma = |at: usize| if at == 0 { "" } else { "," };
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(digits) => f.write_str(digits),
            Self::Text(text) => f.write_str(&quoted(text)?),
            Self::List(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", comma(at))?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}{}:{value}", comma(at), quoted(key)?)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn to_map(members: &[(String, Json)]) -> Map<String, Value> {
    members.iter().map(|(key, value)| (key.clone(), value.to_value())).collect()
}

/// What the whole body is called where no member is to blame.
const BODY: &str = "body";

/// Why a body is not read, and where.
#[derive(Debug)]
struct Fault {
    trouble: Trouble,
    /// From the place outwards.
    path: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Member(String),
    Element(usize),
}

impl Fault {
    /// The fault in the words of a dialect.
    fn told(self, naming: Naming) -> Failure {
        let place = self.path.iter().rev().fold(String::new(), |place, step| match step {
            Step::Element(i) if place.is_empty() => format!("{}[{i}]", naming(BODY)),
            Step::Element(i) => format!("{place}[{i}]"),
            Step::Member(key) if place.is_empty() => naming(key),
            Step::Member(key) => format!("{place}.{}", naming(key)),
        });
        match place.is_empty() {
            true => Failure::of_body(naming(BODY), self.trouble),
            false => Failure::violation(place, self.trouble),
        }
    }

    fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, path: Vec::new() }
    }
}

/// Why a body is not read; displayed as what is to be said of its place. Bytes count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("is empty")]
    Empty,
    #[error("must not begin with a byte order mark")]
    ByteOrderMark,
    #[error("must be UTF-8, not UTF-16")]
    Utf16,
    #[error("must be UTF-8, which it is not at byte {0}")]
    NotUtf8(usize),
    #[error("is not JSON at byte {0}")]
    NotJson(usize),
    #[error("must end with its JSON value, which it does not at byte {0}")]
    Trailing(usize),
    #[error("has half of a surrogate pair at byte {0}")]
    HalfSurrogate(usize),
    #[error("must nest at most {DEPTH_MAX} deep")]
    TooDeep,
    #[error("is given twice")]
    Twice,
}

/// A key as it may be told: cut where it is too long.
pub(crate) fn told(key: &str) -> String {
    key.chars().take(KEY_CHARS_MAX).collect()
}
