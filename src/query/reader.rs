//! The values of parameters, read one by one into a query.

use crate::money::Currency;
use crate::query::argument::{self, Fault, Span};
use crate::query::{
    Column, Filter, IN_VALUES_MAX, Kind, Nulls, OPERATIONS_MAX, Op, ParseErrorKind, Query,
    SORTS_MAX, Sort, TAKE_MAX, Value,
};

/// What a parameter means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Filter(Column),
    Plain(Column),
    Search,
    Sort,
    Skip,
    Take,
    Count,
    Total,
    Ignored,
}

impl Word {
    /// Whether a second one would contradict the first instead of adding to it.
    pub(super) fn is_single(self) -> bool {
        matches!(self, Self::Search | Self::Skip | Self::Take | Self::Count | Self::Total)
    }
}

/// The query as far as it is read.
pub(super) struct Reader<'a> {
    pub(super) query: Query,
    sorts: &'a [(&'a str, Column)],
    currency: &'a Currency,
    n_operations: usize,
    n_sorts: usize,
}

impl<'a> Reader<'a> {
    /// `sorts` are the keys of `$sort`.
    pub(super) fn new(sorts: &'a [(&'a str, Column)], currency: &'a Currency) -> Self {
        Self { query: Query::default(), sorts, currency, n_operations: 0, n_sorts: 0 }
    }

    /// Adds what the decoded `value` of a parameter says.
    pub(super) fn parameter(&mut self, word: Word, value: Span<'_>) -> Result<(), Fault> {
        let flag = || argument::boolean(value.text).ok_or(value.fault(ParseErrorKind::NotBool));
        match word {
            Word::Filter(column) => self.operations(column, value)?,
            Word::Plain(column) => {
                let plain = self.value(column, value, value.text)?;
                self.add(column, Op::Eq(plain), value)?;
            }
            Word::Search => {
                self.query.search = Some(value.text.to_owned()).filter(|text| !text.is_empty());
            }
            Word::Sort => self.sort(value)?,
            Word::Skip => {
                let skip = count(value, i64::MAX.unsigned_abs());
                self.query.page.skip = skip.ok_or(value.fault(ParseErrorKind::Skip))?;
            }
            Word::Take => {
                let take = count(value, TAKE_MAX.into()).and_then(|take| take.try_into().ok());
                self.query.page.take = take.ok_or(value.fault(ParseErrorKind::Take))?;
            }
            Word::Count => self.query.items = !flag()?,
            Word::Total => self.query.total = flag()?,
            Word::Ignored => {}
        }
        Ok(())
    }

    /// `OPERATION;OPERATION`; nothing at all is equality with the empty text.
    fn operations(&mut self, column: Column, value: Span<'_>) -> Result<(), Fault> {
        let mut parts = value.split(';')?;
        parts.retain(|part| !part.text.is_empty());
        if parts.is_empty() {
            parts.push(Span { text: "", ..value });
        }
        for part in parts {
            let op = self.operation(column, part)?;
            self.add(column, op, part)?;
        }
        Ok(())
    }

    /// `OPERATOR:ARGUMENT`, or an argument alone: equality.
    fn operation(&self, column: Column, part: Span<'_>) -> Result<Op, Fault> {
        let Some((head, _)) = part.text.split_once(':') else {
            return self.argument(column, part).map(Op::Eq);
        };
        let rest = part.after(head.len() + 1);
        match known(OPERATORS, head) {
            Some(Operator::One(op)) => self.argument(column, rest).map(op),
            Some(Operator::Ordering(_)) if !column.kind.is_ordered() => {
                Err(part.fault(ParseErrorKind::NoOrder))
            }
            Some(Operator::Ordering(op)) => match self.argument(column, rest)? {
                Value::Null => Err(rest.fault(ParseErrorKind::NullOrder)),
                value => Ok(op(value)),
            },
            Some(Operator::List(op)) => self.arguments(column, rest).map(op),
            // Date-times and many texts hold colons, so only what fails as a value was meant as an
            // operator.
            None => self.argument(column, part).map(Op::Eq).map_err(|fault| {
                let is_word = head.bytes().all(|b| b.is_ascii_alphabetic());
                if is_word { part.fault(ParseErrorKind::UnknownOperator) } else { fault }
            }),
        }
    }

    /// Arguments are separated by `:`, or by `,` where no colon is; date-times, being full of
    /// colons, by `,` only.
    fn arguments(&self, column: Column, list: Span<'_>) -> Result<Vec<Value>, Fault> {
        let mut parts = match column.kind {
            Kind::Time => Vec::new(),
            _ => list.split(':')?,
        };
        if parts.len() < 2 {
            parts = list.split(',')?;
        }
        match parts.get(IN_VALUES_MAX) {
            Some(part) => Err(part.fault(ParseErrorKind::TooManyValues)),
            None => parts.into_iter().map(|part| self.argument(column, part)).collect(),
        }
    }

    fn argument(&self, column: Column, part: Span<'_>) -> Result<Value, Fault> {
        let argument = part.argument()?;
        match argument.is_null {
            true if column.nullable => Ok(Value::Null),
            true => Err(part.fault(ParseErrorKind::NeverNull)),
            false => self.value(column, part, &argument.text),
        }
    }

    fn value(&self, column: Column, part: Span<'_>, text: &str) -> Result<Value, Fault> {
        argument::read(column.kind, text, self.currency).map_err(|kind| part.fault(kind))
    }

    /// Adds to the filter of the same column, since for cards it matters that it is one filter.
    fn add(&mut self, column: Column, op: Op, part: Span<'_>) -> Result<(), Fault> {
        self.n_operations += 1;
        if self.n_operations > OPERATIONS_MAX {
            return Err(part.fault(ParseErrorKind::TooManyOperations));
        }
        let filters = &mut self.query.filters;
        match filters.iter_mut().find(|filter| filter.column == column) {
            Some(filter) => filter.ops.push(op),
            None => filters.push(Filter { column, ops: vec![op] }),
        }
        Ok(())
    }

    /// Adds the keys of one `$sort`; a column that is there already keeps its place and direction.
    fn sort(&mut self, list: Span<'_>) -> Result<(), Fault> {
        for part in list.split(',')? {
            if part.text.trim().is_empty() {
                continue;
            }
            let sort = self.sort_key(part)?;
            self.n_sorts += 1;
            if self.n_sorts > SORTS_MAX {
                return Err(part.fault(ParseErrorKind::TooManySorts));
            }
            if !self.query.sort.iter().any(|known| known.column == sort.column) {
                self.query.sort.push(sort);
            }
        }
        Ok(())
    }

    /// `key`, `key:asc`, `key:desc`, `+key`, `-key`. An unencoded `+` has become a space.
    fn sort_key(&self, part: Span<'_>) -> Result<Sort, Fault> {
        let text = part.text.trim();
        let (key, direction) = match text.split_once(':') {
            Some((key, direction)) => (key.trim_end(), Some(direction.trim_start())),
            None => (text, None),
        };
        let (key, descending) = match (key.strip_prefix(['+', '-']), direction) {
            (None, None) => (key, Some(false)),
            (None, Some(direction)) => (key, known(DIRECTIONS, direction)),
            (Some(bare), None) => (bare, Some(key.starts_with('-'))),
            (Some(bare), Some(_)) => (bare, None),
        };
        let column = known(self.sorts, key).ok_or(part.fault(ParseErrorKind::UnknownSort))?;
        let descending = descending.ok_or(part.fault(ParseErrorKind::Direction))?;
        Ok(Sort { column, descending, nulls: Nulls::Least })
    }
}

/// How an operator makes an operation of its argument or arguments.
#[derive(Clone, Copy)]
enum Operator {
    One(fn(Value) -> Op),
    Ordering(fn(Value) -> Op),
    List(fn(Vec<Value>) -> Op),
}

/// The operators; a further one is a line here and an [`Op`]. Only `gt` and `lt` are certain in
/// Portos, the others are OpenStack's, which it says it follows.
const OPERATORS: &[(&str, Operator)] = &[
    ("eq", Operator::One(Op::Eq)),
    ("neq", Operator::One(Op::Neq)),
    ("ne", Operator::One(Op::Neq)),
    ("gt", Operator::Ordering(Op::Gt)),
    ("gte", Operator::Ordering(Op::Gte)),
    ("ge", Operator::Ordering(Op::Gte)),
    ("lt", Operator::Ordering(Op::Lt)),
    ("lte", Operator::Ordering(Op::Lte)),
    ("le", Operator::Ordering(Op::Lte)),
    ("in", Operator::List(Op::In)),
    ("nin", Operator::List(Op::Nin)),
];

/// What follows the colon of a sort key: whether it descends.
const DIRECTIONS: &[(&str, bool)] = &[("asc", false), ("desc", true)];

/// What the table `words` calls `name`, case aside.
pub(super) fn known<T: Copy>(words: &[(&str, T)], name: &str) -> Option<T> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, meaning)| *meaning)
}

/// A whole number from 0 to `max`, in digits only.
fn count(value: Span<'_>, max: u64) -> Option<u64> {
    let number = argument::is_digits(value.text).then(|| value.text.parse().ok())?;
    number.filter(|number| *number <= max)
}

#[cfg(test)]
mod tests {
    use crate::query::samples::check;
    use expect_test::expect;

    // The bad inputs 85 to 104 of testing.md, and further ones.

    #[test]
    fn unknown_words_and_broken_quotes_are_refused() {
        check(expect![[r#"
            > Nme=x
            unknown field `Nme` at byte 0
            > $take=1&%24top=5
            unknown field `$top` at byte 8
            > DiscountRate=like:5
            `DiscountRate` at byte 13 has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin
            > IsActive=gt:true
            `IsActive` at byte 9 has no order; use eq, neq, in or nin
            > Gender=lt:Male
            `Gender` at byte 7 has no order; use eq, neq, in or nin
            > DiscountRate=:5
            `DiscountRate` at byte 13 has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin
            > DiscountRate=gt:
            `DiscountRate` at byte 16 must be a decimal number such as 12.5
            > DiscountRate=
            `DiscountRate` at byte 13 must be a decimal number such as 12.5
            > DiscountRate=gt:(5
            `DiscountRate` at byte 16 must be a decimal number such as 12.5
            > DiscountRate[gt]=5
            unknown field `DiscountRate[gt]` at byte 0
            > LastName=%22abc
            `LastName` at byte 9 has a quotation mark that is not closed
            > LastName=a%22b%22
            `LastName` at byte 10 must quote an argument as a whole, with \" for a quotation mark inside
            > LastName=in:%22a%22b,c
            `LastName` at byte 19 must quote an argument as a whole, with \" for a quotation mark inside
            > Points=5;--
            `Points` at byte 9 must be a whole number of at most 64 bits
            > Search=%
            `Search` at byte 7 must be percent-encoded UTF-8
            > LastName=a%2&Points=1
            `LastName` at byte 10 must be percent-encoded UTF-8
            > LastName=%C5%41
            `LastName` at byte 9 must be percent-encoded UTF-8
            > %C5=1
            `%C5` at byte 0 must be percent-encoded UTF-8
        "#]]);
    }

    #[test]
    fn values_of_another_kind_are_refused() {
        check(expect![[r#"
            > DiscountRate=ten
            `DiscountRate` at byte 13 must be a decimal number such as 12.5
            > DiscountRate=12,5
            `DiscountRate` at byte 13 must be a decimal number such as 12.5
            > DiscountRate=1e2
            `DiscountRate` at byte 13 must be a decimal number such as 12.5
            > DiscountRate=%2B1
            `DiscountRate` at byte 13 must be a decimal number such as 12.5
            > DiscountRate=01
            `DiscountRate` at byte 13 must be a decimal number such as 12.5
            > DiscountRate=0.0000001
            `DiscountRate` at byte 13 must have at most 6 decimals
            > CreditAmount=12.505
            `CreditAmount` at byte 13 must have at most 2 decimals
            > CreditAmount=99999999999999
            `CreditAmount` at byte 13 must not be beyond the limit
            > Points=1.5
            `Points` at byte 7 must be a whole number of at most 64 bits
            > Points=9223372036854775808
            `Points` at byte 7 must be a whole number of at most 64 bits
            > IsActive=1
            `IsActive` at byte 9 must be true or false
            > IsActive=null
            `IsActive` at byte 9 is never null
            > IsExpired=eq:true
            `IsExpired` at byte 10 must be true or false
            > Gender=other
            `Gender` at byte 7 must be one of Male, Female
            > BirthDate=2025-02-30
            `BirthDate` at byte 10 is not in the calendar
            > BirthDate=31.12.1999
            `BirthDate` at byte 10 is not a date such as 2024-01-02
            > ExpirationTime=tomorrow
            `ExpirationTime` at byte 15 is not a date and time such as 2024-01-02T03:04:05Z
            > ExpirationTime=2025-01-01T10:00:00
            `ExpirationTime` at byte 15 needs a zone: Z or an offset such as +01:00
            > ExpirationTime=in:2025-01-01T10:00:00Z:2025-01-02
            `ExpirationTime` at byte 18 is not a date and time such as 2024-01-02T03:04:05Z
            > ExpirationTime=gt:null
            `ExpirationTime` at byte 18 has no order against null; use eq or neq
            > CardSerialNumber=a;null
            `CardSerialNumber` at byte 19 is never null
        "#]]);
    }

    #[test]
    fn paging_and_sorting_are_strict() {
        check(expect![[r#"
            > $skip=-1
            `$skip` at byte 6 must be a whole number from 0 to 9223372036854775807
            > $skip=1.5
            `$skip` at byte 6 must be a whole number from 0 to 9223372036854775807
            > $skip=9223372036854775808
            `$skip` at byte 6 must be a whole number from 0 to 9223372036854775807
            > $take=1001
            `$take` at byte 6 must be a whole number from 0 to 1000
            > $take=1000000000
            `$take` at byte 6 must be a whole number from 0 to 1000
            > $take=+5
            `$take` at byte 6 must be a whole number from 0 to 1000
            > $take=
            `$take` at byte 6 must be a whole number from 0 to 1000
            > $sort=points,phone
            `$sort` at byte 13 has an unknown sort key
            > $sort=points:up
            `$sort` at byte 6 must give the direction of a key once: `key:asc`, `key:desc` or `-key`
            > $sort=-points:asc
            `$sort` at byte 6 must give the direction of a key once: `key:asc`, `key:desc` or `-key`
            > $sort=-
            `$sort` at byte 6 has an unknown sort key
            > $count=maybe
            `$count` at byte 7 must be true or false
            > $count=
            `$count` at byte 7 must be true or false
            > $total=0
            `$total` at byte 7 must be true or false
            > $skip=1&$skip=1
            `$skip` at byte 8 must be given only once
            > $take=1&LastName=x&$TAKE=2
            `$TAKE` at byte 19 must be given only once
            > $count=true&$count=true
            `$count` at byte 12 must be given only once
            > Search=&search=x
            `search` at byte 8 must be given only once
        "#]]);
    }
}
