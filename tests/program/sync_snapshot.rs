//! A new till takes a snapshot of its centre over, also when it was cut off in the middle.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::client::Serving;
use super::sync::{key_of, status, until};
use super::{Result, Shop};

/// A part of a snapshot has so many bytes.
const PART_BYTES: u64 = 4 << 20;

/// A centre with some thousands of customers, of which there is a snapshot.
struct Centre {
    shop: Shop,
    serving: Serving,
    key: String,
}

impl Centre {
    fn start() -> Result<Self> {
        let shop = Shop::empty()?;
        shop.run(&["demo", "--customers", "8000", "--seed", "7"])?;
        let key = key_of(&shop, "till")?;
        let serving = Serving::start(&shop, &[])?;
        until("a snapshot", || Ok(snapshot_bytes(&shop)?.map(drop)))?;
        Ok(Self { shop, serving, key })
    }

    fn digest(&self) -> Result<String> {
        Ok(status(&self.shop)?["digest"].as_str().ok_or("no digest")?.to_owned())
    }
}

/// How large the snapshot is that lies beside the file.
fn snapshot_bytes(shop: &Shop) -> Result<Option<u64>> {
    for entry in fs::read_dir(shop.folder.path())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name.strip_prefix("shop.db.snapshot-").unwrap_or_default();
        if id.len() == 32 {
            return Ok(Some(entry.metadata()?.len()));
        }
    }
    Ok(None)
}

/// What stands between a till and its centre: lets so many bytes through to the till and then none.
struct Line {
    address: SocketAddr,
    n_bytes: Arc<AtomicU64>,
}

impl Line {
    fn to(centre: SocketAddr, n_bytes_max: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let n_bytes = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&n_bytes);
        std::thread::spawn(move || {
            for till in listener.incoming().map_while(Result::ok) {
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || carry(&till, centre, &counted, n_bytes_max));
            }
        });
        Ok(Self { address, n_bytes })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn carry(till: &TcpStream, centre: SocketAddr, counted: &AtomicU64, max: u64) -> Option<()> {
    let centre = TcpStream::connect(centre).ok()?;
    let (mut from, mut to) = (till.try_clone().ok()?, centre.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Both)
    });
    let (mut from, mut to, mut bytes) = (centre, till, [0; 4096]);
    while counted.load(Ordering::SeqCst) < max {
        match from.read(&mut bytes).ok()? {
            0 => {
                let _ = to.shutdown(Shutdown::Both);
                return Some(());
            }
            n => to.write_all(&bytes[..n]).ok()?,
        }
        counted.fetch_add(4096, Ordering::SeqCst);
    }
    // Silent, and not closed: the till waits.
    loop {
        std::thread::park();
    }
}

#[test]
fn a_new_till_takes_a_snapshot_over() -> Result<()> {
    let centre = Centre::start()?;
    let till = Shop::empty()?;
    let url = format!("http://{}", centre.serving.address);
    let arguments = ["--parent", &url, "--parent-key", &centre.key];
    let told = till.run(&[&["sync", "now"], &arguments[..]].concat())?;
    let text = String::from_utf8(told.stdout)?;
    assert!(told.status.success(), "{}", String::from_utf8(told.stderr)?);
    assert!(text.starts_with("snapshot   "), "{text}");
    assert!(text.contains("pulled     0 changes\n"), "{text}");
    assert!(text.ends_with(&format!("digest {}\n", centre.digest()?)), "{text}");
    assert_eq!(status(&till)?["digest"], centre.digest()?);
    let again = till.run(&[&["sync", "now"], &arguments[..]].concat())?;
    assert!(String::from_utf8(again.stdout)?.starts_with("pushed     0 operations\n"));
    let checked = String::from_utf8(till.run(&["check"])?.stdout)?;
    assert!(checked.contains("the file is sound"), "{checked}");
    Ok(())
}

#[test]
fn a_till_that_was_cut_off_goes_on_with_the_parts_it_has() -> Result<()> {
    let centre = Centre::start()?;
    let (till, key) = (Shop::empty()?, centre.key.as_str());
    let whole = snapshot_bytes(&centre.shop)?.ok_or("no snapshot")?;
    assert!(whole > 2 * PART_BYTES, "{whole}");
    // Packed, a part has less than half of its bytes.
    let line = Line::to(centre.serving.address, PART_BYTES / 2 + (64 << 10))?;
    let mut program = till.program();
    program.args(["sync", "now", "--parent", &line.url(), "--parent-key", key]);
    let mut cut = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let part = till.folder.path().join("shop.db.snapshot-part");
    until("a part", || {
        let n_bytes = part.metadata().map_or(0, |meta| meta.len());
        Ok((n_bytes >= PART_BYTES).then_some(()))
    })?;
    cut.kill()?;
    cut.wait()?;

    let free = Line::to(centre.serving.address, u64::MAX)?;
    let serving = Serving::start(&till, &["--parent", &free.url(), "--parent-key", key])?;
    let told = serving.told();
    assert!(told.starts_with("took the parent's snapshot over: "), "{told}");
    assert!(told.contains(" were here\n"), "{told}");
    let digest = centre.digest()?;
    until("equal digests", || Ok((status(&till)?["digest"] == digest).then_some(())))?;
    let (first, rest) = (&line.n_bytes, &free.n_bytes);
    let all = first.load(Ordering::SeqCst) + rest.load(Ordering::SeqCst);
    assert!(all < whole, "{all} bytes came for {whole}");
    assert!(!part.exists());
    let names: Vec<_> = fs::read_dir(till.folder.path())?
        .map_while(Result::ok)
        .map(|entry| entry.file_name())
        .collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("snapshot")), "{names:?}");
    Ok(())
}
