//! The way to the parent, over real sockets of this machine.

mod answer;
mod parent;
mod plain;
mod tls;
