//! Cards, the end of a customer, and conflicts: every request with its answer.

use expect_test::expect;

use super::front::{ADA, Front, check, options};
use crate::card::Card;
use crate::customer::Customer;
use crate::id::{CardSerial, CustomerId};
use crate::profile::Replacement;
use crate::query::Page;
use crate::store::Store;
use crate::time::Timestamp;

#[test]
fn cards_are_found_and_changed() {
    check(
        ADA,
        r#"
        reader GET /cards/007
        reader GET /cards/7
        reader GET /cards/%20007
        admin PUT /customers/ada/cards/0%2F1%20%C5%BE {"status":"NotIssued","processor":"AW","isVirtual":true}
        admin PUT /customers/ada/cards/0%2F1%20%C5%BE {"serialNumber":"0/1 ž","note":"spare"}
        reader GET /cards/0%2F1%20%C5%BE
        admin PUT /customers/ada/cards/8 {"serialNumber":"9"}
        admin PUT /customers/ada/cards/%20 {}
        admin PUT /customers/ada/cards/8 {"processor":"","status":"Lost"}
        admin PUT /customers/ada/cards/8 {"processor":""}
        admin PUT /customers/nobody/cards/8 ?
        admin POST /customers {"id":"bob","cards":[{"serialNumber":"b"}]}
        admin PUT /customers/ada/cards/b {}
        admin POST /customers/ada/cards/007/swap {"serialNumber":"b"}
        admin POST /customers/ada/cards/007/swap {"serialNumber":"007"}
        admin POST /customers/ada/cards/007/swap {}
        "#,
        expect![[r#"
            > reader GET /cards/007
            200 {"usable":true,"reason":null,"discountRate":0.0,"credit":{"amount":10.0,"currencyLabel":null},"available":{"amount":10.0,"currencyLabel":null},"card":{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null},"customer":{"id":"ada","externalId":null,"isActive":true,"status":"Valid","firstName":"Ada","lastName":null,"fullName":"Ada","email":null,"phone":null,"isCompany":false,"company":null,"creditRate":0.05,"note":null,"_v":2}}
            > reader GET /cards/7
            404 There is no such card.
            > reader GET /cards/%20007
            404 There is no such card.
            > admin PUT /customers/ada/cards/0%2F1%20%C5%BE {"status":"NotIssued","processor":"AW","isVirtual":true}
            201 {"externalId":null,"isActive":true,"isVirtual":true,"serialNumber":"0/1 ž","processor":"AW","status":"NotIssued","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin PUT /customers/ada/cards/0%2F1%20%C5%BE {"serialNumber":"0/1 ž","note":"spare"}
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"0/1 ž","processor":"P","status":"NotIssued","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":"spare","meta":null}
            > reader GET /cards/0%2F1%20%C5%BE
            200 {"usable":false,"reason":"The card is not issued.","discountRate":0.0,"credit":{"amount":10.0,"currencyLabel":null},"available":{"amount":10.0,"currencyLabel":null},"card":{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"0/1 ž","processor":"P","status":"NotIssued","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":"spare","meta":null},"customer":{"id":"ada","externalId":null,"isActive":true,"status":"Valid","firstName":"Ada","lastName":null,"fullName":"Ada","email":null,"phone":null,"isCompany":false,"company":null,"creditRate":0.05,"note":null,"_v":4}}
            > admin PUT /customers/ada/cards/8 {"serialNumber":"9"}
            400 SerialNumber must be the serial number in the path.
            > admin PUT /customers/ada/cards/%20 {}
            400 SerialNumber must not begin or end with white space.
            > admin PUT /customers/ada/cards/8 {"processor":"","status":"Lost"}
            400 Status must be one of NotIssued, IssueFailed, IssueCanceled, IssueSkipped, ReissueRequested, Valid, NotYetValid, Expired, Blocked, DisposeRequested, Disposed.
            > admin PUT /customers/ada/cards/8 {"processor":""}
            400 Processor must have 1 to 16 characters.
            > admin PUT /customers/nobody/cards/8 ?
            404 There is no such customer.
            > admin POST /customers {"id":"bob","cards":[{"serialNumber":"b"}]}
            201 {"id":"bob","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"b","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}
            > admin PUT /customers/ada/cards/b {}
            400 SerialNumber is used by another customer already.
            > admin POST /customers/ada/cards/007/swap {"serialNumber":"b"}
            400 SerialNumber is used by another customer already.
            > admin POST /customers/ada/cards/007/swap {"serialNumber":"007"}
            400 SerialNumber must be another serial number.
            > admin POST /customers/ada/cards/007/swap {}
            400 SerialNumber is missing.
        "#]],
    );
}

/// A client that says nothing of the status used to put a lost card to use again.
#[test]
fn a_blocked_card_stays_blocked_until_somebody_says_otherwise() {
    let front = Front::new();
    front.tell(ADA);
    front.tell("admin POST /customers/ada/cards/007/block {\"reason\":\"lost\"}");
    let shown = |line: &str| {
        assert!(front.ask(line).status.is_success(), "{line}");
        let answer = front.ask("reader GET /cards/007").body;
        let card: serde_json::Value = serde_json::from_str(&answer).unwrap();
        (card["card"]["status"].to_string(), card["card"]["statusReason"].to_string())
    };
    let (lost, blocked) = ("\"lost\"".to_owned(), "\"Blocked\"".to_owned());
    for line in [
        "admin PUT /customers/ada {\"cards\":[{\"serialNumber\":\"007\"}]}",
        "admin PUT /customers/ada/cards/007 {\"note\":\"found again\"}",
    ] {
        assert_eq!(shown(line), (blocked.clone(), lost.clone()), "{line}");
    }
    let line =
        "admin PUT /customers/ada {\"cards\":[{\"serialNumber\":\"007\",\"status\":\"Valid\"}]}";
    assert_eq!(shown(line), ("\"Valid\"".to_owned(), "null".to_owned()));
}

#[test]
fn a_card_is_blocked_and_swapped() {
    check(
        &format!(
            "{ADA}\nadmin POST /customers {{\"id\":\"bob\",\"cards\":[{{\"serialNumber\":\"b\"}}]}}"
        ),
        r#"
        admin POST /customers/ada/cards/b/block
        admin POST /customers/ada/cards/007/block {"reason":"lost"}
        admin POST /customers/ada/cards/007/block
        reader GET /cards/007
        admin POST /customers/ada/cards/007/unblock {"reason":7}
        admin POST /customers/ada/cards/007/unblock
        admin POST /customers/ada/cards/007/unblock
        admin POST /customers/ada/cards/007/swap {"serialNumber":"c"}
        reader GET /cards/007
        admin PUT /customers/ada/cards/c {"status":"Disposed"}
        admin POST /customers/ada/cards/c/unblock
        admin DELETE /customers/ada/cards/c
        admin DELETE /customers/ada/cards/c
        "#,
        expect![[r#"
            > admin POST /customers/ada/cards/b/block
            404 There is no such card.
            > admin POST /customers/ada/cards/007/block {"reason":"lost"}
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Blocked","statusTime":"2024-01-02T03:04:05.678Z","statusReason":"lost","activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin POST /customers/ada/cards/007/block
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Blocked","statusTime":"2024-01-02T03:04:05.678Z","statusReason":"lost","activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > reader GET /cards/007
            200 {"usable":false,"reason":"The card is blocked.","discountRate":0.0,"credit":{"amount":10.0,"currencyLabel":null},"available":{"amount":10.0,"currencyLabel":null},"card":{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Blocked","statusTime":"2024-01-02T03:04:05.678Z","statusReason":"lost","activationTime":null,"expirationTime":null,"note":null,"meta":null},"customer":{"id":"ada","externalId":null,"isActive":true,"status":"Valid","firstName":"Ada","lastName":null,"fullName":"Ada","email":null,"phone":null,"isCompany":false,"company":null,"creditRate":0.05,"note":null,"_v":3}}
            > admin POST /customers/ada/cards/007/unblock {"reason":7}
            400 Reason must be a text.
            > admin POST /customers/ada/cards/007/unblock
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":"2024-01-02T03:04:05.678Z","statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin POST /customers/ada/cards/007/unblock
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":"2024-01-02T03:04:05.678Z","statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin POST /customers/ada/cards/007/swap {"serialNumber":"c"}
            201 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"c","processor":"P","status":"Valid","statusTime":"2024-01-02T03:04:05.678Z","statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > reader GET /cards/007
            404 There is no such card.
            > admin PUT /customers/ada/cards/c {"status":"Disposed"}
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"c","processor":"P","status":"Disposed","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin POST /customers/ada/cards/c/unblock
            400 Status must be Blocked.
            > admin DELETE /customers/ada/cards/c
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"c","processor":"P","status":"Disposed","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin DELETE /customers/ada/cards/c
            404 There is no such card.
        "#]],
    );
}

/// `If-Match` names the customer's state wherever one customer is changed.
#[test]
fn a_change_may_name_the_state_it_is_made_from() {
    let front = Front::new();
    front.tell(ADA);
    let tag = |front: &Front| {
        front.ask("reader GET /customers/ada").headers["etag"].to_str().unwrap().to_owned()
    };
    for line in [
        "admin PUT /customers/ada/cards/8 {}",
        "admin POST /customers/ada/cards/8/block",
        "admin DELETE /customers/ada/cards/8",
        "admin POST /customers/ada/spend {\"amount\":1}",
        "admin POST /customers/ada/erase",
    ] {
        let stale = front.ask_with(line, &[("if-match", "\"0\"")]);
        assert_eq!(stale.status, 412, "{line}");
        // Several lines of the header are one list.
        let fresh = front.ask_with(line, &[("if-match", "\"0\""), ("if-match", &tag(&front))]);
        assert!(fresh.status.is_success(), "{line} {fresh:?}");
        assert!(!fresh.headers.contains_key("etag"), "{line}");
    }
}

#[test]
fn customers_end_and_come_back() {
    check(
        &format!("{ADA}\nadmin POST /customers {{\"id\":\"bob\",\"lastName\":\"Moss\"}}"),
        r#"
        admin POST /customers/bob/undelete
        admin DELETE /customers/bob
        CustomerCreate POST /customers/bob/undelete
        admin POST /customers/ada/merge {"into":"ada"}
        admin POST /customers/ada/merge {"into":"nobody"}
        admin POST /customers/ada/merge {}
        admin POST /customers/nobody/merge ?
        admin POST /customers/ada/merge {"into":"bob"}
        reader GET /customers/ada
        CustomerDelete POST /customers/bob/erase
        CustomerDelete POST /customers/bob/erase
        CustomerDelete POST /customers/nobody/erase
        admin POST /customers/bob/undelete
        admin POST /customers/bob/undelete/
        reader GET /customers/bob/creditTransactions
        reader GET /creditTransactions?CustomerId=bob
        "#,
        expect![[r#"
            > admin POST /customers/bob/undelete
            404 There is no such deleted customer.
            > admin DELETE /customers/bob
            200 {"id":"bob","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":"Moss","fullName":"Moss","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}
            > CustomerCreate POST /customers/bob/undelete
            200 {"id":"bob","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":"Moss","fullName":"Moss","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":3}
            > admin POST /customers/ada/merge {"into":"ada"}
            400 Into must be another customer.
            > admin POST /customers/ada/merge {"into":"nobody"}
            400 Into must be a customer who is there.
            > admin POST /customers/ada/merge {}
            400 Into is missing.
            > admin POST /customers/nobody/merge ?
            404 There is no such customer.
            > admin POST /customers/ada/merge {"into":"bob"}
            200 {"id":"bob","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":"Moss","fullName":"Moss","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":10.0,"currencyLabel":null},"creditTransactions":[{"id":"018cc820-db2e-73cd-a528-23a1dd380e48","sequenceNumber":1,"externalId":null,"amount":{"amount":10.0,"currencyLabel":null},"endingCreditBalance":{"amount":10.0,"currencyLabel":null},"type":"Other","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null}],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":4}
            > reader GET /customers/ada
            404 There is no such customer.
            > CustomerDelete POST /customers/bob/erase
            204
            > CustomerDelete POST /customers/bob/erase
            204
            > CustomerDelete POST /customers/nobody/erase
            404 There is no such customer.
            > admin POST /customers/bob/undelete
            400 Id was erased and is never used again.
            > admin POST /customers/bob/undelete/
            404 There is no such route.
            > reader GET /customers/bob/creditTransactions
            404 There is no such customer.
            > reader GET /creditTransactions?CustomerId=bob
            200 {"items":[{"id":"018cc820-db2e-73cd-a528-23a1dd380e48","customerId":"bob","creatorId":null,"creationTime":"2024-01-02T03:04:05.678Z","type":"Other","kind":"Merge","amount":{"amount":10.0,"currencyLabel":null},"endingCreditBalance":{"amount":10.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}],"count":1,"totalCount":1}
        "#]],
    );
}

/// A door to a shop that two tills have sent the same card number to, twice.
fn clashed() -> Front {
    let (shop, till) = [7, 8].map(|seed| Store::open_in_memory_with(options(seed)).unwrap()).into();
    for (store, name) in [(&shop, "ada"), (&till, "bob")] {
        let id = CustomerId::new(name).unwrap();
        let cards = ["1", "2"].map(|serial| Card::new(CardSerial::new(serial).unwrap()));
        let customer = Customer::with_id(id, Timestamp::from_ms(0));
        store.create(&Replacement { cards: Some(cards.to_vec()), ..customer.into() }).unwrap();
    }
    let all = till.list_operations(Page::default()).unwrap();
    shop.write(|tx| all.iter().try_for_each(|one| tx.receive(one).map(drop))).unwrap();
    Front::to(shop)
}

#[test]
fn conflicts_are_settled() {
    let front = clashed();
    let list: serde_json::Value =
        serde_json::from_str(&front.ask("admin GET /conflicts").body).unwrap();
    let id = |n: usize| list["items"][n]["id"].as_str().unwrap().to_owned();
    let (one, two) = (id(0), id(1));
    let told = front.tell(&format!(
        "admin GET /conflicts
         admin GET /conflicts?$take=1&$skip=1
         admin GET /conflicts?$count=true
         admin GET /conflicts?Kind=Card
         admin GET /conflicts/{one}
         admin GET /conflicts/none
         admin POST /conflicts/{one}/keep
         admin POST /conflicts/{one}/keep
         admin POST /conflicts/{two}/release
         admin GET /conflicts
         reader GET /cards/1"
    ));
    expect![[r#"
        > admin GET /conflicts
        200 {"items":[{"id":"2656c62cf3dff61550aeb8a04fdc287c","kind":"Card","value":"2","customerId":"bob","locationId":null,"ownerId":"ada","creationTime":"2024-01-02T03:04:05.678Z","resolution":null},{"id":"d604140d88a6dc8295d4a430ac5d526d","kind":"Card","value":"1","customerId":"bob","locationId":null,"ownerId":"ada","creationTime":"2024-01-02T03:04:05.678Z","resolution":null}],"count":2,"totalCount":2}
        > admin GET /conflicts?$take=1&$skip=1
        200 {"items":[{"id":"d604140d88a6dc8295d4a430ac5d526d","kind":"Card","value":"1","customerId":"bob","locationId":null,"ownerId":"ada","creationTime":"2024-01-02T03:04:05.678Z","resolution":null}],"count":1,"totalCount":2}
        > admin GET /conflicts?$count=true
        200 {"count":2,"totalCount":2}
        > admin GET /conflicts?Kind=Card
        400 Kind is unknown, at byte 0.
        > admin GET /conflicts/2656c62cf3dff61550aeb8a04fdc287c
        200 {"id":"2656c62cf3dff61550aeb8a04fdc287c","kind":"Card","value":"2","customerId":"bob","locationId":null,"ownerId":"ada","creationTime":"2024-01-02T03:04:05.678Z","resolution":null}
        > admin GET /conflicts/none
        404 There is no such open conflict.
        > admin POST /conflicts/2656c62cf3dff61550aeb8a04fdc287c/keep
        200 {"id":"2656c62cf3dff61550aeb8a04fdc287c","kind":"Card","value":"2","customerId":"bob","locationId":null,"ownerId":"ada","creationTime":"2024-01-02T03:04:05.678Z","resolution":"Kept"}
        > admin POST /conflicts/2656c62cf3dff61550aeb8a04fdc287c/keep
        404 There is no such open conflict.
        > admin POST /conflicts/d604140d88a6dc8295d4a430ac5d526d/release
        200 {"id":"d604140d88a6dc8295d4a430ac5d526d","kind":"Card","value":"1","customerId":"bob","locationId":null,"ownerId":"ada","creationTime":"2024-01-02T03:04:05.678Z","resolution":"Released"}
        > admin GET /conflicts
        200 {"items":[],"count":0,"totalCount":0}
        > reader GET /cards/1
        200 {"usable":true,"reason":null,"discountRate":0.0,"credit":{"amount":0.0,"currencyLabel":null},"available":{"amount":0.0,"currencyLabel":null},"card":{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"1","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null},"customer":{"id":"ada","externalId":null,"isActive":true,"status":"Valid","firstName":null,"lastName":null,"fullName":"","email":null,"phone":null,"isCompany":false,"company":null,"creditRate":0.0,"note":null,"_v":1}}
    "#]].assert_eq(&told);
}
