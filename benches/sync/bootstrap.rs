//! A new till that takes its parent's snapshot over.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use tillbook::http::{Server, ServerOptions};
use tillbook::sync::client::{Client, LinkOptions, bootstrap_from};
use tillbook::{KeyKind, Options, Right, Rights, Store};
use tokio::runtime::Runtime;

use crate::Result;
use crate::file::{Files, remove};
use crate::table::{Row, in_turns, ms};

const ROUNDS: usize = 3;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let parent = Arc::new(Store::open(files.copy("bootstrap-parent.db")?)?);
    let folder = parent.snapshot_folder().ok_or("no folder")?.to_owned();
    let mut name = String::new();
    // The first one fills the feed as well.
    parent.make_snapshot(&folder)?;
    let making = ms(|| {
        name = parent.make_snapshot(&folder)?.name;
        Ok(())
    })?;
    let runtime = Runtime::new()?;
    let options = ServerOptions::at(([127, 0, 0, 1], 0).into());
    let server = runtime.block_on(Server::bind(Arc::clone(&parent), options))?;
    let url = format!("http://{}", server.local_addr()?);
    runtime.spawn(server.run(std::future::pending()));
    let bytes = fs::read(folder.join(format!("bootstrap-parent.db.snapshot-{name}")))?;
    let (till, copy) = (files.path("bootstrap-till.db"), files.path("bootstrap-copy"));
    let mut n_tills = 0;
    let mut link = LinkOptions::to(url.as_str(), String::new());
    let [ours, bare] = in_turns(
        ROUNDS,
        [
            &mut || {
                // Every till has a key of its own.
                let sync = Rights::from_iter([Right::Sync]);
                n_tills += 1;
                let key = parent.add_key(&format!("till-{n_tills}"), sync, KeyKind::Bearer)?.text();
                link = LinkOptions::to(url.as_str(), key);
                remove(&till)?;
                ms(|| take(&till, &link))
            },
            &mut || ms(|| carry(&bytes, &copy)),
        ],
    )?;
    let proof = ms(|| prove(&till, &link))?;
    let [open] = in_turns(ROUNDS, [&mut || ms(|| Ok(Store::open(&till)?))])?;
    let mib = bytes.len() as f64 / f64::from(1 << 20);
    Ok(vec![
        Row::ms(
            "new till: snapshot fetched, every part checked, opened; bytes to a file",
            ours,
            bare,
            "",
        ),
        Row::alone("its first round, with the sum over all rows, while it answers", proof, ""),
        Row::alone("opening the file, which is a part of it", open, ""),
        Row::alone("making the snapshot", making, ""),
        Row::mib("the snapshot", mib, ""),
    ])
}

/// From the first question to a till that answers.
fn take(till: &Path, link: &LinkOptions) -> Result<()> {
    let done = bootstrap_from(till, &Options::default(), link, |_| ())?;
    done.ok_or("no snapshot")?;
    drop(Store::open(till)?);
    Ok(())
}

/// The first round, after which the till is proved to be equal row by row.
fn prove(till: &Path, link: &LinkOptions) -> Result<()> {
    let store = Arc::new(Store::open(till)?);
    let round = Client::new(Arc::clone(&store), link.clone())?.sync_once()?;
    match round.n_pulled == 0 && store.is_copy_proved()? {
        true => Ok(()),
        false => Err("it is not what it should be".into()),
    }
}

/// The same bytes over the loopback into a file that is on the disk then.
fn carry(bytes: &[u8], copy: &Path) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::scope(|scope| {
        let sender = scope.spawn(move || -> io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            stream.write_all(bytes)
        });
        let (mut stream, mut file) = (TcpStream::connect(address)?, File::create(copy)?);
        let mut part = vec![0; 1 << 20];
        loop {
            match stream.read(&mut part)? {
                0 => break,
                n => file.write_all(&part[..n])?,
            }
        }
        file.sync_all()?;
        sender.join().map_err(|_| "the sender panicked")??;
        Ok(())
    })
}
