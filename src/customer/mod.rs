//! Customer: who buys, what they are granted, and whether they may be served now.

mod column;
mod derived;
mod field;
mod row;

use serde_json::{Map, Value};

use crate::choice::choice;
use crate::clock::Stamp;
use crate::error::{Error, Result, Unusable};
use crate::id::{AddressId, CustomerId};
use crate::money::{Money, Rate};
use crate::store::{Store, Tx};
use crate::time::{Date, Timestamp};

pub(crate) use derived::is_derived_soundly;
pub(crate) use row::{
    Account, DELETED, ERASED, Known, LIVE, SEALED, account, columns, id_of, insert, known, read,
    remove, set_state, set_times, set_version, settle, times, touch, update, version,
};

/// The greatest discount: one hundred percent.
pub const DISCOUNT_RATE_MAX: Rate = Rate::from_millionths(100_000_000);
/// The greatest credit rate: one hundred times what was paid.
pub const CREDIT_RATE_MAX: Rate = Rate::from_millionths(100_000_000);

choice! {
    /// An administrative label; only the open ones may be served.
    Standing {
        /// In good standing: open.
        Active = "active",
        /// Still giving data: open.
        Prospect = "prospect",
        /// Blocked for now: locked.
        Frozen = "frozen",
        /// No longer a customer: archived.
        Inactive = "inactive",
        /// Not seen for long: archived.
        Dormant = "dormant",
        /// Turned down: locked.
        Denied = "denied",
        /// On a sanctions list: locked.
        Sanction = "sanction",
        /// Has died: archived.
        Deceased = "deceased",
        /// The assets have passed to the state: archived.
        Escheat = "escheat",
    }
}

choice! {
    /// The three classes of [`Standing`], which are all that some dialects know.
    StandingClass {
        /// May be served.
        Open = "open",
        /// Shut out for a reason.
        Locked = "locked",
        /// Kept for the record.
        Archived = "archived",
    }
}

impl Standing {
    /// The class this standing belongs to.
    pub const fn class(self) -> StandingClass {
        match self {
            Self::Active | Self::Prospect => StandingClass::Open,
            Self::Frozen | Self::Denied | Self::Sanction => StandingClass::Locked,
            _ => StandingClass::Archived,
        }
    }

    /// The standing after a dialect that knows only active or not has written `active`: one that
    /// says so already stays as it is.
    pub const fn switched(self, active: bool) -> Self {
        match (active, matches!(self.class(), StandingClass::Open)) {
            (true, false) => Self::Active,
            (false, true) => Self::Frozen,
            _ => self,
        }
    }

    /// The standing after a dialect that knows only the classes has written `class`: one that is in
    /// it already stays as it is.
    pub const fn in_class(self, class: StandingClass) -> Self {
        use StandingClass::{Archived, Locked, Open};
        match (class, self.class()) {
            (Open, Open) | (Locked, Locked) | (Archived, Archived) => self,
            (Open, _) => Self::Active,
            (Locked, _) => Self::Frozen,
            (Archived, _) => Self::Inactive,
        }
    }
}

choice! {
    /// Whether a customer is kept out, whatever the standing.
    Ban {
        /// Not kept out.
        Allowed = "allowed",
        /// Kept out for a time.
        Suspended = "suspended",
        /// Kept out.
        Banned = "banned",
    }
}

choice! {
    /// As the Portos contract has it (portos.md 4.1).
    Gender {
        /// Male.
        Male = "male",
        /// Female.
        Female = "female",
    }
}

choice! {
    /// Where the last four digits of the social security number come from.
    SsnSource {
        /// A person gave the full number.
        Manual = "manual",
        /// It was filled in from elsewhere.
        Prefill = "prefill",
    }
}

choice! {
    /// What follows from the clock and the two times alone (portos.md 4.2).
    Validity {
        /// Now lies between activation and expiration.
        Valid = "valid",
        /// Activation lies ahead.
        NotYetValid = "not_yet_valid",
        /// Expiration lies behind.
        Expired = "expired",
    }
}

impl Validity {
    /// The validity at `now` of something that lasts from `activation` to `expiration`, both
    /// included. Activation is looked at first.
    pub fn at(
        now: Timestamp,
        activation: Option<Timestamp>,
        expiration: Option<Timestamp>,
    ) -> Self {
        match (activation, expiration) {
            (Some(activation), _) if now < activation => Self::NotYetValid,
            (_, Some(expiration)) if now > expiration => Self::Expired,
            _ => Self::Valid,
        }
    }
}

/// What is known of the firm a customer stands for; one register, replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Its name.
    pub name: Option<String>,
    /// Company registration number (IČO).
    pub crn: Option<String>,
    /// Value added tax number (IČ DPH).
    pub vat_id: Option<String>,
    /// Tax number (DIČ).
    pub tax_id: Option<String>,
}

/// A customer of the shop.
///
/// The balance is not here: it is the sum of the credit transactions, see
/// [`Store::balance`](crate::Store::balance).
///
/// ```
/// use tillbook::{Customer, Rate, Store};
///
/// let store = Store::open_in_memory()?;
/// let mut ada = Customer::new(store.stamp());
/// ada.first_name = Some("Ada".into());
/// ada.discount_rate = Rate::parse("5")?; // percent
/// let ada = store.create_customer(&ada)?;
/// assert_eq!(store.customer(&ada.id)?, ada);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Names the customer on every node for ever.
    pub id: CustomerId,
    /// Id in an outside system; unique among customers.
    pub external_id: Option<String>,
    /// Administrative label; only open ones may be served.
    pub standing: Standing,
    /// Whether the customer is kept out.
    pub ban: Ban,
    /// Not usable before this instant.
    pub activation_at: Option<Timestamp>,
    /// Not usable after this instant; not before the activation.
    pub expiration_at: Option<Timestamp>,
    /// Given name.
    pub first_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Display name, where it differs from the one [`Customer::display_name`] computes.
    pub full_name: Option<String>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Birth date, not after today.
    pub birth_date: Option<Date>,
    /// E-mail address, as received.
    pub email: Option<String>,
    /// Phone number, as received.
    pub phone: Option<String>,
    /// The last four digits of the social security number; never more of it.
    pub ssn_last4: Option<String>,
    /// Where those digits come from.
    pub ssn_source: Option<SsnSource>,
    /// Whether the customer stands for a company.
    pub is_company: bool,
    /// The company.
    pub company: Option<Company>,
    /// Which of the customer's addresses is the primary one.
    pub primary_address_id: Option<AddressId>,
    /// Which of the customer's addresses is the one for deliveries.
    pub delivery_address_id: Option<AddressId>,
    /// Discount in percent, 0 to 100 with at most 2 decimals.
    pub discount_rate: Rate,
    /// Credit earned per unit paid, 0 to 100: 0.05 earns 5 cents for 1 euro.
    pub credit_rate: Rate,
    /// How far below zero the balance may go; not negative.
    pub credit_line: Money,
    /// The shopkeeper's note.
    pub note: Option<String>,
    /// Free data; its top-level keys merge one by one. A null is the same as no key.
    pub meta: Map<String, Value>,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
    /// The version this value was read at: a write that names a version no longer stored is
    /// refused, one that names none is not checked. `None` until it was stored.
    pub version: Option<u64>,
    /// When it was created. Kept by the store.
    pub created_at: Timestamp,
    /// When it last changed. Kept by the store.
    pub changed_at: Timestamp,
}

impl Customer {
    /// A new customer with the stamp's id and time and every other field at its default.
    pub fn new(stamp: Stamp) -> Self {
        Self::with_id(CustomerId::from(stamp.id), stamp.at)
    }

    /// A new customer with an id of the caller's, made at `at`.
    pub fn with_id(id: CustomerId, at: Timestamp) -> Self {
        Self {
            id,
            external_id: None,
            standing: Standing::Active,
            ban: Ban::Allowed,
            activation_at: None,
            expiration_at: None,
            first_name: None,
            middle_name: None,
            last_name: None,
            full_name: None,
            gender: None,
            birth_date: None,
            email: None,
            phone: None,
            ssn_last4: None,
            ssn_source: None,
            is_company: false,
            company: None,
            primary_address_id: None,
            delivery_address_id: None,
            discount_rate: Rate::ZERO,
            credit_rate: Rate::ZERO,
            credit_line: Money::ZERO,
            note: None,
            meta: Map::new(),
            ext: Map::new(),
            version: None,
            created_at: at,
            changed_at: at,
        }
    }

    /// What a receipt shows: `full_name`, else first and last name, else the company's name, else
    /// an empty text (portos.md section 10, row 23).
    pub fn display_name(&self) -> String {
        self.full_name.clone().unwrap_or_else(|| self.computed_name())
    }

    fn computed_name(&self) -> String {
        let parts = [self.first_name.as_deref(), self.last_name.as_deref()];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        match name.trim() {
            "" => {
                self.company.as_ref().and_then(|company| company.name.clone()).unwrap_or_default()
            }
            name => name.to_owned(),
        }
    }

    /// The validity at `now`; standing and ban play no part.
    pub fn validity(&self, now: Timestamp) -> Validity {
        Validity::at(now, self.activation_at, self.expiration_at)
    }

    /// Whether the customer may be served at `now`.
    ///
    /// # Errors
    ///
    /// - [`Unusable`]: the first reason found: standing, ban, time.
    pub fn usable(&self, now: Timestamp) -> Result<(), Unusable> {
        Service::of(self).usable(now)
    }
}

/// The few fields that decide whether a customer may be served.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) standing: Standing,
    pub(crate) ban: Ban,
    pub(crate) activation_at: Option<Timestamp>,
    pub(crate) expiration_at: Option<Timestamp>,
}

impl Service {
    fn of(customer: &Customer) -> Self {
        let Customer { standing, ban, activation_at, expiration_at, .. } = *customer;
        Self { standing, ban, activation_at, expiration_at }
    }

    pub(crate) fn usable(&self, now: Timestamp) -> Result<(), Unusable> {
        if self.standing.class() != StandingClass::Open {
            return Err(Unusable::Standing(self.standing.as_str()));
        }
        if self.ban != Ban::Allowed {
            return Err(Unusable::Banned(self.ban.as_str()));
        }
        match (Validity::at(now, self.activation_at, self.expiration_at), self) {
            (Validity::NotYetValid, Self { activation_at: Some(at), .. }) => {
                Err(Unusable::NotYetValid(*at))
            }
            (Validity::Expired, Self { expiration_at: Some(at), .. }) => {
                Err(Unusable::Expired(*at))
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// The customer with this id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted or erased.
    pub fn customer(&self, id: &CustomerId) -> Result<Customer> {
        self.read(|conn| row::find(conn, id))?.ok_or_else(|| Error::no_customer(id))
    }
}

impl Tx<'_> {
    /// The customer with this id, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted or erased.
    pub fn customer(&self, id: &CustomerId) -> Result<Customer> {
        row::find(self.conn(), id)?.ok_or_else(|| Error::no_customer(id))
    }
}
