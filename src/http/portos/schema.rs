//! The shapes of the documents, for `openapi.json`: what is answered follows from the types, what is
//! taken follows from what is answered.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{Customer, QueryResult};
use crate::http::route::Shape;

/// A customer as it is answered.
pub(super) const CUSTOMER: Shape = |schemas| schemas.subschema_for::<Customer>();

/// A page of customers.
pub(super) const PAGE: Shape = |schemas| schemas.subschema_for::<QueryResult>();

/// A customer as it is taken.
pub(super) const CUSTOMER_INPUT: Shape = customer_input;

/// A card as it is taken where its serial number stands in the path.
pub(super) const CARD_INPUT: Shape = card_input;

/// What says why a request was refused (portos.md 5.2).
pub(super) const REFUSAL: Shape = refusal;

/// What the words of a choice are, each once.
pub(super) fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Value {
    let mut words: Vec<&str> = Vec::new();
    for word in all.iter().map(|value| word(*value)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.into()
}

/// The same where there may be none.
pub(super) fn words_or_null<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Value {
    let mut words = words(all, word);
    if let Value::Array(words) = &mut words {
        words.push(Value::Null);
    }
    words
}

/// What a name is given that is taken, beside the one that is answered.
const INPUT: &str = "Input";

/// The customer and its parts, of which everything may be left out or null but a card's serial
/// number, and of which some is passed over.
fn customer_input(schemas: &mut SchemaGenerator) -> Schema {
    let path = schemas.settings().definitions_path.to_string();
    let mut own = SchemaSettings::draft2020_12().for_serialize();
    own.definitions_path = path.clone().into();
    let mut own = own.into_generator();
    own.subschema_for::<Customer>();
    for (name, mut schema) in own.take_definitions(false) {
        loosen(&name, &mut schema);
        schemas.definitions_mut().insert(format!("{name}{INPUT}"), schema);
    }
    json_schema!({"$ref": format!("#{path}/PortosCustomer{INPUT}")})
}

fn card_input(schemas: &mut SchemaGenerator) -> Schema {
    let path = schemas.settings().definitions_path.to_string();
    customer_input(schemas);
    let definitions = schemas.definitions_mut();
    let mut card = definitions.get(&format!("PortosCard{INPUT}")).cloned().unwrap_or_default();
    if let Some(card) = card.as_object_mut() {
        card.remove("required");
    }
    or_null(&mut card["properties"]["serialNumber"]);
    definitions.insert(format!("PortosCardInPath{INPUT}"), card);
    json_schema!({"$ref": format!("#{path}/PortosCardInPath{INPUT}")})
}

fn loosen(name: &str, schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.remove("required");
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (property, shape) in properties.iter_mut() {
            refer_to_input(shape);
            if property != "serialNumber" {
                or_null(shape);
            }
        }
        adjust(name, properties);
    }
    if name == "PortosCard" {
        schema.insert("required".to_owned(), json!(["serialNumber"]));
    }
    if name == "PortosCoordinates" {
        schema.insert("required".to_owned(), json!(["longitude", "latitude"]));
    }
}

/// What the contract takes otherwise than it answers it.
fn adjust(name: &str, properties: &mut Map<String, Value>) {
    let mut say = |property: &str, shape: Value| properties.insert(property.to_owned(), shape);
    match name {
        "PortosCustomer" => {
            let credit = format!("#/components/schemas/PortosCredit{INPUT}");
            say(
                "credit",
                json!({
                    "description": "The balance as it shall be. Left out or null, it stays as it \
                        is; a change needs `_v` and the right CustomerSetCredit, and becomes a \
                        correction.",
                    "anyOf": [{"type": "number"}, {"$ref": credit}, {"type": "null"}],
                }),
            );
            say(
                "creditTransactions",
                json!({
                    "description": "Passed over: movements are recorded, not replaced.",
                    "readOnly": true,
                }),
            );
            say("status", json!({"description": "Passed over.", "readOnly": true}));
        }
        "PortosAddress" => {
            say(
                "zipCode",
                json!({"description": "Another name of `postalCode`.", "type": ["string", "null"]}),
            );
        }
        "PortosCoordinates" => {
            say("longitude", json!({"type": "number"}));
            say("latitude", json!({"type": "number"}));
        }
        _ => {}
    }
}

/// Parts are taken as they are taken and not as they are answered.
fn refer_to_input(shape: &mut Value) {
    match shape {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(target) if name == "$ref" => target.push_str(INPUT),
                    member => refer_to_input(member),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(refer_to_input),
        _ => {}
    }
}

fn or_null(shape: &mut Value) {
    let Some(members) = shape.as_object_mut() else { return };
    if members.contains_key("$ref") {
        let referred = Value::Object(std::mem::take(members));
        members.insert("anyOf".to_owned(), json!([referred, {"type": "null"}]));
        return;
    }
    if let Some(Value::String(known)) = members.get("type") {
        let known = known.clone();
        members.insert("type".to_owned(), json!([known, "null"]));
        if let Some(Value::Array(words)) = members.get_mut("enum") {
            words.push(Value::Null);
        }
    }
}

fn refusal(schemas: &mut SchemaGenerator) -> Schema {
    let name = "PortosProblemDetails";
    let text = |about: &str| json!({"description": about, "type": ["string", "null"]});
    let number = |about: &str| json!({"description": about, "type": ["integer", "null"]});
    let resource = json!({
        "description": "The stored resource; given with errorCode 6.",
        "type": ["object", "null"],
        "properties": {
            "name": {"type": "string"},
            "id": {"type": "string"},
            "version": number("The stored version."),
        },
    });
    let errors = json!({
        "description": "One entry for every broken rule; given with 400.",
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "required": ["memberName", "message"],
            "properties": {
                "memberName": {"description": "The place, such as `Cards[0].SerialNumber`.", "type": "string"},
                "message": {"description": "The rule, in the language that was asked for.", "type": "string"},
                "code": text("`1` a value is missing, `2` it must be unique."),
            },
        },
    });
    let schema = json!({
        "description": "Why a request was refused (RFC 9457, with the members of Portos).",
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "type": text("Names the kind of problem."),
            "title": {"description": "The kind in a few words.", "type": "string"},
            "status": {"description": "The status of the answer.", "type": "integer"},
            "detail": text("What was wrong this time."),
            "instance": text("The path that was asked for."),
            "traceId": text("Names the request in the log, as the header `X-Request-Id` does."),
            "errorCode": number("1 not signed in, 2 a right is missing, 3 rules are broken, 6 another version is stored."),
            "resource": resource,
            "errors": errors,
        },
    });
    let path = schemas.settings().definitions_path.to_string();
    schemas.definitions_mut().insert(name.to_owned(), schema);
    json_schema!({"$ref": format!("#{path}/{name}")})
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use crate::http::portos::about;
    use crate::http::route::About;

    /// Whether `body` has the shape, as a document by itself.
    fn is_valid(shape: Shape, body: &Value) -> Result<bool, Box<dyn Error>> {
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.definitions_path = "/components/schemas".into();
        let mut schemas = settings.into_generator();
        let schema = shape(&mut schemas);
        let whole = json!({
            "allOf": [schema],
            "components": {"schemas": schemas.take_definitions(true)},
        });
        Ok(jsonschema::draft202012::new(&whole)?.is_valid(body))
    }

    #[test]
    fn what_is_answered_can_be_sent_back() -> Result<(), Box<dyn Error>> {
        for text in [
            include_str!("../../../tests/contract/portos/new_customer.json"),
            include_str!("../../../tests/contract/portos/full_customer.json"),
        ] {
            let document: Value = serde_json::from_str(text)?;
            assert!(is_valid(CUSTOMER, &document)?, "{text}");
            assert!(is_valid(CUSTOMER_INPUT, &document)?, "{text}");
            assert!(is_valid(PAGE, &json!({"items": [document], "count": 1, "totalCount": 1}))?);
        }
        Ok(())
    }

    #[test]
    fn a_body_may_leave_out_everything_but_the_serial_number_of_a_card()
    -> Result<(), Box<dyn Error>> {
        let cases = [
            (json!({}), true),
            (json!({"firstName": null, "isActive": null, "meta": null, "_v": null}), true),
            (json!({"credit": 12.5}), true),
            (json!({"credit": {"amount": 12.5}}), true),
            (json!({"credit": {"amount": null}}), true),
            (json!({"credit": null, "company": null, "address": {"zipCode": "040 01"}}), true),
            (json!({"cards": [{"serialNumber": "1"}], "gender": "Female"}), true),
            (json!({"creditTransactions": [{"whatever": 1}], "status": "Expired"}), true),
            (json!([]), false),
            (json!({"cards": [{"isActive": true}]}), false),
            (json!({"cards": [{"serialNumber": null}]}), false),
            (json!({"gender": "other"}), false),
            (json!({"address": {"coordinates": {"longitude": 21.2}}}), false),
            (json!({"discountRate": "12.5"}), false),
        ];
        for (body, expected) in cases {
            assert_eq!(is_valid(CUSTOMER_INPUT, &body)?, expected, "{body}");
        }
        Ok(())
    }

    #[test]
    fn every_word_of_a_query_is_a_parameter() {
        let words = &crate::http::portos::CUSTOMER_WORDS;
        let named = |name: &str| about::LIST.query.iter().filter(|one| one.name == name).count();
        let own = ["Search", "Find", "$sort", "$skip", "$take", "$count", "$total"].into_iter();
        let members = words.filters.iter().chain(words.plain).map(|(name, _)| *name);
        let all: Vec<&str> = own.chain(members).chain(words.ignored.iter().copied()).collect();
        for name in &all {
            assert_eq!(named(name), 1, "{name}");
        }
        assert_eq!(about::LIST.query.len(), all.len());
        for About { summary, answers, .. } in [about::LIST, about::POST, about::PUT] {
            assert!(!summary.is_empty() && !answers.is_empty());
        }
    }
}
