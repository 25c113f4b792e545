//! Tillbook: the embedded, offline-first customer store for points of sale.

// The rooms, in reading order. A room uses only rooms above it; a test holds this.

pub mod money;

pub mod id;

pub mod time;

pub mod clock;

pub mod fold;

pub mod query;

pub mod error;

mod choice;

mod cell;

mod register;

pub mod rule;

mod seal;

pub mod migrate;

mod haystack;

pub mod store;

pub mod customer;

pub mod address;

pub mod card;

pub mod claim;

pub mod credit;

pub mod ban_note;

pub mod operation;

pub mod ledger;

pub mod profile;

pub mod search;

pub mod check;

pub mod import;

#[cfg(feature = "http")]
pub mod http;

pub use address::Address;
pub use ban_note::BanNote;
pub use card::{Card, CardStatus};
pub use claim::{Conflict, ConflictKind};
pub use clock::{Clock, ManualClock, OsRandom, Random, SeededRandom, Stamp, SystemClock};
pub use credit::{CreditKind, CreditTransaction, Posting};
pub use customer::{Ban, Company, Customer, Gender, SsnSource, Standing, Validity};
pub use error::{Error, Result, Unusable};
pub use id::{AddressId, BatchId, CardSerial, CustomerId, NodeId, OperationId, TransactionId};
pub use import::ImportOptions;
pub use migrate::Options;
pub use money::{Currency, Money, Rate};
pub use profile::{Profile, ProfilePage, Replacement, Swipe};
pub use query::{Page, Query};
pub use search::{Found, Match};
pub use store::{Store, Tx};
pub use time::{Date, Timestamp};
