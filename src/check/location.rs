//! Locations: what each claims, and the conflict of every circle of parents.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Report, Trouble};
use crate::claim::ConflictKind;
use crate::error::Result;
use crate::id::LocationId;
use crate::location;
use crate::operation;

/// Compares each location with its claims, and the circles of parents with the conflicts about them.
pub(super) fn check(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut claimed = claimed(conn)?;
    let mut cuts = BTreeSet::new();
    let mut statement = conn.prepare("select id from location order by key")?;
    for id in statement.query_map([], |row| row.get::<_, LocationId>(0))? {
        let id = id?;
        let Ok(Some(known)) = location::known(conn, &id) else {
            report.add(Trouble::UnreadableLocation(id));
            continue;
        };
        for (kind, value) in operation::claims_of_location(&known) {
            if !claimed.remove(&(id.clone(), kind.to_string(), value)) {
                let kind = kind.to_string();
                report.add(Trouble::ClaimMissing { subject: (&id).into(), kind });
            }
        }
        if location::cut(conn, &id)?.as_ref() == Some(&id) {
            cuts.insert(id);
        }
    }
    for (id, kind, _) in claimed {
        report.add(Trouble::ClaimUnused { subject: (&id).into(), kind });
    }
    check_circles(conn, &cuts, report)
}

type Claim = (LocationId, String, String);

fn claimed(conn: &Connection) -> Result<BTreeSet<Claim>> {
    let mut statement = conn.prepare(
        "select location.id, claim.kind, claim.value
           from claim
           join location on location.key = claim.location_key",
    )?;
    let claims = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(claims.collect::<rusqlite::Result<_>>()?)
}

/// Whoever counts as having no parent because of a circle is named by a conflict, and nobody else is by
/// an open one.
fn check_circles(
    conn: &Connection,
    cuts: &BTreeSet<LocationId>,
    report: &mut Report,
) -> Result<()> {
    let mut statement = conn.prepare(
        "select location_id, resolved_at is null
           from conflict
          where kind = ?1 and resolution is not 'released' and location_id is not null",
    )?;
    let named = statement.query_map([ConflictKind::LocationCycle], |row| {
        Ok((row.get::<_, LocationId>(0)?, row.get::<_, bool>(1)?))
    })?;
    let named: Vec<_> = named.collect::<rusqlite::Result<_>>()?;
    let unnamed = cuts.iter().filter(|id| !named.iter().any(|(named, _)| named == *id));
    let idle = named.iter().filter(|(id, is_open)| *is_open && !cuts.contains(id));
    for id in unnamed.chain(idle.map(|(id, _)| id)) {
        report.add(Trouble::Circle(id.clone()));
    }
    Ok(())
}
