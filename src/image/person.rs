//! A customer as one unit: registers, state, addresses, cards, debt accounts, ban notes, and the stamps of all of it.

use std::sync::LazyLock;

use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::address::{self, Address};
use crate::ban_note::{self, BanNote};
use crate::card::{self, Card};
use crate::clock::Hlc;
use crate::customer::{self, Customer, LIVE};
use crate::debt_account::{self, DebtAccount};
use crate::error::{Error, Result};
use crate::id::{AddressId, CardSerial, CustomerId, DebtAccountId};
use crate::register::{Fields, Stamps, integer};
use crate::time::Timestamp;
use crate::unit::{Image, Rows};

pub(super) fn id(text: &str) -> Result<CustomerId> {
    CustomerId::new(text).map_err(|rule| Error::invalid("unit", rule))
}

/// The customer with this id.
pub(super) fn image(conn: &Connection, text: &str) -> Result<Option<Image>> {
    let Some(known) = customer::known(conn, &id(text)?)? else { return Ok(None) };
    let mut image = Image::default();
    let mut put = |name: &str, value: Map<String, Value>, stamps: Map<String, Value>| {
        if !value.is_empty() {
            image.content.insert(name.to_owned(), Value::Object(value));
        }
        if !stamps.is_empty() {
            image.stamps.insert(name.to_owned(), Value::Object(stamps));
        }
    };
    put("fields", known.customer.fields().into_iter().collect(), known.stamps.listed());
    let (mut cards, mut stamps) = (Map::new(), Map::new());
    for (serial, card, stamp) in card::stamped(conn, known.key)? {
        cards.insert(serial.to_string(), object(card.map(|card| card.fields())));
        stamps.insert(serial.to_string(), stamp.to_string().into());
    }
    put("cards", cards, stamps);
    let (mut addresses, mut stamps) = (Map::new(), Map::new());
    for (id, address, stamp) in address::stamped(conn, known.key)? {
        addresses.insert(id.to_string(), object(address.map(|address| address.fields())));
        stamps.insert(id.to_string(), stamp.to_string().into());
    }
    put("addresses", addresses, stamps);
    let (mut accounts, mut stamps) = (Map::new(), Map::new());
    for (id, account, stamp) in debt_account::stamped(conn, known.key)? {
        accounts.insert(id.to_string(), object(account.map(|account| account.fields())));
        stamps.insert(id.to_string(), stamp.to_string().into());
    }
    put("debt_accounts", accounts, stamps);
    let notes = ban_note::list(conn, known.key)?.into_iter();
    let notes = notes.map(|note| (note.id.clone(), object(Some(note.fields()))));
    put("ban_notes", notes.collect(), Map::new());
    if known.state != LIVE {
        image.content.insert("state".to_owned(), known.state.into());
    }
    image.stamps.insert("base".to_owned(), known.stamps.base().to_string().into());
    Ok(Some(image))
}

/// Null for what was taken away.
fn object(fields: Option<Fields>) -> Value {
    fields.map_or(Value::Null, |fields| Value::Object(fields.into_iter().collect()))
}

/// Writes a customer as it stands elsewhere. Without an image the row stays, blank, and counts as none.
pub(crate) fn put_person(rows: &Rows<'_>, text: &str, image: Option<&Image>) -> Result<()> {
    let id = id(text)?;
    let account = customer::account(rows, &id)?;
    let key = account.map(|account| account.key);
    if let Some(key) = key {
        card::erase(rows, key)?;
        address::erase(rows, key)?;
        debt_account::erase(rows, key)?;
        ban_note::erase(rows, key)?;
    }
    let Some(image) = image else {
        let Some(key) = key else { return Ok(()) };
        let blank = Customer::with_id(id.clone(), Timestamp::from_ms(0));
        customer::update(rows, key, &blank, &Stamps::new(Hlc::ZERO))?;
        customer::set_state(rows, key, LIVE)?;
        rows.set_absent(&id, Some(key));
        return Ok(());
    };
    let stamp = |stamps: &Map<String, Value>, name: &str| {
        let text = stamps.get(name).and_then(Value::as_str).unwrap_or_default();
        Hlc::parse(text).ok_or_else(|| Error::invalid("stamps", format!("lack {name:?}")))
    };
    let base = stamp(&image.stamps, "base")?;
    let stamps = Stamps::from_parts(base, part(&image.stamps, "fields"))?;
    let fields = part(&image.content, "fields").clone().into_iter().collect();
    let customer = Customer::from_fields(id.clone(), base.at(), &fields)?;
    let key = match key {
        Some(key) => {
            customer::update(rows, key, &customer, &stamps)?;
            key
        }
        None => customer::insert(rows, &customer, &stamps)?,
    };
    let state = image.content.get("state").map_or(Ok(None), |state| integer("state", state))?;
    customer::set_state(rows, key, state.unwrap_or(LIVE))?;
    rows.set_absent(&id, None);
    for (serial, fields) in part(&image.content, "cards") {
        let stamp = stamp(part(&image.stamps, "cards"), serial)?;
        let serial = CardSerial::new(serial).map_err(|rule| Error::invalid("cards", rule))?;
        match record(fields) {
            Some(fields) => card::set(rows, key, &Card::from_fields(&fields)?, stamp)?,
            None => card::remove(rows, key, &serial, stamp)?,
        };
    }
    for (id, fields) in part(&image.content, "addresses") {
        let stamp = stamp(part(&image.stamps, "addresses"), id)?;
        let id = AddressId::new(id).map_err(|rule| Error::invalid("addresses", rule))?;
        match record(fields) {
            Some(fields) => address::set(rows, key, &Address::from_fields(&fields)?, stamp)?,
            None => address::remove(rows, key, &id, stamp)?,
        }
    }
    for (id, fields) in part(&image.content, "debt_accounts") {
        let stamp = stamp(part(&image.stamps, "debt_accounts"), id)?;
        let id = DebtAccountId::new(id).map_err(|rule| Error::invalid("debt_accounts", rule))?;
        match record(fields) {
            Some(fields) => {
                debt_account::set(rows, key, &DebtAccount::from_fields(&fields)?, stamp)?
            }
            None => debt_account::remove(rows, key, &id, stamp)?,
        };
    }
    for fields in part(&image.content, "ban_notes").values() {
        let note = BanNote::from_fields(&record(fields).unwrap_or_default())?;
        ban_note::add(rows, key, &note)?;
    }
    Ok(())
}

fn record(value: &Value) -> Option<Fields> {
    Some(value.as_object()?.clone().into_iter().collect())
}

/// A part of an image, empty where it is left out.
fn part<'v>(parts: &'v Map<String, Value>, name: &str) -> &'v Map<String, Value> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    parts.get(name).and_then(Value::as_object).unwrap_or(&NONE)
}
