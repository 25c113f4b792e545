//! Rest: what a newer version says of a unit beyond what this one knows, carried on unread.
//!
//! Fields of customers, cards and the like have a place for that in their rows. Here is what stands
//! beside them in the units themselves.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Image, Unit};
use crate::error::Result;

/// The image of a unit together with its rest.
pub(crate) fn with_rest(conn: &Connection, unit: &Unit, mut image: Image) -> Result<Image> {
    let sql = "select image from unit_ext where kind = ?1 and ref = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rest: Option<String> =
        statement.query_row(params![unit.kind, unit.id], |row| row.get(0)).optional()?;
    if let Some(rest) = rest {
        let Image { content, stamps } = Image::parse(&rest)?;
        for (name, value) in content {
            image.content.entry(name).or_insert(value);
        }
        for (name, value) in stamps {
            image.stamps.entry(name).or_insert(value);
        }
    }
    Ok(image)
}

/// Keeps the rest of a unit, or forgets it.
pub(crate) fn put_rest(conn: &Connection, unit: &Unit, rest: Option<&Image>) -> Result<()> {
    let Some(rest) = rest else {
        let sql = "delete from unit_ext where kind = ?1 and ref = ?2";
        conn.prepare_cached(sql)?.execute(params![unit.kind, unit.id])?;
        return Ok(());
    };
    conn.prepare_cached(
        "insert or replace into unit_ext (kind, ref, image, seal)
         values (?1, ?2, ?3, seal(?1, ?2, ?3))",
    )?
    .execute(params![unit.kind, unit.id, rest.text()])?;
    Ok(())
}
