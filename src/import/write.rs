//! Writing rows: each finds its customer, and is stored as a whole or not at all.

use std::collections::HashMap;

use rusqlite::params;

use super::field::{Field, IDENTITY};
use super::header::Header;
use super::row::{self, Draft};
use super::source::Row;
use super::{REJECTS_MAX, Reject, Report};
use crate::claim::{self, ClaimKind};
use crate::credit::{self, CreditTransaction, Order};
use crate::customer;
use crate::error::{Error, Result};
use crate::id::{BatchId, CustomerId, TransactionId};
use crate::money::Money;
use crate::query::Page;
use crate::store::Tx;

/// What has been done so far.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) report: Report,
    /// The customers of earlier rows, by local key, each with the line of its first row.
    seen: HashMap<i64, u64>,
}

/// What the rows of one SQL transaction did.
#[derive(Default)]
struct Batch {
    done: Vec<Done>,
    rejects: Vec<Reject>,
    /// The customers of these rows, as in [`Run::seen`].
    seen: HashMap<i64, u64>,
}

/// What a row did.
struct Done {
    key: i64,
    effect: Effect,
    /// The opening balance that was taken.
    opening: Money,
}

#[derive(Clone, Copy)]
enum Effect {
    Created,
    Updated,
    Unchanged,
}

impl Run {
    pub(super) fn new(report: Report) -> Self {
        Self { report, seen: HashMap::new() }
    }

    /// Stores the rows one by one; one that breaks a rule is rejected and leaves no trace.
    ///
    /// A savepoint for each row costs about as much as the row. So the rows share one, and only where
    /// one of them was rejected after it had written something, all are stored again, each in its own.
    pub(super) fn take(&mut self, tx: &Tx<'_>, header: &Header, rows: &[Row]) -> Result<()> {
        let together = |tx: &Tx<'_>| self.store_all(tx, header, rows, false);
        let batch = match tx.part(together, |batch| matches!(batch, Ok(Some(_))))? {
            Some(batch) => batch,
            None => self.store_all(tx, header, rows, true)?.unwrap_or_default(),
        };
        self.count(batch)
    }

    /// Stores every row, `each_alone` or not; `None` when one that is not alone has to be undone.
    fn store_all(
        &self,
        tx: &Tx<'_>,
        header: &Header,
        rows: &[Row],
        each_alone: bool,
    ) -> Result<Option<Batch>> {
        let mut batch = Batch::default();
        for row in rows {
            if let Err(reason) = &row.cells {
                let reject = Reject { line: row.line, column: None, reason: reason.clone() };
                batch.rejects.push(reject);
                continue;
            }
            let before = tx.conn().total_changes();
            let stored = match each_alone {
                true => tx.nested(|tx| self.store(tx, row, &batch)),
                false => self.store(tx, row, &batch),
            };
            match stored {
                Ok(done) => {
                    batch.seen.entry(done.key).or_insert(row.line);
                    batch.done.push(done);
                }
                Err(error) => {
                    batch.rejects.push(translate(error, row.line, header)?);
                    if !each_alone && tx.conn().total_changes() != before {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(batch))
    }

    fn store(&self, tx: &Tx<'_>, row: &Row, batch: &Batch) -> Result<Done> {
        let Some(key) = find(tx, row)? else {
            return create(tx, row, &self.report.batch);
        };
        let id = customer::id_of(tx.conn(), key)?;
        let profile = tx.profile(&id)?;
        let draft = Draft::of(tx.store(), &profile, row)?;
        if let Some(line) = self.seen.get(&key).or_else(|| batch.seen.get(&key)) {
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
        let opening = take_opening(tx, key, &id, profile.credit, credit)?;
        let unchanged = version == profile.customer.version && opening == Money::ZERO;
        let effect = if unchanged { Effect::Unchanged } else { Effect::Updated };
        Ok(Done { key, effect, opening })
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
        report.n_rejected += batch.rejects.len() as u64;
        let n_kept = REJECTS_MAX.saturating_sub(report.rejects.len());
        report.rejects.extend(batch.rejects.into_iter().take(n_kept));
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
    let opening = take_opening(tx, account.key, &id, Money::ZERO, credit)?;
    tx.conn()
        .prepare_cached("insert into import_row (batch, customer_key) values (?1, ?2)")?
        .execute(params![batch, account.key])?;
    Ok(Done { key: account.key, effect: Effect::Created, opening })
}

/// Takes the balance a customer brings along as a deposit, once, and returns what was taken now.
///
/// The deposit's id follows from the customer's, so that a file that is imported again, or on
/// another node too, deposits nothing twice.
fn take_opening(
    tx: &Tx<'_>,
    key: i64,
    id: &CustomerId,
    balance: Money,
    amount: Money,
) -> Result<Money> {
    if amount == Money::ZERO || amount == balance {
        return Ok(Money::ZERO);
    }
    let show = |amount: Money| tx.store().currency().display(amount);
    let wrong = |rule: String| Err(Error::invalid(Field::CreditAmount.parameter(), rule));
    if amount.is_negative() {
        return wrong("must not be negative: an opening balance is a deposit".to_owned());
    }
    let mut deposit = CreditTransaction::deposit(tx.store().stamp(), id, amount);
    deposit.id = opening_id(id)?;
    deposit.note = Some("opening balance".to_owned());
    if let Some(known) = tx.find_credit_transaction(&deposit.id)? {
        return match known.amount == amount {
            true => Ok(Money::ZERO),
            false => {
                wrong(format!("is not the opening balance taken before: {}", show(known.amount)))
            }
        };
    }
    let any = Page { skip: 0, take: 1 };
    if !credit::list(tx.conn(), key, any, Order::OldestFirst)?.is_empty() {
        return wrong(format!("is no opening balance: the credit has moved to {}", show(balance)));
    }
    tx.record(&deposit)?;
    Ok(amount)
}

/// The id of the one opening balance a customer can have.
fn opening_id(id: &CustomerId) -> Result<TransactionId> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"opening balance").update(id.as_str().as_bytes());
    let text = format!("opening-{}", &hasher.finalize().to_hex()[..32]);
    TransactionId::new(&text).map_err(|rule| Error::invalid("id", rule))
}

/// What a row did wrong, in the words of the file; trouble that is not the row's ends the import.
fn translate(error: Error, line: u64, header: &Header) -> Result<Reject> {
    let column = |parameter: &str| Some(header.name_of(parameter).unwrap_or(parameter).to_owned());
    let (column, reason) = match error {
        Error::Invalid { parameter, rule } => (column(&parameter), rule),
        Error::Taken { parameter, owner } => {
            (column(&parameter), format!("is used by customer {owner} already"))
        }
        Error::Erased(_) | Error::Overflow | Error::IdReused(_) => (None, error.to_string()),
        fatal => return Err(fatal),
    };
    Ok(Reject { line, column, reason })
}
