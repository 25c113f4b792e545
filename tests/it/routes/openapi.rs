//! The description of the routes holds: every route has one, and what is answered is what it says.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Served;

/// What is asked of routes that want more than a path: the end of the operation's name, the query,
/// the body. The parts of a path are filled in by [`part`].
const ASKED: &[(&str, &str, &str)] = &[
    ("ListCustomers", "?$take=5&$sort=-lastName", ""),
    ("CreateCustomer", "", r#"{"firstName": "Grace", "cards": [{"serialNumber": "2"}]}"#),
    ("ReplaceCustomer", "", r#"{"firstName": "Ada", "discountRate": 12.5}"#),
];

/// What stands in a path for a name in braces.
fn part(name: &str) -> &'static str {
    match name {
        "id" => "ada",
        "serialNumber" => "0012345678",
        other => panic!("a path has {{{other}}}; say here what stands for it"),
    }
}

/// A schema of the document, with its definitions at hand.
fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": document["components"],
    });
    jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("no schema: {error}"))
}

/// Whether an answer is one that the operation promises.
fn conforms(document: &Value, operation: &Value, told: &super::Told) -> Result<(), String> {
    let promised = &operation["responses"][told.status.to_string()];
    let content = promised.as_object().ok_or(format!("{} is not promised", told.status))?;
    let Some(content) = content.get("content") else { return Ok(()) };
    let media_type = told.header("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    let schema = &content[essence]["schema"];
    if schema.is_null() {
        return Err(format!("{} promises no {essence}", told.status));
    }
    let body = match essence.ends_with("json") {
        true => told.json(),
        false => Value::from(told.text()),
    };
    let faults: Vec<String> = validator(document, schema)
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The reads first and the deletes last, so that each finds what it wants.
fn in_order(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut all: Vec<_> = operations(document).collect();
    let order = ["get", "post", "patch", "put", "delete"];
    all.sort_by_key(|(path, method, _)| {
        // A card goes before its customer.
        let depth = if *method == "delete" { path.len() } else { 0 };
        (order.iter().position(|known| known == method), Reverse(depth))
    });
    all
}

#[test]
fn every_answer_is_one_that_is_promised() {
    let served = Served::start();
    let document = served.get("/openapi.json", None).json();
    let mut n_asked = 0;
    for (path, method, operation) in in_order(&document) {
        let id = operation["operationId"].as_str().unwrap();
        let asked = ASKED.iter().find(|(name, ..)| id.ends_with(name));
        let (query, body) = asked.map_or(("", ""), |(_, query, body)| (*query, *body));
        let parts: Vec<&str> = path
            .split('/')
            .map(|piece| match piece.strip_prefix('{') {
                Some(name) => part(name.trim_end_matches('}')),
                None => piece,
            })
            .collect();
        let target = parts.join("/") + query;
        let method = method.to_ascii_uppercase();
        // A stranger and somebody without rights are refused in the promised form, too.
        for key in [None, Some(served.reader.as_str()), Some(served.admin.as_str())] {
            let told = served.ask(&method, &target, key, &[], body);
            let conforming = conforms(&document, operation, &told);
            let found = String::from_utf8_lossy(&told.body);
            assert_eq!(conforming, Ok(()), "{method} {target}: {} {found}", told.status);
            if key == Some(&served.admin) {
                assert!((200..300).contains(&told.status), "{method} {target}: {found}");
            }
        }
        n_asked += 1;
    }
    assert!(n_asked >= 7, "the routes were not found");
}

#[test]
fn every_route_is_described() {
    let served = Served::start();
    let document = served.get("/openapi.json", None).json();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{at}: {id} is used twice");
        assert_ne!(operation["summary"], "", "{at} has no summary");
        let responses = operation["responses"].as_object().unwrap();
        let is_success = |status: &&String| status.starts_with('2');
        assert!(responses.keys().any(|status| is_success(&status)), "{at} promises no success");
        for (status, response) in responses.iter().filter(|(status, _)| *status != "304") {
            let content = response["content"].as_object().unwrap();
            assert!(!content.is_empty(), "{at}: {status} has no shape");
            for shape in content.values() {
                validator(&document, &shape["schema"]);
            }
        }
        let named = operation["parameters"].as_array().unwrap();
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            let name = name.trim_end_matches('}');
            assert!(named.iter().any(|one| one["name"] == name), "{at}: {name} is not described");
        }
        let is_open = operation["security"] == json!([]);
        assert_eq!(responses.contains_key("401"), !is_open, "{at}");
    }
}

#[test]
fn the_description_is_made_once_and_has_a_tag() {
    let served = Served::start();
    for path in ["/openapi.json", "/docs"] {
        let told = served.get(path, None);
        let tag = told.header("etag").unwrap();
        assert_eq!(told.body, served.get(path, None).body);
        let known = served.ask("GET", path, None, &[&format!("If-None-Match: {tag}")], "");
        assert_eq!((known.status, known.body.len()), (304, 0), "{path}");
    }
}

/// Every element of the page is closed where it belongs, and every place it refers to is on it.
#[test]
fn the_page_is_whole() {
    let served = Served::start();
    let told = served.get("/docs", None);
    assert_eq!(told.header("content-type"), Some("text/html; charset=utf-8"));
    let page = told.text();
    assert!(!page.contains("{{"), "a part is missing");
    assert!(!page.contains("<script") && !page.contains("src="), "it fetches or runs something");
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            None if ["!DOCTYPE", "meta", "link", "br"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} are open at the end");
    for place in page.split("href=\"#").skip(1) {
        let place = place.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{place}\"")), "#{place} is nowhere");
    }
    for (path, ..) in operations(&served.get("/openapi.json", None).json()) {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path} is not on the page");
    }
}
