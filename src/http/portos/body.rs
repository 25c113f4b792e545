//! A body: what a customer is to be from now on (portos.md section 4 and section 10, rows 13 to 27).
//!
//! A body replaces the customer as a whole: what it leaves out falls to its default. What Portos has
//! no property for stays as it is stored, and so does a detail that its properties show too coarsely
//! to tell.

use std::collections::HashSet;

use super::card::status_word;
use super::decimal::Decimal;
use crate::address::Address;
use crate::card::{Card, CardStatus};
use crate::clock::Stamp;
use crate::customer::{Company, Customer, Gender};
use crate::http::json::{Json, Object};
use crate::id::CardSerial;
use crate::money::{Currency, Money, Rate};
use crate::profile::{Profile, Replacement};
use crate::time::{Date, Timestamp};

/// What `body` makes of `base`, the customer as it is stored or a new one. A rule that is broken is
/// among the faults of `body`. `stamp` names new addresses.
pub(super) fn replacement(
    body: &Object<'_>,
    base: Profile,
    currency: &Currency,
    stamp: &dyn Fn() -> Stamp,
) -> Replacement {
    let Profile { customer, addresses, cards, .. } = base;
    let mut customer = fields(body, customer);
    let addresses = all_addresses(body, &mut customer, addresses, stamp);
    let cards = all_cards(body, &cards);
    let credit = amount(body, "credit", currency);
    Replacement { customer, addresses: Some(addresses), cards: Some(cards), credit, ban_note: None }
}

fn fields(body: &Object<'_>, stored: Customer) -> Customer {
    let company = body.object("company").map(|company| Company {
        name: company.text("name"),
        crn: company.text("crn"),
        vat_id: company.text("vatId"),
        tax_id: company.text("taxId"),
    });
    Customer {
        external_id: body.text("externalId"),
        standing: stored.standing.switched(body.flag("isActive").unwrap_or(true)),
        activation_at: body.parsed("activationTime", Timestamp::parse),
        expiration_at: body.parsed("expirationTime", Timestamp::parse),
        first_name: body.text("firstName"),
        last_name: body.text("lastName"),
        full_name: body.text("fullName"),
        gender: body.choice("gender", GENDERS),
        birth_date: body.parsed("birthDate", Date::parse),
        email: body.text("email"),
        phone: body.text("phone"),
        is_company: body.flag("isCompany").unwrap_or(false),
        company,
        discount_rate: body.number("discountRate", Rate::parse).unwrap_or_default(),
        credit_rate: body.number("creditRate", Rate::parse).unwrap_or_default(),
        note: body.text("note"),
        meta: body.free("meta").unwrap_or_default(),
        ..stored
    }
}

const GENDERS: &[(&str, Gender)] = &[("Male", Gender::Male), ("Female", Gender::Female)];

/// The amount that the body calls `name`, if it says one: a number, or a Credit with one (design
/// section 4).
pub(super) fn amount(body: &Object<'_>, name: &str, currency: &Currency) -> Option<Money> {
    let amount = |digits: &str| currency.parse(digits);
    match body.member(name)? {
        Json::Number(_) => return body.number(name, amount),
        Json::Object(_) => {}
        _ => {
            body.wrong(name, "must be a number or an object");
            return None;
        }
    }
    let credit = body.object(name)?;
    if credit.text("currencyLabel").is_some_and(|label| label != currency.label()) {
        credit.wrong("currencyLabel", format!("must be null or {}", currency.label()));
    }
    credit.number("amount", amount)
}

/// All of the customer's addresses, with what `address` and `deliveryAddress` make of the two that
/// the customer refers to; one that served both purposes becomes two when they differ.
fn all_addresses(
    body: &Object<'_>,
    customer: &mut Customer,
    stored: Vec<Address>,
    stamp: &dyn Fn() -> Stamp,
) -> Vec<Address> {
    let references = [&mut customer.primary_address_id, &mut customer.delivery_address_id];
    let known = references.each_ref().map(|id| stored.iter().find(|a| Some(&a.id) == id.as_ref()));
    let sent = ["address", "deliveryAddress"].map(|name| body.object(name));
    let mut written = [None, None];
    for (i, reference) in references.into_iter().enumerate() {
        let Some(sent) = &sent[i] else {
            // A reference to an address that is not there shows as null, and stays one.
            if known[i].is_some() {
                *reference = None;
            }
            continue;
        };
        let mut address = match known[i] {
            Some(known) => overlaid(sent, known.clone()),
            None => overlaid(sent, Address::new(stamp())),
        };
        let other: &Option<Address> = &written[0];
        if other.as_ref().is_some_and(|other| other.id == address.id && *other != address) {
            address.id = Address::new(stamp()).id;
        }
        *reference = Some(address.id.clone());
        written[i] = Some(address);
    }
    let is_of_old = |a: &Address| known.iter().flatten().any(|known| known.id == a.id);
    let mut all: Vec<Address> = stored.iter().filter(|a| !is_of_old(a)).cloned().collect();
    for address in written.into_iter().flatten() {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

fn overlaid(sent: &Object<'_>, stored: Address) -> Address {
    let (longitude, latitude) = coordinates(sent, &stored);
    Address {
        line1: sent.text("street"),
        city: sent.text("city"),
        // The general address of the contract calls it so (portos.md 4.5).
        postal_code: sent.text("postalCode").or_else(|| sent.text("zipCode")),
        country: sent.text("country"),
        longitude,
        latitude,
        note: sent.text("note"),
        ..stored
    }
}

/// Longitude and latitude, as they are stored where they are the same numbers.
fn coordinates(sent: &Object<'_>, stored: &Address) -> (Option<String>, Option<String>) {
    let place = (stored.longitude.clone(), stored.latitude.clone());
    let Some(sent) = sent.object("coordinates") else {
        // Half a place shows as null too.
        return if place.0.is_some() && place.1.is_some() { (None, None) } else { place };
    };
    let degrees = |name: &str, stored: Option<String>| {
        if sent.member(name).is_none() {
            sent.missing(name);
        }
        let digits = sent.number(name, |digits| Ok::<_, String>(digits.to_owned()))?;
        let is_same = |stored: &String| Decimal::shortest(stored) == Decimal::shortest(&digits);
        stored.filter(is_same).or(Some(digits))
    };
    (degrees("longitude", place.0), degrees("latitude", place.1))
}

/// The cards in the order of the body, so that a place in it is a place here.
fn all_cards(body: &Object<'_>, stored: &[Card]) -> Vec<Card> {
    let mut serials = HashSet::new();
    let mut cards = Vec::new();
    for sent in body.objects("cards") {
        if sent.member("serialNumber").is_none() {
            sent.missing("serialNumber");
        }
        let Some(card) = card(&sent, sent.parsed("serialNumber", CardSerial::new), stored) else {
            continue;
        };
        if !serials.insert(card.serial_number.clone()) {
            sent.taken("serialNumber", "is given twice");
        }
        cards.push(card);
    }
    cards
}

/// What the body makes of the card with this serial number.
pub(super) fn card(
    sent: &Object<'_>,
    serial_number: Option<CardSerial>,
    stored: &[Card],
) -> Option<Card> {
    let statuses: Vec<_> = CardStatus::ALL.iter().map(|&s| (status_word(s), s)).collect();
    let known = stored.iter().find(|card| Some(&card.serial_number) == serial_number.as_ref());
    // A lost card is not put to use again by a client that says nothing of its status.
    let kept = known.filter(|_| sent.member("status").is_none());
    let status = sent.choice("status", &statuses).or(kept.map(|card| card.status));
    let status = status.unwrap_or(CardStatus::Valid);
    // Which of those three is stored cannot be seen, because the times decide what is shown.
    let status = match known {
        Some(known) if follows_times(status) && follows_times(known.status) => known.status,
        _ => status,
    };
    // Without a serial number there is no card, but there may be more to say of it.
    let is_named = serial_number.is_some();
    let serial_number = serial_number.or_else(|| CardSerial::new("-").ok())?;
    let card = Card {
        external_id: sent.text("externalId"),
        is_active: sent.flag("isActive").unwrap_or(true),
        is_virtual: sent.flag("isVirtual").unwrap_or(false),
        processor: sent.text("processor").unwrap_or_else(|| "P".to_owned()),
        status,
        status_at: sent
            .parsed("statusTime", Timestamp::parse)
            .or(kept.and_then(|card| card.status_at)),
        status_reason: sent
            .text("statusReason")
            .or(kept.and_then(|card| card.status_reason.clone())),
        activation_at: sent.parsed("activationTime", Timestamp::parse),
        expiration_at: sent.parsed("expirationTime", Timestamp::parse),
        note: sent.text("note"),
        meta: sent.free("meta"),
        ..known.cloned().unwrap_or_else(|| Card::new(serial_number))
    };
    is_named.then_some(card)
}

fn follows_times(status: CardStatus) -> bool {
    matches!(status, CardStatus::Valid | CardStatus::NotYetValid | CardStatus::Expired)
}
