//! A body: what a customer is to be from now on (synctera.md section 6).
//!
//! `POST` and `PUT` give the customer as a whole: what they leave out is cleared, but for what 6.3 and
//! 6.4 keep. `PATCH` changes only what it names. What Synctera has no word for stays as it is stored,
//! and so does what it has words for but cannot express: whoever could not see it cannot mean to
//! clear it.

use serde_json::Map;

use super::address::{Address, Use, overlaid};
use super::country::is_phone;
use super::customer::{BANS, STATUSES};
use super::text;
use crate::address;
use crate::ban_note::BanNote;
use crate::clock::Stamp;
use crate::customer::{Ban, Customer, SsnSource};
use crate::http::json::{Json, Object, told};
use crate::id::AddressId;
use crate::profile::{Profile, Replacement};
use crate::time::Date;

/// How much of a customer a body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// What it names.
    Part,
}

/// What a body needs to know beside the customer.
pub(super) struct Source<'a> {
    pub(super) extent: Extent,
    /// The day in UTC.
    pub(super) today: Date,
    /// Names new addresses and notes.
    pub(super) stamp: &'a dyn Fn() -> Stamp,
    /// Who signs a note.
    pub(super) actor: Option<String>,
}

/// What `body` makes of `base`, the customer as it is stored or a new one. A rule that is broken is
/// among the faults of `body`.
pub(super) fn replacement(body: &Object<'_>, base: Profile, source: &Source<'_>) -> Replacement {
    let Profile { customer, addresses, .. } = base;
    let mut customer = fields(body, customer, source);
    let addresses = all_addresses(body, &mut customer, addresses, source);
    let ban_note = body.parsed("note", text::note).map(|text| BanNote {
        actor: source.actor.clone(),
        ..BanNote::new((source.stamp)(), text)
    });
    related(body);
    Replacement { addresses: Some(addresses), ban_note, ..customer.into() }
}

fn fields(body: &Object<'_>, stored: Customer, source: &Source<'_>) -> Customer {
    let is_whole = source.extent == Extent::Whole;
    if is_whole && !body.has("status") {
        body.missing("status");
    }
    // What is left out is cleared by the whole and kept by a part.
    let text = |name: &str, stored: &Option<String>| {
        body.parsed(name, text::line).or_else(|| stored.clone().filter(|_| !is_whole))
    };
    let dob = |text: &str| text::dob(text, stored.birth_date, source.today);
    let is_hidden = |phone: &String| !is_whole || !is_phone(phone);
    let metadata = body.free("metadata").inspect(|data| {
        // A key without a value is none in the store, so it would be lost.
        for (key, _) in data.iter().filter(|(_, value)| value.is_null()) {
            body.wrong(&format!("metadata.{}", told(key)), "must not be null");
        }
        if let Err(rule) = text::metadata(data) {
            body.wrong("metadata", rule);
        }
    });
    let kept = if is_whole { Map::new() } else { stored.meta.clone() };
    let ssn = body.parsed("ssn", |ssn| text::ssn(ssn, stored.ssn_last4.as_deref())).flatten();
    Customer {
        standing: body.choice("status", STATUSES).unwrap_or(stored.standing),
        ban: ban(body, stored.ban),
        first_name: text("first_name", &stored.first_name),
        middle_name: text("middle_name", &stored.middle_name),
        last_name: text("last_name", &stored.last_name),
        birth_date: body.parsed("dob", dob).or(stored.birth_date.filter(|_| !is_whole)),
        email: text("email", &stored.email),
        phone: body
            .parsed("phone_number", text::phone)
            .or_else(|| stored.phone.clone().filter(is_hidden)),
        ssn_source: ssn.is_some().then_some(SsnSource::Manual).or(stored.ssn_source),
        ssn_last4: ssn.or_else(|| stored.ssn_last4.clone()),
        meta: metadata.unwrap_or(kept),
        ..stored
    }
}

/// A suspension begins and ends with a note that says why; a ban is none of a caller's business.
fn ban(body: &Object<'_>, stored: Ban) -> Ban {
    let Some(sent) = body.choice("ban_status", BANS).filter(|sent| *sent != stored) else {
        return stored;
    };
    if sent == Ban::Banned {
        body.wrong("ban_status", "cannot be set to BANNED");
    } else if stored == Ban::Banned {
        body.wrong("ban_status", "cannot be changed from BANNED");
    } else if !body.has("note") {
        body.missing("note");
    }
    sent
}

/// Relations between customers are not kept; an empty list of them says nothing.
fn related(body: &Object<'_>) {
    const NAME: &str = "related_customers";
    match body.member(NAME) {
        None => {}
        Some(Json::List(related)) if related.is_empty() => {}
        Some(_) => body.wrong(NAME, "must be left out"),
    }
}

/// All of the customer's addresses, with what the body makes of the legal one and the one for
/// shipping; an address that was both becomes two when they differ.
fn all_addresses(
    body: &Object<'_>,
    customer: &mut Customer,
    stored: Vec<address::Address>,
    source: &Source<'_>,
) -> Vec<address::Address> {
    let references = [&mut customer.primary_address_id, &mut customer.delivery_address_id];
    let known = references.each_ref().map(|id| {
        let id: Option<&AddressId> = id.as_ref();
        stored.iter().find(|address| Some(&address.id) == id)
    });
    let [legal, shipping] = ["legal_address", "shipping_address"].map(|name| body.object(name));
    let copied = copies(body, known[1], source).then(|| legal.clone()).flatten();
    let mut all: Vec<address::Address> = stored.clone();
    all.retain(|address| !known.iter().flatten().any(|known| known.id == address.id));
    for (i, sent) in [legal, shipping.or(copied)].into_iter().enumerate() {
        let new = || address::Address::new((source.stamp)());
        let address = match (sent, known[i]) {
            (Some(sent), known) => Some(overlaid(&sent, known.cloned().unwrap_or_else(new))),
            (None, Some(known)) if is_kept(known, Use::ALL[i], source) => Some(known.clone()),
            (None, Some(_)) => {
                *references[i] = None;
                continue;
            }
            // A reference to an address that is not there shows as none, and stays one.
            (None, None) => continue,
        };
        let Some(mut address) = address else { continue };
        if all.iter().any(|other| other.id == address.id && *other != address) {
            address.id = new().id;
        }
        *references[i] = Some(address.id.clone());
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

/// Whether the legal address of the body is to be the one for shipping as well (6.2), where `known` is
/// the one that is stored.
fn copies(body: &Object<'_>, known: Option<&address::Address>, source: &Source<'_>) -> bool {
    // What cannot be seen is not written over.
    let is_free = known.is_none_or(|known| {
        source.extent == Extent::Whole && Address::of(known, Use::Shipping).is_some()
    });
    !body.has("shipping_address") && is_free
}

/// Whether an address stays that the body does not name.
fn is_kept(known: &address::Address, used: Use, source: &Source<'_>) -> bool {
    source.extent == Extent::Part || Address::of(known, used).is_none()
}
