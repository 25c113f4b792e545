//! A row of a bulk: a customer, a location and debt accounts (tratta.md 7.2 and 7.3).

use super::body::{NAMING, lenient};
use super::bulk_error::{Errors, Room};
use super::customer::overlay;
use super::debt::Accounts;
use super::refusal::{self, Messages};
use super::{metadata, rule};
use crate::bulk::BulkOutcome;
use crate::customer;
use crate::error::{Error, Result};
use crate::http::failure::Failure;
use crate::http::json::{Faults, Json, Object};
use crate::id::{CustomerId, LocationId};
use crate::location::{Location, LocationType};
use crate::money::Money;
use crate::profile::Profile;
use crate::store::Tx;

/// The location that a row names.
enum Place {
    /// It is stored already.
    Known(LocationId),
    New(Box<Location>),
}

/// Works off a row of a bulk as Tratta's pages have it; for
/// [`Store::work_off_bulk`](crate::Store::work_off_bulk). A customer or a location whose external id
/// is known is used as it is stored, a location also by its name and type; anything else is created.
///
/// ```
/// use tillbook::http::tratta::{apply, payload};
/// use tillbook::{Page, Store};
///
/// let store = Store::open_in_memory()?;
/// let rows = [
///     r#"{"customer": {"name": "Ada", "external_id": "c-1"}, "debt_accounts": [{"balance": 2500}]}"#,
///     r#"{"customer": {"email": "nobody"}}"#,
/// ];
/// let rows: Vec<String> = rows.iter().map(|row| payload(row)).collect::<Result<_, _>>()?;
/// let job = store.take_bulk(None, &rows)?;
/// while store.work_off_bulk(apply)?.is_some() {}
/// let ada = store.find_customer("c-1")?.ok_or("Ada is missing")?;
/// assert_eq!(store.debt_accounts(&ada.id)?.len(), 1);
/// let (rejects, _) = store.list_bulk_rejects(&job.id, Page::default())?;
/// assert_eq!(rejects[0].position, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// - [`Error::Invalid`]: the row is no object in JSON;
/// - [`Error::Sqlite`] and its kin: the file cannot be read or written. What is wrong with a part of
///   the row is in the outcome.
pub fn apply(tx: &Tx<'_>, payload: &str) -> Result<BulkOutcome> {
    let (customer, location, accounts) = work_off(tx, payload)?;
    let is_sound = customer.is_ok() && location.is_none() && accounts.is_sound();
    let errors = match is_sound {
        true => None,
        false => Some(told(payload, customer.as_ref().err(), location, accounts)?),
    };
    Ok(BulkOutcome { customer_id: customer.ok(), errors })
}

/// The customer of a row, or what was wrong with it, with its location, and with its accounts.
type Done = (std::result::Result<CustomerId, Messages>, Option<Messages>, Accounts);

fn work_off(tx: &Tx<'_>, payload: &str) -> Result<Done> {
    let row = lenient(read(payload)?);
    let Json::Object(row) = &row else { return Err(Error::invalid("row", "must be an object")) };
    let customer = customer(tx, row)?;
    let place = location(tx, row)?;
    let mut accounts = Accounts::read(tx, row)?;
    // Of a row without its customer nothing is stored, of one without its location no account.
    let location = match place {
        Ok(place) if customer.is_ok() => settled(tx, place)?,
        Ok(_) => Ok(None),
        Err(messages) => Err(messages),
    };
    match (&customer, &location) {
        (Ok(customer), Ok(location)) => accounts.store(tx, customer, location.as_ref())?,
        (customer, _) => accounts.check(tx, customer.as_ref().ok())?,
    }
    Ok((customer, location.err(), accounts))
}

/// What was wrong, as it is stored.
fn told(
    payload: &str,
    customer: Option<&Messages>,
    location: Option<Messages>,
    accounts: Accounts,
) -> Result<String> {
    let sent = read(payload)?;
    let Json::Object(row) = &sent else { return Err(Error::invalid("row", "must be an object")) };
    let mut room = Room::new();
    let mut entries = |name: &str, said: Option<Messages>| {
        room.entries(name, said.map(|said| (sent_as(row, name), said)))
    };
    let customer = entries("customer", customer.cloned())?;
    let location = entries("location", location)?;
    let [parents, children] = accounts.into_entries(row, &mut room)?;
    let children = children.unwrap_or_default();
    Errors { customer, location, parent_debt_accounts: parents, debt_accounts: children }.text()
}

/// A row as it is kept until it is worked off, and for those who ask what was wrong with it: every
/// number digit by digit. A social security number that is longer than its last four digits is cut
/// to those, behind an asterisk by which the row is refused.
///
/// # Errors
///
/// - [`Error::Invalid`]: the row is no JSON, or says something twice.
pub fn payload(row: &str) -> Result<String> {
    Ok(kept(read(row)?))
}

/// The same of a row that was read.
pub(super) fn kept(mut row: Json) -> String {
    for customer in named(&mut row, &["customer"]) {
        named(customer, &["ssn", "ssn_last4"]).for_each(mask);
    }
    row.to_string()
}

/// The members of an object with one of these names, whatever their case: a secret is hidden even where
/// its name is wrong.
fn named<'j>(json: &'j mut Json, names: &'j [&str]) -> impl Iterator<Item = &'j mut Json> {
    let members = match json {
        Json::Object(members) => members.as_mut_slice(),
        _ => &mut [],
    };
    let is_one = move |key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
    members.iter_mut().filter(move |(key, _)| is_one(key)).map(|(_, value)| value)
}

fn mask(value: &mut Json) {
    let text = match value {
        Json::Text(text) | Json::Number(text) => text.trim(),
        Json::Null | Json::Bool(_) => return,
        Json::List(_) | Json::Object(_) => "*****",
    };
    let n_chars = text.chars().count();
    if n_chars > 4 {
        let last: String = text.chars().skip(n_chars - 4).collect();
        *value = Json::Text(format!("*{last}"));
    }
}

fn read(row: &str) -> Result<Json> {
    Json::read(row.as_bytes(), NAMING).map_err(|failure| match failure {
        Failure::Violations(mut broken) if !broken.is_empty() => {
            let first = broken.swap_remove(0);
            let of_row = first.parameter.strip_prefix("body").map(|rest| format!("row{rest}"));
            let parameter = of_row.unwrap_or(first.parameter);
            Error::Invalid { parameter, rule: first.rule }
        }
        _ => Error::invalid("row", "must be JSON"),
    })
}

/// The member `name` of a row or of a part of one, in this case, unless it is null.
pub(super) fn member<'j>(row: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    sent_as(row, name).filter(|value| **value != Json::Null)
}

/// The same, be it null.
pub(super) fn sent_as<'j>(row: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    row.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// What `read` makes of the part `name` of a row, or what is said of its fields.
pub(super) fn part<T>(
    name: &str,
    json: &Json,
    read: impl FnOnce(&Object<'_>) -> Result<T>,
) -> Result<std::result::Result<T, Messages>> {
    if !matches!(json, Json::Object(_)) {
        return Ok(Err(refusal::said(name, "must be an object")));
    }
    let faults = Faults::in_case(NAMING);
    let made = Object::body(json, &faults).map(|body| read(&body)).transpose()?;
    Ok(match (faults.unless_broken(()), made) {
        (Ok(()), Some(made)) => Ok(made),
        (Err(Failure::Violations(broken)), _) => Err(refusal::by_field(&broken)),
        _ => Err(refusal::said(name, "must be an object")),
    })
}

/// The customer of a row: the stored one, or a new one.
fn customer(
    tx: &Tx<'_>,
    row: &[(String, Json)],
) -> Result<std::result::Result<CustomerId, Messages>> {
    let Some(sent) = member(row, "customer") else {
        return Ok(Err(refusal::said("customer", "is missing")));
    };
    if let Some(external_id) = external_id(sent)
        && let Some(known) = tx.find_customer(external_id)?
    {
        return Ok(Ok(known.id));
    }
    let new = part("customer", sent, |body| {
        let mut new = Profile {
            customer: customer::Customer::new(tx.store().stamp()),
            addresses: Vec::new(),
            cards: Vec::new(),
            credit: Money::ZERO,
            has_accounts: false,
        };
        overlay(body, &mut new, true, tx)?;
        Ok(new)
    })?;
    let new = match new {
        Ok(new) => new,
        Err(messages) => return Ok(Err(messages)),
    };
    let id = new.customer.id.clone();
    match tx.nested(|tx| tx.create_unread(&new.into())) {
        Ok(()) => Ok(Ok(id)),
        Err(error) => Ok(Err(refusal::messages(error)?)),
    }
}

/// The external id of a part of a row, if it has one.
fn external_id(sent: &Json) -> Option<&str> {
    let Json::Object(members) = sent else { return None };
    match member(members, "external_id") {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    }
}

/// The location that a row names, if it names one.
fn location(
    tx: &Tx<'_>,
    row: &[(String, Json)],
) -> Result<std::result::Result<Option<Place>, Messages>> {
    let Some(sent) = member(row, "location") else { return Ok(Ok(None)) };
    if let Some(external_id) = external_id(sent)
        && let Some(known) = tx.find_location(external_id)?
    {
        return Ok(Ok(Some(Place::Known(known.id))));
    }
    part("location", sent, |body| {
        let mut name = None;
        rule::set(body, "name", &mut name, rule::line);
        if body.is_null("name") {
            body.missing("name");
        }
        let words: Vec<_> = LocationType::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
        let mut new = Location::new(tx.store().stamp(), name.unwrap_or_default());
        new.kind = body.choice("type", &words).unwrap_or(new.kind);
        rule::set(body, "external_id", &mut new.external_id, rule::id);
        metadata::merge(body, &mut new.meta);
        Ok(Some(match tx.find_location_named(new.kind, &new.name)? {
            Some(known) => Place::Known(known.id),
            None => Place::New(Box::new(new)),
        }))
    })
}

/// The location's id, once it is stored.
fn settled(
    tx: &Tx<'_>,
    place: Option<Place>,
) -> Result<std::result::Result<Option<LocationId>, Messages>> {
    match place {
        None => Ok(Ok(None)),
        Some(Place::Known(id)) => Ok(Ok(Some(id))),
        Some(Place::New(new)) => match tx.nested(|tx| tx.create_location(&new)) {
            Ok(stored) => Ok(Ok(Some(stored.id))),
            Err(error) => Ok(Err(refusal::messages(error)?)),
        },
    }
}
