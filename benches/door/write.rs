//! Writing: customers and movements of credit, one connection and sixteen, against one bare loop that
//! commits a row at a time.

use rusqlite::params;

use crate::client::Clients;
use crate::file::{Files, bare, remove};
use crate::process::Process;
use crate::table::{Row, in_turns, rate};
use crate::{Result, people};

const CONNECTIONS: usize = 16;
/// Requests of one connection in one round.
const EACH: usize = 200;
const ROUNDS: usize = 7;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let file = files.copy("written.db")?;
    let ids = ids(&file)?;
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
    let path = files.path("bare-commit.db");
    remove(&path)?;
    let conn = bare(&path)?;
    conn.execute_batch(
        "create table credit (id integer primary key, customer text, amount integer)",
    )?;
    let mut commit = || {
        rate(u32::try_from(EACH)?, || {
            for i in 0..EACH {
                conn.prepare_cached("insert into credit (customer, amount) values (?1, 450)")?
                    .execute(params![ids[i % ids.len()]])?;
            }
            Ok(())
        })
    };
    let of_one = u32::try_from(EACH)?;
    let of_many = u32::try_from(EACH * CONNECTIONS)?;
    let one = std::cell::RefCell::new(&mut one);
    let many = std::cell::RefCell::new(&mut many);
    let [bare, record, record_many, create, create_many] = in_turns(
        ROUNDS,
        [
            &mut commit,
            &mut || rate(of_one, || one.borrow_mut().ask(EACH, 201, &deposit)),
            &mut || rate(of_many, || many.borrow_mut().ask(EACH, 201, &deposit)),
            &mut || rate(of_one, || one.borrow_mut().ask(EACH, 201, &create)),
            &mut || rate(of_many, || many.borrow_mut().ask(EACH, 201, &create)),
        ],
    )?;
    Ok(vec![
        Row::rate("record, 1 client; a bare loop of one-row commits", record, bare, ""),
        Row::rate("record, 16 clients; the same loop", record_many, bare, ">= 3"),
        Row::rate("create, 1 client; the same loop", create, bare, ""),
        Row::rate("create, 16 clients; the same loop", create_many, bare, ""),
    ])
}

fn ids(file: &std::path::Path) -> Result<Vec<String>> {
    let conn = bare(file)?;
    let mut statement = conn.prepare("select id from customer order by key limit 10000")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}
