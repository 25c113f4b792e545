//! The routes of Portos.

use super::schema::REFUSAL;
use super::{Customer, about};
use crate::access::Right;
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::problem::PROBLEM;
use crate::http::route::{Asked, Dialect, Needs, Route, Verb, Work};
use crate::id::CustomerId;
use crate::store::Tx;

/// Portos at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "portos",
    about: "The customers of the PORTOS cash-register system.",
    routes: ROUTES,
    refuse,
    refusal: (PROBLEM, REFUSAL),
};

const ROUTES: &[Route] = &[
    Route {
        method: Verb::Get,
        path: "/customers/{id}",
        needs: Needs::Key,
        work: Work::Look(get),
        about: about::GET,
    },
    Route {
        method: Verb::Delete,
        path: "/customers/{id}",
        needs: Needs::Right(&[Right::CustomerDelete]),
        work: Work::Write(delete),
        about: about::DELETE,
    },
];

fn get(call: &Call<'_>) -> Outcome<Answer> {
    let id = CustomerId::new(call.part("id")).map_err(|_| Failure::NoRoute)?;
    let profile = call.store.profile(&id)?;
    let answer = Answer::ok(&Customer::read(call.store, profile)?)?;
    Ok(call.unless_known(answer))
}

fn delete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let id = CustomerId::new(call.part("id")).map_err(|_| Failure::NoRoute)?;
    tx.delete_customer(&id, None)?;
    Answer::ok(&()).map(|answer| answer.about([id]))
}

fn refuse(failure: &Failure, asked: &Asked<'_>) -> Answer {
    let _ = (asked, Error::Overflow);
    Answer {
        status: failure.status(),
        content_type: "application/problem+json".into(),
        etag: None,
        body: format!("{failure:?}").into_bytes(),
        about: Vec::new(),
    }
}
