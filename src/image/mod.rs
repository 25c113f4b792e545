//! Image: what a unit of any kind looks like, and how a node takes it over.

mod person;

use rusqlite::{Connection, params};

pub(crate) use person::put_person;

use crate::claim;
use crate::credit;
use crate::customer::{self, Owner};
use crate::error::{Error, Result};
use crate::location;
use crate::register::integer;
use crate::time::Timestamp;
use crate::unit::{Digest, Image, Kind, Rows, UNIT_BYTES_MAX, Unit};

/// The unit as it stands here; `None` where there is none.
pub(crate) fn of(conn: &Connection, unit: &Unit) -> Result<Option<Image>> {
    match unit.kind {
        Kind::Person => person::image(conn, &unit.id),
        Kind::Times => times(conn, &unit.id),
        Kind::Posting => credit::posting_image(conn, &unit.id),
        Kind::Location => location::image(conn, &unit.id),
        Kind::Claim => claim::claim_image(conn, &unit.id),
        Kind::Conflict => claim::conflict_image(conn, &unit.id),
    }
}

/// Refuses a write that has made a unit heavier than any may be. `what` is the word for it.
pub(crate) fn check_weight(conn: &Connection, unit: &Unit, what: &'static str) -> Result<()> {
    match of(conn, unit)? {
        Some(image) if image.text().len() > UNIT_BYTES_MAX => {
            let rule = format!(
                "must have at most {UNIT_BYTES_MAX} bytes, written as JSON with all that belongs to it"
            );
            Err(Error::invalid(what, rule))
        }
        _ => Ok(()),
    }
}

/// Writes the unit as it stands elsewhere, or takes it away. `owner` is the row of the customer whose
/// times or posting it is; `is_new` says that the file has no such posting.
///
/// Where one statement writes the whole unit, this returns the image of the values bound to it, made as
/// a row is imaged. Of any other unit only its rows tell what stands now.
pub(crate) fn put(
    rows: &Rows<'_>,
    unit: &Unit,
    image: Option<Image>,
    owner: Option<Owner>,
    is_new: bool,
) -> Result<Option<Image>> {
    match unit.kind {
        Kind::Person => put_person(rows, &unit.id, image.as_ref())?,
        Kind::Times => return put_times(rows, &unit.id, image.as_ref(), owner),
        Kind::Posting => return credit::put_posting(rows, &unit.id, image, owner, is_new),
        Kind::Location => location::put(rows, &unit.id, image.as_ref())?,
        Kind::Claim => claim::put_claim(rows, &unit.id, image.as_ref())?,
        Kind::Conflict => claim::put_conflict(rows, &unit.id, image.as_ref())?,
    }
    Ok(None)
}

fn times(conn: &Connection, id: &str) -> Result<Option<Image>> {
    Ok(customer::times(conn, id)?.map(|(created_at, changed_at)| times_of(created_at, changed_at)))
}

/// The two times of a customer as a unit.
pub(crate) fn times_of(created_at: Timestamp, changed_at: Timestamp) -> Image {
    let mut image = Image::default();
    image.content.insert("created_at".to_owned(), created_at.ms().into());
    image.content.insert("changed_at".to_owned(), changed_at.ms().into());
    image
}

/// Times go with their customer, so there is nothing to take away.
fn put_times(
    rows: &Rows<'_>,
    id: &str,
    image: Option<&Image>,
    owner: Option<Owner>,
) -> Result<Option<Image>> {
    let Some(image) = image else { return Ok(None) };
    let time = |name: &str| match image.content.get(name) {
        Some(value) => Ok(Timestamp::from_ms(integer(name, value)?.unwrap_or_default())),
        None => Err(Error::invalid(name, "is missing")),
    };
    let Some(owner) = owner else { return Err(Error::no_customer(&person::id(id)?)) };
    let (created_at, changed_at) = (time("created_at")?, time("changed_at")?);
    customer::set_times(rows, owner.key, created_at, changed_at)?;
    Ok(Some(times_of(created_at, changed_at)))
}

/// The ids of at most `limit` units of a kind that come after `last`, in their order.
pub(crate) fn ids_after(
    conn: &Connection,
    kind: Kind,
    last: Option<&str>,
    limit: usize,
) -> Result<Vec<String>> {
    let sql = match kind {
        Kind::Person | Kind::Times => "select id from customer where id > ?1 order by id limit ?2",
        Kind::Posting => "select id from credit_transaction where id > ?1 order by id limit ?2",
        Kind::Location => "select id from location where id > ?1 order by id limit ?2",
        Kind::Conflict => "select id from conflict where id > ?1 order by id limit ?2",
        Kind::Claim => {
            "select distinct kind || char(10) || value from claim
              where (kind, value) > (substr(?1, 1, instr(?1, char(10)) - 1), substr(?1, instr(?1, char(10)) + 1))
              order by kind, value limit ?2"
        }
    };
    let mut statement = conn.prepare_cached(sql)?;
    let first = if kind == Kind::Claim { "\n" } else { "" };
    let ids = statement.query_map(params![last.unwrap_or(first), limit], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Calls `f` with every unit there is.
pub(crate) fn for_each(conn: &Connection, mut f: impl FnMut(Unit) -> Result<()>) -> Result<()> {
    let all = [
        (Kind::Person, "select id from customer"),
        (Kind::Times, "select id from customer"),
        (Kind::Posting, "select id from credit_transaction"),
        (Kind::Location, "select id from location"),
        (Kind::Claim, "select distinct kind || char(10) || value from claim"),
        (Kind::Conflict, "select id from conflict"),
    ];
    for (kind, sql) in all {
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            f(Unit::new(kind, row.get::<_, String>(0)?))?;
        }
    }
    Ok(())
}

/// The digest of everything a node shows, computed from its rows.
pub(crate) fn digest(conn: &Connection) -> Result<Digest> {
    let mut digest = Digest::default();
    for_each(conn, |unit| {
        if let Some(image) = of(conn, &unit)? {
            digest.replace(unit.kind, None, Some(image.hash(&unit)));
        }
        Ok(())
    })?;
    Ok(digest)
}
