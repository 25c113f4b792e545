//! What `openapi.json` and `/docs` tell of the routes of the contract.

use super::parameters::CUSTOMERS;
use super::schema::{CUSTOMER, CUSTOMER_INPUT, PAGE};
use crate::http::route::About;

pub(super) const LIST: About = About {
    id: "listCustomers",
    summary: "The customers that a query asks for",
    description: "The query is NData: a member with operations, such as `DiscountRate=gt:10;lt:50`. \
        Members combine with and. An unknown parameter is refused.",
    query: CUSTOMERS,
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
    is_body_optional: false,
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
