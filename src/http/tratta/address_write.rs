//! What changes addresses: routes 6, 8 and 9 (tratta.md section 4), each in one operation together
//! with which of them is primary. `If-Match` names the customer's state.

use axum::http::StatusCode;

use super::address::{Address, add, overlay, settle};
use super::envelope::Data;
use super::{body, rule};
use crate::address;
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::id::AddressId;
use crate::profile::Profile;
use crate::store::Tx;

/// `POST /customers/{customer}/addresses`.
pub(super) fn post(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let mut profile = super::write::named(call, tx)?;
    let mut address = address::Address::new(tx.store().stamp());
    let id = address.id.clone();
    let is_primary = body::read(call, |body| {
        if body.is_null("postal_code") {
            body.missing("postal_code");
        }
        overlay(body, &mut address, rule::five_digits);
        Ok(rule::flag(body, "is_primary"))
    })?;
    add(&mut profile, address, is_primary);
    store(call, tx, profile, &id, StatusCode::CREATED)
}

/// `PUT /customers/{customer}/addresses/{address}`: what is not sent stays as it is.
pub(super) fn put(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (mut profile, at) = existing(call, tx)?;
    let address = &mut profile.addresses[at];
    let id = address.id.clone();
    let is_primary = body::read(call, |body| {
        if body.has("postal_code") && body.is_null("postal_code") {
            body.missing("postal_code");
        }
        overlay(body, address, rule::five_digits);
        Ok(rule::flag(body, "is_primary"))
    })?;
    settle(&mut profile, &id, is_primary);
    store(call, tx, profile, &id, StatusCode::OK)
}

/// `DELETE /customers/{customer}/addresses/{address}`.
pub(super) fn delete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (profile, at) = existing(call, tx)?;
    tx.remove_address(&profile.customer.id, &profile.addresses[at].id)?;
    super::write::success(profile.customer.id)
}

/// The customer of the path, and which of its addresses is meant.
fn existing(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<(Profile, usize)> {
    let profile = super::write::named(call, tx)?;
    let id = call.part("address");
    let at = profile.addresses.iter().position(|address| address.id.as_str() == id);
    let at = at.ok_or_else(|| Error::NotFound { what: "address", id: id.to_owned() })?;
    Ok((profile, at))
}

/// Stores the profile and answers the address.
fn store(
    call: &Call<'_>,
    tx: &Tx<'_>,
    profile: Profile,
    id: &AddressId,
    status: StatusCode,
) -> Outcome<Answer> {
    let customer = profile.customer.id.clone();
    tx.replace_as(&profile.into(), call.actor())?;
    let Profile { customer: stored, addresses, .. } = tx.profile(&customer)?;
    let address = addresses.into_iter().find(|address| address.id == *id);
    let address = address.ok_or_else(|| Error::NotFound { what: "address", id: id.to_string() })?;
    let data = Address::of(address, stored.primary_address_id.as_ref());
    // Its state is named by the customer's tag.
    let answer = Answer { etag: None, ..Answer::json(status, &Data { data })? };
    Ok(answer.about([customer]))
}
