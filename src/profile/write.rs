//! Creating and replacing a profile: what differs becomes one operation.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Profile;
use super::debt::debt_account_removed;
use crate::address::{self, ADDRESSES_MAX, Address};
use crate::card::{self, CARDS_MAX, Card};
use crate::claim::{self, ClaimKind};
use crate::credit::CreditTransaction;
use crate::customer::{self, Account, Customer, ERASED, Known, LIVE};
use crate::debt_account;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::money::Money;
use crate::operation::{self, Change, ChangeKind};
use crate::register::{Fields, difference};
use crate::store::{Store, Tx};

/// What a customer is to be from now on. `None` leaves a part as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Every field of the customer; its `version` names the state it was made from.
    pub customer: Customer,
    /// All addresses.
    pub addresses: Option<Vec<Address>>,
    /// All cards.
    pub cards: Option<Vec<Card>>,
    /// The balance; where it differs, the difference is recorded as a correction, which needs a
    /// version (design section 4).
    pub credit: Option<Money>,
}

impl From<Customer> for Replacement {
    fn from(customer: Customer) -> Self {
        Self { customer, addresses: None, cards: None, credit: None }
    }
}

impl From<Profile> for Replacement {
    fn from(profile: Profile) -> Self {
        let Profile { customer, addresses, cards, credit, .. } = profile;
        Self { customer, addresses: Some(addresses), cards: Some(cards), credit: Some(credit) }
    }
}

macro_rules! one_transaction {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),+) -> $answer:ty;)+) => {
        impl Store {$(
            $(#[$doc])*
            pub fn $name(&self, $($argument: $kind),+) -> Result<$answer> {
                self.write_whole(|tx| tx.$name($($argument),+))
            }
        )+}
    };
}
pub(crate) use one_transaction;

one_transaction! {
    /// Stores a new customer and returns it as it is stored; see [`Tx::create`].
    ///
    /// # Errors
    ///
    /// As [`Tx::create`].
    create_customer(customer: &Customer) -> Customer;
    /// Replaces every field of a customer and returns it as it is stored; see [`Tx::replace`].
    ///
    /// # Errors
    ///
    /// As [`Tx::replace`].
    update_customer(customer: &Customer) -> Customer;
    /// Stores a new customer with addresses, cards and credit; see [`Tx::create`].
    ///
    /// # Errors
    ///
    /// As [`Tx::create`].
    create(new: &Replacement) -> Profile;
    /// Replaces a customer with addresses, cards and credit; see [`Tx::replace`].
    ///
    /// # Errors
    ///
    /// As [`Tx::replace`].
    replace(new: &Replacement) -> Profile;
}

impl Tx<'_> {
    /// Stores a new customer and returns it as it is stored.
    ///
    /// # Errors
    ///
    /// As [`Tx::create`].
    pub fn create_customer(&self, customer: &Customer) -> Result<Customer> {
        Ok(self.create(&customer.clone().into())?.customer)
    }

    /// Replaces every field of a customer and returns it as it is stored.
    ///
    /// # Errors
    ///
    /// As [`Tx::replace`].
    pub fn update_customer(&self, customer: &Customer) -> Result<Customer> {
        Ok(self.replace(&customer.clone().into())?.customer)
    }

    /// Changes single fields of a customer as it stands now, and returns it as it is stored.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Invalid`], [`Error::Taken`]: a field breaks a rule.
    pub fn edit_customer(
        &self,
        id: &CustomerId,
        edit: impl FnOnce(&mut Customer),
    ) -> Result<Customer> {
        let mut customer = self.customer(id)?;
        edit(&mut customer);
        customer.id = id.clone();
        self.update_customer(&customer)
    }

    /// Stores a new customer, with addresses, cards and credit, and returns it as it is stored. An
    /// id that was deleted is revived with this content. A version in it plays no part.
    ///
    /// # Errors
    ///
    /// - [`Error::Exists`]: the id is in use; [`Error::Erased`]: it was, and never will be again;
    /// - [`Error::Taken`]: another customer has the external id or a card's serial number;
    /// - [`Error::VersionRequired`]: the deleted customer has credit, and another is given;
    /// - [`Error::Invalid`]: a field breaks a rule.
    pub fn create(&self, new: &Replacement) -> Result<Profile> {
        self.create_unread(new)?;
        super::find(self.conn(), &new.customer.id)
    }

    /// Stores a new customer like [`Tx::create`], without reading it again.
    pub(crate) fn create_unread(&self, new: &Replacement) -> Result<()> {
        self.create_as(new, None)
    }

    /// Stores a new customer like [`Tx::create_unread`]; the correction of its credit is `actor`'s.
    pub(crate) fn create_as(&self, new: &Replacement, actor: Option<String>) -> Result<()> {
        let id = &new.customer.id;
        let known = customer::known(self.conn(), id)?;
        match known.as_ref().map(|known| known.state) {
            Some(LIVE) => return Err(Error::Exists(id.clone())),
            Some(ERASED) => return Err(Error::Erased(id.clone())),
            _ => {}
        }
        // Credit that reached a deleted customer is not wiped by reviving it.
        let balance = known.as_ref().map_or(Money::ZERO, |known| known.credit);
        if balance != Money::ZERO && new.credit.is_some_and(|credit| credit != balance) {
            return Err(Error::VersionRequired { reason: "the credit differs from the balance" });
        }
        let kind = known.is_none().then_some(ChangeKind::Create);
        self.store_profile(new, known.as_ref(), kind, actor)
    }

    /// Replaces a customer, with the addresses, cards and credit that are given, and returns it as
    /// it is stored. Only what differs from the stored rows becomes an operation; nothing does
    /// when nothing differs.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`], [`Error::Erased`]: there is no such customer;
    /// - [`Error::VersionMismatch`]: it has changed since the version this was made from;
    /// - [`Error::VersionRequired`]: the credit differs, or the file demands it, and no version is
    ///   named;
    /// - [`Error::Taken`]: another customer has the external id or a card's serial number;
    /// - [`Error::InsufficientCredit`]: the correction would take the balance below its limit;
    /// - [`Error::Invalid`]: a field breaks a rule.
    pub fn replace(&self, new: &Replacement) -> Result<Profile> {
        self.replace_as(new, None)?;
        super::find(self.conn(), &new.customer.id)
    }

    /// Replaces a customer like [`Tx::replace`], without reading it again; the correction of its
    /// credit is `actor`'s.
    pub(crate) fn replace_as(&self, new: &Replacement, actor: Option<String>) -> Result<()> {
        let known = self.live(&new.customer.id)?;
        self.check_version(&known, new.customer.version)?;
        if new.customer.version.is_none() && new.credit.is_some_and(|credit| credit != known.credit)
        {
            return Err(Error::VersionRequired { reason: "the credit differs from the balance" });
        }
        self.store_profile(new, Some(&known), Some(ChangeKind::Set), actor)
    }

    /// The row of a live customer.
    pub(super) fn live(&self, id: &CustomerId) -> Result<Known> {
        match customer::known(self.conn(), id)? {
            Some(known) if known.state == LIVE => Ok(known),
            Some(known) if known.state == ERASED => Err(Error::Erased(id.clone())),
            _ => Err(Error::no_customer(id)),
        }
    }

    pub(super) fn check_version(&self, known: &Known, sent: Option<u64>) -> Result<()> {
        let stored = known.customer.version.unwrap_or_default();
        let required = || -> Result<bool> {
            let mut statement = self.conn().prepare_cached("select require_version from node")?;
            Ok(statement.query_row([], |row| row.get(0))?)
        };
        match sent {
            Some(sent) if sent != stored => {
                Err(Error::VersionMismatch { id: known.customer.id.clone(), stored, sent })
            }
            None if required()? => {
                Err(Error::VersionRequired { reason: "this file demands it of every write" })
            }
            _ => Ok(()),
        }
    }

    /// Writes one operation with all that differs. `kind` is `None` for a revived customer.
    fn store_profile(
        &self,
        new: &Replacement,
        known: Option<&Known>,
        kind: Option<ChangeKind>,
        actor: Option<String>,
    ) -> Result<()> {
        let mut customer = new.customer.normalised();
        customer.ext = carried(known.map(|known| &known.customer.ext));
        customer.check(known.map(|known| &known.customer), self.store().now())?;
        let key = known.map(|known| known.key);
        let revived = kind.is_none();
        let claimed =
            known.filter(|_| !revived).and_then(|known| known.customer.external_id.as_ref());
        if let Some(external_id) = customer.external_id.as_ref().filter(|id| Some(*id) != claimed) {
            let parameter = || "external_id".to_owned();
            claim::check_free(self.conn(), ClaimKind::ExternalId, external_id, key, parameter)?;
        }
        let id = &customer.id;
        let before = known.map(|known| known.customer.fields()).unwrap_or_default();
        let fields = difference(&before, &customer.fields());
        let mut changes = Vec::new();
        if kind == Some(ChangeKind::Create) || !fields.is_empty() {
            let kind = kind.unwrap_or(ChangeKind::Set);
            changes.push(Change::new(kind, id, fields));
        }
        changes.extend(self.address_changes(
            &customer,
            new.addresses.as_deref(),
            known,
            revived,
        )?);
        changes.extend(self.card_changes(id, new.cards.as_deref(), key, revived)?);
        if revived {
            let accounts =
                key.map_or(Ok(Vec::new()), |key| debt_account::list(self.conn(), key))?;
            changes.extend(accounts.iter().map(|account| debt_account_removed(id, &account.id)));
            // Last, so that it claims what the customer has from now on.
            changes.push(Change::bare(ChangeKind::Undelete, id));
        }
        changes.extend(self.correction(new, known, &customer, actor)?);
        match changes.is_empty() {
            true => Ok(()),
            false => operation::append(self, &changes),
        }
    }

    fn address_changes(
        &self,
        customer: &Customer,
        addresses: Option<&[Address]>,
        known: Option<&Known>,
        revived: bool,
    ) -> Result<Vec<Change>> {
        let stored = known
            .map(|known| known.key)
            .map_or(Ok(Vec::new()), |key| address::list(self.conn(), key))?;
        let kept: &[Address] = if revived { &[] } else { &stored };
        let addresses = addresses.unwrap_or(kept);
        check_count("addresses", addresses.len(), ADDRESSES_MAX, stored.len())?;
        let mut ids = HashSet::new();
        for (i, address) in addresses.iter().enumerate() {
            address.check(&format!("addresses[{i}]"))?;
            if !ids.insert(&address.id) {
                return Err(Error::invalid(format!("addresses[{i}].id"), "is given twice"));
            }
        }
        let before = known.filter(|_| !revived).map(|known| &known.customer);
        let references = [
            ("primary_address_id", &customer.primary_address_id),
            ("delivery_address_id", &customer.delivery_address_id),
        ];
        let references_before =
            before.map(|before| [&before.primary_address_id, &before.delivery_address_id]);
        for (i, (name, reference)) in references.into_iter().enumerate() {
            let Some(id) = reference else { continue };
            // Another node may have removed the address while this one came to refer to it.
            let dangled = references_before.is_some_and(|before| before[i] == reference)
                && !stored.iter().any(|address| address.id == *id);
            if !ids.contains(id) && !dangled {
                return Err(Error::invalid(name, "must be one of the customer's addresses"));
            }
        }
        let gone = stored.iter().filter(|address| !ids.contains(&address.id));
        let gone = gone.map(|address| {
            let fields = Fields::from([("id".to_owned(), Value::from(address.id.as_str()))]);
            Change::new(ChangeKind::AddressRemove, &customer.id, fields)
        });
        let differ = addresses.iter().filter_map(|address| {
            let stored = stored.iter().find(|stored| stored.id == address.id);
            let address = Address { ext: carried(stored.map(|s| &s.ext)), ..address.clone() };
            (stored != Some(&address))
                .then(|| Change::new(ChangeKind::AddressSet, &customer.id, address.fields()))
        });
        Ok(gone.chain(differ).collect())
    }

    fn card_changes(
        &self,
        id: &CustomerId,
        cards: Option<&[Card]>,
        key: Option<i64>,
        revived: bool,
    ) -> Result<Vec<Change>> {
        let stored = key.map_or(Ok(Vec::new()), |key| card::list(self.conn(), key))?;
        let kept: &[Card] = if revived { &[] } else { &stored };
        let cards = cards.unwrap_or(kept);
        check_count("cards", cards.len(), CARDS_MAX, stored.len())?;
        let mut serials = HashSet::new();
        for (i, card) in cards.iter().enumerate() {
            let parameter = || format!("cards[{i}].serial_number");
            card.check(&format!("cards[{i}]"))?;
            if !serials.insert(&card.serial_number) {
                return Err(Error::invalid(parameter(), "is given twice"));
            }
            let serial = card.serial_number.as_str();
            if revived || !stored.iter().any(|stored| stored.serial_number == card.serial_number) {
                claim::check_free(self.conn(), ClaimKind::Card, serial, key, parameter)?;
            }
        }
        let gone = stored.iter().filter(|card| !serials.contains(&card.serial_number));
        let gone = gone.map(|card| super::part::card_removed(id, &card.serial_number));
        let differ = cards.iter().filter_map(|card| {
            let stored = stored.iter().find(|stored| stored.serial_number == card.serial_number);
            let card = Card { ext: carried(stored.map(|s| &s.ext)), ..card.clone() };
            (stored != Some(&card)).then(|| super::part::card_set(id, &card))
        });
        Ok(gone.chain(differ).collect())
    }

    fn correction(
        &self,
        new: &Replacement,
        known: Option<&Known>,
        customer: &Customer,
        actor: Option<String>,
    ) -> Result<Option<Change>> {
        let balance = known.map_or(Money::ZERO, |known| known.credit);
        let Some(difference) = new.credit.map(|credit| credit.checked_sub(balance)) else {
            return Ok(None);
        };
        let difference = difference.ok_or(Error::Overflow)?;
        if difference == Money::ZERO {
            return Ok(None);
        }
        let stamp = self.store().stamp();
        let mut t = CreditTransaction::correction(stamp, &customer.id, difference);
        t.actor = actor;
        t.check()?;
        // A customer who is made by this very operation has no row yet, and no transaction either.
        let account = Account::of(known.map_or(0, |known| known.key), balance, customer);
        Ok(Some(self.credit_change(&t, &account)?.0))
    }
}

/// More than `limit` may have come together from several nodes; then there must not be still more.
/// Fields of newer versions are carried from the stored row, whatever a caller gives: who does not
/// know them can neither drop nor invent them.
pub(super) fn carried(stored: Option<&Map<String, Value>>) -> Map<String, Value> {
    stored.cloned().unwrap_or_default()
}

fn check_count(parameter: &str, count: usize, limit: usize, stored: usize) -> Result<()> {
    match count > limit.max(stored) {
        true => Err(Error::invalid(parameter, format!("must be at most {limit}"))),
        false => Ok(()),
    }
}
