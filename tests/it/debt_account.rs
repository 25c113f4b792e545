//! Debt accounts: their rules, their sums, their claims, and what becomes of them with a customer.

use expect_test::{Expect, expect};
use tillbook::profile::{DEBT_ACCOUNTS_BYTES_MAX, DEBT_ACCOUNTS_MAX};
use tillbook::{DebtAccount, DebtAccountId, Location, Money, Store};

use crate::shop::{Shop, customer, id, said, send};
use crate::sync::round;

fn account(name: &str) -> DebtAccountId {
    DebtAccountId::new(name).unwrap()
}

/// An account that is called alike here and in the outside system.
fn owed(store: &Store, name: &str, minor: i64) -> DebtAccount {
    let new = DebtAccount::new(store.stamp(), Money::from_minor(minor));
    DebtAccount { id: account(name), external_id: Some(name.to_owned()), ..new }
}

fn below(parent: &str, one: DebtAccount) -> DebtAccount {
    DebtAccount { parent_id: Some(account(parent)), ..one }
}

/// The accounts of a customer, each with what was placed and what is left.
fn listed(store: &Store, who: &str) -> String {
    let accounts = match store.debt_accounts(&id(who)) {
        Ok(accounts) => accounts,
        Err(error) => return error.to_string(),
    };
    let accounts = accounts.iter().map(|one| {
        let (balance, left) = (one.balance.minor(), one.current_balance.minor());
        format!("{} {balance} {left}", one.id)
    });
    accounts.collect::<Vec<_>>().join(", ")
}

/// A step of a story: what happens, and the call that says how it went.
type Step<'a> = (&'a str, &'a dyn Fn(&Store) -> String);

fn check(shop: &Store, steps: &[Step<'_>], expected: &Expect) {
    let lines: String =
        steps.iter().map(|(name, step)| format!("{name}: {}\n", step(shop))).collect();
    expected.assert_eq(&lines);
    let report = shop.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

fn set(shop: &Store, who: &str, one: DebtAccount) -> String {
    said(shop.set_debt_account(&id(who), &one))
}

#[test]
fn an_account_keeps_its_rules() {
    let shop = Shop::in_memory(1);
    ["ada", "bob"].into_iter().for_each(|who| drop(shop.create_customer(&customer(who)).unwrap()));
    let named = |text: &str| Some(text.to_owned());
    check(
        &shop,
        &[
            ("of nobody", &|shop| set(shop, "eve", owed(shop, "a", 1))),
            ("below zero", &|shop| set(shop, "ada", owed(shop, "a", -1))),
            ("too much", &|shop| set(shop, "ada", owed(shop, "a", 1_000_000_000_001))),
            ("no name", &|shop| {
                set(shop, "ada", DebtAccount { external_id: named(""), ..owed(shop, "a", 1) })
            }),
            ("two lines", &|shop| {
                set(
                    shop,
                    "ada",
                    DebtAccount { account_number: named("1\n2"), ..owed(shop, "a", 1) },
                )
            }),
            ("a", &|shop| set(shop, "ada", owed(shop, "a", 700))),
            ("a again", &|shop| set(shop, "ada", owed(shop, "a", 700))),
            ("below itself", &|shop| set(shop, "ada", below("a", owed(shop, "a", 7)))),
            ("below one of nobody", &|shop| set(shop, "ada", below("x", owed(shop, "b", 7)))),
            ("below another's", &|shop| set(shop, "bob", below("a", owed(shop, "b", 7)))),
            ("b below a", &|shop| set(shop, "ada", below("a", owed(shop, "b", 20)))),
            ("c below b", &|shop| set(shop, "ada", below("b", owed(shop, "c", 7)))),
            ("c below a", &|shop| {
                let left = Money::from_minor(3);
                let c = DebtAccount { current_balance: left, ..owed(shop, "c", 7) };
                set(shop, "ada", below("a", c))
            }),
            ("d", &|shop| set(shop, "ada", owed(shop, "d", 1))),
            ("a below d", &|shop| set(shop, "ada", below("d", owed(shop, "a", 1)))),
            ("bob's a", &|shop| set(shop, "bob", owed(shop, "a", 1))),
            ("another a", &|shop| {
                set(shop, "ada", DebtAccount { external_id: named("a"), ..owed(shop, "e", 1) })
            }),
            ("all", &|shop| listed(shop, "ada")),
            ("c goes", &|shop| said(shop.remove_debt_account(&id("ada"), &account("c")))),
            ("c goes again", &|shop| said(shop.remove_debt_account(&id("ada"), &account("c")))),
            ("bob's c", &|shop| set(shop, "bob", owed(shop, "c", 1))),
            ("a goes", &|shop| said(shop.remove_debt_account(&id("ada"), &account("a")))),
            ("what is left", &|shop| listed(shop, "ada")),
        ],
        &expect![[r#"
            of nobody: there is no customer eve
            below zero: balance must be 0 to 1000000000000 minor units
            too much: balance must be 0 to 1000000000000 minor units
            no name: external_id must not be empty
            two lines: account_number must not hold control characters
            a: ok
            a again: ok
            below itself: parent_id must be another account
            below one of nobody: parent_id must be an account of the same customer
            below another's: parent_id must be an account of the same customer
            b below a: ok
            c below b: parent_id must not be below another account
            c below a: ok
            d: ok
            a below d: parent_id must be none, because others are below the account
            bob's a: external_id is used by another customer already
            another a: external_id is used by another account of this customer already
            all: a 27 23, b 20 20, c 7 3, d 1 1
            c goes: ok
            c goes again: there is no debt account c
            bob's c: ok
            a goes: ok
            what is left: b 20 20, d 1 1
        "#]],
    );
}

/// What is gone is none, here and where it was not yet heard that it is.
#[test]
fn an_account_outlives_its_parent_and_its_location() {
    let (till, shop) = (Shop::in_memory(1), Shop::in_memory(2));
    till.create_customer(&customer("ada")).unwrap();
    let place = till.create_location(&Location::new(till.stamp(), "Main Street")).unwrap().id;
    till.set_debt_account(&id("ada"), &owed(&till, "a", 0)).unwrap();
    let at = DebtAccount { location_id: Some(place.clone()), ..owed(&till, "b", 5) };
    till.set_debt_account(&id("ada"), &below("a", at)).unwrap();
    let shown = |store: &Store| {
        let accounts = store.debt_accounts(&id("ada")).unwrap();
        let found = store.find_debt_account("b").unwrap().unwrap().1;
        assert_eq!(accounts.last(), Some(&found));
        (found.parent_id.is_some(), found.location_id.is_some())
    };
    assert_eq!(shown(&till), (true, true));
    till.delete_location(&place).unwrap();
    assert_eq!(shown(&till), (true, false));
    till.remove_debt_account(&id("ada"), &account("a")).unwrap();
    assert_eq!(shown(&till), (false, false));
    send(&till, &shop);
    assert_eq!(shown(&shop), (false, false));
    let read = till.debt_accounts(&id("ada")).unwrap().remove(0);
    till.set_debt_account(&id("ada"), &read).unwrap();
    assert_eq!(till.debt_accounts(&id("ada")).unwrap(), [read]);
}

#[test]
fn accounts_share_their_customers_fate() {
    let shop = Shop::on_file(1);
    for who in ["ada", "bob", "cyd"] {
        shop.create_customer(&customer(who)).unwrap();
    }
    shop.set_debt_account(&id("ada"), &owed(&shop, "a", 5)).unwrap();
    let whose = |shop: &Store| {
        let found = shop.find_debt_account("a").unwrap();
        found.map_or("nobody's".to_owned(), |(who, one)| format!("{who}'s {}", one.balance.minor()))
    };
    check(
        &shop,
        &[
            ("a", &whose),
            ("delete ada", &|shop| said(shop.delete_customer(&id("ada"), None))),
            ("a", &whose),
            ("ada's", &|shop| listed(shop, "ada")),
            ("bob takes it", &|shop| {
                set(shop, "bob", DebtAccount { id: account("b"), ..owed(shop, "a", 6) })
            }),
            ("undelete ada", &|shop| said(shop.undelete_customer(&id("ada")))),
            ("bob merges into cyd", &|shop| said(shop.merge_customers(&id("bob"), &id("cyd")))),
            ("a", &whose),
            ("erase bob", &|shop| said(shop.erase_customer(&id("bob")))),
            ("cyd's", &|shop| listed(shop, "cyd")),
            ("erase cyd", &|shop| said(shop.erase_customer(&id("cyd")))),
            ("a", &whose),
            ("undelete ada", &|shop| said(shop.undelete_customer(&id("ada")))),
            ("a", &whose),
            ("delete ada", &|shop| said(shop.delete_customer(&id("ada"), None))),
            ("create ada", &|shop| said(shop.create_customer(&customer("ada")))),
            ("ada's", &|shop| listed(shop, "ada")),
        ],
        &expect![[r#"
            a: ada's 5
            delete ada: ok
            a: nobody's
            ada's: there is no customer ada
            bob takes it: ok
            undelete ada: debt_accounts[0].external_id is used by another customer already
            bob merges into cyd: ok
            a: cyd's 6
            erase bob: ok
            cyd's: b 6 6
            erase cyd: ok
            a: nobody's
            undelete ada: ok
            a: ada's 5
            delete ada: ok
            create ada: ok
            ada's: 
        "#]],
    );
}

#[test]
fn two_tills_use_one_external_id() {
    let [till, shop] = [1, 2].map(Shop::in_memory);
    till.create_customer(&customer("ada")).unwrap();
    till.set_debt_account(&id("ada"), &owed(&till, "a", 5)).unwrap();
    shop.create_customer(&customer("bob")).unwrap();
    shop.set_debt_account(&id("bob"), &DebtAccount { id: account("b"), ..owed(&shop, "a", 6) })
        .unwrap();
    send(&till, &shop);
    let conflicts = |shop: &Store| {
        let all = shop.conflicts().unwrap();
        let all = all.iter().map(|one| format!("{} {:?}", one.kind, one.customer_id));
        all.collect::<Vec<_>>().join(", ")
    };
    let first = shop.conflicts().unwrap().remove(0).id;
    check(
        &shop,
        &[
            ("conflicts", &conflicts),
            ("owner", &|shop| shop.find_debt_account("a").unwrap().unwrap().0.to_string()),
            ("release", &|shop| said(shop.release_conflict(&first))),
            ("conflicts", &conflicts),
            ("ada's", &|shop| listed(shop, "ada")),
            ("its external id", &|shop| {
                format!("{:?}", shop.debt_accounts(&id("ada")).unwrap()[0].external_id)
            }),
        ],
        &expect![[r#"
            conflicts: debt_account Some(CustomerId(ada))
            owner: bob
            release: ok
            conflicts: 
            ada's: a 5 5
            its external id: None
        "#]],
    );
}

/// Many at once are what each alone would be; those that are refused hold up no other.
#[test]
fn several_are_added_at_once() {
    let shop = Shop::on_file(1);
    let ada = shop.create_customer(&customer("ada")).unwrap().id;
    let account = |name: &str, minor: i64| DebtAccount {
        external_id: Some(name.to_owned()),
        ..DebtAccount::new(shop.stamp(), Money::from_minor(minor))
    };
    let (above, below) = (account("above", 0), account("below", 7));
    let below = DebtAccount { parent_id: Some(above.id.clone()), ..below };
    let again = DebtAccount { account_number: Some("9aB".to_owned()), ..above.clone() };
    let deeper = DebtAccount { parent_id: Some(below.id.clone()), ..account("deeper", 1) };
    let freed = DebtAccount { parent_id: None, ..below.clone() };
    let moved = DebtAccount { parent_id: Some(freed.id.clone()), ..again.clone() };
    let all =
        [above, below, again, deeper, account("below", 1), account("-", -1), freed, moved.clone()];
    let refused = shop.write(|tx| tx.set_debt_accounts(&ada, &all)).unwrap();
    let refused = refused.iter().map(|(place, error)| format!("{place}: {error}\n"));
    expect![[r#"
        3: parent_id must not be below another account
        4: external_id is used by another account of this customer already
        5: balance must be 0 to 1000000000000 minor units
    "#]]
    .assert_eq(&refused.collect::<String>());
    let stored = shop.debt_accounts(&ada).unwrap();
    assert_eq!(stored.len(), 2);
    assert_eq!(stored.iter().find(|one| one.id == moved.id).unwrap().parent_id, moved.parent_id);
    assert_eq!(shop.write(|tx| tx.set_debt_accounts(&ada, &stored)).unwrap().len(), 0);
    assert!(shop.check(|_| ()).unwrap().is_sound());
}

/// Sends more accounts than a customer may have, each with a number of so many characters; how many are
/// stored, and what is said of the first that is refused.
fn fill(shop: &Store, who: &str, n_chars: usize) -> String {
    let number = (n_chars > 0).then(|| "\"".repeat(n_chars));
    let one = |n: i64| DebtAccount {
        account_number: number.clone(),
        ..DebtAccount::new(shop.stamp(), Money::from_minor(n))
    };
    let accounts: Vec<_> = (0..=DEBT_ACCOUNTS_MAX.try_into().unwrap()).map(one).collect();
    let refused = shop.write(|tx| tx.set_debt_accounts(&id(who), &accounts)).unwrap();
    let first = refused.first().map_or("ok".to_owned(), |(_, error)| error.to_string());
    format!("{}; {first}", counted(shop, who))
}

fn counted(shop: &Store, who: &str) -> String {
    format!("{} accounts", shop.debt_accounts(&id(who)).unwrap().len())
}

/// Whoever has as many accounts as anybody may have is still read by other nodes, and merged.
#[test]
fn a_customer_is_filled_to_the_limit() {
    let [shop, till] = [1, 2].map(Shop::in_memory);
    for who in ["ada", "bob", "cyd", "dan"] {
        shop.create_customer(&customer(who)).unwrap();
    }
    assert_eq!((DEBT_ACCOUNTS_MAX, DEBT_ACCOUNTS_BYTES_MAX), (1_000, 262_144));
    let pull = |shop: &Store| {
        round(&till, shop).unwrap();
        let all = |store: &Store, who: &str| store.debt_accounts(&id(who)).ok();
        let is_same = |who: &&str| all(&till, who) == all(shop, who);
        ["ada", "bob", "cyd", "dan"].iter().filter(|who| is_same(who)).count().to_string()
    };
    check(
        &shop,
        &[
            ("ada", &|shop| fill(shop, "ada", 0)),
            ("bob", &|shop| fill(shop, "bob", 255)),
            ("one more", &|shop| set(shop, "ada", owed(shop, "a", 1))),
            ("one again", &|shop| {
                let known = shop.debt_accounts(&id("ada")).unwrap().remove(0);
                set(shop, "ada", DebtAccount { current_balance: Money::ZERO, ..known })
            }),
            ("alike on the till", &pull),
            ("ada into cyd", &|shop| said(shop.merge_customers(&id("ada"), &id("cyd")))),
            ("bob into dan", &|shop| said(shop.merge_customers(&id("bob"), &id("dan")))),
            ("cyd into dan", &|shop| said(shop.merge_customers(&id("cyd"), &id("dan")))),
            ("alike on the till", &pull),
            ("cyd's", &|shop| counted(shop, "cyd")),
            ("dan's", &|shop| counted(shop, "dan")),
        ],
        &expect![[r#"
            ada: 1000 accounts; debt_accounts would be more than 1000 of one customer
            bob: 225 accounts; debt_accounts would have more than 262144 bytes of one customer
            one more: debt_accounts would be more than 1000 of one customer
            one again: ok
            alike on the till: 4
            ada into cyd: ok
            bob into dan: ok
            cyd into dan: debt_accounts would be more than 1000 of one customer
            alike on the till: 4
            cyd's: 1000 accounts
            dan's: 225 accounts
        "#]],
    );
}

/// What was stored elsewhere is stored here, however much it is; then nothing is added.
#[test]
fn two_tills_fill_one_customer() {
    let [till, shop] = [1, 2].map(Shop::in_memory);
    till.create_customer(&customer("ada")).unwrap();
    send(&till, &shop);
    fill(&till, "ada", 0);
    fill(&shop, "ada", 0);
    send(&till, &shop);
    let first = |shop: &Store| shop.debt_accounts(&id("ada")).unwrap().remove(0);
    check(
        &shop,
        &[
            ("ada", &|shop| counted(shop, "ada")),
            ("one more", &|shop| set(shop, "ada", owed(shop, "a", 1))),
            ("one longer", &|shop| {
                set(shop, "ada", DebtAccount { external_id: Some("x".to_owned()), ..first(shop) })
            }),
            ("one shorter", &|shop| {
                set(shop, "ada", DebtAccount { balance: Money::ZERO, ..first(shop) })
            }),
            ("one goes", &|shop| said(shop.remove_debt_account(&id("ada"), &first(shop).id))),
            ("ada", &|shop| counted(shop, "ada")),
        ],
        &expect![[r#"
            ada: 2000 accounts
            one more: debt_accounts would be more than 1000 of one customer
            one longer: debt_accounts would be more than 1000 of one customer
            one shorter: ok
            one goes: ok
            ada: 1999 accounts
        "#]],
    );
}
