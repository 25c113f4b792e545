//! Profile: a customer with addresses, cards and credit; what a till and a dialect ask for.

mod close;
mod debt;
mod dossier;
mod list;
mod part;
mod write;

use std::sync::Arc;

use rusqlite::Connection;

use crate::address::{self, Address};
use crate::card::{self, Card};
use crate::cell::Cells;
use crate::claim::{self, ClaimKind};
use crate::credit::Posting;
use crate::customer::{self, Customer};
use crate::debt_account;
use crate::error::{Error, Result};
use crate::haystack::Texts;
use crate::id::{CardSerial, CustomerId};
use crate::money::Money;
use crate::query::{Query, RowKey};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

pub use debt::{DEBT_ACCOUNTS_BYTES_MAX, DEBT_ACCOUNTS_MAX};
pub use dossier::Dossier;
pub use write::Replacement;
pub(crate) use write::one_transaction;

/// A profile shows this many of the latest credit transactions.
pub const LATEST_TRANSACTIONS: u32 = 20;

/// A customer with everything that belongs to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The customer.
    pub customer: Customer,
    /// The addresses, by id.
    pub addresses: Vec<Address>,
    /// The cards, by serial number.
    pub cards: Vec<Card>,
    /// The balance.
    pub credit: Money,
    /// Whether there are debt accounts; [`Store::debt_accounts`] has them.
    pub has_accounts: bool,
}

/// What a till gets when a card is swiped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swipe {
    /// The card that was swiped.
    pub card: Card,
    /// Its owner.
    pub customer: Customer,
    /// The owner's other cards, by serial number.
    pub other_cards: Vec<Card>,
    /// The owner's balance.
    pub credit: Money,
}

impl Swipe {
    /// Whether customer and card may be used at `now`.
    ///
    /// # Errors
    ///
    /// - [`Error::NotUsable`]: the first reason found, the customer's before the card's.
    pub fn usable(&self, now: Timestamp) -> Result<()> {
        self.customer.usable(now).and_then(|()| self.card.usable(now)).map_err(Error::NotUsable)
    }

    /// What can be spent: the balance and the credit line.
    pub fn available(&self) -> Money {
        self.credit.checked_add(self.customer.credit_line).unwrap_or(self.credit)
    }
}

/// The answer to a [`Query`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePage<T = Profile> {
    /// The customers of this page; `None` when only a count was asked for.
    pub items: Option<Vec<T>>,
    /// How many records the page has, or would have.
    pub count: u64,
    /// How many records match before paging; `None` when the total is switched off.
    pub total_count: Option<u64>,
}

/// The answer to a [`Query`] for the customers behind a place in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilesAfter {
    /// The customers of this page, as many as the query takes.
    pub items: Vec<Profile>,
    /// The place of the last one, if somebody stands behind it: where the next page begins.
    pub next: Option<RowKey>,
}

impl Store {
    /// The card with this serial number and its owner: the till's question, one statement.
    ///
    /// ```
    /// use tillbook::{Card, CardSerial, Customer, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// let serial = CardSerial::new("0012345678")?;
    /// store.set_card(&ada.id, &Card::new(serial.clone()))?;
    ///
    /// let swipe = store.find_card(&serial)?.expect("the card is known");
    /// assert_eq!(swipe.customer.id, ada.id);
    /// swipe.usable(store.now())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_card(&self, serial: &CardSerial) -> Result<Option<Swipe>> {
        self.read(|conn| find_card(conn, serial))
    }

    /// The customer with this id in an outside system.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_customer(&self, external_id: &str) -> Result<Option<Customer>> {
        self.read_snapshot(|conn| Ok(owner(conn, external_id)?.map(|profile| profile.customer)))
    }

    /// The customer with this id or, where there is none, with this external id, with addresses,
    /// cards and credit.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: nobody is called so, or who was is deleted or erased.
    pub fn profile_named(&self, name: &str) -> Result<Profile> {
        self.read_snapshot(|conn| named(conn, name))
    }

    /// The customer with this id, with addresses, cards and credit.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted or erased.
    pub fn profile(&self, id: &CustomerId) -> Result<Profile> {
        self.read_snapshot(|conn| find(conn, id))
    }

    /// The customers that `query` asks for, all of one moment.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_profiles(&self, query: &Query) -> Result<ProfilePage> {
        self.list_with(query, |_, page| Ok(page))
    }

    /// The customers that `query` asks for who stand behind the place `after` in its order, or from
    /// the first one on; all of one moment.
    ///
    /// Page by page, everybody whom nobody changes meanwhile is there exactly once, whatever comes,
    /// goes or changes between the pages. Of the query's page only `take` counts, 1 to
    /// [`TAKE_MAX`](crate::query::TAKE_MAX); the filters and the order must be those that the place
    /// is of.
    ///
    /// ```
    /// use tillbook::query::Sort;
    /// use tillbook::{Customer, Page, Query, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// for name in ["Novák", "Braun", "Šimko"] {
    ///     let mut customer = Customer::new(store.stamp());
    ///     customer.last_name = Some(name.into());
    ///     store.create_customer(&customer)?;
    /// }
    /// let query = Query {
    ///     sort: vec![Sort::ascending(Customer::LAST_NAME).nulls_greatest()],
    ///     page: Page { skip: 0, take: 2 },
    ///     ..Query::default()
    /// };
    /// let first = store.list_profiles_after(&query, None)?;
    /// let second = store.list_profiles_after(&query, first.next.as_ref())?;
    /// assert_eq!(second.items[0].customer.last_name.as_deref(), Some("Šimko"));
    /// assert_eq!((second.items.len(), second.next), (1, None));
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: `after` is a place in another order.
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_profiles_after(
        &self,
        query: &Query,
        after: Option<&RowKey>,
    ) -> Result<ProfilesAfter> {
        let now = self.now();
        self.read_snapshot(|conn| {
            let texts = self.texts_for(conn, query)?;
            list::list_after(conn, query, after, texts.as_deref(), now)
        })
    }

    /// What `more` makes of the customers that `query` asks for, in the snapshot they are read in.
    fn list_with<T>(
        &self,
        query: &Query,
        more: impl FnOnce(&Connection, ProfilePage) -> Result<ProfilePage<T>>,
    ) -> Result<ProfilePage<T>> {
        let now = self.now();
        self.read_snapshot(|conn| {
            let texts = self.texts_for(conn, query)?;
            more(conn, list::list(conn, query, texts.as_deref(), now)?)
        })
    }

    /// The texts in memory, where `query` searches. They are those of the snapshot that `conn` reads
    /// when they are asked for first of all.
    fn texts_for(&self, conn: &Connection, query: &Query) -> Result<Option<Arc<Texts>>> {
        query.needle().map_or(Ok(None), |_| self.texts(conn))
    }

    /// The latest [`LATEST_TRANSACTIONS`] credit transactions of a customer, the newest first.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there never was such a customer.
    pub fn latest_credit_transactions(&self, id: &CustomerId) -> Result<Vec<Posting>> {
        self.read_snapshot(|conn| dossier::latest(conn, id))
    }
}

impl Tx<'_> {
    /// The customer with this id, with addresses, cards and credit, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted or erased.
    pub fn profile(&self, id: &CustomerId) -> Result<Profile> {
        find(self.conn(), id)
    }

    /// The customer with this id in an outside system, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_customer(&self, external_id: &str) -> Result<Option<Customer>> {
        Ok(owner(self.conn(), external_id)?.map(|profile| profile.customer))
    }

    /// The customer with this id or else this external id, as this transaction sees it; see
    /// [`Store::profile_named`].
    ///
    /// # Errors
    ///
    /// As [`Store::profile_named`].
    pub fn profile_named(&self, name: &str) -> Result<Profile> {
        named(self.conn(), name)
    }

    /// The card with this serial number and its owner, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_card(&self, serial: &CardSerial) -> Result<Option<Swipe>> {
        find_card(self.conn(), serial)
    }
}

/// One claim row, its customer, that customer's cards. A value that is claimed twice has its owner
/// first, and the rows of the others are left unread.
fn find_card(conn: &Connection, serial: &CardSerial) -> Result<Option<Swipe>> {
    let sql = concat!(
        "select customer.key, customer.credit_minor, ",
        customer::columns!(),
        ", ",
        card::columns!(),
        " from claim
          join customer on customer.key = claim.customer_key
          join card on card.customer_key = customer.key and card.removed = 0
         where claim.kind = 'card' and claim.value = ?1
         order by claim.position, card.serial_number"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([serial])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut cells = Cells::from(row, 0);
    let key: i64 = cells.take()?;
    let (credit, customer) = (cells.take()?, customer::read(&mut cells)?);
    let cards_at = cells.position();
    let (mut card, mut other_cards) = (None, Vec::new());
    let mut sort = |found: Card| match found.serial_number == *serial {
        true => card = Some(found),
        false => other_cards.push(found),
    };
    sort(card::read(&mut cells)?);
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(0)? != key {
            break;
        }
        sort(card::read(&mut Cells::from(row, cards_at))?);
    }
    Ok(card.map(|card| Swipe { card, customer, other_cards, credit }))
}

/// The live customer with this id and everything that belongs to it.
pub(crate) fn find(conn: &Connection, id: &CustomerId) -> Result<Profile> {
    let known = customer::known(conn, id)?.filter(|known| known.state == customer::LIVE);
    let known = known.ok_or_else(|| Error::no_customer(id))?;
    complete(conn, known.key, known.credit, known.customer)
}

/// The customer who owns this external id.
fn owner(conn: &Connection, external_id: &str) -> Result<Option<Profile>> {
    let owner = claim::owner(conn, ClaimKind::ExternalId, external_id)?;
    owner.map(|key| find(conn, &customer::id_of(conn, key)?)).transpose()
}

/// An id of one who is gone does not stand in the way of another's external id.
fn named(conn: &Connection, name: &str) -> Result<Profile> {
    let unknown = || Error::NotFound { what: "customer", id: name.to_owned() };
    let by_id = CustomerId::new(name).map_err(|_| unknown()).and_then(|id| find(conn, &id));
    match by_id {
        Err(Error::NotFound { .. }) => owner(conn, name)?.ok_or_else(unknown),
        found => found,
    }
}

fn complete(conn: &Connection, key: i64, credit: Money, customer: Customer) -> Result<Profile> {
    Ok(Profile {
        customer,
        addresses: address::list(conn, key)?,
        cards: card::list(conn, key)?,
        credit,
        has_accounts: debt_account::any(conn, key)?,
    })
}

/// Hands every live customer to `take`, in the order they came to this file, one at a time.
pub(crate) fn each(
    conn: &Connection,
    mut take: impl FnMut(i64, Profile) -> Result<()>,
) -> Result<()> {
    let sql = concat!(
        "select customer.key, customer.credit_minor, ",
        customer::columns!(),
        " from customer where state = 0 order by key"
    );
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut cells = Cells::from(row, 0);
        let (key, credit) = (cells.take()?, cells.take()?);
        take(key, complete(conn, key, credit, customer::read(&mut cells)?)?)?;
    }
    Ok(())
}
