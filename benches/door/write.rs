//! Writing: customers and movements of credit, one connection and sixteen, against one bare loop that
//! commits the rows of one movement at a time.

use crate::client::Clients;
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
    let mut one = Clients::connect(ours.address, 1)?;
    let mut many = Clients::connect(ours.address, CONNECTIONS)?;
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
    let of_many = u32::try_from(EACH * CONNECTIONS)?;
    let one = std::cell::RefCell::new(&mut one);
    let many = std::cell::RefCell::new(&mut many);
    let [alone, record, record_many, create, create_many] = in_turns(
        ROUNDS,
        [
            &mut || bare.commit(&ids, of_one, 1),
            &mut || rate(of_one, || one.borrow_mut().ask(EACH, 201, &deposit)),
            &mut || rate(of_many, || many.borrow_mut().ask(EACH, 201, &deposit)),
            &mut || rate(of_one, || one.borrow_mut().ask(EACH, 201, &create)),
            &mut || rate(of_many, || many.borrow_mut().ask(EACH, 201, &create)),
        ],
    )?;
    Ok(vec![
        Row::rate("record, 1 client; a bare loop that commits its rows", record, alone, ""),
        Row::rate("record, 16 clients; the same loop", record_many, alone, ">= 3"),
        Row::rate("create, 1 client; the same loop", create, alone, ""),
        Row::rate("create, 16 clients; the same loop", create_many, alone, ""),
    ])
}
