//! Bad input in paths and methods: rows 25 to 38 of the bad-input catalogue as far as an id or a
//! serial number stands in a URL, and tricks with paths.

use expect_test::{Expect, expect};

use super::served::Served;

/// Asks line by line of one shop, and tells of each answer what it says.
fn check(script: &str, expected: Expect) {
    let (served, _) = Served::at_noon();
    let mut told = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let heard = served.hear(line, &[]);
        let allow = heard.header("allow").map(|allow| format!(" Allow: {allow}"));
        let line = line.replace(&"x".repeat(65), "x{65}").replace(&"x".repeat(64), "x{64}");
        told += &format!("{line}: {}{}\n", heard.brief(), allow.unwrap_or_default());
    }
    expected.assert_eq(&told);
}

/// Rows 25 to 31: whoever is looked for under such an id is not there, and nobody gets one.
#[test]
fn an_id_that_nobody_can_have_names_nobody() {
    let long = "x".repeat(65);
    let mut script = String::new();
    for id in [
        "%20",
        "%207",
        "7%20",
        "+",
        &long,
        ".",
        "..",
        "%2e",
        "%2e%2e",
        "%00",
        "a%00b",
        "%0A",
        "%E2%80%AEa",
        "a%E2%80%8Bb",
        "%FF",
        "%C5",
        "%",
        "%zz",
        "%EF%BB%BF7",
    ] {
        script += &format!("reader GET /customers/{id}\nadmin PUT /customers/{id} {{}}\n");
    }
    check(
        &script,
        expect![[r#"
        reader GET /customers/%20: 404 There is no such customer.
        admin PUT /customers/%20 {}: 400 [Id] Id must not begin or end with white space.
        reader GET /customers/%207: 404 There is no such customer.
        admin PUT /customers/%207 {}: 400 [Id] Id must not begin or end with white space.
        reader GET /customers/7%20: 404 There is no such customer.
        admin PUT /customers/7%20 {}: 400 [Id] Id must not begin or end with white space.
        reader GET /customers/+: 404 There is no such customer.
        admin PUT /customers/+ {}: 201
        reader GET /customers/x{65}: 404 There is no such customer.
        admin PUT /customers/x{65} {}: 400 [Id] Id must have at most 64 characters.
        reader GET /customers/.: 404 There is no such customer.
        admin PUT /customers/. {}: 400 [Id] Id must not be `.` or `..`.
        reader GET /customers/..: 404 There is no such customer.
        admin PUT /customers/.. {}: 400 [Id] Id must not be `.` or `..`.
        reader GET /customers/%2e: 404 There is no such customer.
        admin PUT /customers/%2e {}: 400 [Id] Id must not be `.` or `..`.
        reader GET /customers/%2e%2e: 404 There is no such customer.
        admin PUT /customers/%2e%2e {}: 400 [Id] Id must not be `.` or `..`.
        reader GET /customers/%00: 404 There is no such customer.
        admin PUT /customers/%00 {}: 400 [Id] Id must not hold control or invisible characters.
        reader GET /customers/a%00b: 404 There is no such customer.
        admin PUT /customers/a%00b {}: 400 [Id] Id must not hold control or invisible characters.
        reader GET /customers/%0A: 404 There is no such customer.
        admin PUT /customers/%0A {}: 400 [Id] Id must not hold control or invisible characters.
        reader GET /customers/%E2%80%AEa: 404 There is no such customer.
        admin PUT /customers/%E2%80%AEa {}: 400 [Id] Id must not hold control or invisible characters.
        reader GET /customers/a%E2%80%8Bb: 404 There is no such customer.
        admin PUT /customers/a%E2%80%8Bb {}: 400 [Id] Id must not hold control or invisible characters.
        reader GET /customers/%FF: 404 There is no such customer.
        admin PUT /customers/%FF {}: 400 [Id] Id must not be empty.
        reader GET /customers/%C5: 404 There is no such customer.
        admin PUT /customers/%C5 {}: 400 [Id] Id must not be empty.
        reader GET /customers/%: 404 There is no such customer.
        admin PUT /customers/% {}: 201
        reader GET /customers/%zz: 404 There is no such customer.
        admin PUT /customers/%zz {}: 201
        reader GET /customers/%EF%BB%BF7: 404 There is no such customer.
        admin PUT /customers/%EF%BB%BF7 {}: 400 [Id] Id must not hold control or invisible characters.
    "#]],
    );
}

/// Rows 28, 32 and 33: what an id may hold, and which ids are two.
#[test]
fn an_id_is_compared_byte_by_byte() {
    let long = "x".repeat(64);
    let script = format!(
        r#"
        admin PUT /customers/{long} {{}}
        reader GET /customers/{long}
        admin PUT /customers/a%2Fb%3Fc%23d%25 {{}}
        reader GET /customers/a%2fb%3fc%23d%25
        reader GET /customers/a%252Fb%253Fc%2523d%2525
        reader GET /customers/a/b
        admin POST /customers {{"id":"a/b?c#d%"}}
        admin PUT /customers/%C3%A9 {{}}
        reader GET /customers/e%CC%81
        admin PUT /customers/e%CC%81 {{}}
        admin PUT /customers/Ada {{}}
        reader GET /customers/ada
        reader GET /customers/%41da
        admin PUT /customers/a+b {{}}
        reader GET /customers/a%2Bb
        reader GET /customers/a%20b
        admin PUT /customers/%27;drop%20table%20customer;-- {{}}
        reader GET /customers/';drop%20table%20customer;--
        admin PUT /customers/ada {{"id":"Ada"}}
        "#
    );
    check(
        &script,
        expect![[r#"
        admin PUT /customers/x{64} {}: 201
        reader GET /customers/x{64}: 200
        admin PUT /customers/a%2Fb%3Fc%23d%25 {}: 201
        reader GET /customers/a%2fb%3fc%23d%25: 200
        reader GET /customers/a%252Fb%253Fc%2523d%2525: 404 There is no such customer.
        reader GET /customers/a/b: 404 There is no such route.
        admin POST /customers {"id":"a/b?c#d%"}: 400 [Id] Id is in use already.
        admin PUT /customers/%C3%A9 {}: 201
        reader GET /customers/e%CC%81: 404 There is no such customer.
        admin PUT /customers/e%CC%81 {}: 201
        admin PUT /customers/Ada {}: 201
        reader GET /customers/ada: 404 There is no such customer.
        reader GET /customers/%41da: 200
        admin PUT /customers/a+b {}: 201
        reader GET /customers/a%2Bb: 200
        reader GET /customers/a%20b: 404 There is no such customer.
        admin PUT /customers/%27;drop%20table%20customer;-- {}: 201
        reader GET /customers/';drop%20table%20customer;--: 200
        admin PUT /customers/ada {"id":"Ada"}: 400 [Id] Id must be the id in the path.
    "#]],
    );
}

/// Rows 37 and 38: zeros before a serial number count, white space around it is no part of one.
#[test]
fn a_serial_number_is_compared_byte_by_byte() {
    check(
        r#"
        admin PUT /customers/ada {"cards":[{"serialNumber":"007"}]}
        reader GET /cards/007
        reader GET /cards/07
        reader GET /cards/0007
        reader GET /cards/%20007
        reader GET /cards/007%20
        reader GET /cards/%00
        reader GET /cards/%FF
        reader GET /cards/..
        admin PUT /customers/ada/cards/%20007 {}
        admin PUT /customers/ada/cards/007%09 {}
        admin PUT /customers/ada/cards/%2e%2e {}
        admin PUT /customers/ada/cards/07 {}
        admin PUT /customers/bob {}
        admin PUT /customers/bob/cards/007 {}
        admin POST /customers/bob/cards/007/block
        admin PUT /customers/ada/cards/007 {"serialNumber":"7"}
        "#,
        expect![[r#"
            admin PUT /customers/ada {"cards":[{"serialNumber":"007"}]}: 201
            reader GET /cards/007: 200
            reader GET /cards/07: 404 There is no such card.
            reader GET /cards/0007: 404 There is no such card.
            reader GET /cards/%20007: 404 There is no such card.
            reader GET /cards/007%20: 404 There is no such card.
            reader GET /cards/%00: 404 There is no such card.
            reader GET /cards/%FF: 404 There is no such card.
            reader GET /cards/..: 404 There is no such card.
            admin PUT /customers/ada/cards/%20007 {}: 400 [SerialNumber] SerialNumber must not begin or end with white space.
            admin PUT /customers/ada/cards/007%09 {}: 400 [SerialNumber] SerialNumber must not hold control or invisible characters.
            admin PUT /customers/ada/cards/%2e%2e {}: 400 [SerialNumber] SerialNumber must not be `.` or `..`.
            admin PUT /customers/ada/cards/07 {}: 201
            admin PUT /customers/bob {}: 201
            admin PUT /customers/bob/cards/007 {}: 400 [SerialNumber] SerialNumber is used by another customer already.
            admin POST /customers/bob/cards/007/block: 404 There is no such card.
            admin PUT /customers/ada/cards/007 {"serialNumber":"7"}: 400 [SerialNumber] SerialNumber must be the serial number in the path.
        "#]],
    );
}

/// A path is taken as it stands: nothing in it is resolved, folded or joined.
#[test]
fn a_path_is_taken_as_it_stands() {
    check(
        r#"
        reader GET /
        reader GET //
        reader GET /customers/
        reader GET //customers
        reader GET /customers//
        reader GET /customers/x/
        reader GET /customers/x//creditTransactions
        reader GET /Customers
        reader GET /customers%2F
        reader GET /customers/../customers
        reader GET /docs/../metrics
        reader GET /%6detrics
        reader GET /.%2fcustomers
        reader GET /customers/..%2f..%2fetc%2fpasswd
        reader GET /cards/..%5c..%5cshop.db
        reader GET /api/v2/customers
        reader GET /customers/x/creditTransactions/1
        - GET /customers/..%2f..%2fetc%2fpasswd
        reader GET /customers?
        reader GET /customers/nobody?x=1
        "#,
        expect![[r#"
            reader GET /: 404 There is no such route.
            reader GET //: 404 There is no such route.
            reader GET /customers/: 404 There is no such route.
            reader GET //customers: 404 There is no such route.
            reader GET /customers//: 404 There is no such route.
            reader GET /customers/x/: 404 There is no such route.
            reader GET /customers/x//creditTransactions: 404 There is no such route.
            reader GET /Customers: 404 There is no such route.
            reader GET /customers%2F: 404 There is no such route.
            reader GET /customers/../customers: 404 There is no such route.
            reader GET /docs/../metrics: 404 There is no such route.
            reader GET /%6detrics: 404 There is no such route.
            reader GET /.%2fcustomers: 404 There is no such route.
            reader GET /customers/..%2f..%2fetc%2fpasswd: 404 There is no such customer.
            reader GET /cards/..%5c..%5cshop.db: 404 There is no such card.
            reader GET /api/v2/customers: 404 There is no such route.
            reader GET /customers/x/creditTransactions/1: 404 There is no such route.
            - GET /customers/..%2f..%2fetc%2fpasswd: 401 Nobody is signed in: the header Authorization is missing.
            reader GET /customers?: 200
            reader GET /customers/nobody?x=1: 404 There is no such customer.
        "#]],
    );
}

/// A path says which methods it has, to whoever may know that it is there.
#[test]
fn methods_that_a_path_has_not() {
    check(
        r#"
        reader PATCH /customers/ada {}
        reader POST /customers/ada {}
        reader DELETE /customers
        reader PUT /customers []
        reader OPTIONS /customers
        reader TRACE /customers
        reader BREW /customers
        reader get /customers
        reader HEAD /customers
        - HEAD /customers
        reader PUT /cards/007 {}
        reader GET /customers/ada/spend
        reader GET /customers/ada/cards/007
        reader DELETE /conflicts/x
        reader PATCH /metrics
        - PATCH /health
        - PATCH /customers
        "#,
        expect![[r#"
            reader PATCH /customers/ada {}: 405 This route knows GET, PUT, DELETE. Allow: GET, PUT, DELETE
            reader POST /customers/ada {}: 405 This route knows GET, PUT, DELETE. Allow: GET, PUT, DELETE
            reader DELETE /customers: 405 This route knows GET, POST. Allow: GET, POST
            reader PUT /customers []: 405 This route knows GET, POST. Allow: GET, POST
            reader OPTIONS /customers: 405 This route knows GET, POST. Allow: GET, POST
            reader TRACE /customers: 405 This route knows GET, POST. Allow: GET, POST
            reader BREW /customers: 405 This route knows GET, POST. Allow: GET, POST
            reader get /customers: 405 This route knows GET, POST. Allow: GET, POST
            reader HEAD /customers: 200
            - HEAD /customers: 401
            reader PUT /cards/007 {}: 405 This route knows GET. Allow: GET
            reader GET /customers/ada/spend: 405 This route knows POST. Allow: POST
            reader GET /customers/ada/cards/007: 405 This route knows PUT, DELETE. Allow: PUT, DELETE
            reader DELETE /conflicts/x: 405 This route knows GET. Allow: GET
            reader PATCH /metrics: 405 the methods of this path are GET Allow: GET
            - PATCH /health: 405 the methods of this path are GET Allow: GET
            - PATCH /customers: 401 Nobody is signed in: the header Authorization is missing.
        "#]],
    );
}
