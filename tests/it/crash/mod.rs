//! Killed in the middle of its work, a till loses nothing that it was told is stored (T6).
//!
//! The child is this very program, asked for one test that works through an endless day and says
//! of each write that it is stored, once it is. The parent reads that from a pipe, kills at a
//! random moment, and reads the file the way the next start would find it.

mod day;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tillbook::{Options, SeededRandom, Store};

use self::day::{Book, Deed, THREADS};

/// Kills per run; `TILLBOOK_KILLS` asks for more.
const KILLS: u64 = 100;
/// Kills survived by one file before a fresh one is begun.
const KILLS_PER_FILE: u64 = 10;
/// Writes of a thread between two openings of the file, in every other child.
const WRITES_PER_OPENING: u64 = 5;
/// The least of the acknowledged writes of a whole run: a child that does nothing proves nothing.
const WRITES_PER_KILL_MIN: u64 = 5;

#[test]
fn a_killed_till_loses_nothing_it_acknowledged() {
    let asked = std::env::var("TILLBOOK_KILLS").ok().and_then(|kills| kills.parse().ok());
    let (kills, seed) = (asked.unwrap_or(KILLS), 20_260_101);
    let dice = SeededRandom::new(seed);
    let mut acknowledged = 0;
    for file in 0..kills.div_ceil(KILLS_PER_FILE) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let mut book = Book::default();
        for kill in file * KILLS_PER_FILE..kills.min((file + 1) * KILLS_PER_FILE) {
            let n_stored = work_and_die(&path, kill, &dice);
            acknowledged += n_stored.iter().sum::<u64>();
            for (thread, n_stored) in (0..).zip(&n_stored) {
                (0..*n_stored).for_each(|step| book.enter(&Deed::nth(kill, thread, step)));
            }
            let torn = (0..).zip(&n_stored).map(|(thread, n)| Deed::nth(kill, thread, *n));
            let torn: Vec<_> = torn.collect();
            // Half of the times the next start finds the file as the kill has left it, log and all.
            match dice.next_u64() % 2 {
                0 => look(&path, &mut book, &torn, kill),
                _ => look(&copied(&path, folder.path()), &mut book, &torn, kill),
            }
        }
    }
    assert!(acknowledged >= kills * WRITES_PER_KILL_MIN, "only {acknowledged} in {kills} kills");
    writeln!(std::io::stderr(), "{kills} kills, {acknowledged} acknowledged writes").unwrap();
}

/// The child: opens the file and works until it is killed; every other one also closes it now and
/// then, which carries the log over.
#[test]
#[ignore = "the test beside it starts this one, to kill it"]
fn a_till_that_works_until_it_is_killed() {
    let Ok(path) = std::env::var("TILLBOOK_CRASH_FILE") else { return };
    let kill = std::env::var("TILLBOOK_CRASH_KILL").unwrap().parse().unwrap();
    let per_opening = if kill % 2 == 0 { u64::MAX } else { WRITES_PER_OPENING };
    for opening in 0.. {
        let options = Options { reserve_bytes: 0, ..Options::default() };
        let store = Store::open_with(&path, options).unwrap();
        let first = opening * per_opening;
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let store = &store;
                scope.spawn(move || work(store, kill, thread, first, per_opening));
            }
        });
    }
}

/// `n` deeds of one thread, each acknowledged when it is stored.
fn work(store: &Store, kill: u64, thread: u64, first: u64, n: u64) {
    for step in first..first.saturating_add(n) {
        Deed::nth(kill, thread, step).act(store);
        let mut pipe = std::io::stdout().lock();
        pipe.write_all(format!("stored {thread} {step}\n").as_bytes()).unwrap();
        pipe.flush().unwrap();
    }
}

/// Starts the child, kills it at a moment of the dice's choice, and returns how many writes each of
/// its threads had acknowledged by then.
fn work_and_die(path: &Path, kill: u64, dice: &SeededRandom) -> Vec<u64> {
    let mut child = start(path, kill);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut n_stored = vec![0; usize::try_from(THREADS).unwrap()];
    let mut line = String::new();
    // One kill in five comes at once, while the file is being made or opened.
    let enough = if dice.next_u64().is_multiple_of(5) { 0 } else { 1 + dice.next_u64() % 60 };
    while n_stored.iter().sum::<u64>() < enough {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child ended by itself");
        count(&line, &mut n_stored);
    }
    let micros = if enough == 0 { 20_000 } else { 3_000 };
    std::thread::sleep(Duration::from_micros(dice.next_u64() % micros));
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said between our last look and its end was said none the less.
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    for line in rest.split_inclusive('\n') {
        count(line, &mut n_stored);
    }
    n_stored
}

fn start(path: &Path, kill: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::a_till_that_works_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env("TILLBOOK_CRASH_FILE", path)
        .env("TILLBOOK_CRASH_KILL", kill.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Counts a whole acknowledgement, which must be its thread's next one; the test harness says other
/// things.
fn count(line: &str, n_stored: &mut [u64]) {
    let Some((_, said)) = line.rsplit_once("stored ").filter(|_| line.ends_with('\n')) else {
        return;
    };
    let (thread, step) = said.trim_end().split_once(' ').unwrap();
    let n_stored = &mut n_stored[thread.parse::<usize>().unwrap()];
    assert_eq!(step, n_stored.to_string());
    *n_stored += 1;
}

/// A copy of the file and its log, so that the next child meets what the kill has left.
fn copied(path: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join("copy.db");
    for suffix in ["", "-wal", "-journal", "-shm"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        match fs::copy(beside(path), beside(&copy)) {
            Ok(_) => {}
            Err(_) => drop(fs::remove_file(beside(&copy))),
        }
    }
    copy
}

/// Opens the file and compares it with the book; each of `torn` may be stored or not, but as a whole.
fn look(path: &Path, book: &mut Book, torn: &[Deed], kill: u64) {
    if !path.exists() {
        return assert!(book.is_empty(), "kill {kill}: the file is gone");
    }
    let options = Options { reserve_bytes: 0, ..Options::default() };
    let store =
        Store::open_with(path, options).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
    torn.iter().filter(|deed| deed.is_done(&store)).for_each(|deed| book.enter(deed));
    let differences = book.differences(&store);
    assert!(differences.is_empty(), "kill {kill}, {torn:?}: {differences}");
    let report = store.check(|_| ()).unwrap();
    assert!(report.is_sound(), "kill {kill}: {report:?}");
    book.counts_match(&report);
}
