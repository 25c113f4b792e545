//! HTTP: the dialects, each with its words and its JSON.
//!
//! A dialect is a translation at the door: the rooms above know nothing of it.

mod answer;
mod call;
mod failure;
mod json;
pub mod portos;
mod route;
