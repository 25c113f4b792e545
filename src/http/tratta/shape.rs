//! Shapes of what is taken, for `openapi.json`; what is answered follows from the types.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::customer::status;
use crate::customer::StandingClass;

/// The shape of an answer.
pub(super) fn answered<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

/// What a status is called.
pub(super) fn statuses() -> Value {
    StandingClass::ALL.iter().map(|class| status(*class)).collect()
}

/// A customer as it is created.
pub(super) fn new_customer(_: &mut SchemaGenerator) -> Schema {
    customer(json!(["name"]))
}

/// A customer as it is changed.
pub(super) fn changed_customer(_: &mut SchemaGenerator) -> Schema {
    customer(json!([]))
}

/// An address as it is added.
pub(super) fn new_address(_: &mut SchemaGenerator) -> Schema {
    address(&json!(["postal_code"]), r"^\d{5}$")
}

/// An address as it is changed.
pub(super) fn changed_address(_: &mut SchemaGenerator) -> Schema {
    address(&json!([]), r"^\d{5}$")
}

fn customer(required: Value) -> Schema {
    let text = || json!({"type": ["string", "null"], "maxLength": 255});
    let mut place = address(&json!([]), r"^\d{5}(-\d{4})?$");
    place.insert(
        "description".to_owned(),
        "The address that `id` names, or a new one, which needs a postal code where the customer is \
         changed."
            .into(),
    );
    json_schema!({
        "type": "object",
        "required": required,
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 255},
            "email": text(),
            "external_id": {
                "description": "Unique among all customers.",
                "type": ["string", "null"], "maxLength": 64,
            },
            "phone": {
                "description": "A number of the United States, answered as it is sent.",
                "type": ["string", "null"], "maxLength": 255,
            },
            "date_of_birth": {"type": ["string", "null"], "examples": ["1990-05-17"]},
            "ssn_last4": {
                "description": "Four digits; a number of fewer gets zeros before it.",
                "type": ["string", "integer", "null"], "pattern": r"^(\d{4})?$",
                "minimum": 0, "maximum": 9999,
            },
            "status": {"type": ["string", "null"], "examples": statuses()},
            "address": place,
            "metadata": {
                "description": "A value that is null or empty takes its key away, nothing at all \
                    takes away all of them.",
                "anyOf": [
                    {
                        "type": "object",
                        "additionalProperties": {
                            "type": ["string", "number", "boolean", "null"], "maxLength": 255,
                        },
                    },
                    {"type": "array", "maxItems": 0},
                    {"type": "null"},
                    {"const": ""},
                ],
            },
        },
    })
}

fn address(required: &Value, postal_code: &str) -> Schema {
    let text = || json!({"type": ["string", "null"], "maxLength": 255});
    json_schema!({
        "type": "object",
        "required": required,
        "properties": {
            "name": text(),
            "country": text(),
            "city": text(),
            "state": text(),
            "line1": text(),
            "line2": text(),
            "postal_code": {"type": ["string", "null"], "pattern": postal_code},
            "is_primary": {
                "description": "`true`, `false`, 1 or 0, as such or as a text.",
                "type": ["boolean", "string", "integer", "null"],
            },
        },
    })
}
