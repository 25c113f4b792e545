//! The typed question: which customers or credit transactions, in which order, which page of them.
//!
//! Text becomes a [`Query`] in [`ndata`]; only `sql` turns one into SQL. Between the two there are
//! no words of a dialect and no names of a column, only [`Column`]s.

mod argument;
pub mod ndata;
mod parse_error;
mod reader;
pub(crate) mod sql;
pub(crate) mod url;

#[cfg(test)]
mod model;
#[cfg(test)]
mod samples;

use std::fmt;

use crate::fold::fold;

pub use parse_error::{ParseError, ParseErrorKind};

/// A page has at most this many records; also what a query takes that does not say.
pub const TAKE_MAX: u32 = 1_000;

/// A query text has at most this many operations, all its filters together.
pub const OPERATIONS_MAX: usize = 50;

/// One `in` or `nin` has at most this many values; with [`OPERATIONS_MAX`] of them a query stays
/// below the 32,766 parameters that SQLite binds.
pub const IN_VALUES_MAX: usize = 500;

/// A query text names at most this many sort keys, repeated ones included.
pub const SORTS_MAX: usize = 16;

/// A query text has at most this many bytes as it stands in the URL, which itself may have no more.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Asks for customers, or for credit transactions. The default asks for the first [`TAKE_MAX`] of
/// all: customers the oldest first, credit transactions the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// A record must satisfy every filter.
    pub filters: Vec<Filter>,
    /// A part of a name, company name, tax number or note; case and accents are ignored and no
    /// character is a wildcard. A term that is empty or folds to nothing finds everybody. Of no
    /// meaning to credit transactions.
    pub search: Option<String>,
    /// The first key orders, each further one where those before it are equal. Then, or with no
    /// key at all, the time of creation and the id decide, or how late a credit transaction
    /// arrived, so that pages are stable.
    pub sort: Vec<Sort>,
    /// The part of the ordered customers that is wanted.
    pub page: Page,
    /// Whether the customers themselves are wanted, or only how many they are.
    pub items: bool,
    /// Whether the number of customers before paging is wanted; counting costs a second pass.
    pub total: bool,
}

impl Query {
    /// The search term as texts are compared with it; `None` when it finds everybody.
    pub(crate) fn needle(&self) -> Option<String> {
        self.search.as_deref().map(fold).filter(|needle| !needle.is_empty())
    }
}

impl Default for Query {
    fn default() -> Self {
        Self {
            filters: Vec::new(),
            search: None,
            sort: Vec::new(),
            page: Page::default(),
            items: true,
            total: true,
        }
    }
}

/// What one column must satisfy: all of `ops`.
///
/// A column of the cards is satisfied when *one* card satisfies all of them; `Neq` and `Nin` there
/// ask that *no* card equals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What is compared.
    pub column: Column,
    /// With what; none at all is satisfied by everybody.
    pub ops: Vec<Op>,
}

/// One comparison. Null equals null alone, differs from every value, and is never ordered.
///
/// Texts are compared byte for byte: case and accents count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Equals.
    Eq(Value),
    /// Does not equal.
    Neq(Value),
    /// Is greater, or later.
    Gt(Value),
    /// Is greater or equal.
    Gte(Value),
    /// Is less, or earlier.
    Lt(Value),
    /// Is less or equal.
    Lte(Value),
    /// Equals one of these; of none, nobody does.
    In(Vec<Value>),
    /// Equals none of these.
    Nin(Vec<Value>),
}

/// What a column is compared with, as the column's [`Kind`] stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// There is no value.
    Null,
    /// A number, in the unit of the column's [`Kind`].
    Integer(i64),
    /// A text, or the stored word of a choice.
    Text(String),
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Orders by one column: nulls first, or last when `descending`.
///
/// Names and other texts with a folded form are ordered by that first, so that `ábel` stands beside
/// `Abel`. A column of the cards orders by the least of a customer's cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What decides.
    pub column: Column,
    /// From the greatest to the least.
    pub descending: bool,
}

/// A part of the ordered customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many to leave out from the start.
    pub skip: u64,
    /// How many to return at most; what exceeds [`TAKE_MAX`] is cut to it.
    pub take: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self { skip: 0, take: TAKE_MAX }
    }
}

/// Something a customer, a card or a credit transaction can be asked for. Only this crate makes them, so that a query
/// never carries SQL from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    sql: &'static str,
    folded: Option<&'static str>,
    kind: Kind,
    nullable: bool,
    of_card: bool,
}

impl Column {
    /// A column that is never null. `sql` is an operand over `customer`, over `card` after
    /// [`Column::of_card`], or over what `credit` asks: a name, a call, or something in parentheses. `:now` in it stands for the
    /// time of asking in milliseconds.
    pub(crate) const fn new(name: &'static str, sql: &'static str, kind: Kind) -> Self {
        Self { name, sql, folded: None, kind, nullable: false, of_card: false }
    }

    /// The same column where some customers have no value.
    pub(crate) const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same column, ordered by the expression `folded` before it is ordered by itself.
    pub(crate) const fn folded(self, folded: &'static str) -> Self {
        Self { folded: Some(folded), ..self }
    }

    /// The same column, but one of every card instead of the customer.
    pub(crate) const fn of_card(self) -> Self {
        Self { of_card: true, ..self }
    }
}

impl Column {
    /// What this library calls the column; a dialect has its own word.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What the column holds, and so what it is compared with.
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// Whether some customers have no value, so that [`Value::Null`] may be asked for.
    pub const fn is_nullable(self) -> bool {
        self.nullable
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.name)
    }
}

/// What a column holds and which [`Value`] it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Value::Text`], any text.
    Text,
    /// [`Value::Integer`], a plain number.
    Integer,
    /// [`Value::Integer`], minor units of the store's currency.
    Money,
    /// [`Value::Integer`], millionths: 10 % as a percentage is 10,000,000.
    Rate,
    /// [`Value::Integer`], 0 or 1; has no order.
    Bool,
    /// [`Value::Integer`], milliseconds since 1970-01-01 UTC.
    Time,
    /// [`Value::Text`], `yyyy-MM-dd`.
    Date,
    /// [`Value::Text`], one of the stored words on the right; the wire says those on the left,
    /// matched without regard to case. Has no order.
    Choice(&'static [(&'static str, &'static str)]),
}

impl Kind {
    /// Whether one value can be greater than another, so that `Gt`, `Gte`, `Lt` and `Lte` apply.
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Bool | Self::Choice(_))
    }
}
