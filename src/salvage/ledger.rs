//! The damaged ledger: the transactions that only their rows know, and those that are lost.

use rusqlite::Row;

use super::log::Log;
use super::source::{Source, Stretch};
use super::{Finding, Findings, Reason};
use crate::credit;
use crate::id::{CustomerId, TransactionId};
use crate::seal::Sealed;

/// A row, or what is left of it.
struct Found {
    position: i64,
    id: Option<TransactionId>,
    holds: bool,
    customer: Option<CustomerId>,
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Found> {
    let (id, customer) = (row.get(1).ok(), row.get(3).ok().flatten());
    Ok(Found { position: row.get(0)?, id, holds: row.get(2)?, customer })
}

/// The places of the sealed rows that no operation tells of, the first one last; what is lost is
/// named.
pub(super) fn read(source: &Source, log: &Log, findings: &mut Findings) -> Vec<i64> {
    let Sealed { table, holds, .. } = credit::SEALED;
    let sql = format!(
        "select position, id, {holds}, (select id from who where key = customer_key)
           from main.credit_transaction where position between ?1 and ?2 order by position"
    );
    // A page that is lost need not be noticed on the way to the last row; the index has it as well.
    let greatest = [
        "select max(position) from main.credit_transaction",
        "select max(position) from main.credit_transaction indexed by credit_transaction_by_customer",
    ];
    let key_last = greatest.into_iter().map(|sql| source.greatest(sql)).max().unwrap_or(0);
    let (mut postings, mut missing): (Vec<i64>, Vec<Stretch>) = (Vec::new(), Vec::new());
    let (mut next, mut n_missing, mut n_logged) = (1, 0, 0);
    let mut pass = |position: i64| {
        if next < position {
            missing.push((next, position - 1));
            n_missing += position - next;
        }
        next = position + 1;
    };
    source.sweep(&sql, key_last, read_row, |row| {
        pass(row.position);
        let logged = row.id.as_ref().and_then(|id| log.transactions.get(id));
        n_logged += usize::from(logged.is_some());
        match row.id {
            _ if logged == Some(&true) => {}
            Some(_) if row.holds => postings.push(row.position),
            // Its operation is without words, which is said there.
            _ if logged.is_some() || log.is_complete => {}
            id => {
                let name = id.map_or(format!("row {}", row.position), |id| id.to_string());
                let customer = row.customer.as_ref();
                findings.add(Finding::new(table, name, customer, Reason::SealBroken));
            }
        }
    });
    pass(key_last + 1);
    // The log may have every row that does not read.
    let n_recovered = i64::try_from(log.transactions.len() - n_logged).unwrap_or(i64::MAX);
    if !log.is_complete && n_missing > n_recovered {
        for (first, last) in missing {
            findings.add(Finding::rows(table, first, last, Reason::Unreadable));
        }
    }
    postings.reverse();
    postings
}
