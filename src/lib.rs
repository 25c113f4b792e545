//! Tillbook: the embedded, offline-first customer store for points of sale.
//!
//! A till opens a file, finds the customer of a card, and earns and spends credit; nothing waits for
//! a network.
//!
//! ```
//! use tillbook::{Card, CardSerial, CreditTransaction, Customer, Money, Store};
//!
//! let store = Store::open_in_memory()?; // a till opens a file: Store::open("tillbook.db")?
//! let ada = store.create_customer(&Customer::new(store.stamp()))?;
//! let serial = CardSerial::new("0012345678")?;
//! store.set_card(&ada.id, &Card::new(serial.clone()))?;
//! store.record(&CreditTransaction::deposit(store.stamp(), &ada.id, Money::from_minor(1000)))?;
//!
//! let swipe = store.find_card(&serial)?.ok_or("this card is unknown")?;
//! let spend = CreditTransaction::spend(store.stamp(), &swipe.customer.id, Money::from_minor(450));
//! assert_eq!(store.record_with_card(&serial, &spend)?, Money::from_minor(550));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Store`] is where everything begins; `ARCHITECTURE.md` in the repository says how the rooms
//! hang together.

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

#[doc(hidden)]
pub mod drill;

mod seal;

mod hold;

pub mod migrate;

mod whole_file;

mod haystack;

pub mod unit;

pub mod store;

pub mod customer;

pub mod address;

pub mod card;

pub mod location;

pub mod debt_account;

pub mod claim;

pub mod credit;

pub mod ban_note;

mod image;

pub mod operation;

pub mod ledger;

pub mod profile;

mod hierarchy;

pub mod bulk;

#[cfg(feature = "http")]
pub mod access;

#[cfg(feature = "http")]
pub mod idempotency;

#[cfg(feature = "http")]
pub mod page_token;

mod json_line;

pub mod search;

pub mod check;

pub mod import;

pub mod export;

pub mod backup;

pub mod salvage;

pub mod sync;

#[cfg(feature = "http")]
pub mod http;

#[cfg(feature = "http")]
pub use access::{Key, KeyKind, NewKey, Right, Rights, Secret};
pub use address::Address;
pub use ban_note::BanNote;
pub use card::{Card, CardStatus};
pub use claim::{Conflict, ConflictKind};
pub use clock::{Clock, ManualClock, OsRandom, Random, SeededRandom, Stamp, SystemClock};
pub use credit::{CreditKind, CreditTransaction, Posting, PostingPage};
pub use customer::{Ban, Company, Customer, Gender, SsnSource, Standing, Validity};
pub use debt_account::{BillingType, DebtAccount};
pub use error::{Error, Result, Unusable};
pub use id::{
    AddressId, BatchId, BulkId, CardSerial, CustomerId, DebtAccountId, KeyId, LocationId, NodeId,
    OperationId, Subject, TransactionId,
};
#[cfg(feature = "http")]
pub use idempotency::{Answer, Remembered, RequestDigest, Secrets};
pub use import::ImportOptions;
pub use location::{Location, LocationType, Placement};
pub use migrate::Options;
pub use money::{Currency, Money, Rate};
pub use profile::{Dossier, Profile, ProfilePage, ProfilesAfter, Replacement, Swipe};
pub use query::{Page, Query};
pub use salvage::salvage;
pub use search::{Found, Match};
pub use store::{Store, Tx};
pub use time::{Date, Timestamp};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
