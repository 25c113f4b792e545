//! What `openapi.json` and `/docs` tell of the routes.

use super::schema::{CUSTOMER, CUSTOMER_INPUT, CUSTOMER_PATCH};
use crate::http::route::About;

pub(super) const GET: About = About {
    id: "getCustomer",
    summary: "The customer with this id",
    description: "An id that no customer has is refused with 404 if it is a UUID, with 400 if not.",
    is_extension: false,
    query: &[],
    body: None,
    is_body_optional: false,
    answers: &[(200, CUSTOMER)],
    refusals: &[400],
};

pub(super) const POST: About = About {
    id: "createCustomer",
    summary: "Creates a customer",
    description: "Only `status` is needed. Without a shipping address the customer gets a copy of \
        the legal one.",
    body: Some(CUSTOMER_INPUT),
    answers: &[(201, CUSTOMER)],
    refusals: &[],
    ..GET
};

pub(super) const PUT: About = About {
    id: "updateCustomer",
    summary: "Replaces a customer",
    description: "What the body leaves out is cleared, but for `ssn` and `ban_status`. What this \
        vocabulary has no word for, or cannot express, stays as it is.",
    body: Some(CUSTOMER_INPUT),
    refusals: &[],
    ..GET
};

pub(super) const PATCH: About = About {
    id: "patchCustomer",
    summary: "Changes what the body names",
    description: "An object in the body replaces the whole stored one.",
    body: Some(CUSTOMER_PATCH),
    refusals: &[],
    ..GET
};
