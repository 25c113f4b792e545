//! Salvage: what a damaged file still proves is carried over, what is not is named, money does not
//! appear out of nothing, and nobody who was erased comes back.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tillbook::salvage::{Finding, Reason, Salvage};
use tillbook::{
    Address, BanNote, Card, CardStatus, CreditKind, CreditTransaction, Customer, CustomerId, Error,
    Money, Page, Profile, SeededRandom, Store, Timestamp, salvage,
};

use crate::shop::{Shop, card, customer, id, options};

/// Damaged files per run; `TILLBOOK_SALVAGES` asks for more.
const FILES: u64 = 20;
/// Customers of the file that is damaged at random.
const N_CUSTOMERS: usize = 60;
/// The reasons for which nothing can be salvaged.
const REFUSALS: [&str; 3] = ["its first pages", "is not a Tillbook file", "has schema version"];
const PAGE_BYTES: usize = 4096;

/// A closed file: customers with all that belongs to one, written in several sittings, some of them
/// deleted, merged and erased.
fn file(n_customers: usize) -> (TempDir, PathBuf) {
    let mut shop = Shop::on_file(1);
    let dice = SeededRandom::new(3);
    let draw = |n: usize| usize::try_from(dice.next_u64() % n as u64).unwrap();
    let name = |n: usize| format!("c{n:04}");
    for n in 0..n_customers {
        shop.clock.advance(60_000);
        let who = name(n);
        let text = |text: &str| Some(format!("{text} of {who}"));
        shop.create_customer(&Customer {
            first_name: text("first"),
            external_id: text("number"),
            note: text("note"),
            credit_line: Money::from_minor(100),
            ..customer(&who)
        })
        .unwrap();
        shop.set_card(&id(&who), &Card { note: text("card"), ..card(&who) }).unwrap();
        let address = Address { line1: text("street"), ..Address::new(shop.stamp()) };
        shop.set_address(&id(&who), &address).unwrap();
        if n % 7 == 0 {
            shop.add_ban_note(&id(&who), &BanNote::new(shop.stamp(), "a reason")).unwrap();
        }
        let deposit =
            CreditTransaction::deposit(shop.stamp(), &id(&who), Money::from_minor(10_000));
        shop.record(&deposit).unwrap();
        for _ in 0..draw(4) {
            let who = id(&name(draw(n + 1)));
            shop.clock.advance(1_000);
            let amount = Money::from_minor(i64::try_from(1 + draw(300)).unwrap());
            let mut spend = CreditTransaction::spend(shop.stamp(), &who, amount);
            spend.note = Some("bread".to_owned());
            let _ = shop.record(&spend);
            if draw(5) == 0 {
                let _ = shop.record(&CreditTransaction::reversal(shop.stamp(), &who, &spend.id));
            }
        }
        if n % 20 == 19 {
            shop = shop.reopened(100 + n as u64);
        }
    }
    end(&shop, &name);
    let path = shop.path();
    (shop.closed().unwrap(), path)
}

/// Deletes, merges, erases, edits.
fn end(shop: &Shop, name: &dyn Fn(usize) -> String) {
    let gone = id(&name(1));
    let balance = shop.balance(&gone).unwrap();
    shop.record(&CreditTransaction::withdrawal(shop.stamp(), &gone, balance)).unwrap();
    shop.delete_customer(&gone, None).unwrap();
    shop.merge_customers(&id(&name(2)), &id(&name(3))).unwrap();
    shop.erase_customer(&id(&name(4))).unwrap();
    shop.edit_customer(&id(&name(5)), |c| c.last_name = Some("later".to_owned())).unwrap();
    let serial = card(&name(6)).serial_number;
    shop.edit_card(&id(&name(6)), &serial, |card| card.status = CardStatus::Blocked).unwrap();
    shop.remove_card(&id(&name(7)), &card(&name(7)).serial_number).unwrap();
}

/// A customer as people know one: without version and times, which a file keeps for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    profile: Option<Profile>,
    ban_notes: Vec<BanNote>,
    balance: Money,
    transactions: Vec<CreditTransaction>,
}

fn records(store: &Store, path: &Path) -> BTreeMap<CustomerId, Record> {
    let all = Page { skip: 0, take: u32::MAX };
    let record = |id: &CustomerId| {
        let profile = store.profile(id).ok().map(|mut profile| {
            profile.customer.version = None;
            profile.customer.changed_at = Timestamp::from_ms(0);
            profile.customer.created_at = Timestamp::from_ms(0);
            profile
        });
        let postings = store.list_credit_transactions(id, all).unwrap();
        let balance = postings.last().map_or(Money::ZERO, |last| last.balance);
        let mut transactions: Vec<_> = postings.into_iter().map(|p| p.transaction).collect();
        transactions.sort_by(|a, b| a.id.cmp(&b.id));
        Record { profile, ban_notes: store.list_ban_notes(id).unwrap(), balance, transactions }
    };
    ids(path).into_iter().map(|id| (id.clone(), record(&id))).collect()
}

fn blank(who: &str) -> Customer {
    Customer { changed_at: Timestamp::from_ms(0), ..customer(who) }
}

fn ids(path: &Path) -> Vec<CustomerId> {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare("select id from customer order by key").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|text| id(&text.unwrap())).collect()
}

fn exported(store: &Store) -> String {
    let mut out = Vec::new();
    store.export_json_lines(&mut out, |_| ()).unwrap();
    String::from_utf8(out).unwrap()
}

/// Salvages `path` and holds the result against what was there before: the file is sound, the
/// damaged one untouched, and whoever is not named is as before.
fn check(
    path: &Path,
    before: &BTreeMap<CustomerId, Record>,
    what: &str,
) -> Result<(Salvage, Store, TempDir), Error> {
    let bytes = fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.db");
    let salvaged = salvage(path, &fresh, &options(9).0, |_| ());
    assert_eq!(fs::read(path).unwrap(), bytes, "{what}: the damaged file was changed");
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
    left.retain(|path| *path != fresh);
    assert_eq!(left, Vec::<PathBuf>::new(), "{what}: something is left over");
    let salvaged = match salvaged {
        Ok(salvaged) => salvaged,
        Err(error) => {
            assert!(!fresh.exists(), "{what}");
            return Err(error);
        }
    };
    let store = Store::open_with(&fresh, options(10).0).unwrap();
    assert_eq!(store.check(|_| ()).unwrap().troubles, [], "{what}");
    let named: HashSet<_> = salvaged.findings.iter().filter_map(|f| f.customer.clone()).collect();
    let after = records(&store, &fresh);
    // Rows of unknown ids may be transactions of anybody; their customers' balances still hold.
    let ledger_reads = !salvaged.findings.iter().any(|f| f.table == "credit_transaction");
    for (id, record) in before {
        let mut expected = record.clone();
        let found = after.get(id).cloned();
        if named.contains(id) {
            let balance = found.map(|found| found.balance);
            let known = balance == Some(record.balance) || in_doubt(&salvaged, id);
            assert!(known, "{what}: {id} has {balance:?}\n{:#?}", salvaged.findings);
            continue;
        }
        let Some(mut found) = found else { panic!("{what}: {id} is gone and not named") };
        if !ledger_reads {
            (expected.transactions, found.transactions) = (Vec::new(), Vec::new());
        }
        assert_eq!(found, expected, "{what}: {id}\n{:#?}", salvaged.findings);
    }
    for id in after.keys().filter(|id| !named.contains(*id)) {
        assert!(before.contains_key(id), "{what}: {id} has come out of nothing");
    }
    let erased = after.get(&id("c0004"));
    if let Some(profile) = erased.and_then(|record| record.profile.as_ref()) {
        // Where even the erase is lost, the id may stand, but nothing about the person does.
        let nobody = Customer { version: None, ..profile.customer.clone() };
        let blank = Customer { created_at: nobody.created_at, ..blank("c0004") };
        assert_eq!(nobody, blank, "{what}");
        assert_eq!((&profile.addresses[..], &profile.cards[..]), (&[][..], &[][..]), "{what}");
    }
    Ok((salvaged, store, folder))
}

/// How often each reason was given.
fn counted(salvaged: &Salvage) -> String {
    let mut counts = BTreeMap::<String, usize>::new();
    for finding in &salvaged.findings {
        let reason = format!("{:?}", finding.reason);
        let reason = reason.split([' ', '(']).next().unwrap().to_owned();
        *counts.entry(format!("{} {reason}", finding.table)).or_default() += 1;
    }
    format!("{counts:?}")
}

/// Whether the report says that the balance of this customer may be another than before.
fn in_doubt(salvaged: &Salvage, id: &CustomerId) -> bool {
    salvaged.findings.iter().any(|finding| {
        let doubtful = matches!(
            finding.reason,
            Reason::BalanceOfLast { .. }
                | Reason::BalanceUncertain { .. }
                | Reason::BalanceLost { .. }
        );
        doubtful && finding.customer.as_ref() == Some(id)
    })
}

#[test]
fn a_healthy_file_is_salvaged_whole() {
    let (_folder, path) = file(N_CUSTOMERS);
    let store = Store::open_with(&path, options(2).0).unwrap();
    let (before, export) = (records(&store, &path), exported(&store));
    let n_operations = store.list_operations(Page { skip: 0, take: u32::MAX }).unwrap().len();
    drop(store);
    let (salvaged, fresh, _fresh_folder) = check(&path, &before, "healthy").unwrap();
    assert_eq!(salvaged.findings, []);
    assert_eq!(salvaged.n_operations_kept, n_operations as u64);
    assert_eq!(salvaged.report.n_operations, n_operations as u64);
    assert_eq!(exported(&fresh), export);
    for record in before.values().filter(|record| record.profile.is_some()) {
        for transaction in record.transactions.iter().filter(|t| t.kind != CreditKind::Merge) {
            // A retry of an old transaction is still the same one.
            assert_eq!(fresh.record(transaction).unwrap(), record.balance);
        }
    }
    assert_ne!(fresh.node(), Store::open_with(&path, options(2).0).unwrap().node());
}

/// Damages `sound` in one of several ways, and says how.
fn damage(sound: &[u8], dice: &SeededRandom) -> (Vec<u8>, String) {
    let mut bytes = sound.to_vec();
    let draw = |n: usize| usize::try_from(dice.next_u64()).unwrap() % n;
    let n_pages = bytes.len() / PAGE_BYTES;
    let what = match draw(6) {
        0 => {
            let n = 1 + draw(40);
            (0..n).for_each(|_| bytes[draw(sound.len())] ^= 1 << draw(8));
            format!("{n} flipped bits")
        }
        1 => {
            let pages: Vec<_> = (0..=draw(3)).map(|_| 1 + draw(n_pages - 1)).collect();
            for page in &pages {
                bytes[page * PAGE_BYTES..(page + 1) * PAGE_BYTES].fill(0);
            }
            format!("pages {pages:?} zeroed")
        }
        2 => {
            let (one, other) = (1 + draw(n_pages - 1), 1 + draw(n_pages - 1));
            bytes.copy_within(one * PAGE_BYTES..(one + 1) * PAGE_BYTES, other * PAGE_BYTES);
            format!("page {other} is page {one}")
        }
        3 => {
            let page = draw(n_pages) * PAGE_BYTES;
            (0..200)
                .for_each(|_| bytes[page + draw(PAGE_BYTES)] = u8::try_from(draw(256)).unwrap());
            format!("noise in page {}", page / PAGE_BYTES)
        }
        4 => {
            let n_bytes = sound.len() / 2 + draw(sound.len() / 2);
            bytes.truncate(n_bytes);
            format!("cut to {n_bytes} bytes")
        }
        _ => {
            let at = draw(sound.len());
            bytes[at] ^= 1 << draw(8);
            format!("one bit at {at}")
        }
    };
    (bytes, what)
}

#[test]
fn a_damaged_file_gives_back_what_it_proves() {
    let (_folder, path) = file(N_CUSTOMERS);
    let store = Store::open_with(&path, options(2).0).unwrap();
    let before = records(&store, &path);
    drop(store);
    let sound = fs::read(&path).unwrap();
    let asked = |name| std::env::var(name).ok().and_then(|n: String| n.parse().ok());
    let first = asked("TILLBOOK_SALVAGE_FIRST").unwrap_or(0);
    let n_files = asked("TILLBOOK_SALVAGES").unwrap_or(FILES);
    let (mut n_whole, mut n_refused, mut n_findings) = (0, 0, 0);
    for seed in first..first + n_files {
        let (bytes, how) = damage(&sound, &SeededRandom::new(seed));
        fs::write(&path, bytes).unwrap();
        let what = format!("{seed}: {how}");
        match check(&path, &before, &what) {
            Ok((salvaged, ..)) => {
                n_whole += u64::from(salvaged.is_whole());
                n_findings += salvaged.n_findings;
                if asked("TILLBOOK_SALVAGES").is_some() {
                    writeln!(std::io::stderr(), "{what}: {}", counted(&salvaged)).unwrap();
                }
            }
            Err(error) => {
                n_refused += 1;
                let error = error.to_string();
                assert!(REFUSALS.iter().any(|known| error.contains(known)), "{what}: {error}");
            }
        }
    }
    writeln!(
        std::io::stderr(),
        "{n_files} damaged files: {n_whole} whole, {n_refused} refused, {n_findings} findings"
    )
    .unwrap();
    assert!(n_refused * 5 < n_files && n_whole > 0);
}

/// A till that was killed leaves its last commits in the log beside the file.
#[test]
fn what_lies_in_the_log_is_salvaged_too() {
    let shop = Shop::on_file(1);
    for who in ["ada", "bob", "c0004", "dan"] {
        shop.create_customer(&customer(who)).unwrap();
        let deposit = CreditTransaction::deposit(shop.stamp(), &id(who), Money::from_minor(500));
        shop.record(&deposit).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.db");
    let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    fs::copy(shop.path(), &path).unwrap();
    let mut bytes = fs::read(log(&shop.path())).unwrap();
    fs::write(log(&path), &bytes).unwrap();
    let before = records(&shop, &shop.path());
    assert_eq!(before.len(), 4);
    let (salvaged, ..) = check(&path, &before, "killed").unwrap();
    assert_eq!(salvaged.findings, []);
    assert_eq!(fs::read(log(&path)).unwrap(), bytes);

    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(log(&path), &bytes).unwrap();
    let fresh = folder.path().join("fresh.db");
    let salvaged = salvage(&path, &fresh, &options(9).0, |_| ()).unwrap();
    let told: Vec<_> = salvaged.findings.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["log 5 commits: the page does not read"]);
}

/// Both witnesses of one thing: what is done without the row, and what without the operation.
#[test]
fn one_witness_is_enough() {
    let (_folder, path) = file(12);
    let store = Store::open_with(&path, options(2).0).unwrap();
    let before = records(&store, &path);
    drop(store);
    let sound = fs::read(&path).unwrap();
    for sql in [
        "update customer set first_name = 'other', seal = seal + 1",
        "update customer set credit_minor = credit_minor + 1",
        "update card set note = 'other'",
        "update credit_transaction set amount_minor = amount_minor + 1",
        "delete from credit_transaction where kind = 'deposit'",
        "delete from customer; delete from address; delete from ban_note",
        "update operation set hash = zeroblob(32) where seq % 2 = 0",
        "drop table credit_transaction; drop table claim; drop table conflict",
    ] {
        fs::write(&path, &sound).unwrap();
        damage_rows(&path, sql);
        let (salvaged, ..) = check(&path, &before, sql).unwrap();
        assert_eq!(salvaged.findings, [], "{sql}: the log has everything");
    }
    for sql in [
        "delete from operation",
        "update operation set facts = replace(facts, '\"amount\":', '\"amount\":1')",
        "drop table operation; drop table incarnation",
    ] {
        fs::write(&path, &sound).unwrap();
        damage_rows(&path, sql);
        let (salvaged, ..) = check(&path, &before, sql).unwrap();
        assert!(!salvaged.is_whole(), "{sql}");
        let people = salvaged.findings.iter().filter(|finding| finding.customer.is_some());
        assert_eq!(people.collect::<Vec<_>>(), Vec::<&Finding>::new(), "{sql}: the rows have all");
    }
}

fn damage_rows(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "pragma foreign_keys = off; pragma ignore_check_constraints = on; pragma synchronous = off;
         update node set replaying = 1",
    )
    .unwrap();
    conn.execute_batch(sql).unwrap();
    // Where the ledger itself was dropped, the switch is of no use any more.
    conn.execute_batch("update node set replaying = 0").unwrap();
}
