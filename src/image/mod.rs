//! Image: what a unit of any kind looks like, and how a node takes it over.

mod person;

use rusqlite::{Connection, params};
use serde_json::{Map, Value};

pub(crate) use person::put_person;

use crate::claim;
use crate::credit;
use crate::customer::{self, Owner};
use crate::error::{Error, Result};
use crate::location;
use crate::register::integer;
use crate::time::Timestamp;
use crate::unit::{Digest, Image, Kind, Rows, UNIT_BYTES_MAX, Unit, put_rest, with_rest};

/// The unit as it stands here; `None` where there is none.
pub(crate) fn of(conn: &Connection, unit: &Unit) -> Result<Option<Image>> {
    let image = match unit.kind {
        Kind::Person => person::image(conn, &unit.id),
        Kind::Times => times(conn, &unit.id),
        // Its own row has a place for what is not known of it.
        Kind::Posting => return credit::posting_image(conn, &unit.id),
        Kind::Location => location::image(conn, &unit.id),
        Kind::Claim => claim::claim_image(conn, &unit.id),
        Kind::Conflict => claim::conflict_image(conn, &unit.id),
    };
    image?.map(|image| with_rest(conn, unit, image)).transpose()
}

/// In place of the hash of a unit whose row does not read. No other node has it, so that whoever compares
/// finds the difference and reads the unit anew.
const UNREADABLE: u128 = u128::MAX;

/// The hash of the unit whose image was read, by [`of`] or in another way.
pub(crate) fn hash_of(unit: &Unit, image: Result<Option<Image>>) -> Result<Option<u128>> {
    match image {
        Err(error) if is_damage(&error) => Ok(Some(UNREADABLE)),
        image => Ok(image?.map(|image| image.hash(unit))),
    }
}

/// Whether an error of reading a unit says that its row holds what none can hold.
pub(crate) fn is_damage(error: &Error) -> bool {
    error.is_unreadable() || matches!(error, Error::Invalid { .. })
}

/// What is known of a unit of this kind: names in its content, and names in its stamps.
fn known(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Person => (
            &["fields", "cards", "addresses", "debt_accounts", "ban_notes", "state"],
            &["base", "fields", "cards", "addresses", "debt_accounts"],
        ),
        Kind::Times => (&["created_at", "changed_at"], &[]),
        Kind::Posting => (&[], &[]),
        Kind::Location => {
            (&["fields", "created_at", "changed_at", "parent_at", "state"], &["base", "fields"])
        }
        Kind::Claim => (&["claimants"], &[]),
        Kind::Conflict => (claim::CONFLICT_FIELDS, &[]),
    }
}

/// What is not known of a unit, if there is anything.
fn rest_of(unit: &Unit, image: &Image) -> Option<Image> {
    let (content, stamps) = known(unit.kind);
    let unknown = |part: &Map<String, Value>, known: &[&str]| -> Map<String, Value> {
        let unknown = part.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        unknown.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let mut rest =
        Image { content: unknown(&image.content, content), stamps: unknown(&image.stamps, stamps) };
    if unit.kind == Kind::Conflict
        && let Some(resolution) = claim::unknown_resolution(image)
    {
        rest.content.insert("resolution".to_owned(), resolution.clone());
    }
    (rest != Image::default()).then_some(rest)
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
    if unit.kind == Kind::Posting {
        return credit::put_posting(rows, &unit.id, image, owner, is_new);
    }
    let rest = image.as_ref().and_then(|image| rest_of(unit, image));
    put_rest(rows, unit, rest.as_ref())?;
    match unit.kind {
        Kind::Person => {
            put_person(rows, &unit.id, image.as_ref())?;
            if image.is_none() {
                put_rest(rows, &Unit::new(Kind::Times, unit.id.as_str()), None)?;
            }
        }
        Kind::Times => {
            let written = put_times(rows, &unit.id, image.as_ref(), owner)?;
            return written.map(|image| with_rest(rows, unit, image)).transpose();
        }
        Kind::Posting => {}
        Kind::Location => location::put(rows, &unit.id, image.as_ref())?,
        Kind::Claim => {
            claim::put_claim(rows, &unit.id, image.as_ref())?;
            // Of one who is erased here nothing stays.
            if rest.is_some() && claim::claim_image(rows, &unit.id)?.is_none() {
                put_rest(rows, unit, None)?;
            }
        }
        Kind::Conflict => claim::put_conflict(rows, &unit.id, image.as_ref())?,
    }
    Ok(None)
}

fn times(conn: &Connection, id: &str) -> Result<Option<Image>> {
    Ok(customer::times(conn, id)?.map(|(created_at, changed_at)| times_of(created_at, changed_at)))
}

/// The two times of a customer, whose row was just read, as a unit.
pub(crate) fn times_of_owner(conn: &Connection, unit: &Unit, owner: Owner) -> Result<Image> {
    with_rest(conn, unit, times_of(owner.created_at, owner.changed_at))
}

/// What is known of two times as a unit.
fn times_of(created_at: Timestamp, changed_at: Timestamp) -> Image {
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
