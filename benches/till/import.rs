//! An import of CSV, against inserts of the rows it ends in.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tillbook::import::ROWS_PER_COMMIT;
use tillbook::{ImportOptions, Store};

use crate::file::{Files, bare, remove};
use crate::table::{Row, in_turns, rate};
use crate::{Result, people};

const ROWS: u32 = 100_000;
const ROUNDS: usize = 3;

/// The tables an import fills, each with the order in which its rows came.
const TABLES: [(&str, &str); 5] = [
    ("customer", "key"),
    ("card", "customer_key"),
    ("claim", "customer_key"),
    ("operation", "seq"),
    ("import_row", "customer_key"),
];

/// A table's insert and its rows.
struct Filled {
    insert: String,
    rows: Vec<Vec<Value>>,
}

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let csv = people::csv(0..u64::from(ROWS))?;
    let (path, bare_path) = (files.path("imported.db"), files.path("inserted.db"));
    let mut ours = || {
        remove(&path)?;
        let store = Store::open(&path)?;
        rate(ROWS, || {
            let options = ImportOptions::new(store.stamp());
            let report = store.import(csv.as_bytes(), &options, |_| {})?;
            if report.n_created != u64::from(ROWS) {
                return Err(format!("not all were created: {report:?}").into());
            }
            Ok(())
        })
    };
    ours()?;
    let source = bare(&path)?;
    let schema = schema(&source)?;
    let filled: Vec<Filled> =
        TABLES.iter().map(|(table, order)| read(&source, table, order)).collect::<Result<_>>()?;
    drop(source);
    let mut limit = || {
        remove(&bare_path)?;
        let conn = bare(&bare_path)?;
        conn.execute_batch(&schema)?;
        rate(ROWS, || insert(&conn, &filled))
    };
    let [ours, limit] = in_turns(ROUNDS, [&mut ours, &mut limit])?;
    remove(Path::new(&bare_path))?;
    Ok(vec![Row::rate(
        "import of 100,000 CSV rows; inserts of what it stores",
        ours,
        limit,
        ">= 0.4",
    )])
}

/// The tables and indexes, without the triggers.
fn schema(conn: &Connection) -> Result<String> {
    let mut statement = conn.prepare(
        "select sql from sqlite_schema
          where type in ('table', 'index') and sql is not null and name not like 'sqlite_%'",
    )?;
    let texts = statement.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<rusqlite::Result<Vec<String>>>()?.join(";\n"))
}

fn read(conn: &Connection, table: &str, order: &str) -> Result<Filled> {
    let mut statement = conn.prepare(&format!("select * from {table} order by {order}"))?;
    let n_columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..n_columns).map(|i| row.get(i)).collect())?;
    let rows = rows.collect::<rusqlite::Result<_>>()?;
    let places = vec!["?"; n_columns].join(", ");
    Ok(Filled { insert: format!("insert into {table} values ({places})"), rows })
}

/// As many customers a transaction as the import takes.
fn insert(conn: &Connection, filled: &[Filled]) -> Result<()> {
    let n_commits = usize::try_from(ROWS)? / ROWS_PER_COMMIT;
    for commit in 0..n_commits {
        conn.prepare_cached("begin immediate")?.execute([])?;
        for Filled { insert, rows } in filled {
            let mut statement = conn.prepare_cached(insert)?;
            let of = |commit: usize| rows.len() * commit / n_commits;
            for row in &rows[of(commit)..of(commit + 1)] {
                statement.execute(params_from_iter(row))?;
            }
        }
        conn.prepare_cached("commit")?.execute([])?;
    }
    Ok(())
}
