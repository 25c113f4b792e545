//! Writing: customers and movements of credit, one connection and sixteen, against one bare loop that
//! commits the rows of one movement at a time.

use std::cell::RefCell;

use crate::client::{Clients, shares};
use crate::file::Files;
use crate::ledger::Bare;
use crate::process::Process;
use crate::table::{Row, in_turns, rate};
use crate::{Result, people};

const CONNECTIONS: usize = 16;
/// Requests of one connection in one round.
const EACH: usize = 200;
const ROUNDS: usize = 7;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let file = files.copy("written.db")?;
    let ids = Bare::open(&file)?.ids()?;
    let ours = Process::tillbook(&file, Process::key(&file)?)?;
    let one = Clients::connect(ours.address, 1)?;
    let many = Clients::connect(ours.address, CONNECTIONS)?;
    let deposit = |i: usize| {
        let id = &ids[usize::try_from(people::dice(i as u64)).unwrap_or(0) % ids.len()];
        ours.post(
            &format!("/customers/{id}/creditTransactions"),
            r#"{"type":"Deposit","amount":4.5}"#,
        )
    };
    let create = |i: usize| {
        ours.post("/customers", &format!(r#"{{"firstName":"Ada","lastName":"Nov{i}"}}"#))
    };
    let mut bare = Bare::open(&files.copy("bare.db")?)?;
    let of_one = u32::try_from(EACH)?;
    let one = RefCell::new(one);
    let many = RefCell::new(many);
    let [alone, record, record_many, create, create_many] = in_turns(
        ROUNDS,
        [
            &mut || bare.commit(&ids, of_one, 1),
            &mut || asked(&one, 1, &deposit),
            &mut || asked(&many, CONNECTIONS, &deposit),
            &mut || asked(&one, 1, &create),
            &mut || asked(&many, CONNECTIONS, &create),
        ],
    )?;
    Ok(vec![
        Row::rate("record, 1 client; a bare loop that commits its rows", record, alone, ""),
        Row::rate("record, 16 clients; the same loop", record_many, alone, ">= 3"),
        Row::rate("create, 1 client; the same loop", create, alone, ""),
        Row::rate("create, 16 clients; the same loop", create_many, alone, ""),
    ])
}

/// How many a second, when each of `n` connections sends its share.
fn asked(clients: &RefCell<Clients>, n: usize, request: &dyn Fn(usize) -> String) -> Result<f64> {
    let requests = shares(n, EACH, request);
    rate(u32::try_from(n * EACH)?, || clients.borrow_mut().ask(requests, 201))
}
