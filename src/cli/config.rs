//! `tillbook config`: what the program goes by.

use std::process::ExitCode;

use super::failure::Failure;
use super::output::{Align, Table, print};
use super::settings::{Flags, Settings};

/// Show the settings.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Print(Print),
}

/// Print every setting with its value and where that came from.
///
/// Takes the flags of `tillbook serve`, and says what is wrong with a value as `serve` would. The key
/// of the parent is the one secret among the settings, and is not shown.
#[derive(Debug, clap::Args)]
struct Print {
    #[command(flatten)]
    flags: Flags,
}

impl Arguments {
    pub(super) fn flags(&self) -> &Flags {
        let Verb::Print(Print { flags }) = &self.verb;
        flags
    }
}

pub(super) fn run(settings: &Settings) -> Result<ExitCode, Failure> {
    let mut table =
        Table::new(["SETTING", "VALUE", "FROM"].map(|head| (head.to_owned(), Align::Left)));
    settings.rows().into_iter().for_each(|row| table.row(row));
    print(&table.text())?;
    settings.serving()?;
    Ok(ExitCode::SUCCESS)
}
