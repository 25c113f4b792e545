//! What sync costs, each figure beside its limit in the same run: one table of medians and ratios.
//!
//! `cargo bench --all-features --bench sync` runs everything; words behind `--` name parts of it.
//! `TILLBOOK_BENCH_CUSTOMERS` and `TILLBOOK_BENCH_FOLDER` are those of the bench `till`.
//!
//! Both nodes are in this process and hand each other the bytes that would go over the wire. The limit
//! reads the same bytes as plain lines of JSON and inserts them into a plain table, with as many
//! commits. Only the part `bootstrap` goes over the loopback, and so does its limit.
#![expect(
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench asks the machine's clock, divides, and prints"
)]

mod bootstrap;
#[path = "../till/file.rs"]
mod file;
#[path = "../till/ledger.rs"]
#[allow(dead_code, reason = "the bench `till` asks for more")]
mod ledger;
mod nodes;
#[path = "../till/people.rs"]
mod people;
mod pull;
mod push;
mod record;
#[path = "../till/table.rs"]
#[allow(dead_code, reason = "the bench `till` has more kinds of rows")]
mod table;

use std::error::Error;

use file::Files;
use table::Row;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A part of the table.
type Part = fn(&Files) -> Result<Vec<Row>>;

const CUSTOMERS: u64 = 20_000;

const PARTS: [(&str, Part); 4] = [
    ("push", push::rows),
    ("pull", pull::rows),
    ("record", record::rows),
    ("bootstrap", bootstrap::rows),
];

fn main() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let n_customers = match std::env::var("TILLBOOK_BENCH_CUSTOMERS") {
        Ok(text) => text.replace([',', '_'], "").parse()?,
        Err(_) => CUSTOMERS,
    };
    let files = Files::make(n_customers)?;
    let mut rows = Vec::new();
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|asked| asked == name) {
            eprintln!("{name} ...");
            rows.extend(part(&files)?);
        }
    }
    println!("{}", table::text(n_customers, &rows));
    Ok(())
}
