//! What a parent and a child pay for a sale, beside a file that is neither.

use tillbook::{CreditTransaction, CustomerId, Money, Store};

use crate::Result;
use crate::file::Files;
use crate::nodes::{Nodes, ids};
use crate::table::{Row, in_turns, rate};

const SALES: u32 = 2_000;
const ROUNDS: usize = 5;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let nodes = Nodes::make(files, "record")?;
    let lone = Store::open(files.copy("record-lone.db")?)?;
    let ids = ids(&files.store())?;
    let [child, parent, lone] = in_turns(
        ROUNDS,
        [
            &mut || rate(SALES, || sell(&nodes.child, &ids)),
            &mut || rate(SALES, || sell(&nodes.parent, &ids)),
            &mut || rate(SALES, || sell(&lone, &ids)),
        ],
    )?;
    Ok(vec![
        Row::rate("durable transaction at a till with a parent; alone", child, lone, ""),
        Row::rate("durable transaction at a parent; alone", parent, lone, ""),
    ])
}

fn sell(store: &Store, ids: &[CustomerId]) -> Result<()> {
    for n in 0..SALES as usize {
        let id = &ids[(n * 7919) % ids.len()];
        store.record(&CreditTransaction::deposit(store.stamp(), id, Money::from_minor(450)))?;
    }
    Ok(())
}
