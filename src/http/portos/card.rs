//! The card of a customer (portos.md 4.3).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::card::{self, CardStatus};
use crate::time::Timestamp;

/// One of a customer's cards.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Card {
    external_id: Option<String>,
    is_active: bool,
    is_virtual: bool,
    serial_number: String,
    processor: String,
    status: &'static str,
    status_time: Option<String>,
    status_reason: Option<String>,
    activation_time: Option<String>,
    expiration_time: Option<String>,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

impl Card {
    /// The card as it stands at `now`.
    pub(super) fn at(now: Timestamp, card: card::Card) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            status: status_word(card.status_at(now)),
            external_id: card.external_id,
            is_active: card.is_active,
            is_virtual: card.is_virtual,
            serial_number: card.serial_number.to_string(),
            processor: card.processor,
            status_time: time(card.status_at),
            status_reason: card.status_reason,
            activation_time: time(card.activation_at),
            expiration_time: time(card.expiration_at),
            note: card.note,
            meta: card.meta,
        }
    }
}

pub(super) fn status_word(status: CardStatus) -> &'static str {
    match status {
        CardStatus::NotIssued => "NotIssued",
        CardStatus::IssueFailed => "IssueFailed",
        CardStatus::IssueCanceled => "IssueCanceled",
        CardStatus::IssueSkipped => "IssueSkipped",
        CardStatus::ReissueRequested => "ReissueRequested",
        CardStatus::Valid => "Valid",
        CardStatus::NotYetValid => "NotYetValid",
        CardStatus::Expired => "Expired",
        CardStatus::Blocked => "Blocked",
        CardStatus::DisposeRequested => "DisposeRequested",
        CardStatus::Disposed => "Disposed",
    }
}
