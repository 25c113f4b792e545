//! Keyset: what a query orders by, and the pages that begin after a row instead of after a number.

use rusqlite::types::{FromSqlError, Value as Cell};
use rusqlite::{Connection, Row, params_from_iter};

use crate::fold::fold;
use crate::query::sql::{Builder, Found, Source, Sql};
use crate::query::{Nulls, Query, Sort, TAKE_MAX, Value};
use crate::time::Timestamp;

/// The place of a row in the order of a query: all that the order compares.
///
/// It is enough to ask for the rows behind that place, even when the row itself was changed or
/// deleted meanwhile. Of names it holds the exact one, from which the folded one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKey(pub(crate) Vec<Value>);

impl RowKey {
    /// No place at all.
    #[cfg(feature = "http")]
    pub(crate) const NONE: Self = Self(Vec::new());

    fn read(row: &Row<'_>, n_values: usize) -> rusqlite::Result<Self> {
        let value = |at| match row.get(at)? {
            Cell::Null => Ok(Value::Null),
            Cell::Integer(integer) => Ok(Value::Integer(integer)),
            Cell::Text(text) => Ok(Value::Text(text)),
            Cell::Real(_) | Cell::Blob(_) => Err(FromSqlError::InvalidType.into()),
        };
        (0..n_values).map(value).collect::<rusqlite::Result<_>>().map(Self)
    }

    /// The values of all keys, and then those of the source; `None` where it is a place in another
    /// order.
    fn values(&self, keys: &[Key], source: &Source) -> Option<Vec<Value>> {
        let (mut values, mut rest) = (Vec::new(), self.0.as_slice());
        for key in keys {
            let (exact, behind) = rest.split_first()?;
            match (key.is_folded, exact) {
                (true, Value::Text(text)) => values.push(Value::Text(fold(text))),
                (true, other) => values.push(other.clone()),
                (false, exact) => {
                    values.push(exact.clone());
                    rest = behind;
                }
            }
        }
        values.extend_from_slice(rest);
        (rest.len() == source.order.len()).then_some(values)
    }
}

/// How the rows behind a place are asked for.
#[derive(Debug)]
pub(crate) struct RowsAfter {
    /// The rows of each statement come after those of the one before it. One more than the page
    /// takes is asked for, which tells whether the page is the last one.
    pub(crate) statements: Vec<Sql>,
    /// So many columns hold the row's place; what the select list says follows them.
    n_values: usize,
    take: usize,
}

impl RowsAfter {
    /// The page as `read` has it, told the first column of the select list, and the place of its
    /// last row if more follow.
    pub(crate) fn page<T, E: From<rusqlite::Error>>(
        self,
        conn: &Connection,
        read: impl Fn(&Row<'_>, usize) -> Result<T, E>,
    ) -> Result<(Vec<T>, Option<RowKey>), E> {
        let (mut items, mut last) = (Vec::new(), None);
        for Sql { text, parameters } in self.statements {
            let mut statement = conn.prepare_cached(&text)?;
            let mut rows = statement.query(params_from_iter(parameters))?;
            while let Some(row) = rows.next()? {
                if items.len() == self.take {
                    return Ok((items, last));
                }
                items.push(read(row, self.n_values)?);
                if items.len() == self.take {
                    last = Some(RowKey::read(row, self.n_values)?);
                }
            }
        }
        Ok((items, None))
    }
}

/// The first rows of `source` that `query` asks for behind the place `after`, in its order, as of
/// `now`; `None` when that is no place in this order. Of the query's page only `take` counts, which
/// is at least 1.
pub(crate) fn rows_after(
    source: &Source,
    query: &Query,
    found: Found<'_>,
    select_list: &str,
    after: Option<&RowKey>,
    now: Timestamp,
) -> Option<RowsAfter> {
    let take = query.page.take.clamp(1, TAKE_MAX);
    let keys = keys(&query.sort);
    let (ranges, values) = match after {
        None => (vec![Range { n_equal: 0, behind: Behind::Nothing }], Vec::new()),
        Some(place) => {
            let values = place.values(&keys, source)?;
            (ranges(&keys, &values), values)
        }
    };
    let statement = |range: Range| {
        let mut sql = Builder::new(now);
        let exact = keys.iter().filter(|key| !key.is_folded);
        let mut columns: Vec<String> = exact.map(|key| sql.key(*key)).collect();
        columns.extend(source.order.iter().map(|&key| key.to_owned()));
        columns.push(sql.expression(select_list));
        let mut from = sql.source(source, query, found);
        for condition in sql.conditions(range, &keys, source, &values) {
            from.push_str("\n   and ");
            from.push_str(&condition);
        }
        let order = sql.order(&range.order(&keys), source);
        let limit = sql.bind(Cell::Integer(i64::from(take) + 1));
        let columns = columns.join(", ");
        sql.finish(format!("select {columns}\n{from}\n order by {order}\n limit {limit}"))
    };
    let statements = ranges.into_iter().map(statement).collect();
    let n_values = query.sort.len() + source.order.len();
    Some(RowsAfter { statements, n_values, take: take as usize })
}

/// One expression of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    sql: &'static str,
    /// Whether it is made of the key behind it.
    is_folded: bool,
    of_card: bool,
    descending: bool,
    /// `None` where all are null or none is, as long as the keys before are equal.
    nulls: Option<Nulls>,
}

impl Key {
    fn has_nulls_last(self) -> bool {
        self.nulls.is_some_and(|nulls| (nulls == Nulls::Greatest) != self.descending)
    }
}

/// The keys of an order; then the source's own decide.
pub(super) fn keys(sorts: &[Sort]) -> Vec<Key> {
    let mut keys = Vec::new();
    for Sort { column, descending, nulls } in sorts {
        let nulls = (column.nullable || column.of_card).then_some(*nulls);
        let (of_card, descending) = (column.of_card, *descending);
        let key = |sql, nulls| Key { sql, is_folded: false, of_card, descending, nulls };
        match column.folded {
            Some(folded) => {
                keys.push(Key { is_folded: true, ..key(folded, nulls) });
                keys.push(key(column.sql, None));
            }
            None => keys.push(key(column.sql, nulls)),
        }
    }
    keys
}

/// A part of the rows behind a place: those that have its first keys in common.
#[derive(Clone, Copy)]
struct Range {
    n_equal: usize,
    behind: Behind,
}

/// What makes a row of a range stand behind the place.
#[derive(Clone, Copy)]
enum Behind {
    /// There is no place, so every row does.
    Nothing,
    /// The next key is behind the place's.
    Value,
    /// The next key is null and the place's is not.
    Null,
    /// The next key is not null and the place's is.
    NotNull,
    /// All keys are equal and the source's own decide.
    Last,
}

/// The ranges that make up the rows behind `values`, the nearest first.
fn ranges(keys: &[Key], values: &[Value]) -> Vec<Range> {
    let mut ranges = vec![Range { n_equal: keys.len(), behind: Behind::Last }];
    for (n_equal, (key, value)) in keys.iter().zip(values).enumerate().rev() {
        let mut add = |behind| ranges.push(Range { n_equal, behind });
        match (value, key.nulls) {
            (Value::Null, Some(_)) if !key.has_nulls_last() => add(Behind::NotNull),
            (Value::Null, _) => {}
            (_, _) => {
                add(Behind::Value);
                if key.has_nulls_last() {
                    add(Behind::Null);
                }
            }
        }
    }
    ranges
}

impl Range {
    /// The keys that still decide within the range. A comparison leaves no nulls over.
    fn order(self, keys: &[Key]) -> Vec<Key> {
        let Self { n_equal, behind } = self;
        let mut keys = keys.to_vec();
        match behind {
            Behind::Nothing => {}
            Behind::Value | Behind::NotNull => {
                keys.drain(..n_equal);
                keys.iter_mut().take(1).for_each(|key| key.nulls = None);
            }
            Behind::Null => drop(keys.drain(..=n_equal)),
            Behind::Last => keys.clear(),
        }
        keys
    }
}

impl Builder {
    /// The conditions of a range behind `values`, which are those of all keys and of the source's.
    fn conditions(
        &mut self,
        Range { n_equal, behind }: Range,
        keys: &[Key],
        source: &Source,
        values: &[Value],
    ) -> Vec<String> {
        let mut conditions = Vec::new();
        for (key, value) in keys.iter().zip(values).take(n_equal) {
            let known = self.key(*key);
            conditions.push(match value {
                Value::Null => format!("{known} is null"),
                value => format!("{known} = {}", self.value(value)),
            });
        }
        let is_behind = |descending| if descending { "<" } else { ">" };
        if let (Some(key), Some(value)) = (keys.get(n_equal), values.get(n_equal)) {
            let known = self.key(*key);
            match behind {
                Behind::Value => {
                    let value = self.value(value);
                    conditions.push(format!("{known} {} {value}", is_behind(key.descending)));
                }
                Behind::Null => conditions.push(format!("{known} is null")),
                Behind::NotNull => conditions.push(format!("{known} is not null")),
                Behind::Nothing | Behind::Last => {}
            }
        }
        if matches!(behind, Behind::Last) {
            // Row values, so that an index can be asked for all of them at once.
            let last = values.iter().skip(n_equal).map(|value| self.value(value));
            let last = last.collect::<Vec<_>>().join(", ");
            let is_behind = is_behind(source.descending);
            conditions.push(format!("({}) {is_behind} ({last})", source.order.join(", ")));
        }
        conditions
    }

    /// What stands after `order by`. SQLite takes null for the least, unless it is told.
    pub(super) fn order(&mut self, keys: &[Key], source: &Source) -> String {
        let mut order: Vec<String> = Vec::new();
        for key in keys {
            let direction = if key.descending { " desc" } else { "" };
            let nulls = match key.nulls {
                Some(Nulls::Greatest) if key.descending => " nulls first",
                Some(Nulls::Greatest) => " nulls last",
                Some(Nulls::Least) | None => "",
            };
            order.push(self.key(*key) + direction + nulls);
        }
        let direction = if source.descending { " desc" } else { "" };
        order.extend(source.order.iter().map(|key| format!("{key}{direction}")));
        order.join(", ")
    }

    fn key(&mut self, key: Key) -> String {
        let sql = self.expression(key.sql);
        if !key.of_card {
            return sql;
        }
        format!(
            "(select min({sql}) from card
                   where card.customer_key = customer.key and card.removed = 0)"
        )
    }
}

#[cfg(test)]
mod tests;
