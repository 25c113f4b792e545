//! Route: what a dialect answers to, as data.
//!
//! One table makes the router, the rights, the metrics and `openapi.json`.

use axum::routing::MethodFilter;

use super::answer::Answer;
use super::call::Call;
use super::failure::{Failure, Outcome};
use crate::access::Right;
use crate::store::Tx;

/// A vocabulary at a base path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// What settings call it.
    pub(crate) name: &'static str,
    pub(crate) routes: &'static [Route],
    /// Puts a refusal into the dialect's words.
    pub(crate) refuse: fn(&Failure, &Asked<'_>) -> Answer,
}

/// What a refusal tells about the request it refuses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The path, without the query.
    pub(crate) target: &'a str,
    pub(crate) request_id: &'a str,
    /// The header `Accept-Language`.
    pub(crate) language: Option<&'a str>,
}

/// One method of one path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: Verb,
    /// Below the dialect's base path, with `{names}` for the parts that are captured.
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) work: Work,
}

/// The methods that routes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// As the protocol writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Whom a route is for. A handler may ask for more once it has seen the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Everybody.
    Nothing,
    /// Whoever is signed in.
    Key,
    /// Whoever has one of these rights.
    Right(&'static [Right]),
}

/// How a request is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// A look at a few rows: microseconds, answered by the thread that read the request.
    Look(fn(&Call<'_>) -> Outcome<Answer>),
    /// A look at many rows, on a thread that may be held up.
    List(fn(&Call<'_>) -> Outcome<Answer>),
    /// A change, in one SQL transaction with its remembered answer.
    Write(fn(&Call<'_>, &Tx<'_>) -> Outcome<Answer>),
}

impl Work {
    /// Whether the request has a body that the handler reads.
    pub(crate) fn reads_body(self) -> bool {
        matches!(self, Self::Write(_))
    }
}
