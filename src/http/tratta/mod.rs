//! Tratta: customers, locations and bulk imports as the Tratta v1 pages have them, its contract in
//! tratta.md.
//!
//! Bodies come as forms or as JSON and are read alike; [`paging`] cuts every list, [`refusal`] has
//! the one shape of every error.

mod about;
mod address;
mod address_write;
mod body;
mod customer;
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

pub(crate) use routes::DIALECT;
