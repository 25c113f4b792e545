//! Writing the fresh file: the operations that prove themselves, and between and after them what
//! only the rows still know.

use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension};
use serde_json::Value;

use super::log::{self, Entry, Log};
use super::person::{self, Person};
use super::source::{Source, seen};
use super::{Finding, Findings, Reason, ledger, location, money, part, rest};
use crate::address;
use crate::ban_note;
use crate::card;
use crate::cell::Cells;
use crate::clock::ManualClock;
use crate::credit::{self, CreditTransaction};
use crate::customer::{self, DELETED, ERASED, LIVE};
use crate::debt_account;
use crate::error::{Error, Result};
use crate::id::{CustomerId, TransactionId};
use crate::money::Money;
use crate::operation::{self, Change, ChangeKind, Operation};
use crate::register::difference;
use crate::seal::Sealed;
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// So many operations or customers go into one commit.
const STEPS_PER_COMMIT: usize = 1_000;

/// Writes a fresh file.
pub(super) struct Writer<'a> {
    source: &'a Source,
    log: &'a Log,
    /// The fresh file's clock, which shows the time of what is being written.
    clock: &'a Arc<ManualClock>,
    findings: &'a mut Findings,
    /// Places in the ledger of the transactions that only their rows know, the next one last.
    postings: Vec<i64>,
    /// Customers that may have to be brought in before their time is over, the next one last.
    waiting: Vec<Person>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        source: &'a Source,
        log: &'a Log,
        clock: &'a Arc<ManualClock>,
        findings: &'a mut Findings,
    ) -> Self {
        Self { source, log, clock, findings, postings: Vec::new(), waiting: Vec::new() }
    }

    /// Writes everything; what has no time of its own happens `now`.
    pub(super) fn write(mut self, store: &Store, people: &[Person], now: Timestamp) -> Result<()> {
        self.postings = ledger::read(self.source, self.log, self.findings);
        if !self.log.is_complete {
            self.waiting = people.iter().rev().filter(|p| p.touch.is_some()).cloned().collect();
        }
        for entries in self.log.entries.chunks(STEPS_PER_COMMIT) {
            store.write(|tx| entries.iter().try_for_each(|entry| self.replay(tx, *entry)))?;
        }
        store.write(|tx| self.post_until(tx, i64::MAX))?;
        for people in people.chunks(STEPS_PER_COMMIT) {
            store.write(|tx| {
                people.iter().try_for_each(|person| {
                    self.bring(tx, person)?;
                    self.name_what_is_lost(person);
                    Ok(())
                })
            })?;
        }
        self.clock.set(now);
        for people in people.chunks(STEPS_PER_COMMIT) {
            store.write(|tx| people.iter().try_for_each(|person| self.finish(tx, person)))?;
        }
        self.finish_rowless(store, people)?;
        if self.log.is_complete {
            return Ok(());
        }
        location::bring(self.source, store, self.findings)?;
        rest::compare_claims(self.source, store, self.findings)?;
        rest::compare_conflicts(self.source, store, self.findings)
    }

    /// Writes one operation: as its author's where its chain holds, and again as the fresh file's own
    /// where it does not. What only the rows know and comes before it is written first.
    fn replay(&mut self, tx: &Tx<'_>, entry: Entry) -> Result<()> {
        let between = |low, high| operation::between(&self.source.conn, entry.chain_key, low, high);
        let is_meant = |operation: &Operation| operation.id.seq == entry.seq.unsigned_abs();
        let Some(operation) = seen(entry.seq, between, is_meant) else {
            let finding = Finding::rows("operation", entry.seq, entry.seq, Reason::Unreadable);
            self.findings.add(finding);
            return Ok(());
        };
        let mut changes = log::changes(&operation).unwrap_or_default();
        let at = operation.hlc.at();
        let comes_before = |p: &Person| p.touch.is_some_and(|touch| touch.created_at < at);
        while let Some(person) = self.waiting.pop_if(|person| comes_before(person)) {
            if customer::account(tx.conn(), &person.id)?.is_none() {
                self.bring(tx, &person)?;
            }
        }
        if !self.postings.is_empty() {
            let places = changes.iter().filter_map(|change| place(&self.source.conn, change));
            if let Some(place) = places.min() {
                self.post_until(tx, if operation.words_hold() { place } else { place + 1 })?;
            }
        }
        if !operation.words_hold() {
            self.leave_recorded(tx, &mut changes)?;
        } else {
            match tx.nested(|tx| tx.receive(&operation)) {
                Ok(_) => return Ok(()),
                Err(error) if is_refusal(&error) => {}
                Err(error) => return Err(error),
            }
        }
        self.clock.set(at);
        if let Some(why) = append(tx, &changes)? {
            let name = operation.id.to_string();
            self.findings.add(Finding::new("operation", name, None, Reason::Refused(why)));
        }
        Ok(())
    }

    /// Leaves out the transactions whose rows are sealed, and names the others, which have lost
    /// their words.
    fn leave_recorded(&mut self, tx: &Tx<'_>, changes: &mut Vec<Change>) -> Result<()> {
        let mut kept = Vec::new();
        for change in changes.drain(..) {
            let id = transaction_id(&change);
            match &id {
                Some(id) if credit::find(tx.conn(), id)?.is_some() => continue,
                Some(id) => {
                    let (name, customer) = (id.to_string(), change.subject.customer());
                    let reason = Reason::WordsDamaged;
                    self.findings.add(Finding::new("credit_transaction", name, customer, reason));
                }
                None => {}
            }
            kept.push(change);
        }
        *changes = kept;
        Ok(())
    }

    /// Records the transactions that only their rows know, up to a place in the ledger.
    fn post_until(&mut self, tx: &Tx<'_>, place: i64) -> Result<()> {
        while let Some(position) = self.postings.pop_if(|position| *position < place) {
            self.post(tx, position)?;
        }
        Ok(())
    }

    fn post(&mut self, tx: &Tx<'_>, position: i64) -> Result<()> {
        let table = "credit_transaction";
        let sql = concat!(
            "select t.balance_after_minor, ",
            credit::columns!(),
            " from credit_transaction t join who customer on customer.key = t.customer_key
              where t.position = ?1"
        );
        let mut statement = self.source.conn.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let mut cells = Cells::from(row, 0);
            Ok((cells.take()?, credit::read(&mut cells)?))
        };
        let found = statement.query_row([position], read).optional().ok().flatten();
        let Some((balance_after, t)): Option<(Money, CreditTransaction)> = found else {
            let finding = Finding::rows(table, position, position, Reason::FieldsLost);
            self.findings.add(finding);
            return Ok(());
        };
        if customer::account(tx.conn(), &t.customer_id)?.is_none() {
            let who = self.waiting.iter().find(|person| person.id == t.customer_id).cloned();
            if let Some(person) = who {
                self.bring(tx, &person)?;
            }
        }
        let mut fields = t.fields();
        fields.insert("balance_after".to_owned(), Value::from(balance_after.minor()));
        let change = Change::new(ChangeKind::Credit, &t.customer_id, fields);
        if let Some(why) = append(tx, &[change])? {
            let (name, reason) = (t.id.to_string(), Reason::Refused(why));
            self.findings.add(Finding::new(table, name, Some(&t.customer_id), reason));
        }
        Ok(())
    }

    /// Makes a customer what the sealed rows say, with addresses, cards and ban notes.
    fn bring(&mut self, tx: &Tx<'_>, person: &Person) -> Result<()> {
        let known = customer::known(tx.conn(), &person.id)?;
        if known.as_ref().is_some_and(|known| known.state == ERASED || person.is_stale(self.log)) {
            return Ok(());
        }
        let sealed = person.is_sealed.then(|| person::fields(self.source, person)).flatten();
        let change = |kind, fields| Change::new(kind, &person.id, fields);
        let mut changes = Vec::new();
        match (&known, sealed) {
            (None, sealed) => {
                let fields = sealed.map(|sealed| sealed.fields()).unwrap_or_default();
                changes.push(change(ChangeKind::Create, fields));
            }
            (Some(known), Some(sealed)) => {
                let fields = difference(&known.customer.fields(), &sealed.fields());
                let set = (!fields.is_empty()).then(|| change(ChangeKind::Set, fields));
                changes.extend(set);
            }
            (Some(_), None) => {}
        }
        for (kind, fields) in part::differences(self.source, tx.conn(), person, known.as_ref())? {
            changes.push(change(kind, fields));
        }
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(touch) = person.touch {
            self.clock.set(if known.is_none() { touch.created_at } else { touch.changed_at });
        }
        if let Some(why) = append(tx, &changes)? {
            let reason = Reason::Refused(why);
            self.findings.add(Finding::new("customer", "", Some(&person.id), reason));
        }
        Ok(())
    }

    /// Names what of a customer neither a sealed row nor the log proves.
    fn name_what_is_lost(&mut self, person: &Person) {
        if person.is_proven(self.log) {
            return;
        }
        let id = Some(&person.id);
        if !person.is_sealed || person::fields(self.source, person).is_none() {
            let reason = match self.log.n_of(&person.id) {
                0 => Reason::FieldsLost,
                _ => Reason::FieldsFromLog,
            };
            self.findings.add(Finding::new("customer", "", id, reason));
        }
        let tables = [
            (address::SEALED, "id"),
            (card::SEALED, "serial_number"),
            (debt_account::SEALED, "id"),
            (ban_note::SEALED, "id"),
        ];
        for (Sealed { table, holds, .. }, name) in tables {
            let sql = format!(
                "select {name} from main.{table} where customer_key = ?1 and not ({holds})"
            );
            match self.source.texts(&sql, person.key) {
                None => self.findings.add(Finding::new(table, "", id, Reason::Unreadable)),
                Some(names) => names.into_iter().for_each(|name| {
                    let name = if table == "card" { rest::ending(&name) } else { name };
                    self.findings.add(Finding::new(table, name, id, Reason::SealBroken));
                }),
            }
        }
    }

    /// Sets the balance right, then hides or erases who was.
    fn finish(&mut self, tx: &Tx<'_>, person: &Person) -> Result<()> {
        let touch = person.touch.filter(|_| !person.is_stale(self.log));
        let is_proven = person.is_proven(self.log);
        let sole_node = self.log.nodes.len() <= 1;
        let credit = touch.map(|touch| touch.credit);
        if credit.is_some() || !is_proven {
            self.findings.extend(money::settle(tx, &person.id, credit, sole_node)?);
        }
        let Some(account) = customer::account(tx.conn(), &person.id)? else { return Ok(()) };
        let emptied = self.log.emptied.contains(&person.id);
        let state = match touch {
            Some(touch) => touch.state,
            None if emptied && account.state != ERASED => {
                let reason = Reason::TakenAsErased;
                self.findings.add(Finding::new("customer", "", Some(&person.id), reason));
                ERASED
            }
            None => account.state,
        };
        if touch.is_none() && !is_proven {
            let reason = Reason::StateUnknown;
            self.findings.add(Finding::new("customer", "", Some(&person.id), reason));
        }
        let kind = match (account.state, state) {
            (LIVE, DELETED) => ChangeKind::Delete,
            (DELETED, LIVE) => ChangeKind::Undelete,
            (LIVE | DELETED, ERASED) => ChangeKind::Erase,
            _ => return Ok(()),
        };
        append(tx, &[Change::bare(kind, &person.id)]).map(drop)
    }

    /// Customers of whom no row is left.
    fn finish_rowless(&mut self, store: &Store, people: &[Person]) -> Result<()> {
        if self.log.is_complete {
            return Ok(());
        }
        let with_rows: std::collections::HashSet<&CustomerId> =
            people.iter().map(|person| &person.id).collect();
        let all: Vec<CustomerId> = store.read(|conn| {
            let mut statement = conn.prepare("select id from customer order by key")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })?;
        let rowless: Vec<_> = all.into_iter().filter(|id| !with_rows.contains(id)).collect();
        for ids in rowless.chunks(STEPS_PER_COMMIT) {
            store.write(|tx| {
                ids.iter().try_for_each(|id| {
                    let person = Person { key: 0, id: id.clone(), is_sealed: false, touch: None };
                    self.name_what_is_lost(&person);
                    self.finish(tx, &person)
                })
            })?;
        }
        Ok(())
    }
}

/// The transaction that a change records.
fn transaction_id(change: &Change) -> Option<TransactionId> {
    let id = change.fields.get("id").filter(|_| change.kind == ChangeKind::Credit)?.as_str()?;
    TransactionId::new(id).ok()
}

/// Where in the ledger the transaction of a change lies.
fn place(conn: &Connection, change: &Change) -> Option<i64> {
    let sql = "select position from main.credit_transaction where id = ?1";
    let id = transaction_id(change)?;
    conn.prepare_cached(sql).ok()?.query_row([id], |row| row.get(0)).optional().ok()?
}

/// Writes an operation of the fresh file's own; the reason when it is refused.
pub(super) fn append(tx: &Tx<'_>, changes: &[Change]) -> Result<Option<String>> {
    if changes.is_empty() {
        return Ok(None);
    }
    match operation::append(tx, changes) {
        Ok(()) => Ok(None),
        Err(error) if is_refusal(&error) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Whether it is the content that was refused, and not the system that cannot go on.
pub(super) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation),
        Error::Invalid { .. }
        | Error::Overflow
        | Error::Gap { .. }
        | Error::Fork(_)
        | Error::Damaged(_)
        | Error::UpgradeNeeded { .. } => true,
        _ => false,
    }
}
