//! Customers who are banned, alike, deleted or erased (synctera.md sections 5.2, 6.4 and 6.7).

use expect_test::expect;
use tillbook::{Ban, CustomerId};

use super::{Desk, check};

#[test]
fn a_replacement_lifts_a_suspension_with_a_note() {
    let mut desk = Desk::new();
    desk.tell(
        r#"admin POST /customers {"status":"ACTIVE","ban_status":"SUSPENDED","note":"first"}"#,
    );
    expect![[r##"
        > admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"ALLOWED"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is missing","code":"BAD_REQUEST_BODY","missing":["note"]}
        > admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"ALLOWED","note":"second"}
        200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > reader GET /customers/#1
        200 {"id":"#1","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]].assert_eq(&desk.tell(
        r#"
        admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"ALLOWED"}
        admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"ALLOWED","note":"second"}
        reader GET /customers/#1
    "#,
    ));
    let id = CustomerId::new(&desk.ids[0]).unwrap();
    assert_eq!(desk.served.store.list_ban_notes(&id).unwrap().len(), 2);
}

#[test]
fn a_replacement_does_not_leave_a_ban() {
    let mut desk = Desk::new();
    desk.tell(r#"admin POST /customers {"status":"ACTIVE"}"#);
    let id = CustomerId::new(&desk.ids[0]).unwrap();
    desk.served.store.edit_customer(&id, |known| known.ban = Ban::Banned).unwrap();
    expect![[r##"
        > admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"ALLOWED","note":"x"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ban_status":"cannot be changed from BANNED"}}
        > admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"SUSPENDED","note":"x"}
        400 {"type":"https://dev.synctera.com/errors/bad-request-body","title":"Bad Request Body","status":400,"detail":"1 field is not valid","code":"BAD_REQUEST_BODY","invalid":{"ban_status":"cannot be changed from BANNED"}}
        > admin PUT /customers/#1 {"status":"FROZEN","ban_status":"BANNED"}
        200 {"id":"#1","status":"FROZEN","ban_status":"BANNED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]].assert_eq(&desk.tell(
        r#"
        admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"ALLOWED","note":"x"}
        admin PUT /customers/#1 {"status":"ACTIVE","ban_status":"SUSPENDED","note":"x"}
        admin PUT /customers/#1 {"status":"FROZEN","ban_status":"BANNED"}
    "#,
    ));
}

/// Households share a phone and an address, and four digits are nobody's own.
#[test]
fn nothing_of_a_customer_is_unique() {
    let twin = r#"admin POST /customers {"status":"ACTIVE","first_name":"Ann","email":"a@example.com","phone_number":"+12025550147","ssn":"219-09-9999"}"#;
    check(
        "",
        &format!("{twin}\n{twin}"),
        expect![[r##"
        > admin POST /customers {"status":"ACTIVE","first_name":"Ann","email":"a@example.com","phone_number":"+12025550147","ssn":"219-09-9999"}
        201 {"id":"#1","status":"ACTIVE","first_name":"Ann","email":"a@example.com","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin POST /customers {"status":"ACTIVE","first_name":"Ann","email":"a@example.com","phone_number":"+12025550147","ssn":"219-09-9999"}
        201 {"id":"#2","status":"ACTIVE","first_name":"Ann","email":"a@example.com","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]],
    );
}

/// A deleted customer and an erased one are not there, whatever is asked.
#[test]
fn who_is_gone_is_not_found() {
    let mut desk = Desk::new();
    desk.tell(&[r#"admin POST /customers {"status":"ACTIVE"}"#; 2].join("\n"));
    let [deleted, erased] = [0, 1].map(|n| CustomerId::new(&desk.ids[n]).unwrap());
    desk.served.store.delete_customer(&deleted, None).unwrap();
    desk.served.store.erase_customer(&erased).unwrap();
    let mut told = String::new();
    for id in ["#1", "#2"] {
        for line in [
            format!("reader GET /customers/{id}"),
            format!("admin PUT /customers/{id} {{\"status\":\"ACTIVE\"}}"),
            format!("admin PATCH /customers/{id} {{\"first_name\":\"Ada\"}}"),
            format!("reader GET /customers?id={id}"),
        ] {
            let heard = desk.ask(&line, &[]);
            let document = heard.json();
            let what = document["code"].as_str().map_or(heard.text(), |code| code);
            told += &format!("{line}: {} {what}\n", heard.status);
        }
    }
    expect![[r#"
        reader GET /customers/#1: 404 RESOURCE_NOT_FOUND
        admin PUT /customers/#1 {"status":"ACTIVE"}: 404 RESOURCE_NOT_FOUND
        admin PATCH /customers/#1 {"first_name":"Ada"}: 404 RESOURCE_NOT_FOUND
        reader GET /customers?id=#1: 200 {"customers":[]}
        reader GET /customers/#2: 404 RESOURCE_NOT_FOUND
        admin PUT /customers/#2 {"status":"ACTIVE"}: 404 RESOURCE_NOT_FOUND
        admin PATCH /customers/#2 {"first_name":"Ada"}: 404 RESOURCE_NOT_FOUND
        reader GET /customers?id=#2: 200 {"customers":[]}
    "#]]
    .assert_eq(&told);
}
