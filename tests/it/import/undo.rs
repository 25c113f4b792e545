//! Undoing an import: who goes, who stays, and why.

use std::fmt::Write as _;

use expect_test::expect;
use tillbook::import::Undone;
use tillbook::{BatchId, CreditTransaction, CustomerId, ImportOptions, Money, Result, Store};

use super::{profiles, show, show_profile, store};

const FILE: &str = "Id,Card,Name,CreditAmount\nada,1,Ada,10.00\nada,2,,\nbob,3,Bob,\neve,4,Eve,5.00\njan,5,Jan,1.00\nleo,6,Leo,\n";

fn id(text: &str) -> CustomerId {
    CustomerId::new(text).expect("an id")
}

fn import(store: &Store, file: &str, batch: &str) -> String {
    let batch = BatchId::new(batch).expect("a name");
    let options = ImportOptions { batch, dry_run: false };
    show(&store.import(file.as_bytes(), &options, |_| {}))
}

fn undo(store: &Store, batch: &str) -> String {
    told(store.undo_import(&BatchId::new(batch).expect("a name"), |_| {}))
}

fn told(undone: Result<Undone>) -> String {
    let undone = match undone {
        Ok(undone) => undone,
        Err(error) => return format!("{error}\n"),
    };
    let mut told = format!(
        "deleted {}, gone {}, left {}, reversed {} of {}\n",
        undone.n_deleted,
        undone.n_gone,
        undone.n_left,
        undone.n_reversed,
        undone.reversed.minor()
    );
    for left in undone.left {
        writeln!(told, "  {left}").expect("a line");
    }
    told
}

fn all(store: &Store) -> String {
    profiles(store).iter().map(show_profile).collect()
}

#[test]
fn the_untouched_go_and_the_used_stay() {
    let store = store();
    let mut told = import(&store, "Id,Name\nzoe,Zoe\n", "before");
    told += &import(&store, &format!("{FILE}zoe,7,Zoja,\n"), "first");
    let spend = CreditTransaction::spend(store.stamp(), &id("eve"), Money::from_minor(100));
    store.record(&spend).expect("a balance");
    store.edit_customer(&id("bob"), |bob| bob.phone = Some("0905".into())).expect("bob");
    told += &undo(&store, "first");
    told += &undo(&store, "first");
    told += &undo(&store, "second");
    told += &all(&store);
    assert!(store.check(|_| ()).expect("a report").is_sound());
    expect![[r#"
        1 created
        5 created, 2 updated, 3 balances of 1600
        deleted 3, gone 0, left 2, reversed 2 of 1100
          customer bob: it was changed since
          customer eve: its credit has moved since
        deleted 0, gone 3, left 2, reversed 0 of 0
          customer bob: it was changed since
          customer eve: its credit has moved since
        there is no import batch second
        Bob; phone 0905; card 3
        Eve; card 4; credit 400
        Zoja; card 7
    "#]]
    .assert_eq(&told);
}

#[test]
fn what_was_undone_is_imported_anew_with_its_balances() {
    let store = store();
    let mut told = String::new();
    for batch in ["first", "second", "third"] {
        told += &import(&store, FILE, batch);
        told += &import(&store, FILE, "again");
        told += &all(&store);
        told += &undo(&store, "again");
        told += &undo(&store, batch);
    }
    assert!(store.check(|_| ()).expect("a report").is_sound());
    expect![[r#"
        5 created, 1 updated, 3 balances of 1600
        6 unchanged
        Ada; card 1; card 2; credit 1000
        Bob; card 3
        Eve; card 4; credit 500
        Jan; card 5; credit 100
        Leo; card 6
        there is no import batch again
        deleted 5, gone 0, left 0, reversed 3 of 1600
        5 created, 1 updated, 3 balances of 1600
        6 unchanged
        Ada; card 1; card 2; credit 1000
        Bob; card 3
        Eve; card 4; credit 500
        Jan; card 5; credit 100
        Leo; card 6
        there is no import batch again
        deleted 5, gone 0, left 0, reversed 3 of 1600
        5 created, 1 updated, 3 balances of 1600
        6 unchanged
        Ada; card 1; card 2; credit 1000
        Bob; card 3
        Eve; card 4; credit 500
        Jan; card 5; credit 100
        Leo; card 6
        there is no import batch again
        deleted 5, gone 0, left 0, reversed 3 of 1600
    "#]]
    .assert_eq(&told);
}

#[test]
fn who_was_deleted_undeleted_or_erased_meanwhile_is_left_alone() {
    let store = store();
    let mut told = import(&store, "Id,Name\nada,Ada\nbob,Bob\neve,Eve\n", "first");
    store.delete_customer(&id("ada"), None).expect("ada");
    store.erase_customer(&id("bob")).expect("bob");
    store.delete_customer(&id("eve"), None).expect("eve");
    store.undelete_customer(&id("eve")).expect("eve");
    told += &undo(&store, "first");
    told += &all(&store);
    expect![[r#"
        3 created
        deleted 0, gone 2, left 1, reversed 0 of 0
          customer eve: it was changed since
        Eve
    "#]]
    .assert_eq(&told);
}

#[test]
fn lines_of_json_are_undone_too() {
    let store = store();
    let file = "{\"id\":\"ada\",\"credit\":5}\n{\"id\":\"bob\",\"credit\":-5,\"credit_line\":5}\n";
    let batch = BatchId::new("first").expect("a name");
    let options = ImportOptions { batch, dry_run: false };
    let mut told = String::new();
    for _ in 0..2 {
        told += &show(&store.import_json_lines(file.as_bytes(), &options, |_| {}));
        told += &undo(&store, "first");
    }
    told += &all(&store);
    expect![[r#"
        2 created, 2 balances of 0
        deleted 2, gone 0, left 0, reversed 2 of 0
        2 created, 2 balances of 0
        deleted 2, gone 0, left 0, reversed 2 of 0
    "#]]
    .assert_eq(&told);
}
