//! The ledger's rows: listed, found, added, emptied of words.

use rusqlite::{Connection, OptionalExtension, params};

use super::{CreditKind, CreditTransaction, Posting};
use crate::cell::{Cells, object_text};
use crate::claim::{self, ConflictKind};
use crate::error::{Error, Result};
use crate::id::{NodeId, TransactionId};
use crate::money::Money;
use crate::query::Page;
use crate::seal::{Sealed, sealed};
use crate::time::Timestamp;

/// Which end of a ledger comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

macro_rules! columns {
    () => {
        "t.id, customer.id, t.kind, t.amount_minor, t.target_id, t.at, t.external_id, t.note, t.meta, t.actor"
    };
}

fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<CreditTransaction> {
    Ok(CreditTransaction {
        id: cells.take()?,
        customer_id: cells.take()?,
        kind: cells.take()?,
        amount: cells.take()?,
        target: cells.take()?,
        at: cells.take()?,
        external_id: cells.take()?,
        note: cells.take()?,
        meta: cells.take_object()?,
        actor: cells.take()?,
    })
}

/// A page of one customer's ledger.
pub(crate) fn list(
    conn: &Connection,
    customer_key: i64,
    page: Page,
    order: Order,
) -> Result<Vec<Posting>> {
    let sql = match order {
        Order::OldestFirst => concat!(
            "select ", columns!(), ", t.effect_minor, sum(t.effect_minor) over (order by t.position),
                    t.balance_after_minor, t.node
               from credit_transaction t
               join customer on customer.key = t.customer_key
              where t.customer_key = ?1
              order by t.position
              limit ?2 offset ?3"
        ),
        // The latest rows need only the balance of today and the effects behind them.
        Order::NewestFirst => concat!(
            "select ", columns!(), ", t.effect_minor,
                    customer.credit_minor + t.effect_minor - sum(t.effect_minor) over (order by t.position desc),
                    t.balance_after_minor, t.node
               from credit_transaction t
               join customer on customer.key = t.customer_key
              where t.customer_key = ?1
              order by t.position desc
              limit ?2 offset ?3"
        ),
    };
    let mut statement = conn.prepare_cached(sql)?;
    let skip = i64::try_from(page.skip).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![customer_key, page.take, skip], |row| {
        let mut cells = Cells::from(row, 0);
        Ok(Posting {
            transaction: read(&mut cells)?,
            effect: cells.take()?,
            balance: cells.take()?,
            balance_after: cells.take()?,
            node: cells.take()?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The transaction with this id, whoever's it is.
pub(crate) fn find(conn: &Connection, id: &TransactionId) -> Result<Option<CreditTransaction>> {
    let sql = concat!(
        "select ",
        columns!(),
        "
           from credit_transaction t
           join customer on customer.key = t.customer_key
          where t.id = ?1"
    );
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([id], |row| read(&mut Cells::from(row, 0))).optional()?)
}

/// The reversal of `target` that arrived first, of the same customer.
fn reversal_of(
    conn: &Connection,
    target: &TransactionId,
    key: i64,
) -> Result<Option<TransactionId>> {
    // Without the hint the planner walks the customer's whole ledger, to save sorting one row.
    let mut statement = conn.prepare_cached(
        "select id
           from credit_transaction indexed by credit_transaction_by_target
          where target_id = ?1 and customer_key = ?2
          order by position
          limit 1",
    )?;
    Ok(statement.query_row(params![target, key], |row| row.get(0)).optional()?)
}

/// Whether a reversal of `target` by the same customer is here.
pub(crate) fn is_reversed(conn: &Connection, target: &TransactionId, key: i64) -> Result<bool> {
    Ok(reversal_of(conn, target, key)?.is_some())
}

/// By how much recording this transaction now would move the balance, and why a reversal has no
/// effect, if it has none for good.
pub(crate) fn effect(
    conn: &Connection,
    t: &CreditTransaction,
    key: i64,
) -> Result<(Money, Option<&'static str>)> {
    let Some(target_id) = &t.target else {
        let reversed = reversal_of(conn, &t.id, key)?.is_some();
        return Ok((if reversed { Money::ZERO } else { t.amount }, None));
    };
    let Some(target) = find(conn, target_id)? else {
        let second = reversal_of(conn, target_id, key)?.is_some();
        return Ok((Money::ZERO, second.then_some("it is reversed already")));
    };
    let futile = match () {
        () if target.kind == CreditKind::Reversal => Some("it is a reversal itself"),
        () if target.customer_id != t.customer_id => Some("it belongs to another customer"),
        () if reversal_of(conn, target_id, key)?.is_some() => Some("it is reversed already"),
        () => None,
    };
    match futile {
        Some(reason) => Ok((Money::ZERO, Some(reason))),
        None => Ok((target.amount.checked_neg().ok_or(Error::Overflow)?, None)),
    }
}

/// What the seal of a credit transaction covers: all but its place.
pub(crate) const SEALED: Sealed = sealed!(
    "credit_transaction",
    "id",
    "seal",
    "id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id,
     note, meta, actor"
);

/// Adds a transaction to the ledger and returns its effect on the balance. One that is there
/// already adds nothing; trouble becomes a conflict.
pub(crate) fn add(
    conn: &Connection,
    key: i64,
    t: &CreditTransaction,
    balance_after: Money,
    node: NodeId,
    at: Timestamp,
) -> Result<Money> {
    if let Some(known) = find(conn, &t.id)? {
        if !known.same_content(t) {
            claim::note(conn, ConflictKind::IdReused, t.id.as_str(), &t.customer_id, None, at)?;
        }
        return Ok(Money::ZERO);
    }
    let (effect, futile) = effect(conn, t, key)?;
    if futile.is_some() {
        claim::note(conn, ConflictKind::Reversal, t.id.as_str(), &t.customer_id, None, at)?;
    }
    conn.prepare_cached(
        "insert into credit_transaction (id, customer_key, kind, amount_minor, target_id, effect_minor, at,
                balance_after_minor, node, external_id, note, meta, actor, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13))",
    )?
    .execute(params![
        t.id, key, t.kind, t.amount, t.target, effect, t.at, balance_after, node, t.external_id, t.note,
        t.meta.as_ref().map(object_text), t.actor,
    ])?;
    Ok(effect)
}

/// Takes the words out of an erased customer's ledger; the amounts stay.
pub(crate) fn erase(conn: &Connection, key: i64) -> Result<()> {
    conn.prepare_cached("update node set replaying = 1")?.execute([])?;
    conn.prepare_cached(
        "update credit_transaction
            set external_id = null, note = null, meta = null, actor = null,
                seal = seal(id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor,
                            node, null, null, null, null)
          where customer_key = ?1",
    )?
    .execute([key])?;
    conn.prepare_cached("update node set replaying = 0")?.execute([])?;
    Ok(())
}
