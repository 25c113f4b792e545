//! Text: values that travel as texts of one form, which is the only one that is read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::id::NodeId;
use crate::sync::Cursor;
use crate::time::Timestamp;

/// A value with a text form.
pub(crate) trait Word: Sized {
    /// The form, as it follows "expected".
    const RULE: &'static str;
    /// The same as a regular expression.
    #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "openapi.json tells it"))]
    const PATTERN: &'static str;
    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

/// A value that travels as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T: Word> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

impl<'de, T: Word> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reading(PhantomData))
    }
}

struct Reading<T>(PhantomData<T>);

impl<T: Word> Visitor<'_> for Reading<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::RULE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
        // What was sent is not told: errors are logged, and it may be anything.
        let wrong = || E::invalid_value(Unexpected::Other("another text"), &self);
        T::read(text).map(Text).ok_or_else(wrong)
    }
}

#[cfg(feature = "http")]
impl<T: Word> schemars::JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::RULE.into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": T::PATTERN, "description": T::RULE})
    }
}

/// Below 2^63, because that is what columns hold.
impl Word for u64 {
    const RULE: &'static str = "a whole number below 2^63 as text";
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,18})$";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|b| b.is_ascii_digit());
        let is_shortest = text == "0" || !text.starts_with('0');
        let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
        number.filter(|_| is_plain && is_shortest)
    }
}

impl Word for NodeId {
    const RULE: &'static str = "32 lower-case hex digits";
    const PATTERN: &'static str = "^[0-9a-f]{32}$";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// The sum of a digest.
impl Word for u128 {
    const RULE: &'static str = NodeId::RULE;
    const PATTERN: &'static str = NodeId::PATTERN;

    fn write(&self) -> String {
        format!("{self:032x}")
    }

    fn read(text: &str) -> Option<Self> {
        NodeId::parse(text).map(|NodeId(bytes)| Self::from_be_bytes(bytes))
    }
}

/// A salt.
impl Word for [u8; 16] {
    const RULE: &'static str = NodeId::RULE;
    const PATTERN: &'static str = NodeId::PATTERN;

    fn write(&self) -> String {
        NodeId(*self).to_string()
    }

    fn read(text: &str) -> Option<Self> {
        NodeId::parse(text).map(|NodeId(bytes)| bytes)
    }
}

/// A hash.
impl Word for [u8; 32] {
    const RULE: &'static str = "64 lower-case hex digits";
    const PATTERN: &'static str = "^[0-9a-f]{64}$";

    fn write(&self) -> String {
        blake3::Hash::from_bytes(*self).to_string()
    }

    fn read(text: &str) -> Option<Self> {
        let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
        blake3::Hash::from_hex(text).ok().filter(|_| lower).map(|hash| *hash.as_bytes())
    }
}

impl Word for Timestamp {
    const RULE: &'static str = "a time such as 2024-01-02T03:04:05.678Z";
    const PATTERN: &'static str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Word for Cursor {
    const RULE: &'static str = "a cursor: node, incarnation and number with dots between them";
    const PATTERN: &'static str = "^[0-9a-f]{32}[.][0-9]+[.][0-9]+([.][0-9]+)?$";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        let cursor = Self::parse(text)?;
        let is_stored = |number: u64| i64::try_from(number).is_ok();
        let numbers = [Some(cursor.incarnation), Some(cursor.number), cursor.whole];
        let is_plain = numbers.into_iter().flatten().all(is_stored);
        (is_plain && cursor.to_string() == text).then_some(cursor)
    }
}
