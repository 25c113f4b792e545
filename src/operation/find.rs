//! Find: the operation that recorded a credit transaction, as long as it is here.

use rusqlite::{Connection, params};

use super::{ChangeKind, change};
use crate::error::Result;
use crate::id::{NodeId, OperationId, TransactionId};

/// The last operation of `author` that recorded this credit transaction; `None` where none of those
/// that are here did. They are read from the latest on, so that one which was just written is found at
/// once.
pub(crate) fn recording(
    conn: &Connection,
    author: NodeId,
    id: &TransactionId,
) -> Result<Option<OperationId>> {
    let mut chains = conn.prepare_cached(
        "select key, number, seq from incarnation where node = ?1 and seq > pruned_seq order by position desc",
    )?;
    let mut operations = conn.prepare_cached(
        "select seq, facts
           from operation
          where incarnation_key = ?1 and seq <= ?2 and state = 0 and instr(facts, ?3) > 0
          order by seq desc",
    )?;
    // As it stands in the facts, so that hardly any other operation is looked at.
    let quoted = serde_json::Value::from(id.as_str()).to_string();
    let mut chains = chains.query([author])?;
    while let Some(chain) = chains.next()? {
        let (key, incarnation, last): (i64, u64, u64) =
            (chain.get(0)?, chain.get(1)?, chain.get(2)?);
        let mut found = operations.query(params![key, last, quoted])?;
        while let Some(operation) = found.next()? {
            let facts: String = operation.get(1)?;
            if records(&facts, id) {
                let seq = operation.get(0)?;
                return Ok(Some(OperationId { node: author, incarnation, seq }));
            }
        }
    }
    Ok(None)
}

/// Whether it is this credit transaction that is added, and not one that undoes it.
fn records(facts: &str, id: &TransactionId) -> bool {
    let changes = change::read(facts, None).unwrap_or_default();
    changes.iter().any(|change| {
        let recorded = change.fields.get("id").and_then(serde_json::Value::as_str);
        change.kind == ChangeKind::Credit && recorded == Some(id.as_str())
    })
}
