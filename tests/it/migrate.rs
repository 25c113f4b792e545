//! Migrate: every version's dump in `tests/files` opens, has the same tables as a fresh file, and
//! nothing is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use rusqlite::Connection;
use tillbook::bulk::BulkOutcome;
use tillbook::migrate::SCHEMA_VERSION;
use tillbook::{
    Address, AddressId, BanNote, Card, Company, CreditTransaction, Customer, Date, DebtAccount,
    ImportOptions, Location, Money, Page, Replacement, Store,
};

use crate::shop::{Shop, card, customer, id, options, said, send};
use crate::tree::be_between;

/// A shop with a few rows of every table.
fn lived_in() -> Shop {
    let (shop, till) = (Shop::on_file(1), Shop::in_memory(2));
    let some = |text: &str| Some(text.to_owned());
    let ada = Customer {
        external_id: some("E-1"),
        first_name: some("Ľubomíra"),
        last_name: some("O'Neil"),
        birth_date: Date::parse("1980-02-29").ok(),
        email: some("ada@example.org"),
        phone: some("0905 123 456"),
        company: Some(Company { name: some("Ada & daughters"), ..Company::default() }),
        note: some("line one\nline two"),
        meta: [("size".to_owned(), serde_json::from_str("1.10").unwrap())].into_iter().collect(),
        primary_address_id: AddressId::new("home").ok(),
        credit_line: Money::from_minor(1000),
        ..customer("ada")
    };
    let home = Address {
        line1: some("Main Street 1"),
        ..Address::with_id(AddressId::new("home").unwrap())
    };
    let addresses = Some(vec![home]);
    let cards = Some(vec![card("007"), Card { note: some("spare"), ..card("8") }]);
    shop.create(&Replacement { addresses, cards, ..ada.into() }).unwrap();
    shop.add_ban_note(&id("ada"), &BanNote::new(shop.stamp(), "shouts")).unwrap();
    let debt = DebtAccount::new(shop.stamp(), Money::from_minor(9900));
    let debt = DebtAccount { external_id: some("D-1"), account_number: some("17"), ..debt };
    shop.set_debt_account(&id("ada"), &debt).unwrap();
    let deposit = CreditTransaction::deposit(shop.stamp(), &id("ada"), Money::from_minor(1250));
    shop.record(&deposit).unwrap();
    shop.record(&CreditTransaction::reversal(shop.stamp(), &id("ada"), &deposit.id)).unwrap();
    shop.record(&CreditTransaction::spend(shop.stamp(), &id("ada"), Money::from_minor(300)))
        .unwrap();
    for (name, serial) in [("bob", "9"), ("cyd", "10")] {
        let cards = Some(vec![card(serial)]);
        shop.create(&Replacement { cards, ..customer(name).into() }).unwrap();
    }
    shop.delete_customer(&id("bob"), None).unwrap();
    shop.erase_customer(&id("cyd")).unwrap();
    till.create(&Replacement { cards: Some(vec![card("007")]), ..customer("dan").into() }).unwrap();
    send(&till, &shop);
    found_locations(&shop);
    shop.take_bulk(None, &["{}".to_owned()]).unwrap();
    let wrong = BulkOutcome { customer_id: Some(id("ada")), errors: Some("{}".to_owned()) };
    shop.work_off_bulk(|_, _| Ok(wrong.clone())).unwrap();
    shop.take_bulk(None, &["[]".to_owned()]).unwrap();
    let shop = shop.reopened(3);
    shop.edit_customer(&id("ada"), |ada| ada.middle_name = Some("of Byron".into())).unwrap();
    shop
}

/// Two locations, one below the other, and one that was deleted.
fn found_locations(shop: &Shop) {
    let chain = shop.create_location(&Location::new(shop.stamp(), "Corner shops")).unwrap();
    let below = Location {
        external_id: Some("L-1".to_owned()),
        parent_id: Some(chain.id),
        ..Location::new(shop.stamp(), "Main Street")
    };
    shop.create_location(&below).unwrap();
    let gone = shop.create_location(&Location::new(shop.stamp(), "Gone")).unwrap();
    shop.delete_location(&gone.id).unwrap();
}

/// A key of either kind, and a remembered answer.
#[cfg(feature = "http")]
fn be_served(shop: &Shop) {
    use tillbook::{Answer, KeyKind, RequestDigest, Right, Rights};
    let rights = Rights::from_iter([Right::CustomerCreate, Right::Sync]);
    let office = shop.add_key("office", rights, KeyKind::Bearer).unwrap().key.id;
    shop.add_key("till", Rights::NONE, KeyKind::Nws4).unwrap();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let answer = Answer { status: 201, headers, body: b"{}".to_vec() };
    let request = RequestDigest::of("POST", "/customers", b"{}");
    shop.write(|tx| tx.remember(&office, "k", &request, &answer, &[id("ada")])).unwrap();
}

fn dump_path() -> PathBuf {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    files.join(format!("v{SCHEMA_VERSION}.sql"))
}

/// Writes the dump of this schema version. A released dump is never written again.
#[test]
#[ignore = "run by hand, once, when a schema version is released"]
fn write_the_dump_of_this_version() {
    let shop = lived_in();
    let (path, file) = (shop.path(), "Id;LastName\nimported;Novák\n");
    shop.import(file.as_bytes(), &ImportOptions::new(shop.stamp()), |_| ()).unwrap();
    #[cfg(feature = "http")]
    be_served(&shop);
    drop(be_between(&shop));
    let folder = shop.closed();
    fs::create_dir_all(dump_path().parent().unwrap()).unwrap();
    let conn = Connection::open(path).unwrap();
    fs::write(dump_path(), dump(&conn)).unwrap();
    drop(folder);
}

/// The text that makes the same database: tables, rows, then indexes and triggers.
fn dump(conn: &Connection) -> String {
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut dump = String::from("pragma foreign_keys = off;\nbegin;\n\n");
    for table in texts("select sql from sqlite_schema where type = 'table'") {
        dump += &format!("{table};\n\n");
    }
    for table in texts("select name from sqlite_schema where type = 'table'") {
        let columns = texts(&format!("select name from pragma_table_info('{table}')"));
        let quoted: Vec<_> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
        for row in texts(&format!("select {} from \"{table}\"", quoted.join(" || ', ' || "))) {
            dump += &format!("insert into {table} ({}) values ({row});\n", columns.join(", "));
        }
    }
    let rest = "select sql from sqlite_schema where type <> 'table' and sql is not null";
    for sql in texts(rest) {
        dump += &format!("\n{sql};\n");
    }
    for pragma in ["application_id", "user_version"] {
        let value: i64 = conn.query_row(&format!("pragma {pragma}"), [], |row| row.get(0)).unwrap();
        dump += &format!("\npragma {pragma} = {value};\n");
    }
    dump + "\ncommit;\n"
}

/// Tables, columns, indexes and triggers, without the comments in their texts, and whatever the order
/// of the columns: those that an upgrade has added stand last.
fn structure(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let sql =
        "select type || ' ' || name || ': ' || coalesce(sql, '') from sqlite_schema order by 1";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let bare = |text: String| {
        let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
        let text = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        let text = text.replace(['(', ')', '"'], " ").replace(" strict", "");
        let mut parts: Vec<_> = text
            .split(',')
            .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        parts[1..].sort();
        parts.join(", ")
    };
    rows.map(|row| bare(row.unwrap())).collect()
}

/// Every dump, loaded into a file of its own.
fn dumps() -> Vec<(String, tempfile::TempDir)> {
    let entries = fs::read_dir(dump_path().parent().unwrap()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let dumps = paths.filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    let load = |path: PathBuf| {
        let folder = tempfile::tempdir().unwrap();
        let conn = Connection::open(folder.path().join("shop.db")).unwrap();
        conn.execute_batch(&fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_name().unwrap().display().to_string(), folder)
    };
    dumps.map(load).collect()
}

#[test]
fn every_released_version_opens_and_has_the_tables_of_a_fresh_file() {
    let fresh = Shop::on_file(1);
    let fresh_path = fresh.path();
    let kept = fresh.closed();
    let dumps = dumps();
    assert_eq!(dumps.len(), SCHEMA_VERSION as usize);
    for (name, folder) in dumps {
        let path = folder.path().join("shop.db");
        let store = Store::open_with(&path, options(9).0).unwrap();
        let report = store.check(|_| ()).unwrap();
        assert!(report.is_sound(), "{name}: {report:?}");
        assert!(report.n_customers > 0 && report.n_operations > 0, "{name} is empty");
        let edited = store.edit_customer(&id("ada"), |ada| ada.phone = None);
        assert_eq!(said(edited), "ok", "{name}");
        assert_eq!(said(store.create_customer(&customer("new"))), "ok", "{name}");
        assert!(store.check(|_| ()).unwrap().is_sound(), "{name}");
        drop(store);
        assert_eq!(structure(&path), structure(&fresh_path), "{name}");
    }
    drop(kept);
}

/// Reading alone brings nothing up to date, so the file is left as it was and the answer says what to do.
#[test]
fn an_older_file_is_opened_for_writing_first() {
    let mut dumps = dumps();
    dumps.retain(|(name, _)| name == "v1.sql");
    let (_, folder) = dumps.pop().unwrap();
    let path = folder.path().join("shop.db");
    let bytes = fs::read(&path).unwrap();
    let beside = || {
        let answer = said(Store::open_beside(&path, options(9).0).map(drop));
        answer.replace(folder.path().to_str().unwrap(), "")
    };
    assert_eq!(
        beside(),
        "/shop.db has schema version 1, this program reads 3; open it for writing once, which brings it \
         up to date"
    );
    assert!(fs::read(&path).unwrap() == bytes, "the file has changed");
    drop(Store::open_with(&path, options(9).0).unwrap());
    assert_eq!(beside(), "ok");
}

/// What the shop of the first version knows.
#[test]
fn the_rows_of_version_1_are_read_as_they_were_written() {
    let mut dumps = dumps();
    dumps.retain(|(name, _)| name == "v1.sql");
    let (_, folder) = dumps.pop().unwrap();
    let store = Store::open_with(folder.path().join("shop.db"), options(9).0).unwrap();
    let profile = store.profile(&id("ada")).unwrap();
    let postings = store.list_credit_transactions(&id("ada"), Page { skip: 0, take: 9 }).unwrap();
    let mut lines = String::new();
    lines += &format!("{:?}\n{:?}\n", profile.customer, profile.addresses);
    for card in &profile.cards {
        lines += &format!("{card:?}\n");
    }
    for posting in postings {
        let (kind, at) = (posting.transaction.kind, posting.transaction.at);
        lines += &format!("{at} {kind}: {:?} {:?}\n", posting.effect, posting.balance);
    }
    let notes = store.list_ban_notes(&id("ada")).unwrap();
    lines += &format!("{:?}\n", notes.iter().map(|note| &note.text).collect::<Vec<_>>());
    for conflict in store.conflicts().unwrap() {
        lines += &format!("{} of {}\n", conflict.kind, conflict.customer_id.unwrap());
    }
    #[cfg(feature = "http")]
    assert_eq!(store.list_keys().unwrap().len(), 2);
    for name in ["bob", "cyd"] {
        lines += &format!("{name}: {}\n", said(store.create_customer(&customer(name))));
    }
    expect![[r#"
        Customer { id: CustomerId(ada), external_id: Some("E-1"), standing: Active, ban: Allowed, activation_at: None, expiration_at: None, first_name: Some("Ľubomíra"), middle_name: Some("of Byron"), last_name: Some("O'Neil"), full_name: None, gender: None, birth_date: Some(1980-02-29), email: Some("ada@example.org"), phone: Some("0905 123 456"), ssn_last4: None, ssn_source: None, is_company: false, company: Some(Company { name: Some("Ada & daughters"), crn: None, vat_id: None, tax_id: None }), primary_address_id: Some(AddressId(home)), delivery_address_id: None, discount_rate: Rate(0), credit_rate: Rate(0), credit_line: Money(1000), note: Some("line one\nline two"), meta: {"size": Number(1.10)}, ext: {}, version: Some(6), created_at: 2026-01-01T12:00:00.000Z, changed_at: 2026-01-01T12:00:00.000Z }
        [Address { id: AddressId(home), name: None, line1: Some("Main Street 1"), line2: None, city: None, state: None, postal_code: None, country: None, latitude: None, longitude: None, note: None, ext: {} }]
        Card { serial_number: CardSerial(…007), external_id: None, is_active: true, is_virtual: false, processor: "P", status: Valid, status_at: None, status_reason: None, activation_at: None, expiration_at: None, note: None, meta: None, ext: {} }
        Card { serial_number: CardSerial(…8), external_id: None, is_active: true, is_virtual: false, processor: "P", status: Valid, status_at: None, status_reason: None, activation_at: None, expiration_at: None, note: Some("spare"), meta: None, ext: {} }
        2026-01-01T12:00:00.000Z deposit: Money(1250) Money(1250)
        2026-01-01T12:00:00.000Z reversal: Money(-1250) Money(0)
        2026-01-01T12:00:00.000Z spend: Money(-300) Money(-300)
        ["shouts"]
        card of dan
        bob: ok
        cyd: customer cyd was erased; an erased id is never used again
    "#]].assert_eq(&lines);
}
