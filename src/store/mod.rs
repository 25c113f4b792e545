//! Store: the file, its lock, the one writer and the readers.

mod beside;
mod checkpoint;
mod client;
mod commits;
#[cfg(feature = "sync")]
mod correction;
mod epochs;
mod home;
mod joined;
mod present;
mod readers;
mod reserve;
#[cfg(any(feature = "http", feature = "sync"))]
mod rounds;
mod scrub;
mod sessions;
mod tx;
#[cfg(feature = "http")]
mod vitals;
mod wait;
mod writer;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, TransactionBehavior};

use checkpoint::Checkpointer;
#[cfg(feature = "sync")]
use correction::Correction;
use epochs::Epochs;
use home::{Home, Identity};
use joined::Joined;
use readers::Readers;
use sessions::Sessions;
use writer::Writer;

#[cfg(feature = "sync")]
pub use correction::CORRECTION_MS_MAX;
pub use joined::OTHER_ROOTS_MAX;
#[cfg(feature = "sync")]
pub(crate) use rounds::RoundEnd;
#[cfg(any(feature = "http", feature = "sync"))]
pub(crate) use rounds::Rounds;
pub(crate) use scrub::{NAME_DIGITS, SNAPSHOT, is_snapshot_name};
pub use tx::Tx;
pub(crate) use writer::Tip;

use crate::error::{Error, Result};
use crate::haystack::{Changes, Haystack, Texts};
use crate::hold::{self, Held};
use crate::id::NodeId;
use crate::migrate::{self, Options};
use crate::money::Currency;

/// At most this many idle reading connections are kept.
pub const READERS_MAX: usize = 8;
/// Prepared statements kept with each connection.
const STATEMENTS_MAX: usize = 128;

/// A customer store: one SQLite file, or one in memory. Cheap to share between threads.
///
/// A call that returns `Ok` from a write means that the change is on disk.
#[derive(Debug)]
pub struct Store {
    place: Place,
    options: Options,
    node: NodeId,
    currency: Currency,
    incarnation: Arc<AtomicU64>,
    writer: Writer,
    readers: Arc<Readers>,
    haystack: Haystack,
    #[cfg(feature = "sync")]
    correction: Correction,
    epochs: Epochs,
    joined: Joined,
    sessions: Sessions,
    #[cfg(any(feature = "http", feature = "sync"))]
    rounds: Rounds,
    has_client: AtomicBool,
    /// `None` in memory and beside another process.
    checkpointer: Option<Checkpointer>,
    /// The last to go; `None` in memory.
    _held: Option<Held>,
}

/// Where the rows lie.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Memory,
    File(PathBuf),
    Beside(PathBuf),
}

impl Store {
    /// Opens the file at `path`, or makes it, with the machine's clock and randomness.
    ///
    /// # Errors
    ///
    /// - [`Error::InUse`]: another process has it open.
    /// - [`Error::NotTillbook`], [`Error::NewerFile`], [`Error::Corrupt`]: not a file this version
    ///   can serve; it is left as it was.
    /// - [`Error::ReadOnly`], [`Error::DiskFull`], [`Error::Io`]: the system refuses.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, Options::default())
    }

    /// Opens the file at `path`, or makes it, as `options` say.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and [`Error::OtherCurrency`] when the file counts in another currency
    /// than the one named.
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let path = path.as_ref();
        let held = hold::look_at(path)?.locked(path)?;
        let conn = migrate::open(path, &options)?;
        // Put off at an erase; when it must wait again, the file serves as well.
        let _ = scrub::run(&conn, path);
        let n_bytes = options.reserve_bytes;
        let store = Self::from_connection(Some(held), Place::File(path.to_owned()), conn, options)?;
        reserve::make(path, n_bytes);
        Ok(store)
    }

    /// Opens a file that another process may be writing, to read it.
    ///
    /// # Errors
    ///
    /// As [`Store::open`] but for [`Error::InUse`], [`Error::NoFile`] when there is none, and
    /// [`Error::Invalid`] when an older version wrote it: that is brought up to date by opening it for
    /// writing once. Writes answer [`Error::OpenedBeside`], but for those of keys and of who is shut
    /// out.
    pub fn open_beside(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let path = path.as_ref();
        if !path.exists() {
            return Err(Error::NoFile(path.to_owned()));
        }
        let held = hold::look_at(path)?;
        let conn = migrate::open_reader(path)?;
        Self::from_connection(Some(held), Place::Beside(path.to_owned()), conn, options)
    }

    /// A new store in memory, which is gone when it is dropped. It has one connection, so a read
    /// waits for the writer, and must not be made from within [`Store::write`].
    ///
    /// # Errors
    ///
    /// - [`Error::OldSqlite`]: the SQLite that is linked is too old.
    pub fn open_in_memory() -> Result<Self> {
        Self::open_in_memory_with(Options::default())
    }

    /// A new store in memory, as `options` say.
    ///
    /// # Errors
    ///
    /// As [`Store::open_in_memory`].
    pub fn open_in_memory_with(options: Options) -> Result<Self> {
        let conn = migrate::open_in_memory(&options)?;
        Self::from_connection(None, Place::Memory, conn, options)
    }

    fn from_connection(
        held: Option<Held>,
        place: Place,
        conn: Connection,
        options: Options,
    ) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        let (node, currency) = migrate::settings(&conn)?;
        if let Some(asked) = options.currency.as_ref().filter(|asked| **asked != currency) {
            let name = |c: &Currency| format!("{} with {} decimals", c.label(), c.exponent());
            return Err(Error::OtherCurrency { found: name(&currency), asked: name(asked) });
        }
        let mut bits = [0; 8];
        options.random.fill(&mut bits);
        let incarnation = Arc::new(AtomicU64::new(u64::from_le_bytes(bits) >> 1));
        let readers = Arc::<Readers>::default();
        let (mut checkpointer, mut home) = (None, None);
        if let Place::File(path) = &place {
            let slot = Arc::new(Mutex::new(Some(migrate::open_reader(path)?)));
            checkpointer = Some(Checkpointer::start(Arc::clone(&slot))?);
            home = Some(Home {
                path: path.clone(),
                options: options.clone(),
                node,
                incarnation: Arc::clone(&incarnation),
                readers: Arc::clone(&readers),
                checkpointer: slot,
                identity: Identity::of(path),
            });
        }
        let changes = Arc::<Changes>::default();
        let haystack = match &place {
            Place::Memory | Place::File(_) => Haystack::new(Arc::clone(&changes)),
            Place::Beside(_) => Haystack::foreign(),
        };
        let writer = Writer::new(conn, home, place == Place::Memory, changes);
        Ok(Self {
            place,
            options,
            node,
            currency,
            incarnation,
            writer,
            readers,
            haystack,
            #[cfg(feature = "sync")]
            correction: Correction::default(),
            epochs: Epochs::default(),
            joined: Joined::default(),
            sessions: Sessions::default(),
            #[cfg(any(feature = "http", feature = "sync"))]
            rounds: Rounds::default(),
            has_client: AtomicBool::new(false),
            checkpointer,
            _held: held,
        })
    }

    /// The currency this file counts in.
    pub fn currency(&self) -> &Currency {
        &self.currency
    }

    /// The id of this file among all nodes.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Whether replacing or deleting a customer must name the version it was made from, from now
    /// on; a setting of the file, off in a new one.
    ///
    /// # Errors
    ///
    /// - [`Error::OpenedBeside`]: the store was opened for reading.
    pub fn set_require_version(&self, on: bool) -> Result<()> {
        self.write(|tx| {
            tx.conn().execute(
                "update node
                    set require_version = ?1, seal = seal(id, currency_label, currency_exponent, ?1)",
                [on],
            )?;
            Ok(())
        })
    }

    /// Runs `f` in one SQL transaction: all of its writes are on disk when this returns `Ok`, none
    /// when it returns an error or panics. Callers that wait for one another commit together, each
    /// undone alone when it fails; so `f` must not call [`Store::write`] again.
    ///
    /// ```
    /// use tillbook::{CreditTransaction, Customer, Money, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = Customer::new(store.stamp());
    /// let deposit = CreditTransaction::deposit(store.stamp(), &ada.id, Money::from_minor(1000));
    /// store.write(|tx| {
    ///     tx.create_customer(&ada)?;
    ///     tx.record(&deposit)
    /// })?;
    /// assert_eq!(store.balance(&ada.id)?, Money::from_minor(1000));
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - what `f` answers;
    /// - [`Error::OpenedBeside`]: the store was opened for reading;
    /// - [`Error::DiskFull`]: there is no space, nothing was written; [`Store::release_reserve`] makes
    ///   some;
    /// - [`Error::NotStored`]: the system refused the commit, or a write that shared it; the file was
    ///   read anew, and nothing was written;
    /// - [`Error::CommitUnknown`]: the commit failed half-way, and so did reading the file anew; look
    ///   the write up before repeating it;
    /// - [`Error::WritesRefused`]: that happened to an earlier write;
    /// - [`Error::FileReplaced`]: the file was deleted or replaced under the store.
    pub fn write<T>(&self, f: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.write_as(false, f)
    }

    /// Runs `f` like [`Store::write`]. It must pass on every error of a write, so that an operation
    /// that fails needs no savepoint of its own: all that `f` has written is undone with it.
    pub(crate) fn write_whole<T>(&self, f: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.write_as(true, f)
    }

    fn write_as<T>(&self, is_whole: bool, f: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        if matches!(self.place, Place::Beside(_)) {
            return Err(Error::OpenedBeside);
        }
        let (scrub_due, n_rows) = (Cell::new(false), Cell::new(0));
        let done = self.writer.write(|conn, tip| {
            let before = conn.total_changes();
            let done = f(&Tx::new(conn, tip, self, &scrub_due, is_whole))?;
            n_rows.set(conn.total_changes() - before);
            Ok(done)
        })?;
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.note(n_rows.get());
            if scrub_due.get() {
                self.scrub();
            }
        }
        Ok(done)
    }

    /// Writes the file anew if it still holds what was erased, removes the snapshots beside it that may
    /// hold it, too, and says whether it did. An erase made here sees to that itself; one that has arrived
    /// from another node leaves it to an idle time, because other writers wait meanwhile. Until then this
    /// node does not confirm the erase. In memory there is nothing to do.
    ///
    /// # Errors
    ///
    /// - [`Error::OpenedBeside`]: the store was opened for reading;
    /// - [`Error::DiskFull`] and its kin: it stays due, until the next call, the end of the store or
    ///   its next opening.
    pub fn scrub_when_due(&self) -> Result<bool> {
        match self.place {
            Place::Memory => Ok(false),
            Place::Beside(_) => Err(Error::OpenedBeside),
            Place::File(ref path) => self.writer.between(|conn| scrub::run(conn, path)),
        }
    }

    /// Writes the file anew if that is due. The erase is stored and answered whether or not that is
    /// possible now; otherwise it is due at the next erase, at the end of the store, and when the
    /// file is opened again.
    fn scrub(&self) {
        let _ = self.scrub_when_due();
    }

    /// Runs `f` in one SQL transaction that is undone: what [`Store::write`] would answer, of which
    /// nothing is stored. Other writers wait until it is over.
    ///
    /// # Errors
    ///
    /// As [`Store::write`], but for [`Error::CommitUnknown`].
    pub fn rehearse<T>(&self, f: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.write(|tx| tx.part(f, |_| false))
    }

    /// Runs `f` on a reading connection; each statement sees the latest commit.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let path = match &self.place {
            Place::Memory => return self.writer.between(f),
            Place::File(path) | Place::Beside(path) => path,
        };
        self.readers.read(path, f)
    }

    /// Runs `f` on a reading connection; all its statements see the same commit.
    pub(crate) fn read_snapshot<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.read(|conn| {
            let snapshot =
                rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Deferred)?;
            f(&snapshot)
        })
    }

    /// The file; `None` in memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Memory => None,
            Place::File(path) | Place::Beside(path) => Some(path),
        }
    }

    /// The texts of all customers in memory, as `conn` sees them, see [`Haystack::texts`].
    pub(crate) fn texts(&self, conn: &Connection) -> Result<Option<Arc<Texts>>> {
        self.haystack.texts(conn)
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Relaxed)
    }

    /// Goes on under another incarnation, because another file writes this one. To be called by
    /// whoever writes.
    pub(crate) fn renew_incarnation(&self) -> u64 {
        let mut bits = [0; 8];
        self.options.random.fill(&mut bits);
        let incarnation = u64::from_le_bytes(bits) >> 1;
        self.incarnation.store(incarnation, Ordering::Relaxed);
        incarnation
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.scrub();
    }
}
