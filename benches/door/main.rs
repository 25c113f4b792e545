//! What the door costs, each figure beside its limit in the same run: one table of medians and ratios.
//!
//! `cargo bench --all-features --bench door` runs everything; words behind `--` name parts of it.
//! `TILLBOOK_BENCH_CUSTOMERS` and `TILLBOOK_BENCH_FOLDER` are those of the bench `till`.
//!
//! The program is started as anybody would start it and asked over the loopback. The limit is a
//! process of the same kind that does nothing else: an axum route with one prepared statement. Both
//! are asked by the same client, which takes its share of the processors on either side.
#![expect(
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench asks the machine's clock, divides, and prints"
)]

mod bare;
mod bulk;
mod client;
#[path = "../till/file.rs"]
mod file;
#[path = "../till/filled.rs"]
mod filled;
mod flat;
#[path = "../till/ledger.rs"]
mod ledger;
mod look;
#[path = "../till/people.rs"]
mod people;
mod process;
mod start;
#[path = "../till/table.rs"]
#[expect(dead_code, reason = "the bench `till` has more kinds of rows")]
mod table;
mod write;

use std::error::Error;

use file::Files;
use table::Row;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A part of the table.
type Part = fn(&Files) -> Result<Vec<Row>>;

const CUSTOMERS: u64 = 100_000;

const PARTS: [(&str, Part); 4] =
    [("start", start::rows), ("look", look::rows), ("write", write::rows), ("bulk", bulk::rows)];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, file] = arguments.as_slice()
        && word == bare::WORD
    {
        return bare::serve(file);
    }
    let named: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let n_customers = match std::env::var("TILLBOOK_BENCH_CUSTOMERS") {
        Ok(text) => text.replace([',', '_'], "").parse()?,
        Err(_) => CUSTOMERS,
    };
    let files = Files::make(n_customers)?;
    let mut rows = Vec::new();
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|asked| *asked == name) {
            eprintln!("{name} ...");
            rows.extend(part(&files)?);
        }
    }
    println!("{}", table::text(n_customers, &rows));
    Ok(())
}
