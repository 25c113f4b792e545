//! Versions: a write that names another version than the stored one is refused, one that names
//! none stores what it was sent, and no write gets lost between two that name theirs.

use std::thread;

use expect_test::{Expect, expect};
use tillbook::{
    Address, AddressId, BanNote, CreditTransaction, Customer, Error, Money, Replacement, Store,
};

use crate::shop::{Shop, card, customer, id, operations, said};

/// Sends each version with another name, to a customer at version 3, and prints what came of it.
fn check(versions: &[Option<u64>], expected: &Expect) {
    let mut lines = String::new();
    for &version in versions {
        let shop = at_version_3();
        let sent = Customer { version, first_name: Some("Sent".into()), ..customer("ada") };
        let answer = said(shop.update_customer(&sent));
        let deleted = said(shop.delete_customer(&id("ada"), version));
        let found = shop.customer(&id("ada"));
        let name = found.map_or("deleted".into(), |ada| ada.first_name.unwrap_or_default());
        let sent = version.map_or("none".into(), |version| version.to_string());
        lines += &format!("{sent} -> {answer}; delete -> {deleted}; {name}\n");
    }
    expected.assert_eq(&lines);
}

fn at_version_3() -> Shop {
    let shop = Shop::in_memory(1);
    shop.create_customer(&customer("ada")).unwrap();
    for name in ["Ad", "Ada"] {
        shop.edit_customer(&id("ada"), |ada| ada.first_name = Some(name.into())).unwrap();
    }
    shop
}

/// The trailing numbers of the catalogue of bad inputs: 39 to 43, 46, 47.
#[test]
fn a_write_names_the_stored_version_or_none() {
    check(
        &[None, Some(0), Some(1), Some(2), Some(3), Some(4), Some((1 << 53) + 1), Some(u64::MAX)],
        &expect![[r#"
            none -> ok; delete -> ok; deleted
            0 -> version 0 was sent, version 3 is stored; delete -> version 0 was sent, version 3 is stored; Ada
            1 -> version 1 was sent, version 3 is stored; delete -> version 1 was sent, version 3 is stored; Ada
            2 -> version 2 was sent, version 3 is stored; delete -> version 2 was sent, version 3 is stored; Ada
            3 -> ok; delete -> version 3 was sent, version 4 is stored; Sent
            4 -> version 4 was sent, version 3 is stored; delete -> version 4 was sent, version 3 is stored; Ada
            9007199254740993 -> version 9007199254740993 was sent, version 3 is stored; delete -> version 9007199254740993 was sent, version 3 is stored; Ada
            18446744073709551615 -> version 18446744073709551615 was sent, version 3 is stored; delete -> version 18446744073709551615 was sent, version 3 is stored; Ada
        "#]],
    );
}

/// Every kind of write, one after the other: its version and how many operations it made.
#[test]
fn a_version_rises_by_one_with_every_operation() {
    let shop = Shop::in_memory(1);
    let ada = id("ada");
    let home = AddressId::new("home").unwrap();
    let note = BanNote::new(shop.stamp(), "shouts");
    let deposit = CreditTransaction::deposit(shop.stamp(), &ada, Money::from_minor(500));
    let withdrawal = CreditTransaction::withdrawal(shop.stamp(), &ada, Money::from_minor(500));
    let spend = CreditTransaction::spend(shop.stamp(), &ada, Money::from_minor(501));
    let with_card = Replacement { cards: Some(vec![card("1")]), ..customer("ada").into() };
    shop.create_customer(&customer("ada")).unwrap();
    let steps: [(&str, &dyn Fn() -> String); 19] = [
        ("edit", &|| said(shop.edit_customer(&ada, |ada| ada.first_name = Some("Ada".into())))),
        ("edit again", &|| {
            said(shop.edit_customer(&ada, |ada| ada.first_name = Some("Ada".into())))
        }),
        ("replace all", &|| said(shop.replace(&with_card))),
        ("replace all again", &|| said(shop.replace(&with_card))),
        ("address", &|| said(shop.set_address(&ada, &Address::with_id(home.clone())))),
        ("address again", &|| said(shop.set_address(&ada, &Address::with_id(home.clone())))),
        ("no address", &|| said(shop.remove_address(&ada, &home))),
        ("no card", &|| said(shop.remove_card(&ada, &card("1").serial_number))),
        ("no card again", &|| said(shop.remove_card(&ada, &card("1").serial_number))),
        ("ban note", &|| said(shop.add_ban_note(&ada, &note))),
        ("ban note again", &|| said(shop.add_ban_note(&ada, &note))),
        ("ban note otherwise", &|| {
            said(shop.add_ban_note(&ada, &BanNote { text: "sings".into(), ..note.clone() }))
        }),
        ("deposit", &|| said(shop.record(&deposit))),
        ("deposit again", &|| said(shop.record(&deposit))),
        ("spend too much", &|| said(shop.record(&spend))),
        ("withdraw", &|| said(shop.record(&withdrawal))),
        ("delete", &|| said(shop.delete_customer(&ada, None))),
        ("undelete", &|| said(shop.undelete_customer(&ada))),
        ("two edits in one", &|| {
            said(shop.write(|tx| {
                tx.edit_customer(&ada, |ada| ada.phone = Some("1".into()))?;
                tx.set_card(&ada, &card("2"))
            }))
        }),
    ];
    let mut lines = String::new();
    for (name, step) in steps {
        let before = operations(&shop).len();
        let answer = step();
        let version = shop.customer(&ada).map_or(None, |ada| ada.version);
        let n = operations(&shop).len() - before;
        lines += &format!("{name}: {answer}; version {version:?}, {n} operations\n");
    }
    expect![[r#"
        edit: ok; version Some(2), 1 operations
        edit again: ok; version Some(2), 0 operations
        replace all: ok; version Some(3), 1 operations
        replace all again: ok; version Some(3), 0 operations
        address: ok; version Some(4), 1 operations
        address again: ok; version Some(4), 0 operations
        no address: ok; version Some(5), 1 operations
        no card: ok; version Some(6), 1 operations
        no card again: there is no card CardSerial(…1); version Some(6), 0 operations
        ban note: ok; version Some(7), 1 operations
        ban note again: ok; version Some(7), 0 operations
        ban note otherwise: id was used before with other content; version Some(7), 0 operations
        deposit: ok; version Some(8), 1 operations
        deposit again: ok; version Some(8), 0 operations
        spend too much: balance is 5.00, 5.01 was requested; version Some(8), 0 operations
        withdraw: ok; version Some(9), 1 operations
        delete: ok; version None, 1 operations
        undelete: ok; version Some(11), 1 operations
        two edits in one: ok; version Some(13), 2 operations
    "#]]
    .assert_eq(&lines);
}

/// Tills at one file, each of which adds to a count that it has read before. Those that name the
/// version they have read lose nothing; every success is a version.
#[test]
fn no_update_is_lost_between_writers() {
    const TILLS: usize = 4;
    const TRIES: usize = 40;
    for names_version in [true, false] {
        let shop = Shop::on_file(1);
        let ada = id("ada");
        shop.create_customer(&Customer { note: Some("0".into()), ..customer("ada") }).unwrap();
        let add = |store: &Store, till: usize| -> tillbook::Result<bool> {
            let mut read = store.customer(&ada)?;
            let count: u64 = read.note.take().unwrap().parse().unwrap();
            read.note = Some((count + 1).to_string());
            read.phone = Some(till.to_string());
            let meta = read.meta.get("writes").and_then(serde_json::Value::as_u64).unwrap_or(0);
            read.meta.insert("writes".into(), (meta + 1).into());
            read.version = read.version.filter(|_| names_version);
            match store.update_customer(&read) {
                Ok(_) => Ok(true),
                Err(Error::VersionMismatch { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        };
        let store = &shop.store;
        let add = &add;
        let stored: usize = thread::scope(|scope| {
            let till = |till| {
                scope.spawn(move || (0..TRIES).filter(|_| add(store, till).unwrap()).count())
            };
            let tills: Vec<_> = (0..TILLS).map(till).collect();
            tills.into_iter().map(|till| till.join().unwrap()).sum()
        });
        let ada = shop.customer(&ada).unwrap();
        let count: usize = ada.note.unwrap().parse().unwrap();
        if names_version {
            assert_eq!(count, stored, "an update was lost");
            assert!(stored >= TRIES, "whoever is not overtaken gets through");
        } else {
            assert_eq!(stored, TILLS * TRIES);
            assert!(count <= stored);
        }
        let n_operations = operations(&shop).len();
        assert_eq!(ada.version, Some(n_operations as u64), "a version for every operation");
        assert!(n_operations <= stored + 1);
        assert!(!names_version || n_operations == stored + 1);
        assert!(shop.check(|_| ()).unwrap().is_sound());
    }
}
