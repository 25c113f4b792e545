//! A small vocabulary and random questions, for the tests of this room.

use expect_test::Expect;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::money::Currency;
use crate::query::ndata::{self, Vocabulary};
use crate::query::{
    Column, Filter, Kind, Nulls, Op, Page, ParseError, Pattern, Query, Sort, TAKE_MAX, Value,
};

const LAST_NAME: Column = Column::new("last_name", "customer.last_name", Kind::Text)
    .nullable()
    .folded("customer.last_name_folded");
const POINTS: Column = Column::new("points", "customer.points", Kind::Integer).nullable();
const CREDIT: Column = Column::new("credit", "customer.credit_minor", Kind::Money);
const DISCOUNT_RATE: Column = Column::new("discount_rate", "customer.discount_rate", Kind::Rate);
const ACTIVE: Column = Column::new("active", "(customer.standing = 'active')", Kind::Bool);
const EXPIRED: Column =
    Column::new("expired", "coalesce(:now > customer.expiration_at, 0)", Kind::Bool);
const EXPIRATION_AT: Column =
    Column::new("expiration_at", "customer.expiration_at", Kind::Time).nullable();
const BIRTH_DATE: Column = Column::new("birth_date", "customer.birth_date", Kind::Date).nullable();
const GENDER: Column =
    Column::new("gender", "customer.gender", Kind::Choice(&[("Male", "m"), ("Female", "f")]))
        .nullable();
const SERIAL_NUMBER: Column =
    Column::new("serial_number", "card.serial_number", Kind::Text).of_card();
const CARD_EXPIRATION_AT: Column =
    Column::new("card_expiration_at", "card.expiration_at", Kind::Time).nullable().of_card();

pub(super) const WORDS: Vocabulary = Vocabulary {
    filters: &[
        ("LastName", LAST_NAME),
        ("Points", POINTS),
        ("CreditAmount", CREDIT),
        ("DiscountRate", DISCOUNT_RATE),
        ("IsActive", ACTIVE),
        ("ExpirationTime", EXPIRATION_AT),
        ("BirthDate", BIRTH_DATE),
        ("Gender", GENDER),
        ("CardSerialNumber", SERIAL_NUMBER),
        ("CardExpirationTime", CARD_EXPIRATION_AT),
    ],
    plain: &[("IsExpired", EXPIRED)],
    sorts: &[
        ("lastName", LAST_NAME),
        ("points", POINTS),
        ("credit.amount", CREDIT),
        ("isActive", ACTIVE),
        ("isExpired", EXPIRED),
        ("expirationTime", EXPIRATION_AT),
        ("cards.serialNumber", SERIAL_NUMBER),
        ("cards.expirationTime", CARD_EXPIRATION_AT),
    ],
    search: Some("Search"),
    ignored: &["$include"],
};

pub(super) fn read(text: &str) -> Result<Query, ParseError> {
    ndata::parse(text, &WORDS, &Currency::eur())
}

/// Reads every line of `expected` that begins with `>`; below it stands what came of it.
pub(super) fn check(expected: Expect) {
    let texts = expected.data().lines().filter_map(|line| line.trim().strip_prefix('>'));
    let told = texts.map(str::trim).map(|text| format!("> {text}\n{}\n", shown(text)));
    expected.assert_eq(&told.collect::<String>());
}

/// What differs from the default query, or the error.
pub(super) fn shown(text: &str) -> String {
    let query = match read(text) {
        Ok(query) if query == Query::default() => return "everything".to_owned(),
        Ok(query) => query,
        Err(error) => return error.to_string(),
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(
        query.filters.iter().map(|filter| format!("{} {:?}", filter.column.name(), filter.ops)),
    );
    parts.extend(query.search.map(|term| format!("search {term:?}")));
    for Sort { column, descending, .. } in &query.sort {
        parts.push(format!("{} {}", if *descending { "down" } else { "up" }, column.name()));
    }
    if query.page != Page::default() {
        parts.push(format!("skip {} take {}", query.page.skip, query.page.take));
    }
    parts.extend((!query.items).then(|| "no items".to_owned()));
    parts.extend((!query.total).then(|| "no total".to_owned()));
    parts.join(", ")
}

/// 2024-01-02T03:04:05.678Z.
pub(super) const NOW_MS: i64 = 1_704_164_645_678;
pub(super) const TIMES: &[i64] = &[-1, 0, NOW_MS - 1, NOW_MS, NOW_MS + 1];
pub(super) const DATES: &[&str] = &["1999-12-31", "2000-01-01"];

/// Few texts, so that they meet, and whatever quoting, encoding and SQL could stumble over.
pub(super) fn text() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] =
        &["", "a", "A", "á", "ab", "Ábab", "b%", "_", "[a]", "a?", "null", "gt:1", "'"];
    prop_oneof![
        4 => select(KNOWN).prop_map(str::to_owned),
        1 => "[ab\"\\\\;:,%+&= ž]{0,3}",
    ]
}

/// Any query that text can say in [`WORDS`].
pub(super) fn query() -> impl Strategy<Value = Query> {
    let search = option::weighted(0.2, text().prop_filter("absent", |text| !text.is_empty()));
    let page = (prop_oneof![0..4_u64], prop_oneof![Just(TAKE_MAX), 0..4_u32]);
    let parts = (vec(filter(), 0..3), search, vec(sort(), 0..3), page, any::<(bool, bool)>());
    parts.prop_map(|(mut filters, search, mut sort, (skip, take), (items, total))| {
        filters.sort_by_key(|filter: &Filter| filter.column.name());
        filters.dedup_by_key(|filter| filter.column);
        sort.sort_by_key(|sort: &Sort| sort.column.name());
        sort.dedup_by_key(|sort| sort.column);
        Query { filters, search, sort, page: Page { skip, take }, items, total }
    })
}

/// Any query at all: one that text can say, patterns, and nulls that are greatest.
pub(super) fn any_query() -> impl Strategy<Value = Query> {
    let like = (select(&[LAST_NAME, LAST_NAME, SERIAL_NUMBER, POINTS][..]), pattern())
        .prop_map(|(column, pattern)| Filter { column, ops: vec![Op::Like(pattern)] });
    (query(), vec(like, 0..2), any::<[bool; 2]>()).prop_map(|(mut query, like, greatest)| {
        query.filters.extend(like);
        for (sort, is_greatest) in query.sort.iter_mut().zip(greatest) {
            sort.nulls = if is_greatest { Nulls::Greatest } else { Nulls::Least };
        }
        query
    })
}

/// Texts with asterisks, and whatever `like` and `glob` of SQL could stumble over.
fn pattern() -> impl Strategy<Value = Pattern> {
    let part = prop_oneof![3 => Just("*".to_owned()), 3 => text(), 1 => "[\\]\\[%_?^*-]{1,2}"];
    vec(part, 0..4).prop_map(|parts| Pattern::new(&parts.concat()).expect("a pattern"))
}

fn filter() -> impl Strategy<Value = Filter> {
    let plain = any::<bool>()
        .prop_map(|bit| Filter { column: EXPIRED, ops: vec![Op::Eq(i64::from(bit).into())] });
    let filter = select(WORDS.filters).prop_flat_map(|(_, column)| {
        vec(op(column), 1..3).prop_map(move |ops| Filter { column, ops })
    });
    prop_oneof![1 => plain, 9 => filter]
}

fn sort() -> impl Strategy<Value = Sort> {
    (select(WORDS.sorts), any::<bool>()).prop_map(|((_, column), descending)| Sort {
        column,
        descending,
        nulls: Nulls::Least,
    })
}

fn op(column: Column) -> BoxedStrategy<Op> {
    let present = value(column.kind());
    let any = match column.is_nullable() {
        true => prop_oneof![1 => Just(Value::Null), 4 => present.clone()].boxed(),
        false => present.clone(),
    };
    let unordered = prop_oneof![
        any.clone().prop_map(Op::Eq),
        any.clone().prop_map(Op::Neq),
        vec(any.clone(), 1..4).prop_map(Op::In),
        vec(any, 1..4).prop_map(Op::Nin),
    ];
    if !column.kind().is_ordered() {
        return unordered.boxed();
    }
    let orderings: &[fn(Value) -> Op] = &[Op::Gt, Op::Gte, Op::Lt, Op::Lte];
    let ordered = (select(orderings), present).prop_map(|(op, value)| op(value));
    prop_oneof![unordered, ordered].boxed()
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text => text().prop_map(Value::Text).boxed(),
        Kind::Integer | Kind::Money | Kind::Rate => (-1..3_i64).prop_map(Value::Integer).boxed(),
        Kind::Bool => (0..2_i64).prop_map(Value::Integer).boxed(),
        Kind::Time => select(TIMES).prop_map(Value::Integer).boxed(),
        Kind::Date => select(DATES).prop_map(Value::from).boxed(),
        Kind::Choice(words) => select(words).prop_map(|(_, stored)| stored.into()).boxed(),
    }
}
