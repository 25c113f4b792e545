//! Shapes of bodies that are not documents: `openapi.json` shows them, and their readers stand with
//! their routes.
#![expect(dead_code, reason = "only the schemas are made of these")]

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::decimal::Decimal;

/// `type` decides the sign: the amount of a Deposit or a Withdrawal is positive, all others are as
/// they move the balance.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewMovement {
    /// Made by the caller before the first try, so that a retry is the same movement.
    id: Option<String>,
    r#type: Type,
    amount: Decimal,
    external_id: Option<String>,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

#[derive(JsonSchema)]
enum Type {
    Deposit,
    Withdrawal,
    /// Spends when it is negative, earns when it is positive.
    Adjustment,
    Correction,
    Other,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spend {
    id: Option<String>,
    /// Positive.
    amount: Decimal,
    /// The card it is made with, which must be usable too.
    card_serial_number: Option<String>,
    external_id: Option<String>,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

/// Either `paid` or `amount`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Earn {
    id: Option<String>,
    /// What was paid: the customer's rate decides what it earns.
    paid: Option<Decimal>,
    /// What it earns, whatever the rate.
    amount: Option<Decimal>,
    card_serial_number: Option<String>,
    external_id: Option<String>,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reverse {
    id: Option<String>,
    /// The id of what is undone; `transactionId` is read too.
    target: String,
    external_id: Option<String>,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

#[derive(JsonSchema)]
pub(super) struct Reason {
    reason: Option<String>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replace {
    /// Of the new card.
    serial_number: String,
}

#[derive(JsonSchema)]
pub(super) struct Into {
    /// The id of the customer who takes over.
    into: String,
}
