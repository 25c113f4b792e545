//! Claim: who owns a value that must be unique, and what to do when two have taken it.
//!
//! Two tills cut off from each other can both use one value, so uniqueness is a claim and not an
//! index: a local write that clashes is refused, what arrives from elsewhere is always stored, and
//! a clash becomes a conflict for a person to resolve (sync.md 2.7).

use rusqlite::{Connection, OptionalExtension, params};

use crate::cell::Cells;
use crate::choice::choice;
use crate::customer;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::query::Page;
use crate::seal::{Sealed, sealed};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// At most this many conflicts are listed at once.
pub const CONFLICTS_MAX: u32 = 1_000;

choice! {
    /// What is claimed.
    ClaimKind {
        /// The serial number of a card.
        Card = "card",
        /// The external id of a customer.
        ExternalId = "external_id",
    }
}

choice! {
    /// What kind of trouble a conflict is.
    ConflictKind {
        /// Two customers have a card of the same serial number.
        Card = "card",
        /// Two customers have the same external id.
        ExternalId = "external_id",
        /// A change arrived for a customer nobody has created; an empty one stands in.
        UnknownCustomer = "unknown_customer",
        /// A reversal without effect: its target is reversed already, is itself a reversal, or
        /// belongs to another customer.
        Reversal = "reversal",
        /// A credit transaction arrived whose id is taken by one with other content.
        IdReused = "id_reused",
        /// A movement of credit arrived for a deleted customer.
        DeletedCustomer = "deleted_customer",
    }
}

choice! {
    /// How a person resolved a conflict.
    Resolution {
        /// One customer was merged into the other.
        Merged = "merged",
        /// One of them gave the value up.
        Released = "released",
        /// Both stay as they are.
        Kept = "kept",
    }
}

/// Trouble that needs a person. The same on every node, its id included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Names the conflict; it follows from the content.
    pub id: String,
    /// What kind of trouble it is.
    pub kind: ConflictKind,
    /// The value claimed twice, or the id of the credit transaction.
    pub value: Option<String>,
    /// The customer it concerns.
    pub customer_id: CustomerId,
    /// The customer who owns the value.
    pub owner_id: Option<CustomerId>,
    /// When it was found.
    pub at: Timestamp,
    /// How it was resolved; `None` while it is open.
    pub resolution: Option<Resolution>,
}

impl Store {
    /// The conflicts that wait for a person, the oldest first, at most [`CONFLICTS_MAX`].
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn conflicts(&self) -> Result<Vec<Conflict>> {
        self.read(|conn| list(conn, None, Page::default()))
    }

    /// A page of the conflicts that wait for a person, the oldest first, and how many there are.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_conflicts(&self, page: Page) -> Result<(Vec<Conflict>, u64)> {
        self.read_snapshot(|conn| {
            let sql = "select count(*) from conflict where resolved_at is null";
            let total = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            Ok((list(conn, None, page)?, total))
        })
    }

    /// The open conflict with this id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was resolved.
    pub fn conflict(&self, id: &str) -> Result<Conflict> {
        self.read(|conn| find(conn, id))
    }
}

impl Tx<'_> {
    /// The open conflict with this id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was resolved.
    pub fn conflict(&self, id: &str) -> Result<Conflict> {
        find(self.conn(), id)
    }
}

fn find(conn: &Connection, id: &str) -> Result<Conflict> {
    let missing = || Error::NotFound { what: "open conflict", id: id.to_owned() };
    list(conn, Some(id), Page::default())?.pop().ok_or_else(missing)
}

fn list(conn: &Connection, id: Option<&str>, page: Page) -> Result<Vec<Conflict>> {
    let mut statement = conn.prepare_cached(
        "select id, kind, value, customer_id, owner_id, at, resolution
           from conflict
          where resolved_at is null and id = coalesce(?1, id)
          order by at, id
          limit ?2 offset ?3",
    )?;
    let take = page.take.min(CONFLICTS_MAX);
    let skip = i64::try_from(page.skip).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![id, take, skip], |row| {
        let mut cells = Cells::from(row, 0);
        Ok(Conflict {
            id: cells.take()?,
            kind: cells.take()?,
            value: cells.take()?,
            customer_id: cells.take()?,
            owner_id: cells.take()?,
            at: cells.take()?,
            resolution: cells.take()?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What the seals of claims and conflicts cover.
pub(crate) const SEALED: [Sealed; 2] = [
    sealed!(
        "claim",
        "(select customer.id from customer where customer.key = customer_key)",
        "seal",
        "kind, value, position, customer_key"
    ),
    sealed!(
        "conflict",
        "id",
        "seal",
        "id, kind, value, customer_id, owner_id, at, resolved_at, resolution"
    ),
];

/// The key of the customer who owns `value`.
pub(crate) fn owner(conn: &Connection, kind: ClaimKind, value: &str) -> Result<Option<i64>> {
    let mut statement = conn.prepare_cached(
        "select customer_key from claim where kind = ?1 and value = ?2 order by position limit 1",
    )?;
    Ok(statement.query_row(params![kind, value], |row| row.get(0)).optional()?)
}

/// Refuses a local write that claims what another customer owns. `key` is the writer's own, if it
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
            Err(Error::Taken { parameter: parameter(), owner: customer::id_of(conn, owner)? })
        }
        _ => Ok(()),
    }
}

/// Adds a claim behind those that stand; a clash becomes a conflict.
pub(crate) fn take(
    conn: &Connection,
    kind: ClaimKind,
    value: &str,
    key: i64,
    at: Timestamp,
) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "select coalesce(max(position), 0), coalesce(max(customer_key = ?3), 0)
           from claim
          where kind = ?1 and value = ?2",
    )?;
    let (last, mine): (i64, bool) =
        statement.query_row(params![kind, value, key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if mine {
        return Ok(());
    }
    conn.prepare_cached(
        "insert into claim (kind, value, position, customer_key, seal)
         values (?1, ?2, ?3, ?4, seal(?1, ?2, ?3, ?4))",
    )?
    .execute(params![kind, value, last + 1, key])?;
    if last == 0 { Ok(()) } else { settle(conn, kind, value, at) }
}

/// Brings the conflicts about a value in line with its claims: every claimant but the owner has an
/// open one, unless a person has said to keep it as it stands with this owner.
fn settle(conn: &Connection, kind: ClaimKind, value: &str, at: Timestamp) -> Result<()> {
    conn.prepare_cached(
        "update conflict
            set resolved_at = ?3, resolution = 'released',
                seal = seal(id, kind, value, customer_id, owner_id, at, ?3, 'released')
          where kind = ?1 and value = ?2 and resolved_at is null
            and customer_id not in (select customer.id
                                      from claim
                                      join customer on customer.key = claim.customer_key
                                     where claim.kind = ?1 and claim.value = ?2
                                     order by claim.position
                                     limit -1 offset 1)",
    )?
    .execute(params![kind, value, at])?;
    let mut statement = conn.prepare_cached(
        "select customer.id
           from claim
           join customer on customer.key = claim.customer_key
          where claim.kind = ?1 and claim.value = ?2
          order by claim.position",
    )?;
    let claimants = statement.query_map(params![kind, value], |row| row.get(0))?;
    let claimants: Vec<CustomerId> = claimants.collect::<rusqlite::Result<_>>()?;
    let Some((owner, others)) = claimants.split_first() else { return Ok(()) };
    let kind = match kind {
        ClaimKind::Card => ConflictKind::Card,
        ClaimKind::ExternalId => ConflictKind::ExternalId,
    };
    others.iter().try_for_each(|other| note(conn, kind, value, other, Some(owner), at))
}

/// Takes a claim away; the next claimant, if there is one, owns the value.
pub(crate) fn release(
    conn: &Connection,
    kind: ClaimKind,
    value: &str,
    key: i64,
    at: Timestamp,
) -> Result<()> {
    conn.prepare_cached("delete from claim where kind = ?1 and value = ?2 and customer_key = ?3")?
        .execute(params![kind, value, key])?;
    settle(conn, kind, value, at)
}

/// Marks what two customers clashed over as settled by their merge.
pub(crate) fn merge(
    conn: &Connection,
    from: &CustomerId,
    into: &CustomerId,
    at: Timestamp,
) -> Result<()> {
    conn.prepare_cached(
        "update conflict
            set resolved_at = ?3, resolution = 'merged',
                seal = seal(id, kind, value, customer_id, owner_id, at, ?3, 'merged')
          where resolved_at is null and (customer_id, owner_id) in ((?1, ?2), (?2, ?1))",
    )?
    .execute(params![from, into, at])?;
    Ok(())
}

/// Notes trouble once; noting it again opens it again, unless a person has said to keep it.
pub(crate) fn note(
    conn: &Connection,
    kind: ConflictKind,
    value: &str,
    customer_id: &CustomerId,
    owner_id: Option<&CustomerId>,
    at: Timestamp,
) -> Result<()> {
    let content = [kind.as_str(), value, customer_id.as_str()].join("\n");
    let id = &blake3::hash(content.as_bytes()).to_hex()[..32];
    conn.prepare_cached(
        "insert into conflict (id, kind, value, customer_id, owner_id, at, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, seal(?1, ?2, ?3, ?4, ?5, ?6, null, null))
         on conflict do update
            set value = ?3, resolved_at = null, resolution = null, owner_id = ?5,
                seal = seal(id, kind, ?3, customer_id, ?5, at, null, null)
          where resolution is not 'kept' or owner_id is not ?5",
    )?
    .execute(params![id, kind, value, customer_id, owner_id, at])?;
    Ok(())
}

/// Marks a conflict as resolved.
pub(crate) fn resolve(
    conn: &Connection,
    id: &str,
    resolution: Resolution,
    at: Timestamp,
) -> Result<()> {
    conn.prepare_cached(
        "update conflict
            set resolved_at = ?2, resolution = ?3,
                seal = seal(id, kind, value, customer_id, owner_id, at, ?2, ?3)
          where id = ?1",
    )?
    .execute(params![id, at, resolution])?;
    Ok(())
}

/// Takes away what an erased customer claimed or clashed over.
pub(crate) fn erase(
    conn: &Connection,
    key: i64,
    customer_id: &CustomerId,
    at: Timestamp,
) -> Result<()> {
    let mut statement =
        conn.prepare_cached("delete from claim where customer_key = ?1 returning kind, value")?;
    let released = statement.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let released: Vec<(ClaimKind, String)> = released.collect::<rusqlite::Result<_>>()?;
    for (kind, value) in released {
        settle(conn, kind, &value, at)?;
    }
    // The id of a conflict is a hash of the value, by which a guess could be confirmed.
    conn.prepare_cached(
        "delete from conflict
          where kind in ('card', 'external_id') and (customer_id = ?1 or owner_id = ?1)",
    )?
    .execute([customer_id])?;
    Ok(())
}
