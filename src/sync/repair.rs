//! Repair: after two digests differ, only those units are read anew among which the difference lies.
//!
//! Every unit belongs to one of 1,024 buckets by a hash of its name. Both sides add up their buckets;
//! where the sums differ, the child reads the whole bucket again, and what it then does not find is
//! removed.

use rusqlite::Connection;

use super::down;
use super::{Cursor, chains};
use crate::error::{Error, Result};
use crate::image;
use crate::store::Store;
use crate::unit::{Digest, Side, Unit, reset_digest};

/// So many buckets there are.
pub const BUCKETS: usize = 1_024;

/// The sums of all buckets, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// How far the feed was at that moment.
    pub head: Cursor,
    /// Of each bucket, the sum of the hashes of its units modulo 2^128.
    pub sums: Vec<u128>,
}

/// Which units a child reads anew: those of some buckets, and all that have changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// A bit for each bucket, the first bucket in the highest bit of the first byte.
    pub buckets: Vec<u8>,
    /// Units with a greater number in the feed are read whatever their bucket.
    pub since: u64,
}

impl Repair {
    /// Whether the repair is about this unit.
    pub fn covers(&self, unit: &Unit) -> bool {
        covers(&self.buckets, unit)
    }

    /// How many buckets are read.
    pub fn n_buckets(&self) -> u32 {
        self.buckets.iter().map(|byte| byte.count_ones()).sum()
    }
}

pub(super) fn covers(buckets: &[u8], unit: &Unit) -> bool {
    let bucket = bucket(unit);
    buckets.get(bucket / 8).is_some_and(|byte| byte & (0x80 >> (bucket % 8)) != 0)
}

/// The first ten bits of BLAKE3 over kind, a line feed, and id.
fn bucket(unit: &Unit) -> usize {
    let hash = blake3::hash(format!("{}\n{}", unit.kind, unit.id).as_bytes());
    usize::from(u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) >> 6)
}

impl Store {
    /// The sums of the buckets of everything this node shows, for a child whose digest differs.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn buckets(&self) -> Result<Buckets> {
        self.read_snapshot(|conn| {
            let mut sums = vec![0_u128; BUCKETS];
            let mut statement =
                conn.prepare_cached("select kind, ref, hash from feed where hash is not null")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let unit = Unit { kind: row.get(0)?, id: row.get(1)? };
                let sum = &mut sums[bucket(&unit)];
                *sum = sum.wrapping_add(u128::from_le_bytes(row.get(2)?));
            }
            Ok(Buckets { head: down::head(conn, self.node())?, sums })
        })
    }

    /// Compares this node's copy of the parent's state with what the parent shows, and forgets where the
    /// copy stood: the next run reads what the answer says and no more.
    ///
    /// # Errors
    ///
    /// - [`Error::NoParent`]: there is nobody to compare with;
    /// - [`Error::Invalid`]: these are not the sums of [`BUCKETS`] buckets;
    /// - as [`Store::write`].
    pub fn begin_repair(&self, theirs: &Buckets) -> Result<Repair> {
        if theirs.sums.len() != BUCKETS {
            return Err(Error::invalid("buckets", format!("must be {BUCKETS}")));
        }
        self.write(|tx| {
            let conn = tx.conn();
            if chains::is_root(conn)? {
                return Err(Error::NoParent);
            }
            let mut sums = vec![0_u128; BUCKETS];
            let mut digest = Digest::default();
            for_each_of_copy(conn, |unit, hash| {
                let sum = &mut sums[bucket(unit)];
                *sum = sum.wrapping_add(hash);
                digest.replace(unit.kind, None, Some(hash));
            })?;
            // Rows that were damaged on the disk are what they are until they are read anew.
            reset_digest(conn, Side::Base, &digest)?;
            let mut buckets = vec![0; BUCKETS / 8];
            for (n, (ours, theirs)) in sums.iter().zip(&theirs.sums).enumerate() {
                if ours != theirs {
                    buckets[n / 8] |= 0x80 >> (n % 8);
                }
            }
            down::give_up(tx)?;
            conn.prepare_cached("update node set cursor = null, stage_buckets = ?1")?
                .execute([&buckets])?;
            Ok(Repair { buckets, since: theirs.head.number })
        })
    }
}

/// Calls `f` with every unit of the copy and its hash: the parent's version of what was kept aside, the
/// rows of everything else.
pub(super) fn for_each_of_copy(conn: &Connection, mut f: impl FnMut(&Unit, u128)) -> Result<()> {
    let mut is_kept = conn.prepare("select 1 from base where kind = ?1 and ref = ?2")?;
    image::for_each(conn, |unit| {
        if is_kept.exists(rusqlite::params![unit.kind, unit.id])? {
            return Ok(());
        }
        if let Some(hash) = image::hash_of(&unit, image::of(conn, &unit))? {
            f(&unit, hash);
        }
        Ok(())
    })?;
    let mut statement = conn.prepare("select kind, ref, hash from base where hash is not null")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let unit = Unit { kind: row.get(0)?, id: row.get(1)? };
        f(&unit, u128::from_le_bytes(row.get(2)?));
    }
    Ok(())
}
