//! From the start of the program to its first answer, and what it holds when nobody asks.

use std::time::{Duration, Instant};

use crate::Result;
use crate::client::Client;
use crate::file::Files;
use crate::process::Process;
use crate::table::{Row, median};

const ROUNDS: usize = 9;
/// How long the program is left alone before its memory is read.
const IDLE: Duration = Duration::from_millis(500);

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let file = files.copy("started.db")?;
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    let key = Process::key(&file)?;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let process = Process::tillbook(&file, key.clone())?;
        let reply = Client::connect(process.address)?.ask(&process.get("/health"))?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        if reply.status != 200 {
            return Err(format!("health: {}", reply.status).into());
        }
        std::thread::sleep(IDLE);
        memory.push(process.memory_mib()?);
    }
    Ok(vec![
        Row::alone("start of the program to its first answer", median(times), "<= 20 ms"),
        Row::mib("memory when idle", median(memory), "<= 12 MiB"),
    ])
}
