//! Portos: the customers of the PORTOS cash-register system, its contract in portos.md.
//!
//! [`CUSTOMER_WORDS`] reads its queries; [`Customer`] and [`QueryResult`] are its JSON.

mod about;
mod address;
mod card;
mod credit;
mod customer;
mod decimal;
mod routes;
mod schema;
mod words;

#[cfg(test)]
mod tests;

pub use credit::{CreditTransaction, credit_transactions};
pub use customer::{Customer, QueryResult, Source};
pub use words::CUSTOMER_WORDS;

pub(crate) use routes::DIALECT;
