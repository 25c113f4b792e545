//! `tillbook serve`: the file on the shop's network.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tillbook::http::{CLOSE_WAIT, Server, ServerOptions, Tls};
use tillbook::sync::client::{Client, ClientError, Pin, Round};
use tillbook::sync::snapshot::Maker;
use tillbook::{Error, KeyKind, NewKey, Page, Query, Right, Rights, Store};
use tokio::runtime::{Builder, Runtime};

use super::failure::Failure;
use super::log;
use super::output::print;
use super::parent;
use super::settings::{Flags, Serving, Settings, Url};
use super::signal::Signals;
use super::sync::backlog;

/// How long threads that still write may take once every connection is closed.
const THREADS_WAIT: Duration = CLOSE_WAIT;

/// Serve the customer file on the network.
///
/// Makes the file and its first key where there is none, and shows that key once. Runs until it is
/// stopped with Ctrl-C or SIGTERM: then requests that run come to their end, and a second signal
/// ends at once.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Every setting can be a variable as well, and a line of the file that --config names; flags go before
variables, variables before the file:
  --tls-key shop.key  TILLBOOK_TLS_KEY=shop.key  tls-key = \"shop.key\"
`tillbook config print` shows what each is and where it came from.

Examples:
  tillbook serve
  tillbook serve --listen 0.0.0.0:4000 --tls-certificate shop.pem --tls-key shop.key
  tillbook serve --mount portos=/api
  tillbook serve --parent https://centre.example --parent-key 1c663cf4d73c4c04.5f0a...")]
pub(super) struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

impl Arguments {
    pub(super) fn flags(&self) -> &Flags {
        &self.flags
    }
}

pub(super) fn run(settings: &Settings) -> Result<ExitCode, Failure> {
    let (db, serving) = (settings.db(), settings.serving()?);
    let tls = match &serving.tls {
        Some((certificate, key)) => Some(Tls::read(certificate, key).map_err(no_tls)?),
        None => None,
    };
    let pin = match &serving.tls {
        Some((certificate, _)) => Some(Pin::of_file(certificate).map_err(no_tls)?),
        None => None,
    };
    log::begin(serving.level, serving.format);
    if let Some(said) = serving.parent.as_ref().and_then(|link| parent::fetch_snapshot(&db, link)) {
        print(&format!("took the parent's snapshot over: {said}\n"))?;
    }
    let store = Arc::new(Store::open(&db)?);
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::said(format!("cannot start: {error}")))?;
    let done = serve(&runtime, &db, &store, &serving, tls.zip(pin));
    runtime.shutdown_timeout(THREADS_WAIT);
    // The last hand on the store closes it.
    drop(store);
    done?;
    // Nobody may be there any more to read it.
    let _ = print("stopped\n");
    Ok(ExitCode::SUCCESS)
}

fn serve(
    runtime: &Runtime,
    db: &Path,
    store: &Arc<Store>,
    serving: &Serving,
    tls: Option<(Tls, Pin)>,
) -> Result<(), Failure> {
    let mut options = ServerOptions::at(serving.listen);
    let (tls, pin) = tls.unzip();
    options.tls = tls;
    options.mounts = serving.mounts.clone();
    options.is_forwarded = serving.is_forwarded;
    options.cors_origins = serving.cors_origins.clone();
    options.limits.connections_max = serving.connections;
    runtime.block_on(async {
        let mut signals = Signals::new()
            .map_err(|error| Failure::said(format!("signals cannot be heard: {error}")))?;
        let server = Server::bind(Arc::clone(store), options).await;
        let server = server.map_err(|error| no_socket(serving, &error))?;
        let address = server.local_addr().map_err(|error| Failure::said(error.to_string()))?;
        let url = Url { is_tls: serving.tls.is_some(), address };
        print(&greeting(db, store, serving, url, pin)?)?;
        let syncing = match &serving.parent {
            Some(options) => {
                let client = Client::new(Arc::clone(store), options.clone());
                let syncing = client.and_then(|client| client.start_watched(heard(store)));
                Some(syncing.map_err(parent::failure)?)
            }
            None => None,
        };
        let maker = match store.snapshot_folder() {
            Some(folder) => {
                let trouble = |error| tracing::warn!(%error, "no snapshot could be made");
                Some(Maker::start(Arc::clone(store), folder.to_owned(), trouble)?)
            }
            None => None,
        };
        let stop = async move {
            signals.next().await;
            let _ =
                print("\nstopping when the requests that run have ended; once more ends at once\n");
            tokio::spawn(async move {
                signals.next().await;
                // What was acknowledged is on disk.
                std::process::exit(1);
            });
        };
        server.run(stop).await;
        // Joins their threads, which ask nobody and make nothing any more.
        let _ = tokio::task::spawn_blocking(move || drop((syncing, maker))).await;
        Ok(())
    })
}

/// What a person sees who has started it.
fn greeting(
    db: &Path,
    store: &Store,
    serving: &Serving,
    url: Url,
    pin: Option<Pin>,
) -> Result<String, Failure> {
    // To count a million customers would take longer than everything else about the start.
    let anybody = Query { page: Page { skip: 0, take: 1 }, total: false, ..Query::default() };
    let customers = match store.list_profiles(&anybody) {
        Ok(page) if page.count == 0 => " (no customers yet)",
        Ok(_) => "",
        // One row that does not read keeps nobody from all others.
        Err(Error::Sqlite(_)) => " (a customer does not read: `tillbook check` names who)",
        Err(error) => return Err(error.into()),
    };
    let keys = match store.list_keys()?.is_empty() {
        true => {
            let admin = Rights::from_iter([Right::Admin]);
            first_key(&store.add_key("admin", admin, KeyKind::Bearer)?, serving, url)
        }
        false => "`tillbook key add NAME` makes a key, `tillbook key list` shows who has one.\n"
            .to_owned(),
    };
    let pin = pin.map(|pin| format!("  pin     {pin}\n")).unwrap_or_default();
    let parent = match &serving.parent {
        Some(parent) => format!("  parent  {}\n", parent.url),
        None if store.sync_status()?.parent.is_some() => {
            "  parent  not named: what is written here waits until --parent says where it is\n"
                .to_owned()
        }
        None => String::new(),
    };
    Ok(format!(
        "\
tillbook serves {}{customers}
  at      {url}
  docs    {url}/docs
{pin}{parent}  stop    Ctrl-C

{keys}",
        db.display()
    ))
}

/// The first key of the file, in a line that shows what it opens.
fn first_key(made: &NewKey, serving: &Serving, url: Url) -> String {
    let (path, what) = match serving.mounts.base("portos") {
        Some(base) => (format!("{base}/customers"), "lists the customers"),
        None => ("/health".to_owned(), "asks how it is"),
    };
    // A certificate of one's own is unknown to curl.
    let unchecked = if url.is_tls { "-k " } else { "" };
    format!(
        "\
The first key has every right and is not shown again. This {what}:

  curl {unchecked}-H \"Authorization: Bearer {}\" {url}{path}

`tillbook key add NAME` makes another one.
",
        made.text()
    )
}

/// Writes a line of the log when it changes how the rounds with the parent end, and when much begins to
/// wait for it.
fn heard(store: &Arc<Store>) -> impl FnMut(&Result<Round, ClientError>) + Send + use<> {
    let (store, mut last, mut had_backlog) = (Arc::clone(store), None, false);
    move |done| {
        let has_backlog = store.sync_status().is_ok_and(|status| status.has_backlog);
        if has_backlog && !had_backlog {
            tracing::warn!("{}", backlog());
        }
        had_backlog = has_backlog;
        let said = done.as_ref().err().map(ToString::to_string);
        match (done, &said) {
            (Ok(round), _) if last.as_ref() != Some(&None) => {
                tracing::info!(digest = %round.digest, "the parent and this file are equal");
            }
            (Ok(Round { n_pushed, n_pulled, .. }), _) if n_pushed + n_pulled > 0 => {
                tracing::debug!(n_pushed, n_pulled, "a round with the parent");
            }
            (Err(error), said) if last.as_ref() != Some(said) => {
                let hint = parent::hint(error).unwrap_or_default();
                tracing::warn!(%error, hint, "no round with the parent");
            }
            _ => {}
        }
        last = Some(said);
    }
}

fn no_tls(error: io::Error) -> Failure {
    Failure::with_hint(
        format!("no TLS: {error}"),
        "the certificate and its private key are files in PEM, which begin with -----BEGIN",
    )
}

fn no_socket(serving: &Serving, error: &io::Error) -> Failure {
    let listen = serving.listen;
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::with_hint(
            format!("{listen} is in use by another program"),
            format!("--listen {}:0 takes any free port", bracketed(listen)),
        ),
        io::ErrorKind::AddrNotAvailable => Failure::with_hint(
            format!("this machine has no address {}", listen.ip()),
            "0.0.0.0 is every address that it has",
        ),
        io::ErrorKind::PermissionDenied => Failure::with_hint(
            format!("the system does not allow to listen on {listen}"),
            "ports below 1024 are often kept for the system; take a higher one",
        ),
        _ => Failure::said(format!("cannot listen on {listen}: {error}")),
    }
}

fn bracketed(listen: std::net::SocketAddr) -> String {
    let text = listen.to_string();
    text.rsplit_once(':').map_or(text.clone(), |(address, _)| address.to_owned())
}
