//! Answer: what goes back to the caller, as a value.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use axum::http::{Response, StatusCode};
use serde::Serialize;

use super::PART_BYTES_MAX;
use super::failure::{Failure, Outcome};
use crate::id::CustomerId;

/// The type of every document that is not an error.
pub(crate) const JSON: &str = "application/json";

/// The type of documents that stand below each other, one a line.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// The type of bytes that are no text.
pub(crate) const OCTETS: &str = "application/octet-stream";

/// The status, the type and the body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Cow<'static, str>,
    /// Names the state that the body shows, for the header `ETag`.
    pub(crate) etag: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Whom the body tells of, so that nothing of them is remembered once they are erased.
    pub(crate) about: Vec<CustomerId>,
}

impl Answer {
    /// A document with its tag.
    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Outcome<Self> {
        let body =
            serde_json::to_vec(document).map_err(|error| Failure::Fault(error.to_string()))?;
        let etag = Some(etag(&body));
        Ok(Self { status, content_type: JSON.into(), etag, body, about: Vec::new() })
    }

    /// A document with 200.
    pub(crate) fn ok(document: &impl Serialize) -> Outcome<Self> {
        Self::json(StatusCode::OK, document)
    }

    /// 204, which says that it is done and nothing more.
    pub(crate) fn empty() -> Self {
        let (body, about) = (Vec::new(), Vec::new());
        Self { status: StatusCode::NO_CONTENT, content_type: JSON.into(), etag: None, body, about }
    }

    /// A text with 200 and its tag.
    pub(crate) fn tagged(content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: content_type.into(),
            etag: Some(etag(&body)),
            body,
            about: Vec::new(),
        }
    }

    /// Documents one a line, with 200.
    pub(crate) fn ndjson(body: Vec<u8>) -> Self {
        let about = Vec::new();
        Self { status: StatusCode::OK, content_type: NDJSON.into(), etag: None, body, about }
    }

    /// Bytes with 200, at most [`PART_BYTES_MAX`] of them.
    pub(crate) fn octets(body: Vec<u8>) -> Outcome<Self> {
        if body.len() > PART_BYTES_MAX {
            return Err(Failure::Fault(format!("a part has more than {PART_BYTES_MAX} bytes")));
        }
        Ok(Self { content_type: OCTETS.into(), ..Self::ndjson(body) })
    }

    /// The same about these customers.
    pub(crate) fn about(self, about: impl IntoIterator<Item = CustomerId>) -> Self {
        Self { about: about.into_iter().collect(), ..self }
    }

    /// The answer as the protocol has it.
    pub(crate) fn into_response(self) -> Response<Body> {
        let is_typed = !self.body.is_empty();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let typed = HeaderValue::try_from(self.content_type.as_ref());
        if let (true, Ok(typed)) = (is_typed, typed) {
            headers.insert(CONTENT_TYPE, typed);
        }
        if let Some(etag) = self.etag.and_then(|etag| HeaderValue::try_from(etag).ok()) {
            headers.insert(ETAG, etag);
        }
        response
    }
}

/// The tag of a body: 128 bits of its hash, in quotes.
fn etag(body: &[u8]) -> String {
    let hash = blake3::hash(body).to_hex();
    format!("\"{}\"", &hash[..32])
}
