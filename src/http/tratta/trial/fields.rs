//! The fields of a customer, rule by rule (tratta.md 1.1 and 3.1).

use expect_test::expect;

use super::{check, check_bodies};

const POST: &str = "POST customers";
const PUT: &str = "PUT customers/C";

#[test]
fn names() {
    let long = format!("name={}", "x".repeat(256));
    check_bodies(
        POST,
        "/data/name",
        &[
            "name=++Juno++",
            "name=",
            "name=++",
            "email=a@b.c",
            "",
            "{}",
            r#"{"name":null}"#,
            r#"{"name":5}"#,
            r#"{"name":["a"]}"#,
            "name[]=a",
            "name=a%0Ab",
            &long,
            "name=a&name=b",
            r#"{"name":"a","Name":"b"}"#,
        ],
        expect![[r#"
            name=++Juno++: 201 "Juno"
            name=: 422 {"name":["The name is missing."]}
            name=++: 422 {"name":["The name is missing."]}
            email=a@b.c: 422 {"name":["The name is missing."]}
            : 422 {"name":["The name is missing."]}
            {}: 422 {"name":["The name is missing."]}
            {"name":null}: 422 {"name":["The name is missing."]}
            {"name":5}: 422 {"name":["The name must be a text."]}
            {"name":["a"]}: 422 {"name":["The name must be a text."]}
            name[]=a: 422 {"name":["The name must be a text."]}
            name=a%0Ab: 422 {"name":["The name must not hold control characters."]}
            name=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: 422 {"name":["The name must have at most 255 characters."]}
            name=a&name=b: 201 "b"
            {"name":"a","Name":"b"}: 201 "a"
        "#]],
    );
    check_bodies(
        PUT,
        "/data/name",
        &["", "{}", "name=", r#"{"name":null}"#, "name=Juno", "email=a@b.c"],
        expect![[r#"
            : 200 "Juno Hale"
            {}: 200 "Juno Hale"
            name=: 422 {"name":["The name is missing."]}
            {"name":null}: 422 {"name":["The name is missing."]}
            name=Juno: 200 "Juno"
            email=a@b.c: 200 "Juno Hale"
        "#]],
    );
}

#[test]
fn texts_and_what_they_must_be() {
    check_bodies(
        PUT,
        "/data/email",
        &["email=juno@example.org", "email=juno", "email=", r#"{"email":null}"#, r#"{"email":5}"#],
        expect![[r#"
            email=juno@example.org: 200 "juno@example.org"
            email=juno: 422 {"email":["The email must be an e-mail address."]}
            email=: 200 null
            {"email":null}: 200 null
            {"email":5}: 422 {"email":["The email must be a text."]}
        "#]],
    );
    check_bodies(
        PUT,
        "/data/phone",
        &[
            "phone=%2B1-489-899-2182",
            "phone=(202)+555-0147",
            "phone=12025550147",
            "phone=2025550147",
            "phone=%2B421905123456",
            "phone=",
        ],
        expect![[r#"
            phone=%2B1-489-899-2182: 200 "+1-489-899-2182"
            phone=(202)+555-0147: 200 "(202) 555-0147"
            phone=12025550147: 200 "12025550147"
            phone=2025550147: 200 "2025550147"
            phone=%2B421905123456: 422 {"phone":["The phone must be a phone number of the United States."]}
            phone=: 200 null
        "#]],
    );
    check_bodies(
        PUT,
        "/data/dob",
        &[
            "date_of_birth=1990-05-17",
            "date_of_birth=1990-02-30",
            "date_of_birth=17.5.1990",
            "date_of_birth=2024-01-03",
            "date_of_birth=2024-01-02",
            "date_of_birth=",
            "dob=1990-05-17",
        ],
        expect![[r#"
            date_of_birth=1990-05-17: 200 "1990-05-17"
            date_of_birth=1990-02-30: 422 {"date_of_birth":["The date of birth is not in the calendar."]}
            date_of_birth=17.5.1990: 422 {"date_of_birth":["The date of birth is not a date such as 2024-01-02."]}
            date_of_birth=2024-01-03: 422 {"date_of_birth":["The date of birth must not be after today."]}
            date_of_birth=2024-01-02: 200 "2024-01-02"
            date_of_birth=: 200 null
            dob=1990-05-17: 200 null
        "#]],
    );
}

/// Only four digits are ever stored.
#[test]
fn the_last_four_digits() {
    check_bodies(
        PUT,
        "/data/ssn",
        &[
            "ssn_last4=0412",
            "ssn_last4=412",
            "ssn_last4=04123",
            "ssn_last4=123456789",
            "ssn_last4=123-45-6789",
            "ssn_last4=",
            r#"{"ssn_last4":412}"#,
            r#"{"ssn_last4":0}"#,
            r#"{"ssn_last4":9999}"#,
            r#"{"ssn_last4":10000}"#,
            r#"{"ssn_last4":-1}"#,
            r#"{"ssn_last4":4.5}"#,
            r#"{"ssn_last4":1e2}"#,
            r#"{"ssn_last4":"0412"}"#,
            r#"{"ssn_last4":true}"#,
            "ssn=0412",
        ],
        expect![[r#"
            ssn_last4=0412: 200 "0412"
            ssn_last4=412: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            ssn_last4=04123: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            ssn_last4=123456789: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            ssn_last4=123-45-6789: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            ssn_last4=: 200 null
            {"ssn_last4":412}: 200 "0412"
            {"ssn_last4":0}: 200 "0000"
            {"ssn_last4":9999}: 200 "9999"
            {"ssn_last4":10000}: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            {"ssn_last4":-1}: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            {"ssn_last4":4.5}: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            {"ssn_last4":1e2}: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            {"ssn_last4":"0412"}: 200 "0412"
            {"ssn_last4":true}: 422 {"ssn_last4":["The ssn last4 must be 4 digits."]}
            ssn=0412: 200 null
        "#]],
    );
}

#[test]
fn statuses() {
    check_bodies(
        PUT,
        "/data/status",
        &[
            "status=active",
            "status=locked",
            "status=archived",
            "status=frozen",
            "status=",
            r#"{"status":null}"#,
            r#"{"status":1}"#,
            "status=LOCKED",
        ],
        expect![[r#"
            status=active: 200 "active"
            status=locked: 200 "locked"
            status=archived: 200 "archived"
            status=frozen: 422 {"status":["The status must be one of active, locked, archived."]}
            status=: 200 "active"
            {"status":null}: 200 "active"
            {"status":1}: 422 {"status":["The status must be a text."]}
            status=LOCKED: 422 {"status":["The status must be one of active, locked, archived."]}
        "#]],
    );
    check_bodies(
        POST,
        "/data/status",
        &["name=a", "name=a&status=", "name=a&status=archived"],
        expect![[r#"
            name=a: 201 "active"
            name=a&status=: 201 "active"
            name=a&status=archived: 201 "archived"
        "#]],
    );
}

#[test]
fn external_ids() {
    check_bodies(
        POST,
        "/data/external_id",
        &[
            "name=a&external_id=D",
            "name=a&external_id=C",
            "name=a&external_id=",
            "name=a&external_id=.",
            r#"{"name":"a","external_id":5}"#,
            // All fields are told of at once.
            "external_id=C&email=x&phone=1&ssn_last4=x&status=x&date_of_birth=x&metadata=x&address=x",
        ],
        expect![[r#"
            name=a&external_id=D: 201 "D"
            name=a&external_id=C: 422 {"external_id":["The external id has already been taken."]}
            name=a&external_id=: 201 null
            name=a&external_id=.: 422 {"external_id":["The external id must not be `.` or `..`."]}
            {"name":"a","external_id":5}: 422 {"external_id":["The external id must be a text."]}
            external_id=C&email=x&phone=1&ssn_last4=x&status=x&date_of_birth=x&metadata=x&address=x: 422 {"address":["The address must be an object."],"date_of_birth":["The date of birth is not a date such as 2024-01-02."],"email":["The email must be an e-mail address."],"external_id":["The external id has already been taken."],"metadata":["The metadata must be an object."],"name":["The name is missing."],"phone":["The phone must be a phone number of the United States."],"ssn_last4":["The ssn last4 must be 4 digits."],"status":["The status must be one of active, locked, archived."]}
        "#]],
    );
    check_bodies(
        PUT,
        "/data/external_id",
        &["external_id=C", "external_id=D", "external_id=", r#"{"external_id":null}"#],
        expect![[r#"
            external_id=C: 200 "C"
            external_id=D: 200 "D"
            external_id=: 200 null
            {"external_id":null}: 200 null
        "#]],
    );
}

/// An id goes before an external id; that of one who is gone stands in nobody's way.
#[test]
fn a_customer_is_named_by_id_or_external_id() {
    let shop = super::Shop::new();
    let made = shop.ask("admin POST customers name=First", &[]).json();
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    let named = shop.ask(&format!("admin POST customers name=Second&external_id={id}"), &[]);
    assert_eq!(named.status, 201);
    let told =
        |_| shop.ask(&format!("reader GET customers/{id}"), &[]).json()["data"]["name"].clone();
    assert_eq!(told(()), "First");
    shop.ask(&format!("admin DELETE customers/{id}"), &[]);
    assert_eq!(told(()), "Second");
}

#[test]
fn external_ids_are_percent_decoded() {
    check(
        r"
        admin POST customers name=a&external_id=a%2Fb+%C5%BD
        reader GET customers/a%2Fb%20%C5%BD/addresses
        reader GET customers/%FF
        reader GET customers/nobody
        ",
        expect![[r#"
            > admin POST customers name=a&external_id=a%2Fb+%C5%BD
            201 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"a/b Ž","name":"a","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
            > reader GET customers/a%2Fb%20%C5%BD/addresses
            200 {"data":[],"links":{"first":"http://shop:4000/api/v1/customers/a%2Fb%20%C5%BD/addresses?page=1","last":"http://shop:4000/api/v1/customers/a%2Fb%20%C5%BD/addresses?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":null,"last_page":1,"path":"http://shop:4000/api/v1/customers/a%2Fb%20%C5%BD/addresses","per_page":10,"to":null,"total":0}}
            > reader GET customers/%FF
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            > reader GET customers/nobody
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
        "#]],
    );
}
