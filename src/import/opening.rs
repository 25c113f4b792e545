//! The opening balance: what a customer brings along, taken once.

use super::field::Field;
use crate::credit::{self, CreditKind, CreditTransaction, Order};
use crate::customer::Account;
use crate::error::{Error, Result};
use crate::id::{CustomerId, TransactionId};
use crate::money::Money;
use crate::operation;
use crate::query::Page;
use crate::store::Tx;

/// Whether a debt must lie within the customer's credit line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// It must: another till may mean something else by a minus.
    Needed,
    /// It need not: the file it comes from has allowed it.
    Given,
}

/// Takes the balance a customer brings along, once, and returns what was taken now: a deposit, or a
/// correction where it is a debt.
///
/// The id of the entry follows from the customer's, so that a file that is imported again, or on
/// another node too, takes nothing twice.
pub(super) fn take(
    tx: &Tx<'_>,
    account: &Account,
    id: &CustomerId,
    amount: Money,
    cover: Cover,
) -> Result<Money> {
    if amount == Money::ZERO || amount == account.credit {
        return Ok(Money::ZERO);
    }
    let show = |amount: Money| tx.store().currency().display(amount);
    let wrong = |rule: String| Err(Error::invalid(Field::CreditAmount.parameter(), rule));
    let covered = account.credit_line.checked_add(amount).is_some_and(|left| !left.is_negative());
    if amount.is_negative() && cover == Cover::Needed && !covered {
        return wrong("must not be negative: an opening balance is a deposit".to_owned());
    }
    let (opening_id, n_undone) = current(tx, id)?;
    if let Some(known) = tx.find_credit_transaction(&opening_id)? {
        return match known.amount == amount {
            true => Ok(Money::ZERO),
            false => {
                wrong(format!("is not the opening balance taken before: {}", show(known.amount)))
            }
        };
    }
    // Each one that was undone is in the ledger with its reversal.
    let beyond = Page { skip: 2 * n_undone, take: 1 };
    if !credit::list(tx.conn(), account.key, beyond, Order::OldestFirst)?.is_empty() {
        let credit = show(account.credit);
        return wrong(format!("is no opening balance: the credit has moved to {credit}"));
    }
    let kind = if amount.is_negative() { CreditKind::Correction } else { CreditKind::Deposit };
    let mut opening = CreditTransaction::new(tx.store().stamp(), id, kind, amount);
    opening.id = opening_id;
    opening.note = Some("opening balance".to_owned());
    if !amount.is_negative() {
        tx.record(&opening)?;
        return Ok(amount);
    }
    opening.check()?;
    let credit_line = Money::from_minor(i64::MAX / 2);
    let account = Account { credit_line, ..account.clone() };
    operation::append(tx, &[tx.credit_change(&opening, &account)?.0])?;
    Ok(amount)
}

/// The id of the opening balance that counts, whether it was taken or not, and how many before it
/// were undone.
pub(super) fn current(tx: &Tx<'_>, id: &CustomerId) -> Result<(TransactionId, u64)> {
    let mut n_undone = 0;
    loop {
        let opening_id = nth_id(id, n_undone)?;
        if !credit::is_reversed(tx.conn(), &opening_id, id)? {
            return Ok((opening_id, n_undone));
        }
        n_undone += 1;
    }
}

/// The id of the opening balance after `n_undone` that were undone.
fn nth_id(id: &CustomerId, n_undone: u64) -> Result<TransactionId> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"opening balance").update(id.as_str().as_bytes());
    if n_undone > 0 {
        hasher.update(&[0]).update(&n_undone.to_be_bytes());
    }
    let text = format!("opening-{}", &hasher.finalize().to_hex()[..32]);
    TransactionId::new(&text).map_err(|rule| Error::invalid("id", rule))
}
