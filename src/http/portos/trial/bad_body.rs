//! The bad-input catalogue, as far as it reaches a body (testing.md 3.4, rows 1 to 84): each answer in
//! both languages.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::super::slovak;
use super::{Shop, brief, document};

/// A shop with two customers: `7` with a card, a discount and the balance 10.00, and `8`.
pub(super) fn shop() -> Shop {
    let shop = Shop::new();
    let seven = json!({
        "id": "7", "externalId": "seven", "credit": 10, "discountRate": 5,
        "cards": [{"serialNumber": "007"}], "address": {"street": "Hlavná 1"},
    });
    for new in [seven, json!({"id": "8", "externalId": "eight", "cards": [{"serialNumber": "8"}]})]
    {
        assert_eq!(shop.ask("POST ", new.to_string()).status, 201);
    }
    shop
}

/// Sends each body, and tells the number of its row and the answer. What is refused is refused in
/// Slovak too, without a word of English, and nothing of it is stored.
pub(super) fn check<B: AsRef<[u8]>>(
    request: &str,
    bodies: impl IntoIterator<Item = (u8, B)>,
    expected: Expect,
) {
    let mut lines = String::new();
    for (row, body) in bodies {
        let shop = shop();
        let n = shop.n_operations();
        let answer = shop.ask(request, &body);
        lines += &format!("{row} {}\n", brief(&answer));
        if answer.status.is_success() {
            continue;
        }
        assert_eq!(shop.n_operations(), n, "{row}");
        let slovak = shop.with("accept-language", "sk-SK").ask(request, &body);
        assert_eq!(slovak.status, answer.status);
        speaks_slovak(&document(&answer), &document(&slovak));
    }
    expected.assert_eq(&lines);
}

/// Whether every text of one refusal differs from that of the other, and is not the one that stands
/// for all.
pub(super) fn speaks_slovak(english: &Value, slovak: &Value) {
    for name in ["title", "detail"] {
        assert_ne!(english[name], slovak[name]);
        assert_ne!(slovak[name], slovak::SOME_REFUSAL, "{english}");
    }
    let errors = |document: &Value| document["errors"].as_array().cloned().unwrap_or_default();
    for (english, slovak) in errors(english).iter().zip(errors(slovak)) {
        let place = english["memberName"].as_str().unwrap_or_default();
        let message = english["message"].as_str().unwrap_or_default();
        let rule = message.strip_prefix(place).unwrap_or(message).trim_matches([' ', '.']);
        let slovak = slovak["message"].as_str().unwrap_or_default();
        assert!(!slovak.contains(rule), "{slovak}");
        assert!(!slovak.contains(slovak::SOME_RULE), "{english}");
    }
}

fn over(name: &str, value: &Value) -> String {
    json!({ "externalId": "seven", "cards": [{"serialNumber": "007"}], "discountRate": 5, name: value })
        .to_string()
}

#[test]
fn what_is_no_json_is_told_why() {
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    let bodies: Vec<(u8, &[u8])> = vec![
        (1, b""),
        (2, b"{\"firstName\": Ada}"),
        (3, b"{} {}"),
        (4, b"\xEF\xBB\xBF{}"),
        (5, b"\xFF\xFE{\0}\0"),
        (6, b"{\"firstName\":\"\xC5\"}"),
        (7, br#"{"firstName":"\uD83D"}"#),
        (8, br#"{"cards":[{"serialNumber":"1","serialNumber":"2"}]}"#),
        (9, &deep),
        (57, br#"{"credit":NaN}"#),
        (64, br#"{"credit":+1}"#),
        (65, br#"{"credit":01.0}"#),
    ];
    check(
        "PUT /7",
        bodies,
        expect![[r#"
            1 400 3 Body: Body is empty.
            2 400 3 FirstName: FirstName is not JSON at byte 14.
            3 400 3 Body: Body must end with its JSON value, which it does not at byte 3.
            4 400 3 Body: Body must not begin with a byte order mark.
            5 400 3 Body: Body must be UTF-8, not UTF-16.
            6 400 3 Body: Body must be UTF-8, which it is not at byte 14.
            7 400 3 FirstName: FirstName has half of a surrogate pair at byte 14.
            8 400 3 Cards[0].SerialNumber: Cards[0].SerialNumber is given twice.
            9 400 3 Body[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: Body[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0] must nest at most 32 deep.
            57 400 3 Credit: Credit is not JSON at byte 10.
            64 400 3 Credit: Credit is not JSON at byte 10.
            65 400 3 Body: Body is not JSON at byte 11.
        "#]],
    );
}

#[test]
fn values_have_their_types() {
    let bodies = [
        (15, "[]".to_owned()),
        (15, over("address", &json!([]))),
        (16, over("meta", &json!("x"))),
        (16, "\"x\"".to_owned()),
        (17, over("cards", &json!([{"serialNumber": null}]))),
        (17, over("cards", &json!([{}, {"serialNumber": "1", "status": "Lost"}]))),
        (18, over("firstName", &json!(7))),
        (19, over("discountRate", &json!("7"))),
        (19, over("isActive", &json!("true"))),
        (20, over("colour", &json!("red"))),
        (21, over("FIRSTNAME", &json!("Ada"))),
        (21, r#"{"firstName":"Ada","FirstName":"Eva"}"#.to_owned()),
        (22, over("__proto__", &json!({}))),
    ];
    check(
        "PUT /7",
        bodies,
        expect![[r#"
        15 400 3 Body: Body must be an object.
        15 400 3 Address: Address must be an object.
        16 400 3 Meta: Meta must be an object.
        16 400 3 Body: Body must be an object.
        17 400 3 Cards[0].SerialNumber: Cards[0].SerialNumber is missing. (1)
        17 400 3 Cards[0].SerialNumber: Cards[0].SerialNumber is missing. (1) Cards[1].Status: Cards[1].Status must be one of NotIssued, IssueFailed, IssueCanceled, IssueSkipped, ReissueRequested, Valid, NotYetValid, Expired, Blocked, DisposeRequested, Disposed.
        18 400 3 FirstName: FirstName must be a text.
        19 400 3 DiscountRate: DiscountRate must be a number.
        19 400 3 IsActive: IsActive must be true or false.
        20 200
        21 200
        21 400 3 FirstName: FirstName is given twice.
        22 200
    "#]],
    );
}

#[test]
fn values_have_their_sizes() {
    let keys: serde_json::Map<_, _> = (0..10_000).map(|n| (format!("k{n}"), Value::Null)).collect();
    let some_keys: serde_json::Map<_, _> = (0..300).map(|n| (format!("k{n}"), json!(1))).collect();
    let bodies = [
        (22, over("meta", &json!({"$serde_json::private::Number": "1"}))),
        (23, over("meta", &Value::Object(keys))),
        (23, over("meta", &Value::Object(some_keys))),
        (24, over("note", &json!("x".repeat(64 * 1024)))),
        (24, over("firstName", &json!("x".repeat(256)))),
        (24, over("meta", &json!({"k": "x".repeat(33 * 1024)}))),
        (24, over("firstName", &json!("a\nb"))),
        (24, over("note", &json!("a\0b"))),
        (24, over("gender", &json!("Other"))),
        (
            24,
            over(
                "cards",
                &json!(
                    (0..101).map(|n| json!({"serialNumber": n.to_string()})).collect::<Vec<_>>()
                ),
            ),
        ),
        (24, over("cards", &json!([{"serialNumber": "1", "processor": ""}]))),
        (24, over("cards", &json!({"serialNumber": "1"}))),
        (24, over("address", &json!({"coordinates": {"longitude": 181, "latitude": 1}}))),
        (24, over("deliveryAddress", &json!({"coordinates": {"longitude": 1}}))),
        (24, over("address", &json!({"street": "x".repeat(256)}))),
    ];
    check(
        "PUT /7",
        bodies,
        expect![[r#"
        22 400 3 Meta: Meta must not hold the key $serde_json::private::Number.
        23 200
        23 400 3 Meta: Meta must have at most 256 keys.
        24 400 3 Note: Note must have at most 16384 bytes.
        24 400 3 FirstName: FirstName must have at most 255 characters.
        24 400 3 Meta: Meta must have at most 32768 bytes of JSON.
        24 400 3 FirstName: FirstName must not hold control characters.
        24 400 3 Note: Note must not hold a NUL character.
        24 400 3 Gender: Gender must be one of Male, Female.
        24 400 3 Cards: Cards must be at most 100.
        24 400 3 Cards[0].Processor: Cards[0].Processor must have 1 to 16 characters.
        24 400 3 Cards: Cards must be a list.
        24 400 3 Address.Coordinates.Longitude: Address.Coordinates.Longitude must be a decimal from -180 to 180.
        24 400 3 DeliveryAddress.Coordinates.Latitude: DeliveryAddress.Coordinates.Latitude is missing. (1)
        24 400 3 Address.Street: Address.Street must have at most 255 characters.
    "#]],
    );
}

#[test]
fn ids_are_checked() {
    let long = "x".repeat(65);
    let ids = [
        (25, ""),
        (26, " 7"),
        (27, &long),
        (28, "a/b?c#d%"),
        (29, ".."),
        (30, "a\0b"),
        (31, "a\u{202E}b"),
        (33, "Seven"),
        (36, "7"),
        (32, "e\u{301}"),
        (32, "é"),
    ];
    check(
        "POST ",
        ids.map(|(row, id)| (row, json!({"id": id}).to_string())),
        expect![[r#"
        25 400 3 Id: Id must not be empty.
        26 400 3 Id: Id must not begin or end with white space.
        27 400 3 Id: Id must have at most 64 characters.
        28 201
        29 400 3 Id: Id must not be `.` or `..`.
        30 400 3 Id: Id must not hold control or invisible characters.
        31 400 3 Id: Id must not hold control or invisible characters.
        33 201
        36 400 3 Id: Id is in use already. (2)
        32 201
        32 201
    "#]],
    );
    let others = [
        (34, over("id", &json!("8"))),
        (35, over("externalId", &json!(""))),
        (35, over("externalId", &Value::Null)),
        (36, over("externalId", &json!("eight"))),
        (36, over("externalId", &json!(" 7"))),
        (37, over("cards", &json!([{"serialNumber": "1"}, {"serialNumber": "1"}]))),
        (37, over("cards", &json!([{"serialNumber": "1"}, {"serialNumber": "8"}]))),
        (38, over("cards", &json!([{"serialNumber": "0008"}, {"serialNumber": "08"}]))),
        (38, over("cards", &json!([{"serialNumber": "8 "}]))),
    ];
    check(
        "PUT /7",
        others,
        expect![[r#"
        34 400 3 Id: Id must be the id in the path.
        35 200
        35 200
        36 400 3 ExternalId: ExternalId is used by another customer already. (2)
        36 400 3 ExternalId: ExternalId must not begin or end with white space.
        37 400 3 Cards[1].SerialNumber: Cards[1].SerialNumber is given twice. (2)
        37 400 3 Cards[1].SerialNumber: Cards[1].SerialNumber is used by another customer already. (2)
        38 200
        38 400 3 Cards[0].SerialNumber: Cards[0].SerialNumber must not begin or end with white space.
    "#]],
    );
    check(
        "PUT / 9",
        [(26, "{}")],
        expect![[r#"
        26 400 3 Id: Id must not begin or end with white space.
    "#]],
    );
}

#[test]
fn versions_are_compared() {
    let bodies =
        ["null", "0", "-1", "9007199254740993", "1.5", "\"1\"", "1", "99", "18446744073709551616"];
    let rows = [40, 41, 42, 43, 44, 45, 46, 47, 43];
    let bodies = rows.into_iter().zip(bodies.map(|v| format!(r#"{{"cards":[],"_v":{v}}}"#)));
    check(
        "PUT /7",
        bodies.chain([(39, "{}".to_owned())]),
        expect![[r#"
        40 200
        41 400 6 
        42 400 3 _v: _v must be a whole number, not negative.
        43 400 6 
        44 400 3 _v: _v must be a whole number, not negative.
        45 400 3 _v: _v must be a whole number, not negative.
        46 200
        47 400 6 
        43 400 3 _v: _v must be a whole number, not negative.
        39 200
    "#]],
    );
    check(
        "PUT /9",
        [(42, r#"{"_v":-1}"#)],
        expect![[r#"
        42 201
    "#]],
    );
}

#[test]
fn so_many_broken_rules_are_told_and_no_more() {
    let body = json!({"cards": vec![json!({}); 10_000]}).to_string();
    let refused = document(&shop().ask("PUT /7", body));
    let n_told = refused["errors"].as_array().map(Vec::len);
    assert_eq!(n_told, Some(crate::http::json::VIOLATIONS_MAX));
}
