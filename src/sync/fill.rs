//! Fill: with its first child, a node gives every unit that it has a place in its feed.

use rusqlite::Connection;

use crate::error::Result;
use crate::image;
use crate::store::{Store, Tx};
use crate::unit::{Kind, Unit, note_in_feed};

/// So many units are placed in one SQL transaction, so that those who sell meanwhile wait for moments.
const UNITS_PER_COMMIT: usize = 1_000;

impl Store {
    /// Gives every unit its place in the feed, unless that is done. Writers go on in between; what they
    /// write gets its place by itself. A kill on the way costs what is left.
    ///
    /// # Errors
    ///
    /// - as [`Store::write`].
    pub(super) fn fill_feed(&self) -> Result<()> {
        if self.read(state)? == WHOLE {
            return Ok(());
        }
        self.write(|tx| {
            tx.set_tip(None);
            tx.conn().execute("update node set has_children = max(has_children, 1)", [])?;
            Ok(())
        })?;
        for kind in Kind::ALL {
            let mut last = None;
            loop {
                let ids = self.read(|conn| {
                    image::ids_after(conn, *kind, last.as_deref(), UNITS_PER_COMMIT)
                })?;
                self.write(|tx| place(tx, *kind, &ids))?;
                match ids.last() {
                    Some(id) => last = Some(id.clone()),
                    None => break,
                }
            }
        }
        self.write(|tx| Ok(tx.conn().execute("update node set has_children = 2", []).map(drop)?))
    }
}

/// The feed has every unit.
const WHOLE: i64 = 2;

fn state(conn: &Connection) -> Result<i64> {
    Ok(conn.query_row("select has_children from node", [], |row| row.get(0))?)
}

fn place(tx: &Tx<'_>, kind: Kind, ids: &[String]) -> Result<()> {
    let conn = tx.conn();
    let hashed = ids.iter().map(|id| {
        let unit = Unit::new(kind, id.as_str());
        let hash = image::hash_of(&unit, image::of(conn, &unit))?;
        Ok((unit, hash))
    });
    note_in_feed(conn, tx.store().incarnation(), &hashed.collect::<Result<Vec<_>>>()?)
}
