//! Who may ask for what: every route, with every key that matters.

use expect_test::expect;

use super::front::Front;
use crate::access::Right;
use crate::credit::CreditTransaction;
use crate::http::portos::DIALECT;
use crate::http::route::{Needs, Route};
use crate::id::CustomerId;
use crate::money::Money;

/// A shop with a customer who has credit and a card.
fn shop() -> Front {
    let front = Front::new();
    front.ask("admin POST /customers {\"id\":\"ada\",\"cards\":[{\"serialNumber\":\"7\"}]}");
    front.ask("admin POST /customers {\"id\":\"bob\"}");
    let ada = CustomerId::new("ada").unwrap();
    let deposit = CreditTransaction::deposit(front.store.stamp(), &ada, Money::from_minor(1000));
    front.store.record(&deposit).unwrap();
    front.ask("admin DELETE /customers/bob");
    front
}

/// A body that the route takes.
fn body(route: &Route) -> &'static str {
    match route.about.id {
        "createCustomer" => r#"{"firstName":"Eve"}"#,
        "replaceCustomer" | "setCard" => r#"{}"#,
        "recordCreditTransaction" => r#"{"type":"Deposit","amount":1}"#,
        "spendCredit" | "earnCredit" => r#"{"amount":1}"#,
        "reverseCreditTransaction" => r#"{"target":"later"}"#,
        "swapCard" => r#"{"serialNumber":"8"}"#,
        "mergeCustomer" => r#"{"into":"bob"}"#,
        _ => "",
    }
}

/// Per route: without a key, with every right but those that matter, and with each of those alone;
/// the last two asked of somebody who is there and of somebody who is not.
#[test]
fn every_route_asks_who_and_whether_they_may() {
    let mut table = String::new();
    for route in DIALECT.routes {
        let path = |id: &str| {
            let path = route.path.replace("{id}", id).replace("{serialNumber}", "7");
            format!("{} {path}", route.method.as_str())
        };
        let rights: &[Right] = match route.needs {
            Needs::Right(any) => any,
            _ => &[],
        };
        let ask = |key: &str, id: &str, body: &str| {
            shop().ask(&format!("{key} {} {body}", path(id))).status.as_u16().to_string()
        };
        let mut row = vec![path("{id}"), ask("-", "ada", "?"), ask("-", "nobody", "?")];
        if rights.is_empty() {
            row.extend(["ada", "nobody"].map(|id| ask("reader", id, "")));
        }
        let others = Right::ALL.iter().filter(|right| !rights.contains(right));
        for other in others.filter(|right| **right != Right::Admin && !rights.is_empty()) {
            // What is wrong with the body is not told to somebody who may not send it.
            for id in ["ada", "nobody"] {
                assert_eq!(ask(other.as_str(), id, "?"), "403", "{other} {}", path(id));
            }
        }
        if !rights.is_empty() {
            row.extend(["ada", "nobody"].map(|id| ask("reader", id, "?")));
        }
        for right in rights {
            let heard = ["ada", "nobody"].map(|id| ask(right.as_str(), id, body(route)));
            row.push(format!("{right}: {}", heard.join(" ")));
        }
        table += &(row.join(" ") + "\n");
    }
    expect![[r#"
        GET /customers 401 401 200 200
        POST /customers 401 401 403 403 CustomerCreate: 201 201
        GET /customers/{id} 401 401 200 404
        PUT /customers/{id} 401 401 403 403 CustomerCreate: 403 201 CustomerUpdate: 200 403
        DELETE /customers/{id} 401 401 403 403 CustomerDelete: 400 404
        GET /creditTransactions 401 401 200 200
        GET /customers/{id}/creditTransactions 401 401 200 404
        POST /customers/{id}/creditTransactions 401 401 403 403 CustomerSetCredit: 201 404
        POST /customers/{id}/spend 401 401 403 403 CustomerSetCredit: 201 404
        POST /customers/{id}/earn 401 401 403 403 CustomerSetCredit: 201 404
        POST /customers/{id}/reverse 401 401 403 403 CustomerSetCredit: 201 404
        GET /customers/{id}/debtAccounts 401 401 200 404
        GET /cards/7 401 401 200 200
        PUT /customers/{id}/cards/7 401 401 403 403 CustomerUpdate: 200 404
        DELETE /customers/{id}/cards/7 401 401 403 403 CustomerUpdate: 200 404
        POST /customers/{id}/cards/7/block 401 401 403 403 CustomerUpdate: 200 404
        POST /customers/{id}/cards/7/unblock 401 401 403 403 CustomerUpdate: 200 404
        POST /customers/{id}/cards/7/swap 401 401 403 403 CustomerUpdate: 201 404
        POST /customers/{id}/erase 401 401 403 403 CustomerDelete: 204 404
        GET /customers/{id}/erase 401 401 403 403 admin: 404 404
        POST /customers/{id}/undelete 401 401 403 403 CustomerCreate: 404 404
        POST /customers/{id}/merge 401 401 403 403 admin: 400 404
        GET /conflicts 401 401 403 403 admin: 200 200
        GET /conflicts/{id} 401 401 403 403 admin: 404 404
        POST /conflicts/{id}/keep 401 401 403 403 admin: 404 404
        POST /conflicts/{id}/release 401 401 403 403 admin: 404 404
    "#]]
    .assert_eq(&table);
}

/// What `openapi.json` is made of: names of their own, and shapes that can be drawn.
#[test]
fn every_route_tells_about_itself() {
    let mut generator = schemars::SchemaGenerator::default();
    let mut ids = std::collections::HashSet::new();
    for Route { about, .. } in DIALECT.routes {
        assert!(ids.insert(about.id) && !about.summary.is_empty(), "{}", about.id);
        let shapes = about.query.iter().map(|parameter| parameter.shape);
        let shapes = shapes.chain(about.body).chain(about.answers.iter().map(|(_, shape)| *shape));
        for shape in shapes {
            assert!(shape(&mut generator).as_object().is_some_and(|shape| !shape.is_empty()));
        }
    }
    let known: Vec<_> = generator.definitions().keys().map(String::as_str).collect();
    expect!["BlockReason CardHolder CardSwap Conflict DebtAccount Erasure MergeInto Movement MovementType NewEarning NewMovement NewReversal NewSpend PortosAddress PortosAddressInput PortosCard PortosCardInPathInput PortosCardInput PortosCompany PortosCompanyInput PortosCoordinates PortosCoordinatesInput PortosCredit PortosCreditInput PortosCreditTransaction PortosCreditTransactionInput PortosCustomer PortosCustomerInput PortosQueryResultOfConflict PortosQueryResultOfDebtAccount PortosQueryResultOfMovement PortosQueryResultOfPortosCustomer Swiped"].assert_eq(&known.join(" "));
}

/// A key that opens nothing, and routes that are not there.
#[test]
fn nothing_is_told_to_nobody() {
    let front = shop();
    let mut told = front.tell(
        "- GET /nowhere
         reader GET /nowhere
         - PATCH /customers/ada
         reader PATCH /customers/ada
         reader GET /cards/%FF
         - GET /cards/%FF",
    );
    let heard = front.ask_with("- GET /customers", &[("authorization", "Bearer x.y")]);
    told += &heard.brief();
    expect![[r#"
        > - GET /nowhere
        401 Nobody is signed in: the header Authorization is missing.
        > reader GET /nowhere
        404 There is no such route.
        > - PATCH /customers/ada
        401 Nobody is signed in: the header Authorization is missing.
        > reader PATCH /customers/ada
        405 This route knows GET, PUT, DELETE.
        > reader GET /cards/%FF
        404 There is no such card.
        > - GET /cards/%FF
        401 Nobody is signed in: the header Authorization is missing.
        401 Nobody is signed in: the key is unknown or was revoked."#]]
    .assert_eq(&told);
}
