//! Create, read, replace and patch (synctera.md sections 5 and 6).

use expect_test::expect;

use super::{Desk, OTTILIE, check};

#[test]
fn the_example_of_the_contract() {
    check(
        "",
        &format!("{OTTILIE}\nreader GET /customers/#1"),
        expect![[r##"
        > admin POST /customers {"status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"219-09-9999","legal_address":{"address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"metadata":{"loyalty_tier":"blue"}}
        201 {"id":"#1","status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"loyalty_tier":"blue"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > reader GET /customers/#1
        200 {"id":"#1","status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"loyalty_tier":"blue"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]],
    );
}

#[test]
fn only_the_status_is_needed_and_each_is_taken() {
    let mut script = String::new();
    for status in [
        "ACTIVE", "DECEASED", "DENIED", "DORMANT", "ESCHEAT", "FROZEN", "INACTIVE", "PROSPECT",
        "SANCTION",
    ] {
        script += &format!("admin POST /customers {{\"status\":\"{status}\"}}\n");
    }
    script += r#"
        admin POST /customers {}
        admin POST /customers {"status":"active"}
        admin POST /customers {"Status":"ACTIVE"}
        admin PATCH /customers/#1 {"status":"ESCHEAT"}
        admin PUT /customers/#1 {"status":"PROSPECT"}
    "#;
    check(
        "",
        &script,
        expect![[r##"
        > admin POST /customers {"status":"ACTIVE"}
        201 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"DECEASED"}
        201 {"id":"#2","status":"DECEASED","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"DENIED"}
        201 {"id":"#3","status":"DENIED","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"DORMANT"}
        201 {"id":"#4","status":"DORMANT","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"ESCHEAT"}
        201 {"id":"#5","status":"ESCHEAT","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"FROZEN"}
        201 {"id":"#6","status":"FROZEN","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"INACTIVE"}
        201 {"id":"#7","status":"INACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"PROSPECT"}
        201 {"id":"#8","status":"PROSPECT","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"SANCTION"}
        201 {"id":"#9","status":"SANCTION","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["status"]}
        > admin POST /customers {"status":"active"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"status":"must be one of PROSPECT, ACTIVE, DECEASED, DENIED, DORMANT, ESCHEAT, FROZEN, INACTIVE, SANCTION"}}
        > admin POST /customers {"Status":"ACTIVE"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["status"]}
        > admin PATCH /customers/#1 {"status":"ESCHEAT"}
        200 {"id":"#1","status":"ESCHEAT","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PUT /customers/#1 {"status":"PROSPECT"}
        200 {"id":"#1","status":"PROSPECT","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]],
    );
}

/// Callers send back what they have read; what is read only, and what nobody knows, says nothing.
#[test]
fn what_is_read_only_or_unknown_is_passed_over() {
    check(
        "",
        r#"
        admin POST /customers {"status":"ACTIVE","id":"x","ssn_source":"PREFILL","addresses":[1],"kyc_status":"REJECTED","kyc_exempt":true,"kyc_last_run":"?","has_accounts":true,"creation_time":1,"last_updated_time":2,"colour":"red","FIRST_NAME":"Ada","related_customers":[]}
        admin PATCH /customers/#1 {"id":"x","legal_address":{"id":"y","address_type":"OTHER","address_line_1":"1","country_code":"SK","colour":1}}
    "#,
        expect![[r##"
            > admin POST /customers {"status":"ACTIVE","id":"x","ssn_source":"PREFILL","addresses":[1],"kyc_status":"REJECTED","kyc_exempt":true,"kyc_last_run":"?","has_accounts":true,"creation_time":1,"last_updated_time":2,"colour":"red","FIRST_NAME":"Ada","related_customers":[]}
            201 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"id":"x","legal_address":{"id":"y","address_type":"OTHER","address_line_1":"1","country_code":"SK","colour":1}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1","country_code":"SK"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1","country_code":"SK"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1","country_code":"SK"},{"id":"#3","address_type":"SHIPPING","address_line_1":"1","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        "##]],
    );
}

#[test]
fn what_is_not_valid_is_told_all_at_once() {
    let long = "x".repeat(256);
    check(
        "",
        &format!(
            r#"
        admin POST /customers {{"status":"GONE","first_name":1,"middle_name":true,"last_name":"{long}","dob":"1899-12-31","email":[],"phone_number":"202","ssn":"219099999","legal_address":{{"address_line_1":"","country_code":"us","state":"New York","postal_code":7}},"shipping_address":{{"city":"x"}},"metadata":[],"ban_status":"SUSPENDED","related_customers":[{{"id":"x"}}],"tenant":"t"}}
        admin POST /customers {{"status":null,"first_name":null,"middle_name":null,"last_name":null,"dob":null,"email":null,"phone_number":null,"ssn":null,"legal_address":null,"shipping_address":{{"address_line_1":null,"country_code":null,"city":null,"address_line_2":null,"state":null,"postal_code":null,"nickname":null}},"metadata":null,"ban_status":null,"note":null,"related_customers":null,"tenant":null}}
        admin POST /customers {{"status":"ACTIVE","status":"ACTIVE"}}
        admin POST /customers {{"body":1,"body":2}}
        admin POST /customers {{"idempotency-key":1,"idempotency-key":2}}
        admin POST /customers {{"status":"ACTIVE",}}
        admin POST /customers []
        admin POST /customers
        admin POST /customers {{"status":"ACTIVE","dob":"2026-01-01"}}
        admin POST /customers {{"status":"ACTIVE","dob":"2025-02-29"}}
        admin POST /customers {{"status":"ACTIVE","dob":"2025-12-31"}}
        admin POST /customers {{"status":"ACTIVE","dob":"1900-01-01"}}
        admin POST /customers {{"status":"ACTIVE","phone_number":"+9991234"}}
        admin POST /customers {{"status":"ACTIVE","phone_number":"+421905123456"}}
        admin POST /customers {{"status":"ACTIVE","metadata":{{"a":{{"b":[null,1.50]}}}}}}
        admin POST /customers {{"status":"ACTIVE","metadata":{{"a":{{"b":[null,1.50]}},"c":null}}}}
        admin PATCH /customers/#4 {{"metadata":{{"a b.c":null,"d":null,"e":1}}}}
    "#
        ),
        expect![[r##"
            > admin POST /customers {"status":"GONE","first_name":1,"middle_name":true,"last_name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","dob":"1899-12-31","email":[],"phone_number":"202","ssn":"219099999","legal_address":{"address_line_1":"","country_code":"us","state":"New York","postal_code":7},"shipping_address":{"city":"x"},"metadata":[],"ban_status":"SUSPENDED","related_customers":[{"id":"x"}],"tenant":"t"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"3 fields are missing, 14 fields are not valid","code":"BAD_REQUEST_BODY","missing":["note","shipping_address.address_line_1","shipping_address.country_code"],"invalid":{"dob":"must be 1900-01-01 or later, and before today","email":"must be a text","first_name":"must be a text","last_name":"must have at most 255 characters","legal_address.address_line_1":"must not be empty","legal_address.country_code":"must be a country code of ISO 3166-1, two capital letters","legal_address.postal_code":"must be a text","legal_address.state":"must be a subdivision of ISO 3166-2 without the country, such as NY","metadata":"must be an object","middle_name":"must be a text","phone_number":"must be a number of E.164 with a country code that is assigned","related_customers":"must be left out","ssn":"must have the form 123-45-6789, or be the four digits that are stored","status":"must be one of PROSPECT, ACTIVE, DECEASED, DENIED, DORMANT, ESCHEAT, FROZEN, INACTIVE, SANCTION"}}
            > admin POST /customers {"status":null,"first_name":null,"middle_name":null,"last_name":null,"dob":null,"email":null,"phone_number":null,"ssn":null,"legal_address":null,"shipping_address":{"address_line_1":null,"country_code":null,"city":null,"address_line_2":null,"state":null,"postal_code":null,"nickname":null},"metadata":null,"ban_status":null,"note":null,"related_customers":null,"tenant":null}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"21 fields are not valid","code":"BAD_REQUEST_BODY","invalid":{"ban_status":"must not be null","dob":"must not be null","email":"must not be null","first_name":"must not be null","last_name":"must not be null","legal_address":"must not be null","metadata":"must not be null","middle_name":"must not be null","note":"must not be null","phone_number":"must not be null","related_customers":"must not be null","shipping_address.address_line_1":"must not be null","shipping_address.address_line_2":"must not be null","shipping_address.city":"must not be null","shipping_address.country_code":"must not be null","shipping_address.nickname":"must not be null","shipping_address.postal_code":"must not be null","shipping_address.state":"must not be null","ssn":"must not be null","status":"must not be null","tenant":"must not be null"}}
            > admin POST /customers {"status":"ACTIVE","status":"ACTIVE"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"status":"is given twice"}}
            > admin POST /customers {"body":1,"body":2}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"body":"is given twice"}}
            > admin POST /customers {"idempotency-key":1,"idempotency-key":2}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"idempotency-key":"is given twice"}}
            > admin POST /customers {"status":"ACTIVE",}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"the body is not JSON at byte 19","code":"BAD_REQUEST_BODY"}
            > admin POST /customers []
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"the body must be an object","code":"BAD_REQUEST_BODY"}
            > admin POST /customers
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"the body is empty","code":"BAD_REQUEST_BODY"}
            > admin POST /customers {"status":"ACTIVE","dob":"2026-01-01"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"dob":"must be 1900-01-01 or later, and before today"}}
            > admin POST /customers {"status":"ACTIVE","dob":"2025-02-29"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"dob":"is not in the calendar"}}
            > admin POST /customers {"status":"ACTIVE","dob":"2025-12-31"}
            201 {"id":"#1","status":"ACTIVE","dob":"2025-12-31","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin POST /customers {"status":"ACTIVE","dob":"1900-01-01"}
            201 {"id":"#2","status":"ACTIVE","dob":"1900-01-01","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin POST /customers {"status":"ACTIVE","phone_number":"+9991234"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"phone_number":"must be a number of E.164 with a country code that is assigned"}}
            > admin POST /customers {"status":"ACTIVE","phone_number":"+421905123456"}
            201 {"id":"#3","status":"ACTIVE","phone_number":"+421905123456","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin POST /customers {"status":"ACTIVE","metadata":{"a":{"b":[null,1.50]}}}
            201 {"id":"#4","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"metadata":{"a":{"b":[null,1.50]}},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin POST /customers {"status":"ACTIVE","metadata":{"a":{"b":[null,1.50]},"c":null}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"metadata.c":"must not be null"}}
            > admin PATCH /customers/#4 {"metadata":{"a b.c":null,"d":null,"e":1}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"2 fields are not valid","code":"BAD_REQUEST_BODY","invalid":{"metadata.a b.c":"must not be null","metadata.d":"must not be null"}}
        "##]],
    );
}

#[test]
fn a_replacement_clears_what_it_leaves_out_but_not_what_cannot_be_read_back() {
    let before = format!(
        "{OTTILIE}\n{}",
        r#"admin PATCH /customers/#1 {"ban_status":"SUSPENDED","note":"till 3","email":"o@example.com","middle_name":"M"}"#
    );
    check(
        &before,
        r#"
        admin PUT /customers/#1 {"status":"INACTIVE"}
        admin PUT /customers/#1 {"status":"ACTIVE","ssn":"9999"}
        admin PUT /customers/#1 {"status":"ACTIVE","ssn":"9998"}
        admin PUT /customers/#1 {"status":"ACTIVE","ssn":"123-45-6788"}
        admin PUT /customers/#1 {"first_name":"Ada"}
    "#,
        expect![[r##"
            > admin PUT /customers/#1 {"status":"INACTIVE"}
            200 {"id":"#1","status":"INACTIVE","ssn":"9999","ssn_source":"MANUAL","ban_status":"SUSPENDED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"status":"ACTIVE","ssn":"9999"}
            200 {"id":"#1","status":"ACTIVE","ssn":"9999","ssn_source":"MANUAL","ban_status":"SUSPENDED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"status":"ACTIVE","ssn":"9998"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ssn":"must have the form 123-45-6789, or be the four digits that are stored"}}
            > admin PUT /customers/#1 {"status":"ACTIVE","ssn":"123-45-6788"}
            200 {"id":"#1","status":"ACTIVE","ssn":"6788","ssn_source":"MANUAL","ban_status":"SUSPENDED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"first_name":"Ada"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["status"]}
        "##]],
    );
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let mut desk = Desk::new();
    desk.tell(OTTILIE);
    desk.clock.advance(1_500);
    expect![[r##"
        > admin PATCH /customers/#1 {}
        200 {"id":"#1","status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"loyalty_tier":"blue"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PATCH /customers/#1 {"first_name":"Ottilie","ssn":"9999","metadata":{"loyalty_tier":"blue"}}
        200 {"id":"#1","status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"loyalty_tier":"blue"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PATCH /customers/#1 {"first_name":"Ada","metadata":{"a":1}}
        200 {"id":"#1","status":"ACTIVE","first_name":"Ada","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"a":1},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:01.500Z"}
        > admin PATCH /customers/#1 {"ssn":"0000"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ssn":"must have the form 123-45-6789, or be the four digits that are stored"}}
        > admin PATCH /customers/#1 {"tenant":"t","first_name":7}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid, 1 field cannot be changed","code":"BAD_REQUEST_BODY","invalid":{"first_name":"must be a text"},"immutable":["tenant"]}
    "##]].assert_eq(&desk.tell(
        r#"
        admin PATCH /customers/#1 {}
        admin PATCH /customers/#1 {"first_name":"Ottilie","ssn":"9999","metadata":{"loyalty_tier":"blue"}}
        admin PATCH /customers/#1 {"first_name":"Ada","metadata":{"a":1}}
        admin PATCH /customers/#1 {"ssn":"0000"}
        admin PATCH /customers/#1 {"tenant":"t","first_name":7}
    "#,
    ));
}

#[test]
fn a_suspension_needs_a_note_and_a_ban_is_not_for_callers() {
    let mut desk = Desk::new();
    expect![[r##"
        > admin POST /customers {"status":"ACTIVE","ban_status":"SUSPENDED"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["note"]}
        > admin POST /customers {"status":"ACTIVE","ban_status":"BANNED","note":"x"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ban_status":"cannot be set to BANNED"}}
        > admin POST /customers {"status":"ACTIVE","ban_status":"SUSPENDED","note":"first"}
        201 {"id":"#1","status":"ACTIVE","ban_status":"SUSPENDED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PUT /customers/#1 {"status":"ACTIVE"}
        200 {"id":"#1","status":"ACTIVE","ban_status":"SUSPENDED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PATCH /customers/#1 {"ban_status":"SUSPENDED"}
        200 {"id":"#1","status":"ACTIVE","ban_status":"SUSPENDED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PATCH /customers/#1 {"ban_status":"ALLOWED"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["note"]}
        > admin PATCH /customers/#1 {"ban_status":"ALLOWED","note":""}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"note":"must not be empty"}}
        > admin PATCH /customers/#1 {"ban_status":"ALLOWED","note":"second"}
        200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"SUSPENDED"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["note"]}
        > admin PATCH /customers/#1 {"ban_status":"BANNED","note":"x"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ban_status":"cannot be set to BANNED"}}
        > admin PATCH /customers/#1 {"note":"third"}
        200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]].assert_eq(&desk.tell(
        r#"
        admin POST /customers {"status":"ACTIVE","ban_status":"SUSPENDED"}
        admin POST /customers {"status":"ACTIVE","ban_status":"BANNED","note":"x"}
        admin POST /customers {"status":"ACTIVE","ban_status":"SUSPENDED","note":"first"}
        admin PUT /customers/#1 {"status":"ACTIVE"}
        admin PATCH /customers/#1 {"ban_status":"SUSPENDED"}
        admin PATCH /customers/#1 {"ban_status":"ALLOWED"}
        admin PATCH /customers/#1 {"ban_status":"ALLOWED","note":""}
        admin PATCH /customers/#1 {"ban_status":"ALLOWED","note":"second"}
        admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"SUSPENDED"}
        admin PATCH /customers/#1 {"ban_status":"BANNED","note":"x"}
        admin PATCH /customers/#1 {"note":"third"}
    "#,
    ));
    let id = tillbook::CustomerId::new(&desk.ids[0]).unwrap();
    let notes = desk.served.store.list_ban_notes(&id).unwrap();
    let signed = |note: &tillbook::BanNote| (note.text.clone(), note.actor.clone().unwrap());
    // Those of one millisecond have no order.
    let notes: std::collections::BTreeSet<_> = notes.iter().map(signed).collect();
    let expected = ["first", "second", "third"].map(|text| (text.to_owned(), "admin".to_owned()));
    assert_eq!(notes, expected.into());
    let mut customer = desk.served.store.customer(&id).unwrap();
    assert_eq!(customer.note, None);
    let n = desk.served.store.list_operations(Default::default()).unwrap().len();
    assert_eq!(n, 3, "a change and its note are one operation");
    assert!(desk.served.store.check(|_| ()).unwrap().is_sound());
    customer.ban = tillbook::Ban::Banned;
    desk.served.store.update_customer(&customer).unwrap();
    expect![[r##"
        > admin PATCH /customers/#1 {"ban_status":"ALLOWED","note":"x"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ban_status":"cannot be changed from BANNED"}}
        > admin PATCH /customers/#1 {"ban_status":"BANNED","first_name":"Ada"}
        200 {"id":"#1","status":"ACTIVE","first_name":"Ada","ban_status":"BANNED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PUT /customers/#1 {"status":"ACTIVE"}
        200 {"id":"#1","status":"ACTIVE","ban_status":"BANNED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]].assert_eq(&desk.tell(
        r#"
        admin PATCH /customers/#1 {"ban_status":"ALLOWED","note":"x"}
        admin PATCH /customers/#1 {"ban_status":"BANNED","first_name":"Ada"}
        admin PUT /customers/#1 {"status":"ACTIVE"}
    "#,
    ));
}

#[test]
fn no_tenant_is_served() {
    check(
        r#"admin POST /customers {"status":"ACTIVE"}"#,
        r#"
        admin POST /customers {"status":"ACTIVE","tenant":"abcdef_ghijkl"}
        admin PUT /customers/#1 {"status":"ACTIVE","tenant":"abcdef_ghijkl"}
        admin PATCH /customers/#1 {"tenant":"abcdef_ghijkl"}
    "#,
        expect![[r#"
            > admin POST /customers {"status":"ACTIVE","tenant":"abcdef_ghijkl"}
            422 {"type":"https://dev.synctera.com/errors/rule-violation","title":"Rule Violation","status":422,"detail":"tenant must be left out: this store serves no tenant of that name","code":"INVALID_TENANCY"}
            > admin PUT /customers/#1 {"status":"ACTIVE","tenant":"abcdef_ghijkl"}
            422 {"type":"https://dev.synctera.com/errors/rule-violation","title":"Rule Violation","status":422,"detail":"tenant must be left out: this store serves no tenant of that name","code":"INVALID_TENANCY"}
            > admin PATCH /customers/#1 {"tenant":"abcdef_ghijkl"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field cannot be changed","code":"BAD_REQUEST_BODY","immutable":["tenant"]}
        "#]],
    );
}

#[test]
fn a_state_can_be_named_by_its_tag() {
    let mut desk = Desk::new();
    desk.tell(OTTILIE);
    let tag = desk.ask("reader GET /customers/#1", &[]).header("etag").unwrap().to_owned();
    let known = desk.ask("reader GET /customers/#1", &[&format!("If-None-Match: {tag}")]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    let patch = r#"admin PATCH /customers/#1 {"first_name":"Ada"}"#;
    assert_eq!(desk.ask(patch, &["If-Match: \"0\""]).status, 412);
    desk.served.store.set_require_version(true).unwrap();
    expect![[r#"
        > admin PATCH /customers/#1 {"first_name":"Ada"}
        400 {"type":"https://dev.synctera.com/errors/bad-request","title":"Bad Request","status":400,"detail":"the header If-Match must name the state to change, as a setting of this file demands","code":"BAD_REQUEST"}
    "#]].assert_eq(&desk.tell(patch));
    assert_eq!(desk.ask(patch, &[&format!("If-Match: {tag}")]).status, 200);
}
