//! OpenAPI: the routes of all mounts as one document, version 3.1, made from their tables.

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::door::Mount;
use super::route::{About, Dialect, Needs, Parameter, Route, Shape, Verb, Work};
use super::status::{self, MEDIA_TYPE};
use crate::idempotency::IDEMPOTENCY_KEY_BYTES_MAX;

/// Where the document keeps its schemas.
const SCHEMAS: &str = "/components/schemas";
/// The tag of routes that are ours and not of the dialect's contract.
const EXTENSIONS: &str = "Extensions";

/// The document.
pub(crate) fn document(mounts: &[Mount]) -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = SCHEMAS.into();
    settings.meta_schema = None;
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for mount in mounts {
        for route in mount.dialect.routes {
            let path = paths.entry(format!("{}{}", mount.base, route.path));
            let path = path.or_insert_with(|| json!({}));
            let method = route.method.as_str().to_ascii_lowercase();
            path[method] = operation(mount.dialect, route, &mut schemas);
        }
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Tillbook",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The customers of a shop, served on its network",
            "description": "Every route needs a key but those that say otherwise. Unknown members \
                of a body are passed over, members that are given twice are refused.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The door that this was read from"}],
        "tags": tags(mounts),
        "security": [{"bearer": []}, {"nws4": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": sign_in(),
            "headers": headers(),
            "parameters": request_headers(),
        },
    })
}

fn tags(mounts: &[Mount]) -> Vec<Value> {
    let tag = |dialect: &Dialect| json!({"name": dialect.name, "description": dialect.about});
    let mut tags: Vec<Value> = mounts.iter().map(|mount| tag(mount.dialect)).collect();
    tags.push(json!({
        "name": EXTENSIONS,
        "description": "Routes of Tillbook's own, which the dialect's contract does not know.",
    }));
    tags
}

fn operation(dialect: &Dialect, route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let about = &route.about;
    let mut operation = json!({
        "operationId": operation_id(dialect, about),
        "summary": about.summary,
        "description": description(route),
        "tags": if about.is_extension { vec![dialect.name, EXTENSIONS] } else { vec![dialect.name] },
        "parameters": parameters(dialect, route, schemas),
        "responses": responses(dialect, route, schemas),
    });
    if about.is_extension {
        operation["x-tillbook-extension"] = true.into();
    }
    if route.is_open() {
        operation["security"] = json!([]);
    }
    if let Needs::Right(any) = route.needs {
        operation["x-required-rights"] = any.iter().map(|right| right.as_str()).collect();
    }
    if let Some(shape) = about.body {
        operation["requestBody"] = request_body(route, shape, schemas);
    }
    operation
}

/// A body in each of the types that are taken; of lines, the shape is that of one.
fn request_body(route: &Route, shape: Shape, schemas: &mut SchemaGenerator) -> Value {
    let accepts = route.accepts();
    let typed = |media_type: &&str| ((*media_type).to_owned(), json!({"schema": shape(schemas)}));
    let content: Map<String, Value> = accepts.media_types.iter().map(typed).collect();
    let mut body = json!({"required": !route.about.is_body_optional, "content": content});
    if let Some(max) = accepts.unpacked_bytes_max {
        body["description"] =
            format!("May come in `Content-Encoding: zstd`, and unpacks to at most {max} bytes.")
                .into();
    }
    body
}

/// Unique in the document, because the dialect's name stands before it.
pub(crate) fn operation_id(dialect: &Dialect, about: &About) -> String {
    let (first, rest) = about.id.split_at(about.id.len().min(1));
    format!("{}{}{rest}", dialect.name, first.to_ascii_uppercase())
}

fn description(route: &Route) -> String {
    let about = route.about.description;
    let between = if about.is_empty() { "" } else { " " };
    format!("{about}{between}{}", needs(route))
}

/// Whom a route is for, in a sentence.
pub(crate) fn needs(route: &Route) -> String {
    match route.needs {
        Needs::Nothing => "Open to everybody.".to_owned(),
        Needs::Key => "Needs any key.".to_owned(),
        Needs::Right(any) => {
            let any: Vec<&str> = any.iter().map(|right| right.as_str()).collect();
            format!("Needs a key with the right {}.", any.join(" or "))
        }
    }
}

/// The captured parts of a path.
pub(crate) fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn parameters(dialect: &Dialect, route: &Route, schemas: &mut SchemaGenerator) -> Vec<Value> {
    let in_path = |name| {
        json!({
            "name": name, "in": "path", "required": true,
            "description": "Names the one that is meant, percent-encoded.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        })
    };
    let mut all: Vec<Value> = path_names(route.path).map(in_path).collect();
    for Parameter { name, about, shape } in route.about.query {
        let schema = shape(schemas);
        all.push(json!({"name": name, "in": "query", "description": about, "schema": schema}));
    }
    let headers: &[&str] = match route.work {
        Work::Write(_) if route.method == Verb::Post => {
            &["Idempotency-Key", "Prefer", "X-Request-Id"]
        }
        Work::Write(_) => {
            &["Idempotency-Key", "If-Match", "If-None-Match", "Prefer", "X-Request-Id"]
        }
        _ if has_tag(dialect, route) => &["If-None-Match", "X-Request-Id"],
        _ => &["X-Request-Id"],
    };
    let header = |name: &&str| json!({"$ref": format!("#/components/parameters/{name}")});
    all.extend(headers.iter().map(header));
    all
}

fn responses(dialect: &Dialect, route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut all: Map<String, Value> = Map::new();
    let header =
        |name: &&str| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    let headers = |names: &[&str]| names.iter().map(header).collect::<Map<String, Value>>();
    let has_tag = has_tag(dialect, route);
    for (status, shape) in route.about.answers {
        let names: &[&str] = match route.work {
            Work::Write(_) if has_tag => &["ETag", "Tillbook-Acknowledged", "X-Request-Id"],
            Work::Write(_) => &["Tillbook-Acknowledged", "X-Request-Id"],
            _ if has_tag => &["ETag", "X-Request-Id"],
            _ => &["X-Request-Id"],
        };
        let mut answer = json!({"description": phrase(*status), "headers": headers(names)});
        if has_body(*status) {
            answer["content"] = content("", *shape, schemas);
        }
        all.insert(status.to_string(), answer);
    }
    if has_tag && !matches!(route.work, Work::Write(_)) {
        let answer = json!({"description": "The caller has it already", "headers": headers(&["ETag", "X-Request-Id"])});
        all.insert("304".to_owned(), answer);
    }
    let (media_type, shape) = dialect.refusal;
    for status in route.refusals() {
        let names: &[&str] = match status {
            401 => &["WWW-Authenticate", "X-Request-Id"],
            429 | 503 => &["Retry-After", "X-Request-Id"],
            _ => &["X-Request-Id"],
        };
        let refused = content(media_type, shape, schemas);
        let known = all.entry(status.to_string()).or_insert_with(
            || json!({"description": phrase(status), "headers": headers(names), "content": {}}),
        );
        known["content"][media_type] = refused[media_type].clone();
    }
    Value::Object(all)
}

/// Whether an answer with this status says more than its status.
fn has_body(status: u16) -> bool {
    status != StatusCode::NO_CONTENT.as_u16()
}

/// Whether an answer names the state that it shows. How the door is changes all the time, and what is
/// done apart shows no state.
fn has_tag(dialect: &Dialect, route: &Route) -> bool {
    if matches!(route.work, Work::Apart(..)) {
        return false;
    }
    dialect.name != status::DIALECT.name || ["/openapi.json", "/docs"].contains(&route.path)
}

/// One document by its type; what a schema says of the type goes before the default.
fn content(media_type: &str, shape: Shape, schemas: &mut SchemaGenerator) -> Value {
    let schema = shape(schemas);
    let told = schema.get(MEDIA_TYPE).and_then(Value::as_str).unwrap_or(super::answer::JSON);
    let media_type = if media_type.is_empty() { told } else { media_type };
    json!({media_type: {"schema": schema}})
}

/// What a status says, without its number.
pub(crate) fn phrase(status: u16) -> &'static str {
    let known = StatusCode::from_u16(status).ok();
    known.and_then(|status| status.canonical_reason()).unwrap_or("Refused")
}

fn sign_in() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The text that `tillbook key add` prints: the key's id, a dot, its secret.",
        },
        "nws4": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "A signed request, `NWS4-HMAC-SHA256 ...`, made with the two halves that \
                `tillbook key add --nws4` prints. Nothing secret is sent.",
        },
    })
}

fn headers() -> Value {
    json!({
        "ETag": {
            "description": "Names the state that the body shows.",
            "schema": {"type": "string"},
        },
        "Tillbook-Acknowledged": {
            "description": "Where everything is on disk that this node has written until now, this \
                write among it: `local`, at the node itself; `hub`, at its parent; `root`, at the root \
                of all nodes.",
            "schema": {"type": "string", "enum": ["local", "hub", "root"]},
        },
        "X-Request-Id": {
            "description": "Names the request in the log.",
            "schema": {"type": "string"},
        },
        "Retry-After": {
            "description": "Seconds after which to try again.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "WWW-Authenticate": {
            "description": "A way to sign in.",
            "schema": {"type": "string"},
        },
    })
}

fn request_headers() -> Value {
    let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
    let text = || json!({"type": "string"});
    json!({
        "Idempotency-Key": header(
            "Idempotency-Key",
            "Names this write: sent again, it answers what it answered before and does nothing. A text \
             in UTF-8 without control characters, its length told in bytes.",
            json!({"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_BYTES_MAX}),
        ),
        "If-Match": header("If-Match", "Refuse unless this is the state that is stored.", text()),
        "If-None-Match": header(
            "If-None-Match",
            "Of a read: answer 304 when this is the state. Of a write: refuse when it is; `*` is any.",
            text(),
        ),
        "Prefer": header(
            "Prefer",
            &format!(
                "`acknowledged=hub, wait=10`: answer when the write has come so far, see \
                 `Tillbook-Acknowledged`, or after so many seconds, at most {}, whichever is first. The \
                 write is done and the answer is the same in either case. Other preferences are passed \
                 over (RFC 7240).",
                super::ACKNOWLEDGED_WAIT_MAX.as_secs()
            ),
            text(),
        ),
        "X-Request-Id": header(
            "X-Request-Id",
            &format!(
                "A name of the caller's own for this request: 1 to {} letters, digits, `-`, `_` and \
                 `.`. Any other text is passed over, and the request is given a name.",
                super::REQUEST_ID_CHARS_MAX
            ),
            text(),
        ),
    })
}
