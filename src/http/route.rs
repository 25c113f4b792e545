//! Route: what a dialect answers to, as data.
//!
//! One table makes the router, the rights, the metrics and `openapi.json`.

use std::collections::BTreeSet;

use axum::routing::MethodFilter;
use schemars::{Schema, SchemaGenerator};

use super::answer::Answer;
use super::body::Accepts;
use super::call::Call;
use super::failure::{Failure, Outcome};
use crate::access::Right;
use crate::idempotency::Secrets;
use crate::store::Tx;

/// A vocabulary at a base path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// What settings call it.
    pub(crate) name: &'static str,
    /// What it is, in a sentence or two.
    pub(crate) about: &'static str,
    pub(crate) routes: &'static [Route],
    /// Members of bodies of which no more than the end is kept anywhere, see
    /// [`RequestDigest::without`](crate::idempotency::RequestDigest::without).
    pub(crate) secrets: Secrets<'static>,
    /// Puts a refusal into the dialect's words.
    pub(crate) refuse: fn(&Failure, &Asked<'_>) -> Answer,
    /// The type and the shape of a refusal.
    pub(crate) refusal: (&'static str, Shape),
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
    /// Which bodies it takes. Of a signature this holds even where nobody reads the body, because it
    /// covers one.
    pub(crate) body: Accepts,
    pub(crate) work: Work,
    pub(crate) about: About,
}

/// What `openapi.json` tells of a route beside what the route itself says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    /// The name of the operation, unique in the dialect: `listCustomers`.
    pub(crate) id: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// What a caller must know besides; may be empty.
    pub(crate) description: &'static str,
    /// Whether the route is ours and not of the dialect's contract.
    pub(crate) is_extension: bool,
    /// Parameters of the query.
    pub(crate) query: &'static [Parameter],
    pub(crate) body: Option<Shape>,
    /// Whether a request without a body is taken, too.
    pub(crate) is_body_optional: bool,
    /// The statuses of success, each with its document.
    pub(crate) answers: &'static [(u16, Shape)],
    /// The statuses of refusals beside those that every route has.
    pub(crate) refusals: &'static [u16],
}

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) shape: Shape,
}

/// The JSON schema of a document.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

impl Route {
    /// Whether it asks nobody who they are.
    pub(crate) fn is_open(&self) -> bool {
        self.needs == Needs::Nothing
    }

    /// Which bodies it takes indeed: only on a thread of its own there is time to unpack one.
    pub(crate) fn accepts(&self) -> Accepts {
        match self.work {
            Work::Apart(..) => self.body,
            _ => Accepts { unpacked_bytes_max: None, ..self.body },
        }
    }

    /// The statuses of refusals: those that every route of its kind has, and its own.
    pub(crate) fn refusals(&self) -> BTreeSet<u16> {
        let mut all: BTreeSet<u16> = self.about.refusals.iter().copied().collect();
        all.extend([414, 500]);
        if !self.is_open() {
            all.extend([401, 429, 503]);
        }
        if matches!(self.needs, Needs::Right(_)) {
            all.insert(403);
        }
        if self.path.contains('{') {
            all.insert(404);
        }
        if !self.about.query.is_empty() {
            all.insert(400);
        }
        match self.work {
            Work::Look(_) => {}
            Work::List(_) => all.extend([503]),
            // A body that is wrong or slow, and no room for it.
            Work::Apart(..) => all.extend([400, 408, 413, 415, 503, 507]),
            // The same, a name that was used, a state that is another one.
            Work::Write(_) => all.extend([400, 408, 409, 412, 413, 415, 422, 503, 507]),
        }
        all
    }
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
    /// A body that may be long, on a thread that may be held up. It opens its own SQL transactions, of
    /// which it may need several or none, and no answer is remembered: sent again, it must do nothing
    /// twice by itself.
    Apart(Lane, fn(&Call<'_>) -> Outcome<Answer>),
}

/// Which work that is done apart waits for which: each lane has permits of its own, and tills' reads
/// and writes have others still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// What other nodes bring: [`PUSHES_MAX`](super::PUSHES_MAX) at once.
    Push,
    /// What other nodes ask for: [`PULLS_MAX`](super::PULLS_MAX) at once.
    Pull,
}

impl Work {
    /// Whether the request has a body that the handler reads.
    pub(crate) fn reads_body(self) -> bool {
        matches!(self, Self::Write(_) | Self::Apart(..))
    }
}
