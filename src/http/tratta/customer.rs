//! The customer as Tratta answers it, and what a body makes of one (tratta.md section 3).

use schemars::JsonSchema;
use serde::Serialize;

use super::address::{self, Address};
use super::metadata::{self, Attribute};
use super::rule;
use super::shape::statuses;
use crate::customer::{self, Standing, StandingClass};
use crate::error::Result;
use crate::http::json::Object;
use crate::profile::Profile;
use crate::store::Tx;
use crate::time::Date;

/// A customer; what is not known is null, and a list without anything is empty.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaCustomer")]
pub(super) struct Customer {
    /// Its own name among all customers.
    id: String,
    /// Its id in an outside system, unique among all customers.
    external_id: Option<String>,
    /// The name of a person or a company.
    name: String,
    email: Option<String>,
    phone: Option<String>,
    /// The date of birth.
    #[schemars(extend("format" = "date"))]
    dob: Option<String>,
    /// The same.
    #[schemars(extend("format" = "date"))]
    date_of_birth: Option<String>,
    /// The last four digits of the social security number; more are never kept.
    ssn: Option<String>,
    #[schemars(extend("enum" = statuses()))]
    status: &'static str,
    /// All addresses, in the order of their creation.
    address: Vec<Address>,
    /// The same.
    addresses: Vec<Address>,
    /// In the order of the keys.
    metadata: Vec<Attribute>,
}

impl From<Profile> for Customer {
    fn from(profile: Profile) -> Self {
        let (address, addresses) = (Address::all(&profile), Address::all(&profile));
        let customer = profile.customer;
        let date_of_birth = customer.birth_date.map(|date| date.to_string());
        Self {
            name: customer.display_name(),
            status: status(customer.standing.class()),
            metadata: metadata::attributes(&customer.meta),
            id: customer.id.to_string(),
            external_id: customer.external_id,
            email: customer.email,
            phone: customer.phone,
            dob: date_of_birth.clone(),
            date_of_birth,
            ssn: customer.ssn_last4,
            address,
            addresses,
        }
    }
}

/// What Tratta calls a class (design section 3).
pub(super) fn status(class: StandingClass) -> &'static str {
    match class {
        StandingClass::Open => "active",
        StandingClass::Locked => "locked",
        StandingClass::Archived => "archived",
    }
}

/// Writes what was sent into `profile`, who is a new customer or the one who is stored. Rules that
/// are broken are among the faults of `body`.
pub(super) fn overlay(
    body: &Object<'_>,
    profile: &mut Profile,
    is_new: bool,
    tx: &Tx<'_>,
) -> Result<()> {
    let customer = &mut profile.customer;
    if is_new || body.has("name") {
        name(body, customer);
    }
    external_id(body, customer, tx)?;
    rule::set(body, "email", &mut customer.email, rule::email);
    rule::set(body, "phone", &mut customer.phone, rule::us_phone);
    if body.has("date_of_birth") {
        date_of_birth(body, customer, tx);
    }
    if body.has("ssn_last4") {
        customer.ssn_last4 = rule::last4(body, "ssn_last4");
    }
    if body.has("status") {
        customer.standing = standing(body, customer.standing);
    }
    metadata::merge(body, &mut customer.meta);
    address::of_customer(body, profile, is_new, tx);
    Ok(())
}

/// The name is never taken away. It is kept as a full name where it is not the computed one.
fn name(body: &Object<'_>, customer: &mut customer::Customer) {
    if body.is_null("name") {
        return body.missing("name");
    }
    let mut shown = Some(customer.display_name());
    rule::set(body, "name", &mut shown, rule::line);
    customer.full_name = shown;
}

fn external_id(body: &Object<'_>, customer: &mut customer::Customer, tx: &Tx<'_>) -> Result<()> {
    let stored = customer.external_id.clone();
    rule::set(body, "external_id", &mut customer.external_id, rule::id);
    let sent = customer.external_id.as_ref().filter(|_| customer.external_id != stored);
    let Some(external_id) = sent else { return Ok(()) };
    if tx.find_customer(external_id)?.is_some_and(|owner| owner.id != customer.id) {
        body.taken("external_id", "is used by another customer already");
    }
    Ok(())
}

fn date_of_birth(body: &Object<'_>, customer: &mut customer::Customer, tx: &Tx<'_>) {
    let sent = body.parsed("date_of_birth", Date::parse);
    let is_new = sent != customer.birth_date;
    if is_new && sent.is_some_and(|date| date > tx.store().now().date()) {
        body.wrong("date_of_birth", "must not be after today");
    }
    customer.birth_date = sent;
}

/// A class that holds already is left as it is; null is the default, like every field that is cleared.
fn standing(body: &Object<'_>, stored: Standing) -> Standing {
    let words: Vec<_> = StandingClass::ALL.iter().map(|class| (status(*class), *class)).collect();
    stored.in_class(body.choice("status", &words).unwrap_or(StandingClass::Open))
}
