//! What changes a customer: `POST`, `PUT` and `PATCH` (synctera.md section 6).
//!
//! Each runs inside the SQL transaction that it is answered for, so it is compared with what it
//! changes.

use axum::http::StatusCode;
use axum::http::header::IF_MATCH;

use super::body::{Extent, Source, replacement};
use super::customer::Customer;
use super::read::named;
use super::refusal::invalid_tenancy;
use crate::customer;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::json::{Faults, Json, Naming, Object};
use crate::id::CustomerId;
use crate::money::Money;
use crate::profile::{Profile, Replacement};
use crate::store::Tx;

/// A member is told by the name that it was sent under.
const AS_IT_IS: Naming = str::to_owned;

/// `POST /customers`: the id is the store's.
pub(super) fn post(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let customer = customer::Customer::new(tx.store().stamp());
    let (addresses, cards) = (Vec::new(), Vec::new());
    let base = Profile { customer, addresses, cards, credit: Money::ZERO, has_accounts: false };
    let new = read(call, tx, base, Extent::Whole)?;
    tx.create_as(&new, call.actor())?;
    answer(tx, &new.customer.id, StatusCode::CREATED)
}

/// `PUT /customers/{id}`: replaces a customer who is there.
pub(super) fn put(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    change(call, tx, Extent::Whole)
}

/// `PATCH /customers/{id}`: changes what the body names.
pub(super) fn patch(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    change(call, tx, Extent::Part)
}

fn change(call: &Call<'_>, tx: &Tx<'_>, extent: Extent) -> Outcome<Answer> {
    let stored = named(call, |id| tx.profile(id))?;
    if call.has_precondition() {
        call.precondition(Some(&Answer::ok(&Customer::from(stored.clone()))?))?;
    }
    // Who names the state by its tag has named the version too.
    let version = stored.customer.version.filter(|_| call.headers.contains_key(IF_MATCH));
    let mut new = read(call, tx, stored, extent)?;
    new.customer.version = version;
    tx.replace_as(&new, call.actor())?;
    answer(tx, &new.customer.id, StatusCode::OK)
}

/// What the body makes of `base`, unless it breaks a rule.
fn read(call: &Call<'_>, tx: &Tx<'_>, base: Profile, extent: Extent) -> Outcome<Replacement> {
    let store = tx.store();
    let (today, stamp, actor) = (store.now().date(), || store.stamp(), call.actor());
    let source = Source { extent, today, stamp: &stamp, actor };
    let json = Json::read(call.body, AS_IT_IS)?;
    let faults = Faults::exact(AS_IT_IS);
    let body = Object::body(&json, &faults);
    let new = body.as_ref().map(|body| replacement(body, base, &source));
    let has_tenant = body.is_some_and(|body| names_tenant(&body, extent));
    let new = faults.unless_broken(new)?;
    match has_tenant {
        true => Err(invalid_tenancy()),
        false => {
            new.ok_or_else(|| Failure::Fault("a body that is no object broke no rule".to_owned()))
        }
    }
}

/// Whether the body names a tenant: there is none that it could be, and a part cannot change it
/// (synctera.md 5.2 and 6.6).
fn names_tenant(body: &Object<'_>, extent: Extent) -> bool {
    const NAME: &str = "tenant";
    let has_tenant = body.text(NAME).is_some();
    if has_tenant && extent == Extent::Part {
        body.immutable(NAME);
    }
    has_tenant
}

/// The document of the customer.
fn answer(tx: &Tx<'_>, id: &CustomerId, status: StatusCode) -> Outcome<Answer> {
    let document = Answer::json(status, &Customer::from(tx.profile(id)?))?;
    Ok(document.about([id.clone()]))
}
