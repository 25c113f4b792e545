//! `tillbook import`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use expect_test::{Expect, expect};

use super::{Result, Shop};

const FILE: &str = "CardSerialNumber;FirstName;LastName;DiscountRate;CreditAmount;Points\n\
                    0001;Ada;Nováková;5;12,50;3\n\
                    0002;Bob;Horák;105;;\n\
                    0003;Eve;Malá;;-1;\n\
                    0004;Jan;Veselý;7,5 %;3;9\n";

/// Runs the program like [`Shop::check`], with `ID` for the ids that no two runs share.
fn check(shop: &Shop, arguments: &[&str], expected: &Expect) -> Result<()> {
    let output = shop.run(arguments)?;
    let mut told = String::from_utf8(output.stdout)?;
    for line in String::from_utf8(output.stderr)?.lines() {
        writeln!(told, "! {line}")?;
    }
    if !output.status.success() {
        writeln!(told, "exit status {:?}", output.status.code())?;
    }
    let masked = |word: &str| match word.trim_end() {
        id if id.len() == 36 && id.matches('-').count() == 4 => word.replace(id, "ID"),
        _ => word.to_owned(),
    };
    let told: String = told.split_inclusive(char::is_whitespace).map(masked).collect();
    expected.assert_eq(&told);
    Ok(())
}

fn write(shop: &Shop, name: &str, text: &str) -> Result<()> {
    Ok(std::fs::write(shop.folder.path().join(name), text)?)
}

#[test]
fn a_file_is_looked_at_imported_and_imported_again() -> Result<()> {
    let shop = Shop::empty()?;
    write(&shop, "file.csv", FILE)?;
    check(
        &shop,
        &["import", "file.csv", "--dry-run"],
        &expect![[r#"
            line 3: DiscountRate must be 0 to 100 percent
            line 4: CreditAmount must not be negative: an opening balance is a deposit
            columns left out as unknown: Points
            would create 2 customers, update 0, leave 0 unchanged, reject 2 lines
            opening balances: 2, together 15.50 EUR
            nothing was changed
        "#]],
    )?;
    assert!(!shop.db().exists(), "a dry run makes no file");
    check(
        &shop,
        &["import", "file.csv"],
        &expect![[r#"
            line 3: DiscountRate must be 0 to 100 percent
            line 4: CreditAmount must not be negative: an opening balance is a deposit
            columns left out as unknown: Points
            created 2 customers, updated 0, left 0 unchanged, rejected 2 lines
            opening balances: 2, together 15.50 EUR
            batch ID
        "#]],
    )?;
    check(
        &shop,
        &["import", "file.csv"],
        &expect![[r#"
            line 3: DiscountRate must be 0 to 100 percent
            line 4: CreditAmount must not be negative: an opening balance is a deposit
            columns left out as unknown: Points
            created 0 customers, updated 0, left 2 unchanged, rejected 2 lines
            batch ID
        "#]],
    )?;
    check(
        &shop,
        &["import", "--dry-run", "file.csv"],
        &expect![[r#"
            line 3: DiscountRate must be 0 to 100 percent
            line 4: CreditAmount must not be negative: an opening balance is a deposit
            columns left out as unknown: Points
            would create 0 customers, update 0, leave 2 unchanged, reject 2 lines
            nothing was changed
        "#]],
    )?;
    check(
        &shop,
        &["list", "$sort=LastName"],
        &expect![[r#"
            CARD  CREDIT EUR  DISCOUNT  ID                                    NAME
            0001       12.50       5 %  ID  Ada Nováková
            0004        3.00     7.5 %  ID  Jan Veselý

            2 customers
        "#]],
    )?;
    check(
        &shop,
        &["check"],
        &expect![[r#"
        2 customers, 4 operations, 2 credit transactions read: the file is sound
    "#]],
    )
}

#[test]
fn what_cannot_be_read_fails() -> Result<()> {
    let shop = Shop::empty()?;
    write(&shop, "names.csv", "FirstName,LastName\nAda,Nováková\n")?;
    write(&shop, "bad.csv", "Card,Discount\n1,101\n2,102\n")?;
    check(
        &shop,
        &["import", "missing.csv"],
        &expect![[r#"
        ! tillbook: missing.csv cannot be read: No such file or directory (os error 2)
        exit status Some(1)
    "#]],
    )?;
    check(
        &shop,
        &["import", "."],
        &expect![[r#"
        ! tillbook: . cannot be read: is a directory
        exit status Some(1)
    "#]],
    )?;
    assert!(!shop.db().exists(), "there is nothing to import");
    check(
        &shop,
        &["import", "names.csv"],
        &expect![[r#"
        ! tillbook: the header has no column that tells who a row is about: Id, ExternalId or CardSerialNumber
        exit status Some(1)
    "#]],
    )?;
    check(
        &shop,
        &["import", "bad.csv"],
        &expect![[r#"
            line 2: Discount must be 0 to 100 percent
            line 3: Discount must be 0 to 100 percent
            created 0 customers, updated 0, left 0 unchanged, rejected 2 lines
            batch ID
            exit status Some(1)
        "#]],
    )
}

#[test]
fn the_standard_input_is_a_file_too() -> Result<()> {
    let shop = Shop::empty()?;
    let mut program = Command::new(env!("CARGO_BIN_EXE_tillbook"))
        .args(["import", "-"])
        .env("TILLBOOK_DB", shop.db())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    program.stdin.take().expect("a pipe").write_all(FILE.as_bytes())?;
    let output = program.wait_with_output()?;
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout)?.contains("created 2 customers"));
    Ok(())
}

#[test]
fn an_import_that_is_killed_is_finished_by_the_next() -> Result<()> {
    const ROWS: usize = 5_000;
    let shop = Shop::empty()?;
    let mut file = "CardSerialNumber,FirstName,CreditAmount\n".to_owned();
    for i in 0..ROWS {
        writeln!(file, "{i:013},Name{i},1.00")?;
    }
    write(&shop, "file.csv", &file)?;
    for wait_ms in [150, 300, 450] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tillbook"))
            .current_dir(shop.folder.path())
            .args(["--db", "shop.db", "import", "file.csv"])
            .stdout(Stdio::null())
            .spawn()?;
        thread::sleep(Duration::from_millis(wait_ms));
        program.kill()?;
        program.wait()?;
    }
    assert!(shop.run(&["import", "file.csv"])?.status.success());
    check(
        &shop,
        &["import", "file.csv"],
        &expect![[r#"
            created 0 customers, updated 0, left 5000 unchanged, rejected 0 lines
            batch ID
        "#]],
    )?;
    check(
        &shop,
        &["check"],
        &expect![[r#"
        5000 customers, 10000 operations, 5000 credit transactions read: the file is sound
    "#]],
    )
}
