//! The address of a customer, and what a body makes of one (tratta.md 3.3 and section 4).

use schemars::JsonSchema;
use serde::Serialize;

use super::rule::{self, Rule};
use crate::address;
use crate::http::json::{Json, Object};
use crate::id::AddressId;
use crate::profile::Profile;
use crate::store::Tx;

/// One of a customer's addresses.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaAddress")]
pub(super) struct Address {
    id: String,
    /// What the customer calls it.
    name: Option<String>,
    city: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    line1: Option<String>,
    line2: Option<String>,
    state: Option<String>,
    /// Whether it is the customer's main one; at most one is.
    is_primary: bool,
}

impl Address {
    /// `primary` is what the customer refers to.
    pub(super) fn of(address: address::Address, primary: Option<&AddressId>) -> Self {
        Self {
            is_primary: primary == Some(&address.id),
            id: address.id.to_string(),
            name: address.name,
            city: address.city,
            postal_code: address.postal_code,
            country: address.country,
            line1: address.line1,
            line2: address.line2,
            state: address.state,
        }
    }

    /// All of a customer's addresses, in the order of their ids, which is that of their creation.
    pub(super) fn all(profile: &Profile) -> Vec<Self> {
        let primary = profile.customer.primary_address_id.as_ref();
        profile.addresses.iter().map(|address| Self::of(address.clone(), primary)).collect()
    }
}

/// The texts of an address but for its postal code.
const LINES: [&str; 6] = ["name", "line1", "line2", "city", "state", "country"];

/// Writes what was sent into `address`; the postal code must be what `postal_code` says.
pub(super) fn overlay(body: &Object<'_>, address: &mut address::Address, postal_code: Rule) {
    rule::set(body, "name", &mut address.name, rule::line);
    // The example of the bulk page has a line break in it.
    rule::set_lines(body, "line1", &mut address.line1);
    rule::set_lines(body, "line2", &mut address.line2);
    rule::set(body, "city", &mut address.city, rule::line);
    rule::set(body, "state", &mut address.state, rule::line);
    rule::set(body, "country", &mut address.country, rule::line);
    rule::set(body, "postal_code", &mut address.postal_code, postal_code);
}

/// Writes the object `address` of a customer's body: into the address that its id names, or into a
/// new one.
pub(super) fn of_customer(body: &Object<'_>, profile: &mut Profile, is_new: bool, tx: &Tx<'_>) {
    // A list with nothing in it is how some clients write an object with nothing in it.
    if matches!(body.member("address"), Some(Json::List(values)) if values.is_empty()) {
        return;
    }
    let Some(sent) = body.object("address") else { return };
    let is_primary = rule::flag(&sent, "is_primary");
    let id = if is_new { None } else { sent.member("id").and_then(|_| sent.text("id")) };
    if let Some(id) = id {
        let known = profile.addresses.iter_mut().find(|address| address.id.as_str() == id);
        let Some(address) = known else {
            return sent.wrong("id", "must be the id of one of the customer's addresses");
        };
        overlay(&sent, address, rule::zip);
        let id = address.id.clone();
        return settle(profile, &id, is_primary);
    }
    if !is_new && sent.is_null("postal_code") {
        sent.missing("postal_code");
    }
    let mut address = address::Address::new(tx.store().stamp());
    overlay(&sent, &mut address, rule::zip);
    let is_empty = LINES.iter().chain(&["postal_code"]).all(|name| sent.is_null(name));
    if !is_empty {
        add(profile, address, is_primary);
    }
}

/// Makes the address `id` the primary one, or no longer, as it was sent; nobody takes its place.
pub(super) fn settle(profile: &mut Profile, id: &AddressId, sent: Option<bool>) {
    let primary = &mut profile.customer.primary_address_id;
    match sent {
        Some(true) => *primary = Some(id.clone()),
        Some(false) if primary.as_ref() == Some(id) => *primary = None,
        _ => {}
    }
}

/// Adds an address; the first one is primary whatever was sent.
pub(super) fn add(profile: &mut Profile, address: address::Address, sent: Option<bool>) {
    let sent = if profile.addresses.is_empty() { Some(true) } else { sent };
    let id = address.id.clone();
    profile.addresses.push(address);
    settle(profile, &id, sent);
}
