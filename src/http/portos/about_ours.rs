//! What `openapi.json` and `/docs` tell of the routes of ours.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::card::Card;
use super::closing::Erasure;
use super::conflict::Conflict;
use super::customer::{Customer, QueryResult};
use super::debt_account::DebtAccount;
use super::movement::Movement;
use super::parameters::{MOVEMENTS, PAGED};
use super::schema::CARD_INPUT;
use super::shape::{
    BlockReason, CardSwap, MergeInto, NewEarning, NewMovement, NewReversal, NewSpend,
};
use super::swipe::Swiped;
use crate::http::route::About;

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The same of what is taken, where what may be null may be left out as well.
fn taken<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let mut own = SchemaSettings::draft2020_12().for_deserialize();
    own.definitions_path = generator.settings().definitions_path.clone();
    let mut own = own.into_generator();
    let schema = own.subschema_for::<T>();
    generator.definitions_mut().extend(own.take_definitions(false));
    schema
}

const OURS: About = About {
    id: "",
    summary: "",
    description: "",
    is_extension: true,
    query: &[],
    body: None,
    is_body_optional: false,
    answers: &[(200, shape::<Customer>)],
    refusals: &[],
};

pub(super) const LIST_MOVEMENTS: About = About {
    id: "listCreditTransactions",
    summary: "The movements of credit of all customers, the latest first",
    description: "Deleted and erased customers keep theirs, so that they add up.",
    query: MOVEMENTS,
    answers: &[(200, shape::<QueryResult<Movement>>)],
    refusals: &[400],
    ..OURS
};

pub(super) const LIST_MOVEMENTS_OF: About = About {
    id: "listCustomerCreditTransactions",
    summary: "The movements of one customer's credit, the latest first",
    description: "",
    refusals: &[400, 404],
    ..LIST_MOVEMENTS
};

const MOVE: About = About {
    description: "Sent again under the same id, it changes nothing and is answered 200.",
    answers: &[(201, shape::<Movement>), (200, shape::<Movement>)],
    refusals: &[400, 404, 409, 412],
    ..OURS
};

pub(super) const RECORD: About = About {
    id: "recordCreditTransaction",
    summary: "Moves a customer's credit",
    body: Some(taken::<NewMovement>),
    ..MOVE
};

pub(super) const SPEND: About = About {
    id: "spendCredit",
    summary: "Uses credit for a purchase",
    body: Some(taken::<NewSpend>),
    ..MOVE
};

pub(super) const EARN: About = About {
    id: "earnCredit",
    summary: "Gives credit for a purchase, by the customer's rate or as an amount",
    body: Some(taken::<NewEarning>),
    ..MOVE
};

pub(super) const REVERSE: About = About {
    id: "reverseCreditTransaction",
    summary: "Undoes a movement, whether it has arrived or not",
    body: Some(taken::<NewReversal>),
    ..MOVE
};

pub(super) const LIST_DEBTS: About = About {
    id: "listCustomerDebtAccounts",
    summary: "What one customer owes on account, the oldest account first",
    description: "The amounts of an account with others below it are the sums of theirs.",
    query: PAGED,
    answers: &[(200, shape::<QueryResult<DebtAccount>>)],
    refusals: &[400, 404],
    ..OURS
};

pub(super) const SWIPE: About = About {
    id: "findCard",
    summary: "The card with this serial number, its customer, and whether both may be used now",
    answers: &[(200, shape::<Swiped>)],
    refusals: &[404],
    ..OURS
};

const CARD: About = About {
    description: "If-Match names the customer's state.",
    answers: &[(200, shape::<Card>)],
    refusals: &[400, 404, 412],
    ..OURS
};

pub(super) const SET_CARD: About = About {
    id: "setCard",
    summary: "Gives a customer a card, or replaces it",
    body: Some(CARD_INPUT),
    answers: &[(200, shape::<Card>), (201, shape::<Card>)],
    ..CARD
};

pub(super) const REMOVE_CARD: About =
    About { id: "removeCard", summary: "Takes a card away, and answers it as it was", ..CARD };

pub(super) const BLOCK_CARD: About = About {
    id: "blockCard",
    summary: "Blocks a card that was lost",
    body: Some(taken::<BlockReason>),
    is_body_optional: true,
    ..CARD
};

pub(super) const UNBLOCK_CARD: About = About {
    id: "unblockCard",
    summary: "Makes a blocked card valid again",
    body: Some(taken::<BlockReason>),
    is_body_optional: true,
    ..CARD
};

pub(super) const SWAP_CARD: About = About {
    id: "swapCard",
    summary: "Gives a new card in place of an old one, which is taken away",
    body: Some(taken::<CardSwap>),
    answers: &[(201, shape::<Card>)],
    ..CARD
};

pub(super) const ERASE: About = About {
    id: "eraseCustomer",
    summary: "Takes all personal data of a customer away, for ever",
    description: "Erasing again changes nothing. The movements stay, without a word in them.",
    answers: &[(204, shape::<()>)],
    refusals: &[404, 412],
    ..OURS
};

pub(super) const ERASE_REPORT: About = About {
    id: "getErasure",
    summary: "Which nodes have confirmed that a customer is erased at theirs",
    description: "Only the root of the tree knows; any other node answers 404, as for a customer who was \
        not erased.",
    answers: &[(200, shape::<Erasure>)],
    refusals: &[404],
    ..OURS
};

pub(super) const UNDELETE: About = About {
    id: "undeleteCustomer",
    summary: "Brings a deleted customer back as it was",
    refusals: &[400, 404],
    ..OURS
};

pub(super) const MERGE: About = About {
    id: "mergeCustomer",
    summary: "Merges a customer into another, who takes over cards, addresses and balance",
    body: Some(taken::<MergeInto>),
    refusals: &[400, 404, 412],
    ..OURS
};

pub(super) const LIST_CONFLICTS: About = About {
    id: "listConflicts",
    summary: "What waits for a person to settle, the oldest first",
    query: PAGED,
    answers: &[(200, shape::<QueryResult<Conflict>>)],
    refusals: &[400],
    ..OURS
};

pub(super) const GET_CONFLICT: About = About {
    id: "getConflict",
    summary: "An open conflict",
    answers: &[(200, shape::<Conflict>)],
    refusals: &[404],
    ..OURS
};

pub(super) const KEEP: About = About {
    id: "keepConflict",
    summary: "Settles a conflict by leaving everything as it stands",
    ..GET_CONFLICT
};

pub(super) const RELEASE: About = About {
    id: "releaseConflict",
    summary: "Settles a conflict by taking the value from whoever does not own it",
    refusals: &[400, 404],
    ..GET_CONFLICT
};
