//! What a node keeps of other nodes' state and tells them of its own: each kept hash, and the sums by
//! which they prove themselves equal, computed anew.

use rusqlite::{Connection, params};

use super::{Report, Trouble};
use crate::error::Result;
use crate::image;
use crate::unit::{Digest, Image, Mode, Side, Unit, is_forgotten, read_digest};

/// Whether the rows are a copy of another node's, so that their authors need not be known here.
pub(super) fn is_copy(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("select n_published > 0 from node", [], |row| row.get(0))?)
}

/// Compares the sums that are kept with those of the rows.
pub(super) fn check(conn: &Connection, report: &mut Report) -> Result<()> {
    let mode = Mode::read(conn)?;
    if mode == Mode::default() {
        return Ok(());
    }
    let view = check_view(conn, mode, report)?;
    if mode.keeps_feed && view != read_digest(conn, Side::View)? {
        report.add(Trouble::Digest("what this node shows"));
    }
    if mode.keeps_base && check_base(conn, view, report)? != read_digest(conn, Side::Base)? {
        report.add(Trouble::Digest("the copy of the parent's state"));
    }
    Ok(())
}

/// The digest of all units. Where a feed is kept, each unit stands in it as it is.
fn check_view(conn: &Connection, mode: Mode, report: &mut Report) -> Result<Digest> {
    let mut in_feed =
        conn.prepare("select 1 from feed where kind = ?1 and ref = ?2 and hash = ?3")?;
    let (mut digest, mut n_units) = (Digest::default(), 0_u64);
    image::for_each(conn, |unit| {
        let Some(hash) = image::hash_of(&unit, image::of(conn, &unit))? else { return Ok(()) };
        digest.replace(unit.kind, None, Some(hash));
        n_units += 1;
        if mode.keeps_feed && !in_feed.exists(params![unit.kind, unit.id, hash.to_le_bytes()])? {
            report.add(Trouble::Row { table: "feed", name: unit.kind.to_string() });
        }
        Ok(())
    })?;
    let sql = "select count(*) from feed where hash is not null";
    if mode.keeps_feed && n_units != conn.query_row(sql, [], |row| row.get::<_, u64>(0))? {
        report.add(Trouble::Row { table: "feed", name: "a unit that is not there".to_owned() });
    }
    Ok(digest)
}

/// The digest as it would be with the parent's version of every unit that was kept aside. What is kept
/// of such a unit must have the hash that is kept beside it.
fn check_base(conn: &Connection, mut digest: Digest, report: &mut Report) -> Result<Digest> {
    let mut statement = conn.prepare("select kind, ref, hash, image from base")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let unit = Unit { kind: row.get(0)?, id: row.get(1)? };
        let kept: Option<[u8; 16]> = row.get(2)?;
        let kept = kept.map(u128::from_le_bytes);
        let image: Option<String> = row.get(3)?;
        let is_kept = |text: &str| {
            Image::parse(text)
                .is_ok_and(|image| Some(image.hash(&unit)) == kept && image.text() == text)
        };
        if image.is_some_and(|text| !is_kept(&text)) {
            report.add(Trouble::Row { table: "base", name: unit.kind.to_string() });
        }
        // Of a unit that went with an erased customer only the hash is known.
        let shown = match is_forgotten(&unit) {
            true => None,
            false => image::hash_of(&unit, image::of(conn, &unit))?,
        };
        digest.replace(unit.kind, shown, kept);
    }
    Ok(digest)
}
