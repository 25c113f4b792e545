//! `tillbook sync erased`: how far an erase has come.

use std::path::Path;

use serde::Serialize;
use tillbook::sync::{Child, EraseReport};
use tillbook::{CustomerId, Error, NodeId, Timestamp};

use super::status::ago;
use crate::cli::failure::Failure;
use crate::cli::open_beside;
use crate::cli::output::{Align, Table, print, print_json};

pub(super) fn run(db: &Path, text: &str, json: bool) -> Result<(), Failure> {
    let store = open_beside(db)?;
    let id = CustomerId::new(text.trim())
        .map_err(|rule| Failure::said(format!("the id of a customer {rule}")))?;
    let status = store.sync_status()?;
    if status.parent.is_some() {
        return Err(Failure::with_hint(
            "only the root knows which nodes have confirmed an erase",
            format!("ask on the file of the root, node {}", status.root),
        ));
    }
    let report = store.erase_report(&id).map_err(|error| match error {
        Error::NotFound { .. } => Failure::said(error.to_string()),
        error => error.into(),
    })?;
    let (children, now) = (store.children()?, store.now());
    match json {
        true => print_json(&Document::of(&id, &report, &children)),
        false => print(&told(&id, &report, &children, now)),
    }
}

/// What is known of the nodes, in the order of the report.
fn of<'a>(nodes: &'a [NodeId], children: &'a [Child]) -> impl Iterator<Item = &'a Child> {
    nodes.iter().filter_map(|node| children.iter().find(|child| child.node == *node))
}

fn told(id: &CustomerId, report: &EraseReport, children: &[Child], now: Timestamp) -> String {
    let EraseReport { confirmed, waiting, .. } = report;
    let n_nodes = confirmed.len() + waiting.len();
    if n_nodes == 0 {
        return format!("customer {id} is erased here, and no other node is waited for\n");
    }
    let heads = ["CHILD", "ERASED", "HEARD", "NODE"];
    let mut table = Table::new(heads.map(|head| (head.to_owned(), Align::Left)));
    for (nodes, word) in [(waiting, "not yet"), (confirmed, "confirmed")] {
        for child in of(nodes, children) {
            table.row([
                named(child, children),
                word.to_owned(),
                ago(child.seen_at, now),
                child.node.to_string(),
            ]);
        }
    }
    format!(
        "customer {id} is erased here and, confirmed, on {} of {n_nodes} other nodes\n\n{}",
        confirmed.len(),
        table.text()
    )
}

/// `till-3`, or `below shop-1`
fn named(child: &Child, children: &[Child]) -> String {
    let above = child.via.and_then(|via| children.iter().find(|child| child.node == via));
    match (&child.name, above.and_then(|above| above.name.as_ref())) {
        (Some(name), _) => name.clone(),
        (None, Some(above)) => format!("below {above}"),
        (None, None) => "-".to_owned(),
    }
}

/// The report as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    customer_id: String,
    confirmed: Vec<Node>,
    waiting: Vec<Node>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    node: String,
    name: Option<String>,
    /// The child it is below; null where it comes itself.
    via: Option<String>,
    seen_at: String,
}

impl Document {
    fn of(id: &CustomerId, report: &EraseReport, children: &[Child]) -> Self {
        let nodes = |nodes| {
            let nodes = of(nodes, children).map(|child| Node {
                node: child.node.to_string(),
                name: child.name.clone(),
                via: child.via.map(|via| via.to_string()),
                seen_at: child.seen_at.to_string(),
            });
            nodes.collect()
        };
        Self {
            customer_id: id.to_string(),
            confirmed: nodes(&report.confirmed),
            waiting: nodes(&report.waiting),
        }
    }
}
