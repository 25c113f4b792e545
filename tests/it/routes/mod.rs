//! The door's routes, asked over a socket.

mod openapi;
mod served;
mod status;
