//! What is written in one vocabulary is read in the other.

use expect_test::expect;

use super::{Shop, check};

#[test]
fn what_portos_writes_is_read() {
    check(
        r#"
        admin POST /customers {"id":"7","externalId":"C","firstName":"Žofia","lastName":"Nováková","isActive":false,"birthDate":"1990-05-17","email":"no mail","phone":"+421 905 123 456","address":{"street":"Hlavná 1","city":"Košice","postalCode":"040 01","country":"SK"},"deliveryAddress":{"city":"Žilina"},"meta":{"points":5,"rate":1.50,"tags":["a",{"b":null}],"vip":true,"fax":"1"}}
        reader GET customers/C
        admin POST /customers {"id":"8","isCompany":true,"company":{"name":"Pekáreň"}}
        reader GET customers/8
        admin POST /customers {"id":"9"}
        reader GET customers/9
        "#,
        expect![[r#"
            > admin POST /customers {"id":"7","externalId":"C","firstName":"Žofia","lastName":"Nováková","isActive":false,"birthDate":"1990-05-17","email":"no mail","phone":"+421 905 123 456","address":{"street":"Hlavná 1","city":"Košice","postalCode":"040 01","country":"SK"},"deliveryAddress":{"city":"Žilina"},"meta":{"points":5,"rate":1.50,"tags":["a",{"b":null}],"vip":true,"fax":"1"}}
            201 {"id":"7","externalId":"C","isActive":false,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":"Nováková","fullName":"Žofia Nováková","gender":null,"birthDate":"1990-05-17","email":"no mail","phone":"+421 905 123 456","isCompany":false,"company":null,"address":{"street":"Hlavná 1","city":"Košice","postalCode":"040 01","country":"SK","coordinates":null,"note":null},"deliveryAddress":{"street":null,"city":"Žilina","postalCode":null,"country":null,"coordinates":null,"note":null},"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{"fax":"1","points":5,"rate":1.50,"tags":["a",{"b":null}],"vip":true},"_v":1}
            > reader GET customers/C
            200 {"data":{"id":"7","external_id":"C","name":"Žofia Nováková","email":"no mail","phone":"+421 905 123 456","dob":"1990-05-17","date_of_birth":"1990-05-17","ssn":null,"status":"locked","address":[{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":null,"city":"Košice","postal_code":"040 01","country":"SK","line1":"Hlavná 1","line2":null,"state":null,"is_primary":true},{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":"Žilina","postal_code":null,"country":null,"line1":null,"line2":null,"state":null,"is_primary":false}],"addresses":[{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":null,"city":"Košice","postal_code":"040 01","country":"SK","line1":"Hlavná 1","line2":null,"state":null,"is_primary":true},{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":"Žilina","postal_code":null,"country":null,"line1":null,"line2":null,"state":null,"is_primary":false}],"metadata":[{"attribute":"fax","value":"1"},{"attribute":"points","value":"5"},{"attribute":"rate","value":"1.50"},{"attribute":"tags","value":"[\"a\",{\"b\":null}]"},{"attribute":"vip","value":"true"}]}}
            > admin POST /customers {"id":"8","isCompany":true,"company":{"name":"Pekáreň"}}
            201 {"id":"8","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"Pekáreň","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":true,"company":{"name":"Pekáreň","crn":null,"vatId":null,"taxId":null},"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}
            > reader GET customers/8
            200 {"data":{"id":"8","external_id":null,"name":"Pekáreň","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
            > admin POST /customers {"id":"9"}
            201 {"id":"9","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}
            > reader GET customers/9
            200 {"data":{"id":"9","external_id":null,"name":"","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
        "#]],
    );
}

#[test]
fn what_tratta_writes_is_read() {
    check(
        r#"
        admin POST customers name=Juno+Hale&email=juno@example.org&phone=2025550147&external_id=C&date_of_birth=1990-05-17&ssn_last4=0412&status=archived&address[line1]=9+Mill+St&address[postal_code]=55401&address[state]=Minnesota&metadata[tier]=gold
        reader GET /customers?ExternalId=C
        "#,
        expect![[r#"
            > admin POST customers name=Juno+Hale&email=juno@example.org&phone=2025550147&external_id=C&date_of_birth=1990-05-17&ssn_last4=0412&status=archived&address[line1]=9+Mill+St&address[postal_code]=55401&address[state]=Minnesota&metadata[tier]=gold
            201 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"C","name":"Juno Hale","email":"juno@example.org","phone":"2025550147","dob":"1990-05-17","date_of_birth":"1990-05-17","ssn":"0412","status":"archived","address":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":"Minnesota","is_primary":true}],"addresses":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":"Minnesota","is_primary":true}],"metadata":[{"attribute":"tier","value":"gold"}]}}
            > reader GET /customers?ExternalId=C
            200 {"items":[{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","externalId":"C","isActive":false,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"Juno Hale","gender":null,"birthDate":"1990-05-17","email":"juno@example.org","phone":"2025550147","isCompany":false,"company":null,"address":{"street":"9 Mill St","city":null,"postalCode":"55401","country":null,"coordinates":null,"note":null},"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{"tier":"gold"},"_v":1}],"count":1,"totalCount":1}
        "#]],
    );
}

/// What is sent back as it was read changes nothing, whichever vocabulary wrote it.
#[test]
fn what_is_sent_back_changes_nothing() {
    let shop = Shop::new();
    shop.ask(
        r#"admin POST /customers {"id":"7","externalId":"C","firstName":" Žofia ","lastName":"Nováková","isActive":false,"email":" no mail","phone":"+421 905 123 456","birthDate":"1990-05-17","address":{"street":" Hlavná 1","postalCode":"040 01"},"meta":{"points":5,"rate":1.50,"tags":["a",{"b":null}],"vip":true,"text":" x "}}"#,
        &[],
    );
    let before = (shop.n_operations(), shop.ask("reader GET /customers/7", &[]).body);
    let read = shop.ask("reader GET customers/7", &[]).json()["data"].clone();
    let mut sent = read.clone();
    sent["address"] = read["address"][0].clone();
    let pairs = read["metadata"].as_array().unwrap().iter();
    let pairs =
        pairs.map(|one| (one["attribute"].as_str().unwrap().to_owned(), one["value"].clone()));
    sent["metadata"] = pairs.collect();
    let heard = shop.ask(&format!("admin PUT customers/7 {sent}"), &[]);
    assert_eq!(heard.status, 200, "{}", heard.body);
    assert_eq!(heard.json()["data"], read);
    assert_eq!((shop.n_operations(), shop.ask("reader GET /customers/7", &[]).body), before);
    let id = read["address"][0]["id"].as_str().unwrap();
    let heard = shop.ask(&format!("admin PUT customers/7/addresses/{id} {}", sent["address"]), &[]);
    assert_eq!((heard.status, shop.n_operations()), (200, before.0), "{}", heard.body);
}

/// A name is kept where it is not the computed one; each vocabulary touches its own fields alone.
#[test]
fn each_vocabulary_touches_its_own_fields() {
    let shop = Shop::new();
    shop.ask(r#"admin POST /customers {"id":"7","firstName":"Ada","lastName":"King","discountRate":5,"cards":[{"serialNumber":"1"}],"note":"n","meta":{"a":1}}"#, &[]);
    shop.ask("admin PUT customers/7 ssn_last4=0412&status=locked&metadata[b]=2", &[]);
    let shown = |names: &[&str]| {
        let document = shop.ask("reader GET /customers/7", &[]).json();
        let shown = names.iter().map(|name| format!("{name}={}", document[name]));
        shown.collect::<Vec<_>>().join(" ")
    };
    let names = ["firstName", "lastName", "fullName"];
    let mut told = shown(&["discountRate", "note", "meta", "isActive", "fullName"]) + "\n";
    for body in ["name=Countess", "name=Ada+King", "name=Lovelace"] {
        shop.ask(&format!("admin PUT customers/7 {body}"), &[]);
        told += &format!("{body}: {}\n", shown(&names));
    }
    shop.ask(r#"admin PUT /customers/7 {"firstName":"Eva","cards":[{"serialNumber":"1"}]}"#, &[]);
    let document = shop.ask("reader GET customers/7", &[]).json()["data"].clone();
    told += &format!("{} {} {}\n", document["name"], document["ssn"], document["status"]);
    expect![[r#"
        discountRate=5.0 note="n" meta={"a":1,"b":"2"} isActive=false fullName="Ada King"
        name=Countess: firstName="Ada" lastName="King" fullName="Countess"
        name=Ada+King: firstName="Ada" lastName="King" fullName="Ada King"
        name=Lovelace: firstName="Ada" lastName="King" fullName="Lovelace"
        "Eva" "0412" "active"
    "#]]
    .assert_eq(&told);
}

/// A class that holds already is left as it is, and who is locked may not spend.
#[test]
fn a_status_is_a_class_of_standings() {
    let mut told = String::new();
    for standing in crate::customer::Standing::ALL {
        for status in ["active", "locked", "archived"] {
            let shop = Shop::new();
            let id = crate::id::CustomerId::new("7").unwrap();
            let mut customer = crate::customer::Customer::with_id(id.clone(), super::NOW);
            customer.standing = *standing;
            shop.store.create_customer(&customer).unwrap();
            let heard = shop.ask(&format!("admin PUT customers/7 name=a&status={status}"), &[]);
            assert_eq!(heard.json()["data"]["status"], status);
            let after = shop.store.customer(&id).unwrap().standing;
            told += &format!("{standing} {status}: {after}\n");
        }
    }
    expect![[r#"
        active active: active
        active locked: frozen
        active archived: inactive
        prospect active: prospect
        prospect locked: frozen
        prospect archived: inactive
        frozen active: active
        frozen locked: frozen
        frozen archived: inactive
        inactive active: active
        inactive locked: frozen
        inactive archived: inactive
        dormant active: active
        dormant locked: frozen
        dormant archived: dormant
        denied active: active
        denied locked: denied
        denied archived: inactive
        sanction active: active
        sanction locked: sanction
        sanction archived: inactive
        deceased active: active
        deceased locked: frozen
        deceased archived: deceased
        escheat active: active
        escheat locked: frozen
        escheat archived: escheat
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_locked_customer_does_not_spend() {
    check(
        r#"
        admin POST /customers {"id":"7","credit":5}
        admin PUT customers/7 name=a&status=locked
        admin POST /customers/7/spend {"id":"s","amount":1}
        "#,
        expect![[r#"
            > admin POST /customers {"id":"7","credit":5}
            201 {"id":"7","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":5.0,"currencyLabel":null},"creditTransactions":[{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","sequenceNumber":1,"externalId":null,"amount":{"amount":5.0,"currencyLabel":null},"endingCreditBalance":{"amount":5.0,"currencyLabel":null},"type":"Correction","creationTime":"2024-01-02T03:04:05.679Z","note":null,"meta":null}],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}
            > admin PUT customers/7 name=a&status=locked
            200 {"data":{"id":"7","external_id":null,"name":"a","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"locked","address":[],"addresses":[],"metadata":[]}}
            > admin POST /customers/7/spend {"id":"s","amount":1}
            409 {"type":"https://httpstatuses.com/409","title":"Conflict","status":409,"detail":"The customer is frozen.","instance":"/customers/7/spend","traceId":"ff52dfe61d24-3","errorCode":null,"resource":null}
        "#]],
    );
}
