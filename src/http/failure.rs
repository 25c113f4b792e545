//! Failure: why a request was refused, before a dialect puts it into words of its own.

use axum::http::StatusCode;

use crate::access::Right;
use crate::error::Error;
use crate::query::ParseError;

/// What a handler answers.
pub(crate) type Outcome<T> = std::result::Result<T, Failure>;

/// Why a request was refused. A dialect decides the body, [`Failure::status`] the status that all
/// dialects agree on where their contracts are silent.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody is signed in, and why.
    Unauthenticated(&'static str),
    /// The key lacks a right.
    Forbidden(Right),
    /// There is no such route.
    NoRoute,
    /// The route knows other methods, listed as the header `Allow` has them.
    MethodNotAllowed(String),
    /// The body is announced as none of these types.
    WrongType(&'static [&'static str]),
    /// The body comes in an encoding that is not taken; some routes take zstd.
    WrongEncoding { takes_zstd: bool },
    /// The body is longer than this many bytes.
    BodyTooLarge(usize),
    /// The target of the request is longer than this many bytes.
    TargetTooLong(usize),
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body or the path breaks these rules.
    Violations(Vec<Violation>),
    /// A header breaks a rule. It is told apart from a member of the body that bears its name.
    Header(Violation),
    /// A parameter of the query does not parse.
    Query(ParseError),
    /// `If-Match` or `If-None-Match` names another state than the stored one.
    PreconditionFailed,
    /// The idempotency key was used for another request.
    KeyReused,
    /// The first request with this idempotency key has no answer yet.
    KeyInUse,
    /// Too many failed sign-ins from one address; seconds to wait.
    TooManyAttempts(u64),
    /// A node asks too often; seconds to wait.
    TooManyRequests(u64),
    /// More work waits than is taken on; seconds to wait.
    Overloaded(u64),
    /// What a dialect has a name of its own for.
    Named { status: StatusCode, name: &'static str, detail: String },
    /// The store refused or failed.
    Store(Error),
    /// A fault of the door itself, told to the log and not to the caller.
    Fault(String),
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The place in the caller's own words: `Cards[0].SerialNumber`, a header's name.
    pub(crate) parameter: String,
    /// The rule, to be read after the parameter's name.
    pub(crate) rule: String,
    /// What kind of rule it is, where the contract has a code for it.
    pub(crate) constraint: Option<Constraint>,
    /// Whether the body as such breaks it, and not a member that bears its name.
    pub(crate) is_of_body: bool,
}

/// Kinds of rules that contracts have codes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constraint {
    /// The value is missing.
    Required,
    /// The value must be unique.
    Unique,
    /// The value is never changed.
    Immutable,
}

impl Violation {
    /// A broken rule without a code.
    pub(crate) fn new(parameter: impl Into<String>, rule: impl std::fmt::Display) -> Self {
        let (parameter, rule) = (parameter.into(), rule.to_string());
        Self { parameter, rule, constraint: None, is_of_body: false }
    }

    /// A rule that the body as such breaks, which is called `parameter`.
    pub(crate) fn of_body(parameter: impl Into<String>, rule: impl std::fmt::Display) -> Self {
        Self { is_of_body: true, ..Self::new(parameter, rule) }
    }

    /// A value that is missing.
    pub(crate) fn missing(parameter: impl Into<String>) -> Self {
        Self { constraint: Some(Constraint::Required), ..Self::new(parameter, "is missing") }
    }
}

impl Failure {
    /// A single broken rule.
    pub(crate) fn violation(parameter: impl Into<String>, rule: impl std::fmt::Display) -> Self {
        Self::Violations(vec![Violation::new(parameter, rule)])
    }

    /// A single rule that the body as such breaks, which is called `parameter`.
    pub(crate) fn of_body(parameter: impl Into<String>, rule: impl std::fmt::Display) -> Self {
        Self::Violations(vec![Violation::of_body(parameter, rule)])
    }

    /// The status, as the contracts have it that do not say otherwise.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongType(_) | Self::WrongEncoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TargetTooLong(_) => StatusCode::URI_TOO_LONG,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Violations(_) | Self::Header(_) | Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::KeyInUse => StatusCode::CONFLICT,
            Self::TooManyAttempts(_) | Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Named { status, .. } => *status,
            Self::Store(error) => status_of(error),
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What counts this refusal together with others of its kind.
    pub(crate) const REASONS: [&str; 22] = [
        "unauthenticated",
        "too_many_attempts",
        "too_many_requests",
        "forbidden",
        "no_route",
        "wrong_method",
        "wrong_type",
        "too_large",
        "too_long",
        "too_slow",
        "invalid",
        "query",
        "precondition",
        "key_reused",
        "key_in_use",
        "overloaded",
        "not_found",
        "conflict",
        "gone",
        "disk_full",
        "not_stored",
        "fault",
    ];

    /// One of [`Failure::REASONS`].
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "unauthenticated",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::TooManyRequests(_) => "too_many_requests",
            Self::Forbidden(_) => "forbidden",
            Self::NoRoute => "no_route",
            Self::MethodNotAllowed(_) => "wrong_method",
            Self::WrongType(_) | Self::WrongEncoding { .. } => "wrong_type",
            Self::BodyTooLarge(_) => "too_large",
            Self::TargetTooLong(_) => "too_long",
            Self::BodyTooSlow => "too_slow",
            Self::Violations(_) | Self::Header(_) => "invalid",
            Self::Query(_) => "query",
            Self::PreconditionFailed => "precondition",
            Self::KeyReused => "key_reused",
            Self::KeyInUse => "key_in_use",
            Self::Overloaded(_) => "overloaded",
            Self::Fault(_) => "fault",
            Self::Named { status, .. } => reason_of(*status),
            Self::Store(error) => reason_of(status_of(error)),
        }
    }

    /// What the log is told and the caller is not: what went wrong in here.
    pub(crate) fn fault(&self) -> Option<String> {
        match self {
            Self::Store(error) if is_fault(error) => Some(error.to_string()),
            Self::Fault(what) => Some(what.clone()),
            _ => None,
        }
    }

    /// Seconds after which the caller may try again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts(seconds)
            | Self::TooManyRequests(seconds)
            | Self::Overloaded(seconds) => Some(*seconds),
            _ => None,
        }
    }
}

/// The reason that a status stands for where nothing else tells it.
fn reason_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "invalid",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::CONFLICT => "conflict",
        StatusCode::GONE => "gone",
        StatusCode::INSUFFICIENT_STORAGE => "disk_full",
        StatusCode::SERVICE_UNAVAILABLE => "not_stored",
        _ => "fault",
    }
}

/// The status of what the library refused (design section 9).
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Invalid { .. }
        | Error::Query(_)
        | Error::Exists(_)
        | Error::Erased(_)
        | Error::Taken { .. }
        | Error::VersionMismatch { .. }
        | Error::VersionRequired { .. }
        | Error::BalanceNotZero { .. }
        | Error::Overflow => StatusCode::BAD_REQUEST,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::InsufficientCredit { .. }
        | Error::NotUsable(_)
        | Error::IdReused(_)
        | Error::NotReversible { .. }
        | Error::NotAChild(_) => StatusCode::CONFLICT,
        Error::UnknownChild(_) | Error::KeyOfAnotherNode | Error::NodeOfAnotherKey(_) => {
            StatusCode::FORBIDDEN
        }
        Error::CursorReset => StatusCode::GONE,
        Error::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        Error::NotStored(_) | Error::WritesRefused(_) | Error::FileReplaced(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Gap { .. }
        | Error::Fork(_)
        | Error::Damaged(_)
        | Error::UpgradeNeeded { .. }
        | Error::StageMoved
        | Error::Diverged { .. }
        | Error::StaleParent { .. }
        | Error::RootRestored
        | Error::NoParent
        | Error::InUse(_)
        | Error::OpenedBeside
        | Error::NotTillbook(_)
        | Error::NoFile(_)
        | Error::NewerFile { .. }
        | Error::OtherCurrency { .. }
        | Error::ReadOnly(_)
        | Error::Corrupt(_)
        | Error::DamagedRow { .. }
        | Error::CommitUnknown(_)
        | Error::OldSqlite { .. }
        | Error::Io(_)
        | Error::Sqlite(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether the store or the system failed, and not the request: such an answer is not remembered.
pub(crate) fn is_fault(error: &Error) -> bool {
    status_of(error).is_server_error()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Query(error) => Self::Query(error),
            error => Self::Store(error),
        }
    }
}
