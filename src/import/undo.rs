//! Undoing an import: the customers it created go again, unless somebody has used them.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};

use super::write::{Done, Effect};
use super::{REJECTS_MAX, ROWS_PER_COMMIT, opening};
use crate::credit::{self, CreditTransaction, Order};
use crate::error::{Error, Result};
use crate::id::{BatchId, CustomerId};
use crate::money::Money;
use crate::query::Page;
use crate::store::{Store, Tx};

/// What undoing an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undone {
    /// The import that was undone.
    pub batch: BatchId,
    /// Customers that were deleted.
    pub n_deleted: u64,
    /// Customers that were deleted or erased before.
    pub n_gone: u64,
    /// Customers that stay, because they have been used or changed since.
    pub n_left: u64,
    /// Opening balances that were reversed.
    pub n_reversed: u64,
    /// Their sum.
    pub reversed: Money,
    /// The first [`REJECTS_MAX`] customers that stay, each with the reason.
    pub left: Vec<Left>,
}

/// A customer of the import who stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The customer.
    pub customer: CustomerId,
    /// Why.
    pub reason: LeftReason,
}

/// Why a customer stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftReason {
    /// Credit was earned, spent or moved otherwise.
    CreditMoved,
    /// Something else about the customer was changed.
    Changed,
}

impl fmt::Display for LeftReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreditMoved => "its credit has moved since",
            Self::Changed => "it was changed since",
        })
    }
}

/// `customer 17: it was changed since`
impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "customer {}: {}", self.customer, self.reason)
    }
}

impl Store {
    /// Deletes the customers that the import `batch` created in this file and that nobody has used
    /// or changed since, and reverses their opening balances. All others stay and are reported.
    /// Customers that the import only changed are not touched. Undoing again changes nothing.
    ///
    /// `progress` hears how many customers were looked at, after each commit.
    ///
    /// ```
    /// use tillbook::{ImportOptions, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let options = ImportOptions::new(store.stamp());
    /// store.import("Card,Name\n1,Ada\n".as_bytes(), &options, |_| {})?;
    /// assert_eq!(store.undo_import(&options.batch, |_| {})?.n_deleted, 1);
    /// assert_eq!(store.undo_import(&options.batch, |_| {})?.n_gone, 1);
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: no import of this name has created a customer here;
    /// - as [`Store::write`]. What was committed before stays; undoing again goes on from there.
    pub fn undo_import(&self, batch: &BatchId, mut progress: impl FnMut(u64)) -> Result<Undone> {
        let mut undone = Undone {
            batch: batch.clone(),
            n_deleted: 0,
            n_gone: 0,
            n_left: 0,
            n_reversed: 0,
            reversed: Money::ZERO,
            left: Vec::new(),
        };
        let (mut last_key, mut n_seen) = (0, 0);
        loop {
            let rows = self.read(|conn| rows_after(conn, batch, last_key))?;
            let Some((last, _)) = rows.last() else { break };
            // A commit that fails is counted as little as it is stored.
            undone = self.write(|tx| {
                let mut undone = undone.clone();
                rows.iter().try_for_each(|(key, version)| undo(tx, *key, *version, &mut undone))?;
                Ok(undone)
            })?;
            n_seen += rows.len() as u64;
            last_key = *last;
            progress(n_seen);
        }
        match n_seen {
            0 => Err(Error::NotFound { what: "import batch", id: batch.to_string() }),
            _ => Ok(undone),
        }
    }
}

/// Takes note of what a row did, so that it can be undone: of customers it created, and of those
/// that this very batch had created and nobody had changed since, which stay its own.
pub(super) fn note(
    tx: &Tx<'_>,
    batch: &BatchId,
    done: &Done,
    version_before: Option<u64>,
) -> Result<()> {
    let conn = tx.conn();
    match done.effect {
        // Values rather than a `select`, which would cost every insert a savepoint of its own.
        Effect::Created => conn
            .prepare_cached(
                "insert into import_row (batch, customer_key, version, seal)
                 values (?1, ?2, (select version from customer where key = ?2),
                         seal(?1, ?2, (select version from customer where key = ?2)))
                 on conflict do update set version = excluded.version, seal = excluded.seal",
            )?
            .execute(params![batch, done.key])?,
        Effect::Updated => conn
            .prepare_cached(
                "update import_row
                    set (version, seal) = (select version, seal(?1, ?2, version) from customer where key = ?2)
                  where batch = ?1 and customer_key = ?2 and version = ?3",
            )?
            .execute(params![batch, done.key, version_before])?,
        Effect::Unchanged => 0,
    };
    Ok(())
}

/// The next customers of a batch, by local key, each with the version the import left it at.
fn rows_after(conn: &Connection, batch: &BatchId, last_key: i64) -> Result<Vec<(i64, u64)>> {
    let mut statement = conn.prepare_cached(
        "select customer_key, version
           from import_row
          where batch = ?1 and customer_key > ?2
          order by customer_key
          limit ?3",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows = statement.query_map(params![batch, last_key, ROWS_PER_COMMIT as u64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn undo(tx: &Tx<'_>, key: i64, version: u64, undone: &mut Undone) -> Result<()> {
    let mut statement = tx
        .conn()
        .prepare_cached("select id, version from customer where key = ?1 and state = 0")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let Some((id, now)) = statement.query_row([key], read).optional()? else {
        undone.n_gone += 1;
        return Ok(());
    };
    let (id, now): (CustomerId, u64) = (id, now);
    let (opening_id, n_undone) = opening::current(tx, &id)?;
    let opening = tx.find_credit_transaction(&opening_id)?;
    let mut leave = |reason: LeftReason| {
        undone.n_left += 1;
        if undone.left.len() < REJECTS_MAX {
            undone.left.push(Left { customer: id.clone(), reason });
        }
        Ok(())
    };
    if now != version {
        let own = 2 * n_undone + u64::from(opening.is_some());
        let beyond = Page { skip: own, take: 1 };
        let moved = !credit::list(tx.conn(), key, beyond, Order::OldestFirst)?.is_empty();
        return leave(if moved { LeftReason::CreditMoved } else { LeftReason::Changed });
    }
    match tx.nested(|tx| delete(tx, &id, opening.as_ref())) {
        Ok(()) => {}
        // What another node has brought along meanwhile is not ours to undo.
        Err(Error::BalanceNotZero { .. } | Error::InsufficientCredit { .. }) => {
            return leave(LeftReason::CreditMoved);
        }
        Err(error) => return Err(error),
    }
    undone.n_deleted += 1;
    if let Some(opening) = opening {
        undone.n_reversed += 1;
        undone.reversed = undone.reversed.checked_add(opening.amount).ok_or(Error::Overflow)?;
    }
    Ok(())
}

fn delete(tx: &Tx<'_>, id: &CustomerId, opening: Option<&CreditTransaction>) -> Result<()> {
    if let Some(opening) = opening {
        let mut reversal = CreditTransaction::reversal(tx.store().stamp(), id, &opening.id);
        reversal.note = Some("import undone".to_owned());
        tx.record(&reversal)?;
    }
    tx.delete_customer(id, tx.customer(id)?.version)
}
