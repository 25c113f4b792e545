//! Registers: the fields of a record, each of which the later edit wins.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::clock::Hlc;
use crate::error::{Error, Result};

/// Fields of a record by name; a null sets a field back to its default.
pub(crate) type Fields = BTreeMap<String, Value>;

/// What turns `from` into `to`: the fields that differ, null where `to` has none.
pub(crate) fn difference(from: &Fields, to: &Fields) -> Fields {
    let gone = from.keys().filter(|name| !to.contains_key(*name));
    let gone = gone.map(|name| (name.clone(), Value::Null));
    let other = to.iter().filter(|(name, value)| from.get(*name) != Some(value));
    gone.chain(other.map(|(name, value)| (name.clone(), value.clone()))).collect()
}

/// When each register of a row was last written.
///
/// Most rows are written once, so one stamp serves every register that is set and not listed;
/// one that is neither set nor listed was never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamps {
    base: Hlc,
    listed: BTreeMap<String, Hlc>,
}

impl Stamps {
    /// Every register that is set was written at `base`.
    pub(crate) fn new(base: Hlc) -> Self {
        Self { base, listed: BTreeMap::new() }
    }

    /// Reads the columns `stamp` and `stamps`.
    pub(crate) fn read(base: Hlc, listed: &str) -> Result<Self> {
        let damaged = || Error::unreadable("the stamps of a row do not read");
        let texts: BTreeMap<String, String> =
            serde_json::from_str(listed).map_err(|_| damaged())?;
        let listed = texts
            .into_iter()
            .map(|(name, text)| Some((name, Hlc::parse(&text)?)))
            .collect::<Option<_>>()
            .ok_or_else(damaged)?;
        Ok(Self { base, listed })
    }

    /// Puts together what [`Stamps::base`] and [`Stamps::listed`] gave.
    pub(crate) fn from_parts(base: Hlc, listed: &Map<String, Value>) -> Result<Self> {
        let broken = || Error::invalid("stamps", "must be 48 hex digits each");
        let read =
            |(name, text): (&String, &Value)| Some((name.clone(), Hlc::parse(text.as_str()?)?));
        let listed = listed.iter().map(read).collect::<Option<_>>().ok_or_else(broken)?;
        Ok(Self { base, listed })
    }

    /// The registers that have a stamp of their own.
    pub(crate) fn listed(&self) -> Map<String, Value> {
        let text = |(name, stamp): (&String, &Hlc)| (name.clone(), stamp.to_string().into());
        self.listed.iter().map(text).collect()
    }

    /// The column `stamp`.
    pub(crate) fn base(&self) -> Hlc {
        self.base
    }

    /// When a register that is set was last written.
    pub(crate) fn of(&self, name: &str) -> Hlc {
        self.listed.get(name).copied().unwrap_or(self.base)
    }

    /// The column `stamps`.
    pub(crate) fn listed_text(&self) -> String {
        if self.listed.is_empty() {
            return "{}".to_owned();
        }
        Value::Object(self.listed()).to_string()
    }

    /// Whether a write at `stamp` wins register `name`, and if so takes note of it.
    ///
    /// `was_set` and `is_set` tell whether the register differs from its default before and after.
    pub(crate) fn win(&mut self, name: &str, was_set: bool, is_set: bool, stamp: Hlc) -> bool {
        let unlisted = if was_set { self.base } else { Hlc::ZERO };
        let last = self.listed.get(name).copied().unwrap_or(unlisted);
        if stamp <= last {
            return false;
        }
        if is_set && stamp == self.base {
            self.listed.remove(name);
        } else {
            self.listed.insert(name.to_owned(), stamp);
        }
        true
    }
}

/// The fields whose names are none of `known`.
pub(crate) fn unknown(fields: &Fields, known: &[&str]) -> Map<String, Value> {
    let unknown = fields.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    unknown.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Sets a key of an object; a null takes it away.
pub(crate) fn put_or_remove(object: &mut Map<String, Value>, key: &str, value: &Value) {
    match value {
        Value::Null => object.remove(key),
        value => object.insert(key.to_owned(), value.clone()),
    };
}

/// A field's text, or none for a null.
pub(crate) fn text(name: &str, value: &Value) -> Result<Option<String>> {
    choice(name, value, |text| Some(text.to_owned()))
}

/// A field's integer, or none for a null.
pub(crate) fn integer(name: &str, value: &Value) -> Result<Option<i64>> {
    match value {
        Value::Null => Ok(None),
        value => value.as_i64().map(Some).ok_or_else(|| Error::invalid(name, "must be an integer")),
    }
}

/// A field's truth, or none for a null.
pub(crate) fn boolean(name: &str, value: &Value) -> Result<Option<bool>> {
    match value {
        Value::Null => Ok(None),
        value => {
            value.as_bool().map(Some).ok_or_else(|| Error::invalid(name, "must be true or false"))
        }
    }
}

/// A field's text read by `parse`, or none for a null.
pub(crate) fn choice<T>(
    name: &str,
    value: &Value,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => match parse(text) {
            Some(value) => Ok(Some(value)),
            None => Err(Error::invalid(name, format!("cannot be {text:?}"))),
        },
        _ => Err(Error::invalid(name, "must be a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn hlc(time: u64) -> Hlc {
        Hlc::after(0, Timestamp::from_ms(time.cast_signed()), NodeId([1; 16]))
    }

    /// Applies writes to one row of two registers and returns what it holds.
    fn merged(base: u64, writes: &[(u64, &'static str, bool)]) -> Vec<(&'static str, u64)> {
        let mut stamps = Stamps::new(hlc(base));
        let mut set: BTreeMap<&str, u64> = BTreeMap::new();
        for (at, name, is_set) in writes {
            if stamps.win(name, set.contains_key(name), *is_set, hlc(*at)) {
                set.remove(name);
                if *is_set {
                    set.insert(name, *at);
                }
            }
            stamps = Stamps::read(stamps.base(), &stamps.listed_text()).expect("reads back");
        }
        set.into_iter().collect()
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            writes in proptest::collection::vec((1..9u64, prop_oneof![Just("a"), Just("b")]), 1..8)
                .prop_map(|w| w.into_iter().map(|(at, name)| (at, name, at % 3 != 0)).collect::<Vec<_>>()),
            base in 1..9u64,
            seed in any::<u64>(),
        ) {
            let mut other = writes.clone();
            other.sort_by_key(|(at, name, _)| (at.wrapping_mul(seed | 1), *name));
            prop_assert_eq!(merged(base, &writes), merged(base, &other));
        }
    }

    #[test]
    fn a_difference_turns_one_into_the_other() {
        let fields = |pairs: &[(&str, i64)]| -> Fields {
            pairs.iter().map(|(name, n)| ((*name).to_owned(), Value::from(*n))).collect()
        };
        let (from, to) = (fields(&[("a", 1), ("b", 2)]), fields(&[("b", 3), ("c", 4)]));
        let changes = serde_json::to_string(&difference(&from, &to)).expect("JSON");
        assert_eq!(changes, r#"{"a":null,"b":3,"c":4}"#);
        assert_eq!(difference(&to, &to), Fields::new());
    }
}
