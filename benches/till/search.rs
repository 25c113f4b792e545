//! A piece of a name, from one letter to eight: the first 50 by last name and the total.

use tillbook::query::Sort;
use tillbook::{Customer, Page, Query, Store};

use crate::Result;
use crate::file::Files;
use crate::table::{Row, median, ms};

const ROUNDS: usize = 5;

const NEEDLES: [(&str, &str); 10] = [
    ("1 character, frequent", "a"),
    ("1 character, rare", "x"),
    ("2 characters, frequent", "ov"),
    ("2 characters, rare", "xy"),
    ("2 characters, absent", "qq"),
    ("3 characters, frequent", "nov"),
    ("3 characters, rare", "xyl"),
    ("3 characters, absent", "qqq"),
    ("8 characters, frequent", "novakova"),
    ("8 characters, rare", "xylander"),
];

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let ask = |store: &Store, needle: &str| {
        let query = Query {
            search: Some(needle.to_owned()),
            sort: vec![Sort::ascending(Customer::LAST_NAME)],
            page: Page { skip: 0, take: 50 },
            ..Query::default()
        };
        ms(|| Ok(std::hint::black_box(store.list_profiles(&query)?)))
    };
    let mut store = Store::open(files.store())?;
    let first = ask(&store, "nov")?;
    // Closed and opened again: the files are in the system's memory then, the store's is empty.
    drop(store);
    store = Store::open(files.store())?;
    let again = ask(&store, "nov")?;
    let mut rows = vec![Row::alone("first search after opening", first.min(again), "<= 2,000 ms")];
    for (what, needle) in NEEDLES {
        let rounds = (0..ROUNDS).map(|_| ask(&store, needle)).collect::<Result<Vec<_>>>()?;
        rows.push(Row::alone(&format!("search, {what}: {needle:?}"), median(rounds), "<= 10 ms"));
    }
    Ok(rows)
}
