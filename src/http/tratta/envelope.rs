//! Envelopes: what stands around every document (tratta.md 1.2).

use schemars::JsonSchema;
use serde::Serialize;

/// One record.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaDataOf{T}")]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// A page of records.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaPageOf{T}")]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) links: Links,
    pub(super) meta: Meta,
}

/// Where other pages are; they keep the query of the request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaLinks")]
pub(super) struct Links {
    pub(super) first: String,
    pub(super) last: String,
    /// `null` on the first page.
    pub(super) prev: Option<String>,
    /// `null` on the last page.
    pub(super) next: Option<String>,
}

/// Which part of the list this page is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaMeta")]
pub(super) struct Meta {
    pub(super) current_page: u64,
    /// The position of the first record in the list, from 1; `null` on an empty page.
    pub(super) from: Option<u64>,
    pub(super) last_page: u64,
    /// The list itself, without a query.
    pub(super) path: String,
    pub(super) per_page: PerPage,
    /// The position of the last record.
    pub(super) to: Option<u64>,
    /// How many records the list has.
    pub(super) total: u64,
}

/// A number; a text where the caller has sent it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaPerPage")]
#[serde(untagged)]
pub(super) enum PerPage {
    Default(u64),
    Sent(String),
}

/// It is gone.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaSuccess")]
pub(super) struct Success {
    pub(super) success: bool,
}
