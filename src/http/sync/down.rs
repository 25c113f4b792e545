//! Down: a child fetches what has changed, and what it is to compare.

use schemars::JsonSchema;
use serde::Serialize;

use super::refusal;
use super::up::document;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::sync::snapshot::write_manifest;
use crate::sync::{Cursor, Limit, PAGE_UNITS_MAX, Repair, wire};

pub(super) fn pull(call: &Call<'_>) -> Outcome<Answer> {
    let to = super::child(call)?;
    let Asked { cursor, repair, limit } = asked(call.query)?;
    let page = match &repair {
        Some(repair) => call.store.changes_to_repair(to, cursor.as_ref(), repair, limit),
        None => call.store.changes_since(to, cursor.as_ref(), limit),
    };
    let page = page.map_err(refusal::of_page)?;
    call.door.meters.sync.note_pulled(&page);
    Ok(Answer::ndjson(wire::write_page(&page)))
}

/// Where a pull begins, what it wants, and how much.
struct Asked {
    cursor: Option<Cursor>,
    repair: Option<Repair>,
    limit: Limit,
}

/// Reads the query. What newer children say besides is passed over.
fn asked(query: &str) -> Outcome<Asked> {
    let (mut cursor, mut repair, mut limit) = (None, None, Limit::PAGE);
    let given = query.split('&').filter_map(|pair| pair.split_once('='));
    for (name, value) in given.filter(|(_, value)| !value.is_empty()) {
        match name {
            "cursor" => {
                let read = wire::read_cursor(value).map(Some);
                cursor = read.map_err(|rule| Failure::violation(name, rule))?;
            }
            "repair" => {
                let read = wire::read_repair(value).map(Some);
                repair = read.map_err(|rule| Failure::violation(name, rule))?;
            }
            "limit" => {
                let rule = format!("must be a number from 1 to {PAGE_UNITS_MAX}");
                let number = value.parse().ok().filter(|n| (1..=PAGE_UNITS_MAX).contains(n));
                limit.items = number.ok_or_else(|| Failure::violation(name, rule))?;
            }
            _ => {}
        }
    }
    Ok(Asked { cursor, repair, limit })
}

pub(super) fn digest(call: &Call<'_>) -> Outcome<Answer> {
    super::child(call)?;
    Ok(document(wire::write_digest(&call.store.view_digest()?)))
}

pub(super) fn buckets(call: &Call<'_>) -> Outcome<Answer> {
    super::child(call)?;
    Ok(document(wire::write_buckets(&call.store.buckets()?)))
}

pub(super) fn snapshot(call: &Call<'_>) -> Outcome<Answer> {
    super::child(call)?;
    let folder = call.store.snapshot_folder().ok_or_else(refusal::no_snapshot)?;
    let manifest = call.store.snapshot(folder)?.ok_or_else(refusal::no_snapshot)?;
    Ok(document(write_manifest(&manifest)))
}

pub(super) fn snapshot_part(call: &Call<'_>) -> Outcome<Answer> {
    super::child(call)?;
    let folder = call.store.snapshot_folder().ok_or_else(refusal::no_snapshot)?;
    let number = call.part("part").parse().map_err(|_| refusal::no_snapshot())?;
    let part = call.store.snapshot_part(folder, call.part("name"), number)?;
    Answer::octets(part.ok_or_else(refusal::no_snapshot)?)
}

/// How a node stands to the rest of its tree.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SyncHealth")]
pub(super) struct Health {
    /// The node that answers.
    node: String,
    /// The root of the tree; the node itself when nobody is above it.
    root: String,
    /// The root's time behind what the node shows; left out at the root, and before the first pull.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_at: Option<String>,
    /// Seconds from then to now, by this node's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_seconds: Option<i64>,
    /// Operations that the node's parent has not confirmed.
    n_pending: u64,
    /// When the oldest of them was written, by its author's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_pending_at: Option<String>,
    /// The nodes that come to this one themselves.
    n_children: u64,
    /// The node's clock.
    server_time: String,
}

pub(super) fn health(call: &Call<'_>) -> Outcome<Answer> {
    let (store, now) = (call.store, call.store.now());
    let status = store.sync_status()?;
    let lag = |root_at: crate::time::Timestamp| (now.ms() - root_at.ms()).max(0) / 1000;
    let health = Health {
        node: store.node().to_string(),
        root: status.root.to_string(),
        root_at: status.root_at.map(|at| at.to_string()),
        lag_seconds: status.root_at.map(lag),
        n_pending: status.n_pending,
        oldest_pending_at: status.oldest_pending_at.map(|at| at.to_string()),
        n_children: status.children.iter().filter(|child| !child.is_out()).count() as u64,
        server_time: now.to_string(),
    };
    Ok(Answer { etag: None, ..Answer::ok(&health)? })
}
