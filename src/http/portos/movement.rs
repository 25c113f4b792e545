//! Movements: the credit transactions of one customer and of all, as a till and an office read them.
//! Portos has no routes for them; their shape follows portos.md 4.7.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::credit::{Credit, type_word};
use super::customer::QueryResult;
use super::write::named;
use crate::credit::{CreditKind, CreditTransaction, Posting, PostingPage};
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::money::{Currency, Money};
use crate::query::ndata::{self, Vocabulary};
use crate::query::{Column, Filter, Kind, Op, Query};

/// A movement of a customer's credit, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Movement {
    id: String,
    customer_id: String,
    /// Who did it: the name of a key or of a cashier.
    creator_id: Option<String>,
    creation_time: String,
    r#type: &'static str,
    /// What it was for, in finer words than `type` has.
    kind: &'static str,
    /// By how much it moved the balance; a reversal shows what it took back.
    amount: Credit,
    ending_credit_balance: Credit,
    external_id: Option<String>,
    /// What a reversal undoes.
    target: Option<String>,
    /// What was paid, of an earning by rate.
    paid: Option<Credit>,
    note: Option<String>,
    meta: Option<Map<String, Value>>,
}

impl Movement {
    pub(super) fn new(posting: Posting, currency: &Currency) -> Self {
        let Posting { transaction: t, effect, balance, .. } = posting;
        let credit = |amount: Money| Credit::new(amount, currency);
        Self {
            id: t.id.to_string(),
            customer_id: t.customer_id.to_string(),
            creator_id: t.actor,
            creation_time: t.at.to_string(),
            r#type: type_word(t.kind),
            kind: kind_word(t.kind),
            amount: credit(effect),
            ending_credit_balance: credit(balance),
            external_id: t.external_id,
            target: t.target.map(|id| id.to_string()),
            paid: t.paid.map(credit),
            note: t.note,
            meta: t.meta,
        }
    }
}

fn kind_word(kind: CreditKind) -> &'static str {
    match kind {
        CreditKind::Deposit => "Deposit",
        CreditKind::Withdrawal => "Withdrawal",
        CreditKind::Spend => "Spend",
        CreditKind::Earn => "Earn",
        CreditKind::Refund => "Refund",
        CreditKind::Correction => "Correction",
        CreditKind::Reversal => "Reversal",
        CreditKind::Expiry => "Expiry",
        CreditKind::Merge => "Merge",
        CreditKind::Other => "Other",
    }
}

/// `type` of the document, see [`type_word`].
const TYPE: Column = Column::new(
    "type",
    "(case t.kind when 'spend' then 'adjustment' when 'earn' then 'adjustment'
                  when 'deposit' then 'deposit' when 'withdrawal' then 'withdrawal'
                  when 'correction' then 'correction' else 'other' end)",
    Kind::Choice(&[
        ("Adjustment", "adjustment"),
        ("Deposit", "deposit"),
        ("Withdrawal", "withdrawal"),
        ("Correction", "correction"),
        ("Other", "other"),
    ]),
);

/// The words of both lists.
const WORDS: Vocabulary = Vocabulary {
    filters: &[
        ("Id", CreditTransaction::ID),
        ("CustomerId", CreditTransaction::CUSTOMER_ID),
        ("CreatorId", CreditTransaction::ACTOR),
        ("CreationTime", CreditTransaction::AT),
        ("Type", TYPE),
        ("Kind", CreditTransaction::KIND),
        ("Amount", CreditTransaction::EFFECT),
        ("ExternalId", CreditTransaction::EXTERNAL_ID),
        ("Target", CreditTransaction::TARGET),
        ("Paid", CreditTransaction::PAID),
        ("Note", CreditTransaction::NOTE),
    ],
    plain: &[],
    sorts: &[
        ("id", CreditTransaction::ID),
        ("customerId", CreditTransaction::CUSTOMER_ID),
        ("creatorId", CreditTransaction::ACTOR),
        ("creationTime", CreditTransaction::AT),
        ("type", TYPE),
        ("kind", CreditTransaction::KIND),
        ("amount", CreditTransaction::EFFECT),
        ("externalId", CreditTransaction::EXTERNAL_ID),
        ("target", CreditTransaction::TARGET),
        ("paid", CreditTransaction::PAID),
        ("note", CreditTransaction::NOTE),
    ],
    search: None,
    ignored: &["$include"],
};

/// `GET /creditTransactions`: those of all customers, deleted and erased ones included, so that
/// they add up.
pub(crate) fn list(call: &Call<'_>) -> Outcome<Answer> {
    page(call, read(call)?)
}

/// `GET /customers/{id}/creditTransactions`.
pub(crate) fn list_of_customer(call: &Call<'_>) -> Outcome<Answer> {
    let id = named(call)?;
    call.store.balance(&id)?;
    let mut query = read(call)?;
    let ops = vec![Op::Eq(id.as_str().into())];
    query.filters.push(Filter { column: CreditTransaction::CUSTOMER_ID, ops });
    page(call, query)
}

fn read(call: &Call<'_>) -> Outcome<Query> {
    ndata::parse(call.query, &WORDS, call.store.currency()).map_err(Failure::Query)
}

fn page(call: &Call<'_>, query: Query) -> Outcome<Answer> {
    let PostingPage { items, count, total_count } = call.store.list_postings(&query)?;
    let currency = call.store.currency();
    let movement = |posting| Movement::new(posting, currency);
    let items: Option<Vec<_>> = items.map(|items| items.into_iter().map(movement).collect());
    Ok(call.unless_known(Answer::ok(&QueryResult { items, count, total_count })?))
}
