//! Keys: what opens, what no longer does, who may have which name, and all of it beside a process
//! that writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use expect_test::expect;
use tillbook::{KeyId, KeyKind, Right, Rights, Store};

use crate::shop::{Shop, customer, options, said, told};

const BEARER: KeyKind = KeyKind::Bearer;

/// What a sign-in comes to: the key's name and rights.
fn opened(store: &Store, text: &str) -> String {
    match store.sign_in(text).unwrap() {
        Some(key) => format!("{} [{}]", key.name, key.rights),
        None => "no".to_owned(),
    }
}

#[test]
fn a_key_opens_until_it_is_revoked() {
    for shop in [Shop::in_memory(1), Shop::on_file(1)] {
        let rights = Rights::from_iter([Right::CustomerUpdate, Right::Sync]);
        let office = shop.add_key("office", rights, BEARER).unwrap();
        let pda = shop.add_key("pda", Rights::NONE, BEARER).unwrap();
        let till = shop.add_key("till", Rights::NONE, KeyKind::Nws4).unwrap();
        let (id, secret) = (office.key.id.as_str(), office.secret.as_str());
        let other = |from: &str, to: &str| office.text().replacen(from, to, 1);
        let last = if secret.ends_with('0') { "1" } else { "0" };
        let texts = [
            ("office", office.text()),
            ("pda", pda.text()),
            ("nobody", "0123456789abcdef.0".to_owned()),
            ("nothing", String::new()),
            ("a dot", ".".to_owned()),
            ("no dot", other(".", "")),
            ("id alone", id.to_owned()),
            ("no secret", format!("{id}.")),
            ("secret of another", format!("{}.{secret}", pda.key.id)),
            ("shorter", office.text()[..80].to_owned()),
            ("longer", office.text() + "0"),
            ("last letter", format!("{}{last}", &office.text()[..80])),
            ("capitals", office.text().to_uppercase()),
            ("space", office.text() + " "),
            ("name instead of id", format!("office.{secret}")),
            ("10 KiB", "x.".repeat(5 * 1024)),
            ("a key that signs", till.text()),
        ];
        let lines: String =
            texts.iter().map(|(name, text)| format!("{name}: {}\n", opened(&shop, text))).collect();
        expect![[r#"
            office: office [CustomerUpdate sync]
            pda: pda []
            nobody: no
            nothing: no
            a dot: no
            no dot: no
            id alone: no
            no secret: no
            secret of another: no
            shorter: no
            longer: no
            last letter: no
            capitals: no
            space: no
            name instead of id: no
            10 KiB: no
            a key that signs: no
        "#]]
        .assert_eq(&lines);
        assert_eq!(shop.find_nws4_key(id).unwrap().map(|(key, _)| key), None);
        let (key, kept) = shop.find_nws4_key(till.key.id.as_str()).unwrap().unwrap();
        assert_eq!((key, kept.as_str()), (till.key.clone(), till.secret.as_str()));
        for key in [&office, &till] {
            shop.clock.advance(1000);
            let revoked = shop.revoke_key(&key.key.name).unwrap();
            assert_eq!(revoked.revoked_at, Some(shop.now()));
            assert_eq!(shop.find_key(&key.key.id).unwrap(), Some(revoked));
        }
        assert_eq!(opened(&shop, &office.text()), "no");
        assert_eq!(opened(&shop, &pda.text()), "pda []");
        assert_eq!(shop.find_nws4_key(till.key.id.as_str()).unwrap().map(|(key, _)| key), None);
        assert!(shop.check(|_| ()).unwrap().is_sound());
    }
}

#[test]
fn two_keys_in_use_never_share_a_name() {
    let shop = Shop::in_memory(1);
    let add = |name: &str| said(shop.add_key(name, Rights::NONE, BEARER));
    let revoke = |name: &str| said(shop.revoke_key(name));
    let id = shop.add_key("first", Rights::NONE, BEARER).unwrap().key.id.to_string();
    let lines = [
        ("add till", add("till")),
        ("add till again", add("till")),
        ("add Till", add("Till")),
        ("add the id of another", add(&id)),
        ("revoke till", revoke("till")),
        ("revoke till again", revoke("till")),
        ("add till once more", add("till")),
        ("revoke by id", revoke(&id)),
        ("revoke nobody", revoke("nobody")),
        ("no name", add("")),
        ("space", add(" till 2")),
        ("control", add("till\n2")),
        ("long", add(&"x".repeat(256))),
    ];
    let lines: String = lines.iter().map(|(name, said)| format!("{name}: {said}\n")).collect();
    expect![[r#"
        add till: ok
        add till again: name is that of a key in use; choose another or revoke that key first
        add Till: ok
        add the id of another: name is that of a key in use; choose another or revoke that key first
        revoke till: ok
        revoke till again: there is no key in use till
        add till once more: ok
        revoke by id: ok
        revoke nobody: there is no key in use nobody
        no name: name must not be empty
        space: name must not begin or end with white space
        control: name must not hold control characters
        long: name must have at most 255 characters
    "#]]
    .assert_eq(&lines);
    let keys = shop.list_keys().unwrap();
    let mut keys: Vec<_> = keys.iter().map(|key| (&*key.name, key.revoked_at.is_some())).collect();
    keys.sort_unstable();
    assert_eq!(keys, [("Till", false), ("first", true), ("till", false), ("till", true)]);
}

#[test]
fn a_secret_is_shown_once_and_never_stored_unless_it_signs() {
    let shop = Shop::on_file(1);
    let bearer = shop.add_key("bearer", Rights::NONE, BEARER).unwrap();
    let nws4 = shop.add_key("nws4", Rights::NONE, KeyKind::Nws4).unwrap();
    for new in [&bearer, &nws4] {
        let secret = new.secret.as_str();
        assert_eq!((secret.len(), new.text().len()), (64, 81));
        assert!(!format!("{new:?} {:?}", shop.list_keys()).contains(secret), "{new:?}");
    }
    let path = shop.path();
    let bytes = || {
        let log = path.with_extension("db-wal");
        [std::fs::read(&path).unwrap(), std::fs::read(log).unwrap_or_default()].concat()
    };
    let holds = |secret: &str| bytes().windows(64).any(|window| window == secret.as_bytes());
    assert!(!holds(bearer.secret.as_str()));
    assert!(holds(nws4.secret.as_str()));
    // A revoked key's secret is overwritten, in the log at the latest when the file is closed.
    shop.revoke_key("nws4").unwrap();
    let _folder = shop.closed();
    assert!(!holds(nws4.secret.as_str()));
}

#[test]
fn keys_are_made_and_revoked_beside_the_process_that_writes() {
    let shop = Shop::on_file(1);
    let beside = Store::open_beside(shop.path(), options(2).0).unwrap();
    let new = beside.add_key("office", Rights::from_iter([Right::Admin]), BEARER).unwrap();
    assert_eq!(opened(&shop, &new.text()), "office [admin]");
    assert_eq!(opened(&beside, &new.text()), "office [admin]");
    assert_eq!(said(shop.create_customer(&customer("ada"))), "ok", "the writer goes on");
    assert_eq!(
        said(beside.create_customer(&customer("bob"))),
        "the file was opened for reading, beside the process that writes it"
    );
    let is_in_use = || shop.write(|tx| tx.is_key_in_use(&new.key.id)).unwrap();
    assert!(is_in_use());
    beside.revoke_key("office").unwrap();
    assert_eq!(opened(&shop, &new.text()), "no");
    assert!(!is_in_use(), "in the middle of a request, too");
    assert_eq!(told(beside.find_key(&KeyId::new("x").unwrap())), "None");
    // And when nobody else has it open.
    let path = shop.path();
    let _folder = shop.closed();
    let alone = Store::open_beside(path, options(3).0).unwrap();
    assert_eq!(said(alone.add_key("office", Rights::NONE, BEARER)), "ok");
    assert!(alone.check(|_| ()).unwrap().is_sound());
}

/// The writer never pauses, and others still get their turn; nobody is refused.
#[test]
fn keys_are_made_beside_a_process_under_load() {
    let shop = Shop::on_file(1);
    let is_over = AtomicBool::new(false);
    let (store, is_over) = (&shop.store, &is_over);
    thread::scope(|scope| {
        let write = |till: usize| {
            move || {
                let mut n = 0;
                while !is_over.load(Ordering::SeqCst) {
                    store.create_customer(&customer(&format!("{till}-{n}"))).unwrap();
                    n += 1;
                }
                n
            }
        };
        let tills: Vec<_> = (0..4).map(|till| scope.spawn(write(till))).collect();
        let make = |seed: u64| {
            let path = shop.path();
            move || {
                let beside = Store::open_beside(path, options(seed).0).unwrap();
                (0..10)
                    .map(|n| beside.add_key(&format!("{seed} {n}"), Rights::NONE, BEARER).unwrap())
                    .collect::<Vec<_>>()
            }
        };
        let makers: Vec<_> = (100..102).map(|seed| scope.spawn(make(seed))).collect();
        let made: Vec<_> = makers.into_iter().flat_map(|maker| maker.join().unwrap()).collect();
        is_over.store(true, Ordering::SeqCst);
        let n_customers: usize = tills.into_iter().map(|till| till.join().unwrap()).sum();
        assert!(n_customers > 0);
        assert_eq!(made.len(), 20);
        for new in made {
            assert_ne!(opened(store, &new.text()), "no");
        }
        let report = store.check(|_| ()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.n_customers, n_customers as u64);
    });
}

#[test]
fn a_backup_and_what_is_restored_from_it_have_the_keys() {
    let shop = Shop::on_file(1);
    let kept = shop.add_key("kept", Rights::NONE, BEARER).unwrap();
    let copy = shop.path().with_file_name("copy.db");
    shop.backup(&copy, false, |_| ()).unwrap();
    let later = shop.add_key("later", Rights::NONE, BEARER).unwrap();
    let path = shop.path();
    let _folder = shop.closed();
    tillbook::backup::restore(&copy, &path, &options(2).0, |_| ()).unwrap();
    let restored = Store::open_with(&path, options(3).0).unwrap();
    assert_eq!(opened(&restored, &kept.text()), "kept []");
    assert_eq!(opened(&restored, &later.text()), "no");
}
