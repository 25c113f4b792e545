//! Claims and conflicts as units: named, imaged, written.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use super::{ClaimKind, Resolution, add, claimants};
use crate::cell::Cells;
use crate::customer::{self, ERASED};
use crate::error::{Error, Result};
use crate::id::Subject;
use crate::location;
use crate::register::{integer, text};
use crate::time::Timestamp;
use crate::unit::{Image, Kind, Rows};

/// How the claims of one value are named.
pub(crate) fn claim_id(kind: ClaimKind, value: &str) -> String {
    format!("{kind}\n{value}")
}

fn read_claim_id(id: &str) -> Result<(ClaimKind, &str)> {
    let parts =
        id.split_once('\n').and_then(|(kind, value)| Some((ClaimKind::parse(kind)?, value)));
    parts.ok_or_else(|| Error::invalid("unit", format!("{id:?} names no claim")))
}

/// Kind and value as they stand in the rows, whether or not they name a claim.
fn words(id: &str) -> (&str, &str) {
    id.split_once('\n').unwrap_or((id, ""))
}

/// Whether the claims with this name are those of locations.
pub(crate) fn is_of_location(id: &str) -> bool {
    read_claim_id(id).is_ok_and(|(kind, _)| kind.is_of_location())
}

/// To be called before the claims of a value change.
pub(super) fn before_claim(rows: &Rows<'_>, kind: ClaimKind, value: &str) -> Result<()> {
    let id = claim_id(kind, value);
    rows.before(Kind::Claim, &id, |conn| claim_image(conn, &id))
}

/// To be called before a conflict changes.
pub(super) fn before_conflict(rows: &Rows<'_>, id: &str) -> Result<()> {
    rows.before(Kind::Conflict, id, |conn| conflict_image(conn, id))
}

/// The claimants of a value; `None` where there are none.
pub(crate) fn claim_image(conn: &Connection, id: &str) -> Result<Option<Image>> {
    let Ok((kind, value)) = read_claim_id(id) else {
        // Nobody writes such a row, but a disk may.
        let sql = "select 1 from claim where kind = ?1 and value = ?2";
        return match conn.prepare_cached(sql)?.exists(words(id))? {
            true => Err(Error::unreadable("a claim is of no kind")),
            false => Ok(None),
        };
    };
    let claimants = claimants(conn, kind, value)?;
    if claimants.is_empty() {
        return Ok(None);
    }
    let list = claimants.iter().map(Subject::as_str).map(Value::from).collect();
    let content = Map::from_iter([("claimants".to_owned(), Value::Array(list))]);
    Ok(Some(Image { content, stamps: Map::new() }))
}

/// Writes the claimants of a value in their order.
pub(crate) fn put_claim(conn: &Connection, id: &str, image: Option<&Image>) -> Result<()> {
    conn.prepare_cached("delete from claim where kind = ?1 and value = ?2")?.execute(words(id))?;
    let Some(image) = image else { return Ok(()) };
    let (kind, value) = read_claim_id(id)?;
    let claimants = image.content.get("claimants").and_then(Value::as_array);
    for (n, claimant) in (1..).zip(claimants.into_iter().flatten()) {
        let subject = kind
            .subject(claimant.as_str().unwrap_or_default())
            .map_err(|rule| Error::invalid("claimants", rule))?;
        let key = match &subject {
            Subject::Customer(id) => {
                let account = customer::account(conn, id)?.ok_or_else(|| Error::no_customer(id))?;
                Some(account.key).filter(|_| account.state != ERASED)
            }
            Subject::Location(id) => Some(location::key_of(conn, id)?),
        };
        if let Some(key) = key {
            add(conn, kind, value, n, key)?;
        }
    }
    Ok(())
}

/// What is known of a conflict as a unit.
pub(crate) const CONFLICT_FIELDS: &[&str] =
    &["kind", "value", "customer", "location", "owner", "at", "resolved_at", "resolution"];

/// How a conflict was resolved, where only a newer version knows what that means.
pub(crate) fn unknown_resolution(image: &Image) -> Option<&Value> {
    let how = image.content.get("resolution")?;
    how.as_str().is_none_or(|how| Resolution::parse(how).is_none()).then_some(how)
}

/// A conflict, open or resolved. Its kind may be one that only a newer version knows.
pub(crate) fn conflict_image(conn: &Connection, id: &str) -> Result<Option<Image>> {
    let mut statement = conn.prepare_cached(
        "select kind, value, customer_id, location_id, owner_id, at, resolved_at, resolution
           from conflict
          where id = ?1",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        let mut cells = Cells::from(row, 0);
        let kind: String = cells.take()?;
        let (value, customer): (Option<String>, Option<String>) = (cells.take()?, cells.take()?);
        let (location, owner): (Option<String>, Option<String>) = (cells.take()?, cells.take()?);
        let at: Timestamp = cells.take()?;
        let (resolved_at, resolution): (Option<Timestamp>, Option<Resolution>) =
            (cells.take()?, cells.take()?);
        let set = [
            ("kind", Some(kind.into())),
            ("value", value.map(Value::from)),
            ("customer", customer.map(Value::from)),
            ("location", location.map(Value::from)),
            ("owner", owner.map(Value::from)),
            ("at", Some(at.ms().into())),
            ("resolved_at", resolved_at.map(|at| at.ms().into())),
            ("resolution", resolution.map(|how| how.as_str().into())),
        ];
        Ok(set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
    };
    let content: Option<Map<String, Value>> = statement.query_row([id], read).optional()?;
    Ok(content.map(|content| Image { content, stamps: Map::new() }))
}

/// Writes a conflict as it stands elsewhere.
pub(crate) fn put_conflict(conn: &Connection, id: &str, image: Option<&Image>) -> Result<()> {
    conn.prepare_cached("delete from conflict where id = ?1")?.execute([id])?;
    let Some(image) = image else { return Ok(()) };
    let get = |name: &str| image.content.get(name).unwrap_or(&Value::Null);
    let time = |name: &str| integer(name, get(name));
    conn.prepare_cached(
        "insert into conflict
                (id, kind, value, customer_id, location_id, owner_id, at, resolved_at, resolution, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))",
    )?
    .execute(params![
        id,
        text("kind", get("kind"))?,
        text("value", get("value"))?,
        text("customer", get("customer"))?,
        text("location", get("location"))?,
        text("owner", get("owner"))?,
        time("at")?.unwrap_or_default(),
        time("resolved_at")?,
        get("resolution").as_str().and_then(Resolution::parse),
    ])?;
    Ok(())
}
