//! Tillbook: the embedded, offline-first customer store for points of sale.

// The rooms, in reading order. A room uses only rooms above it; a test holds this.

pub mod money;

pub mod id;

pub mod time;

pub mod clock;

pub mod fold;

pub mod query;
