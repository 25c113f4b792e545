//! Tokens read back, and those that are not.

use super::*;
use crate::query::Kind;

const SECRET: [u8; 32] = [7; 32];
const NAME: Column = Column::new("last_name", "last_name", Kind::Text).nullable();
const POINTS: Column = Column::new("points", "points", Kind::Integer);
const UUIDS: [&str; 2] =
    ["0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
const CAPITALS: &str = "0B9A3C1E-6A58-4F0A-9D61-2F4A6BE0C7D1";

fn like(pattern: &str) -> Filter {
    Filter { column: NAME, ops: vec![Op::Like(Pattern::new(pattern).expect("a pattern"))] }
}

fn query() -> Query {
    let value = || Value::Integer(i64::MIN);
    let ops = vec![
        Op::Eq(value()),
        Op::Neq(Value::Null),
        Op::Gt(value()),
        Op::Gte(value()),
        Op::Lt(value()),
        Op::Lte(value()),
        Op::In(vec![Value::Null, "b\"'".into()]),
        Op::In(["a", UUIDS[0], UUIDS[1], "b", UUIDS[1], CAPITALS].map(Value::from).to_vec()),
        Op::Eq(UUIDS[1].into()),
        Op::Nin(vec![]),
    ];
    Query {
        filters: vec![like("Br*"), Filter { column: POINTS, ops }],
        search: Some("ž".to_owned()),
        sort: vec![Sort::descending(NAME).nulls_greatest(), Sort::ascending(POINTS)],
        ..Query::default()
    }
}

fn token() -> PageToken {
    let place = ["Brandt".into(), Value::Null, i64::MAX.into(), UUIDS[0].into()];
    PageToken::new(&query(), RowKey(place.to_vec()))
}

fn read(text: &str) -> Result<PageToken, PageTokenError> {
    PageToken::read(text, &SECRET, &[POINTS, NAME])
}

#[test]
fn a_token_is_read_back() {
    let text = token().text(&SECRET);
    assert_eq!(read(&text), Ok(token()));
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)));
}

/// Sixteen bytes each, in base64: a hundred and their commas take up 3,700 characters of a URL.
#[test]
fn uuids_take_up_little_room() {
    let ids = (0..100).map(|n| Value::Text(Uuid::from_u128(n << 70).to_string()));
    let ops = vec![Op::In(ids.collect())];
    let query = Query { filters: vec![Filter { column: NAME, ops }], ..Query::default() };
    let token = PageToken::new(&query, RowKey(vec![7.into(), UUIDS[0].into()]));
    let text = token.text(&SECRET);
    assert_eq!(read(&text), Ok(token));
    assert_eq!(text.len(), 2_246);
}

#[test]
fn whatever_is_not_ours_is_refused() {
    let text = token().text(&SECRET);
    let mut n_refused = 0;
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(flipped) = String::from_utf8(bytes) {
            let expected = if bit / 8 < PREFIX.len() {
                PageTokenError::Version
            } else {
                PageTokenError::Broken
            };
            assert_eq!(read(&flipped), Err(expected), "bit {bit}");
            n_refused += 1;
        }
    }
    // The highest bit makes no text.
    assert_eq!(n_refused, text.len() * 7);
    for n in 0..text.len() {
        assert!(read(&text[..n]).is_err(), "{n} bytes");
    }
    let broken = Err(PageTokenError::Broken);
    for end in ["A", "=", ".", " ", "AAAA"] {
        assert_eq!(read(&format!("{text}{end}")), broken, "{end:?}");
    }
    assert_eq!(PageToken::read(&text, &[8; 32], &[POINTS, NAME]), broken);
    assert_eq!(PageToken::read(&text, &SECRET, &[POINTS]), broken);
    assert_eq!(read(&text.replacen("v1.", "v2.", 1)), Err(PageTokenError::Version));
    assert_eq!(read(""), Err(PageTokenError::Version));
}

#[test]
fn no_name_stands_in_the_clear() {
    let text = token().text(&SECRET);
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text[PREFIX.len()..]).expect("base64url");
    for known in ["Brandt", "brandt", "Br*", "last_name"] {
        let is_there = bytes.windows(known.len()).any(|part| part == known.as_bytes());
        assert!(!is_there && !text.contains(known), "{known}");
    }
    // Tokens that differ little have nothing in common.
    let mut other = token();
    other.after.0.push(Value::Null);
    let other = other.text(&SECRET);
    let n_same = text.bytes().zip(other.bytes()).filter(|(a, b)| a == b).count();
    assert!(n_same < text.len() / 4, "{n_same} of {}", text.len());
}

#[test]
fn the_next_request_may_repeat_or_leave_out_what_is_bound() {
    let bound = query();
    let Query { filters, search, sort, .. } = bound.clone();
    let turned: Vec<Filter> = filters.iter().rev().cloned().collect();
    let asked = |filters: &[Filter], search: &Option<String>, sort: &[Sort]| Query {
        filters: filters.to_vec(),
        search: search.clone(),
        sort: sort.to_vec(),
        total: false,
        ..Query::default()
    };
    let up = [Sort::ascending(NAME)];
    let cases = [
        (asked(&[], &None, &[]), true),
        (asked(&filters, &search, &sort), true),
        (asked(&turned, &search, &[]), true),
        (asked(&[], &None, &sort), true),
        (asked(&filters, &None, &[]), false),
        (asked(&[], &search, &[]), false),
        (asked(&filters[..1], &search, &[]), false),
        (asked(&[filters[0].clone(), filters[0].clone()], &search, &[]), false),
        (asked(&[like("Bra*"), filters[1].clone()], &search, &[]), false),
        (asked(&[], &None, &up), false),
        (asked(&[], &None, &sort[..1]), false),
    ];
    for (asked, is_same) in cases {
        let resumed = token().resume(asked.clone());
        let expected = is_same.then(|| (Query { total: false, ..bound.clone() }, token().after));
        assert_eq!(resumed, expected.ok_or(PageTokenError::OtherQuery), "{asked:?}");
    }
}
