//! Credit and its transactions (portos.md 4.6, 4.7 and section 10, row 24).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::decimal::Decimal;
use crate::credit::{CreditKind, Posting};
use crate::money::{Currency, Money};

/// An amount of credit. The label is null: amounts are in the domestic currency.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credit {
    amount: Decimal,
    currency_label: Option<String>,
}

impl Credit {
    pub(super) fn new(amount: Money, currency: &Currency) -> Self {
        Self { amount: Decimal::amount(amount, currency), currency_label: None }
    }
}

/// A movement of a customer's credit.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditTransaction {
    id: String,
    sequence_number: usize,
    external_id: Option<String>,
    amount: Credit,
    ending_credit_balance: Credit,
    r#type: &'static str,
    creation_time: String,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

/// Numbers the movements from 1 in the order they come in, which is the oldest first.
///
/// An amount is what the movement did to the balance here, so that each balance is the one before
/// it and the amount: a reversal shows what it took back.
pub fn credit_transactions(
    postings: impl IntoIterator<Item = Posting>,
    currency: &Currency,
) -> Vec<CreditTransaction> {
    let numbered = postings.into_iter().zip(1..);
    let shown = numbered.map(|(Posting { transaction, effect, balance, .. }, sequence_number)| {
        CreditTransaction {
            id: transaction.id.to_string(),
            sequence_number,
            external_id: transaction.external_id,
            amount: Credit::new(effect, currency),
            ending_credit_balance: Credit::new(balance, currency),
            r#type: type_word(transaction.kind),
            creation_time: transaction.at.to_string(),
            note: transaction.note,
            meta: transaction.meta,
        }
    });
    shown.collect()
}

/// What Portos calls the kinds.
pub(super) fn type_word(kind: CreditKind) -> &'static str {
    match kind {
        CreditKind::Spend | CreditKind::Earn => "Adjustment",
        CreditKind::Deposit => "Deposit",
        CreditKind::Withdrawal => "Withdrawal",
        CreditKind::Correction => "Correction",
        CreditKind::Refund
        | CreditKind::Reversal
        | CreditKind::Expiry
        | CreditKind::Merge
        | CreditKind::Other => "Other",
    }
}
