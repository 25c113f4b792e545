//! HTTP: the door on the shop's network, and the dialects that are spoken there.
//!
//! A dialect is a translation at the door: the rooms above know nothing of it. A request's way is
//! `listen` (sockets, TLS) - `door` (which route) - `exchange` (who, may they, read, run, answer) -
//! the dialect's handler, a plain function from a `Call` to an `Answer`.
//!
//! [`Server`] serves a store from inside any program:
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::sync::Arc;
//! use tillbook::http::{Server, ServerOptions};
//! use tillbook::{Customer, KeyKind, Rights, Store};
//!
//! let store = Arc::new(Store::open_in_memory()?);
//! let ada = store.create_customer(&Customer::new(store.stamp()))?;
//! let key = store.add_key("office", Rights::NONE, KeyKind::Bearer)?;
//!
//! let runtime = tokio::runtime::Runtime::new()?;
//! let options = ServerOptions::at(([127, 0, 0, 1], 0).into());
//! let server = runtime.block_on(Server::bind(Arc::clone(&store), options))?;
//! let address = server.local_addr()?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let running = runtime.spawn(server.run(async { drop(stopped.await) }));
//!
//! let (id, key) = (&ada.id, key.text());
//! let mut client = TcpStream::connect(address)?;
//! write!(client, "GET /customers/{id} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n")?;
//! write!(client, "Authorization: Bearer {key}\r\n\r\n")?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
//! assert!(answer.contains(id.as_str()));
//!
//! drop(stop); // requests that run come to their end
//! runtime.block_on(running)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

mod acknowledged;
mod answer;
pub mod attempts;
mod backlog;
mod body;
mod call;
mod docs;
mod door;
mod exchange;
mod failure;
mod gate;
mod json;
mod listen;
mod meters;
mod mounts;
pub mod nws4;
mod openapi;
mod origin;
mod pace;
pub mod portos;
mod problem;
mod queue;
mod retry;
mod route;
mod seats;
mod server;
mod status;
mod sync;
mod synctera;
mod tls;
pub mod tratta;
#[cfg(test)]
mod trial;
mod write_wait;

pub use mounts::{BASE_BYTES_MAX, Mounts};
pub use origin::Origin;
pub use pace::{REQUESTS_AT_ONCE_MAX, REQUESTS_PER_SECOND_MAX};
pub use server::{Limits, Server, ServerOptions};
pub use tls::Tls;

/// A body has at most this many bytes: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// A body of the routes of sync has at most this many bytes, as it is sent and unpacked: 8 MiB.
pub const SYNC_BODY_BYTES_MAX: usize = 8 << 20;
/// A bulk has at most this many bytes: 8 MiB.
pub const BULK_BODY_BYTES_MAX: usize = 8 << 20;
/// A body in zstd may look back over two to the power of this many bytes, 8 MiB, which is as much as
/// RFC 9659 has anybody keep for it. A frame that wants more is refused before it gets any.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// So many bodies that may be longer than [`BODY_BYTES_MAX`] are in memory at once.
pub const LONG_BODIES_MAX: usize = 32;
/// A part of a snapshot has at most this many bytes: 4 MiB.
pub const PART_BYTES_MAX: usize = 4 << 20;
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
/// So many pushes of other nodes are taken in at once.
pub const PUSHES_MAX: usize = 16;
/// So many pulls of other nodes are answered at once: fewer, because what a till has sold goes before
/// what it wants to know.
pub const PULLS_MAX: usize = 4;
/// An answer of more bytes than this is packed where the caller takes gzip or zstd: 4 KiB. To pack a
/// single customer takes longer than everything else about the answer, and hardly saves a packet.
pub const PACKED_BYTES_MIN: u64 = 4 << 10;
/// With less room on the disk than this the door is not ready: 64 MiB.
pub const DISK_FREE_BYTES_MIN: u64 = 64 << 20;
/// How long a connection may take to send the headers of its next request.
pub const HEADERS_WAIT: Duration = Duration::from_secs(30);
/// How long a body may take to arrive.
pub const BODY_WAIT: Duration = Duration::from_secs(30);
/// How long a caller waits for an answer before it is told to come back.
pub const WORK_WAIT: Duration = Duration::from_secs(30);
/// How long the answer to a write waits at most for it to come as far as its caller prefers.
pub const ACKNOWLEDGED_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a client may read nothing of its answer.
pub const WRITE_WAIT: Duration = Duration::from_secs(30);
/// How long a client may take to agree on TLS.
pub const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// How long requests that run may take to end when the door is closed.
pub const CLOSE_WAIT: Duration = Duration::from_secs(10);
