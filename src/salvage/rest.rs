//! What is left to compare when everything is written: claims and conflicts.

use super::source::Source;
use super::{Finding, Findings, Reason};
use crate::claim::{ClaimKind, ConflictKind};
use crate::error::Result;
use crate::id::CustomerId;
use crate::store::Store;

/// The end of a card's serial number, which says which card is meant and no more.
pub(super) fn ending(serial: &str) -> String {
    let skipped = serial.chars().count().saturating_sub(4);
    format!("…{}", serial.chars().skip(skipped).collect::<String>())
}

/// Names the cards and external ids that somebody has claimed and nobody has now.
pub(super) fn compare_claims(
    source: &Source,
    store: &Store,
    findings: &mut Findings,
) -> Result<()> {
    let read = || -> rusqlite::Result<Vec<(ClaimKind, String, CustomerId)>> {
        let mut statement = source.conn.prepare(
            "select kind, value, who.id from claim join who on who.key = claim.customer_key",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        // As far as they read: this is one more witness, and nothing rests on it alone.
        Ok(rows.map_while(|row| row.ok()).collect())
    };
    store.read(|conn| {
        let mut statement = conn.prepare(
            "select 1 from claim join customer on customer.key = claim.customer_key
              where claim.kind = ?1 and claim.value = ?2 and customer.id = ?3",
        )?;
        for (kind, value, id) in read().unwrap_or_default() {
            if statement.exists(rusqlite::params![kind, value, id])? {
                continue;
            }
            let (table, name) = match kind {
                ClaimKind::Card => ("card", ending(&value)),
                ClaimKind::ExternalId => ("external_id", String::new()),
                // Their own rows say more.
                ClaimKind::LocationExternalId | ClaimKind::LocationName => continue,
                ClaimKind::DebtAccount => ("debt_account", String::new()),
            };
            findings.add(Finding::new(table, name, Some(&id), Reason::Missing));
        }
        Ok(())
    })
}

/// Settles the conflicts that only the salvage has made, and names those that are lost.
pub(super) fn compare_conflicts(
    source: &Source,
    store: &Store,
    findings: &mut Findings,
) -> Result<()> {
    let sql = "select id from conflict where resolved_at is null and ?1 = 0";
    let before = source.texts(sql, 0);
    if before.is_none() {
        findings.add(Finding::new("conflict", "", None, Reason::Unreadable));
    }
    let before = before.unwrap_or_default();
    let now = store.conflicts()?;
    for id in before.iter().filter(|id| !now.iter().any(|conflict| conflict.id == **id)) {
        findings.add(Finding::new("conflict", id, None, Reason::Missing));
    }
    let made = now.iter().filter(|conflict| !before.contains(&conflict.id));
    let is_ours =
        |kind| matches!(kind, ConflictKind::UnknownCustomer | ConflictKind::DeletedCustomer);
    store.write(|tx| {
        made.filter(|conflict| is_ours(conflict.kind))
            .try_for_each(|conflict| tx.keep_conflict(&conflict.id))
    })
}
