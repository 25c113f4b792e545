//! Which parents count: none that was deleted, and of every circle of locations all but one.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension};

use crate::clock::Hlc;
use crate::error::Result;
use crate::id::LocationId;

/// The parent of a live location as it was written, and when.
struct Step {
    parent: Option<LocationId>,
    stamp: Hlc,
}

fn step(conn: &Connection, id: &LocationId) -> Result<Option<Step>> {
    let mut statement = conn.prepare_cached(
        "select parent_id, coalesce(stamps ->> 'parent_id', stamp)
           from location
          where id = ?1 and state = 0",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok(Step { parent: row.get(0)?, stamp: row.get(1)? });
    Ok(statement.query_row([id], read).optional()?)
}

/// Whether there is such a location and it was not deleted; whoever names another one names none.
pub(crate) fn is_live(conn: &Connection, id: &LocationId) -> Result<bool> {
    Ok(step(conn, id)?.is_some())
}

/// Of the circle of parents on which a location lies, if it lies on one, the location that counts as
/// having no parent: the one whose parent was written last.
pub(crate) fn cut(conn: &Connection, id: &LocationId) -> Result<Option<LocationId>> {
    let (mut last, mut seen, mut next) = (None, HashSet::new(), id.clone());
    // A circle that the way leads to without lying on it is another one's.
    while seen.insert(next.clone()) {
        let Some(Step { parent: Some(parent), stamp }) = step(conn, &next)? else { break };
        last = last.max(Some((stamp, next)));
        if parent == *id {
            return Ok(last.map(|(_, id)| id));
        }
        next = parent;
    }
    Ok(None)
}

/// Whether `id` is `other` or stands below it, by all that is written and not only by what counts.
pub(crate) fn is_below(conn: &Connection, id: &LocationId, other: &LocationId) -> Result<bool> {
    let (mut seen, mut next) = (HashSet::new(), id.clone());
    while seen.insert(next.clone()) {
        if next == *other {
            return Ok(true);
        }
        match step(conn, &next)? {
            Some(Step { parent: Some(parent), .. }) => next = parent,
            _ => break,
        }
    }
    Ok(false)
}

/// The parents that count, each found once.
#[derive(Debug)]
pub(crate) struct Tree<'c> {
    conn: &'c Connection,
    parents: HashMap<LocationId, Option<LocationId>>,
}

impl<'c> Tree<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn, parents: HashMap::new() }
    }

    /// The parent of a live location that counts.
    pub(crate) fn parent(&mut self, id: &LocationId) -> Result<Option<LocationId>> {
        let (mut way, mut next): (Vec<LocationId>, _) = (Vec::new(), Some(id.clone()));
        while let Some(at) = next.take() {
            if self.parents.contains_key(&at) {
                // Where the way has come back to itself, it is a circle.
                let last = if way.contains(&at) { cut(self.conn, &at)? } else { None };
                self.parents.extend(last.map(|last| (last, None)));
                break;
            }
            match step(self.conn, &at)? {
                Some(Step { parent, .. }) => {
                    self.parents.insert(at.clone(), parent.clone());
                    way.push(at);
                    next = parent;
                }
                // Gone, so whoever is below has no parent.
                None => self.parents.extend(way.last().map(|last| (last.clone(), None))),
            }
        }
        Ok(self.parents.get(id).cloned().flatten())
    }
}
