//! Debt accounts of a customer: each write is an operation of its own.

use rusqlite::Connection;
use serde_json::Value;

use super::write::{carried, one_transaction};
use crate::claim::{self, ClaimKind};
use crate::customer::{self, LIVE};
use crate::debt_account::{self, DebtAccount};
use crate::error::{Error, Result};
use crate::id::{CustomerId, DebtAccountId};
use crate::operation::{self, Change, ChangeKind};
use crate::register::Fields;
use crate::store::{Store, Tx};

/// A customer has at most this many debt accounts.
pub const DEBT_ACCOUNTS_MAX: usize = 10_000;

one_transaction! {
    /// Adds a debt account to a customer, or replaces the one with its id.
    ///
    /// ```
    /// use tillbook::{Customer, DebtAccount, Money, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?.id;
    /// let loan = DebtAccount::new(store.stamp(), Money::from_minor(0));
    /// store.set_debt_account(&ada, &loan)?;
    /// let part = DebtAccount::new(store.stamp(), Money::from_minor(2500));
    /// store.set_debt_account(&ada, &DebtAccount { parent_id: Some(loan.id), ..part })?;
    ///
    /// let accounts = store.debt_accounts(&ada)?;
    /// assert_eq!(accounts[0].current_balance, Money::from_minor(2500), "the sum of those below it");
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Taken`]: another debt account has this external id;
    /// - [`Error::Invalid`]: a field breaks a rule: a parent that is not an account of the customer or
    ///   is below another itself, an amount below zero, or more than [`DEBT_ACCOUNTS_MAX`] accounts.
    set_debt_account(id: &CustomerId, account: &DebtAccount) -> ();
    /// Takes a debt account away from a customer; those below it stay, below none.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or no such account of this customer.
    remove_debt_account(id: &CustomerId, account: &DebtAccountId) -> ();
}

impl Store {
    /// The debt accounts of a customer, the oldest first. The amounts of one with others below it are
    /// their sums; a parent or a location that is gone is none.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Overflow`]: a sum is beyond all amounts.
    pub fn debt_accounts(&self, id: &CustomerId) -> Result<Vec<DebtAccount>> {
        self.read_snapshot(|conn| list(conn, id))
    }

    /// The debt account with this id in an outside system, and whose it is.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_debt_account(
        &self,
        external_id: &str,
    ) -> Result<Option<(CustomerId, DebtAccount)>> {
        self.read_snapshot(|conn| find(conn, external_id))
    }
}

impl Tx<'_> {
    /// The debt accounts of a customer; see [`Store::debt_accounts`].
    ///
    /// # Errors
    ///
    /// As [`Store::debt_accounts`].
    pub fn debt_accounts(&self, id: &CustomerId) -> Result<Vec<DebtAccount>> {
        list(self.conn(), id)
    }

    /// The debt account with this id in an outside system; see [`Store::find_debt_account`].
    ///
    /// # Errors
    ///
    /// As [`Store::find_debt_account`].
    pub fn find_debt_account(
        &self,
        external_id: &str,
    ) -> Result<Option<(CustomerId, DebtAccount)>> {
        find(self.conn(), external_id)
    }

    /// Adds a debt account or replaces it; see [`Store::set_debt_account`].
    ///
    /// # Errors
    ///
    /// As [`Store::set_debt_account`].
    pub fn set_debt_account(&self, id: &CustomerId, account: &DebtAccount) -> Result<()> {
        let known = self.live(id)?;
        account.check()?;
        let stored = debt_account::list(self.conn(), known.key)?;
        let before = stored.iter().find(|one| one.id == account.id);
        if before.is_none() && stored.len() >= DEBT_ACCOUNTS_MAX {
            let rule = format!("would be more than {DEBT_ACCOUNTS_MAX} of one customer");
            return Err(Error::invalid("debt_accounts", rule));
        }
        let account = DebtAccount { ext: carried(before.map(|one| &one.ext)), ..account.clone() };
        if before == Some(&account) {
            return Ok(());
        }
        if let Some(external_id) = &account.external_id {
            let parameter = || "external_id".to_owned();
            let (kind, key) = (ClaimKind::DebtAccount, Some(known.key));
            claim::check_free(self.conn(), kind, external_id, key, parameter)?;
            let is_twin = |one: &DebtAccount| {
                one.id != account.id && one.external_id.as_ref() == Some(external_id)
            };
            if stored.iter().any(is_twin) {
                let rule = "is used by another account of this customer already";
                return Err(Error::invalid(parameter(), rule));
            }
        }
        if before.is_none_or(|before| before.parent_id != account.parent_id) {
            check_parent(&account, &stored)?;
        }
        operation::append(self, &[debt_account_set(id, &account)])
    }

    /// Takes a debt account away; see [`Store::remove_debt_account`].
    ///
    /// # Errors
    ///
    /// As [`Store::remove_debt_account`].
    pub fn remove_debt_account(&self, id: &CustomerId, account: &DebtAccountId) -> Result<()> {
        let known = self.live(id)?;
        let stored = debt_account::list(self.conn(), known.key)?;
        if !stored.iter().any(|one| one.id == *account) {
            return Err(Error::NotFound { what: "debt account", id: account.to_string() });
        }
        operation::append(self, &[debt_account_removed(id, account)])
    }
}

/// One level: a parent has none itself, and whoever has others below it gets none.
fn check_parent(account: &DebtAccount, stored: &[DebtAccount]) -> Result<()> {
    let Some(parent) = &account.parent_id else { return Ok(()) };
    let rule = |rule: &str| Err(Error::invalid("parent_id", rule));
    match stored.iter().find(|one| one.id == *parent) {
        _ if *parent == account.id => rule("must be another account"),
        None => rule("must be an account of the same customer"),
        Some(found) if found.parent_id.is_some() => rule("must not be below another account"),
        Some(_) if stored.iter().any(|one| one.parent_id.as_ref() == Some(&account.id)) => {
            rule("must be none, because others are below the account")
        }
        Some(_) => Ok(()),
    }
}

fn list(conn: &Connection, id: &CustomerId) -> Result<Vec<DebtAccount>> {
    let account = customer::account(conn, id)?.filter(|account| account.state == LIVE);
    debt_account::shown(conn, account.ok_or_else(|| Error::no_customer(id))?.key)
}

fn find(conn: &Connection, external_id: &str) -> Result<Option<(CustomerId, DebtAccount)>> {
    let owner = claim::owner(conn, ClaimKind::DebtAccount, external_id)?;
    let Some(key) = owner else { return Ok(None) };
    let accounts = debt_account::shown(conn, key)?.into_iter();
    let account = accounts.into_iter().find(|one| one.external_id.as_deref() == Some(external_id));
    let id = customer::id_of(conn, key)?;
    Ok(account.map(|account| (id, account)))
}

pub(super) fn debt_account_set(id: &CustomerId, account: &DebtAccount) -> Change {
    let (kind, fields) = (ChangeKind::DebtAccountSet, account.fields());
    Change::new(kind, id, fields)
}

pub(super) fn debt_account_removed(id: &CustomerId, account: &DebtAccountId) -> Change {
    let fields = Fields::from([("id".to_owned(), Value::from(account.as_str()))]);
    Change::new(ChangeKind::DebtAccountRemove, id, fields)
}
