//! Tillbook: the embedded, offline-first customer store for points of sale.

pub mod money;

pub mod id;

pub mod fold;
