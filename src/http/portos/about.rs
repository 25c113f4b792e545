//! What `openapi.json` and `/docs` tell of the routes of Portos.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::CUSTOMER_WORDS;
use super::schema::{CUSTOMER, CUSTOMER_INPUT, PAGE};
use crate::http::route::{About, Parameter, Shape};
use crate::query::{Kind, TAKE_MAX};

pub(super) const LIST: About = About {
    id: "listCustomers",
    summary: "The customers that a query asks for",
    description: "The query is NData: a member with operations, such as `DiscountRate=gt:10;lt:50`. \
        Members combine with and. An unknown parameter is refused.",
    query: PARAMETERS,
    answers: &[(200, PAGE)],
    ..GET
};

pub(super) const GET: About = About {
    id: "getCustomer",
    summary: "The customer with this id",
    description: "",
    is_extension: false,
    query: &[],
    body: None,
    answers: &[(200, CUSTOMER)],
    refusals: &[],
};

pub(super) const POST: About = About {
    id: "createCustomer",
    summary: "Creates a customer",
    description: "Without an id it is given one. An id that is taken is refused, one of a deleted \
        customer brings it back.",
    body: Some(CUSTOMER_INPUT),
    answers: &[(201, CUSTOMER)],
    refusals: &[403],
    ..GET
};

pub(super) const PUT: About = About {
    id: "replaceCustomer",
    summary: "Replaces a customer, or creates the one with this id",
    description: "What the body leaves out falls to its default, but for credit. `_v` names the \
        version that the body was made from; another one in store is refused. Creating needs \
        CustomerCreate, replacing CustomerUpdate; to change the discount needs CustomerSetDiscount \
        besides, to change the credit CustomerSetCredit.",
    body: Some(CUSTOMER_INPUT),
    answers: &[(200, CUSTOMER), (201, CUSTOMER)],
    refusals: &[403],
    ..GET
};

pub(super) const DELETE: About = About {
    id: "deleteCustomer",
    summary: "Deletes a customer",
    description: "Answers the customer as it was. One with a balance is refused.",
    ..GET
};

const PARAMETERS: &[Parameter] = &all_parameters();

const N_FILTERS: usize = CUSTOMER_WORDS.filters.len();
const N_PLAIN: usize = CUSTOMER_WORDS.plain.len();
const N_IGNORED: usize = CUSTOMER_WORDS.ignored.len();

/// Those that every resource has.
const PAGING: [Parameter; 6] = [
    Parameter {
        name: "Search",
        about: "A piece of a name, a tax number or a note; case and accents do not matter.",
        shape: |_| json_schema!({"type": "string", "examples": ["novak"]}),
    },
    Parameter {
        name: "$sort",
        about: "Keys with commas between them; `-key` or `key:desc` is descending.",
        shape: sort,
    },
    Parameter {
        name: "$skip",
        about: "So many are left out from the start.",
        shape: |_| json_schema!({"type": "integer", "minimum": 0, "default": 0, "examples": [0]}),
    },
    Parameter {
        name: "$take",
        about: "At most so many are answered.",
        shape: |_| {
            json_schema!({
                "type": "integer", "minimum": 0, "maximum": TAKE_MAX, "default": TAKE_MAX,
                "examples": [20],
            })
        },
    },
    Parameter {
        name: "$count",
        about: "With `true` only the numbers are answered.",
        shape: |_| json_schema!({"type": "boolean", "default": false, "examples": [true]}),
    },
    Parameter {
        name: "$total",
        about: "With `false` the total is not counted. An extension.",
        shape: |_| json_schema!({"type": "boolean", "default": true, "examples": [false]}),
    },
];

const fn all_parameters() -> [Parameter; N_FILTERS + N_PLAIN + PAGING.len() + N_IGNORED] {
    let mut all = [PAGING[0]; N_FILTERS + N_PLAIN + PAGING.len() + N_IGNORED];
    let mut n = 0;
    while n < N_FILTERS {
        let (name, column) = CUSTOMER_WORDS.filters[n];
        let (about, shape) = operations(column.kind());
        all[n] = Parameter { name, about, shape };
        n += 1;
    }
    while n < N_FILTERS + N_PLAIN {
        let (name, _) = CUSTOMER_WORDS.plain[n - N_FILTERS];
        all[n] = Parameter { name, about: "`true` or `false`, without operations.", shape: flag };
        n += 1;
    }
    while n < N_FILTERS + N_PLAIN + PAGING.len() {
        all[n] = PAGING[n - N_FILTERS - N_PLAIN];
        n += 1;
    }
    while n < all.len() {
        let name = CUSTOMER_WORDS.ignored[n - N_FILTERS - N_PLAIN - PAGING.len()];
        all[n] = Parameter { name, about: "Accepted and without effect.", shape: ignored };
        n += 1;
    }
    all
}

/// What the operations of a member compare with.
const fn operations(kind: Kind) -> (&'static str, Shape) {
    match kind {
        Kind::Text => ("Operations on a text.", |_| member("in:a1:b2")),
        Kind::Integer => ("Operations on a whole number.", |_| member("gte:2")),
        Kind::Money => ("Operations on an amount.", |_| member("gt:10.50")),
        Kind::Rate => ("Operations on a decimal.", |_| member("gt:10;lt:50")),
        Kind::Bool => ("Operations on `true` and `false`.", |_| member("true")),
        Kind::Time => ("Operations on a date-time.", |_| member("lt:2030-01-01T00:00:00Z")),
        Kind::Date => ("Operations on a date.", |_| member("gte:1990-05-17")),
        Kind::Choice(_) => ("Operations on a word.", |_| member("neq:null")),
    }
}

fn member(example: &str) -> Schema {
    json_schema!({"type": "string", "examples": [example]})
}

fn flag(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "boolean", "examples": [false]})
}

fn ignored(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string"})
}

fn sort(_: &mut SchemaGenerator) -> Schema {
    let keys: Vec<&str> = CUSTOMER_WORDS.sorts.iter().map(|(key, _)| *key).collect();
    let about = format!("The keys, in any case: {}.", keys.join(", "));
    json_schema!({"type": "string", "description": about, "examples": ["lastName,-creditRate"]})
}
