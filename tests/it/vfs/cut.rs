//! The power goes at any moment: what was synced is on disk, the rest partly, in pieces and in any
//! order (T7).

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tillbook::{CreditTransaction, Money, SeededRandom, Store, TransactionId};

use super::disk::{Disk, Event};
use crate::shop::{customer, id, options};

/// Images per run; `TILLBOOK_IMAGES` asks for more.
const IMAGES: u64 = 300;
/// Openings of the file that are recorded.
const ROUNDS: usize = 4;
/// Writes of each of them.
const WRITES: usize = 12;

/// A file as the disk has it: the bytes that are sure and what came since.
#[derive(Debug, Default, Clone)]
pub(super) struct Platter {
    sure: Option<Vec<u8>>,
    pending: Vec<Event>,
}

/// Works through a few days and returns all that was asked of the disk.
fn record(loses_syncs: bool) -> Vec<Event> {
    let disk = Disk::new();
    disk.record();
    for round in 0..ROUNDS {
        let store = Store::open_with(disk.path(), options(1 + round as u64).0).unwrap();
        if loses_syncs {
            disk.lose_syncs();
        }
        for n in round * WRITES..(round + 1) * WRITES {
            act(&store, n);
            disk.acknowledge(n);
        }
    }
    disk.events()
}

/// Write number `n`: three operations at once, and now and then an erase, which writes the file anew.
fn act(store: &Store, n: usize) {
    let who = format!("c{n}");
    let deposit = |who: &str| {
        let mut made = CreditTransaction::deposit(store.stamp(), &id(who), Money::from_minor(500));
        made.id = TransactionId::new(&format!("t{n}")).unwrap();
        made.note = Some("a note that takes some space ".repeat(40));
        made
    };
    match n % 7 {
        6 => store.erase_customer(&id(&format!("c{}", n - 1))).unwrap(),
        _ => store
            .write(|tx| {
                tx.create_customer(&customer(&who))?;
                tx.record(&deposit(&who)).map(drop)
            })
            .unwrap(),
    }
}

/// Whether write number `n` is there, as a whole.
fn is_there(store: &Store, n: usize) -> bool {
    match n % 7 {
        6 => store.customer(&id(&format!("c{}", n - 1))).is_err(),
        _ => {
            let name = TransactionId::new(&format!("t{n}")).unwrap();
            store.find_credit_transaction(&name).unwrap().is_some()
        }
    }
}

/// The disk when the power goes before `events[cut]`, and how many writes were acknowledged.
pub(super) fn platters(events: &[Event], cut: usize) -> (BTreeMap<PathBuf, Platter>, usize) {
    let mut platters = BTreeMap::<PathBuf, Platter>::new();
    let mut n_acknowledged = 0;
    for event in &events[..cut] {
        match event {
            Event::Write { file, .. } | Event::Truncate { file, .. } => {
                platters.entry(file.clone()).or_default().pending.push(event.clone());
            }
            Event::Delete { file, is_synced: false } => {
                platters.entry(file.clone()).or_default().pending.push(event.clone());
            }
            Event::Delete { file, is_synced: true } => drop(platters.remove(file)),
            Event::Sync { file } => {
                let platter = platters.entry(file.clone()).or_default();
                for event in std::mem::take(&mut platter.pending) {
                    put(&mut platter.sure, &event, |_| true);
                }
            }
            Event::Acknowledged(n) => n_acknowledged = n + 1,
        }
    }
    (platters, n_acknowledged)
}

/// Puts those 512-byte pieces of a change on disk that `keep` says.
fn put(disk: &mut Option<Vec<u8>>, event: &Event, mut keep: impl FnMut(usize) -> bool) {
    match event {
        Event::Write { at, bytes, .. } => {
            let at = usize::try_from(*at).unwrap();
            let disk = disk.get_or_insert_default();
            let mut done = 0;
            while done < bytes.len() {
                let n_bytes = (512 - (at + done) % 512).min(bytes.len() - done);
                let (from, to) = (at + done, at + done + n_bytes);
                if keep(from / 512) {
                    disk.resize(disk.len().max(to), 0);
                    disk[from..to].copy_from_slice(&bytes[done..done + n_bytes]);
                }
                done += n_bytes;
            }
        }
        Event::Truncate { size, .. } => {
            if let Some(disk) = disk.as_mut().filter(|_| keep(0)) {
                disk.resize(usize::try_from(*size).unwrap(), 0);
            }
        }
        Event::Delete { .. } if keep(0) => *disk = None,
        _ => {}
    }
}

/// One of the many things that can be on disk.
pub(super) fn image(platter: &Platter, dice: &SeededRandom) -> Option<Vec<u8>> {
    let mut disk = platter.sure.clone();
    let mut pending: Vec<&Event> = platter.pending.iter().collect();
    let way = dice.next_u64() % 6;
    if way >= 4 {
        // The disk has its own order.
        for i in (1..pending.len()).rev() {
            let other = usize::try_from(dice.next_u64() % (i as u64 + 1)).unwrap();
            pending.swap(i, other);
        }
    }
    let n_kept = usize::try_from(dice.next_u64() % (pending.len() as u64 + 1)).unwrap();
    for (n, event) in pending.into_iter().enumerate() {
        let whole = dice.next_u64().is_multiple_of(2);
        // Pages of 4 KiB share a fate in one way, pieces of 512 bytes have their own in another.
        let (salt, pages) = (dice.next_u64(), dice.next_u64().is_multiple_of(2));
        let torn = |piece: usize| {
            let piece = if pages { piece / 8 } else { piece };
            SeededRandom::new(salt ^ piece as u64).next_u64().is_multiple_of(2)
        };
        put(&mut disk, event, |piece| match way {
            0 => false,
            1 => true,
            2 => n < n_kept || (n == n_kept && torn(piece)),
            3 | 4 => whole,
            _ => torn(piece),
        });
    }
    disk
}

/// How many acknowledged writes an image has lost, or what is wrong with it.
fn lost(folder: &Path, n_acknowledged: usize) -> Result<usize, String> {
    let store =
        Store::open_with(folder.join("shop.db"), options(99).0).map_err(|e| e.to_string())?;
    let report = store.check(|_| ()).map_err(|error| error.to_string())?;
    if !report.is_sound() {
        return Err(format!("{report:?}"));
    }
    Ok((0..n_acknowledged).filter(|n| !is_there(&store, *n)).count())
}

/// Cuts the power `n_images` times and returns in how many images something was wrong.
fn cut(events: &[Event], from: usize, n_images: u64, seed: u64) -> (u64, Vec<String>) {
    let dice = SeededRandom::new(seed);
    let syncs: Vec<usize> =
        (from..events.len()).filter(|n| matches!(events[*n], Event::Sync { .. })).collect();
    let mut wrong = Vec::new();
    for n in 0..n_images {
        // Just before a sync, just after it, or anywhere.
        let any = from + usize::try_from(dice.next_u64()).unwrap() % (events.len() - from);
        let at = match usize::try_from(n).unwrap() {
            n if n < 2 * syncs.len() => syncs[n / 2] + n % 2,
            _ => any,
        };
        let (platters, n_acknowledged) = platters(events, at);
        let folder = tempfile::tempdir().unwrap();
        for (path, platter) in &platters {
            if let Some(bytes) = image(platter, &dice) {
                fs::write(folder.path().join(path.file_name().unwrap()), bytes).unwrap();
            }
        }
        match lost(folder.path(), n_acknowledged) {
            Ok(0) => {}
            Ok(lost) => wrong.push(format!("image {n}, cut at {at}: {lost} of {n_acknowledged}")),
            Err(what) => wrong.push(format!("image {n}, cut at {at}: {what}")),
        }
    }
    (n_images, wrong)
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let asked = std::env::var("TILLBOOK_IMAGES").ok().and_then(|images| images.parse().ok());
    let (n_images, wrong) = cut(&record(false), 0, asked.unwrap_or(IMAGES), 7);
    assert!(wrong.is_empty(), "{} of {n_images}: {}", wrong.len(), wrong.join("\n"));
    writeln!(std::io::stderr(), "{n_images} images, none has lost anything").unwrap();
}

/// The same without syncs, so that it is known that the test above can fail.
#[test]
fn without_syncs_a_power_cut_loses_what_was_acknowledged() {
    let events = record(true);
    let made = events.iter().position(|event| matches!(event, Event::Acknowledged(_))).unwrap();
    let (n_images, wrong) = cut(&events, made, 60, 7);
    assert!(wrong.len() > 20, "only {} of {n_images} images have lost something", wrong.len());
    writeln!(std::io::stderr(), "{} of {n_images} images have lost something", wrong.len())
        .unwrap();
}
