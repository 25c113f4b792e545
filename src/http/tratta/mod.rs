//! Tratta: customers, locations and bulk imports as the Tratta v1 pages have them, its contract in
//! tratta.md.
//!
//! Bodies come as forms or as JSON and are read alike; `paging` cuts every list, `refusal` has the
//! one shape of every error. [`apply`] is what becomes of a row of a bulk.

mod about;
mod address;
mod address_write;
mod body;
mod bulk;
mod bulk_error;
mod bulk_row;
mod customer;
mod debt;
mod debt_account;
mod envelope;
mod form;
mod location;
mod location_write;
mod metadata;
mod paging;
mod read;
mod refusal;
mod routes;
mod rule;
mod shape;
mod write;

#[cfg(test)]
mod trial;

pub use bulk_row::{apply, payload};

pub(crate) use routes::DIALECT;
