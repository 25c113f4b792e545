//! The ledger's rows: listed, found, added, emptied of words.

use rusqlite::{Connection, OptionalExtension, params};

use super::unit::posting_image;
use super::{CreditKind, CreditTransaction, Posting};
use crate::cell::{Cells, object_text};
use crate::claim::{self, ConflictKind};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::{CustomerId, NodeId, TransactionId};
use crate::money::Money;
use crate::query::Page;
use crate::seal::{Sealed, sealed};
use crate::unit::{Kind, Mode, Rows};

/// Which end of a ledger comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "t.id, customer.id, t.kind, t.amount_minor, t.target_id, t.at, t.external_id, t.note, t.meta, t.actor,
         t.paid_minor, t.on_sight, t.ext"
    };
}
pub(crate) use columns;

/// Reads [`columns`].
pub(crate) fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<CreditTransaction> {
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
        paid: cells.take()?,
        on_sight: cells.take()?,
        ext: cells.take_object()?.unwrap_or_default(),
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

/// A reversal that names a transaction, and whose it is.
#[derive(Debug)]
struct Reversal {
    id: TransactionId,
    customer_id: CustomerId,
}

/// The reversals of `target`, in the order they arrived.
fn reversals_of(conn: &Connection, target: &TransactionId) -> Result<Vec<Reversal>> {
    // Without the hint the planner walks the customer's whole ledger, to save sorting one row.
    let mut statement = conn.prepare_cached(
        "select t.id, customer.id
           from credit_transaction t indexed by credit_transaction_by_target
           join customer on customer.key = t.customer_key
          where t.target_id = ?1
          order by t.position",
    )?;
    let rows = statement
        .query_map([target], |row| Ok(Reversal { id: row.get(0)?, customer_id: row.get(1)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether the customer has reversed the transaction with this id.
pub(crate) fn is_reversed(conn: &Connection, id: &TransactionId, of: &CustomerId) -> Result<bool> {
    Ok(reversals_of(conn, id)?.iter().any(|reversal| reversal.customer_id == *of))
}

/// What recording a transaction now would do.
#[derive(Debug)]
pub(crate) struct Outlook {
    /// By how much the balance would move.
    pub(crate) effect: Money,
    /// Why it, a reversal, has no effect for good.
    pub(crate) futile: Option<&'static str>,
    /// Reversals of it that are here already and will never have an effect.
    futile_reversals: Vec<Reversal>,
}

/// What recording `t` now would do. It is the same in whichever order a transaction and its
/// reversals arrive: only the first one of the same customer counts, a reversal is never reversed,
/// nor is one half of a merge.
pub(crate) fn outlook(conn: &Connection, t: &CreditTransaction) -> Result<Outlook> {
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        reversals_of(conn, &t.id)?.into_iter().partition(|r| r.customer_id == t.customer_id);
    let Some(target_id) = &t.target else {
        let final_for_good = t.kind == CreditKind::Merge;
        let reversed = !here.is_empty() && !final_for_good;
        let effect = if reversed { Money::ZERO } else { t.amount };
        let more = if final_for_good { here } else { Vec::new() };
        let futile_reversals = elsewhere.into_iter().chain(more).collect();
        return Ok(Outlook { effect, futile: None, futile_reversals });
    };
    let mut others = reversals_of(conn, target_id)?.into_iter();
    let reversed = others.any(|other| other.customer_id == t.customer_id);
    let target = find(conn, target_id)?;
    let futile = match &target {
        Some(target) if target.kind == CreditKind::Reversal => Some("it is a reversal itself"),
        Some(target) if target.kind == CreditKind::Merge => Some("it is one half of a merge"),
        Some(target) if target.customer_id != t.customer_id => {
            Some("it belongs to another customer")
        }
        _ if reversed => Some("it is reversed already"),
        _ => None,
    };
    let effect = match (target, futile) {
        (Some(target), None) => target.amount.checked_neg().ok_or(Error::Overflow)?,
        _ => Money::ZERO,
    };
    Ok(Outlook { effect, futile, futile_reversals: here.into_iter().chain(elsewhere).collect() })
}

/// What the seal of a credit transaction covers: all but its place.
pub(crate) const SEALED: Sealed = sealed!(
    "credit_transaction",
    "id",
    "seal",
    "id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id,
     note, meta, actor, paid_minor, on_sight, ext"
);

/// Adds a transaction to the ledger and returns its effect on the balance. One that is there
/// already adds nothing; trouble becomes a conflict. Where the outlook is given, the transaction is
/// known not to be there.
pub(crate) fn add(
    rows: &Rows<'_>,
    key: i64,
    t: &CreditTransaction,
    balance_after: Money,
    stamp: Hlc,
    seen: Option<Outlook>,
) -> Result<Money> {
    let (node, at) = (stamp.node(), stamp.at());
    let outlook = match seen {
        Some(outlook) => outlook,
        None => {
            if let Some(known) = find(rows, &t.id)? {
                if !known.same_content(t) {
                    let (kind, id) = (ConflictKind::IdReused, t.id.as_str());
                    claim::note(rows, kind, id, Some(&(&t.customer_id).into()), None, at)?;
                }
                return Ok(Money::ZERO);
            }
            outlook(rows, t)?
        }
    };
    let own = outlook.futile.map(|_| (&t.id, &t.customer_id));
    let others = outlook.futile_reversals.iter().map(|other| (&other.id, &other.customer_id));
    for (id, customer_id) in own.into_iter().chain(others) {
        let (kind, customer) = (ConflictKind::Reversal, Some(&customer_id.into()));
        claim::note(rows, kind, id.as_str(), customer, None, at)?;
    }
    rows.before(Kind::Posting, t.id.as_str(), |_| Ok(None))?;
    insert(rows, key, t, outlook.effect, balance_after, node)?;
    Ok(outlook.effect)
}

pub(super) fn insert(
    conn: &Connection,
    key: i64,
    t: &CreditTransaction,
    effect: Money,
    balance_after: Money,
    node: NodeId,
) -> Result<()> {
    conn.prepare_cached(
        "insert into credit_transaction (id, customer_key, kind, amount_minor, target_id, effect_minor, at,
                balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16))",
    )?
    .execute(params![
        t.id, key, t.kind, t.amount, t.target, effect, t.at, balance_after, node, t.external_id, t.note,
        t.meta.as_ref().map(object_text), t.actor, t.paid, t.on_sight, object_text(&t.ext),
    ])?;
    Ok(())
}

/// Takes the words out of an erased customer's ledger; the amounts stay.
pub(crate) fn erase(rows: &Rows<'_>, key: i64) -> Result<()> {
    if rows.mode() != Mode::default() {
        for id in ids_of(rows, key)? {
            rows.before(Kind::Posting, &id, |conn| posting_image(conn, &id))?;
        }
    }
    let before = rewrite(rows, true)?;
    rows.prepare_cached(
        "update credit_transaction
            set external_id = null, note = null, meta = null, actor = null, ext = '{}',
                seal = seal(id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor,
                            node, null, null, null, null, paid_minor, on_sight, '{}')
          where customer_key = ?1",
    )?
    .execute([key])?;
    rewrite(rows, before)?;
    Ok(())
}

/// The ids of a customer's transactions, the oldest first.
pub(crate) fn ids_of(conn: &Connection, key: i64) -> Result<Vec<String>> {
    let sql = "select id from credit_transaction where customer_key = ?1 order by position";
    let mut statement = conn.prepare_cached(sql)?;
    let ids = statement.query_map([key], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Lets the ledger's rows be changed, or no longer; says which it was before.
pub(crate) fn rewrite(conn: &Connection, on: bool) -> Result<bool> {
    let sql = "select replaying from node";
    let before = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    if before != on {
        conn.prepare_cached("update node set replaying = ?1")?.execute([on])?;
    }
    Ok(before)
}
