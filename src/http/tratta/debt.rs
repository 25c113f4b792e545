//! Debt accounts of a row (tratta.md 7.3): two lists, parents stored first.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::bulk_row::{Entry, member, part, sent_as};
use super::refusal::{self, Messages};
use super::{metadata, rule};
use crate::debt_account::{BillingType, DebtAccount};
use crate::error::Result;
use crate::http::json::{Json, Object};
use crate::id::{CustomerId, DebtAccountId, LocationId};
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::store::Tx;

/// The lists: parents, and accounts that may have one.
const LISTS: [&str; 2] = ["parent_debt_accounts", "debt_accounts"];

/// The debt accounts of a row, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    drafts: Vec<Draft>,
    /// By list and place in it; no place where the list itself is no list.
    faults: [BTreeMap<Option<usize>, Messages>; LISTS.len()],
}

/// An account that breaks no rule by itself.
#[derive(Debug)]
struct Draft {
    list: usize,
    place: usize,
    account: DebtAccount,
    /// The external id of the account above it.
    parent: Option<String>,
}

impl Accounts {
    /// Reads both lists; nothing is stored.
    pub(super) fn read(tx: &Tx<'_>, row: &[(String, Json)]) -> Result<Self> {
        let (mut accounts, mut seen) = (Self::default(), HashSet::new());
        for (list, name) in LISTS.into_iter().enumerate() {
            let sent = match member(row, name) {
                Ok(None) => continue,
                Ok(Some(Json::List(sent))) => sent,
                Ok(Some(_)) => {
                    accounts.faults[list].insert(None, refusal::said(name, "must be a list"));
                    continue;
                }
                Err(said) => {
                    accounts.faults[list].insert(None, said);
                    continue;
                }
            };
            for (place, sent) in sent.iter().enumerate() {
                match part(name, sent, |body| draft(tx, body, list, place, &mut seen))? {
                    Ok(draft) => accounts.drafts.push(draft),
                    Err(said) => drop(accounts.faults[list].insert(Some(place), said)),
                }
            }
        }
        // Those above others first, each in the order in which it was sent.
        accounts.drafts.sort_by_key(|draft| draft.parent.is_some());
        Ok(accounts)
    }

    pub(super) fn is_sound(&self) -> bool {
        self.faults.iter().all(BTreeMap::is_empty)
    }

    /// Stores the accounts, each with its parent or not at all.
    pub(super) fn store(
        &mut self,
        tx: &Tx<'_>,
        customer: &CustomerId,
        location: Option<&LocationId>,
    ) -> Result<()> {
        self.settle(tx, Some(customer), |account| {
            let location_id = location.cloned();
            let account = DebtAccount { location_id, ..account.clone() };
            tx.nested(|tx| tx.set_debt_account(customer, &account))
        })
    }

    /// Looks for their parents, and stores nothing.
    pub(super) fn check(&mut self, tx: &Tx<'_>, customer: Option<&CustomerId>) -> Result<()> {
        self.settle(tx, customer, |_| Ok(()))
    }

    fn settle(
        &mut self,
        tx: &Tx<'_>,
        customer: Option<&CustomerId>,
        store: impl Fn(&DebtAccount) -> Result<()>,
    ) -> Result<()> {
        let mut parents: HashMap<String, Option<DebtAccountId>> = HashMap::new();
        for mut draft in std::mem::take(&mut self.drafts) {
            let mut wrong = |said: Messages| {
                self.faults[draft.list].insert(Some(draft.place), said);
            };
            if let Some(name) = &draft.parent {
                if !parents.contains_key(name) {
                    parents.insert(name.clone(), stored(tx, customer, name)?);
                }
                draft.account.parent_id = parents.get(name).cloned().flatten();
                if draft.account.parent_id.is_none() {
                    wrong(refusal::said("parent_external_id", NO_PARENT));
                    continue;
                }
            }
            match store(&draft.account) {
                Ok(()) => {
                    let own = draft.account.external_id.filter(|_| draft.parent.is_none());
                    parents.extend(own.map(|name| (name, Some(draft.account.id))));
                }
                Err(error) => wrong(in_words(refusal::messages(error)?)),
            }
        }
        Ok(())
    }

    /// What is told of each list, the first only where it was sent.
    pub(super) fn into_entries(self, sent: &Value) -> [Option<Vec<Entry>>; LISTS.len()] {
        let mut faults = self.faults.into_iter();
        LISTS.map(|name| {
            let list = sent_as(sent, name);
            let faults = faults.next().unwrap_or_default();
            let has = sent.as_object().is_some_and(|row| has(row, name));
            let entry = |(place, messages): (Option<usize>, Messages)| Entry {
                data: place.map_or_else(|| list.clone(), |at| list[at].clone()),
                messages,
            };
            has.then(|| faults.into_iter().map(entry).collect())
        })
    }
}

const NO_PARENT: &str = "must be the external id of an account of this row or of the customer that has no parent itself";

fn has(row: &Map<String, Value>, name: &str) -> bool {
    row.keys().any(|key| key.eq_ignore_ascii_case(name))
}

/// The stored account of the customer with this external id.
fn stored(tx: &Tx<'_>, customer: Option<&CustomerId>, name: &str) -> Result<Option<DebtAccountId>> {
    let Some(customer) = customer else { return Ok(None) };
    let known = tx.find_debt_account(name)?.filter(|(owner, _)| owner == customer);
    Ok(known.map(|(_, account)| account.id))
}

/// The field that the library calls otherwise.
fn in_words(mut messages: Messages) -> Messages {
    if messages.remove("parent_id").is_some() {
        messages.extend(refusal::said("parent_external_id", NO_PARENT));
    }
    messages
}

/// Reads one account; `seen` are the external ids of those before it in the row.
fn draft(
    tx: &Tx<'_>,
    body: &Object<'_>,
    list: usize,
    place: usize,
    seen: &mut HashSet<String>,
) -> Result<Draft> {
    let mut account = DebtAccount::new(tx.store().stamp(), Money::ZERO);
    rule::set(body, "external_id", &mut account.external_id, rule::line);
    if let Some(external_id) = &account.external_id
        && (!seen.insert(external_id.clone()) || tx.find_debt_account(external_id)?.is_some())
    {
        body.taken("external_id", "is used by another account already");
    }
    rule::set(body, "external_account_number", &mut account.account_number, rule::line);
    account.billing_types = billing_types(body);
    if body.is_null("balance") {
        body.missing("balance");
    }
    account.balance = cents(body, "balance").unwrap_or_default();
    account.current_balance = cents(body, "current_balance").unwrap_or(account.balance);
    let mut meta = Map::new();
    metadata::merge(body, &mut meta);
    account.meta = Some(meta).filter(|meta| !meta.is_empty());
    let mut parent = None;
    rule::set(body, "parent_external_id", &mut parent, rule::line);
    if list == 0 && parent.is_some() {
        body.wrong("parent_external_id", "must be none for an account in parent_debt_accounts");
    }
    Ok(Draft { list, place, account, parent })
}

/// Whole cents, as a number or a text of digits.
fn cents(body: &Object<'_>, name: &str) -> Option<Money> {
    let digits = match body.member(name)? {
        Json::Number(digits) | Json::Text(digits) => digits.as_str(),
        _ => "",
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let minor = digits.parse().ok().filter(|minor| is_number && *minor <= AMOUNT_MINOR_MAX);
    if minor.is_none() {
        body.wrong(name, format!("must be a whole number of cents from 0 to {AMOUNT_MINOR_MAX}"));
    }
    minor.map(Money::from_minor)
}

fn billing_types(body: &Object<'_>) -> Vec<BillingType> {
    let words: Vec<&str> = BillingType::ALL.iter().map(|how| how.as_str()).collect();
    let sent = match body.member("billing_type") {
        None => return Vec::new(),
        Some(Json::List(sent)) => sent.as_slice(),
        Some(_) => {
            body.wrong("billing_type", "must be a list");
            return Vec::new();
        }
    };
    let mut types = Vec::new();
    for word in sent {
        let known = match word {
            Json::Text(word) => BillingType::parse(word),
            _ => None,
        };
        match known {
            Some(known) if types.contains(&known) => {}
            Some(known) => types.push(known),
            None => body.wrong("billing_type", format!("must be of {}", words.join(", "))),
        }
    }
    types
}
