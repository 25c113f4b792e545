//! The balance of a salvaged customer.

use super::write::append;
use super::{Finding, Reason};
use crate::credit::{self, CreditKind, CreditTransaction, Order};
use crate::customer;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::money::Money;
use crate::operation::{Change, ChangeKind};
use crate::query::Page;
use crate::store::Tx;
use serde_json::Value;

/// Makes the balance what it was, by one correction where transactions are lost, and says so.
///
/// `known` is the balance that a sealed row has kept. Without it, the balance that the customer's
/// last transaction ended with counts, where all are of one author and so none was told late.
pub(super) fn settle(
    tx: &Tx<'_>,
    id: &CustomerId,
    known: Option<Money>,
    sole_node: bool,
) -> Result<Option<Finding>> {
    let Some(account) = customer::account(tx.conn(), id)? else { return Ok(None) };
    let sum = account.credit;
    let last = || -> Result<Option<Money>> {
        let page = Page { skip: 0, take: 1 };
        let last = credit::list(tx.conn(), account.key, page, Order::NewestFirst)?;
        Ok(last.first().filter(|_| sole_node).map(|posting| posting.balance_after))
    };
    let balance = match known {
        Some(balance) => balance,
        None => last()?.unwrap_or(sum),
    };
    let found = |reason| Ok(Some(Finding::new("balance", "", Some(id), reason)));
    if balance == sum {
        return match known {
            Some(_) => Ok(None),
            None => found(Reason::BalanceUncertain { sum }),
        };
    }
    let reason = match known {
        Some(_) => Reason::BalanceCorrected { sum, balance },
        None => Reason::BalanceOfLast { sum, balance },
    };
    let difference = balance.checked_sub(sum).ok_or(Error::Overflow)?;
    let mut t = CreditTransaction::new(tx.store().stamp(), id, CreditKind::Correction, difference);
    let currency = tx.store().currency();
    t.note = Some(format!(
        "salvage: transactions are lost; those left add up to {}, the balance was {}",
        currency.display(sum),
        currency.display(balance)
    ));
    let mut fields = t.fields();
    fields.insert("balance_after".to_owned(), Value::from(balance.minor()));
    let change = Change::new(ChangeKind::Credit, id, fields);
    let refused = match t.check() {
        Ok(()) => append(tx, &[change])?.is_some(),
        Err(_) => true,
    };
    found(if refused { Reason::BalanceLost { sum, balance } } else { reason })
}
