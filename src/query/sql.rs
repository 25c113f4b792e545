//! A [`Query`] as SQL: the only SQL that is built from parts.
//!
//! The parts are the expressions of [`Column`]s, which only this crate makes; every value is bound.

use rusqlite::types::Value as Bound;

use crate::query::pattern::{self, Pattern};
use crate::query::{Column, Filter, Kind, Op, Query, TAKE_MAX, Value, keyset};
use crate::time::Timestamp;

/// A statement and the values of its parameters, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) parameters: Vec<Bound>,
}

/// The rows that are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// What stands after `from`.
    pub(crate) tables: &'static str,
    /// What holds for every row that can be found.
    pub(crate) condition: &'static str,
    /// What decides where a query's own order does not, so that pages are stable: columns that are
    /// never null and together name one row.
    pub(crate) order: &'static [&'static str],
    /// Whether those go from the greatest to the least.
    pub(crate) descending: bool,
}

/// The live customers, the first one created first.
pub(crate) const CUSTOMERS: Source = Source {
    tables: "customer",
    condition: "customer.state = 0",
    order: &["customer.created_at", "customer.id"],
    descending: false,
};

/// The local keys of those whom the search finds, where they are known already.
pub(crate) type Found<'k> = Option<&'k [i64]>;

/// The page of `source` that `query` asks for, in its order, as of `now`.
///
/// Each row holds what `select_list` says: SQL over the tables, in which `:now` is milliseconds.
pub(crate) fn rows(
    source: &Source,
    query: &Query,
    found: Found<'_>,
    select_list: &str,
    now: Timestamp,
) -> Sql {
    let mut sql = Builder::new(now);
    let list = sql.expression(select_list);
    let order = sql.order(&keyset::keys(&query.sort), source);
    let source = sql.source(source, query, found);
    let take = sql.bind(Bound::Integer(query.page.take.min(TAKE_MAX).into()));
    let skip = sql.bind(Bound::Integer(query.page.skip.try_into().unwrap_or(i64::MAX)));
    sql.finish(format!("select {list}\n{source}\n order by {order}\n limit {take} offset {skip}"))
}

/// How many of `source` the query finds as of `now`, whatever its page: one row, one integer.
pub(crate) fn total(source: &Source, query: &Query, found: Found<'_>, now: Timestamp) -> Sql {
    let mut sql = Builder::new(now);
    let source = sql.source(source, query, found);
    sql.finish(format!("select count(*)\n{source}"))
}

/// The parameters bound so far. Every method returns SQL that refers to them by number.
pub(super) struct Builder {
    now: Bound,
    now_parameter: Option<String>,
    parameters: Vec<Bound>,
}

impl Builder {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now: Bound::Integer(now.ms()), now_parameter: None, parameters: Vec::new() }
    }

    pub(super) fn finish(self, text: String) -> Sql {
        Sql { text, parameters: self.parameters }
    }

    pub(super) fn bind(&mut self, value: Bound) -> String {
        self.parameters.push(value);
        format!("?{}", self.parameters.len())
    }

    /// An expression of ours; the time is bound once, and only when one of them asks for it.
    pub(super) fn expression(&mut self, sql: &str) -> String {
        if !sql.contains(":now") {
            return sql.to_owned();
        }
        let known = self.now_parameter.take().unwrap_or_else(|| self.bind(self.now.clone()));
        let sql = sql.replace(":now", &known);
        self.now_parameter = Some(known);
        sql
    }

    /// The rows of `source` that satisfy every filter and the search.
    pub(super) fn source(&mut self, source: &Source, query: &Query, found: Found<'_>) -> String {
        let mut text = format!("  from {}\n where {}", source.tables, source.condition);
        for filter in &query.filters {
            for condition in self.filter(filter) {
                text.push_str("\n   and ");
                text.push_str(&condition);
            }
        }
        if let Some(keys) = found {
            let keys = self.bind(Bound::Text(list_of(keys)));
            text.push_str(&format!(
                "\n   and customer.key in (select value from json_each({keys}))"
            ));
            return text;
        }
        let term = query.needle().unwrap_or_default();
        if !term.is_empty() {
            let term = self.bind(Bound::Text(term));
            text.push_str(&format!("\n   and instr(customer.search_text, {term}) > 0"));
        }
        text
    }

    /// The conditions of one filter, all of which must hold.
    fn filter(&mut self, Filter { column, ops }: &Filter) -> Vec<String> {
        if !column.of_card {
            return ops.iter().map(|op| self.comparison(*column, op)).collect();
        }
        let mut some_card = Vec::new();
        let mut conditions = Vec::new();
        for op in ops {
            match op {
                Op::Neq(value) => {
                    let equal = self.comparison(*column, &Op::Eq(value.clone()));
                    conditions.push(owns_card("not in", &equal));
                }
                Op::Nin(values) => {
                    let equal = self.comparison(*column, &Op::In(values.clone()));
                    conditions.push(owns_card("not in", &equal));
                }
                _ => some_card.push(self.comparison(*column, op)),
            }
        }
        if !some_card.is_empty() {
            conditions.push(owns_card("in", &some_card.join(" and ")));
        }
        conditions
    }

    /// True exactly when `op` holds; false or null when it does not.
    fn comparison(&mut self, column: Column, op: &Op) -> String {
        let known = self.expression(column.sql);
        match op {
            Op::Eq(Value::Null) => format!("{known} is null"),
            Op::Neq(Value::Null) => format!("{known} is not null"),
            Op::Eq(value) => format!("{known} = {}", self.value(value)),
            // `is not` is `<>` for which null is a value like any other.
            Op::Neq(value) => format!("{known} is not {}", self.value(value)),
            Op::Gt(value) => format!("{known} > {}", self.value(value)),
            Op::Gte(value) => format!("{known} >= {}", self.value(value)),
            Op::Lt(value) => format!("{known} < {}", self.value(value)),
            Op::Lte(value) => format!("{known} <= {}", self.value(value)),
            Op::In(values) if values.contains(&Value::Null) => {
                format!("({known} is null or {known} in ({}))", self.list(values))
            }
            Op::In(values) => format!("{known} in ({})", self.list(values)),
            Op::Nin(values) if values.contains(&Value::Null) => {
                format!("({known} is not null and {known} not in ({}))", self.list(values))
            }
            Op::Nin(values) => {
                format!("({known} is null or {known} not in ({}))", self.list(values))
            }
            Op::Like(pattern) => self.like(column, pattern),
        }
    }

    /// What begins like a pattern lies in a range, which an index can be asked for.
    fn like(&mut self, column: Column, pattern: &Pattern) -> String {
        if column.kind != Kind::Text {
            return "false".to_owned();
        }
        let known = self.expression(column.matched.unwrap_or(column.sql));
        let mut text = |text: &str| self.bind(Bound::Text(text.to_owned()));
        let pieces = pattern.pieces(column.matched.is_some());
        let [start, rest @ ..] = pieces.as_slice() else { return "false".to_owned() };
        if rest.is_empty() {
            return format!("{known} = {}", text(start));
        }
        let mut conditions = vec![format!("{known} >= {}", text(start))];
        conditions.extend(pattern::end_of(start).map(|end| format!("{known} < {}", text(&end))));
        if rest.iter().any(|piece| !piece.is_empty()) {
            conditions.push(format!("{known} glob {}", text(&pattern::glob(&pieces))));
        }
        conditions.join(" and ")
    }

    /// The values that are not null, which `in` could not find.
    fn list(&mut self, values: &[Value]) -> String {
        let values = values.iter().filter(|value| **value != Value::Null);
        values.map(|value| self.value(value)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn value(&mut self, value: &Value) -> String {
        self.bind(match value {
            Value::Null => Bound::Null,
            Value::Integer(integer) => Bound::Integer(*integer),
            Value::Text(text) => Bound::Text(text.clone()),
        })
    }
}

/// Local keys as a JSON array: one parameter, however many they are.
pub(crate) fn list_of(keys: &[i64]) -> String {
    let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
    format!("[{}]", keys.join(","))
}

/// Whether the customer is among those with a card that satisfies `condition`; uncorrelated, so
/// that the cards are read once. A removed card is none.
fn owns_card(is_in: &str, condition: &str) -> String {
    format!(
        "customer.key {is_in} (select card.customer_key from card
                                where card.removed = 0 and {condition})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::query::model::{answer, customers, table};
    use crate::query::ndata;
    use crate::query::samples::{self, WORDS};
    use expect_test::{Expect, expect};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use rusqlite::{Connection, params_from_iter};

    const NOW: Timestamp = Timestamp::from_ms(samples::NOW_MS);

    fn check(text: &str, expected: Expect) {
        let query = ndata::parse(text, &WORDS, &Currency::eur()).expect("a query");
        let Sql { text, parameters } = rows(&CUSTOMERS, &query, None, "customer.key", NOW);
        expected.assert_eq(&format!("{text}\n-- {parameters:?}"));
    }

    #[test]
    fn values_are_bound_and_never_part_of_the_text() {
        check(
            "LastName=neq:x';--&Search=50%25_\\&$sort=-lastName&$take=20&$skip=40",
            expect![[r#"
                select customer.key
                  from customer
                 where customer.state = 0
                   and customer.last_name is not ?1
                   and customer.last_name = ?2
                   and instr(customer.search_text, ?3) > 0
                 order by customer.last_name_folded desc, customer.last_name desc, customer.created_at, customer.id
                 limit ?4 offset ?5
                -- [Text("x'"), Text("--"), Text("50%_\\"), Integer(20), Integer(40)]"#]],
        );
    }

    #[test]
    fn the_time_is_bound_once_and_lists_keep_null_apart() {
        check(
            "IsExpired=true&Gender=in:male:null&Gender=nin:female&IsExpired=false",
            expect![[r#"
                select customer.key
                  from customer
                 where customer.state = 0
                   and coalesce(?1 > customer.expiration_at, 0) = ?2
                   and coalesce(?1 > customer.expiration_at, 0) = ?3
                   and (customer.gender is null or customer.gender in (?4))
                   and (customer.gender is null or customer.gender not in (?5))
                 order by customer.created_at, customer.id
                 limit ?6 offset ?7
                -- [Integer(1704164645678), Integer(1), Integer(0), Text("m"), Text("f"), Integer(1000), Integer(0)]"#]],
        );
    }

    #[test]
    fn a_card_satisfies_all_but_the_negative() {
        check(
            "CardSerialNumber=gt:1;neq:5;lt:9",
            expect![[r#"
                select customer.key
                  from customer
                 where customer.state = 0
                   and customer.key not in (select card.customer_key from card
                                                where card.removed = 0 and card.serial_number = ?2)
                   and customer.key in (select card.customer_key from card
                                                where card.removed = 0 and card.serial_number > ?1 and card.serial_number < ?3)
                 order by customer.created_at, customer.id
                 limit ?4 offset ?5
                -- [Text("1"), Text("5"), Text("9"), Integer(1000), Integer(0)]"#]],
        );
    }

    fn ask(conn: &Connection, query: &Query) -> rusqlite::Result<(Vec<String>, i64)> {
        let Sql { text, parameters } = rows(&CUSTOMERS, query, None, "customer.id as id", NOW);
        let mut statement = conn.prepare(&text)?;
        let ids = statement.query_map(params_from_iter(parameters), |row| row.get("id"))?;
        let ids = ids.collect::<rusqlite::Result<_>>()?;
        let Sql { text, parameters } = total(&CUSTOMERS, query, None, NOW);
        let total = conn.query_row(&text, params_from_iter(parameters), |row| row.get(0))?;
        Ok((ids, total))
    }

    proptest! {
        #[test]
        fn sql_finds_what_a_plain_search_finds(
            customers in customers(),
            queries in vec(samples::any_query(), 1..8),
        ) {
            let conn = table(&customers).expect("a table");
            for query in queries {
                prop_assert_eq!(ask(&conn, &query).expect("an answer"), answer(&query, &customers));
            }
        }
    }
}
