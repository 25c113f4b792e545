//! The damaged file: a copy of its bytes, and what can be read of its rows around the bad pages.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, params};

use crate::address;
use crate::backup::LOGS;
use crate::ban_note;
use crate::card;
use crate::claim;
use crate::credit;
use crate::customer;
use crate::debt_account;
use crate::error::{Error, Result};
use crate::hold::{APPLICATION_ID, SCHEMA_VERSION, beside};
use crate::location;
use crate::migrate;
use crate::seal::{self, Sealed};

/// So much is left out where the disk cannot be read.
const BLOCK_BYTES: usize = 4096;
/// No row of a table with an integer key is shorter, so a file of so many bytes has fewer rows.
const ROW_BYTES_MIN: u64 = 32;
/// So many keys are asked for at once.
const KEYS_PER_READ: i64 = 256;

/// Copies a file that nobody writes and what lies beside it. Blocks that the disk does not give back
/// are zero in the copy. Returns how many these are.
pub(super) fn copy(from: &Path, to: &Path, mut out: File) -> Result<u64> {
    let mut n_lost = copy_blocks(&mut File::open(from)?, &mut out)?;
    for suffix in LOGS {
        match File::open(beside(from, suffix)) {
            Ok(mut log) => {
                n_lost += copy_blocks(&mut log, &mut File::create(beside(to, suffix))?)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(n_lost)
}

fn copy_blocks(from: &mut File, out: &mut File) -> Result<u64> {
    let (n_bytes, mut at, mut n_lost) = (from.metadata()?.len(), 0, 0);
    let mut block = [0; BLOCK_BYTES];
    while at < n_bytes {
        from.seek(SeekFrom::Start(at))?;
        let n = match from.read(&mut block) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => {
                block.fill(0);
                n_lost += 1;
                usize::try_from(n_bytes - at).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES)
            }
        };
        out.write_all(&block[..n])?;
        at += n as u64;
    }
    Ok(n_lost)
}

/// How many commits lie in the log beside the copy behind a place where it is damaged, and so are
/// lost: SQLite reads a log up to the first frame whose checksum is wrong.
fn commits_lost(path: &Path, conn: &Connection) -> io::Result<u64> {
    const HEADER_BYTES: usize = 32;
    const FRAME_HEADER_BYTES: usize = 24;
    let log = match std::fs::read(beside(path, "-wal")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        log => log?,
    };
    let Some(header) = log.get(..HEADER_BYTES) else { return Ok(0) };
    let page_bytes = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    let page_bytes = usize::try_from(page_bytes).unwrap_or(0).clamp(512, 65_536);
    let checkpoint = "pragma wal_checkpoint(passive)";
    let n_read = conn.query_row(checkpoint, [], |row| row.get::<_, i64>(1)).unwrap_or(0);
    let frames = log[HEADER_BYTES..].chunks_exact(FRAME_HEADER_BYTES + page_bytes);
    let behind = frames.skip(usize::try_from(n_read).unwrap_or(0));
    // Frames of an older log have another salt, and one that ends a commit says how large the file is.
    let is_commit = |frame: &&[u8]| frame[8..16] == header[16..24] && frame[4..8] != [0; 4];
    Ok(behind.filter(is_commit).count() as u64)
}

/// A copy of the damaged file, open. Its tables show only rows whose seal holds; `main.` before the
/// name shows them all.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) conn: Connection,
    /// No integer key of a row is greater.
    pub(super) key_max: i64,
    /// Commits behind a damaged place of the log.
    pub(super) n_commits_lost: u64,
}

/// A stretch of keys behind which a page does not read.
pub(super) type Stretch = (i64, i64);

impl Source {
    /// Opens the copy at `path` of the file that is called `name`.
    pub(super) fn open(path: &Path, name: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        // Lets a file be opened that is shorter than it says, or whose schema reads in part.
        conn.execute_batch(
            "pragma writable_schema = on; pragma cell_size_check = on; pragma temp_store = memory;",
        )?;
        let unreadable = || {
            Error::Corrupt(
                "its first pages, which say where everything else lies, do not read".to_owned(),
            )
        };
        let number = |name: &str| {
            let sql = format!("pragma {name}");
            conn.query_row(&sql, [], |row| row.get::<_, i64>(0)).map_err(|_| unreadable())
        };
        let (version, mark) = (number("user_version")?, number("application_id")?);
        let is_known = |table: &str| conn.prepare(&format!("select 1 from {table}")).is_ok();
        if !is_known("operation") && !is_known("customer") {
            return Err(match mark == i64::from(APPLICATION_ID) {
                true => unreadable(),
                false => Error::NotTillbook(name.to_owned()),
            });
        }
        let found = u32::try_from(version).unwrap_or(u32::MAX);
        if found > SCHEMA_VERSION {
            return Err(Error::NewerFile { path: name.to_owned(), found, known: SCHEMA_VERSION });
        }
        let n_commits_lost = commits_lost(path, &conn)?;
        seal::register(&conn)?;
        migrate::upgrade_damaged(&conn, found);
        let [registers, _] = customer::SEALED;
        let customers = [address::SEALED, card::SEALED, debt_account::SEALED, ban_note::SEALED];
        for sealed in [registers, location::SEALED, credit::SEALED]
            .into_iter()
            .chain(customers)
            .chain(claim::SEALED)
            .chain(migrate::SEALED)
        {
            let Sealed { table, holds, .. } = sealed;
            conn.execute_batch(&format!(
                "create temp view {table} as select * from main.{table} where {holds}"
            ))?;
        }
        conn.execute_batch(
            "create temp table who (key integer primary key, id text not null unique) strict",
        )?;
        let n_bytes =
            path.metadata()?.len() + beside(path, "-wal").metadata().map_or(0, |log| log.len());
        let key_max = i64::try_from(n_bytes / ROW_BYTES_MIN).unwrap_or(i64::MAX);
        Ok(Self { conn, key_max, n_commits_lost })
    }

    /// The greatest integer that `sql` finds, or the greatest a key can be where it does not read.
    pub(super) fn greatest(&self, sql: &str) -> i64 {
        let found = self.conn.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        found.map_or(self.key_max, |key| key.unwrap_or(0)).clamp(0, self.key_max)
    }

    /// Hands every row that reads to `take`, by key: `sql` selects those between its first two
    /// parameters, in order. Returns the stretches of keys that do not read.
    ///
    /// A stretch that meets a bad page is halved until what is good is told from what is not.
    pub(super) fn sweep<T>(
        &self,
        sql: &str,
        key_last: i64,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut take: impl FnMut(T),
    ) -> Vec<Stretch> {
        if self.conn.prepare_cached(sql).is_err() {
            return vec![(1, key_last)]; // The table itself is unknown.
        }
        let between = |first: i64, last: i64| -> rusqlite::Result<Vec<T>> {
            let mut statement = self.conn.prepare_cached(sql)?;
            statement.query_map(params![first, last], &read)?.collect()
        };
        sweep(key_last, between, |rows| rows.into_iter().for_each(&mut take))
    }

    /// The texts that `sql` finds for one customer, or `None` when they do not all read.
    pub(super) fn texts(&self, sql: &str, customer_key: i64) -> Option<Vec<String>> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.conn.prepare_cached(sql)?;
            // Damaged text need not be UTF-8.
            let lossy = |row: &Row<'_>| {
                let bytes = row.get_ref(0)?.as_bytes_or_null()?.unwrap_or_default();
                Ok(String::from_utf8_lossy(bytes).into_owned())
            };
            statement.query_map([customer_key], lossy)?.collect()
        };
        read().ok()
    }
}

/// The row of `key` among those that [`sweep`] has seen: where an inner page is damaged, not every
/// way leads there.
pub(super) fn seen<T>(
    key: i64,
    between: impl Fn(i64, i64) -> Result<Vec<T>>,
    is_meant: impl Fn(&T) -> bool,
) -> Option<T> {
    let low = (key - 1) / KEYS_PER_READ * KEYS_PER_READ + 1;
    let mut stretches = vec![(key, key)];
    let (mut low, mut high) = (low, low + KEYS_PER_READ - 1);
    while low < high {
        stretches.push((low, high));
        let middle = low + (high - low) / 2;
        (low, high) = if key <= middle { (low, middle) } else { (middle + 1, high) };
    }
    stretches
        .into_iter()
        .find_map(|(low, high)| between(low, high).ok()?.into_iter().find(&is_meant))
}

/// Reads keys 1 to `key_last` by stretches, see [`Source::sweep`].
pub(super) fn sweep<T, E>(
    key_last: i64,
    between: impl Fn(i64, i64) -> Result<T, E>,
    mut take: impl FnMut(T),
) -> Vec<Stretch> {
    let mut bad: Vec<Stretch> = Vec::new();
    let mut first = 1;
    while first <= key_last {
        let end = first.saturating_add(KEYS_PER_READ - 1);
        let mut open = vec![(first, end)];
        while let Some((low, high)) = open.pop() {
            match between(low, high) {
                Ok(rows) => take(rows),
                Err(_) if low < high => {
                    let middle = low + (high - low) / 2;
                    open.extend([(middle + 1, high), (low, middle)]);
                }
                Err(_) if low > key_last => {}
                Err(_) => match bad.last_mut().filter(|last| last.1 + 1 == low) {
                    Some(last) => last.1 = low,
                    None => bad.push((low, low)),
                },
            }
        }
        first = end.saturating_add(1);
    }
    bad
}
