//! Status: the door's own routes, which tell how it is and what it answers to.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::body::Accepts;
use super::call::Call;
use super::door::Mount;
use super::failure::{Failure, Outcome};
use super::meters::Text;
use super::problem::{self, PROBLEM, Problem};
use super::route::{About, Dialect, Needs, Route, Verb, Work};
use super::{DISK_FREE_BYTES_MIN, docs, openapi};
use crate::access::Right;
use crate::error::{Error, Result};
use crate::idempotency::Secrets;
use crate::migrate::SCHEMA_VERSION;
use crate::query::Query;
use crate::store::Store;
use crate::sync::{ChildStatus, Status};
use crate::time::Timestamp;

/// The door's own routes, at the root beside all dialects.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "tillbook",
    about: "The door's own routes: how it is, what it has done, and what it answers to.",
    routes: ROUTES,
    secrets: Secrets::NONE,
    refuse: problem::refuse,
    refusal: (PROBLEM, |schemas| schemas.subschema_for::<Problem<'_>>()),
};

const ROUTES: &[Route] = &[
    Route {
        method: Verb::Get,
        path: "/health",
        needs: Needs::Nothing,
        body: Accepts::JSON,
        work: Work::Look(health),
        about: About {
            id: "health",
            summary: "Whether the process is up",
            description: "Asks nothing of the file; see `/ready`.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, |schemas| schemas.subschema_for::<Health>())],
            refusals: &[],
        },
    },
    Route {
        method: Verb::Get,
        path: "/ready",
        needs: Needs::Nothing,
        body: Accepts::JSON,
        work: Work::Look(ready),
        about: About {
            id: "ready",
            summary: "Whether a write would be taken now",
            description: "Looks at the schema of the file, at the writer and at the disk, and writes \
                nothing itself. 503 names the check that failed.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[
                (200, |schemas| schemas.subschema_for::<Readiness>()),
                (503, |schemas| schemas.subschema_for::<Readiness>()),
            ],
            refusals: &[],
        },
    },
    Route {
        method: Verb::Get,
        path: "/metrics",
        needs: Needs::Right(&[Right::Admin]),
        body: Accepts::JSON,
        work: Work::List(metrics),
        about: About {
            id: "metrics",
            summary: "What was counted since the start",
            description: "In the text form of Prometheus, version 0.0.4: latencies by route and \
                status, refusals by reason, writes, sizes and free disk space.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, text_shape)],
            refusals: &[],
        },
    },
    Route {
        method: Verb::Get,
        path: "/openapi.json",
        needs: Needs::Nothing,
        body: Accepts::JSON,
        work: Work::Look(|call| Ok(call.unless_known(call.door.pages().openapi.clone()))),
        about: About {
            id: "openapi",
            summary: "This description, as OpenAPI 3.1",
            description: "",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, |_| schemars::json_schema!({"type": "object"}))],
            refusals: &[],
        },
    },
    Route {
        method: Verb::Get,
        path: "/docs",
        needs: Needs::Nothing,
        body: Accepts::JSON,
        work: Work::Look(|call| Ok(call.unless_known(call.door.pages().docs.clone()))),
        about: About {
            id: "docs",
            summary: "The same for people, as one page",
            description: "",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, html_shape)],
            refusals: &[],
        },
    },
];

/// The key of a schema that says in which type its document comes, where that is not JSON.
pub(crate) const MEDIA_TYPE: &str = "contentMediaType";

const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const HTML_TYPE: &str = "text/html; charset=utf-8";

fn text_shape(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "string", MEDIA_TYPE: "text/plain"})
}

fn html_shape(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "string", MEDIA_TYPE: "text/html"})
}

/// What is told of the routes; it follows from the mounts.
#[derive(Debug)]
pub(crate) struct Pages {
    openapi: Answer,
    docs: Answer,
}

impl Pages {
    pub(crate) fn new(mounts: &[Mount]) -> Self {
        let document = openapi::document(mounts);
        let page = docs::page(mounts, &document).into_bytes();
        Self {
            // A document has a JSON, because it was made of values.
            openapi: Answer::tagged(super::answer::JSON, document.to_string().into_bytes()),
            docs: Answer::tagged(HTML_TYPE, page),
        }
    }
}

/// The process is up.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// `up`: otherwise there is no answer.
    status: &'static str,
    /// The version of Tillbook.
    version: &'static str,
}

fn health(_: &Call<'_>) -> Outcome<Answer> {
    let document = Health { status: "up", version: env!("CARGO_PKG_VERSION") };
    Ok(Answer { etag: None, ..Answer::ok(&document)? })
}

/// Whether a write would be taken now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Readiness {
    /// Whether every check is passed.
    is_ready: bool,
    checks: Checks,
}

/// The checks by name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Checks {
    /// The file has the schema that this version serves.
    schema: Check,
    /// The file is the one that was opened, and no commit has failed half-way.
    writer: Check,
    /// The disk has room left.
    disk: Check,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Check {
    is_ok: bool,
    /// What was found.
    detail: String,
}

fn ready(call: &Call<'_>) -> Outcome<Answer> {
    let checks =
        Checks { schema: schema(call.store), writer: writer(call.store), disk: disk(call.store) };
    let is_ready = [&checks.schema, &checks.writer, &checks.disk].iter().all(|check| check.is_ok);
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let answer = Answer::json(status, &Readiness { is_ready, checks })?;
    Ok(Answer { etag: None, ..answer })
}

fn check(done: Result<(bool, String)>) -> Check {
    match done {
        Ok((is_ok, detail)) => Check { is_ok, detail },
        // Errors name files, and everybody reads this.
        Err(error) => {
            tracing::warn!(%error, "the store is not ready");
            let detail = match error {
                Error::FileReplaced(_) => "the file was deleted or replaced",
                Error::WritesRefused(_) => "a commit failed and writes are refused since then",
                _ => "cannot be found out; the log says more",
            };
            Check { is_ok: false, detail: detail.to_owned() }
        }
    }
}

fn schema(store: &Store) -> Check {
    check(store.schema_version().map(|version| {
        (version == SCHEMA_VERSION, format!("version {version}, served is {SCHEMA_VERSION}"))
    }))
}

fn writer(store: &Store) -> Check {
    check(store.check_writer().map(|()| (true, "takes writes".to_owned())))
}

fn disk(store: &Store) -> Check {
    check(free_bytes(store).map(|free| match free {
        None => (true, "in memory".to_owned()),
        Some(free) => {
            let mib = |bytes: u64| bytes >> 20;
            let detail = format!("{} MiB free, needed are {}", mib(free), mib(DISK_FREE_BYTES_MIN));
            (free >= DISK_FREE_BYTES_MIN, detail)
        }
    }))
}

/// What the disk of the file has left; `None` in memory.
fn free_bytes(store: &Store) -> Result<Option<u64>> {
    let Some(folder) = store.folder() else { return Ok(None) };
    Ok(Some(fs4::available_space(folder)?))
}

fn metrics(call: &Call<'_>) -> Outcome<Answer> {
    let (store, mut text) = (call.store, Text::default());
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    text.head("tillbook_info", "gauge", "What is served.");
    text.line("tillbook_info", &format!("{version},schema=\"{SCHEMA_VERSION}\""), 1);
    call.door.meters.write(&mut text);
    text.counter(
        "tillbook_commits_total",
        "Times that writes were carried to the disk; those that wait together share one.",
        store.n_commits(),
    );
    text.counter(
        "tillbook_operations_total",
        "Operations that were written since the file was opened.",
        store.n_operations()?,
    );
    let is_open = u64::from(store.check_writer().is_ok());
    text.gauge("tillbook_writer_open", "1 while writes are taken.", is_open);
    let all = Query { items: false, ..Query::default() };
    if let Some(n_customers) = store.list_profiles(&all)?.total_count {
        text.gauge("tillbook_customers", "Customers that are not deleted.", n_customers);
    }
    call.door.backlog.write(store, &mut text)?;
    write_sync(store, &mut text)?;
    if let Some([file, log]) = store.n_bytes() {
        text.gauge("tillbook_database_bytes", "Size of the file.", file);
        text.gauge("tillbook_wal_bytes", "Size of the log beside the file.", log);
    }
    if let Ok(Some(free)) = free_bytes(store) {
        text.gauge("tillbook_disk_free_bytes", "What the disk of the file has left.", free);
    }
    let answer = Answer::tagged(METRICS_TYPE, text.into_bytes());
    Ok::<_, Failure>(Answer { etag: None, ..answer })
}

/// How this node stands to its parent and its children.
fn write_sync(store: &Store, text: &mut Text) -> Result<()> {
    let status = store.sync_status()?;
    text.gauge(
        "tillbook_sync_trouble",
        "1 while nothing comes from the parent, or a damaged row was found; `tillbook sync status` tells.",
        u64::from(status.trouble.is_some()),
    );
    let count = |is: fn(&ChildStatus) -> bool| {
        status.children.iter().filter(|child| is(child)).count() as u64
    };
    text.gauge(
        "tillbook_sync_children",
        "Nodes that come to this one themselves.",
        count(|child| !child.is_out()),
    );
    text.gauge(
        "tillbook_sync_children_behind",
        "Those of them that lacked something of the root's at their last hello, or have shown nothing yet.",
        count(|child| !child.is_out() && child.n_behind != Some(0)),
    );
    text.gauge(
        "tillbook_sync_children_shut",
        "Nodes that were shut out, or whose key was revoked.",
        count(ChildStatus::is_out),
    );
    let conflicts = "Conflicts that wait for a person.";
    text.gauge("tillbook_conflicts_open", conflicts, status.n_conflicts);
    let digest = match status.parent {
        Some(_) => status.proof.as_ref().map(|proof| &proof.digest),
        None => status.shown.as_ref(),
    };
    if let Some(digest) = digest {
        let name = "tillbook_sync_digest_info";
        let about = "The sums that this node had in common with its parent at the last proof; at a \
            root, of what its children are shown.";
        text.head(name, "gauge", about);
        text.line(name, &format!("digest=\"{digest}\""), 1);
    }
    if status.parent.is_some() {
        write_lag(store, &status, text);
    }
    Ok(())
}

/// How far this node is behind its parent and the root, and what is behind here.
fn write_lag(store: &Store, status: &Status, text: &mut Text) {
    let age = |at: Timestamp| (store.now().ms() - at.ms()).max(0).cast_unsigned() / 1_000;
    text.gauge(
        "tillbook_sync_pending_operations",
        "Operations that the parent has not confirmed.",
        status.n_pending,
    );
    text.gauge(
        "tillbook_sync_oldest_pending_seconds",
        "Age of the oldest of them; 0 when there is none.",
        status.oldest_pending_at.map_or(0, age),
    );
    text.gauge(
        "tillbook_sync_unrooted_operations",
        "Operations that are here and that the root does not have, as far as this node has heard.",
        status.n_unrooted,
    );
    if let Some(at) = status.root_at {
        text.gauge(
            "tillbook_sync_behind_root_seconds",
            "Age of the root's state that this node shows.",
            age(at),
        );
    }
    if let Some(proof) = &status.proof {
        text.gauge(
            "tillbook_sync_last_proof_timestamp_seconds",
            "When this node was last proved to have the state of its parent.",
            proof.at.ms().max(0).cast_unsigned() / 1_000,
        );
    }
    let name = "tillbook_sync_rounds_total";
    text.head(name, "counter", "Talks with the parent, by how they ended.");
    for (end, count) in store.rounds().counts() {
        text.line(name, &format!("result=\"{}\"", end.as_str()), count);
    }
}
