//! Bulks: jobs with their rows, those that wait and those that something was wrong with.

use rusqlite::{Connection, Row, params};

use super::source::Source;
use super::{Finding, Findings, Reason};
use crate::customer::ERASED;
use crate::error::Result;
use crate::migrate;
use crate::store::Store;
use crate::time::Timestamp;

/// Id, key, times and number of rows of a job.
type Job = (String, Option<String>, Timestamp, u64, Option<Timestamp>);
/// Job, place in it, text, errors and customer of a row.
type JobRow = (String, u64, String, Option<String>, Option<String>);

/// Carries over the jobs and the rows whose seal holds, and says how many are lost.
pub(super) fn bring(source: &Source, store: &Store, findings: &mut Findings) -> Result<()> {
    store.write(|tx| {
        copy_jobs(source, tx.conn(), findings)?;
        copy_rows(source, tx.conn(), findings)
    })
}

fn copy_jobs(source: &Source, conn: &Connection, findings: &mut Findings) -> Result<()> {
    let read = || -> rusqlite::Result<Vec<Job>> {
        let sql = "select id, key_id, at, n_rows, done_at from bulk";
        let mut statement = source.conn.prepare(sql)?;
        let jobs = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
        Ok(jobs.map_while(|job| job.ok()).collect())
    };
    // Where the key is lost, nobody has sent the job.
    let mut insert = conn.prepare(
        "insert into bulk (id, key_id, at, n_rows, done_at, seal)
         select ?1, k, ?3, ?4, ?5, seal(?1, k, ?3, ?4, ?5)
           from (select (select id from key where id = ?2) as k)",
    )?;
    for (id, key, at, n_rows, done_at) in read().unwrap_or_default() {
        insert.execute(params![id, key, at, n_rows, done_at])?;
    }
    name_what_is_lost("bulk", source, conn, 0, findings)
}

fn copy_rows(source: &Source, conn: &Connection, findings: &mut Findings) -> Result<()> {
    let sql = format!(
        "select bulk_id, position, payload, errors, customer_id
           from main.bulk_row
          where rowid between ?1 and ?2 and {} order by rowid",
        migrate::SEALED.iter().find(|sealed| sealed.table == "bulk_row").map_or("0", |s| s.holds)
    );
    let read = |row: &Row<'_>| -> rusqlite::Result<JobRow> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    };
    let mut insert = conn.prepare(
        "insert or ignore into bulk_row (bulk_id, position, payload, errors, customer_id, seal)
         select ?1, ?2, ?3, ?4, ?5, seal(?1, ?2, ?3, ?4, ?5)
          where exists (select 1 from bulk where id = ?1)",
    )?;
    let is_erased = "select 1 from customer where id = ?1 and state = ?2";
    let mut is_erased = conn.prepare(is_erased)?;
    let (mut n_erased, mut failed) = (0, None);
    let key_last = source.greatest("select max(rowid) from main.bulk_row");
    source.sweep(&sql, key_last, read, |(id, position, payload, errors, customer)| {
        let mut put = || -> rusqlite::Result<()> {
            // With whoever was erased goes what was said of the row.
            if is_erased.exists(params![customer, ERASED])? {
                n_erased += 1;
                return Ok(());
            }
            insert.execute(params![id, position, payload, errors, customer]).map(drop)
        };
        failed = failed.take().or(put().err());
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    name_what_is_lost("bulk_row", source, conn, n_erased, findings)
}

fn name_what_is_lost(
    table: &'static str,
    source: &Source,
    conn: &Connection,
    n_erased: u64,
    findings: &mut Findings,
) -> Result<()> {
    let count = |conn: &Connection| -> rusqlite::Result<u64> {
        conn.query_row(&format!("select count(*) from main.{table}"), [], |row| row.get(0))
    };
    let n_kept = count(conn)? + n_erased;
    match count(&source.conn) {
        Ok(n_all) if n_all > n_kept => {
            let name = format!("{} of {n_all}", n_all - n_kept);
            findings.add(Finding::new(table, name, None, Reason::SealBroken));
        }
        Ok(_) => {}
        Err(_) => findings.add(Finding::new(table, "", None, Reason::Unreadable)),
    }
    Ok(())
}
