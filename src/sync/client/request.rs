//! Request: what the parent is asked, what it says, and the bytes of the former.

use std::time::Duration;

use super::place::Place;
use crate::error::{Error, Result};

/// A body of at least this many bytes is packed.
pub const PACKED_BYTES_MIN: usize = 1024;
/// Of zstd's levels the one that is nearly as good as the slow ones and costs a till nothing.
const ZSTD_LEVEL: i32 = 3;

/// One question to the parent.
///
/// It may arrive twice: when a kept connection turns out to be closed, it is asked again on a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    method: &'static str,
    path: &'a str,
    content_type: Option<&'a str>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Asks for what is at `path`, which may have a query.
    pub fn get(path: &'a str) -> Self {
        Self { method: "GET", path, content_type: None, body: &[] }
    }

    /// Sends `body`, packed when that is worth it.
    pub fn post(path: &'a str, content_type: &'a str, body: &'a [u8]) -> Self {
        Self { method: "POST", path, content_type: Some(content_type), body }
    }

    /// The bytes of a request.
    pub(super) fn write(&self, place: &Place, key: &str) -> Result<Vec<u8>> {
        let Request { method, path, content_type, body } = self;
        let (target, host) = (place.target(path)?, &place.authority);
        let mut head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nUser-Agent: tillbook/{}\r\nAccept-Encoding: zstd\r\n",
            env!("CARGO_PKG_VERSION")
        );
        if let Some(content_type) = content_type {
            if !content_type.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
                return Err(Error::invalid("content_type", "must be visible ASCII"));
            }
            head.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
        let packed = match body.len() >= PACKED_BYTES_MIN {
            true => {
                head.push_str("Content-Encoding: zstd\r\n");
                Some(zstd::bulk::compress(body, ZSTD_LEVEL)?)
            }
            false => None,
        };
        let body = packed.as_deref().unwrap_or(body);
        if *method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        Ok([head.as_bytes(), body].concat())
    }
}

/// What the parent has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status, 200 or more.
    pub status: u16,
    /// How long the parent asks to be left alone.
    pub retry_after: Option<Duration>,
    /// All headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, which is written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}
