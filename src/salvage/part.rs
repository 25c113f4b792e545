//! What belongs to a customer, as the damaged file has it.

use rusqlite::Connection;

use super::person::Person;
use super::source::Source;
use crate::address::{self, Address};
use crate::ban_note::{self, BanNote};
use crate::card::{self, Card};
use crate::customer::Known;
use crate::debt_account::{self, DebtAccount};
use crate::error::Result;
use crate::operation::ChangeKind;
use crate::register::Fields;

/// How the sealed addresses, cards, debt accounts and ban notes differ from those that are there.
pub(super) fn differences(
    source: &Source,
    conn: &Connection,
    person: &Person,
    known: Option<&Known>,
) -> Result<Vec<(ChangeKind, Fields)>> {
    let (from, key) = (&source.conn, person.key);
    let mut parts = Vec::new();
    let here = known.map_or(Ok(Vec::new()), |known| address::list(conn, known.key))?;
    let sealed = address::list(from, key).unwrap_or_default();
    let differ = sealed.iter().filter(|address| !here.contains(address));
    parts.extend(differ.map(|address| (ChangeKind::AddressSet, Address::fields(address))));
    let sql = "select id from address where customer_key = ?1 and removed = 1";
    for id in source.texts(sql, key).unwrap_or_default() {
        if here.iter().any(|address| address.id.as_str() == id) {
            parts.push((ChangeKind::AddressRemove, Fields::from([("id".into(), id.into())])));
        }
    }
    let here = known.map_or(Ok(Vec::new()), |known| card::list(conn, known.key))?;
    let sealed = card::list(from, key).unwrap_or_default();
    let differ = sealed.iter().filter(|card| !here.contains(card));
    parts.extend(differ.map(|card| (ChangeKind::CardSet, Card::fields(card))));
    let sql = "select serial_number from card where customer_key = ?1 and removed = 1";
    for serial in source.texts(sql, key).unwrap_or_default() {
        if here.iter().any(|card| card.serial_number.as_str() == serial) {
            let fields = Fields::from([("serial_number".into(), serial.into())]);
            parts.push((ChangeKind::CardRemove, fields));
        }
    }
    let here = known.map_or(Ok(Vec::new()), |known| debt_account::list(conn, known.key))?;
    let sealed = debt_account::list(from, key).unwrap_or_default();
    let differ = sealed.iter().filter(|account| !here.contains(account));
    parts.extend(differ.map(|one| (ChangeKind::DebtAccountSet, DebtAccount::fields(one))));
    let sql = "select id from debt_account where customer_key = ?1 and removed = 1";
    for id in source.texts(sql, key).unwrap_or_default() {
        if here.iter().any(|account| account.id.as_str() == id) {
            let fields = Fields::from([("id".into(), id.into())]);
            parts.push((ChangeKind::DebtAccountRemove, fields));
        }
    }
    for note in ban_note::list(from, key).unwrap_or_default() {
        if ban_note::find(conn, &note.id)?.is_none() {
            parts.push((ChangeKind::BanNote, BanNote::fields(&note)));
        }
    }
    Ok(parts)
}
