//! Problem: the document of a refusal, `application/problem+json` (RFC 9457).

use std::fmt::Display;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::failure::{Failure, Violation};
use super::route::Asked;

/// The type of the document.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProblemDetails")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem<'a> {
    /// Names the kind of problem.
    #[schemars(extend("format" = "uri-reference"))]
    r#type: String,
    /// The kind in a few words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What was wrong this time.
    pub(crate) detail: Option<String>,
    /// The path that was asked for.
    instance: Option<&'a str>,
    /// Names the request in the log, as the header `X-Request-Id` does.
    trace_id: Option<&'a str>,
}

/// A refusal in words of our own.
pub(crate) fn refuse(failure: &Failure, asked: &Asked<'_>) -> Answer {
    answer(failure.status(), &problem(failure, asked))
}

/// What is told of a refusal.
pub(crate) fn problem<'a>(failure: &Failure, asked: &Asked<'a>) -> Problem<'a> {
    let status = failure.status();
    Problem {
        r#type: format!("https://httpstatuses.com/{}", status.as_u16()),
        title: status.canonical_reason().unwrap_or("Refused"),
        status: status.as_u16(),
        detail: detail(failure, status),
        instance: Some(asked.target),
        trace_id: Some(asked.request_id),
    }
}

/// The answer that such a document is.
pub(crate) fn answer(status: StatusCode, problem: &impl Serialize) -> Answer {
    // A document of texts and numbers has a JSON.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    Answer { status, content_type: PROBLEM.into(), etag: None, body, about: Vec::new() }
}

/// A text that ends as a sentence does, and begins like one.
pub(crate) fn sentence(text: &impl Display) -> String {
    let text = text.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// What was wrong. Nothing of a fault: it may name files.
pub(crate) fn detail(failure: &Failure, status: StatusCode) -> Option<String> {
    match failure {
        Failure::Unauthenticated(why) => Some((*why).to_owned()),
        Failure::Forbidden(right) => Some(format!("the key lacks the right {right}")),
        Failure::NoRoute => Some("there is no such route".to_owned()),
        Failure::MethodNotAllowed(allow) => Some(format!("the methods of this path are {allow}")),
        Failure::WrongType(taken) => Some(format!("the body must be {}", taken.join(" or "))),
        Failure::WrongEncoding { takes_zstd: false } => {
            Some("the body must come without an encoding".to_owned())
        }
        Failure::WrongEncoding { takes_zstd: true } => {
            Some("the body must come without an encoding, or in zstd once".to_owned())
        }
        Failure::BodyTooLarge(max) => Some(format!("the body may have {max} bytes")),
        Failure::BodyTooSlow => Some("the body did not arrive in time".to_owned()),
        Failure::Violations(violations) => {
            let broken = violations.iter().map(|one| format!("{} {}", one.parameter, one.rule));
            Some(broken.collect::<Vec<_>>().join("; "))
        }
        Failure::Header(Violation { parameter, rule, .. }) => Some(format!("{parameter} {rule}")),
        Failure::TargetTooLong(max) => {
            Some(format!("path and query may have {max} bytes together"))
        }
        Failure::TooManyAttempts(seconds) => {
            Some(format!("too many sign-ins failed; try again in {seconds} s"))
        }
        Failure::TooManyRequests(seconds) => {
            Some(format!("the node asks too often; try again in {seconds} s"))
        }
        Failure::Overloaded(seconds) => {
            Some(format!("more work waits than is taken on; try again in {seconds} s"))
        }
        Failure::Named { detail, .. } => Some(detail.clone()),
        Failure::Store(error) if !status.is_server_error() => Some(error.to_string()),
        _ => None,
    }
}
