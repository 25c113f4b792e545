//! Up: a child says hello, and brings what it has done.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use super::refusal;
use crate::http::answer::{Answer, JSON};
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::operation::Operation;
use crate::sync::{BATCH_OPERATIONS_MAX, Batch, Chain, PROTOCOL, Received, Why, wire};

/// An answer that is a value of sync. It names no state.
pub(super) fn document(body: Vec<u8>) -> Answer {
    let (status, about) = (StatusCode::OK, Vec::new());
    Answer { status, content_type: JSON.into(), etag: None, body, about }
}

pub(super) fn hello(call: &Call<'_>) -> Outcome<Answer> {
    let (least, greatest) = wire::read_protocol(call.body)?;
    if !(least..=greatest).contains(&PROTOCOL) {
        return Err(refusal::other_protocol((least, greatest)));
    }
    let hello = wire::read_hello(call.body)?;
    let session = call.store.admit_with_key(&hello, &super::key(call)?.id)?;
    Ok(document(wire::write_session(&session)))
}

pub(super) fn push(call: &Call<'_>) -> Outcome<Answer> {
    let from = super::child(call)?;
    let batch = wire::read_batch(call.body)?;
    if batch.operations.len() > BATCH_OPERATIONS_MAX {
        return Err(refusal::too_many());
    }
    let received = call.store.receive(from, &batch)?;
    call.door.meters.sync.note_pushed(batch.operations.len(), &received);
    match is_foreign(&batch, &received) {
        true => Err(refusal::not_yours()),
        false => Ok(document(wire::write_received(&received))),
    }
}

/// Whether no operation of the batch was the child's to bring.
fn is_foreign(batch: &Batch, received: &Received) -> bool {
    let foreign = received.refused.iter().filter(|refused| refused.why == Why::NotYours);
    let firsts: BTreeMap<Chain, u64> =
        foreign.map(|refused| (Chain::of(refused.id), refused.id.seq)).collect();
    let is_foreign = |operation: &Operation| {
        let first = firsts.get(&Chain::of(operation.id));
        first.is_some_and(|first| *first <= operation.id.seq)
    };
    !firsts.is_empty() && batch.operations.iter().all(is_foreign)
}
