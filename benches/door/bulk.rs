//! Bulks: a hundred of a thousand rows each, against inserts of the rows that they end in.

use std::path::Path;
use std::time::Duration;

use tillbook::bulk::{BULK_GROUP, BULK_ROWS_MAX};
use tillbook::http::tratta::{apply, payload};
use tillbook::{Options, Store};

use crate::Result;
use crate::client::Client;
use crate::file::{Files, remove};
use crate::filled::Filled;
use crate::process::Process;
use crate::table::{Row, in_turns, rate};

const BULKS: usize = 100;
const ROUNDS: usize = 3;
const LOCATIONS: usize = 20;

/// The tables that a bulk fills, each with the order in which its rows came.
const TABLES: [(&str, &str); 6] = [
    ("location", "key"),
    ("customer", "key"),
    ("address", "customer_key"),
    ("debt_account", "customer_key"),
    ("claim", "customer_key"),
    ("operation", "seq"),
];

/// A customer with an address, one of a few locations, and an account.
fn row(n: usize) -> String {
    let location = n % LOCATIONS;
    let n = format!("{n:06}");
    format!(
        r#"{{"customer":{{"name":"Ada Vonn {n}","external_id":"c-{n}","email":"ada{n}@example.org",
        "phone":"+1-202-555-0147","date_of_birth":"1990-01-01","ssn_last4":412,
        "address":{{"line1":"9 Mill St","city":"Reno","postal_code":"55401","state":"Nevada"}},
        "metadata":{{"tier":"gold"}}}},"location":{{"name":"Harbour {location}"}},
        "debt_accounts":[{{"external_id":"d-{n}","balance":2500,"current_balance":100,
        "billing_type":["one-time"],"external_account_number":"9aB{n}"}}]}}"#
    )
}

/// The rows of one bulk.
fn bulk(n: usize) -> Vec<String> {
    (n * BULK_ROWS_MAX..(n + 1) * BULK_ROWS_MAX).map(row).collect()
}

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let n_rows = u32::try_from(BULKS * BULK_ROWS_MAX)?;
    let (path, served) = (files.path("bulks.db"), files.path("bulks-served.db"));
    let bare_path = files.path("bulks-bare.db");
    let mut engine = || {
        remove(&path)?;
        let store = Store::open(&path)?;
        rate(n_rows, || (0..BULKS).try_for_each(|n| work_off(&store, &bulk(n))))
    };
    engine()?;
    let filled = Filled::read(&path, &TABLES)?;
    let n_commits = usize::try_from(n_rows)? / BULK_GROUP;
    let mut limit = || {
        let conn = filled.empty(&bare_path)?;
        rate(n_rows, || filled.insert(&conn, n_commits))
    };
    let mut door = || {
        remove(&served)?;
        let process = Process::tillbook(&served, Process::key(&served)?)?;
        rate(n_rows, || ask(&process, &served))
    };
    let [engine, door, limit] = in_turns(ROUNDS, [&mut engine, &mut door, &mut limit])?;
    Ok(vec![
        Row::rate("100 bulks of 1,000 rows; inserts of what they store", engine, limit, ">= 0.3"),
        Row::rate("the same over HTTP, until the last row is stored", door, limit, ""),
    ])
}

/// Takes a bulk on and works it off.
fn work_off(store: &Store, rows: &[String]) -> Result<()> {
    let payloads: Vec<String> =
        rows.iter().map(|row| payload(row)).collect::<tillbook::Result<_>>()?;
    let id = store.take_bulk(None, &payloads)?.id;
    while let Some(step) = store.work_off_bulk(apply)? {
        if step.n_rejects > 0 {
            return Err(format!("{} rows of {id} are rejected", step.n_rejects).into());
        }
    }
    Ok(())
}

/// Sends every bulk, and waits until no row waits.
fn ask(process: &Process, file: &Path) -> Result<()> {
    let mut client = Client::connect(process.address)?;
    for n in 0..BULKS {
        let request = process.post("/api/v1/bulk", &format!("[{}]", bulk(n).join(",")));
        let status = client.ask(&request)?.status;
        if status != 201 {
            return Err(format!("bulk {n}: {status}").into());
        }
    }
    let store = Store::open_beside(file, Options::default())?;
    while store.bulk_rows_waiting()? > 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
