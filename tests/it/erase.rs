//! Erase: no byte of a person is left in the file or beside it, the ledger still adds up, the
//! chains still verify, and it stays so whatever arrives later.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use expect_test::expect;
use serde_json::json;
use tillbook::clock::{Random, SeededRandom};
use tillbook::{
    Address, AddressId, BanNote, Company, CreditKind, CreditTransaction, Customer, Date, Money,
    Page, Replacement, Result, Store, Tx,
};

use crate::shop::{Shop, card, customer, id, operations, said, send, told};

/// The texts that [`person`], [`belongings`] and [`live_a_little`] are made of, in small letters
/// and digits, so that their folded copies are the same.
const SECRETS: [&str; 26] = [
    "qzexternal",
    "qzfirst",
    "qzmiddle",
    "qzlast",
    "qzfull",
    "1931-07-05",
    "qzmail",
    "0905777123",
    "qzfirm",
    "qzcrn",
    "qzvat",
    "qztax",
    "qznote",
    "qzkey",
    "qzvalue",
    "qzserial",
    "qzcardnote",
    "qzcardext",
    "qzreason",
    "qzstreet",
    "qzcity",
    "qzplacenote",
    "qzban",
    "qzactor",
    "qzreceipt",
    "qzwords",
];

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A person with a secret in every field; `n` makes each edit differ in content and length.
fn person(n: usize) -> Customer {
    let some = |secret: &str| text(&format!("{secret}{n}"));
    Customer {
        external_id: some("qzexternal"),
        first_name: some("qzfirst"),
        middle_name: some("qzmiddle"),
        last_name: some("qzlast"),
        full_name: some("qzfull"),
        birth_date: Date::parse("1931-07-05").ok(),
        email: some("qzmail@example.org"),
        phone: some("0905777123"),
        company: Some(Company {
            name: some("qzfirm"),
            crn: some("qzcrn"),
            vat_id: some("qzvat"),
            tax_id: some("qztax"),
        }),
        note: text(&format!("qznote{n}.").repeat(1 + n * n % 900)),
        meta: [(format!("qzkey{n}"), json!(["qzvalue", n]))].into_iter().collect(),
        ..customer("ada")
    }
}

/// Addresses and cards, other ones for each `n`.
fn belongings(n: usize) -> (Vec<Address>, Vec<tillbook::Card>) {
    let address = |i| Address {
        line1: text("qzstreet"),
        city: text("qzcity"),
        note: text(&"qzplacenote ".repeat(n % 50)),
        ..Address::with_id(AddressId::new(&format!("home{i}")).unwrap())
    };
    let card = |i| tillbook::Card {
        external_id: text("qzcardext"),
        status_reason: text("qzreason"),
        note: text(&"qzcardnote ".repeat(n % 30)),
        meta: json!({"qzkey": "qzvalue"}).as_object().cloned(),
        ..card(&format!("qzserial{i}"))
    };
    ((0..n % 4).map(address).collect(), (n..n + n % 3).map(card).collect())
}

/// A replacement, a transaction with words and a ban note.
fn live_a_little(tx: &Tx<'_>, n: usize) -> Result<()> {
    let (addresses, cards) = belongings(n);
    tx.replace(&Replacement {
        customer: person(n),
        addresses: Some(addresses),
        cards: Some(cards),
        credit: None,
        ban_note: None,
    })?;
    let store = tx.store();
    let deposit = CreditTransaction {
        external_id: text("qzreceipt"),
        note: text(&"qzwords ".repeat(n % 40)),
        meta: json!({"qzkey": "qzvalue"}).as_object().cloned(),
        actor: text("qzactor"),
        ..CreditTransaction::deposit(store.stamp(), &id("ada"), Money::from_minor(100))
    };
    tx.record(&deposit)?;
    let note = BanNote { actor: text("qzactor"), ..BanNote::new(store.stamp(), "qzban") };
    tx.add_ban_note(&id("ada"), &note)
}

/// A door remembers what it answered about Ada.
#[cfg(feature = "http")]
fn be_answered(shop: &Shop, n: usize) {
    use tillbook::{Answer, KeyKind, RequestDigest, Rights};
    let door = shop.add_key(&format!("door {n}"), Rights::NONE, KeyKind::Bearer).unwrap().key.id;
    let body = SECRETS.join(" ").repeat(n % 20).into_bytes();
    let answer = Answer { status: 200, headers: vec![], body };
    let request = RequestDigest::of("GET", "/customers/ada", b"");
    shop.write(|tx| tx.remember(&door, "k", &request, &answer, &[id("ada")])).unwrap();
}

#[cfg(not(feature = "http"))]
fn be_answered(_: &Shop, _: usize) {}

/// Other people come and change between Ada's edits, so that her rows move from page to page.
fn crowd(tx: &Tx<'_>, dice: &SeededRandom, n: usize) -> Result<()> {
    for i in 0..8 {
        let mut bits = [0; 2];
        dice.fill(&mut bits);
        let other = format!("{:02x}-{n}-{i}", bits[0]);
        let note = text(&"x".repeat(usize::from(bits[1]) * 9));
        tx.create_customer(&Customer { note: note.clone(), ..customer(&other) })?;
        tx.set_card(&id(&other), &card(&format!("{:02x}-{n}-{i}", bits[1])))?;
        let earlier = tx.customer(&id(&other))?;
        tx.update_customer(&Customer { note: None, last_name: text("Other"), ..earlier })?;
    }
    Ok(())
}

/// Every secret found in the files of a folder: `file: secret`.
fn found_in(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap().to_ascii_lowercase();
        let name = path.file_name().unwrap().display();
        let may_begin = |byte: &u8| matches!(byte, b'q' | b'0' | b'1');
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| may_begin(byte)) {
            let secrets = SECRETS.iter();
            let begun = secrets.filter(|secret| bytes[at..].starts_with(secret.as_bytes()));
            found.extend(begun.map(|secret| format!("{name}: {secret}")));
        }
    }
    found
}

/// A file on which Ada and a crowd have lived for `days` days.
fn lived(seed: u64, days: usize) -> Shop {
    let mut shop = Shop::on_file(seed);
    let dice = SeededRandom::new(seed);
    shop.create_customer(&person(0)).unwrap();
    for n in 1..=days {
        shop.write(|tx| {
            crowd(tx, &dice, n)?;
            live_a_little(tx, n)?;
            crowd(tx, &dice, n + days)
        })
        .unwrap();
        be_answered(&shop, n);
        shop.clock.advance(60_000);
        if n % 10 == 5 {
            shop = shop.reopened(seed + n as u64);
        }
    }
    shop
}

#[test]
fn no_byte_of_an_erased_person_is_left() {
    for seed in [7, 101] {
        let days = 30;
        let shop = lived(seed, days);
        let folder = shop.path().parent().unwrap().to_owned();
        let before = found_in(&folder);
        let missed = |secret: &&str| !before.iter().any(|line| line.contains(*secret));
        assert_eq!(SECRETS.iter().filter(|secret| missed(secret)).count(), 0, "{before:?}");
        shop.erase_customer(&id("ada")).unwrap();
        assert_eq!(found_in(&folder), BTreeSet::new(), "seed {seed}, while it is open");
        let report = shop.check(|_| ()).unwrap();
        assert!(report.is_sound(), "seed {seed}: {report:?}");
        let ledger =
            shop.list_credit_transactions(&id("ada"), Page { skip: 0, take: 100 }).unwrap();
        let last = ledger.last().unwrap();
        assert_eq!((ledger.len(), last.balance.minor()), (days, days as i64 * 100));
        let closed = shop.closed();
        assert_eq!(found_in(&folder), BTreeSet::new(), "seed {seed}, closed");
        drop(closed);
    }
}

/// Everything that can be asked about Ada.
fn asked(store: &Store) -> String {
    let ada = id("ada");
    let page = Page { skip: 0, take: 100 };
    let shown = [
        ("customer", told(store.customer(&ada))),
        ("profile", told(store.profile(&ada))),
        ("balance", told(store.balance(&ada))),
        ("ban notes", told(store.list_ban_notes(&ada))),
        (
            "ledger",
            told(store.list_credit_transactions(&ada, page).map(|ledger| {
                ledger.into_iter().map(|posting| posting.transaction).collect::<Vec<_>>()
            })),
        ),
        ("card", told(store.find_card(&card("qzserial1").serial_number))),
    ];
    shown.iter().map(|(name, answer)| format!("{name}: {answer}\n")).collect()
}

#[test]
fn an_erased_customer_is_gone_for_ever() {
    let shop = Shop::in_memory(1);
    let ada = id("ada");
    shop.create_customer(&person(1)).unwrap();
    shop.write(|tx| live_a_little(tx, 1)).unwrap();
    shop.erase_customer(&ada).unwrap();
    expect![[r#"
        customer: there is no customer ada
        profile: there is no customer ada
        balance: there is no customer ada
        ban notes: []
        ledger: [CreditTransaction { id: TransactionId(019b796d-d600-7585-a712-0fbbe785a83d), customer_id: CustomerId(ada), kind: Deposit, amount: Money(100), target: None, at: 2026-01-01T12:00:00.000Z, external_id: None, note: None, meta: None, actor: None, paid: None, on_sight: false, ext: {} }]
        card: None
    "#]].assert_eq(&asked(&shop));
    let n_operations = operations(&shop).len();
    let deposit = CreditTransaction::deposit(shop.stamp(), &ada, Money::from_minor(1));
    let tries = [
        ("create", said(shop.create_customer(&customer("ada")))),
        ("replace", said(shop.update_customer(&customer("ada")))),
        ("edit", said(shop.edit_customer(&ada, |_| ()))),
        ("card", said(shop.set_card(&ada, &card("1")))),
        ("ban note", said(shop.add_ban_note(&ada, &BanNote::new(shop.stamp(), "x")))),
        ("record", said(shop.record(&deposit))),
        ("delete", said(shop.delete_customer(&ada, None))),
        ("undelete", said(shop.undelete_customer(&ada))),
        ("merge", said(shop.merge_customers(&ada, &id("other")))),
        ("erase", said(shop.erase_customer(&ada))),
    ];
    let tries: String = tries.iter().map(|(name, said)| format!("{name}: {said}\n")).collect();
    expect![[r#"
        create: customer ada was erased; an erased id is never used again
        replace: customer ada was erased; an erased id is never used again
        edit: there is no customer ada
        card: there is no customer ada
        ban note: customer ada was erased; an erased id is never used again
        record: customer ada was erased; an erased id is never used again
        delete: customer ada was erased; an erased id is never used again
        undelete: customer ada was erased; an erased id is never used again
        merge: customer ada was erased; an erased id is never used again
        erase: ok
    "#]]
    .assert_eq(&tries);
    assert_eq!(operations(&shop).len(), n_operations, "none of it was written down");
    // What was claimed is free.
    let heir = Customer { external_id: text("qzexternal1"), ..customer("heir") };
    assert_eq!(said(shop.create_customer(&heir)), "ok");
    assert_eq!(said(shop.set_card(&heir.id, &card("qzserial1"))), "ok");
}

#[test]
fn an_operation_outlives_its_personal_part() {
    let shop = Shop::in_memory(1);
    shop.create_customer(&person(1)).unwrap();
    shop.write(|tx| live_a_little(tx, 2)).unwrap();
    let before = operations(&shop);
    shop.erase_customer(&id("ada")).unwrap();
    let after = operations(&shop);
    assert!(before.iter().all(|operation| operation.personal.is_some()));
    assert_eq!(after.len(), before.len() + 1);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after.personal, None);
        assert_eq!((before.hash, before.personal_hash), (after.hash, after.personal_hash));
        assert_eq!(before.facts, after.facts);
    }
    // They are sent on, and another node takes them without what is gone.
    let other = Shop::in_memory(2);
    assert_eq!(send(&shop, &other), after.len());
    assert_eq!(asked(&other), asked(&shop));
    assert!(other.check(|_| ()).unwrap().is_sound());
}

/// Once, an edit that arrived after the erase was stored with its personal part.
#[test]
fn what_arrives_after_an_erase_brings_nothing_back() {
    let (shop, till) = (Shop::on_file(1), Shop::in_memory(2));
    shop.create_customer(&person(0)).unwrap();
    send(&shop, &till);
    shop.erase_customer(&id("ada")).unwrap();
    for n in 1..6 {
        till.write(|tx| live_a_little(tx, n)).unwrap();
    }
    till.delete_customer(&id("ada"), None).unwrap_err();
    assert_eq!(send(&till, &shop), 6 + 5 * 3 - 6);
    expect![[r#"
        customer: there is no customer ada
        profile: there is no customer ada
        balance: there is no customer ada
        ban notes: []
        ledger: [CreditTransaction { id: TransactionId(019b796d-d600-73b2-877b-b33cbc588665), customer_id: CustomerId(ada), kind: Deposit, amount: Money(100), target: None, at: 2026-01-01T12:00:00.000Z, external_id: None, note: None, meta: None, actor: None, paid: None, on_sight: false, ext: {} }, CreditTransaction { id: TransactionId(019b796d-d600-7932-9a1e-686e113412e7), customer_id: CustomerId(ada), kind: Deposit, amount: Money(100), target: None, at: 2026-01-01T12:00:00.000Z, external_id: None, note: None, meta: None, actor: None, paid: None, on_sight: false, ext: {} }, CreditTransaction { id: TransactionId(019b796d-d600-72a2-bf2e-cbb480bd8eef), customer_id: CustomerId(ada), kind: Deposit, amount: Money(100), target: None, at: 2026-01-01T12:00:00.000Z, external_id: None, note: None, meta: None, actor: None, paid: None, on_sight: false, ext: {} }, CreditTransaction { id: TransactionId(019b796d-d600-735d-90e9-74ac4d593c9c), customer_id: CustomerId(ada), kind: Deposit, amount: Money(100), target: None, at: 2026-01-01T12:00:00.000Z, external_id: None, note: None, meta: None, actor: None, paid: None, on_sight: false, ext: {} }, CreditTransaction { id: TransactionId(019b796d-d600-7a30-acb3-ce36aa6fe12b), customer_id: CustomerId(ada), kind: Deposit, amount: Money(100), target: None, at: 2026-01-01T12:00:00.000Z, external_id: None, note: None, meta: None, actor: None, paid: None, on_sight: false, ext: {} }]
        card: None
    "#]].assert_eq(&asked(&shop));
    assert_eq!(found_in(shop.path().parent().unwrap()), BTreeSet::new());
    assert!(shop.check(|_| ()).unwrap().is_sound());
    // And the other way round: the erase takes away what the till has added.
    send(&shop, &till);
    assert_eq!(asked(&till), asked(&shop));
    let left: String = operations(&till).iter().map(|operation| format!("{operation:?}")).collect();
    assert_eq!(SECRETS.iter().filter(|secret| left.contains(*secret)).count(), 0);
    let kinds: Vec<_> = shop
        .list_credit_transactions(&id("ada"), Page { skip: 0, take: 9 })
        .unwrap()
        .iter()
        .map(|posting| (posting.transaction.kind, posting.balance.minor()))
        .collect();
    assert_eq!(kinds.last(), Some(&(CreditKind::Deposit, 500)), "credit is a fact");
}
