//! Credit: the ledger. A credit transaction is a fact that is added and never changed; the balance
//! is their sum.

mod column;
mod list;
mod row;
mod unit;

use rusqlite::{Connection, OptionalExtension};
use serde_json::{Map, Value};

use crate::choice::choice;
use crate::clock::Stamp;
use crate::customer;
use crate::error::{Error, Result};
use crate::id::{CustomerId, NodeId, TransactionId};
use crate::money::Money;
use crate::query::Page;
use crate::register::{Fields, boolean, choice as read_choice, integer, text, unknown};
use crate::rule::{check_line, check_meta, check_note};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

pub use list::PostingPage;
pub(crate) use row::{
    Order, Outlook, SEALED, add, columns, erase, find, ids_of, is_reversed, list, outlook, read,
    rewrite,
};
pub(crate) use unit::{author, customer_of, is_here, posting_image, put_posting};

choice! {
    /// What a credit transaction is for, which also fixes its sign.
    CreditKind {
        /// Money paid in: positive.
        Deposit = "deposit",
        /// Money paid out: negative.
        Withdrawal = "withdrawal",
        /// Used for a purchase: negative.
        Spend = "spend",
        /// Earned by a purchase: positive, or zero when the rate gives nothing.
        Earn = "earn",
        /// Given back for returned goods: positive.
        Refund = "refund",
        /// Set right by a person: either sign.
        Correction = "correction",
        /// Undoes another transaction: no amount of its own.
        Reversal = "reversal",
        /// Run out: negative.
        Expiry = "expiry",
        /// Moved with a merged customer: either sign.
        Merge = "merge",
        /// Anything else: either sign.
        Other = "other",
    }
}

/// A movement of a customer's credit, made before the first try, so that a retry is the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransaction {
    /// Names it for ever; recording the same id again changes nothing.
    pub id: TransactionId,
    /// Whose credit moves.
    pub customer_id: CustomerId,
    /// What it is for.
    pub kind: CreditKind,
    /// By how much the balance moves: negative for a spend, zero for a reversal.
    pub amount: Money,
    /// What a reversal undoes.
    pub target: Option<TransactionId>,
    /// The time of business.
    pub at: Timestamp,
    /// Id in an outside system, such as a receipt's.
    pub external_id: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// Free data.
    pub meta: Option<Map<String, Value>>,
    /// Who did it: a cashier's or a key's name.
    pub actor: Option<String>,
    /// What was paid, when [`Tx::earn`] computed the amount from it.
    pub paid: Option<Money>,
    /// Whether it was taken against the balance that a node with a parent saw, while other nodes could
    /// spend the same credit. Kept by the store, whatever a caller gives.
    pub on_sight: bool,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
}

impl CreditTransaction {
    /// Money paid in; `amount` is positive.
    pub fn deposit(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Deposit, amount)
    }

    /// Money paid out; `amount` is positive and lowers the balance.
    pub fn withdrawal(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Withdrawal, lowering(amount))
    }

    /// Credit used for a purchase; `amount` is positive and lowers the balance.
    pub fn spend(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Spend, lowering(amount))
    }

    /// Credit earned by a purchase; see [`Tx::earn`] for one that follows the customer's rate.
    pub fn earn(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Earn, amount)
    }

    /// Credit given back for returned goods; `amount` is positive.
    pub fn refund(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Refund, amount)
    }

    /// A person sets the balance right by `amount`, up or down.
    pub fn correction(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Correction, amount)
    }

    /// Credit that has run out; `amount` is positive and lowers the balance.
    pub fn expiry(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Expiry, lowering(amount))
    }

    /// Any other movement by `amount`, up or down.
    pub fn other(stamp: Stamp, customer_id: &CustomerId, amount: Money) -> Self {
        Self::new(stamp, customer_id, CreditKind::Other, amount)
    }

    /// Undoes the transaction `target` of the same customer, whether it has arrived yet or not:
    /// while both are there, both count zero.
    pub fn reversal(stamp: Stamp, customer_id: &CustomerId, target: &TransactionId) -> Self {
        let mut reversal = Self::new(stamp, customer_id, CreditKind::Reversal, Money::ZERO);
        reversal.target = Some(target.clone());
        reversal
    }

    /// A transaction of `kind` that moves the balance by the signed `amount`.
    pub fn new(stamp: Stamp, customer_id: &CustomerId, kind: CreditKind, amount: Money) -> Self {
        Self {
            id: TransactionId::from(stamp.id),
            customer_id: customer_id.clone(),
            kind,
            amount,
            target: None,
            at: stamp.at,
            external_id: None,
            note: None,
            meta: None,
            actor: None,
            paid: None,
            on_sight: false,
            ext: Map::new(),
        }
    }

    /// Checks the amount's sign and size and every text.
    pub(crate) fn check(&self) -> Result<()> {
        use CreditKind::{
            Correction, Deposit, Earn, Expiry, Merge, Other, Refund, Reversal, Spend, Withdrawal,
        };
        let minor = self.amount.minor();
        let (fits, rule) = match self.kind {
            Deposit | Refund => (minor > 0, "must be positive"),
            Withdrawal | Spend | Expiry => (minor < 0, "must lower the balance"),
            Earn => (minor >= 0, "must not be negative"),
            Correction | Merge | Other => (minor != 0, "must not be zero"),
            Reversal => (minor == 0, "must be zero in a reversal"),
        };
        if !fits {
            return Err(Error::invalid("amount", rule));
        }
        if !self.amount.within_limit() {
            return Err(Error::invalid("amount", "is beyond the limit"));
        }
        if (self.kind == Reversal) != self.target.is_some() {
            return Err(Error::invalid("target", "belongs to a reversal and only there"));
        }
        if self.target.as_ref() == Some(&self.id) {
            return Err(Error::invalid("target", "must be another transaction"));
        }
        check_line("external_id", self.external_id.as_deref())?;
        check_line("actor", self.actor.as_deref())?;
        check_note("note", self.note.as_deref())?;
        self.meta.as_ref().map_or(Ok(()), |meta| check_meta("meta", meta))
    }

    /// Whether `other` is this transaction again: what an erase leaves of both is equal.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        let facts = |t: &Self| {
            (t.id.clone(), t.customer_id.clone(), t.kind, t.amount, t.target.clone(), t.at, t.paid)
        };
        facts(self) == facts(other)
    }

    /// The fields of a `credit` change, but for what the ledger adds.
    pub(crate) fn fields(&self) -> Fields {
        let set = [
            ("id", Some(self.id.as_str().into())),
            ("kind", Some(self.kind.as_str().into())),
            ("amount", Some(self.amount.minor().into())),
            ("target", self.target.as_ref().map(|id| id.as_str().into())),
            ("at", Some(self.at.ms().into())),
            ("external_id", self.external_id.clone().map(Value::from)),
            ("note", self.note.clone().map(Value::from)),
            ("meta", self.meta.clone().map(Value::Object)),
            ("actor", self.actor.clone().map(Value::from)),
            ("paid", self.paid.map(|paid| paid.minor().into())),
            ("on_sight", self.on_sight.then(|| true.into())),
        ];
        let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        self.ext.clone().into_iter().chain(set).collect()
    }

    /// The transaction whose fields are these; unknown ones go to `ext`.
    pub(crate) fn from_fields(customer_id: &CustomerId, fields: &Fields) -> Result<Self> {
        let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
        let id = |name: &str| read_choice(name, get(name), |text| TransactionId::new(text).ok());
        let required = |name: &str| Error::invalid(name, "is missing");
        Ok(Self {
            id: id("id")?.ok_or_else(|| required("id"))?,
            customer_id: customer_id.clone(),
            kind: read_choice("kind", get("kind"), CreditKind::parse)?
                .ok_or_else(|| required("kind"))?,
            amount: Money::from_minor(
                integer("amount", get("amount"))?.ok_or_else(|| required("amount"))?,
            ),
            target: id("target")?,
            at: Timestamp::from_ms(integer("at", get("at"))?.ok_or_else(|| required("at"))?),
            external_id: text("external_id", get("external_id"))?,
            note: text("note", get("note"))?,
            meta: get("meta").as_object().cloned(),
            actor: text("actor", get("actor"))?,
            paid: integer("paid", get("paid"))?.map(Money::from_minor),
            on_sight: boolean("on_sight", get("on_sight"))?.unwrap_or(false),
            ext: unknown(fields, &KNOWN),
        })
    }
}

/// The fields of a `credit` change that this version knows.
const KNOWN: [&str; 12] = [
    "id",
    "kind",
    "amount",
    "target",
    "at",
    "external_id",
    "note",
    "meta",
    "actor",
    "paid",
    "on_sight",
    "balance_after",
];

/// The amount a debit moves the balance by. An amount that cannot be turned round is none that
/// could be recorded, so it stays and is refused there.
fn lowering(amount: Money) -> Money {
    amount.checked_neg().unwrap_or(amount)
}

/// A credit transaction as it lies in this node's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What was recorded.
    pub transaction: CreditTransaction,
    /// By how much it moved the balance when it arrived here. The two halves of a reversed pair
    /// cancel out.
    pub effect: Money,
    /// The balance here after it: the sum of all effects up to it.
    pub balance: Money,
    /// The balance after it, as its author saw it.
    pub balance_after: Money,
    /// The node that recorded it.
    pub node: NodeId,
}

impl Store {
    /// The balance of a customer: the sum of the credit transactions.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or it was deleted.
    pub fn balance(&self, id: &CustomerId) -> Result<Money> {
        self.read(|conn| balance_and_line(conn, id)).map(|(balance, _)| balance)
    }

    /// What a customer can spend now: the balance and the credit line.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or it was deleted.
    pub fn available(&self, id: &CustomerId) -> Result<Money> {
        let (balance, line) = self.read(|conn| balance_and_line(conn, id))?;
        balance.checked_add(line).ok_or(Error::Overflow)
    }

    /// The movements of one customer's balance in order of arrival, each with the balance after
    /// it. Deleted and erased customers keep theirs.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there never was such a customer.
    pub fn list_credit_transactions(&self, id: &CustomerId, page: Page) -> Result<Vec<Posting>> {
        self.read_snapshot(|conn| {
            let account = customer::account(conn, id)?.ok_or_else(|| Error::no_customer(id))?;
            list(conn, account.key, page, Order::OldestFirst)
        })
    }

    /// The credit transaction with this id, if it was recorded: what a till asks that got no answer.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_credit_transaction(&self, id: &TransactionId) -> Result<Option<CreditTransaction>> {
        self.read(|conn| find(conn, id))
    }
}

impl Tx<'_> {
    /// The balance of a customer, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or it was deleted.
    pub fn balance(&self, id: &CustomerId) -> Result<Money> {
        balance_and_line(self.conn(), id).map(|(balance, _)| balance)
    }

    /// The credit transaction with this id, if it was recorded.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_credit_transaction(&self, id: &TransactionId) -> Result<Option<CreditTransaction>> {
        find(self.conn(), id)
    }
}

fn balance_and_line(conn: &Connection, id: &CustomerId) -> Result<(Money, Money)> {
    let mut statement = conn.prepare_cached(
        "select credit_minor, credit_line from customer where id = ?1 and state = 0",
    )?;
    let found = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.ok_or_else(|| Error::no_customer(id))
}
