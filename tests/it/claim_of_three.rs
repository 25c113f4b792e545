//! Three tills give one card to three customers: the next in line owns it when the owner goes.

use expect_test::{Expect, expect};
use tillbook::{CustomerId, Replacement, Result, Store};

use crate::shop::{Shop, card, customer, id, said, send};

const NAMES: [&str; 3] = ["ada", "bob", "cyd"];

/// A root that has heard of all three, in this order.
fn root() -> Shop {
    let root = Shop::in_memory(9);
    for (seed, name) in NAMES.into_iter().enumerate() {
        let till = Shop::in_memory(seed as u64);
        let cards = Some(vec![card("7")]);
        till.create(&Replacement { cards, ..customer(name).into() }).unwrap();
        send(&till, &root);
    }
    root
}

fn seen(store: &Store) -> String {
    let swipe = store.find_card(&card("7").serial_number).unwrap();
    let owner = swipe.map_or("nobody".to_owned(), |swipe| swipe.customer.id.to_string());
    let conflicts = store.conflicts().unwrap().into_iter();
    let conflicts: Vec<String> = conflicts
        .map(|c| format!("{} against {}", c.customer_id.unwrap(), c.owner_id.unwrap()))
        .collect();
    format!("{owner} owns it; {}\n", conflicts.join(", "))
}

/// Prints who owns the card and who clashes, before and after `go`.
fn check(go: impl FnOnce(&Store, [CustomerId; 3]) -> Result<()>, expected: &Expect) {
    let root = root();
    let mut lines = seen(&root);
    lines += &format!("{}\n", said(go(&root, NAMES.map(id))));
    lines += &seen(&root);
    expected.assert_eq(&lines);
    let report = root.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn the_owner_is_erased() {
    check(
        |root, [ada, ..]| root.erase_customer(&ada),
        &expect![[r#"
            ada owns it; bob against ada, cyd against ada
            ok
            bob owns it; cyd against bob
        "#]],
    );
}

#[test]
fn the_owner_gives_the_card_up() {
    check(
        |root, [ada, ..]| root.remove_card(&ada, &card("7").serial_number),
        &expect![[r#"
            ada owns it; bob against ada, cyd against ada
            ok
            bob owns it; cyd against bob
        "#]],
    );
}

#[test]
fn one_of_the_others_is_merged_into_the_owner() {
    check(
        |root, [ada, bob, _]| root.merge_customers(&bob, &ada),
        &expect![[r#"
            ada owns it; bob against ada, cyd against ada
            ok
            ada owns it; cyd against ada
        "#]],
    );
}

#[test]
fn one_of_the_others_is_kept() {
    check(
        |root, [ada, bob, _]| {
            let conflicts = root.conflicts()?;
            let of_bob =
                conflicts.into_iter().find(|conflict| conflict.customer_id.as_ref() == Some(&bob));
            root.keep_conflict(&of_bob.unwrap().id)?;
            // Another edit of the owner does not open it again.
            root.edit_customer(&ada, |ada| ada.note = Some("met them".into())).map(|_| ())
        },
        &expect![[r#"
            ada owns it; bob against ada, cyd against ada
            ok
            ada owns it; cyd against ada
        "#]],
    );
}
