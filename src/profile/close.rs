//! The end of a customer: delete, undelete, erase, merge, and how a conflict is settled.

use serde_json::Value;

use super::debt::{check_taken_over, debt_account_set};
use super::part::card_removed;
use super::write::one_transaction;
use crate::address::{self, Address};
use crate::card::{self, Card};
use crate::claim::{self, ClaimKind, ConflictKind};
use crate::credit::{CreditKind, CreditTransaction};
use crate::customer::{self, Account, DELETED, ERASED, Known};
use crate::debt_account::{self, DebtAccount};
use crate::error::{Error, Result};
use crate::id::{CardSerial, CustomerId, LocationId};
use crate::money::Money;
use crate::operation::{self, Change, ChangeKind};
use crate::register::Fields;
use crate::store::{Store, Tx};

one_transaction! {
    /// Hides a customer; external id and card serials are free again. The ledger stays, and so does
    /// everything that [`Store::undelete_customer`] brings back.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`], [`Error::Erased`]: there is no such customer;
    /// - [`Error::VersionMismatch`]: it has changed since the version that is named;
    /// - [`Error::BalanceNotZero`]: pay out or correct the credit first.
    delete_customer(id: &CustomerId, version: Option<u64>) -> ();
    /// Brings a deleted customer back as it was.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there never was such a customer, or it is not deleted;
    /// - [`Error::Erased`]: it was erased, for ever;
    /// - [`Error::Taken`]: another customer has taken its external id, a card's serial number or a debt
    ///   account's external id;
    ///   [`Store::create`] with its id revives it without them.
    undelete_customer(id: &CustomerId) -> ();
    /// Takes all personal data of a customer out of the file, for ever: rows, operations, search
    /// and file pages. The ledger stays without a word in it and still adds up. Erasing again
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there never was such a customer.
    erase_customer(id: &CustomerId) -> ();
    /// Merges the customer `from` into `into`, who takes over cards, addresses, debt accounts
    /// and balance; `from` is deleted. Conflicts between the two are resolved.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`], [`Error::Erased`]: there is no such customer;
    /// - [`Error::Invalid`]: both are the same customer, the balance is beyond the greatest amount of
    ///   one transaction, or the debt accounts of both are more than one customer may have.
    merge_customers(from: &CustomerId, into: &CustomerId) -> ();
    /// Resolves a conflict about a value: the customer or location that does not own it gives it up,
    /// and so does the location of a circle its parent.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such open conflict;
    /// - [`Error::Invalid`]: the conflict is not about a value, or about the name of a location, which
    ///   needs one.
    release_conflict(id: &str) -> ();
    /// Resolves a conflict: everything stays the way it stands.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such open conflict.
    keep_conflict(id: &str) -> ();
}

impl Tx<'_> {
    /// Hides a customer; see [`Store::delete_customer`].
    ///
    /// # Errors
    ///
    /// As [`Store::delete_customer`].
    pub fn delete_customer(&self, id: &CustomerId, version: Option<u64>) -> Result<()> {
        let known = self.live(id)?;
        self.check_version(&known, version)?;
        if known.credit != Money::ZERO {
            let currency = self.store().currency().clone();
            return Err(Error::BalanceNotZero { balance: known.credit, currency });
        }
        operation::append(self, &[Change::bare(ChangeKind::Delete, id)])
    }

    /// Brings a deleted customer back; see [`Store::undelete_customer`].
    ///
    /// # Errors
    ///
    /// As [`Store::undelete_customer`].
    pub fn undelete_customer(&self, id: &CustomerId) -> Result<()> {
        let known = customer::known(self.conn(), id)?.ok_or_else(|| Error::no_customer(id))?;
        match known.state {
            DELETED => {}
            ERASED => return Err(Error::Erased(id.clone())),
            _ => return Err(Error::NotFound { what: "deleted customer", id: id.to_string() }),
        }
        let free = |kind, value: &str, parameter: String| {
            claim::check_free(self.conn(), kind, value, Some(known.key), || parameter)
        };
        if let Some(external_id) = &known.customer.external_id {
            free(ClaimKind::ExternalId, external_id, "external_id".to_owned())?;
        }
        for (i, card) in card::list(self.conn(), known.key)?.iter().enumerate() {
            free(
                ClaimKind::Card,
                card.serial_number.as_str(),
                format!("cards[{i}].serial_number"),
            )?;
        }
        for (i, account) in debt_account::list(self.conn(), known.key)?.iter().enumerate() {
            if let Some(id) = &account.external_id {
                free(ClaimKind::DebtAccount, id, format!("debt_accounts[{i}].external_id"))?;
            }
        }
        operation::append(self, &[Change::bare(ChangeKind::Undelete, id)])
    }

    /// Takes all personal data away; see [`Store::erase_customer`].
    ///
    /// # Errors
    ///
    /// As [`Store::erase_customer`].
    pub fn erase_customer(&self, id: &CustomerId) -> Result<()> {
        let account = customer::account(self.conn(), id)?.ok_or_else(|| Error::no_customer(id))?;
        if account.state == ERASED {
            // The pages may still hold what a reader was looking at the first time.
            return self.scrub_after_commit();
        }
        operation::append(self, &[Change::bare(ChangeKind::Erase, id)])
    }

    /// Merges one customer into another; see [`Store::merge_customers`].
    ///
    /// # Errors
    ///
    /// As [`Store::merge_customers`].
    pub fn merge_customers(&self, from: &CustomerId, into: &CustomerId) -> Result<()> {
        if from == into {
            return Err(Error::invalid("into", "must be another customer"));
        }
        let (source, target) = (self.live(from)?, self.live(into)?);
        let mut changes = Vec::new();
        if source.credit != Money::ZERO {
            let lowered = source.credit.checked_neg().ok_or(Error::Overflow)?;
            changes.push(self.merge_credit(&source, lowered)?);
            changes.push(self.merge_credit(&target, source.credit)?);
        }
        let cards = card::list(self.conn(), source.key)?.iter().map(Card::fields).collect();
        let addresses =
            address::list(self.conn(), source.key)?.iter().map(Address::fields).collect();
        let mut fields = Fields::from([("from".to_owned(), Value::from(from.as_str()))]);
        fields.extend(listed("cards", cards));
        let accounts = debt_account::list(self.conn(), source.key)?;
        check_taken_over(&debt_account::list(self.conn(), target.key)?, &accounts)?;
        let accounts = accounts.iter().map(DebtAccount::fields).collect();
        fields.extend(listed("addresses", addresses));
        fields.extend(listed("debt_accounts", accounts));
        changes.push(Change::new(ChangeKind::Merge, into, fields));
        changes.push(Change::bare(ChangeKind::Delete, from));
        operation::append(self, &changes)
    }

    /// One half of a balance that moves. It is not refused for want of cover: what one customer
    /// owes, the other owes from then on.
    fn merge_credit(&self, known: &Known, amount: Money) -> Result<Change> {
        let t = CreditTransaction::new(
            self.store().stamp(),
            &known.customer.id,
            CreditKind::Merge,
            amount,
        );
        t.check()?;
        let mut account = Account::of(known.key, known.credit, &known.customer);
        account.credit_line = Money::from_minor(i64::MAX / 2);
        Ok(self.credit_change(&t, &account)?.0)
    }

    /// Resolves a conflict by giving the value up; see [`Store::release_conflict`].
    ///
    /// # Errors
    ///
    /// As [`Store::release_conflict`].
    pub fn release_conflict(&self, id: &str) -> Result<()> {
        let conflict = self.conflict(id)?;
        if let Some(location) = &conflict.location_id {
            return self.release_location(location, conflict.kind);
        }
        let about_no_value =
            || Error::invalid("conflict", "is not about a value that can be given up");
        let value = conflict.value.ok_or_else(about_no_value)?;
        let customer = &conflict.customer_id.ok_or_else(about_no_value)?;
        let known = self.live(customer)?;
        let one = |change: Option<Change>| change.into_iter().collect::<Vec<_>>();
        let (claim, give_up) = match conflict.kind {
            ConflictKind::Card => {
                let serial = CardSerial::new(&value)
                    .map_err(|rule| Error::invalid("serial_number", rule))?;
                (ClaimKind::Card, one(Some(card_removed(customer, &serial))))
            }
            ConflictKind::ExternalId => {
                let fields = Fields::from([("external_id".to_owned(), Value::Null)]);
                let holds = known.customer.external_id.as_ref() == Some(&value);
                let clear = Change::new(ChangeKind::Set, customer, fields);
                (ClaimKind::ExternalId, one(holds.then_some(clear)))
            }
            ConflictKind::DebtAccount => {
                let held = debt_account::list(self.conn(), known.key)?.into_iter();
                let held = held.filter(|one| one.external_id.as_ref() == Some(&value));
                let clear = held.map(|one| {
                    debt_account_set(customer, &DebtAccount { external_id: None, ..one })
                });
                (ClaimKind::DebtAccount, clear.collect())
            }
            _ => return Err(about_no_value()),
        };
        let fields = [("claim", claim.as_str()), ("value", value.as_str())];
        let fields =
            fields.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
        let release = Change::new(ChangeKind::Release, customer, fields);
        operation::append(self, &give_up.into_iter().chain([release]).collect::<Vec<_>>())
    }

    fn release_location(&self, id: &LocationId, kind: ConflictKind) -> Result<()> {
        let name = match kind {
            ConflictKind::LocationExternalId => "external_id",
            ConflictKind::LocationCycle => "parent_id",
            _ => {
                let rule = "is about the name of a location; rename or delete one of the two";
                return Err(Error::invalid("conflict", rule));
            }
        };
        let fields = Fields::from([(name.to_owned(), Value::Null)]);
        operation::append(self, &[Change::new(ChangeKind::LocationSet, id, fields)])
    }

    /// Resolves a conflict by leaving everything as it stands; see [`Store::keep_conflict`].
    ///
    /// # Errors
    ///
    /// As [`Store::keep_conflict`].
    pub fn keep_conflict(&self, id: &str) -> Result<()> {
        let conflict = self.conflict(id)?;
        // The id of a conflict about a value is a hash of it, so it goes with an erase; that of a
        // conflict about the ledger is a fact and stays.
        let name = match conflict.kind {
            ConflictKind::Card | ConflictKind::ExternalId | ConflictKind::DebtAccount => "conflict",
            _ => "target",
        };
        let fields = Fields::from([(name.to_owned(), Value::from(id))]);
        // One that concerns nobody is filed under its own name.
        let customer = match conflict.customer_id {
            Some(customer) => customer,
            None => CustomerId::new(id).map_err(|rule| Error::invalid("conflict", rule))?,
        };
        operation::append(self, &[Change::new(ChangeKind::Keep, &customer, fields)])
    }
}

/// A field that lists records, if there are any.
fn listed(name: &str, records: Vec<Fields>) -> Option<(String, Value)> {
    let objects = records.into_iter().map(|fields| Value::Object(fields.into_iter().collect()));
    let objects: Vec<Value> = objects.collect();
    (!objects.is_empty()).then(|| (name.to_owned(), Value::Array(objects)))
}
