//! Refusals in the words of Portos (portos.md section 5 and section 10, rows 14 to 18 and 34).

use axum::http::StatusCode;
use serde::Serialize;

use super::language::Language;
use super::place::place;
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::failure::{Constraint, Failure, Violation, is_fault};
use crate::http::problem::sentence;
use crate::http::route::Asked;
use crate::id::CustomerId;
use crate::query::{ParseError, ParseErrorKind};

/// The media type of a refusal.
const PROBLEM: &str = "application/problem+json";

/// `ProblemDetails`, and with `errors` `PortosValidationProblemDetails`; nulls are written out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    instance: &'a str,
    trace_id: &'a str,
    error_code: Option<u8>,
    resource: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<BrokenRule>>,
}

/// `ResourceInfo`: what to read again.
#[derive(Debug, Clone, Serialize)]
struct Resource<'a> {
    name: &'static str,
    id: &'a str,
    version: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BrokenRule {
    member_name: String,
    message: String,
    code: Option<&'static str>,
}

/// What is said of a failure, in English.
struct Told<'a> {
    detail: String,
    code: Option<u8>,
    resource: Option<Resource<'a>>,
    broken: Vec<Violation>,
}

/// Codes of `errorCode` (portos.md 5.3).
const UNAUTHENTICATED: u8 = 1;
const UNAUTHORIZED: u8 = 2;
const VALIDATION_FAILED: u8 = 3;
const VERSION_MISMATCH: u8 = 6;

/// The answer to a request that was refused, in the language it prefers.
pub(crate) fn refuse(failure: &Failure, asked: &Asked<'_>) -> Answer {
    let language = Language::of(asked.language);
    let told = told(failure);
    let status = failure.status();
    let title = match told.code {
        Some(VALIDATION_FAILED) => "Validation failed.",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    let broken = told.broken.iter().map(|violation| BrokenRule {
        message: language.rule(&violation.parameter, &violation.rule),
        member_name: violation.parameter.clone(),
        code: violation.constraint.and_then(code),
    });
    let problem = Problem {
        r#type: format!("https://httpstatuses.com/{}", status.as_u16()),
        title: language.say(title),
        status: status.as_u16(),
        detail: language.say(&told.detail),
        instance: asked.target,
        trace_id: asked.request_id,
        error_code: told.code,
        resource: told.resource,
        errors: (status == StatusCode::BAD_REQUEST).then(|| broken.collect()),
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    Answer { status, content_type: PROBLEM.into(), etag: None, body, about: Vec::new() }
}

fn code(constraint: Constraint) -> Option<&'static str> {
    match constraint {
        Constraint::Required => Some("1"),
        Constraint::Unique => Some("2"),
        Constraint::Immutable => None,
    }
}

fn told(failure: &Failure) -> Told<'_> {
    match failure {
        Failure::Unauthenticated(reason) => {
            coded(UNAUTHENTICATED, format!("Nobody is signed in: {reason}."))
        }
        Failure::Forbidden(right) => coded(UNAUTHORIZED, format!("The right {right} is missing.")),
        Failure::NoRoute => plain("There is no such route."),
        Failure::MethodNotAllowed(known) => plain(format!("This route knows {known}.")),
        // Every body of this contract is a document, and none is packed.
        Failure::WrongType(_) => plain("The body must be application/json."),
        Failure::WrongEncoding { .. } => plain("The body must come without an encoding."),
        Failure::BodyTooLarge(limit) => plain(format!("The body must have at most {limit} bytes.")),
        Failure::TargetTooLong(limit) => {
            plain(format!("Path and query must have at most {limit} bytes."))
        }
        Failure::BodyTooSlow => plain("The body did not arrive in time."),
        Failure::Violations(violations) => broken(violations.clone()),
        Failure::Header(violation) => broken(vec![violation.clone()]),
        Failure::Query(error) => broken(vec![in_query(error)]),
        Failure::PreconditionFailed => {
            plain("If-Match or If-None-Match names another state than the stored one.")
        }
        Failure::KeyReused => plain("The idempotency key was used for another request."),
        Failure::KeyInUse => {
            plain("The first request with this idempotency key has no answer yet.")
        }
        Failure::TooManyAttempts(seconds) => {
            plain(format!("Too many attempts to sign in failed; try again in {seconds} s."))
        }
        Failure::TooManyRequests(seconds) => {
            plain(format!("Too many requests; try again in {seconds} s."))
        }
        Failure::Overloaded(seconds) => {
            plain(format!("Too much work waits; try again in {seconds} s."))
        }
        Failure::Named { detail, .. } => plain(detail.as_str()),
        Failure::Store(error) => of_store(error),
        Failure::Fault(_) => plain(FAULT),
    }
}

/// What a caller hears of a fault: nothing of paths, of SQL, or of other customers.
const FAULT: &str = "The server failed; its log tells more under the trace id.";

fn of_store(error: &Error) -> Told<'_> {
    match error {
        Error::Invalid { parameter, rule } => broken(vec![Violation::new(place(parameter), rule)]),
        Error::Query(error) => broken(vec![in_query(error)]),
        Error::NotFound { what: "customer", .. } => plain("There is no such customer."),
        Error::NotFound { what: "card", .. } => plain("There is no such card."),
        Error::NotFound { what: "open conflict", .. } => plain("There is no such open conflict."),
        Error::NotFound { what: "deleted customer", .. } => {
            plain("There is no such deleted customer.")
        }
        Error::NotFound { .. } => plain("There is no such record."),
        Error::Exists(_) => taken("Id", "is in use already"),
        Error::Erased(_) => taken("Id", "was erased and is never used again"),
        Error::Taken { parameter, .. } => {
            taken(&place(parameter), "is used by another customer already")
        }
        Error::VersionMismatch { id, stored, sent } => version_mismatch(id, *stored, *sent),
        Error::VersionRequired { reason } => {
            let rule = match *reason {
                "the credit differs from the balance" => {
                    "is needed because the credit differs from the balance"
                }
                "this file demands it of every write" => "is needed by a setting of this file",
                _ => "is needed for this change",
            };
            broken(vec![Violation {
                constraint: Some(Constraint::Required),
                ..Violation::new("_v", rule)
            }])
        }
        Error::InsufficientCredit { balance, requested, currency } => {
            let (balance, requested) = (currency.display(*balance), currency.display(*requested));
            plain(format!("The balance is {balance}, {requested} was requested."))
        }
        Error::NotUsable(reason) => plain(sentence(reason)),
        Error::IdReused(_) => {
            plain("The id of the credit transaction was used before with other content.")
        }
        Error::NotReversible { reason, .. } => {
            plain(format!("The credit transaction cannot be reversed: {reason}."))
        }
        Error::BalanceNotZero { balance, currency } => {
            let balance = currency.display(*balance);
            let rule = format!("must be zero before the customer is deleted, but is {balance}");
            broken(vec![Violation::new("Credit.Amount", rule)])
        }
        Error::Overflow => broken(vec![Violation::new("Credit.Amount", "is too large to add up")]),
        Error::DiskFull => plain("There is no space left; nothing was stored."),
        Error::NotStored(_) | Error::WritesRefused(_) => {
            plain("Nothing was stored; try again later.")
        }
        Error::CommitUnknown(_) | Error::FileReplaced(_) => {
            plain("It is unknown whether the change was stored; read before repeating it.")
        }
        error if is_fault(error) => plain(FAULT),
        error => plain(sentence(error)),
    }
}

fn plain<'a>(detail: impl Into<String>) -> Told<'a> {
    Told { detail: detail.into(), code: None, resource: None, broken: Vec::new() }
}

fn coded<'a>(code: u8, detail: impl Into<String>) -> Told<'a> {
    Told { code: Some(code), ..plain(detail) }
}

fn broken<'a>(broken: Vec<Violation>) -> Told<'a> {
    Told { broken, ..coded(VALIDATION_FAILED, "One or more rules are broken, see errors.") }
}

fn taken<'a>(place: &str, rule: &str) -> Told<'a> {
    let constraint = Some(Constraint::Unique);
    broken(vec![Violation { constraint, ..Violation::new(place, rule) }])
}

fn version_mismatch(id: &CustomerId, stored: u64, sent: u64) -> Told<'_> {
    let detail = format!("Version {sent} was sent, version {stored} is stored.");
    let resource = Resource { name: "customers", id: id.as_str(), version: stored };
    Told { resource: Some(resource), ..coded(VERSION_MISMATCH, detail) }
}

/// A broken rule of the query; bytes count from 0.
fn in_query(error: &ParseError) -> Violation {
    let ParseError { kind, parameter, offset } = error;
    let parameter = match kind {
        ParseErrorKind::TextTooLong => "Query",
        _ if parameter.is_empty() => "Query",
        _ => parameter,
    };
    Violation::new(parameter, format!("{kind}, at byte {offset}"))
}
