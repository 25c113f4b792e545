//! The program: its arguments, what it prints, what it says when it fails, and a file for each verb.
//!
//! A verb has `Arguments`, which clap reads, and `run`, which does the work and prints the answer.

mod failure;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// The offline-first customer store for points of sale.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
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
enum Verb {}

/// Reads the arguments, does what they say, and answers with the exit status: 0 done, 1 failed,
/// 2 the arguments are wrong.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done: Result<ExitCode, Failure> = match arguments.verb {};
    done.unwrap_or_else(|failure| failure.tell())
}
