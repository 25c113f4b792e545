//! The answer to a query without SQL: what `sql` must find, told as plainly as can be.

use std::cmp::Ordering;

use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::{Connection, params};

use crate::fold::fold;
use crate::query::{
    Column, Filter, Kind, Nulls, Op, Page, Query, RowKey, Sort, TAKE_MAX, Value, samples,
};

/// The tables that the columns of the samples speak of.
const SCHEMA: &str = "
    create table customer (
        key              integer primary key,
        id               text    not null unique,
        created_at       integer not null,
        state            integer not null,
        last_name        text,
        last_name_folded text,
        points           integer,
        credit_minor     integer not null,
        discount_rate    integer not null,
        standing         text    not null,
        expiration_at    integer,
        birth_date       text,
        gender           text,
        search_text      text    not null
    ) strict;
    create table card (
        customer_key  integer not null references customer (key),
        serial_number text    not null,
        removed       integer not null,
        expiration_at integer,
        primary key (customer_key, serial_number)
    ) strict, without rowid;
";

#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) serial_number: String,
    pub(super) removed: bool,
    pub(super) expiration_at: Option<i64>,
}

#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) created_at: i64,
    pub(super) state: i64,
    pub(super) last_name: Option<String>,
    pub(super) points: Option<i64>,
    pub(super) credit_minor: i64,
    pub(super) discount_rate: i64,
    pub(super) standing: &'static str,
    pub(super) expiration_at: Option<i64>,
    pub(super) birth_date: Option<&'static str>,
    pub(super) gender: Option<&'static str>,
    pub(super) cards: Vec<Card>,
}

prop_compose! {
    fn card()(
        serial_number in samples::text(),
        removed in weighted(0.2),
        expiration_at in option::of(select(samples::TIMES)),
    ) -> Card {
        Card { serial_number, removed, expiration_at }
    }
}

prop_compose! {
    pub(super) fn customer()(
        (created_at, state) in (0..3_i64, select(&[0, 0, 0, 0, 1, 2][..])),
        last_name in option::of(samples::text()),
        (points, credit_minor, discount_rate) in (option::of(-1..3_i64), -1..3_i64, -1..3_i64),
        standing in select(&["active", "frozen"][..]),
        expiration_at in option::of(select(samples::TIMES)),
        birth_date in option::of(select(samples::DATES)),
        gender in option::of(select(&["m", "f"][..])),
        mut cards in vec(card(), 0..4),
    ) -> Customer {
        cards.sort_by(|a, b| a.serial_number.cmp(&b.serial_number));
        cards.dedup_by(|a, b| a.serial_number == b.serial_number);
        Customer {
            id: String::new(), created_at, state, last_name, points, credit_minor,
            discount_rate, standing, expiration_at, birth_date, gender, cards,
        }
    }
}

/// Some customers; their ids follow neither the order of insertion nor that of creation.
pub(super) fn customers() -> impl Strategy<Value = Vec<Customer>> {
    const PLACES: usize = 12;
    vec(customer(), 0..PLACES).prop_map(|mut customers| {
        for (place, customer) in customers.iter_mut().enumerate() {
            customer.id = format!("{:02}", place * 7 % PLACES);
        }
        customers
    })
}

/// The tables with these customers in them.
pub(super) fn table(customers: &[Customer]) -> rusqlite::Result<Connection> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(SCHEMA)?;
    for (key, c) in customers.iter().enumerate() {
        let folded = c.last_name.as_deref().map(fold);
        conn.execute(
            "insert into customer
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                key as i64,
                c.id,
                c.created_at,
                c.state,
                c.last_name,
                folded,
                c.points,
                c.credit_minor,
                c.discount_rate,
                c.standing,
                c.expiration_at,
                c.birth_date,
                c.gender,
                folded.as_deref().unwrap_or_default(),
            ],
        )?;
        for card in &c.cards {
            let values = params![key as i64, card.serial_number, card.removed, card.expiration_at];
            conn.execute("insert into card values (?1, ?2, ?3, ?4)", values)?;
        }
    }
    Ok(conn)
}

impl Customer {
    fn cell(&self, column: Column) -> Value {
        let expired = self.expiration_at.is_some_and(|at| at < samples::NOW_MS);
        match column.name() {
            "last_name" => text(self.last_name.as_deref()),
            "points" => integer(self.points),
            "credit" => Value::Integer(self.credit_minor),
            "discount_rate" => Value::Integer(self.discount_rate),
            "active" => Value::Integer(i64::from(self.standing == "active")),
            "expired" => Value::Integer(i64::from(expired)),
            "expiration_at" => integer(self.expiration_at),
            "birth_date" => text(self.birth_date),
            "gender" => text(self.gender),
            other => unreachable!("{other} is no column of the customer"),
        }
    }

    fn matches(&self, query: &Query) -> bool {
        let term = fold(query.search.as_deref().unwrap_or_default());
        self.state == 0
            && query.filters.iter().all(|filter| self.satisfies(filter))
            && fold(self.last_name.as_deref().unwrap_or_default()).contains(&term)
    }

    fn satisfies(&self, Filter { column, ops }: &Filter) -> bool {
        if !column.of_card {
            return ops.iter().all(|op| holds(*column, op, &self.cell(*column)));
        }
        let is_negative = |op: &&Op| matches!(op, Op::Neq(_) | Op::Nin(_));
        let (all, some): (Vec<&Op>, Vec<&Op>) = ops.iter().partition(is_negative);
        let cells: Vec<Value> = self.card_cells(*column).collect();
        let holds = |op: &Op, cell| holds(*column, op, cell);
        all.iter().all(|op| cells.iter().all(|cell| holds(op, cell)))
            && (some.is_empty() || cells.iter().any(|cell| some.iter().all(|op| holds(op, cell))))
    }

    fn card_cells(&self, column: Column) -> impl Iterator<Item = Value> {
        self.cards.iter().filter(|card| !card.removed).map(move |card| card.cell(column))
    }

    /// What the customer is ordered by, of texts the exact one; at last the time of creation and the
    /// id.
    fn key(&self, query: &Query) -> RowKey {
        let mut key = Vec::new();
        for Sort { column, .. } in &query.sort {
            let exact = match column.of_card {
                true => {
                    let cells = self.card_cells(*column).filter(|cell| *cell != Value::Null);
                    cells.min_by(compare).unwrap_or(Value::Null)
                }
                false => self.cell(*column),
            };
            key.push(exact);
        }
        key.extend([Value::Integer(self.created_at), text(Some(&self.id))]);
        RowKey(key)
    }
}

impl Card {
    fn cell(&self, column: Column) -> Value {
        match column.name() {
            "serial_number" => text(Some(&self.serial_number)),
            "card_expiration_at" => integer(self.expiration_at),
            other => unreachable!("{other} is no column of the card"),
        }
    }
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

fn integer(integer: Option<i64>) -> Value {
    integer.map_or(Value::Null, Value::Integer)
}

/// Null before all, numbers by size, texts byte for byte.
fn compare(a: &Value, b: &Value) -> Ordering {
    fn rank(value: &Value) -> (u8, i64, &str) {
        match value {
            Value::Null => (0, 0, ""),
            Value::Integer(integer) => (1, *integer, ""),
            Value::Text(text) => (2, 0, text),
        }
    }
    rank(a).cmp(&rank(b))
}

fn holds(column: Column, op: &Op, cell: &Value) -> bool {
    let ordered = |value: &Value, is: fn(Ordering) -> bool| {
        *cell != Value::Null && *value != Value::Null && is(compare(cell, value))
    };
    match op {
        Op::Eq(value) => cell == value,
        Op::Neq(value) => cell != value,
        Op::Gt(value) => ordered(value, Ordering::is_gt),
        Op::Gte(value) => ordered(value, Ordering::is_ge),
        Op::Lt(value) => ordered(value, Ordering::is_lt),
        Op::Lte(value) => ordered(value, Ordering::is_le),
        Op::In(values) => values.contains(cell),
        Op::Nin(values) => !values.contains(cell),
        Op::Like(pattern) => match cell {
            Value::Text(text) if column.kind == Kind::Text && column.folded.is_some() => {
                let pieces = pattern.as_str().split('*').map(fold).collect::<Vec<_>>();
                is_like(&fold(text), &pieces.join("*"))
            }
            Value::Text(text) if column.kind == Kind::Text => is_like(text, pattern.as_str()),
            _ => false,
        },
    }
}

/// Whether the whole `text` is like `pattern`: an asterisk takes nothing, or one more character.
fn is_like(text: &str, pattern: &str) -> bool {
    let (mut text_left, mut pattern_left) = (text.chars(), pattern.chars());
    match (text_left.next(), pattern_left.next()) {
        (text, None) => text.is_none(),
        (None, Some(_)) => pattern.chars().all(|c| c == '*'),
        (Some(_), Some('*')) => {
            is_like(text, pattern_left.as_str()) || is_like(text_left.as_str(), pattern)
        }
        (Some(a), Some(b)) => a == b && is_like(text_left.as_str(), pattern_left.as_str()),
    }
}

/// How two customers stand to each other in the order of `query`: texts by the folded one first.
fn in_order(query: &Query, RowKey(a): &RowKey, RowKey(b): &RowKey) -> Ordering {
    let keys = query.sort.iter().map(|sort| (sort.descending, sort.nulls, sort.column.folded));
    let keys = keys.chain([(false, Nulls::Least, None); 2]);
    let orders = keys.zip(a.iter().zip(b)).map(|((descending, nulls, folded), (a, b))| {
        let is_about_null = (*a == Value::Null) != (*b == Value::Null);
        let is_reverse = descending != (is_about_null && nulls == Nulls::Greatest);
        let order = match (folded, a, b) {
            (Some(_), Value::Text(a), Value::Text(b)) => fold(a).cmp(&fold(b)).then(a.cmp(b)),
            _ => compare(a, b),
        };
        if is_reverse { order.reverse() } else { order }
    });
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// The ids and keys of all who stand behind a place in the order of `query`, found without SQL.
pub(super) fn answer_after(
    query: &Query,
    customers: &[Customer],
    after: Option<&RowKey>,
) -> Vec<(String, RowKey)> {
    let found = customers.iter().filter(|c| c.matches(query));
    let mut found: Vec<_> = found.map(|c| (c.id.clone(), c.key(query))).collect();
    found.retain(|(_, key)| after.is_none_or(|after| in_order(query, key, after).is_gt()));
    found.sort_by(|(_, a), (_, b)| in_order(query, a, b));
    found
}

/// The ids of the page and the number of matches, found without SQL.
pub(super) fn answer(query: &Query, customers: &[Customer]) -> (Vec<String>, i64) {
    let found = answer_after(query, customers, None);
    let total = found.len() as i64;
    let Page { skip, take } = query.page;
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(skip).take(take.min(TAKE_MAX) as usize);
    (page.map(|(id, _)| id).collect(), total)
}
