//! Sim: a tree of nodes that talk over wires that lose, delay, repeat and reorder, while people work
//! at every one of them; seeded, so that what happened once happens again (T1, T3).
//!
//! Real files are driven through the values of [`tillbook::sync`], and no network. Somebody who sees
//! everything keeps a [`book`] of all that was acknowledged; the [`oracle`] compares after every
//! step, and once more when everything is healed and has gone quiet.
//!
//! - `TILLBOOK_SEEDS=20000` runs that many seeds instead of the usual ones, from
//!   `TILLBOOK_FIRST_SEED` on, and prints a seed that fails as soon as it has;
//! - `TILLBOOK_SEED=17` runs this one and prints all its steps;
//! - `TILLBOOK_FAULTS=wire,crash` allows these faults only (see [`world::Faults`]), `none` none;
//! - `TILLBOOK_WITHOUT=gap` says how many seeds it takes to notice that a rule is missing (see
//!   [`drill`]).

mod book;
mod client;
mod debt;
#[cfg(debug_assertions)]
mod drill;
mod fault;
mod node;
mod oracle;
mod place;
mod quiet;
mod step;
mod wire;
mod world;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use self::world::{Ending, World};

/// Seeds of an ordinary run.
const SEEDS: u64 = 200;
/// Seeds beyond those that something was found with once, and the faults that were allowed then:
///
/// - 244, 334, 393: a chain that follows a forked one; 271, 595: a shop joins a tree with its children;
/// - 340: two copies of one file under two parents; 441: an epoch from a clock that was ahead;
/// - 843, 858: a fork that the parent has more of; 923: the root goes back in the middle of a run;
/// - 72, 160: a shop that goes back after a hello; 16: a till whose earlier chains are deleted moves;
/// - 40: the root has lost a chain that a shop has deleted the front of; 60: a shop speaks of a till that
///   has moved; 1120: words come down after an erase;
/// - 1087: a shop hears that the root went back, and has not asked about what it has deleted;
/// - 2308, 4842: a chain that its new parent has never heard of;
/// - 2149, 2184, 2461, 4366, 4425: the front of a chain, or all that it goes on from, is deleted here and
///   lost to the root; 1928, 2589: a shop does not notice that; 2671, 10449: it brings what is left;
/// - 2864, 6238: a shop has a branch that its parent knows another one of;
/// - 3221: a parent that has lost what it refuses to take; 7276: an epoch that only a till has heard of;
/// - 11827, 12747: a run of several pages through a feed that has forgotten;
/// - 2975, 3485: a card is given up and edited later; 13040: a claim of somebody who is erased here;
/// - 8825: the root goes back unnoticed, as nobody names what it lost; 8747: only a copy of a till has what
///   the till has deleted and the root has lost;
/// - 2187: a clash of somebody who is erased here, which the parent settles before it hears of that;
/// - 1567: a shop speaks of a till that has moved away; 8482: words that were staged and never shown;
/// - 26804: a row changes on the disk while another one is read anew; 21083: a shop burns down before it is
///   part of the tree, and a copy of a till has operations of the other one from its state alone;
/// - 20529: a copy of a till goes on from what only a shop that is gone had told it; 22612: a fork that is
///   written while the parent answers;
/// - 28810: a shop goes back to before it had a parent, and its till has heard of the root from it;
/// - 34765: the dice show a name for a chain that a copy with the same dice has used; 35247: a till goes back
///   to before it wrote anything in this opening, moves, and writes no more;
/// - 46337, 48823, 50283, 58939: the root goes back in the middle of a session;
/// - 300205, 200054, 200115: a shop renames what a till brings again and again; 300223: it brings what its
///   author has brought;
/// - 49375: who writes has not heard that the root went back; 53001, 57401: what no file holds any more is
///   written once more; 40158: a shop hears last of all that the root has lost what a till has;
/// - 51753: a copy of a till comes to the root itself and knows nothing of what that has lost of the other;
/// - 66863: a till goes back in the middle of an opening, names what is left, and writes no more; 67287: one of
///   two copies asks about a chain, and the other one comes before the answer; 76161, 75886: a till of a tree
///   that has joined comes to a shop beside; 61722: three shops speak of copies that come to the root;
/// - 88102, 93309: a copy brings what its shop has deleted, and goes on from that; 141273: a shop has
///   what a till wrote from one that is gone, and has never heard of the till.
const KNOWN: &[(&str, &[u64])] = &[
    (FIRST, &[244, 334, 393, 271, 595, 340, 441, 780, 843, 858, 923, 1127]),
    (FIRST, &[2308, 4842, 2149, 2184, 2461, 4366, 4425, 1928, 2589, 2671, 10_449, 2864, 6238]),
    (FIRST, &[3221, 7276, 11_827, 12_747, 2975, 3485, 13_040]),
    ("shops!,back!,month!", &[72, 160]),
    ("rot!,deeds!,all", &[16, 40]),
    (
        "all",
        &[
            60, 1120, 1087, 8825, 8747, 2187, 1567, 8482, 26_804, 21_083, 20_529, 22_612, 28_810,
            34_765, 35_247, 46_337, 48_823, 50_283, 58_939, 49_375, 53_001, 57_401, 40_158, 51_753,
            66_863, 67_287, 76_161, 75_886, 61_722, 88_102, 93_309, 141_273,
        ],
    ),
    ("fork!,restore!,rehome!,all", &[300_205, 300_223]),
    ("fork!,restore!,rehome!,shops!,all", &[200_054, 200_115]),
];
/// Every fault but those that came later.
const FIRST: &str =
    "wire,cut,damage,crash,clock,month,shops,lose,restore,fork,clone,rehome,root,deeds";
/// Seeds from here on have locations; so many of them are run.
const PLACES_FROM: u64 = 100_000;
const PLACES: u64 = 60;
/// Threads that run them.
const THREADS: usize = 2;
/// One seed in so many is run twice, to see that it does the same.
const TWICE: u64 = 100;
/// A long hunt tells how far it is each time so many have begun.
const TOLD_EVERY: u64 = 1_000;
/// The last steps that a failing seed prints.
const STEPS_SHOWN: usize = 60;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// The faults of an ordinary run.
fn usual() -> String {
    std::env::var("TILLBOOK_FAULTS").unwrap_or_else(|_| "all".to_owned())
}

#[test]
fn whatever_happens_every_node_ends_up_with_everything() {
    let faults = usual();
    if let Some(seed) = asked("TILLBOOK_SEED") {
        let ending = run(seed, &faults);
        writeln!(std::io::stderr(), "{}", ending.lines.join("\n")).unwrap();
        return judge(seed, &faults, &ending);
    }
    let usual = |seeds: std::ops::Range<u64>| seeds.map(|seed| (seed, faults.as_str()));
    let known = KNOWN.iter().flat_map(|(faults, seeds)| seeds.iter().map(|seed| (*seed, *faults)));
    match asked("TILLBOOK_SEEDS") {
        Some(n_seeds) => {
            let first = asked("TILLBOOK_FIRST_SEED").unwrap_or(0);
            all_end_well(usual(first..first + n_seeds));
        }
        None => {
            let places = usual(PLACES_FROM..PLACES_FROM + PLACES);
            all_end_well(usual(0..SEEDS).chain(known).chain(places));
        }
    }
}

/// Runs the seeds in a few threads and panics with what is wrong with them.
fn all_end_well<'a>(seeds: impl Iterator<Item = (u64, &'a str)> + Send) {
    let (seeds, failed) = (Mutex::new((1..).zip(seeds)), Mutex::new(Vec::new()));
    let next = || seeds.lock().unwrap().next();
    // Past whatever keeps the output of a test until its end.
    let tell = |line: &str| std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
    let work = || {
        while let Some((n, (seed, faults))) = next() {
            if u64::is_multiple_of(n, TOLD_EVERY) {
                tell(&format!("{n} seeds"));
            }
            let judged = catch_unwind(AssertUnwindSafe(|| judge(seed, faults, &run(seed, faults))));
            let Err(panic) = judged else { continue };
            let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            tell(said.lines().next().unwrap_or_default());
            failed.lock().unwrap().push(said);
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} seeds fail\n{}", failed.len(), failed.join("\n"));
}

/// Runs one seed to its end; a panic of the library is an end like any other.
fn run(seed: u64, faults: &str) -> Ending {
    let mut world = World::new(seed, faults);
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
fn judge(seed: u64, faults: &str, ending: &Ending) {
    if ending.violation.is_some() || seed.is_multiple_of(TWICE) {
        let again = run(seed, faults);
        assert_eq!(again.hash, ending.hash, "seed {seed} does not do the same twice");
    }
    if let Some(violation) = &ending.violation {
        let first = ending.lines.len().saturating_sub(STEPS_SHOWN);
        let last = ending.lines[first..].join("\n");
        panic!(
            "seed {seed}: {violation}\nTILLBOOK_SEED={seed} TILLBOOK_FAULTS={faults} shows all of it\n{last}"
        );
    }
}
