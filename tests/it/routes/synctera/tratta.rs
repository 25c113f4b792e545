//! Written through Synctera's vocabulary, read through Tratta's, and the other way round.

use expect_test::expect;
use serde_json::Value;

use super::{Desk, OTTILIE, check};

#[test]
fn what_synctera_writes_tratta_reads() {
    check(
        OTTILIE,
        r#"
        reader GET tratta:/customers/#1
        admin PUT tratta:/customers/#1 {"name":"Ottilie B.","ssn_last4":"1234","metadata":{"loyalty_tier":null,"vip":"yes"},"address":{"line1":"1 New Rd","postal_code":"12207","country":"US"}}
        reader GET /customers/#1
        admin PATCH /customers/#1 {"first_name":"Olga","shipping_address":{"address_line_1":"9 Bay","country_code":"US"}}
        reader GET tratta:/customers/#1
    "#,
        expect![[r##"
            > reader GET tratta:/customers/#1
            200 {"data":{"id":"#1","external_id":null,"name":"Ottilie Brandt","email":null,"phone":"+12025550147","dob":"1988-11-30","date_of_birth":"1988-11-30","ssn":"9999","status":"active","address":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":true},{"id":"#3","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":false}],"addresses":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":true},{"id":"#3","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":false}],"metadata":[{"attribute":"loyalty_tier","value":"blue"}]}}
            > admin PUT tratta:/customers/#1 {"name":"Ottilie B.","ssn_last4":"1234","metadata":{"loyalty_tier":null,"vip":"yes"},"address":{"line1":"1 New Rd","postal_code":"12207","country":"US"}}
            200 {"data":{"id":"#1","external_id":null,"name":"Ottilie B.","email":null,"phone":"+12025550147","dob":"1988-11-30","date_of_birth":"1988-11-30","ssn":"1234","status":"active","address":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":true},{"id":"#3","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":false},{"id":"#4","name":null,"city":null,"postal_code":"12207","country":"US","line1":"1 New Rd","line2":null,"state":null,"is_primary":false}],"addresses":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":true},{"id":"#3","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":false},{"id":"#4","name":null,"city":null,"postal_code":"12207","country":"US","line1":"1 New Rd","line2":null,"state":null,"is_primary":false}],"metadata":[{"attribute":"vip","value":"yes"}]}}
            > reader GET /customers/#1
            200 {"id":"#1","status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"1234","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"vip":"yes"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"first_name":"Olga","shipping_address":{"address_line_1":"9 Bay","country_code":"US"}}
            200 {"id":"#1","status":"ACTIVE","first_name":"Olga","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"1234","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"9 Bay","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"9 Bay","country_code":"US"}],"metadata":{"vip":"yes"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET tratta:/customers/#1
            200 {"data":{"id":"#1","external_id":null,"name":"Ottilie B.","email":null,"phone":"+12025550147","dob":"1988-11-30","date_of_birth":"1988-11-30","ssn":"1234","status":"active","address":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":true},{"id":"#3","name":null,"city":null,"postal_code":null,"country":"US","line1":"9 Bay","line2":null,"state":null,"is_primary":false},{"id":"#4","name":null,"city":null,"postal_code":"12207","country":"US","line1":"1 New Rd","line2":null,"state":null,"is_primary":false}],"addresses":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"12 Quay Rd","line2":null,"state":"NY","is_primary":true},{"id":"#3","name":null,"city":null,"postal_code":null,"country":"US","line1":"9 Bay","line2":null,"state":null,"is_primary":false},{"id":"#4","name":null,"city":null,"postal_code":"12207","country":"US","line1":"1 New Rd","line2":null,"state":null,"is_primary":false}],"metadata":[{"attribute":"vip","value":"yes"}]}}
        "##]],
    );
}

#[test]
fn what_tratta_writes_synctera_reads() {
    check(
        "",
        r#"
        admin POST tratta:/customers {"name":"Juno Hale","email":"juno@example.org","phone":"2025550147","date_of_birth":"1990-05-17","ssn_last4":"0412","status":"locked","address":{"line1":"9 Mill St","city":"Albany","state":"NY","postal_code":"12207","country":"US"},"metadata":{"tier":"gold"}}
        reader GET /customers/#1
        reader GET /customers?ssn_last_4=0412
        admin PUT /customers/#1 {"status":"ACTIVE","ssn":"0412"}
        reader GET tratta:/customers/#1
        admin PUT /customers/#1 {"status":"ACTIVE","ssn":"219-09-9999","metadata":{"n":1.50,"list":[null]}}
        reader GET tratta:/customers/#1
    "#,
        expect![[r##"
            > admin POST tratta:/customers {"name":"Juno Hale","email":"juno@example.org","phone":"2025550147","date_of_birth":"1990-05-17","ssn_last4":"0412","status":"locked","address":{"line1":"9 Mill St","city":"Albany","state":"NY","postal_code":"12207","country":"US"},"metadata":{"tier":"gold"}}
            201 {"data":{"id":"#1","external_id":null,"name":"Juno Hale","email":"juno@example.org","phone":"2025550147","dob":"1990-05-17","date_of_birth":"1990-05-17","ssn":"0412","status":"locked","address":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"9 Mill St","line2":null,"state":"NY","is_primary":true}],"addresses":[{"id":"#2","name":null,"city":"Albany","postal_code":"12207","country":"US","line1":"9 Mill St","line2":null,"state":"NY","is_primary":true}],"metadata":[{"attribute":"tier","value":"gold"}]}}
            > reader GET /customers/#1
            200 {"id":"#1","status":"FROZEN","dob":"1990-05-17","email":"juno@example.org","ssn":"0412","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"9 Mill St","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"9 Mill St","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"tier":"gold"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET /customers?ssn_last_4=0412
            200 {"customers":[{"id":"#1","status":"FROZEN","dob":"1990-05-17","email":"juno@example.org","ssn":"0412","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"9 Mill St","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"9 Mill St","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"tier":"gold"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}]}
            > admin PUT /customers/#1 {"status":"ACTIVE","ssn":"0412"}
            200 {"id":"#1","status":"ACTIVE","ssn":"0412","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET tratta:/customers/#1
            200 {"data":{"id":"#1","external_id":null,"name":"Juno Hale","email":null,"phone":"2025550147","dob":null,"date_of_birth":null,"ssn":"0412","status":"active","address":[],"addresses":[],"metadata":[]}}
            > admin PUT /customers/#1 {"status":"ACTIVE","ssn":"219-09-9999","metadata":{"n":1.50,"list":[null]}}
            200 {"id":"#1","status":"ACTIVE","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"metadata":{"list":[null],"n":1.50},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET tratta:/customers/#1
            200 {"data":{"id":"#1","external_id":null,"name":"Juno Hale","email":null,"phone":"2025550147","dob":null,"date_of_birth":null,"ssn":"9999","status":"active","address":[],"addresses":[],"metadata":[{"attribute":"list","value":"[null]"},{"attribute":"n","value":"1.50"}]}}
        "##]],
    );
}

/// Each status of Synctera with its class in Tratta, and what becomes of it when Tratta says each class.
#[test]
fn nine_statuses_are_three_classes() {
    let mut desk = Desk::new();
    let mut told = String::new();
    let status = |heard: &Value| heard["status"].as_str().unwrap_or_default().to_owned();
    for word in [
        "ACTIVE", "DECEASED", "DENIED", "DORMANT", "ESCHEAT", "FROZEN", "INACTIVE", "PROSPECT",
        "SANCTION",
    ] {
        let line = format!("admin POST /customers {{\"status\":\"{word}\"}}");
        let id = desk.ask(&line, &[]).json()["id"].as_str().unwrap().to_owned();
        let tratta = format!("tratta:/customers/{id}");
        let class = status(&desk.ask(&format!("reader GET {tratta}"), &[]).json()["data"]);
        told += &format!("{word} is {class}");
        for class in ["active", "locked", "archived"] {
            let back = format!("admin PATCH /customers/{id} {{\"status\":\"{word}\"}}");
            assert_eq!(desk.ask(&back, &[]).status, 200);
            let put = format!("admin PUT {tratta} {{\"status\":\"{class}\"}}");
            assert_eq!(desk.ask(&put, &[]).status, 200);
            let now = desk.ask(&format!("reader GET /customers/{id}"), &[]).json();
            told += &format!(", {class} {}", status(&now));
        }
        told += "\n";
    }
    expect![[r#"
        ACTIVE is active, active ACTIVE, locked FROZEN, archived INACTIVE
        DECEASED is archived, active ACTIVE, locked FROZEN, archived DECEASED
        DENIED is locked, active ACTIVE, locked DENIED, archived INACTIVE
        DORMANT is archived, active ACTIVE, locked FROZEN, archived DORMANT
        ESCHEAT is archived, active ACTIVE, locked FROZEN, archived ESCHEAT
        FROZEN is locked, active ACTIVE, locked FROZEN, archived INACTIVE
        INACTIVE is archived, active ACTIVE, locked FROZEN, archived INACTIVE
        PROSPECT is active, active PROSPECT, locked FROZEN, archived INACTIVE
        SANCTION is locked, active ACTIVE, locked SANCTION, archived INACTIVE
    "#]]
    .assert_eq(&told);
}
