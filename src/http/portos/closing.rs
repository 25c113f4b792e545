//! The end of a customer beyond `DELETE`: erase, merge, and the way back. Portos has no routes for it.

use axum::http::StatusCode;

use super::write::{answer, check_precondition, find, named, read, standing};
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::id::CustomerId;
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
