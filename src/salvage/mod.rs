//! Salvage: what a damaged file still proves, carried into a fresh one, and the rest by name.
//!
//! There are two witnesses of everything: the log, whose operations are chained by hashes, and the
//! rows, each with its seal. What proves itself in either is carried over; nothing else is. The
//! fresh file takes the damaged one's operations as far as their chain holds, and writes again, as
//! its own, what is known beyond that.

mod bulk;
mod ledger;
mod location;
mod log;
mod money;
mod part;
mod person;
mod place;
mod rest;
mod source;
mod write;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::backup::{Report, look_through};
use crate::clock::{ManualClock, Stamp};
use crate::error::{Error, Result};
use crate::hold;
use crate::id::CustomerId;
use crate::migrate::Options;
use crate::money::{Currency, Money};
use crate::store::Store;
use crate::whole_file::{WholeFile, refuse_existing};

use log::Log;
use person::Person;
use place::Place;
use source::Source;
use write::Writer;

/// At most this many findings are listed; [`Salvage::n_findings`] counts them all.
pub const FINDINGS_MAX: usize = 10_000;

/// What a salvage has carried over, and what it could not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvage {
    /// What is in the fresh file.
    pub report: Report,
    /// How many operations of the damaged file proved themselves.
    pub n_operations_kept: u64,
    /// Everything that was lost or is in doubt.
    pub n_findings: u64,
    /// The first [`FINDINGS_MAX`] of it.
    pub findings: Vec<Finding>,
}

impl Salvage {
    /// Whether the fresh file has all that was in the damaged one.
    pub fn is_whole(&self) -> bool {
        self.n_findings == 0
    }
}

/// Something that was lost or is in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The table it lay in.
    pub table: &'static str,
    /// The row's id, or its place where even that is gone.
    pub name: String,
    /// The customer it concerns, where that is known.
    pub customer: Option<CustomerId>,
    /// What is wrong with it and what was done about it.
    pub reason: Reason,
}

/// What is wrong with something, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The page it lies on does not read.
    Unreadable,
    /// The seal of the row does not hold.
    SealBroken,
    /// The operation is not what its author wrote.
    Damaged,
    /// The operation is missing, or nothing proves it.
    Missing,
    /// The words of the operation are not what its author wrote; its amounts and times are.
    WordsDamaged,
    /// This version cannot apply it.
    Refused(String),
    /// The customer's fields are as the log last says; later edits may be missing.
    FieldsFromLog,
    /// Nothing is known of the customer's fields.
    FieldsLost,
    /// Whether the customer was deleted is not certain.
    StateUnknown,
    /// The customer is taken as erased, because words of an operation were erased.
    TakenAsErased,
    /// The customer's balance was known and the transactions that are left add up to something else:
    /// a correction makes up for those that are lost.
    BalanceCorrected {
        /// What the transactions added up to.
        sum: Money,
        /// What the balance was, and is now.
        balance: Money,
    },
    /// The row with the balance is lost; the balance is the one that the customer's last known
    /// transaction ended with, by a correction.
    BalanceOfLast {
        /// What the transactions added up to.
        sum: Money,
        /// What the last one says.
        balance: Money,
    },
    /// The row with the balance is lost; the balance is the sum of the transactions that are left.
    BalanceUncertain {
        /// Their sum.
        sum: Money,
    },
    /// The balance was known but is beyond what a correction may move.
    BalanceLost {
        /// What the transactions add up to.
        sum: Money,
        /// What the balance was.
        balance: Money,
    },
    /// The file was a copy of its parent's state: what is not pending was not carried over, the parent
    /// has it.
    AtParent,
    /// The settings of the file do not hold; these are taken.
    Settings {
        /// The label and the decimals of the currency.
        currency: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("the page does not read"),
            Self::SealBroken => f.write_str("the seal does not hold"),
            Self::Damaged => f.write_str("it is not what its author wrote"),
            Self::Missing => f.write_str("it is missing, or nothing proves it"),
            Self::WordsDamaged => f.write_str("its words are damaged; amounts and times are not"),
            Self::Refused(why) => write!(f, "it cannot be applied: {why}"),
            Self::FieldsFromLog => {
                f.write_str("the row is lost; fields as the log says, later edits may be missing")
            }
            Self::FieldsLost => f.write_str("the row is lost, and so are its fields"),
            Self::StateUnknown => f.write_str("whether it was deleted is not certain"),
            Self::TakenAsErased => f.write_str("taken as erased, because words of it were erased"),
            Self::BalanceCorrected { sum, balance } => write!(
                f,
                "transactions are lost, those left add up to {} minor units; corrected to the known \
                 balance of {}",
                sum.minor(),
                balance.minor()
            ),
            Self::BalanceOfLast { sum, balance } => write!(
                f,
                "the balance is lost, the transactions add up to {} minor units; corrected to the \
                 {} that the last one ended with",
                sum.minor(),
                balance.minor()
            ),
            Self::BalanceUncertain { sum } => write!(
                f,
                "the balance is lost; it is the sum of the transactions found, {} minor units",
                sum.minor()
            ),
            Self::BalanceLost { sum, balance } => write!(
                f,
                "the transactions add up to {} minor units, the balance was {}: too far to correct",
                sum.minor(),
                balance.minor()
            ),
            Self::AtParent => f.write_str(
                "only what is pending was carried over; the parent has the rest and sends it when they \
                 meet",
            ),
            Self::Settings { currency } => {
                write!(f, "the seal does not hold; the file counts in {currency}")
            }
        }
    }
}

/// `card of customer ada, 0012: the seal does not hold`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, name, customer, reason } = self;
        f.write_str(table)?;
        if !name.is_empty() {
            write!(f, " {name}")?;
        }
        if let Some(customer) = customer {
            write!(f, " of customer {customer}")?;
        }
        write!(f, ": {reason}")
    }
}

impl Finding {
    fn new(
        table: &'static str,
        name: impl Into<String>,
        customer: Option<&CustomerId>,
        reason: Reason,
    ) -> Self {
        Self { table, name: name.into(), customer: customer.cloned(), reason }
    }

    /// Rows whose ids are not known, by their keys.
    fn rows(table: &'static str, first: i64, last: i64, reason: Reason) -> Self {
        let name = match last - first {
            0 => format!("row {first}"),
            _ => format!("rows {first} to {last}"),
        };
        Self::new(table, name, None, reason)
    }
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings {
    n: u64,
    list: Vec<Finding>,
}

impl Findings {
    fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    fn add(&mut self, finding: Finding) {
        self.n += 1;
        if self.list.len() < FINDINGS_MAX {
            self.list.push(finding);
        }
    }
}

/// Carries all that the damaged file `damaged` still proves into a new file `fresh`, which is checked
/// before it takes its name, and names what could not be carried over. The damaged file is read and
/// never written; a copy of it lies beside `fresh` meanwhile. `progress` hears what is being done, in
/// words for a person.
///
/// Customers, cards and credit transactions keep their ids, so a retry of an old transaction is still
/// recognised. A customer's balance is what it was wherever the file still proves it: where
/// transactions are lost, one correction makes up for them and says so in its note. Nothing is taken
/// that neither an operation nor a sealed row proves, and who was erased stays erased.
///
/// The fresh file is another node, which has received the operations of the damaged one. Where that had
/// a parent or children, the fresh file takes its place under its id, and only one of them may be used
/// from then on. Of a copy of a parent's state only the pending operations, the keys and the bulks
/// are carried over; the parent sends the rest. Imports made before cannot be undone in the fresh file. The currency in `options` counts only where the file's own is lost.
///
/// ```
/// use tillbook::{Customer, Options, Store};
///
/// let folder = tempfile::tempdir()?;
/// let (damaged, fresh) = (folder.path().join("shop.db"), folder.path().join("fresh.db"));
/// let store = Store::open(&damaged)?;
/// let ada = store.create_customer(&Customer::new(store.stamp()))?;
/// drop(store);
///
/// let salvage = tillbook::salvage(&damaged, &fresh, &Options::default(), |_| ())?;
/// assert!(salvage.is_whole(), "nothing was damaged");
/// assert_eq!(Store::open(&fresh)?.customer(&ada.id)?, ada);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// - [`Error::Io`] of the kind `AlreadyExists`: something has the name `fresh`;
/// - [`Error::NoFile`], [`Error::NotTillbook`], [`Error::NewerFile`]: there is nothing to salvage;
/// - [`Error::InUse`]: somebody has the damaged file open;
/// - [`Error::Corrupt`]: its first pages are lost, or nothing in it reads; a backup is the way out;
/// - [`Error::DiskFull`], [`Error::ReadOnly`], [`Error::Io`]: the fresh file cannot be written.
///
/// After an error there is no fresh file.
pub fn salvage(
    damaged: impl AsRef<Path>,
    fresh: impl AsRef<Path>,
    options: &Options,
    mut progress: impl FnMut(&'static str),
) -> Result<Salvage> {
    let (damaged, fresh) = (damaged.as_ref(), fresh.as_ref());
    if !damaged.exists() {
        return Err(Error::NoFile(damaged.to_owned()));
    }
    if !damaged.is_file() {
        return Err(Error::NotTillbook(damaged.to_owned()));
    }
    refuse_existing(fresh)?;
    let _held = match hold::hold(damaged) {
        // Nobody writes where nobody can.
        Err(Error::ReadOnly(_)) => None,
        held => Some(held?),
    };
    let stamp = || Stamp::new(options.clock.as_ref(), options.random.as_ref());
    let (copy, out) = WholeFile::begin(fresh, stamp())?;
    let (target, empty) = WholeFile::begin(fresh, stamp())?;
    drop(empty);
    progress("copying the damaged file");
    let mut findings = Findings::default();
    match source::copy(damaged, copy.path(), out)? {
        0 => {}
        n => {
            let name = format!("{n} blocks of 4096 bytes");
            findings.add(Finding::new("file", name, None, Reason::Unreadable));
        }
    }
    let source = Source::open(copy.path(), damaged)?;
    if source.n_commits_lost > 0 {
        let name = format!("{} commits", source.n_commits_lost);
        findings.add(Finding::new("log", name, None, Reason::Unreadable));
    }
    progress("reading the operations");
    let place = Place::read(&source, &mut findings);
    let is_copy = place.as_ref().is_some_and(|place| place.is_copy);
    let log = Log::read(&source, is_copy, &mut findings);
    progress("reading the rows");
    let people = if is_copy { Vec::new() } else { person::read(&source, &log, &mut findings)? };
    if people.is_empty() && log.entries.is_empty() && findings.n > 0 {
        return Err(Error::Corrupt("neither its rows nor its operations read".to_owned()));
    }
    progress("writing the fresh file");
    let n_operations_kept = log.entries.len() as u64;
    write(&source, place, &log, &people, target.path(), options, &mut findings)?;
    let report = look_through(target.path(), &[], progress)?;
    target.publish(false)?;
    Ok(Salvage { report, n_operations_kept, n_findings: findings.n, findings: findings.list })
}

/// Writes everything into the empty file at `path`.
fn write(
    source: &Source,
    place: Option<Place>,
    log: &Log,
    people: &[Person],
    path: &Path,
    options: &Options,
    findings: &mut Findings,
) -> Result<()> {
    let (currency, require_version) = settings(source, options, findings);
    let now = options.clock.now();
    let clock = Arc::new(ManualClock::new(now));
    let options = Options {
        currency: Some(currency),
        clock: clock.clone(),
        reserve_bytes: 0,
        ..options.clone()
    };
    if let Some(place) = &place {
        place.take(path, &options, now)?;
    }
    let store = Store::open_with(path, options)?;
    if require_version {
        store.set_require_version(true)?;
    }
    if place.is_some_and(|place| place.is_copy) {
        place::write_pending(source, log, &store, findings)?;
    } else {
        Writer::new(source, log, &clock, findings).write(&store, people, now)?;
    }
    bulk::bring(source, &store, findings)
}

/// The currency of the file, and whether it demands versions.
fn settings(source: &Source, options: &Options, findings: &mut Findings) -> (Currency, bool) {
    let read = |table: &str| {
        let sql = format!("select currency_label, currency_exponent, require_version from {table}");
        let row = source
            .conn
            .query_row(&sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)));
        let (label, exponent, require_version): (String, u8, bool) = row.ok()?;
        Some((Currency::new(&label, exponent).ok()?, require_version))
    };
    if let Some(settings) = read("node") {
        return settings;
    }
    let asked = options.currency.clone().map(|currency| (currency, false));
    let (currency, require_version) =
        asked.or_else(|| read("main.node")).unwrap_or((Currency::default(), false));
    let shown = format!("{} with {} decimals", currency.label(), currency.exponent());
    findings.add(Finding::new("node", "", None, Reason::Settings { currency: shown }));
    (currency, require_version)
}
