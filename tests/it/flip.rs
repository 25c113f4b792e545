//! Bits that flip on the disk: the check names every row that changed, and nothing panics (T11).

use std::fs;
use std::io::Write;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tillbook::bulk::BulkOutcome;
use tillbook::{
    Address, BanNote, Card, CreditTransaction, Customer, DebtAccount, ImportOptions, Location,
    LocationType, Money, Page, Query, SeededRandom, Store,
};

use crate::shop::{Shop, card, customer, id, options};
use crate::tree::be_between;

/// Flips per column.
const FLIPS: u64 = 6;
/// What needs no seal: a clock that only runs ahead, two marks of a moment, and a secret.
const UNSEALED: [&str; 4] = [
    "node.hlc",
    "node.replaying",
    "node.scrub_due",
    // Page tokens that were given out are refused, and the caller begins again.
    "node.token_secret",
];
/// What of a shop between two others is wrong for a while at most, or matters to nobody.
const UNSEALED_BETWEEN: [&str; 37] = [
    // How soon a node that moved may come through its new parent.
    "child.n_named",
    // How often its mark is told again; its next hello says it anew.
    "child.n_silent",
    // Where the next pull begins: what comes must make up the digest, or else all is read again.
    "node.cursor",
    "node.stage_cursor",
    "node.stage_full",
    // Shown only.
    "node.proved_at",
    // Another number is as good: it says that something was written.
    "node.n_published",
    // Too high skips numbers, too low is found.
    "node.feed_next",
    // Too high sends a child to read all again, too low lets its digest differ, which does the same.
    "node.feed_forgotten",
    // Told anew by the parent in each round. Nothing is deleted unless all three say so.
    "incarnation.included_seq",
    "incarnation.parent_seq",
    "incarnation.root_seq",
    // The order of what is laid over the copy: the root's own counts in the end. What would turn the
    // operations of one author around is found.
    "incarnation.position",
    "operation.position",
    "credit_transaction.position",
    // How a pending operation of the child is shown until the root has decided.
    "operation.state",
    // The digests of the children find what they were not told.
    "feed.number",
    "feed_opening.first_number",
    "feed_opening.incarnation",
    // Shown only if all of it makes up the digest.
    "stage.kind",
    "stage.ref",
    "stage.image",
    // Told anew by the child in each hello.
    "child.node",
    "child.incarnation",
    "child.via",
    "child.first_at",
    "child.seen_at",
    "child.root_mark",
    "child.cursor_number",
    "child.is_shut",
    "child_chain.node",
    "child_chain.author",
    "child_chain.incarnation_key",
    // Of what is gone: the digests of the children find what they were not told.
    "feed.kind",
    "feed.ref",
    // An author who is met under a wrong name is met again under the right one.
    "incarnation.node",
    "incarnation.number",
];
/// Damaged files per run; `TILLBOOK_FLIPS` asks for more.
const FILES: u64 = 150;

/// Two jobs: one that is done, with something wrong, and one that waits.
fn send_in_bulk(shop: &Shop) {
    shop.take_bulk(None, &["{}".to_owned()]).unwrap();
    let wrong = BulkOutcome { customer_id: Some(id("ada")), errors: Some("{}".to_owned()) };
    shop.work_off_bulk(|_, _| Ok(wrong.clone())).unwrap();
    shop.take_bulk(None, &["[]".to_owned(), "{}".to_owned()]).unwrap();
}

/// A closed file with rows in every table that a file on its own has, some of them deleted, erased and
/// in conflict.
fn file() -> (TempDir, std::path::PathBuf) {
    file_of(|_| ())
}

fn file_of(then: impl FnOnce(&Shop)) -> (TempDir, std::path::PathBuf) {
    let shop = Shop::on_file(1);
    let csv = "Id;FirstName;CreditAmount\nivo;Ivo;3\n";
    shop.import(csv.as_bytes(), &ImportOptions::new(shop.stamp()), |_| ()).unwrap();
    for (n, who) in ["ada", "bob", "cyd", "dan", "eve"].into_iter().enumerate() {
        let name = |text: &str| Some(format!("{text} of {who}"));
        shop.create_customer(&Customer {
            first_name: name("first"),
            last_name: name("last"),
            external_id: name("number"),
            email: Some(format!("{who}@example.com")),
            phone: Some("+421 905 123 456".to_owned()),
            note: name("note"),
            ..customer(who)
        })
        .unwrap();
        shop.set_card(&id(who), &Card { note: name("card"), ..card(who) }).unwrap();
        let address = Address { line1: name("street"), ..Address::new(shop.stamp()) };
        shop.set_address(&id(who), &address).unwrap();
        shop.add_ban_note(&id(who), &BanNote::new(shop.stamp(), "a reason")).unwrap();
        let debt = DebtAccount::new(shop.stamp(), Money::from_minor(70));
        shop.set_debt_account(&id(who), &DebtAccount { external_id: name("debt"), ..debt })
            .unwrap();
        let amount = Money::from_minor(1000 + i64::try_from(n).unwrap());
        let deposit = CreditTransaction::deposit(shop.stamp(), &id(who), amount);
        shop.record(&deposit).unwrap();
        if who == "bob" {
            shop.record(&CreditTransaction::reversal(shop.stamp(), &id(who), &deposit.id)).unwrap();
            shop.delete_customer(&id(who), None).unwrap();
        }
    }
    shop.erase_customer(&id("cyd")).unwrap();
    found_locations(&shop);
    send_in_bulk(&shop);
    meet_at_the_door(&shop);
    then(&shop);
    let path = shop.path();
    (shop.closed().unwrap(), path)
}

/// Locations with every field, one of them deleted.
fn found_locations(shop: &Shop) {
    let chain = shop.create_location(&Location::new(shop.stamp(), "Corner shops")).unwrap();
    let meta = serde_json::Map::from_iter([("size".to_owned(), 3.into())]);
    let main_street = shop
        .create_location(&Location {
            kind: LocationType::ProductType,
            external_id: Some("L-1".to_owned()),
            parent_id: Some(chain.id),
            meta,
            ..Location::new(shop.stamp(), "Main Street")
        })
        .unwrap();
    shop.edit_location(&main_street.id, |shop| shop.name = "Long Street".to_owned()).unwrap();
    let gone = shop.create_location(&Location::new(shop.stamp(), "Gone")).unwrap();
    shop.delete_location(&gone.id).unwrap();
}

/// Keys, one of them revoked, and an answer about Ada.
#[cfg(feature = "http")]
fn meet_at_the_door(shop: &Shop) {
    use tillbook::{Answer, KeyKind, RequestDigest, Right, Rights};
    let door = shop.add_key("door", Rights::from_iter([Right::Admin]), KeyKind::Bearer).unwrap();
    shop.add_key("till", Rights::NONE, KeyKind::Nws4).unwrap();
    shop.add_key("old", Rights::NONE, KeyKind::Nws4).unwrap();
    shop.revoke_key("old").unwrap();
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    let answer = Answer { status: 200, headers, body: b"first of ada".to_vec() };
    let request = RequestDigest::of("POST", "/customers", b"");
    shop.write(|tx| tx.remember(&door.key.id, "k", &request, &answer, &[id("ada")])).unwrap();
}

#[cfg(not(feature = "http"))]
fn meet_at_the_door(_: &Shop) {}

/// The value with one bit changed, or none when there is no bit in it or it would be no text.
fn flipped(value: &Value, dice: &SeededRandom) -> Option<Value> {
    let draw = |n: usize| usize::try_from(dice.next_u64() % n as u64).unwrap();
    Some(match value {
        Value::Integer(integer) => Value::Integer(integer ^ (1 << draw(63))),
        Value::Blob(bytes) if !bytes.is_empty() => {
            let mut bytes = bytes.clone();
            let at = draw(bytes.len());
            bytes[at] ^= 1 << draw(8);
            Value::Blob(bytes)
        }
        Value::Text(text) if !text.is_empty() => {
            let mut bytes = text.clone().into_bytes();
            let at = draw(bytes.len());
            bytes[at] ^= 1 << draw(7);
            Value::Text(String::from_utf8(bytes).ok()?)
        }
        _ => return None,
    })
}

fn texts(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A connection that lets anything be written.
fn raw(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "pragma foreign_keys = off; pragma ignore_check_constraints = on; pragma synchronous = off;
         update node set replaying = 1",
    )
    .unwrap();
    conn
}

#[test]
fn every_flipped_bit_of_a_row_is_named() {
    let (_folder, path) = file();
    writeln!(std::io::stderr(), "{}", check_flips(&path, &UNSEALED)).unwrap();
}

#[test]
fn every_flipped_bit_of_a_shop_between_others_is_named_or_mends_itself() {
    let (_folder, path) = file_of(|shop| drop(be_between(shop)));
    let told = check_flips(&path, &[&UNSEALED[..], &UNSEALED_BETWEEN].concat());
    writeln!(std::io::stderr(), "{told}").unwrap();
}

/// What was flipped and what of it was missed, in words.
fn check_flips(path: &Path, unsealed: &[&str]) -> String {
    let sound = fs::read(path).unwrap();
    let dice = SeededRandom::new(11);
    let (mut n_flips, mut missed) = (0, Vec::new());
    let conn = raw(path);
    let tables = texts(&conn, "select name from sqlite_schema where type = 'table' order by name");
    let columns: Vec<_> = tables
        .iter()
        .flat_map(|table| {
            let sql = format!("select name from pragma_table_info('{table}')");
            texts(&conn, &sql).into_iter().map(move |column| (table, column))
        })
        .collect();
    drop(conn);
    for (table, column) in columns {
        for _ in 0..FLIPS {
            fs::write(path, &sound).unwrap();
            if let Some(what) = flip(path, table, &column, &dice) {
                n_flips += 1;
                missed.extend(Some(what).filter(|_| !is_found(path)));
            }
        }
    }
    let n_missed = missed.len();
    missed.retain(|what| !unsealed.contains(&what.as_str()));
    assert!(missed.is_empty(), "missed of {n_flips}:\n{}", missed.join("\n"));
    assert!(n_flips > 300, "only {n_flips} bits were flipped");
    format!("{n_flips} flipped bits, {n_missed} in unsealed columns unnoticed")
}

/// Flips a bit in a column of a row; what, when there was one.
fn flip(path: &Path, table: &str, column: &str, dice: &SeededRandom) -> Option<String> {
    let conn = raw(path);
    let sql = format!("select {column} from {table} where {column} is not null");
    let mut statement = conn.prepare(&sql).unwrap();
    let values: Vec<Value> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    if values.is_empty() {
        return None;
    }
    let value = &values[usize::try_from(dice.next_u64()).unwrap() % values.len()];
    let other = flipped(value, dice)?;
    // Of many rows with this value one is enough.
    let keys = texts(
        &conn,
        &format!("select name from pragma_table_info('{table}') where pk > 0 order by pk"),
    );
    let keys = keys.join(", ");
    let sql = format!(
        "update {table} set {column} = ?2
          where ({keys}) in (select {keys} from {table} where {column} = ?1 limit 1)"
    );
    // A value that must be unique may meet another one.
    let n_rows = conn.execute(&sql, params![value, other]).unwrap_or(0);
    // The switch under which the bits were flipped is no damage.
    conn.execute("update node set replaying = 0 where replaying = 1", []).unwrap();
    (n_rows == 1).then(|| format!("{table}.{column}"))
}

/// Whether somebody who opens and checks the file learns that something is wrong.
fn is_found(path: &Path) -> bool {
    match Store::open_with(path, options(2).0) {
        Ok(store) => store.check(|_| ()).map_or(true, |report| !report.is_sound()),
        Err(_) => true,
    }
}

/// Damages the closed file in one of several ways.
fn damage(sound: &[u8], dice: &SeededRandom) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    let draw = |n: usize| usize::try_from(dice.next_u64()).unwrap() % n;
    let n_pages = bytes.len() / 4096;
    match draw(5) {
        0 => bytes.truncate(draw(sound.len())),
        1 => {
            let page = draw(n_pages) * 4096;
            bytes[page..page + 4096].fill(0);
        }
        2 => {
            let (one, other) = (draw(n_pages) * 4096, draw(n_pages) * 4096);
            bytes.copy_within(one..one + 4096, other);
        }
        3 => {
            let page = draw(n_pages) * 4096;
            (0..200).for_each(|_| bytes[page + draw(4096)] = u8::try_from(draw(256)).unwrap());
        }
        _ => (0..=draw(20)).for_each(|_| bytes[draw(sound.len())] ^= 1 << draw(8)),
    }
    bytes
}

#[test]
fn a_damaged_file_answers_errors_only() {
    let (_folder, path) = file();
    let sound = fs::read(&path).unwrap();
    let asked = std::env::var("TILLBOOK_FLIPS").ok().and_then(|flips| flips.parse().ok());
    let dice = SeededRandom::new(12);
    let (mut n_open, mut n_named) = (0, 0);
    for _ in 0..asked.unwrap_or(FILES) {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", path.display()));
        }
        fs::write(&path, damage(&sound, &dice)).unwrap();
        let Ok(store) = Store::open_with(&path, options(2).0) else { continue };
        n_open += 1;
        let sound = store.check(|_| ()).is_ok_and(|report| report.is_sound());
        n_named += u64::from(!sound);
        let _ = store.list_profiles(&Query::default());
        let _ = store.list_operations(Page { skip: 0, take: 1000 });
        for who in ["ada", "bob", "cyd", "dan", "eve", "ivo"] {
            let _ = store.profile(&id(who));
            let _ = store.list_credit_transactions(&id(who), Page { skip: 0, take: 1000 });
            let _ = store.edit_customer(&id(who), |c| c.note = Some("new".to_owned()));
        }
        let _ = store.create_customer(&customer("fay"));
        let _ = store.erase_customer(&id("dan"));
    }
    writeln!(std::io::stderr(), "{n_open} damaged files opened, {n_named} of them named").unwrap();
}
