//! HTTP: the door on the shop's network, and the dialects that are spoken there.
//!
//! A dialect is a translation at the door: the rooms above know nothing of it. A request's way is
//! `listen` (sockets, TLS) - `door` (which route) - `exchange` (who, may they, read, run, answer) -
//! the dialect's handler, a plain function from a `Call` to an `Answer`.

use std::time::Duration;

mod answer;
pub mod attempts;
mod call;
mod docs;
mod door;
mod exchange;
mod failure;
mod gate;
mod listen;
mod meters;
pub mod nws4;
mod openapi;
pub mod portos;
mod problem;
mod retry;
mod route;
mod server;
mod status;

pub use listen::Tls;
pub use server::{Server, ServerOptions};

/// A body has at most this many bytes: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Path and query have at most this many bytes: 8 KiB.
pub const TARGET_BYTES_MAX: usize = 8 << 10;
/// All headers together have at most this many bytes: 32 KiB.
pub const HEADERS_BYTES_MAX: usize = 32 << 10;
/// A request has at most this many headers.
pub const HEADERS_MAX: usize = 100;
/// The header `X-Request-Id` is taken over when it has at most this many characters.
pub const REQUEST_ID_CHARS_MAX: usize = 64;
/// So many connections are open at once; one more is told to come back.
pub const CONNECTIONS_MAX: usize = 256;
/// So many writes wait for their commit at once.
pub const WRITES_MAX: usize = 128;
/// So many looks at many rows run at once.
pub const LISTS_MAX: usize = 16;
/// With less room on the disk than this the door is not ready: 64 MiB.
pub const DISK_FREE_BYTES_MIN: u64 = 64 << 20;
/// How long a connection may take to send the headers of its next request.
pub const HEADERS_WAIT: Duration = Duration::from_secs(30);
/// How long a body may take to arrive.
pub const BODY_WAIT: Duration = Duration::from_secs(30);
/// How long a caller waits for an answer before it is told to come back.
pub const WORK_WAIT: Duration = Duration::from_secs(30);
/// How long a client may take to agree on TLS.
pub const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// How long requests that run may take to end when the door is closed.
pub const CLOSE_WAIT: Duration = Duration::from_secs(10);
