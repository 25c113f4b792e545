//! Opening the file and the first swipe.

use tillbook::{CardSerial, Store};

use crate::file::Files;
use crate::table::{Row, median, ms};
use crate::{Result, people};

const ROUNDS: u64 = 9;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let first_swipe = |round: u64| {
        let serial = CardSerial::new(&people::serial(people::dice(round) % files.n_customers))?;
        let mut store = None;
        let figure = ms(|| {
            let opened = store.insert(Store::open(files.store())?);
            Ok(std::hint::black_box(opened.find_card(&serial)?.ok_or("no such card")?))
        })?;
        Ok(figure)
    };
    let rounds = (0..ROUNDS).map(first_swipe).collect::<Result<Vec<_>>>()?;
    Ok(vec![Row::alone("opening the file and the first card look-up", median(rounds), "<= 20 ms")])
}
