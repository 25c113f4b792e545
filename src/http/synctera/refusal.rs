//! Refusals in the words of Synctera (synctera.md section 7).

use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::place::place;
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::failure::{Constraint, Failure, Violation};
use crate::http::problem;
use crate::http::route::Asked;

/// What every type begins with; callers may go by what follows the last slash.
const TYPES: &str = "https://dev.synctera.com/errors/";

/// Why a request was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SyncteraProblem")]
pub(super) struct Problem {
    /// Names the kind of problem.
    #[schemars(extend("format" = "uri"))]
    r#type: String,
    /// The kind in a few words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What was wrong this time.
    detail: String,
    /// The kind, for programs.
    code: String,
    /// Members of the body that must be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("minItems" = 1))]
    missing: Vec<String>,
    /// Members of the body that break a rule, each with the rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("minProperties" = 1))]
    invalid: BTreeMap<String, String>,
    /// Members of the body that are never changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("minItems" = 1))]
    immutable: Vec<String>,
    /// Seconds after which to try again; given with 429.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

/// A kind of problem: its code, the last part of its type, its title.
struct Kind(String, String, String);

impl Kind {
    fn known(code: &str) -> Option<Self> {
        let (code, kind, title) = KINDS.iter().find(|(known, ..)| *known == code)?;
        Some(Self((*code).to_owned(), (*kind).to_owned(), (*title).to_owned()))
    }

    /// What the contract has no code for is called as the protocol calls its status.
    fn of_status(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Refused");
        let code = title.to_ascii_uppercase().replace([' ', '-'], "_");
        Self(code, title.to_ascii_lowercase().replace(' ', "-"), title.to_owned())
    }
}

const KINDS: &[(&str, &str, &str)] = &[
    ("BAD_REQUEST_BODY", "bad-request-body", "Bad Request Body"),
    (BAD_QUERY_PARAMETER, "bad-request-query", "Bad Request Query Parameter"),
    (BAD_REQUEST, "bad-request", "Bad Request"),
    ("UNAUTHENTICATED", "unauthenticated", "Unauthenticated"),
    ("FORBIDDEN", "forbidden", "Forbidden"),
    ("RESOURCE_NOT_FOUND", "not-found", "Not Found"),
    ("IDEMPOTENCY_CONCURRENT_USE", "conflict", "Conflict"),
    ("IDEMPOTENCY_INVALID_REUSE", "unprocessable-entity", "Unprocessable Entity"),
    (INVALID_TENANCY, "rule-violation", "Rule Violation"),
    ("TOO_MANY_REQUESTS", "too-many-requests", "Too Many Requests"),
    ("INTERNAL_ERROR", "internal-server-error", "Internal Server Error"),
];

const BAD_QUERY_PARAMETER: &str = "BAD_QUERY_PARAMETER";
const BAD_REQUEST: &str = "BAD_REQUEST";
const INVALID_TENANCY: &str = "INVALID_TENANCY";

/// A parameter of the query breaks a rule.
pub(super) fn bad_query(detail: String) -> Failure {
    Failure::Named { status: StatusCode::BAD_REQUEST, name: BAD_QUERY_PARAMETER, detail }
}

/// The path or a header breaks a rule.
pub(super) fn bad_request(detail: String) -> Failure {
    Failure::Named { status: StatusCode::BAD_REQUEST, name: BAD_REQUEST, detail }
}

/// The body names a tenant that is not served here.
pub(super) fn invalid_tenancy() -> Failure {
    let detail = "tenant must be left out: this store serves no tenant of that name".to_owned();
    Failure::Named { status: StatusCode::UNPROCESSABLE_ENTITY, name: INVALID_TENANCY, detail }
}

/// The answer to a request that was refused.
pub(super) fn refuse(failure: &Failure, asked: &Asked<'_>) -> Answer {
    let (status, code) = status_and_code(failure);
    let kind = code.and_then(Kind::known).unwrap_or_else(|| Kind::of_status(status));
    let mut problem = Problem {
        r#type: format!("{TYPES}{}", kind.1),
        title: kind.2,
        status: status.as_u16(),
        detail: String::new(),
        code: kind.0,
        missing: Vec::new(),
        invalid: BTreeMap::new(),
        immutable: Vec::new(),
        retry_after: failure.retry_after().filter(|_| status == StatusCode::TOO_MANY_REQUESTS),
    };
    problem.detail = match failure {
        Failure::Violations(violations) => problem.sort(violations),
        Failure::Store(Error::Invalid { parameter, rule }) => {
            problem.sort(&[Violation::new(place(parameter), rule)])
        }
        failure => detail(failure, asked),
    };
    problem::answer(status, &problem)
}

impl Problem {
    /// Puts each broken rule where it belongs, and says how many there are.
    fn sort(&mut self, violations: &[Violation]) -> String {
        let mut of_body = Vec::new();
        for Violation { parameter, rule, constraint, is_of_body } in violations {
            match constraint {
                Some(Constraint::Required) => self.missing.push(parameter.clone()),
                Some(Constraint::Immutable) => self.immutable.push(parameter.clone()),
                _ if *is_of_body => of_body.push(format!("the body {rule}")),
                _ => {
                    self.invalid.insert(parameter.clone(), rule.clone());
                }
            }
        }
        let counted = |n: usize, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let counts = [
            counted(self.missing.len(), "field is missing", "fields are missing"),
            counted(self.invalid.len(), "field is not valid", "fields are not valid"),
            counted(self.immutable.len(), "field cannot be changed", "fields cannot be changed"),
        ];
        of_body.extend(counts.into_iter().flatten());
        of_body.join(", ")
    }
}

fn status_and_code(failure: &Failure) -> (StatusCode, Option<&'static str>) {
    let status = failure.status();
    let code = match failure {
        Failure::Unauthenticated(_) => "UNAUTHENTICATED",
        Failure::Header(_) => BAD_REQUEST,
        Failure::Violations(_) | Failure::Store(Error::Invalid { .. }) => "BAD_REQUEST_BODY",
        Failure::Query(_) => BAD_QUERY_PARAMETER,
        // The contract counts a wrong type among the bad headers.
        Failure::WrongType(_) | Failure::WrongEncoding { .. } => {
            return (StatusCode::BAD_REQUEST, Some(BAD_REQUEST));
        }
        Failure::KeyInUse => "IDEMPOTENCY_CONCURRENT_USE",
        Failure::KeyReused => "IDEMPOTENCY_INVALID_REUSE",
        Failure::TooManyAttempts(_) | Failure::TooManyRequests(_) => "TOO_MANY_REQUESTS",
        Failure::Named { name, .. } => name,
        _ => match status {
            StatusCode::BAD_REQUEST => BAD_REQUEST,
            StatusCode::FORBIDDEN => "FORBIDDEN",
            StatusCode::NOT_FOUND => "RESOURCE_NOT_FOUND",
            StatusCode::INTERNAL_SERVER_ERROR => "INTERNAL_ERROR",
            _ => return (status, None),
        },
    };
    (status, Some(code))
}

/// What a caller hears of a fault: nothing of paths, of SQL, or of other customers.
const FAULT: &str = "the server failed; its log tells more under the name of the request";

fn detail(failure: &Failure, asked: &Asked<'_>) -> String {
    let told = match failure {
        Failure::Store(Error::NotFound { .. }) => "there is no such customer",
        Failure::Store(Error::VersionRequired { .. }) => {
            "the header If-Match must name the state to change, as a setting of this file demands"
        }
        Failure::PreconditionFailed => {
            "If-Match or If-None-Match names another state than the stored one"
        }
        Failure::KeyReused => "the idempotency key was used for another request",
        Failure::KeyInUse => "the first request with this idempotency key has no answer yet",
        Failure::Query(error) => return error.to_string(),
        Failure::Store(Error::DiskFull) => "there is no space left; nothing was stored",
        Failure::Store(Error::NotStored(_) | Error::WritesRefused(_)) => {
            "nothing was stored; try again later"
        }
        Failure::Store(Error::CommitUnknown(_) | Error::FileReplaced(_)) => {
            "it is unknown whether the change was stored; read before repeating it"
        }
        failure => return problem::problem(failure, asked).detail.unwrap_or(FAULT.to_owned()),
    };
    told.to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use expect_test::expect;
    use serde_json::Value;

    use super::*;
    use crate::access::Right;
    use crate::id::CustomerId;

    const ASKED: Asked<'_> = Asked { target: "/v0/customers", request_id: "r-1", language: None };

    fn document(failure: &Failure) -> Value {
        serde_json::from_slice(&refuse(failure, &ASKED).body).unwrap_or_default()
    }

    fn failures() -> Vec<Failure> {
        let secret = || PathBuf::from("/secret/path");
        let customer = CustomerId::new("x").expect("an id");
        vec![
            Failure::Unauthenticated("why"),
            Failure::Forbidden(Right::CustomerCreate),
            Failure::NoRoute,
            Failure::MethodNotAllowed("GET".to_owned()),
            Failure::WrongType(&["application/json"]),
            Failure::WrongEncoding { takes_zstd: false },
            Failure::BodyTooLarge(7),
            Failure::TargetTooLong(7),
            Failure::BodyTooSlow,
            Failure::PreconditionFailed,
            Failure::KeyReused,
            Failure::KeyInUse,
            Failure::TooManyAttempts(7),
            Failure::Overloaded(7),
            Failure::Fault("secret".to_owned()),
            bad_query("limit is wrong".to_owned()),
            bad_request("the path is wrong".to_owned()),
            invalid_tenancy(),
            Failure::Header(Violation::new("Idempotency-Key", "is given twice")),
            Failure::of_body("body", "is empty"),
            Failure::violation("idempotency-key", "is given twice"),
            Failure::violation("body", "is given twice"),
            Failure::Store(Error::invalid("birth_date", "is wrong")),
            Failure::Store(Error::NotFound { what: "customer", id: "x".to_owned() }),
            Failure::Store(Error::VersionRequired { reason: "this file demands it" }),
            Failure::Store(Error::Erased(customer)),
            Failure::Store(Error::DiskFull),
            Failure::Store(Error::NotStored("secret".to_owned())),
            Failure::Store(Error::CommitUnknown("secret".to_owned())),
            Failure::Store(Error::FileReplaced(secret())),
            Failure::Store(Error::ReadOnly(secret())),
            Failure::Store(Error::Corrupt("secret".to_owned())),
        ]
    }

    /// Status, code, the end of the type, title and detail of each, and how long to wait.
    #[test]
    fn every_refusal_has_a_code_a_type_and_a_title() {
        let mut told = String::new();
        for failure in failures() {
            let problem = document(&failure);
            let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
            let of_type = text("type").replace(TYPES, "");
            let wait = problem["retry_after"].as_u64().map(|wait| format!(" ({wait} s)"));
            told += &format!(
                "{} {} {of_type}, {}: {}{}\n",
                problem["status"],
                text("code"),
                text("title"),
                text("detail"),
                wait.unwrap_or_default()
            );
        }
        assert!(!told.contains("secret"), "{told}");
        expect![[r#"
            401 UNAUTHENTICATED unauthenticated, Unauthenticated: why
            403 FORBIDDEN forbidden, Forbidden: the key lacks the right CustomerCreate
            404 RESOURCE_NOT_FOUND not-found, Not Found: there is no such route
            405 METHOD_NOT_ALLOWED method-not-allowed, Method Not Allowed: the methods of this path are GET
            400 BAD_REQUEST bad-request, Bad Request: the body must be application/json
            400 BAD_REQUEST bad-request, Bad Request: the body must come without an encoding
            413 PAYLOAD_TOO_LARGE payload-too-large, Payload Too Large: the body may have 7 bytes
            414 URI_TOO_LONG uri-too-long, URI Too Long: path and query may have 7 bytes together
            408 REQUEST_TIMEOUT request-timeout, Request Timeout: the body did not arrive in time
            412 PRECONDITION_FAILED precondition-failed, Precondition Failed: If-Match or If-None-Match names another state than the stored one
            422 IDEMPOTENCY_INVALID_REUSE unprocessable-entity, Unprocessable Entity: the idempotency key was used for another request
            409 IDEMPOTENCY_CONCURRENT_USE conflict, Conflict: the first request with this idempotency key has no answer yet
            429 TOO_MANY_REQUESTS too-many-requests, Too Many Requests: too many sign-ins failed; try again in 7 s (7 s)
            503 SERVICE_UNAVAILABLE service-unavailable, Service Unavailable: more work waits than is taken on; try again in 7 s
            500 INTERNAL_ERROR internal-server-error, Internal Server Error: the server failed; its log tells more under the name of the request
            400 BAD_QUERY_PARAMETER bad-request-query, Bad Request Query Parameter: limit is wrong
            400 BAD_REQUEST bad-request, Bad Request: the path is wrong
            422 INVALID_TENANCY rule-violation, Rule Violation: tenant must be left out: this store serves no tenant of that name
            400 BAD_REQUEST bad-request, Bad Request: Idempotency-Key is given twice
            400 BAD_REQUEST_BODY bad-request-body, Bad Request Body: the body is empty
            400 BAD_REQUEST_BODY bad-request-body, Bad Request Body: 1 field is not valid
            400 BAD_REQUEST_BODY bad-request-body, Bad Request Body: 1 field is not valid
            400 BAD_REQUEST_BODY bad-request-body, Bad Request Body: 1 field is not valid
            404 RESOURCE_NOT_FOUND not-found, Not Found: there is no such customer
            400 BAD_REQUEST bad-request, Bad Request: the header If-Match must name the state to change, as a setting of this file demands
            400 BAD_REQUEST bad-request, Bad Request: customer x was erased; an erased id is never used again
            507 INSUFFICIENT_STORAGE insufficient-storage, Insufficient Storage: there is no space left; nothing was stored
            503 SERVICE_UNAVAILABLE service-unavailable, Service Unavailable: nothing was stored; try again later
            500 INTERNAL_ERROR internal-server-error, Internal Server Error: it is unknown whether the change was stored; read before repeating it
            503 SERVICE_UNAVAILABLE service-unavailable, Service Unavailable: it is unknown whether the change was stored; read before repeating it
            500 INTERNAL_ERROR internal-server-error, Internal Server Error: the server failed; its log tells more under the name of the request
            500 INTERNAL_ERROR internal-server-error, Internal Server Error: the server failed; its log tells more under the name of the request
        "#]].assert_eq(&told);
    }

    #[test]
    fn broken_rules_stand_where_they_belong() {
        let immutable = |name: &str| Violation {
            constraint: Some(Constraint::Immutable),
            ..Violation::new(name, "cannot be changed")
        };
        let problem = document(&Failure::Violations(vec![
            Violation::missing("status"),
            Violation::missing("legal_address.country_code"),
            Violation::new("dob", "is wrong"),
            immutable("tenant"),
        ]));
        expect![[r#"{"code":"BAD_REQUEST_BODY","detail":"2 fields are missing, 1 field is not valid, 1 field cannot be changed","immutable":["tenant"],"invalid":{"dob":"is wrong"},"missing":["status","legal_address.country_code"],"status":400,"title":"Bad Request Body","type":"https://dev.synctera.com/errors/bad-request-body"}"#]].assert_eq(&problem.to_string());
    }
}
