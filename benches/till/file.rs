//! The files of a run: a store with its customers, and what SQLite is measured on.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tillbook::{ImportOptions, Store};

use crate::Result;
use crate::people;

/// Customers imported from one text.
const PER_TEXT: u64 = 50_000;

/// A store with all customers, which no part changes.
pub(crate) struct Files {
    pub(crate) n_customers: u64,
    folder: PathBuf,
    /// Takes the files away when the run is over.
    _temporary: Option<TempDir>,
}

impl Files {
    /// Makes the store, unless it was kept.
    pub(crate) fn make(n_customers: u64) -> Result<Self> {
        let (folder, temporary) = match std::env::var_os("TILLBOOK_BENCH_FOLDER") {
            Some(folder) => (PathBuf::from(folder), None),
            None => {
                let temporary = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        std::fs::create_dir_all(&folder)?;
        let files = Self { n_customers, folder, _temporary: temporary };
        if !files.store().exists() {
            let made = files.path("made.db");
            remove(&made)?;
            let store = Store::open(&made)?;
            for begin in (0..n_customers).step_by(usize::try_from(PER_TEXT)?) {
                eprintln!("customers: {begin} of {n_customers}");
                let text = people::csv(begin..n_customers.min(begin + PER_TEXT))?;
                store.import(text.as_bytes(), &ImportOptions::new(store.stamp()), |_| {})?;
            }
            drop(store);
            settle(&made)?;
            std::fs::rename(made, files.store())?;
        }
        Ok(files)
    }

    /// The store.
    pub(crate) fn store(&self) -> PathBuf {
        self.path(&format!("customers-{}.db", self.n_customers))
    }

    /// A copy of the store to be changed, under a name of its own.
    pub(crate) fn copy(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        remove(&path)?;
        std::fs::copy(self.store(), &path)?;
        Ok(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Removes a file and what lies beside it.
pub(crate) fn remove(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Carries the whole log into the file.
fn settle(path: &Path) -> Result<()> {
    let conn = bare(path)?;
    Ok(conn.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?)
}

/// A connection with a store's settings for pages, log and syncs, and with nothing else. Its log is not
/// carried over before it is long: no commit waits for that.
pub(crate) fn bare(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma mmap_size = 0;
         pragma temp_store = memory; pragma wal_autocheckpoint = 16000; pragma foreign_keys = off",
    )?;
    Ok(conn)
}
