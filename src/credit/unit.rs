//! A credit transaction as a unit: imaged, written, taken out.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use super::CreditTransaction;
use super::row::{columns, insert, read};
use crate::cell::Cells;
use crate::customer::{ERASED, Owner};
use crate::error::{Error, Result};
use crate::id::{CustomerId, NodeId, TransactionId};
use crate::money::Money;
use crate::register::{Fields, integer};
use crate::unit::Image;

/// The transaction with its customer, its author, and the balance that the author saw after it.
pub(crate) fn posting_image(conn: &Connection, id: &str) -> Result<Option<Image>> {
    let sql = concat!(
        "select ",
        columns!(),
        ", t.balance_after_minor, t.node
           from credit_transaction t
           join customer on customer.key = t.customer_key
          where t.id = ?1"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        let mut cells = Cells::from(row, 0);
        let t = read(&mut cells)?;
        Ok(image_of(&t, cells.take()?, cells.take()?))
    };
    Ok(statement.query_row([id], read).optional()?)
}

fn image_of(t: &CreditTransaction, balance_after: Money, node: NodeId) -> Image {
    let mut content: Map<String, Value> = t.fields().into_iter().collect();
    content.insert("customer".to_owned(), t.customer_id.as_str().into());
    content.insert("balance_after".to_owned(), balance_after.minor().into());
    content.insert("node".to_owned(), node.to_string().into());
    Image { content, stamps: Map::new() }
}

/// Whether the file has a transaction with this id.
pub(crate) fn is_here(conn: &Connection, id: &str) -> Result<bool> {
    Ok(conn.prepare_cached("select 1 from credit_transaction where id = ?1")?.exists([id])?)
}

/// The node that recorded a transaction.
pub(crate) fn author(conn: &Connection, id: &TransactionId) -> Result<Option<NodeId>> {
    let sql = "select node from credit_transaction where id = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
}

/// Whose a transaction is.
pub(crate) fn customer_of(conn: &Connection, id: &str) -> Result<Option<String>> {
    let mut statement = conn.prepare_cached(
        "select customer.id
           from credit_transaction t
           join customer on customer.key = t.customer_key
          where t.id = ?1",
    )?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// Writes a transaction of `owner` as it stands elsewhere, or takes it out; `is_new` says that it is not
/// here. Returns the image of what was written. The ledger must have been opened for that, and the
/// balance is added up afterwards.
pub(crate) fn put_posting(
    conn: &Connection,
    id: &str,
    image: Option<Image>,
    owner: Option<Owner>,
    is_new: bool,
) -> Result<Option<Image>> {
    let mut target: Option<String> = match is_new {
        true => None,
        false => conn
            .prepare_cached("delete from credit_transaction where id = ?1 returning target_id")?
            .query_row([id], |row| row.get(0))
            .optional()?
            .flatten(),
    };
    let mut written = None;
    if let Some(image) = image {
        let (key, t, balance_after, node) = parse(image, owner)?;
        if t.id.as_str() != id {
            return Err(Error::invalid("id", "must be the one that names the unit"));
        }
        // A reversal moves nothing before it is settled, and its own amount is zero.
        insert(conn, key, &t, t.amount, balance_after, node)?;
        written = Some(image_of(&t, balance_after, node));
        target = t.target.map(|id| id.to_string());
    }
    if let Some(target) = &target {
        settle(conn, target)?;
    }
    // Without a reversal a transaction moves its amount, as it was written.
    if target.is_some() || is_target(conn, id)? {
        settle(conn, id)?;
    }
    Ok(written)
}

/// Whether there is a reversal of the transaction with this id.
fn is_target(conn: &Connection, id: &str) -> Result<bool> {
    let sql = "select 1 from credit_transaction indexed by credit_transaction_by_target where target_id = ?1";
    Ok(conn.prepare_cached(sql)?.exists([id])?)
}

fn parse(image: Image, owner: Option<Owner>) -> Result<(i64, CreditTransaction, Money, NodeId)> {
    let mut fields: Fields = image.content.into_iter().collect();
    let customer = fields.remove("customer");
    let customer = customer.as_ref().and_then(Value::as_str).unwrap_or_default();
    let customer = CustomerId::new(customer).map_err(|rule| Error::invalid("customer", rule))?;
    let node = fields.remove("node");
    let node = node.as_ref().and_then(Value::as_str).and_then(NodeId::parse);
    let node = node.ok_or_else(|| Error::invalid("node", "must be 32 hex digits"))?;
    let balance_after = fields.get("balance_after").unwrap_or(&Value::Null);
    let balance_after = integer("balance_after", balance_after)?.unwrap_or_default();
    let mut t = CreditTransaction::from_fields(&customer, &fields)?;
    let owner = owner.ok_or_else(|| Error::no_customer(&customer))?;
    if owner.state == ERASED {
        (t.external_id, t.note, t.meta, t.actor) = (None, None, None, None);
        t.ext = Map::new();
    }
    Ok((owner.key, t, Money::from_minor(balance_after), node))
}

/// Gives a transaction and its reversals the effects that the order of their rows makes them have:
/// what came first of a reversed pair moved the balance, and the other one took that back.
fn settle(conn: &Connection, target: &str) -> Result<()> {
    let Ok(target_id) = TransactionId::new(target) else { return Ok(()) };
    let mut statement = conn.prepare_cached(
        "select position, customer_key, kind = 'reversal', kind = 'merge', amount_minor
           from credit_transaction where id = ?1",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        // A kind that does not read stops nothing: the row is put anew, and settled once more.
        let (is_reversal, is_merge): (bool, bool) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, row.get(1)?, is_reversal, is_reversal || is_merge, row.get(4)?))
    };
    let target: Option<(i64, i64, bool, bool, i64)> =
        statement.query_row([&target_id], read).optional()?;
    let mut statement = conn.prepare_cached(
        "select position, customer_key
           from credit_transaction indexed by credit_transaction_by_target
          where target_id = ?1 order by position",
    )?;
    let reversals = statement.query_map([&target_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let reversals: Vec<(i64, i64)> = reversals.collect::<rusqlite::Result<_>>()?;
    let reversible = target.filter(|(_, _, _, is_final, _)| !is_final);
    // The first of the same customer counts.
    let first = reversible.and_then(|(_, key, ..)| reversals.iter().find(|r| r.1 == key).copied());
    for (position, _) in &reversals {
        let effect = match (reversible, first) {
            (Some((at, .., amount)), Some(first)) if first.0 == *position && at < first.0 => {
                -amount
            }
            _ => 0,
        };
        set_effect(conn, *position, effect)?;
    }
    if let Some((position, .., amount)) = target.filter(|(_, _, is_reversal, ..)| !is_reversal) {
        let is_undone_before = first.is_some_and(|(reversal, _)| reversal < position);
        set_effect(conn, position, if is_undone_before { 0 } else { amount })?;
    }
    Ok(())
}

fn set_effect(conn: &Connection, position: i64, effect: i64) -> Result<()> {
    conn.prepare_cached(
        "update credit_transaction
            set effect_minor = ?2,
                seal = seal(id, customer_key, kind, amount_minor, target_id, ?2, at, balance_after_minor, node,
                            external_id, note, meta, actor, paid_minor, on_sight, ext)
          where position = ?1 and effect_minor <> ?2",
    )?
    .execute(params![position, effect])?;
    Ok(())
}
