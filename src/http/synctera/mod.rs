//! Synctera: customers as the Synctera v0 page has them, its contract in synctera.md.

mod routes;

pub(crate) use routes::DIALECT;
