//! The limit of recording: a bare loop that commits the same rows.

use std::path::Path;

use rusqlite::{Connection, params};
use tillbook::CustomerId;

use crate::file::bare;
use crate::table::rate;
use crate::{Result, people};

/// A customer by chance, and the key of its row.
pub(crate) fn pick(ids: &[CustomerId], i: u64) -> Result<(i64, &CustomerId)> {
    let at = usize::try_from(people::dice(i))? % ids.len();
    Ok((i64::try_from(at)? + 1, &ids[at]))
}

/// The same tables and indexes, and one loop that writes to them.
pub(crate) struct Bare {
    conn: Connection,
    n_sets: u64,
}

impl Bare {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let conn = bare(path)?;
        let mut triggers = conn.prepare("select name from sqlite_schema where type = 'trigger'")?;
        let names = triggers.query_map([], |row| row.get(0))?;
        let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
        drop(triggers);
        for name in names {
            conn.execute_batch(&format!("drop trigger {name}"))?;
        }
        conn.execute(
            "insert into incarnation (key, node, number, hash) values (1000, zeroblob(16), 1, zeroblob(32))",
            [],
        )?;
        Ok(Self { conn, n_sets: 0 })
    }

    pub(crate) fn ids(&self) -> Result<Vec<CustomerId>> {
        let mut statement = self.conn.prepare("select id from customer order by key")?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// Commits `n_commits` times `per_commit` sets of rows.
    pub(crate) fn commit(
        &mut self,
        ids: &[CustomerId],
        n_commits: u32,
        per_commit: u32,
    ) -> Result<f64> {
        rate(n_commits * per_commit, || {
            for _ in 0..n_commits {
                self.conn.prepare_cached("begin immediate")?.execute([])?;
                for _ in 0..per_commit {
                    self.n_sets += 1;
                    set(&self.conn, self.n_sets, pick(ids, self.n_sets)?)?;
                }
                self.conn.prepare_cached("commit")?.execute([])?;
            }
            Ok(())
        })
    }
}

/// The rows that recording one credit transaction leaves behind.
fn set(conn: &Connection, i: u64, (key, customer): (i64, &CustomerId)) -> Result<()> {
    let (hash, node, at) = ([7_u8; 32], [7_u8; 16], 1_700_000_000_000 + i);
    let id = format!("0190a0c4-5b2e-7c3f-8a52-{i:012x}");
    let facts = format!(
        r#"[{{"change":"credit","customer":"{customer}","fields":{{"amount":450,"at":{at},"balance_after":450,"id":"{id}","kind":"deposit"}}}}]"#
    );
    conn.prepare_cached(
        "insert into credit_transaction (id, customer_key, kind, amount_minor, effect_minor, at,
                balance_after_minor, node, seal)
         values (?1, ?2, 'deposit', 450, 450, ?3, 450, ?4, 7)",
    )?
    .execute(params![id, key, at, node])?;
    conn.prepare_cached(
        "update customer
            set version = version + 1, credit_minor = credit_minor + 450, changed_at = ?2, touch_seal = 7
          where key = ?1",
    )?
    .execute(params![key, at])?;
    conn.prepare_cached(
        "insert into operation (incarnation_key, seq, schema, hlc, facts, hash)
         values (1000, ?1, 1, ?2, ?3, ?4)",
    )?
    .execute(params![i, at, facts, hash])?;
    conn.prepare_cached("update incarnation set seq = ?1, hash = ?2, hlc = ?3 where key = 1000")?
        .execute(params![i, hash, at])?;
    Ok(())
}
