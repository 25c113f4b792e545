//! Parent: what this file remembers of the parent that it talks to, beside the copy of its state.

use rusqlite::{OptionalExtension, params};

use crate::error::Result;
use crate::store::Store;

/// A clock is noted anew when it has moved by so much.
const CLOCK_STEP_MS: u64 = 1_000;

impl Store {
    /// The hash of the public key that the parent has proved to have.
    pub(super) fn parent_pin(&self) -> Result<Option<[u8; 32]>> {
        self.read(|conn| {
            let sql = "select parent_pin from node";
            Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
    }

    /// Remembers the public key of the parent.
    pub(super) fn note_parent_pin(&self, pin: [u8; 32]) -> Result<()> {
        self.write(|tx| {
            tx.conn().prepare_cached("update node set parent_pin = ?1")?.execute([pin])?;
            Ok(())
        })
    }

    /// Takes note of what is to be added to this clock to have the parent's.
    pub(super) fn note_clock_offset(&self, ms: i64) -> Result<()> {
        let sql = "select clock_offset_ms from node";
        let known: Option<i64> =
            self.read(|conn| Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?))?;
        if known.is_some_and(|known| known.abs_diff(ms) < CLOCK_STEP_MS) {
            return Ok(());
        }
        self.write(|tx| {
            tx.conn().prepare_cached("update node set clock_offset_ms = ?1")?.execute([ms])?;
            Ok(())
        })
    }

    /// Takes note of why nothing was heard from the parent; the same reason is noted once. The next
    /// publish ends it.
    pub(super) fn note_trouble(&self, why: &str) -> Result<()> {
        let sql = "select 1 from node where trouble is ?1";
        let is_known = self.read(|conn| {
            let found = conn.prepare_cached(sql)?.query_row([why], |_| Ok(())).optional()?;
            Ok(found.is_some())
        })?;
        if is_known {
            return Ok(());
        }
        self.write(|tx| {
            let sql = "update node set trouble = ?1, trouble_at = coalesce(trouble_at, ?2)";
            tx.conn().prepare_cached(sql)?.execute(params![why, self.now()])?;
            Ok(())
        })
    }
}
