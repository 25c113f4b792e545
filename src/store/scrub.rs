//! Scrub: what was erased leaves the pages of the file and its log, too, and what lies beside it.
//!
//! SQLite overwrites what is deleted, but not the copies that stay in the gap of a page whose rows
//! once moved to another page, so the file is written anew. A snapshot that was made for children
//! before goes, whether or not anybody looks after it any more. The mark that this is due is set in the
//! SQL transaction of the erase, so that a kill, a full disk or a reader in the way only puts it
//! off: until the next erase, or until the file is opened again.

use std::path::Path;
use std::{fs, io};

use rusqlite::Connection;

use crate::error::Result;
use crate::hold::{beside, called_after};
use crate::id::NodeId;

/// What stands between the name of a file and that of a snapshot of it.
pub(crate) const SNAPSHOT: &str = ".snapshot-";
/// A snapshot's name has so many hex digits.
pub(crate) const NAME_DIGITS: usize = 32;

/// Notes that pages hold bytes of what this transaction erases.
pub(super) fn mark(conn: &Connection) -> Result<()> {
    conn.prepare_cached("update node set scrub_due = 1")?.execute([])?;
    Ok(())
}

/// Writes the file at `path` anew if that is due, and says whether nothing of what was erased is left
/// since. Other writers wait; the copy is as large as the file.
pub(super) fn run(conn: &Connection, path: &Path) -> Result<bool> {
    let is_due: bool = conn.query_row("select scrub_due from node", [], |row| row.get(0))?;
    if !is_due {
        return Ok(false);
    }
    let removed = remove_snapshots(path);
    // On disk, not in memory: it holds nothing that was erased.
    conn.execute_batch("pragma temp_store = file")?;
    let written = conn.execute_batch("vacuum");
    conn.execute_batch("pragma temp_store = memory")?;
    written?;
    removed?;
    let in_the_way: bool =
        conn.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if !in_the_way {
        conn.execute("update node set scrub_due = 0", [])?;
    }
    Ok(!in_the_way)
}

/// Removes the snapshots beside the file, and what is half done of one: that may hold the words as well,
/// and whoever makes it begins again.
fn remove_snapshots(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    for name in called_after(path, SNAPSHOT, folder)? {
        let id = name.split_at_checked(NAME_DIGITS).map(|(id, _)| id);
        if !id.is_some_and(is_snapshot_name) {
            continue;
        }
        match fs::remove_file(beside(path, &format!("{SNAPSHOT}{name}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// Whether a text may be the name of a snapshot.
pub(crate) fn is_snapshot_name(text: &str) -> bool {
    NodeId::parse(text).is_some()
}
