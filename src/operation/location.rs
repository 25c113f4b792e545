//! Changes of locations reach their rows: fields, what they claim, and circles in the tree.

use super::{Change, ChangeKind};
use crate::claim::{self, ClaimKind, ConflictKind};
use crate::clock::Hlc;
use crate::customer::{DELETED, LIVE};
use crate::error::Result;
use crate::id::LocationId;
use crate::image;
use crate::location::{self, Known};
use crate::unit::{Kind, Rows, Unit};

/// Applies one change of a location; one that is not known comes into being.
pub(super) fn apply(rows: &Rows<'_>, change: &Change, id: &LocationId, stamp: Hlc) -> Result<()> {
    if !rows.mode().keeps_base {
        location::SEALED.prove(rows, id.as_str())?;
    }
    rows.before(Kind::Location, id.as_str(), |conn| location::image(conn, id.as_str()))?;
    let before = location::known(rows, id)?;
    let cut_before = location::cut(rows, id)?;
    let mut known = before.clone().unwrap_or_else(|| Known::new(id, stamp));
    match change.kind {
        ChangeKind::LocationRemove => {
            let is_gone = known.state == DELETED;
            if known.stamps.win("deleted", is_gone, true, stamp) {
                known.state = DELETED;
            }
        }
        _ => known.location.merge(&change.fields, &mut known.stamps, stamp)?,
    }
    known.location.created_at = known.location.created_at.min(stamp.at());
    known.location.changed_at = known.location.changed_at.max(stamp.at());
    let key = location::store(rows, &known)?;
    if before.is_some() && change.kind != ChangeKind::LocationRemove {
        image::check_weight(rows, &Unit::new(Kind::Location, id.as_str()), "location")?;
    }
    let (had, has) = (before.as_ref().map(claims).unwrap_or_default(), claims(&known));
    for (kind, value) in had.iter().filter(|claim| !has.contains(claim)) {
        claim::release(rows, *kind, value, key, stamp.at())?;
    }
    for (kind, value) in has.iter().filter(|claim| !had.contains(claim)) {
        claim::take(rows, *kind, value, key, stamp.at())?;
    }
    let (cut, kind) = (location::cut(rows, id)?, ConflictKind::LocationCycle);
    if cut == cut_before {
        return Ok(());
    }
    if let Some(before) = &cut_before {
        claim::released(rows, kind, "", &before.into(), stamp.at())?;
    }
    match &cut {
        Some(cut) => claim::note(rows, kind, "", Some(&cut.into()), None, stamp.at()),
        None => Ok(()),
    }
}

/// Every value a location claims while it is live.
pub(crate) fn claims(known: &Known) -> Vec<(ClaimKind, String)> {
    let location = &known.location;
    if known.state != LIVE {
        return Vec::new();
    }
    let external_id = location.external_id.clone().map(|id| (ClaimKind::LocationExternalId, id));
    let name = location::name_value(location.kind, &location.name);
    let has_name = !location.name.trim().is_empty();
    let name = has_name.then_some((ClaimKind::LocationName, name));
    external_id.into_iter().chain(name).collect()
}
