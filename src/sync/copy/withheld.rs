//! Withheld: units of customers that were erased here, while the parent still has their words.
//!
//! Of those the copy keeps the hash alone, so that the digest of the parent's state can be computed.

use rusqlite::params;
use serde_json::Value;

use super::Copy;
use crate::claim;
use crate::customer::{self, ERASED, Owner};
use crate::error::Result;
use crate::id::CustomerId;
use crate::operation;
use crate::unit::{Digest, Image, Kind, Unit, forgotten, hash_cell, hash_of_name, is_forgotten};

impl Copy<'_> {
    /// Takes a unit with words of a customer whose erase the parent has not heard of: without them, or
    /// without the one who was erased.
    pub(super) fn withhold(
        &mut self,
        unit: &Unit,
        image: &Image,
        is_new: bool,
        digest: &mut Digest,
    ) -> Result<()> {
        let old = self.old_hash(unit, None)?;
        let hash = image.hash(unit);
        digest.replace(unit.kind, old, Some(hash));
        self.withheld.insert(unit.clone(), hash);
        if matches!(unit.kind, Kind::Posting | Kind::Claim) {
            let customer = self.remember(unit, Some(image), false)?;
            self.put(unit, Some(image.clone()), customer.as_ref(), is_new)?;
        }
        Ok(())
    }

    /// Customers who are erased in the copy, and of whom words are staged all the same: the parent has
    /// gone back behind the erase, or lags behind the one before it. Nothing revives them: they count as
    /// erased here, and the erase is to be said once more, for maybe nobody above has it any longer.
    pub(in crate::sync) fn withhold_revived(&mut self) -> Result<Vec<CustomerId>> {
        let mut statement = self.tx.conn().prepare_cached(
            "select stage.ref, stage.image
               from stage
               join customer on customer.id = stage.ref
              where stage.kind = 'person' and stage.image <> '' and customer.state = ?1",
        )?;
        let mut staged = statement.query([ERASED])?;
        let mut revived = Vec::new();
        while let Some(row) = staged.next()? {
            let id: CustomerId = row.get(0)?;
            let unit = Unit::new(Kind::Person, id.as_str());
            let image: String = row.get(1)?;
            if is_erased(&Image::parse(&image)?) || self.withheld.contains_key(&unit) {
                continue;
            }
            if let Some(hash) = self.base_hash(&unit, None)? {
                self.withheld.insert(unit, hash);
                revived.push(id);
            }
        }
        Ok(revived)
    }

    /// The hash of a unit that the parent tells of, as it was in the copy, under whatever name.
    pub(super) fn old_hash(&mut self, unit: &Unit, owner: Option<Owner>) -> Result<Option<u128>> {
        Ok(self.base_hash(unit, owner)?.or_else(|| self.take_forgotten(unit)))
    }

    /// A claim or a conflict whose name has gone with a customer who was erased here: the parent, which
    /// has not heard of the erase, tells of it by its name, whatever has become of it there.
    fn take_forgotten(&mut self, unit: &Unit) -> Option<u128> {
        if self.withheld.is_empty() || !matches!(unit.kind, Kind::Claim | Kind::Conflict) {
            return None;
        }
        let name = hash_of_name(unit);
        let is_it =
            |kept: &&Unit| kept.kind == unit.kind && is_forgotten(kept) && kept.id.ends_with(&name);
        let kept = self.withheld.keys().find(is_it)?.clone();
        self.withheld.remove(&kept)
    }

    /// Whether the image has words of a customer whose erase the parent has not heard of.
    pub(super) fn is_erased_here(&self, unit: &Unit, image: &Image) -> bool {
        if self.withheld.is_empty() {
            return false;
        }
        let person = |id: &str| self.withheld.contains_key(&Unit::new(Kind::Person, id));
        let named =
            |name: &str| image.content.get(name).and_then(Value::as_str).is_some_and(person);
        match unit.kind {
            Kind::Person => person(&unit.id) && !is_erased(image),
            Kind::Times | Kind::Location => false,
            Kind::Posting => named("customer"),
            Kind::Claim if claim::is_of_location(&unit.id) => false,
            Kind::Claim => {
                let claimants = image.content.get("claimants").and_then(Value::as_array);
                claimants.into_iter().flatten().filter_map(Value::as_str).any(person)
            }
            Kind::Conflict => {
                let kind = image.content.get("kind").and_then(Value::as_str);
                matches!(kind, Some("card" | "external_id" | "debt_account"))
                    && (named("customer") || named("owner"))
            }
        }
    }

    /// Takes the words out of the operations about an erased customer, and out of the copy what is known
    /// by its hash alone of units that went with the customer here.
    pub(super) fn erase(&mut self, id: &str, digest: &mut Digest) -> Result<()> {
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
            Some(account) if account.state == ERASED => Ok(()),
            account => {
                let key = account.map(|account| account.key);
                operation::erase(&self.rows, &customer_id, key)
            }
        }
    }

    /// Keeps the hashes aside, as what was touched here.
    pub(super) fn keep_withheld(&mut self) -> Result<()> {
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
}

/// Whether the image is of a customer who was erased.
pub(in crate::sync) fn is_erased(image: &Image) -> bool {
    image.content.get("state").and_then(Value::as_i64) == Some(ERASED)
}
