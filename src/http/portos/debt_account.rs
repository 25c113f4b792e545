//! Debt accounts: what a customer owes on account. Portos has no route for them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::credit::Credit;
use super::customer::QueryResult;
use super::read::paged;
use super::schema::words;
use super::words::PAGED_WORDS;
use super::write::named;
use crate::debt_account::{self, BillingType};
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::money::Currency;
use crate::query::ndata;

/// What a customer owes on account. It is no part of the customer's credit.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DebtAccount {
    id: String,
    external_id: Option<String>,
    /// The account of the same customer that this one is below.
    parent_id: Option<String>,
    /// The location that the debt comes from.
    location_id: Option<String>,
    /// The account's number in an outside system.
    account_number: Option<String>,
    /// How it may be paid.
    #[schemars(extend("items" = json!({"type": "string", "enum": words(BillingType::ALL, billing_word)})))]
    billing_types: Vec<&'static str>,
    /// What was placed.
    balance: Credit,
    /// What is left of it.
    current_balance: Credit,
    #[schemars(extend("format" = "date-time"))]
    creation_time: String,
    meta: Option<Map<String, Value>>,
}

impl DebtAccount {
    fn new(account: debt_account::DebtAccount, currency: &Currency) -> Self {
        Self {
            id: account.id.to_string(),
            external_id: account.external_id,
            parent_id: account.parent_id.map(|id| id.to_string()),
            location_id: account.location_id.map(|id| id.to_string()),
            account_number: account.account_number,
            billing_types: account.billing_types.into_iter().map(billing_word).collect(),
            balance: Credit::new(account.balance, currency),
            current_balance: Credit::new(account.current_balance, currency),
            creation_time: account.created_at.to_string(),
            meta: account.meta,
        }
    }
}

fn billing_word(billing: BillingType) -> &'static str {
    match billing {
        BillingType::OneTime => "OneTime",
        BillingType::Scheduled => "Scheduled",
        BillingType::PromiseToPay => "PromiseToPay",
        BillingType::PaymentPlan => "PaymentPlan",
        BillingType::FullPayment => "FullPayment",
        BillingType::PartialPayment => "PartialPayment",
    }
}

/// `GET /customers/{id}/debtAccounts`: the oldest first.
pub(crate) fn list(call: &Call<'_>) -> Outcome<Answer> {
    let currency = call.store.currency();
    let query = ndata::parse(call.query, &PAGED_WORDS, currency).map_err(Failure::Query)?;
    let accounts = call.store.debt_accounts(&named(call)?)?;
    let total = accounts.len() as u64;
    let page = paged(accounts, query.page).into_iter();
    let items: Vec<_> = page.map(|account| DebtAccount::new(account, currency)).collect();
    let count = items.len() as u64;
    let items = query.items.then_some(items);
    let total_count = (query.total || items.is_none()).then_some(total);
    Ok(call.unless_known(Answer::ok(&QueryResult { items, count, total_count })?))
}
