//! `tillbook explain`: every movement of one balance, and how they add up.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::ExitCode;

use tillbook::http::portos::credit_transactions;
use tillbook::query::TAKE_MAX;
use tillbook::{
    CardSerial, CreditKind, CreditTransaction, Currency, CustomerId, Error, Money, Page, Posting,
    Store, TransactionId,
};

use super::failure::Failure;
use super::list::name;
use super::output::{Align, Table, moment, print, print_json};

/// Explain a balance: every movement of a customer's credit.
///
/// The movements come in the order in which they arrived in this file, each with what it did to the
/// balance. A reversal and what it undoes name each other. The sums by kind come last.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The serial number of a card or the id of a customer, who may be deleted.
    #[arg(value_name = "CARD-OR-ID")]
    text: String,
    /// Print the movements as JSON, as the Portos contract has them.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(db: &Path, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let store = super::open_beside(db)?;
    let text = arguments.text.trim();
    let id = customer_id(&store, text)?;
    let postings = postings(&store, &id).map_err(|error| unknown(error, text))?;
    match arguments.json {
        true => print_json(&credit_transactions(postings, store.currency()))?,
        false => {
            let title = title(&store, &id)?;
            print(&format!("{title}\n{}", told(&postings, store.currency())?))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whose card `text` is, else the id that it is.
fn customer_id(store: &Store, text: &str) -> Result<CustomerId, Failure> {
    if let Ok(serial) = CardSerial::new(text)
        && let Some(swipe) = store.find_card(&serial)?
    {
        return Ok(swipe.customer.id);
    }
    CustomerId::new(text)
        .map_err(|rule| Failure::said(format!("the serial number of a card or an id {rule}")))
}

fn unknown(error: Error, text: &str) -> Failure {
    match error {
        Error::NotFound { .. } => Failure::with_hint(
            format!("there is neither a card nor a customer {text}"),
            "`tillbook find` looks in external ids, phone numbers, e-mail addresses and names as well",
        ),
        error => error.into(),
    }
}

/// The whole ledger of a customer, page by page.
fn postings(store: &Store, id: &CustomerId) -> Result<Vec<Posting>, Error> {
    let mut all = Vec::new();
    loop {
        let page = Page { skip: all.len() as u64, take: TAKE_MAX };
        let more = store.list_credit_transactions(id, page)?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}

fn title(store: &Store, id: &CustomerId) -> Result<String, Error> {
    match store.customer(id) {
        Ok(customer) => Ok(format!("{}, customer {id}\n", name(&customer, store.now()))),
        Err(Error::NotFound { .. }) => Ok(format!("deleted customer {id}\n")),
        Err(error) => Err(error),
    }
}

fn told(postings: &[Posting], currency: &Currency) -> Result<String, Error> {
    if postings.is_empty() {
        return Ok("no movements\n".to_owned());
    }
    Ok(format!("{}\n{}", movements(postings, currency), sums(postings, currency)?))
}

fn movements(postings: &[Posting], currency: &Currency) -> String {
    let pairs = Pairs::of(postings);
    let mut table = Table::new([
        ("TIME (UTC)".to_owned(), Align::Left),
        ("KIND".to_owned(), Align::Left),
        (format!("EFFECT {}", currency.label()), Align::Right),
        ("BALANCE".to_owned(), Align::Right),
        ("ID".to_owned(), Align::Left),
    ]);
    for Posting { transaction, effect, balance, .. } in postings {
        table.row([
            moment(transaction.at),
            transaction.kind.to_string(),
            signed(*effect, currency),
            currency.display(*balance).to_string(),
            transaction.id.to_string(),
        ]);
        for remark in pairs.remark(transaction).into_iter().chain(circumstances(transaction)) {
            table.remark(remark);
        }
    }
    table.text()
}

/// Which movement undoes which.
struct Pairs<'a> {
    kinds: HashMap<&'a TransactionId, CreditKind>,
    /// From a target to the reversal that arrived first, which alone has an effect.
    reversals: HashMap<&'a TransactionId, &'a TransactionId>,
}

impl<'a> Pairs<'a> {
    fn of(postings: &'a [Posting]) -> Self {
        let mut pairs = Self { kinds: HashMap::new(), reversals: HashMap::new() };
        for Posting { transaction, .. } in postings {
            pairs.kinds.insert(&transaction.id, transaction.kind);
            if let Some(target) = &transaction.target {
                pairs.reversals.entry(target).or_insert(&transaction.id);
            }
        }
        pairs
    }

    /// What a reversal has to do with this movement.
    fn remark(&self, transaction: &CreditTransaction) -> Option<String> {
        let Some(target) = &transaction.target else {
            return self.reversals.get(&transaction.id).map(|id| format!("undone by {id}"));
        };
        let is_first = self.reversals.get(target) == Some(&&transaction.id);
        Some(match self.kinds.get(target) {
            None => format!("undoes {target}, which is not here yet"),
            Some(CreditKind::Reversal) => format!("no effect: {target} is a reversal itself"),
            Some(_) if is_first => format!("undoes {target}"),
            Some(_) => format!("no effect: {target} is undone already"),
        })
    }
}

/// Who moved it, under which number, and why.
fn circumstances(transaction: &CreditTransaction) -> Vec<String> {
    let CreditTransaction { actor, external_id, note, on_sight, .. } = transaction;
    let by = actor.as_ref().map(|actor| format!("by {actor}"));
    let external = external_id.as_ref().map(|id| format!("external id {id}"));
    let who: Vec<String> = by.into_iter().chain(external).collect();
    let who = (!who.is_empty()).then(|| who.join(", "));
    let on_sight = on_sight.then(|| "taken against the balance that its till saw".to_owned());
    who.into_iter().chain(on_sight).chain(note.clone()).collect()
}

fn sums(postings: &[Posting], currency: &Currency) -> Result<String, Error> {
    let mut sums: BTreeMap<CreditKind, (u64, Money)> = BTreeMap::new();
    let mut total = Money::ZERO;
    for Posting { transaction, effect, .. } in postings {
        let (count, sum) = sums.entry(transaction.kind).or_default();
        *count += 1;
        *sum = sum.checked_add(*effect).ok_or(Error::Overflow)?;
        total = total.checked_add(*effect).ok_or(Error::Overflow)?;
    }
    let mut table = Table::new([
        ("KIND".to_owned(), Align::Left),
        ("COUNT".to_owned(), Align::Right),
        (format!("SUM {}", currency.label()), Align::Right),
    ]);
    for (kind, (count, sum)) in sums {
        table.row([kind.to_string(), count.to_string(), signed(sum, currency)]);
    }
    let balance = currency.display(total).to_string();
    table.row(["balance".to_owned(), postings.len().to_string(), balance]);
    Ok(table.text())
}

fn signed(amount: Money, currency: &Currency) -> String {
    match amount {
        Money::ZERO => currency.display(amount).to_string(),
        amount => format!("{:+}", currency.display(amount)),
    }
}
