//! NWS4: requests that are signed instead of carrying a key, by the scheme NWS4-HMAC-SHA256.
//!
//! The signature covers the method, the path, the query, the headers it names and the body, and is
//! good for two and a half minutes. Here are values only: [`verify`] knows no connection and no store.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::access::Secret;
use crate::error::Result;
use crate::time::Timestamp;

/// The word that begins the header `Authorization` of a signed request.
pub const SCHEME: &str = "NWS4-HMAC-SHA256";
/// How far the time in a request may be from ours, in milliseconds and either way: half of the window
/// of 300 seconds.
pub const SKEW_MS_MAX: i64 = 150_000;
/// At most this many headers are signed.
pub const SIGNED_HEADERS_MAX: usize = 100;

/// What is not encoded in names and values of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What is not encoded in a path. The colon is kept, as the scheme's own servers have it.
const PLAIN_IN_PATH: &AsciiSet = &PLAIN.remove(b'/').remove(b':');

/// A request as it came over the wire: nothing is decoded. `Debug` shows its method only.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, percent signs and all.
    pub path: &'a str,
    /// What follows `?`; empty when there is none.
    pub query: &'a str,
    /// Every header, `Authorization` among them, in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
    /// Whether `X-Forwarded-Host` stands for `Host`: behind a proxy of one's own only.
    pub trusts_forwarded_host: bool,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({})", self.method)
    }
}

/// Why a request is not what somebody with a key has signed. A caller hears no more than that: this
/// is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is not exactly one header `Authorization` of this scheme.
    #[error("there is no single header Authorization of the scheme")]
    Scheme,
    /// What follows the scheme's name does not read.
    #[error("the header Authorization does not read")]
    Form,
    /// The time is not one, or too far from ours.
    #[error("the time is more than {} seconds from ours", SKEW_MS_MAX / 1000)]
    Time,
    /// A header that is signed is missing or there twice, or `Host` is not among them.
    #[error("a signed header is missing or there twice")]
    Header,
    /// A parameter has text after a second `=`, which the signature does not cover.
    #[error("a parameter of the query has a second `=`")]
    Query,
    /// There is no such key in use.
    #[error("there is no such key")]
    Key,
    /// The signature is another one.
    #[error("the signature is another one")]
    Signature,
}

/// Finds out whose request it is: whatever `find` knows under the public half of a key, such as
/// [`Store::find_nws4_key`](crate::Store::find_nws4_key) does. The inner result is the verdict.
///
/// ```
/// use tillbook::http::nws4::{self, Refusal, Request};
/// use tillbook::Store;
///
/// let store = Store::open_in_memory()?;
/// let request = Request {
///     method: "GET",
///     path: "/customers",
///     query: "$take=10",
///     headers: &[("host", "pos.local:4000"), ("authorization", "Bearer of bad news")],
///     body: b"",
///     trusts_forwarded_host: false,
/// };
/// let verdict = nws4::verify(&request, store.now(), |id| store.find_nws4_key(id))?;
/// assert_eq!(verdict, Err(Refusal::Scheme));
/// # Ok::<(), tillbook::Error>(())
/// ```
///
/// # Errors
///
/// What `find` answers.
pub fn verify<T>(
    request: &Request<'_>,
    now: Timestamp,
    find: impl FnOnce(&str) -> Result<Option<(T, Secret)>>,
) -> Result<Result<T, Refusal>> {
    let (claim, canonical) = match read(request, now) {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let known = find(&claim.credential)?;
    // Of an unknown key, too, a signature is computed, so that the time tells nothing.
    let secret = known.as_ref().map_or("", |(_, secret)| secret.as_str());
    let expected = signature(secret, &claim, &canonical);
    let is_same = bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes()));
    Ok(match known {
        None => Err(Refusal::Key),
        Some(_) if !is_same => Err(Refusal::Signature),
        Some((whose, _)) => Ok(whose),
    })
}

/// What the header `Authorization` says.
struct Claim {
    credential: String,
    /// Names in small letters with `;` between them, as they were signed.
    signed_headers: String,
    timestamp: String,
    signature: String,
}

/// The claim and the text it is about.
fn read(request: &Request<'_>, now: Timestamp) -> Result<(Claim, String), Refusal> {
    let authorization = single(request.headers, "authorization").ok_or(Refusal::Scheme)?;
    let (scheme, rest) = authorization.split_once(' ').ok_or(Refusal::Scheme)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Refusal::Scheme);
    }
    let claim = Claim::parse(rest.trim()).ok_or(Refusal::Form)?;
    let at = Timestamp::parse(&claim.timestamp).map_err(|_| Refusal::Time)?;
    // Another spelling of the same instant would be another text to sign.
    if at.to_string() != claim.timestamp || at.ms().abs_diff(now.ms()) > SKEW_MS_MAX.unsigned_abs()
    {
        return Err(Refusal::Time);
    }
    let canonical = canonical(request, &claim.signed_headers)?;
    Ok((claim, canonical))
}

impl Claim {
    fn parse(text: &str) -> Option<Self> {
        let text = decode(text)?;
        let mut parts = text.split(',');
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let claim = Self {
            credential: part("Credential")?.to_owned(),
            signed_headers: decode(part("SignedHeaders")?)?,
            timestamp: decode(part("Timestamp")?)?,
            signature: part("Signature")?.to_owned(),
        };
        parts.next().is_none().then_some(claim)
    }
}

fn decode(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

/// The request as one text, of which every byte counts.
fn canonical(request: &Request<'_>, signed_headers: &str) -> Result<String, Refusal> {
    let path = match request.path {
        "" => "/",
        path => path,
    };
    let parts = [
        request.method.to_ascii_uppercase(),
        // What is encoded is encoded once more: nothing was decoded.
        utf8_percent_encode(path, PLAIN_IN_PATH).to_string(),
        canonical_query(request.query)?,
        canonical_headers(request, signed_headers)?,
        signed_headers.to_owned(),
        hex(&Sha256::digest(request.body)),
    ];
    Ok(parts.join("\n"))
}

fn canonical_query(query: &str) -> Result<String, Refusal> {
    if query.is_empty() {
        return Ok(String::new());
    }
    let parameter = |piece: &'_ str| {
        let mut parts = piece.splitn(3, '=').map(str::to_owned);
        let (name, value) = (parts.next()?, parts.next().unwrap_or_default());
        parts.next().is_none_or(|rest| rest.is_empty()).then_some((name, value))
    };
    let parameters: Option<Vec<(String, String)>> = query.split('&').map(parameter).collect();
    let mut parameters = parameters.ok_or(Refusal::Query)?;
    // Those of one name stay in their order.
    parameters.sort_by(|one, other| one.0.cmp(&other.0));
    let encoded = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| encoded(name) + "=" + &encoded(value)).collect();
    Ok(pairs.join("&"))
}

/// The lines stand in the order of the names' bytes; in the list of names a signer may order them
/// otherwise.
fn canonical_headers(request: &Request<'_>, signed_headers: &str) -> Result<String, Refusal> {
    let mut names: Vec<&str> = signed_headers.split(';').collect();
    if names.len() > SIGNED_HEADERS_MAX || !names.contains(&"host") {
        return Err(Refusal::Header);
    }
    names.sort_unstable();
    let line = |name: &&str| {
        let forwarded = || single(request.headers, "x-forwarded-host");
        let own = single(request.headers, name)?;
        let value = match *name {
            "host" if request.trusts_forwarded_host => forwarded().unwrap_or(own),
            _ => own,
        };
        Some(format!("{name}:{}", value.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    let lines: Option<Vec<String>> = names.iter().map(line).collect();
    Ok(lines.ok_or(Refusal::Header)?.join("\n"))
}

/// The value of a header that is there once.
fn single<'a>(headers: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let (_, value) = found.next()?;
    found.next().is_none().then_some(*value)
}

fn signature(secret: &str, claim: &Claim, canonical: &str) -> String {
    let Claim { credential, timestamp, .. } = claim;
    let day = timestamp.split('T').next().unwrap_or_default();
    let key = keyed_hash(format!("NWS4{secret}").as_bytes(), day);
    let request = hex(&Sha256::digest(canonical));
    hex(&keyed_hash(&key, &format!("{SCHEME}\n{timestamp}\n{credential}\n{request}")))
}

fn keyed_hash(key: &[u8], text: &str) -> [u8; 32] {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Two small letters or digits a byte.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
