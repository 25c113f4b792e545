//! Ledger: recording credit transactions, each in one SQL transaction with its operation.

use serde_json::Value;

use crate::card;
use crate::claim::{self, ClaimKind};
use crate::clock::Stamp;
use crate::credit::{self, CreditKind, CreditTransaction, Outlook};
use crate::customer::{self, Account, ERASED, LIVE};
use crate::error::{Error, Result};
use crate::id::{CardSerial, CustomerId};
use crate::money::Money;
use crate::operation::{self, Change, ChangeKind, Seen};
use crate::store::{Store, Tx};

impl Store {
    /// Records `transaction` and returns the customer's balance, this transaction included.
    ///
    /// Recording the same transaction again changes nothing, so a till may retry; it then hears the
    /// balance of that moment.
    ///
    /// ```
    /// use tillbook::{CreditTransaction, Customer, Error, Money, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// let deposit = CreditTransaction::deposit(store.stamp(), &ada.id, Money::from_minor(1000));
    /// assert_eq!(store.record(&deposit)?, Money::from_minor(1000));
    /// assert_eq!(store.record(&deposit)?, Money::from_minor(1000)); // a retry: nothing more happens
    ///
    /// let spend = CreditTransaction::spend(store.stamp(), &ada.id, Money::from_minor(1001));
    /// let refused = store.record(&spend);
    /// assert_eq!(refused.unwrap_err().to_string(), "balance is 10.00, 10.01 was requested");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InsufficientCredit`]: the balance would fall below zero, or below minus the
    ///   customer's credit line. This holds for whatever lowers it, a reversal included.
    /// - [`Error::NotUsable`]: a spend or an earning of a customer who may not be served now.
    /// - [`Error::IdReused`]: this id was recorded before with other content.
    /// - [`Error::NotReversible`]: the target is reversed already, is a reversal, or is another
    ///   customer's.
    /// - [`Error::NotFound`], [`Error::Erased`]: there is no such customer any more.
    /// - [`Error::Invalid`]: the amount's sign or size, or a text, breaks a rule.
    pub fn record(&self, transaction: &CreditTransaction) -> Result<Money> {
        self.write_whole(|tx| tx.record(transaction))
    }

    /// Records `transaction` like [`Store::record`], made with the card `serial`, which must be
    /// the customer's and usable.
    ///
    /// # Errors
    ///
    /// As [`Store::record`], [`Error::NotUsable`] for the card too, and [`Error::NotFound`] when
    /// it is not a card of this customer.
    pub fn record_with_card(
        &self,
        serial: &CardSerial,
        transaction: &CreditTransaction,
    ) -> Result<Money> {
        self.write_whole(|tx| tx.record_with_card(serial, transaction))
    }

    /// Records what the customer's credit rate gives for `paid`; see [`Tx::earn`].
    ///
    /// # Errors
    ///
    /// As [`Store::record`].
    pub fn earn(&self, stamp: Stamp, id: &CustomerId, paid: Money) -> Result<CreditTransaction> {
        self.write_whole(|tx| tx.earn(stamp, id, paid))
    }
}

impl Tx<'_> {
    /// Records `transaction`; see [`Store::record`].
    ///
    /// # Errors
    ///
    /// As [`Store::record`].
    pub fn record(&self, transaction: &CreditTransaction) -> Result<Money> {
        self.record_if(transaction, |_| Ok(()))
    }

    /// Records `transaction`, made with a card; see [`Store::record_with_card`].
    ///
    /// # Errors
    ///
    /// As [`Store::record_with_card`].
    pub fn record_with_card(
        &self,
        serial: &CardSerial,
        transaction: &CreditTransaction,
    ) -> Result<Money> {
        self.record_if(transaction, |account| {
            let missing =
                || Error::NotFound { what: "card of this customer", id: format!("{serial:?}") };
            let owner = claim::owner(self.conn(), ClaimKind::Card, serial.as_str())?;
            let cards = card::list(self.conn(), account.key)?;
            let card = cards
                .into_iter()
                .find(|card| card.serial_number == *serial && owner == Some(account.key));
            card.ok_or_else(missing)?.usable(self.store().now()).map_err(Error::NotUsable)
        })
    }

    /// Records what the customer's credit rate gives for `paid`, rounded once to the minor unit,
    /// half away from zero, and returns the transaction. A retry with the same stamp and the same
    /// `paid` returns the one recorded first, whatever the rate is by then.
    ///
    /// # Errors
    ///
    /// As [`Store::record`]; `paid` must not be negative.
    pub fn earn(&self, stamp: Stamp, id: &CustomerId, paid: Money) -> Result<CreditTransaction> {
        if paid.is_negative() {
            return Err(Error::invalid("paid", "must not be negative"));
        }
        let mut earned = CreditTransaction::earn(stamp, id, Money::ZERO);
        earned.paid = Some(paid);
        if let Some(known) = self.find_credit_transaction(&earned.id)? {
            // The rate may be another by now; all else must be as it was.
            earned.amount = known.amount;
            let same = known.same_content(&earned);
            return if same { Ok(known) } else { Err(Error::IdReused(known.id)) };
        }
        let amount = self.customer(id)?.credit_rate.of(paid).ok_or(Error::Overflow)?;
        earned.amount = amount;
        self.record(&earned)?;
        Ok(earned)
    }

    fn record_if(
        &self,
        t: &CreditTransaction,
        allowed: impl FnOnce(&Account) -> Result<()>,
    ) -> Result<Money> {
        t.check()?;
        if t.kind == CreditKind::Merge {
            return Err(Error::invalid("kind", "cannot be merge: merging customers records it"));
        }
        let id = &t.customer_id;
        let account = customer::account(self.conn(), id)?.ok_or_else(|| Error::no_customer(id))?;
        if let Some(known) = credit::find(self.conn(), &t.id)? {
            let same = known.same_content(t);
            return if same { Ok(account.credit) } else { Err(Error::IdReused(t.id.clone())) };
        }
        match account.state {
            LIVE => {}
            ERASED => return Err(Error::Erased(id.clone())),
            _ => return Err(Error::no_customer(id)),
        }
        if matches!(t.kind, CreditKind::Spend | CreditKind::Earn) {
            let damaged = || Error::DamagedRow { what: "customer", id: id.to_string() };
            let service = account.service.as_ref().ok_or_else(damaged)?;
            service.usable(self.store().now()).map_err(Error::NotUsable)?;
        }
        allowed(&account)?;
        let outlook = credit::outlook(self.conn(), t)?;
        let (change, balance) = self.change_of(t, &account, &outlook)?;
        let seen = Seen { key: account.key, state: account.state, outlook };
        operation::append_seen(self, &[change], Some(seen))?;
        Ok(balance)
    }

    /// The change that records `t`, and the balance after it; refused when it is not covered.
    pub(crate) fn credit_change(
        &self,
        t: &CreditTransaction,
        account: &Account,
    ) -> Result<(Change, Money)> {
        self.change_of(t, account, &credit::outlook(self.conn(), t)?)
    }

    fn change_of(
        &self,
        t: &CreditTransaction,
        account: &Account,
        &Outlook { effect, futile, .. }: &Outlook,
    ) -> Result<(Change, Money)> {
        if let (Some(reason), Some(target)) = (futile, t.target.clone()) {
            return Err(Error::NotReversible { target, reason });
        }
        let balance = account.credit.checked_add(effect).ok_or(Error::Overflow)?;
        let available = balance.checked_add(account.credit_line).ok_or(Error::Overflow)?;
        if effect.is_negative() && available.is_negative() {
            return Err(Error::InsufficientCredit {
                balance: account.credit,
                requested: effect.checked_neg().ok_or(Error::Overflow)?,
                currency: self.store().currency().clone(),
            });
        }
        let on_sight = effect.is_negative() && self.has_parent()?;
        let mut fields = t.fields();
        match on_sight {
            true => fields.insert("on_sight".to_owned(), true.into()),
            false => fields.remove("on_sight"),
        };
        fields.insert("balance_after".to_owned(), Value::from(balance.minor()));
        Ok((Change::new(ChangeKind::Credit, &t.customer_id, fields), balance))
    }
}
