//! Fetching what has changed.

use crate::Result;
use crate::file::Files;
use crate::nodes::{Nodes, Plain, deposit, ids};
use crate::table::{Row, in_turns, ms, rate};

/// Deposits of so many customers change two units each: the transaction, and the customer's times.
const CHANGED: u32 = 10_000;
const ROUNDS: usize = 3;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let nodes = Nodes::make(files, "pull")?;
    let plain = Plain::make(files)?;
    let ids = ids(&files.store())?;
    let pages = std::cell::RefCell::new(Vec::new());
    let [ours, bare] = in_turns(
        ROUNDS,
        [
            &mut || {
                deposit(&nodes.parent, &ids, (CHANGED / 2) as usize)?;
                rate(CHANGED, || {
                    *pages.borrow_mut() = nodes.pull()?;
                    Ok(())
                })
            },
            &mut || rate(CHANGED, || plain.take(&pages.borrow(), "id")),
        ],
    )?;
    let [idle] = in_turns(20, [&mut || ms(|| nodes.pull())])?;
    Ok(vec![
        Row::rate("changed unit pulled, staged, proved and shown", ours, bare, ">= 0.5"),
        Row::alone("a sync that finds nothing new, without the network", idle, ""),
    ])
}
