//! The contract of Portos byte by byte: what a client sends, and everything that it hears.

use expect_test::{Expect, expect};

use super::served::Served;

/// Asks line by line; a line that begins with `+` is a header of the request that follows.
pub(super) fn check(served: &Served, script: &str, expected: Expect) {
    let (mut told, mut head) = (String::new(), Vec::new());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("+ ") {
            Some(header) => head.push(header),
            None => {
                let heard = served.hear(line, &std::mem::take(&mut head));
                told += &format!("> {line}\n{}\n", heard.whole());
            }
        }
    }
    expected.assert_eq(&told);
}

/// A client that follows the seed page: create, read, list, replace, and what is left at the end.
#[test]
fn a_customer_comes_and_goes_and_comes_back() {
    let (served, _) = Served::at_noon();
    comes(&served);
    goes_and_comes_back(&served);
}

fn comes(served: &Served) {
    check(
        served,
        r#"
        admin POST /customers {"Id":"7","ExternalId":"crm-7","FirstName":"Žofia","LastName":"Nováková","DiscountRate":5,"Cards":[{"SerialNumber":"0012345678"}],"Meta":{"Fax":"1.10"}}
        reader GET /customers/7
        + If-None-Match: *
        reader GET /customers/7
        reader GET /customers?CardSerialNumber=0012345678&IsExpired=false&$take=1
        reader GET /customers?$count=true
        admin PUT /customers/7 {"Id":"7","FirstName":"Žofia","Credit":{"Amount":2.50},"_v":1}
        admin PUT /customers/7 {"FirstName":"Eva","_v":1}
        admin PUT /customers/8 {"IsCompany":true,"Company":{"Name":"Pekáreň"},"_v":99}
        "#,
        expect![[r#"
            > admin POST /customers {"Id":"7","ExternalId":"crm-7","FirstName":"Žofia","LastName":"Nováková","DiscountRate":5,"Cards":[{"SerialNumber":"0012345678"}],"Meta":{"Fax":"1.10"}}
            201
            content-type: application/json
            etag: "be18b82281ac7603b22059ae139fe6d4"
            {"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":"Nováková","fullName":"Žofia Nováková","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"0012345678","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.0,"discountRate":5.0,"note":null,"meta":{"Fax":"1.10"},"_v":1}

            > reader GET /customers/7
            200
            content-type: application/json
            etag: "be18b82281ac7603b22059ae139fe6d4"
            {"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":"Nováková","fullName":"Žofia Nováková","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"0012345678","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.0,"discountRate":5.0,"note":null,"meta":{"Fax":"1.10"},"_v":1}

            > reader GET /customers/7
            304
            etag: "be18b82281ac7603b22059ae139fe6d4"


            > reader GET /customers?CardSerialNumber=0012345678&IsExpired=false&$take=1
            200
            content-type: application/json
            etag: "5b9b5ee57b3219731efbe79ccb4f43d2"
            {"items":[{"id":"7","externalId":"crm-7","isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":"Nováková","fullName":"Žofia Nováková","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[{"externalId":null,"isActive":true,"isVirtual":false,"serialNumber":"0012345678","processor":"P","status":"Valid","statusTime":null,"statusReason":null,"activationTime":null,"expirationTime":null,"note":null,"meta":null}],"creditRate":0.0,"discountRate":5.0,"note":null,"meta":{"Fax":"1.10"},"_v":1}],"count":1,"totalCount":1}

            > reader GET /customers?$count=true
            200
            content-type: application/json
            etag: "85bbce39894f2968f3d14d0171dbd287"
            {"count":1,"totalCount":1}

            > admin PUT /customers/7 {"Id":"7","FirstName":"Žofia","Credit":{"Amount":2.50},"_v":1}
            200
            content-type: application/json
            etag: "aba1c249990ad0b107043a93114c2987"
            {"id":"7","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":null,"fullName":"Žofia","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":2.5,"currencyLabel":null},"creditTransactions":[{"id":"019b796d-d600-7726-b3da-0c6a8c53359e","sequenceNumber":1,"externalId":null,"amount":{"amount":2.5,"currencyLabel":null},"endingCreditBalance":{"amount":2.5,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null}],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":2}

            > admin PUT /customers/7 {"FirstName":"Eva","_v":1}
            400
            content-type: application/problem+json
            {"type":"https://httpstatuses.com/400","title":"Bad Request","status":400,"detail":"Version 1 was sent, version 2 is stored.","instance":"/customers/7","traceId":"r-1","errorCode":6,"resource":{"name":"customers","id":"7","version":2},"errors":[]}

            > admin PUT /customers/8 {"IsCompany":true,"Company":{"Name":"Pekáreň"},"_v":99}
            201
            content-type: application/json
            etag: "88f6ad24f99d5e7521ee1fa202aa9e34"
            {"id":"8","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":null,"lastName":null,"fullName":"Pekáreň","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":true,"company":{"name":"Pekáreň","crn":null,"vatId":null,"taxId":null},"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":1}

        "#]],
    );
}

fn goes_and_comes_back(served: &Served) {
    check(
        served,
        r#"
        admin DELETE /customers/7
        admin PUT /customers/7 {"FirstName":"Žofia","Credit":{"Amount":0},"_v":2}
        admin DELETE /customers/7
        reader GET /customers/7
        admin DELETE /customers/7
        admin PUT /customers/7 {"FirstName":"Žofia","_v":1}
        "#,
        expect![[r#"
            > admin DELETE /customers/7
            400
            content-type: application/problem+json
            {"type":"https://httpstatuses.com/400","title":"Validation failed.","status":400,"detail":"One or more rules are broken, see errors.","instance":"/customers/7","traceId":"r-1","errorCode":3,"resource":null,"errors":[{"memberName":"Credit.Amount","message":"Credit.Amount must be zero before the customer is deleted, but is 2.50.","code":null}]}

            > admin PUT /customers/7 {"FirstName":"Žofia","Credit":{"Amount":0},"_v":2}
            200
            content-type: application/json
            etag: "2c9cac263b462e187793457a51c9704b"
            {"id":"7","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":null,"fullName":"Žofia","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[{"id":"019b796d-d600-7726-b3da-0c6a8c53359e","sequenceNumber":1,"externalId":null,"amount":{"amount":2.5,"currencyLabel":null},"endingCreditBalance":{"amount":2.5,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null},{"id":"019b796d-d600-7f90-b860-1c5b7c6c30ce","sequenceNumber":2,"externalId":null,"amount":{"amount":-2.5,"currencyLabel":null},"endingCreditBalance":{"amount":0.0,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null}],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":3}

            > admin DELETE /customers/7
            200
            content-type: application/json
            etag: "2c9cac263b462e187793457a51c9704b"
            {"id":"7","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":null,"fullName":"Žofia","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[{"id":"019b796d-d600-7726-b3da-0c6a8c53359e","sequenceNumber":1,"externalId":null,"amount":{"amount":2.5,"currencyLabel":null},"endingCreditBalance":{"amount":2.5,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null},{"id":"019b796d-d600-7f90-b860-1c5b7c6c30ce","sequenceNumber":2,"externalId":null,"amount":{"amount":-2.5,"currencyLabel":null},"endingCreditBalance":{"amount":0.0,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null}],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":3}

            > reader GET /customers/7
            404
            content-type: application/problem+json
            {"type":"https://httpstatuses.com/404","title":"Not Found","status":404,"detail":"There is no such customer.","instance":"/customers/7","traceId":"r-1","errorCode":null,"resource":null}

            > admin DELETE /customers/7
            404
            content-type: application/problem+json
            {"type":"https://httpstatuses.com/404","title":"Not Found","status":404,"detail":"There is no such customer.","instance":"/customers/7","traceId":"r-1","errorCode":null,"resource":null}

            > admin PUT /customers/7 {"FirstName":"Žofia","_v":1}
            201
            content-type: application/json
            etag: "cf403281c29c9ee42149d5c3f7cf66f4"
            {"id":"7","externalId":null,"isActive":true,"status":"Valid","activationTime":null,"expirationTime":null,"firstName":"Žofia","lastName":null,"fullName":"Žofia","gender":null,"birthDate":null,"email":null,"phone":null,"isCompany":false,"company":null,"address":null,"deliveryAddress":null,"credit":{"amount":0.0,"currencyLabel":null},"creditTransactions":[{"id":"019b796d-d600-7726-b3da-0c6a8c53359e","sequenceNumber":1,"externalId":null,"amount":{"amount":2.5,"currencyLabel":null},"endingCreditBalance":{"amount":2.5,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null},{"id":"019b796d-d600-7f90-b860-1c5b7c6c30ce","sequenceNumber":2,"externalId":null,"amount":{"amount":-2.5,"currencyLabel":null},"endingCreditBalance":{"amount":0.0,"currencyLabel":null},"type":"Correction","creationTime":"2026-01-01T12:00:00.000Z","note":null,"meta":null}],"cards":[],"creditRate":0.0,"discountRate":0.0,"note":null,"meta":{},"_v":5}

        "#]],
    );
}
