//! What can go wrong on the way to the parent and back.

use std::io;
use std::time::Duration;

use super::pin::Pin;
use crate::error::Error;

/// Why a request has brought no answer.
///
/// An answer that refuses, such as 401 or 503, is no error here but a
/// [`Response`](super::Response).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// An option or a request breaks a rule; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] Error),
    /// The parent is another machine and TLS is not asked for; nothing was sent.
    #[error(
        "{0} is another machine, and without TLS whoever is on the network can read the key and \
         the customers; write https://, or allow plain http by name"
    )]
    PlainHttp(String),
    /// The name has no address.
    #[error("{host} has no address: {why}")]
    Resolve {
        /// The name in the URL.
        host: String,
        /// What the system says.
        why: String,
    },
    /// Nobody answers at the address.
    #[error("{address} cannot be reached: {why}")]
    Connect {
        /// Name and port.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The parent does not prove who it is, or speaks no TLS that is known here.
    #[error("no TLS: {why}")]
    Tls {
        /// What is wrong.
        why: String,
    },
    /// The parent has another key than the one that was pinned: either it was given a new one, or
    /// this is not the parent.
    #[error(
        "{expected} is the pinned key of the parent, but {found} is the key of who answers; \
         pin the latter only if the parent itself says that this is its new one"
    )]
    PinMismatch {
        /// The pin in the options.
        expected: Pin,
        /// The pin of the certificate that was shown.
        found: Pin,
    },
    /// Nothing went forward for so long. Whether the parent took the request is unknown.
    #[error("the parent is silent or too slow: no end after {} s", .0.as_secs())]
    Timeout(Duration),
    /// The connection was lost before the answer was whole. Whether the parent took the request is
    /// unknown.
    #[error("the connection was lost before the answer was whole: {0}")]
    Broken(String),
    /// The answer is larger than a request may bring.
    #[error("the answer has more than {0} bytes")]
    TooLarge(u64),
    /// What came is not an answer of HTTP that is known here.
    #[error("the answer cannot be read: {0}")]
    Protocol(String),
    /// [`Link::interrupt`](super::Link::interrupt) was called.
    #[error("the request was interrupted")]
    Interrupted,
}

impl LinkError {
    /// Whether the same request may succeed later though nobody changes anything on this side.
    ///
    /// A certificate or a key that does not fit counts too, because on a network that asks guests
    /// to sign in first everybody's parent looks wrong for a while; it is tried again, and shown.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::PlainHttp(_) | Self::TooLarge(_) | Self::Interrupted => false,
            Self::Resolve { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::PinMismatch { .. }
            | Self::Timeout(_)
            | Self::Broken(_)
            | Self::Protocol(_) => true,
        }
    }

    /// Takes out of `error` what was put in below TLS or below the unpacking, or says what rustls or
    /// the system has said.
    pub(super) fn from_io(error: io::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return own,
            Err(error) => error,
        };
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => Self::from_tls(tls),
            None => Self::Broken(error.to_string()),
        }
    }

    fn from_tls(error: &rustls::Error) -> Self {
        if let rustls::Error::Other(other) = error
            && let Some(Self::PinMismatch { expected, found }) = other.0.downcast_ref()
        {
            return Self::PinMismatch { expected: *expected, found: *found };
        }
        Self::Tls { why: error.to_string() }
    }

    pub(super) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    pub(super) fn protocol(why: impl ToString) -> Self {
        Self::Protocol(why.to_string())
    }
}
