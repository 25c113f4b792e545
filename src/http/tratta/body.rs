//! Bodies: forms and JSON into one value, read leniently (tratta.md 1.1).

use axum::http::header::CONTENT_TYPE;

use super::form::{self, FORM};
use super::refusal::{malformed, spaced};
use crate::http::answer::JSON;
use crate::http::body::Accepts;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::json::{Faults, Json, Naming, Object};

/// What a body may be announced as.
pub(super) const ACCEPTS: Accepts = Accepts { media_types: &[FORM, JSON], ..Accepts::JSON };

/// Fields are told of as they are sent.
pub(super) const NAMING: Naming = str::to_owned;

/// Reads the object that the body must be, and what `read` makes of it, unless it breaks a rule. All
/// broken rules are told together.
pub(super) fn read<T>(call: &Call<'_>, read: impl FnOnce(&Object<'_>) -> Outcome<T>) -> Outcome<T> {
    let json = sent(call)?;
    let faults = Faults::in_case(NAMING);
    let made = Object::body(&json, &faults).map(|body| read(&body)).transpose()?;
    let made = faults.unless_broken(made)?;
    made.ok_or_else(|| Failure::Fault("a body that is no object broke no rule".to_owned()))
}

/// What was sent, its texts trimmed and null where nothing is left of them.
pub(super) fn sent(call: &Call<'_>) -> Outcome<Json> {
    let json = match is_form(call) {
        true => form::read(call.body)?,
        false => Json::read(call.body, NAMING).map_err(unread)?,
    };
    Ok(lenient(json))
}

/// Whether the body is a form; one that is not announced has nothing in it.
fn is_form(call: &Call<'_>) -> bool {
    call.header(CONTENT_TYPE).is_none_or(|sent| {
        let essence = sent.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(FORM)
    })
}

/// A body that is no JSON was not looked at any further.
pub(super) fn unread(failure: Failure) -> Failure {
    let Failure::Violations(violations) = failure else { return failure };
    let broken =
        violations.iter().map(|one| format!("the {} {}", spaced(&one.parameter), one.rule));
    malformed(broken.collect::<Vec<_>>().join("; "))
}

/// Texts trimmed, and null where nothing is left of them.
pub(super) fn lenient(json: Json) -> Json {
    match json {
        Json::Text(text) => match text.trim() {
            "" => Json::Null,
            trimmed => Json::Text(trimmed.to_owned()),
        },
        Json::List(values) => Json::List(values.into_iter().map(lenient).collect()),
        Json::Object(members) => {
            Json::Object(members.into_iter().map(|(key, value)| (key, lenient(value))).collect())
        }
        other => other,
    }
}
