//! Sending operations up.

use std::cell::RefCell;

use crate::Result;
use crate::file::Files;
use crate::nodes::{Nodes, Plain, deposit, ids};
use crate::table::{Row, in_turns, rate};

const OPERATIONS: u32 = 10_000;
const ROUNDS: usize = 3;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let nodes = Nodes::make(files, "push")?;
    let plain = Plain::make(files)?;
    let ids = ids(&files.store())?;
    let bodies = RefCell::new(Vec::new());
    let [ours, bare] = in_turns(
        ROUNDS,
        [
            &mut || {
                nodes.pull()?;
                deposit(&nodes.child, &ids, OPERATIONS as usize)?;
                rate(OPERATIONS, || {
                    *bodies.borrow_mut() = nodes.push()?;
                    Ok(())
                })
            },
            &mut || rate(OPERATIONS, || plain.take(&bodies.borrow(), "hash")),
        ],
    )?;
    let bodies = bodies.into_inner();
    let n_plain: usize = bodies.iter().map(Vec::len).sum();
    let mut n_packed = 0;
    for body in &bodies {
        n_packed += zstd::bulk::compress(body, 3)?.len();
    }
    let each = |bytes: usize| bytes as f64 / f64::from(OPERATIONS);
    Ok(vec![
        Row::rate("operation pushed, received and answered", ours, bare, ""),
        Row::bytes("an operation on the wire", each(n_plain), ""),
        Row::bytes("an operation on the wire, packed", each(n_packed), ""),
    ])
}
