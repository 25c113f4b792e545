//! List: the customers that a query asks for, found in memory or in the file.

use rusqlite::{Connection, params_from_iter};

use super::{Profile, ProfilePage, ProfilesAfter, complete};
use crate::cell::Cells;
use crate::customer::{self, Customer};
use crate::error::{Error, Result};
use crate::haystack::{Hits, Order, Texts};
use crate::query::keyset::rows_after;
use crate::query::sql::{self, CUSTOMERS};
use crate::query::{Nulls, Query, RowKey, Sort, TAKE_MAX};
use crate::time::Timestamp;

/// Of so many customers, at most one is found by its key and then filtered and sorted; when the
/// search finds more, it is quicker to look at every row.
const FOUND_SHARE: usize = 8;

/// What the profile of each customer is made of.
const PROFILE: &str = concat!("customer.key, customer.credit_minor, ", customer::columns!());

/// The answer to `query` from the file, and from `texts` as far as they go. Both ways lead to the
/// same answer.
pub(super) fn list(
    conn: &Connection,
    query: &Query,
    texts: Option<&Texts>,
    now: Timestamp,
) -> Result<ProfilePage> {
    let (Some(texts), Some(needle)) = (texts, query.needle()) else {
        return by_sql(conn, query, None, now);
    };
    let hits = texts.search(&needle);
    match order(&query.sort).filter(|_| query.filters.is_empty()) {
        Some(order) => by_texts(conn, query, hits, order),
        None => by_sql(conn, query, few(texts, &hits).as_deref(), now),
    }
}

/// The page of `query` behind the place `after`, all of it from the file.
pub(super) fn list_after(
    conn: &Connection,
    query: &Query,
    after: Option<&RowKey>,
    texts: Option<&Texts>,
    now: Timestamp,
) -> Result<ProfilesAfter> {
    let found = match (texts, query.needle()) {
        (Some(texts), Some(needle)) => few(texts, &texts.search(&needle)),
        _ => None,
    };
    let rows = rows_after(&CUSTOMERS, query, found.as_deref(), PROFILE, after, now)
        .ok_or_else(|| Error::invalid("after", "must be a place in the order of this query"))?;
    let (items, next) = rows.page(conn, |row, at| profile(conn, row, at))?;
    Ok(ProfilesAfter { items, next })
}

/// The local keys of those who were found, if they are few enough to be looked at one by one.
fn few(texts: &Texts, hits: &Hits<'_>) -> Option<Vec<i64>> {
    (hits.len() <= texts.len() / FOUND_SHARE).then(|| hits.keys())
}

/// The order that the texts are kept in, if it is the one asked for.
fn order(sort: &[Sort]) -> Option<Order> {
    match sort {
        [] => Some(Order::Creation),
        [Sort { column, descending, nulls: Nulls::Least }] if *column == Customer::LAST_NAME => {
            Some(Order::LastName { descending: *descending })
        }
        _ => None,
    }
}

fn by_texts(conn: &Connection, query: &Query, hits: Hits<'_>, order: Order) -> Result<ProfilePage> {
    let total = hits.len() as u64;
    if !query.items {
        return Ok(ProfilePage::counted(query, total));
    }
    let skip = usize::try_from(query.page.skip).unwrap_or(usize::MAX);
    let take = query.page.take.min(TAKE_MAX) as usize;
    let sql = concat!(
        "select customer.key, customer.credit_minor, ",
        customer::columns!(),
        " from customer where key = ?1 and state = 0"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let mut items = Vec::new();
    for key in hits.page(order, skip, take) {
        let mut rows = statement.query([key])?;
        let row = rows.next()?.ok_or_else(|| {
            Error::Corrupt(format!("customer {key} was found, but cannot be read"))
        })?;
        items.push(profile(conn, row, 0)?);
    }
    let total_count = query.total.then_some(total);
    Ok(ProfilePage { count: items.len() as u64, items: Some(items), total_count })
}

fn by_sql(
    conn: &Connection,
    query: &Query,
    found: sql::Found<'_>,
    now: Timestamp,
) -> Result<ProfilePage> {
    let total = || -> Result<u64> {
        let count = sql::total(&CUSTOMERS, query, found, now);
        let mut statement = conn.prepare_cached(&count.text)?;
        Ok(statement.query_row(params_from_iter(count.parameters), |row| row.get(0))?)
    };
    if !query.items {
        return Ok(ProfilePage::counted(query, total()?));
    }
    let rows = sql::rows(&CUSTOMERS, query, found, PROFILE, now);
    let mut statement = conn.prepare_cached(&rows.text)?;
    let mut found = statement.query(params_from_iter(rows.parameters))?;
    let mut items = Vec::new();
    while let Some(row) = found.next()? {
        items.push(profile(conn, row, 0)?);
    }
    let total_count = if query.total { Some(total()?) } else { None };
    Ok(ProfilePage { count: items.len() as u64, items: Some(items), total_count })
}

/// Reads [`PROFILE`], which begins at the column `at`, and what belongs to it.
fn profile(conn: &Connection, row: &rusqlite::Row<'_>, at: usize) -> Result<Profile> {
    let mut cells = Cells::from(row, at);
    let (key, credit) = (cells.take()?, cells.take()?);
    complete(conn, key, credit, customer::read(&mut cells)?)
}

impl ProfilePage {
    /// Without the customers themselves.
    fn counted(query: &Query, total: u64) -> Self {
        let count = total.saturating_sub(query.page.skip).min(u64::from(query.page.take));
        Self { items: None, count, total_count: Some(total) }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::*;
    use crate::customer;
    use crate::query::sql::Sql;
    use crate::query::{Filter, Op, Value};
    use crate::store::Store;

    fn plan(store: &Store, sql: Sql) -> Result<String> {
        store.read(|conn| {
            let mut plan = conn.prepare(&format!("explain query plan {}", sql.text))?;
            let steps = plan.query_map(params_from_iter(sql.parameters), |row| row.get(3))?;
            Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?.join(", "))
        })
    }

    #[test]
    fn a_discount_sorted_by_last_name_is_read_from_its_index() -> Result<()> {
        let equals =
            |column, value: i64| Filter { column, ops: vec![Op::Eq(Value::Integer(value))] };
        let query = Query {
            filters: vec![
                equals(Customer::IS_ACTIVE, 1),
                equals(Customer::DISCOUNT_RATE, 5_000_000),
            ],
            sort: vec![Sort::ascending(Customer::LAST_NAME)],
            ..Query::default()
        };
        let store = Store::open_in_memory()?;
        let now = store.now();
        for sql in [
            sql::rows(&CUSTOMERS, &query, None, customer::columns!(), now),
            sql::total(&CUSTOMERS, &query, None, now),
        ] {
            let plan = plan(&store, sql)?;
            assert!(plan.starts_with("SEARCH customer USING"), "{plan}");
            assert!(
                plan.ends_with(
                    "INDEX customer_by_discount (discount_rate=? AND <expr>=? AND state=?)"
                ),
                "{plan}"
            );
        }
        Ok(())
    }

    /// Neither sorts, and the second one does not walk over those in front of the place.
    #[test]
    fn a_page_in_the_default_order_is_read_from_its_index() -> Result<()> {
        let store = Store::open_in_memory()?;
        let (query, now) = (Query::default(), store.now());
        let place = RowKey(vec![Value::Integer(7), "id".into()]);
        for (after, expected) in [
            (None, "SCAN customer USING INDEX customer_by_creation"),
            (
                Some(&place),
                "SEARCH customer USING INDEX customer_by_creation ((created_at,id)>(?,?))",
            ),
        ] {
            let rows = rows_after(&CUSTOMERS, &query, None, PROFILE, after, now);
            for sql in rows.map(|rows| rows.statements).unwrap_or_default() {
                assert_eq!(plan(&store, sql)?, expected);
            }
        }
        Ok(())
    }
}
