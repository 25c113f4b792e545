//! Written through one vocabulary, read through another (design section 3).

use expect_test::expect;

use super::{OTTILIE, check};

#[test]
fn what_synctera_writes_portos_reads() {
    check(
        OTTILIE,
        "
        reader GET portos:/customers/#1
        admin PATCH /customers/#1 {\"status\":\"DECEASED\"}
        reader GET portos:/customers/#1
    ",
        expect![[r##"
            > reader GET portos:/customers/#1
            200 {"id":"#1","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Ottilie","lastName":"Brandt","fullName":"Ottilie Brandt","gender":null,"birthDate":"1988-11-30","email":null,"phone":"+12025550147","isCompany":false,"company":null,"address":{"street":"12 Quay Rd","city":"Albany","postalCode":"12207","country":"US","coordinates":null,"note":null},"deliveryAddress":{"street":"12 Quay Rd","city":"Albany","postalCode":"12207","country":"US","coordinates":null,"note":null},"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{"loyalty_tier":"blue"},"_v":1}
            > admin PATCH /customers/#1 {"status":"DECEASED"}
            200 {"id":"#1","status":"DECEASED","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"9999","ssn_source":"MANUAL","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"}],"metadata":{"loyalty_tier":"blue"},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET portos:/customers/#1
            200 {"id":"#1","externalId":null,"isActive":false,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Ottilie","lastName":"Brandt","fullName":"Ottilie Brandt","gender":null,"birthDate":"1988-11-30","email":null,"phone":"+12025550147","isCompany":false,"company":null,"address":{"street":"12 Quay Rd","city":"Albany","postalCode":"12207","country":"US","coordinates":null,"note":null},"deliveryAddress":{"street":"12 Quay Rd","city":"Albany","postalCode":"12207","country":"US","coordinates":null,"note":null},"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{"loyalty_tier":"blue"},"_v":2}
        "##]],
    );
}

/// A replacement through one vocabulary resets only what that one has words for.
#[test]
fn a_replacement_leaves_alone_what_it_has_no_word_for() {
    check(
        "",
        r#"
        admin POST portos:/customers {"id":"7","externalId":"crm-7","firstName":"Ada","lastName":"L","fullName":"Ada of L","gender":"Female","birthDate":"1815-12-10","phone":"0905 123 456","isCompany":true,"company":{"name":"Ada s.r.o."},"address":{"street":"Hlavná 1","city":"Košice","country":"Slovakia","note":"bell"},"deliveryAddress":{"street":"Hlavná 2","country":"SK","coordinates":{"longitude":21.2,"latitude":48.7},"note":"gate"},"cards":[{"serialNumber":"007"}],"discountRate":5,"creditRate":0.05,"note":"the shopkeeper's","meta":{"a":1},"activationTime":"2020-01-01T00:00:00Z"}
        reader GET /customers/7
        admin PUT /customers/7 {"status":"ACTIVE","dob":"1815-12-10","note":"for the log"}
        reader GET portos:/customers/7
        admin PATCH /customers/7 {"legal_address":{"address_line_1":"1 Quay","country_code":"US"},"shipping_address":{"address_line_1":"2 Quay","country_code":"US"},"phone_number":"+421905123456"}
        reader GET portos:/customers/7
        admin PUT /customers/7 {"status":"ACTIVE"}
        reader GET portos:/customers/7
    "#,
        expect![[r##"
            > admin POST portos:/customers {"id":"7","externalId":"crm-7","firstName":"Ada","lastName":"L","fullName":"Ada of L","gender":"Female","birthDate":"1815-12-10","phone":"0905 123 456","isCompany":true,"company":{"name":"Ada s.r.o."},"address":{"street":"Hlavná 1","city":"Košice","country":"Slovakia","note":"bell"},"deliveryAddress":{"street":"Hlavná 2","country":"SK","coordinates":{"longitude":21.2,"latitude":48.7},"note":"gate"},"cards":[{"serialNumber":"007"}],"discountRate":5,"creditRate":0.05,"note":"the shopkeeper's","meta":{"a":1},"activationTime":"2020-01-01T00:00:00Z"}
            201 {"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":"2020-01-01T00:00:00.000Z","expirationTime":null,"firstName":"Ada","lastName":"L","fullName":"Ada of L","gender":"Female","birthDate":"1815-12-10","email":null,"phone":"0905 123 456","isCompany":true,"company":{"name":"Ada s.r.o.","crn":null,"vatId":null,"taxId":null},"address":{"street":"Hlavná 1","city":"Košice","postalCode":null,"country":"Slovakia","coordinates":null,"note":"bell"},"deliveryAddress":{"street":"Hlavná 2","city":null,"postalCode":null,"country":"SK","coordinates":{"longitude":21.2,"latitude":48.7},"note":"gate"},"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.05,"discountRate":5.0,"note":"the shopkeeper's","meta":{"a":1},"_v":1}
            > reader GET /customers/7
            200 {"id":"7","status":"ACTIVE","first_name":"Ada","last_name":"L","dob":"1815-12-10","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"shipping_address":{"id":"#1","address_type":"SHIPPING","address_line_1":"Hlavná 2","country_code":"SK"},"addresses":[{"id":"#1","address_type":"SHIPPING","address_line_1":"Hlavná 2","country_code":"SK"}],"metadata":{"a":1},"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > admin PUT /customers/7 {"status":"ACTIVE","dob":"1815-12-10","note":"for the log"}
            200 {"id":"7","status":"ACTIVE","dob":"1815-12-10","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET portos:/customers/7
            200 {"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":"2020-01-01T00:00:00.000Z","expirationTime":null,"firstName":null,"lastName":null,"fullName":"Ada of L","gender":"Female","birthDate":"1815-12-10","email":null,"phone":"0905 123 456","isCompany":true,"company":{"name":"Ada s.r.o.","crn":null,"vatId":null,"taxId":null},"address":{"street":"Hlavná 1","city":"Košice","postalCode":null,"country":"Slovakia","coordinates":null,"note":"bell"},"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.05,"discountRate":5.0,"note":"the shopkeeper's","meta":{},"_v":2}
            > admin PATCH /customers/7 {"legal_address":{"address_line_1":"1 Quay","country_code":"US"},"shipping_address":{"address_line_1":"2 Quay","country_code":"US"},"phone_number":"+421905123456"}
            200 {"id":"7","status":"ACTIVE","dob":"1815-12-10","phone_number":"+421905123456","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"#2","address_type":"LEGAL","address_line_1":"1 Quay","country_code":"US"},"shipping_address":{"id":"#3","address_type":"SHIPPING","address_line_1":"2 Quay","country_code":"US"},"addresses":[{"id":"#2","address_type":"LEGAL","address_line_1":"1 Quay","country_code":"US"},{"id":"#3","address_type":"SHIPPING","address_line_1":"2 Quay","country_code":"US"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET portos:/customers/7
            200 {"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":"2020-01-01T00:00:00.000Z","expirationTime":null,"firstName":null,"lastName":null,"fullName":"Ada of L","gender":"Female","birthDate":"1815-12-10","email":null,"phone":"+421905123456","isCompany":true,"company":{"name":"Ada s.r.o.","crn":null,"vatId":null,"taxId":null},"address":{"street":"1 Quay","city":null,"postalCode":null,"country":"US","coordinates":null,"note":"bell"},"deliveryAddress":{"street":"2 Quay","city":null,"postalCode":null,"country":"US","coordinates":null,"note":null},"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.05,"discountRate":5.0,"note":"the shopkeeper's","meta":{},"_v":3}
            > admin PUT /customers/7 {"status":"ACTIVE"}
            200 {"id":"7","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
            > reader GET portos:/customers/7
            200 {"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":"2020-01-01T00:00:00.000Z","expirationTime":null,"firstName":null,"lastName":null,"fullName":"Ada of L","gender":"Female","birthDate":null,"email":null,"phone":null,"isCompany":true,"company":{"name":"Ada s.r.o.","crn":null,"vatId":null,"taxId":null},"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.05,"discountRate":5.0,"note":"the shopkeeper's","meta":{},"_v":4}
        "##]],
    );
}

/// An address that Portos uses twice becomes two when one of them is changed.
#[test]
fn a_shared_address_becomes_two() {
    use tillbook::{Address, AddressId, Customer, CustomerId, Replacement, Timestamp};
    let mut desk = super::Desk::new();
    let home = AddressId::new("home").unwrap();
    let mut ada = Customer::with_id(CustomerId::new("ada").unwrap(), Timestamp::from_ms(0));
    ada.primary_address_id = Some(home.clone());
    ada.delivery_address_id = Some(home.clone());
    let filled = |id: AddressId| Address {
        line1: Some("1 Home".to_owned()),
        country: Some("SK".to_owned()),
        ..Address::with_id(id)
    };
    let cabin = filled(AddressId::new("cabin").unwrap());
    let addresses = Some(vec![filled(home), cabin.clone()]);
    let id = ada.id.clone();
    desk.served.store.create(&Replacement { addresses, ..ada.into() }).unwrap();
    expect![[r##"
        > reader GET /customers/ada
        200 {"id":"ada","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"home","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"id":"home","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"home","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},{"id":"home","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PATCH /customers/ada {}
        200 {"id":"ada","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"home","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},"shipping_address":{"id":"home","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"home","address_type":"LEGAL","address_line_1":"1 Home","country_code":"SK"},{"id":"home","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PATCH /customers/ada {"legal_address":{"address_line_1":"2 Away","country_code":"SK"}}
        200 {"id":"ada","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"legal_address":{"id":"home","address_type":"LEGAL","address_line_1":"2 Away","country_code":"SK"},"shipping_address":{"id":"#1","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"},"addresses":[{"id":"home","address_type":"LEGAL","address_line_1":"2 Away","country_code":"SK"},{"id":"#1","address_type":"SHIPPING","address_line_1":"1 Home","country_code":"SK"}],"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
        > admin PUT /customers/ada {"status":"ACTIVE"}
        200 {"id":"ada","status":"ACTIVE","ban_status":"ALLOWED","kyc_status":"UNVERIFIED","kyc_exempt":false,"has_accounts":false,"creation_time":"2026-01-01T12:00:00.000Z","last_updated_time":"2026-01-01T12:00:00.000Z"}
    "##]].assert_eq(&desk.tell(
        r#"
        reader GET /customers/ada
        admin PATCH /customers/ada {}
        admin PATCH /customers/ada {"legal_address":{"address_line_1":"2 Away","country_code":"SK"}}
        admin PUT /customers/ada {"status":"ACTIVE"}
    "#,
    ));
    let left = desk.served.store.profile(&id).unwrap().addresses;
    assert_eq!(left, [cabin], "an address without a use here is neither shown nor touched");
}

/// What a customer owes on account is kept in no vocabulary's words, and known in this one.
#[test]
fn whoever_owes_on_account_has_accounts() {
    use tillbook::{CustomerId, DebtAccount, Money};
    let mut desk = super::Desk::new();
    desk.tell(
        "admin POST portos:/customers {\"id\":\"7\"}\nadmin POST portos:/customers {\"id\":\"8\"}",
    );
    let store = std::sync::Arc::clone(&desk.served.store);
    let seven = CustomerId::new("7").unwrap();
    let debt = DebtAccount::new(store.stamp(), Money::from_minor(100));
    store.set_debt_account(&seven, &debt).unwrap();
    let told = |desk: &mut super::Desk| {
        ["", "?has_accounts=true", "?has_accounts=false"].map(|query| {
            let told = desk.ask(&format!("reader GET /customers{query}"), &[]).text().to_owned();
            let list: serde_json::Value = serde_json::from_str(&told).unwrap();
            let all = list["customers"].as_array().unwrap().iter();
            let all =
                all.map(|one| format!("{} {}", one["id"].as_str().unwrap(), one["has_accounts"]));
            all.collect::<Vec<_>>().join(", ")
        })
    };
    assert_eq!(told(&mut desk), ["7 true, 8 false", "7 true", "8 false"]);
    store.remove_debt_account(&seven, &debt.id).unwrap();
    assert_eq!(told(&mut desk), ["7 false, 8 false", "", "7 false, 8 false"]);
}
