//! Scrub: what was erased leaves the pages of the file and its log, too.
//!
//! SQLite overwrites what is deleted, but not the copies that stay in the gap of a page whose rows
//! once moved to another page, so the file is written anew. The mark that this is due is set in the
//! SQL transaction of the erase, so that a kill, a full disk or a reader in the way only puts it
//! off: until the next erase, or until the file is opened again.

use rusqlite::Connection;

use crate::error::Result;

/// Notes that pages hold bytes of what this transaction erases.
pub(super) fn mark(conn: &Connection) -> Result<()> {
    conn.prepare_cached("update node set scrub_due = 1")?.execute([])?;
    Ok(())
}

/// Writes the file anew if that is due, and says whether nothing of what was erased is left since.
/// Other writers wait; the copy is as large as the file.
pub(super) fn run(conn: &Connection) -> Result<bool> {
    let is_due: bool = conn.query_row("select scrub_due from node", [], |row| row.get(0))?;
    if !is_due {
        return Ok(false);
    }
    // On disk, not in memory: it holds nothing that was erased.
    conn.execute_batch("pragma temp_store = file")?;
    let written = conn.execute_batch("vacuum");
    conn.execute_batch("pragma temp_store = memory")?;
    written?;
    let in_the_way: bool =
        conn.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if !in_the_way {
        conn.execute("update node set scrub_due = 0", [])?;
    }
    Ok(!in_the_way)
}
