//! `tillbook backup` and `tillbook restore`.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use expect_test::expect;
use tillbook::Store;

use super::{Result, Shop};

#[test]
fn a_backup_is_made_and_never_written_over_unasked() -> Result<()> {
    let shop = Shop::open()?;
    // Beside the program that writes the file.
    let writer = shop.store()?;
    shop.check(
        &["backup", "monday.db"],
        expect![[r#"
        3 customers, 7 operations, 4 credit transactions copied to monday.db and checked
    "#]],
    )?;
    drop(writer);
    shop.check(
        &["backup", "monday.db"],
        expect![[r#"
            ! tillbook: monday.db exists already
            ! hint: --force writes over it
            exit status Some(1)
        "#]],
    )?;
    shop.check(
        &["backup", "monday.db", "--force"],
        expect![[r#"
            3 customers, 7 operations, 4 credit transactions copied to monday.db and checked
        "#]],
    )?;
    shop.check(
        &["backup", "shop.db", "--force"],
        expect![[r#"
            ! tillbook: target must be another file than the one to copy
            exit status Some(1)
        "#]],
    )?;
    shop.check(
        &["check", "--db", "monday.db"],
        expect![[r#"
        3 customers, 7 operations, 4 credit transactions read: the file is sound
    "#]],
    )
}

#[test]
fn a_restore_keeps_what_was_there() -> Result<()> {
    let shop = Shop::open()?;
    assert!(shop.run(&["backup", "monday.db"])?.status.success());
    shop.store()?.delete_customer(&super::frozen().customer.id, None)?;
    shop.check(&["list", "$count=true"], expect!["2 customers\n"])?;
    let writer = shop.store()?;
    shop.check(
        &["restore", "monday.db"],
        expect![[r#"
            ! tillbook: FOLDER/shop.db is in use by another process
            ! hint: wait until the other process ends; `find`, `list`, `explain`, `export` and `backup` work beside it
            exit status Some(1)
        "#]],
    )?;
    drop(writer);
    let output = shop.run(&["restore", "monday.db"])?;
    let told = String::from_utf8(output.stdout)?;
    let (first, kept) = told.split_once('\n').expect("two lines");
    assert!(first.starts_with("3 customers, 7 operations, 4 credit transactions restored to "));
    let kept = kept.trim_end().rsplit_once(' ').expect("a name").1;
    shop.check(&["list", "$count=true"], expect!["3 customers\n"])?;
    shop.check(&["list", "$count=true", "--db", kept], expect!["2 customers\n"])?;
    shop.check(
        &["restore", "sunday.db"],
        expect![[r#"
            ! tillbook: there is no file sunday.db
            exit status Some(1)
        "#]],
    )
}

#[test]
fn a_killed_backup_leaves_nothing_under_the_name() -> Result<()> {
    let shop = Shop::empty()?;
    assert!(shop.run(&["demo", "--customers", "3000"])?.status.success());
    let target = shop.folder.path().join("copy.db");
    let mut n_absent = 0;
    for wait_ms in [0, 10, 20, 40, 60, 90, 120, 160, 200, 250] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tillbook"))
            .args(["backup".as_ref(), target.as_os_str()])
            .env("TILLBOOK_DB", shop.db())
            .stdout(Stdio::null())
            .spawn()?;
        thread::sleep(Duration::from_millis(wait_ms));
        program.kill()?;
        program.wait()?;
        match target.exists() {
            true => {
                let copy = Store::open(&target)?;
                assert!(copy.check(|_| ())?.is_sound(), "killed after {wait_ms} ms");
                drop(copy);
                std::fs::remove_file(&target)?;
            }
            false => n_absent += 1,
        }
    }
    assert!(n_absent > 0, "no backup was killed in time");
    assert!(shop.run(&["backup", "copy.db"])?.status.success(), "what is left stands in no way");
    Ok(())
}
