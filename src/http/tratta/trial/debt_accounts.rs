//! What a customer owes on account, as it is listed; the pages of Tratta have no such list.

use expect_test::expect;

use super::Shop;
use crate::debt_account::{BillingType, DebtAccount};
use crate::id::{CustomerId, LocationId};
use crate::money::Money;

#[test]
fn debt_accounts_in_pages() {
    let shop = Shop::new();
    let id_of = |line: &str| shop.ask(line, &[]).json()["data"]["id"].as_str().unwrap().to_owned();
    let customer = id_of("admin POST customers name=a&external_id=C");
    let customer = CustomerId::new(&customer).unwrap();
    let location = id_of("admin POST locations name=shop&external_id=L");
    let store = &shop.store;
    let owed = |minor: i64| DebtAccount::new(store.stamp(), Money::from_minor(minor));
    let loan = DebtAccount { external_id: Some("d-0".to_owned()), ..owed(0) };
    let first = DebtAccount {
        external_id: Some("d-1".to_owned()),
        parent_id: Some(loan.id.clone()),
        location_id: Some(LocationId::new(&location).unwrap()),
        account_number: Some("0012".to_owned()),
        billing_types: vec![BillingType::OneTime, BillingType::PartialPayment],
        current_balance: Money::from_minor(900),
        meta: serde_json::from_str(r#"{"n":1.50,"tier":"gold"}"#).unwrap(),
        ..owed(2500)
    };
    let second = DebtAccount { parent_id: Some(loan.id.clone()), ..owed(5) };
    for account in [&loan, &first, &second] {
        store.set_debt_account(&customer, account).unwrap();
    }
    let mut told = shop.told(
        r"
        reader GET customers/C/debt_accounts
        reader GET customers/C/debt_accounts?limit=1&page=3
        reader GET customers/C/debt_accounts?limit=0
        reader GET customers/nobody/debt_accounts
        - GET customers/C/debt_accounts
        admin POST customers/C/debt_accounts balance=5
        admin DELETE locations/L
        ",
    );
    store.remove_debt_account(&customer, &loan.id).unwrap();
    told += &shop.told("reader GET customers/C/debt_accounts");
    expect![[r#"
        > reader GET customers/C/debt_accounts
        200 {"data":[{"id":"018cc820-db30-70c5-b7ae-5cf2631375a2","external_id":"d-0","parent_id":null,"parent_external_id":null,"location_id":null,"external_account_number":null,"billing_type":[],"balance":2505,"current_balance":905,"metadata":[]},{"id":"018cc820-db30-710d-9289-48f0d4a4c95f","external_id":null,"parent_id":"018cc820-db30-70c5-b7ae-5cf2631375a2","parent_external_id":"d-0","location_id":null,"external_account_number":null,"billing_type":[],"balance":5,"current_balance":5,"metadata":[]},{"id":"018cc820-db30-7758-98f4-3b80e1355b9e","external_id":"d-1","parent_id":"018cc820-db30-70c5-b7ae-5cf2631375a2","parent_external_id":"d-0","location_id":"018cc820-db30-718e-92bf-b27bb68e2bf4","external_account_number":"0012","billing_type":["one-time","partial-payment"],"balance":2500,"current_balance":900,"metadata":[{"attribute":"n","value":"1.50"},{"attribute":"tier","value":"gold"}]}],"links":{"first":"http://shop:4000/api/v1/customers/C/debt_accounts?page=1","last":"http://shop:4000/api/v1/customers/C/debt_accounts?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/customers/C/debt_accounts","per_page":10,"to":3,"total":3}}
        > reader GET customers/C/debt_accounts?limit=1&page=3
        200 {"data":[{"id":"018cc820-db30-7758-98f4-3b80e1355b9e","external_id":"d-1","parent_id":"018cc820-db30-70c5-b7ae-5cf2631375a2","parent_external_id":"d-0","location_id":"018cc820-db30-718e-92bf-b27bb68e2bf4","external_account_number":"0012","billing_type":["one-time","partial-payment"],"balance":2500,"current_balance":900,"metadata":[{"attribute":"n","value":"1.50"},{"attribute":"tier","value":"gold"}]}],"links":{"first":"http://shop:4000/api/v1/customers/C/debt_accounts?limit=1&page=1","last":"http://shop:4000/api/v1/customers/C/debt_accounts?limit=1&page=3","prev":"http://shop:4000/api/v1/customers/C/debt_accounts?limit=1&page=2","next":null},"meta":{"current_page":3,"from":3,"last_page":3,"path":"http://shop:4000/api/v1/customers/C/debt_accounts","per_page":"1","to":3,"total":3}}
        > reader GET customers/C/debt_accounts?limit=0
        422 {"message":"1 field is not valid","error":"1 field is not valid","errorCode":"validation_failed","errors":{"limit":["The limit must be a whole number from 1 to 500."]}}
        > reader GET customers/nobody/debt_accounts
        404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
        > - GET customers/C/debt_accounts
        401 {"message":"The header Authorization is missing.","error":"The header Authorization is missing.","errorCode":"unauthenticated"}
        > admin POST customers/C/debt_accounts balance=5
        405 {"message":"The methods of this path are GET.","error":"The methods of this path are GET.","errorCode":"method_not_allowed"}
        > admin DELETE locations/L
        200 {"success":true}
        > reader GET customers/C/debt_accounts
        200 {"data":[{"id":"018cc820-db30-710d-9289-48f0d4a4c95f","external_id":null,"parent_id":null,"parent_external_id":null,"location_id":null,"external_account_number":null,"billing_type":[],"balance":5,"current_balance":5,"metadata":[]},{"id":"018cc820-db30-7758-98f4-3b80e1355b9e","external_id":"d-1","parent_id":null,"parent_external_id":null,"location_id":null,"external_account_number":"0012","billing_type":["one-time","partial-payment"],"balance":2500,"current_balance":900,"metadata":[{"attribute":"n","value":"1.50"},{"attribute":"tier","value":"gold"}]}],"links":{"first":"http://shop:4000/api/v1/customers/C/debt_accounts?page=1","last":"http://shop:4000/api/v1/customers/C/debt_accounts?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/customers/C/debt_accounts","per_page":10,"to":2,"total":2}}
    "#]].assert_eq(&told);
}
