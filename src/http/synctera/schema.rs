//! The shapes of the documents, for `openapi.json`: what is answered follows from the types, what is
//! taken follows from what is answered. Both shapes of a customer are told apart by `status`.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::customer::{Customer, CustomerList, STATUSES};
use super::refusal::Problem;
use crate::http::route::Shape;

/// A customer as it is answered.
pub(super) const CUSTOMER: Shape = |schemas| {
    define(schemas);
    either(schemas, CUSTOMER_NAME, PROSPECT_NAME)
};

/// A page of customers.
pub(super) const PAGE: Shape = |schemas| {
    define(schemas);
    refer(schemas, "SyncteraCustomerList")
};

/// A customer as it is taken as a whole.
pub(super) const CUSTOMER_INPUT: Shape = |schemas| {
    define(schemas);
    either(schemas, "SyncteraCustomerInput", "SyncteraProspectInput")
};

/// What of a customer is to change.
pub(super) const CUSTOMER_PATCH: Shape = |schemas| {
    define(schemas);
    refer(schemas, "SyncteraCustomerPatch")
};

/// What says why a request was refused.
pub(super) const REFUSAL: Shape = |schemas| {
    let schema = schemas.subschema_for::<Problem>();
    schemas.definitions_mut().get_mut("SyncteraProblem").into_iter().for_each(never_null);
    schema
};

const CUSTOMER_NAME: &str = "SyncteraCustomer";
const PROSPECT_NAME: &str = "SyncteraProspect";
const ADDRESS_NAME: &str = "SyncteraAddress";

/// The words of a choice.
pub(super) fn words<T>(all: &[(&'static str, T)]) -> Value {
    all.iter().map(|(word, _)| *word).collect()
}

fn refer(schemas: &SchemaGenerator, name: &str) -> Schema {
    let path = schemas.settings().definitions_path.to_string();
    json_schema!({"$ref": format!("#{path}/{name}")})
}

/// One of two shapes, chosen by `status`.
fn either(schemas: &SchemaGenerator, customer: &str, prospect: &str) -> Schema {
    let [customer, prospect] = [customer, prospect].map(|name| refer(schemas, name));
    let mapping: Map<String, Value> = STATUSES
        .iter()
        .enumerate()
        .map(|(i, (word, _))| {
            let shape = if i == 0 { &prospect } else { &customer };
            ((*word).to_owned(), shape.as_value()["$ref"].clone())
        })
        .collect();
    json_schema!({
        "oneOf": [customer, prospect],
        "discriminator": {"propertyName": "status", "mapping": mapping},
    })
}

/// Every definition of this dialect.
fn define(schemas: &mut SchemaGenerator) {
    if schemas.definitions().contains_key(PROSPECT_NAME) {
        return;
    }
    let path = schemas.settings().definitions_path.clone();
    let mut own = SchemaSettings::draft2020_12().for_serialize();
    own.definitions_path = path;
    let mut own = own.into_generator();
    own.subschema_for::<Customer>();
    own.subschema_for::<CustomerList>();
    let mut all = own.take_definitions(false);
    all.values_mut().for_each(never_null);
    let answered = all.remove(CUSTOMER_NAME).unwrap_or_default();
    let address = all.get(ADDRESS_NAME).cloned().unwrap_or_default();
    all.insert("SyncteraAddressInput".to_owned(), without_read_only(address));
    let [customer, prospect] = by_status(&answered);
    all.insert(CUSTOMER_NAME.to_owned(), customer);
    all.insert(PROSPECT_NAME.to_owned(), prospect);
    let taken = taken(answered);
    let [customer, prospect] = by_status(&taken);
    all.insert("SyncteraCustomerInput".to_owned(), customer);
    all.insert("SyncteraProspectInput".to_owned(), prospect);
    all.insert("SyncteraCustomerPatch".to_owned(), part(taken));
    if let Some(list) = all.get_mut("SyncteraCustomerList") {
        let [customer, prospect] = [CUSTOMER_NAME, PROSPECT_NAME];
        list["properties"]["customers"]["items"] = either(schemas, customer, prospect).to_value();
    }
    schemas.definitions_mut().extend(all);
}

/// What has no value is left out, and never null.
fn never_null(shape: &mut Value) {
    let Some(properties) = shape["properties"].as_object_mut() else { return };
    for property in properties.values_mut() {
        if let Some([one, _]) = property["type"].as_array().map(Vec::as_slice) {
            property["type"] = one.clone();
        }
        let referred = property["anyOf"].as_array().and_then(|any| any.first()).cloned();
        if let (Some(referred), Some(property)) = (referred, property.as_object_mut()) {
            property.remove("anyOf");
            property.extend(referred.as_object().cloned().unwrap_or_default());
        }
    }
}

/// The shape of the eight statuses, and the one of the ninth.
fn by_status(whole: &Value) -> [Value; 2] {
    let (prospect, others) = STATUSES.split_at(1);
    [
        (others, "A customer. Callers choose its type by `status`."),
        (prospect, "A customer who is still giving data. Callers choose its type by `status`."),
    ]
    .map(|(statuses, about)| {
        let mut shape = whole.clone();
        shape["description"] = about.into();
        shape["properties"]["status"]["enum"] = words(statuses);
        shape
    })
}

/// What is passed over in a body is not described there.
fn without_read_only(mut shape: Value) -> Value {
    let mut gone: Vec<String> = Vec::new();
    if let Some(properties) = shape["properties"].as_object_mut() {
        properties.retain(|name, property| {
            let is_read_only = property["readOnly"] == true;
            gone.extend(is_read_only.then(|| name.clone()));
            !is_read_only
        });
    }
    if let Some(required) = shape["required"].as_array_mut() {
        required.retain(|name| !gone.iter().any(|gone| name == gone));
    }
    shape
}

fn taken(answered: Value) -> Value {
    let mut shape = without_read_only(answered);
    shape["required"] = json!(["status"]);
    let input = json!({"$ref": "#/components/schemas/SyncteraAddressInput"});
    shape["properties"]["legal_address"] = input.clone();
    shape["properties"]["shipping_address"] = input;
    shape["properties"]["ssn"] = json!({
        "description": "The whole social security number, of which the last four digits are kept. \
            Those four alone mean that it has not changed.",
        "type": "string",
        "pattern": r"^(\d{3}-\d{2}-)?\d{4}$",
    });
    shape["properties"]["note"] = json!({
        "description": "Goes to a log and is never answered. Needed with a change between ALLOWED \
            and SUSPENDED.",
        "type": "string",
        "minLength": 1,
        "writeOnly": true,
    });
    shape["properties"]["related_customers"] = json!({
        "description": "Must be left out or empty.",
        "type": "array",
        "maxItems": 0,
        "deprecated": true,
    });
    shape
}

fn part(mut taken: Value) -> Value {
    taken["description"] = "What of a customer is to change; an object in it replaces the whole \
        stored one."
        .into();
    if let Some(shape) = taken.as_object_mut() {
        shape.remove("required");
    }
    taken
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

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

    fn answered(status: &str) -> Value {
        json!({
            "id": "x", "status": status, "ban_status": "ALLOWED", "kyc_status": "UNVERIFIED",
            "kyc_exempt": false, "has_accounts": false, "creation_time": "2026-01-01T12:00:00.000Z",
            "last_updated_time": "2026-01-01T12:00:00.000Z",
        })
    }

    /// A body of either shape is one of them and never both.
    #[test]
    fn shapes_are_told_apart_by_the_status() -> Result<(), Box<dyn Error>> {
        for (status, _) in STATUSES {
            assert!(is_valid(CUSTOMER, &answered(status))?, "{status}");
            assert!(is_valid(CUSTOMER_INPUT, &json!({"status": status}))?, "{status}");
            assert!(is_valid(PAGE, &json!({"customers": [answered(status)]}))?, "{status}");
        }
        assert!(!is_valid(CUSTOMER, &answered("GONE"))?);
        assert!(!is_valid(CUSTOMER_INPUT, &json!({"status": "GONE"}))?);
        Ok(())
    }

    #[test]
    fn a_body_may_leave_out_everything_but_the_status() -> Result<(), Box<dyn Error>> {
        let cases = [
            (json!({}), false, true),
            (json!({"status": "ACTIVE", "first_name": null}), false, false),
            (json!({"status": "ACTIVE", "ssn": "9999", "note": "why"}), true, true),
            (json!({"status": "ACTIVE", "ssn": "219-09-9999"}), true, true),
            (json!({"status": "ACTIVE", "ssn": "219099999"}), false, false),
            (json!({"status": "ACTIVE", "id": 7, "kyc_status": "?", "colour": 1}), true, true),
            (json!({"status": "ACTIVE", "related_customers": []}), true, true),
            (json!({"status": "ACTIVE", "related_customers": [1]}), false, false),
            (json!({"status": "ACTIVE", "legal_address": {"city": "x"}}), false, false),
            (
                json!({"legal_address": {"address_line_1": "1", "country_code": "SK", "id": 7}}),
                false,
                true,
            ),
            (json!({"metadata": {"a": [null]}}), false, true),
            (json!({"metadata": {"a": null}}), false, false),
            (json!([]), false, false),
        ];
        for (body, as_whole, as_part) in cases {
            assert_eq!(is_valid(CUSTOMER_INPUT, &body)?, as_whole, "{body}");
            assert_eq!(is_valid(CUSTOMER_PATCH, &body)?, as_part, "{body}");
        }
        Ok(())
    }
}
