//! Arguments, exit status, files that are not there, readers that have seen enough.

use std::io::Read;
use std::process::Stdio;

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn wrong_arguments_are_status_2() -> Result<()> {
    let shop = Shop::empty()?;
    for arguments in [&[][..], &["sell"], &["find"], &["list", "--no-such"], &["explain", "a", "b"]]
    {
        assert_eq!(shop.run(arguments)?.status.code(), Some(2), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["help", "find"], &["list", "--help"], &["--version"]] {
        assert_eq!(shop.run(arguments)?.status.code(), Some(0), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_file_is_named_before_or_after_the_verb_or_by_the_environment() -> Result<()> {
    let shop = Shop::open()?;
    std::fs::rename(shop.db(), shop.folder.path().join("tillbook.db"))?;
    for db in ["tillbook.db", "./tillbook.db"] {
        shop.check(&["--db", db, "list", "$count=true"], expect!["3 customers\n"])?;
        shop.check(&["list", "$count=true", "--db", db], expect!["3 customers\n"])?;
    }
    let output = shop.program().env_remove("TILLBOOK_DB").args(["list", "$count=true"]).output()?;
    assert!(output.status.success(), "tillbook.db by default");
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_is_named() -> Result<()> {
    let shop = Shop::empty()?;
    shop.check(&["list"], expect![[r#"
        ! tillbook: there is no file FOLDER/shop.db
        ! hint: `tillbook demo --customers 1000` makes a file with invented customers; --db FILE names another
        exit status Some(1)
    "#]])?;
    std::fs::write(
        shop.db(),
        "not a database, although it is longer than the hundred bytes of the header that every one of them has",
    )?;
    shop.check(
        &["find", "ada"],
        expect![[r#"
        ! tillbook: FOLDER/shop.db is not a Tillbook file
        ! hint: --db FILE names another file
        exit status Some(1)
    "#]],
    )
}

#[test]
fn readers_work_beside_a_writer() -> Result<()> {
    let shop = Shop::open()?;
    let writer = shop.store()?;
    shop.check(&["list", "$count=true"], expect!["3 customers\n"])?;
    drop(writer);
    Ok(())
}

/// `tillbook list --json | head -c 10` is no reason to panic.
#[test]
fn a_closed_pipe_ends_the_program_quietly() -> Result<()> {
    let shop = Shop::open()?;
    let mut program = shop.program();
    program.args(["list", "--json"]);
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr)?;
    assert_eq!(stderr, "");
    assert!(child.wait()?.success());
    Ok(())
}
