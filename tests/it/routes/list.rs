//! `GET /customers`: every filter of the contract with every operator, pages and orders.

use expect_test::{Expect, expect};

use super::served::Served;

/// Four customers; noon of the first of January 2026 is now.
const CUSTOMERS: [&str; 4] = [
    r#"{"id":"a","externalId":"x-1","cards":[{"serialNumber":"001"},{"serialNumber":"01"}],
        "creditRate":0.05,"discountRate":5,"expirationTime":"2025-06-01T00:00:00Z",
        "firstName":"Ada","lastName":"Nováková","note":"gets 100% of \\","isCompany":true,
        "company":{"name":"A_B","vatId":"SK1","taxId":"2020","crn":"777"}}"#,
    r#"{"id":"b","externalId":"1:host:62d5:","cards":[{"serialNumber":"B-7"}],"isActive":false,
        "discountRate":10,"expirationTime":"2027-01-01T00:00:00+01:00","firstName":"Ján",
        "lastName":"Kováč","fullName":"Fero","email":"ada@example.sk"}"#,
    r#"{"id":"c","creditRate":0.1,"discountRate":10.5,"activationTime":"2030-01-01T00:00:00Z",
        "lastName":"novák","company":{"name":"AxB"}}"#,
    r#"{"id":"d","externalId":"null","discountRate":100,"expirationTime":"2026-01-01T12:00:00Z"}"#,
];

/// What each query answers: the ids, how many they are, and of how many.
fn check(queries: &[&str], expected: Expect) {
    let (served, clock) = Served::at_noon();
    for customer in CUSTOMERS {
        let body = customer.replace('\n', "");
        assert_eq!(served.hear(&format!("admin POST /customers {body}"), &[]).brief(), "201");
        clock.advance(1);
    }
    clock.advance(-4);
    let mut told = String::new();
    for query in queries {
        let heard = served.hear(&format!("reader GET /customers?{query}"), &[]);
        let page =
            if heard.status == 200 { heard.json() } else { panic!("{query} {}", heard.brief()) };
        let ids = page["items"].as_array().map_or("-".to_owned(), |items| {
            items.iter().filter_map(|item| item["id"].as_str()).collect::<Vec<_>>().join(" ")
        });
        told += &format!("{query}: {ids} ({} of {})\n", page["count"], page["totalCount"]);
    }
    expected.assert_eq(&told);
}

#[test]
fn texts_are_filtered() {
    check(
        &[
            "CardSerialNumber=001",
            "cardserialnumber=1",
            "CardSerialNumber=neq:001",
            "CardSerialNumber=nin:01:B-7",
            "CardSerialNumber=in:01,B-7",
            "CardSerialNumber=gt:001",
            "CardSerialNumber=gte:001;lt:1",
            "CardSerialNumber=lte:001",
            "ExternalId=x-1",
            "ExternalId=eq:x-1",
            "ExternalId=X-1",
            "ExternalId=1:host:62d5:",
            "ExternalId=%22null%22",
            "ExternalId=null",
            "ExternalId=neq:null",
            "ExternalId=neq:x-1",
            "ExternalId=nin:x-1:null",
            "ExternalId=in:x-1:null",
            "ExternalId=",
            "ExternalId=gt:a",
            "ExternalId=lte:null-",
            "ExternalId=LT:n",
        ],
        expect![[r#"
            CardSerialNumber=001: a (1 of 1)
            cardserialnumber=1:  (0 of 0)
            CardSerialNumber=neq:001: b c d (3 of 3)
            CardSerialNumber=nin:01:B-7: c d (2 of 2)
            CardSerialNumber=in:01,B-7: a b (2 of 2)
            CardSerialNumber=gt:001: a b (2 of 2)
            CardSerialNumber=gte:001;lt:1: a (1 of 1)
            CardSerialNumber=lte:001: a (1 of 1)
            ExternalId=x-1: a (1 of 1)
            ExternalId=eq:x-1: a (1 of 1)
            ExternalId=X-1:  (0 of 0)
            ExternalId=1:host:62d5:: b (1 of 1)
            ExternalId=%22null%22: d (1 of 1)
            ExternalId=null: c (1 of 1)
            ExternalId=neq:null: a b d (3 of 3)
            ExternalId=neq:x-1: b c d (3 of 3)
            ExternalId=nin:x-1:null: b d (2 of 2)
            ExternalId=in:x-1:null: a c (2 of 2)
            ExternalId=:  (0 of 0)
            ExternalId=gt:a: a d (2 of 2)
            ExternalId=lte:null-: b d (2 of 2)
            ExternalId=LT:n: b (1 of 1)
        "#]],
    );
}

#[test]
fn numbers_and_flags_and_times_are_filtered() {
    check(
        &[
            "DiscountRate=gt:10",
            "DiscountRate=gte:10;lt:100",
            "DiscountRate=gt:0&DiscountRate=lt:10.5",
            "DISCOUNTRATE=10.50",
            "DiscountRate=neq:5",
            "DiscountRate=ne:5;le:10",
            "DiscountRate=in:5:100",
            "DiscountRate=nin:5,100",
            "CreditRate=0.05",
            "CreditRate=lt:0.1",
            "CreditRate=ge:0.1",
            "IsActive=true",
            "IsActive=neq:TRUE",
            "IsActive=in:true:false",
            "IsActive=nin:true",
            "ExpirationTime=null",
            "ExpirationTime=neq:null",
            "ExpirationTime=2025-06-01",
            "ExpirationTime=2026-12-31T23:00:00.0000000Z",
            "ExpirationTime=gt:2026-01-01T12:00:00Z",
            "ExpirationTime=gte:2026-01-01T13:00:00%2B01:00",
            "ExpirationTime=lt:2026-01-01T12:00:00Z",
            "ExpirationTime=lte:2026-01-01T12:00:00Z",
            "ExpirationTime=in:2025-06-01,2026-01-01T12:00:00Z",
            "ExpirationTime=nin:2025-06-01,null",
            "IsExpired=true",
            "IsExpired=False",
            "IsActive=true&IsExpired=false&DiscountRate=gt:10.5",
        ],
        expect![[r#"
            DiscountRate=gt:10: c d (2 of 2)
            DiscountRate=gte:10;lt:100: b c (2 of 2)
            DiscountRate=gt:0&DiscountRate=lt:10.5: a b (2 of 2)
            DISCOUNTRATE=10.50: c (1 of 1)
            DiscountRate=neq:5: b c d (3 of 3)
            DiscountRate=ne:5;le:10: b (1 of 1)
            DiscountRate=in:5:100: a d (2 of 2)
            DiscountRate=nin:5,100: b c (2 of 2)
            CreditRate=0.05: a (1 of 1)
            CreditRate=lt:0.1: a b d (3 of 3)
            CreditRate=ge:0.1: c (1 of 1)
            IsActive=true: a c d (3 of 3)
            IsActive=neq:TRUE: b (1 of 1)
            IsActive=in:true:false: a b c d (4 of 4)
            IsActive=nin:true: b (1 of 1)
            ExpirationTime=null: c (1 of 1)
            ExpirationTime=neq:null: a b d (3 of 3)
            ExpirationTime=2025-06-01: a (1 of 1)
            ExpirationTime=2026-12-31T23:00:00.0000000Z: b (1 of 1)
            ExpirationTime=gt:2026-01-01T12:00:00Z: b (1 of 1)
            ExpirationTime=gte:2026-01-01T13:00:00%2B01:00: b d (2 of 2)
            ExpirationTime=lt:2026-01-01T12:00:00Z: a (1 of 1)
            ExpirationTime=lte:2026-01-01T12:00:00Z: a d (2 of 2)
            ExpirationTime=in:2025-06-01,2026-01-01T12:00:00Z: a d (2 of 2)
            ExpirationTime=nin:2025-06-01,null: b d (2 of 2)
            IsExpired=true: a (1 of 1)
            IsExpired=False: b c d (3 of 3)
            IsActive=true&IsExpired=false&DiscountRate=gt:10.5: d (1 of 1)
        "#]],
    );
}

#[test]
fn a_search_is_a_piece_of_a_text_and_no_pattern() {
    check(
        &[
            "Search=NOVAK",
            "Search=ov%C3%A1k",
            "Search=ada",
            "Search=a_b",
            "Search=100%25",
            "Search=%25",
            "Search=%5C",
            "Search=_",
            "Search=sk1",
            "Search=2020",
            "Search=777",
            "Search=fero",
            "Search=example",
            "Search=001",
            "Search=x-1",
            "Search=gt:5;lt:3",
            "Search=%22",
            "Search=Ada%20Nov",
            "Search=",
            "Search=nov&IsExpired=true",
        ],
        expect![[r#"
            Search=NOVAK: a c (2 of 2)
            Search=ov%C3%A1k: a c (2 of 2)
            Search=ada: a (1 of 1)
            Search=a_b: a (1 of 1)
            Search=100%25: a (1 of 1)
            Search=%25: a (1 of 1)
            Search=%5C: a (1 of 1)
            Search=_: a (1 of 1)
            Search=sk1: a (1 of 1)
            Search=2020: a (1 of 1)
            Search=777:  (0 of 0)
            Search=fero:  (0 of 0)
            Search=example:  (0 of 0)
            Search=001:  (0 of 0)
            Search=x-1:  (0 of 0)
            Search=gt:5;lt:3:  (0 of 0)
            Search=%22:  (0 of 0)
            Search=Ada%20Nov:  (0 of 0)
            Search=: a b c d (4 of 4)
            Search=nov&IsExpired=true: a (1 of 1)
        "#]],
    );
}

#[test]
fn lists_are_sorted_paged_and_counted() {
    check(
        &[
            "",
            "$sort=discountRate",
            "$sort=-discountRate",
            "$sort=discountRate:desc",
            "$sort=DISCOUNTRATE:ASC",
            "$sort=%2BdiscountRate",
            "$sort=expirationTime",
            "$sort=-expirationTime",
            "$sort=lastName",
            "$sort=-lastName",
            "$sort=isActive,-creditRate",
            "$sort=isActive&$sort=-creditRate",
            "$sort=discountRate,-discountRate",
            "$sort=company.name",
            "$skip=1&$take=2",
            "$take=2&$skip=3",
            "$take=0",
            "$take=1000",
            "$skip=4",
            "$skip=9223372036854775807",
            "$count=true",
            "$count=true&$skip=1&$take=2",
            "$count=false&$take=1",
            "$total=false",
            "$include=Cards&$sort=-id",
            "DiscountRate=gt:5&$take=1&$sort=-id",
        ],
        expect![[r#"
            : a b c d (4 of 4)
            $sort=discountRate: a b c d (4 of 4)
            $sort=-discountRate: d c b a (4 of 4)
            $sort=discountRate:desc: d c b a (4 of 4)
            $sort=DISCOUNTRATE:ASC: a b c d (4 of 4)
            $sort=%2BdiscountRate: a b c d (4 of 4)
            $sort=expirationTime: c a d b (4 of 4)
            $sort=-expirationTime: b d a c (4 of 4)
            $sort=lastName: d b c a (4 of 4)
            $sort=-lastName: a c b d (4 of 4)
            $sort=isActive,-creditRate: b c a d (4 of 4)
            $sort=isActive&$sort=-creditRate: b c a d (4 of 4)
            $sort=discountRate,-discountRate: a b c d (4 of 4)
            $sort=company.name: b d a c (4 of 4)
            $skip=1&$take=2: b c (2 of 4)
            $take=2&$skip=3: d (1 of 4)
            $take=0:  (0 of 4)
            $take=1000: a b c d (4 of 4)
            $skip=4:  (0 of 4)
            $skip=9223372036854775807:  (0 of 4)
            $count=true: - (4 of 4)
            $count=true&$skip=1&$take=2: - (2 of 4)
            $count=false&$take=1: a (1 of 4)
            $total=false: a b c d (4 of null)
            $include=Cards&$sort=-id: d c b a (4 of 4)
            DiscountRate=gt:5&$take=1&$sort=-id: d (1 of 3)
        "#]],
    );
}
