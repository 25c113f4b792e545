//! Debt accounts of a customer, written together with their claims.

use crate::claim::{self, ClaimKind};
use crate::clock::Hlc;
use crate::customer::LIVE;
use crate::debt_account::{self, DebtAccount};
use crate::error::Result;
use crate::id::DebtAccountId;
use crate::unit::Rows;

/// Stores a debt account; its external id is claimed, and one it had before is given up.
pub(super) fn set_debt_account(
    rows: &Rows<'_>,
    key: i64,
    state: i64,
    account: &DebtAccount,
    stamp: Hlc,
) -> Result<()> {
    let before = debt_account::external_id(rows, key, &account.id)?;
    if !debt_account::set(rows, key, account, stamp)? {
        return Ok(());
    }
    let kind = ClaimKind::DebtAccount;
    if let Some(before) = before.filter(|before| account.external_id.as_ref() != Some(before)) {
        release_debt_account(rows, key, &before, stamp)?;
    }
    match &account.external_id {
        Some(id) if state == LIVE => claim::take(rows, kind, id, key, stamp.at()),
        _ => Ok(()),
    }
}

pub(super) fn remove_debt_account(
    rows: &Rows<'_>,
    key: i64,
    id: &DebtAccountId,
    stamp: Hlc,
) -> Result<()> {
    let before = debt_account::external_id(rows, key, id)?;
    match (debt_account::remove(rows, key, id, stamp)?, before) {
        (true, Some(before)) => release_debt_account(rows, key, &before, stamp),
        _ => Ok(()),
    }
}

/// Gives up an external id that no other debt account of the customer has.
fn release_debt_account(rows: &Rows<'_>, key: i64, external_id: &str, stamp: Hlc) -> Result<()> {
    match debt_account::find(rows, key, external_id)? {
        Some(_) => Ok(()),
        None => claim::release(rows, ClaimKind::DebtAccount, external_id, key, stamp.at()),
    }
}
