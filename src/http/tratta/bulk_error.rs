//! What was wrong with a row of a bulk (tratta.md 7.4): how it is stored, and how it is answered.
//!
//! What was sent stands in it as it was sent, so it is never read again on its way out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::refusal::{self, Messages};
use crate::bulk::BulkReject;
use crate::error::{Error, Result};
use crate::http::json::Json;

/// Behind this many bytes it is only said how much more is wrong with a row: 512 KiB.
const TOLD_BYTES_MAX: usize = 512 << 10;
/// A part of a row that is longer is not repeated beside what is said of it: 64 KiB.
const DATA_BYTES_MAX: usize = 64 << 10;

/// A row that something was wrong with.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaBulkError")]
pub(super) struct BulkError {
    /// Its position in the bulk, from 1.
    id: u64,
    /// The row as it was sent.
    #[schemars(with = "Value", extend("type" = "object"))]
    payload: Box<RawValue>,
    #[schemars(with = "Errors")]
    errors: Box<RawValue>,
}

/// What was wrong with a row, part by part.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaRowErrors")]
pub(super) struct Errors {
    pub(super) customer: Vec<Entry>,
    pub(super) location: Vec<Entry>,
    /// Only where the row has that key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_debt_accounts: Option<Vec<Entry>>,
    pub(super) debt_accounts: Vec<Entry>,
}

/// What was wrong with a customer, a location or an account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaRowError")]
pub(super) struct Entry {
    /// The part of the row as it was sent; null where it is long, the row has it.
    #[schemars(with = "Value")]
    data: Box<RawValue>,
    /// Each field that breaks a rule, by its dotted name, and what is said of it.
    messages: Messages,
}

/// How much more may be told of a row.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    pub(super) fn new() -> Self {
        Self(TOLD_BYTES_MAX)
    }

    /// What is told of the parts `name` of a row that something is wrong with.
    pub(super) fn entries<'j>(
        &mut self,
        name: &str,
        faults: impl IntoIterator<Item = (Option<&'j Json>, Messages)>,
    ) -> Result<Vec<Entry>> {
        let (mut told, mut n_more) = (Vec::new(), 0_usize);
        for (sent, messages) in faults {
            if self.0 == 0 {
                n_more += 1;
                continue;
            }
            let data = sent.map_or_else(|| Ok(null()), |sent| raw(sent.to_string()).map(short))?;
            let said = messages.iter().map(|(field, texts)| {
                field.len() + texts.iter().map(|text| text.len()).sum::<usize>()
            });
            self.0 = self.0.saturating_sub(data.get().len() + said.sum::<usize>());
            told.push(Entry { data, messages });
        }
        if n_more > 0 {
            let messages = refusal::said(name, &format!("hold {n_more} more with errors"));
            told.push(Entry { data: null(), messages });
        }
        Ok(told)
    }
}

impl Errors {
    /// As it is stored.
    pub(super) fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::NotStored(error.to_string()))
    }
}

/// What is answered of a row: as it was told when it was worked off, or of one that the store refused
/// as a whole in the same shape.
pub(super) fn answered(reject: BulkReject) -> Result<BulkError> {
    #[derive(Deserialize)]
    struct OfRow {
        row: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Sent {
        customer: Box<RawValue>,
    }
    let errors = match serde_json::from_str::<OfRow>(&reject.errors) {
        Ok(OfRow { row }) => {
            let sent = serde_json::from_str::<Sent>(&reject.payload);
            let data = sent.map_or_else(|_| null(), |sent| short(sent.customer));
            let messages = [("row".to_owned(), row)].into_iter().collect();
            Errors {
                customer: vec![Entry { data, messages }],
                location: Vec::new(),
                parent_debt_accounts: None,
                debt_accounts: Vec::new(),
            }
            .text()?
        }
        Err(_) => reject.errors,
    };
    // A row that was taken on by a program may be no JSON.
    let payload = RawValue::from_string(reject.payload).unwrap_or_else(|_| null());
    Ok(BulkError { id: reject.position, payload, errors: raw(errors)? })
}

fn raw(json: String) -> Result<Box<RawValue>> {
    RawValue::from_string(json).map_err(|error| Error::Corrupt(error.to_string()))
}

fn short(data: Box<RawValue>) -> Box<RawValue> {
    if data.get().len() > DATA_BYTES_MAX { null() } else { data }
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}
