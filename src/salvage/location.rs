//! The locations as their rows have them, where the log does not say all of it.

use rusqlite::Row;

use super::source::Source;
use super::write::append;
use super::{Finding, Findings, Reason};
use crate::customer::{DELETED, LIVE};
use crate::error::Result;
use crate::id::LocationId;
use crate::location::{self, Known};
use crate::operation::{Change, ChangeKind};
use crate::register::difference;
use crate::store::{Store, Tx};

/// Makes each location what its sealed row says, unless the log knows of later changes, and names those
/// whose seal does not hold.
pub(super) fn bring(source: &Source, store: &Store, findings: &mut Findings) -> Result<()> {
    let table = location::SEALED.table;
    let sql = format!(
        "select id, {} from main.location where key between ?1 and ?2 order by key",
        location::SEALED.holds
    );
    let read = |row: &Row<'_>| Ok((row.get::<_, LocationId>(0).ok(), row.get::<_, bool>(1)?));
    let (mut known, mut broken): (Vec<Known>, Vec<_>) = (Vec::new(), Vec::new());
    let key_last = source.greatest("select max(key) from main.location");
    let bad = source.sweep(&sql, key_last, read, |(id, is_sealed)| {
        let sealed = id.as_ref().filter(|_| is_sealed);
        match sealed.and_then(|id| location::known(&source.conn, id).ok().flatten()) {
            Some(sealed) => known.push(sealed),
            None => broken.push(id),
        }
    });
    for (first, last) in bad {
        findings.add(Finding::rows(table, first, last, Reason::Unreadable));
    }
    for id in broken {
        let name = id.map_or_else(String::new, |id| id.to_string());
        findings.add(Finding::new(table, name, None, Reason::SealBroken));
    }
    store.write(|tx| known.iter().try_for_each(|known| bring_one(tx, known, findings)))
}

fn bring_one(tx: &Tx<'_>, sealed: &Known, findings: &mut Findings) -> Result<()> {
    let id = &sealed.location.id;
    let here = location::known(tx.conn(), id)?;
    let is_later = |here: &Known| here.location.changed_at > sealed.location.changed_at;
    if here.as_ref().is_some_and(is_later) {
        return Ok(());
    }
    let before = here.as_ref().map(|here| here.location.fields()).unwrap_or_default();
    let fields = difference(&before, &sealed.location.fields());
    let mut changes = Vec::new();
    if !fields.is_empty() {
        changes.push(Change::new(ChangeKind::LocationSet, id, fields));
    }
    if sealed.state == DELETED && here.is_none_or(|here| here.state == LIVE) {
        changes.push(Change::bare(ChangeKind::LocationRemove, id));
    }
    if let Some(why) = append(tx, &changes)? {
        findings.add(Finding::new("location", id.as_str(), None, Reason::Refused(why)));
    }
    Ok(())
}
