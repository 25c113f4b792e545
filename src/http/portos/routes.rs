//! The routes of Portos, and ours beside them.

use super::{about, card_write, closing, conflict, movement, read, refusal, swipe, till, write};
use crate::access::Right;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::http::route::{About, Dialect, Needs, Route, Verb, Work};
use crate::store::Tx;

/// Portos at its base path.
pub(crate) const DIALECT: Dialect =
    Dialect { name: "portos", routes: ROUTES, refuse: refusal::refuse };

const CREATE: Needs = Needs::Right(&[Right::CustomerCreate]);
const UPDATE: Needs = Needs::Right(&[Right::CustomerUpdate]);
const EITHER: Needs = Needs::Right(&[Right::CustomerCreate, Right::CustomerUpdate]);
const DELETE: Needs = Needs::Right(&[Right::CustomerDelete]);
const CREDIT: Needs = Needs::Right(&[Right::CustomerSetCredit]);
const ADMIN: Needs = Needs::Right(&[Right::Admin]);

const ROUTES: &[Route] = &[
    // Theirs.
    list("/customers", Needs::Key, read::list, about::LIST_CUSTOMERS),
    write(Verb::Post, "/customers", CREATE, write::post, about::CREATE_CUSTOMER),
    look("/customers/{id}", Needs::Key, read::get, about::GET_CUSTOMER),
    write(Verb::Put, "/customers/{id}", EITHER, write::put, about::REPLACE_CUSTOMER),
    write(Verb::Delete, "/customers/{id}", DELETE, write::delete, about::DELETE_CUSTOMER),
    // Ours: credit.
    list("/creditTransactions", Needs::Key, movement::list, about::LIST_MOVEMENTS),
    list(
        "/customers/{id}/creditTransactions",
        Needs::Key,
        movement::list_of_customer,
        about::LIST_MOVEMENTS_OF,
    ),
    post("/customers/{id}/creditTransactions", CREDIT, till::record, about::RECORD),
    post("/customers/{id}/spend", CREDIT, till::spend, about::SPEND),
    post("/customers/{id}/earn", CREDIT, till::earn, about::EARN),
    post("/customers/{id}/reverse", CREDIT, till::reverse, about::REVERSE),
    // Ours: cards.
    look("/cards/{serialNumber}", Needs::Key, swipe::get, about::SWIPE),
    write(Verb::Put, CARD, UPDATE, card_write::put, about::SET_CARD),
    write(Verb::Delete, CARD, UPDATE, card_write::delete, about::REMOVE_CARD),
    post(BLOCK, UPDATE, card_write::block, about::BLOCK_CARD),
    post(UNBLOCK, UPDATE, card_write::unblock, about::UNBLOCK_CARD),
    post(SWAP, UPDATE, card_write::swap, about::SWAP_CARD),
    // Ours: what becomes of a customer, and of trouble between tills.
    post("/customers/{id}/erase", DELETE, closing::erase, about::ERASE),
    post("/customers/{id}/undelete", CREATE, closing::undelete, about::UNDELETE),
    post("/customers/{id}/merge", ADMIN, closing::merge, about::MERGE),
    list("/conflicts", ADMIN, conflict::list, about::LIST_CONFLICTS),
    look("/conflicts/{id}", ADMIN, conflict::get, about::GET_CONFLICT),
    post("/conflicts/{id}/keep", ADMIN, conflict::keep, about::KEEP),
    post("/conflicts/{id}/release", ADMIN, conflict::release, about::RELEASE),
];

const CARD: &str = "/customers/{id}/cards/{serialNumber}";
const BLOCK: &str = "/customers/{id}/cards/{serialNumber}/block";
const UNBLOCK: &str = "/customers/{id}/cards/{serialNumber}/unblock";
const SWAP: &str = "/customers/{id}/cards/{serialNumber}/swap";

type Reader = fn(&Call<'_>) -> Outcome<Answer>;
type Writer = fn(&Call<'_>, &Tx<'_>) -> Outcome<Answer>;

const fn look(path: &'static str, needs: Needs, f: Reader, about: About) -> Route {
    Route { method: Verb::Get, path, needs, work: Work::Look(f), about }
}

const fn list(path: &'static str, needs: Needs, f: Reader, about: About) -> Route {
    Route { method: Verb::Get, path, needs, work: Work::List(f), about }
}

const fn post(path: &'static str, needs: Needs, f: Writer, about: About) -> Route {
    write(Verb::Post, path, needs, f, about)
}

const fn write(method: Verb, path: &'static str, needs: Needs, f: Writer, about: About) -> Route {
    Route { method, path, needs, work: Work::Write(f), about }
}
