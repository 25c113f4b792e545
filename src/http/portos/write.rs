//! What changes a customer: `POST`, `PUT` and `DELETE` (portos.md section 2).
//!
//! Each runs inside the SQL transaction that it is answered for, so rights, version and balance are
//! compared with what it changes.

use axum::http::StatusCode;
use axum::http::header::IF_MATCH;

use super::body;
use super::customer::Customer;
use super::place::{NAMING, place_in};
use crate::access::Right;
use crate::customer;
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::json::{Faults, Json, Object};
use crate::id::CustomerId;
use crate::money::Money;
use crate::profile::{Dossier, Profile, Replacement};
use crate::store::Tx;

/// `POST /customers`: the id of the body if it is free, else a fresh one (section 10, row 20).
pub(crate) fn post(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    call.require(Right::CustomerCreate)?;
    let new = read(call, |body| {
        let base = match body.parsed("id", CustomerId::new) {
            Some(id) => customer::Customer::with_id(id, tx.store().now()),
            None => customer::Customer::new(tx.store().stamp()),
        };
        Ok(replacement(body, unstored(base), tx))
    })?;
    tx.create_as(&new, call.actor()).map_err(|error| refused(error, &new))?;
    answer(tx, &new.customer.id, StatusCode::CREATED)
}

/// `PUT /customers/{id}`: replaces the customer, or creates the one that is not there (row 22).
pub(crate) fn put(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let path_id = call.part("id");
    let id = CustomerId::new(path_id);
    let stored = match &id {
        Ok(id) => find(tx, id)?,
        Err(_) => None,
    };
    // Who may do neither is told the same whether there is such a customer or not.
    call.require(Right::CustomerCreate).or_else(|_| call.require(Right::CustomerUpdate))?;
    let right = if stored.is_some() { Right::CustomerUpdate } else { Right::CustomerCreate };
    call.require(right)?;
    check_precondition(call, tx, stored.as_ref())?;
    let id = id.map_err(|rule| Failure::violation("Id", rule))?;
    let new = read(call, |body| {
        if body.text("id").is_some_and(|sent| sent != path_id) {
            body.wrong("id", "must be the id in the path");
        }
        let Some(Dossier { profile: stored, .. }) = &stored else {
            let base = customer::Customer::with_id(id.clone(), tx.store().now());
            return Ok(replacement(body, unstored(base), tx));
        };
        let mut new = replacement(body, stored.clone(), tx);
        new.customer.version = body.count("_v");
        if new.customer.discount_rate != stored.customer.discount_rate {
            call.require(Right::CustomerSetDiscount)?;
        }
        if new.credit.is_some_and(|credit| credit != stored.credit) {
            call.require(Right::CustomerSetCredit)?;
        }
        Ok(new)
    })?;
    let (stored, status) = match stored {
        Some(_) => (tx.replace_as(&new, call.actor()), StatusCode::OK),
        None => (tx.create_as(&new, call.actor()), StatusCode::CREATED),
    };
    stored.map_err(|error| refused(error, &new))?;
    answer(tx, &id, status)
}

/// `DELETE /customers/{id}`: answers what was deleted (row 29).
pub(crate) fn delete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    call.require(Right::CustomerDelete)?;
    let id = named(call)?;
    let dossier = tx.dossier(&id)?;
    check_precondition(call, tx, Some(&dossier))?;
    // Who names the state by its tag has named the version too.
    let version = dossier.profile.customer.version.filter(|_| call.headers.contains_key(IF_MATCH));
    tx.delete_customer(&id, version)?;
    Ok(Answer::ok(&Customer::of(tx.store(), dossier))?.about([id]))
}

/// Reads the body, and what `read` makes of it, unless it breaks a rule.
pub(super) fn read<T>(call: &Call<'_>, read: impl FnOnce(&Object<'_>) -> Outcome<T>) -> Outcome<T> {
    read_text(call.body, read)
}

/// Like [`read`], where a body that is not there says nothing.
pub(super) fn read_if_any<T>(
    call: &Call<'_>,
    read: impl FnOnce(&Object<'_>) -> Outcome<T>,
) -> Outcome<T> {
    read_text(if call.body.is_empty() { b"{}" } else { call.body }, read)
}

fn read_text<T>(body: &[u8], read: impl FnOnce(&Object<'_>) -> Outcome<T>) -> Outcome<T> {
    let json = Json::read(body, NAMING)?;
    let faults = Faults::new(NAMING);
    let made = Object::body(&json, &faults).map(|body| read(&body)).transpose()?;
    let made = faults.unless_broken(made)?;
    made.ok_or_else(|| Failure::Fault("a body that is no object broke no rule".to_owned()))
}

fn replacement(body: &Object<'_>, base: Profile, tx: &Tx<'_>) -> Replacement {
    let store = tx.store();
    body::replacement(body, base, store.currency(), &|| store.stamp())
}

fn unstored(customer: customer::Customer) -> Profile {
    let (addresses, cards) = (Vec::new(), Vec::new());
    Profile { customer, addresses, cards, credit: Money::ZERO, has_accounts: false }
}

/// The customer whom the path calls `id`, whether there is one or not.
pub(super) fn named(call: &Call<'_>) -> Outcome<CustomerId> {
    let unknown = || Error::NotFound { what: "customer", id: call.part("id").to_owned() };
    Ok(CustomerId::new(call.part("id")).map_err(|_| unknown())?)
}

/// The customer whom the path calls `id`, who must be there, in the state that the caller names, if
/// it names one; and the balance.
pub(super) fn standing(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<(CustomerId, Money)> {
    let id = named(call)?;
    if call.has_precondition() {
        check_precondition(call, tx, Some(&tx.dossier(&id)?))?;
    }
    let balance = tx.balance(&id)?;
    Ok((id, balance))
}

/// The customer with this id, whether there is one or not.
pub(super) fn find(tx: &Tx<'_>, id: &CustomerId) -> Outcome<Option<Dossier>> {
    match tx.dossier(id) {
        Ok(dossier) => Ok(Some(dossier)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn check_precondition(
    call: &Call<'_>,
    tx: &Tx<'_>,
    stored: Option<&Dossier>,
) -> Outcome<()> {
    if !call.has_precondition() {
        return Ok(());
    }
    let document = stored.map(|dossier| Answer::ok(&Customer::of(tx.store(), dossier.clone())));
    call.precondition(document.transpose()?.as_ref())
}

/// The document of the customer.
pub(super) fn answer(tx: &Tx<'_>, id: &CustomerId, status: StatusCode) -> Outcome<Answer> {
    let document = Answer::json(status, &Customer::of(tx.store(), tx.dossier(id)?))?;
    Ok(document.about([id.clone()]))
}

/// What the store refused, with the places of the body.
fn refused(error: Error, new: &Replacement) -> Failure {
    match error {
        Error::Invalid { parameter, rule } => Failure::violation(place_in(&parameter, new), rule),
        Error::InsufficientCredit { .. } => {
            Failure::violation("Credit.Amount", "would take the balance below its limit")
        }
        error => error.into(),
    }
}
