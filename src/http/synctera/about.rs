//! What `openapi.json` and `/docs` tell of the routes.

use schemars::json_schema;

use super::customer::STATUSES;
use super::list::{IDS_MAX, LIMIT_MAX, SORTS};
use super::schema::{CUSTOMER, CUSTOMER_INPUT, CUSTOMER_PATCH, PAGE};
use crate::http::route::{About, Parameter, Shape};

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

pub(super) const LIST: About = About {
    id: "listCustomers",
    summary: "The customers that all filters hold for, page by page",
    description: "An unknown parameter is passed over, an empty one is none.",
    query: PARAMETERS,
    answers: &[(200, PAGE)],
    refusals: &[],
    ..GET
};

const TEXT: Shape = |_| json_schema!({"type": "string"});

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "id",
        about: "Only these customers, at most 100: ids with commas between them, or the parameter \
            several times.",
        shape: |_| json_schema!({"type": "array", "items": {"type": "string"}, "maxItems": IDS_MAX}),
    },
    Parameter {
        name: "first_name",
        about: "The first name; `*` stands for any run of characters. Case and accents do not matter.",
        shape: TEXT,
    },
    Parameter { name: "last_name", about: "The last name, likewise.", shape: TEXT },
    Parameter { name: "email", about: "The e-mail address, likewise.", shape: TEXT },
    Parameter {
        name: "phone_number",
        about: "The phone number as it is stored; `*` stands for any run of characters.",
        shape: TEXT,
    },
    Parameter {
        name: "ssn_last_4",
        about: "The last four digits of the social security number.",
        shape: |_| json_schema!({"type": "string", "pattern": "^(.{4})?$"}),
    },
    Parameter {
        name: "has_accounts",
        about: "Only those who owe on account, or only those who do not.",
        shape: |_| json_schema!({"anyOf": [{"type": "boolean"}, {"const": ""}]}),
    },
    Parameter {
        name: "status",
        about: "Only those with this label.",
        shape: |_| {
            let words: Vec<&str> = STATUSES.iter().map(|(word, _)| *word).chain([""]).collect();
            json_schema!({"type": "string", "enum": words})
        },
    },
    Parameter {
        name: "limit",
        about: "So many customers a page; more than the greatest number is the greatest.",
        shape: |_| {
            json_schema!({
                "anyOf": [{"type": "integer", "minimum": 1}, {"const": ""}], "default": LIMIT_MAX,
            })
        },
    },
    Parameter {
        name: "page_token",
        about: "`next_page_token` of the page before. It holds the filters and the order: they may be \
            left out, but not be others.",
        shape: TEXT,
    },
    Parameter {
        name: "sort_by",
        about: "The order, the first key first, with commas between them, at last the id, ascending. \
            Without it the time of creation decides, and then the id. Those without a name come last, or first when descending.",
        shape: |_| {
            let words: Vec<String> = SORTS
                .iter()
                .flat_map(|(name, _)| [format!("{name}:asc"), format!("{name}:desc")])
                .chain([String::new()])
                .collect();
            json_schema!({"type": "array", "items": {"type": "string", "enum": words}})
        },
    },
];
