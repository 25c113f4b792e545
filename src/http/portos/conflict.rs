//! Conflicts: trouble between tills that a person settles. Portos has no routes for it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::customer::QueryResult;
use super::words::PAGED_WORDS;
use crate::claim::{self, ConflictKind, Resolution};
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::id::Subject;
use crate::query::ndata;
use crate::store::Tx;

/// Two customers or locations that use one value, or another trouble.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conflict {
    id: String,
    /// One that only a newer version knows comes in that one's own word.
    kind: Cow<'static, str>,
    /// The value that is used twice, or the id of a movement, an operation or a node.
    value: Option<String>,
    /// Whom it concerns; null where that cannot be told.
    customer_id: Option<String>,
    /// Which location it concerns; null where it concerns none.
    location_id: Option<String>,
    /// The customer or the location that has the value.
    owner_id: Option<String>,
    creation_time: String,
    /// How it was settled; null while it is open.
    resolution: Option<&'static str>,
}

impl From<claim::Conflict> for Conflict {
    fn from(conflict: claim::Conflict) -> Self {
        Self {
            id: conflict.id,
            kind: match conflict.kind {
                ConflictKind::Newer => conflict.word.into(),
                kind => kind_word(kind).into(),
            },
            value: conflict.value,
            customer_id: conflict.customer_id.map(|id| id.to_string()),
            location_id: conflict.location_id.map(|id| id.to_string()),
            owner_id: conflict.owner_id.map(|id| id.to_string()),
            creation_time: conflict.at.to_string(),
            resolution: conflict.resolution.map(resolution_word),
        }
    }
}

fn kind_word(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Card => "Card",
        ConflictKind::ExternalId => "ExternalId",
        ConflictKind::DebtAccount => "DebtAccount",
        ConflictKind::UnknownCustomer => "UnknownCustomer",
        ConflictKind::Reversal => "Reversal",
        ConflictKind::IdReused => "IdReused",
        ConflictKind::DeletedCustomer => "DeletedCustomer",
        ConflictKind::Overdrawn => "Overdrawn",
        ConflictKind::DamagedOperation => "DamagedOperation",
        ConflictKind::RefusedOperation => "RefusedOperation",
        ConflictKind::Forked => "Forked",
        ConflictKind::LocationExternalId => "LocationExternalId",
        ConflictKind::LocationName => "LocationName",
        ConflictKind::LocationCycle => "LocationCycle",
        ConflictKind::Newer => "Newer",
    }
}

fn resolution_word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Merged => "Merged",
        Resolution::Released => "Released",
        Resolution::Kept => "Kept",
    }
}

/// `GET /conflicts`: the open ones, the oldest first.
pub(crate) fn list(call: &Call<'_>) -> Outcome<Answer> {
    let query =
        ndata::parse(call.query, &PAGED_WORDS, call.store.currency()).map_err(Failure::Query)?;
    let (conflicts, total) = call.store.list_conflicts(query.page)?;
    let items: Vec<_> = conflicts.into_iter().map(Conflict::from).collect();
    let count = items.len() as u64;
    let items = query.items.then_some(items);
    let total_count = (query.total || items.is_none()).then_some(total);
    Ok(call.unless_known(Answer::ok(&QueryResult { items, count, total_count })?))
}

/// `GET /conflicts/{id}`: an open one.
pub(crate) fn get(call: &Call<'_>) -> Outcome<Answer> {
    let conflict = call.store.conflict(call.part("id"))?;
    Ok(call.unless_known(Answer::ok(&Conflict::from(conflict))?))
}

/// `POST /conflicts/{id}/keep`: everything stays as it stands.
pub(crate) fn keep(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let conflict = tx.conflict(call.part("id"))?;
    tx.keep_conflict(&conflict.id)?;
    settled(conflict, Resolution::Kept)
}

/// `POST /conflicts/{id}/release`: whoever does not have the value gives it up.
pub(crate) fn release(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let conflict = tx.conflict(call.part("id"))?;
    tx.release_conflict(&conflict.id)?;
    settled(conflict, Resolution::Released)
}

fn settled(conflict: claim::Conflict, resolution: Resolution) -> Outcome<Answer> {
    let owner = conflict.owner_id.as_ref().and_then(Subject::customer);
    let about = [conflict.customer_id.clone(), owner.cloned()];
    let conflict = claim::Conflict { resolution: Some(resolution), ..conflict };
    let answer = Answer::ok(&Conflict::from(conflict))?;
    Ok(Answer { etag: None, ..answer }.about(about.into_iter().flatten()))
}
