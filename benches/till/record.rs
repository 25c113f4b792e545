//! Recording credit on disk, against a loop that commits the same rows.

use std::thread;

use tillbook::{CreditTransaction, CustomerId, Money, Store};

use crate::Result;
use crate::file::Files;
use crate::ledger::{Bare, pick};
use crate::table::{Row, in_turns, rate};

const CALLERS: u32 = 16;
/// Transactions of one caller in one round.
const EACH: u32 = 1_000;
const ROUNDS: usize = 7;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let store = Store::open(files.copy("recorded.db")?)?;
    let mut bare = Bare::open(&files.copy("bare.db")?)?;
    let ids = bare.ids()?;
    let mut seed = 0;
    let mut ours = |n_callers: u32| {
        seed += u64::from(CALLERS * EACH);
        rate(n_callers * EACH, || {
            thread::scope(|scope| {
                let begin = |caller| {
                    let (store, ids) = (&store, &ids);
                    let first = seed + u64::from(caller * EACH);
                    scope.spawn(move || record(store, ids, first).map_err(|e| e.to_string()))
                };
                let callers: Vec<_> = (0..n_callers).map(begin).collect();
                for caller in callers {
                    caller.join().map_err(|_| "a caller panicked")??;
                }
                Ok(())
            })
        })
    };
    let ours = std::cell::RefCell::new(&mut ours);
    let bare = std::cell::RefCell::new(&mut bare);
    let [one, bare_one, many, bare_many] = in_turns(
        ROUNDS,
        [
            &mut || ours.borrow_mut()(1),
            &mut || bare.borrow_mut().commit(&ids, EACH, 1),
            &mut || ours.borrow_mut()(CALLERS),
            &mut || bare.borrow_mut().commit(&ids, EACH, CALLERS),
        ],
    )?;
    Ok(vec![
        Row::rate("durable transaction, 1 caller; a set of rows a commit", one, bare_one, ">= 0.8"),
        Row::rate("durable transaction, 16 callers; 16 sets a commit", many, bare_many, ">= 0.8"),
        Row::rate("durable transaction, 16 callers beside 1", many, one, ">= 3"),
    ])
}

fn record(store: &Store, ids: &[CustomerId], first: u64) -> Result<()> {
    for i in first..first + u64::from(EACH) {
        let (_, id) = pick(ids, i)?;
        let t = CreditTransaction::deposit(store.stamp(), id, Money::from_minor(450));
        store.record(&t)?;
    }
    Ok(())
}
