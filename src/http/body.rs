//! Body: what a request may bring along: how much of it, in which type, and packed or not.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::get_frame_content_size;

use super::answer::JSON;
use super::door::Door;
use super::exchange::{RETRY_SECONDS, Received};
use super::failure::{Failure, Outcome};
use super::{BODY_BYTES_MAX, BODY_WAIT, ZSTD_WINDOW_LOG_MAX};

/// Room for what is unpacked grows from this many bytes.
const UNPACKED_BYTES_MIN: usize = 64 << 10;

/// Which bodies a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepts {
    /// What a body may be announced as; an empty one needs no announcement. `application/json` stands
    /// for every type that ends with `+json` as well.
    pub(crate) media_types: &'static [&'static str],
    /// As many bytes as may be sent, packed or not.
    pub(crate) bytes_max: usize,
    /// Whether `Content-Encoding: zstd` is taken, and how many bytes it may hide. A route unpacks only
    /// where it works apart.
    pub(crate) unpacked_bytes_max: Option<usize>,
}

impl Accepts {
    /// A document, as it is.
    pub(crate) const JSON: Self =
        Self { media_types: &[JSON], bytes_max: BODY_BYTES_MAX, unpacked_bytes_max: None };

    /// Whether a body comes packed. An encoding that is not taken is refused.
    fn is_packed(&self, parts: &Parts) -> Outcome<bool> {
        let is = |encoding: &HeaderValue, name: &str| {
            encoding.as_bytes().eq_ignore_ascii_case(name.as_bytes())
        };
        let all = parts.headers.get_all(CONTENT_ENCODING).iter();
        let mut encodings = all.filter(|encoding| !is(encoding, "identity"));
        match (encodings.next(), encodings.next()) {
            (None, _) => Ok(false),
            (Some(one), None) if self.unpacked_bytes_max.is_some() && is(one, "zstd") => Ok(true),
            _ => Err(Failure::WrongEncoding { takes_zstd: self.unpacked_bytes_max.is_some() }),
        }
    }

    /// Refuses a body that is announced as something else; none at all needs no type.
    pub(crate) fn check_type(&self, received: &Received) -> Outcome<()> {
        let headers = &received.parts.headers;
        let is_typed = headers.contains_key(CONTENT_TYPE)
            && headers.get_all(CONTENT_TYPE).iter().all(|sent| self.takes(sent));
        if is_typed || received.body.is_empty() {
            Ok(())
        } else {
            Err(Failure::WrongType(self.media_types))
        }
    }

    fn takes(&self, sent: &HeaderValue) -> bool {
        let text = sent.to_str().unwrap_or_default().to_ascii_lowercase();
        let essence = text.split(';').next().unwrap_or_default().trim();
        let is_json = essence.starts_with("application/") && essence.ends_with("+json");
        self.media_types.iter().any(|taken| *taken == essence || (*taken == JSON && is_json))
    }
}

/// Reads a body up to its limit, as long as it keeps coming.
pub(crate) async fn read(
    door: &Door,
    received: &mut Received,
    body: &mut Body,
    accepts: &Accepts,
) -> Outcome<()> {
    accepts.is_packed(&received.parts)?;
    let (max, announced) = (accepts.bytes_max, body.size_hint());
    // What is announced as too long is not waited for.
    if announced.lower() > max as u64 {
        return Err(Failure::BodyTooLarge(max));
    }
    let may_be_long = announced.upper().is_none_or(|most| most > BODY_BYTES_MAX as u64);
    if may_be_long && max > BODY_BYTES_MAX {
        let permit = Arc::clone(&door.long_bodies).try_acquire_owned();
        received.room = Some(permit.map_err(|_| Failure::Overloaded(RETRY_SECONDS))?);
    }
    let whole = timeout(BODY_WAIT, Limited::new(body, max).collect()).await;
    received.body = match whole.map_err(|_| Failure::BodyTooSlow)? {
        Ok(whole) => whole.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Failure::BodyTooLarge(max)),
        Err(_) => return Err(Failure::of_body("body", "did not arrive whole")),
    };
    Ok(())
}

/// The body as its sender meant it. To unpack one takes its time, which the threads that read
/// requests do not have.
pub(crate) fn unpacked<'a>(received: &'a Received, accepts: &Accepts) -> Outcome<Cow<'a, [u8]>> {
    match accepts.unpacked_bytes_max {
        Some(max) if accepts.is_packed(&received.parts)? => Ok(unpack(&received.body, max)?.into()),
        _ => Ok(Cow::Borrowed(&received.body)),
    }
}

/// Unpacks the frames of `packed`, one after the other, to `max` bytes together. Whatever they say of
/// themselves, this holds no more than that, one byte and a window of [`ZSTD_WINDOW_LOG_MAX`].
fn unpack(packed: &[u8], max: usize) -> Outcome<Vec<u8>> {
    // A length that the first frame admits is believed when it is too large, and never trusted.
    if matches!(get_frame_content_size(packed), Ok(Some(length)) if length > max as u64) {
        return Err(Failure::BodyTooLarge(max));
    }
    let fault = |error: std::io::Error| Failure::Fault(error.to_string());
    let mut decoder = Decoder::with_buffer(packed).map_err(fault)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(fault)?;
    let (mut unpacked, mut n_bytes) = (Vec::new(), 0);
    loop {
        if n_bytes == unpacked.len() {
            // One byte beyond the limit tells that there are more.
            let room = (2 * n_bytes).max(UNPACKED_BYTES_MIN).min(max + 1);
            unpacked.reserve_exact(room - n_bytes);
            unpacked.resize(room, 0);
        }
        match decoder.read(&mut unpacked[n_bytes..]) {
            Ok(0) => break,
            Ok(n) => n_bytes += n,
            Err(_) => return Err(Failure::of_body("body", broken_frames())),
        }
        if n_bytes > max {
            return Err(Failure::BodyTooLarge(max));
        }
    }
    unpacked.truncate(n_bytes);
    Ok(unpacked)
}

/// What is said of frames that end too soon, have been changed, or want too much memory.
fn broken_frames() -> String {
    let window = 1_u64 << ZSTD_WINDOW_LOG_MAX;
    format!("must be whole frames of zstd, with windows of at most {window} bytes")
}

#[cfg(test)]
pub(super) mod tests;
