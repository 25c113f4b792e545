//! Check: proves that a file is sound, and names what is not.

mod copy;
mod location;
mod place;

use std::fmt;

use rusqlite::Connection;

use crate::address;
use crate::ban_note;
use crate::card;
use crate::claim;
use crate::credit;
use crate::customer;
use crate::debt_account;
use crate::error::Result;
use crate::id::{CustomerId, LocationId, OperationId, Subject};
use crate::migrate;
use crate::money::Money;
use crate::operation;
use crate::store::Store;

/// At most this many troubles are listed; [`Report::n_troubles`] counts them all.
pub const TROUBLES_MAX: usize = 1_000;

/// What a check has read and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Customers read, deleted and erased ones included.
    pub n_customers: u64,
    /// Operations whose hashes were computed again.
    pub n_operations: u64,
    /// Credit transactions added up.
    pub n_credit_transactions: u64,
    /// Everything that is wrong.
    pub n_troubles: u64,
    /// The first [`TROUBLES_MAX`] of it.
    pub troubles: Vec<Trouble>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.n_troubles == 0
    }

    fn add(&mut self, trouble: Trouble) {
        self.n_troubles += 1;
        if self.troubles.len() < TROUBLES_MAX {
            self.troubles.push(trouble);
        }
    }
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// What SQLite says of its own structures.
    Sqlite(String),
    /// A row of this table refers to a row that is missing.
    Reference(String),
    /// An operation is missing from its chain.
    OperationMissing(OperationId),
    /// An operation does not hash to what it says.
    OperationDamaged(OperationId),
    /// A chain ends elsewhere than at this operation, its head.
    ChainEnd(OperationId),
    /// A row of this customer or location was written by no operation of any chain.
    Unaccounted(Subject),
    /// A balance is not the sum of its transactions.
    Balance {
        /// Whose balance.
        customer: CustomerId,
        /// What the row says, in minor units.
        stored: Money,
        /// What the transactions add up to: all that are not reversed.
        sum: Money,
    },
    /// A live customer or location uses a value without a claim to it.
    ClaimMissing {
        /// Who uses it.
        subject: Subject,
        /// What is claimed: `card`, `external_id`, `location_name` ...
        kind: String,
    },
    /// A claim belongs to a customer or location that does not use the value.
    ClaimUnused {
        /// Who claims it.
        subject: Subject,
        /// What is claimed: `card`, `external_id`, `location_name` ...
        kind: String,
    },
    /// A circle of parents in which this location counts as having none, and no conflict says so; or a
    /// conflict says so of no circle.
    Circle(LocationId),
    /// A name or search text is not what follows from the customer's fields.
    Derived(CustomerId),
    /// A row is not what was written: bits of it have changed on the disk.
    Row {
        /// The table.
        table: &'static str,
        /// The row's id, or that of its customer; empty when even that is gone.
        name: String,
    },
    /// The sum that is kept of something is not the sum of the rows.
    Digest(&'static str),
    /// The customer's row does not read.
    Unreadable(CustomerId),
    /// The location's row does not read.
    UnreadableLocation(LocationId),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(text) => write!(f, "SQLite: {text}"),
            Self::Reference(table) => write!(f, "a row of table {table} refers to a missing row"),
            Self::OperationMissing(id) => write!(f, "operation {id} is missing"),
            Self::OperationDamaged(id) => write!(f, "operation {id} is not what its author wrote"),
            Self::ChainEnd(id) => write!(f, "the chain does not end at operation {id}"),
            Self::Unaccounted(subject) => {
                let noun = subject.noun();
                write!(f, "{noun} {subject}: the operation that wrote a row is missing")
            }
            Self::Balance { customer, stored, sum } => write!(
                f,
                "customer {customer}: the balance is {} minor units, the transactions add up to {}",
                stored.minor(),
                sum.minor()
            ),
            Self::ClaimMissing { subject, kind } => {
                let noun = subject.noun();
                write!(f, "{noun} {subject} uses a value of kind {kind} without a claim")
            }
            Self::ClaimUnused { subject, kind } => {
                let noun = subject.noun();
                write!(f, "{noun} {subject} has a claim of kind {kind} to a value it does not use")
            }
            Self::Circle(location) => {
                write!(f, "location {location}: its circle of parents and the conflicts differ")
            }
            Self::Derived(customer) => {
                write!(f, "customer {customer}: the search text is not up to date")
            }
            Self::Row { table, name } => write!(f, "a row of table {table} was damaged: {name}"),
            Self::Digest(what) => write!(f, "the digest of {what} is not that of the rows"),
            Self::Unreadable(customer) => write!(f, "customer {customer}: the row does not read"),
            Self::UnreadableLocation(location) => {
                write!(f, "location {location}: the row does not read")
            }
        }
    }
}

impl Store {
    /// Checks SQLite's structures, references, the seal of every row, the hash chains of all operations, every balance
    /// against its transactions, every claim and every derived text, all of one moment. `progress`
    /// hears what is being checked, in words for a person.
    ///
    /// The store goes on serving meanwhile.
    ///
    /// ```
    /// let store = tillbook::Store::open_in_memory()?;
    /// assert!(store.check(|_| ())?.is_sound());
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read at all.
    pub fn check(&self, mut progress: impl FnMut(&'static str)) -> Result<Report> {
        self.read_snapshot(|conn| {
            let mut report = Report::default();
            progress("the structure of the file");
            check_structure(conn, &mut report)?;
            progress("the rows");
            check_rows(conn, &mut report)?;
            place::check(conn, &mut report)?;
            progress("the chains of operations");
            check_chains(conn, &mut report)?;
            progress("the balances");
            check_balances(conn, &mut report)?;
            progress("the claims");
            check_claims(conn, &mut report)?;
            location::check(conn, &mut report)?;
            progress("the customers");
            check_customers(conn, &mut report)?;
            progress("the sums that other nodes compare");
            copy::check(conn, &mut report)?;
            Ok(report)
        })
    }
}

fn check_structure(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut statement = conn.prepare("pragma integrity_check(1000)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        match line?.as_str() {
            "ok" => {}
            line => report.add(Trouble::Sqlite(line.to_owned())),
        }
    }
    let mut statement = conn.prepare("pragma foreign_key_check")?;
    for table in statement.query_map([], |row| row.get(0))? {
        report.add(Trouble::Reference(table?));
    }
    Ok(())
}

/// Computes the seal of every row again.
fn check_rows(conn: &Connection, report: &mut Report) -> Result<()> {
    let single = [
        crate::location::SEALED,
        address::SEALED,
        card::SEALED,
        debt_account::SEALED,
        ban_note::SEALED,
        credit::SEALED,
    ];
    for sealed in customer::SEALED
        .into_iter()
        .chain(single)
        .chain(claim::SEALED)
        .chain(migrate::SEALED)
        .chain([migrate::PLACE_SEALED])
    {
        let mut broken = conn.prepare(sealed.broken)?;
        for name in broken.query_map([], |row| row.get::<_, Option<String>>(0))? {
            let name = name?.unwrap_or_default();
            report.add(Trouble::Row { table: sealed.table, name });
        }
    }
    Ok(())
}

fn check_chains(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut found = Vec::new();
    report.n_operations = operation::verify(conn, |trouble| found.push(trouble))?;
    for trouble in found {
        report.add(match trouble {
            operation::Trouble::Missing(id) => Trouble::OperationMissing(id),
            operation::Trouble::Damaged(id) => Trouble::OperationDamaged(id),
            operation::Trouble::Head(id) => Trouble::ChainEnd(id),
        });
    }
    // A copy has rows whose operations never came this way.
    if copy::is_copy(conn)? { Ok(()) } else { check_authors(conn, report) }
}

/// Every row's author is among the chains, and no stamp is later than its author's chain.
fn check_authors(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut statement = conn.prepare(
        "with author (node, hlc) as materialized (
             select lower(hex(node)), printf('%016x', max(hlc)) from incarnation group by node),
         written (customer_key, stamp) as (
             select key, stamp from customer
             union all
             select customer_key, stamp from card
             union all
             select customer_key, stamp from address)
         select distinct customer.id
           from written
           join customer on customer.key = written.customer_key
           left join author on author.node = substr(written.stamp, 17)
          where author.hlc is null or author.hlc < substr(written.stamp, 1, 16)",
    )?;
    for customer in statement.query_map([], |row| row.get(0))? {
        report.add(Trouble::Unaccounted(Subject::Customer(customer?)));
    }
    let mut statement = conn.prepare(
        "with author (node, hlc) as materialized (
             select lower(hex(node)), printf('%016x', max(hlc)) from incarnation group by node)
         select location.id
           from location
           left join author on author.node = substr(location.stamp, 17)
          where author.hlc is null or author.hlc < substr(location.stamp, 1, 16)",
    )?;
    for location in statement.query_map([], |row| row.get(0))? {
        report.add(Trouble::Unaccounted(Subject::Location(location?)));
    }
    Ok(())
}

/// The balance must be the sum of the effects as they came, and also the sum of every transaction
/// that no reversal undoes: two ways to the same number.
fn check_balances(conn: &Connection, report: &mut Report) -> Result<()> {
    report.n_credit_transactions =
        conn.query_row("select count(*) from credit_transaction", [], |row| row.get(0))?;
    let mut statement = conn.prepare(
        "select c.id, c.credit_minor,
                coalesce(sum(iif(t.kind = 'reversal' or t.kind <> 'merge' and exists (select 1
                                                                  from credit_transaction r
                                                                 where r.target_id = t.id
                                                                   and r.customer_key = t.customer_key),
                                 0, t.amount_minor)), 0) as unreversed_sum,
                coalesce(sum(t.effect_minor), 0) as effect_sum
           from customer c
           left join credit_transaction t on t.customer_key = c.key
          group by c.key
         having c.credit_minor <> unreversed_sum or c.credit_minor <> effect_sum",
    )?;
    let wrong = statement.query_map([], |row| {
        let (stored, unreversed, effects): (Money, Money, Money) =
            (row.get(1)?, row.get(2)?, row.get(3)?);
        let sum = if unreversed == stored { effects } else { unreversed };
        Ok(Trouble::Balance { customer: row.get(0)?, stored, sum })
    })?;
    for trouble in wrong {
        report.add(trouble?);
    }
    Ok(())
}

fn check_claims(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut missing = conn.prepare(
        "with used (kind, value, customer_key) as (
             select 'card', serial_number, customer_key from card where removed = 0
             union all
             select 'external_id', external_id, key from customer where external_id is not null
             union all
             select 'debt_account', external_id, customer_key
               from debt_account
              where removed = 0 and external_id is not null)
         select customer.id, used.kind
           from used
           join customer on customer.key = used.customer_key and customer.state = 0
          where not exists (select 1
                              from claim
                             where claim.kind = used.kind and claim.value = used.value
                               and claim.customer_key = used.customer_key)",
    )?;
    for row in missing.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (customer, kind) = row?;
        report.add(Trouble::ClaimMissing { subject: Subject::Customer(customer), kind });
    }
    let mut unused = conn.prepare(
        "select customer.id, claim.kind
           from claim
           join customer on customer.key = claim.customer_key
          where customer.state <> 0
             or case claim.kind
                when 'external_id' then customer.external_id is not claim.value
                when 'debt_account' then not exists (select 1
                                   from debt_account
                                  where debt_account.customer_key = claim.customer_key
                                    and debt_account.external_id = claim.value and debt_account.removed = 0)
                else not exists (select 1
                                   from card
                                  where card.customer_key = claim.customer_key
                                    and card.serial_number = claim.value and card.removed = 0)
                end",
    )?;
    for row in unused.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (customer, kind) = row?;
        report.add(Trouble::ClaimUnused { subject: Subject::Customer(customer), kind });
    }
    Ok(())
}

fn check_customers(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut statement = conn.prepare("select id from customer order by key")?;
    for id in statement.query_map([], |row| row.get::<_, CustomerId>(0))? {
        let id = id?;
        report.n_customers += 1;
        match customer::is_derived_soundly(conn, &id) {
            Ok(true) => {}
            Ok(false) => report.add(Trouble::Derived(id)),
            Err(_) => report.add(Trouble::Unreadable(id)),
        }
    }
    Ok(())
}
