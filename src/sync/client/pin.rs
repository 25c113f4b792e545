//! Pin: by which the parent is known when neither dates nor names can be trusted.

use std::fmt;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// How a pin begins.
const SHA256: &str = "sha256/";

/// The SHA-256 of a public key, as it stands in a certificate (its SubjectPublicKeyInfo).
///
/// It stays the same when the certificate is renewed with the same key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of a certificate, given in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`]: this is no certificate.
    pub fn of(certificate: &[u8]) -> Result<Self> {
        let certificate = CertificateDer::from(certificate);
        let parsed = ParsedCertificate::try_from(&certificate)
            .map_err(|error| Error::invalid("certificate", format!("cannot be read: {error}")))?;
        Ok(Self(Sha256::digest(parsed.subject_public_key_info()).into()))
    }

    /// The pin of the first certificate in a file of PEM, which is the server's own.
    ///
    /// # Errors
    ///
    /// The file cannot be read or holds no certificate; the message names the file.
    pub fn of_file(certificates: &Path) -> io::Result<Self> {
        let wrong = |why: &dyn fmt::Display| {
            let text = format!("{}: {why}", certificates.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let own = CertificateDer::from_pem_file(certificates).map_err(|error| wrong(&error))?;
        Self::of(&own).map_err(|error| wrong(&error))
    }

    /// Reads what `Display` writes: `sha256/` and 44 characters of base64.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`]: the text is another one.
    pub fn parse(text: &str) -> Result<Self> {
        let hash = text.strip_prefix(SHA256).and_then(|hash| BASE64_STANDARD.decode(hash).ok());
        let hash = hash.and_then(|hash| hash.try_into().ok());
        hash.map(Self).ok_or_else(|| {
            Error::invalid("pin", format!("must be `{SHA256}` and 44 characters of base64"))
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SHA256}{}", BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_as_it_is_written() {
        let pin = Pin([7; 32]);
        let text = pin.to_string();
        assert_eq!(text, "sha256/BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        assert_eq!(Pin::parse(&text).ok(), Some(pin));
        let short = text.replace("BwcH", "");
        let unpadded = text.trim_end_matches('=');
        for wrong in
            ["", "sha256/", &text[7..], unpadded, &short, &format!("{text}\n"), "sha1/Bw=="]
        {
            assert!(Pin::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Pin::of(b"no certificate").is_err());
    }
}
