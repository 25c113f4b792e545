//! Tratta: customers, locations and bulk imports as the Tratta v1 pages have them, its contract in tratta.md.

mod routes;

pub(crate) use routes::DIALECT;
