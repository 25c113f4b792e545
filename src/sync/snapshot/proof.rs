//! Proof: that the rows which were taken over are the state that the parent told of.
//!
//! The parts were proved by their hashes, so the file is what the parent has made. That the parent has
//! made it of the right rows takes a hash of every unit, four seconds for a million of them; a till need
//! not wait for that.

use crate::error::{Error, Result};
use crate::store::Store;
use crate::sync::repair;
use crate::unit::{Digest, Side, read_digest};

impl Store {
    /// Whether the rows of this node's copy of its parent's state were compared with the digest that the
    /// parent told: always, but after a [`bootstrap`](super::bootstrap). True where there is no copy.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn is_copy_proved(&self) -> Result<bool> {
        self.read(|conn| {
            let sql = "select proved_at is not null or n_published = 0 from node";
            Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
    }

    /// Computes the digest of this node's copy of its parent's state from its rows, and compares it with
    /// the one that is kept. To be called once after a bootstrap, on a thread of its own; the store goes
    /// on serving.
    ///
    /// # Errors
    ///
    /// - [`Error::Diverged`]: they differ, and a repair must begin: [`Store::begin_repair`];
    /// - as [`Store::write`].
    pub fn prove_copy(&self) -> Result<()> {
        let (kept, found) = self.read_snapshot(|conn| {
            let mut digest = Digest::default();
            repair::for_each_of_copy(conn, |unit, hash| {
                digest.replace(unit.kind, None, Some(hash));
            })?;
            Ok((read_digest(conn, Side::Base)?, digest))
        })?;
        if kept != found {
            let (told, found) = (kept.to_string(), found.to_string());
            return Err(Error::Diverged { told, found });
        }
        self.write(|tx| {
            let sql = "update node set proved_at = ?1 where n_published > 0";
            tx.conn().prepare_cached(sql)?.execute([self.now()])?;
            Ok(())
        })
    }
}
