//! Import: customers with cards and opening balances from the CSV file of another system, or from
//! the lines of JSON that an export of ours has written.
//!
//! A row finds its customer by id, else by external id, else by card, so that importing a file
//! again changes nothing, and one that was cut short is finished by importing it again.

mod field;
mod header;
mod lines;
mod opening;
mod row;
mod source;
mod undo;
mod value;
mod write;

use std::fmt;
use std::io::Read;

use self::lines::{Lines, TextLine};
use self::source::{Row, Source};
use self::write::Run;
use crate::clock::Stamp;
use crate::error::Result;
use crate::id::BatchId;
use crate::money::Money;
use crate::store::Store;

pub use lines::LINE_BYTES_MAX;
pub use source::{HEADER_BYTES_MAX, ROW_BYTES_MAX, ROW_LINES_MAX};
pub use undo::{Left, LeftReason, Undone};
pub(crate) use value::guarded;

/// Rows stored in one SQL transaction: enough that commits cost little, few enough that a till
/// that waits for the writer does not notice.
pub const ROWS_PER_COMMIT: usize = 500;
/// At most this many rejects are kept with their reasons; all are counted.
pub const REJECTS_MAX: usize = 10_000;

/// How an import is done.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Names the run: every customer it creates is noted under it.
    pub batch: BatchId,
    /// Store nothing, only report what would happen. No one else can write until it is over.
    pub dry_run: bool,
}

impl ImportOptions {
    /// A run that stores, named by the stamp's id.
    pub fn new(stamp: Stamp) -> Self {
        Self { batch: BatchId::from(stamp.id), dry_run: false }
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the file that were read.
    pub n_bytes: u64,
    /// Rows that were stored or rejected.
    pub n_rows: u64,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Names the run.
    pub batch: BatchId,
    /// Customers who were not there before.
    pub n_created: u64,
    /// Rows that changed a customer who was there.
    pub n_updated: u64,
    /// Rows that said what was stored already.
    pub n_unchanged: u64,
    /// Rows that broke a rule and left no trace.
    pub n_rejected: u64,
    /// Opening balances that were taken as deposits.
    pub n_opening: u64,
    /// Their sum.
    pub opening: Money,
    /// The first [`REJECTS_MAX`] rejected rows, in the order of the file.
    pub rejects: Vec<Reject>,
    /// Columns that are not known and were left out.
    pub ignored: Vec<String>,
}

impl Report {
    /// The report of a run that has done nothing yet.
    fn new(options: &ImportOptions, ignored: Vec<String>) -> Self {
        Self {
            batch: options.batch.clone(),
            n_created: 0,
            n_updated: 0,
            n_unchanged: 0,
            n_rejected: 0,
            n_opening: 0,
            opening: Money::ZERO,
            rejects: Vec::new(),
            ignored,
        }
    }
}

/// A row that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The line of the file it begins on, the header's being 1.
    pub line: u64,
    /// The column in question, as the file names it; `None` when it is the row as a whole.
    pub column: Option<String>,
    /// What is wrong, to be read after the column's name.
    pub reason: String,
}

/// `line 17: DiscountRate must be 0 to 100 percent`
impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(column) = &self.column {
            write!(f, "{column} ")?;
        }
        f.write_str(&self.reason)
    }
}

impl Store {
    /// Reads customers from CSV and stores them, [`ROWS_PER_COMMIT`] in one SQL transaction.
    ///
    /// The file is UTF-8, with comma, semicolon or tab between cells, and its first line names the
    /// columns: in the words of PORTOS Link, of Dotykačka's customer export, or in plain English,
    /// in any order and case. Columns that are not known are left out and reported.
    ///
    /// A row whose customer is known replaces the fields whose cells hold something, any other row
    /// creates a customer. A row that breaks a rule is rejected as a whole, with line and reason,
    /// and holds up no other. `progress` is called after each commit.
    ///
    /// `CreditAmount` is what the customer brings along. It becomes a deposit before the first
    /// movement of the customer's credit, and never a second time.
    ///
    /// ```
    /// use tillbook::{ImportOptions, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let file = "CardSerialNumber;FirstName;DiscountRate;CreditAmount\n\
    ///             0012345678;Ada;5;12,50\n\
    ///             0012345679;Bob;105;\n";
    /// let report = store.import(file.as_bytes(), &ImportOptions::new(store.stamp()), |_| {})?;
    /// assert_eq!((report.n_created, report.n_rejected), (1, 1));
    /// assert_eq!(report.rejects[0].to_string(), "line 3: DiscountRate must be 0 to 100 percent");
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`](crate::Error::Invalid): the file is no such text, its header names a
    ///   field twice or none that is known, or a row does not end;
    /// - [`Error::Io`](crate::Error::Io): the file cannot be read;
    /// - as [`Store::write`].
    ///
    /// What was committed before the error stays; importing the file again goes on from there.
    pub fn import(
        &self,
        file: impl Read,
        options: &ImportOptions,
        mut progress: impl FnMut(&Progress),
    ) -> Result<Report> {
        let mut source = Source::open(file)?;
        let mut run = Run::new(Report::new(options, source.header().ignored()));
        let mut n_rows = 0;
        let mut note = |source: &Source<_>, rows: &[Row]| {
            n_rows += rows.len() as u64;
            progress(&Progress { n_bytes: source.n_bytes(), n_rows });
        };
        if options.dry_run {
            self.rehearse(|tx| {
                while let Some(rows) = next_rows(&mut source)? {
                    run.take(tx, source.header(), &rows)?;
                    note(&source, &rows);
                }
                Ok(())
            })?;
        } else {
            // The rows are read first, so that nobody who writes waits for a slow file.
            while let Some(rows) = next_rows(&mut source)? {
                self.write(|tx| run.take(tx, source.header(), &rows))?;
                note(&source, &rows);
            }
        }
        Ok(run.report)
    }

    /// Reads customers from lines of JSON, as [`Store::export_json_lines`] writes them, and stores
    /// them, [`ROWS_PER_COMMIT`] in one SQL transaction.
    ///
    /// A line carries everything: a customer whose id is known becomes what the line says, with all
    /// addresses and cards, and any other is created. A line that breaks a rule is rejected as a
    /// whole. The credit is taken once, as an opening balance.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`](crate::Error::Invalid): a line is longer than [`LINE_BYTES_MAX`];
    /// - [`Error::Io`](crate::Error::Io): the file cannot be read;
    /// - as [`Store::write`].
    ///
    /// What was committed before the error stays; importing the file again goes on from there.
    pub fn import_json_lines(
        &self,
        file: impl Read,
        options: &ImportOptions,
        mut progress: impl FnMut(&Progress),
    ) -> Result<Report> {
        let mut source = Lines::new(file);
        let mut run = Run::new(Report::new(options, Vec::new()));
        let mut n_rows = 0;
        let mut note = |source: &Lines<_>, lines: &[TextLine]| {
            n_rows += lines.len() as u64;
            progress(&Progress { n_bytes: source.n_bytes(), n_rows });
        };
        if options.dry_run {
            self.rehearse(|tx| {
                while let Some(lines) = source.next_lines(ROWS_PER_COMMIT)? {
                    run.take_lines(tx, &lines)?;
                    note(&source, &lines);
                }
                Ok(())
            })?;
        } else {
            while let Some(lines) = source.next_lines(ROWS_PER_COMMIT)? {
                self.write(|tx| run.take_lines(tx, &lines))?;
                note(&source, &lines);
            }
        }
        Ok(run.report)
    }
}

/// The rows of the next commit, or `None` at the end.
fn next_rows(source: &mut Source<impl Read>) -> Result<Option<Vec<Row>>> {
    let mut rows = Vec::new();
    while rows.len() < ROWS_PER_COMMIT {
        match source.next_row()? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    Ok(Some(rows).filter(|rows| !rows.is_empty()))
}
