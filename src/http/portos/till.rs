//! A till's words: what moves the credit of one customer. Portos has no routes for it.
//!
//! Each is recorded once, however often it is sent under one `id`: a retry hears the movement that
//! was recorded first. Times are those of this file.

use axum::http::StatusCode;

use super::body::amount;
use super::movement::Movement;
use super::write::{read, standing};
use crate::clock::Stamp;
use crate::credit::{CreditKind, CreditTransaction, Posting};
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::json::{Json, Object};
use crate::id::{CardSerial, CustomerId, TransactionId};
use crate::money::{Currency, Money};
use crate::store::Tx;

/// A movement that is asked for.
struct Wish {
    transaction: CreditTransaction,
    /// The card it is made with.
    card: Option<CardSerial>,
}

/// What a wish is read from, beside the body.
struct Read<'a> {
    stamp: Stamp,
    customer: &'a CustomerId,
    currency: &'a Currency,
}

/// `POST /customers/{id}/creditTransactions`.
pub(crate) fn record(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    movement(call, tx, |body, Read { stamp, customer, currency }| {
        if body.member("type").is_none() {
            body.missing("type");
        }
        let amount = required(body, "amount", currency);
        let kind = body.choice("type", TYPES).unwrap_or(Type::Other);
        let (kind, amount) = match kind {
            Type::Deposit => (CreditKind::Deposit, positive(body, "amount", amount)),
            Type::Withdrawal => {
                (CreditKind::Withdrawal, lowering(positive(body, "amount", amount)))
            }
            // A spend or an earning in Portos' word, so it asks whether the customer may be served.
            Type::Adjustment if amount.is_negative() => (CreditKind::Spend, amount),
            Type::Adjustment => (CreditKind::Earn, other_than_zero(body, amount)),
            Type::Correction => (CreditKind::Correction, other_than_zero(body, amount)),
            Type::Other => (CreditKind::Other, other_than_zero(body, amount)),
        };
        let transaction = CreditTransaction::new(stamp, customer, kind, amount);
        Wish { transaction, card: None }
    })
}

/// What `type` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Deposit,
    Withdrawal,
    Adjustment,
    Correction,
    Other,
}

const TYPES: &[(&str, Type)] = &[
    ("Deposit", Type::Deposit),
    ("Withdrawal", Type::Withdrawal),
    ("Adjustment", Type::Adjustment),
    ("Correction", Type::Correction),
    ("Other", Type::Other),
];

/// `POST /customers/{id}/spend`.
pub(crate) fn spend(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    movement(call, tx, |body, Read { stamp, customer, currency }| {
        let amount = positive(body, "amount", required(body, "amount", currency));
        Wish { transaction: CreditTransaction::spend(stamp, customer, amount), card: card(body) }
    })
}

/// `POST /customers/{id}/earn`: what the customer's rate gives for `paid`, or a plain `amount`.
pub(crate) fn earn(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    movement(call, tx, |body, Read { stamp, customer, currency }| {
        let (paid, plain) = (body.member("paid").is_some(), body.member("amount").is_some());
        if paid && plain {
            body.wrong("amount", "must not be given beside paid");
        }
        let mut earning = CreditTransaction::earn(stamp, customer, Money::ZERO);
        if plain {
            earning.amount = positive(body, "amount", required(body, "amount", currency));
        } else {
            let paid = required(body, "paid", currency);
            if paid.is_negative() {
                body.wrong("paid", "must not be negative");
            }
            earning.paid = Some(paid);
        }
        Wish { transaction: earning, card: card(body) }
    })
}

/// `POST /customers/{id}/reverse`: undoes a movement, whether it has arrived or not.
pub(crate) fn reverse(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    movement(call, tx, |body, Read { stamp, customer, .. }| {
        let name = if body.member("transactionId").is_some() { "transactionId" } else { "target" };
        if body.member(name).is_none() {
            body.missing(name);
        }
        let target = body.parsed(name, TransactionId::new);
        // Without one the body is refused, so it does not matter which stands in.
        let target = target.unwrap_or_else(|| TransactionId::from(stamp.id));
        Wish { transaction: CreditTransaction::reversal(stamp, customer, &target), card: None }
    })
}

/// Records what `wish` makes of the body, and answers the movement: 201, or 200 to a retry.
fn movement(
    call: &Call<'_>,
    tx: &Tx<'_>,
    wish: impl FnOnce(&Object<'_>, Read<'_>) -> Wish,
) -> Outcome<Answer> {
    let (id, before) = standing(call, tx)?;
    let store = tx.store();
    let mut has_own_id = false;
    let Wish { transaction: mut t, card } = read(call, |body| {
        let beside = Read { stamp: store.stamp(), customer: &id, currency: store.currency() };
        let mut wish = wish(body, beside);
        let t = &mut wish.transaction;
        if let Some(id) = body.parsed("id", TransactionId::new) {
            (t.id, has_own_id) = (id, true);
        }
        t.external_id = body.text("externalId");
        t.note = body.text("note");
        t.meta = body.free("meta");
        t.actor = call.actor();
        Ok(wish)
    })?;
    // An id that was drawn just now is nobody's.
    let known = if has_own_id { tx.find_credit_transaction(&t.id)? } else { None };
    match (&known, t.paid) {
        (Some(known), paid) => {
            // A retry cannot know when the first try was, nor what the rate gave then.
            t.at = known.at;
            t.amount = if paid.is_some() { known.amount } else { t.amount };
        }
        (None, Some(paid)) => {
            t.amount = tx.customer(&id)?.credit_rate.of(paid).ok_or(Error::Overflow)?;
        }
        (None, None) => {}
    }
    let recorded = match &card {
        Some(card) => tx.record_with_card(card, &t),
        None => tx.record(&t),
    };
    let balance = recorded.map_err(refused)?;
    let (status, posting) = match known {
        Some(_) => {
            let posting = tx.find_posting(&t.id)?;
            let missing = || Failure::Fault("a movement is not there".to_owned());
            (StatusCode::OK, posting.ok_or_else(missing)?)
        }
        None => {
            let effect = balance.checked_sub(before).ok_or(Error::Overflow)?;
            let node = store.node();
            let posting = Posting { transaction: t, effect, balance, balance_after: balance, node };
            (StatusCode::CREATED, posting)
        }
    };
    let answer = Answer::json(status, &Movement::new(posting, store.currency()))?;
    Ok(Answer { etag: None, ..answer }.about([id]))
}

fn card(body: &Object<'_>) -> Option<CardSerial> {
    body.parsed("cardSerialNumber", CardSerial::new)
}

/// The amount that must be there. For one that is not, something stands in that no ledger takes,
/// and that breaks no further rule of the body.
fn required(body: &Object<'_>, name: &str, currency: &Currency) -> Money {
    match body.member(name) {
        None => body.missing(name),
        Some(Json::Object(_)) => {
            if let Some(credit) = body.object(name).filter(|it| it.member("amount").is_none()) {
                credit.missing("amount");
            }
        }
        Some(_) => {}
    }
    amount(body, name, currency).unwrap_or(Money::from_minor(i64::MAX))
}

fn positive(body: &Object<'_>, name: &str, amount: Money) -> Money {
    if amount <= Money::ZERO {
        body.wrong(name, "must be positive");
    }
    amount
}

fn other_than_zero(body: &Object<'_>, amount: Money) -> Money {
    if amount == Money::ZERO {
        body.wrong("amount", "must not be zero");
    }
    amount
}

fn lowering(amount: Money) -> Money {
    amount.checked_neg().unwrap_or(amount)
}

/// What the ledger refused, with the places of the body.
fn refused(error: Error) -> Failure {
    match error {
        Error::Invalid { parameter, rule } if parameter == "amount" => {
            Failure::violation("Amount", rule)
        }
        Error::NotFound { what: "card of this customer", .. } => {
            Failure::violation("CardSerialNumber", "must be a card of this customer")
        }
        error => error.into(),
    }
}
