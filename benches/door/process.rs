//! The processes that are asked: each prints where it listens, and is ended when it is dropped.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tillbook::{KeyKind, Right, Rights, Store};

use crate::{Result, bare};

/// A server that runs.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What goes with every request.
    pub(crate) key: String,
}

impl Process {
    /// A key that may do everything with `file`.
    pub(crate) fn key(file: &Path) -> Result<String> {
        let store = Store::open(file)?;
        let name = format!("bench-{}", store.stamp().id);
        Ok(store.add_key(&name, Rights::from_iter([Right::Admin]), KeyKind::Bearer)?.text())
    }

    /// The program, serving `file`, asked with `key`.
    pub(crate) fn tillbook(file: &Path, key: String) -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tillbook"));
        command.arg("--db").arg(file).args(["serve", "--listen", "127.0.0.1:0"]);
        Self::start(command, key)
    }

    /// The limit: one route, one prepared statement.
    pub(crate) fn bare(file: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(bare::WORD).arg(file);
        Self::start(command, "none".to_owned())
    }

    fn start(mut command: Command, key: String) -> Result<Self> {
        // The bench's own variables are no settings of the program's.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TILLBOOK_") {
                command.env_remove(name);
            }
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Err("the server ended before it listened".into());
            }
            let found = line.split("://").nth(1).and_then(|rest| {
                rest.split(|c: char| c.is_whitespace() || c == '/').next()?.parse().ok()
            });
            if let Some(address) = found {
                break address;
            }
        };
        // Nobody else reads what it prints, and a full pipe would stop it.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Ok(Self { child, address, key })
    }

    /// Memory that it holds now, in MiB.
    pub(crate) fn memory_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line.and_then(|l| l.split_whitespace().next()).ok_or("no VmRSS")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// A request for `path`, key and all.
    pub(crate) fn get(&self, path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", self.key)
    }

    /// A request that sends `body`.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
