//! The description of the routes holds: every route has one, and what is answered is what it says.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};
use tillbook::{
    BillingType, Card, CardSerial, Conflict, ConflictKind, CreditTransaction, Customer, CustomerId,
    DebtAccount, Money, Replacement, Right, Store, Timestamp, TransactionId,
};

use super::served::{Served, Told, fill};
use crate::shop;

/// What is asked, in this order: the status, the end of the operation's name, what stands for the
/// names in its path, the query, a header, the body.
type Step<'a> = (u16, &'a str, &'a [&'a str], &'a str, &'a str, &'a str);

const ADA: &[&str] = &["ada"];
const CARD: &[&str] = &["ada", "0012345678"];
const TO_REPLACE: &str = r#"{"firstName": "Ada", "discountRate": 12.5,
    "cards": [{"serialNumber": "0012345678"}]}"#;

/// Every route at least once with success. The conflicts are those of [`clash`].
const SCENARIO: &[Step<'_>] = &[
    (200, "Health", &[], "", "", ""),
    (200, "Ready", &[], "", "", ""),
    (200, "Metrics", &[], "", "", ""),
    (200, "Openapi", &[], "", "", ""),
    (200, "Docs", &[], "", "", ""),
    (200, "ListCustomers", &[], "?$take=5&$sort=-lastName", "", ""),
    (200, "ListCustomers", &[], "?$count=true", "", ""),
    (400, "ListCustomers", &[], "?Colour=red", "", ""),
    (200, "GetCustomer", ADA, "", "", ""),
    (404, "GetCustomer", &["nobody"], "", "", ""),
    (201, "CreateCustomer", &[], "", "", r#"{"id": "eve", "cards": [{"serialNumber": "2"}]}"#),
    (400, "CreateCustomer", &[], "", "", r#"{"id": "eve"}"#),
    (415, "CreateCustomer", &[], "", "Content-Encoding: gzip", "{}"),
    (200, "ReplaceCustomer", ADA, "", "", TO_REPLACE),
    (201, "ReplaceCustomer", &["bob"], "", "Idempotency-Key: 1", "{}"),
    (422, "ReplaceCustomer", &["bob"], "", "Idempotency-Key: 1", r#"{"note": "other"}"#),
    (412, "ReplaceCustomer", ADA, "", "If-Match: \"0\"", "{}"),
    (201, "RecordCreditTransaction", ADA, "", "", r#"{"id": "d", "type": "Deposit", "amount": 9}"#),
    (200, "RecordCreditTransaction", ADA, "", "", r#"{"id": "d", "type": "Deposit", "amount": 9}"#),
    (409, "RecordCreditTransaction", ADA, "", "", r#"{"id": "d", "type": "Deposit", "amount": 8}"#),
    (201, "SpendCredit", ADA, "", "", r#"{"id": "s", "amount": 2.5}"#),
    (409, "SpendCredit", ADA, "", "", r#"{"amount": 100}"#),
    (412, "SpendCredit", ADA, "", "If-Match: \"0\"", r#"{"amount": 1}"#),
    (404, "SpendCredit", &["nobody"], "", "", r#"{"amount": 1}"#),
    (201, "EarnCredit", ADA, "", "", r#"{"paid": 10}"#),
    (400, "EarnCredit", ADA, "", "", "{}"),
    (201, "ReverseCreditTransaction", ADA, "", "", r#"{"target": "s"}"#),
    (409, "ReverseCreditTransaction", ADA, "", "", r#"{"target": "s"}"#),
    (200, "ListCreditTransactions", &[], "?Kind=spend", "", ""),
    (400, "ListCreditTransactions", &[], "?$take=-1", "", ""),
    (200, "ListCustomerCreditTransactions", ADA, "", "", ""),
    (404, "ListCustomerCreditTransactions", &["nobody"], "", "", ""),
    (404, "GetErasure", ADA, "", "", ""),
    (200, "ListCustomerDebtAccounts", ADA, "?$take=1", "", ""),
    (200, "ListCustomerDebtAccounts", ADA, "?$count=true", "", ""),
    (400, "ListCustomerDebtAccounts", ADA, "?Id=a", "", ""),
    (404, "ListCustomerDebtAccounts", &["nobody"], "", "", ""),
    (200, "FindCard", &["0012345678"], "", "", ""),
    (404, "FindCard", &["nobody"], "", "", ""),
    (201, "SetCard", &["ada", "3"], "", "", r#"{"note": "new"}"#),
    (200, "SetCard", CARD, "", "", r#"{"note": "old"}"#),
    (400, "SetCard", &["ada", "2"], "", "", "{}"),
    (200, "BlockCard", CARD, "", "", r#"{"reason": "lost"}"#),
    (409, "SpendCredit", ADA, "", "", r#"{"amount": 1, "cardSerialNumber": "0012345678"}"#),
    (200, "UnblockCard", CARD, "", "", ""),
    (404, "UnblockCard", &["ada", "nothing"], "", "", ""),
    (201, "SwapCard", CARD, "", "", r#"{"serialNumber": "4"}"#),
    (400, "SwapCard", &["ada", "4"], "", "", r#"{"serialNumber": "4"}"#),
    (412, "RemoveCard", &["ada", "4"], "", "If-Match: \"0\"", ""),
    (200, "RemoveCard", &["ada", "4"], "", "", ""),
    (200, "ListConflicts", &[], "", "", ""),
    (400, "ListConflicts", &[], "?Kind=card", "", ""),
    (200, "GetConflict", &["the card"], "", "", ""),
    (404, "GetConflict", &["nothing"], "", "", ""),
    (400, "ReleaseConflict", &["the reversal"], "", "", ""),
    (200, "KeepConflict", &["the reversal"], "", "", ""),
    (404, "KeepConflict", &["the reversal"], "", "", ""),
    (200, "ReleaseConflict", &["the card"], "", "", ""),
    (400, "MergeCustomer", &["bob"], "", "", r#"{"into": "bob"}"#),
    (200, "MergeCustomer", &["bob"], "", "", r#"{"into": "ada"}"#),
    (400, "DeleteCustomer", ADA, "", "", ""),
    (200, "DeleteCustomer", &["eve"], "", "", ""),
    (404, "DeleteCustomer", &["eve"], "", "", ""),
    (200, "UndeleteCustomer", &["eve"], "", "", ""),
    (404, "UndeleteCustomer", &["eve"], "", "", ""),
    (204, "EraseCustomer", &["eve"], "", "", ""),
    (200, "GetErasure", &["eve"], "", "", ""),
    (404, "EraseCustomer", &["nobody"], "", "", ""),
    (201, "syncteraCreateCustomer", &[], "", "", OTTILIE),
    (201, "syncteraCreateCustomer", &[], "", "", r#"{"status": "PROSPECT"}"#),
    (400, "syncteraCreateCustomer", &[], "", "", r#"{"note": "", "dob": null}"#),
    (422, "syncteraCreateCustomer", &[], "", "", r#"{"status": "ACTIVE", "tenant": "t"}"#),
    (200, "syncteraGetCustomer", ADA, "", "", ""),
    (400, "syncteraGetCustomer", &["nobody"], "", "", ""),
    (200, "syncteraListCustomers", &[], "?limit=1&status=ACTIVE", "", ""),
    (200, "syncteraListCustomers", &[], "?status=PROSPECT", "", ""),
    (400, "syncteraListCustomers", &[], "?limit=0", "", ""),
    (200, "syncteraPatchCustomer", ADA, "", "", r#"{"ban_status": "SUSPENDED", "note": "why"}"#),
    (400, "syncteraPatchCustomer", ADA, "", "", r#"{"tenant": "t"}"#),
    (200, "syncteraUpdateCustomer", ADA, "", "", OTTILIE),
    (412, "syncteraUpdateCustomer", ADA, "", "If-Match: \"0\"", OTTILIE),
    (403, "Push", &[], "", "", ""),
    (400, "Hello", &[], "", "", "{}"),
    (409, "Hello", &[], "", "", OF_ANOTHER_TREE),
    (200, "Hello", &[], "", "", HELLO),
    (200, "Push", &[], "", "", ""),
    (400, "Push", &[], "", "Content-Type: application/x-ndjson", "[]"),
    (415, "Push", &[], "", "", "{}"),
    (200, "Pull", &[], "", "", ""),
    (200, "Pull", &[], "?limit=1", "", ""),
    (400, "Pull", &[], "?limit=0", "", ""),
    (410, "Pull", &[], "?cursor=00000000000000000000000000000007.1.1", "", ""),
    (200, "Digest", &[], "", "", ""),
    (200, "Buckets", &[], "", "", ""),
    (404, "Snapshot", &[], "", "", ""),
    (200, "SnapshotPart", &["the snapshot", "0"], "", "", ""),
    (404, "SnapshotPart", &["the snapshot", "99"], "", "", ""),
    (404, "SnapshotPart", &["nothing", "0"], "", "", ""),
    (404, "SnapshotPart", &["the snapshot", "first"], "", "", ""),
    (200, "Snapshot", &[], "", "", ""),
    (200, "Status", &[], "", "", ""),
    (201, "trattaCreateCustomer", &[], "", "", JUNO),
    (422, "trattaCreateCustomer", &[], "", "", r#"{"name": "Eve", "external_id": "juno"}"#),
    (400, "trattaCreateCustomer", &[], "", "", r#"{"name""#),
    (415, "trattaCreateCustomer", &[], "", "Content-Type: text/plain", "name=Eve"),
    (201, "trattaCreateCustomer", &[], "", FORM, "name=Eve&address[city]=Reno"),
    (200, "trattaListCustomers", &[], "?limit=1&page=2", "", ""),
    (200, "trattaListCustomers", &[], "", "", ""),
    (422, "trattaListCustomers", &[], "?limit=0", "", ""),
    (200, "trattaGetCustomer", &["juno"], "", "", ""),
    (200, "trattaGetCustomer", ADA, "", "", ""),
    (404, "trattaGetCustomer", &["nobody"], "", "", ""),
    (200, "trattaUpdateCustomer", &["juno"], "", "", r#"{"status": "locked", "metadata": []}"#),
    (412, "trattaUpdateCustomer", &["juno"], "", "If-Match: \"0\"", "{}"),
    (200, "trattaListAddresses", &["juno"], "?limit=1", "", ""),
    (201, "trattaCreateAddress", &["juno"], "", "", r#"{"postal_code": "55401"}"#),
    (422, "trattaCreateAddress", &["juno"], "", "", r#"{"is_primary": "yes"}"#),
    (200, "trattaUpdateAddress", &["juno", "the address"], "", "", r#"{"is_primary": "true"}"#),
    (404, "trattaUpdateAddress", &["juno", "nothing"], "", "", "{}"),
    (200, "trattaDeleteAddress", &["juno", "the address"], "", "", ""),
    (404, "trattaDeleteAddress", &["juno", "the address"], "", "", ""),
    (201, "trattaCreateBulk", &[], "", "", BULK),
    (422, "trattaCreateBulk", &[], "", "", "[]"),
    (400, "trattaCreateBulk", &[], "", "", "["),
    (200, "trattaListBulkErrors", &["the bulk"], "?limit=1", "", ""),
    (404, "trattaListBulkErrors", &["nothing"], "", "", ""),
    (422, "trattaListBulkErrors", &["the bulk"], "?limit=501", "", ""),
    (200, "trattaListDebtAccounts", ADA, "?limit=1", "", ""),
    (422, "trattaListDebtAccounts", ADA, "?limit=0", "", ""),
    (404, "trattaListDebtAccounts", &["nobody"], "", "", ""),
    (200, "trattaDeleteCustomer", &["juno"], "", "", ""),
    (404, "trattaDeleteCustomer", &["juno"], "", "", ""),
    (201, "trattaCreateLocation", &[], "", "", r#"{"name": "Coast", "external_id": "coast"}"#),
    (201, "trattaCreateLocation", &[], "", "", HARBOUR),
    (201, "trattaCreateLocation", &[], "", FORM, "name=Inland&parent_id="),
    (422, "trattaCreateLocation", &[], "", "", r#"{"name": "Coast", "parent_id": "nowhere"}"#),
    (415, "trattaCreateLocation", &[], "", "Content-Type: text/plain", "name=Bay"),
    (200, "trattaListLocations", &[], "?limit=2", "", ""),
    (200, "trattaListLocations", &[], "?limit=2&page=9", "", ""),
    (422, "trattaListLocations", &[], "?limit=501", "", ""),
    (200, "trattaGetLocation", &["coast"], "", "", ""),
    (200, "trattaGetLocation", &["harbour"], "", "", ""),
    (404, "trattaGetLocation", &["nowhere"], "", "", ""),
    (200, "trattaUpdateLocation", &["coast"], "", "", r#"{"name": "Shore", "metadata": {"a": 1}}"#),
    (422, "trattaUpdateLocation", &["coast"], "", "", r#"{"parent_id": "harbour"}"#),
    (412, "trattaUpdateLocation", &["coast"], "", "If-Match: \"0\"", "{}"),
    (200, "trattaDeleteLocation", &["coast"], "", "", ""),
    (404, "trattaDeleteLocation", &["coast"], "", "", ""),
];

const OTTILIE: &str = r#"{"status": "ACTIVE", "first_name": "Ottilie", "dob": "1988-11-30",
    "phone_number": "+12025550147", "ssn": "219-09-9999", "metadata": {"tier": ["blue", null]},
    "legal_address": {"address_line_1": "12 Quay Rd", "state": "NY", "country_code": "US"}}"#;
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const BULK: &str = r#"[
    {"customer": {"name": "Eve"}, "location": {"name": "Harbour", "type": "product_type"},
     "parent_debt_accounts": [{"external_id": "p", "balance": 0}],
     "debt_accounts": [{"external_id": "c", "parent_external_id": "p", "balance": "2500",
         "billing_type": ["one-time"], "metadata": {"a": 1}}]},
    {"customer": {"name": "Eve"}, "parent_debt_accounts": [], "debt_accounts": [{"balance": ""}]}
]"#;
const JUNO: &str = r#"{"name": "Juno Hale", "external_id": "juno", "email": "juno@example.org",
    "phone": "2025550147", "date_of_birth": "1990-05-17", "ssn_last4": 412,
    "address": {"postal_code": "55401-8914"}, "metadata": {"tier": "gold", "points": 5}}"#;
const HARBOUR: &str = r#"{"name": "Harbour", "type": "current_creditor", "external_id": "harbour",
    "parent_id": "coast", "metadata": {"depth": 4.5, "none": null}}"#;

const HELLO: &str = r#"{"node": "00000000000000000000000000000007", "incarnation": "1",
    "protocol": {"min": 1, "max": 1}, "currency": {"label": "EUR", "exponent": 2},
    "root_epoch": "0", "is_complete": true, "chains": [], "root_received": [], "marks": []}"#;
const OF_ANOTHER_TREE: &str = r#"{"node": "00000000000000000000000000000007", "incarnation": "1",
    "protocol": {"min": 1, "max": 1}, "currency": {"label": "EUR", "exponent": 2},
    "root": "00000000000000000000000000000008", "root_epoch": "0", "is_complete": false,
    "chains": [], "root_received": [], "marks": []}"#;

/// Makes two conflicts: a reversal of a reversal, and a card that another till gave to another
/// customer.
fn clash(store: &Store) {
    let customer =
        |id: &str| Customer::with_id(CustomerId::new(id).unwrap(), Timestamp::from_ms(0));
    let ivan = customer("ivan").id;
    let cards = || Some(vec![Card::new(CardSerial::new("77").unwrap())]);
    store.create(&Replacement { cards: cards(), ..customer("ivan").into() }).unwrap();
    for (name, target) in [("first", "second"), ("second", "sale")] {
        let target = TransactionId::new(target).unwrap();
        let mut reversal = CreditTransaction::reversal(store.stamp(), &ivan, &target);
        reversal.id = TransactionId::new(name).unwrap();
        store.record(&reversal).unwrap();
    }
    let till = Store::open_in_memory().unwrap();
    till.create(&Replacement { cards: cards(), ..customer("olga").into() }).unwrap();
    assert_eq!(shop::send(&till, store), 1);
}

/// Gives Ada a debt account.
fn owe(store: &Store) {
    let owed = DebtAccount::new(store.stamp(), Money::from_minor(250));
    let billing_types = BillingType::ALL.to_vec();
    let ada = CustomerId::new("ada").unwrap();
    store.set_debt_account(&ada, &DebtAccount { billing_types, ..owed }).unwrap();
}

/// The id of a conflict of [`clash`] where one is meant, any other text as it is.
fn part<'a>(conflicts: &'a [Conflict], text: &'a str) -> &'a str {
    let kind = match text {
        "the card" => ConflictKind::Card,
        "the reversal" => ConflictKind::Reversal,
        text => return text,
    };
    &conflicts.iter().find(|conflict| conflict.kind == kind).unwrap().id
}

/// A schema of the document, with its definitions at hand.
fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": document["components"],
    });
    jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("no schema: {error}"))
}

/// Whether an answer is one that the operation promises.
fn conforms(document: &Value, operation: &Value, told: &Told) -> Result<(), String> {
    let promised = &operation["responses"][told.status.to_string()];
    let content = promised.as_object().ok_or(format!("{} is not promised", told.status))?;
    let Some(content) = content.get("content") else {
        let is_empty = told.body.is_empty() && told.header("content-type").is_none();
        return if is_empty { Ok(()) } else { Err(format!("{} promises no body", told.status)) };
    };
    let media_type = told.header("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    let schema = &content[essence]["schema"];
    if schema.is_null() {
        return Err(format!("{} promises no {essence}", told.status));
    }
    let bodies = match essence {
        "application/x-ndjson" => {
            told.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
        json if json.ends_with("json") => vec![told.json()],
        _ => vec![Value::from(String::from_utf8_lossy(&told.body))],
    };
    let schema = validator(document, schema);
    let faults = bodies.iter().flat_map(|body| schema.iter_errors(body));
    let faults: Vec<String> =
        faults.map(|error| format!("{}: {error}", error.instance_path())).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Whether a body is one that the operation says it takes.
fn takes(document: &Value, operation: &Value, body: &str) -> Result<(), String> {
    let taken = &operation["requestBody"];
    if body.is_empty() {
        return if taken["required"] == true { Err("a body is needed".to_owned()) } else { Ok(()) };
    }
    let body: Value = serde_json::from_str(body).unwrap();
    let schema = validator(document, &taken["content"]["application/json"]["schema"]);
    schema.validate(&body).map_err(|error| error.to_string())
}

/// The path, the method and the description of every operation.
pub(super) fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The path with `parts` in the place of its names.
fn filled(path: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let filled = path.split('/').map(|piece| match piece.starts_with('{') {
        true => *parts.next().unwrap_or_else(|| panic!("{path} has another name")),
        false => piece,
    });
    let filled = filled.collect::<Vec<_>>().join("/");
    assert_eq!(parts.next(), None, "{path} has no such name");
    filled
}

/// What was made, by this member of its document.
fn made(told: &Told, name: &str) -> String {
    told.json()["data"][name].as_str().unwrap().to_owned()
}

/// Waits until no row of a bulk waits.
fn worked_off(store: &Store) {
    while store.bulk_rows_waiting().unwrap() > 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn every_answer_is_one_that_is_promised() {
    let (served, clock) = Served::at_noon();
    fill(&served.store);
    owe(&served.store);
    clash(&served.store);
    let conflicts = served.store.conflicts().unwrap();
    let node = served.key("node", &[Right::Sync]);
    let (mut snapshot, mut address, mut bulk) = (String::new(), String::new(), String::new());
    let document = served.get("/openapi.json", None).json();
    let mut unasked: BTreeSet<&str> = operations(&document)
        .filter_map(|(.., operation)| operation["operationId"].as_str())
        .collect();
    for (status, name, parts, query, head, body) in SCENARIO {
        // The names of the newer dialects are written out, because Portos has some of them as well.
        let is_named = |id: &str| {
            let dialect = id.strip_suffix(name).filter(|dialect| *dialect != "tratta");
            dialect.is_some_and(|dialect| !dialect.contains(char::is_uppercase))
        };
        let (path, method, operation) = operations(&document)
            .find(|(.., operation)| operation["operationId"].as_str().is_some_and(is_named))
            .unwrap_or_else(|| panic!("there is no {name}"));
        if *name == "SnapshotPart" && snapshot.is_empty() {
            snapshot = served.store.make_snapshot(served.folder.path()).unwrap().name;
        }
        let part = |text: &&'static str| match *text {
            "the snapshot" => snapshot.as_str(),
            "the address" => address.as_str(),
            "the bulk" => bulk.as_str(),
            text => part(&conflicts, text),
        };
        let parts: Vec<&str> = parts.iter().map(part).collect();
        let target = filled(path, &parts) + query;
        let method = method.to_ascii_uppercase();
        if (200..300).contains(status) && *head != FORM {
            assert_eq!(takes(&document, operation, body), Ok(()), "{name} {body}");
        }
        let head: Vec<&str> = head.lines().collect();
        let able = if path.starts_with("/sync/") { &node } else { &served.admin };
        // A stranger and somebody without rights are refused in the promised form, too.
        for key in [None, Some(served.reader.as_str()), Some(able.as_str())] {
            let told = served.ask(&method, &target, key, &head, body);
            let found = String::from_utf8_lossy(&told.body);
            let conforming = conforms(&document, operation, &told);
            assert_eq!(conforming, Ok(()), "{method} {target}: {} {found}", told.status);
            assert!(key.is_some() || told.status == 401 || operation["security"] == json!([]));
            if key == Some(able) {
                assert_eq!(told.status, *status, "{method} {target}: {found}");
                match (*name, told.status) {
                    ("trattaCreateAddress", 201) => address = made(&told, "id"),
                    ("trattaCreateBulk", 201) => {
                        bulk = made(&told, "bulk_id");
                        worked_off(&served.store);
                    }
                    _ => {}
                }
            }
        }
        // So that strangers are not too many in one minute.
        clock.advance(60_000);
        if (200..300).contains(status) {
            unasked.remove(operation["operationId"].as_str().unwrap());
        }
    }
    assert_eq!(unasked, BTreeSet::new(), "these were not asked with success");
}

#[test]
fn every_route_is_described() {
    let served = Served::start();
    let document = served.get("/openapi.json", None).json();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{at}: {id} is used twice");
        assert_ne!(operation["summary"], "", "{at} has no summary");
        let responses = operation["responses"].as_object().unwrap();
        let is_success = |status: &&String| status.starts_with('2');
        assert!(responses.keys().any(|status| is_success(&status)), "{at} promises no success");
        for (status, response) in responses.iter().filter(|(status, _)| *status != "304") {
            if status == "204" {
                assert_eq!(response.get("content"), None, "{at}: {status} has a body");
                continue;
            }
            let content = response["content"].as_object().unwrap();
            assert!(!content.is_empty(), "{at}: {status} has no shape");
            for shape in content.values() {
                validator(&document, &shape["schema"]);
            }
        }
        let named = operation["parameters"].as_array().unwrap();
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            let name = name.trim_end_matches('}');
            assert!(named.iter().any(|one| one["name"] == name), "{at}: {name} is not described");
        }
        let is_open = operation["security"] == json!([]);
        assert_eq!(responses.contains_key("401"), !is_open, "{at}");
    }
}
