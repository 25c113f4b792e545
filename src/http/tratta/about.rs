//! What `openapi.json` and `/docs` tell of the routes.

use super::address::Address;
use super::bulk::Bulk;
use super::bulk_error::BulkError;
use super::customer::Customer;
use super::debt_account::DebtAccount;
use super::envelope::{Data, Page, Success};
use super::location::Location;
use super::paging::PARAMETERS;
use super::shape::{
    answered, changed_address, changed_customer, changed_location, new_address, new_customer,
    new_location, rows,
};
use crate::http::route::About;

/// What all routes are.
const ROUTE: About = About {
    id: "",
    summary: "",
    description: "",
    is_extension: false,
    query: &[],
    body: None,
    is_body_optional: false,
    answers: &[],
    refusals: &[],
};

pub(super) const LIST: About = About {
    id: "listCustomers",
    summary: "All customers, the oldest first, page by page",
    query: PARAMETERS,
    answers: &[(200, answered::<Page<Customer>>)],
    refusals: &[422],
    ..ROUTE
};

pub(super) const GET: About = About {
    id: "getCustomer",
    summary: "The customer with this id, or else this external id",
    answers: &[(200, answered::<Data<Customer>>)],
    ..ROUTE
};

pub(super) const POST: About = About {
    id: "createCustomer",
    summary: "Creates a customer",
    description: "A form may be sent as well as JSON, with brackets for what lies within: \
        `address[city]=...`, `metadata[colour]=red`.",
    body: Some(new_customer),
    answers: &[(201, answered::<Data<Customer>>)],
    ..ROUTE
};

pub(super) const PUT: About = About {
    id: "updateCustomer",
    summary: "Changes what is sent of a customer",
    description: "What is not sent stays as it is; null or an empty text clears a field.",
    body: Some(changed_customer),
    is_body_optional: true,
    answers: &[(200, answered::<Data<Customer>>)],
    ..ROUTE
};

pub(super) const DELETE: About = About {
    id: "deleteCustomer",
    summary: "Deletes a customer",
    description: "One with a balance is refused. The external id may be used again.",
    answers: &[(200, answered::<Success>)],
    ..ROUTE
};

pub(super) const LIST_ADDRESSES: About = About {
    id: "listAddresses",
    summary: "The addresses of a customer, the oldest first, page by page",
    query: PARAMETERS,
    answers: &[(200, answered::<Page<Address>>)],
    refusals: &[422],
    ..ROUTE
};

pub(super) const POST_ADDRESS: About = About {
    id: "createAddress",
    summary: "Gives a customer another address",
    description: "The first one is the primary one, whatever is sent. `is_primary` takes that from \
        the other.",
    body: Some(new_address),
    answers: &[(201, answered::<Data<Address>>)],
    ..ROUTE
};

pub(super) const PUT_ADDRESS: About = About {
    id: "updateAddress",
    summary: "Changes what is sent of an address",
    description: "What is not sent stays as it is. If-Match names the customer's state.",
    body: Some(changed_address),
    is_body_optional: true,
    answers: &[(200, answered::<Data<Address>>)],
    ..ROUTE
};

pub(super) const DELETE_ADDRESS: About = About {
    id: "deleteAddress",
    summary: "Takes an address away",
    description: "No other becomes the primary one. If-Match names the customer's state.",
    answers: &[(200, answered::<Success>)],
    ..ROUTE
};

pub(super) const LIST_DEBTS: About = About {
    id: "listDebtAccounts",
    summary: "The debt accounts of a customer, the oldest first, page by page",
    description: "The amounts of an account with others below it are the sums of theirs.",
    is_extension: true,
    query: PARAMETERS,
    answers: &[(200, answered::<Page<DebtAccount>>)],
    refusals: &[422],
    ..ROUTE
};

pub(super) const LIST_LOCATIONS: About = About {
    id: "listLocations",
    summary: "All locations, the oldest first, page by page",
    query: PARAMETERS,
    answers: &[(200, answered::<Page<Location>>)],
    refusals: &[422],
    ..ROUTE
};

pub(super) const GET_LOCATION: About = About {
    id: "getLocation",
    summary: "The location with this id, or else this external id",
    answers: &[(200, answered::<Data<Location>>)],
    ..ROUTE
};

pub(super) const POST_LOCATION: About = About {
    id: "createLocation",
    summary: "Creates a location",
    description: "Two locations of one type cannot have the same name.",
    body: Some(new_location),
    answers: &[(201, answered::<Data<Location>>)],
    ..ROUTE
};

pub(super) const PUT_LOCATION: About = About {
    id: "updateLocation",
    summary: "Changes what is sent of a location",
    description: "What is not sent stays as it is; null or an empty text clears a field. A location \
        cannot be put below itself or one that is below it.",
    body: Some(changed_location),
    is_body_optional: true,
    answers: &[(200, answered::<Data<Location>>)],
    ..ROUTE
};

pub(super) const DELETE_LOCATION: About = About {
    id: "deleteLocation",
    summary: "Deletes a location",
    description: "Those directly below it have no parent from then on. The name and the external id \
        may be used again.",
    answers: &[(200, answered::<Success>)],
    ..ROUTE
};

pub(super) const POST_BULK: About = About {
    id: "createBulk",
    summary: "Takes on rows of customers, each with a location and debt accounts",
    description: "1 to 1,000 rows, which are worked off after the answer, in their order and each once, \
        whenever the program is ended. A customer or a location whose external id is known is used as \
        it is stored. Customers of rows without an external id are new ones.",
    body: Some(rows),
    answers: &[(201, answered::<Data<Bulk>>)],
    ..ROUTE
};

pub(super) const LIST_ERRORS: About = About {
    id: "listBulkErrors",
    summary: "The rows of a bulk that something was wrong with, page by page",
    description: "As far as the bulk is worked off. A bulk is forgotten 30 days after its end. Of a row \
        with very many errors the first 512 KiB are told, and how many more there are.",
    query: PARAMETERS,
    answers: &[(200, answered::<Page<BulkError>>)],
    refusals: &[422],
    ..ROUTE
};
