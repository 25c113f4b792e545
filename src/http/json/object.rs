//! The cursor: members by name, whatever their case, and every rule that they break.

use std::cell::RefCell;
use std::fmt::Display;

use serde_json::{Map, Value};

use super::{BODY, Json, Naming, to_map};
use crate::http::failure::{Constraint, Failure, Outcome, Violation};

/// So many broken rules of one body are told; the rest wait for the next try. Where there are as many,
/// there may be more.
pub(crate) const VIOLATIONS_MAX: usize = 50;

/// The rules that a body has broken so far.
#[derive(Debug)]
pub(crate) struct Faults {
    naming: Naming,
    /// Whether names and words count with their case.
    keeps_case: bool,
    /// Whether null is no value at all.
    refuses_null: bool,
    violations: RefCell<Vec<Violation>>,
}

impl Faults {
    /// Of a dialect that passes over the case of names and words, and takes null for none.
    pub(crate) fn new(naming: Naming) -> Self {
        let violations = RefCell::default();
        Self { naming, keeps_case: false, refuses_null: false, violations }
    }

    /// Of a dialect to which another case is another name, and null a broken rule.
    pub(crate) fn exact(naming: Naming) -> Self {
        Self { refuses_null: true, ..Self::in_case(naming) }
    }

    /// Of a dialect to which another case is another name, and null is none.
    pub(crate) fn in_case(naming: Naming) -> Self {
        Self { keeps_case: true, ..Self::new(naming) }
    }

    fn is_same(&self, one: &str, other: &str) -> bool {
        one == other || (!self.keeps_case && one.eq_ignore_ascii_case(other))
    }

    /// `value`, unless a rule was broken.
    pub(crate) fn unless_broken<T>(self, value: T) -> Outcome<T> {
        match self.violations.into_inner() {
            none if none.is_empty() => Ok(value),
            some => Err(Failure::Violations(some)),
        }
    }

    /// Adds a broken rule, once.
    pub(crate) fn add(&self, violation: Violation) {
        let mut violations = self.violations.borrow_mut();
        if violations.len() < VIOLATIONS_MAX && !violations.contains(&violation) {
            violations.push(violation);
        }
    }
}

/// An object and its place. A member that is null is the same as none, unless the faults are
/// [`Faults::exact`].
///
/// Each way to read a member gives `None` when there is none, and also when it breaks a rule, which
/// then stands among the faults.
#[derive(Debug, Clone)]
pub(crate) struct Object<'j> {
    members: &'j [(String, Json)],
    faults: &'j Faults,
    /// Empty for the body itself.
    place: String,
}

impl<'j> Object<'j> {
    /// The object that the body must be.
    pub(crate) fn body(body: &'j Json, faults: &'j Faults) -> Option<Self> {
        let place = String::new();
        if let Json::Object(members) = body {
            return Some(Self { members, faults, place });
        }
        faults.add(Violation::of_body((faults.naming)(BODY), OBJECT));
        None
    }

    /// The place of the member `name`.
    pub(crate) fn place(&self, name: &str) -> String {
        let name = (self.faults.naming)(name);
        if self.place.is_empty() { name } else { format!("{}.{name}", self.place) }
    }

    /// Says that the member `name` breaks `rule`.
    pub(crate) fn wrong(&self, name: &str, rule: impl Display) {
        self.faults.add(Violation::new(self.place(name), rule));
    }

    /// Says that the member `name` must be there.
    pub(crate) fn missing(&self, name: &str) {
        self.faults.add(Violation::missing(self.place(name)));
    }

    /// Says that another has the value of the member `name` already.
    pub(crate) fn taken(&self, name: &str, rule: impl Display) {
        let violation = Violation::new(self.place(name), rule);
        self.faults.add(Violation { constraint: Some(Constraint::Unique), ..violation });
    }

    /// Says that the member `name` is never changed.
    pub(crate) fn immutable(&self, name: &str) {
        let violation = Violation::new(self.place(name), "cannot be changed");
        self.faults.add(Violation { constraint: Some(Constraint::Immutable), ..violation });
    }

    /// Whether there is a member `name`, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(key, _)| self.faults.is_same(key, name))
    }

    /// Whether nothing is given as `name`, or null.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        let mut named = self.members.iter().filter(|(key, _)| self.faults.is_same(key, name));
        named.all(|(_, value)| *value == Json::Null)
    }

    /// The member `name` as it is, unless it is null.
    pub(crate) fn member(&self, name: &str) -> Option<&'j Json> {
        let mut known = self.members.iter().filter(|(key, _)| self.faults.is_same(key, name));
        let (_, value) = known.next()?;
        if known.next().is_some() {
            self.wrong(name, super::Trouble::Twice);
            return None;
        }
        if *value == Json::Null && self.faults.refuses_null {
            self.wrong(name, "must not be null");
        }
        Some(value).filter(|value| **value != Json::Null)
    }

    fn read<T>(&self, name: &str, rule: &str, read: impl Fn(&'j Json) -> Option<T>) -> Option<T> {
        let value = read(self.member(name)?);
        if value.is_none() {
            self.wrong(name, rule);
        }
        value
    }

    fn valid<T, E: Display>(&self, name: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|rule| self.wrong(name, rule)).ok()
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.str(name).map(str::to_owned)
    }

    fn str(&self, name: &str) -> Option<&'j str> {
        self.read(name, "must be a text", |value| match value {
            Json::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// What `parse` makes of a text: an id, a time, a date.
    pub(crate) fn parsed<T, E: Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.valid(name, parse(self.str(name)?))
    }

    /// What `parse` makes of a number, digit by digit as it was written: an amount, a rate.
    pub(crate) fn number<T, E: Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let digits = self.read(name, "must be a number", |value| match value {
            Json::Number(digits) => Some(digits.as_str()),
            _ => None,
        });
        self.valid(name, parse(digits?))
    }

    /// A count: digits and nothing else.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        self.read(name, "must be a whole number, not negative", |value| match value {
            Json::Number(digits) => digits.parse().ok(),
            _ => None,
        })
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.read(name, "must be true or false", |value| match value {
            Json::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    /// The value of one of `words`.
    pub(crate) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.str(name)?;
        let known = words.iter().find(|(word, _)| self.faults.is_same(word, text));
        if known.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, format!("must be one of {}", words.join(", ")));
        }
        known.map(|(_, value)| *value)
    }

    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        let members = self.read(name, OBJECT, |value| match value {
            Json::Object(members) => Some(members.as_slice()),
            _ => None,
        });
        Some(Self { members: members?, faults: self.faults, place: self.place(name) })
    }

    /// The objects of a list; what is no object is a fault and left out.
    pub(crate) fn objects(&self, name: &str) -> Vec<Self> {
        let list = self.read(name, "must be a list", |value| match value {
            Json::List(values) => Some(values.as_slice()),
            _ => None,
        });
        let mut objects = Vec::new();
        for (i, value) in list.unwrap_or_default().iter().enumerate() {
            let place = format!("{}[{i}]", self.place(name));
            match value {
                Json::Object(members) => {
                    objects.push(Self { members, faults: self.faults, place });
                }
                _ => self.faults.add(Violation::new(place, OBJECT)),
            }
        }
        objects
    }

    /// Free data, as it is stored.
    pub(crate) fn free(&self, name: &str) -> Option<Map<String, Value>> {
        self.read(name, OBJECT, |value| match value {
            Json::Object(members) => Some(to_map(members)),
            _ => None,
        })
    }
}

const OBJECT: &str = "must be an object";
