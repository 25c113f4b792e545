//! Conflict: trouble that needs a person, noted once and alike on every node.

use rusqlite::{Connection, params};

use super::unit::before_conflict;
use crate::cell::Cells;
use crate::choice::choice;
use crate::error::{Error, Result};
use crate::id::{CustomerId, LocationId, Subject};
use crate::query::Page;
use crate::store::{Store, Tx};
use crate::time::Timestamp;
use crate::unit::Rows;

/// At most this many conflicts are listed at once.
pub const CONFLICTS_MAX: u32 = 1_000;

choice! {
    /// What kind of trouble a conflict is.
    ConflictKind {
        /// Two customers have a card of the same serial number.
        Card = "card",
        /// Two customers have the same external id.
        ExternalId = "external_id",
        /// Two customers have a debt account of the same external id.
        DebtAccount = "debt_account",
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
        /// A node goes on from an operation that was not its last, or from none: its file was restored
        /// from a backup, or cloned, or what came before is kept nowhere.
        Forked = "forked",
        /// Two locations have the same external id.
        LocationExternalId = "location_external_id",
        /// Two locations of one type have the same name; the value is the type, a line feed, and
        /// the name.
        LocationName = "location_name",
        /// Nodes apart from each other have put locations below one another, all around. This one,
        /// whose parent was written last, counts as having none.
        LocationCycle = "location_cycle",
        /// Trouble of a kind that only a newer version knows; [`Conflict::word`] names it.
        Newer = "newer",
    }
}

choice! {
    /// How a person resolved a conflict.
    Resolution {
        /// One customer was merged into the other.
        Merged = "merged",
        /// One of them gave the value up, or a circle of locations was opened.
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
    /// The word for that kind, which a newer version may have sent.
    pub word: String,
    /// The value claimed twice, or the id of the credit transaction, of the operation or of the node.
    pub value: Option<String>,
    /// The customer it concerns; `None` where that cannot be told.
    pub customer_id: Option<CustomerId>,
    /// The location it concerns; `None` where it concerns none.
    pub location_id: Option<LocationId>,
    /// The customer or the location that owns the value.
    pub owner_id: Option<Subject>,
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
        "select id, kind, value, customer_id, location_id, owner_id, at, resolution
           from conflict
          where resolved_at is null and id = coalesce(?1, id)
          order by at, id
          limit ?2 offset ?3",
    )?;
    let take = page.take.min(CONFLICTS_MAX);
    let skip = i64::try_from(page.skip).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![id, take, skip], |row| {
        let mut cells = Cells::from(row, 0);
        let (id, word, value): (_, String, _) = (cells.take()?, cells.take()?, cells.take()?);
        let (customer_id, location_id) = (cells.take()?, cells.take()?);
        let owner_id = match location_id {
            None => cells.take::<Option<_>>()?.map(Subject::Customer),
            Some(_) => cells.take::<Option<_>>()?.map(Subject::Location),
        };
        Ok(Conflict {
            id,
            kind: ConflictKind::parse(&word).unwrap_or(ConflictKind::Newer),
            word,
            value,
            customer_id,
            location_id,
            owner_id,
            at: cells.take()?,
            resolution: cells.take()?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
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
    subject: Option<&Subject>,
    owner: Option<&Subject>,
    at: Timestamp,
) -> Result<()> {
    let id = id_of(kind, value, subject);
    before_conflict(rows, &id)?;
    let customer_id = subject.and_then(Subject::customer);
    let location_id = subject.and_then(Subject::location);
    rows.prepare_cached(
        "insert into conflict (id, kind, value, customer_id, location_id, owner_id, at, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, null, null))
         on conflict do update
            set value = ?3, resolved_at = null, resolution = null, owner_id = ?6,
                seal = seal(id, kind, ?3, customer_id, location_id, ?6, at, null, null)
          where resolution is not 'kept' or owner_id is not ?6",
    )?
    .execute(params![
        id,
        kind,
        value,
        customer_id,
        location_id,
        owner.map(Subject::as_str),
        at
    ])?;
    Ok(())
}

/// Follows from the content, so that every node has the same one.
fn id_of(kind: ConflictKind, value: &str, subject: Option<&Subject>) -> String {
    let content = [kind.as_str(), value, subject.map_or("", Subject::as_str)].join("\n");
    blake3::hash(content.as_bytes()).to_hex()[..32].to_owned()
}

/// Whoever was not known is known by now.
pub(crate) fn appeared(rows: &Rows<'_>, customer_id: &CustomerId) -> Result<()> {
    remove(rows, &id_of(ConflictKind::UnknownCustomer, "", Some(&customer_id.into())))
}

/// Marks a conflict as resolved by itself, if it is open.
pub(crate) fn released(
    rows: &Rows<'_>,
    kind: ConflictKind,
    value: &str,
    subject: &Subject,
    at: Timestamp,
) -> Result<()> {
    let id = id_of(kind, value, Some(subject));
    let sql = "select 1 from conflict where id = ?1 and resolved_at is null";
    match rows.prepare_cached(sql)?.exists([&id])? {
        true => resolve(rows, &id, Resolution::Released, at),
        false => Ok(()),
    }
}

pub(super) fn remove(rows: &Rows<'_>, id: &str) -> Result<()> {
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
                seal = seal(id, kind, value, customer_id, location_id, owner_id, at, ?2, ?3)
          where id = ?1",
    )?
    .execute(params![id, at, resolution])?;
    Ok(())
}

/// The conflicts about values that a customer uses or used.
pub(crate) fn clashes_of(conn: &Connection, customer_id: &CustomerId) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "select id from conflict
          where kind in ('card', 'external_id', 'debt_account') and (customer_id = ?1 or owner_id = ?1)",
    )?;
    let clashes = statement.query_map([customer_id], |row| row.get(0))?;
    Ok(clashes.collect::<rusqlite::Result<_>>()?)
}
