//! The door's routes, asked over a socket.

mod acknowledged;
mod bad_auth;
mod bad_body;
mod bad_path;
mod bad_query;
mod contract;
mod docs;
mod list;
mod openapi;
mod refusal;
mod served;
mod status;
mod sync_door;
mod synctera;
