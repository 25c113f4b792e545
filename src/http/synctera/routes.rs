//! The routes of Synctera.

use super::schema::REFUSAL;
use super::{about, list, read, refusal, write};
use crate::access::Right;
use crate::http::body::Accepts;
use crate::http::problem::PROBLEM;
use crate::http::route::{About, Dialect, Needs, Route, Verb, Work};
use crate::idempotency::Secrets;

/// Synctera at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "synctera",
    about: "Customers as the Synctera v0 page has them.",
    routes: ROUTES,
    secrets: Secrets { members: &["ssn"], in_forms: false },
    refuse: refusal::refuse,
    refusal: (PROBLEM, REFUSAL),
};

const CREATE: Needs = Needs::Right(&[Right::CustomerCreate]);
const UPDATE: Needs = Needs::Right(&[Right::CustomerUpdate]);

const ROUTES: &[Route] = &[
    route(Verb::Post, ALL, CREATE, Work::Write(write::post), about::POST),
    route(Verb::Get, ALL, Needs::Key, Work::List(list::list), about::LIST),
    route(Verb::Get, ONE, Needs::Key, Work::Look(read::get), about::GET),
    route(Verb::Put, ONE, UPDATE, Work::Write(write::put), about::PUT),
    route(Verb::Patch, ONE, UPDATE, Work::Write(write::patch), about::PATCH),
];

const ALL: &str = "/customers";
const ONE: &str = "/customers/{id}";

const fn route(method: Verb, path: &'static str, needs: Needs, work: Work, about: About) -> Route {
    Route { method, path, needs, body: Accepts::JSON, work, about }
}
