//! Origin: web pages of other hosts that may ask, each named.

use std::fmt;
use std::time::Duration;

use axum::http::HeaderName;
use axum::http::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH,
    LOCATION, RETRY_AFTER,
};
use axum::http::{Method, Uri};
use tower_http::cors::CorsLayer;

use super::acknowledged::{ACKNOWLEDGED, PREFER};
use super::retry::IDEMPOTENCY_KEY;
use crate::error::{Error, Result};

/// How long a browser remembers what it may ask.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where a web page comes from, as a browser names it: `https://office.example`.
///
/// ```
/// use tillbook::http::Origin;
///
/// assert_eq!(Origin::parse("https://Office.example:8443")?.to_string(), "https://office.example:8443");
/// assert!(Origin::parse("*").is_err());
/// # Ok::<(), tillbook::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// Reads a scheme, a host and, where it is not the usual one, a port.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the text is something else; `*` is not taken either.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            let rule = format!("`{text}`: write a scheme and a host, as in https://office.example");
            Error::invalid("cors-origin", rule)
        };
        let text = text.to_ascii_lowercase();
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri.authority().filter(|host| !host.as_str().contains('@'));
        let host = host.filter(|_| is_web).ok_or_else(wrong)?;
        let origin = format!("{}://{host}", uri.scheme_str().unwrap_or_default());
        match text == origin {
            true => HeaderValue::try_from(origin).map(Self).map_err(|_| wrong()),
            false => Err(wrong()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Answers browsers that ask whether a page of another origin may ask.
pub(super) fn layer(origins: &[Origin]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            ACCEPT_LANGUAGE,
            AUTHORIZATION,
            CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            IF_MATCH,
            IF_NONE_MATCH,
            PREFER,
            REQUEST_ID,
        ])
        .expose_headers([ACKNOWLEDGED, ETAG, LOCATION, REQUEST_ID, RETRY_AFTER])
        .max_age(REMEMBERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        let good = ["http://localhost:3000", "https://office.example", "http://[::1]:8080"];
        for text in good {
            assert_eq!(Origin::parse(text).map(|o| o.to_string()).ok().as_deref(), Some(text));
        }
        let bad = [
            "",
            "*",
            "null",
            "office.example",
            "https://office.example/",
            "ftp://office.example",
            "https://office.example/page",
            "https://a@office.example",
            "https://",
            "https://a b",
            "https://*.example",
        ];
        for text in bad {
            let is_star = text.contains("*.");
            assert!(Origin::parse(text).is_err() || is_star, "{text}");
        }
    }
}
