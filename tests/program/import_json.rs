//! `tillbook import --json`.

use std::io::Write;
use std::process::Stdio;

use expect_test::{Expect, expect};
use tillbook::{Page, Query, Store};

use super::{Result, Shop};

const ROWS: [&str; 5] = [
    r#"{"customer":{"name":"Ada Vonn","external_id":"A"},"location":{"name":"Harbour"},
        "debt_accounts":[{"external_id":"d-1","balance":2500},{"external_id":"d-1","balance":900}]}"#,
    r#"{"customer":{"name":"Bob","external_id":"B"},"debt_accounts":[{"balance":"3"}, 7]}"#,
    r#"{"customer":{"name":"Eve ],}\\","external_id":"E"}}"#,
    r#"{"customer":{"email":"x","ssn_last4":"123-45-6789"}}"#,
    "[",
];

/// Writes `text` into a file and imports it.
fn check(shop: &Shop, text: &str, arguments: &[&str], expected: Expect) -> Result<()> {
    std::fs::write(shop.folder.path().join("rows.json"), text)?;
    shop.check(&[&["import", "--json", "rows.json"], arguments].concat(), expected)
}

fn names(store: &Store) -> Result<Vec<String>> {
    let customers = store.list_profiles(&Query::default())?.items.ok_or("no items")?;
    let mut names: Vec<_> = customers.iter().map(|one| one.customer.display_name()).collect();
    names.sort();
    Ok(names)
}

#[test]
fn rows_are_looked_at_imported_and_imported_again() -> Result<()> {
    let shop = Shop::empty()?;
    let list = format!("[{}]\n", ROWS[..4].join(" ,\n"));
    check(
        &shop,
        &list,
        &["--dry-run"],
        expect![[r#"
        row 1: debt_accounts "d-1": The external id has already been taken.
        row 2: debt_accounts: The debt accounts must be an object.
        row 4: customer: The email must be an e-mail address.
        row 4: customer: The name is missing.
        row 4: customer: The ssn last4 must be 4 digits.
        would take 4 rows, 3 with errors
        nothing was changed
    "#]],
    )?;
    assert!(!shop.db().exists(), "a dry run makes no file");
    check(
        &shop,
        &list,
        &[],
        expect![[r#"
        row 1: debt_accounts "d-1": The external id has already been taken.
        row 2: debt_accounts: The debt accounts must be an object.
        row 4: customer: The email must be an e-mail address.
        row 4: customer: The name is missing.
        row 4: customer: The ssn last4 must be 4 digits.
        took 4 rows, 3 with errors
    "#]],
    )?;
    check(
        &shop,
        &list,
        &[],
        expect![[r#"
        row 1: debt_accounts "d-1": The external id has already been taken.
        row 1: debt_accounts "d-1": The external id has already been taken.
        row 2: debt_accounts: The debt accounts must be an object.
        row 4: customer: The email must be an e-mail address.
        row 4: customer: The name is missing.
        row 4: customer: The ssn last4 must be 4 digits.
        took 4 rows, 3 with errors
    "#]],
    )?;
    let store = shop.store()?;
    assert_eq!(names(&store)?, ["Ada Vonn", "Bob", "Eve ],}\\"]);
    assert_eq!(store.bulk_rows_waiting()?, 0);
    Ok(())
}

#[test]
fn rows_may_stand_on_lines() -> Result<()> {
    let shop = Shop::empty()?;
    let lines: String =
        ROWS.iter().map(|row| format!("{}\r\n\n", row.replace('\n', " "))).collect();
    check(
        &shop,
        &format!("\u{feff}{lines}"),
        &[],
        expect![[r#"
            row 1: debt_accounts "d-1": The external id has already been taken.
            row 2: debt_accounts: The debt accounts must be an object.
            row 4: customer: The email must be an e-mail address.
            row 4: customer: The name is missing.
            row 4: customer: The ssn last4 must be 4 digits.
            row 5: row[0] is not JSON at byte 3
            took 5 rows, 4 with errors
        "#]],
    )?;
    check(
        &shop,
        "",
        &[],
        expect![[r#"
        took 0 rows, 0 with errors
    "#]],
    )?;
    check(
        &shop,
        " [ ] \n",
        &[],
        expect![[r#"
        took 0 rows, 0 with errors
    "#]],
    )?;
    check(
        &shop,
        "7\n",
        &[],
        expect![[r#"
            row 1: row must be an object
            took 1 row, 1 with errors
            exit status Some(1)
        "#]],
    )?;
    check(
        &shop,
        "\"",
        &["--dry-run"],
        expect![[r#"
            row 1: row is not JSON at byte 1
            would take 1 row, 1 with errors
            nothing was changed
            exit status Some(1)
        "#]],
    )
}

/// No key of a row is taken for something else.
#[test]
fn a_row_may_have_any_key() -> Result<()> {
    let shop = Shop::empty()?;
    check(
        &shop,
        r#"{"customer":{"name":"a","email":"x","$serde_json::private::Number":"x"},"$serde_json::private::Number":"x"}"#,
        &[],
        expect![[r#"
            row 1: customer: The email must be an e-mail address.
            took 1 row, 1 with errors
            exit status Some(1)
        "#]],
    )
}

/// What stands before the place where a list goes wrong is stored.
#[test]
fn a_list_that_does_not_end_is_told() -> Result<()> {
    let shop = Shop::empty()?;
    let row = r#"{"customer":{"name":"Ada","external_id":"A"}}"#;
    check(
        &shop,
        &format!("[{row},"),
        &[],
        expect![[r#"
            took 1 row, 0 with errors
            ! tillbook: the file cannot be read: the list does not end
            exit status Some(1)
        "#]],
    )?;
    check(
        &shop,
        &format!("[{row}] {row}"),
        &[],
        expect![[r#"
            took 1 row, 0 with errors
            ! tillbook: the file cannot be read: something follows the list, at byte 48
            exit status Some(1)
        "#]],
    )?;
    check(
        &shop,
        &format!("[{row},]"),
        &[],
        expect![[r#"
        row 2: row is empty
        took 2 rows, 1 with errors
    "#]],
    )?;
    check(
        &shop,
        "[",
        &["--undo", "x"],
        expect![[r#"
        ! error: the argument '--json' cannot be used with '--undo <BATCH>'
        ! 
        ! Usage: tillbook import --json <FILE>
        ! 
        ! For more information, try '--help'.
        exit status Some(2)
    "#]],
    )
}

/// Several jobs, from a pipe; what waits from before goes first.
#[test]
fn more_rows_than_a_job_has() -> Result<()> {
    let shop = Shop::empty()?;
    let waiting =
        shop.store()?.take_bulk(None, &[r#"{"customer":{"name":"first"}}"#.to_owned()])?;
    let mut program = shop.program();
    program.args(["import", "--json", "-"]);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    for n in 0..2_500 {
        writeln!(
            stdin,
            r#"{{"customer":{{"name":"c{n}","external_id":"{n}","status":{}}}}}"#,
            n % 1_000
        )?;
    }
    drop(stdin);
    let output = child.wait_with_output()?;
    let told = String::from_utf8(output.stdout)?;
    assert_eq!((told.lines().count(), output.status.code()), (2_501, Some(1)), "{told}");
    assert!(told.ends_with("row 2500: customer \"2499\": The status must be a text.\ntook 2500 rows, 2500 with errors\n"));
    let store = shop.store()?;
    assert!(store.bulk(&waiting.id)?.done_at.is_some());
    assert_eq!(names(&store)?, ["first"]);
    assert_eq!(store.list_bulk_rejects(&waiting.id, Page::default())?.1, 0);
    Ok(())
}
