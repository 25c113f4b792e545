//! `tillbook sync`: how the file stands to its parent and to the nodes below it, and a round now.

mod children;
mod erased;
mod now;
mod status;

pub(super) use status::backlog;

use std::process::ExitCode;

use super::failure::Failure;
use super::parent::ParentFlags;
use super::settings::Settings;
use super::sourced::Given;

/// Talk with the parent once, show how the file stands to it, or shut a node below it out.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Now(Now),
    Status(Status),
    Shut(Shut),
    LetIn(LetIn),
    Erased(Erased),
}

/// Bring the parent what it lacks, fetch what has changed, and prove both equal.
///
/// Beside a `tillbook serve` that has the file, has it do a round at once and tells how that ended; only
/// where the parent has asked to be left alone, that is waited for first. The first round makes a file the child of its parent.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  tillbook sync now --parent https://centre.example --parent-key 1c663cf4d73c4c04.5f0a...
  TILLBOOK_PARENT=https://centre.example TILLBOOK_PARENT_KEY=1c663cf4d73c4c04.5f0a... tillbook sync now")]
struct Now {
    #[command(flatten)]
    parent: ParentFlags,
}

/// Show how the file stands to its parent, and who comes to it.
///
/// Asks nobody, and works beside a program that has the file open.
#[derive(Debug, clap::Args)]
struct Status {
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// Shut a node out: it may not push or pull any more, and nothing waits for it.
///
/// For a till that was stolen or scrapped. What it has sent stays. Works beside a program that has the
/// file open, and holds from the next request on. Its key still reads at the other doors until `tillbook
/// key revoke` ends that. A till below a shop is shut out at the shop, and at the root as well, so that no
/// report of an erase waits for it there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  tillbook sync shut till-3
  tillbook sync shut 3e39f71b6a2287a5e3585bf24fcc0f73")]
struct Shut {
    /// The id of the node, or the name of its key, as `tillbook sync status` shows them.
    node: String,
}

/// Let a node in again that was shut out.
///
/// Works beside a program that has the file open. A node whose key was revoked needs another key.
#[derive(Debug, clap::Args)]
struct LetIn {
    /// The id of the node, or the name of its key, as `tillbook sync status` shows them.
    node: String,
}

/// Show which nodes have confirmed that an erased customer is gone at theirs.
///
/// Only the root knows. Nodes that were shut out and those whose key was revoked are not waited for.
/// Works beside a program that has the file open.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  tillbook sync erased 01a1fbce-a89a-74cb-8210-5fc36b0f40be
  tillbook sync erased 4242 --json | jq '.waiting[].node'")]
struct Erased {
    /// The id of the customer.
    #[arg(value_name = "CUSTOMER")]
    id: String,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(super) fn given(&self) -> Given {
        match &self.verb {
            Verb::Now(now) => now.parent.given(),
            _ => Vec::new(),
        }
    }
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.verb {
        Verb::Now(_) => now::run(settings)?,
        Verb::Status(Status { json }) => status::run(&settings.db(), *json)?,
        Verb::Shut(Shut { node }) => children::shut(&settings.db(), node)?,
        Verb::LetIn(LetIn { node }) => children::let_in(&settings.db(), node)?,
        Verb::Erased(Erased { id, json }) => erased::run(&settings.db(), id, *json)?,
    }
    Ok(ExitCode::SUCCESS)
}
