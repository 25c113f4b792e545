//! Weight: no customer grows beyond what a child can take in one page, whoever writes what.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tillbook::sync::{Limit, wire};
use tillbook::unit::{Kind, UNIT_BYTES_MAX};
use tillbook::{BanNote, ConflictKind, Store};

use crate::shop::{Shop, customer, id, said};
use crate::sync::{assert_equal, assert_sound, round};

/// Each of these characters takes six bytes as JSON.
fn heavy_note(shop: &Store) -> BanNote {
    BanNote::new(shop.stamp(), "\u{1}".repeat(16 << 10))
}

/// The till adds notes of these lengths to a customer who has come with so many already.
fn check(n_notes: usize, lengths: &[usize], expected: &Expect) {
    let (centre, shop) = (Shop::in_memory(1), Shop::in_memory(2));
    centre.create_customer(&customer("ada")).unwrap();
    shop.greet(&centre.admit(&shop.hello().unwrap()).unwrap()).unwrap();
    let mut page = centre.changes_since(shop.node(), None, Limit::PAGE).unwrap();
    let digest = &mut page.checkpoint.as_mut().unwrap().digest;
    let (unit, image) = &mut page.units[0];
    let image = image.as_mut().unwrap();
    let before = image.hash(unit);
    let note = |n: usize| (format!("n{n}"), json!({ "id": format!("n{n}"), "at": 0, "text": "x" }));
    image.content.insert("ban_notes".to_owned(), Value::Object((0..n_notes).map(note).collect()));
    digest.replace(unit.kind, Some(before), Some(image.hash(unit)));
    shop.take_page(&page).unwrap().unwrap();
    let add = |length: &usize| {
        let note = BanNote::new(shop.stamp(), "x".repeat(*length));
        said(shop.add_ban_note(&id("ada"), &note)) + "\n"
    };
    expected.assert_eq(&lengths.iter().map(add).collect::<String>());
}

#[test]
fn ban_notes_have_an_end() {
    check(
        998,
        &[1, 1, 1],
        &expect![[r#"
            ok
            ok
            text would be more than 1000 ban notes of one customer
        "#]],
    );
    check(
        15,
        &[&[16 << 10; 15][..], &[(16 << 10) - 15, 1]].concat(),
        &expect![[r#"
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            ok
            text would take the ban notes of one customer beyond 262144 bytes
        "#]],
    );
}

/// Three tills that are cut off add as much as each of them may. Once, the centre took all of it, and
/// no child could ever fetch that customer.
#[test]
fn what_is_too_heavy_together_is_refused_and_listed() {
    let [centre, one, two, three] = [1, 2, 3, 4].map(Shop::in_memory);
    one.create_customer(&customer("ada")).unwrap();
    let tills = [&one, &two, &three];
    let rounds = || tills.iter().for_each(|till| drop(round(till, &centre).unwrap()));
    rounds();
    for till in tills {
        for _ in 0..16 {
            till.add_ban_note(&id("ada"), &heavy_note(till)).unwrap();
        }
        let refused = said(till.add_ban_note(&id("ada"), &heavy_note(till)));
        assert!(refused.contains("beyond 262144 bytes"), "{refused}");
    }
    three.create_customer(&customer("bob")).unwrap();
    rounds();
    rounds();
    let new = Shop::in_memory(5);
    round(&new, &centre).unwrap();
    for node in [&one, &two, &three, &new] {
        assert_equal(node, &centre);
        assert_sound(node);
    }
    assert!(new.customer(&id("bob")).is_ok(), "nothing else is stopped");
    let notes = new.list_ban_notes(&id("ada")).unwrap();
    let kinds: Vec<_> = new.conflicts().unwrap().iter().map(|one| one.kind).collect();
    assert_eq!((notes.len(), kinds.len()), (42, 6));
    assert!(kinds.iter().all(|kind| *kind == ConflictKind::RefusedOperation));
    let page = centre.changes_since(new.node(), None, Limit::PAGE).unwrap();
    let ada = page.units.iter().find(|(unit, _)| unit.kind == Kind::Person && unit.id == "ada");
    let n_bytes = ada.and_then(|(_, image)| image.as_ref()).unwrap().text().len();
    assert!(n_bytes > UNIT_BYTES_MAX - (100 << 10) && n_bytes <= UNIT_BYTES_MAX);
    assert!(wire::write_page(&page).len() < 2 * UNIT_BYTES_MAX);
    // What hides or erases somebody is never refused.
    let written =
        said(one.edit_customer(&id("ada"), |ada| ada.note = Some("\u{1}".repeat(16_000))));
    let rule =
        "customer must have at most 4194304 bytes, written as JSON with all that belongs to it";
    assert_eq!(
        (written.as_str(), said(one.delete_customer(&id("ada"), None)).as_str()),
        (rule, "ok")
    );
}
