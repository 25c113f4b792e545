//! Call: a request as its handler sees it: who asks, and for what.

use axum::http::HeaderMap;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::uri::Authority;

use super::answer::Answer;
use super::door::Door;
use super::failure::{Failure, Outcome};
use super::gate;
use crate::access::{Key, Right};
use crate::store::{Store, Tx};

/// A request that was read, signed and found its route.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// Whom it is about.
    pub(crate) store: &'a Store,
    /// At which door it was made.
    pub(crate) door: &'a Door,
    /// Who asks; `None` on the few routes that are open to everybody.
    pub(crate) key: Option<&'a Key>,
    /// The path, as it was sent.
    pub(crate) target: &'a str,
    /// The captured parts of the path, decoded.
    pub(crate) path: &'a [(String, String)],
    /// What follows `?`, as it was sent.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// The part of the path that the route calls `name`.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Refuses unless the caller has `right`.
    pub(crate) fn require(&self, right: Right) -> Outcome<()> {
        match self.key {
            Some(key) if key.rights.has(right) => Ok(()),
            _ => Err(Failure::Forbidden(right)),
        }
    }

    /// Refuses a key that was revoked while the body was on its way, or while the writer was at work.
    pub(crate) fn check_key(&self, tx: &Tx<'_>) -> Outcome<()> {
        match self.key {
            Some(key) if !tx.is_key_in_use(&key.id)? => {
                Err(Failure::Unauthenticated(gate::UNKNOWN))
            }
            _ => Ok(()),
        }
    }

    /// Who is written down as the author of a movement of credit.
    pub(crate) fn actor(&self) -> Option<String> {
        self.key.map(|key| key.name.clone())
    }

    /// A header as text.
    pub(crate) fn header(&self, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How and under which name the door was reached, `https://shop:4000`; `None` where the request
    /// names no host. What a proxy says of it goes first where one is believed.
    pub(crate) fn origin(&self) -> Option<String> {
        let settings = &self.door.settings;
        let single = |name: &str| match self.headers.get_all(name).iter().count() {
            1 => self.header(name),
            _ => None,
        };
        let forwarded = |name: &str| single(name).filter(|_| settings.is_forwarded);
        let own = if settings.is_tls { "https" } else { "http" };
        let proto = forwarded("x-forwarded-proto").unwrap_or(own);
        let scheme = ["http", "https"].into_iter().find(|known| known.eq_ignore_ascii_case(proto));
        let host = forwarded("x-forwarded-host").or_else(|| single("host"))?;
        let host: Authority = host.parse().ok().filter(|_| !host.contains('@'))?;
        Some(format!("{}://{host}", scheme.unwrap_or(own)))
    }

    /// Compares `If-Match` and `If-None-Match` with the state as it stands, `None` where there is
    /// nothing. Only for writes; [`Call::unless_known`] is for reads.
    pub(crate) fn precondition(&self, now: Option<&Answer>) -> Outcome<()> {
        let tag = now.and_then(|answer| answer.etag.as_deref());
        // Several lines of a header are one list.
        let names = |header| self.headers.get_all(header).iter().any(|list| lists(list, tag));
        let holds =
            (!self.headers.contains_key(IF_MATCH) || names(IF_MATCH)) && !names(IF_NONE_MATCH);
        if holds { Ok(()) } else { Err(Failure::PreconditionFailed) }
    }

    /// Whether the request names a state at all, so that the present one must be read.
    pub(crate) fn has_precondition(&self) -> bool {
        self.headers.contains_key(IF_MATCH) || self.headers.contains_key(IF_NONE_MATCH)
    }

    /// The answer, or 304 where the caller has it already.
    pub(crate) fn unless_known(&self, answer: Answer) -> Answer {
        let tag = answer.etag.as_deref();
        match self.headers.get_all(IF_NONE_MATCH).iter().any(|list| lists(list, tag)) {
            true => {
                Answer { status: axum::http::StatusCode::NOT_MODIFIED, body: Vec::new(), ..answer }
            }
            false => answer,
        }
    }
}

/// Whether a list of tags has `tag`; `*` is any state there is.
fn lists(list: &axum::http::HeaderValue, tag: Option<&str>) -> bool {
    let Some(tag) = tag else { return false };
    let Ok(list) = list.to_str() else { return false };
    list.split(',').map(str::trim).any(|one| {
        // What a compression on the way has marked as weak is still the same state.
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}
