//! The power goes while a file is brought up to date: it is of the old version or of the new one.

use std::fs;
use std::io::Write;
use std::path::Path;

use rusqlite::Connection;
use tillbook::migrate::SCHEMA_VERSION;
use tillbook::{SeededRandom, Store};

use super::cut::{image, platters};
use super::disk::{Disk, Event};
use crate::shop::{id, options};

/// What may be on disk at each moment is looked at so often.
const IMAGES_PER_EVENT: usize = 3;

/// Whether the file is one of the first version, whole; otherwise it is of the present one.
fn is_old(path: &Path) -> bool {
    let conn = Connection::open(path).unwrap();
    let version: u32 = conn.query_row("pragma user_version", [], |row| row.get(0)).unwrap();
    let has = |sql: &str| conn.prepare(sql).is_ok();
    let (parent, seal) = (has("select parent from node"), has("select seal from root_day"));
    let state = has("select state from operation");
    match version {
        1 => assert!(!parent && !seal && !state, "version 1 with tables of a later one"),
        _ => {
            assert_eq!(version, SCHEMA_VERSION);
            assert!(parent && seal && state, "version {version} without its tables");
        }
    }
    version == 1
}

#[test]
fn an_upgrade_happens_or_does_not() {
    let disk = Disk::new();
    disk.record();
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/v1.sql");
    let conn = Connection::open(disk.path()).unwrap();
    conn.execute_batch("pragma synchronous = extra").unwrap();
    conn.execute_batch(&fs::read_to_string(dump).unwrap()).unwrap();
    drop(conn);
    let from = disk.events().len();
    drop(Store::open_with(disk.path(), options(9).0).unwrap());
    let events = disk.events();
    let dice = SeededRandom::new(5);
    let (mut n_old, mut n_new) = (0, 0);
    for at in from..=events.len() {
        // Between two syncs the moments are alike.
        if at % 4 > 0 && !matches!(events.get(at), Some(Event::Sync { .. })) {
            continue;
        }
        for _ in 0..IMAGES_PER_EVENT {
            let folder = tempfile::tempdir().unwrap();
            for (path, platter) in &platters(&events, at).0 {
                if let Some(bytes) = image(platter, &dice) {
                    fs::write(folder.path().join(path.file_name().unwrap()), bytes).unwrap();
                }
            }
            let path = folder.path().join("shop.db");
            let old = is_old(&path);
            (n_old, n_new) = (n_old + u32::from(old), n_new + u32::from(!old));
            let store = Store::open_with(&path, options(9).0).unwrap();
            assert!(store.check(|_| ()).unwrap().is_sound(), "cut at {at}");
            assert!(store.customer(&id("ada")).is_ok(), "cut at {at}");
        }
    }
    writeln!(std::io::stderr(), "{n_old} images of the old version, {n_new} of the new").unwrap();
    assert!(n_old > 0 && n_new > 0);
}
