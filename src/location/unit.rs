//! A location as a unit: imaged, written.

use rusqlite::Connection;
use serde_json::{Map, Value};

use super::row::{self, Known};
use super::{Location, store};
use crate::clock::Hlc;
use crate::customer::LIVE;
use crate::error::{Error, Result};
use crate::id::LocationId;
use crate::register::{Stamps, integer};
use crate::time::Timestamp;
use crate::unit::Image;

fn id(text: &str) -> Result<LocationId> {
    LocationId::new(text).map_err(|rule| Error::invalid("unit", rule))
}

/// The location with this id. When its parent was written is part of what every node must have alike,
/// because it decides which parent of a circle counts.
pub(crate) fn image(conn: &Connection, text: &str) -> Result<Option<Image>> {
    let Some(known) = row::known(conn, &id(text)?)? else { return Ok(None) };
    let Known { state, location, stamps, .. } = known;
    let mut image = Image::default();
    let mut put = |name: &str, value: Value| drop(image.content.insert(name.to_owned(), value));
    put("fields", Value::Object(location.fields().into_iter().collect()));
    put("created_at", location.created_at.ms().into());
    put("changed_at", location.changed_at.ms().into());
    if location.parent_id.is_some() {
        put("parent_at", stamps.of("parent_id").to_string().into());
    }
    if state != LIVE {
        put("state", state.into());
    }
    image.stamps.insert("base".to_owned(), stamps.base().to_string().into());
    let listed = stamps.listed();
    if !listed.is_empty() {
        image.stamps.insert("fields".to_owned(), Value::Object(listed));
    }
    Ok(Some(image))
}

/// Writes a location as it stands elsewhere. Without an image the row goes; nobody may claim a value
/// for it any more.
pub(crate) fn put(conn: &Connection, text: &str, image: Option<&Image>) -> Result<()> {
    let id = id(text)?;
    let Some(image) = image else { return row::remove(conn, &id) };
    let get = |name: &str| image.content.get(name).unwrap_or(&Value::Null);
    let time = |name: &str| {
        let ms = integer(name, get(name))?.ok_or_else(|| Error::invalid(name, "is missing"))?;
        Ok::<_, Error>(Timestamp::from_ms(ms))
    };
    let mut location = Location::with_id(id.clone(), "", time("created_at")?);
    location.changed_at = time("changed_at")?;
    for (name, value) in get("fields").as_object().into_iter().flatten() {
        location.set(name, value)?;
    }
    let base = image.stamps.get("base").and_then(Value::as_str).and_then(Hlc::parse);
    let base = base.ok_or_else(|| Error::invalid("stamps", "lack \"base\""))?;
    let none = Map::new();
    let listed = image.stamps.get("fields").and_then(Value::as_object).unwrap_or(&none);
    let stamps = Stamps::from_parts(base, listed)?;
    let key = row::find_key(conn, &id)?;
    let state = integer("state", get("state"))?.unwrap_or(LIVE);
    store(conn, &Known { key, state, location, stamps }).map(drop)
}
