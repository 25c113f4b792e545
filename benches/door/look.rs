//! Looking: a card, a page, a search, each over sixteen connections or one.

use crate::client::{Client, Clients, shares};
use crate::file::Files;
use crate::process::Process;
use crate::table::{Row, in_turns, median, ms};
use crate::{Result, bare, people};

const CONNECTIONS: usize = 16;
/// Requests of one connection in one round.
const EACH: usize = 2_000;
const ROUNDS: usize = 7;

const NEEDLES: [&str; 4] = ["a", "ov", "nov", "novakova"];

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let flat = files.path("flat-cards.db");
    bare::make(files, &flat)?;
    let limit = Process::bare(&flat)?;
    let file = files.copy("looked.db")?;
    let ours = Process::tillbook(&file, Process::key(&file)?)?;
    let mut rows = cards(files, &ours, &limit)?;
    rows.extend(lists(&ours)?);
    rows.push(Row::mib("memory after all this", ours.memory_mib()?, ""));
    Ok(rows)
}

fn cards(files: &Files, ours: &Process, limit: &Process) -> Result<Vec<Row>> {
    let card = |process: &Process, i: usize| {
        let who = people::dice(i as u64) % files.n_customers;
        process.get(&format!("/cards/{}", people::serial(who)))
    };
    let mut at_ours = Clients::connect(ours.address, CONNECTIONS)?;
    let mut at_limit = Clients::connect(limit.address, CONNECTIONS)?;
    let mut at_empty = Clients::connect(limit.address, CONNECTIONS)?;
    let rate = |clients: &mut Clients, request: &dyn Fn(usize) -> String| {
        let n = u32::try_from(CONNECTIONS * EACH)?;
        let requests = shares(CONNECTIONS, EACH, request);
        crate::table::rate(n, || clients.ask(requests, 200))
    };
    let [ours_rate, limit_rate, empty_rate] = in_turns(
        ROUNDS,
        [
            &mut || rate(&mut at_ours, &|i| card(ours, i)),
            &mut || rate(&mut at_limit, &|i| card(limit, i)),
            &mut || rate(&mut at_empty, &|_| limit.get("/empty")),
        ],
    )?;
    Ok(vec![
        Row::rate(
            "card look-up, 16 connections; a bare axum route",
            ours_rate,
            limit_rate,
            ">= 0.7",
        ),
        Row::rate("the same beside an empty axum route", ours_rate, empty_rate, ""),
    ])
}

fn lists(ours: &Process) -> Result<Vec<Row>> {
    let mut client = Client::connect(ours.address)?;
    let mut time = |path: &str| -> Result<f64> {
        let request = ours.get(path);
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push(ms(|| match client.ask(&request)?.status {
                200 => Ok(()),
                status => Err(format!("{path}: {status}").into()),
            })?);
        }
        Ok(median(times))
    };
    let page = "DiscountRate=5&IsActive=true&$sort=LastName&$skip=1000&$take=50";
    let mut rows = vec![
        Row::alone(
            "page of 50, skip 1,000, filtered, sorted",
            time(&format!("/customers?{page}&$total=false"))?,
            "",
        ),
        Row::alone("the page with its total", time(&format!("/customers?{page}"))?, ""),
    ];
    for needle in NEEDLES {
        let path = format!("/customers?Search={needle}&$sort=LastName&$take=50");
        rows.push(Row::alone(&format!("search: {needle:?}"), time(&path)?, "<= 12 ms"));
    }
    Ok(rows)
}
