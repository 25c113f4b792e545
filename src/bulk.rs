//! Bulk: rows that come all at once and are worked off one by one.
//!
//! What a row says is none of this room's business: whoever works a job off brings a function for
//! that. This room sees to it that every row is worked off exactly once, whenever the program is
//! killed, and that what was wrong with it can be asked for later. A job belongs to this file; what
//! its rows change goes to other nodes like every change.

use rusqlite::{Connection, OptionalExtension, params};

use crate::cell::Cells;
use crate::error::{Error, Result};
use crate::id::{BulkId, CustomerId, KeyId};
use crate::query::Page;
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// A job has at most this many rows.
pub const BULK_ROWS_MAX: usize = 1_000;
/// So many rows share a commit, and as long as that takes other writes wait.
pub const BULK_GROUP: usize = 50;
/// A group that has this many bytes gets no further row: 64 KiB, which is a few thousand debt accounts. A
/// row that is longer is a group of its own.
pub const BULK_GROUP_BYTES: usize = 64 << 10;
/// What [`Store::list_bulk_rejects`] answers has at most this many bytes, unless it is one row: 16 MiB.
pub const BULK_PAGE_BYTES: usize = 16 << 20;
/// A job that is done is forgotten after this many days, with what was wrong with its rows.
pub const BULK_DAYS: i64 = 30;
/// At most this many jobs that are due are forgotten whenever one is taken on.
const FORGOTTEN_MAX: u32 = 10;

const BULK_MS: i64 = BULK_DAYS * 24 * 60 * 60 * 1000;

/// A job of some rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// Names the job.
    pub id: BulkId,
    /// The key of whoever sent it; `None` for an import on this machine.
    pub key_id: Option<KeyId>,
    /// When it was taken on.
    pub at: Timestamp,
    /// How many rows it has.
    pub n_rows: u64,
    /// When its last row was worked off; `None` while some wait.
    pub done_at: Option<Timestamp>,
}

/// What became of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkOutcome {
    /// Whom the row tells of: with a customer that is erased goes what was wrong with the row.
    pub customer_id: Option<CustomerId>,
    /// What was wrong with it, as JSON; `None` if nothing was.
    pub errors: Option<String>,
}

/// A row that something was wrong with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkReject {
    /// Its place in the job, from 1.
    pub position: u64,
    /// The row as it was sent.
    pub payload: String,
    /// What was wrong with it, as JSON.
    pub errors: String,
}

/// A part of a job that was worked off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkStep {
    /// The job, as it is after that.
    pub bulk: Bulk,
    /// How many rows were worked off.
    pub n_rows: u64,
    /// How many of them something was wrong with.
    pub n_rejects: u64,
}

impl Store {
    /// Works off the next rows of the oldest job, at most [`BULK_GROUP`] of them and
    /// [`BULK_GROUP_BYTES`], with one commit; `None` when no row waits. `apply` is given each row as it was sent. What it writes is stored
    /// together with the note that the row is done, so that no row is ever worked off twice; where it
    /// fails because the row is wrong, nothing of the row is stored and its error is the row's.
    ///
    /// `apply` may run twice for a row of which nothing was stored the first time, so it must leave
    /// nothing behind but what it writes.
    ///
    /// ```
    /// use tillbook::bulk::BulkOutcome;
    /// use tillbook::{Customer, Page, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let job = store.take_bulk(None, &["Ada".to_owned(), "".to_owned()])?;
    /// while let Some(step) = store.work_off_bulk(|tx, name| {
    ///     if name.is_empty() {
    ///         let errors = Some(r#"{"name":["is missing"]}"#.to_owned());
    ///         return Ok(BulkOutcome { customer_id: None, errors });
    ///     }
    ///     let full_name = Some(name.to_owned());
    ///     let new = Customer { full_name, ..Customer::new(tx.store().stamp()) };
    ///     tx.create_customer(&new)?;
    ///     Ok(BulkOutcome { customer_id: Some(new.id), errors: None })
    /// })? {
    ///     println!("{} rows are done", step.n_rows);
    /// }
    /// let (rejects, total) = store.list_bulk_rejects(&job.id, Page::default())?;
    /// assert_eq!((rejects[0].position, total), (2, 1));
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - what `apply` answers when it is the file that failed: the rows wait as before;
    /// - [`Error::Sqlite`] and its kin: the file cannot be written.
    pub fn work_off_bulk(
        &self,
        apply: impl Fn(&Tx<'_>, &str) -> Result<BulkOutcome>,
    ) -> Result<Option<BulkStep>> {
        self.write(|tx| tx.together(|tx| work_off(tx, &apply)))
    }

    /// Takes on a job; see [`Tx::take_bulk`].
    ///
    /// # Errors
    ///
    /// As [`Tx::take_bulk`].
    pub fn take_bulk(&self, key: Option<&KeyId>, rows: &[String]) -> Result<Bulk> {
        self.write(|tx| tx.take_bulk(key, rows))
    }

    /// The job with this id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it is forgotten.
    pub fn bulk(&self, id: &BulkId) -> Result<Bulk> {
        self.read(|conn| find(conn, id))
    }

    /// How many rows of all jobs wait.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn bulk_rows_waiting(&self) -> Result<u64> {
        self.read(|conn| Ok(conn.prepare_cached(N_WAITING)?.query_row([], |row| row.get(0))?))
    }

    /// A page of the rows of a job that something was wrong with, in their order, and how many there
    /// are so far. The page ends early where it would have more than [`BULK_PAGE_BYTES`].
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such job, or it is forgotten.
    pub fn list_bulk_rejects(&self, id: &BulkId, page: Page) -> Result<(Vec<BulkReject>, u64)> {
        self.read_snapshot(|conn| {
            find(conn, id)?;
            let sql = "select count(*) from bulk_row where bulk_id = ?1 and errors is not null";
            let total = conn.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
            let mut statement = conn.prepare_cached(
                "select position, payload, errors
                   from bulk_row
                  where bulk_id = ?1 and errors is not null
                  order by position limit ?2 offset ?3",
            )?;
            let skip = i64::try_from(page.skip).unwrap_or(i64::MAX);
            let mut found = statement.query(params![id, page.take, skip])?;
            let (mut rejects, mut n_bytes): (Vec<BulkReject>, usize) = (Vec::new(), 0);
            while let Some(row) = found.next()? {
                let (position, payload, errors) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let reject = BulkReject { position, payload, errors };
                n_bytes += reject.payload.len() + reject.errors.len();
                if !rejects.is_empty() && n_bytes > BULK_PAGE_BYTES {
                    break;
                }
                rejects.push(reject);
            }
            Ok((rejects, total))
        })
    }
}

impl Tx<'_> {
    /// Takes on a job of these rows, to be worked off by [`Store::work_off_bulk`]. Whenever one is
    /// taken on, a few that were done [`BULK_DAYS`] ago are forgotten.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: no row, or more than [`BULK_ROWS_MAX`].
    pub fn take_bulk(&self, key: Option<&KeyId>, rows: &[String]) -> Result<Bulk> {
        if !(1..=BULK_ROWS_MAX).contains(&rows.len()) {
            let rule = format!("must have 1 to {BULK_ROWS_MAX} rows, not {}", rows.len());
            return Err(Error::invalid("rows", rule));
        }
        let (conn, stamp) = (self.conn(), self.store().stamp());
        forget(conn, Timestamp::from_ms(stamp.at.ms().saturating_sub(BULK_MS)))?;
        let n_rows = rows.len() as u64;
        let bulk = Bulk {
            id: BulkId::from(stamp.id),
            key_id: key.cloned(),
            at: stamp.at,
            n_rows,
            done_at: None,
        };
        conn.prepare_cached(
            "insert into bulk (id, key_id, at, n_rows, seal) values (?1, ?2, ?3, ?4, seal(?1, ?2, ?3, ?4, null))",
        )?
        .execute(params![bulk.id, bulk.key_id, bulk.at, bulk.n_rows])?;
        let mut statement = conn.prepare_cached(
            "insert into bulk_row (bulk_id, position, payload, seal)
             values (?1, ?2, ?3, seal(?1, ?2, ?3, null, null))",
        )?;
        for (position, payload) in (1_u64..).zip(rows) {
            statement.execute(params![bulk.id, position, payload])?;
        }
        Ok(bulk)
    }
}

/// A cross join begins with its left side: jobs with rows that wait are few, and what was wrong with rows
/// of others is not looked at.
const N_WAITING: &str = "select count(*)
       from bulk cross join bulk_row on bulk_row.bulk_id = bulk.id
      where bulk.done_at is null and bulk_row.errors is null";

fn work_off(
    tx: &Tx<'_>,
    apply: &impl Fn(&Tx<'_>, &str) -> Result<BulkOutcome>,
) -> Result<Option<BulkStep>> {
    let conn = tx.conn();
    let sql = "select id from bulk where done_at is null order by at, id limit 1";
    let oldest = conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    let Some(id): Option<BulkId> = oldest else { return Ok(None) };
    let rows = waiting(conn, &id)?;
    let mut n_rejects = 0;
    for (position, payload) in &rows {
        let outcome = match tx.nested(|tx| apply(tx, payload)) {
            Ok(outcome) => outcome,
            Err(error) if is_of_row(&error) => {
                let errors = serde_json::json!({ "row": [error.to_string()] }).to_string();
                BulkOutcome { customer_id: None, errors: Some(errors) }
            }
            Err(error) => return Err(error),
        };
        n_rejects += u64::from(outcome.errors.is_some());
        settle(conn, &id, *position, &outcome)?;
    }
    let sql = "select 1 from bulk_row where bulk_id = ?1 and errors is null";
    if !conn.prepare_cached(sql)?.exists([&id])? {
        let sql =
            "update bulk set done_at = ?2, seal = seal(id, key_id, at, n_rows, ?2) where id = ?1";
        conn.prepare_cached(sql)?.execute(params![id, tx.store().now()])?;
    }
    Ok(Some(BulkStep { bulk: find(conn, &id)?, n_rows: rows.len() as u64, n_rejects }))
}

/// Whether it is the row that is wrong, and not the file.
pub(crate) fn is_of_row(error: &Error) -> bool {
    matches!(
        error,
        Error::Invalid { .. }
            | Error::NotFound { .. }
            | Error::Exists(_)
            | Error::Erased(_)
            | Error::Taken { .. }
            | Error::VersionMismatch { .. }
            | Error::VersionRequired { .. }
            | Error::Overflow
    )
}

/// The next rows of a job that wait.
fn waiting(conn: &Connection, id: &BulkId) -> Result<Vec<(u64, String)>> {
    let mut statement = conn.prepare_cached(
        "select position, payload
           from bulk_row
          where bulk_id = ?1 and errors is null
          order by position limit ?2",
    )?;
    let mut found = statement.query(params![id, BULK_GROUP])?;
    let (mut rows, mut n_bytes): (Vec<(u64, String)>, usize) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        let (position, payload): (u64, String) = (row.get(0)?, row.get(1)?);
        n_bytes += payload.len();
        if !rows.is_empty() && n_bytes > BULK_GROUP_BYTES {
            break;
        }
        rows.push((position, payload));
    }
    Ok(rows)
}

/// A row is done: what was wrong with it stays, or nothing at all.
fn settle(conn: &Connection, id: &BulkId, position: u64, outcome: &BulkOutcome) -> Result<()> {
    let row = params![id, position, outcome.errors, outcome.customer_id];
    match outcome.errors {
        None => conn
            .prepare_cached("delete from bulk_row where bulk_id = ?1 and position = ?2")?
            .execute(params![id, position])?,
        Some(_) => conn
            .prepare_cached(
                "update bulk_row
                    set errors = ?3, customer_id = ?4, seal = seal(bulk_id, position, payload, ?3, ?4)
                  where bulk_id = ?1 and position = ?2",
            )?
            .execute(row)?,
    };
    Ok(())
}

fn find(conn: &Connection, id: &BulkId) -> Result<Bulk> {
    let mut statement =
        conn.prepare_cached("select id, key_id, at, n_rows, done_at from bulk where id = ?1")?;
    let bulk = statement.query_row([id], |row| {
        let mut cells = Cells::from(row, 0);
        Ok(Bulk {
            id: cells.take()?,
            key_id: cells.take()?,
            at: cells.take()?,
            n_rows: cells.take()?,
            done_at: cells.take()?,
        })
    });
    let missing = || Error::NotFound { what: "bulk job", id: id.to_string() };
    bulk.optional()?.ok_or_else(missing)
}

/// Deletes a few jobs that were done before `due`.
fn forget(conn: &Connection, due: Timestamp) -> Result<()> {
    conn.prepare_cached(
        "delete from bulk where id in (select id from bulk where done_at < ?1 limit ?2)",
    )?
    .execute(params![due, FORGOTTEN_MAX])?;
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that meets an error it did not ask for is over")]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn rows_of_jobs_that_are_done_are_not_looked_at() {
        let store = Store::open_in_memory().unwrap();
        let plan = store.read(|conn| {
            let mut statement = conn.prepare(&format!("explain query plan {N_WAITING}"))?;
            let lines = statement.query_map([], |row| row.get::<_, String>("detail"))?;
            Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
        });
        expect![[r#"
            SCAN bulk USING INDEX bulk_waiting
            SEARCH bulk_row USING INDEX sqlite_autoindex_bulk_row_1 (bulk_id=?)"#]]
        .assert_eq(&plan.unwrap());
    }
}
