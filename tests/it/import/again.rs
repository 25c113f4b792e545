//! Files that come again, in part, twice over, or only to be looked at.

use std::fmt::Write as _;
use std::io::{self, Read};

use expect_test::expect;
use tillbook::import::{ROWS_PER_COMMIT, Report};
use tillbook::{CardSerial, CreditTransaction, Error, ImportOptions, Money, Result, Store};

use super::{check, import, profiles, show, store};

fn dry_run(store: &Store, file: &str) -> Result<Report> {
    let options = ImportOptions { dry_run: true, ..ImportOptions::new(store.stamp()) };
    store.import(file.as_bytes(), &options, |_| {})
}

#[test]
fn one_card_on_two_lines() {
    check(
        &[
            "Card,FirstName\n1,Ada\n1,Bob\n1,Ada\n",
            // The same again finds the same fault.
            "Card,FirstName\n1,Ada\n1,Bob\n1,Ada\n",
            // Further lines may bring further cards.
            "ExternalId,Card,FirstName\nE1,2,Eve\nE1,3,Eve\nE1,4,\nE1,5,Zoe\n",
        ],
        &expect![[r#"
            1 created, 1 unchanged, 1 rejected
            line 3: Card is on line 2 already, with other content
            2 unchanged, 1 rejected
            line 3: Card is on line 2 already, with other content
            1 created, 2 updated, 1 rejected
            line 5: ExternalId is on line 2 already, with other content
            Ada; card 1
            Eve; external E1; card 2; card 3; card 4
        "#]],
    );
}

#[test]
fn an_opening_balance_is_taken_once() {
    let file = "Card,CreditAmount\n1,10.00\n2,0\n3,\n";
    check(
        &[file, file, "Card,Balance\n1,11.00\n2,5.00\n2,5.00\n3,0.00\n", file],
        &expect![[r#"
            3 created, 1 balances of 1000
            3 unchanged
            1 updated, 2 unchanged, 1 rejected, 1 balances of 500
            line 2: Balance is not the opening balance taken before: 10.00
            3 unchanged
            ; card 1; credit 1000
            ; card 3
            ; card 2; credit 500
        "#]],
    );
}

#[test]
fn a_balance_that_has_moved_is_no_opening_balance() {
    let store = store();
    import(&store, "Card,CreditAmount\n1,10.00\n2,\n").expect("a report");
    for (serial, amount) in [("1", -300), ("2", 400)] {
        let serial = CardSerial::new(serial).expect("a serial");
        let swipe = store.find_card(&serial).expect("a look-up").expect("a card");
        let amount = Money::from_minor(amount);
        let moved = CreditTransaction::correction(store.stamp(), &swipe.customer.id, amount);
        store.record(&moved).expect("a balance");
    }
    // What was brought along, and what is there now, are no news; anything else is a mistake.
    let again = import(&store, "Card,CreditAmount\n1,10.00\n2,4.00\n");
    let other = import(&store, "Card,CreditAmount\n1,7.01\n2,5.00\n");
    let now = import(&store, "Card,CreditAmount\n1,7.00\n");
    expect![[r#"
        2 unchanged
        2 rejected
        line 2: CreditAmount is not the opening balance taken before: 10.00
        line 3: CreditAmount is no opening balance: the credit has moved to 4.00
        1 unchanged
    "#]]
    .assert_eq(&[again, other, now].iter().map(show).collect::<String>());
}

#[test]
fn a_row_is_stored_as_a_whole_or_not_at_all() {
    let store = store();
    import(&store, "Id,FirstName,CreditAmount\nada,Ada,10\n").expect("a report");
    let before = (profiles(&store), n_operations(&store));
    let report = import(&store, "Id,FirstName,Card,CreditAmount\nada,Eve,5,11\n");
    expect![[r#"
        1 rejected
        line 2: CreditAmount is not the opening balance taken before: 10.00
    "#]]
    .assert_eq(&show(&report));
    assert_eq!((profiles(&store), n_operations(&store)), before);
}

#[test]
fn a_row_that_fails_after_it_has_written_takes_no_other_along() {
    let store = store();
    // That the balance is a debt is found out when the customer has a row already.
    let file =
        "Card,FirstName,CreditAmount\n1,Ada,5\n2,Bob,-5\n3,Eve,7\n3,Zoe,\n4,Bob,-1\n5,Ivo,\n";
    let told = expect![[r#"
        3 created, 3 rejected, 2 balances of 1200
        line 3: CreditAmount must not be negative: an opening balance is a deposit
        line 5: Card is on line 4 already, with other content
        line 6: CreditAmount must not be negative: an opening balance is a deposit
    "#]];
    told.assert_eq(&show(&dry_run(&store, file)));
    assert_eq!(n_operations(&store), 0);
    let options = ImportOptions::new(store.stamp());
    told.assert_eq(&show(&store.import(file.as_bytes(), &options, |_| {})));
    assert_eq!(n_operations(&store), 3 + 2);
    let undone = store.undo_import(&options.batch, |_| {}).expect("undone");
    assert_eq!((undone.n_deleted, undone.n_reversed, undone.n_left), (3, 2, 0));
}

#[test]
fn a_dry_run_sees_everything_and_changes_nothing() {
    let store = store();
    import(&store, "Card,FirstName\n1,Ada\n").expect("a report");
    let before = (profiles(&store), n_operations(&store));
    let file =
        "Card,FirstName,Discount,Balance\n1,Adela,,5\n2,Bob,,1\n2,Bobby,,\n3,Eve,101,\n1,Adela,,\n";
    let dry = show(&dry_run(&store, file));
    assert_eq!((profiles(&store), n_operations(&store)), before);
    expect![[r#"
        1 created, 1 updated, 1 unchanged, 2 rejected, 2 balances of 600
        line 4: Card is on line 3 already, with other content
        line 5: Discount must be 0 to 100 percent
    "#]]
    .assert_eq(&dry);
    assert_eq!(show(&import(&store, file)), dry, "the run does what the dry run said");
}

/// How many operations a sound file holds.
fn n_operations(store: &Store) -> u64 {
    let report = store.check(|_| {}).expect("a report");
    assert!(report.is_sound(), "{:?}", report.troubles);
    report.n_operations
}

/// A file with a customer, a card and a balance on each line.
fn long_file(n_rows: usize) -> String {
    let mut file =
        "CardSerialNumber;FirstName;LastName;Email;DiscountRate;CreditAmount\n".to_owned();
    for i in 0..n_rows {
        let _ = writeln!(file, "{i:013};Name{i};Surname{i};c{i}@example.com;5;1,00");
    }
    file
}

#[test]
fn ten_thousand_rows_once() {
    let (store, file) = (store(), long_file(10_000));
    let mut calls = Vec::new();
    let options = ImportOptions::new(store.stamp());
    let report = store.import(file.as_bytes(), &options, |progress| calls.push(*progress));
    assert_eq!(show(&report), "10000 created, 10000 balances of 1000000\n");
    assert_eq!(calls.len(), 10_000 / ROWS_PER_COMMIT);
    let last = calls.last().expect("progress");
    assert_eq!((last.n_rows, last.n_bytes), (10_000, file.len() as u64));
    let operations = n_operations(&store);
    assert_eq!(show(&import(&store, &file)), "10000 unchanged\n");
    assert_eq!(n_operations(&store), operations, "a second time nothing happens");
}

/// Reads half of a file and then fails, as a cable does.
struct Cut<'f>(&'f [u8]);

impl Read for Cut<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.is_empty() {
            true => Err(io::Error::other("the cable is cut")),
            false => self.0.read(buffer),
        }
    }
}

#[test]
fn a_file_that_was_cut_short_is_finished_by_importing_it_again() {
    let (store, file) = (store(), long_file(3_000));
    let half = &file.as_bytes()[..file.len() / 2];
    let options = ImportOptions::new(store.stamp());
    let broken = store.import(Cut(half), &options, |_| {});
    assert!(matches!(broken, Err(Error::Io(_))));
    let stored = profiles(&store).len();
    assert!((1..1_600).contains(&stored) && stored.is_multiple_of(ROWS_PER_COMMIT), "{stored}");
    let report = import(&store, &file).expect("a report");
    let whole = (report.n_unchanged, report.n_created, report.n_opening);
    let (stored, rest) = (stored as u64, 3_000 - stored as u64);
    assert_eq!(whole, (stored, rest, rest));
    let credit: i64 = profiles(&store).iter().map(|profile| profile.credit.minor()).sum();
    assert_eq!(credit, 3_000 * 100);
}

#[test]
fn an_erased_customer_does_not_come_back() {
    let store = store();
    import(&store, "Id,FirstName\nada,Ada\nbob,Bob\n").expect("a report");
    for profile in profiles(&store) {
        let id = &profile.customer.id;
        match id.as_str() {
            "ada" => store.erase_customer(id).expect("erased"),
            _ => store.delete_customer(id, None).expect("deleted"),
        }
    }
    let report = import(&store, "Id,FirstName\nada,Ada\nbob,Bobby\n");
    expect![[r#"
        1 created, 1 rejected
        line 2: customer ada was erased; an erased id is never used again
    "#]]
    .assert_eq(&show(&report));
}
