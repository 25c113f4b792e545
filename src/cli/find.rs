//! `tillbook find`: the customers that a cashier's text may mean.

use std::path::Path;
use std::process::ExitCode;

use tillbook::http::portos::QueryResult;
use tillbook::{Found, Match, ProfilePage, Store};

use super::failure::Failure;
use super::list::{cells, columns};
use super::output::{Align, Table, print, print_json};

/// At most this many customers are shown; a cashier who sees more types more.
const FOUND_MAX: u32 = 20;

/// Find customers by what a cashier types.
///
/// The text is looked for as the serial number of a card, as an id or external id, as a phone
/// number, as an e-mail address, and word by word in names, company names, tax numbers and notes.
/// Case and accents do not count in words. The best kind of match comes first, 20 customers at most.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  tillbook find 0012345678
  tillbook find 0905 123 456
  tillbook find novak zof")]
pub(super) struct Arguments {
    /// A card's number, an id, a phone number, an e-mail address, or pieces of a name.
    #[arg(required = true)]
    text: Vec<String>,
    /// Print the customers as JSON, as the Portos contract has them.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let store = super::open_beside(db)?;
    let text = arguments.text.join(" ");
    let found = store.find_customers(&text, FOUND_MAX)?;
    match arguments.json {
        true => print_json(&document(&store, found)?)?,
        false => print(&told(&store, text.trim(), &found))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// As a page whose total nobody counted.
fn document(store: &Store, found: Vec<Found>) -> Result<QueryResult, Failure> {
    let count = found.len() as u64;
    let dossiers = found.into_iter().map(|found| store.dossier(&found.profile.customer.id));
    let items = Some(dossiers.collect::<tillbook::Result<_>>()?);
    Ok(QueryResult::of(store, ProfilePage { items, count, total_count: None }))
}

fn told(store: &Store, text: &str, found: &[Found]) -> String {
    if found.is_empty() {
        return "nobody found\n".to_owned();
    }
    let (currency, now) = (store.currency(), store.now());
    let matched = [("MATCH".to_owned(), Align::Left)];
    let mut table = Table::new(matched.into_iter().chain(columns(currency)));
    for Found { matched, profile } in found {
        let card = (*matched == Match::Card).then_some(text);
        let kind = [kind_word(*matched).to_owned()];
        table.row(kind.into_iter().chain(cells(profile, card, currency, now)));
    }
    let full = found.len() == FOUND_MAX as usize;
    let more = if full { "\nthere may be more; type more of the name to find fewer\n" } else { "" };
    table.text() + more
}

fn kind_word(matched: Match) -> &'static str {
    match matched {
        Match::Card => "card",
        Match::Id => "id",
        Match::ExternalId => "external",
        Match::Phone => "phone",
        Match::Email => "e-mail",
        Match::Name => "name",
        Match::Text => "text",
    }
}
