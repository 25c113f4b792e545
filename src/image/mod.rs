//! Image: what a unit of any kind looks like, and how a node takes it over.

mod person;

use rusqlite::{Connection, params};

pub(crate) use person::put_person;

use crate::claim;
use crate::credit;
use crate::customer;
use crate::error::{Error, Result};
use crate::location;
use crate::register::integer;
use crate::time::Timestamp;
use crate::unit::{Digest, Image, Kind, Rows, Unit};

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

/// Writes the unit as it stands elsewhere, or takes it away. Returns the key of the customer whose
/// balance must be added up again.
pub(crate) fn put(rows: &Rows<'_>, unit: &Unit, image: Option<&Image>) -> Result<Option<i64>> {
    match unit.kind {
        Kind::Person => put_person(rows, &unit.id, image)?,
        Kind::Times => put_times(rows, &unit.id, image)?,
        Kind::Posting => return credit::put_posting(rows, &unit.id, image),
        Kind::Location => location::put(rows, &unit.id, image)?,
        Kind::Claim => claim::put_claim(rows, &unit.id, image)?,
        Kind::Conflict => claim::put_conflict(rows, &unit.id, image)?,
    }
    Ok(None)
}

fn times(conn: &Connection, id: &str) -> Result<Option<Image>> {
    let Some((created_at, changed_at)) = customer::times(conn, id)? else { return Ok(None) };
    let mut image = Image::default();
    image.content.insert("created_at".to_owned(), created_at.ms().into());
    image.content.insert("changed_at".to_owned(), changed_at.ms().into());
    Ok(Some(image))
}

/// Times go with their customer, so there is nothing to take away.
fn put_times(rows: &Rows<'_>, id: &str, image: Option<&Image>) -> Result<()> {
    let Some(image) = image else { return Ok(()) };
    let time = |name: &str| match image.content.get(name) {
        Some(value) => Ok(Timestamp::from_ms(integer(name, value)?.unwrap_or_default())),
        None => Err(Error::invalid(name, "is missing")),
    };
    let id = person::id(id)?;
    let account = customer::account(rows, &id)?.ok_or_else(|| Error::no_customer(&id))?;
    customer::set_times(rows, account.key, time("created_at")?, time("changed_at")?)
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
