//! The location as Tratta answers it, and what a body makes of one (tratta.md section 5).

use schemars::JsonSchema;
use serde::Serialize;

use super::metadata::{self, Attribute};
use super::rule;
use super::shape::location_types;
use crate::error::{Error, Result};
use crate::http::json::Object;
use crate::location::{self, LocationType, Placement};
use crate::store::Tx;

/// A location and its place in the tree.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaLocation")]
pub(super) struct Location {
    /// Its own name among all locations.
    id: String,
    /// Unique among the locations of its type.
    name: String,
    #[schemars(extend("enum" = location_types()))]
    r#type: &'static str,
    /// Its id in an outside system, unique among all locations.
    external_id: Option<String>,
    /// Those directly below it, by name.
    children: Vec<Neighbour>,
    /// The one above it; `null` at the top.
    parent: Option<Neighbour>,
    /// In the order of the keys.
    metadata: Vec<Attribute>,
}

/// A location next to another one in the tree.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaLocationNeighbour")]
pub(super) struct Neighbour {
    id: String,
    name: String,
    external_id: Option<String>,
}

impl From<Placement> for Location {
    fn from(Placement { location, parent, children }: Placement) -> Self {
        Self {
            id: location.id.to_string(),
            name: location.name,
            r#type: location.kind.as_str(),
            external_id: location.external_id,
            children: children.into_iter().map(Neighbour::from).collect(),
            parent: parent.map(Neighbour::from),
            metadata: metadata::attributes(&location.meta),
        }
    }
}

impl From<location::Location> for Neighbour {
    fn from(location: location::Location) -> Self {
        Self { id: location.id.to_string(), name: location.name, external_id: location.external_id }
    }
}

/// Writes what was sent into `location`, which is a new one or the one that is stored. Rules that
/// are broken are among the faults of `body`.
pub(super) fn overlay(
    body: &Object<'_>,
    location: &mut location::Location,
    is_new: bool,
    tx: &Tx<'_>,
) -> Result<()> {
    name_and_type(body, location, is_new, tx)?;
    external_id(body, location, tx)?;
    parent(body, location, tx)?;
    metadata::merge(body, &mut location.meta);
    Ok(())
}

/// The name is never taken away; together with the type it is unique.
fn name_and_type(
    body: &Object<'_>,
    location: &mut location::Location,
    is_new: bool,
    tx: &Tx<'_>,
) -> Result<()> {
    let stored = (location.kind, location.name.clone());
    if is_new || body.has("name") {
        if body.is_null("name") {
            body.missing("name");
        }
        let mut name = Some(location.name.clone());
        rule::set(body, "name", &mut name, rule::line);
        location.name = name.unwrap_or_default();
    }
    let Some(kind) = kind(body, location.kind) else { return Ok(()) };
    location.kind = kind;
    if (is_new || (kind, &location.name) != (stored.0, &stored.1))
        && let Some(owner) = tx.find_location_named(kind, &location.name)?
        && owner.id != location.id
    {
        body.taken("name", "is used by another location of this type already");
    }
    Ok(())
}

/// The type as it was sent, `stored` where none was; null is the default, like every field that is
/// cleared. `None` of a word that is no type.
fn kind(body: &Object<'_>, stored: LocationType) -> Option<LocationType> {
    if !body.has("type") {
        return Some(stored);
    }
    if body.is_null("type") {
        return Some(LocationType::OriginalCreditor);
    }
    let words: Vec<_> = LocationType::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    body.choice("type", &words)
}

fn external_id(body: &Object<'_>, location: &mut location::Location, tx: &Tx<'_>) -> Result<()> {
    let stored = location.external_id.clone();
    rule::set(body, "external_id", &mut location.external_id, rule::id);
    let sent = location.external_id.as_ref().filter(|_| location.external_id != stored);
    let Some(external_id) = sent else { return Ok(()) };
    if tx.find_location(external_id)?.is_some_and(|owner| owner.id != location.id) {
        body.taken("external_id", "is used by another location already");
    }
    Ok(())
}

/// The parent by its id or its external id; null makes the location the top of a tree.
fn parent(body: &Object<'_>, location: &mut location::Location, tx: &Tx<'_>) -> Result<()> {
    if !body.has("parent_id") {
        return Ok(());
    }
    if body.is_null("parent_id") {
        location.parent_id = None;
        return Ok(());
    }
    let Some(name) = body.text("parent_id") else { return Ok(()) };
    let parent = match tx.location_named(&name) {
        Ok(parent) => parent.id,
        Err(Error::NotFound { .. }) => {
            body.wrong("parent_id", "must be the id or the external id of another location");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if location.parent_id.as_ref() == Some(&parent) {
        return Ok(());
    }
    match tx.check_parent(&parent, &location.id) {
        Err(Error::Invalid { rule, .. }) => body.wrong("parent_id", rule),
        checked => checked?,
    }
    location.parent_id = Some(parent);
    Ok(())
}
