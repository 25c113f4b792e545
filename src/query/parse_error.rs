//! Why a query text is refused, and where.

use std::fmt;

use crate::money::AmountError;
use crate::query::{IN_VALUES_MAX, OPERATIONS_MAX, SORTS_MAX, TAKE_MAX, TEXT_BYTES_MAX};
use crate::time::TimeError;

/// A query text is refused: by which rule, in which parameter, at which byte.
///
/// The message names all three and never repeats a value, which may be a customer's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The broken rule.
    pub kind: ParseErrorKind,
    /// The name of the parameter as it was written, decoded; empty when the text is too long.
    pub parameter: String,
    /// The byte of the text, as it was given, where the rule is broken.
    pub offset: usize,
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, parameter, offset } = self;
        match kind {
            ParseErrorKind::TextTooLong => write!(f, "the query {kind}"),
            ParseErrorKind::UnknownField => {
                write!(f, "unknown field `{parameter}` at byte {offset}")
            }
            _ => write!(f, "`{parameter}` at byte {offset} {kind}"),
        }
    }
}

/// The rule that a query text breaks; displayed as what is to be said of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text as a whole is longer than [`TEXT_BYTES_MAX`].
    #[error("must have at most {TEXT_BYTES_MAX} bytes")]
    TextTooLong,
    /// A `%` without two hex digits after it, or bytes that are not UTF-8.
    #[error("must be percent-encoded UTF-8")]
    Encoding,
    /// No such parameter; the dialect's table has them all.
    #[error("is unknown")]
    UnknownField,
    /// A parameter that has one value is there twice.
    #[error("must be given only once")]
    Repeated,
    /// What stands before the colon is no operator, and the whole is no value either.
    #[error("has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin")]
    UnknownOperator,
    /// An ordering operator on a boolean or on a choice.
    #[error("has no order; use eq, neq, in or nin")]
    NoOrder,
    /// An ordering operator with null.
    #[error("has no order against null; use eq or neq")]
    NullOrder,
    /// Null asked of what every customer has.
    #[error("is never null")]
    NeverNull,
    /// A quotation mark opens and the value ends before it closes.
    #[error("has a quotation mark that is not closed")]
    UnclosedQuote,
    /// A quotation mark inside an argument that is not quoted as a whole.
    #[error(r#"must quote an argument as a whole, with \" for a quotation mark inside"#)]
    PartlyQuoted,
    /// Not an integer, or not one of 64 bits.
    #[error("must be a whole number of at most 64 bits")]
    NotInteger,
    /// Not digits with an optional minus and an optional fraction.
    #[error("must be a decimal number such as 12.5")]
    NotDecimal,
    /// A decimal, but no amount or rate of ours.
    #[error("{0}")]
    NotAmount(AmountError),
    /// Neither `true` nor `false`.
    #[error("must be true or false")]
    NotBool,
    /// Not a date-time, or not a date where one is asked for.
    #[error("{0}")]
    NotTime(TimeError),
    /// None of the words of a choice, which are on the left.
    #[error("must be one of {}", listed(.0))]
    NotChoice(&'static [(&'static str, &'static str)]),
    /// More than [`OPERATIONS_MAX`] operations in the whole query.
    #[error("is one filter operation too many; a query has at most {OPERATIONS_MAX}")]
    TooManyOperations,
    /// More than [`IN_VALUES_MAX`] values of one `in` or `nin`.
    #[error("must list at most {IN_VALUES_MAX} values")]
    TooManyValues,
    /// More than [`SORTS_MAX`] keys, repeated ones included.
    #[error("must have at most {SORTS_MAX} keys")]
    TooManySorts,
    /// A sort key that the dialect's table has not.
    #[error("has an unknown sort key")]
    UnknownSort,
    /// After the colon of a sort key stands something else, or the key has a sign as well.
    #[error("must give the direction of a key once: `key:asc`, `key:desc` or `-key`")]
    Direction,
    /// `$skip` is no count.
    #[error("must be a whole number from 0 to {}", i64::MAX)]
    Skip,
    /// `$take` is no count or more than [`TAKE_MAX`].
    #[error("must be a whole number from 0 to {TAKE_MAX}")]
    Take,
}

fn listed(choices: &[(&str, &str)]) -> String {
    choices.iter().map(|(wire, _)| *wire).collect::<Vec<_>>().join(", ")
}
