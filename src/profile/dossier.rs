//! Dossier: a profile with the latest movements of its credit, read together.

use rusqlite::Connection;

use super::{LATEST_TRANSACTIONS, Profile, ProfilePage, find};
use crate::credit::{self, Order, Posting};
use crate::customer;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::query::{Page, Query};
use crate::store::{Store, Tx};

/// What a dialect shows of a customer: all of it of one moment, so that the balance is the one
/// after the latest movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The customer with addresses, cards and credit.
    pub profile: Profile,
    /// The latest [`LATEST_TRANSACTIONS`] credit transactions, the newest first.
    pub latest: Vec<Posting>,
}

impl Store {
    /// The customer with this id, with all that belongs to it and its latest credit transactions.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted or erased.
    pub fn dossier(&self, id: &CustomerId) -> Result<Dossier> {
        self.read_snapshot(|conn| complete(conn, find(conn, id)?))
    }

    /// The customers that `query` asks for, each with its latest credit transactions, all of one
    /// moment.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_dossiers(&self, query: &Query) -> Result<ProfilePage<Dossier>> {
        self.list_with(query, |conn, page| {
            let ProfilePage { items, count, total_count } = page;
            let dossiers = |items: Vec<Profile>| {
                items.into_iter().map(|profile| complete(conn, profile)).collect()
            };
            Ok(ProfilePage { items: items.map(dossiers).transpose()?, count, total_count })
        })
    }
}

impl Tx<'_> {
    /// The customer with this id, with all that belongs to it and its latest credit transactions,
    /// as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted or erased.
    pub fn dossier(&self, id: &CustomerId) -> Result<Dossier> {
        complete(self.conn(), find(self.conn(), id)?)
    }
}

fn complete(conn: &Connection, profile: Profile) -> Result<Dossier> {
    let latest = latest(conn, &profile.customer.id)?;
    Ok(Dossier { profile, latest })
}

/// The latest movements of a customer's credit, the newest first; deleted and erased ones keep
/// theirs.
pub(super) fn latest(conn: &Connection, id: &CustomerId) -> Result<Vec<Posting>> {
    let account = customer::account(conn, id)?.ok_or_else(|| Error::no_customer(id))?;
    let page = Page { skip: 0, take: LATEST_TRANSACTIONS };
    credit::list(conn, account.key, page, Order::NewestFirst)
}
