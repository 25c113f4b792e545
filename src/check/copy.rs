//! The sums by which a node proves itself equal to its parent and to its children, computed anew.

use rusqlite::Connection;

use super::{Report, Trouble};
use crate::error::Result;
use crate::image;
use crate::unit::{Digest, Mode, Side, Unit, read_digest};

/// Whether the rows are a copy of another node's, so that their authors need not be known here.
pub(super) fn is_copy(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("select n_published > 0 from node", [], |row| row.get(0))?)
}

/// Compares the sums that are kept with those of the rows.
pub(super) fn check(conn: &Connection, report: &mut Report) -> Result<()> {
    let mode = Mode::read(conn)?;
    let is_copy = is_copy(conn)?;
    if !is_copy && !mode.keeps_feed {
        return Ok(());
    }
    let view = image::digest(conn)?;
    if mode.keeps_feed && view != read_digest(conn, Side::View)? {
        report.add(Trouble::Digest("what this node shows"));
    }
    if is_copy && without_pending(conn, view)? != read_digest(conn, Side::Base)? {
        report.add(Trouble::Digest("the copy of the parent's state"));
    }
    Ok(())
}

/// The digest as it would be with the parent's version of every unit that was kept aside.
fn without_pending(conn: &Connection, mut digest: Digest) -> Result<Digest> {
    let mut statement = conn.prepare("select kind, ref, hash from base")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let unit = Unit { kind: row.get(0)?, id: row.get(1)? };
        let kept: Option<[u8; 16]> = row.get(2)?;
        // Of a unit that went with an erased customer only the hash is known.
        let shown = match unit.id.starts_with("erased\n") {
            true => None,
            false => image::of(conn, &unit)?.map(|image| image.hash(&unit)),
        };
        digest.replace(unit.kind, shown, kept.map(u128::from_le_bytes));
    }
    Ok(digest)
}
