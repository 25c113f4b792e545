//! Drill: the simulator notices when a rule of sync is missing (T4). What it does not notice it proves
//! nothing about.

use std::io::Write;
use std::sync::Mutex;

use tillbook::drill::{Rule, set_without};

use super::{THREADS, run};

/// A rule, the faults under which it matters, and seeds that show it.
struct Drill {
    rule: Rule,
    name: &'static str,
    faults: &'static str,
    seeds: &'static [u64],
}

const fn drill(
    rule: Rule,
    name: &'static str,
    faults: &'static str,
    seeds: &'static [u64],
) -> Drill {
    Drill { rule, name, faults, seeds }
}

const DRILLS: &[Drill] = &[
    drill(Rule::Gap, "gap", "wire", &[22, 43, 67]),
    drill(Rule::Once, "once", "wire,crash", &[0, 1, 4]),
    drill(Rule::Clamp, "clamp", "clock", &[2, 3, 4]),
    drill(Rule::Whole, "whole", "wire,crash", &[1, 6, 7]),
    drill(Rule::Overlay, "overlay", "none", &[1, 2, 3]),
    drill(Rule::StaleParent, "stale-parent", "shops!,month!,back!", &[312, 572, 643]),
    drill(Rule::KeepUntilRoot, "until-root", "shops!,crash!,lose!,cut!,month!", &[490, 591, 704]),
    drill(Rule::KeepThirtyDays, "thirty-days", "crash,root", &[57, 61, 233]),
    drill(Rule::FeedOrder, "feed-order", "none", &[0, 1, 2]),
    drill(Rule::Version, "version", "none", &[0, 1, 2]),
];

/// How a seed ends without a rule.
fn run_without(rule: Rule, seed: u64, faults: &str) -> Option<String> {
    set_without(Some(rule));
    let violation = run(seed, faults).violation;
    set_without(None);
    violation
}

#[test]
fn no_rule_can_be_taken_away_unnoticed() {
    let (drills, wrong) = (Mutex::new(DRILLS.iter()), Mutex::new(Vec::new()));
    let next = || drills.lock().unwrap().next();
    let work = || {
        while let Some(Drill { rule, name, faults, seeds }) = next() {
            for seed in *seeds {
                let (with, without) =
                    (run(*seed, faults).violation, run_without(*rule, *seed, faults));
                if with.is_some() || without.is_none() {
                    let said =
                        format!("{name}, seed {seed}: {with:?} with it, {without:?} without");
                    wrong.lock().unwrap().push(said);
                }
            }
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Looks for seeds that show a missing rule.
#[test]
fn looks_for_seeds_that_show_a_missing_rule() {
    let Ok(asked) = std::env::var("TILLBOOK_WITHOUT") else { return };
    let n_seeds = super::asked("TILLBOOK_SEEDS").unwrap_or(5_000);
    for Drill { rule, name, faults, .. } in DRILLS.iter().filter(|drill| asked == drill.name) {
        let faults = std::env::var("TILLBOOK_FAULTS").unwrap_or_else(|_| (*faults).to_owned());
        let found =
            (0..n_seeds).filter_map(|seed| Some((seed, run_without(*rule, seed, &faults)?)));
        let found = found.filter(|(seed, _)| run(*seed, &faults).violation.is_none());
        for (seed, violation) in found.take(5) {
            let violation: String = violation.chars().take(160).collect();
            writeln!(std::io::stderr(), "{name}, seed {seed}: {violation}").unwrap();
        }
    }
}
