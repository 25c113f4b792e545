//! Each kind of refusal, once, as it is sent; and what is said of it in Slovak.

use expect_test::{Expect, expect};

use super::served::Served;

const DEPOSIT: &str =
    r#"admin POST /customers/ada/creditTransactions {"id":"d","type":"Deposit","amount":10}"#;

/// Ada with a card and 10.00.
fn shop() -> Served {
    let (served, _) = Served::at_noon();
    for (line, head) in [
        (r#"admin POST /customers {"id":"ada","cards":[{"serialNumber":"007"}]}"#, &[][..]),
        (DEPOSIT, &["Idempotency-Key: 1"]),
    ] {
        assert_eq!(served.hear(line, head).status, 201);
    }
    served
}

/// Asks in both languages. In Slovak everything is as in English but for what people read.
fn check(line: &str, head: &[&str], expected: Expect) {
    let served = shop();
    let english = served.hear(line, head);
    let slovak = served.hear(line, &[head, &["Accept-Language: sk-SK"]].concat());
    assert_eq!((slovak.status, &slovak.headers.len()), (english.status, &english.headers.len()));
    let (mut one, mut other) = (english.json(), slovak.json());
    let mut read = String::new();
    for name in ["title", "detail"] {
        assert_ne!(one[name], other[name], "{line}");
        read += &format!("{}\n", other[name].as_str().unwrap());
        one[name] = other[name].take();
    }
    let n_errors = one["errors"].as_array().map_or(0, Vec::len);
    for n in 0..n_errors {
        let message = other["errors"][n]["message"].take();
        assert_ne!(one["errors"][n]["message"], message, "{line}");
        read += &format!("{}\n", message.as_str().unwrap());
        one["errors"][n]["message"].take();
    }
    for name in ["title", "detail"] {
        one[name].take();
    }
    assert_eq!(one, other, "{line}");
    expected.assert_eq(&(english.whole() + &read));
}

#[test]
fn nobody_is_signed_in() {
    check(
        "- GET /customers",
        &[],
        expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer realm="tillbook", charset="UTF-8"
        www-authenticate: NWS4-HMAC-SHA256 realm="tillbook", charset="UTF-8"
        {"type":"https://httpstatuses.com/401","title":"Unauthorized","status":401,"detail":"Nobody is signed in: the header Authorization is missing.","instance":"/customers","traceId":"r-1","errorCode":1,"resource":null}
        Neprihlásený používateľ
        Nikto nie je prihlásený: hlavička Authorization chýba.
    "#]],
    );
    check(
        "x.y GET /customers",
        &[],
        expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer realm="tillbook", charset="UTF-8"
        www-authenticate: NWS4-HMAC-SHA256 realm="tillbook", charset="UTF-8"
        {"type":"https://httpstatuses.com/401","title":"Unauthorized","status":401,"detail":"Nobody is signed in: the key is unknown or was revoked.","instance":"/customers","traceId":"r-1","errorCode":1,"resource":null}
        Neprihlásený používateľ
        Nikto nie je prihlásený: kľúč nie je známy alebo bol zrušený.
    "#]],
    );
}

#[test]
fn a_right_is_missing() {
    check(
        "reader POST /customers {}",
        &[],
        expect![[r#"
        403
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/403","title":"Forbidden","status":403,"detail":"The right CustomerCreate is missing.","instance":"/customers","traceId":"r-1","errorCode":2,"resource":null}
        Prístup odmietnutý
        Chýba oprávnenie CustomerCreate.
    "#]],
    );
}

#[test]
fn there_is_no_such_thing() {
    check(
        "reader GET /customers/nobody",
        &[],
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/404","title":"Not Found","status":404,"detail":"There is no such customer.","instance":"/customers/nobody","traceId":"r-1","errorCode":null,"resource":null}
        Nenájdené
        Taký zákazník neexistuje.
    "#]],
    );
    check(
        "reader GET /customer",
        &[],
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/404","title":"Not Found","status":404,"detail":"There is no such route.","instance":"/customer","traceId":"r-1","errorCode":null,"resource":null}
        Nenájdené
        Taká adresa neexistuje.
    "#]],
    );
    check(
        "reader GET /cards/008",
        &[],
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/404","title":"Not Found","status":404,"detail":"There is no such card.","instance":"/cards/008","traceId":"r-1","errorCode":null,"resource":null}
        Nenájdené
        Taká karta neexistuje.
    "#]],
    );
    check(
        "reader PATCH /customers/ada {}",
        &[],
        expect![[r#"
        405
        allow: GET, PUT, DELETE
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/405","title":"Method Not Allowed","status":405,"detail":"This route knows GET, PUT, DELETE.","instance":"/customers/ada","traceId":"r-1","errorCode":null,"resource":null}
        Nepovolená metóda
        Táto adresa pozná metódy GET, PUT, DELETE.
    "#]],
    );
}

#[test]
fn rules_are_broken() {
    check(
        r#"admin POST /customers {"Cards":[{}],"DiscountRate":101}"#,
        &[],
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/400","title":"Validation failed.","status":400,"detail":"One or more rules are broken, see errors.","instance":"/customers","traceId":"r-1","errorCode":3,"resource":null,"errors":[{"memberName":"Cards[0].SerialNumber","message":"Cards[0].SerialNumber is missing.","code":"1"}]}
        Overenie údajov zlyhalo.
        Údaje porušujú jedno alebo viac pravidiel, pozrite errors.
        Cards[0].SerialNumber: hodnota chýba.
    "#]],
    );
    check(
        r#"admin POST /customers {"Id":"ada"}"#,
        &[],
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/400","title":"Validation failed.","status":400,"detail":"One or more rules are broken, see errors.","instance":"/customers","traceId":"r-1","errorCode":3,"resource":null,"errors":[{"memberName":"Id","message":"Id is in use already.","code":"2"}]}
        Overenie údajov zlyhalo.
        Údaje porušujú jedno alebo viac pravidiel, pozrite errors.
        Id: hodnota sa už používa.
    "#]],
    );
    check(
        "reader GET /customers?$sort=-lastName,colour",
        &[],
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/400","title":"Validation failed.","status":400,"detail":"One or more rules are broken, see errors.","instance":"/customers","traceId":"r-1","errorCode":3,"resource":null,"errors":[{"memberName":"$sort","message":"$sort has an unknown sort key, at byte 16.","code":null}]}
        Overenie údajov zlyhalo.
        Údaje porušujú jedno alebo viac pravidiel, pozrite errors.
        $sort: neznámy kľúč zoradenia (bajt 16).
    "#]],
    );
    check(
        r#"admin PUT /customers/ada {"Credit":{"Amount":11}}"#,
        &[],
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/400","title":"Validation failed.","status":400,"detail":"One or more rules are broken, see errors.","instance":"/customers/ada","traceId":"r-1","errorCode":3,"resource":null,"errors":[{"memberName":"_v","message":"_v is needed because the credit differs from the balance.","code":"1"}]}
        Overenie údajov zlyhalo.
        Údaje porušujú jedno alebo viac pravidiel, pozrite errors.
        _v: hodnota je potrebná, pretože kredit sa líši od zostatku.
    "#]],
    );
    check(
        "admin DELETE /customers/ada",
        &[],
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/400","title":"Validation failed.","status":400,"detail":"One or more rules are broken, see errors.","instance":"/customers/ada","traceId":"r-1","errorCode":3,"resource":null,"errors":[{"memberName":"Credit.Amount","message":"Credit.Amount must be zero before the customer is deleted, but is 10.00.","code":null}]}
        Overenie údajov zlyhalo.
        Údaje porušujú jedno alebo viac pravidiel, pozrite errors.
        Credit.Amount: zostatok musí byť pred odstránením zákazníka nulový, je však 10.00.
    "#]],
    );
}

#[test]
fn the_version_is_another_one() {
    check(
        r#"admin PUT /customers/ada {"_v":7}"#,
        &[],
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/400","title":"Bad Request","status":400,"detail":"Version 7 was sent, version 2 is stored.","instance":"/customers/ada","traceId":"r-1","errorCode":6,"resource":{"name":"customers","id":"ada","version":2},"errors":[]}
        Nesprávna požiadavka
        Odoslaná verzia je 7, uložená verzia je 2.
    "#]],
    );
}

#[test]
fn the_state_is_another_one() {
    check(
        "admin PUT /customers/ada {}",
        &["If-Match: \"0\""],
        expect![[r#"
        412
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/412","title":"Precondition Failed","status":412,"detail":"If-Match or If-None-Match names another state than the stored one.","instance":"/customers/ada","traceId":"r-1","errorCode":null,"resource":null}
        Podmienka nie je splnená
        If-Match alebo If-None-Match uvádza iný stav, než aký je uložený.
    "#]],
    );
    check(
        r#"admin POST /customers/ada/spend {"amount":10.01}"#,
        &[],
        expect![[r#"
        409
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/409","title":"Conflict","status":409,"detail":"The balance is 10.00, 10.01 was requested.","instance":"/customers/ada/spend","traceId":"r-1","errorCode":null,"resource":null}
        Konflikt
        Zostatok je 10.00, požadovaných bolo 10.01.
    "#]],
    );
    check(
        r#"admin POST /customers/ada/spend {"id":"d","amount":1}"#,
        &[],
        expect![[r#"
        409
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/409","title":"Conflict","status":409,"detail":"The id of the credit transaction was used before with other content.","instance":"/customers/ada/spend","traceId":"r-1","errorCode":null,"resource":null}
        Konflikt
        Id pohybu kreditu už bolo použité s iným obsahom.
    "#]],
    );
    check(
        r#"admin POST /customers/ada/spend {"amount":1}"#,
        &["Idempotency-Key: 1"],
        expect![[r#"
        422
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/422","title":"Unprocessable Entity","status":422,"detail":"The idempotency key was used for another request.","instance":"/customers/ada/spend","traceId":"r-1","errorCode":null,"resource":null}
        Nespracovateľná požiadavka
        Kľúč idempotencie už bol použitý na inú požiadavku.
    "#]],
    );
}

#[test]
fn a_request_is_too_much_or_in_a_wrong_form() {
    check(
        "admin POST /customers {}",
        &["Content-Type: text/plain"],
        expect![[r#"
        415
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/415","title":"Unsupported Media Type","status":415,"detail":"The body must be application/json.","instance":"/customers","traceId":"r-1","errorCode":null,"resource":null}
        Nepodporovaný typ obsahu
        Telo požiadavky musí byť application/json.
    "#]],
    );
    check(
        "admin POST /customers {}",
        &["Content-Encoding: gzip"],
        expect![[r#"
        415
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/415","title":"Unsupported Media Type","status":415,"detail":"The body must come without an encoding.","instance":"/customers","traceId":"r-1","errorCode":null,"resource":null}
        Nepodporovaný typ obsahu
        Telo požiadavky musí prísť bez kódovania.
    "#]],
    );
    let long = format!("reader GET /customers?Search={}", "a".repeat(8 << 10));
    check(
        &long,
        &[],
        expect![[r#"
        414
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/414","title":"URI Too Long","status":414,"detail":"Path and query must have at most 8192 bytes.","instance":"/customers","traceId":"r-1","errorCode":null,"resource":null}
        Adresa je príliš dlhá
        Cesta a dopyt môžu mať spolu najviac 8192 bajtov.
    "#]],
    );
    let large = format!("admin POST /customers {{}}{}", " ".repeat(1 << 20));
    check(
        &large,
        &[],
        expect![[r#"
        413
        content-type: application/problem+json
        {"type":"https://httpstatuses.com/413","title":"Payload Too Large","status":413,"detail":"The body must have at most 1048576 bytes.","instance":"/customers","traceId":"r-1","errorCode":null,"resource":null}
        Telo požiadavky je príliš veľké
        Telo požiadavky môže mať najviac 1048576 bajtov.
    "#]],
    );
}
