//! TLS: by which proofs the parent is believed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use super::error::LinkError;
use super::pin::Pin;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// What a handshake asks of the parent: the pinned key, or a certificate that is valid now, for this
/// name, from an authority that is known.
pub(super) fn config(
    pin: Option<Pin>,
    authorities: Option<&Path>,
    clock: Arc<dyn Clock>,
) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_details(Arc::clone(&provider), Arc::new(Time(clock)))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::invalid("TLS", error))?;
    let mut config = match pin {
        Some(pin) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { pin, provider }))
            .with_no_client_auth(),
        None => builder.with_root_certificates(roots(authorities)?).with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Whoever answers proves at every connection that the key is theirs.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The authorities that browsers trust, and those in the file.
fn roots(authorities: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let Some(path) = authorities else { return Ok(roots) };
    let wrong =
        |why: String| Error::invalid("authorities", format!("in {}: {why}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in PEM".to_owned()));
    }
    for certificate in certificates {
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(roots)
}

/// Believes whoever proves to have the pinned key, whatever the certificate says besides.
///
/// Dates are left out on purpose: a till whose clock has lost its battery thinks that no certificate
/// is valid yet, and only the parent could tell it the time.
#[derive(Debug)]
struct Pinned {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let found =
            Pin::of(certificate).map_err(|error| rustls::Error::General(error.to_string()))?;
        if found != self.pin {
            let mismatch = LinkError::PinMismatch { expected: self.pin, found };
            return Err(rustls::Error::Other(OtherError(Arc::new(mismatch))));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The clock that was handed in, as rustls asks it.
#[derive(Debug)]
struct Time(Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        // A clock before 1970 is as wrong as one that stands there, and must not end a handshake in
        // which no date counts.
        let ms = u64::try_from(self.0.now().ms()).unwrap_or_default();
        Some(UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}
