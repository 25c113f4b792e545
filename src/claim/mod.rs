//! Claim: who owns a value that must be unique, and what to do when two have taken it.
//!
//! Two tills cut off from each other can both use one value, so uniqueness is a claim and not an
//! index: a local write that clashes is refused, what arrives from elsewhere is always stored, and
//! a clash becomes a conflict for a person to resolve (sync.md 2.7).

mod unit;

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
use crate::unit::{Kind, Rows, Unit};

use unit::{before_claim, before_conflict};
pub(crate) use unit::{claim_id, claim_image, conflict_image, put_claim, put_conflict};

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
        /// A movement that was allowed where it was made has taken the balance below its limit,
        /// because more was taken elsewhere.
        Overdrawn = "overdrawn",
        /// An operation that does not hash to what it says was stored without effect.
        DamagedOperation = "damaged_operation",
        /// An operation that says what cannot be done was stored without effect.
        RefusedOperation = "refused_operation",
        /// A node goes on from an operation that was not its last: its file was restored from a
        /// backup, or cloned.
        Forked = "forked",
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
    /// The value claimed twice, or the id of the credit transaction, of the operation or of the node.
    pub value: Option<String>,
    /// The customer it concerns; `None` where that cannot be told.
    pub customer_id: Option<CustomerId>,
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
    rows: &Rows<'_>,
    kind: ClaimKind,
    value: &str,
    key: i64,
    at: Timestamp,
) -> Result<()> {
    let mut statement = rows.prepare_cached(
        "select coalesce(max(position), 0), coalesce(max(customer_key = ?3), 0)
           from claim
          where kind = ?1 and value = ?2",
    )?;
    let (last, mine): (i64, bool) =
        statement.query_row(params![kind, value, key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if mine {
        return Ok(());
    }
    before_claim(rows, kind, value)?;
    add(rows, kind, value, last + 1, key)?;
    if last == 0 { Ok(()) } else { settle(rows, kind, value, at) }
}

fn add(conn: &Connection, kind: ClaimKind, value: &str, position: i64, key: i64) -> Result<()> {
    conn.prepare_cached(
        "insert into claim (kind, value, position, customer_key, seal)
         values (?1, ?2, ?3, ?4, seal(?1, ?2, ?3, ?4))",
    )?
    .execute(params![kind, value, position, key])?;
    Ok(())
}

/// Everybody who claims a value, its owner first.
fn claimants(conn: &Connection, kind: ClaimKind, value: &str) -> Result<Vec<CustomerId>> {
    let mut statement = conn.prepare_cached(
        "select customer.id
           from claim
           join customer on customer.key = claim.customer_key
          where claim.kind = ?1 and claim.value = ?2
          order by claim.position",
    )?;
    let claimants = statement.query_map(params![kind, value], |row| row.get(0))?;
    Ok(claimants.collect::<rusqlite::Result<_>>()?)
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
        "select id, customer_id from conflict where kind = ?1 and value = ?2 and resolved_at is null",
    )?;
    let open = statement.query_map(params![kind, value], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let open: Vec<(String, CustomerId)> = open.collect::<rusqlite::Result<_>>()?;
    for (id, customer_id) in open {
        if !others.contains(&customer_id) {
            resolve(rows, &id, Resolution::Released, at)?;
        }
    }
    let kind = match kind {
        ClaimKind::Card => ConflictKind::Card,
        ClaimKind::ExternalId => ConflictKind::ExternalId,
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
    rows.prepare_cached("delete from claim where kind = ?1 and value = ?2 and customer_key = ?3")?
        .execute(params![kind, value, key])?;
    settle(rows, kind, value, at)
}

/// Marks what two customers clashed over as settled by their merge.
pub(crate) fn merge(
    rows: &Rows<'_>,
    from: &CustomerId,
    into: &CustomerId,
    at: Timestamp,
) -> Result<()> {
    let mut statement = rows.prepare_cached(
        "select id from conflict
          where resolved_at is null and (customer_id, owner_id) in ((?1, ?2), (?2, ?1))",
    )?;
    let open = statement.query_map(params![from, into], |row| row.get(0))?;
    let open: Vec<String> = open.collect::<rusqlite::Result<_>>()?;
    open.iter().try_for_each(|id| resolve(rows, id, Resolution::Merged, at))
}

/// Notes trouble once; noting it again opens it again, unless a person has said to keep it.
pub(crate) fn note(
    rows: &Rows<'_>,
    kind: ConflictKind,
    value: &str,
    customer_id: Option<&CustomerId>,
    owner_id: Option<&CustomerId>,
    at: Timestamp,
) -> Result<()> {
    let id = conflict_id(kind, value, customer_id);
    before_conflict(rows, &id)?;
    rows.prepare_cached(
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

/// Follows from the content, so that every node has the same one.
fn conflict_id(kind: ConflictKind, value: &str, customer_id: Option<&CustomerId>) -> String {
    let content = [kind.as_str(), value, customer_id.map_or("", CustomerId::as_str)].join("\n");
    blake3::hash(content.as_bytes()).to_hex()[..32].to_owned()
}

/// Whoever was not known is known by now.
pub(crate) fn appeared(rows: &Rows<'_>, customer_id: &CustomerId) -> Result<()> {
    remove_conflict(rows, &conflict_id(ConflictKind::UnknownCustomer, "", Some(customer_id)))
}

fn remove_conflict(rows: &Rows<'_>, id: &str) -> Result<()> {
    before_conflict(rows, id)?;
    rows.prepare_cached("delete from conflict where id = ?1")?.execute([id])?;
    Ok(())
}

/// Marks a conflict as resolved.
pub(crate) fn resolve(
    rows: &Rows<'_>,
    id: &str,
    resolution: Resolution,
    at: Timestamp,
) -> Result<()> {
    before_conflict(rows, id)?;
    rows.prepare_cached(
        "update conflict
            set resolved_at = ?2, resolution = ?3,
                seal = seal(id, kind, value, customer_id, owner_id, at, ?2, ?3)
          where id = ?1",
    )?
    .execute(params![id, at, resolution])?;
    Ok(())
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

/// The conflicts about values that a customer uses or used.
pub(crate) fn clashes_of(conn: &Connection, customer_id: &CustomerId) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "select id from conflict
          where kind in ('card', 'external_id') and (customer_id = ?1 or owner_id = ?1)",
    )?;
    let clashes = statement.query_map([customer_id], |row| row.get(0))?;
    Ok(clashes.collect::<rusqlite::Result<_>>()?)
}
