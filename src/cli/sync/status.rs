//! `tillbook sync status`: how the file stands to its parent, and who comes to it.

use std::path::Path;

use serde::Serialize;
use tillbook::Timestamp;
use tillbook::sync::client::CORRECTION_MS_MAX;
use tillbook::sync::{BACKLOG_BYTES, BACKLOG_OPERATIONS, ChildStatus, Status};

use crate::cli::failure::Failure;
use crate::cli::open_beside;
use crate::cli::output::{Align, Table, moment, print, print_json};

/// A clock that is off by less is not worth a word.
const CLOCK_OFF_MS: u64 = 2_000;

pub(super) fn run(db: &Path, json: bool) -> Result<(), Failure> {
    let store = open_beside(db)?;
    let status = store.sync_status()?;
    // The program that talks with the parent goes by the parent's clock.
    let offset = status.clock_offset_ms.filter(|ms| ms.unsigned_abs() <= CORRECTION_MS_MAX);
    let now = Timestamp::from_ms(store.now().ms().saturating_add(offset.unwrap_or_default()));
    match json {
        true => print_json(&Document::of(&status, now)),
        false => print(&told(&status, now)),
    }
}

fn told(status: &Status, now: Timestamp) -> String {
    let mut text = String::new();
    let mut line = |name: &str, said: String| text.push_str(&format!("{name:<9}  {said}\n"));
    line("node", status.node.to_string());
    match status.parent {
        None => line("role", "root: nobody is above this file".to_owned()),
        Some(parent) if parent == status.root => {
            line("role", format!("child of the root {parent}"))
        }
        Some(parent) => line("role", format!("child of {parent}, root {}", status.root)),
    }
    if status.parent.is_some() {
        line(
            "equal",
            match &status.proof {
                None => "never yet: nothing of the parent's is shown".to_owned(),
                Some(proof) => {
                    format!("{}, digest {}", ago(proof.at, now), proof.digest)
                }
            },
        );
        if let Some(at) = status.root_at {
            line("root", format!("as it was {}", ago(at, now)));
        }
        line(
            "pending",
            match status.oldest_pending_at {
                Some(at) => {
                    format!("{}, the oldest of {}", operations(status.n_pending), ago(at, now))
                }
                None => "nothing: the parent has all".to_owned(),
            },
        );
        if status.has_backlog {
            line("much", backlog());
        }
        if status.n_unrooted > status.n_pending {
            line("on the way", format!("{} below the root", operations(status.n_unrooted)));
        }
    } else if let Some(shown) = &status.shown {
        line("digest", shown.to_string());
    }
    for waiting in &status.waiting {
        let n = operations(waiting.n_operations);
        line("refused", format!("{n} of {}: {}", waiting.chain.node, waiting.why));
    }
    if let Some(trouble) = &status.trouble {
        line("trouble", format!("since {}: {}", ago(trouble.since, now), trouble.why));
    }
    if let Some(ms) = status.clock_offset_ms.filter(|ms| ms.unsigned_abs() >= CLOCK_OFF_MS) {
        let word = if ms < 0 { "ahead of" } else { "behind" };
        line("clock", format!("{} {word} the parent's", span(ms.unsigned_abs() / 1_000)));
    }
    line(
        "conflicts",
        match status.n_conflicts {
            0 => "none".to_owned(),
            1 => "1 waits for a person".to_owned(),
            n => format!("{n} wait for a person"),
        },
    );
    match status.children.as_slice() {
        [] => line("children", "none".to_owned()),
        children => {
            text.push('\n');
            text.push_str(&table(children, now));
        }
    }
    text
}

/// What is said when much waits, here and in the log.
pub(in crate::cli) fn backlog() -> String {
    format!(
        "more than {BACKLOG_OPERATIONS} operations or {} GB wait for the parent; they are kept, and need \
         room on the disk",
        BACKLOG_BYTES / 1_000_000_000
    )
}

fn table(children: &[ChildStatus], now: Timestamp) -> String {
    let heads = [
        ("CHILD", Align::Left),
        ("HEARD", Align::Left),
        ("BEHIND", Align::Left),
        ("NODE", Align::Left),
    ];
    let mut table = Table::new(heads.map(|(head, align)| (head.to_owned(), align)));
    for child in children {
        table.row([
            child.name.clone().unwrap_or_else(|| "-".to_owned()),
            ago(child.seen_at, now),
            match child.n_behind {
                _ if child.is_shut => "shut out".to_owned(),
                _ if child.is_revoked => "its key was revoked".to_owned(),
                None => "unknown".to_owned(),
                Some(0) => "nothing".to_owned(),
                Some(n) => format!("{n} changes at its last hello"),
            },
            child.node.to_string(),
        ]);
    }
    table.text()
}

fn operations(n: u64) -> String {
    if n == 1 { "1 operation".to_owned() } else { format!("{n} operations") }
}

/// `2024-01-02 03:04:05 (7 s ago)`
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now.ms() - at.ms()).max(0).unsigned_abs() / 1_000;
    format!("{} ({} ago)", moment(at), span(seconds))
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The status as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    node: String,
    role: &'static str,
    parent: Option<String>,
    root: String,
    /// The sums that the node has in common with its parent; at the root, of what it shows.
    digest: Option<String>,
    equal_at: Option<String>,
    root_at: Option<String>,
    lag_seconds: Option<u64>,
    pending: u64,
    /// Whether those are more than 100,000, or more than 1 GB.
    has_backlog: bool,
    oldest_pending_at: Option<String>,
    unrooted: u64,
    refused: Vec<Refused>,
    trouble: Option<String>,
    trouble_since: Option<String>,
    clock_offset_ms: Option<i64>,
    conflicts: u64,
    children: Vec<Child>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refused {
    node: String,
    operations: u64,
    why: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Child {
    node: String,
    name: Option<String>,
    first_at: String,
    seen_at: String,
    behind: Option<u64>,
    is_shut: bool,
    is_revoked: bool,
}

impl Document {
    fn of(status: &Status, now: Timestamp) -> Self {
        let text = |at: Timestamp| at.to_string();
        let digest = match status.parent {
            Some(_) => status.proof.as_ref().map(|proof| &proof.digest),
            None => status.shown.as_ref(),
        };
        let lag = |at: Timestamp| (now.ms() - at.ms()).max(0).unsigned_abs() / 1_000;
        let refused = status.waiting.iter().map(|waiting| Refused {
            node: waiting.chain.node.to_string(),
            operations: waiting.n_operations,
            why: waiting.why.clone(),
        });
        let children = status.children.iter().map(|child| Child {
            node: child.node.to_string(),
            name: child.name.clone(),
            first_at: text(child.first_at),
            seen_at: text(child.seen_at),
            behind: child.n_behind,
            is_shut: child.is_shut,
            is_revoked: child.is_revoked,
        });
        Self {
            node: status.node.to_string(),
            role: if status.parent.is_some() { "child" } else { "root" },
            parent: status.parent.map(|parent| parent.to_string()),
            root: status.root.to_string(),
            digest: digest.map(ToString::to_string),
            equal_at: status.proof.as_ref().map(|proof| text(proof.at)),
            root_at: status.root_at.map(text),
            lag_seconds: status.root_at.map(lag),
            pending: status.n_pending,
            has_backlog: status.has_backlog,
            oldest_pending_at: status.oldest_pending_at.map(text),
            unrooted: status.n_unrooted,
            refused: refused.collect(),
            trouble: status.trouble.as_ref().map(|trouble| trouble.why.clone()),
            trouble_since: status.trouble.as_ref().map(|trouble| text(trouble.since)),
            clock_offset_ms: status.clock_offset_ms,
            conflicts: status.n_conflicts,
            children: children.collect(),
        }
    }
}
