//! What changes a customer: routes 1, 4 and 5 (tratta.md section 2).
//!
//! Each runs inside the SQL transaction that it is answered for, and becomes one operation.

use axum::http::StatusCode;
use axum::http::header::IF_MATCH;

use super::body;
use super::customer::{Customer, overlay};
use super::envelope::{Data, Success};
use crate::customer;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::id::CustomerId;
use crate::money::Money;
use crate::profile::Profile;
use crate::store::Tx;

/// `POST /customers`: with an id of our own.
pub(super) fn post(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let customer = customer::Customer::new(tx.store().stamp());
    let id = customer.id.clone();
    let new = Profile {
        customer,
        addresses: Vec::new(),
        cards: Vec::new(),
        credit: Money::ZERO,
        has_accounts: false,
    };
    let new = overlaid(call, tx, new, true)?;
    tx.create_unread(&new.into())?;
    answer(tx, &id, StatusCode::CREATED)
}

/// `PUT /customers/{customer}`: what is not sent stays as it is.
pub(super) fn put(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let stored = named(call, tx)?;
    let id = stored.customer.id.clone();
    let changed = overlaid(call, tx, stored, false)?;
    tx.replace_as(&changed.into(), call.actor())?;
    answer(tx, &id, StatusCode::OK)
}

/// `DELETE /customers/{customer}`.
pub(super) fn delete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let customer = named(call, tx)?.customer;
    // Who names the state by its tag has named the version too.
    let version = customer.version.filter(|_| call.headers.contains_key(IF_MATCH));
    tx.delete_customer(&customer.id, version)?;
    success(customer.id)
}

/// What the body makes of `profile`.
fn overlaid(call: &Call<'_>, tx: &Tx<'_>, mut profile: Profile, is_new: bool) -> Outcome<Profile> {
    body::read(call, |body| {
        overlay(body, &mut profile, is_new, tx)?;
        Ok(profile)
    })
}

/// The customer whom the path names, in the state that the caller names, if it names one.
pub(super) fn named(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Profile> {
    let profile = tx.profile_named(call.part("customer"))?;
    if call.has_precondition() {
        call.precondition(Some(&document(profile.clone(), StatusCode::OK)?))?;
    }
    Ok(profile)
}

/// That something of this customer, or the customer, is gone.
pub(super) fn success(id: CustomerId) -> Outcome<Answer> {
    let answer = Answer::ok(&Success { success: true })?;
    // It shows no state.
    Ok(Answer { etag: None, ..answer }.about([id]))
}

fn answer(tx: &Tx<'_>, id: &CustomerId, status: StatusCode) -> Outcome<Answer> {
    Ok(document(tx.profile(id)?, status)?.about([id.clone()]))
}

fn document(profile: Profile, status: StatusCode) -> Outcome<Answer> {
    Answer::json(status, &Data { data: Customer::from(profile) })
}
