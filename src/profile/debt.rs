//! Debt accounts of a customer: each write is an operation of its own.

use std::collections::{HashMap, HashSet};

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

/// Changes of about this many bytes become one operation.
const CHANGES_BYTES_MAX: usize = 64 << 10;

/// A customer has at most this many debt accounts. More that come from other nodes are stored.
pub const DEBT_ACCOUNTS_MAX: usize = 1_000;
/// The debt accounts of a customer have at most this many bytes, as they are written into operations:
/// 256 KiB, so that the one of a merge has room for all of them. More that come from other nodes are
/// stored.
pub const DEBT_ACCOUNTS_BYTES_MAX: usize = 256 << 10;

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
    ///   is below another itself, an amount below zero, or accounts beyond [`DEBT_ACCOUNTS_MAX`] or
    ///   [`DEBT_ACCOUNTS_BYTES_MAX`].
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

    /// Whose the debt account with this id in an outside system is.
    ///
    /// # Errors
    ///
    /// As [`Store::find_debt_account`].
    pub fn find_debtor(&self, external_id: &str) -> Result<Option<CustomerId>> {
        let owner = claim::owner(self.conn(), ClaimKind::DebtAccount, external_id)?;
        owner.map(|key| customer::id_of(self.conn(), key)).transpose()
    }

    /// Adds a debt account or replaces it; see [`Store::set_debt_account`].
    ///
    /// # Errors
    ///
    /// As [`Store::set_debt_account`].
    pub fn set_debt_account(&self, id: &CustomerId, account: &DebtAccount) -> Result<()> {
        let refused = self.set_debt_accounts(id, std::slice::from_ref(account))?;
        refused.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Adds or replaces several debt accounts in their order, many with one operation, and answers
    /// those that were refused, each by its place in `accounts`. What follows a refused one is stored
    /// all the same.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Sqlite`] and its kin: the file cannot be written.
    pub fn set_debt_accounts(
        &self,
        id: &CustomerId,
        accounts: &[DebtAccount],
    ) -> Result<Vec<(usize, Error)>> {
        let known = self.live(id)?;
        let mut owned = Owned::of(known.key, debt_account::list(self.conn(), known.key)?);
        let (mut refused, mut changes, mut n_bytes) = (Vec::new(), Vec::new(), 0);
        for (place, account) in accounts.iter().enumerate() {
            let (account, account_bytes) = match owned.checked(self.conn(), account) {
                Ok(None) => continue,
                Ok(Some(checked)) => checked,
                Err(error @ (Error::Invalid { .. } | Error::Taken { .. })) => {
                    refused.push((place, error));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let change = debt_account_set(id, &account);
            // Two of one account would be of one moment, and the second one lost.
            let is_again = !owned.changed.insert(account.id.clone());
            owned.insert(account, account_bytes);
            n_bytes += account_bytes;
            if !changes.is_empty() && (is_again || n_bytes > CHANGES_BYTES_MAX) {
                operation::append(self, &std::mem::take(&mut changes))?;
                n_bytes = account_bytes;
            }
            changes.push(change);
        }
        if !changes.is_empty() {
            operation::append(self, &changes)?;
        }
        Ok(refused)
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

/// The debt accounts that a customer has, as more are added.
struct Owned {
    key: i64,
    accounts: HashMap<DebtAccountId, DebtAccount>,
    /// How many bytes they have.
    n_bytes: usize,
    external_ids: HashMap<String, DebtAccountId>,
    /// Those with others below them.
    parents: HashSet<DebtAccountId>,
    /// Those that were added or replaced.
    changed: HashSet<DebtAccountId>,
}

impl Owned {
    fn of(key: i64, accounts: Vec<DebtAccount>) -> Self {
        let mut owned = Self {
            key,
            accounts: HashMap::new(),
            n_bytes: 0,
            external_ids: HashMap::new(),
            parents: HashSet::new(),
            changed: HashSet::new(),
        };
        for account in accounts {
            let n_bytes = account_bytes(&account);
            owned.insert(account, n_bytes);
        }
        owned
    }

    /// The account as it is to be stored and how many bytes it has, `None` where it is stored already.
    fn checked(
        &self,
        conn: &Connection,
        account: &DebtAccount,
    ) -> Result<Option<(DebtAccount, usize)>> {
        account.check()?;
        let before = self.accounts.get(&account.id);
        let account = DebtAccount { ext: carried(before.map(|one| &one.ext)), ..account.clone() };
        if before == Some(&account) {
            return Ok(None);
        }
        let (n_bytes, bytes_before) = (account_bytes(&account), before.map_or(0, account_bytes));
        let n_more = usize::from(before.is_none());
        // Where other nodes have brought more, what is there may still be edited, if it grows no longer.
        if n_bytes > bytes_before {
            check_room(self.accounts.len() + n_more, self.n_bytes - bytes_before + n_bytes)?;
        }
        if let Some(external_id) = &account.external_id {
            let parameter = || "external_id".to_owned();
            let kind = ClaimKind::DebtAccount;
            claim::check_free(conn, kind, external_id, Some(self.key), parameter)?;
            if self.external_ids.get(external_id).is_some_and(|owner| *owner != account.id) {
                let rule = "is used by another account of this customer already";
                return Err(Error::invalid(parameter(), rule));
            }
        }
        if before.is_none_or(|before| before.parent_id != account.parent_id) {
            self.check_parent(&account)?;
        }
        Ok(Some((account, n_bytes)))
    }

    /// One level: a parent has none itself, and whoever has others below it gets none.
    fn check_parent(&self, account: &DebtAccount) -> Result<()> {
        let Some(parent) = &account.parent_id else { return Ok(()) };
        let rule = |rule: &str| Err(Error::invalid("parent_id", rule));
        match self.accounts.get(parent) {
            _ if *parent == account.id => rule("must be another account"),
            None => rule("must be an account of the same customer"),
            Some(found) if found.parent_id.is_some() => rule("must not be below another account"),
            Some(_) if self.parents.contains(&account.id) => {
                rule("must be none, because others are below the account")
            }
            Some(_) => Ok(()),
        }
    }

    fn insert(&mut self, account: DebtAccount, n_bytes: usize) {
        self.n_bytes += n_bytes;
        self.parents.extend(account.parent_id.clone());
        if let Some(external_id) = &account.external_id {
            self.external_ids.entry(external_id.clone()).or_insert_with(|| account.id.clone());
        }
        if let Some(before) = self.accounts.insert(account.id.clone(), account) {
            self.forget(&before);
        }
    }

    /// What an account said that was replaced.
    fn forget(&mut self, before: &DebtAccount) {
        self.n_bytes -= account_bytes(before);
        let now = self.accounts.get(&before.id);
        let is_other = |one: Option<&Option<String>>| one != Some(&before.external_id);
        if let Some(external_id) = &before.external_id
            && is_other(now.map(|now| &now.external_id))
            && self.external_ids.get(external_id) == Some(&before.id)
        {
            self.external_ids.remove(external_id);
        }
        if let Some(parent) = &before.parent_id
            && !self.accounts.values().any(|one| one.parent_id.as_ref() == Some(parent))
        {
            self.parents.remove(parent);
        }
    }
}

/// How long an account is in the line of an operation, where its JSON is a text within JSON.
fn account_bytes(account: &DebtAccount) -> usize {
    let json = Value::Object(account.fields().into_iter().collect()).to_string();
    json.len() + json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// Refuses that a customer would have so many accounts of so many bytes.
fn check_room(n_accounts: usize, n_bytes: usize) -> Result<()> {
    let rule = match (n_accounts > DEBT_ACCOUNTS_MAX, n_bytes > DEBT_ACCOUNTS_BYTES_MAX) {
        (true, _) => format!("would be more than {DEBT_ACCOUNTS_MAX} of one customer"),
        (false, true) => {
            format!("would have more than {DEBT_ACCOUNTS_BYTES_MAX} bytes of one customer")
        }
        (false, false) => return Ok(()),
    };
    Err(Error::invalid("debt_accounts", rule))
}

/// Refuses that a customer who has `known` accounts takes over `more`, if these are any.
pub(super) fn check_taken_over(known: &[DebtAccount], more: &[DebtAccount]) -> Result<()> {
    if more.is_empty() {
        return Ok(());
    }
    check_room(known.len() + more.len(), known.iter().chain(more).map(account_bytes).sum())
}

fn list(conn: &Connection, id: &CustomerId) -> Result<Vec<DebtAccount>> {
    let account = customer::account(conn, id)?.filter(|account| account.state == LIVE);
    debt_account::shown(conn, account.ok_or_else(|| Error::no_customer(id))?.key)
}

fn find(conn: &Connection, external_id: &str) -> Result<Option<(CustomerId, DebtAccount)>> {
    let owner = claim::owner(conn, ClaimKind::DebtAccount, external_id)?;
    let Some(key) = owner else { return Ok(None) };
    let mut accounts = debt_account::shown(conn, key)?.into_iter();
    let account = accounts.find(|one| one.external_id.as_deref() == Some(external_id));
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
