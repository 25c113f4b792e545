//! Sync: what other nodes ask for, and what they are told. The values and what is done with them
//! stand in the room `sync` of the library; here they become requests and answers.

mod down;
mod refusal;
mod routes;
mod tally;
mod up;

use super::call::Call;
use super::failure::{Failure, Outcome};
use super::problem::PROBLEM;
use super::route::Dialect;
use crate::access::Key;
use crate::id::NodeId;
use crate::idempotency::Secrets;

pub(crate) use tally::Tally;

/// The dialect of nodes. Each of its routes needs the right `sync`.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "sync",
    about: "How the nodes of a chain of shops come to agree: a child brings what it has done and \
        fetches what has changed. A key is one node's: the first that says hello with it has it.",
    routes: routes::ROUTES,
    secrets: Secrets::NONE,
    refuse: refusal::refuse,
    refusal: (PROBLEM, |schemas| schemas.subschema_for::<refusal::Refusal<'_>>()),
};

/// The key of whoever asks.
fn key<'a>(call: &Call<'a>) -> Outcome<&'a Key> {
    call.key.ok_or_else(|| Failure::Fault("a route of sync asks for no key".to_owned()))
}

/// Which node asks: the one that has said hello with its key.
fn child(call: &Call<'_>) -> Outcome<NodeId> {
    let child = call.store.child_of_key(&key(call)?.id)?;
    child.ok_or_else(refusal::no_hello)
}
