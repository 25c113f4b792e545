//! The legal address and the one for shipping (synctera.md 5.3 and 6.2).

use expect_test::expect;

use super::check;

const BARE: &str = r#"admin POST /customers {"status":"ACTIVE"}"#;
const HOME: &str = r#"{"address_line_1":"1 Home","country_code":"SK"}"#;
const WORK: &str = r#"{"address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}"#;

/// The five rows of the table in 6.2.
#[test]
fn shipping_is_a_copy_where_nothing_else_is_said() {
    check(
        "",
        &format!(
            r#"
        admin POST /customers {{"status":"ACTIVE","legal_address":{HOME}}}
        admin PUT /customers/#1 {{"status":"ACTIVE","legal_address":{WORK}}}
        admin PUT /customers/#1 {{"status":"ACTIVE","legal_address":{WORK},"shipping_address":{HOME}}}
        admin PATCH /customers/#1 {{"legal_address":{HOME}}}
        admin PATCH /customers/#1 {{"shipping_address":{WORK}}}
        admin PUT /customers/#1 {{"status":"ACTIVE","shipping_address":{HOME}}}
        admin PUT /customers/#1 {{"status":"ACTIVE"}}
        admin PATCH /customers/#1 {{"legal_address":{WORK}}}
        admin PATCH /customers/#1 {{"legal_address":{HOME},"shipping_address":{HOME}}}
    "#
        ),
        expect![[r##"
            > admin POST /customers {"status":"ACTIVE","legal_address":{"address_line_1":"1 Home","country_code":"SK"}}
            201 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"status":"ACTIVE","legal_address":{"address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},{"id":"#3","address_type":"SHIPPING","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"status":"ACTIVE","legal_address":{"address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"shipping_address":{"address_line_1":"1 Home","country_code":"SK"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1 Home","country_code":"SK"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"shipping_address":{"address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},{"id":"#3","address_type":"SHIPPING","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"status":"ACTIVE","shipping_address":{"address_line_1":"1 Home","country_code":"SK"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"#3","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/#1 {"status":"ACTIVE"}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#4","address_type":"LEGAL","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"shipping_address":{"id":"#5","address_type":"SHIPPING","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},"addresses":[{"id":"#4","address_type":"LEGAL","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"},{"id":"#5","address_type":"SHIPPING","address_line_1":"2 Work","address_line_2":"b","city":"Nitra","state":"NI","postal_code":"949 01","country_code":"SK","nickname":"work"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"address_line_1":"1 Home","country_code":"SK"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#4","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"id":"#5","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"#4","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},{"id":"#5","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        "##]],
    );
}

#[test]
fn codes_have_the_form_of_their_country() {
    check(
        BARE,
        r#"
        admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"CA","postal_code":"k1a0b1","state":"ON"}}
        admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"CA","postal_code":"12207"}}
        admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"US","postal_code":"K1A 0B1"}}
        admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"US","postal_code":"12207-0001"}}
        admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"XK"}}
        admin PATCH /customers/#1 {"legal_address":{"city":"Albany"}}
        admin PATCH /customers/#1 {"legal_address":{}}
        admin PATCH /customers/#1 {"legal_address":"12 Quay Rd"}
    "#,
        expect![[r##"
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"CA","postal_code":"k1a0b1","state":"ON"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1","state":"ON","postal_code":"K1A 0B1","country_code":"CA"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1","state":"ON","postal_code":"K1A 0B1","country_code":"CA"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1","state":"ON","postal_code":"K1A 0B1","country_code":"CA"},{"id":"#3","address_type":"SHIPPING","address_line_1":"1","state":"ON","postal_code":"K1A 0B1","country_code":"CA"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"CA","postal_code":"12207"}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"legal_address.postal_code":"must be A1A 1A1"}}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"US","postal_code":"K1A 0B1"}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"legal_address.postal_code":"must be 12345 or 12345-1234"}}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"US","postal_code":"12207-0001"}}
            200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1","postal_code":"12207-0001","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"1","state":"ON","postal_code":"K1A 0B1","country_code":"CA"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1","postal_code":"12207-0001","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"1","state":"ON","postal_code":"K1A 0B1","country_code":"CA"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PATCH /customers/#1 {"legal_address":{"address_line_1":"1","country_code":"XK"}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"legal_address.country_code":"must be a country code of ISO 3166-1, two capital letters"}}
            > admin PATCH /customers/#1 {"legal_address":{"city":"Albany"}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"2 fields are missing","code":"BAD_REQUEST_BODY","missing":["legal_address.address_line_1","legal_address.country_code"]}
            > admin PATCH /customers/#1 {"legal_address":{}}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"2 fields are missing","code":"BAD_REQUEST_BODY","missing":["legal_address.address_line_1","legal_address.country_code"]}
            > admin PATCH /customers/#1 {"legal_address":"12 Quay Rd"}
            400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"legal_address":"must be an object"}}
        "##]],
    );
}
