//! Whom the link believes to be the parent.

use std::io;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tempfile::TempDir;
use tillbook::sync::client::{Link, LinkError, LinkOptions, Pin, Request};
use tillbook::{ManualClock, Timestamp};

use super::parent::{Parent, ok, told};

/// 2026-03-01T00:00:00Z.
const NOW_MS: i64 = 1_772_323_200_000;

/// A certificate for `localhost` that vouches for itself, and its key.
struct Shown {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Shown {
    /// Valid between these years.
    fn between(from: i32, to: i32) -> Self {
        Self::with_key(from, to, KeyPair::generate().unwrap())
    }

    fn with_key(from: i32, to: i32, key: KeyPair) -> Self {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let made = params.self_signed(&key).unwrap();
        Self { certificate: made.der().clone(), pem: made.pem(), key }
    }

    fn pin(&self) -> Pin {
        Pin::of(&self.certificate).unwrap()
    }

    fn secret(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.serialize_pem().as_bytes()).unwrap()
    }

    /// A parent that shows this certificate and signs with that key.
    fn signed_by(&self, secret: &PrivateKeyDer<'_>, only_tls12: bool) -> Arc<ServerConfig> {
        let signing = any_supported_type(secret).unwrap();
        let shown = CertifiedKey::new(vec![self.certificate.clone()], signing);
        let versions = if only_tls12 { [&TLS12] } else { [&TLS13] };
        let config = ServerConfig::builder_with_protocol_versions(&versions).with_no_client_auth();
        Arc::new(config.with_cert_resolver(Arc::new(Always(Arc::new(shown)))))
    }

    fn file(&self) -> (TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.pem");
        std::fs::write(&path, &self.pem).unwrap();
        (folder, path)
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Asks at `name` twice and tells both answers and whom the link has met.
fn ask(
    config: Arc<ServerConfig>,
    name: &str,
    at_ms: i64,
    change: impl FnOnce(&mut LinkOptions),
) -> (String, Option<Pin>) {
    let parent = Parent::under_tls(vec![vec![ok("one"), ok("two")]], config);
    let port = parent.address.port();
    let mut options = LinkOptions::to(format!("https://{name}:{port}"), "id.secret");
    options.clock = Arc::new(ManualClock::new(Timestamp::from_ms(at_ms)));
    change(&mut options);
    let link = Link::new(options).unwrap();
    let first = told(link.send(&Request::get("/x")));
    let told = match first.starts_with("200") {
        true => format!("{first}, {}", told(link.send(&Request::get("/x")))),
        false => first,
    };
    let met = link.peer_pin();
    drop(link);
    parent.heard();
    (told, met)
}

#[test]
fn a_pinned_key_is_believed_whatever_the_clock_says() {
    let cases = [
        (Shown::between(2025, 2030), "localhost", NOW_MS),
        (Shown::between(1980, 1990), "localhost", NOW_MS),
        (Shown::between(2090, 2099), "localhost", NOW_MS),
        (Shown::between(2025, 2030), "localhost", 0),
        (Shown::between(2025, 2030), "localhost", -1),
        (Shown::between(2025, 2030), "127.0.0.1", NOW_MS),
    ];
    for (shown, name, at_ms) in cases {
        for only_tls12 in [false, true] {
            let config = shown.signed_by(&shown.secret(), only_tls12);
            let pin = shown.pin();
            let (told, met) = ask(config, name, at_ms, |options| options.pin = Some(pin));
            assert_eq!((told.as_str(), met), ("200 one, 200 two", Some(pin)), "{name} {at_ms}");
        }
    }
    let renewed = Shown::between(2025, 2030);
    let pin = renewed.pin();
    assert_eq!(Shown::with_key(2030, 2035, renewed.key).pin(), pin);
}

#[test]
fn another_key_is_not_believed() {
    let (ours, theirs) = (Shown::between(2025, 2030), Shown::between(2025, 2030));
    let config = theirs.signed_by(&theirs.secret(), false);
    let (told, met) = ask(config, "localhost", NOW_MS, |options| options.pin = Some(ours.pin()));
    let expected = format!(
        "{} is the pinned key of the parent, but {} is the key of who answers; pin the latter only \
         if the parent itself says that this is its new one [again]",
        ours.pin(),
        theirs.pin()
    );
    assert_eq!((told, met), (expected, None));
    // Anybody can show our parent's certificate; only the parent can sign with its key.
    for only_tls12 in [false, true] {
        let thief = ours.signed_by(&theirs.secret(), only_tls12);
        let (told, met) = ask(thief, "localhost", NOW_MS, |options| options.pin = Some(ours.pin()));
        assert_eq!(
            (told.as_str(), met),
            ("no TLS: invalid peer certificate: BadSignature [again]", None)
        );
    }
}

#[test]
fn without_a_pin_everything_must_be_right() {
    let shown = Shown::between(2025, 2030);
    let (_folder, path) = shown.file();
    let check = |name: &str, at_ms: i64, trusts: bool, expected: &str| {
        let config = shown.signed_by(&shown.secret(), false);
        let trusted = trusts.then(|| path.clone());
        let (told, met) = ask(config, name, at_ms, |options| options.authorities = trusted);
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(met, told.starts_with("200").then(|| shown.pin()));
    };
    let wrong = "no TLS: invalid peer certificate: ";
    check("localhost", NOW_MS, true, "200 one, 200 two");
    check("localhost", NOW_MS, false, &format!("{wrong}UnknownIssuer"));
    check("localhost", 0, true, &format!("{wrong}certificate not valid yet"));
    check("localhost", 4_000_000_000_000, true, &format!("{wrong}certificate expired"));
    check("127.0.0.1", NOW_MS, true, &format!("{wrong}certificate not valid for name"));
}

#[test]
fn a_file_of_certificates_must_hold_some() {
    let shown = Shown::between(2025, 2030);
    let (folder, path) = shown.file();
    assert_eq!(Pin::of_file(&path).unwrap(), shown.pin());
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for wrong in [empty, folder.path().join("none.pem")] {
        let mut options = LinkOptions::to("https://localhost", "id.secret");
        options.authorities = Some(wrong.clone());
        let error = Link::new(options).unwrap_err();
        assert!(matches!(error, LinkError::Invalid(_)));
        let name = wrong.display().to_string();
        assert!(error.to_string().starts_with(&format!("authorities in {name}: ")), "{error}");
        let error = Pin::of_file(&wrong).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().starts_with(&name), "{error}");
    }
}

#[test]
fn tls_with_somebody_who_has_none_fails() {
    let parent = Parent::plain(vec![]);
    let address = parent.address;
    parent.heard();
    let listener = std::net::TcpListener::bind(address).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut wire, _) = listener.accept().unwrap();
        let _ = io::Read::read(&mut wire, &mut [0; 4096]);
        let _ = io::Write::write_all(&mut wire, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let options = LinkOptions::to(format!("https://{address}"), "id.secret");
    let error = Link::new(options).unwrap().send(&Request::get("/x")).unwrap_err();
    assert!(matches!(error, LinkError::Tls { .. }), "{error}");
    answering.join().unwrap();
}
