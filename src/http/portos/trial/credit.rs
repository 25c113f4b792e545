//! What moves credit, and what shows it: every request with its answer.

use expect_test::expect;

use super::front::{ADA, Front, check};

#[test]
fn credit_moves() {
    check(
        ADA,
        r#"
        admin POST /customers/ada/creditTransactions {"ID":"w","TYPE":"withdrawal","Amount":{"amount":1.50,"currencyLabel":"EUR"},"externalId":"R-1","note":"n","meta":{"a":1.10}}
        admin POST /customers/ada/creditTransactions {"id":"w","type":"Withdrawal","amount":1.5}
        admin POST /customers/ada/creditTransactions {"id":"w","type":"Withdrawal","amount":1.6}
        admin POST /customers/ada/creditTransactions {"id":"a1","type":"Adjustment","amount":-1}
        admin POST /customers/ada/creditTransactions {"id":"a2","type":"Adjustment","amount":0.25}
        admin POST /customers/ada/creditTransactions {"id":"c","type":"Correction","amount":-0.75}
        admin POST /customers/ada/creditTransactions {"id":"o","type":"Other","amount":1e0}
        admin POST /customers/ada/spend {"id":"s","amount":2,"cardSerialNumber":"007"}
        admin POST /customers/ada/spend {"id":"s","amount":2,"cardSerialNumber":"unknown"}
        admin POST /customers/ada/earn {"id":"e","paid":19.90}
        admin POST /customers/ada/earn {"id":"e","paid":19.90}
        admin POST /customers/ada/earn {"id":"e","paid":19.91}
        admin POST /customers/ada/earn {"id":"f","amount":0.01}
        admin POST /customers/ada/reverse {"id":"r","target":"s"}
        admin POST /customers/ada/reverse {"id":"r","transactionId":"s"}
        reader GET /customers/ada
        "#,
        expect![[r#"
            > admin POST /customers/ada/creditTransactions {"ID":"w","TYPE":"withdrawal","Amount":{"amount":1.50,"currencyLabel":"EUR"},"externalId":"R-1","note":"n","meta":{"a":1.10}}
            201 {"id":"w","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Withdrawal","kind":"Withdrawal","amount":{"amount":-1.5,"currencyLabel":null},"endingCreditBalance":{"amount":8.5,"currencyLabel":null},"externalId":"R-1","target":null,"paid":null,"note":"n","meta":{"a":1.10}}
            > admin POST /customers/ada/creditTransactions {"id":"w","type":"Withdrawal","amount":1.5}
            200 {"id":"w","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Withdrawal","kind":"Withdrawal","amount":{"amount":-1.5,"currencyLabel":null},"endingCreditBalance":{"amount":8.5,"currencyLabel":null},"externalId":"R-1","target":null,"paid":null,"note":"n","meta":{"a":1.10}}
            > admin POST /customers/ada/creditTransactions {"id":"w","type":"Withdrawal","amount":1.6}
            409 The id of the credit transaction was used before with other content.
            > admin POST /customers/ada/creditTransactions {"id":"a1","type":"Adjustment","amount":-1}
            201 {"id":"a1","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Spend","amount":{"amount":-1.0,"currencyLabel":null},"endingCreditBalance":{"amount":7.5,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/creditTransactions {"id":"a2","type":"Adjustment","amount":0.25}
            201 {"id":"a2","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Earn","amount":{"amount":0.25,"currencyLabel":null},"endingCreditBalance":{"amount":7.75,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/creditTransactions {"id":"c","type":"Correction","amount":-0.75}
            201 {"id":"c","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Correction","kind":"Correction","amount":{"amount":-0.75,"currencyLabel":null},"endingCreditBalance":{"amount":7.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/creditTransactions {"id":"o","type":"Other","amount":1e0}
            201 {"id":"o","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Other","kind":"Other","amount":{"amount":1.0,"currencyLabel":null},"endingCreditBalance":{"amount":8.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/spend {"id":"s","amount":2,"cardSerialNumber":"007"}
            201 {"id":"s","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Spend","amount":{"amount":-2.0,"currencyLabel":null},"endingCreditBalance":{"amount":6.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/spend {"id":"s","amount":2,"cardSerialNumber":"unknown"}
            200 {"id":"s","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Spend","amount":{"amount":-2.0,"currencyLabel":null},"endingCreditBalance":{"amount":6.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/earn {"id":"e","paid":19.90}
            201 {"id":"e","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Earn","amount":{"amount":1.0,"currencyLabel":null},"endingCreditBalance":{"amount":7.0,"currencyLabel":null},"externalId":null,"target":null,"paid":{"amount":19.9,"currencyLabel":null},"note":null,"meta":null}
            > admin POST /customers/ada/earn {"id":"e","paid":19.90}
            200 {"id":"e","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Earn","amount":{"amount":1.0,"currencyLabel":null},"endingCreditBalance":{"amount":7.0,"currencyLabel":null},"externalId":null,"target":null,"paid":{"amount":19.9,"currencyLabel":null},"note":null,"meta":null}
            > admin POST /customers/ada/earn {"id":"e","paid":19.91}
            409 The id of the credit transaction was used before with other content.
            > admin POST /customers/ada/earn {"id":"f","amount":0.01}
            201 {"id":"f","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Earn","amount":{"amount":0.01,"currencyLabel":null},"endingCreditBalance":{"amount":7.01,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/reverse {"id":"r","target":"s"}
            201 {"id":"r","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Other","kind":"Reversal","amount":{"amount":2.0,"currencyLabel":null},"endingCreditBalance":{"amount":9.01,"currencyLabel":null},"externalId":null,"target":"s","paid":null,"note":null,"meta":null}
            > admin POST /customers/ada/reverse {"id":"r","transactionId":"s"}
            200 {"id":"r","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Other","kind":"Reversal","amount":{"amount":2.0,"currencyLabel":null},"endingCreditBalance":{"amount":9.01,"currencyLabel":null},"externalId":null,"target":"s","paid":null,"note":null,"meta":null}
            > reader GET /customers/ada
            200 {"id":"ada","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Ada","lastName":null,"fullName":"Ada","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":9.01,"currencyLabel":null},"creditTransactions":[{"id":"d1","sequenceNumber":1,"externalId":null,"amount":{"amount":10.0,"currencyLabel":null},"endingCreditBalance":{"amount":10.0,"currencyLabel":null},"type":"Deposit","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"w","sequenceNumber":2,"externalId":"R-1","amount":{"amount":-1.5,"currencyLabel":null},"endingCreditBalance":{"amount":8.5,"currencyLabel":null},"type":"Withdrawal","creationTime":"2024-01-02T03:04:05.678Z","note":"n","meta":{"a":1.10}},{"id":"a1","sequenceNumber":3,"externalId":null,"amount":{"amount":-1.0,"currencyLabel":null},"endingCreditBalance":{"amount":7.5,"currencyLabel":null},"type":"Adjustment","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"a2","sequenceNumber":4,"externalId":null,"amount":{"amount":0.25,"currencyLabel":null},"endingCreditBalance":{"amount":7.75,"currencyLabel":null},"type":"Adjustment","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"c","sequenceNumber":5,"externalId":null,"amount":{"amount":-0.75,"currencyLabel":null},"endingCreditBalance":{"amount":7.0,"currencyLabel":null},"type":"Correction","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"o","sequenceNumber":6,"externalId":null,"amount":{"amount":1.0,"currencyLabel":null},"endingCreditBalance":{"amount":8.0,"currencyLabel":null},"type":"Other","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"s","sequenceNumber":7,"externalId":null,"amount":{"amount":-2.0,"currencyLabel":null},"endingCreditBalance":{"amount":6.0,"currencyLabel":null},"type":"Adjustment","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"e","sequenceNumber":8,"externalId":null,"amount":{"amount":1.0,"currencyLabel":null},"endingCreditBalance":{"amount":7.0,"currencyLabel":null},"type":"Adjustment","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"f","sequenceNumber":9,"externalId":null,"amount":{"amount":0.01,"currencyLabel":null},"endingCreditBalance":{"amount":7.01,"currencyLabel":null},"type":"Adjustment","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null},{"id":"r","sequenceNumber":10,"externalId":null,"amount":{"amount":2.0,"currencyLabel":null},"endingCreditBalance":{"amount":9.01,"currencyLabel":null},"type":"Other","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null}],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.05,"discountRate":0.0,"note":null,"meta":{},"_v":11}
        "#]],
    );
}

#[test]
fn credit_does_not_move() {
    check(
        ADA,
        r#"
        admin POST /customers/ada/spend {"amount":10.01}
        admin POST /customers/ada/spend {"amount":-1}
        admin POST /customers/ada/spend {"amount":1,"cardSerialNumber":"008"}
        admin POST /customers/ada/spend {"amount":1,"cardSerialNumber":" 007"}
        admin POST /customers/ada/spend {}
        admin POST /customers/ada/spend
        admin POST /customers/ada/spend []
        admin POST /customers/ada/earn {}
        admin POST /customers/ada/earn {"paid":1,"amount":1}
        admin POST /customers/ada/earn {"paid":-1}
        admin POST /customers/ada/reverse {}
        admin POST /customers/ada/reverse {"id":"x","target":"x"}
        "#,
        expect![[r#"
            > admin POST /customers/ada/spend {"amount":10.01}
            409 The balance is 10.00, 10.01 was requested.
            > admin POST /customers/ada/spend {"amount":-1}
            400 Amount must be positive.
            > admin POST /customers/ada/spend {"amount":1,"cardSerialNumber":"008"}
            400 CardSerialNumber must be a card of this customer.
            > admin POST /customers/ada/spend {"amount":1,"cardSerialNumber":" 007"}
            400 CardSerialNumber must not begin or end with white space.
            > admin POST /customers/ada/spend {}
            400 Amount is missing.
            > admin POST /customers/ada/spend
            400 Body is empty.
            > admin POST /customers/ada/spend []
            400 Body must be an object.
            > admin POST /customers/ada/earn {}
            400 Paid is missing.
            > admin POST /customers/ada/earn {"paid":1,"amount":1}
            400 Amount must not be given beside paid.
            > admin POST /customers/ada/earn {"paid":-1}
            400 Paid must not be negative.
            > admin POST /customers/ada/reverse {}
            400 Target is missing.
            > admin POST /customers/ada/reverse {"id":"x","target":"x"}
            400 Target must be another transaction.
        "#]],
    );
}

#[test]
fn a_movement_is_refused() {
    check(
        ADA,
        r#"
        admin POST /customers/ada/creditTransactions {}
        admin POST /customers/ada/creditTransactions {"type":"Spend","amount":1}
        admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":-1}
        admin POST /customers/ada/creditTransactions {"type":"Adjustment","amount":0}
        admin POST /customers/ada/creditTransactions {"type":"Adjustment","amount":-10.01}
        admin POST /customers/ada/creditTransactions {"type":"Correction","amount":0.0}
        admin POST /customers/ada/creditTransactions {"type":"Other","amount":1,"Amount":1}
        admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1,"amount":1}
        admin POST /customers/nobody/spend {"amount":1}
        admin POST /customers/nobody/reverse ?
        admin POST /customers/ada/cards/007/block {"reason":"lost"}
        admin POST /customers/ada/spend {"amount":1,"cardSerialNumber":"007"}
        admin PUT /customers/ada {"isActive":false}
        admin POST /customers/ada/spend {"amount":1}
        admin POST /customers/ada/earn {"paid":1}
        admin POST /customers/ada/creditTransactions {"type":"Adjustment","amount":1}
        reader GET /creditTransactions?$count=true
        "#,
        expect![[r#"
            > admin POST /customers/ada/creditTransactions {}
            400 Type is missing. Amount is missing.
            > admin POST /customers/ada/creditTransactions {"type":"Spend","amount":1}
            400 Type must be one of Deposit, Withdrawal, Adjustment, Correction, Other.
            > admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":-1}
            400 Amount must be positive.
            > admin POST /customers/ada/creditTransactions {"type":"Adjustment","amount":0}
            400 Amount must not be zero.
            > admin POST /customers/ada/creditTransactions {"type":"Adjustment","amount":-10.01}
            409 The balance is 10.00, 10.01 was requested.
            > admin POST /customers/ada/creditTransactions {"type":"Correction","amount":0.0}
            400 Amount must not be zero.
            > admin POST /customers/ada/creditTransactions {"type":"Other","amount":1,"Amount":1}
            400 Amount is given twice. Amount is missing.
            > admin POST /customers/ada/creditTransactions {"type":"Deposit","amount":1,"amount":1}
            400 Amount is given twice.
            > admin POST /customers/nobody/spend {"amount":1}
            404 There is no such customer.
            > admin POST /customers/nobody/reverse ?
            404 There is no such customer.
            > admin POST /customers/ada/cards/007/block {"reason":"lost"}
            200 {"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"007","processor":"P","status":"Blocked","statusTime":"2024-01-02T03:04:05.678Z","statusReason":"lost","activationTime":null,"expirationTime":null,"note":null,"meta":null}
            > admin POST /customers/ada/spend {"amount":1,"cardSerialNumber":"007"}
            409 The card is blocked.
            > admin PUT /customers/ada {"isActive":false}
            200 {"id":"ada","externalId":null,"isActive":false,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":10.0,"currencyLabel":null},"creditTransactions":[{"id":"d1","sequenceNumber":1,"externalId":null,"amount":{"amount":10.0,"currencyLabel":null},"endingCreditBalance":{"amount":10.0,"currencyLabel":null},"type":"Deposit","creationTime":"2024-01-02T03:04:05.678Z","note":null,"meta":null}],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":4}
            > admin POST /customers/ada/spend {"amount":1}
            409 The customer is frozen.
            > admin POST /customers/ada/earn {"paid":1}
            409 The customer is frozen.
            > admin POST /customers/ada/creditTransactions {"type":"Adjustment","amount":1}
            409 The customer is frozen.
            > reader GET /creditTransactions?$count=true
            200 {"count":1,"totalCount":1}
        "#]],
    );
}

#[test]
fn amounts_are_exact() {
    let front = Front::new();
    front.tell(ADA);
    let mut told = String::new();
    for amount in [
        "0.001",
        "0.01",
        "1e2",
        "1E-2",
        "100e-2",
        "\"10.00\"",
        "-0.0",
        "0",
        "10000000000.01",
        "1000000000000.01",
        "9007199254740993",
        "0.1000000000000000000",
        "1e400",
        "true",
        "{\"amount\":2}",
        "{\"amount\":2,\"currencyLabel\":\"CZK\"}",
        "{}",
        "{\"amount\":null}",
        "null",
    ] {
        let line = format!(
            "admin POST /customers/ada/creditTransactions {{\"type\":\"Deposit\",\"amount\":{amount}}}"
        );
        let heard = front.ask(&line);
        let told_amount = serde_json::from_str::<serde_json::Value>(&heard.body).unwrap();
        told += &match heard.status.as_u16() {
            201 => format!("{amount}: 201 {}\n", told_amount["amount"]["amount"]),
            _ => format!("{amount}: {}\n", heard.brief()),
        };
    }
    expect![[r#"
        0.001: 400 Amount must have at most 2 decimals.
        0.01: 201 0.01
        1e2: 201 100.0
        1E-2: 201 0.01
        100e-2: 201 1.0
        "10.00": 400 Amount must be a number or an object.
        -0.0: 400 Amount must be positive.
        0: 400 Amount must be positive.
        10000000000.01: 400 Amount must not be beyond the limit.
        1000000000000.01: 400 Amount must not be beyond the limit.
        9007199254740993: 400 Amount must not be beyond the limit.
        0.1000000000000000000: 201 0.1
        1e400: 400 Amount must not be beyond the limit.
        true: 400 Amount must be a number or an object.
        {"amount":2}: 201 2.0
        {"amount":2,"currencyLabel":"CZK"}: 400 Amount.CurrencyLabel must be null or EUR.
        {}: 400 Amount.Amount is missing.
        {"amount":null}: 400 Amount.Amount is missing.
        null: 400 Amount is missing.
    "#]]
    .assert_eq(&told);
}

#[test]
fn movements_are_listed() {
    check(
        &format!(
            "{ADA}
            admin POST /customers {{\"id\":\"bob\"}}
            admin POST /customers/bob/creditTransactions {{\"id\":\"d2\",\"type\":\"Deposit\",\"amount\":3,\"note\":\"n\"}}
            admin POST /customers/ada/spend {{\"id\":\"s1\",\"amount\":4}}
            admin POST /customers/ada/reverse {{\"id\":\"r1\",\"target\":\"s1\"}}"
        ),
        r#"
        reader GET /creditTransactions
        reader GET /customers/ada/creditTransactions?$skip=1&$take=1
        reader GET /customers/ada/creditTransactions?$sort=amount&$take=1&$total=false
        reader GET /creditTransactions?Type=in:adjustment:other&$count=true
        reader GET /creditTransactions?Kind=reversal&$count=true
        reader GET /creditTransactions?Amount=gte:3;lt:5&$count=true
        reader GET /creditTransactions?CreationTime=gt:2024-01-02&CustomerId=bob&$count=true
        reader GET /creditTransactions?CreationTime=gt:2024-01-03&$count=true
        reader GET /creditTransactions?CreatorId=admin&Target=s1&Paid=null&Note=null&$count=true
        reader GET /customers/ada/creditTransactions?Search=x
        reader GET /customers/ada/creditTransactions?$take=1001
        reader GET /customers/ada/creditTransactions?CustomerId=bob
        reader GET /customers/nobody/creditTransactions?x
        "#,
        expect![[r#"
            > reader GET /creditTransactions
            200 {"items":[{"id":"r1","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Other","kind":"Reversal","amount":{"amount":4.0,"currencyLabel":null},"endingCreditBalance":{"amount":10.0,"currencyLabel":null},"externalId":null,"target":"s1","paid":null,"note":null,"meta":null},{"id":"s1","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Spend","amount":{"amount":-4.0,"currencyLabel":null},"endingCreditBalance":{"amount":6.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null},{"id":"d2","customerId":"bob","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Deposit","kind":"Deposit","amount":{"amount":3.0,"currencyLabel":null},"endingCreditBalance":{"amount":3.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":"n","meta":null},{"id":"d1","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Deposit","kind":"Deposit","amount":{"amount":10.0,"currencyLabel":null},"endingCreditBalance":{"amount":10.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}],"count":4,"totalCount":4}
            > reader GET /customers/ada/creditTransactions?$skip=1&$take=1
            200 {"items":[{"id":"s1","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Spend","amount":{"amount":-4.0,"currencyLabel":null},"endingCreditBalance":{"amount":6.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}],"count":1,"totalCount":3}
            > reader GET /customers/ada/creditTransactions?$sort=amount&$take=1&$total=false
            200 {"items":[{"id":"s1","customerId":"ada","creatorId":"admin","creationTime":"2024-01-02T03:04:05.678Z","type":"Adjustment","kind":"Spend","amount":{"amount":-4.0,"currencyLabel":null},"endingCreditBalance":{"amount":6.0,"currencyLabel":null},"externalId":null,"target":null,"paid":null,"note":null,"meta":null}],"count":1}
            > reader GET /creditTransactions?Type=in:adjustment:other&$count=true
            200 {"count":2,"totalCount":2}
            > reader GET /creditTransactions?Kind=reversal&$count=true
            200 {"count":1,"totalCount":1}
            > reader GET /creditTransactions?Amount=gte:3;lt:5&$count=true
            200 {"count":2,"totalCount":2}
            > reader GET /creditTransactions?CreationTime=gt:2024-01-02&CustomerId=bob&$count=true
            200 {"count":1,"totalCount":1}
            > reader GET /creditTransactions?CreationTime=gt:2024-01-03&$count=true
            200 {"count":0,"totalCount":0}
            > reader GET /creditTransactions?CreatorId=admin&Target=s1&Paid=null&Note=null&$count=true
            200 {"count":1,"totalCount":1}
            > reader GET /customers/ada/creditTransactions?Search=x
            400 Search is unknown, at byte 0.
            > reader GET /customers/ada/creditTransactions?$take=1001
            400 $take must be a whole number from 0 to 1000, at byte 6.
            > reader GET /customers/ada/creditTransactions?CustomerId=bob
            200 {"items":[],"count":0,"totalCount":0}
            > reader GET /customers/nobody/creditTransactions?x
            404 There is no such customer.
        "#]],
    );
}
