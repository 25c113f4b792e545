//! Copy: a node's copy of its parent's state, while it is renewed.

mod withheld;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;
use serde_json::Value;

use super::repair;
use crate::clock::Hlc;
use crate::credit;
use crate::customer::{self, Owner};
use crate::drill::{self, Rule};
use crate::error::Result;
use crate::id::CustomerId;
use crate::image;
use crate::money::Money;
use crate::operation::{self, Operation};
use crate::store::Tx;
use crate::unit::{Digest, Image, Kind, Mode, Rows, Unit};
pub(super) use withheld::is_erased;

/// What a customer looked like before.
#[derive(Debug, Clone, Copy)]
struct Before {
    /// `None` of one that was not there.
    version: Option<u64>,
    /// Of a customer with pending work; for others it is enough to know whether a unit has changed.
    print: Option<Print>,
    /// The row as it is now but for its times; `None` when it must be read.
    owner: Option<Owner>,
}

/// A unit that was kept aside: its name, its hash, its image.
type Kept = (Unit, Option<u128>, Option<Image>);

/// What a caller sees of a customer: registers and all that belongs to them, times, balance.
type Print = (Option<u128>, Option<u128>, Money);

/// The rows while the copy is renewed.
#[derive(Debug)]
pub(super) struct Copy<'a> {
    tx: &'a Tx<'a>,
    rows: Rows<'a>,
    /// Customers that were touched, with what they were.
    before: BTreeMap<CustomerId, Before>,
    /// Units of customers that were erased here, as the parent still has them: their hash is all that
    /// may be kept.
    withheld: BTreeMap<Unit, u128>,
    /// Customers of whom a unit is another one in the copy.
    changed: BTreeSet<CustomerId>,
    /// Customers whose times the copy does not have yet.
    timeless: BTreeSet<String>,
}

impl<'a> Copy<'a> {
    pub(super) fn begin(tx: &'a Tx<'a>) -> Result<Self> {
        credit::rewrite(tx.conn(), true)?;
        Ok(Self {
            tx,
            rows: Rows::new(tx.conn(), Mode::read(tx.conn())?),
            before: BTreeMap::new(),
            withheld: BTreeMap::new(),
            changed: BTreeSet::new(),
            timeless: BTreeSet::new(),
        })
    }

    /// Puts the parent's version of every unit back that was kept aside.
    pub(super) fn undo(&mut self) -> Result<()> {
        let mut kept = self.read_kept()?;
        // What names others goes before them.
        kept.sort_by(|(one, ..), (other, ..)| other.cmp(one));
        for (unit, hash, image) in &kept {
            if let (Some(hash), None) = (hash, image) {
                self.withheld.insert(unit.clone(), *hash);
            }
        }
        for (unit, hash, image) in kept {
            match (hash, image) {
                (Some(_), None) => {}
                (hash, image) => {
                    let erased = image.as_ref().filter(|image| self.is_erased_here(&unit, image));
                    if let (Some(hash), Some(_)) = (hash, erased) {
                        self.withheld.insert(unit.clone(), hash);
                    }
                    let customer = self.remember(&unit, image.as_ref(), true)?;
                    self.put(&unit, image, customer.as_ref(), false)?;
                }
            }
        }
        self.rows.prepare_cached("delete from base")?.execute([])?;
        Ok(())
    }

    fn read_kept(&self) -> Result<Vec<Kept>> {
        let mut statement = self.rows.prepare_cached("select kind, ref, hash, image from base")?;
        let mut rows = statement.query([])?;
        let mut kept = Vec::new();
        while let Some(row) = rows.next()? {
            let unit = Unit { kind: row.get(0)?, id: row.get(1)? };
            let hash: Option<[u8; 16]> = row.get(2)?;
            let image: Option<String> = row.get(3)?;
            let image = image.as_deref().map(Image::parse).transpose()?;
            kept.push((unit, hash.map(u128::from_le_bytes), image));
        }
        Ok(kept)
    }

    /// Writes what is staged and not here already, and keeps the digest of the copy in step. Returns how
    /// many units that were, and the greatest clock reading in them.
    pub(super) fn replace(&mut self, digest: &mut Digest) -> Result<(u64, u64)> {
        let is_full: bool =
            self.rows.query_row("select stage_full from node", [], |row| row.get(0))?;
        let gone_here = if is_full { self.remove_unstaged(digest)? } else { Vec::new() };
        let (mut n_units, mut time) = (0, 0);
        // A location that is gone leaves no row behind, so every claim lets go of it first.
        let gone =
            (Kind::Location, "select ref, image from stage where kind = ?1 and image is null");
        let sql = "select ref, image from stage
                    where kind = ?1 and (image <> '' or image is null and kind <> 'location')";
        for (kind, sql) in Kind::ALL.iter().map(|kind| (*kind, sql)).chain([gone]) {
            let mut statement = self.tx.conn().prepare_cached(sql)?;
            let mut staged = statement.query([kind])?;
            while let Some(row) = staged.next()? {
                let unit = Unit { kind, id: row.get(0)? };
                let image: Option<String> = row.get(1)?;
                let image = image.as_deref().map(Image::parse).transpose()?;
                if let Some(image) = &image {
                    time = time.max(greatest_time(&image.stamps));
                }
                self.take(&unit, image, digest)?;
                n_units += 1;
            }
        }
        for unit in gone_here {
            self.take(&unit, None, digest)?;
        }
        Ok((n_units, time))
    }

    /// Takes one unit as the parent has it.
    fn take(&mut self, unit: &Unit, image: Option<Image>, digest: &mut Digest) -> Result<()> {
        let is_new = unit.kind == Kind::Posting && !credit::is_here(&self.rows, &unit.id)?;
        if let Some(image) = image.as_ref().filter(|image| self.is_erased_here(unit, image)) {
            return self.withhold(unit, image, is_new, digest);
        }
        let customer = self.remember(unit, image.as_ref(), false)?;
        let owner = customer.as_ref().and_then(|customer| customer.1);
        let old =
            if is_new { self.withheld.get(unit).copied() } else { self.old_hash(unit, owner)? };
        self.withheld.remove(unit);
        if let (Kind::Person, Some(image)) = (unit.kind, &image)
            && is_erased(image)
        {
            // Whether or not they are shown here: words may have been staged, also in a run that never
            // came to its end, and where those lay the pages still hold them.
            self.tx.scrub_later()?;
            self.erase(&unit.id, digest)?;
        }
        self.take_times(unit, old, image.is_some(), digest)?;
        let written = self.put(unit, image, customer.as_ref(), is_new)?;
        let new = match self.is_absent(unit) {
            true => None,
            false if written.is_some() => written.map(|image| image.hash(unit)),
            false => image::hash_of(unit, image::of(&self.rows, unit))?,
        };
        if old != new {
            self.changed.extend(customer.map(|(id, _)| id));
            digest.replace(unit.kind, old, new);
        }
        Ok(())
    }

    /// The times of a customer have no row of their own: they come and go with the customer's.
    fn take_times(
        &mut self,
        unit: &Unit,
        old: Option<u128>,
        is_there: bool,
        digest: &mut Digest,
    ) -> Result<()> {
        match (unit.kind, old, is_there) {
            (Kind::Person, None, true) => drop(self.timeless.insert(unit.id.clone())),
            (Kind::Person, Some(_), false) => {
                let times = Unit::new(Kind::Times, unit.id.as_str());
                digest.replace(Kind::Times, self.base_hash(&times, None)?, None);
            }
            (Kind::Times, ..) => drop(self.timeless.remove(&unit.id)),
            _ => {}
        }
        Ok(())
    }

    /// The hash of the unit in the copy as it stands; `owner` is the row of its customer, where it was
    /// just read.
    fn base_hash(&self, unit: &Unit, owner: Option<Owner>) -> Result<Option<u128>> {
        if let Some(hash) = self.withheld.get(unit) {
            return Ok(Some(*hash));
        }
        let is_timeless = unit.kind == Kind::Times && self.timeless.contains(&unit.id);
        if is_timeless || self.is_absent(unit) {
            return Ok(None);
        }
        let image = match (unit.kind, owner) {
            (Kind::Times, Some(owner)) => image::times_of_owner(&self.rows, unit, owner).map(Some),
            _ => image::of(&self.rows, unit),
        };
        image::hash_of(unit, image)
    }

    fn is_absent(&self, unit: &Unit) -> bool {
        matches!(unit.kind, Kind::Person | Kind::Times)
            && CustomerId::new(&unit.id).is_ok_and(|id| self.rows.absent(&id).is_some())
    }

    /// Removes every unit that the parent does not have, after it was asked for everything, but for the
    /// locations among them, which it returns.
    fn remove_unstaged(&mut self, digest: &mut Digest) -> Result<Vec<Unit>> {
        let sql = "select stage_buckets from node";
        let buckets: Option<Vec<u8>> = self.rows.query_row(sql, [], |row| row.get(0))?;
        let is_asked_for =
            |unit: &Unit| buckets.as_ref().is_none_or(|buckets| repair::covers(buckets, unit));
        let mut gone = Vec::new();
        let mut is_staged = self.tx.conn().prepare_cached(
            "select 1 from stage where kind = ?1 and ref = ?2 and image is not null",
        )?;
        image::for_each(&self.rows, |unit| {
            if is_asked_for(&unit)
                && !self.is_absent(&unit)
                && !is_staged.exists(params![unit.kind, unit.id])?
            {
                gone.push(unit);
            }
            Ok(())
        })?;
        gone.sort_by(|one, other| other.cmp(one));
        let is_location = |unit: &Unit| unit.kind == Kind::Location;
        let (locations, gone): (Vec<_>, Vec<_>) = gone.into_iter().partition(is_location);
        for unit in gone {
            self.take(&unit, None, digest)?;
        }
        let withheld: Vec<Unit> = self.withheld.keys().cloned().collect();
        for unit in withheld {
            if is_asked_for(&unit) && !is_staged.exists(params![unit.kind, unit.id])? {
                digest.replace(unit.kind, self.withheld.remove(&unit), None);
            }
        }
        Ok(locations)
    }

    /// Writes a unit of this customer; see [`image::put`].
    fn put(
        &mut self,
        unit: &Unit,
        image: Option<Image>,
        customer: Option<&(CustomerId, Option<Owner>)>,
        is_new: bool,
    ) -> Result<Option<Image>> {
        let owner = customer.and_then(|customer| customer.1);
        let written = image::put(&self.rows, unit, image, owner, is_new)?;
        if self.rows.mode().keeps_feed {
            self.rows.note([unit.clone()]);
        }
        // The row may have come into being, or have another state now.
        if unit.kind == Kind::Person
            && let Some((id, _)) = customer
            && let Some(before) = self.before.get_mut(id)
        {
            before.owner = None;
        }
        Ok(written)
    }

    /// Remembers what the unit's customer was. Returns whose it is, and that row, with its times where
    /// the unit is these.
    fn remember(
        &mut self,
        unit: &Unit,
        image: Option<&Image>,
        is_pending: bool,
    ) -> Result<Option<(CustomerId, Option<Owner>)>> {
        let id = match unit.kind {
            Kind::Person | Kind::Times => Some(unit.id.clone()),
            Kind::Posting => match image.and_then(|image| image.content.get("customer")) {
                Some(customer) => customer.as_str().map(str::to_owned),
                None => credit::customer_of(&self.rows, &unit.id)?,
            },
            Kind::Location | Kind::Claim | Kind::Conflict => None,
        };
        let Some(Ok(id)) = id.as_deref().map(CustomerId::new) else { return Ok(None) };
        if let Some(before) = self.before.get_mut(&id) {
            if before.owner.is_none() || unit.kind == Kind::Times {
                before.owner = customer::find_owner(&self.rows, &id)?;
            }
            let owner = before.owner;
            return Ok(Some((id, owner)));
        }
        let owner = customer::find_owner(&self.rows, &id)?;
        let print = match is_pending {
            true => match customer::account(&self.rows, &id)? {
                Some(account) => Some(self.look(&id, account.credit)?),
                None => None,
            },
            false => None,
        };
        let version = owner.and_then(|owner| owner.version);
        self.before.insert(id.clone(), Before { version, print, owner });
        Ok(Some((id, owner)))
    }

    fn look(&self, id: &CustomerId, credit: Money) -> Result<Print> {
        let hash = |kind| -> Result<Option<u128>> {
            let unit = Unit::new(kind, id.as_str());
            image::hash_of(&unit, image::of(&self.rows, &unit))
        };
        Ok((hash(Kind::Person)?, hash(Kind::Times)?, credit))
    }

    /// Applies a pending operation again. What it says may not be possible any more; it then has no
    /// effect here until the root has decided.
    pub(super) fn redo(&mut self, operation: &Operation) -> Result<()> {
        self.keep_withheld()?;
        operation::redo(self.tx, &self.rows, operation)
    }

    /// Brings balances, versions, the feed and the search in line with the rows.
    pub(super) fn settle(mut self) -> Result<()> {
        self.keep_withheld()?;
        for (id, key) in self.rows.take_absent() {
            customer::remove(&self.rows, key)?;
            self.before.remove(&id);
            self.tx.note_change(key);
        }
        let sql = "select version_floor from node";
        let floor: u64 = self.rows.query_row(sql, [], |row| row.get(0))?;
        for (id, before) in &self.before {
            let owner = match before.owner {
                None => customer::find_owner(&self.rows, id)?,
                owner => owner,
            };
            let Some(Owner { key, .. }) = owner else { continue };
            let credit = customer::add_up(&self.rows, key)?;
            let is_changed = match before.print {
                Some(print) => self.look(id, credit)? != print,
                None => before.version.is_none() || self.changed.contains(id),
            };
            let more = u64::from(is_changed && drill::holds(Rule::Version));
            customer::settle(&self.rows, key, before.version.unwrap_or(floor) + more, credit)?;
            if is_changed {
                self.tx.note_change(key);
            }
        }
        credit::rewrite(&self.rows, false)?;
        self.rows.settle(self.tx.store().incarnation(), image::of)
    }
}

/// The greatest clock reading among stamps.
fn greatest_time(stamps: &serde_json::Map<String, Value>) -> u64 {
    let time = |value: &Value| match value {
        Value::String(text) => Hlc::parse(text).map_or(0, Hlc::time),
        Value::Object(more) => greatest_time(more),
        _ => 0,
    };
    stamps.values().map(time).max().unwrap_or(0)
}
