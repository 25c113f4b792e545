//! Claim: who owns a value that must be unique, and what to do when two have taken it.
//!
//! Two tills cut off from each other can both use one value, so uniqueness is a claim and not an
//! index: a local write that clashes is refused, what arrives from elsewhere is always stored, and
//! a clash becomes a conflict for a person to resolve (sync.md 2.7).

mod conflict;
mod unit;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::choice::choice;
use crate::customer;
use crate::error::{Error, Result};
use crate::id::{CustomerId, IdError, LocationId, Subject};
use crate::location;
use crate::seal::{Sealed, sealed};
use crate::time::Timestamp;
use crate::unit::{Kind, Rows, Unit};

use conflict::remove as remove_conflict;
pub use conflict::{CONFLICTS_MAX, Conflict, ConflictKind, Resolution};
pub(crate) use conflict::{appeared, clashes_of, merge, note, released, resolve};
use unit::before_claim;
pub(crate) use unit::{
    CONFLICT_FIELDS, claim_id, claim_image, conflict_image, is_of_location, put_claim,
    put_conflict, unknown_resolution,
};

choice! {
    /// What is claimed.
    ClaimKind {
        /// The serial number of a card.
        Card = "card",
        /// The external id of a customer.
        ExternalId = "external_id",
        /// The external id of a debt account.
        DebtAccount = "debt_account",
        /// The external id of a location.
        LocationExternalId = "location_external_id",
        /// The type of a location, a line feed, and its name.
        LocationName = "location_name",
    }
}

/// At most this many customers or locations use one value.
pub const CLAIMANTS_MAX: u64 = 10_000;

impl ClaimKind {
    /// Whether locations claim it, and not customers.
    pub(crate) const fn is_of_location(self) -> bool {
        matches!(self, Self::LocationExternalId | Self::LocationName)
    }

    /// Whoever has this id, as one of those who claim it.
    fn subject(self, id: &str) -> Result<Subject, IdError> {
        match self.is_of_location() {
            true => LocationId::new(id).map(Subject::Location),
            false => CustomerId::new(id).map(Subject::Customer),
        }
    }

    /// The columns `customer_key` and `location_key` of a claimant.
    fn keys(self, key: i64) -> (Option<i64>, Option<i64>) {
        if self.is_of_location() { (None, Some(key)) } else { (Some(key), None) }
    }
}

/// What the seals of claims and conflicts cover.
pub(crate) const SEALED: [Sealed; 2] = [
    sealed!(
        "claim",
        "coalesce((select customer.id from customer where customer.key = customer_key),
                  (select location.id from location where location.key = location_key))",
        "seal",
        "kind, value, position, customer_key, location_key"
    ),
    sealed!(
        "conflict",
        "id",
        "seal",
        "id, kind, value, customer_id, location_id, owner_id, at, resolved_at, resolution"
    ),
];

/// The key of the customer or location that owns `value`.
pub(crate) fn owner(conn: &Connection, kind: ClaimKind, value: &str) -> Result<Option<i64>> {
    let mut statement = conn.prepare_cached(
        "select coalesce(customer_key, location_key)
           from claim
          where kind = ?1 and value = ?2
          order by position
          limit 1",
    )?;
    Ok(statement.query_row(params![kind, value], |row| row.get(0)).optional()?)
}

/// Refuses a local write that claims what another customer or location owns. `key` is the writer's own, if it
/// has one yet; `parameter` names the field in the error.
pub(crate) fn check_free(
    conn: &Connection,
    kind: ClaimKind,
    value: &str,
    key: Option<i64>,
    parameter: impl FnOnce() -> String,
) -> Result<()> {
    match owner(conn, kind, value)? {
        Some(owner) if Some(owner) != key => {
            let owner = match kind.is_of_location() {
                true => (&location::id_of(conn, owner)?).into(),
                false => (&customer::id_of(conn, owner)?).into(),
            };
            Err(Error::Taken { parameter: parameter(), owner })
        }
        _ => Ok(()),
    }
}

/// Adds a claim behind those that stand; a clash becomes a conflict.
pub(crate) fn take(
    rows: &Rows<'_>,
    kind: ClaimKind,
    value: &str,
    key: i64,
    at: Timestamp,
) -> Result<()> {
    let mut statement = rows.prepare_cached(
        "select coalesce(max(position), 0), coalesce(max(coalesce(customer_key, location_key) = ?3), 0),
                count(*)
           from claim
          where kind = ?1 and value = ?2",
    )?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (last, mine, n_claimants): (i64, bool, u64) =
        statement.query_row(params![kind, value, key], read)?;
    if mine {
        return Ok(());
    }
    if n_claimants >= CLAIMANTS_MAX {
        let rule = format!("is used by {CLAIMANTS_MAX} already, and no value by more");
        return Err(Error::invalid(kind.as_str(), rule));
    }
    before_claim(rows, kind, value)?;
    add(rows, kind, value, last + 1, key)?;
    if last == 0 { Ok(()) } else { settle(rows, kind, value, at) }
}

fn add(conn: &Connection, kind: ClaimKind, value: &str, position: i64, key: i64) -> Result<()> {
    let (customer_key, location_key) = kind.keys(key);
    conn.prepare_cached(
        "insert into claim (kind, value, position, customer_key, location_key, seal)
         values (?1, ?2, ?3, ?4, ?5, seal(?1, ?2, ?3, ?4, ?5))",
    )?
    .execute(params![kind, value, position, customer_key, location_key])?;
    Ok(())
}

/// Everybody who claims a value, its owner first.
fn claimants(conn: &Connection, kind: ClaimKind, value: &str) -> Result<Vec<Subject>> {
    let mut statement = conn.prepare_cached(
        "select coalesce(customer.id, location.id)
           from claim
           left join customer on customer.key = claim.customer_key
           left join location on location.key = claim.location_key
          where claim.kind = ?1 and claim.value = ?2
          order by claim.position",
    )?;
    let mut rows = statement.query(params![kind, value])?;
    let mut claimants = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_str().unwrap_or_default();
        claimants.push(
            kind.subject(id)
                .map_err(|_| Error::unreadable(format!("a claim of kind {kind} names nobody")))?,
        );
    }
    Ok(claimants)
}

/// Brings the conflicts about a value in line with its claims: every claimant but the owner has an
/// open one, unless a person has said to keep it as it stands with this owner.
fn settle(rows: &Rows<'_>, kind: ClaimKind, value: &str, at: Timestamp) -> Result<()> {
    let claimants = claimants(rows, kind, value)?;
    let (owner, others) = match claimants.split_first() {
        Some((owner, others)) => (Some(owner), others),
        None => (None, [].as_slice()),
    };
    let mut statement = rows.prepare_cached(
        "select id, coalesce(customer_id, location_id)
           from conflict
          where kind = ?1 and value = ?2 and resolved_at is null",
    )?;
    let open = statement.query_map(params![kind, value], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let open: Vec<(String, String)> = open.collect::<rusqlite::Result<_>>()?;
    for (id, subject) in open {
        if !others.iter().any(|other| other.as_str() == subject) {
            resolve(rows, &id, Resolution::Released, at)?;
        }
    }
    let kind = match kind {
        ClaimKind::Card => ConflictKind::Card,
        ClaimKind::ExternalId => ConflictKind::ExternalId,
        ClaimKind::LocationExternalId => ConflictKind::LocationExternalId,
        ClaimKind::LocationName => ConflictKind::LocationName,
        ClaimKind::DebtAccount => ConflictKind::DebtAccount,
    };
    others.iter().try_for_each(|other| note(rows, kind, value, Some(other), owner, at))
}

/// Takes a claim away; the next claimant, if there is one, owns the value.
pub(crate) fn release(
    rows: &Rows<'_>,
    kind: ClaimKind,
    value: &str,
    key: i64,
    at: Timestamp,
) -> Result<()> {
    before_claim(rows, kind, value)?;
    rows.prepare_cached(
        "delete from claim
          where kind = ?1 and value = ?2 and coalesce(customer_key, location_key) = ?3",
    )?
    .execute(params![kind, value, key])?;
    settle(rows, kind, value, at)
}

/// Takes away what an erased customer claimed or clashed over. The names of these units are what
/// the customer used, and go as well.
pub(crate) fn erase(
    rows: &Rows<'_>,
    key: i64,
    customer_id: &CustomerId,
    at: Timestamp,
) -> Result<()> {
    for (kind, value) in claims_of(rows, key)? {
        release(rows, kind, &value, key, at)?;
        if owner(rows, kind, &value)?.is_none() {
            rows.forget(&Unit::new(Kind::Claim, claim_id(kind, &value)), customer_id)?;
        }
    }
    // The id of a conflict is a hash of the value, by which a guess could be confirmed.
    for id in clashes_of(rows, customer_id)? {
        remove_conflict(rows, &id)?;
        rows.forget(&Unit::new(Kind::Conflict, id), customer_id)?;
    }
    Ok(())
}

/// What a customer claims.
pub(crate) fn claims_of(conn: &Connection, key: i64) -> Result<Vec<(ClaimKind, String)>> {
    let mut statement =
        conn.prepare_cached("select kind, value from claim where customer_key = ?1")?;
    let claims = statement.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(claims.collect::<rusqlite::Result<_>>()?)
}
