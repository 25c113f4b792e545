//! Sim: a tree of nodes that talk over wires that lose, delay, repeat and reorder, while people work
//! at every one of them; seeded, so that what happened once happens again (T1, T3).
//!
//! Real files are driven through the values of [`tillbook::sync`], and no network. Somebody who sees
//! everything keeps a [`book`] of all that was acknowledged; the [`oracle`] compares after every
//! step, and once more when everything is healed and has gone quiet.
//!
//! - `TILLBOOK_SEEDS=20000` runs that many seeds instead of the usual ones;
//! - `TILLBOOK_SEED=17` runs this one and prints all its steps;
//! - `TILLBOOK_FAULTS=wire,crash` allows these faults instead of the usual ones (see
//!   [`world::Faults`]), `all` every one, `none` none.

mod book;
mod client;
mod fault;
mod node;
mod oracle;
mod quiet;
mod step;
mod wire;
mod world;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use self::world::{Ending, World};

/// Seeds of an ordinary run.
const SEEDS: u64 = 200;
/// Threads that run them.
const THREADS: usize = 2;
/// One seed in so many is run twice, to see that it does the same.
const TWICE: u64 = 100;
/// The last steps that a failing seed prints.
const STEPS_SHOWN: usize = 60;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_happens_every_node_ends_up_with_everything() {
    if let Some(seed) = asked("TILLBOOK_SEED") {
        let ending = run(seed);
        writeln!(std::io::stderr(), "{}", ending.lines.join("\n")).unwrap();
        return judge(seed, &ending);
    }
    let n_seeds = asked("TILLBOOK_SEEDS").unwrap_or(SEEDS);
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        let seeds = std::iter::repeat_with(|| next.fetch_add(1, Ordering::SeqCst));
        for seed in seeds.take_while(|seed| *seed < n_seeds) {
            let judged = catch_unwind(AssertUnwindSafe(|| judge(seed, &run(seed))));
            let said = judged.err().map(|panic| panic.downcast_ref::<String>().cloned());
            failed.lock().unwrap().extend(said.map(Option::unwrap_or_default));
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {n_seeds} seeds fail\n{}", failed.len(), failed.join("\n"));
}

/// Runs one seed to its end; a panic of the library is an end like any other.
fn run(seed: u64) -> Ending {
    let mut world = World::new(seed);
    let lived = catch_unwind(AssertUnwindSafe(|| world.live()));
    let violation = match lived {
        Ok(lived) => lived.err(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some(format!("a panic: {}", text.unwrap_or_default()))
        }
    };
    world.end(violation)
}

/// Panics with the seed when it ended badly, or when it does not do the same again.
fn judge(seed: u64, ending: &Ending) {
    if ending.violation.is_some() || seed.is_multiple_of(TWICE) {
        let again = run(seed);
        assert_eq!(again.hash, ending.hash, "seed {seed} does not do the same twice");
    }
    if let Some(violation) = &ending.violation {
        let first = ending.lines.len().saturating_sub(STEPS_SHOWN);
        let last = ending.lines[first..].join("\n");
        panic!("seed {seed}: {violation}\nTILLBOOK_SEED={seed} shows all of it\n{last}");
    }
}
