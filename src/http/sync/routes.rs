//! The table of routes.

use schemars::{Schema, SchemaGenerator};

use super::{down, up};
use crate::access::Right;
use crate::http::SYNC_BODY_BYTES_MAX;
use crate::http::answer::{JSON, NDJSON, OCTETS};
use crate::http::body::Accepts;
use crate::http::route::{About, Lane, Needs, Parameter, Route, Verb, Work};
use crate::http::status::MEDIA_TYPE;
use crate::sync::{BATCH_BYTES_MAX, PAGE_UNITS_MAX, snapshot, wire};

/// One document, packed or not, that may name many chains.
const DOCUMENT: Accepts = Accepts {
    media_types: &[JSON],
    bytes_max: SYNC_BODY_BYTES_MAX,
    unpacked_bytes_max: Some(SYNC_BODY_BYTES_MAX),
};

/// Operations line by line, packed or not.
const BATCH: Accepts = Accepts {
    media_types: &[NDJSON],
    bytes_max: BATCH_BYTES_MAX,
    unpacked_bytes_max: Some(BATCH_BYTES_MAX),
};

pub(super) const ROUTES: &[Route] = &[
    route(
        Verb::Post,
        "/hello",
        DOCUMENT,
        Work::Apart(Lane::Push, up::hello),
        About {
            id: "hello",
            summary: "Become a child, or go on as one",
            description: "Says who the child is and how far it has which chains, and hears how far this \
                node has them. The key is the child's from then on; one that another node has said \
                hello with is refused with 403, code `key-of-another-node`. A child that cannot be one \
                hears why with 409, code `not-a-child`. When no version of the protocol is common, the \
                answer is 400, code `protocol`.",
            is_extension: true,
            query: &[],
            body: Some(|schemas| schemas.subschema_for::<wire::HelloBody<'_>>()),
            is_body_optional: false,
            answers: &[(200, |schemas| schemas.subschema_for::<wire::SessionBody>())],
            refusals: &[409],
        },
    ),
    route(
        Verb::Post,
        "/push",
        BATCH,
        Work::Apart(Lane::Push, up::push),
        About {
            id: "push",
            summary: "Bring operations",
            description: "An operation a line, those of one chain in order, at most 500 and 1 MiB: more are \
                refused with 413, code `too-many` or `too-large`. Each is taken once, however \
                often it is sent. What cannot be taken stops its own chain, which is then named under \
                `refused`, and no other. When a line is no operation nothing is taken, and the answer \
                is 400 with the number of the line. When all are of nodes for which the child does \
                not speak the answer is 403, code `not-yours`. Who has not said hello since the node was \
                started is refused with 403, code `unknown-child`, and says hello.",
            is_extension: true,
            query: &[],
            body: Some(|schemas| schemas.subschema_for::<wire::OperationLine<'_>>()),
            is_body_optional: true,
            answers: &[(200, |schemas| schemas.subschema_for::<wire::ReceivedBody<'_>>())],
            refusals: &[],
        },
    ),
    route(
        Verb::Get,
        "/pull",
        Accepts::JSON,
        Work::Apart(Lane::Pull, down::pull),
        About {
            id: "pull",
            summary: "Fetch what has changed",
            description: "A unit a line, in the order of the changes, and a last line with the cursor of \
                the next page. In the last page of a run that line has a checkpoint: the state that \
                the run makes up, to be shown all at once. A page without its last line was cut. A \
                cursor that is not of this node's feed is answered 410, code `reset`: everything is to \
                be read anew. Who has not said hello since the node was started is refused with 403, \
                code `unknown-child`, and says hello.",
            is_extension: true,
            query: &[
                Parameter {
                    name: "cursor",
                    about: "Where the last page ended; left out, everything is read.",
                    shape: |_| schemars::json_schema!({"type": "string", "maxLength": 80}),
                },
                Parameter {
                    name: "repair",
                    about: "Which buckets are read anew, a hex digit for four of them, a point, and the \
                        number up to which the feed is read for these alone.",
                    shape: |_| schemars::json_schema!({"type": "string", "maxLength": 300}),
                },
                Parameter {
                    name: "limit",
                    about: "At most so many units; a page ends at 1 MiB, too.",
                    shape: |_| {
                        let max = PAGE_UNITS_MAX;
                        schemars::json_schema!({"type": "integer", "minimum": 1, "maximum": max})
                    },
                },
            ],
            body: None,
            is_body_optional: false,
            answers: &[(200, page)],
            refusals: &[410],
        },
    ),
    route(
        Verb::Get,
        "/digest",
        Accepts::JSON,
        Work::Apart(Lane::Pull, down::digest),
        About {
            id: "digest",
            summary: "The sums of all that this node shows",
            description: "Computed from the rows, so that a child whose own sums differ can tell where.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, |schemas| schemas.subschema_for::<wire::DigestBody>())],
            refusals: &[],
        },
    ),
    route(
        Verb::Get,
        "/buckets",
        Accepts::JSON,
        Work::Apart(Lane::Pull, down::buckets),
        About {
            id: "buckets",
            summary: "The sums of all that this node shows, by buckets",
            description: "So that a child whose sums differ reads those units anew among which the \
                difference lies, and no others.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, |schemas| schemas.subschema_for::<wire::BucketsBody>())],
            refusals: &[],
        },
    ),
    route(
        Verb::Get,
        "/snapshot",
        Accepts::JSON,
        Work::Apart(Lane::Pull, down::snapshot),
        About {
            id: "snapshot",
            summary: "The newest snapshot for an empty child",
            description: "What the snapshot is and what each of its parts hashes to. A child that takes \
                it over goes on by pulling from its cursor. Where there is none the answer is 404, code \
                `no-snapshot`, and everything is to be pulled.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, |schemas| schemas.subschema_for::<snapshot::ManifestBody>())],
            refusals: &[404],
        },
    ),
    route(
        Verb::Get,
        "/snapshot/{name}/{part}",
        Accepts::JSON,
        Work::Apart(Lane::Pull, down::snapshot_part),
        About {
            id: "snapshotPart",
            summary: "A part of a snapshot",
            description: "The bytes of the part with this number; the first one has 0. When the \
                snapshot is not kept any more the answer is 404, code `no-snapshot`, and there may be \
                another one.",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, octets)],
            refusals: &[],
        },
    ),
    route(
        Verb::Get,
        "/health",
        Accepts::JSON,
        Work::List(down::health),
        About {
            id: "status",
            summary: "How far behind the root this node is",
            description: "",
            is_extension: true,
            query: &[],
            body: None,
            is_body_optional: false,
            answers: &[(200, |schemas| schemas.subschema_for::<down::Health>())],
            refusals: &[],
        },
    ),
];

const fn route(method: Verb, path: &'static str, body: Accepts, work: Work, about: About) -> Route {
    Route { method, path, needs: Needs::Right(&[Right::Sync]), body, work, about }
}

/// Of an answer of lines, the shape is that of one.
fn page(schemas: &mut SchemaGenerator) -> Schema {
    let mut line = schemas.subschema_for::<wire::PageLine<'_>>();
    line.insert(MEDIA_TYPE.to_owned(), NDJSON.into());
    line
}

fn octets(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "string", "format": "binary", MEDIA_TYPE: OCTETS})
}
