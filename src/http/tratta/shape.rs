//! Shapes of what is taken, for `openapi.json`; what is answered follows from the types.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::customer::status;
use crate::bulk::BULK_ROWS_MAX;
use crate::customer::StandingClass;
use crate::debt_account::BillingType;
use crate::location::LocationType;

/// The shape of an answer.
pub(super) fn answered<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

/// What a status is called.
pub(super) fn statuses() -> Value {
    StandingClass::ALL.iter().map(|class| status(*class)).collect()
}

/// What a location stands for.
pub(super) fn location_types() -> Value {
    LocationType::ALL.iter().map(|kind| kind.as_str()).collect()
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

/// A location as it is created.
pub(super) fn new_location(_: &mut SchemaGenerator) -> Schema {
    location(&json!(["name"]))
}

/// A location as it is changed.
pub(super) fn changed_location(_: &mut SchemaGenerator) -> Schema {
    location(&json!([]))
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
            "metadata": metadata(),
        },
    })
}

/// Rows of a bulk.
pub(super) fn rows(_: &mut SchemaGenerator) -> Schema {
    let text = || json!({"type": ["string", "null"], "maxLength": 255});
    let cents =
        || json!({"type": ["integer", "string", "null"], "minimum": 0, "pattern": r"^\d*$"});
    let billing: Vec<&str> = BillingType::ALL.iter().map(|how| how.as_str()).collect();
    let account = json!({
        "type": "object",
        "required": ["balance"],
        "properties": {
            "external_id": text(),
            "parent_external_id": text(),
            "external_account_number": text(),
            "billing_type": {"type": ["array", "null"], "items": {"type": "string", "examples": billing}},
            "balance": cents(),
            "current_balance": cents(),
            "metadata": metadata(),
        },
    });
    let accounts = json!({"type": ["array", "null"], "items": account});
    let kinds: Vec<&str> = LocationType::ALL.iter().map(|kind| kind.as_str()).collect();
    json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": BULK_ROWS_MAX,
        "items": {
            "type": "object",
            "required": ["customer"],
            "properties": {
                "customer": customer(json!(["name"])),
                "location": {
                    "type": ["object", "null"],
                    "properties": {
                        "name": text(),
                        "external_id": text(),
                        "type": {"type": ["string", "null"], "examples": kinds},
                        "metadata": metadata(),
                    },
                },
                "parent_debt_accounts": accounts,
                "debt_accounts": accounts,
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

fn location(required: &Value) -> Schema {
    json_schema!({
        "type": "object",
        "required": required,
        "properties": {
            "name": {
                "description": "Unique among the locations of its type.",
                "type": "string", "minLength": 1, "maxLength": 255,
            },
            "type": {"type": ["string", "null"], "examples": location_types()},
            "external_id": {
                "description": "Unique among all locations.",
                "type": ["string", "null"], "maxLength": 64,
            },
            "parent_id": {
                "description": "The id or the external id of the location above it; none where it \
                    is null or empty.",
                "type": ["string", "null"], "maxLength": 64,
            },
            "metadata": metadata(),
        },
    })
}

fn metadata() -> Value {
    json!({
        "description": "A value that is null or empty takes its key away, nothing at all takes away \
            all of them.",
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
    })
}
