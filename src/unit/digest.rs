//! Digest: the sum of the hashes of all units, by which two nodes prove that they show the same.
//!
//! The sum is modulo 2^128 and does not depend on the order, so that it is kept up to date unit by
//! unit. It finds accidents, not forgers.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::{Connection, params};

use super::Kind;
use crate::error::Result;

/// The units of one kind: how many, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Modulo 2^128.
    pub sum: u128,
    /// How many units.
    pub n_units: u64,
}

/// The sums of every kind of unit; kinds without units are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest(pub BTreeMap<Kind, Sum>);

impl Digest {
    /// Replaces one unit by another in the sum of its kind: `None` where there is no unit.
    pub fn replace(&mut self, kind: Kind, old: Option<u128>, new: Option<u128>) {
        let sum = self.0.entry(kind).or_default();
        sum.sum = sum.sum.wrapping_sub(old.unwrap_or(0)).wrapping_add(new.unwrap_or(0));
        let (less, more) = (u64::from(old.is_some()), u64::from(new.is_some()));
        sum.n_units = sum.n_units.wrapping_sub(less).wrapping_add(more);
        if *sum == Sum::default() {
            self.0.remove(&kind);
        }
    }

    /// One number for all kinds.
    pub fn total(&self) -> u128 {
        self.0.values().fold(0, |total, kind| total.wrapping_add(kind.sum))
    }
}

/// 32 hex digits, the sum over all kinds.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.total())
    }
}

/// Whose units a digest is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What this node shows; kept by nodes that have children.
    View = 0,
    /// The copy of the parent's state.
    Base = 1,
}

/// The digest as it is kept.
pub(crate) fn read(conn: &Connection, side: Side) -> Result<Digest> {
    let mut statement =
        conn.prepare_cached("select kind, sum, n_units from digest where side = ?1")?;
    let rows = statement.query_map([side as i64], |row| {
        let sum = u128::from_le_bytes(row.get(1)?);
        Ok((row.get(0)?, Sum { sum, n_units: row.get(2)? }))
    })?;
    Ok(Digest(rows.collect::<rusqlite::Result<_>>()?))
}

/// Takes changes of units, each from one hash to another, into the digest that is kept.
pub(crate) fn change(
    conn: &Connection,
    side: Side,
    changes: impl IntoIterator<Item = (Kind, Option<u128>, Option<u128>)>,
) -> Result<()> {
    let before = read(conn, side)?;
    let mut after = before.clone();
    changes.into_iter().for_each(|(kind, old, new)| after.replace(kind, old, new));
    for kind in Kind::ALL {
        match (before.0.get(kind), after.0.get(kind)) {
            (before, after) if before == after => {}
            (_, Some(Sum { sum, n_units })) => {
                conn.prepare_cached(
                    "insert into digest (side, kind, sum, n_units) values (?1, ?2, ?3, ?4)
                     on conflict do update set sum = ?3, n_units = ?4",
                )?
                .execute(params![
                    side as i64,
                    kind,
                    sum.to_le_bytes(),
                    n_units
                ])?;
            }
            (_, None) => {
                let sql = "delete from digest where side = ?1 and kind = ?2";
                conn.prepare_cached(sql)?.execute(params![side as i64, kind])?;
            }
        }
    }
    Ok(())
}

/// Puts a whole digest in the place of the one that is kept.
pub(crate) fn reset(conn: &Connection, side: Side, digest: &Digest) -> Result<()> {
    conn.prepare_cached("delete from digest where side = ?1")?.execute([side as i64])?;
    let mut insert = conn
        .prepare_cached("insert into digest (side, kind, sum, n_units) values (?1, ?2, ?3, ?4)")?;
    for (kind, Sum { sum, n_units }) in &digest.0 {
        insert.execute(params![side as i64, kind, sum.to_le_bytes(), n_units])?;
    }
    Ok(())
}
