//! The routes of Tratta (tratta.md section 2).

use super::body::ACCEPTS;
use super::refusal::{self, Refusal};
use super::{about, address_write, bulk, location_write, read, shape, write};
use crate::access::Right;
use crate::http::answer::{Answer, JSON};
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::http::route::{About, Dialect, Needs, Route, Verb, Work};
use crate::idempotency::Secrets;
use crate::store::Tx;

/// Tratta at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "tratta",
    about: "Customers, locations and bulk imports as the Tratta v1 pages have them.",
    routes: ROUTES,
    secrets: Secrets { members: &["ssn_last4"], in_forms: true },
    refuse: refusal::refuse,
    refusal: (JSON, shape::answered::<Refusal>),
};

const CREATE: Needs = Needs::Right(&[Right::CustomerCreate]);
const UPDATE: Needs = Needs::Right(&[Right::CustomerUpdate]);
/// Of locations and bulks (design section 9).
const EITHER: Needs = Needs::Right(&[Right::CustomerCreate, Right::CustomerUpdate]);
const DELETE: Needs = Needs::Right(&[Right::CustomerDelete]);

const ROUTES: &[Route] = &[
    get("/customers", Work::List(read::list), about::LIST),
    write(Verb::Post, "/customers", CREATE, write::post, about::POST),
    get(CUSTOMER, Work::Look(read::get), about::GET),
    write(Verb::Put, CUSTOMER, UPDATE, write::put, about::PUT),
    write(Verb::Delete, CUSTOMER, DELETE, write::delete, about::DELETE),
    get(ADDRESSES, Work::Look(read::addresses), about::LIST_ADDRESSES),
    write(Verb::Post, ADDRESSES, UPDATE, address_write::post, about::POST_ADDRESS),
    write(Verb::Put, ADDRESS, UPDATE, address_write::put, about::PUT_ADDRESS),
    write(Verb::Delete, ADDRESS, UPDATE, address_write::delete, about::DELETE_ADDRESS),
    get(DEBTS, Work::List(read::debt_accounts), about::LIST_DEBTS),
    get("/locations", Work::List(read::locations), about::LIST_LOCATIONS),
    write(Verb::Post, "/locations", EITHER, location_write::post, about::POST_LOCATION),
    get(LOCATION, Work::List(read::location), about::GET_LOCATION),
    write(Verb::Put, LOCATION, EITHER, location_write::put, about::PUT_LOCATION),
    write(Verb::Delete, LOCATION, EITHER, location_write::delete, about::DELETE_LOCATION),
    Route {
        body: bulk::ACCEPTS,
        ..write(Verb::Post, "/bulk", EITHER, bulk::post, about::POST_BULK)
    },
    Route {
        needs: EITHER,
        ..get("/bulk/{bulk}/errors", Work::List(bulk::errors), about::LIST_ERRORS)
    },
];

const CUSTOMER: &str = "/customers/{customer}";
const ADDRESSES: &str = "/customers/{customer}/addresses";
const ADDRESS: &str = "/customers/{customer}/addresses/{address}";
const DEBTS: &str = "/customers/{customer}/debt_accounts";
const LOCATION: &str = "/locations/{location}";

type Writer = fn(&Call<'_>, &Tx<'_>) -> Outcome<Answer>;

const fn get(path: &'static str, work: Work, about: About) -> Route {
    Route { method: Verb::Get, path, needs: Needs::Key, body: ACCEPTS, work, about }
}

const fn write(method: Verb, path: &'static str, needs: Needs, f: Writer, about: About) -> Route {
    Route { method, path, needs, body: ACCEPTS, work: Work::Write(f), about }
}
