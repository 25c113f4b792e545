//! Portos: the customers of the PORTOS cash-register system, its contract in portos.md.
//!
//! [`CUSTOMER_WORDS`] reads its queries; [`Customer`] and [`QueryResult`] are its JSON.

mod address;
mod body;
mod card;
mod credit;
mod customer;
mod decimal;
mod language;
mod place;
mod read;
mod refusal;
mod routes;
mod slovak;
mod words;
mod write;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trial;

pub use credit::{CreditTransaction, credit_transactions};
pub use customer::{Customer, QueryResult, Source};
pub use words::CUSTOMER_WORDS;

pub(crate) use routes::DIALECT;
