//! Tillbook: the embedded, offline-first customer store for points of sale.
pub mod clock;
pub mod id;
pub mod time;
