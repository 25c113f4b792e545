//! Rows: a connection that writes units, and takes care of what else must be kept of them.
//!
//! Before a unit is written, a node with a parent puts the parent's version aside; after it, a node
//! with children gives the unit a new number in the feed. A node with neither pays nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, params};

use super::feed;
use super::rest::{put_rest, with_rest};
use super::{Image, Kind, Unit, hash_cell};
use crate::error::Result;
use crate::id::CustomerId;

/// How every name begins under which a unit is kept whose own name has gone.
const FORGOTTEN: &str = "erased\n";

/// What a node must keep of every unit it writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mode {
    /// It has a parent.
    pub(crate) keeps_base: bool,
    /// It has children.
    pub(crate) keeps_feed: bool,
}

impl Mode {
    /// As the file says.
    pub(crate) fn read(conn: &Connection) -> Result<Self> {
        let sql = "select parent is not null, has_children > 0 from node";
        Ok(conn
            .prepare_cached(sql)?
            .query_row([], |row| Ok(Self { keeps_base: row.get(0)?, keeps_feed: row.get(1)? }))?)
    }
}

/// The writing connection of one operation, or of the renewal of the whole copy.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    conn: &'a Connection,
    mode: Mode,
    /// Units that were written.
    touched: RefCell<BTreeSet<Unit>>,
    /// Customers whose row stands there but counts as none, with its key.
    absent: RefCell<BTreeMap<CustomerId, i64>>,
}

impl Deref for Rows<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl<'a> Rows<'a> {
    pub(crate) fn new(conn: &'a Connection, mode: Mode) -> Self {
        Self { conn, mode, touched: RefCell::default(), absent: RefCell::default() }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// To be called before the unit is written, with a way to read it as it is.
    pub(crate) fn before(
        &self,
        kind: Kind,
        id: &str,
        image: impl FnOnce(&Connection) -> Result<Option<Image>>,
    ) -> Result<()> {
        if self.mode == Mode::default() {
            return Ok(());
        }
        let unit = Unit::new(kind, id);
        if self.mode.keeps_base && !self.is_kept(&unit)? {
            let image = image(self.conn)?.map(|image| with_rest(self.conn, &unit, image));
            self.keep(&unit, image.transpose()?.as_ref())?;
        }
        if self.mode.keeps_feed {
            self.touched.borrow_mut().insert(unit);
        }
        Ok(())
    }

    /// Whether the parent's version of the unit is kept aside.
    fn is_kept(&self, unit: &Unit) -> Result<bool> {
        let sql = "select 1 from base where kind = ?1 and ref = ?2";
        Ok(self.prepare_cached(sql)?.exists(params![unit.kind, unit.id])?)
    }

    /// Keeps the parent's version of a unit aside.
    pub(crate) fn keep(&self, unit: &Unit, image: Option<&Image>) -> Result<()> {
        self.prepare_cached(
            "insert into base (kind, ref, hash, image, seal)
             values (?1, ?2, ?3, ?4, seal(?1, ?2, ?3, ?4))",
        )?
        .execute(params![
            unit.kind,
            unit.id,
            image.map(|image| hash_cell(image.hash(unit))),
            image.map(Image::text)
        ])?;
        Ok(())
    }

    /// Takes note of units that were written in another way.
    pub(crate) fn note(&self, units: impl IntoIterator<Item = Unit>) {
        if self.mode.keeps_feed {
            self.touched.borrow_mut().extend(units);
        }
    }

    /// Gives every unit that was written and is another one now its number in the feed.
    pub(crate) fn settle(
        &self,
        incarnation: u64,
        image: impl Fn(&Connection, &Unit) -> Result<Option<Image>>,
    ) -> Result<()> {
        if !self.mode.keeps_feed {
            return Ok(());
        }
        let touched = std::mem::take(&mut *self.touched.borrow_mut()).into_iter();
        let hashed = touched.map(|unit| {
            let hash = image(self.conn, &unit)?.map(|image| image.hash(&unit));
            Ok((unit, hash))
        });
        feed::note(self.conn, incarnation, &hashed.collect::<Result<Vec<_>>>()?)
    }

    /// Forgets the name of a unit that has gone with the erased `customer`: it was personal. What the
    /// parent still has of it stays known by hashes alone, of its name and of its image, under the
    /// customer's id, until the parent has heard of the erase. The feed names what is gone until every
    /// child has read that.
    pub(crate) fn forget(&self, unit: &Unit, customer: &CustomerId) -> Result<()> {
        put_rest(self.conn, unit, None)?;
        if self.mode.keeps_base {
            let hash = self.kept_hash(unit)?.flatten();
            self.prepare_cached("delete from base where kind = ?1 and ref = ?2")?
                .execute(params![unit.kind, unit.id])?;
            if let Some(hash) = hash {
                self.prepare_cached(
                    "insert into base (kind, ref, hash, seal)
                     values (?1, ?2, ?3, seal(?1, ?2, ?3, null))",
                )?
                .execute(params![
                    unit.kind,
                    forgotten(customer) + &hash_of_name(unit),
                    hash_cell(hash)
                ])?;
            }
        }
        Ok(())
    }

    /// Takes the words of an erased customer out of what is kept aside, staged or carried on unread: of
    /// the customer and the postings named.
    pub(crate) fn erase(&self, customer: &CustomerId, postings: &[String]) -> Result<()> {
        put_rest(self.conn, &Unit::new(Kind::Person, customer.as_str()), None)?;
        if !self.mode.keeps_base {
            return Ok(());
        }
        let postings = postings.iter().map(|id| (Kind::Posting, id.as_str()));
        for (kind, id) in [(Kind::Person, customer.as_str())].into_iter().chain(postings) {
            self.prepare_cached(
                "update base set image = null, seal = seal(kind, ref, hash, null)
                  where kind = ?1 and ref = ?2",
            )?
            .execute(params![kind, id])?;
        }
        // What was staged is asked for again.
        self.prepare_cached("delete from stage")?.execute([])?;
        self.prepare_cached("update node set stage_cursor = null, stage_full = 0")?.execute([])?;
        Ok(())
    }

    /// The key of a customer whose row stands there but counts as none.
    pub(crate) fn absent(&self, id: &CustomerId) -> Option<i64> {
        let absent = self.absent.borrow();
        if absent.is_empty() { None } else { absent.get(id).copied() }
    }

    /// Makes a row count as none, or as one again.
    pub(crate) fn set_absent(&self, id: &CustomerId, key: Option<i64>) {
        let mut absent = self.absent.borrow_mut();
        match key {
            Some(key) => absent.insert(id.clone(), key),
            None => absent.remove(id),
        };
    }

    /// The rows that count as none at the end.
    pub(crate) fn take_absent(&self) -> BTreeMap<CustomerId, i64> {
        std::mem::take(&mut *self.absent.borrow_mut())
    }

    /// The hash of the parent's version of a unit, where it is kept aside.
    pub(crate) fn kept_hash(&self, unit: &Unit) -> Result<Option<Option<u128>>> {
        let sql = "select hash from base where kind = ?1 and ref = ?2";
        let mut statement = self.prepare_cached(sql)?;
        let hash: Option<Option<[u8; 16]>> =
            statement.query_row(params![unit.kind, unit.id], |row| row.get(0)).optional()?;
        Ok(hash.map(|hash| hash.map(u128::from_le_bytes)))
    }
}

/// How the names begin under which units are kept whose own names have gone with a customer. No unit
/// has such a name itself.
pub(crate) fn forgotten(customer: &CustomerId) -> String {
    format!("{FORGOTTEN}{customer}\n")
}

/// What a name of such a unit ends with, by which it is found when somebody tells of it.
pub(crate) fn hash_of_name(unit: &Unit) -> String {
    format!("{:032x}", Image::default().hash(unit))
}

/// Whether a unit is kept under such a name.
pub(crate) fn is_forgotten(unit: &Unit) -> bool {
    unit.id.starts_with(FORGOTTEN)
}
