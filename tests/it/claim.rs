//! Claims: a value that must be unique is refused where it is known to be taken, and kept, marked
//! and owned by one where two tills took it apart from each other.

use expect_test::{Expect, expect};
use tillbook::{Address, AddressId, CreditTransaction, Customer, Money, Replacement, Store};

use crate::shop::{Shop, card, customer, id, said, send};

fn with_external_id(name: &str, external_id: &str) -> Customer {
    Customer { external_id: Some(external_id.into()), ..customer(name) }
}

fn with_cards(name: &str, serials: &[&str]) -> Replacement {
    let cards = Some(serials.iter().map(|serial| card(serial)).collect());
    Replacement { cards, ..customer(name).into() }
}

/// A step of a story: what happens, and the call that says how it went.
type Step<'a> = (&'a str, &'a dyn Fn(&Store) -> String);

/// Prints each step of a story with its answer.
fn check(shop: &Store, steps: &[Step<'_>], expected: &Expect) {
    let lines: String =
        steps.iter().map(|(name, step)| format!("{name}: {}\n", step(shop))).collect();
    expected.assert_eq(&lines);
    let report = shop.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

/// The catalogue's 35 and 36.
#[test]
fn an_external_id_belongs_to_one_customer() {
    let shop = Shop::in_memory(1);
    let (ada, bob) = (id("ada"), id("bob"));
    let set = |name: &'static str, external_id: &'static str| {
        move |shop: &Store| said(shop.update_customer(&with_external_id(name, external_id)))
    };
    check(
        &shop,
        &[
            ("ada takes A", &|shop| said(shop.create_customer(&with_external_id("ada", "A")))),
            ("bob takes A", &|shop| said(shop.create_customer(&with_external_id("bob", "A")))),
            ("bob takes nothing", &|shop| said(shop.create_customer(&with_external_id("bob", "")))),
            ("cyd takes nothing", &|shop| said(shop.create_customer(&with_external_id("cyd", "")))),
            ("nothing is none", &|shop| format!("{:?}", shop.customer(&bob).unwrap().external_id)),
            ("bob takes A later", &set("bob", "A")),
            ("bob takes a", &set("bob", "a")),
            ("bob takes a again", &set("bob", "a")),
            ("ada takes a", &set("ada", "a")),
            ("ada gives A up", &set("ada", "")),
            ("bob takes A, gives a up", &set("bob", "A")),
            ("ada takes a now", &set("ada", "a")),
            ("delete ada", &|shop| said(shop.delete_customer(&ada, None))),
            ("bob takes a after her", &set("bob", "a")),
            ("undelete ada", &|shop| said(shop.undelete_customer(&ada))),
            ("create ada with a", &|shop| {
                said(shop.create_customer(&with_external_id("ada", "a")))
            }),
            ("bob gives a up", &set("bob", "")),
            ("undelete ada now", &|shop| said(shop.undelete_customer(&ada))),
            ("bob takes a for the last time", &set("bob", "a")),
        ],
        &expect![[r#"
            ada takes A: ok
            bob takes A: external_id is used by another customer already
            bob takes nothing: ok
            cyd takes nothing: ok
            nothing is none: None
            bob takes A later: external_id is used by another customer already
            bob takes a: ok
            bob takes a again: ok
            ada takes a: external_id is used by another customer already
            ada gives A up: ok
            bob takes A, gives a up: ok
            ada takes a now: ok
            delete ada: ok
            bob takes a after her: ok
            undelete ada: external_id is used by another customer already
            create ada with a: external_id is used by another customer already
            bob gives a up: ok
            undelete ada now: ok
            bob takes a for the last time: external_id is used by another customer already
        "#]],
    );
}

/// Who the till says holds a card.
fn holder(shop: &Store, serial: &str) -> String {
    let swipe = shop.find_card(&card(serial).serial_number).unwrap();
    swipe.map_or("nobody".into(), |swipe| swipe.customer.id.to_string())
}

/// The catalogue's 37 and 38.
#[test]
fn a_card_belongs_to_one_customer() {
    let shop = Shop::in_memory(1);
    let (ada, bob) = (id("ada"), id("bob"));
    let give = |name: &'static str, serials: &'static [&'static str]| {
        move |shop: &Store| said(shop.replace(&with_cards(name, serials)))
    };
    check(
        &shop,
        &[
            ("ada has 007", &|shop| said(shop.create(&with_cards("ada", &["007"])))),
            ("bob has 8 and 007", &|shop| said(shop.create(&with_cards("bob", &["8", "007"])))),
            ("bob has 7", &|shop| said(shop.create(&with_cards("bob", &["7"])))),
            ("ada has one twice", &give("ada", &["007", "9", "9"])),
            ("bob gets 007", &|shop| said(shop.set_card(&bob, &card("007")))),
            ("ada gets 7", &give("ada", &["007", "7"])),
            ("swipe 007", &|shop| holder(shop, "007")),
            ("swipe 7", &|shop| holder(shop, "7")),
            ("ada loses 007", &give("ada", &[])),
            ("swipe 007 again", &|shop| holder(shop, "007")),
            ("bob gets 007 now", &give("bob", &["7", "007"])),
            ("delete bob", &|shop| said(shop.delete_customer(&bob, None))),
            ("swipe bob's 7", &|shop| holder(shop, "7")),
            ("ada gets 7 after him", &give("ada", &["7"])),
            ("undelete bob", &|shop| said(shop.undelete_customer(&bob))),
            ("create bob as he was", &|shop| said(shop.create(&with_cards("bob", &["007", "7"])))),
            ("create bob with 007", &|shop| said(shop.create(&with_cards("bob", &["007"])))),
            ("swipe 007 at last", &|shop| holder(shop, "007")),
            ("remove 7 from bob", &|shop| said(shop.remove_card(&bob, &card("7").serial_number))),
            ("remove 7 from ada", &|shop| said(shop.remove_card(&ada, &card("7").serial_number))),
        ],
        &expect![[r#"
            ada has 007: ok
            bob has 8 and 007: cards[1].serial_number is used by another customer already
            bob has 7: ok
            ada has one twice: cards[2].serial_number is given twice
            bob gets 007: cards[1].serial_number is used by another customer already
            ada gets 7: cards[1].serial_number is used by another customer already
            swipe 007: ada
            swipe 7: bob
            ada loses 007: ok
            swipe 007 again: nobody
            bob gets 007 now: ok
            delete bob: ok
            swipe bob's 7: nobody
            ada gets 7 after him: ok
            undelete bob: cards[1].serial_number is used by another customer already
            create bob as he was: cards[1].serial_number is used by another customer already
            create bob with 007: ok
            swipe 007 at last: bob
            remove 7 from bob: there is no card CardSerial(…7)
            remove 7 from ada: ok
        "#]],
    );
}

/// Two tills apart from each other give one card and one external id to two customers, and then
/// hear of each other; a root hears of the first before the second.
struct Apart {
    first: Shop,
    second: Shop,
    root: Shop,
}

fn apart() -> Apart {
    let [first, second, root] = [1, 2, 3].map(Shop::in_memory);
    for (till, name) in [(&first, "ada"), (&second, "bob")] {
        let customer = with_external_id(name, "X");
        till.create(&Replacement { customer, ..with_cards(name, &["7", name]) }).unwrap();
        till.clock.advance(-1_000_000); // no clock is asked
    }
    send(&first, &root);
    send(&second, &root);
    send(&first, &second);
    send(&second, &first);
    Apart { first, second, root }
}

/// What a node says of the card and of its conflicts.
fn seen(node: &Store) -> String {
    let conflicts = node.conflicts().unwrap();
    let conflicts: Vec<String> = conflicts
        .iter()
        .map(|c| {
            let (kind, owner) = (c.kind.as_str(), c.owner_id.as_ref().map_or("", |id| id.as_str()));
            format!(
                "{kind} {:?} of {} is {owner}'s",
                c.value.as_deref(),
                c.customer_id.as_ref().unwrap()
            )
        })
        .collect();
    let cards = |name: &str| match node.profile(&id(name)) {
        Ok(profile) => profile.cards.len().to_string(),
        Err(error) => error.to_string(),
    };
    let (ada, bob) = (cards("ada"), cards("bob"));
    format!("7 is {}'s; ada {ada}; bob {bob}; {}\n", holder(node, "7"), conflicts.join(", "))
}

/// Settles every conflict of the root by `settle`, hands the operations on, and prints what each
/// node sees before and after.
fn check_settled(settle: impl Fn(&Store, &str) -> String, expected: &Expect) {
    let Apart { first, second, root } = apart();
    let nodes: [(&str, &Store); 3] = [("first", &first), ("second", &second), ("root", &root)];
    let all =
        || nodes.iter().map(|(name, node)| format!("{name}: {}", seen(node))).collect::<String>();
    let mut lines = all();
    for conflict in root.conflicts().unwrap() {
        lines += &format!("settle {}: {}\n", conflict.kind, settle(&root, &conflict.id));
    }
    let settled = send(&root, &first);
    assert_eq!(send(&root, &second), settled);
    lines += &all();
    expected.assert_eq(&lines);
    for (name, node) in nodes {
        let report = node.check(|_| ()).unwrap();
        assert!(report.is_sound(), "{name}: {report:?}");
    }
}

#[test]
fn a_clash_is_settled_by_giving_up() {
    check_settled(
        |root, id| said(root.release_conflict(id)),
        &expect![[r#"
        first: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        second: 7 is bob's; ada 2; bob 2; card Some("7") of ada is bob's, external_id Some("X") of ada is bob's
        root: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        settle card: ok
        settle external_id: ok
        first: 7 is ada's; ada 2; bob 1; 
        second: 7 is ada's; ada 2; bob 1; 
        root: 7 is ada's; ada 2; bob 1; 
    "#]],
    );
}

#[test]
fn a_clash_is_settled_by_keeping() {
    check_settled(
        |root, id| said(root.keep_conflict(id)),
        &expect![[r#"
        first: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        second: 7 is bob's; ada 2; bob 2; card Some("7") of ada is bob's, external_id Some("X") of ada is bob's
        root: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        settle card: ok
        settle external_id: ok
        first: 7 is ada's; ada 2; bob 2; 
        second: 7 is bob's; ada 2; bob 2; card Some("7") of ada is bob's, external_id Some("X") of ada is bob's
        root: 7 is ada's; ada 2; bob 2; 
    "#]],
    );
}

#[test]
fn a_clash_is_settled_by_merging() {
    check_settled(
        |root, _| said(root.merge_customers(&id("bob"), &id("ada"))),
        &expect![[r#"
        first: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        second: 7 is bob's; ada 2; bob 2; card Some("7") of ada is bob's, external_id Some("X") of ada is bob's
        root: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        settle card: ok
        settle external_id: there is no customer bob
        first: 7 is ada's; ada 3; bob there is no customer bob; 
        second: 7 is ada's; ada 3; bob there is no customer bob; 
        root: 7 is ada's; ada 3; bob there is no customer bob; 
    "#]],
    );
    check_settled(
        |root, _| said(root.merge_customers(&id("ada"), &id("bob"))),
        &expect![[r#"
        first: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        second: 7 is bob's; ada 2; bob 2; card Some("7") of ada is bob's, external_id Some("X") of ada is bob's
        root: 7 is ada's; ada 2; bob 2; card Some("7") of bob is ada's, external_id Some("X") of bob is ada's
        settle card: ok
        settle external_id: there is no customer ada
        first: 7 is bob's; ada there is no customer ada; bob 3; 
        second: 7 is bob's; ada there is no customer ada; bob 3; 
        root: 7 is bob's; ada there is no customer ada; bob 3; 
    "#]],
    );
}

#[test]
fn a_conflict_is_settled_once() {
    let root = apart().root;
    let conflict = root.conflicts().unwrap().remove(0);
    let id = conflict.id.as_str();
    let answers = [
        root.release_conflict("none"),
        root.keep_conflict(id),
        root.keep_conflict(id),
        root.release_conflict(id),
    ];
    let answers = answers.map(|answer| said(answer).replace(id, "THIS")).join("\n") + "\n";
    expect![[r#"
        there is no open conflict none
        ok
        there is no open conflict THIS
        there is no open conflict THIS
    "#]]
    .assert_eq(&answers);
}

/// A card registered twice stays editable on the customer who does not own it.
#[test]
fn the_other_customer_can_be_edited() {
    let root = apart().root;
    let bob = id("bob");
    let mut note = card("7");
    note.note = Some("scratched".into());
    assert_eq!(said(root.set_card(&bob, &note)), "ok");
    assert_eq!(said(root.edit_customer(&bob, |bob| bob.phone = Some("1".into()))), "ok");
    let profile = root.profile(&bob).unwrap();
    assert_eq!(said(root.replace(&profile.clone().into())), "ok");
    assert_eq!(profile.cards[0].note.as_deref(), Some("scratched"));
    assert_eq!(root.conflicts().unwrap().len(), 2);
    let spend = CreditTransaction::earn(root.stamp(), &bob, Money::from_minor(1));
    let refused = said(root.record_with_card(&card("7").serial_number, &spend));
    assert_eq!(refused, "there is no card of this customer CardSerial(…7)");
    // Once given up, it is not his again.
    assert_eq!(said(root.remove_card(&bob, &card("7").serial_number)), "ok");
    let again = said(root.set_card(&bob, &card("7")));
    assert_eq!(again, "cards[1].serial_number is used by another customer already");
    assert_eq!(root.conflicts().unwrap().len(), 1);
}

/// Once, two tills that each added cards made a customer nobody could edit any more.
#[test]
fn too_many_cards_from_two_tills_leave_a_customer_editable() {
    let (first, second) = (Shop::in_memory(1), Shop::in_memory(2));
    let ada = id("ada");
    first.create_customer(&customer("ada")).unwrap();
    send(&first, &second);
    for (till, n) in [(&first, 1), (&second, 2)] {
        let add = |i| till.set_card(&ada, &card(&format!("{n}-{i}")));
        (0..60).try_for_each(add).unwrap();
    }
    send(&second, &first);
    let mut lines = String::new();
    lines += &format!("{}\n", said(first.edit_customer(&ada, |ada| ada.phone = Some("1".into()))));
    lines += &format!("{}\n", said(first.set_card(&ada, &card("1-1"))));
    lines += &format!("{}\n", said(first.set_card(&ada, &card("one more"))));
    lines += &format!("{}\n", said(first.remove_card(&ada, &card("1-1").serial_number)));
    expect![[r#"
        ok
        ok
        cards must be at most 100
        ok
    "#]]
    .assert_eq(&lines);
}

/// Once, a customer whose primary address was removed on another till could not be edited.
#[test]
fn an_address_removed_elsewhere_leaves_a_customer_editable() {
    let (first, second) = (Shop::in_memory(1), Shop::in_memory(2));
    let (ada, home) = (id("ada"), AddressId::new("home").unwrap());
    first.create_customer(&customer("ada")).unwrap();
    first.set_address(&ada, &Address::with_id(home.clone())).unwrap();
    send(&first, &second);
    first.remove_address(&ada, &home).unwrap();
    second.edit_customer(&ada, |ada| ada.primary_address_id = Some(home.clone())).unwrap();
    send(&second, &first);
    let edit = |name: &str, work: &str| {
        first.edit_customer(&ada, |ada| {
            ada.first_name = Some(name.into());
            ada.delivery_address_id = AddressId::new(work).ok();
        })
    };
    let answers = [said(edit("Ada", "")), said(edit("Eda", "home")), said(edit("Ida", ""))];
    expect![[r#"
        ok
        delivery_address_id must be one of the customer's addresses
        ok
    "#]]
    .assert_eq(&(answers.join("\n") + "\n"));
}

/// Once, a clash that came back after one of its sides was erased had no value, and no way out.
#[test]
fn a_clash_after_an_erase_can_be_settled() {
    let [first, second, root] = [1, 2, 3].map(Shop::in_memory);
    let bob = id("bob");
    first.create(&with_cards("ada", &["7"])).unwrap();
    second.create(&with_cards("bob", &["7"])).unwrap();
    send(&first, &root);
    send(&second, &root);
    root.erase_customer(&id("ada")).unwrap();
    // The second till lets bob go and brings him back; meanwhile a third customer gets the card.
    second.delete_customer(&bob, None).unwrap();
    send(&second, &root);
    root.create(&with_cards("cyd", &["7"])).unwrap();
    second.undelete_customer(&bob).unwrap();
    send(&second, &root);
    let conflict = root.conflicts().unwrap().remove(0);
    assert_eq!((conflict.value.as_deref(), conflict.customer_id), (Some("7"), Some(bob)));
    assert_eq!(said(root.release_conflict(&conflict.id)), "ok");
    assert_eq!(holder(&root, "7"), "cyd");
    assert_eq!(root.conflicts().unwrap(), []);
}
