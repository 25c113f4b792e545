//! Refusals in the words of Tratta (tratta.md section 8): one shape for all of them.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::http::answer::{Answer, JSON};
use crate::http::failure::{Constraint, Failure, Violation};
use crate::http::json::VIOLATIONS_MAX;
use crate::http::problem::{self, sentence};
use crate::http::route::Asked;

/// Why a request was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaError")]
#[serde(rename_all = "camelCase")]
pub(super) struct Refusal {
    /// What was wrong, for people.
    message: String,
    /// The same text.
    error: String,
    /// What was wrong, for programs: `unauthenticated`, `forbidden`, `not_found`,
    /// `method_not_allowed`, `validation_failed`, `malformed_body`, `too_many_requests`,
    /// `server_error`, or the name of the status.
    error_code: String,
    /// With 422: each field that breaks a rule, by its dotted name, and what is said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Messages>,
}

/// The answer to a request that was refused.
pub(super) fn refuse(failure: &Failure, _: &Asked<'_>) -> Answer {
    let broken = broken(failure);
    let status = match broken {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => failure.status(),
    };
    // Of one body no more rules are told, and nobody has counted the rest.
    let is_cut = broken.as_ref().is_some_and(|broken| broken.len() >= VIOLATIONS_MAX);
    let errors = broken.map(|broken| by_field(&broken));
    let message = match &errors {
        Some(errors) if is_cut => format!("{} fields or more are not valid", errors.len()),
        Some(errors) if errors.len() == 1 => "1 field is not valid".to_owned(),
        Some(errors) => format!("{} fields are not valid", errors.len()),
        None => message(failure, status),
    };
    let error_code = match failure {
        Failure::Named { name, .. } => (*name).to_owned(),
        _ => error_code(status),
    };
    let refusal = Refusal { error: message.clone(), message, error_code, errors };
    // A document of texts has a JSON.
    let body = serde_json::to_vec(&refusal).unwrap_or_default();
    Answer { status, content_type: JSON.into(), etag: None, body, about: Vec::new() }
}

/// A body that does not read, and why.
pub(super) fn malformed(why: String) -> Failure {
    let detail = sentence(&why);
    Failure::Named { status: StatusCode::BAD_REQUEST, name: "malformed_body", detail }
}

/// What is said of a broken rule.
pub(super) fn text(Violation { parameter, rule, constraint, .. }: &Violation) -> String {
    let field = spaced(parameter);
    match constraint {
        Some(Constraint::Unique) => format!("The {field} has already been taken."),
        _ => format!("The {field} {rule}."),
    }
}

/// A field as a text names it.
pub(super) fn spaced(parameter: &str) -> String {
    parameter.replace(['_', '.'], " ")
}

/// What is said of each field, by its dotted name.
pub(super) type Messages = BTreeMap<String, Vec<String>>;

/// The broken rules, field by field.
pub(super) fn by_field(broken: &[Violation]) -> Messages {
    let mut fields = Messages::new();
    for violation in broken {
        fields.entry(violation.parameter.clone()).or_default().push(text(violation));
    }
    fields
}

/// That one field breaks a rule.
pub(super) fn said(field: &str, rule: &str) -> Messages {
    by_field(&[Violation::new(field, rule)])
}

/// That another has the value of one field already.
pub(super) fn taken(field: &str) -> Messages {
    let constraint = Some(Constraint::Unique);
    by_field(&[Violation { constraint, ..Violation::new(field, "") }])
}

/// What is said of the fields that the store refuses a row for; an error that is none of the row's goes
/// on.
pub(super) fn messages(error: Error) -> crate::error::Result<Messages> {
    let failure = Failure::Store(error);
    match (broken(&failure), failure) {
        (None, Failure::Store(error)) => Err(error),
        (broken, _) => Ok(by_field(&broken.unwrap_or_default())),
    }
}

/// The rules that were broken; `None` where it is not for its content that a request was refused.
fn broken(failure: &Failure) -> Option<Vec<Violation>> {
    let one = |field: &str, rule: &str| Some(vec![Violation::new(field, rule)]);
    match failure {
        Failure::Violations(violations) => Some(violations.clone()),
        Failure::Header(violation) => Some(vec![violation.clone()]),
        Failure::Query(error) | Failure::Store(Error::Query(error)) => {
            Some(vec![Violation::new(error.parameter.as_str(), error.kind)])
        }
        Failure::KeyReused => one("Idempotency-Key", "was used for another request"),
        Failure::Store(error) => match error {
            Error::Invalid { parameter, rule } => one(&place(parameter), rule),
            Error::Taken { parameter, .. } => {
                let constraint = Some(Constraint::Unique);
                Some(vec![Violation { constraint, ..Violation::new(place(parameter), "") }])
            }
            Error::Exists(_) => one("id", "is in use already"),
            Error::Erased(_) => one("id", "was erased and is never used again"),
            Error::VersionMismatch { .. } => one("If-Match", "names another state"),
            Error::VersionRequired { .. } => one("If-Match", "is needed by a setting of this file"),
            Error::BalanceNotZero { balance, currency } => {
                let balance = currency.display(*balance);
                one(
                    "credit",
                    &format!("must be zero before the customer is deleted, but is {balance}"),
                )
            }
            Error::Overflow => one("credit", "is too large to add up"),
            _ => None,
        },
        _ => None,
    }
}

/// The library's names of what Tratta calls otherwise.
const WORDS: &[(&str, &str)] = &[
    ("account_number", "external_account_number"),
    ("billing_types", "billing_type"),
    ("birth_date", "date_of_birth"),
    ("full_name", "name"),
    ("kind", "type"),
    ("meta", "metadata"),
    ("primary_address_id", "address"),
    ("standing", "status"),
];

/// The field that the library calls `parameter`.
pub(super) fn place(parameter: &str) -> String {
    if let Some(rest) = parameter.strip_prefix("addresses") {
        // A body tells of one address at most.
        let part = rest.split_once("].").map(|(_, part)| format!(".{part}"));
        return format!("address{}", part.unwrap_or_default());
    }
    let known = WORDS.iter().find(|(known, _)| *known == parameter);
    known.map_or(parameter, |(_, word)| word).to_owned()
}

fn message(failure: &Failure, status: StatusCode) -> String {
    let own = match failure {
        // A sentence already.
        Failure::Named { detail, .. } => return detail.clone(),
        // What was looked for is not repeated: the caller knows it.
        Failure::Store(Error::NotFound { what, .. }) => Some(format!("there is no such {what}")),
        Failure::PreconditionFailed => {
            Some("If-Match or If-None-Match names another state than the stored one".to_owned())
        }
        Failure::KeyInUse => {
            Some("the first request with this Idempotency-Key has no answer yet".to_owned())
        }
        Failure::Store(Error::CommitUnknown(_) | Error::FileReplaced(_)) => {
            Some("it is unknown whether the change was stored; read before repeating it".to_owned())
        }
        _ => problem::detail(failure, status),
    };
    let fault = match status {
        StatusCode::INTERNAL_SERVER_ERROR => {
            "the server failed; its log tells more under the X-Request-Id of this answer"
        }
        _ => "nothing was stored; try again later",
    };
    sentence(&own.unwrap_or_else(|| fault.to_owned()))
}

fn error_code(status: StatusCode) -> String {
    let named = match status {
        StatusCode::UNAUTHORIZED => "unauthenticated",
        StatusCode::UNPROCESSABLE_ENTITY => "validation_failed",
        StatusCode::INTERNAL_SERVER_ERROR => "server_error",
        other => other.canonical_reason().unwrap_or_default(),
    };
    named.to_ascii_lowercase().replace(' ', "_")
}
