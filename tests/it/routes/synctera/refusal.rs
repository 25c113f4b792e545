//! Each kind of refusal, once, as it is sent (synctera.md section 7).

use expect_test::expect;

use super::super::contract;
use super::{Desk, OTTILIE, check};

const BARE: &str = r#"admin POST /customers {"status":"ACTIVE"}"#;
const NOBODY: &str = "0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1";

#[test]
fn every_refusal_is_a_problem_with_five_members() {
    let (served, _) = super::super::served::Served::at_noon();
    contract::check(
        &served,
        r#"
        - GET /v0/customers/x
        x.y GET /v0/customers/x
        reader POST /v0/customers ?
        + Accept: application/json
        reader GET /v0/customers/x
        + Content-Type: application/json
        reader GET /v0/customers/0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1
        reader GET /v0/nothing
        reader DELETE /v0/customers/x
    "#,
        expect![[r#"
            > - GET /v0/customers/x
            401
            content-type: application/problem+json
            www-authenticate: Bearer realm="tillbook", charset="UTF-8"
            www-authenticate: NWS4-HMAC-SHA256 realm="tillbook", charset="UTF-8"
            {"type":"https://dev.synctera.com/errors/unauthenticated","title":"Unauthenticated","status":401,"detail":"the header Authorization is missing","code":"UNAUTHENTICATED"}

            > x.y GET /v0/customers/x
            401
            content-type: application/problem+json
            www-authenticate: Bearer realm="tillbook", charset="UTF-8"
            www-authenticate: NWS4-HMAC-SHA256 realm="tillbook", charset="UTF-8"
            {"type":"https://dev.synctera.com/errors/unauthenticated","title":"Unauthenticated","status":401,"detail":"the key is unknown or was revoked","code":"UNAUTHENTICATED"}

            > reader POST /v0/customers ?
            403
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/forbidden","title":"Forbidden","status":403,"detail":"the key lacks the right CustomerCreate","code":"FORBIDDEN"}

            > reader GET /v0/customers/x
            400
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}

            > reader GET /v0/customers/0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1
            404
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/not-found","title":"Not Found","status":404,"detail":"there is no such customer","code":"RESOURCE_NOT_FOUND"}

            > reader GET /v0/nothing
            404
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/not-found","title":"Not Found","status":404,"detail":"there is no such route","code":"RESOURCE_NOT_FOUND"}

            > reader DELETE /v0/customers/x
            405
            allow: GET, PUT, PATCH
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/method-not-allowed","title":"Method Not Allowed","status":405,"detail":"the methods of this path are GET, PUT, PATCH","code":"METHOD_NOT_ALLOWED"}

        "#]],
    );
}

#[test]
fn a_bad_header_is_a_bad_request() {
    let (served, _) = super::super::served::Served::at_noon();
    contract::check(
        &served,
        r#"
        + Content-Type: text/plain
        admin POST /v0/customers {"status":"ACTIVE"}
        + Content-Encoding: gzip
        admin POST /v0/customers {"status":"ACTIVE"}
        + Idempotency-Key:
        admin POST /v0/customers {"status":"ACTIVE"}
        + If-Match: "0"
        admin PUT /v0/customers/x {}
    "#,
        expect![[r#"
            > admin POST /v0/customers {"status":"ACTIVE"}
            400
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the body must be application/json","code":"BAD_REQUEST"}

            > admin POST /v0/customers {"status":"ACTIVE"}
            400
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the body must come without an encoding","code":"BAD_REQUEST"}

            > admin POST /v0/customers {"status":"ACTIVE"}
            400
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"Idempotency-Key must have 1 to 255 bytes","code":"BAD_REQUEST"}

            > admin PUT /v0/customers/x {}
            400
            content-type: application/problem+json
            {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}

        "#]],
    );
}

/// What is wrong with the path is said before what is wrong with the body.
#[test]
fn a_path_names_a_customer_or_is_wrong() {
    let mut script = String::new();
    for id in [NOBODY, "7", "x%20y", "%FF", "0b9a3c1e6a584f0a9d612f4a6be0c7d1"] {
        for method in ["GET", "PUT", "PATCH"] {
            script += &format!(
                "admin {method} /customers/{id}{}\n",
                if method == "GET" { "" } else { " ?" }
            );
        }
    }
    check(
        "",
        &script,
        expect![[r#"
        > admin GET /customers/0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1
        404 {"type":"https://dev.synctera.com/errors/not-found","title":"Not Found","status":404,"detail":"there is no such customer","code":"RESOURCE_NOT_FOUND"}
        > admin PUT /customers/0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1 ?
        404 {"type":"https://dev.synctera.com/errors/not-found","title":"Not Found","status":404,"detail":"there is no such customer","code":"RESOURCE_NOT_FOUND"}
        > admin PATCH /customers/0b9a3c1e-6a58-4f0a-9d61-2f4a6be0c7d1 ?
        404 {"type":"https://dev.synctera.com/errors/not-found","title":"Not Found","status":404,"detail":"there is no such customer","code":"RESOURCE_NOT_FOUND"}
        > admin GET /customers/7
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PUT /customers/7 ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PATCH /customers/7 ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin GET /customers/x%20y
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PUT /customers/x%20y ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PATCH /customers/x%20y ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin GET /customers/%FF
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PUT /customers/%FF ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PATCH /customers/%FF ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin GET /customers/0b9a3c1e6a584f0a9d612f4a6be0c7d1
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PUT /customers/0b9a3c1e6a584f0a9d612f4a6be0c7d1 ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
        > admin PATCH /customers/0b9a3c1e6a584f0a9d612f4a6be0c7d1 ?
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the id in the path must be a UUID","code":"BAD_REQUEST"}
    "#]],
    );
}

#[test]
fn rights_come_first() {
    let mut desk = Desk::new();
    desk.tell(BARE);
    use tillbook::Right::{CustomerCreate, CustomerUpdate};
    let mut told = String::new();
    for (name, rights) in
        [("none", &[][..]), ("create", &[CustomerCreate]), ("update", &[CustomerUpdate])]
    {
        let key = desk.served.key(name, rights);
        for line in [
            "POST /customers ?",
            "PUT /customers/#1 ?",
            "PATCH /customers/#1 ?",
            "GET /customers/#1",
        ] {
            let heard = desk.ask(&format!("{key} {line}"), &[]);
            told += &format!("{name} {line} {}\n", heard.status);
        }
    }
    expect![[r#"
        none POST /customers ? 403
        none PUT /customers/#1 ? 403
        none PATCH /customers/#1 ? 403
        none GET /customers/#1 200
        create POST /customers ? 400
        create PUT /customers/#1 ? 403
        create PATCH /customers/#1 ? 403
        create GET /customers/#1 200
        update POST /customers ? 403
        update PUT /customers/#1 ? 400
        update PATCH /customers/#1 ? 400
        update GET /customers/#1 200
    "#]]
    .assert_eq(&told);
}

/// A client that puts all answers into types must never meet null, and always a status.
#[test]
fn nothing_is_ever_null() {
    let mut desk = Desk::new();
    for line in [
        OTTILIE,
        BARE,
        r#"admin POST /customers {"status":"PROSPECT","metadata":{}}"#,
        "reader GET /customers/#1",
        "admin POST /customers {}",
        "- GET /customers/x",
    ] {
        let heard = desk.ask(line, &[]);
        let text = desk.named(heard.text());
        assert!(!text.contains("null") && !text.contains("\"\""), "{text}");
        assert_eq!(
            heard.status >= 400,
            heard.header("content-type") == Some("application/problem+json")
        );
        let names: &[&str] = match heard.status {
            400.. => &["type", "title", "status", "detail", "code"],
            _ => &[
                "id",
                "status",
                "ban_status",
                "kyc_status",
                "kyc_exempt",
                "has_accounts",
                "creation_time",
                "last_updated_time",
            ],
        };
        let document = heard.json();
        for name in names {
            assert!(document.get(name).is_some(), "{name}: {text}");
        }
    }
}
