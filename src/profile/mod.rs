//! Profile: a customer with addresses, cards and credit; what a till and a dialect ask for.

mod close;
mod part;
mod write;

use rusqlite::{Connection, params_from_iter};

use crate::address::{self, Address};
use crate::card::{self, Card};
use crate::cell::Cells;
use crate::credit::{self, Order, Posting};
use crate::customer::{self, Customer};
use crate::error::{Error, Result};
use crate::id::{CardSerial, CustomerId};
use crate::money::Money;
use crate::query::{Page, Query, sql};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

pub use write::Replacement;

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
pub struct ProfilePage {
    /// The customers of this page; `None` when only a count was asked for.
    pub items: Option<Vec<Profile>>,
    /// How many records the page has, or would have.
    pub count: u64,
    /// How many records match before paging; `None` when the total is switched off.
    pub total_count: Option<u64>,
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
        let now = self.now();
        self.read_snapshot(|conn| list(conn, query, now))
    }

    /// The latest [`LATEST_TRANSACTIONS`] credit transactions of a customer, the newest first.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there never was such a customer.
    pub fn latest_credit_transactions(&self, id: &CustomerId) -> Result<Vec<Posting>> {
        self.read_snapshot(|conn| {
            let account = customer::account(conn, id)?.ok_or_else(|| Error::no_customer(id))?;
            let page = Page { skip: 0, take: LATEST_TRANSACTIONS };
            credit::list(conn, account.key, page, Order::NewestFirst)
        })
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

fn complete(conn: &Connection, key: i64, credit: Money, customer: Customer) -> Result<Profile> {
    Ok(Profile {
        customer,
        addresses: address::list(conn, key)?,
        cards: card::list(conn, key)?,
        credit,
    })
}

fn list(conn: &Connection, query: &Query, now: Timestamp) -> Result<ProfilePage> {
    let total = |query: &Query| -> Result<u64> {
        let count = sql::total(query, now);
        let mut statement = conn.prepare_cached(&count.text)?;
        Ok(statement.query_row(params_from_iter(count.parameters), |row| row.get(0))?)
    };
    if !query.items {
        let total = total(query)?;
        let count = total.saturating_sub(query.page.skip).min(u64::from(query.page.take));
        return Ok(ProfilePage { items: None, count, total_count: Some(total) });
    }
    let rows = sql::rows(
        query,
        concat!("customer.key, customer.credit_minor, ", customer::columns!()),
        now,
    );
    let mut statement = conn.prepare_cached(&rows.text)?;
    let mut found = statement.query(params_from_iter(rows.parameters))?;
    let mut items = Vec::new();
    while let Some(row) = found.next()? {
        let mut cells = Cells::from(row, 0);
        let (key, credit) = (cells.take()?, cells.take()?);
        items.push(complete(conn, key, credit, customer::read(&mut cells)?)?);
    }
    let total_count = if query.total { Some(total(query)?) } else { None };
    Ok(ProfilePage { count: items.len() as u64, items: Some(items), total_count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Filter, Op, Sort, Value};

    #[test]
    fn a_discount_sorted_by_last_name_is_read_from_its_index() -> Result<()> {
        let equals =
            |column, value: i64| Filter { column, ops: vec![Op::Eq(Value::Integer(value))] };
        let query = Query {
            filters: vec![
                equals(Customer::IS_ACTIVE, 1),
                equals(Customer::DISCOUNT_RATE, 5_000_000),
            ],
            sort: vec![Sort { column: Customer::LAST_NAME, descending: false }],
            ..Query::default()
        };
        let store = Store::open_in_memory()?;
        let now = store.now();
        for sql in [sql::rows(&query, customer::columns!(), now), sql::total(&query, now)] {
            let plan = store.read(|conn| {
                let mut plan = conn.prepare(&format!("explain query plan {}", sql.text))?;
                let steps = plan.query_map(params_from_iter(sql.parameters), |row| row.get(3))?;
                Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?.join(", "))
            })?;
            assert!(plan.starts_with("SEARCH customer USING"), "{plan}");
            assert!(
                plan.ends_with("INDEX customer_by_discount (discount_rate=? AND <expr>=?)"),
                "{plan}"
            );
        }
        Ok(())
    }
}
