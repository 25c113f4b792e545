//! An import of CSV, against inserts of the rows it ends in.

use std::path::Path;

use tillbook::import::ROWS_PER_COMMIT;
use tillbook::{ImportOptions, Store};

use crate::file::{Files, remove};
use crate::filled::Filled;
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
    let filled = Filled::read(&path, &TABLES)?;
    let n_commits = usize::try_from(ROWS)? / ROWS_PER_COMMIT;
    let mut limit = || {
        let conn = filled.empty(&bare_path)?;
        rate(ROWS, || filled.insert(&conn, n_commits))
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
