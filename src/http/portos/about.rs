//! What `openapi.json` tells of each route.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::card::Card;
use super::conflict::Conflict;
use super::customer::{Customer, QueryResult};
use super::movement::Movement;
use super::shape::{Earn, Into, NewMovement, Reason, Replace, Reverse, Spend};
use super::swipe::Swiped;
use crate::http::route::{About, Parameter};

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const THEIRS: About = About {
    id: "",
    summary: "",
    description: "",
    is_extension: false,
    query: &[],
    body: None,
    answers: &[(200, shape::<Customer>)],
    refusals: &[],
};

const OURS: About = About { is_extension: true, ..THEIRS };

const fn text(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about, shape: shape::<String> }
}

const SKIP: Parameter =
    Parameter { name: "$skip", about: "How many to leave out", shape: shape::<u64> };
const TAKE: Parameter =
    Parameter { name: "$take", about: "How many to return at most", shape: shape::<u32> };
const COUNT: Parameter =
    Parameter { name: "$count", about: "Only the number is wanted", shape: shape::<bool> };
const TOTAL: Parameter =
    Parameter { name: "$total", about: "false: the total is not wanted", shape: shape::<bool> };
const SORT: Parameter = text("$sort", "Keys with commas between them, as `-creationTime,id`");

pub(super) const LIST_CUSTOMERS: About = About {
    id: "listCustomers",
    summary: "The customers that satisfy every filter",
    description: "Filters have the form `MEMBER=OPERATOR:VALUE;...`, as `DiscountRate=gte:5;lt:10`.",
    query: &[
        text("CardSerialNumber", "The serial number of a card"),
        text("ExternalId", "The id in an outside system"),
        text("CreditRate", "Credit earned per unit paid"),
        text("DiscountRate", "Percent"),
        text("IsActive", "Whether the account is not blocked"),
        text("ExpirationTime", "The last instant of validity"),
        Parameter { name: "IsExpired", about: "Whether it expired", shape: shape::<bool> },
        text("Search", "A part of a name, tax number or note"),
        text("Find", "What a cashier types; the surest matches come first"),
        SORT,
        SKIP,
        TAKE,
        COUNT,
        TOTAL,
    ],
    answers: &[(200, shape::<QueryResult>)],
    refusals: &[400],
    ..THEIRS
};

pub(super) const GET_CUSTOMER: About =
    About { id: "getCustomer", summary: "The customer with this id", refusals: &[404], ..THEIRS };

pub(super) const CREATE_CUSTOMER: About = About {
    id: "createCustomer",
    summary: "Makes a customer",
    body: Some(shape::<Customer>),
    answers: &[(201, shape::<Customer>)],
    refusals: &[400],
    ..THEIRS
};

pub(super) const REPLACE_CUSTOMER: About = About {
    id: "replaceCustomer",
    summary: "Replaces a customer, or makes the one that is not there",
    body: Some(shape::<Customer>),
    answers: &[(200, shape::<Customer>), (201, shape::<Customer>)],
    refusals: &[400, 412],
    ..THEIRS
};

pub(super) const DELETE_CUSTOMER: About = About {
    id: "deleteCustomer",
    summary: "Deletes a customer, and answers it as it was",
    refusals: &[400, 404, 412],
    ..THEIRS
};

pub(super) const LIST_MOVEMENTS: About = About {
    id: "listCreditTransactions",
    summary: "The movements of credit of all customers, the latest first",
    description: "Deleted and erased customers keep theirs, so that they add up.",
    query: &[
        text("Id", "The id"),
        text("CustomerId", "Whose credit moved"),
        text("CreatorId", "Who did it"),
        text("CreationTime", "The time of business"),
        text("Type", "Adjustment, Deposit, Withdrawal, Correction or Other"),
        text("Kind", "What it was for, in finer words"),
        text("Amount", "By how much the balance moved"),
        text("ExternalId", "The id in an outside system"),
        text("Target", "What a reversal undoes"),
        text("Paid", "What was paid, of an earning by rate"),
        text("Note", "The note"),
        SORT,
        SKIP,
        TAKE,
        COUNT,
        TOTAL,
    ],
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
    body: Some(shape::<NewMovement>),
    ..MOVE
};

pub(super) const SPEND: About = About {
    id: "spendCredit",
    summary: "Uses credit for a purchase",
    body: Some(shape::<Spend>),
    ..MOVE
};

pub(super) const EARN: About = About {
    id: "earnCredit",
    summary: "Gives credit for a purchase, by the customer's rate or as an amount",
    body: Some(shape::<Earn>),
    ..MOVE
};

pub(super) const REVERSE: About = About {
    id: "reverseCreditTransaction",
    summary: "Undoes a movement, whether it has arrived or not",
    body: Some(shape::<Reverse>),
    ..MOVE
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
    body: Some(shape::<Card>),
    answers: &[(200, shape::<Card>), (201, shape::<Card>)],
    ..CARD
};

pub(super) const REMOVE_CARD: About =
    About { id: "removeCard", summary: "Takes a card away, and answers it as it was", ..CARD };

pub(super) const BLOCK_CARD: About = About {
    id: "blockCard",
    summary: "Blocks a card that was lost",
    body: Some(shape::<Reason>),
    ..CARD
};

pub(super) const UNBLOCK_CARD: About = About {
    id: "unblockCard",
    summary: "Makes a blocked card valid again",
    body: Some(shape::<Reason>),
    ..CARD
};

pub(super) const SWAP_CARD: About = About {
    id: "swapCard",
    summary: "Gives a new card in place of an old one, which is taken away",
    body: Some(shape::<Replace>),
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

pub(super) const UNDELETE: About = About {
    id: "undeleteCustomer",
    summary: "Brings a deleted customer back as it was",
    refusals: &[400, 404],
    ..OURS
};

pub(super) const MERGE: About = About {
    id: "mergeCustomer",
    summary: "Merges a customer into another, who takes over cards, addresses and balance",
    body: Some(shape::<Into>),
    refusals: &[400, 404, 412],
    ..OURS
};

pub(super) const LIST_CONFLICTS: About = About {
    id: "listConflicts",
    summary: "What waits for a person to settle, the oldest first",
    query: &[SKIP, TAKE, COUNT, TOTAL],
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
