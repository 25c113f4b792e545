//! The rows that a store has ended in, to be inserted into the same tables by nobody who thinks.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::Result;
use crate::file::{bare, remove};

/// Tables and indexes without triggers, and the rows of some of the tables.
pub(crate) struct Filled {
    schema: String,
    tables: Vec<Table>,
}

/// A table's insert and its rows.
struct Table {
    insert: String,
    rows: Vec<Vec<Value>>,
}

impl Filled {
    /// Reads `tables`, each with the order in which its rows came.
    pub(crate) fn read(path: &Path, tables: &[(&str, &str)]) -> Result<Self> {
        let source = bare(path)?;
        let mut statement = source.prepare(
            "select sql from sqlite_schema
              where type in ('table', 'index') and sql is not null and name not like 'sqlite_%'",
        )?;
        let texts = statement.query_map([], |row| row.get(0))?;
        let schema = texts.collect::<rusqlite::Result<Vec<String>>>()?.join(";\n");
        let tables = tables.iter().map(|(table, order)| read(&source, table, order));
        Ok(Self { schema, tables: tables.collect::<Result<_>>()? })
    }

    /// A fresh file with the tables and nothing in them.
    pub(crate) fn empty(&self, path: &Path) -> Result<Connection> {
        remove(path)?;
        let conn = bare(path)?;
        conn.execute_batch(&self.schema)?;
        Ok(conn)
    }

    /// Inserts all rows with `n_commits` commits, each of which has its share of every table.
    pub(crate) fn insert(&self, conn: &Connection, n_commits: usize) -> Result<()> {
        for commit in 0..n_commits {
            conn.prepare_cached("begin immediate")?.execute([])?;
            for Table { insert, rows } in &self.tables {
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
}

fn read(conn: &Connection, table: &str, order: &str) -> Result<Table> {
    let mut statement = conn.prepare(&format!("select * from {table} order by {order}"))?;
    let n_columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..n_columns).map(|i| row.get(i)).collect())?;
    let rows = rows.collect::<rusqlite::Result<_>>()?;
    let places = vec!["?"; n_columns].join(", ");
    Ok(Table { insert: format!("insert into {table} values ({places})"), rows })
}
