//! `tillbook key`: who may come in by the doors.

use std::path::Path;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use tillbook::{Error, Key, KeyKind, NewKey, Right, Rights, Store};

use super::failure::Failure;
use super::output::{Align, Table, moment, print, print_json};

/// Make, list and revoke the keys to the doors.
///
/// Works beside a program that has the file open: a new key opens, and a revoked one does not, from
/// the next request on.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Add(Add),
    List(List),
    Revoke(Revoke),
}

/// Make a key and show it, once.
///
/// The file keeps a hash of the key only, so whoever loses a key makes another. Without a right a
/// key reads. `admin` stands for all other rights but `sync`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  tillbook key add office --right CustomerCreate --right CustomerUpdate
  tillbook key add till-3 --right customersetcredit,customerupdate
  tillbook key add 'price checker'
  tillbook key add portos-till --right admin --nws4
  tillbook key add backup --right admin --json | jq -r .key")]
struct Add {
    /// What people call it; it stands in the history of credit as who did it.
    name: String,
    /// What the key allows; several are named one by one or with commas between them.
    #[arg(long = "right", value_name = "RIGHT", value_delimiter = ',', ignore_case = true, value_parser = rights())]
    rights: Vec<Right>,
    /// For clients that sign requests by NWS4-HMAC-SHA256; the file keeps its secret.
    #[arg(long)]
    nws4: bool,
    /// Print the key as JSON.
    #[arg(long)]
    json: bool,
}

/// List all keys, without their secrets.
#[derive(Debug, clap::Args)]
struct List {
    /// Print the keys as JSON.
    #[arg(long)]
    json: bool,
}

/// Make a key open nothing from now on.
///
/// It stays in the list, and its name is free for another key.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  tillbook key revoke till-3
  tillbook key revoke 9d4c0a51be07f213")]
struct Revoke {
    /// The name or the id of the key.
    name: String,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let store = super::open_beside(db).map_err(|failure| match failure {
        Failure::Store(error @ Error::NoFile(_)) => Failure::with_hint(
            error.to_string(),
            "`tillbook serve` makes a file and its first key; --db FILE names another",
        ),
        other => other,
    })?;
    match &arguments.verb {
        Verb::Add(arguments) => add(&store, arguments)?,
        Verb::List(arguments) => list(&store, arguments)?,
        Verb::Revoke(arguments) => {
            let key = store.revoke_key(&arguments.name).map_err(unknown)?;
            print(&format!("key {} {} opens nothing from now on\n", key.name, key.id))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a right by its word; the help text and a usage error name them all.
fn rights() -> impl TypedValueParser<Value = Right> {
    let words = PossibleValuesParser::new(Right::ALL.map(Right::as_str));
    words.try_map(|word| Right::parse(&word).ok_or("is no right"))
}

fn add(store: &Store, arguments: &Add) -> Result<(), Failure> {
    let rights: Rights = arguments.rights.iter().copied().collect();
    let kind = if arguments.nws4 { KeyKind::Nws4 } else { KeyKind::Bearer };
    let new = store.add_key(&arguments.name, rights, kind)?;
    match arguments.json {
        true => {
            let (name, key) = (&*new.key.name, new.text());
            print_json(&Made { name, key, rights: words(rights) })
        }
        false => print(&told(&new)),
    }
}

fn told(new: &NewKey) -> String {
    let allows = match new.key.rights.is_empty() {
        true => "reads, and nothing more".to_owned(),
        false => format!("allows {}", new.key.rights),
    };
    let shown = match new.key.kind {
        KeyKind::Bearer => format!(
            "\n{}\n\nIt is not shown again. Send it with every request, after `Authorization: Bearer `.\n",
            new.text()
        ),
        KeyKind::Nws4 => format!(
            "\npublic key   {}\nprivate key  {}\n\nThe private key is not shown again. It signs requests and is never sent.\n",
            new.key.id,
            new.secret.as_str()
        ),
    };
    format!("key {} {allows}:\n{shown}", new.key.name)
}

fn list(store: &Store, arguments: &List) -> Result<(), Failure> {
    let keys = store.list_keys()?;
    if arguments.json {
        return print_json(&keys.iter().map(Listed::from).collect::<Vec<_>>());
    }
    if keys.is_empty() {
        return print("no keys\n");
    }
    let heads = ["ID", "NAME", "KIND", "MADE (UTC)", "REVOKED (UTC)", "RIGHTS"];
    let mut table = Table::new(heads.map(|head| (head.to_owned(), Align::Left)));
    for key in keys {
        table.row([
            key.id.to_string(),
            key.name,
            key.kind.to_string(),
            moment(key.created_at),
            key.revoked_at.map_or_else(|| "-".to_owned(), moment),
            if key.rights.is_empty() { "-".to_owned() } else { key.rights.to_string() },
        ]);
    }
    print(&table.text())
}

/// A new key as JSON.
#[derive(Serialize)]
struct Made<'a> {
    name: &'a str,
    key: String,
    rights: Vec<&'static str>,
}

/// A key of the list as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    rights: Vec<&'static str>,
    created_at: String,
    revoked_at: Option<String>,
}

impl<'a> From<&'a Key> for Listed<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            id: key.id.as_str(),
            name: &key.name,
            kind: key.kind.as_str(),
            rights: words(key.rights),
            created_at: key.created_at.to_string(),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

fn words(rights: Rights) -> Vec<&'static str> {
    rights.iter().map(Right::as_str).collect()
}

fn unknown(error: Error) -> Failure {
    match error {
        Error::NotFound { .. } => {
            Failure::with_hint(error.to_string(), "`tillbook key list` shows them all")
        }
        other => Failure::Store(other),
    }
}
