//! The customers as their rows have them: who they are, and what of each row is sealed.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{OptionalExtension, Row, params};

use super::log::Log;
use super::source::Source;
use super::{Finding, Findings, Reason};
use crate::cell::Cells;
use crate::customer::{self, Customer};
use crate::error::Result;
use crate::id::CustomerId;
use crate::money::Money;
use crate::time::Timestamp;

/// A customer who has, or had, a row.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) key: i64,
    pub(super) id: CustomerId,
    /// Whether the seal of the fields holds.
    pub(super) is_sealed: bool,
    /// What the second seal covers, where it holds.
    pub(super) touch: Option<Touch>,
}

/// What moves with every operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touch {
    pub(super) state: i64,
    pub(super) version: u64,
    pub(super) credit: Money,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
}

impl Person {
    /// Whether the log knows of later changes than the row.
    pub(super) fn is_stale(&self, log: &Log) -> bool {
        self.touch.is_some_and(|touch| touch.version < log.n_of(&self.id))
    }

    /// Whether the log has every change of this customer, so that nothing of it is in doubt.
    pub(super) fn is_proven(&self, log: &Log) -> bool {
        log.is_complete || self.touch.is_some_and(|touch| touch.version == log.n_of(&self.id))
    }
}

/// A row as it was read.
struct Found {
    key: i64,
    id: Option<CustomerId>,
    is_sealed: bool,
    touch: Option<Touch>,
}

/// Every customer with a row, or with an entry in the index of ids, by key; the others are named.
pub(super) fn read(source: &Source, log: &Log, findings: &mut Findings) -> Result<Vec<Person>> {
    let [registers, touch] = customer::SEALED;
    let sql = format!(
        "select key, id, {}, {}, state, version, credit_minor, created_at, changed_at
           from main.customer where key between ?1 and ?2 order by key",
        registers.holds, touch.holds
    );
    let indexed = by_index(source);
    let by_ledger = indexed.keys().max().copied().unwrap_or_default();
    let key_last = source.greatest("select max(key) from main.customer").max(by_ledger);
    let mut found = BTreeMap::new();
    let bad = source.sweep(&sql, key_last.min(source.key_max), read_row, |row| {
        found.insert(row.key, row);
    });
    for key in indexed.keys() {
        found.entry(*key).or_insert(Found { key: *key, id: None, is_sealed: false, touch: None });
    }
    let mut people: BTreeMap<CustomerId, Person> = BTreeMap::new();
    for row in found.into_values() {
        let (key, is_sealed, touch) = (row.key, row.is_sealed, row.touch);
        let Some(id) = name(&row, &indexed, log) else {
            if log.is_complete {
                continue;
            }
            findings.add(Finding::rows("customer", key, key, Reason::SealBroken));
            continue;
        };
        let person = Person { key, id: id.clone(), is_sealed, touch };
        // Of two rows of one name the better one is meant.
        let worth = |person: &Person| (person.is_sealed, person.touch.is_some());
        match people.get(&id) {
            Some(known) if worth(known) >= worth(&person) => {}
            _ => {
                people.insert(id, person);
            }
        }
    }
    let mut people: Vec<Person> = people.into_values().collect();
    people.sort_by_key(|person| person.key);
    if !log.is_complete {
        for (first, last) in bad {
            findings.add(Finding::rows("customer", first, last, Reason::Unreadable));
        }
    }
    for person in &people {
        source
            .conn
            .prepare_cached("insert or ignore into who (key, id) values (?1, ?2)")?
            .execute(params![person.key, person.id])?;
    }
    Ok(people)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Found> {
    let (is_sealed, touched): (bool, bool) = (row.get(2)?, row.get(3)?);
    let touch = match touched {
        true => Some(Touch {
            state: row.get(4)?,
            version: row.get(5)?,
            credit: row.get(6)?,
            created_at: row.get(7)?,
            changed_at: row.get(8)?,
        }),
        false => None,
    };
    Ok(Found { key: row.get(0)?, id: row.get(1).ok(), is_sealed, touch })
}

/// The ids by key, as far as the index of ids reads from either end.
fn by_index(source: &Source) -> HashMap<i64, CustomerId> {
    let mut ids = HashMap::new();
    for order in ["asc", "desc"] {
        let sql = format!(
            "select key, id from main.customer indexed by sqlite_autoindex_customer_1 order by id {order}"
        );
        let Ok(mut statement) = source.conn.prepare(&sql) else { continue };
        let Ok(mut rows) = statement.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            if let (Ok(key), Ok(id)) = (row.get::<_, i64>(0), row.get(1))
                && (1..=source.key_max).contains(&key)
            {
                ids.entry(key).or_insert(id);
            }
        }
    }
    ids
}

/// Whose row this is. An id that no seal covers needs another witness: the log or the index.
fn name(row: &Found, indexed: &HashMap<i64, CustomerId>, log: &Log) -> Option<CustomerId> {
    let is_logged = |id: &&CustomerId| log.n_of(id) > 0;
    let index = indexed.get(&row.key);
    match &row.id {
        Some(id) if row.is_sealed => Some(id.clone()),
        Some(id) if index == Some(id) => Some(id.clone()),
        id => {
            let logged = index.filter(is_logged).or(id.as_ref().filter(is_logged));
            logged.or(index.filter(|_| !log.is_complete)).cloned()
        }
    }
}

/// The fields of a customer whose row is sealed.
pub(super) fn fields(source: &Source, person: &Person) -> Option<Customer> {
    let sql = concat!("select ", customer::columns!(), " from customer where key = ?1");
    let mut statement = source.conn.prepare_cached(sql).ok()?;
    let read = |row: &Row<'_>| customer::read(&mut Cells::from(row, 0));
    statement.query_row([person.key], read).optional().ok()?
}
