//! What a till feels, each figure beside its limit in the same run: one table of medians and ratios.
//!
//! `cargo bench` runs everything; `cargo bench -- card page` runs the parts that are named.
//! `TILLBOOK_BENCH_CUSTOMERS` is how many customers there are, 100,000 when it is not set.
//! `TILLBOOK_BENCH_FOLDER` names a folder whose files are kept and used again; without it they lie in a
//! temporary one.
//!
//! A limit is what SQLite does when it is asked for nothing else: the same pages, log and syncs, but
//! no triggers, no foreign keys, no checks of ours, no background work. Ours and the limit take
//! turns, so that a busy minute of the machine meets both.
#![expect(
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench asks the machine's clock, divides, and prints"
)]

mod card;
mod file;
mod filled;
mod import;
mod ledger;
mod open;
mod page;
mod people;
mod record;
mod search;
mod table;

use std::error::Error;

use file::Files;
use table::Row;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A part of the table.
type Part = fn(&Files) -> Result<Vec<Row>>;

const CUSTOMERS: u64 = 100_000;

const PARTS: [(&str, Part); 6] = [
    ("card", card::rows),
    ("record", record::rows),
    ("page", page::rows),
    ("search", search::rows),
    ("import", import::rows),
    ("open", open::rows),
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
