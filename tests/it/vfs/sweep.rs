//! The first, the second, ... every call fails, once, twice or from then on, until a day passes without
//! (T9).

use std::io::Write;
use std::path::Path;

use tillbook::{CreditTransaction, Error, Money, Result, SeededRandom, Store, TransactionId};

use super::disk::{Call, Disk, Fault};
use crate::shop::{NOON_MS, card, customer, id, options};

/// Days per kind of fault when `TILLBOOK_SWEEP=all` does not ask for every call.
const DAYS: u64 = 25;

/// What a till was told of each write of its day, by name; `None` is told when it is unknown.
type Told = Vec<(&'static str, Option<bool>)>;

/// A day: opens the file, writes, checks, closes, opens again.
fn work(path: &Path, told: &mut Told) -> Result<()> {
    for round in 0..2 {
        let store = Store::open_with(path, options(round + 1).0)?;
        let mut note = |name, answer: Result<()>| {
            let answer = match answer {
                Ok(()) => Some(true),
                // Read anew and found wanting, or never begun.
                Err(Error::CommitUnknown(_) | Error::FileReplaced(_)) => None,
                Err(_) => Some(false),
            };
            told.push((name, answer));
        };
        let write = |name: &'static str| {
            store.write(|tx| {
                tx.create_customer(&customer(name))?;
                tx.set_card(&id(name), &card(name))?;
                let mut deposit = CreditTransaction::deposit(store.stamp(), &id(name), minor(1000));
                deposit.id = TransactionId::new(name).unwrap();
                tx.record(&deposit).map(drop)
            })
        };
        match round {
            0 => {
                note("ada", write("ada"));
                note("bob", write("bob"));
                note("without ada", store.erase_customer(&id("ada")));
                note("cyd", write("cyd"));
            }
            _ => {
                note("dan", write("dan"));
                let mut spend = CreditTransaction::spend(store.stamp(), &id("bob"), minor(300));
                spend.id = TransactionId::new("spent").unwrap();
                note("spent", store.record(&spend).map(drop));
                store.check(|_| ())?;
            }
        }
    }
    Ok(())
}

fn minor(minor: i64) -> Money {
    Money::from_minor(minor)
}

/// Opened on a sound disk, the file holds what the till was told, and nothing by half.
fn look(path: &Path, told: &Told, fault: &str) {
    let store = Store::open_with(path, options(9).0).unwrap_or_else(|e| panic!("{fault}: {e}"));
    let report = store.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{fault}: {report:?}");
    for (name, stored) in told {
        let transaction = |name| {
            store.find_credit_transaction(&TransactionId::new(name).unwrap()).unwrap().is_some()
        };
        let is_there = match *name {
            "without ada" => {
                matches!(store.create_customer(&customer("ada")), Err(Error::Erased(_)))
            }
            "spent" => transaction("spent"),
            who => {
                let profile = store.profile(&id(who));
                let erased = who == "ada" && transaction("ada") && profile.is_err();
                let whole = profile.is_ok_and(|p| p.cards.len() == 1 && p.credit > minor(0));
                assert_eq!(whole || erased, transaction(who), "{fault}: {who} is there by half");
                whole || erased
            }
        };
        assert!(stored.is_none_or(|stored| stored == is_there), "{fault}: {told:?} but {name}");
    }
}

/// One day with one fault; the number of calls that failed.
fn day(fault: Fault) -> u64 {
    let disk = Disk::new();
    let mut told = Vec::new();
    disk.fail(Some(fault));
    let over = work(&disk.path(), &mut told);
    let n_failed = disk.n_failed();
    disk.fail(None);
    if n_failed == 0 {
        assert!(over.is_ok(), "{over:?}");
        assert!(told.iter().all(|(_, stored)| *stored == Some(true)), "{told:?}");
    }
    look(&disk.path(), &told, &format!("{fault:?}"));
    n_failed
}

#[test]
fn whatever_call_fails_a_till_is_told_the_truth() {
    let all = std::env::var("TILLBOOK_SWEEP").is_ok_and(|asked| asked == "all");
    let dice = SeededRandom::new(u64::try_from(NOON_MS).unwrap());
    let kinds = [Call::Open, Call::Read, Call::Write, Call::Truncate, Call::Sync, Call::Delete];
    let kinds = kinds.into_iter().chain([Call::ShareMemory]).map(|call| (call, false));
    let mut n_days = 0;
    for (call, is_full) in kinds.chain([(Call::Write, true)]) {
        let fault = |nth, times| Fault { only: Some(call), nth, times, is_full };
        for times in [1, 2, u64::MAX] {
            let mut nth = 1;
            while day(fault(nth, times)) > 0 {
                n_days += 1;
                let last = if all { 1 } else { 1 + nth / (DAYS / 5) };
                nth += 1 + dice.next_u64() % last;
            }
            n_days += 1;
        }
    }
    writeln!(std::io::stderr(), "{n_days} days").unwrap();
}
