//! What changes one card of a customer. Portos has no routes for it: there a card is part of its
//! customer, and `If-Match` names the customer's state here too.

use axum::http::StatusCode;

use super::body;
use super::card::Card;
use super::place::place;
use super::write::{read, read_if_any, standing};
use crate::card::{self, CardStatus};
use crate::error::Error;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Constraint, Failure, Outcome, Violation};
use crate::id::{CardSerial, CustomerId};
use crate::store::Tx;

/// `PUT /customers/{id}/cards/{serialNumber}`: adds the card or replaces it.
pub(crate) fn put(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (id, _) = standing(call, tx)?;
    let text = call.part("serialNumber");
    let serial = CardSerial::new(text).map_err(|rule| Failure::violation("SerialNumber", rule))?;
    let stored = tx.profile(&id)?.cards;
    let card = read(call, |sent| {
        if sent.text("serialNumber").is_some_and(|sent| sent != text) {
            sent.wrong("serialNumber", "must be the serial number in the path");
        }
        Ok(body::card(sent, Some(serial.clone()), &stored))
    })?;
    let card = card.unwrap_or_else(|| card::Card::new(serial.clone()));
    tx.set_card(&id, &card).map_err(refused)?;
    let is_new = !stored.iter().any(|stored| stored.serial_number == serial);
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let card = tx.card(&id, &serial)?;
    answer(tx, id, card, status)
}

/// `DELETE /customers/{id}/cards/{serialNumber}`: answers what was removed.
pub(crate) fn delete(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (id, card) = existing(call, tx)?;
    tx.remove_card(&id, &card.serial_number)?;
    answer(tx, id, card, StatusCode::OK)
}

/// `POST /customers/{id}/cards/{serialNumber}/block`: a card that was lost.
pub(crate) fn block(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (id, card) = existing(call, tx)?;
    let reason = read_if_any(call, |body| Ok(body.text("reason")))?;
    let card = tx.edit_card(&id, &card.serial_number, |card| {
        let is_blocked = card.status == CardStatus::Blocked;
        card.status = CardStatus::Blocked;
        if reason.is_some() || !is_blocked {
            card.status_reason = reason;
        }
    });
    answer(tx, id, card.map_err(refused)?, StatusCode::OK)
}

/// `POST /customers/{id}/cards/{serialNumber}/unblock`: a card that was found again.
pub(crate) fn unblock(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (id, card) = existing(call, tx)?;
    let reason = read_if_any(call, |body| Ok(body.text("reason")))?;
    let card = match card.status {
        CardStatus::Blocked => tx.edit_card(&id, &card.serial_number, |card| {
            card.status = CardStatus::Valid;
            card.status_reason = reason;
        }),
        CardStatus::Valid | CardStatus::NotYetValid | CardStatus::Expired => Ok(card),
        _ => return Err(Failure::violation("Status", "must be Blocked")),
    };
    answer(tx, id, card.map_err(refused)?, StatusCode::OK)
}

/// `POST /customers/{id}/cards/{serialNumber}/swap`: a new card in place of a lost or worn one.
pub(crate) fn swap(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let (id, card) = existing(call, tx)?;
    let new = read(call, |body| {
        if body.member("serialNumber").is_none() {
            body.missing("serialNumber");
        }
        let new = body.parsed("serialNumber", CardSerial::new);
        if new.as_ref() == Some(&card.serial_number) {
            body.wrong("serialNumber", "must be another serial number");
        }
        Ok(new)
    })?;
    let new = new.unwrap_or_else(|| card.serial_number.clone());
    let card = tx.swap_card(&id, &card.serial_number, &new).map_err(refused)?;
    answer(tx, id, card, StatusCode::CREATED)
}

/// The customer of the path, and its card.
fn existing(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<(CustomerId, card::Card)> {
    let (id, _) = standing(call, tx)?;
    let text = call.part("serialNumber");
    let unknown = |_| Error::NotFound { what: "card", id: text.to_owned() };
    let card = tx.card(&id, &CardSerial::new(text).map_err(unknown)?)?;
    Ok((id, card))
}

/// The document of a card; its state is named by the customer's tag.
fn answer(tx: &Tx<'_>, id: CustomerId, card: card::Card, status: StatusCode) -> Outcome<Answer> {
    let answer = Answer::json(status, &Card::at(tx.store().now(), card))?;
    Ok(Answer { etag: None, ..answer }.about([id]))
}

/// What the store refused: the body is the card itself.
fn refused(error: Error) -> Failure {
    let own = |parameter: &str| match parameter.split_once("].") {
        Some((_, part)) => place(part),
        None => place(parameter),
    };
    match error {
        Error::Invalid { parameter, rule } => Failure::violation(own(&parameter), rule),
        Error::Taken { parameter, .. } => {
            let rule = "is used by another customer already";
            let constraint = Some(Constraint::Unique);
            let violation = Violation { constraint, ..Violation::new(own(&parameter), rule) };
            Failure::Violations(vec![violation])
        }
        error => error.into(),
    }
}
