//! The routes of Portos.

use super::schema::REFUSAL;
use super::{Customer, Source, about};
use crate::access::Right;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::problem::{self, PROBLEM};
use crate::http::route::{Dialect, Needs, Route, Verb, Work};
use crate::id::CustomerId;
use crate::store::Tx;

/// Portos at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "portos",
    about: "The customers of the PORTOS cash-register system.",
    routes: ROUTES,
    refuse: problem::refuse,
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
    let profile = tx.profile(&id)?;
    tx.delete_customer(&id, None)?;
    let (currency, now) = (call.store.currency(), call.store.now());
    let document = Customer::from(Source { profile, latest: vec![], currency, now });
    Answer::ok(&document).map(|answer| answer.about([id]))
}
