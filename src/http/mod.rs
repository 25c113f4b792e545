//! HTTP: the dialects, each with its words and its JSON; how a caller signs in.
//!
//! A dialect is a translation at the door: the rooms above know nothing of it.

pub mod attempts;
pub mod nws4;
pub mod portos;
