//! The debt account in the words that a bulk import writes it with (tratta.md 7.3).

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::metadata::{self, Attribute};
use crate::debt_account::{self, BillingType};

/// What a customer owes on account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaDebtAccount")]
pub(super) struct DebtAccount {
    /// Its own name among all debt accounts.
    id: String,
    external_id: Option<String>,
    /// The account of the same customer that this one is below.
    parent_id: Option<String>,
    /// The external id of the same.
    parent_external_id: Option<String>,
    /// The location that the debt comes from.
    location_id: Option<String>,
    /// The account's number in an outside system.
    external_account_number: Option<String>,
    /// How it may be paid.
    #[schemars(extend("items" = billing_types()))]
    billing_type: Vec<&'static str>,
    /// What was placed, in minor units: cents.
    balance: i64,
    /// What is left of it, likewise.
    current_balance: i64,
    /// In the order of the keys.
    metadata: Vec<Attribute>,
}

fn billing_types() -> Value {
    let words: Vec<_> = BillingType::ALL.iter().map(|how| how.as_str()).collect();
    json!({"type": "string", "enum": words})
}

impl DebtAccount {
    /// All accounts of one customer, in their order.
    pub(super) fn all(accounts: Vec<debt_account::DebtAccount>) -> Vec<Self> {
        let named = accounts.iter().map(|one| (one.id.clone(), one.external_id.clone()));
        let external_ids: HashMap<_, _> = named.collect();
        let shown = accounts.into_iter().map(|account| {
            let parent = account.parent_id.as_ref();
            Self {
                parent_external_id: parent.and_then(|id| external_ids.get(id).cloned().flatten()),
                parent_id: parent.map(|id| id.to_string()),
                id: account.id.to_string(),
                external_id: account.external_id,
                location_id: account.location_id.map(|id| id.to_string()),
                external_account_number: account.account_number,
                billing_type: account.billing_types.iter().map(|how| how.as_str()).collect(),
                balance: account.balance.minor(),
                current_balance: account.current_balance.minor(),
                metadata: metadata::attributes(&account.meta.unwrap_or_default()),
            }
        });
        shown.collect()
    }
}
