//! The end of a customer beyond `DELETE`: erase, merge, and the way back. Portos has no routes for it.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::write::{answer, check_precondition, find, named, read, standing};
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::id::{CustomerId, NodeId};
use crate::store::Tx;

/// `POST /customers/{id}/erase`: of what remains, nothing tells who it was, so nothing is answered.
pub(crate) fn erase(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let id = named(call)?;
    if call.has_precondition() {
        check_precondition(call, tx, find(tx, &id)?.as_ref())?;
    }
    tx.erase_customer(&id)?;
    Ok(Answer::empty())
}

/// Which nodes have confirmed that a customer is erased at theirs.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Erasure {
    /// The ids of the nodes of which no file holds the words any more.
    confirmed: Vec<String>,
    /// Those of the nodes that have not said so yet; not those that were shut out or whose key was revoked.
    waiting: Vec<String>,
}

/// `GET /customers/{id}/erase`: how far the erase of a customer has come.
pub(crate) fn erase_report(call: &Call<'_>) -> Outcome<Answer> {
    let report = call.store.erase_report(&named(call)?)?;
    let names = |nodes: Vec<NodeId>| nodes.iter().map(ToString::to_string).collect();
    let erasure = Erasure { confirmed: names(report.confirmed), waiting: names(report.waiting) };
    Ok(call.unless_known(Answer::ok(&erasure)?))
}

/// `POST /customers/{id}/undelete`: answers the customer as it was.
pub(crate) fn undelete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let id = named(call)?;
    tx.undelete_customer(&id)?;
    answer(tx, &id, StatusCode::OK)
}

/// `POST /customers/{id}/merge`: answers the customer who took over.
pub(crate) fn merge(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (from, _) = standing(call, tx)?;
    let into = read(call, |body| {
        if body.member("into").is_none() {
            body.missing("into");
        }
        Ok(body.parsed("into", CustomerId::new))
    })?;
    let into = into.unwrap_or_else(|| from.clone());
    tx.merge_customers(&from, &into).map_err(|error| match error {
        Error::NotFound { .. } | Error::Erased(_) => {
            Failure::violation("Into", "must be a customer who is there")
        }
        error => error.into(),
    })?;
    let answer = answer(tx, &into, StatusCode::OK)?;
    Ok(answer.about([from, into]))
}
