//! Answer: what goes back to the caller, as a value.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use axum::http::{Response, StatusCode};
use serde::Serialize;

use super::failure::{Failure, Outcome};

/// The type of every document that is not an error.
pub(crate) const JSON: &str = "application/json";

/// The status, the type and the body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    /// Names the state that the body shows, for the header `ETag`.
    pub(crate) etag: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A document with its tag.
    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Outcome<Self> {
        let body =
            serde_json::to_vec(document).map_err(|error| Failure::Fault(error.to_string()))?;
        let etag = Some(etag(&body));
        Ok(Self { status, content_type: JSON, etag, body })
    }

    /// A document with 200.
    pub(crate) fn ok(document: &impl Serialize) -> Outcome<Self> {
        Self::json(StatusCode::OK, document)
    }

    /// The answer as the protocol has it.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
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
