//! A certificate made for one test, and a client that trusts it.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Result;
use super::client::{Client, LONG};

/// A certificate for `localhost` that vouches for itself.
pub(crate) struct Certificate {
    folder: TempDir,
    trusting: Arc<ClientConfig>,
}

impl Certificate {
    pub(crate) fn make() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let mut trusted = RootCertStore::empty();
        trusted.add(made.cert.der().clone())?;
        let trusting =
            ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
        let certificate = Self { folder: tempfile::tempdir()?, trusting: Arc::new(trusting) };
        std::fs::write(certificate.file(), made.cert.pem())?;
        std::fs::write(certificate.key(), made.signing_key.serialize_pem())?;
        Ok(certificate)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("shop.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("shop.key")
    }

    /// A connection to whoever proves to be `name`.
    pub(crate) fn connect(&self, address: SocketAddr, name: &'static str) -> Result<Client> {
        let wire = TcpStream::connect(address)?;
        wire.set_read_timeout(Some(LONG))?;
        let name = ServerName::try_from(name)?;
        let session = ClientConnection::new(Arc::clone(&self.trusting), name)?;
        Ok(Client::over(StreamOwned::new(session, wire)))
    }
}
