//! The settings of the program: which there are, and what each means.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use tillbook::http::{Mounts, Origin};
use tillbook::sync::client::{Link, LinkError, LinkOptions, Pin};

use super::failure::Failure;
use super::log::{Format, Level};
use super::parent::ParentFlags;
use super::sourced::{self, Given, Known, Source, Sourced};

const fn one(name: &'static str, default: &'static str) -> Known {
    Known { name, is_list: false, default }
}

const fn list(name: &'static str) -> Known {
    Known { name, is_list: true, default: "" }
}

/// The one setting that is a secret.
const PARENT_KEY: &str = "parent-key";
/// What is printed in its place.
const NOT_SHOWN: &str = "(not shown)";

/// Every setting there is.
const KNOWN: &[Known] = &[
    one("db", "tillbook.db"),
    one("listen", "127.0.0.1:4000"),
    one("tls-certificate", ""),
    one("tls-key", ""),
    one("allow-plain-http", "false"),
    list("mount"),
    one("connections", "256"),
    one("forwarded", "false"),
    list("cors-origin"),
    one("parent", ""),
    one(PARENT_KEY, ""),
    one("parent-pin", ""),
    one("parent-ca", ""),
    one("log-level", "info"),
    one("log-format", "auto"),
];

/// At most so many connections may be asked for.
const CONNECTIONS_ASKED_MAX: usize = 65_536;

/// How the file is served, as flags say it.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// The address and port to listen on, of an IPv4 or IPv6 address; 0.0.0.0 is every address of
    /// this machine, port 0 any free port [default: 127.0.0.1:4000].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The certificate to show, with those that lead to its authority, in PEM.
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Serve other machines, and ask the parent, without TLS, so that whoever is on the network can
    /// read keys and customers.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_plain_http: Option<String>,
    /// Serve a dialect at another path, or not at all: portos=/api, portos=off
    /// [default: portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1].
    #[arg(long, value_name = "DIALECT=PATH", value_delimiter = ',')]
    mount: Vec<String>,
    /// How many connections may be open at once [default: 256].
    #[arg(long, value_name = "N")]
    connections: Option<String>,
    /// Believe the proxy in front, and only it can come in, in X-Forwarded-Host, X-Forwarded-Proto and
    /// X-Forwarded-For.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    forwarded: Option<String>,
    /// Let web pages of this origin ask: https://office.example [default: none].
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    cors_origin: Vec<String>,
    #[command(flatten)]
    parent: ParentFlags,
    /// What is logged: off, error, warn, info or debug [default: info, a line for each request].
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How the log is written to the standard error: json, text, or auto for text where that is a
    /// terminal [default: auto].
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Flags {
    pub(super) fn given(&self) -> Given {
        let one = |value: &Option<String>| value.iter().cloned().collect();
        let mut given = vec![
            ("listen", one(&self.listen)),
            ("tls-certificate", one(&self.tls_certificate)),
            ("tls-key", one(&self.tls_key)),
            ("allow-plain-http", one(&self.allow_plain_http)),
            ("mount", self.mount.clone()),
            ("connections", one(&self.connections)),
            ("forwarded", one(&self.forwarded)),
            ("cors-origin", self.cors_origin.clone()),
            ("log-level", one(&self.log_level)),
            ("log-format", one(&self.log_format)),
        ];
        given.extend(self.parent.given());
        given
    }
}

/// All settings as texts, each with where it came from.
#[derive(Debug)]
pub(super) struct Settings {
    all: BTreeMap<&'static str, Sourced>,
    /// The flag `--db`; a path need not be a text.
    db: Option<PathBuf>,
}

impl Settings {
    /// What flags, variables and the file of settings say.
    pub(super) fn gather(
        db: Option<PathBuf>,
        file: Option<PathBuf>,
        given: Given,
    ) -> Result<Self, Failure> {
        let all = sourced::gather(KNOWN, given, std::env::vars_os(), file)?;
        Ok(Self { all, db })
    }

    /// The customer file.
    pub(super) fn db(&self) -> PathBuf {
        self.db.clone().unwrap_or_else(|| self.text("db").into())
    }

    /// Every setting: its name, its value, and where that came from.
    pub(super) fn rows(&self) -> Vec<[String; 3]> {
        let row = |known: &Known| {
            let (value, source) = match (known.name, &self.db) {
                ("db", Some(path)) => (path.display().to_string(), Source::Flag("db")),
                (name, _) => (self.all[name].values.join(","), self.all[name].source.clone()),
            };
            let value = match (known.name, value.as_str()) {
                ("mount", "") => Mounts::default().to_string(),
                (_, "") => "-".to_owned(),
                (PARENT_KEY, _) => NOT_SHOWN.to_owned(),
                _ => value,
            };
            [known.name.to_owned(), value, source.to_string()]
        };
        KNOWN.iter().map(row).collect()
    }

    /// How the file is served. Refuses what cannot be, and what would be unsafe and was not asked
    /// for by name; opens no file.
    pub(super) fn serving(&self) -> Result<Serving, Failure> {
        let hint = "write an address and a port: 127.0.0.1:4000, 0.0.0.0:4000 for every address \
                    of this machine, [::1]:4000";
        let listen = self.read("listen", hint, |text| text.parse::<SocketAddr>().ok())?;
        let serving = Serving {
            listen,
            tls: self.tls()?,
            parent: self.parent()?,
            mounts: self.checked("mount", Mounts::parse(self.texts("mount")))?,
            connections: self.connections()?,
            is_forwarded: self.switch("forwarded")?,
            cors_origins: self.checked(
                "cors-origin",
                self.texts("cors-origin").map(Origin::parse).collect::<Result<_, _>>(),
            )?,
            level: self.read("log-level", "write off, error, warn, info or debug", Level::parse)?,
            format: self.read("log-format", "write json, text or auto", Format::parse)?,
        };
        let is_clear = serving.tls.is_none() && !serving.listen.ip().to_canonical().is_loopback();
        if is_clear && !self.switch("allow-plain-http")? {
            return Err(Failure::usage(
                format!(
                    "{listen} is open to other machines, and without TLS whoever is on the \
                     network can read keys and customers"
                ),
                "--tls-certificate FILE and --tls-key FILE encrypt; --allow-plain-http goes \
                 without; 127.0.0.1 serves this machine alone",
            ));
        }
        Ok(serving)
    }

    fn tls(&self) -> Result<Option<(PathBuf, PathBuf)>, Failure> {
        match (self.text("tls-certificate"), self.text("tls-key")) {
            ("", "") => Ok(None),
            ("", _) => Err(Failure::usage(
                "tls-key is there without tls-certificate",
                "--tls-certificate FILE names the certificate",
            )),
            (_, "") => Err(Failure::usage(
                "tls-certificate is there without tls-key",
                "--tls-key FILE names the private key of the certificate",
            )),
            (certificate, key) => Ok(Some((certificate.into(), key.into()))),
        }
    }

    /// Where the parent is, if there is one. Refuses what cannot be; calls nobody.
    pub(super) fn parent(&self) -> Result<Option<LinkOptions>, Failure> {
        let (url, key) = (self.text("parent"), self.text(PARENT_KEY));
        let without = ["parent-pin", "parent-ca", PARENT_KEY];
        match (url, key) {
            ("", _) => {
                return match without.into_iter().find(|name| !self.text(name).is_empty()) {
                    Some(name) => Err(Failure::usage(
                        format!("{name} is there without parent"),
                        "--parent URL says where the parent is",
                    )),
                    None => Ok(None),
                };
            }
            (_, "") => {
                return Err(Failure::usage(
                    "parent is there without parent-key",
                    "at the parent, `tillbook key add NAME --right sync` makes a key for this file; \
                     TILLBOOK_PARENT_KEY or a file of settings keeps it out of the list of processes",
                ));
            }
            _ => {}
        }
        let mut options = LinkOptions::to(url, key);
        options.pin = match self.text("parent-pin") {
            "" => None,
            pin => Some(self.checked("parent-pin", Pin::parse(pin))?),
        };
        options.authorities =
            Some(self.text("parent-ca")).filter(|path| !path.is_empty()).map(PathBuf::from);
        options.allow_plain_http = self.switch("allow-plain-http")?;
        match Link::new(options.clone()) {
            Ok(_) => Ok(Some(options)),
            Err(LinkError::PlainHttp(address)) => Err(Failure::usage(
                format!(
                    "parent {address} is another machine, and without TLS whoever is on the network \
                     can read the key and the customers"
                ),
                "write https://; --allow-plain-http goes without",
            )),
            Err(error) => Err(Failure::usage(
                format!("parent: {error}"),
                format!("the value comes from {}", self.all["parent"].source),
            )),
        }
    }

    fn connections(&self) -> Result<usize, Failure> {
        let hint = format!("write a number from 1 to {CONNECTIONS_ASKED_MAX}");
        self.read("connections", &hint, |text| {
            text.parse().ok().filter(|n| (1..=CONNECTIONS_ASKED_MAX).contains(n))
        })
    }

    fn switch(&self, name: &str) -> Result<bool, Failure> {
        self.read(name, "write true or false", |text| text.parse().ok())
    }

    fn read<T>(
        &self,
        name: &str,
        hint: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        let text = self.text(name);
        read(text).ok_or_else(|| {
            let source = &self.all[name].source;
            Failure::usage(format!("{name} cannot be `{text}` (from {source})"), hint)
        })
    }

    fn checked<T>(&self, name: &str, checked: tillbook::Result<T>) -> Result<T, Failure> {
        let source = &self.all[name].source;
        checked.map_err(|error| {
            Failure::usage(error.to_string(), format!("the value comes from {source}"))
        })
    }

    fn text(&self, name: &str) -> &str {
        self.texts(name).next().unwrap_or_default()
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all[name].values.iter().map(String::as_str)
    }
}

/// How the file is served.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) listen: SocketAddr,
    /// The files of the certificate and its key.
    pub(super) tls: Option<(PathBuf, PathBuf)>,
    /// Whose child the file is.
    pub(super) parent: Option<LinkOptions>,
    pub(super) mounts: Mounts,
    pub(super) connections: usize,
    pub(super) is_forwarded: bool,
    pub(super) cors_origins: Vec<Origin>,
    pub(super) level: Level,
    pub(super) format: Format,
}

/// Where a served file is found by whoever sits at this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Url {
    pub(super) is_tls: bool,
    pub(super) address: SocketAddr,
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        let port = self.address.port();
        match self.address {
            // Every address of the machine is no address to go to.
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
                write!(f, "{scheme}://127.0.0.1:{port}")
            }
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => write!(f, "{scheme}://[::1]:{port}"),
            address => write!(f, "{scheme}://{address}"),
        }
    }
}
