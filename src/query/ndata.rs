//! NData: the query text of the Portos contract, `LastName=gt:M;lt:P&$sort=-CreditRate&$take=20`.
//!
//! The rules are portos.md, section 3, with the decisions of its section 10. What a dialect calls a
//! column is data, its [`Vocabulary`]; a word outside it is an error.
//!
//! | parameter | says |
//! | --- | --- |
//! | `MEMBER=OPERATION;OPERATION` | all of these hold; a member may stand several times |
//! | `MEMBER=VALUE` | the operation `eq` |
//! | `Search=TEXT` | a part of a name or note, by the name that the dialect gives it |
//! | `$sort=key,-key,key:desc` | the order; the first mention of a key counts |
//! | `$skip=N` `$take=N` | the page |
//! | `$count=true` | only the number is wanted, no customers |
//! | `$total=false` | the number is not wanted; this word is ours, not Portos's |
//!
//! Operations are `eq:V`, `neq:V`, `gt:V`, `gte:V`, `lt:V`, `lte:V`, `in:V:V` and `nin:V:V`; `ne`,
//! `ge` and `le` are understood as well. The values of a list may be separated by commas when no
//! colon does it, and those of date-times must be. Values are
//!
//! - `true` and `false`; decimals as `12.5` and `-3`; dates as `2024-01-02`;
//! - date-times as `2024-01-02T03:04:05Z`, with up to 7 fraction digits and `Z` or an offset; a date
//!   alone is its midnight in UTC;
//! - `null`, of a member that may be null;
//! - texts as they are, or in double quotes when they hold `;`, `"` or a separator, begin like an
//!   operation, or are `null`. Inside quotes `\"` and `\\` are the escapes.

use crate::money::Currency;
use crate::query::argument::{self, Span};
use crate::query::reader::{Reader, Word, known};
use crate::query::url::{self, Encoded};
use crate::query::{
    Column, Filter, Kind, Op, ParseError, ParseErrorKind, Query, Sort, TAKE_MAX, TEXT_BYTES_MAX,
    Value,
};

/// A dialect's words, all matched without regard to ASCII case.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// Members that take operations, `gt:10;lt:50`.
    pub filters: &'static [(&'static str, Column)],
    /// Members that take one plain value: no operator, no quotes, no null.
    pub plain: &'static [(&'static str, Column)],
    /// Keys of `$sort`.
    pub sorts: &'static [(&'static str, Column)],
    /// The parameter that searches, if there is one.
    pub search: Option<&'static str>,
    /// Parameters that are accepted and mean nothing here.
    pub ignored: &'static [&'static str],
}

/// Reads `text`, which is what follows `?` in a URL: `&` between parameters, percent-encoded.
///
/// # Errors
///
/// - [`ParseError`]: the first broken rule, with its parameter and its byte in `text`.
pub fn parse(text: &str, words: &Vocabulary, currency: &Currency) -> Result<Query, ParseError> {
    if text.len() > TEXT_BYTES_MAX {
        let kind = ParseErrorKind::TextTooLong;
        return Err(ParseError { kind, parameter: String::new(), offset: TEXT_BYTES_MAX });
    }
    let mut reader = Reader::new(words.sorts, currency);
    let mut seen: Vec<Word> = Vec::new();
    for url::Pair { name, value } in url::pairs(text) {
        let parameter = decode(name, name.raw)?;
        let refuse = |kind, offset| ParseError { kind, parameter: parameter.clone(), offset };
        let Some(word) = words.word(&parameter) else {
            return Err(refuse(ParseErrorKind::UnknownField, name.at));
        };
        if word.is_single() && seen.contains(&word) {
            return Err(refuse(ParseErrorKind::Repeated, name.at));
        }
        let text = decode(value, &parameter)?;
        reader
            .parameter(word, Span { text: &text, at: 0 })
            .map_err(|fault| refuse(fault.kind, value.offset(fault.at)))?;
        seen.push(word);
    }
    Ok(reader.query)
}

/// The decoded value of the parameter `name` in `text`, for what a dialect understands beside its
/// [`Vocabulary`], where it stands among the ignored words.
///
/// # Errors
///
/// - [`ParseError`]: it is given twice, or not percent-encoded UTF-8.
pub fn parameter(text: &str, name: &str) -> Result<Option<String>, ParseError> {
    let mut found = None;
    for pair in url::pairs(text) {
        let parameter = decode(pair.name, pair.name.raw)?;
        if parameter.eq_ignore_ascii_case(name) {
            if found.is_some() {
                let kind = ParseErrorKind::Repeated;
                return Err(ParseError { kind, parameter, offset: pair.name.at });
            }
            found = Some(decode(pair.value, &parameter)?);
        }
    }
    Ok(found)
}

/// Writes `query` so that [`parse`] reads it back as the same one.
///
/// That holds for every query that `parse` returns and whose printed text is within
/// [`TEXT_BYTES_MAX`]. Of a query made by hand, what has no word is left out: a column that the
/// dialect does not know, [`Op::Like`], and that nulls are greatest.
pub fn print(query: &Query, words: &Vocabulary, currency: &Currency) -> String {
    let mut url = String::new();
    for filter in &query.filters {
        print_filter(&mut url, filter, words, currency);
    }
    if let (Some(name), Some(text)) = (words.search, &query.search) {
        append(&mut url, name, text);
    }
    let keys: Vec<_> = query.sort.iter().filter_map(|sort| print_key(sort, words)).collect();
    if !keys.is_empty() {
        append(&mut url, "$sort", &keys.join(","));
    }
    if query.page.skip != 0 {
        append(&mut url, "$skip", &query.page.skip.to_string());
    }
    if query.page.take != TAKE_MAX {
        append(&mut url, "$take", &query.page.take.to_string());
    }
    if !query.items {
        append(&mut url, "$count", "true");
    }
    if !query.total {
        append(&mut url, "$total", "false");
    }
    url
}

/// The parameters that every dialect has.
const PAGING: &[(&str, Word)] = &[
    ("$sort", Word::Sort),
    ("$skip", Word::Skip),
    ("$take", Word::Take),
    ("$count", Word::Count),
    ("$total", Word::Total),
];

impl Vocabulary {
    /// What the parameter `name` means; the common ones come first.
    fn word(&self, name: &str) -> Option<Word> {
        let is_name = |known: &&str| known.eq_ignore_ascii_case(name);
        known(PAGING, name)
            .or_else(|| known(self.filters, name).map(Word::Filter))
            .or_else(|| known(self.plain, name).map(Word::Plain))
            .or_else(|| self.search.as_ref().filter(|known| is_name(known)).map(|_| Word::Search))
            .or_else(|| self.ignored.iter().find(|known| is_name(known)).map(|_| Word::Ignored))
    }
}

fn decode(part: Encoded<'_>, parameter: &str) -> Result<String, ParseError> {
    let kind = ParseErrorKind::Encoding;
    part.decode().map_err(|offset| ParseError { kind, parameter: parameter.to_owned(), offset })
}

fn print_filter(url: &mut String, filter: &Filter, words: &Vocabulary, currency: &Currency) {
    let Filter { column, ops } = filter;
    if let Some(name) = word_of(words.filters, *column) {
        let ops: Vec<_> = ops.iter().filter_map(|op| print_op(*column, op, currency)).collect();
        if !ops.is_empty() {
            append(url, name, &ops.join(";"));
        }
    } else if let Some(name) = word_of(words.plain, *column) {
        for op in ops {
            if let Op::Eq(value) = op {
                append(url, name, &argument::word(column.kind, value, currency));
            }
        }
    }
}

fn print_op(column: Column, op: &Op, currency: &Currency) -> Option<String> {
    let one = |value: &Value| argument::print(column.kind, value, currency);
    let list = |values: &[Value]| {
        let separator = if column.kind == Kind::Time { "," } else { ":" };
        values.iter().map(one).collect::<Vec<_>>().join(separator)
    };
    Some(match op {
        Op::Eq(value) => one(value),
        Op::Neq(value) => format!("neq:{}", one(value)),
        Op::Gt(value) => format!("gt:{}", one(value)),
        Op::Gte(value) => format!("gte:{}", one(value)),
        Op::Lt(value) => format!("lt:{}", one(value)),
        Op::Lte(value) => format!("lte:{}", one(value)),
        Op::In(values) => format!("in:{}", list(values)),
        Op::Nin(values) => format!("nin:{}", list(values)),
        Op::Like(_) => return None,
    })
}

fn print_key(sort: &Sort, words: &Vocabulary) -> Option<String> {
    let sign = if sort.descending { "-" } else { "" };
    word_of(words.sorts, sort.column).map(|word| format!("{sign}{word}"))
}

fn word_of(words: &[(&'static str, Column)], column: Column) -> Option<&'static str> {
    words.iter().find(|(_, meaning)| *meaning == column).map(|(word, _)| *word)
}

fn append(url: &mut String, name: &str, value: &str) {
    if !url.is_empty() {
        url.push('&');
    }
    url::encode(name, url);
    url.push('=');
    url::encode(value, url);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::samples::{self, WORDS, check, read};
    use crate::query::{IN_VALUES_MAX, OPERATIONS_MAX, SORTS_MAX};
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn paging_counting_and_sorting_as_documented() {
        check(expect![[r#"
            > &
            everything
            > $skip=40&$take=20
            skip 40 take 20
            > $take=20&$skip=40
            skip 40 take 20
            > %24TAKE=0
            skip 0 take 0
            > $count=true
            no items
            > $count=False&$total=false
            no total
            > $include=Receipt.Plu&$Include=
            everything
            > $sort=lastName,points
            up last_name, up points
            > $sort=lastName:asc,points:desc
            up last_name, down points
            > $sort=-points,+lastName,%2Bcredit.amount
            down points, up last_name, up credit
            > $sort=LASTNAME:DESC
            down last_name
            > $sort=points,points
            up points
            > $sort=points,-points
            up points
            > $sort=points&$sort=-lastName
            up points, down last_name
            > $sort=,%20points%20:%20desc%20,
            down points
            > $sort=
            everything
            > Search=
            everything
            > search=50%25;+%22gt:%5C
            search "50%; \"gt:\\"
        "#]]);
    }

    #[test]
    fn filters_as_documented() {
        check(expect![[r#"
            > DiscountRate=gt:10
            discount_rate [Gt(Integer(10000000))]
            > DiscountRate=gt:0&DiscountRate=lt:50
            discount_rate [Gt(Integer(0)), Lt(Integer(50000000))]
            > DiscountRate=gt:0;lt:50
            discount_rate [Gt(Integer(0)), Lt(Integer(50000000))]
            > DISCOUNTRATE=GT:0;;Lt:50;
            discount_rate [Gt(Integer(0)), Lt(Integer(50000000))]
            > DiscountRate=0.05;-1;neq:1;ne:2;gte:3;ge:4;lte:5;le:6;eq:7
            discount_rate [Eq(Integer(50000)), Eq(Integer(-1000000)), Neq(Integer(1000000)), Neq(Integer(2000000)), Gte(Integer(3000000)), Gte(Integer(4000000)), Lte(Integer(5000000)), Lte(Integer(6000000)), Eq(Integer(7000000))]
            > CreditAmount=12.5&Points=-3
            credit [Eq(Integer(1250))], points [Eq(Integer(-3))]
            > IsActive=TRUE&IsActive=neq:false&IsExpired=False
            active [Eq(Integer(1)), Neq(Integer(0))], expired [Eq(Integer(0))]
            > ExpirationTime=2025-01-01T10:00:00Z
            expiration_at [Eq(Integer(1735725600000))]
            > ExpirationTime=gt:2025-01-01T10:00:00.1234567%2B01:00
            expiration_at [Gt(Integer(1735722000123))]
            > ExpirationTime=lt:2025-01-01;neq:null
            expiration_at [Lt(Integer(1735689600000)), Neq(Null)]
            > ExpirationTime=in:2025-01-01T10:00:00Z,2025-01-02,null
            expiration_at [In([Integer(1735725600000), Integer(1735776000000), Null])]
            > ExpirationTime=gt:%222025-01-01T10:00:00Z%22
            expiration_at [Gt(Integer(1735725600000))]
            > BirthDate=in:2000-02-29:1999-12-31
            birth_date [In([Text("2000-02-29"), Text("1999-12-31")])]
            > Gender=in:male,FEMALE
            gender [In([Text("m"), Text("f")])]
            > LastName=1:host:62d5:
            last_name [Eq(Text("1:host:62d5:"))]
            > LastName=like:a%25
            last_name [Eq(Text("like:a%"))]
            > LastName=eq:gt:5
            last_name [Eq(Text("gt:5"))]
            > LastName=in:a:b,c::null
            last_name [In([Text("a"), Text("b,c"), Text(""), Null])]
            > LastName=nin:a,b
            last_name [Nin([Text("a"), Text("b")])]
            > LastName=in:%22a:b%22,%22c,d%22,%22%22
            last_name [In([Text("a:b"), Text("c,d"), Text("")])]
            > LastName=in:%22a,b%22
            last_name [In([Text("a,b")])]
            > LastName=null;%22null%22;NULL
            last_name [Eq(Null), Eq(Text("null")), Eq(Text("NULL"))]
            > LastName=%22a;%20%5C%22b%5C%22%20%5C%5C%20%5Cc%22;d%5C
            last_name [Eq(Text("a; \"b\" \\ \\c")), Eq(Text("d\\"))]
            > LastName=
            last_name [Eq(Text(""))]
            > LastName=eq:
            last_name [Eq(Text(""))]
            > LastName=a+b=c
            last_name [Eq(Text("a b=c"))]
            > CardSerialNumber=gt:1&LastName=x&cardserialnumber=neq:5
            serial_number [Gt(Text("1")), Neq(Text("5"))], last_name [Eq(Text("x"))]
        "#]]);
    }

    #[test]
    fn every_limit_is_kept_and_named() {
        let operations =
            |n: usize| format!("Points={}&IsActive=true", vec!["gt:1"; n - 1].join(";"));
        let values = |n| format!("LastName=in:{}", vec!["a"; n].join(":"));
        let sorts = |n| format!("$sort={}", vec!["points"; n].join(","));
        let bytes = |n| format!("LastName={}", "a".repeat(n - "LastName=".len()));
        for good in [
            operations(OPERATIONS_MAX),
            values(IN_VALUES_MAX),
            sorts(SORTS_MAX),
            bytes(TEXT_BYTES_MAX),
        ] {
            assert_eq!(read(&good).map(drop), Ok(()));
        }
        let bad = [
            operations(OPERATIONS_MAX + 1),
            format!("Points={}", vec!["1"; 4_000].join(";")),
            values(IN_VALUES_MAX + 1),
            sorts(SORTS_MAX + 1),
            sorts(1_000),
            bytes(TEXT_BYTES_MAX + 1),
            values(100_000),
            "(".repeat(8_000),
        ];
        let messages: Vec<_> = bad.iter().map(|text| samples::shown(text) + "\n").collect();
        expect![[r#"
            `IsActive` at byte 266 is one filter operation too many; a query has at most 50
            `Points` at byte 107 is one filter operation too many; a query has at most 50
            `LastName` at byte 1012 must list at most 500 values
            `$sort` at byte 118 must have at most 16 keys
            `$sort` at byte 118 must have at most 16 keys
            the query must have at most 8192 bytes
            the query must have at most 8192 bytes
            unknown field `(...` at byte 0
        "#]]
        .assert_eq(&messages.concat().replace(&"(".repeat(8_000), "(..."));
    }

    proptest! {
        #[test]
        fn a_printed_query_reads_back(query in samples::query()) {
            let text = print(&query, &WORDS, &Currency::eur());
            prop_assert_eq!(read(&text), Ok(query), "{}", text);
        }

        #[test]
        fn what_is_read_prints_and_reads_back(
            name in "LastName|Points|ExpirationTime|BirthDate|CardSerialNumber|[$]sort|Search",
            values in proptest::collection::vec(
                "((g|l)te?:|n?eq:|n?in:|n?in:|)[-0-2a:;,\"\\\\ T+%]{0,9}|-?(points|lastName)(:desc)?",
                1..4,
            ),
        ) {
            let value = values.join(";");
            if let Ok(query) = read(&format!("{name}={value}")) {
                let text = print(&query, &WORDS, &Currency::eur());
                prop_assert_eq!(read(&text), Ok(query), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused_inside_it(
            text in "(?s).{0,60}|(([$](sort|skip|take)|LastName|Points|Search)=(%|[0-9A-F:;,+\"]|(?s).){0,9}&?){0,4}",
        ) {
            if let Err(error) = read(&text) {
                prop_assert!(error.offset <= text.len());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
