//! Gate: who asks. A bearer key, or a signature (portos.md section 7).

use std::sync::PoisonError;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, HeaderValue};

use super::body::{self, Accepts};
use super::door::Door;
use super::exchange::{Peer, Received};
use super::failure::{Failure, Outcome};
use super::nws4;
use crate::access::Key;

/// The ways to sign in, as the header `WWW-Authenticate` offers them.
pub(crate) const CHALLENGES: [&str; 2] = [
    "Bearer realm=\"tillbook\", charset=\"UTF-8\"",
    "NWS4-HMAC-SHA256 realm=\"tillbook\", charset=\"UTF-8\"",
];

const NO_KEY: &str = "the header Authorization is missing";
const TWO_KEYS: &str = "the header Authorization is given twice";
const NO_SCHEME: &str = "the header Authorization must be `Bearer KEY` or a signature of NWS4";
pub(crate) const UNKNOWN: &str = "the key is unknown or was revoked";

/// Finds out who asks and notes it, and tells whether the body was read for that: a signature covers
/// it.
pub(crate) async fn sign_in(
    door: &Door,
    received: &mut Received,
    body: &mut Body,
    accepts: &Accepts,
) -> Outcome<bool> {
    let peer = received.parts.extensions.get::<Peer>().copied();
    let address = peer.map(|Peer(address)| address);
    if let Some(address) = address {
        let mut attempts = door.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seconds) = attempts.seconds_to_wait(address, door.store.now()) {
            return Err(Failure::TooManyAttempts(seconds));
        }
    }
    let done = identify(door, received, body, accepts).await;
    if let (Err(Failure::Unauthenticated(_)), Some(address)) = (&done, address) {
        let mut attempts = door.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.note_failed(address, door.store.now());
    }
    let (key, is_read) = done?;
    received.key = Some(key);
    Ok(is_read)
}

async fn identify(
    door: &Door,
    received: &mut Received,
    body: &mut Body,
    accepts: &Accepts,
) -> Outcome<(Key, bool)> {
    let mut sent = received.parts.headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (sent.next(), sent.next());
    let first = first.ok_or(Failure::Unauthenticated(NO_KEY))?;
    if second.is_some() {
        return Err(Failure::Unauthenticated(TWO_KEYS));
    }
    match scheme(first) {
        Some(("bearer", text)) => {
            let key = door.store.sign_in(text)?;
            Ok((key.ok_or(Failure::Unauthenticated(UNKNOWN))?, false))
        }
        Some((nws4::SCHEME, _)) => {
            body::read(door, received, body, accepts).await?;
            Ok((verify(door, received)?, true))
        }
        _ => Err(Failure::Unauthenticated(NO_SCHEME)),
    }
}

fn scheme(header: &HeaderValue) -> Option<(&'static str, &str)> {
    let (scheme, text) = header.to_str().ok()?.split_once(' ')?;
    let known =
        ["bearer", nws4::SCHEME].into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
    Some((known?, text.trim()))
}

/// Whoever signed the request.
fn verify(door: &Door, received: &Received) -> Outcome<Key> {
    let parts = &received.parts;
    let headers: Option<Vec<(&str, &str)>> = parts
        .headers
        .iter()
        .map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let headers = headers.ok_or(Failure::Unauthenticated("a header is no text"))?;
    let request = nws4::Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &received.body,
        trusts_forwarded_host: door.settings.is_forwarded,
    };
    let store = &door.store;
    // Whoever signs goes by the clock of a machine in the shop, often of this one.
    let verdict = nws4::verify(&request, store.machine_now(), |id| store.find_nws4_key(id))?;
    verdict.map_err(|refusal| {
        tracing::debug!(request_id = received.request_id, %refusal, "a signature was refused");
        Failure::Unauthenticated("the signature is not valid now")
    })
}
