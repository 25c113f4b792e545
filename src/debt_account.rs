//! Debt account: what a customer owes on account, as an outside system tells it.
//!
//! The amounts are no part of the ledger: nothing is spent from them. An account may have others below
//! it, one level deep; its own amounts are then the sums over those.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use crate::cell::{Cells, object_text};
use crate::choice::choice;
use crate::clock::{Hlc, Stamp};
use crate::error::{Error, Result};
use crate::id::{DebtAccountId, LocationId};
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::query::{Column, Kind};
use crate::register::{Fields, choice as read_choice, integer, text};
use crate::rule::{check_line, check_meta};
use crate::seal::{Sealed, sealed};
use crate::time::Timestamp;

choice! {
    /// How an account may be paid.
    BillingType {
        /// All at once.
        OneTime = "one-time",
        /// On days agreed on.
        Scheduled = "scheduled",
        /// When the customer has promised to.
        PromiseToPay = "promise-to-pay",
        /// By a plan of payments.
        PaymentPlan = "payment-plan",
        /// The whole balance.
        FullPayment = "full-payment",
        /// A part of the balance.
        PartialPayment = "partial-payment",
    }
}

/// What a customer owes on account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebtAccount {
    /// Names the account on every node for ever.
    pub id: DebtAccountId,
    /// The id in an outside system: a claim, unique among all debt accounts.
    pub external_id: Option<String>,
    /// The account of the same customer that this one is below.
    pub parent_id: Option<DebtAccountId>,
    /// Where the debt comes from. One that is not there (any more) counts as none.
    pub location_id: Option<LocationId>,
    /// The account's number in an outside system.
    pub account_number: Option<String>,
    /// How it may be paid.
    pub billing_types: Vec<BillingType>,
    /// What was placed, in minor units, not negative. Of an account with others below it: their sum.
    pub balance: Money,
    /// What is left of it, likewise.
    pub current_balance: Money,
    /// Free data.
    pub meta: Option<Map<String, Value>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
}

impl DebtAccount {
    /// An account with the stamp's id, of which `balance` is left.
    pub fn new(stamp: Stamp, balance: Money) -> Self {
        let blank = Self::with_id(DebtAccountId::from(stamp.id));
        Self { balance, current_balance: balance, created_at: stamp.at, ..blank }
    }

    fn with_id(id: DebtAccountId) -> Self {
        Self {
            id,
            external_id: None,
            parent_id: None,
            location_id: None,
            account_number: None,
            billing_types: Vec::new(),
            balance: Money::ZERO,
            current_balance: Money::ZERO,
            meta: None,
            created_at: Timestamp::from_ms(0),
            ext: Map::new(),
        }
    }

    /// Whether the customer has a debt account.
    pub const HAS_ACCOUNTS: Column = Column::new(
        "has_accounts",
        "(exists (select 1 from debt_account
                   where debt_account.customer_key = customer.key and debt_account.removed = 0))",
        Kind::Bool,
    );

    /// Checks every field against its rule.
    pub(crate) fn check(&self) -> Result<()> {
        let texts = [("external_id", &self.external_id), ("account_number", &self.account_number)];
        for (name, text) in texts {
            check_line(name, text.as_deref())?;
            if text.as_deref() == Some("") {
                return Err(Error::invalid(name, "must not be empty"));
            }
        }
        let amounts = [("balance", self.balance), ("current_balance", self.current_balance)];
        for (name, amount) in amounts {
            if !(0..=AMOUNT_MINOR_MAX).contains(&amount.minor()) {
                let rule = format!("must be 0 to {AMOUNT_MINOR_MAX} minor units");
                return Err(Error::invalid(name, rule));
            }
        }
        self.meta.as_ref().map_or(Ok(()), |meta| check_meta("meta", meta))
    }

    /// The fields that differ from their defaults, the id included.
    pub(crate) fn fields(&self) -> Fields {
        let amount = |money: Money| (money != Money::ZERO).then(|| money.minor().into());
        let billing: Vec<Value> =
            self.billing_types.iter().map(|how| how.as_str().into()).collect();
        let set = [
            ("id", Some(self.id.as_str().into())),
            ("external_id", self.external_id.clone().map(Value::from)),
            ("parent_id", self.parent_id.as_ref().map(|id| id.as_str().into())),
            ("location_id", self.location_id.as_ref().map(|id| id.as_str().into())),
            ("account_number", self.account_number.clone().map(Value::from)),
            ("billing_types", (!billing.is_empty()).then_some(Value::Array(billing))),
            ("balance", amount(self.balance)),
            ("current_balance", amount(self.current_balance)),
            ("meta", self.meta.clone().map(Value::Object)),
            ("created_at", Some(self.created_at.ms().into())),
        ];
        let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        self.ext.clone().into_iter().chain(set).collect()
    }

    /// The account whose fields are these; unknown ones go to `ext`.
    pub(crate) fn from_fields(fields: &Fields) -> Result<Self> {
        let mut account = Self::with_id(id_from(fields)?);
        for (name, value) in fields {
            match name.as_str() {
                "id" => {}
                "external_id" => account.external_id = text(name, value)?,
                "parent_id" => {
                    account.parent_id = read_choice(name, value, |id| DebtAccountId::new(id).ok())?;
                }
                "location_id" => {
                    account.location_id = read_choice(name, value, |id| LocationId::new(id).ok())?;
                }
                "account_number" => account.account_number = text(name, value)?,
                "billing_types" => account.billing_types = billing_from(name, value)?,
                "balance" => account.balance = money(name, value)?,
                "current_balance" => account.current_balance = money(name, value)?,
                "meta" => account.meta = value.as_object().cloned(),
                "created_at" => {
                    account.created_at =
                        Timestamp::from_ms(integer(name, value)?.unwrap_or_default());
                }
                _ => {
                    account.ext.insert(name.clone(), value.clone());
                }
            }
        }
        Ok(account)
    }
}

/// The id among the fields of a change.
pub(crate) fn id_from(fields: &Fields) -> Result<DebtAccountId> {
    let text = fields.get("id").and_then(Value::as_str).unwrap_or_default();
    DebtAccountId::new(text).map_err(|rule| Error::invalid("id", rule))
}

fn money(name: &str, value: &Value) -> Result<Money> {
    Ok(Money::from_minor(integer(name, value)?.unwrap_or_default()))
}

fn billing_from(name: &str, value: &Value) -> Result<Vec<BillingType>> {
    let list = value.as_array().ok_or_else(|| Error::invalid(name, "must be a list"))?;
    let read = |word: &Value| read_choice(name, word, BillingType::parse);
    list.iter().filter_map(|word| read(word).transpose()).collect()
}

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "id, external_id, parent_id, location_id, account_number, billing_types, balance_minor,
         current_balance_minor, meta, created_at, ext"
    };
}

fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<DebtAccount> {
    Ok(DebtAccount {
        id: cells.take()?,
        external_id: cells.take()?,
        parent_id: cells.take()?,
        location_id: cells.take()?,
        account_number: cells.take()?,
        billing_types: read_billing(&cells.take::<String>()?),
        balance: cells.take()?,
        current_balance: cells.take()?,
        meta: cells.take_object()?,
        created_at: cells.take()?,
        ext: cells.take_object()?.unwrap_or_default(),
    })
}

/// Words this version does not know are passed over.
fn read_billing(text: &str) -> Vec<BillingType> {
    let words: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    words.iter().filter_map(|word| BillingType::parse(word)).collect()
}

/// The accounts of a customer as they are written, by id.
pub(crate) fn list(conn: &Connection, customer_key: i64) -> Result<Vec<DebtAccount>> {
    let stamped = stamped(conn, customer_key)?.into_iter();
    Ok(stamped.filter_map(|(_, account, _)| account).collect())
}

/// The accounts of a customer as they are shown: the oldest first, sums in those with others below.
pub(crate) fn shown(conn: &Connection, customer_key: i64) -> Result<Vec<DebtAccount>> {
    let mut accounts = list(conn, customer_key)?;
    let mut sums: HashMap<DebtAccountId, (Money, Money)> = HashMap::new();
    for account in &accounts {
        let Some(parent) = &account.parent_id else { continue };
        let (balance, current) = sums.entry(parent.clone()).or_default();
        *balance = balance.checked_add(account.balance).ok_or(Error::Overflow)?;
        *current = current.checked_add(account.current_balance).ok_or(Error::Overflow)?;
    }
    for account in &mut accounts {
        if let Some((balance, current)) = sums.remove(&account.id) {
            (account.balance, account.current_balance) = (balance, current);
        }
    }
    accounts.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    Ok(accounts)
}

/// Whether a customer has any.
pub(crate) fn any(conn: &Connection, customer_key: i64) -> Result<bool> {
    let sql = "select 1 from debt_account where customer_key = ?1 and removed = 0";
    Ok(conn.prepare_cached(sql)?.exists([customer_key])?)
}

/// The account of a customer with this id in an outside system, as it is written; of several that
/// nodes cut off from each other have made, the oldest.
pub(crate) fn find(
    conn: &Connection,
    customer_key: i64,
    external_id: &str,
) -> Result<Option<DebtAccount>> {
    let sql = concat!(
        "select ",
        columns!(),
        " from debt_account where customer_key = ?1 and external_id = ?2 and removed = 0
          order by created_at, id limit 1"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let account = statement
        .query_row(params![customer_key, external_id], |row| read(&mut Cells::from(row, 0)));
    Ok(account.optional()?)
}

/// The id in an outside system that an account of a customer has.
pub(crate) fn external_id(
    conn: &Connection,
    customer_key: i64,
    id: &DebtAccountId,
) -> Result<Option<String>> {
    let sql = "select external_id from debt_account where customer_key = ?1 and id = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let external_id =
        statement.query_row(params![customer_key, id], |row| row.get(0)).optional()?;
    Ok(external_id.flatten())
}

/// Every account a customer has or had, by id, with the stamp of its last edit; `None` for one that
/// was taken away.
pub(crate) fn stamped(
    conn: &Connection,
    customer_key: i64,
) -> Result<Vec<(DebtAccountId, Option<DebtAccount>, Hlc)>> {
    let sql = concat!(
        "select ",
        columns!(),
        ", removed, stamp from debt_account where customer_key = ?1"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([customer_key], |row| {
        let mut cells = Cells::from(row, 0);
        let account = read(&mut cells)?;
        let (removed, stamp): (bool, Hlc) = (cells.take()?, cells.take()?);
        Ok((account.id.clone(), (!removed).then_some(account), stamp))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores the account unless a later edit of it is stored; says whether it did.
pub(crate) fn set(
    conn: &Connection,
    customer_key: i64,
    account: &DebtAccount,
    stamp: Hlc,
) -> Result<bool> {
    put(conn, customer_key, account, false, stamp)
}

/// Leaves a tombstone unless a later edit of the account is stored; says whether it did.
pub(crate) fn remove(
    conn: &Connection,
    customer_key: i64,
    id: &DebtAccountId,
    stamp: Hlc,
) -> Result<bool> {
    put(conn, customer_key, &DebtAccount::with_id(id.clone()), true, stamp)
}

/// What the seal of a debt account covers.
pub(crate) const SEALED: Sealed = sealed!(
    "debt_account",
    "(select customer.id from customer where customer.key = customer_key)",
    "seal",
    "customer_key, id, removed, external_id, parent_id, location_id, account_number, billing_types,
     balance_minor, current_balance_minor, meta, created_at, ext, stamp"
);

fn put(
    conn: &Connection,
    customer_key: i64,
    a: &DebtAccount,
    removed: bool,
    stamp: Hlc,
) -> Result<bool> {
    let known = params![customer_key, a.id];
    let sql = "select stamp from debt_account where customer_key = ?1 and id = ?2";
    let stored: Option<Hlc> =
        conn.prepare_cached(sql)?.query_row(known, |row| row.get(0)).optional()?;
    if let Some(stored) = stored {
        if stored >= stamp {
            return Ok(false);
        }
        conn.prepare_cached("delete from debt_account where customer_key = ?1 and id = ?2")?
            .execute(known)?;
    }
    let billing: Vec<&str> = a.billing_types.iter().map(|how| how.as_str()).collect();
    conn.prepare_cached(
        "insert into debt_account (customer_key, id, removed, external_id, parent_id, location_id, account_number,
                billing_types, balance_minor, current_balance_minor, meta, created_at, ext, stamp, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14))",
    )?
    .execute(params![
        customer_key, a.id, removed, a.external_id, a.parent_id, a.location_id, a.account_number,
        Value::from(billing).to_string(), a.balance, a.current_balance, a.meta.as_ref().map(object_text),
        a.created_at, object_text(&a.ext), stamp,
    ])?;
    Ok(true)
}

/// Takes every trace of the customer's debt accounts out of the file.
pub(crate) fn erase(conn: &Connection, customer_key: i64) -> Result<()> {
    let sql = "delete from debt_account where customer_key = ?1";
    conn.prepare_cached(sql)?.execute([customer_key])?;
    Ok(())
}
