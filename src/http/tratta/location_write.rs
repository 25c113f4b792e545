//! What changes locations: routes 12, 15 and 16 (tratta.md section 2), each in one operation.

use axum::http::StatusCode;

use super::body;
use super::envelope::{Data, Success};
use super::location::{Location, overlay};
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::id::LocationId;
use crate::location;
use crate::store::Tx;

/// `POST /locations`: with an id of our own.
pub(super) fn post(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let new = location::Location::new(tx.store().stamp(), "");
    let new = tx.create_location(&overlaid(call, tx, new, true)?)?;
    document(tx, &new.id, StatusCode::CREATED)
}

/// `PUT /locations/{location}`: what is not sent stays as it is.
pub(super) fn put(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let stored = named(call, tx)?;
    let changed = tx.update_location(&overlaid(call, tx, stored, false)?)?;
    document(tx, &changed.id, StatusCode::OK)
}

/// `DELETE /locations/{location}`: those below it stay, as tops of their own.
pub(super) fn delete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    tx.delete_location(&named(call, tx)?.id)?;
    // It shows no state.
    Ok(Answer { etag: None, ..Answer::ok(&Success { success: true })? })
}

/// What the body makes of `location`.
fn overlaid(
    call: &Call<'_>,
    tx: &Tx<'_>,
    mut location: location::Location,
    is_new: bool,
) -> Outcome<location::Location> {
    body::read(call, |body| {
        overlay(body, &mut location, is_new, tx)?;
        Ok(location)
    })
}

/// The location that the path names, in the state that the caller names, if it names one.
fn named(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<location::Location> {
    let location = tx.location_named(call.part("location"))?;
    if call.has_precondition() {
        call.precondition(Some(&document(tx, &location.id, StatusCode::OK)?))?;
    }
    Ok(location)
}

fn document(tx: &Tx<'_>, id: &LocationId, status: StatusCode) -> Outcome<Answer> {
    Answer::json(status, &Data { data: Location::from(tx.placement(id)?) })
}
