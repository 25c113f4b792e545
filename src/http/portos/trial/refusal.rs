//! Refusals: every one has words in both languages, and a fault tells nothing of the inside.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::refusal::refuse;
use super::super::slovak;
use super::bad_body::{shop, speaks_slovak};
use super::{NOW, RIGHTS, document};
use crate::access::Right;
use crate::card::Card;
use crate::error::{Error, Unusable};
use crate::http::answer::JSON;
use crate::http::failure::{Failure, Violation};
use crate::http::json::Trouble;
use crate::http::route::Asked;
use crate::id::{CardSerial, CustomerId, IdError, NodeId, OperationId, TransactionId};
use crate::money::{AmountError, Currency, Money};
use crate::query::{Kind, ParseError, ParseErrorKind};
use crate::time::TimeError;

fn customer() -> CustomerId {
    CustomerId::new("secret-id").expect("an id")
}

fn errors() -> Vec<Error> {
    let operation = OperationId { node: NodeId([7; 16]), incarnation: 1, seq: 2 };
    let transaction = || TransactionId::new("t").expect("an id");
    let secret = || PathBuf::from("/secret/path");
    let (balance, requested, currency) =
        (Money::from_minor(5), Money::from_minor(7), Currency::eur());
    let too_few = Error::InsufficientCredit { balance, requested, currency: currency.clone() };
    vec![
        Error::invalid("external_id", IdError::Empty),
        Error::invalid("amount", "is beyond the limit"),
        Error::invalid("primary_address_id", "must be one of the customer's addresses"),
        Error::NotFound { what: "customer", id: "x".into() },
        Error::NotFound { what: "card", id: "x".into() },
        Error::NotFound { what: "open conflict", id: "x".into() },
        Error::NotFound { what: "deleted customer", id: "x".into() },
        Error::NotFound { what: "address", id: "x".into() },
        Error::Exists(customer()),
        Error::Erased(customer()),
        Error::Taken { parameter: "external_id".into(), owner: (&customer()).into() },
        Error::VersionMismatch { id: customer(), stored: 2, sent: 1 },
        Error::VersionRequired { reason: "the credit differs from the balance" },
        Error::VersionRequired { reason: "this file demands it of every write" },
        Error::VersionRequired { reason: "whatever" },
        too_few,
        Error::IdReused(transaction()),
        Error::BalanceNotZero { balance, currency },
        Error::Overflow,
        Error::Gap { got: operation, expected: operation },
        Error::Fork(operation),
        Error::Damaged(operation),
        Error::UpgradeNeeded { id: operation, reason: "secret".into() },
        Error::InUse(secret()),
        Error::OpenedBeside,
        Error::NotTillbook(secret()),
        Error::NoFile(secret()),
        Error::NewerFile { path: secret(), found: 2, known: 1 },
        Error::OtherCurrency { found: "secret".into(), asked: "secret".into() },
        Error::ReadOnly(secret()),
        Error::DiskFull,
        Error::Corrupt("secret".into()),
        Error::CommitUnknown("secret".into()),
        Error::FileReplaced(secret()),
        Error::WritesRefused("secret".into()),
        Error::NotStored("secret".into()),
        Error::OldSqlite { found: "secret", needed: "secret" },
        Error::Io(std::io::Error::other("secret")),
        Error::Sqlite(rusqlite::Error::InvalidColumnName("secret".into())),
    ]
}

/// Why credit does not move: the customer, the card, or what is to be reversed.
fn standstills() -> Vec<Error> {
    use Unusable::{
        Banned, CardExpired, CardInactive, CardNotYetValid, CardStatus, Expired, NotYetValid,
        Standing,
    };
    let unusable = [
        Standing("frozen"),
        Banned("banned"),
        NotYetValid(NOW),
        Expired(NOW),
        CardInactive,
        CardStatus("blocked"),
        CardNotYetValid(NOW),
        CardExpired(NOW),
    ];
    let reasons = [
        "it is a reversal itself",
        "it is one half of a merge",
        "it belongs to another customer",
        "it is reversed already",
    ];
    let target = TransactionId::new("t").expect("an id");
    let futile = |reason| Error::NotReversible { target: target.clone(), reason };
    unusable.map(Error::NotUsable).into_iter().chain(reasons.map(futile)).collect()
}

/// What our own routes say of a body.
const OWN_RULES: &[&str] = &[
    "must be the serial number in the path",
    "must be positive",
    "must not be zero",
    "must not be negative",
    "must not be given beside paid",
    "must be a card of this customer",
    "must be another serial number",
    "must be another customer",
    "must be another transaction",
    "must be a customer who is there",
    "must be Blocked",
    "is not about a value that can be given up",
];

fn query_kinds() -> Vec<ParseErrorKind> {
    use ParseErrorKind::*;
    let choice = Kind::Choice(&[("Male", "male"), ("Female", "female")]);
    let Kind::Choice(words) = choice else { return Vec::new() };
    let mut kinds = vec![
        TextTooLong,
        Encoding,
        UnknownField,
        Repeated,
        UnknownOperator,
        NoOrder,
        NullOrder,
        NeverNull,
        UnclosedQuote,
        PartlyQuoted,
        NotInteger,
        NotDecimal,
        NotBool,
        NotChoice(words),
        TooManyOperations,
        TooManyValues,
        TooManySorts,
        UnknownSort,
        Direction,
        Skip,
        Take,
    ];
    kinds.extend(amount_errors().map(NotAmount));
    kinds.extend(time_errors().map(NotTime));
    kinds
}

fn amount_errors() -> [AmountError; 3] {
    [AmountError::TooLong, AmountError::TooManyDecimals { allowed: 2 }, AmountError::BeyondLimit]
}

fn time_errors() -> [TimeError; 5] {
    use TimeError::{NoZone, NotADate, NotATime, NotInCalendar, TooFine};
    [NotATime, NotADate, NoZone, NotInCalendar, TooFine]
}

fn failures() -> Vec<Failure> {
    let mut failures = vec![
        Failure::Unauthenticated("the header Authorization is missing"),
        Failure::Unauthenticated("the header Authorization is given twice"),
        Failure::Unauthenticated(
            "the header Authorization must be `Bearer KEY` or a signature of NWS4",
        ),
        Failure::Unauthenticated("the key is unknown or was revoked"),
        Failure::Unauthenticated("the signature is not valid now"),
        Failure::Unauthenticated("anything else"),
        Failure::NoRoute,
        Failure::MethodNotAllowed("GET, PUT".into()),
        Failure::WrongType(&[JSON]),
        Failure::WrongEncoding { takes_zstd: false },
        Failure::BodyTooLarge(1),
        Failure::TargetTooLong(1),
        Failure::BodyTooSlow,
        Failure::PreconditionFailed,
        Failure::KeyReused,
        Failure::KeyInUse,
        Failure::TooManyAttempts(30),
        Failure::TooManyRequests(1),
        Failure::Overloaded(1),
        Failure::Fault("secret".into()),
        Failure::of_body("body", "did not arrive whole"),
        Failure::Header(Violation::new("Idempotency-Key", "must have 1 to 255 bytes")),
        Failure::Header(Violation::new("Idempotency-Key", "must be UTF-8")),
        Failure::Header(Violation::new("Prefer", "`acknowledged` must be local, hub or root")),
        Failure::Header(Violation::new("Prefer", "`wait` must be whole seconds")),
        Failure::Header(Violation::new("Prefer", "must be text")),
    ];
    failures.extend(
        RIGHTS.iter().chain(&[Right::Admin, Right::Sync]).map(|&right| Failure::Forbidden(right)),
    );
    failures.extend(errors().into_iter().chain(standstills()).map(Failure::Store));
    failures.extend(OWN_RULES.iter().map(|rule| Failure::violation("Amount", rule)));
    let parameter = || "LastName".to_owned();
    let kinds = query_kinds().into_iter();
    failures.extend(
        kinds.map(|kind| Failure::Query(ParseError { kind, parameter: parameter(), offset: 3 })),
    );
    failures
}

fn refused(failure: &Failure, language: &str) -> Value {
    let asked = Asked { target: "/customers/7", request_id: "r-1", language: Some(language) };
    document(&refuse(failure, &asked))
}

#[test]
fn every_failure_is_told_in_both_languages_and_no_fault_tells_the_inside() {
    for failure in failures() {
        let (english, slovak) = (refused(&failure, "en"), refused(&failure, "sk"));
        speaks_slovak(&english, &slovak);
        let told = english.to_string() + &slovak.to_string();
        assert!(!told.contains("secret") || told.contains("\"secret-id\",\"name\""), "{told}");
        assert_eq!(english["status"], failure.status().as_u16());
        assert_eq!(english["errors"].is_array(), english["status"] == 400);
        assert_eq!(english["resource"].is_object(), english["errorCode"] == 6);
    }
}

/// What the library says of values, in English.
fn rules() -> Vec<String> {
    let mut rules: Vec<String> = Vec::new();
    use IdError::{Control, Dots, Empty, OuterSpace, TooLong};
    rules.extend([Control, Dots, Empty, OuterSpace, TooLong].map(|rule| rule.to_string()));
    rules.extend(amount_errors().map(|rule| rule.to_string()));
    rules.extend(time_errors().map(|rule| rule.to_string()));
    rules.extend(
        [
            Trouble::Empty,
            Trouble::ByteOrderMark,
            Trouble::Utf16,
            Trouble::NotUtf8(1),
            Trouble::NotJson(1),
            Trouble::Trailing(1),
            Trouble::HalfSurrogate(1),
            Trouble::TooDeep,
            Trouble::Twice,
        ]
        .map(|rule| rule.to_string()),
    );
    let long = "x".repeat(40_000);
    let keys: serde_json::Map<_, _> = (0..300).map(|n| (n.to_string(), json!(1))).collect();
    for body in [
        json!([]),
        json!({"firstName": 7, "discountRate": "x", "isActive": 1, "gender": "x", "cards": 7,
            "credit": "x", "id": "other", "_v": -1}),
        json!({"cards": [{}], "credit": {"currencyLabel": "x"}}),
        json!({"firstName": long}),
        json!({"note": long}),
        json!({"meta": {"k": long}}),
        json!({"meta": keys}),
        json!({"meta": {"$serde_json::private::Number": 1}}),
        json!({"firstName": "\n"}),
        json!({"note": "\0"}),
        json!({"birthDate": "9999-01-01"}),
        json!({"discountRate": 101}),
        json!({"creditRate": 101}),
        json!({"_v": 1, "credit": -1}),
        json!({"address": {"coordinates": {"longitude": 181, "latitude": 1}}}),
        json!({"cards": (0..101).map(|n| json!({"serialNumber": n.to_string()})).collect::<Vec<_>>()}),
        json!({"activationTime": "2024-01-02T00:00:00Z", "expirationTime": "2024-01-01T00:00:00Z"}),
    ] {
        let refused = document(&shop().ask("PUT /7", body.to_string()));
        rules.extend(told_rules(&refused));
    }
    let nameless =
        Card { processor: String::new(), ..Card::new(CardSerial::new("1").expect("a serial")) };
    if let Err(Error::Invalid { rule, .. }) = nameless.check("cards[0]") {
        rules.push(rule);
    }
    rules
}

fn told_rules(refused: &Value) -> Vec<String> {
    let errors = refused["errors"].as_array().cloned().unwrap_or_default();
    let rule = |error: &Value| {
        let place = error["memberName"].as_str()?;
        let rule = error["message"].as_str()?.strip_prefix(place)?;
        Some(rule.trim_start().trim_end_matches('.').to_owned())
    };
    errors.iter().filter_map(rule).collect()
}

/// Each phrase of the table is still said somewhere, and each thing that is said has a phrase.
#[test]
fn every_phrase_is_said() {
    let mut said: Vec<String> = rules();
    for failure in failures() {
        let refused = refused(&failure, "en");
        said.extend(
            ["title", "detail"].iter().filter_map(|name| Some(refused[name].as_str()?.to_owned())),
        );
        said.extend(told_rules(&refused));
    }
    let used: HashSet<&str> = said.iter().filter_map(|text| slovak::pattern(text)).collect();
    let mute: Vec<_> = said.iter().filter(|text| slovak::pattern(text).is_none()).collect();
    assert!(mute.is_empty(), "{mute:?}");
    let idle: Vec<_> =
        slovak::PHRASES.iter().filter(|(pattern, _)| !used.contains(pattern)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}
