//! Bodies, as data.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

use super::{Faults, Json, Naming, Object};
use crate::http::failure::{Failure, Outcome};

const AS_IT_IS: Naming = str::to_owned;

fn told<T: std::fmt::Debug>(outcome: Outcome<T>) -> String {
    match outcome {
        Err(Failure::Violations(violations)) => {
            let lines = violations.iter().map(|v| format!("{} {}", v.parameter, v.rule));
            lines.collect::<Vec<_>>().join("; ")
        }
        other => format!("{other:?}"),
    }
}

fn check(bodies: &[&[u8]], expected: Expect) {
    let lines = bodies.iter().map(|body| told(Json::read(body, AS_IT_IS)) + "\n");
    expected.assert_eq(&lines.collect::<String>());
}

/// Rows 1 to 9 of the bad-input catalogue, in its order.
#[test]
fn a_body_is_json_or_it_is_told_why_not() {
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    check(
        &[
            b"",
            b" \n",
            b"{a:1}",
            b"{\"a\":1,}",
            b"[1 2]",
            b"{} x",
            b"\xEF\xBB\xBF{}",
            b"\xFF\xFE{\0}\0",
            b"\0{\0}",
            b"{\"a\":\"\xC5\"}",
            br#"{"a":"\uD800"}"#,
            br#"{"a":"\uDC00\uD800"}"#,
            br#"{"a":"\uD800\u0041"}"#,
            br#"{"a":1,"b":2,"a":3}"#,
            br#"{"a":[{},{"b":1,"\u0062":2}]}"#,
            &deep,
            b"{\"a\":\"\n\"}",
            b"{\"a\":\"",
            b"nul",
            b"'a'",
            b"{} // more",
        ],
        expect![[r#"
            body is empty
            body is empty
            body is not JSON at byte 1
            body is not JSON at byte 7
            body is not JSON at byte 3
            body must end with its JSON value, which it does not at byte 3
            body must not begin with a byte order mark
            body must be UTF-8, not UTF-16
            body must be UTF-8, not UTF-16
            body must be UTF-8, which it is not at byte 6
            a has half of a surrogate pair at byte 6
            a has half of a surrogate pair at byte 6
            a has half of a surrogate pair at byte 6
            a is given twice
            a[1].b is given twice
            body[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0] must nest at most 32 deep
            a is not JSON at byte 6
            a is not JSON at byte 6
            body is not JSON at byte 0
            body is not JSON at byte 0
            body must end with its JSON value, which it does not at byte 3
        "#]],
    );
}

/// Rows 57, 64 and 65 of the bad-input catalogue, and what a number may look like.
#[test]
fn a_number_is_kept_as_it_was_written() {
    for good in ["0", "-0.0", "1E400", "1e-400", "12345678901234567890.10", "1e+2"] {
        let read = Json::read(good.as_bytes(), AS_IT_IS).ok();
        assert_eq!(read, Some(Json::Number(good.to_owned())));
    }
    for bad in ["NaN", "+1", "01.0", "1.", ".5", "1e", "-", "0x1", "1_000", "Infinity"] {
        assert!(Json::read(bad.as_bytes(), AS_IT_IS).is_err(), "{bad}");
    }
}

#[test]
fn a_key_of_the_reader_of_others_is_a_key() {
    let body = br#"{"$serde_json::private::Number":"1"}"#;
    let value = Json::read(body, AS_IT_IS).ok().map(|json| json.to_value());
    assert!(value.is_some_and(|value| value.is_object()));
}

#[test]
fn members_are_found_whatever_their_case_and_all_their_faults_are_told() {
    let body = br#"{"Id": 7, "NAME": "Ada", "name": "Bea", "list": [1, {"On": 1}], "kind": "c",
                    "none": null, "n": -1, "Kind2": "A"}"#;
    let json = Json::read(body, AS_IT_IS).expect("JSON");
    let faults = Faults::new(str::to_uppercase);
    let object = Object::body(&json, &faults).expect("an object");
    assert_eq!(object.text("id"), None);
    assert_eq!(object.text("name"), None);
    assert_eq!(object.text("none"), None);
    assert_eq!(object.text("absent"), None);
    assert_eq!(object.count("n"), None);
    assert_eq!(object.choice("kind", &[("a", 1), ("b", 2)]), None);
    assert_eq!(object.choice("kind2", &[("a", 1), ("b", 2)]), Some(1));
    let on: Vec<_> = object.objects("list").iter().map(|one| one.flag("on")).collect();
    assert_eq!(on, [None]);
    expect![
        "ID must be a text; NAME is given twice; N must be a whole number, not negative; KIND must be one of a, b; LIST[0] must be an object; LIST[1].ON must be true or false"
    ]
    .assert_eq(&told(faults.unless_broken(())));
}

#[test]
fn where_case_counts_another_case_is_another_name_and_null_is_a_fault() {
    let body = br#"{"id": null, "NAME": "Ada", "name": "Bea", "kind": "A", "list": null}"#;
    let json = Json::read(body, AS_IT_IS).expect("JSON");
    let faults = Faults::exact(AS_IT_IS);
    let object = Object::body(&json, &faults).expect("an object");
    assert_eq!(object.text("id"), None);
    assert_eq!(object.text("name").as_deref(), Some("Bea"));
    assert_eq!(object.text("Id"), None);
    assert_eq!((object.has("id"), object.has("ID")), (true, false));
    assert_eq!(object.choice("kind", &[("a", 1)]), None);
    assert!(object.objects("list").is_empty());
    object.immutable("name");
    expect![
        "id must not be null; kind must be one of a; list must not be null; name cannot be changed"
    ]
    .assert_eq(&told(faults.unless_broken(())));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC*|[\"\\\\\\x00-\\x1f]*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map("\\PC{0,3}", inner, 0..5)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_another_writes_is_read(value in value()) {
        for text in [value.to_string(), format!(" {value:#}\n")] {
            let read = Json::read(text.as_bytes(), AS_IT_IS).map(|json| json.to_value());
            prop_assert_eq!(read.ok(), Some(value.clone()));
            // Members come in the order of their keys from there, so nothing but white space is lost.
            let written = Json::read(text.as_bytes(), AS_IT_IS).map(|json| json.to_string());
            prop_assert_eq!(written.ok(), Some(value.to_string()));
        }
    }

    #[test]
    fn what_is_read_another_reads_too(
        text in "[\\[\\]{}:,\"\\\\0-9eE+.u \\-a-z]{0,24}|\\PC{0,12}",
    ) {
        let ours = Json::read(text.as_bytes(), AS_IT_IS).ok().map(|json| json.to_value());
        let theirs = serde_json::from_str::<Value>(&text).ok();
        if ours.is_some() {
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Json::read(&bytes, AS_IT_IS);
    }
}
