//! A location as a row: read and written.

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::{Location, Tree};
use crate::cell::{Cells, object_text};
use crate::clock::Hlc;
use crate::customer::LIVE;
use crate::error::{Error, Result};
use crate::id::LocationId;
use crate::register::Stamps;
use crate::seal::{Sealed, sealed};

/// What the seal of a location covers.
pub(crate) const SEALED: Sealed = sealed!(
    "location",
    "id",
    "seal",
    "key, id, state, name, type, external_id, parent_id, meta, ext, created_at, changed_at, stamp, stamps"
);

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "location.id, location.name, location.type, location.external_id, location.parent_id,
         location.meta, location.ext, location.created_at, location.changed_at"
    };
}
pub(super) use columns;

/// Reads [`columns`]; the parent as it was written.
pub(super) fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Location> {
    Ok(Location {
        id: cells.take()?,
        name: cells.take()?,
        kind: cells.take()?,
        external_id: cells.take()?,
        parent_id: cells.take()?,
        meta: cells.take_object()?.unwrap_or_default(),
        ext: cells.take_object()?.unwrap_or_default(),
        created_at: cells.take()?,
        changed_at: cells.take()?,
    })
}

/// The live locations that `sql` finds, each with the parent that counts.
pub(super) fn shown(
    conn: &Connection,
    tree: &mut Tree<'_>,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Location>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| read(&mut Cells::from(row, 0)))?;
    rows.map(|location| {
        let location = location?;
        Ok(Location { parent_id: tree.parent(&location.id)?, ..location })
    })
    .collect()
}

/// The whole row, live or not, as a write finds it. The parent is the one that was written.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// None before it has a row.
    pub(crate) key: Option<i64>,
    pub(crate) state: i64,
    pub(crate) location: Location,
    pub(crate) stamps: Stamps,
}

impl Known {
    /// A location that this node has never heard of.
    pub(crate) fn new(id: &LocationId, stamp: Hlc) -> Self {
        let location = Location::with_id(id.clone(), "", stamp.at());
        Self { key: None, state: LIVE, location, stamps: Stamps::new(stamp) }
    }
}

/// The row with this id, whatever its state.
pub(crate) fn known(conn: &Connection, id: &LocationId) -> Result<Option<Known>> {
    let sql =
        concat!("select key, state, stamp, stamps, ", columns!(), " from location where id = ?1");
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut cells = Cells::from(row, 0);
    let (key, state) = (cells.take()?, cells.take()?);
    let (base, listed): (Hlc, String) = (cells.take()?, cells.take()?);
    let stamps = Stamps::read(base, &listed)?;
    Ok(Some(Known { key, state, stamps, location: read(&mut cells)? }))
}

/// Writes a row as a whole and returns its key.
pub(crate) fn store(conn: &Connection, known: &Known) -> Result<i64> {
    let key = match known.key {
        Some(key) => key,
        None => conn
            .prepare_cached("select coalesce(max(key), 0) + 1 from location")?
            .query_row([], |row| row.get(0))?,
    };
    let location = &known.location;
    conn.prepare_cached(
        "insert into location (key, id, state, name, type, external_id, parent_id, meta, ext, created_at,
                               changed_at, stamp, stamps, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13))
         on conflict (key) do update
            set (state, name, type, external_id, parent_id, meta, ext, created_at, changed_at, stamp,
                 stamps, seal)
              = (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, excluded.seal)",
    )?
    .execute(params![
        key,
        location.id,
        known.state,
        location.name,
        location.kind,
        location.external_id,
        location.parent_id,
        object_text(&location.meta),
        object_text(&location.ext),
        location.created_at,
        location.changed_at,
        known.stamps.base(),
        known.stamps.listed_text(),
    ])?;
    Ok(key)
}

/// Takes a row away for good.
pub(super) fn remove(conn: &Connection, id: &LocationId) -> Result<()> {
    conn.prepare_cached("delete from location where id = ?1")?.execute([id])?;
    Ok(())
}

/// The id behind a local key.
pub(crate) fn id_of(conn: &Connection, key: i64) -> Result<LocationId> {
    let mut statement = conn.prepare_cached("select id from location where key = ?1")?;
    let id = statement.query_row([key], |row| row.get(0)).optional()?;
    id.ok_or_else(|| Error::unreadable(format!("a row names location {key}, which is missing")))
}

/// The local key behind an id.
pub(crate) fn key_of(conn: &Connection, id: &LocationId) -> Result<i64> {
    find_key(conn, id)?.ok_or_else(|| Error::no_location(id))
}

/// The local key behind an id, where it has one.
pub(super) fn find_key(conn: &Connection, id: &LocationId) -> Result<Option<i64>> {
    let mut statement = conn.prepare_cached("select key from location where id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}
