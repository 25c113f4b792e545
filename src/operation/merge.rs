//! Merge: one customer takes over what another one has.

use super::Change;
use super::apply::{account, before, field, prove};
use super::debt::{remove_debt_account, set_debt_account};
use crate::address::{self, Address};
use crate::card::{self, Card};
use crate::claim::{self, ClaimKind};
use crate::clock::Hlc;
use crate::customer::{ERASED, LIVE};
use crate::debt_account::{self, DebtAccount};
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::register::{Fields, choice};
use crate::unit::{Kind, Rows};

/// Moves cards, addresses and debt accounts of another customer to this one; the balance moves by the credit
/// changes of the same operation, and the other one is deleted by its last.
///
/// The change lists what its author moved, so that an erase of the other one does not take it
/// along; what else the other one has here moves too.
pub(super) fn merge(
    rows: &Rows<'_>,
    change: &Change,
    into: &CustomerId,
    key: i64,
    state: i64,
    stamp: Hlc,
) -> Result<()> {
    let from = choice("from", field(change, "from"), |id| CustomerId::new(id).ok())?;
    let from = from.ok_or_else(|| Error::invalid("from", "is missing"))?;
    claim::merge(rows, &from, into, stamp.at())?;
    let known = account(rows, &from)?;
    if let Some(known) = known.as_ref().filter(|_| !rows.mode().keeps_base) {
        prove(rows, &from, known.key)?;
    }
    before(rows, Kind::Person, &from)?;
    let from = known.filter(|from| from.state != ERASED);
    let mut cards = listed(change, "cards", Card::from_fields)?;
    let mut addresses = listed(change, "addresses", Address::from_fields)?;
    let mut accounts = listed(change, "debt_accounts", DebtAccount::from_fields)?;
    if let Some(from) = &from {
        let more = card::list(rows, from.key)?.into_iter();
        let is_new = |card: &Card| cards.iter().all(|c| c.serial_number != card.serial_number);
        cards.extend(more.filter(is_new).collect::<Vec<_>>());
        let more = address::list(rows, from.key)?.into_iter();
        let is_new = |address: &Address| addresses.iter().all(|a| a.id != address.id);
        addresses.extend(more.filter(is_new).collect::<Vec<_>>());
        let more = debt_account::list(rows, from.key)?.into_iter();
        let is_new = |account: &DebtAccount| accounts.iter().all(|a| a.id != account.id);
        accounts.extend(more.filter(is_new).collect::<Vec<_>>());
    }
    for card in cards {
        let serial = card.serial_number.as_str();
        if let Some(from) = &from
            && card::remove(rows, from.key, &card.serial_number, stamp)?
        {
            claim::release(rows, ClaimKind::Card, serial, from.key, stamp.at())?;
        }
        if card::set(rows, key, &card, stamp)? && state == LIVE {
            claim::take(rows, ClaimKind::Card, serial, key, stamp.at())?;
        }
    }
    for address in addresses {
        if let Some(from) = &from {
            address::remove(rows, from.key, &address.id, stamp)?;
        }
        address::set(rows, key, &address, stamp)?;
    }
    for account in accounts {
        if let Some(from) = &from {
            remove_debt_account(rows, from.key, &account.id, stamp)?;
        }
        set_debt_account(rows, key, state, &account, stamp)?;
    }
    Ok(())
}

/// The records of a field that holds a list of them.
fn listed<T>(change: &Change, name: &str, read: fn(&Fields) -> Result<T>) -> Result<Vec<T>> {
    let list = field(change, name).as_array().map(Vec::as_slice).unwrap_or_default();
    let fields = list.iter().map(|value| value.as_object().cloned().unwrap_or_default());
    fields.map(|fields| read(&fields.into_iter().collect())).collect()
}
