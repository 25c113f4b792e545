//! The program: its arguments, what it prints, what it says when it fails, and a file for each verb.
//!
//! A verb has `Arguments`, which clap reads, and `run`, which does the work and prints the answer.

mod backup;
mod check;
mod demo;
mod explain;
mod export;
mod failure;
mod find;
mod import;
mod key;
mod list;
mod output;
mod restore;
mod salvage;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tillbook::{Options, Store};

use failure::Failure;

/// The offline-first customer store for points of sale.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 done, 1 failed, 2 wrong arguments."
)]
struct Arguments {
    /// The customer file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TILLBOOK_DB",
        default_value = "tillbook.db"
    )]
    db: PathBuf,
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
    Salvage(salvage::Arguments),
}

/// Reads the arguments, does what they say, and answers with the exit status: 0 done, 1 failed,
/// 2 the arguments are wrong.
pub(crate) fn main() -> ExitCode {
    let Arguments { db, verb } = Arguments::parse();
    let done = match verb {
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
        Verb::Serve(arguments) => serve::run(&db, &arguments),
        Verb::Salvage(arguments) => salvage::run(&db, &arguments),
    };
    done.unwrap_or_else(|failure| failure.tell())
}

/// Opens the file to read it, whoever else is writing it.
fn open_beside(db: &Path) -> Result<Store, Failure> {
    Ok(Store::open_beside(db, Options::default())?)
}
