//! Vitals: what a probe asks of a store. Nothing here writes or waits for those who do.

use std::fs;
use std::path::Path;

use rusqlite::{OptionalExtension, params};

use super::Store;
use crate::error::Result;
use crate::hold;

impl Store {
    /// Says no when any write would be refused: the file is not the one that was opened, or a commit
    /// failed so that nobody knows what is on disk.
    ///
    /// # Errors
    ///
    /// - [`Error::WritesRefused`](crate::Error::WritesRefused) and
    ///   [`Error::FileReplaced`](crate::Error::FileReplaced), as the next write would answer.
    pub(crate) fn check_writer(&self) -> Result<()> {
        self.writer.check_open()
    }

    /// The schema version that the file has now.
    pub(crate) fn schema_version(&self) -> Result<u32> {
        self.read(|conn| Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?))
    }

    /// How many times writes were carried to the disk since the opening; those that wait together
    /// share one.
    pub(crate) fn n_commits(&self) -> u64 {
        self.writer.n_commits()
    }

    /// How many operations were written since the opening.
    pub(crate) fn n_operations(&self) -> Result<u64> {
        let n: Option<u64> = self.read(|conn| {
            let mut statement =
                conn.prepare_cached("select seq from incarnation where node = ?1 and number = ?2")?;
            let n = statement.query_row(params![self.node, self.incarnation()], |row| row.get(0));
            Ok(n.optional()?)
        })?;
        Ok(n.unwrap_or_default())
    }

    /// Where the file lies; `None` in memory.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let folder = self.path()?.parent()?;
        Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    }

    /// Bytes of the file and of its log; `None` in memory.
    pub(crate) fn n_bytes(&self) -> Option<[u64; 2]> {
        let of = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
        let path = self.path()?;
        Some([of(path), of(&hold::beside(path, "-wal"))])
    }
}
