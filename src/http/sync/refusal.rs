//! Refusals, each with a name that a program can go by.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::failure::Failure;
use crate::http::problem::{self, Problem};
use crate::http::route::Asked;
use crate::sync::{BATCH_OPERATIONS_MAX, PROTOCOL};

/// Why a node was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SyncProblemDetails")]
pub(super) struct Refusal<'a> {
    #[serde(flatten)]
    problem: Problem<'a>,
    /// `protocol`, `malformed`, `no-hello`, `not-a-child`, `unknown-child`, `key-of-another-node`,
    /// `node-of-another-key`, `not-yours`, `too-many`, `reset`, `damaged`, `no-snapshot`, or what other routes are
    /// refused for, such as `too-many-requests`.
    code: String,
}

pub(super) fn refuse(failure: &Failure, asked: &Asked<'_>) -> Answer {
    let refusal = Refusal { problem: problem::problem(failure, asked), code: code(failure) };
    problem::answer(failure.status(), &refusal)
}

fn code(failure: &Failure) -> String {
    let code = match failure {
        Failure::Named { name, .. } => name,
        Failure::Store(Error::NotAChild(_)) => "not-a-child",
        Failure::Store(Error::UnknownChild(_)) => "unknown-child",
        Failure::Store(Error::KeyOfAnotherNode) => "key-of-another-node",
        Failure::Store(Error::NodeOfAnotherKey(_)) => "node-of-another-key",
        Failure::Store(Error::CursorReset) => "reset",
        Failure::Violations(_)
        | Failure::Header(_)
        | Failure::Query(_)
        | Failure::Store(Error::Invalid { .. }) => "malformed",
        other => return other.reason().replace('_', "-"),
    };
    code.to_owned()
}

/// The child speaks no version of the protocol that this node does.
pub(super) fn other_protocol((least, greatest): (u32, u32)) -> Failure {
    let detail = format!(
        "this node speaks version {PROTOCOL} of the protocol, the child speaks {least} to {greatest}"
    );
    Failure::Named { status: StatusCode::BAD_REQUEST, name: "protocol", detail }
}

/// Nobody has said hello with the key.
pub(super) fn no_hello() -> Failure {
    let detail = "no node has said hello with this key".to_owned();
    Failure::Named { status: StatusCode::FORBIDDEN, name: "no-hello", detail }
}

/// Why there is no page. That a row is damaged is a fault of this node, and people at the child should
/// know which one.
pub(super) fn of_page(error: Error) -> Failure {
    match &error {
        Error::DamagedRow { .. } => {
            tracing::error!(%error, "a child is told nothing");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Failure::Named { status, name: "damaged", detail: error.to_string() }
        }
        _ => error.into(),
    }
}

/// There is no snapshot to fetch, or not this one any more.
pub(super) fn no_snapshot() -> Failure {
    let detail = "there is no such snapshot; what it would hold can be pulled".to_owned();
    Failure::Named { status: StatusCode::NOT_FOUND, name: "no-snapshot", detail }
}

/// A batch of more operations than one may have; none was taken.
pub(super) fn too_many() -> Failure {
    let detail = format!("a batch may have {BATCH_OPERATIONS_MAX} operations");
    Failure::Named { status: StatusCode::PAYLOAD_TOO_LARGE, name: "too-many", detail }
}

/// Nothing of a whole batch was the child's to bring.
pub(super) fn not_yours() -> Failure {
    let detail = "every operation of the batch is of a node that comes here itself, or of this one";
    Failure::Named { status: StatusCode::FORBIDDEN, name: "not-yours", detail: detail.to_owned() }
}
