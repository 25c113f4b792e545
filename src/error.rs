//! Error: one enum for the library. A door decides the status of each variant.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::id::{CustomerId, LocationId, OperationId, Subject, TransactionId};
use crate::money::{Currency, Money};
use crate::query::ParseError;
use crate::time::Timestamp;

/// What every call that can fail returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the library.
///
/// A call that answers an error has changed nothing, but for [`Error::CommitUnknown`] and
/// [`Error::FileReplaced`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value breaks a rule.
    #[error("{parameter} {rule}")]
    Invalid {
        /// The field, dotted and with indexes: `cards[0].serial_number`.
        parameter: String,
        /// The rule it breaks, to be read after the parameter's name.
        rule: String,
    },
    /// The text of a query does not parse.
    #[error(transparent)]
    Query(#[from] ParseError),
    /// There is no such record, or it was deleted.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for: customer, card, address ...
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// The id belongs to a customer already.
    #[error("customer {0} exists already")]
    Exists(CustomerId),
    /// The customer was erased; the id is never used again.
    #[error("customer {0} was erased; an erased id is never used again")]
    Erased(CustomerId),
    /// Another customer or location uses a value that must be unique.
    #[error("{parameter} is used by another {} already", .owner.noun())]
    Taken {
        /// Which field: `external_id`, `name` or `cards[0].serial_number`.
        parameter: String,
        /// The customer or the location that owns the value.
        owner: Subject,
    },
    /// The record has changed since it was read.
    #[error("version {sent} was sent, version {stored} is stored")]
    VersionMismatch {
        /// Whose record it is.
        id: CustomerId,
        /// The version to read again.
        stored: u64,
        /// The version the write named.
        sent: u64,
    },
    /// This write must name the version it was made from.
    #[error("version is needed: {reason}")]
    VersionRequired {
        /// Why.
        reason: &'static str,
    },
    /// A spend, an earning or another movement would take the balance below its limit.
    #[error("balance is {}, {} was requested", .currency.display(*.balance), .currency.display(*.requested))]
    InsufficientCredit {
        /// The balance before the call.
        balance: Money,
        /// What was to be taken, positive.
        requested: Money,
        /// Prints both.
        currency: Currency,
    },
    /// The customer or the card may not be used now.
    #[error("not usable: {0}")]
    NotUsable(Unusable),
    /// The id was recorded before with other content.
    #[error("credit transaction {0} was recorded before with other content")]
    IdReused(TransactionId),
    /// The target of a reversal cannot be reversed.
    #[error("credit transaction {target} cannot be reversed: {reason}")]
    NotReversible {
        /// What was to be undone.
        target: TransactionId,
        /// Why not.
        reason: &'static str,
    },
    /// A customer with a balance is not deleted.
    #[error("the balance is {}, not zero", .currency.display(*.balance))]
    BalanceNotZero {
        /// The balance.
        balance: Money,
        /// Prints it.
        currency: Currency,
    },
    /// A sum leaves the range of 64 bits.
    #[error("the amount is too large to add up")]
    Overflow,
    /// An operation that comes before this one in its author's chain has not arrived.
    #[error("operation {got} leaves a gap, {expected} is expected first")]
    Gap {
        /// What arrived.
        got: OperationId,
        /// What must come first.
        expected: OperationId,
    },
    /// Another operation is stored under this one's coordinate, or under that of the one it follows:
    /// one file was written by two.
    #[error("operation {0} does not go on from what is stored under the same coordinate")]
    Fork(OperationId),
    /// An operation does not hash to what it says, or its chain does not fit.
    #[error("operation {0} is damaged")]
    Damaged(OperationId),
    /// An operation of a newer version, which this one cannot apply.
    #[error("operation {id} needs a newer version: {reason}")]
    UpgradeNeeded {
        /// The operation.
        id: OperationId,
        /// What is unknown about it.
        reason: String,
    },
    /// The cursor is not of this file's feed, or of a part of it that a restored backup does not have:
    /// everything must be read anew.
    #[error("the cursor is not of this feed")]
    CursorReset,
    /// What was staged does not lead here: it was forgotten meanwhile, by an erase for instance. The run
    /// goes on from where [`Store::cursor`](crate::Store::cursor) stands.
    #[error("the page does not go on from what is staged")]
    StageMoved,
    /// What the parent has sent does not make up the state that it has told of; nothing was shown.
    #[error(
        "what came from the parent is not the state it told of: its digest is {told}, not {found}"
    )]
    Diverged {
        /// The digest that the parent told.
        told: String,
        /// The digest of what came.
        found: String,
    },
    /// The parent lacks operations that the root has: it was restored and must hear from the root
    /// first. Or the root went back, and the parent was not asked since about some that are kept here no
    /// more: another hello asks. Nothing of its state was shown.
    #[error("the parent is behind the root: it lacks {lacks}")]
    StaleParent {
        /// The first operation it lacks.
        lacks: OperationId,
    },
    /// The root was restored since the last hello; another hello comes first. Nothing of the parent's state
    /// was shown.
    #[error("the root was restored since this node last said hello")]
    RootRestored,
    /// This file cannot be a child of that one.
    #[error("it cannot be a child: {0}")]
    NotAChild(String),
    /// The node has no parent to hear from.
    #[error("it has no parent")]
    NoParent,
    /// A node that is not known as a child, was shut out, or has not said hello since the file was opened.
    #[error("node {0} is no child that has said hello since this file was opened")]
    UnknownChild(crate::id::NodeId),
    /// Another node comes in with this key.
    #[error("the key is that of another node; make one key for each till")]
    KeyOfAnotherNode,
    /// The node comes in with another key, which is in use and has this name.
    #[error("the node has the key {0:?}, which is in use; revoke that one first")]
    NodeOfAnotherKey(String),
    /// Another process has the file open for writing.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The store was opened beside another process and does not write customers.
    #[error("the file was opened for reading, beside the process that writes it")]
    OpenedBeside,
    /// The file is not a Tillbook file.
    #[error("{} is not a Tillbook file", .0.display())]
    NotTillbook(PathBuf),
    /// There is no file.
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    /// The file was written by a newer version.
    #[error("{} has schema version {found}, this program knows up to {known}", .path.display())]
    NewerFile {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
        /// The newest version this program reads.
        known: u32,
    },
    /// The file counts in another currency than the one asked for.
    #[error("the file counts in {found}, not in {asked}")]
    OtherCurrency {
        /// The file's label and exponent.
        found: String,
        /// The label and exponent asked for.
        asked: String,
    },
    /// The file or its folder cannot be written.
    #[error("{} cannot be written", .0.display())]
    ReadOnly(PathBuf),
    /// There is no space left; nothing was written.
    #[error("the disk is full")]
    DiskFull,
    /// The file is damaged.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// A row is not what was written: its bits have flipped on the disk. It is neither told to other
    /// nodes nor written on.
    #[error(
        "the row of {what} {id} is damaged: `tillbook check` names all damage; a file with a parent \
         fetches such rows anew, any other is mended by `tillbook salvage` or from a backup"
    )]
    DamagedRow {
        /// What it is a row of.
        what: &'static str,
        /// Which one; of a claim its kind.
        id: String,
    },
    /// A commit failed half-way, and so did reading the file anew: look the write up before repeating
    /// it. The store takes no more writes until it is opened again.
    #[error("it is unknown whether the write was stored: {0}")]
    CommitUnknown(String),
    /// The file or its log was deleted or replaced while it was open: what was written since went
    /// with it. The store takes no more writes.
    #[error("{} was deleted or replaced while it was open", .0.display())]
    FileReplaced(PathBuf),
    /// An earlier commit failed, and the file could not be read anew; the store must be opened again.
    #[error("no more writes are taken until the store is opened again: {0}")]
    WritesRefused(String),
    /// Nothing was written, because the system refused a write that shared the commit.
    #[error("nothing was stored: {0}")]
    NotStored(String),
    /// The SQLite that is linked lacks a needed repair.
    #[error("SQLite {found} is linked, {needed} or newer is needed")]
    OldSqlite {
        /// The version that is linked.
        found: &'static str,
        /// The least version.
        needed: &'static str,
    },
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// SQLite refused in a way no caller can mend.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
}

impl Error {
    /// A value that breaks a rule; `rule` is read after the parameter's name.
    pub(crate) fn invalid(parameter: impl Into<String>, rule: impl fmt::Display) -> Self {
        Self::Invalid { parameter: parameter.into(), rule: rule.to_string() }
    }

    pub(crate) fn no_customer(id: &CustomerId) -> Self {
        Self::NotFound { what: "customer", id: id.to_string() }
    }

    pub(crate) fn no_location(id: &LocationId) -> Self {
        Self::NotFound { what: "location", id: id.to_string() }
    }

    /// A row that holds what none can hold.
    pub(crate) fn unreadable(what: impl Into<String>) -> Self {
        let (at, kind) = (0, rusqlite::types::Type::Text);
        Self::Sqlite(rusqlite::Error::FromSqlConversionFailure(at, kind, what.into().into()))
    }

    /// Whether a row holds what none can hold. A file whose structure is broken is another matter:
    /// nothing that it says of a row can be relied on.
    pub(crate) fn is_unreadable(&self) -> bool {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        matches!(
            self,
            Self::Sqlite(
                FromSqlConversionFailure(..)
                    | IntegralValueOutOfRange(..)
                    | InvalidColumnType(..)
                    | Utf8Error(..)
            )
        )
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

/// Why a customer or a card may not be used at a till now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// The customer's standing is not open.
    #[error("the customer is {0}")]
    Standing(&'static str),
    /// The customer is suspended or banned.
    #[error("the customer is {0}")]
    Banned(&'static str),
    /// The customer's time has not come.
    #[error("the customer is not valid before {0}")]
    NotYetValid(Timestamp),
    /// The customer's time has passed.
    #[error("the customer expired at {0}")]
    Expired(Timestamp),
    /// The card is switched off.
    #[error("the card is not active")]
    CardInactive,
    /// The card's state does not allow its use.
    #[error("the card is {}", .0.replace('_', " "))]
    CardStatus(&'static str),
    /// The card's time has not come.
    #[error("the card is not valid before {0}")]
    CardNotYetValid(Timestamp),
    /// The card's time has passed.
    #[error("the card expired at {0}")]
    CardExpired(Timestamp),
}
