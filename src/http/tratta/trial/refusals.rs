//! Refusals (tratta.md section 8).

use expect_test::expect;

use super::{Shop, check};
use crate::credit::CreditTransaction;
use crate::error::Error;
use crate::http::failure::Failure;
use crate::http::route::Asked;
use crate::http::tratta::refusal::refuse;
use crate::money::Money;

#[test]
fn every_refusal_has_one_shape() {
    check(
        r#"
        - GET customers
        + authorization: Bearer no.key
        - GET customers
        reader GET nowhere
        - GET nowhere
        reader DELETE customers
        reader PATCH customers/x
        reader GET customers/x
        admin DELETE customers/x/addresses/y
        + if-match: "0"
        admin PUT customers/x name=a
        + idempotency-key: a
        + idempotency-key: b
        admin POST customers name=a
        "#,
        expect![[r#"
            > - GET customers
            401 {"message":"The header Authorization is missing.","error":"The header Authorization is missing.","errorCode":"unauthenticated"}
            + authorization: Bearer no.key
            > - GET customers
            401 {"message":"The key is unknown or was revoked.","error":"The key is unknown or was revoked.","errorCode":"unauthenticated"}
            > reader GET nowhere
            404 {"message":"There is no such route.","error":"There is no such route.","errorCode":"not_found"}
            > - GET nowhere
            401 {"message":"The header Authorization is missing.","error":"The header Authorization is missing.","errorCode":"unauthenticated"}
            > reader DELETE customers
            405 {"message":"The methods of this path are GET, POST.","error":"The methods of this path are GET, POST.","errorCode":"method_not_allowed"}
            > reader PATCH customers/x
            405 {"message":"The methods of this path are GET, PUT, DELETE.","error":"The methods of this path are GET, PUT, DELETE.","errorCode":"method_not_allowed"}
            > reader GET customers/x
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            > admin DELETE customers/x/addresses/y
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            + if-match: "0"
            > admin PUT customers/x name=a
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            + idempotency-key: a
            + idempotency-key: b
            > admin POST customers name=a
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"Idempotency-Key":["The Idempotency-Key is given twice."]}}
        "#]],
    );
}

#[test]
fn bodies_that_do_not_read() {
    check(
        r#"
        admin POST customers {"name"
        admin POST customers {"name":"a","name":"b"}
        admin POST customers ["a"]
        admin POST customers "a"
        + content-type: application/json
        admin POST customers
        admin POST customers name=%
        + content-type: text/plain
        admin POST customers name=a
        + content-type: multipart/form-data; boundary=x
        admin POST customers --x--
        + content-type: application/vnd.api+json; charset=utf-8
        admin POST customers {"name":"json"}
        + content-type: application/x-www-form-urlencoded; charset=UTF-8
        admin POST customers name=form
        + content-encoding: gzip
        admin POST customers name=a
        "#,
        expect![[r#"
            > admin POST customers {"name"
            400 {"message":"The body is not JSON at byte 7.","error":"The body is not JSON at byte 7.","errorCode":"malformed_body"}
            > admin POST customers {"name":"a","name":"b"}
            400 {"message":"The name is given twice.","error":"The name is given twice.","errorCode":"malformed_body"}
            > admin POST customers ["a"]
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body":["The body must be an object."]}}
            > admin POST customers "a"
            422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"body":["The body must be an object."]}}
            + content-type: application/json
            > admin POST customers
            400 {"message":"The body is empty.","error":"The body is empty.","errorCode":"malformed_body"}
            > admin POST customers name=%
            400 {"message":"The body must be percent-encoded UTF-8, which it is not at byte 5.","error":"The body must be percent-encoded UTF-8, which it is not at byte 5.","errorCode":"malformed_body"}
            + content-type: text/plain
            > admin POST customers name=a
            415 {"message":"The body must be application/x-www-form-urlencoded or application/json.","error":"The body must be application/x-www-form-urlencoded or application/json.","errorCode":"unsupported_media_type"}
            + content-type: multipart/form-data; boundary=x
            > admin POST customers --x--
            415 {"message":"The body must be application/x-www-form-urlencoded or application/json.","error":"The body must be application/x-www-form-urlencoded or application/json.","errorCode":"unsupported_media_type"}
            + content-type: application/vnd.api+json; charset=utf-8
            > admin POST customers {"name":"json"}
            201 {"data":{"id":"018cc820-db37-709c-8b09-d442cc61ec4a","external_id":null,"name":"json","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
            + content-type: application/x-www-form-urlencoded; charset=UTF-8
            > admin POST customers name=form
            201 {"data":{"id":"018cc820-db38-7fa6-a95d-ed430e887ec0","external_id":null,"name":"form","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
            + content-encoding: gzip
            > admin POST customers name=a
            415 {"message":"The body must come without an encoding.","error":"The body must come without an encoding.","errorCode":"unsupported_media_type"}
        "#]],
    );
}

/// What went wrong in here is told to nobody.
#[test]
fn no_fault_tells_the_inside() {
    let io = || std::io::Error::other("secret");
    let failures = [
        Failure::BodyTooLarge(1),
        Failure::BodyTooSlow,
        Failure::TargetTooLong(1),
        Failure::KeyInUse,
        Failure::KeyReused,
        Failure::TooManyAttempts(30),
        Failure::Overloaded(1),
        Failure::Fault("secret".to_owned()),
        Failure::Store(Error::Io(io())),
        Failure::Store(Error::Corrupt("secret".to_owned())),
        Failure::Store(Error::CommitUnknown("secret".to_owned())),
        Failure::Store(Error::NotStored("secret".to_owned())),
        Failure::Store(Error::DiskFull),
        Failure::Store(Error::Overflow),
        Failure::Store(Error::VersionRequired { reason: "secret" }),
    ];
    let asked = Asked { target: "/api/v1/customers", request_id: "r-1", language: None };
    let told = failures.map(|failure| {
        let answer = refuse(&failure, &asked);
        format!("{} {}\n", answer.status.as_u16(), String::from_utf8(answer.body).unwrap())
    });
    expect![[r#"
        413 {"message":"The body may have 1 bytes.","error":"The body may have 1 bytes.","errorCode":"payload_too_large"}
        408 {"message":"The body did not arrive in time.","error":"The body did not arrive in time.","errorCode":"request_timeout"}
        414 {"message":"Path and query may have 1 bytes together.","error":"Path and query may have 1 bytes together.","errorCode":"uri_too_long"}
        409 {"message":"The first request with this Idempotency-Key has no answer yet.","error":"The first request with this Idempotency-Key has no answer yet.","errorCode":"conflict"}
        422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"Idempotency-Key":["The Idempotency-Key was used for another request."]}}
        429 {"message":"Too many sign-ins failed; try again in 30 s.","error":"Too many sign-ins failed; try again in 30 s.","errorCode":"too_many_requests"}
        503 {"message":"More work waits than is taken on; try again in 1 s.","error":"More work waits than is taken on; try again in 1 s.","errorCode":"service_unavailable"}
        500 {"message":"The server failed; its log tells more under the X-Request-Id of this answer.","error":"The server failed; its log tells more under the X-Request-Id of this answer.","errorCode":"server_error"}
        500 {"message":"The server failed; its log tells more under the X-Request-Id of this answer.","error":"The server failed; its log tells more under the X-Request-Id of this answer.","errorCode":"server_error"}
        500 {"message":"The server failed; its log tells more under the X-Request-Id of this answer.","error":"The server failed; its log tells more under the X-Request-Id of this answer.","errorCode":"server_error"}
        500 {"message":"It is unknown whether the change was stored; read before repeating it.","error":"It is unknown whether the change was stored; read before repeating it.","errorCode":"server_error"}
        503 {"message":"Nothing was stored; try again later.","error":"Nothing was stored; try again later.","errorCode":"service_unavailable"}
        507 {"message":"Nothing was stored; try again later.","error":"Nothing was stored; try again later.","errorCode":"insufficient_storage"}
        422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"credit":["The credit is too large to add up."]}}
        422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"If-Match":["The If-Match is needed by a setting of this file."]}}
    "#]]
    .assert_eq(&told.concat());
}

/// Who may do what.
#[test]
fn rights() {
    let shop = Shop::new();
    shop.ask("admin POST customers name=a&external_id=C", &[]);
    let mut told = String::new();
    for key in ["reader", "creator", "updater", "deleter"] {
        for request in [
            "GET customers",
            "GET customers/C",
            "GET customers/C/addresses",
            "POST customers name=b",
            "PUT customers/C name=b",
            "POST customers/C/addresses postal_code=10001",
            "PUT customers/C/addresses/x name=b",
            "DELETE customers/C/addresses/x",
            "DELETE customers/C",
        ] {
            let heard = shop.ask(&format!("{key} {request}"), &[]);
            let said = if heard.status == 403 {
                heard.json()["message"].to_string()
            } else {
                String::new()
            };
            told += format!("{key} {request}: {} {said}", heard.status).trim_end();
            told += "\n";
        }
    }
    expect![[r#"
        reader GET customers: 200
        reader GET customers/C: 200
        reader GET customers/C/addresses: 200
        reader POST customers name=b: 403 "The key lacks the right CustomerCreate."
        reader PUT customers/C name=b: 403 "The key lacks the right CustomerUpdate."
        reader POST customers/C/addresses postal_code=10001: 403 "The key lacks the right CustomerUpdate."
        reader PUT customers/C/addresses/x name=b: 403 "The key lacks the right CustomerUpdate."
        reader DELETE customers/C/addresses/x: 403 "The key lacks the right CustomerUpdate."
        reader DELETE customers/C: 403 "The key lacks the right CustomerDelete."
        creator GET customers: 200
        creator GET customers/C: 200
        creator GET customers/C/addresses: 200
        creator POST customers name=b: 201
        creator PUT customers/C name=b: 403 "The key lacks the right CustomerUpdate."
        creator POST customers/C/addresses postal_code=10001: 403 "The key lacks the right CustomerUpdate."
        creator PUT customers/C/addresses/x name=b: 403 "The key lacks the right CustomerUpdate."
        creator DELETE customers/C/addresses/x: 403 "The key lacks the right CustomerUpdate."
        creator DELETE customers/C: 403 "The key lacks the right CustomerDelete."
        updater GET customers: 200
        updater GET customers/C: 200
        updater GET customers/C/addresses: 200
        updater POST customers name=b: 403 "The key lacks the right CustomerCreate."
        updater PUT customers/C name=b: 200
        updater POST customers/C/addresses postal_code=10001: 201
        updater PUT customers/C/addresses/x name=b: 404
        updater DELETE customers/C/addresses/x: 404
        updater DELETE customers/C: 403 "The key lacks the right CustomerDelete."
        deleter GET customers: 200
        deleter GET customers/C: 200
        deleter GET customers/C/addresses: 200
        deleter POST customers name=b: 403 "The key lacks the right CustomerCreate."
        deleter PUT customers/C name=b: 403 "The key lacks the right CustomerUpdate."
        deleter POST customers/C/addresses postal_code=10001: 403 "The key lacks the right CustomerUpdate."
        deleter PUT customers/C/addresses/x name=b: 403 "The key lacks the right CustomerUpdate."
        deleter DELETE customers/C/addresses/x: 403 "The key lacks the right CustomerUpdate."
        deleter DELETE customers/C: 200
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_customer_with_a_balance_stays() {
    let shop = Shop::new();
    let made = shop.ask("admin POST customers name=a&external_id=C", &[]).json();
    let id = crate::id::CustomerId::new(made["data"]["id"].as_str().unwrap()).unwrap();
    let deposit = CreditTransaction::deposit(shop.store.stamp(), &id, Money::from_minor(250));
    shop.store.record(&deposit).unwrap();
    let told = shop.told("admin DELETE customers/C");
    expect![[r#"
        > admin DELETE customers/C
        422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"credit":["The credit must be zero before the customer is deleted, but is 2.50."]}}
    "#]]
    .assert_eq(&told);
}

/// Where a file demands a version, a tag names it; a change of single fields is made from what is
/// stored and needs none.
#[test]
fn a_version_is_named_by_its_tag() {
    let shop = Shop::new();
    shop.store.set_require_version(true).unwrap();
    shop.ask("admin POST customers name=a&external_id=C", &[]);
    let tag = shop.ask("admin PUT customers/C name=b", &[]).etag.unwrap();
    let refused = shop.ask("admin DELETE customers/C", &[]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.json()["errors"]["If-Match"].is_array());
    let named = format!("if-match: {tag}");
    assert_eq!(shop.ask("admin DELETE customers/C", &[&named]).status, 200);
}

/// A state that was named is compared, whatever changes it.
#[test]
fn a_state_is_named_by_its_tag() {
    let shop = Shop::new();
    let tag =
        shop.ask("admin POST customers name=a&external_id=C&address[line1]=x", &[]).etag.unwrap();
    let read = shop.ask("reader GET customers/C", &[]);
    assert_eq!(read.etag.as_ref(), Some(&tag));
    let id = read.json()["data"]["addresses"][0]["id"].as_str().unwrap().to_owned();
    let (named, known) = (format!("if-match: {tag}"), format!("if-none-match: {tag}"));
    assert_eq!(shop.ask("reader GET customers/C", &[&known]).status, 304);
    assert_eq!(shop.ask("admin PUT customers/C name=b", &[&named]).status, 200);
    for request in [
        "PUT customers/C name=c".to_owned(),
        "DELETE customers/C".to_owned(),
        "POST customers/C/addresses postal_code=10001".to_owned(),
        format!("PUT customers/C/addresses/{id} name=x"),
        format!("DELETE customers/C/addresses/{id}"),
    ] {
        let heard = shop.ask(&format!("admin {request}"), &[&named]);
        assert_eq!(heard.status, 412, "{request}");
        assert_eq!(heard.json()["errorCode"], "precondition_failed");
    }
    let list = shop.ask("reader GET customers", &[]).etag.unwrap();
    let known = format!("if-none-match: {list}");
    assert_eq!(shop.ask("reader GET customers", &[&known]).status, 304);
}

/// Of one body so many broken rules are told; that there may be more is said.
#[test]
fn many_fields_are_not_valid() {
    let shop = Shop::new();
    let told = [49, 50, 51].map(|n| {
        let meta: Vec<String> = (0..n).map(|n| format!(r#""k{n}":{{}}"#)).collect();
        let body = format!(r#"{{"name":"a","metadata":{{{}}}}}"#, meta.join(","));
        let refused = shop.ask(&format!("admin POST customers {body}"), &[]).json();
        let n_told = refused["errors"].as_object().map(|errors| errors.len());
        format!("{n}: {n_told:?} {}\n", refused["message"])
    });
    expect![[r#"
        49: Some(49) "49 fields are not valid"
        50: Some(50) "50 fields or more are not valid"
        51: Some(50) "50 fields or more are not valid"
    "#]]
    .assert_eq(&told.concat());
}
