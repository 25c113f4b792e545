//! Bad input in queries: rows 85 to 104 of the bad-input catalogue.

use expect_test::{Expect, expect};

use super::served::Served;

/// Asks for customers by each query; the number of its row goes before it. No answer tells what the
/// query said but for the name of the parameter.
fn check<Q: AsRef<str>>(queries: &[(u8, Q)], expected: Expect) {
    let (served, _) = Served::at_noon();
    let mut told = String::new();
    for (row, query) in queries {
        let query = query.as_ref();
        let heard = served.hear(&format!("reader GET /customers?{query}"), &[]);
        assert!([200, 400, 414, 431].contains(&heard.status), "{}", heard.status);
        assert!(heard.status == 200 || !heard.text().contains("canary"), "{query}");
        let shown: String = query.chars().take(48).collect();
        let rest = if shown.len() < query.len() { "..." } else { "" };
        told += &format!("{row} {shown}{rest}: {}\n", heard.brief().replace('\0', "NUL"));
    }
    expected.assert_eq(&told);
}

#[test]
fn words_that_are_none() {
    check(
        &[
            (85, "Colour=canary"),
            (85, "=canary"),
            (85, "FullName"),
            (85, "Cards[0].SerialNumber=canary"),
            (85, "standing%00=canary"),
            (85, "customer.id=canary"),
            (85, "1=1"),
            (86, "LastName=like:canary%25"),
            (86, "DiscountRate=like:5"),
            (86, "DiscountRate=between:1:2"),
            (87, "DiscountRate=:5"),
            (87, "DiscountRate=gt"),
            (87, "DiscountRate=gt:"),
            (87, "DiscountRate="),
            (87, "DiscountRate=in:"),
            (88, "LastName=((canary"),
            (88, "$sort=(lastName"),
            (88, "DiscountRate=(5)"),
            (89, "LastName='canary"),
            (89, "LastName=%22canary"),
            (89, "LastName=a%22canary%22"),
            (89, "LastName=%22a%22canary"),
            (90, "LastName=canary;--"),
            (90, "LastName=canary';drop%20table%20customer;--"),
            (90, "$sort=lastName;--canary"),
            (90, "DiscountRate=1%20or%201=1"),
            (91, "LastName=%25"),
            (91, "Search=%25%5C_"),
            (91, "Search=%ZZ"),
            (91, "Search=%FF"),
            (91, "Search=%"),
            (91, "%FF=canary"),
        ],
        expect![[r#"
            85 Colour=canary: 400 [Colour] Colour is unknown, at byte 0.
            85 =canary: 400 [Query] Query is unknown, at byte 0.
            85 FullName: 200
            85 Cards[0].SerialNumber=canary: 400 [Cards[0].SerialNumber] Cards[0].SerialNumber is unknown, at byte 0.
            85 standing%00=canary: 400 [standingNUL] standingNUL is unknown, at byte 0.
            85 customer.id=canary: 400 [customer.id] customer.id is unknown, at byte 0.
            85 1=1: 400 [1] 1 is unknown, at byte 0.
            86 LastName=like:canary%25: 200
            86 DiscountRate=like:5: 400 [DiscountRate] DiscountRate has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin, at byte 13.
            86 DiscountRate=between:1:2: 400 [DiscountRate] DiscountRate has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin, at byte 13.
            87 DiscountRate=:5: 400 [DiscountRate] DiscountRate has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin, at byte 13.
            87 DiscountRate=gt: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            87 DiscountRate=gt:: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 16.
            87 DiscountRate=: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            87 DiscountRate=in:: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 16.
            88 LastName=((canary: 200
            88 $sort=(lastName: 400 [$sort] $sort has an unknown sort key, at byte 6.
            88 DiscountRate=(5): 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            89 LastName='canary: 200
            89 LastName=%22canary: 400 [LastName] LastName has a quotation mark that is not closed, at byte 9.
            89 LastName=a%22canary%22: 400 [LastName] LastName must quote an argument as a whole, with \" for a quotation mark inside, at byte 10.
            89 LastName=%22a%22canary: 400 [LastName] LastName must quote an argument as a whole, with \" for a quotation mark inside, at byte 16.
            90 LastName=canary;--: 200
            90 LastName=canary';drop%20table%20customer;--: 200
            90 $sort=lastName;--canary: 400 [$sort] $sort has an unknown sort key, at byte 6.
            90 DiscountRate=1%20or%201=1: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            91 LastName=%25: 200
            91 Search=%25%5C_: 200
            91 Search=%ZZ: 400 [Search] Search must be percent-encoded UTF-8, at byte 7.
            91 Search=%FF: 400 [Search] Search must be percent-encoded UTF-8, at byte 7.
            91 Search=%: 400 [Search] Search must be percent-encoded UTF-8, at byte 7.
            91 %FF=canary: 400 [%FF] %FF must be percent-encoded UTF-8, at byte 0.
        "#]],
    );
}

#[test]
fn queries_that_are_too_much() {
    check(
        &[
            (92, format!("DiscountRate={}", vec!["1"; 50].join(";"))),
            (92, format!("DiscountRate={}", vec!["1"; 51].join(";"))),
            (92, vec!["IsActive=true"; 51].join("&")),
            (92, format!("DiscountRate={}", vec!["1"; 10_000].join(";"))),
            (93, format!("LastName=in:{}", vec!["a"; 500].join(":"))),
            (93, format!("LastName=in:{}", vec!["a"; 501].join(":"))),
            (93, format!("LastName=in:{}", vec!["a"; 100_000].join(":"))),
            (94, format!("LastName={}canary", "(".repeat(4000))),
            (94, format!("DiscountRate={}1", "not:".repeat(1000))),
            (102, format!("$sort={}", vec!["lastName"; 16].join(","))),
            (102, format!("$sort={}", vec!["lastName"; 17].join(","))),
            (102, format!("$sort={}", vec!["id"; 1000].join(","))),
            (102, vec!["$sort=id"; 17].join("&")),
            (104, vec!["$include=x"; 400].join("&")),
        ],
        expect![[r#"
            92 DiscountRate=1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1...: 200
            92 DiscountRate=1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1...: 400 [DiscountRate] DiscountRate is one filter operation too many; a query has at most 50, at byte 113.
            92 IsActive=true&IsActive=true&IsActive=true&IsActi...: 400 [IsActive] IsActive is one filter operation too many; a query has at most 50, at byte 709.
            92 DiscountRate=1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1...: 414 Path and query must have at most 8192 bytes.
            93 LastName=in:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:...: 200
            93 LastName=in:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:...: 400 [LastName] LastName must list at most 500 values, at byte 1012.
            93 LastName=in:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:...: 431
            94 LastName=(((((((((((((((((((((((((((((((((((((((...: 200
            94 DiscountRate=not:not:not:not:not:not:not:not:not...: 400 [DiscountRate] DiscountRate has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin, at byte 13.
            102 $sort=lastName,lastName,lastName,lastName,lastNa...: 200
            102 $sort=lastName,lastName,lastName,lastName,lastNa...: 400 [$sort] $sort must have at most 16 keys, at byte 150.
            102 $sort=id,id,id,id,id,id,id,id,id,id,id,id,id,id,...: 400 [$sort] $sort must have at most 16 keys, at byte 54.
            102 $sort=id&$sort=id&$sort=id&$sort=id&$sort=id&$so...: 400 [$sort] $sort must have at most 16 keys, at byte 150.
            104 $include=x&$include=x&$include=x&$include=x&$inc...: 200
        "#]],
    );
}

#[test]
fn values_of_another_type() {
    check(
        &[
            (95, "DiscountRate=canary"),
            (95, "DiscountRate=1,5"),
            (95, "DiscountRate=1e2"),
            (95, "DiscountRate=0x10"),
            (95, "DiscountRate=null"),
            (95, "DiscountRate=gt:null"),
            (95, "DiscountRate=99999999999999999999"),
            (95, "CreditRate=0.1234567"),
            (95, "CreditAmount=0.001"),
            (95, "IsActive=1"),
            (95, "IsActive=gt:true"),
            (95, "IsActive=null"),
            (95, "IsExpired=eq:true"),
            (95, "IsExpired=canary"),
            (95, "ExpirationTime=canary"),
            (95, "ExpirationTime=2026-02-30"),
            (95, "ExpirationTime=2026-01-01T10:00:00"),
            (95, "ExpirationTime=gt:2026-01-01T10:00:00.12345678Z"),
            (95, "ExpirationTime=lt:null"),
            (95, "BirthDate=2026-01-01T10:00:00Z"),
            (95, "Gender=canary"),
            (95, "Gender=gt:Male"),
            (95, "_v=1.5"),
            (95, "_v=9223372036854775808"),
        ],
        expect![[r#"
            95 DiscountRate=canary: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            95 DiscountRate=1,5: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            95 DiscountRate=1e2: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            95 DiscountRate=0x10: 400 [DiscountRate] DiscountRate must be a decimal number such as 12.5, at byte 13.
            95 DiscountRate=null: 400 [DiscountRate] DiscountRate is never null, at byte 13.
            95 DiscountRate=gt:null: 400 [DiscountRate] DiscountRate is never null, at byte 16.
            95 DiscountRate=99999999999999999999: 400 [DiscountRate] DiscountRate must not be beyond the limit, at byte 13.
            95 CreditRate=0.1234567: 400 [CreditRate] CreditRate must have at most 6 decimals, at byte 11.
            95 CreditAmount=0.001: 400 [CreditAmount] CreditAmount must have at most 2 decimals, at byte 13.
            95 IsActive=1: 400 [IsActive] IsActive must be true or false, at byte 9.
            95 IsActive=gt:true: 400 [IsActive] IsActive has no order; use eq, neq, in or nin, at byte 9.
            95 IsActive=null: 400 [IsActive] IsActive is never null, at byte 9.
            95 IsExpired=eq:true: 400 [IsExpired] IsExpired must be true or false, at byte 10.
            95 IsExpired=canary: 400 [IsExpired] IsExpired must be true or false, at byte 10.
            95 ExpirationTime=canary: 400 [ExpirationTime] ExpirationTime is not a date and time such as 2024-01-02T03:04:05Z, at byte 15.
            95 ExpirationTime=2026-02-30: 400 [ExpirationTime] ExpirationTime is not in the calendar, at byte 15.
            95 ExpirationTime=2026-01-01T10:00:00: 400 [ExpirationTime] ExpirationTime needs a zone: Z or an offset such as +01:00, at byte 15.
            95 ExpirationTime=gt:2026-01-01T10:00:00.12345678Z: 400 [ExpirationTime] ExpirationTime has more than 7 fraction digits, at byte 18.
            95 ExpirationTime=lt:null: 400 [ExpirationTime] ExpirationTime has no order against null; use eq or neq, at byte 18.
            95 BirthDate=2026-01-01T10:00:00Z: 400 [BirthDate] BirthDate is not a date such as 2024-01-02, at byte 10.
            95 Gender=canary: 400 [Gender] Gender must be one of Male, Female, at byte 7.
            95 Gender=gt:Male: 400 [Gender] Gender has no order; use eq, neq, in or nin, at byte 7.
            95 _v=1.5: 400 [_v] _v must be a whole number of at most 64 bits, at byte 3.
            95 _v=9223372036854775808: 400 [_v] _v must be a whole number of at most 64 bits, at byte 3.
        "#]],
    );
}

#[test]
fn pages_and_orders_that_are_none() {
    check(
        &[
            (96, "$skip=-1"),
            (96, "$skip=1.0"),
            (96, "$skip="),
            (96, "$skip=0"),
            (97, "$skip=9223372036854775808"),
            (97, "$skip=18446744073709551616"),
            (98, "$take=0"),
            (98, "$take=-0"),
            (99, "$take=1000000000"),
            (99, "$take=1001"),
            (99, "$take=+5"),
            (99, "$take=5;6"),
            (100, "$sort=canary"),
            (100, "$sort=cards"),
            (100, "$sort=meta.canary"),
            (100, "$sort=lastName:up"),
            (100, "$sort=-lastName:asc"),
            (100, "$sort=lastName:asc:desc"),
            (101, "$sort=lastName,lastName"),
            (103, "$count=maybe"),
            (103, "$count="),
            (103, "$count=1"),
            (103, "$total=maybe"),
            (104, "$take=1&$take=1"),
            (104, "$skip=1&%24SKIP=1"),
            (104, "$count=true&$count=true"),
            (104, "Search=a&search=b"),
            (104, "IsExpired=true&IsExpired=false"),
            (104, "Find=a&FIND=a"),
            (104, "$sort=id&$sort=-id"),
            (104, "LastName=a&LastName=b"),
        ],
        expect![[r#"
            96 $skip=-1: 400 [$skip] $skip must be a whole number from 0 to 9223372036854775807, at byte 6.
            96 $skip=1.0: 400 [$skip] $skip must be a whole number from 0 to 9223372036854775807, at byte 6.
            96 $skip=: 400 [$skip] $skip must be a whole number from 0 to 9223372036854775807, at byte 6.
            96 $skip=0: 200
            97 $skip=9223372036854775808: 400 [$skip] $skip must be a whole number from 0 to 9223372036854775807, at byte 6.
            97 $skip=18446744073709551616: 400 [$skip] $skip must be a whole number from 0 to 9223372036854775807, at byte 6.
            98 $take=0: 200
            98 $take=-0: 400 [$take] $take must be a whole number from 0 to 1000, at byte 6.
            99 $take=1000000000: 400 [$take] $take must be a whole number from 0 to 1000, at byte 6.
            99 $take=1001: 400 [$take] $take must be a whole number from 0 to 1000, at byte 6.
            99 $take=+5: 400 [$take] $take must be a whole number from 0 to 1000, at byte 6.
            99 $take=5;6: 400 [$take] $take must be a whole number from 0 to 1000, at byte 6.
            100 $sort=canary: 400 [$sort] $sort has an unknown sort key, at byte 6.
            100 $sort=cards: 400 [$sort] $sort has an unknown sort key, at byte 6.
            100 $sort=meta.canary: 400 [$sort] $sort has an unknown sort key, at byte 6.
            100 $sort=lastName:up: 400 [$sort] $sort must give the direction of a key once: `key:asc`, `key:desc` or `-key`, at byte 6.
            100 $sort=-lastName:asc: 400 [$sort] $sort must give the direction of a key once: `key:asc`, `key:desc` or `-key`, at byte 6.
            100 $sort=lastName:asc:desc: 400 [$sort] $sort must give the direction of a key once: `key:asc`, `key:desc` or `-key`, at byte 6.
            101 $sort=lastName,lastName: 200
            103 $count=maybe: 400 [$count] $count must be true or false, at byte 7.
            103 $count=: 400 [$count] $count must be true or false, at byte 7.
            103 $count=1: 400 [$count] $count must be true or false, at byte 7.
            103 $total=maybe: 400 [$total] $total must be true or false, at byte 7.
            104 $take=1&$take=1: 400 [$take] $take must be given only once, at byte 8.
            104 $skip=1&%24SKIP=1: 400 [$SKIP] $SKIP must be given only once, at byte 8.
            104 $count=true&$count=true: 400 [$count] $count must be given only once, at byte 12.
            104 Search=a&search=b: 400 [search] search must be given only once, at byte 9.
            104 IsExpired=true&IsExpired=false: 200
            104 Find=a&FIND=a: 400 [FIND] FIND must be given only once, at byte 7.
            104 $sort=id&$sort=-id: 200
            104 LastName=a&LastName=b: 200
        "#]],
    );
}
