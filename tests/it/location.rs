//! Locations: a tree without circles, a name and an external id that one of them owns, whatever two
//! nodes have written apart from each other.

use expect_test::{Expect, expect};
use tillbook::{
    Conflict, Location, LocationId, LocationType, Page, Result, Store, Subject, Timestamp,
};

use crate::shop::{NOON_MS, Shop, said, send};
use crate::sync::round;

fn at(id: &str) -> LocationId {
    LocationId::new(id).unwrap()
}

/// A location whose name is its id.
fn location(id: &str) -> Location {
    Location::with_id(at(id), id, Timestamp::from_ms(NOON_MS))
}

fn below(id: &str, parent: &str) -> Location {
    Location { parent_id: Some(at(parent)), ..location(id) }
}

/// Moves a location, or makes it a root.
fn put(store: &Store, id: &str, parent: Option<&str>) -> Result<Location> {
    store.edit_location(&at(id), |location| location.parent_id = parent.map(at))
}

fn name(store: &Store, id: &str, name: &str) -> Result<Location> {
    store.edit_location(&at(id), |location| location.name = name.to_owned())
}

fn of(conflict: &Conflict) -> String {
    let value = conflict.value.as_deref().unwrap_or_default().replace('\n', "/");
    let owner = conflict.owner_id.as_ref().map_or("nobody", Subject::as_str);
    format!(
        "{} {value:?} of {}, owner {owner}",
        conflict.kind,
        conflict.location_id.as_ref().unwrap()
    )
}

/// The trees and the open conflicts.
fn seen(store: &Store) -> String {
    let conflicts = store.conflicts().unwrap();
    trees(store).into_iter().chain(conflicts.iter().map(of)).collect::<Vec<_>>().join("; ")
}

/// The trees, each as `top(left(leaf) right)`.
fn trees(store: &Store) -> Vec<String> {
    fn grow(store: &Store, id: &LocationId) -> String {
        let placement = store.placement(id).unwrap();
        let children = placement.children.iter().map(|child| {
            assert_eq!(child.parent_id.as_ref(), Some(id));
            grow(store, &child.id)
        });
        let children: Vec<_> = children.collect();
        match children.is_empty() {
            true => placement.location.name,
            false => format!("{}({})", placement.location.name, children.join(" ")),
        }
    }
    let (all, total) = store.list_placements(Page::default()).unwrap();
    assert_eq!(all.len() as u64, total);
    let tops = all.iter().filter(|placement| placement.parent.is_none());
    tops.map(|top| grow(store, &top.location.id)).collect()
}

/// A step of a story: what happens, and the call that says how it went.
type Step<'a> = (&'a str, &'a dyn Fn(&Store) -> String);

/// Prints each step of a story with its answer, and what the store shows at its end.
fn check(steps: &[Step<'_>], expected: &Expect) {
    let shop = Shop::in_memory(1);
    let mut lines = String::new();
    for (name, step) in steps {
        let (before, n) = (seen(&shop), shop.list_operations(Page::default()).unwrap().len());
        let answer = step(&shop);
        if answer != "ok" {
            assert_eq!(seen(&shop), before, "{name}");
            assert_eq!(shop.list_operations(Page::default()).unwrap().len(), n, "{name}");
        }
        lines += &format!("{name}: {answer}\n");
    }
    lines += &format!("{}\n", seen(&shop));
    expected.assert_eq(&lines);
    let report = shop.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

fn create(location: Location) -> impl Fn(&Store) -> String {
    move |shop| said(shop.create_location(&location))
}

#[test]
fn a_tree_is_built_and_moved() {
    check(
        &[
            ("the top", &create(location("top"))),
            ("two below it", &create(below("left", "top"))),
            ("", &create(below("right", "top"))),
            ("one below one", &create(below("leaf", "left"))),
            ("moved", &|shop| said(put(shop, "leaf", Some("right")))),
            ("below itself", &|shop| said(put(shop, "top", Some("top")))),
            ("below its leaf", &|shop| said(put(shop, "top", Some("leaf")))),
            ("below nobody", &|shop| said(put(shop, "leaf", Some("none")))),
            ("made a top", &|shop| said(put(shop, "left", None))),
            ("renamed", &|shop| said(name(shop, "left", " Left  "))),
            ("deleted", &|shop| said(shop.delete_location(&at("right")))),
            ("deleted again", &|shop| said(shop.delete_location(&at("right")))),
            ("read", &|shop| said(shop.location(&at("right")))),
            ("placed", &|shop| said(shop.placement(&at("right")))),
            ("edited", &|shop| said(name(shop, "right", "x"))),
            ("below what is gone", &|shop| said(put(shop, "left", Some("right")))),
            ("made again", &create(location("right"))),
            ("an edit of its child", &|shop| said(name(shop, "leaf", "Leaf"))),
        ],
        &expect![[r#"
            the top: ok
            two below it: ok
            : ok
            one below one: ok
            moved: ok
            below itself: parent_id must not be the location itself
            below its leaf: parent_id must not be a location below this one
            below nobody: parent_id must be the id of another location
            made a top: ok
            renamed: ok
            deleted: ok
            deleted again: there is no location right
            read: there is no location right
            placed: there is no location right
            edited: there is no location right
            below what is gone: parent_id must be the id of another location
            made again: id was used before
            an edit of its child: ok
            Leaf; Left; top
        "#]],
    );
}

#[test]
fn names_and_external_ids_belong_to_one() {
    let with_external_id = |id: &str, external_id: &str| Location {
        external_id: Some(external_id.into()),
        ..location(id)
    };
    let named = |id: &str, name: &str, kind| Location { name: name.into(), kind, ..location(id) };
    let product = LocationType::ProductType;
    check(
        &[
            ("a takes E", &create(with_external_id("a", "E"))),
            ("b takes E", &create(with_external_id("b", "E"))),
            ("b takes nothing", &create(with_external_id("b", ""))),
            ("c takes nothing", &create(with_external_id("c", ""))),
            ("d is called a", &create(named("d", " a ", LocationType::OriginalCreditor))),
            ("d is called A", &create(named("d", "A", LocationType::OriginalCreditor))),
            ("e is called a, of another type", &create(named("e", "a", product))),
            ("e becomes of that type", &|shop| {
                said(shop.edit_location(&at("e"), |e| e.kind = LocationType::OriginalCreditor))
            }),
            ("b is renamed a", &|shop| said(name(shop, "b", "a"))),
            ("a is renamed a2", &|shop| said(name(shop, "a", "a2"))),
            ("b is renamed a now", &|shop| said(name(shop, "b", "a"))),
            ("delete a", &|shop| said(shop.delete_location(&at("a")))),
            ("c takes E now", &|shop| {
                said(shop.edit_location(&at("c"), |c| c.external_id = Some("E".into())))
            }),
            ("found by E", &|shop| {
                assert_eq!(shop.find_location("E").unwrap().unwrap().id, at("c"));
                assert_eq!(shop.find_location("e").unwrap(), None);
                assert_eq!(shop.find_location_named(product, "a ").unwrap().unwrap().id, at("e"));
                said(Ok(()))
            }),
        ],
        &expect![[r#"
            a takes E: ok
            b takes E: external_id is used by another location already
            b takes nothing: ok
            c takes nothing: ok
            d is called a: name is used by another location already
            d is called A: ok
            e is called a, of another type: ok
            e becomes of that type: name is used by another location already
            b is renamed a: name is used by another location already
            a is renamed a2: ok
            b is renamed a now: ok
            delete a: ok
            c takes E now: ok
            found by E: ok
            a; c; A; a
        "#]],
    );
}

#[test]
fn bad_fields_are_named() {
    let a = || location("a");
    let meta =
        |key: &str| serde_json::Map::from_iter([(key.to_owned(), serde_json::Value::from(1))]);
    check(
        &[
            ("no name", &create(Location { name: String::new(), ..a() })),
            ("a blank name", &create(Location { name: " \t".into(), ..a() })),
            ("a long name", &create(Location { name: "x".repeat(256), ..a() })),
            ("two lines", &create(Location { name: "x\ny".into(), ..a() })),
            ("a long external id", &create(Location { external_id: Some("x".repeat(65)), ..a() })),
            ("white space", &create(Location { external_id: Some(" x".into()), ..a() })),
            ("a control character", &create(Location { external_id: Some("x\0".into()), ..a() })),
            ("meta", &create(Location { meta: meta("a\nb"), ..a() })),
            ("itself", &create(below("a", "a"))),
            ("as it should be", &create(Location { meta: meta("size"), ..a() })),
        ],
        &expect![[r#"
            no name: name must not be empty
            a blank name: name must not be empty
            a long name: name must have at most 255 characters
            two lines: name must not hold control characters
            a long external id: external_id must have at most 64 characters
            white space: external_id must not begin or end with white space
            a control character: external_id must not hold control or invisible characters
            meta: meta must not hold control characters
            itself: parent_id must not be the location itself
            as it should be: ok
            a
        "#]],
    );
}

/// What a store keeps for itself is kept, whatever a caller gives, and nothing is written where nothing
/// differs.
#[test]
fn an_edit_writes_what_differs() {
    let shop = Shop::in_memory(1);
    let made = shop.create_location(&Location::new(shop.stamp(), "Main Street")).unwrap();
    shop.clock.advance(1_000);
    assert_eq!(shop.update_location(&made).unwrap(), made);
    assert_eq!(shop.list_operations(Page::default()).unwrap().len(), 1);
    let edit = |made: &mut Location| {
        made.meta.insert("size".to_owned(), 3.into());
        made.ext.insert("mine".to_owned(), 3.into());
        (made.created_at, made.id) = (Timestamp::MAX, at("other"));
    };
    let edited = shop.edit_location(&made.id, edit).unwrap();
    let changed_at = Timestamp::from_ms(NOON_MS + 1_000);
    let meta = serde_json::Map::from_iter([("size".to_owned(), 3.into())]);
    assert_eq!(edited, Location { meta, changed_at, ..made });
    expect![[r#"[{"change":"location.set","fields":{"meta.size":3},"location":"019b796d-d600-7b"#]]
        .assert_eq(&shop.list_operations(Page { skip: 1, take: 1 }).unwrap()[0].facts[..79]);
}

/// Lets two tills that know `a`, `b` and `c` work apart from each other, then the first one's work
/// reach the root first, and prints what each of them shows, and the root before and after `settle`.
fn check_apart(work: [&dyn Fn(&Store); 2], settle: impl Fn(&Store) -> String, expected: &Expect) {
    let (tills, root) = ([1, 2].map(Shop::in_memory), Shop::in_memory(3));
    for name in ["a", "b", "c"] {
        root.create_location(&location(name)).unwrap();
    }
    tills.iter().for_each(|till| drop(round(till, &root).unwrap()));
    for (n, (till, work)) in tills.iter().zip(work).enumerate() {
        till.clock.advance(1_000 * i64::try_from(n + 1).unwrap());
        work(till);
    }
    let mut lines = format!("first: {}\nsecond: {}\n", seen(&tills[0]), seen(&tills[1]));
    let meet = || {
        for till in tills.iter().chain(&tills) {
            round(till, &root).unwrap();
        }
        for node in tills.iter().chain([&root]) {
            assert_eq!(node.view_digest().unwrap(), root.view_digest().unwrap());
            assert_eq!(seen(node), seen(&root));
            let report = node.check(|_| ()).unwrap();
            assert!(report.is_sound(), "{report:?}");
        }
    };
    meet();
    lines += &format!("met: {}\n", seen(&root));
    lines += &format!("settled: {}\n", settle(&root));
    meet();
    lines += &format!("then: {}\n", seen(&root));
    expected.assert_eq(&lines);
    // The same operations make the same tree in any order of their authors.
    let other = Shop::in_memory(4);
    send(&root, &other);
    assert_eq!(trees(&other), trees(&root));
}

fn only(store: &Store) -> String {
    let conflicts = store.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1);
    conflicts[0].id.clone()
}

/// Each puts one below the other.
const CIRCLE: [&dyn Fn(&Store); 2] = [&|till| drop(put(till, "a", Some("b")).unwrap()), &|till| {
    drop(put(till, "b", Some("a")).unwrap())
}];

#[test]
fn a_circle_is_opened_where_it_was_closed_last() {
    check_apart(
        CIRCLE,
        |root| said(put(root, "a", None)),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: ok
        then: a(b); c
    "#]],
    );
    check_apart(
        CIRCLE,
        |root| said(root.release_conflict(&only(root))),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: ok
        then: b(a); c
    "#]],
    );
    check_apart(
        CIRCLE,
        |root| said(root.keep_conflict(&only(root))),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: ok
        then: b(a); c
    "#]],
    );
    check_apart(
        CIRCLE,
        |root| said(root.delete_location(&at("a"))),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: ok
        then: b; c
    "#]],
    );
}

#[test]
fn a_circle_is_closed_by_nobody_who_sees_it() {
    // An edit of the one that counts as a top leaves its parent as it was written.
    check_apart(
        CIRCLE,
        |root| said(name(root, "b", "B")),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: ok
        then: B(a); c; location_cycle "" of b, owner nobody
    "#]],
    );
    // What is shown already is no change.
    check_apart(
        CIRCLE,
        |root| said(put(root, "a", Some("b"))),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: ok
        then: b(a); c; location_cycle "" of b, owner nobody
    "#]],
    );
    // What would close the circle once more is refused.
    check_apart(
        CIRCLE,
        |root| said(put(root, "b", Some("a"))),
        &expect![[r#"
        first: b(a); c
        second: a(b); c
        met: b(a); c; location_cycle "" of b, owner nobody
        settled: parent_id must not be a location below this one
        then: b(a); c; location_cycle "" of b, owner nobody
    "#]],
    );
}

#[test]
fn a_circle_of_three_is_opened_once() {
    check_apart(
        [&|till| drop(put(till, "a", Some("b")).unwrap()), &|till| {
            put(till, "c", Some("a")).unwrap();
            put(till, "b", Some("c")).unwrap();
        }],
        |root| said(put(root, "c", None)),
        &expect![[r#"
            first: b(a); c
            second: a(c(b))
            met: b(a(c)); location_cycle "" of b, owner nobody
            settled: ok
            then: c(b(a))
        "#]],
    );
}

#[test]
fn a_name_taken_twice_is_the_first_ones() {
    let work: [&dyn Fn(&Store); 2] = [
        &|till| {
            drop(till.create_location(&Location { name: "X".into(), ..location("d") }).unwrap())
        },
        &|till| drop(name(till, "a", "X").unwrap()),
    ];
    check_apart(
        work,
        |root| said(name(root, "a", "Y")),
        &expect![[r#"
        first: a; b; c; X
        second: X; b; c
        met: X; b; c; X; location_name "original_creditor/X" of a, owner d
        settled: ok
        then: Y; b; c; X
    "#]],
    );
    check_apart(
        work,
        |root| said(root.delete_location(&at("d"))),
        &expect![[r#"
        first: a; b; c; X
        second: X; b; c
        met: X; b; c; X; location_name "original_creditor/X" of a, owner d
        settled: ok
        then: X; b; c
    "#]],
    );
    check_apart(
        work,
        |root| said(root.release_conflict(&only(root))),
        &expect![[r#"
        first: a; b; c; X
        second: X; b; c
        met: X; b; c; X; location_name "original_creditor/X" of a, owner d
        settled: conflict is about the name of a location; rename or delete one of the two
        then: X; b; c; X; location_name "original_creditor/X" of a, owner d
    "#]],
    );
    check_apart(
        work,
        |root| said(root.keep_conflict(&only(root))),
        &expect![[r#"
        first: a; b; c; X
        second: X; b; c
        met: X; b; c; X; location_name "original_creditor/X" of a, owner d
        settled: ok
        then: X; b; c; X
    "#]],
    );
    // Whoever does not own the name can be edited.
    check_apart(
        work,
        |root| said(put(root, "a", Some("b"))),
        &expect![[r#"
        first: a; b; c; X
        second: X; b; c
        met: X; b; c; X; location_name "original_creditor/X" of a, owner d
        settled: ok
        then: b(X); c; X; location_name "original_creditor/X" of a, owner d
    "#]],
    );
}

#[test]
fn an_external_id_taken_twice_can_be_given_up() {
    let take = |id: &'static str| {
        move |till: &Store| {
            drop(till.edit_location(&at(id), |a| a.external_id = Some("E".into())).unwrap());
        }
    };
    let (first, second) = (take("b"), take("a"));
    check_apart(
        [&first, &second],
        |root| said(root.release_conflict(&only(root))),
        &expect![[r#"
        first: a; b; c
        second: a; b; c
        met: a; b; c; location_external_id "E" of a, owner b
        settled: ok
        then: a; b; c
    "#]],
    );
}

#[test]
fn a_parent_that_is_deleted_elsewhere_counts_as_none() {
    check_apart(
        [
            &|till| {
                put(till, "b", Some("a")).unwrap();
                till.create_location(&below("d", "a")).unwrap();
            },
            &|till| {
                till.delete_location(&at("a")).unwrap();
                name(till, "b", "B").unwrap();
            },
        ],
        |root| said(put(root, "d", Some("b"))),
        &expect![[r#"
            first: a(b d); c
            second: B; c
            met: B; c; d
            settled: ok
            then: B(d); c
        "#]],
    );
}
