//! `tillbook serve`: the file on the shop's network.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tillbook::http::{Server, ServerOptions};
use tillbook::{KeyKind, Right, Rights, Store};

use super::failure::Failure;
use super::output::print;

/// Serve the customer file on the network.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", env = "TILLBOOK_LISTEN", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let store = Arc::new(Store::open(db)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::said(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let server = Server::bind(Arc::clone(&store), ServerOptions::at(arguments.listen)).await;
        let server =
            server.map_err(|error| Failure::said(format!("{}: {error}", arguments.listen)))?;
        let address = server.local_addr().map_err(|error| Failure::said(error.to_string()))?;
        if store.list_keys()?.is_empty() {
            let made =
                store.add_key("admin", Rights::from_iter([Right::Admin]), KeyKind::Bearer)?;
            print(&format!(
                "curl -H 'Authorization: Bearer {}' http://{address}/customers\n",
                made.text()
            ))?;
        }
        server
            .run(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await;
        Ok(ExitCode::SUCCESS)
    })
}
