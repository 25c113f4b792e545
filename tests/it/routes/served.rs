//! A store served on a socket, and a client that says exactly what it is told.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tillbook::http::{Server, ServerOptions};
use tillbook::{
    Address, AddressId, Card, CardSerial, CreditTransaction, Customer, CustomerId, KeyKind,
    ManualClock, Money, NewKey, Options, Replacement, Right, Rights, Store, Timestamp,
};
use tokio::runtime::Runtime;

use crate::shop;

/// Longer than any answer takes.
pub(super) const WAIT: Duration = Duration::from_secs(20);

/// Headers that differ from one run to the next, or say nothing of the answer.
const UNTOLD: &[&str] =
    &["connection", "content-length", "date", "tillbook-acknowledged", "x-request-id"];

/// A file that is served on a socket until this is dropped.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    pub(super) store: Arc<Store>,
    /// Keys with every right but sync, and with none.
    pub(super) admin: String,
    pub(super) reader: String,
    runtime: Option<Runtime>,
    pub(super) folder: TempDir,
}

/// What came back.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Served {
    /// A file with one customer, at the time that it is.
    pub(super) fn start() -> Self {
        let served = Self::with(Options::default());
        fill(&served.store);
        served
    }

    /// An empty file at noon, whose ids and times are the same in every run.
    pub(super) fn at_noon() -> (Self, Arc<ManualClock>) {
        let (options, clock) = shop::options(7);
        (Self::with(options), clock)
    }

    fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_with(folder.path().join("shop.db"), options).unwrap();
        let admin = new_key(&store, "admin", &[Right::Admin]).text();
        let reader = new_key(&store, "reader", &[]).text();
        Self::serve(folder, store, admin, reader)
    }

    fn serve(folder: TempDir, store: Store, admin: String, reader: String) -> Self {
        let (store, runtime) = (Arc::new(store), Runtime::new().unwrap());
        let options = ServerOptions::at("127.0.0.1:0".parse().unwrap());
        let server = runtime.block_on(Server::bind(Arc::clone(&store), options)).unwrap();
        let address = server.local_addr().unwrap();
        runtime.spawn(server.run(std::future::pending()));
        Self { address, store, admin, reader, runtime: Some(runtime), folder }
    }

    /// The file that is served.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// The same file, closed and opened and served again.
    pub(super) fn restarted(mut self) -> Self {
        drop(self.runtime.take());
        let Self { store, admin, reader, folder, .. } = self;
        drop(store);
        let (options, _) = shop::options(8);
        let store = Store::open_with(folder.path().join("shop.db"), options).unwrap();
        Self::serve(folder, store, admin, reader)
    }

    pub(super) fn db(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// A key with these rights.
    pub(super) fn key(&self, name: &str, rights: &[Right]) -> String {
        new_key(&self.store, name, rights).text()
    }

    /// Asks with `key`, and with further lines of the head.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        head: &[&str],
        body: &str,
    ) -> Told {
        let mut lines = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        lines += "Connection: close\r\n";
        if let Some(key) = key {
            lines += &format!("Authorization: Bearer {key}\r\n");
        }
        for line in head {
            lines += &format!("{line}\r\n");
        }
        let is_typed = head.iter().any(|line| line.starts_with("Content-Type:"));
        if !body.is_empty() && !is_typed {
            lines += "Content-Type: application/json\r\n";
        }
        lines += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.send(lines.as_bytes())
    }

    pub(super) fn get(&self, path: &str, key: Option<&str>) -> Told {
        self.ask("GET", path, key, &[], "")
    }

    /// `line` is `KEY METHOD TARGET BODY`; the key is `admin`, `reader` or `-` for none.
    pub(super) fn hear(&self, line: &str, head: &[&str]) -> Told {
        let mut words = line.splitn(4, ' ');
        let (key, method) = (words.next().unwrap(), words.next().unwrap());
        let (target, body) = (words.next().unwrap(), words.next().unwrap_or_default());
        let key = match key {
            "admin" => Some(self.admin.as_str()),
            "reader" => Some(self.reader.as_str()),
            "-" => None,
            other => Some(other),
        };
        let head = [&["X-Request-Id: r-1"], head].concat();
        self.ask(method, target, key, &head, body)
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream.set_write_timeout(Some(WAIT)).unwrap();
        stream
    }

    /// Sends these bytes and no others, and reads until the other side closes.
    pub(super) fn send(&self, bytes: &[u8]) -> Told {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        Told::read(&mut stream)
    }
}

impl Told {
    /// The one answer of a connection, which is closed after it.
    pub(super) fn read(stream: &mut TcpStream) -> Self {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|piece| piece == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&answer[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Self { status, headers: headers.collect(), body: answer[end + 4..].to_vec() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The answer as it was sent: status, headers in the order of their names, body.
    pub(super) fn whole(&self) -> String {
        let mut text = format!("{}\n", self.status);
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort();
        for (name, value) in headers.iter().filter(|(name, _)| !UNTOLD.contains(&name.as_str())) {
            writeln!(text, "{name}: {value}").unwrap();
        }
        text + self.text() + "\n"
    }

    /// The status, and of a refusal what it says: each broken rule, or the detail.
    pub(super) fn brief(&self) -> String {
        assert!(self.status < 500, "{}", self.whole());
        if self.status < 400 || self.body.is_empty() {
            return self.status.to_string();
        }
        let problem = self.json();
        let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let rules: Vec<String> = errors
            .iter()
            .map(|error| format!("[{}] {}", said(&error["memberName"]), said(&error["message"])))
            .collect();
        let told = if rules.is_empty() { said(&problem["detail"]) } else { rules.join(" ") };
        format!("{} {told}", self.status)
    }
}

fn new_key(store: &Store, name: &str, rights: &[Right]) -> NewKey {
    store.add_key(name, Rights::from_iter(rights.iter().copied()), KeyKind::Bearer).unwrap()
}

/// One customer who has everything, and whose balance is zero.
pub(super) fn fill(store: &Store) {
    let mut ada = Customer::with_id(CustomerId::new("ada").unwrap(), Timestamp::from_ms(0));
    ada.first_name = Some("Ada".to_owned());
    ada.primary_address_id = Some(AddressId::new("home").unwrap());
    ada.is_company = true;
    ada.company =
        Some(tillbook::Company { name: Some("Ada s.r.o.".to_owned()), ..Default::default() });
    let home = Address {
        line1: Some("Hlavná 1".to_owned()),
        longitude: Some("21.26".to_owned()),
        latitude: Some("48.71".to_owned()),
        ..Address::with_id(AddressId::new("home").unwrap())
    };
    let cards = Some(vec![Card::new(CardSerial::new("0012345678").unwrap())]);
    let addresses = Some(vec![home]);
    let id = ada.id.clone();
    store.create(&Replacement { addresses, cards, ..ada.into() }).unwrap();
    let euro = Money::from_minor(100);
    store.record(&CreditTransaction::deposit(store.stamp(), &id, euro)).unwrap();
    store.record(&CreditTransaction::spend(store.stamp(), &id, euro)).unwrap();
}
