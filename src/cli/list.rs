//! `tillbook list`: the customers that a query asks for.

use std::path::Path;
use std::process::ExitCode;

use tillbook::http::portos::{CUSTOMER_WORDS, QueryResult};
use tillbook::query::{Column, ndata};
use tillbook::{Currency, Customer, Profile, ProfilePage, Query, Timestamp, Unusable};

use super::failure::Failure;
use super::output::{Align, Table, print, print_json};

/// List the customers that a query asks for.
///
/// The query is what follows `?` in a URL of the Portos contract: filters and `$` parameters, joined
/// by `&`. Quote it, so that the shell leaves it alone.
#[derive(Debug, clap::Args)]
#[command(after_long_help = words())]
pub(super) struct Arguments {
    /// What to ask for; the first 1,000 customers when left out.
    #[arg(value_name = "NDATA", default_value = "", hide_default_value = true)]
    query: String,
    /// Print the answer as JSON, as the Portos contract has it.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let store = super::open_beside(db)?;
    let text = &arguments.query;
    let refused = |error| Failure::Query { text: text.clone(), error };
    let query = ndata::parse(text, &CUSTOMER_WORDS, store.currency()).map_err(refused)?;
    if arguments.json {
        print_json(&QueryResult::of(&store, store.list_dossiers(&query)?))?;
    } else {
        let page = store.list_profiles(&query)?;
        print(&told(&query, &page, store.currency(), store.now()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The columns that show a customer.
pub(super) fn columns(currency: &Currency) -> [(String, Align); 5] {
    [
        ("CARD".to_owned(), Align::Left),
        (format!("CREDIT {}", currency.label()), Align::Right),
        ("DISCOUNT".to_owned(), Align::Right),
        ("ID".to_owned(), Align::Left),
        ("NAME".to_owned(), Align::Left),
    ]
}

/// A customer in these columns; `card` is the one to show of several.
pub(super) fn cells(
    profile: &Profile,
    card: Option<&str>,
    currency: &Currency,
    now: Timestamp,
) -> [String; 5] {
    let Profile { customer, cards, credit, .. } = profile;
    let first = card.or_else(|| cards.first().map(|card| card.serial_number.as_str()));
    let others = match cards.len() {
        0 | 1 => String::new(),
        n => format!(" +{}", n - 1),
    };
    [
        first.map_or_else(|| "-".to_owned(), |serial| format!("{serial}{others}")),
        currency.display(*credit).to_string(),
        format!("{} %", customer.discount_rate),
        customer.id.to_string(),
        name(customer, now),
    ]
}

/// The display name, and in brackets why the customer may not be served now.
pub(super) fn name(customer: &Customer, now: Timestamp) -> String {
    let name = match customer.display_name() {
        name if name.is_empty() => "(no name)".to_owned(),
        name => name,
    };
    match customer.usable(now) {
        Ok(()) => name,
        Err(Unusable::Standing(word) | Unusable::Banned(word)) => format!("{name} ({word})"),
        Err(Unusable::NotYetValid(_)) => format!("{name} (not valid yet)"),
        Err(Unusable::Expired(_)) => format!("{name} (expired)"),
        Err(other) => format!("{name} ({other})"),
    }
}

fn told(query: &Query, page: &ProfilePage, currency: &Currency, now: Timestamp) -> String {
    let total = page.total_count;
    let Some(items) = &page.items else { return customers(total.unwrap_or_default()) + "\n" };
    let mut table = Table::new(columns(currency));
    for profile in items {
        table.row(cells(profile, None, currency, now));
    }
    let shown = match (total, items.len() as u64) {
        (Some(total), shown) if shown == total => customers(total),
        (Some(total), 0) => format!("none of {}", customers(total)),
        (Some(total), shown) => {
            let skip = query.page.skip;
            format!("{} to {} of {}", skip + 1, skip + shown, customers(total))
        }
        (None, shown) => customers(shown),
    };
    match items.is_empty() {
        true => format!("{shown}\n"),
        false => format!("{}\n{shown}\n", table.text()),
    }
}

fn customers(n: u64) -> String {
    match n {
        0 => "no customers".to_owned(),
        1 => "1 customer".to_owned(),
        n => format!("{n} customers"),
    }
}

/// The words of a query, for the help text.
fn words() -> String {
    let filters = named(CUSTOMER_WORDS.filters);
    let sorts = named(CUSTOMER_WORDS.sorts);
    format!(
        "\
Examples:
  tillbook list 'Search=novak'
  tillbook list 'DiscountRate=gt:0;lte:10&$sort=-CreditAmount,LastName&$take=20'
  tillbook list 'ExpirationTime=lt:2026-01-01&IsActive=true&$count=true'
  tillbook list --json 'CardSerialNumber=0012345678'

Operations, several of one filter joined by `;`:
  VALUE  eq:V  neq:V  gt:V  gte:V  lt:V  lte:V  in:V:V  nin:V:V

Paging and order:
  $skip=N  $take=N (at most 1000)  $sort=KEY,-KEY,KEY:desc  $count=true  $total=false

Filters:
{filters}
Filters with a plain value:
  IsExpired=true|false
  Search=TEXT  a piece of a name, company name, tax number or note, whatever case and accents

Keys of $sort:
{sorts}"
    )
}

/// The words in lines that fit a terminal.
fn named(words: &[(&str, Column)]) -> String {
    const LINE_CHARS: usize = 96;
    let mut lines = vec![String::new()];
    for (word, _) in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + 2 <= LINE_CHARS => {
                line.push_str("  ");
                line.push_str(word);
            }
            _ => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n") + "\n"
}
