//! The address of a customer (portos.md 4.5).

use schemars::JsonSchema;
use serde::Serialize;

use super::decimal::Decimal;
use crate::address;

/// One of a customer's addresses; its name, second line and state have no property here.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address {
    street: Option<String>,
    city: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    coordinates: Option<Coordinates>,
    note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
struct Coordinates {
    longitude: Decimal,
    latitude: Decimal,
}

impl From<address::Address> for Address {
    fn from(address: address::Address) -> Self {
        // Neither number may be null, so half a place is none.
        let place = address.longitude.zip(address.latitude);
        Self {
            street: address.line1,
            city: address.city,
            postal_code: address.postal_code,
            country: address.country,
            coordinates: place.map(|(longitude, latitude)| Coordinates {
                longitude: Decimal::shortest(&longitude),
                latitude: Decimal::shortest(&latitude),
            }),
            note: address.note,
        }
    }
}
