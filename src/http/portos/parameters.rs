//! The parameters of queries, made of the words that the queries are read with.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::CUSTOMER_WORDS;
use super::movement::MOVEMENT_WORDS;
use crate::http::route::{Parameter, Shape};
use crate::query::ndata::Vocabulary;
use crate::query::{Kind, TAKE_MAX};

/// Of a query about customers.
pub(super) const CUSTOMERS: &[Parameter] =
    &listed::<{ n_listed(&CUSTOMER_WORDS, OF_CUSTOMERS) }>(&CUSTOMER_WORDS, OF_CUSTOMERS);

/// Of a query about movements of credit.
pub(super) const MOVEMENTS: &[Parameter] =
    &listed::<{ n_listed(&MOVEMENT_WORDS, OF_MOVEMENTS) }>(&MOVEMENT_WORDS, OF_MOVEMENTS);

/// Of a list without members.
pub(super) const PAGED: &[Parameter] = &[SKIP, TAKE, COUNT, TOTAL];

const OF_CUSTOMERS: &[Parameter] = &[
    SEARCH,
    FIND,
    Parameter { shape: |_| keys(&CUSTOMER_WORDS, "lastName,-creditRate"), ..SORT },
    SKIP,
    TAKE,
    COUNT,
    TOTAL,
];

const OF_MOVEMENTS: &[Parameter] = &[
    Parameter { shape: |_| keys(&MOVEMENT_WORDS, "-creationTime,id"), ..SORT },
    SKIP,
    TAKE,
    COUNT,
    TOTAL,
];

const SEARCH: Parameter = Parameter {
    name: "Search",
    about: "A piece of a name, a tax number or a note; case and accents do not matter.",
    shape: |_| json_schema!({"type": "string", "examples": ["novak"]}),
};

const FIND: Parameter = Parameter {
    name: "Find",
    about: "What a cashier types: a card, an id, a phone number, an e-mail address, a piece of a \
        name; the surest matches come first. An extension.",
    shape: |_| json_schema!({"type": "string", "examples": ["novak"]}),
};

const SORT: Parameter = Parameter {
    name: "$sort",
    about: "Keys with commas between them; `-key` or `key:desc` is descending.",
    shape: ignored,
};

const SKIP: Parameter = Parameter {
    name: "$skip",
    about: "So many are left out from the start.",
    shape: |_| json_schema!({"type": "integer", "minimum": 0, "default": 0, "examples": [0]}),
};

const TAKE: Parameter = Parameter {
    name: "$take",
    about: "At most so many are answered.",
    shape: |_| {
        json_schema!({
            "type": "integer", "minimum": 0, "maximum": TAKE_MAX, "default": TAKE_MAX,
            "examples": [20],
        })
    },
};

const COUNT: Parameter = Parameter {
    name: "$count",
    about: "With `true` only the numbers are answered.",
    shape: |_| json_schema!({"type": "boolean", "default": false, "examples": [true]}),
};

const TOTAL: Parameter = Parameter {
    name: "$total",
    about: "With `false` the total is not counted. An extension.",
    shape: |_| json_schema!({"type": "boolean", "default": true, "examples": [false]}),
};

const fn n_listed(words: &Vocabulary, own: &[Parameter]) -> usize {
    own.len() + words.filters.len() + words.plain.len() + words.ignored.len()
}

/// `own`, then the members that `words` filter by, then what is passed over.
const fn listed<const N: usize>(words: &Vocabulary, own: &[Parameter]) -> [Parameter; N] {
    let mut all = [SORT; N];
    let (mut n, mut i) = (0, 0);
    while i < own.len() {
        all[n] = own[i];
        (n, i) = (n + 1, i + 1);
    }
    i = 0;
    while i < words.filters.len() {
        let (name, column) = words.filters[i];
        let (about, shape) = operations(column.kind());
        all[n] = Parameter { name, about, shape };
        (n, i) = (n + 1, i + 1);
    }
    i = 0;
    while i < words.plain.len() {
        let (name, _) = words.plain[i];
        all[n] = Parameter { name, about: "`true` or `false`, without operations.", shape: flag };
        (n, i) = (n + 1, i + 1);
    }
    i = 0;
    while i < words.ignored.len() {
        let name = words.ignored[i];
        all[n] = Parameter { name, about: "Accepted and without effect.", shape: ignored };
        (n, i) = (n + 1, i + 1);
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

fn keys(words: &Vocabulary, example: &str) -> Schema {
    let keys: Vec<&str> = words.sorts.iter().map(|(key, _)| *key).collect();
    let about = format!("The keys, in any case: {}.", keys.join(", "));
    json_schema!({"type": "string", "description": about, "examples": [example]})
}
