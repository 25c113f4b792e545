//! The door's routes, asked over a socket.

mod openapi;
mod status;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tillbook::http::{Server, ServerOptions};
use tillbook::{
    Address, AddressId, Card, CardSerial, CreditTransaction, Customer, CustomerId, KeyKind, Money,
    Replacement, Right, Rights, Store, Timestamp,
};
use tokio::runtime::Runtime;

/// Longer than any answer takes.
const WAIT: Duration = Duration::from_secs(20);

/// A file with one customer, served on a socket until this is dropped.
struct Served {
    address: SocketAddr,
    store: Arc<Store>,
    /// Keys with every right but sync, and with none.
    admin: String,
    reader: String,
    _runtime: Runtime,
    folder: TempDir,
}

/// What came back.
struct Told {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path().join("shop.db")).unwrap());
        let key = |name, rights: &[Right]| {
            let rights = Rights::from_iter(rights.iter().copied());
            store.add_key(name, rights, KeyKind::Bearer).unwrap().text()
        };
        let (admin, reader) = (key("admin", &[Right::Admin]), key("reader", &[]));
        fill(&store);
        let runtime = Runtime::new().unwrap();
        let options = ServerOptions::at("127.0.0.1:0".parse().unwrap());
        let server = runtime.block_on(Server::bind(Arc::clone(&store), options)).unwrap();
        let address = server.local_addr().unwrap();
        runtime.spawn(server.run(std::future::pending()));
        Self { address, store, admin, reader, _runtime: runtime, folder }
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// Asks with `key`, and with further lines of the head.
    fn ask(&self, method: &str, path: &str, key: Option<&str>, head: &[&str], body: &str) -> Told {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        request += "Connection: close\r\n";
        if let Some(key) = key {
            request += &format!("Authorization: Bearer {key}\r\n");
        }
        for line in head {
            request += &format!("{line}\r\n");
        }
        if !body.is_empty() {
            request += "Content-Type: application/json\r\n";
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Told::parse(&answer)
    }

    fn get(&self, path: &str, key: Option<&str>) -> Told {
        self.ask("GET", path, key, &[], "")
    }
}

impl Told {
    fn parse(answer: &[u8]) -> Self {
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

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

/// One customer who has everything, and whose balance is zero.
fn fill(store: &Store) {
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
