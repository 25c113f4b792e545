//! `tillbook key`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use expect_test::expect;
use tillbook::{Customer, KeyKind, Right, Rights, Store};

use super::{Result, Shop};

/// What the program prints when all goes well.
fn told(shop: &Shop, arguments: &[&str]) -> Result<String> {
    let output = shop.run(arguments)?;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn a_key_is_made_beside_a_program_that_has_the_file_open() -> Result<()> {
    let shop = Shop::open()?;
    let serving = shop.store()?;
    let arguments = ["key", "add", "office", "--right", "customerUPDATE,CustomerCreate"];
    let shown = told(&shop, &[&arguments[..], &["--right", "sync"]].concat())?;
    let text = shown.lines().find(|line| line.len() == 81).expect("the key").to_owned();
    let hidden = shown.replace(&text, "KEY");
    expect![[r#"
        key office allows CustomerCreate CustomerUpdate sync:

        KEY

        It is not shown again. Send it with every request, after `Authorization: Bearer `.
    "#]]
    .assert_eq(&hidden);
    let key = serving.sign_in(&text)?.expect("it opens");
    assert_eq!(key.name, "office");
    assert!(key.rights.has(Right::CustomerCreate) && !key.rights.has(Right::CustomerDelete));
    let revoked = told(&shop, &["key", "revoke", "office"])?;
    assert_eq!(revoked, format!("key office {} opens nothing from now on\n", key.id));
    assert_eq!(serving.sign_in(&text)?, None, "from the next request on");
    Ok(())
}

/// Two processes write one file at the same time, and neither is refused.
#[test]
fn keys_are_made_while_the_file_is_written() -> Result<()> {
    let shop = Shop::open()?;
    let (serving, is_over) = (shop.store()?, AtomicBool::new(false));
    let sell = || -> tillbook::Result<u64> {
        let mut n = 0;
        while !is_over.load(Ordering::SeqCst) {
            serving.create_customer(&Customer::new(serving.stamp()))?;
            n += 1;
        }
        Ok(n)
    };
    let (sold, made) = thread::scope(|scope| {
        let sellers = [scope.spawn(sell), scope.spawn(sell)];
        let add = |n: usize| told(&shop, &["key", "add", &format!("till {n}")]).map(drop);
        let made: Result<()> = (0..5).try_for_each(add);
        is_over.store(true, Ordering::SeqCst);
        (sellers.map(|seller| seller.join().expect("no panic")), made)
    });
    made?;
    for n in sold {
        assert!(n? > 0);
    }
    assert_eq!(serving.list_keys()?.len(), 5);
    assert!(serving.check(|_| ())?.is_sound());
    Ok(())
}

#[test]
fn a_key_that_signs_is_shown_in_two_halves() -> Result<()> {
    let shop = Shop::open()?;
    let shown = told(&shop, &["key", "add", "till 3", "--right", "admin", "--nws4"])?;
    let store = Store::open_beside(shop.db(), tillbook::Options::default())?;
    let id = store.list_keys()?[0].id.to_string();
    let (_, secret) = store.find_nws4_key(&id)?.expect("the key");
    expect![[r#"
        key till 3 allows admin:

        public key   ID
        private key  SECRET

        The private key is not shown again. It signs requests and is never sent.
    "#]]
    .assert_eq(&shown.replace(&id, "ID").replace(secret.as_str(), "SECRET"));
    Ok(())
}

#[test]
fn a_key_is_printed_as_json() -> Result<()> {
    let shop = Shop::open()?;
    let shown = told(&shop, &["key", "add", "office", "--json", "--right", "admin"])?;
    let document: serde_json::Value = serde_json::from_str(&shown)?;
    let text = document["key"].as_str().expect("a text");
    assert!(shop.store()?.sign_in(text)?.is_some());
    expect![[r#"
        {
          "name": "office",
          "key": "KEY",
          "rights": [
            "admin"
          ]
        }
    "#]]
    .assert_eq(&shown.replace(text, "KEY"));
    Ok(())
}

#[test]
fn keys_are_listed_without_their_secrets() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(&["key", "list"], expect!["no keys\n"])?;
    let store = shop.store()?;
    let rights = Rights::from_iter([Right::CustomerCreate, Right::Sync]);
    store.add_key("office", rights, KeyKind::Bearer)?;
    store.add_key("till 3", Rights::from_iter([Right::Admin]), KeyKind::Nws4)?;
    store.add_key("price checker", Rights::NONE, KeyKind::Bearer)?;
    store.revoke_key("office")?;
    shop.check(&["key", "list"], expect![[r#"
        ID                NAME           KIND    MADE (UTC)           REVOKED (UTC)        RIGHTS
        1c663cf4d73c4c04  office         bearer  2024-01-02 03:04:05  2024-01-02 03:04:05  CustomerCreate sync
        2c63dd28b74ebaf5  price checker  bearer  2024-01-02 03:04:05  -                    -
        f6d0c233a1c4cb77  till 3         nws4    2024-01-02 03:04:05  -                    admin
    "#]])?;
    shop.check(
        &["key", "list", "--json"],
        expect![[r#"
            [
              {
                "id": "1c663cf4d73c4c04",
                "name": "office",
                "kind": "bearer",
                "rights": [
                  "CustomerCreate",
                  "sync"
                ],
                "createdAt": "2024-01-02T03:04:05.000Z",
                "revokedAt": "2024-01-02T03:04:05.000Z"
              },
              {
                "id": "2c63dd28b74ebaf5",
                "name": "price checker",
                "kind": "bearer",
                "rights": [],
                "createdAt": "2024-01-02T03:04:05.000Z",
                "revokedAt": null
              },
              {
                "id": "f6d0c233a1c4cb77",
                "name": "till 3",
                "kind": "nws4",
                "rights": [
                  "admin"
                ],
                "createdAt": "2024-01-02T03:04:05.000Z",
                "revokedAt": null
              }
            ]
        "#]],
    )
}

#[test]
fn what_cannot_be_done_is_said() -> Result<()> {
    let empty = Shop::empty()?;
    empty.check(
        &["key", "add", "office"],
        expect![[r#"
        ! tillbook: there is no file FOLDER/shop.db
        ! hint: `tillbook serve` makes a file and its first key; --db FILE names another
        exit status Some(1)
    "#]],
    )?;
    empty.check(
        &["key", "list"],
        expect![[r#"
        ! tillbook: there is no file FOLDER/shop.db
        ! hint: `tillbook serve` makes a file and its first key; --db FILE names another
        exit status Some(1)
    "#]],
    )?;
    let shop = Shop::open()?;
    shop.store()?.add_key("office", Rights::NONE, KeyKind::Bearer)?;
    shop.check(
        &["key", "add", "office"],
        expect![[r#"
        ! tillbook: name is that of a key in use; choose another or revoke that key first
        exit status Some(1)
    "#]],
    )?;
    shop.check(
        &["key", "add", " "],
        expect![[r#"
        ! tillbook: name must not begin or end with white space
        exit status Some(1)
    "#]],
    )?;
    shop.check(
        &["key", "revoke", "till"],
        expect![[r#"
        ! tillbook: there is no key in use till
        ! hint: `tillbook key list` shows them all
        exit status Some(1)
    "#]],
    )?;
    shop.check(&["key", "add", "till", "--right", "CustomerRead"], expect![[r#"
        ! error: invalid value 'CustomerRead' for '--right <RIGHT>'
        !   [possible values: CustomerCreate, CustomerUpdate, CustomerDelete, CustomerSetDiscount, CustomerSetCredit, admin, sync]
        ! 
        !   tip: a similar value exists: 'CustomerUpdate'
        ! 
        ! For more information, try '--help'.
        exit status Some(2)
    "#]])?;
    assert_eq!(shop.run(&["key"])?.status.code(), Some(2));
    Ok(())
}
