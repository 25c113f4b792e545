//! A location as registers: what is normalised, what is checked, what differs.

use serde_json::Value;

use super::{Location, LocationType};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::LocationId;
use crate::register::{Fields, Stamps, choice, put_or_remove, text};
use crate::rule::{check_line, check_meta};

/// What a location of this type and name claims.
pub(crate) fn name_value(kind: LocationType, name: &str) -> String {
    format!("{kind}\n{}", name.trim())
}

impl Location {
    /// The same location as the store keeps it: white space at the ends of the name and empty texts
    /// that mean nothing are gone.
    pub(crate) fn normalised(&self) -> Self {
        let mut location = self.clone();
        location.name = location.name.trim().to_owned();
        location.external_id = location.external_id.filter(|id| !id.is_empty());
        location.meta.retain(|_, value| !value.is_null());
        location
    }

    /// Checks every field against its rule, but for what needs other locations to be told.
    ///
    /// Whoever made a location may be lost with its name, while others have edited it; that is not
    /// held against an edit that leaves the name as it is in `stored`.
    pub(crate) fn check(&self, stored: Option<&Self>) -> Result<()> {
        if stored.is_none_or(|stored| stored.name != self.name) {
            if self.name.is_empty() {
                return Err(Error::invalid("name", "must not be empty"));
            }
            check_line("name", Some(&self.name))?;
        }
        if let Some(external_id) = &self.external_id {
            LocationId::new(external_id).map_err(|rule| Error::invalid("external_id", rule))?;
        }
        check_meta("meta", &self.meta)
    }

    /// The registers that differ from their defaults.
    pub(crate) fn fields(&self) -> Fields {
        let is_default = self.kind == LocationType::OriginalCreditor;
        let set = [
            ("name", (!self.name.is_empty()).then(|| self.name.as_str().into())),
            ("type", (!is_default).then(|| self.kind.as_str().into())),
            ("external_id", self.external_id.clone().map(Value::from)),
            ("parent_id", self.parent_id.as_ref().map(|id| id.as_str().into())),
        ];
        let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let meta = self.meta.iter().map(|(key, value)| (format!("meta.{key}"), value.clone()));
        self.ext.clone().into_iter().chain(set).chain(meta).collect()
    }

    /// Writes the fields whose stamp wins; a name this version does not know goes to `ext`.
    pub(crate) fn merge(&mut self, fields: &Fields, stamps: &mut Stamps, stamp: Hlc) -> Result<()> {
        let known = self.fields();
        for (name, value) in fields {
            if stamps.win(name, known.contains_key(name), !value.is_null(), stamp) {
                self.set(name, value)?;
            }
        }
        Ok(())
    }

    pub(super) fn set(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "name" => self.name = text(name, value)?.unwrap_or_default(),
            "type" => {
                let kind = choice(name, value, LocationType::parse)?;
                self.kind = kind.unwrap_or(LocationType::OriginalCreditor);
            }
            "external_id" => self.external_id = text(name, value)?,
            "parent_id" => {
                self.parent_id = choice(name, value, |id| LocationId::new(id).ok())?;
            }
            _ => match name.strip_prefix("meta.") {
                Some(key) => put_or_remove(&mut self.meta, key, value),
                None => put_or_remove(&mut self.ext, name, value),
            },
        }
        Ok(())
    }
}
