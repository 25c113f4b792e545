//! The program: its arguments, what it prints, what it says when it fails, and a file for each verb.
//!
//! A verb has `Arguments`, which clap reads, and `run`, which does the work and prints the answer.

mod backup;
mod check;
mod config;
mod demo;
mod explain;
mod export;
mod failure;
mod find;
mod import;
mod import_json;
mod key;
mod list;
mod log;
mod output;
mod parent;
mod restore;
mod rows;
mod salvage;
mod serve;
mod settings;
mod signal;
mod sourced;
mod sync;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tillbook::{Options, Store};

use failure::Failure;
use settings::Settings;

/// The offline-first customer store for points of sale.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 done, 1 failed, 2 wrong arguments."
)]
struct Arguments {
    /// The customer file [env: TILLBOOK_DB] [default: tillbook.db].
    #[arg(long, global = true, value_name = "FILE")]
    db: Option<PathBuf>,
    /// A file of settings, in TOML [env: TILLBOOK_CONFIG] [default: none].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Arguments),
    Key(key::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Find(find::Arguments),
    List(list::Arguments),
    Explain(explain::Arguments),
    Check(check::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Serve(serve::Arguments),
    Sync(sync::Arguments),
    Salvage(salvage::Arguments),
    Config(config::Arguments),
}

/// Reads the arguments, does what they say, and answers with the exit status: 0 done, 1 failed,
/// 2 the arguments are wrong.
pub(crate) fn main() -> ExitCode {
    let Arguments { db, config, verb } = Arguments::parse();
    run(db, config, verb).unwrap_or_else(|failure| failure.tell())
}

fn run(db: Option<PathBuf>, config: Option<PathBuf>, verb: Verb) -> Result<ExitCode, Failure> {
    let given = match &verb {
        Verb::Serve(arguments) => arguments.flags().given(),
        Verb::Config(arguments) => arguments.flags().given(),
        Verb::Sync(arguments) => arguments.given(),
        _ => Vec::new(),
    };
    let settings = Settings::gather(db, config, given)?;
    let db = settings.db();
    match verb {
        Verb::Demo(arguments) => demo::run(&db, &arguments),
        Verb::Key(arguments) => key::run(&db, &arguments),
        Verb::Import(arguments) => import::run(&db, &arguments),
        Verb::Export(arguments) => export::run(&db, &arguments),
        Verb::Find(arguments) => find::run(&db, &arguments),
        Verb::List(arguments) => list::run(&db, &arguments),
        Verb::Explain(arguments) => explain::run(&db, &arguments),
        Verb::Check(arguments) => check::run(&db, &arguments),
        Verb::Backup(arguments) => backup::run(&db, &arguments),
        Verb::Restore(arguments) => restore::run(&db, &arguments),
        Verb::Salvage(arguments) => salvage::run(&db, &arguments),
        Verb::Serve(_) => serve::run(&settings),
        Verb::Sync(arguments) => sync::run(&settings, &arguments),
        Verb::Config(_) => config::run(&settings),
    }
}

/// Opens the file to read it, whoever else is writing it.
fn open_beside(db: &Path) -> Result<Store, Failure> {
    Ok(Store::open_beside(db, Options::default())?)
}
