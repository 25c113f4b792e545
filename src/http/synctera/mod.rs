//! Synctera: customers as the Synctera v0 page has them, its contract in synctera.md.

mod about;
mod address;
mod body;
mod country;
mod customer;
mod list;
mod place;
mod read;
mod refusal;
mod routes;
mod schema;
mod text;
mod write;

pub(crate) use routes::DIALECT;
