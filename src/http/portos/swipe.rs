//! A card under the scanner: the till's question, answered by one statement.

use axum::http::header::ACCEPT_LANGUAGE;
use schemars::JsonSchema;
use serde::Serialize;

use super::card::Card;
use super::credit::Credit;
use super::customer::{Company, status_word};
use super::decimal::Decimal;
use super::language::Language;
use crate::customer::{self, StandingClass};
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::http::problem::sentence;
use crate::id::CardSerial;
use crate::profile::Swipe;
use crate::time::Timestamp;

/// Everything a till needs to go on.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Swiped {
    /// Whether card and customer may be used now.
    usable: bool,
    /// Why not, in the language that is asked for.
    reason: Option<String>,
    discount_rate: Decimal,
    /// The balance.
    credit: Credit,
    /// What can be spent: the balance and the credit line.
    available: Credit,
    card: Card,
    customer: CardHolder,
}

/// The customer as far as a till needs one.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct CardHolder {
    id: String,
    external_id: Option<String>,
    is_active: bool,
    status: &'static str,
    first_name: Option<String>,
    last_name: Option<String>,
    full_name: String,
    email: Option<String>,
    phone: Option<String>,
    is_company: bool,
    company: Option<Company>,
    credit_rate: Decimal,
    note: Option<String>,
    #[serde(rename = "_v")]
    version: u64,
}

impl CardHolder {
    fn at(now: Timestamp, customer: customer::Customer) -> Self {
        Self {
            id: customer.id.to_string(),
            is_active: customer.standing.class() == StandingClass::Open,
            status: status_word(customer.validity(now)),
            full_name: customer.display_name(),
            external_id: customer.external_id,
            first_name: customer.first_name,
            last_name: customer.last_name,
            email: customer.email,
            phone: customer.phone,
            is_company: customer.is_company,
            company: customer.company.map(Company::from),
            credit_rate: Decimal::rate(customer.credit_rate),
            note: customer.note,
            version: customer.version.unwrap_or_default(),
        }
    }
}

/// `GET /cards/{serialNumber}`.
pub(crate) fn get(call: &Call<'_>) -> Outcome<Answer> {
    let text = call.part("serialNumber");
    let unknown = || Error::NotFound { what: "card", id: text.to_owned() };
    let serial = CardSerial::new(text).map_err(|_| unknown())?;
    let swipe = call.store.find_card(&serial)?.ok_or_else(unknown)?;
    let (now, currency) = (call.store.now(), call.store.currency());
    let reason = swipe.usable(now).err().map(|error| match error {
        Error::NotUsable(reason) => {
            Language::of(call.header(ACCEPT_LANGUAGE)).say(&sentence(&reason))
        }
        error => error.to_string(),
    });
    let available = Credit::new(swipe.available(), currency);
    let Swipe { card, customer, credit, .. } = swipe;
    let document = Swiped {
        usable: reason.is_none(),
        reason,
        discount_rate: Decimal::rate(customer.discount_rate),
        credit: Credit::new(credit, currency),
        available,
        card: Card::at(now, card),
        customer: CardHolder::at(now, customer),
    };
    Ok(call.unless_known(Answer::ok(&document)?))
}
