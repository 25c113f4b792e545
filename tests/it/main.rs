//! One crate of tests, a module per room.
//!
//! A test is data: inputs and the texts they must lead to, run through one helper. Time and dice
//! are fixed, so a test that fails fails again.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error it did not ask for is over, and the panic shows where"
)]

#[cfg(feature = "http")]
mod access;
mod acknowledgement;
mod backlog;
mod backup;
mod bad_input;
mod bulk;
mod card_edit;
mod cases;
mod check_tree;
mod claim;
mod claim_of_three;
mod commit;
mod copies;
mod crash;
mod debt_account;
mod erase;
mod export;
mod file;
mod flip;
mod forged;
#[cfg(feature = "http")]
mod idempotency;
mod import;
mod ledger;
mod location;
mod made_up;
mod meet;
mod migrate;
mod moved;
mod newer;
mod operation;
mod page_after;
mod published;
mod record;
mod retention;
mod root_restored;
mod rot;
#[cfg(feature = "http")]
mod routes;
mod salvage;
mod salvage_bulk;
mod salvage_tree;
mod search;
mod share;
mod shop;
mod sim;
mod snapshot;
mod stray_words;
mod sync;
#[cfg(feature = "sync")]
mod sync_client;
#[cfg(feature = "sync")]
mod sync_link;
mod thread;
mod tidy;
mod tree;
mod unreadable;
mod version;
mod vfs;
mod weight;
mod withheld;
