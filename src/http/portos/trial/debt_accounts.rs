//! What a customer owes on account, as it is listed.

use expect_test::expect;

use super::front::{ADA, Front};
use crate::debt_account::{BillingType, DebtAccount};
use crate::id::{CustomerId, DebtAccountId};
use crate::location::Location;
use crate::money::Money;
use crate::store::Store;
use crate::time::Timestamp;

/// An account of Ada's.
fn owed(store: &Store, id: &str, minor: i64, at: i64) -> DebtAccount {
    let new = DebtAccount::new(store.stamp(), Money::from_minor(minor));
    let created_at = Timestamp::from_ms(at);
    DebtAccount { id: DebtAccountId::new(id).unwrap(), created_at, ..new }
}

#[test]
fn debt_accounts_are_listed() {
    let front = Front::new();
    front.tell(ADA);
    let store = &front.store;
    let ada = CustomerId::new("ada").unwrap();
    let shop = store.create_location(&Location::new(store.stamp(), "shop")).unwrap().id;
    let loan = owed(store, "loan", 0, 2);
    let below = |one: DebtAccount| DebtAccount { parent_id: Some(loan.id.clone()), ..one };
    let meta = serde_json::from_str(r#"{"n":1.50}"#).unwrap();
    let first = DebtAccount {
        external_id: Some("E-1".to_owned()),
        location_id: Some(shop.clone()),
        account_number: Some("0012".to_owned()),
        billing_types: BillingType::ALL.to_vec(),
        current_balance: Money::from_minor(905),
        meta: Some(meta),
        ..below(owed(store, "first", 1250, 3))
    };
    let oldest = owed(store, "oldest", 7, 1);
    for account in [&loan, &first, &below(owed(store, "second", 5, 4)), &oldest] {
        store.set_debt_account(&ada, account).unwrap();
    }
    let mut told = front.tell(
        "
        reader GET /customers/ada/debtAccounts
        reader GET /customers/ada/debtAccounts?$skip=1&$take=1
        reader GET /customers/ada/debtAccounts?$count=true
        reader GET /customers/ada/debtAccounts?$take=0&$total=false
        reader GET /customers/ada/debtAccounts?$take=-1
        reader GET /customers/ada/debtAccounts?Id=loan
        reader GET /customers/ada/debtAccounts?$sort=id
        reader GET /customers/nobody/debtAccounts
        - GET /customers/ada/debtAccounts
        admin POST /customers/ada/debtAccounts {}
        admin POST /customers {\"id\":\"eve\"}
        reader GET /customers/eve/debtAccounts
        ",
    );
    store.delete_location(&shop).unwrap();
    store.remove_debt_account(&ada, &loan.id).unwrap();
    told += "the location and the loan are gone\n";
    told += &front.tell("reader GET /customers/ada/debtAccounts");
    expect![[r#"
        > reader GET /customers/ada/debtAccounts
        200 {"items":[{"id":"oldest","externalId":null,"parentId":null,"locationId":null,"accountNumber":null,"billingTypes":[],"balance":{"amount":0.07,"currencyLabel":null},"currentBalance":{"amount":0.07,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.001Z","meta":null},{"id":"loan","externalId":null,"parentId":null,"locationId":null,"accountNumber":null,"billingTypes":[],"balance":{"amount":12.55,"currencyLabel":null},"currentBalance":{"amount":9.1,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.002Z","meta":null},{"id":"first","externalId":"E-1","parentId":"loan","locationId":"018cc820-db2e-726d-937f-1b96905c52a1","accountNumber":"0012","billingTypes":["OneTime","Scheduled","PromiseToPay","PaymentPlan","FullPayment","PartialPayment"],"balance":{"amount":12.5,"currencyLabel":null},"currentBalance":{"amount":9.05,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.003Z","meta":{"n":1.50}},{"id":"second","externalId":null,"parentId":"loan","locationId":null,"accountNumber":null,"billingTypes":[],"balance":{"amount":0.05,"currencyLabel":null},"currentBalance":{"amount":0.05,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.004Z","meta":null}],"count":4,"totalCount":4}
        > reader GET /customers/ada/debtAccounts?$skip=1&$take=1
        200 {"items":[{"id":"loan","externalId":null,"parentId":null,"locationId":null,"accountNumber":null,"billingTypes":[],"balance":{"amount":12.55,"currencyLabel":null},"currentBalance":{"amount":9.1,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.002Z","meta":null}],"count":1,"totalCount":4}
        > reader GET /customers/ada/debtAccounts?$count=true
        200 {"count":4,"totalCount":4}
        > reader GET /customers/ada/debtAccounts?$take=0&$total=false
        200 {"items":[],"count":0}
        > reader GET /customers/ada/debtAccounts?$take=-1
        400 $take must be a whole number from 0 to 1000, at byte 6.
        > reader GET /customers/ada/debtAccounts?Id=loan
        400 Id is unknown, at byte 0.
        > reader GET /customers/ada/debtAccounts?$sort=id
        400 $sort has an unknown sort key, at byte 6.
        > reader GET /customers/nobody/debtAccounts
        404 There is no such customer.
        > - GET /customers/ada/debtAccounts
        401 Nobody is signed in: the header Authorization is missing.
        > admin POST /customers/ada/debtAccounts {}
        405 This route knows GET.
        > admin POST /customers {"id":"eve"}
        201 {"id":"eve","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}
        > reader GET /customers/eve/debtAccounts
        200 {"items":[],"count":0,"totalCount":0}
        the location and the loan are gone
        > reader GET /customers/ada/debtAccounts
        200 {"items":[{"id":"oldest","externalId":null,"parentId":null,"locationId":null,"accountNumber":null,"billingTypes":[],"balance":{"amount":0.07,"currencyLabel":null},"currentBalance":{"amount":0.07,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.001Z","meta":null},{"id":"first","externalId":"E-1","parentId":null,"locationId":null,"accountNumber":"0012","billingTypes":["OneTime","Scheduled","PromiseToPay","PaymentPlan","FullPayment","PartialPayment"],"balance":{"amount":12.5,"currencyLabel":null},"currentBalance":{"amount":9.05,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.003Z","meta":{"n":1.50}},{"id":"second","externalId":null,"parentId":null,"locationId":null,"accountNumber":null,"billingTypes":[],"balance":{"amount":0.05,"currencyLabel":null},"currentBalance":{"amount":0.05,"currencyLabel":null},"creationTime":"1970-01-01T00:00:00.004Z","meta":null}],"count":3,"totalCount":3}
    "#]].assert_eq(&told);
}

#[test]
fn a_list_that_is_known_is_not_repeated() {
    let front = Front::new();
    front.tell(ADA);
    let list = "reader GET /customers/ada/debtAccounts";
    let tag = front.ask(list).headers["etag"].clone();
    let known = [("if-none-match", tag.to_str().unwrap())];
    assert_eq!(front.ask_with(list, &known).status, 304);
    let ada = CustomerId::new("ada").unwrap();
    front.store.set_debt_account(&ada, &owed(&front.store, "new", 1, 1)).unwrap();
    assert_eq!(front.ask_with(list, &known).status, 200);
}
