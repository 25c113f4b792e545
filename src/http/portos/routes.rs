//! The routes of Portos, and ours beside them.

use super::schema::REFUSAL;
use super::{
    about, about_ours as ours, card_write, closing, conflict, debt_account, movement, read,
    refusal, swipe, till, write,
};
use crate::access::Right;
use crate::http::answer::Answer;
use crate::http::body::Accepts;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::http::problem::PROBLEM;
use crate::http::route::{About, Dialect, Needs, Route, Verb, Work};
use crate::idempotency::Secrets;
use crate::store::Tx;

/// Portos at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "portos",
    about: "The customers of the PORTOS cash-register system.",
    routes: ROUTES,
    secrets: Secrets::NONE,
    refuse: refusal::refuse,
    refusal: (PROBLEM, REFUSAL),
};

const CREATE: Needs = Needs::Right(&[Right::CustomerCreate]);
const UPDATE: Needs = Needs::Right(&[Right::CustomerUpdate]);
const EITHER: Needs = Needs::Right(&[Right::CustomerCreate, Right::CustomerUpdate]);
const DELETE: Needs = Needs::Right(&[Right::CustomerDelete]);
const CREDIT: Needs = Needs::Right(&[Right::CustomerSetCredit]);
const ADMIN: Needs = Needs::Right(&[Right::Admin]);

const ROUTES: &[Route] = &[
    // Theirs.
    list("/customers", Needs::Key, read::list, about::LIST),
    write(Verb::Post, "/customers", CREATE, write::post, about::POST),
    look("/customers/{id}", Needs::Key, read::get, about::GET),
    write(Verb::Put, "/customers/{id}", EITHER, write::put, about::PUT),
    write(Verb::Delete, "/customers/{id}", DELETE, write::delete, about::DELETE),
    // Ours: credit.
    list("/creditTransactions", Needs::Key, movement::list, ours::LIST_MOVEMENTS),
    list(
        "/customers/{id}/creditTransactions",
        Needs::Key,
        movement::list_of_customer,
        ours::LIST_MOVEMENTS_OF,
    ),
    post("/customers/{id}/creditTransactions", CREDIT, till::record, ours::RECORD),
    post("/customers/{id}/spend", CREDIT, till::spend, ours::SPEND),
    post("/customers/{id}/earn", CREDIT, till::earn, ours::EARN),
    post("/customers/{id}/reverse", CREDIT, till::reverse, ours::REVERSE),
    // Ours: what is owed on account.
    list("/customers/{id}/debtAccounts", Needs::Key, debt_account::list, ours::LIST_DEBTS),
    // Ours: cards.
    look("/cards/{serialNumber}", Needs::Key, swipe::get, ours::SWIPE),
    write(Verb::Put, CARD, UPDATE, card_write::put, ours::SET_CARD),
    write(Verb::Delete, CARD, UPDATE, card_write::delete, ours::REMOVE_CARD),
    post(BLOCK, UPDATE, card_write::block, ours::BLOCK_CARD),
    post(UNBLOCK, UPDATE, card_write::unblock, ours::UNBLOCK_CARD),
    post(SWAP, UPDATE, card_write::swap, ours::SWAP_CARD),
    // Ours: what becomes of a customer, and of trouble between tills.
    post("/customers/{id}/erase", DELETE, closing::erase, ours::ERASE),
    look("/customers/{id}/erase", ADMIN, closing::erase_report, ours::ERASE_REPORT),
    post("/customers/{id}/undelete", CREATE, closing::undelete, ours::UNDELETE),
    post("/customers/{id}/merge", ADMIN, closing::merge, ours::MERGE),
    list("/conflicts", ADMIN, conflict::list, ours::LIST_CONFLICTS),
    look("/conflicts/{id}", ADMIN, conflict::get, ours::GET_CONFLICT),
    post("/conflicts/{id}/keep", ADMIN, conflict::keep, ours::KEEP),
    post("/conflicts/{id}/release", ADMIN, conflict::release, ours::RELEASE),
];

const CARD: &str = "/customers/{id}/cards/{serialNumber}";
const BLOCK: &str = "/customers/{id}/cards/{serialNumber}/block";
const UNBLOCK: &str = "/customers/{id}/cards/{serialNumber}/unblock";
const SWAP: &str = "/customers/{id}/cards/{serialNumber}/swap";

type Reader = fn(&Call<'_>) -> Outcome<Answer>;
type Writer = fn(&Call<'_>, &Tx<'_>) -> Outcome<Answer>;

const fn look(path: &'static str, needs: Needs, f: Reader, about: About) -> Route {
    Route { method: Verb::Get, path, needs, body: Accepts::JSON, work: Work::Look(f), about }
}

const fn list(path: &'static str, needs: Needs, f: Reader, about: About) -> Route {
    Route { method: Verb::Get, path, needs, body: Accepts::JSON, work: Work::List(f), about }
}

const fn post(path: &'static str, needs: Needs, f: Writer, about: About) -> Route {
    write(Verb::Post, path, needs, f, about)
}

const fn write(method: Verb, path: &'static str, needs: Needs, f: Writer, about: About) -> Route {
    Route { method, path, needs, body: Accepts::JSON, work: Work::Write(f), about }
}
