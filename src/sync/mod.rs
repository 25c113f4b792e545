//! Sync: how this file and its parent's come to agree.

pub mod client;
