//! Metadata: an object when it is sent, a list of pairs when it is answered (tratta.md section 6).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::json::{Json, Object, told};

/// Keys and values have at most this many characters.
const CHARS_MAX: usize = 255;

/// A key and its value.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "TrattaAttribute")]
pub(super) struct Attribute {
    attribute: String,
    /// A value that is no text stands here as its JSON.
    value: String,
}

/// All pairs, in the order of their keys.
pub(super) fn attributes(meta: &Map<String, Value>) -> Vec<Attribute> {
    let shown =
        |(key, value): (&String, &Value)| Attribute { attribute: key.clone(), value: shown(value) };
    meta.iter().map(shown).collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Merges what was sent as `metadata` into `meta`: a key without a value goes, nothing at all takes
/// everything away.
pub(super) fn merge(body: &Object<'_>, meta: &mut Map<String, Value>) {
    if !body.has("metadata") {
        return;
    }
    match body.member("metadata") {
        None => meta.clear(),
        Some(Json::List(values)) if values.is_empty() => meta.clear(),
        Some(Json::Object(members)) if members.is_empty() => meta.clear(),
        Some(Json::Object(members)) => {
            if let Some(object) = body.object("metadata") {
                members.iter().for_each(|(key, value)| put(&object, key, value, meta));
            }
        }
        Some(_) => body.wrong("metadata", "must be an object"),
    }
}

fn put(object: &Object<'_>, key: &str, value: &Json, meta: &mut Map<String, Value>) {
    let wrong = |rule: String| object.wrong(&told(key), rule);
    let text = match value {
        Json::Null => {
            meta.remove(key);
            return;
        }
        Json::Text(text) | Json::Number(text) => text.clone(),
        Json::Bool(flag) => flag.to_string(),
        Json::List(_) | Json::Object(_) => {
            return wrong("must be a text, a number, true or false".to_owned());
        }
    };
    // What stays as it is shown stays what it is: neither a text nor short.
    if meta.get(key).is_some_and(|stored| shown(stored).trim() == text) {
        return;
    }
    if key.chars().count() > CHARS_MAX {
        return wrong(format!("must have at most {CHARS_MAX} characters in its key"));
    }
    if text.chars().count() > CHARS_MAX {
        return wrong(format!("must have at most {CHARS_MAX} characters"));
    }
    meta.insert(key.to_owned(), Value::String(text));
}
