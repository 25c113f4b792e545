//! Debt accounts of a row (tratta.md 7.3): two lists, parents stored first.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Map;

use super::bulk_error::{Entry, Room};
use super::bulk_row::{member, part, sent_as};
use super::refusal::{self, Messages};
use super::{metadata, rule};
use crate::debt_account::{BillingType, DebtAccount};
use crate::error::{Error, Result};
use crate::http::json::{Json, Object};
use crate::id::{CustomerId, LocationId};
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::profile::DEBT_ACCOUNTS_MAX;
use crate::store::Tx;

/// The lists: parents, and accounts that may have one.
const LISTS: [&str; 2] = ["parent_debt_accounts", "debt_accounts"];

/// The debt accounts of a row, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    drafts: Vec<Draft>,
    /// The external ids of those that are stored.
    taken: HashSet<String>,
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
        let mut accounts = Self::default();
        for (list, name) in LISTS.into_iter().enumerate() {
            let sent = match member(row, name) {
                None => continue,
                // Of what a customer cannot have nothing is looked at.
                Some(Json::List(sent)) if sent.len() > DEBT_ACCOUNTS_MAX => {
                    let rule = format!("must have at most {DEBT_ACCOUNTS_MAX} entries");
                    accounts.faults[list].insert(None, refusal::said(name, &rule));
                    continue;
                }
                Some(Json::List(sent)) => sent,
                Some(_) => {
                    accounts.faults[list].insert(None, refusal::said(name, "must be a list"));
                    continue;
                }
            };
            for (place, sent) in sent.iter().enumerate() {
                match part(name, sent, |body| draft(tx, body, list, place))? {
                    Ok(draft) => accounts.drafts.push(draft),
                    Err(said) => drop(accounts.faults[list].insert(Some(place), said)),
                }
            }
        }
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
        for draft in &mut self.drafts {
            draft.account.location_id = location.cloned();
        }
        self.settle(tx, Some(customer), |accounts| tx.set_debt_accounts(customer, accounts))
    }

    /// Looks for their parents, and stores nothing.
    pub(super) fn check(&mut self, tx: &Tx<'_>, customer: Option<&CustomerId>) -> Result<()> {
        self.settle(tx, customer, |_| Ok(Vec::new()))
    }

    /// Stores those without a parent, then those below them and below others of the customer.
    fn settle(
        &mut self,
        tx: &Tx<'_>,
        customer: Option<&CustomerId>,
        store: impl Fn(&[DebtAccount]) -> Result<Vec<(usize, Error)>>,
    ) -> Result<()> {
        let drafts = std::mem::take(&mut self.drafts);
        let (below, above): (Vec<_>, Vec<_>) =
            drafts.into_iter().partition(|draft| draft.parent.is_some());
        let above = self.store_all(above, &store)?;
        if below.is_empty() {
            return Ok(());
        }
        let mut parents = HashMap::new();
        let stored = customer.map(|customer| tx.debt_accounts(customer)).transpose()?;
        for account in
            stored.into_iter().flatten().filter(|one| one.parent_id.is_none()).chain(above)
        {
            parents.extend(account.external_id.map(|name| (name, account.id)));
        }
        let mut found = Vec::new();
        for mut draft in below {
            draft.account.parent_id =
                draft.parent.as_ref().and_then(|name| parents.get(name).cloned());
            match draft.account.parent_id {
                Some(_) => found.push(draft),
                None => self.note(&draft, refusal::said("parent_external_id", NO_PARENT)),
            }
        }
        self.store_all(found, &store).map(drop)
    }

    /// Stores what is not refused, and answers that.
    fn store_all(
        &mut self,
        drafts: Vec<Draft>,
        store: impl Fn(&[DebtAccount]) -> Result<Vec<(usize, Error)>>,
    ) -> Result<Vec<DebtAccount>> {
        let places: Vec<(usize, usize)> = drafts.iter().map(|one| (one.list, one.place)).collect();
        let accounts: Vec<_> = drafts.into_iter().map(|draft| draft.account).collect();
        if accounts.is_empty() {
            return Ok(accounts);
        }
        let mut refused: HashMap<usize, Error> = store(&accounts)?.into_iter().collect();
        let mut stored = Vec::new();
        for (at, account) in accounts.into_iter().enumerate() {
            let is_taken = account.external_id.as_ref().is_some_and(|id| self.taken.contains(id));
            let said = match refused.remove(&at) {
                _ if is_taken => refusal::taken("external_id"),
                Some(error) => refusal::messages(error)?,
                None => {
                    self.taken.extend(account.external_id.clone());
                    stored.push(account);
                    continue;
                }
            };
            let (list, place) = places[at];
            self.faults[list].insert(Some(place), said);
        }
        Ok(stored)
    }

    fn note(&mut self, draft: &Draft, said: Messages) {
        self.faults[draft.list].insert(Some(draft.place), said);
    }

    /// What is told of each list that was sent.
    pub(super) fn into_entries(
        self,
        row: &[(String, Json)],
        room: &mut Room,
    ) -> Result<[Option<Vec<Entry>>; LISTS.len()]> {
        let mut entries = LISTS.map(|_| None);
        for ((list, name), faults) in LISTS.into_iter().enumerate().zip(self.faults) {
            let Some(sent) = sent_as(row, name) else { continue };
            let faults = faults.into_iter().map(|(place, said)| match (place, sent) {
                (Some(at), Json::List(all)) => (all.get(at), said),
                _ => (Some(sent), said),
            });
            entries[list] = Some(room.entries(name, faults)?);
        }
        Ok(entries)
    }
}

const NO_PARENT: &str = "must be the external id of an account of this row or of the customer that has no parent itself";

/// Reads one account. Whether another one of the row has its external id is seen when both are stored.
fn draft(tx: &Tx<'_>, body: &Object<'_>, list: usize, place: usize) -> Result<Draft> {
    let mut account = DebtAccount::new(tx.store().stamp(), Money::ZERO);
    rule::set(body, "external_id", &mut account.external_id, rule::line);
    if let Some(external_id) = &account.external_id
        && tx.find_debtor(external_id)?.is_some()
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
    // What the store would refuse is told even where nothing is stored.
    if let Err(Error::Invalid { parameter, rule }) = account.check() {
        body.wrong(&refusal::place(&parameter), rule);
    }
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
