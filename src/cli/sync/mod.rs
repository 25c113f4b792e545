//! `tillbook sync`: how the file stands to its parent, and a round with it now.

mod now;
mod status;

use std::process::ExitCode;

use super::failure::Failure;
use super::parent::ParentFlags;
use super::settings::Settings;
use super::sourced::Given;

/// Talk with the parent once, or show how the file stands to it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Now(Now),
    Status(Status),
}

/// Bring the parent what it lacks, fetch what has changed, and prove both equal.
///
/// Beside a `tillbook serve` that has the file, waits for the next round that it does and tells how
/// that ended. The first round makes a file the child of its parent.
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

impl Arguments {
    pub(super) fn given(&self) -> Given {
        match &self.verb {
            Verb::Now(now) => now.parent.given(),
            Verb::Status(_) => Vec::new(),
        }
    }
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.verb {
        Verb::Now(_) => now::run(settings)?,
        Verb::Status(Status { json }) => status::run(&settings.db(), *json)?,
    }
    Ok(ExitCode::SUCCESS)
}
