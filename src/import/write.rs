//! Writing rows: each finds its customer, and is stored as a whole or not at all.

use std::collections::HashMap;

use super::field::{Field, IDENTITY};
use super::header::Header;
use super::lines::TextLine;
use super::opening::{self, Cover};
use super::row::{self, Draft};
use super::source::Row;
use super::{REJECTS_MAX, Reject, Report, undo};
use crate::claim::{self, ClaimKind};
use crate::customer;
use crate::error::{Error, Result};
use crate::id::BatchId;
use crate::json_line::Line;
use crate::money::Money;
use crate::profile::Replacement;
use crate::store::Tx;

/// What has been done so far.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) report: Report,
    /// The customers of earlier rows, by local key, each with the line of its first row.
    seen: HashMap<i64, u64>,
}

/// What the rows of one SQL transaction did.
#[derive(Debug, Default)]
struct Batch {
    done: Vec<Done>,
    rejects: Vec<Reject>,
    /// The customers of these rows, as in [`Run::seen`].
    seen: HashMap<i64, u64>,
    /// What a newer version wrote and this one has left out.
    ignored: Vec<String>,
}

/// What a row did.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) key: i64,
    pub(super) effect: Effect,
    /// The opening balance that was taken.
    pub(super) opening: Money,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Effect {
    Created,
    Updated,
    Unchanged,
}

impl Run {
    pub(super) fn new(report: Report) -> Self {
        Self { report, seen: HashMap::new() }
    }

    /// Stores the rows one by one; one that breaks a rule is rejected and leaves no trace.
    pub(super) fn take(&mut self, tx: &Tx<'_>, header: &Header, rows: &[Row]) -> Result<()> {
        let batch = tx.together(|tx| {
            let mut batch = Batch::default();
            for row in rows {
                if let Err(reason) = &row.cells {
                    let reject = Reject { line: row.line, column: None, reason: reason.clone() };
                    batch.rejects.push(reject);
                    continue;
                }
                let done = tx.nested(|tx| self.store(tx, row, &batch));
                batch.note(row.line, done, header)?;
            }
            Ok(batch)
        })?;
        self.count(batch)
    }

    /// Stores the lines of JSON one by one, in the same way.
    pub(super) fn take_lines(&mut self, tx: &Tx<'_>, lines: &[TextLine]) -> Result<()> {
        let batch = tx.together(|tx| {
            let mut batch = Batch::default();
            for line in lines {
                let done = tx.nested(|tx| self.store_line(tx, line, &mut batch));
                batch.note(line.line, done, &Header::default())?;
            }
            Ok(batch)
        })?;
        self.count(batch)
    }

    /// The line of an earlier row about this customer.
    fn earlier(&self, key: i64, batch: &Batch) -> Option<u64> {
        self.seen.get(&key).or_else(|| batch.seen.get(&key)).copied()
    }

    fn store_line(&self, tx: &Tx<'_>, line: &TextLine, batch: &mut Batch) -> Result<Done> {
        let store = tx.store();
        let Line { mut profile, ban_notes, mut debt_accounts } =
            Line::read(&line.text, store.currency(), store.now())?;
        for name in profile.customer.ext.keys() {
            // What a newer version wrote and this one cannot check is left out, and said.
            if !batch.ignored.contains(name) {
                batch.ignored.push(name.clone());
            }
        }
        let (id, credit) = (profile.customer.id.clone(), profile.credit);
        let account = customer::account(tx.conn(), &id)?;
        let known = account.filter(|account| account.state == customer::LIVE);
        let earlier = known.as_ref().and_then(|account| self.earlier(account.key, batch));
        if let Some(earlier) = earlier {
            return Err(Error::invalid("id", format!("is on line {earlier} already")));
        }
        profile.customer.version = match &known {
            Some(_) => tx.customer(&id)?.version,
            None => None,
        };
        let before = profile.customer.version;
        let replacement = Replacement { credit: None, ..profile.into() };
        match known {
            Some(_) => tx.replace(&replacement)?,
            None => tx.create(&replacement)?,
        };
        ban_notes.iter().try_for_each(|note| tx.add_ban_note(&id, note))?;
        // Those above others first.
        debt_accounts.sort_by_key(|one| one.parent_id.is_some());
        let refused = tx.set_debt_accounts(&id, &debt_accounts)?;
        refused.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))?;
        let account = customer::account(tx.conn(), &id)?.ok_or_else(|| Error::no_customer(&id))?;
        let opening = opening::take(tx, &account, &id, credit, Cover::Given)?;
        let effect = match before {
            None => Effect::Created,
            Some(_) if tx.customer(&id)?.version == before => Effect::Unchanged,
            Some(_) => Effect::Updated,
        };
        let done = Done { key: account.key, effect, opening };
        undo::note(tx, &self.report.batch, &done, before)?;
        Ok(done)
    }

    fn store(&self, tx: &Tx<'_>, row: &Row, batch: &Batch) -> Result<Done> {
        let Some(key) = find(tx, row)? else {
            return create(tx, row, &self.report.batch);
        };
        let id = customer::id_of(tx.conn(), key)?;
        let profile = tx.profile(&id)?;
        let draft = Draft::of(tx.store(), &profile, row)?;
        if let Some(line) = self.earlier(key, batch) {
            // Further rows may bring further cards; that a later row overrules an earlier one in
            // silence, nobody can mean.
            let same = draft.customer.normalised() == profile.customer
                && draft.addresses == profile.addresses;
            if !same {
                let rule = format!("is on line {line} already, with other content");
                return Err(Error::invalid(identity(row).parameter(), rule));
            }
        }
        let credit = draft.credit;
        let version = tx.replace(&draft.into_replacement())?.customer.version;
        let account = customer::account(tx.conn(), &id)?.ok_or_else(|| Error::no_customer(&id))?;
        let opening = opening::take(tx, &account, &id, credit, Cover::Needed)?;
        let unchanged = version == profile.customer.version && opening == Money::ZERO;
        let effect = if unchanged { Effect::Unchanged } else { Effect::Updated };
        let done = Done { key, effect, opening };
        undo::note(tx, &self.report.batch, &done, profile.customer.version)?;
        Ok(done)
    }

    fn count(&mut self, batch: Batch) -> Result<()> {
        let report = &mut self.report;
        for Done { effect, opening, .. } in batch.done {
            match effect {
                Effect::Created => report.n_created += 1,
                Effect::Updated => report.n_updated += 1,
                Effect::Unchanged => report.n_unchanged += 1,
            }
            if opening != Money::ZERO {
                report.n_opening += 1;
                report.opening = report.opening.checked_add(opening).ok_or(Error::Overflow)?;
            }
        }
        for (key, line) in batch.seen {
            self.seen.entry(key).or_insert(line);
        }
        for name in batch.ignored {
            if !report.ignored.contains(&name) {
                report.ignored.push(name);
            }
        }
        report.n_rejected += batch.rejects.len() as u64;
        let n_kept = REJECTS_MAX.saturating_sub(report.rejects.len());
        report.rejects.extend(batch.rejects.into_iter().take(n_kept));
        Ok(())
    }
}

impl Batch {
    fn note(&mut self, line: u64, done: Result<Done>, header: &Header) -> Result<()> {
        match done {
            Ok(done) => {
                self.seen.entry(done.key).or_insert(line);
                self.done.push(done);
            }
            Err(error) => self.rejects.push(translate(error, line, header)?),
        }
        Ok(())
    }
}

/// The local key of the customer this row is about: by id, else by external id, else by card.
///
/// A row that names two customers finds the surer one, and the store refuses to give what is the
/// other's to it.
fn find(tx: &Tx<'_>, row: &Row) -> Result<Option<i64>> {
    let conn = tx.conn();
    if let Some(id) = row::id(row)? {
        let account = customer::account(conn, &id)?;
        let live = account.filter(|account| account.state == customer::LIVE);
        return Ok(live.map(|account| account.key));
    }
    let by_card = |text: &str| claim::owner(conn, ClaimKind::Card, row::serial(text)?.as_str());
    let card = row.cell(Field::Card);
    let Some(external_id) = row.cell(Field::ExternalId) else {
        let missing = || Error::invalid("row", "has no id, no external id and no card");
        return by_card(card.ok_or_else(missing)?);
    };
    if let Some(key) = claim::owner(conn, ClaimKind::ExternalId, external_id)? {
        return Ok(Some(key));
    }
    // A customer the other system has not numbered yet gets its number now.
    let Some(key) = card.map(by_card).transpose()?.flatten() else { return Ok(None) };
    let owner = tx.customer(&customer::id_of(conn, key)?)?;
    Ok(owner.external_id.is_none().then_some(key))
}

/// The field that told who the row is about.
fn identity(row: &Row) -> Field {
    let given = IDENTITY.into_iter().find(|field| row.cell(*field).is_some());
    given.unwrap_or(Field::Card)
}

fn create(tx: &Tx<'_>, row: &Row, batch: &BatchId) -> Result<Done> {
    let draft = Draft::new(tx.store(), row)?;
    let (id, credit) = (draft.customer.id.clone(), draft.credit);
    tx.create_unread(&draft.into_replacement())?;
    let account = customer::account(tx.conn(), &id)?.ok_or_else(|| Error::no_customer(&id))?;
    let opening = opening::take(tx, &account, &id, credit, Cover::Needed)?;
    let done = Done { key: account.key, effect: Effect::Created, opening };
    undo::note(tx, batch, &done, None)?;
    Ok(done)
}

/// What a row did wrong, in the words of the file; trouble that is not the row's ends the import.
fn translate(error: Error, line: u64, header: &Header) -> Result<Reject> {
    let column = |parameter: &str| Some(header.name_of(parameter).unwrap_or(parameter).to_owned());
    let (column, reason) = match error {
        Error::Invalid { parameter, rule } => (column(&parameter), rule),
        Error::Taken { parameter, owner } => {
            (column(&parameter), format!("is used by {} {owner} already", owner.noun()))
        }
        Error::Erased(_) | Error::Overflow | Error::IdReused(_) => (None, error.to_string()),
        fatal => return Err(fatal),
    };
    Ok(Reject { line, column, reason })
}
