//! List: the credit transactions that a query asks for.

use std::collections::HashMap;

use rusqlite::{Connection, params, params_from_iter};

use super::row::{columns, read};
use super::{CreditTransaction, Posting};
use crate::cell::Cells;
use crate::error::Result;
use crate::id::TransactionId;
use crate::money::Money;
use crate::query::sql::{self, Source};
use crate::query::{Filter, Op, Query};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// All credit transactions, the last one that arrived here first.
const TRANSACTIONS: Source = Source {
    tables: "credit_transaction t join customer on customer.key = t.customer_key",
    condition: "true",
    order: &["t.position"],
    descending: true,
};

/// The answer to a [`Query`] for credit transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingPage {
    /// The credit transactions of this page; `None` when only a count was asked for.
    pub items: Option<Vec<Posting>>,
    /// How many records the page has, or would have.
    pub count: u64,
    /// How many records match before paging; `None` when the total is switched off.
    pub total_count: Option<u64>,
}

impl Store {
    /// The credit transactions that `query` asks for, of all customers, all of one moment. Deleted
    /// and erased customers keep theirs.
    ///
    /// ```
    /// use tillbook::query::{Filter, Op, Query};
    /// use tillbook::{CreditTransaction, Customer, Money, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// store.record(&CreditTransaction::deposit(store.stamp(), &ada.id, Money::from_minor(1000)))?;
    /// store.record(&CreditTransaction::spend(store.stamp(), &ada.id, Money::from_minor(450)))?;
    ///
    /// let is_spend = Filter { column: CreditTransaction::KIND, ops: vec![Op::Eq("spend".into())] };
    /// let page = store.list_postings(&Query { filters: vec![is_spend], ..Query::default() })?;
    /// assert_eq!(page.total_count, Some(1));
    /// assert_eq!(page.items.unwrap_or_default()[0].balance, Money::from_minor(550));
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read.
    pub fn list_postings(&self, query: &Query) -> Result<PostingPage> {
        let now = self.now();
        self.read_snapshot(|conn| list(conn, query, now))
    }
}

impl Tx<'_> {
    /// The credit transaction with this id as it lies in the ledger, if it was recorded.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read.
    pub fn find_posting(&self, id: &TransactionId) -> Result<Option<Posting>> {
        let ops = vec![Op::Eq(id.as_str().into())];
        let filters = vec![Filter { column: CreditTransaction::ID, ops }];
        let query = Query { filters, total: false, ..Query::default() };
        let page = list(self.conn(), &query, self.store().now())?;
        Ok(page.items.unwrap_or_default().pop())
    }
}

/// A row and where it lies.
struct Row {
    customer_key: i64,
    position: i64,
    posting: Posting,
}

const ROW: &str = concat!(
    "t.customer_key, t.position, t.effect_minor, t.balance_after_minor, t.node, ",
    columns!()
);

fn list(conn: &Connection, query: &Query, now: Timestamp) -> Result<PostingPage> {
    let total = || -> Result<u64> {
        let count = sql::total(&TRANSACTIONS, query, None, now);
        let mut statement = conn.prepare_cached(&count.text)?;
        Ok(statement.query_row(params_from_iter(count.parameters), |row| row.get(0))?)
    };
    if !query.items {
        let total = total()?;
        let count = total.saturating_sub(query.page.skip).min(u64::from(query.page.take));
        return Ok(PostingPage { items: None, count, total_count: Some(total) });
    }
    let rows = sql::rows(&TRANSACTIONS, query, None, ROW, now);
    let mut statement = conn.prepare_cached(&rows.text)?;
    let rows = statement.query_map(params_from_iter(rows.parameters), |row| {
        let mut cells = Cells::from(row, 0);
        let (customer_key, position) = (cells.take()?, cells.take()?);
        let (effect, balance_after, node) = (cells.take()?, cells.take()?, cells.take()?);
        let transaction = read(&mut cells)?;
        let posting = Posting { transaction, effect, balance: Money::ZERO, balance_after, node };
        Ok(Row { customer_key, position, posting })
    })?;
    let mut rows: Vec<Row> = rows.collect::<rusqlite::Result<_>>()?;
    add_balances(conn, &mut rows)?;
    let total_count = if query.total { Some(total()?) } else { None };
    let items: Vec<Posting> = rows.into_iter().map(|row| row.posting).collect();
    Ok(PostingPage { count: items.len() as u64, items: Some(items), total_count })
}

/// Tells each row the balance after it: that of today, less what came later. Each customer's ledger
/// is walked once, from its end to the earliest row.
fn add_balances(conn: &Connection, rows: &mut [Row]) -> Result<()> {
    let mut earliest: HashMap<i64, i64> = HashMap::new();
    for row in rows.iter() {
        let known = earliest.entry(row.customer_key).or_insert(row.position);
        *known = row.position.min(*known);
    }
    let mut statement = conn.prepare_cached(
        "select t.position, customer.credit_minor + t.effect_minor
                - sum(t.effect_minor) over (order by t.position desc)
           from credit_transaction t
           join customer on customer.key = t.customer_key
          where t.customer_key = ?1 and t.position >= ?2",
    )?;
    let mut balances: HashMap<i64, Money> = HashMap::new();
    for (customer_key, position) in earliest {
        let after = statement.query_map(params![customer_key, position], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Money>(1)?))
        })?;
        for after in after {
            let (position, balance) = after?;
            balances.insert(position, balance);
        }
    }
    for row in rows {
        row.posting.balance = balances.get(&row.position).copied().unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Sort, Value};

    fn plan(store: &Store, query: &Query) -> Result<String> {
        let rows = sql::rows(&TRANSACTIONS, query, None, ROW, store.now());
        store.read(|conn| {
            let mut plan = conn.prepare(&format!("explain query plan {}", rows.text))?;
            let steps = plan.query_map(params_from_iter(rows.parameters), |row| row.get(3))?;
            Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?.join(", "))
        })
    }

    /// A customer's page and one by time are read from their index; none is sorted.
    #[test]
    fn pages_are_read_from_an_index() -> Result<()> {
        let store = Store::open_in_memory()?;
        let filter = |column, op| vec![Filter { column, ops: vec![op] }];
        let by_time = vec![Sort::descending(CreditTransaction::AT)];
        for (filters, sort, expected) in [
            (vec![], vec![], "SCAN t, SEARCH customer USING INTEGER PRIMARY KEY (rowid=?)"),
            (
                filter(CreditTransaction::CUSTOMER_ID, Op::Eq("ada".into())),
                vec![],
                "SEARCH customer USING COVERING INDEX sqlite_autoindex_customer_1 (id=?), \
                 SEARCH t USING INDEX credit_transaction_by_customer (customer_key=?)",
            ),
            (
                filter(CreditTransaction::AT, Op::Gte(Value::Integer(7))),
                by_time,
                "SEARCH t USING INDEX credit_transaction_by_time (at>?), \
                 SEARCH customer USING INTEGER PRIMARY KEY (rowid=?)",
            ),
        ] {
            let query = Query { filters, sort, ..Query::default() };
            assert_eq!(plan(&store, &query)?, expected);
        }
        Ok(())
    }
}
