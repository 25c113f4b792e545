//! Copy: a node's copy of its parent's state, while it is renewed.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;
use serde_json::Value;

use super::repair;
use crate::claim;
use crate::clock::Hlc;
use crate::credit;
use crate::customer::{self, ERASED};
use crate::drill::{self, Rule};
use crate::error::Result;
use crate::id::CustomerId;
use crate::image;
use crate::operation::{self, Operation};
use crate::store::Tx;
use crate::unit::{Digest, Image, Kind, Mode, Rows, Unit, forgotten, forgotten_of, hash_cell};

/// What a customer looked like before.
#[derive(Debug, Clone, Copy)]
struct Before {
    version: u64,
    /// Of a customer with pending work; for others it is enough to know whether a unit has changed.
    print: Option<Print>,
}

/// A unit that was kept aside: its name, its hash, its image.
type Kept = (Unit, Option<u128>, Option<Image>);

/// What a caller sees of a customer: registers and all that belongs to them, times, balance.
type Print = (Option<u128>, Option<u128>, i64);

/// The rows while the copy is renewed.
#[derive(Debug)]
pub(super) struct Copy<'a> {
    tx: &'a Tx<'a>,
    rows: Rows<'a>,
    /// Customers that were touched, with what they were; `None` for those that were not there.
    before: BTreeMap<CustomerId, Option<Before>>,
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
                    self.put(&unit, image.as_ref(), true)?;
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

    /// Writes what is staged and keeps the digest of the copy in step. Returns how many units came, and
    /// the greatest clock reading in them.
    pub(super) fn replace(&mut self, digest: &mut Digest) -> Result<(u64, u64)> {
        let is_full: bool =
            self.rows.query_row("select stage_full from node", [], |row| row.get(0))?;
        if is_full {
            self.remove_unstaged(digest)?;
        }
        let (mut n_units, mut time) = (0, 0);
        for kind in Kind::ALL {
            let mut statement =
                self.tx.conn().prepare_cached("select ref, image from stage where kind = ?1")?;
            let mut staged = statement.query([kind])?;
            while let Some(row) = staged.next()? {
                let unit = Unit { kind: *kind, id: row.get(0)? };
                let image: Option<String> = row.get(1)?;
                let image = image.as_deref().map(Image::parse).transpose()?;
                if let Some(image) = &image {
                    time = time.max(greatest_time(&image.stamps));
                }
                self.take(&unit, image.as_ref(), digest)?;
                n_units += 1;
            }
        }
        Ok((n_units, time))
    }

    /// Takes one unit as the parent has it.
    fn take(&mut self, unit: &Unit, image: Option<&Image>, digest: &mut Digest) -> Result<()> {
        let old = self.base_hash(unit)?.or_else(|| self.take_forgotten(unit));
        if let Some(image) = image.filter(|image| self.is_erased_here(unit, image)) {
            let hash = image.hash(unit);
            digest.replace(unit.kind, old, Some(hash));
            self.withheld.insert(unit.clone(), hash);
            // Written without the words, or without the one who was erased.
            return match unit.kind {
                Kind::Posting | Kind::Claim => self.put(unit, Some(image), false).map(drop),
                _ => Ok(()),
            };
        }
        self.withheld.remove(unit);
        if let (Kind::Person, Some(image)) = (unit.kind, image)
            && is_erased(image)
        {
            self.erase(&unit.id, digest)?;
        }
        self.take_times(unit, old, image, digest)?;
        let customer = self.put(unit, image, false)?;
        let new = if self.is_absent(unit) { None } else { image::of(&self.rows, unit)? };
        let new = new.map(|image| image.hash(unit));
        if old != new {
            self.changed.extend(customer);
            digest.replace(unit.kind, old, new);
        }
        Ok(())
    }

    /// A claim whose name has gone with the customer who was erased here, and who alone had it: the
    /// parent, which has not heard of the erase, tells of it by its name.
    fn take_forgotten(&mut self, unit: &Unit) -> Option<u128> {
        let is_it = |kept: &Unit, hash: u128| {
            let claimant = forgotten_of(kept).filter(|_| kept.kind == unit.kind);
            claimant.is_some_and(|claimant| claim::claimed_by([claimant]).hash(unit) == hash)
        };
        if unit.kind != Kind::Claim {
            return None;
        }
        let kept = self.withheld.iter().find(|(kept, hash)| is_it(kept, **hash))?.0.clone();
        self.withheld.remove(&kept)
    }

    /// The times of a customer have no row of their own: they come and go with the customer's.
    fn take_times(
        &mut self,
        unit: &Unit,
        old: Option<u128>,
        image: Option<&Image>,
        digest: &mut Digest,
    ) -> Result<()> {
        match (unit.kind, old, image) {
            (Kind::Person, None, Some(_)) => drop(self.timeless.insert(unit.id.clone())),
            (Kind::Person, Some(_), None) => {
                let times = Unit::new(Kind::Times, unit.id.as_str());
                digest.replace(Kind::Times, self.base_hash(&times)?, None);
            }
            (Kind::Times, ..) => drop(self.timeless.remove(&unit.id)),
            _ => {}
        }
        Ok(())
    }

    /// The hash of the unit in the copy as it stands.
    fn base_hash(&self, unit: &Unit) -> Result<Option<u128>> {
        if let Some(hash) = self.withheld.get(unit) {
            return Ok(Some(*hash));
        }
        let is_timeless = unit.kind == Kind::Times && self.timeless.contains(&unit.id);
        if is_timeless || self.is_absent(unit) {
            return Ok(None);
        }
        Ok(image::of(&self.rows, unit)?.map(|image| image.hash(unit)))
    }

    fn is_absent(&self, unit: &Unit) -> bool {
        matches!(unit.kind, Kind::Person | Kind::Times)
            && CustomerId::new(&unit.id).is_ok_and(|id| self.rows.absent(&id).is_some())
    }

    /// Whether the image has words of a customer whose erase the parent has not heard of.
    fn is_erased_here(&self, unit: &Unit, image: &Image) -> bool {
        let person = |id: &str| self.withheld.contains_key(&Unit::new(Kind::Person, id));
        let named =
            |name: &str| image.content.get(name).and_then(Value::as_str).is_some_and(person);
        match unit.kind {
            Kind::Person => person(&unit.id) && !is_erased(image),
            Kind::Times => false,
            Kind::Posting => named("customer"),
            Kind::Claim => {
                let claimants = image.content.get("claimants").and_then(Value::as_array);
                claimants.into_iter().flatten().filter_map(Value::as_str).any(person)
            }
            Kind::Conflict => {
                let kind = image.content.get("kind").and_then(Value::as_str);
                matches!(kind, Some("card" | "external_id"))
                    && (named("customer") || named("owner"))
            }
        }
    }

    /// Takes the words out of the operations about an erased customer, and out of the copy what is known
    /// by its hash alone of units that went with the customer here.
    fn erase(&mut self, id: &str, digest: &mut Digest) -> Result<()> {
        let Ok(customer_id) = CustomerId::new(id) else { return Ok(()) };
        let prefix = forgotten(&customer_id);
        self.withheld.retain(|unit, hash| {
            let is_gone = unit.id.starts_with(&prefix);
            if is_gone {
                digest.replace(unit.kind, Some(*hash), None);
            }
            !is_gone
        });
        match customer::account(&self.rows, &customer_id)? {
            Some(account) if account.state != ERASED => {
                operation::erase(&self.rows, account.key)?;
                self.tx.scrub_later()
            }
            _ => Ok(()),
        }
    }

    /// Removes every unit that the parent does not have, after it was asked for everything.
    fn remove_unstaged(&mut self, digest: &mut Digest) -> Result<()> {
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
        for unit in gone {
            self.take(&unit, None, digest)?;
        }
        let withheld: Vec<Unit> = self.withheld.keys().cloned().collect();
        for unit in withheld {
            if is_asked_for(&unit) && !is_staged.exists(params![unit.kind, unit.id])? {
                digest.replace(unit.kind, self.withheld.remove(&unit), None);
            }
        }
        Ok(())
    }

    /// Writes a unit and returns whose it is.
    fn put(
        &mut self,
        unit: &Unit,
        image: Option<&Image>,
        is_pending: bool,
    ) -> Result<Option<CustomerId>> {
        let customer = self.remember(unit, image, is_pending)?;
        image::put(&self.rows, unit, image)?;
        self.rows.note([unit.clone()]);
        Ok(customer)
    }

    /// Remembers what the unit's customer was.
    fn remember(
        &mut self,
        unit: &Unit,
        image: Option<&Image>,
        is_pending: bool,
    ) -> Result<Option<CustomerId>> {
        let id = match unit.kind {
            Kind::Person | Kind::Times => Some(unit.id.clone()),
            Kind::Posting => match image.and_then(|image| image.content.get("customer")) {
                Some(customer) => customer.as_str().map(str::to_owned),
                None => credit::customer_of(&self.rows, &unit.id)?,
            },
            Kind::Claim | Kind::Conflict => None,
        };
        let Some(Ok(id)) = id.as_deref().map(CustomerId::new) else { return Ok(None) };
        if !self.before.contains_key(&id) {
            let version = customer::version(&self.rows, &id)?;
            let print = if is_pending { self.look(&id)? } else { None };
            self.before.insert(id.clone(), version.map(|version| Before { version, print }));
        }
        Ok(Some(id))
    }

    fn look(&self, id: &CustomerId) -> Result<Option<Print>> {
        let Some(account) = customer::account(&self.rows, id)? else { return Ok(None) };
        let hash = |kind| -> Result<Option<u128>> {
            let unit = Unit::new(kind, id.as_str());
            Ok(image::of(&self.rows, &unit)?.map(|image| image.hash(&unit)))
        };
        Ok(Some((hash(Kind::Person)?, hash(Kind::Times)?, account.credit.minor())))
    }

    /// Applies a pending operation again. What it says may not be possible any more; it then has no
    /// effect here until the root has decided.
    pub(super) fn redo(&mut self, operation: &Operation) -> Result<()> {
        self.keep_withheld()?;
        operation::redo(self.tx, &self.rows, operation)
    }

    fn keep_withheld(&mut self) -> Result<()> {
        for (unit, hash) in std::mem::take(&mut self.withheld) {
            self.rows
                .prepare_cached(
                    "insert into base (kind, ref, hash, seal)
                     values (?1, ?2, ?3, seal(?1, ?2, ?3, null))",
                )?
                .execute(params![unit.kind, unit.id, hash_cell(hash)])?;
        }
        Ok(())
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
            let Some(account) = customer::account(&self.rows, id)? else { continue };
            let version = before.map_or(floor, |before| before.version);
            customer::settle(&self.rows, account.key, version)?;
            let is_changed = match before.and_then(|before| before.print) {
                Some(print) => self.look(id)? != Some(print),
                None => before.is_none() || self.changed.contains(id),
            };
            if is_changed {
                let more = u64::from(drill::holds(Rule::Version));
                customer::set_version(&self.rows, account.key, version + more)?;
                self.tx.note_change(account.key);
            }
        }
        credit::rewrite(&self.rows, false)?;
        self.rows.settle(self.tx.store().incarnation(), image::of)
    }
}

fn is_erased(image: &Image) -> bool {
    image.content.get("state").and_then(Value::as_i64) == Some(ERASED)
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
