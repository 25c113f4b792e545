//! Portos: the customers of the PORTOS cash-register system, its contract in portos.md.
//!
//! [`CUSTOMER_WORDS`] reads its queries; [`Customer`] and [`QueryResult`] are its JSON.

mod about;
mod about_ours;
mod address;
mod body;
mod card;
mod card_write;
mod closing;
mod conflict;
mod credit;
mod customer;
mod debt_account;
mod decimal;
mod language;
mod movement;
mod parameters;
mod place;
mod read;
mod refusal;
mod routes;
mod schema;
mod shape;
mod slovak;
mod slovak_state;
mod swipe;
mod till;
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
