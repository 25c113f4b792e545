//! A chain of shops over a network that loses, stalls, cuts and forgets: whoever sells goes on
//! selling, and when the network is well again everybody has everything, once.
//!
//! The usual run takes half a minute over lines that are bad but quick. `TILLBOOK_LOSSY_SECONDS=240`
//! sells for so long over lines of 300 ms and 1 Mbit/s; `--nocapture` shows what came of it.

mod faults;
mod proxy;
mod shops;

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use serde_json::Value;
use tillbook::clock::monotonic;

use self::faults::Figures;
use self::shops::{Shops, Sold, sell};
use super::Result;

/// No process may have grown by more.
const GROWTH_KIB_MAX: u64 = 80 << 10;
/// Between two looks at all nodes.
const LOOK: Duration = Duration::from_millis(500);

/// How long everything takes, and how bad the lines are.
struct Plan {
    selling: Duration,
    /// Between two sales at one node.
    pause: Duration,
    /// Within this time after the healing all are equal: a request that waits for nobody, the wait
    /// that a node has drawn before, and the time between two questions at two nodes.
    patience: Duration,
    /// Whether the time is long enough for every node to hear of the others while the lines are bad.
    hears: bool,
    figures: Figures,
}

impl Plan {
    fn short() -> Self {
        let ms = Duration::from_millis;
        let figures = Figures {
            latency: ms(15),
            bytes_per_second: 1_000_000,
            resets: 60,
            stalls: 100,
            half_opens: 15,
            stall: ms(300),
            fair: ms(2_500),
            away: ms(800),
            half_open: ms(1_500),
        };
        Self { selling: ms(10_000), pause: ms(120), patience: ms(90_000), hears: false, figures }
    }

    fn long(seconds: u64) -> Self {
        let ms = Duration::from_millis;
        let figures = Figures {
            latency: ms(150),
            bytes_per_second: 125_000,
            resets: 25,
            stalls: 100,
            half_opens: 3,
            stall: ms(2_000),
            fair: ms(20_000),
            away: ms(5_000),
            half_open: ms(3_600_000),
        };
        let (selling, patience) = (Duration::from_secs(seconds), Duration::from_secs(400));
        Self { selling, pause: ms(100), patience, hears: seconds >= 120, figures }
    }

    /// As the environment says.
    fn asked() -> Result<Self> {
        Ok(match std::env::var("TILLBOOK_LOSSY_SECONDS") {
            Ok(seconds) => Self::long(seconds.parse()?),
            Err(_) => Self::short(),
        })
    }
}

/// Waits until every node is proved to show what the root shows, and has nothing to say; tells how long
/// it took.
fn until_equal(shops: &Shops, patience: Duration) -> Result<Duration> {
    let began = monotonic();
    loop {
        let all: Vec<Value> =
            shops.nodes.iter().map(|node| node.status()).collect::<Result<_>>()?;
        let first = &all[0]["digest"];
        let is_done = |one: &Value| {
            one["digest"] == *first
                && one["pending"] == 0
                && one["unrooted"] == 0
                && one["trouble"].is_null()
                && one["refused"].as_array().is_none_or(Vec::is_empty)
        };
        if first.is_string() && all.iter().all(is_done) {
            return Ok(began.elapsed());
        }
        if began.elapsed() > patience {
            return Err(format!("not equal after {patience:?}: {all:#?}").into());
        }
        sleep(LOOK);
    }
}

/// Everybody sells for so long; what was acknowledged at each node.
fn sell_for(shops: &Shops, selling: Duration, pause: Duration) -> Result<Vec<Vec<Sold>>> {
    let is_over = AtomicBool::new(false);
    scope(|scope| {
        let is_over = &is_over;
        let sellers: Vec<_> = (0..shops.nodes.len())
            .map(|n| {
                scope.spawn(move || sell(shops, n, pause, is_over).map_err(|why| why.to_string()))
            })
            .collect();
        sleep(selling);
        is_over.store(true, Ordering::SeqCst);
        let sold = |seller: std::thread::ScopedJoinHandle<'_, _>| {
            Ok(seller.join().map_err(|_| "a seller panicked")??)
        };
        sellers.into_iter().map(sold).collect()
    })
}

#[test]
fn a_bad_network_loses_nothing_and_counts_nothing_twice() -> Result<()> {
    let Plan { selling, pause, patience, hears, figures } = Plan::asked()?;
    let shops = Shops::open(figures)?;
    until_equal(&shops, patience)?;
    let (before, beginning) = (shops.resident_kib()?, shops.nodes[0].status()?["digest"].clone());

    shops.lines.iter().for_each(|line| line.spoil());
    let sold = sell_for(&shops, selling, pause)?;
    let told: Vec<Value> = shops.nodes.iter().map(|node| node.status()).collect::<Result<_>>()?;
    let pending: Vec<&Value> = told.iter().map(|one| &one["pending"]).collect();
    let n_deaf = told.iter().filter(|one| one["digest"] == beginning).count();
    shops.lines.iter().for_each(|line| line.heal());
    let took = until_equal(&shops, patience)?;
    let after = shops.resident_kib()?;

    let n_sold: Vec<usize> = sold.iter().map(Vec::len).collect();
    let faults = shops.faults();
    let report = format!(
        "acknowledged {n_sold:?}, not yet confirmed at the healing {pending:?}, \
         {n_deaf} nodes had heard nothing\n{faults:?}\n\
         equal {took:?} after the healing\nresident KiB before {before:?}, after {after:?}\n"
    );
    std::io::stderr().write_all(report.as_bytes())?;
    for (before, after) in before.iter().zip(&after) {
        assert!(after.saturating_sub(*before) < GROWTH_KIB_MAX, "{report}");
    }
    for name in ["resets", "stalls", "half open", "flaps", "cut", "turned away"] {
        assert!(faults.get(name).is_some_and(|n| *n > 0), "no {name}: {report}");
    }
    assert!(n_sold.iter().all(|n| *n > 20), "{report}");
    assert!(!hears || n_deaf == 0, "{report}");
    shops.end(&sold.concat())
}
