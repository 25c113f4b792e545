//! Fetching what has changed.

use tillbook::CustomerId;

use crate::Result;
use crate::file::Files;
use crate::nodes::{Nodes, Plain, deposit, ids};
use crate::table::{Row, in_turns, ms, rate};

/// Deposits of so many customers change two units each: the transaction, and the customer's times.
const CHANGED: u32 = 10_000;
const ROUNDS: usize = 3;
/// So many transactions has the one customer of all who give no name.
const LONG_LEDGER: usize = 50_000;

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
    let [again] = in_turns(
        ROUNDS,
        [&mut || {
            nodes.child.forget_stage()?;
            let checkpoint = nodes.stage()?;
            ms(|| Ok(nodes.child.publish(&checkpoint)?))
        }],
    )?;
    deposit(&nodes.parent, &ids[..1], LONG_LEDGER)?;
    nodes.pull()?;
    let pull_one = |id: &CustomerId| {
        deposit(&nodes.parent, std::slice::from_ref(id), 1)?;
        ms(|| nodes.pull())
    };
    let [long, short] = in_turns(20, [&mut || pull_one(&ids[0]), &mut || pull_one(&ids[1])])?;
    Ok(vec![
        Row::rate("changed unit pulled, staged, proved and shown", ours, bare, ">= 0.5"),
        Row::alone("a sync that finds nothing new, without the network", idle, ""),
        Row::alone("everything read anew and nothing of it new: how long a sale waits", again, ""),
        Row::ms("one sale pulled: customer with 50,000 transactions; with a few", long, short, ""),
    ])
}
