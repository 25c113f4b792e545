//! `tillbook salvage`.

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn a_sound_file_is_salvaged_whole() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(&["salvage", "fresh.db"], expect![[r#"
        3 customers, 4 credit transactions, 7 of the operations salvaged to fresh.db and checked: nothing is missing
        hint: keep FOLDER/shop.db as it is, and look at the disk; `tillbook restore fresh.db` puts the salvaged file
              in its place
    "#]])?;
    shop.check(
        &["check", "--db", "fresh.db"],
        expect![[r#"
        3 customers, 7 operations, 4 credit transactions read: the file is sound
    "#]],
    )?;
    shop.check(
        &["salvage", "fresh.db"],
        expect![[r#"
        ! tillbook: fresh.db exists already
        ! hint: name a file that is not there yet
        exit status Some(1)
    "#]],
    )?;
    let export = |db: &str| -> Result<Vec<u8>> {
        let name = format!("{db}.jsonl");
        assert!(shop.run(&["export", &name, "--db", db])?.status.success());
        Ok(std::fs::read(shop.folder.path().join(name))?)
    };
    assert_eq!(export("fresh.db")?, export("shop.db")?);
    Ok(())
}

#[test]
fn what_is_lost_is_named() -> Result<()> {
    let shop = Shop::open()?;
    let conn = rusqlite::Connection::open(shop.db())?;
    // The deposit is gone from the log and from the ledger; the balance still stands in its row.
    conn.execute_batch(
        "update node set replaying = 1;
         update credit_transaction set amount_minor = amount_minor + 1 where kind = 'deposit';
         update operation set facts = replace(facts, 'deposit', 'deposir');
         update node set replaying = 0;",
    )?;
    drop(conn);
    let bytes = std::fs::read(shop.db())?;
    shop.check(&["salvage", "fresh.db"], expect![[r#"
        operation d70d3259e4e1cb631c663cf4d73c4c04/734c20405d589501/4: it is not what its author wrote
        credit_transaction 018cc820-d888-7953-b988-76a2c369ebfa of customer 018cc7b0-0000-7000-8000-000000000001: the seal does not hold
        balance of customer 018cc7b0-0000-7000-8000-000000000001: transactions are lost, those left add up to -450 minor units; corrected to the known balance of 1550
        3 customers, 4 credit transactions, 6 of the operations salvaged to fresh.db and checked: 3 things are lost or in doubt
        hint: keep FOLDER/shop.db as it is, and look at the disk; `tillbook restore fresh.db` puts the salvaged file
              in its place
        exit status Some(1)
    "#]])?;
    assert_eq!(std::fs::read(shop.db())?, bytes, "the damaged file was changed");
    shop.check(
        &["check", "--db", "fresh.db"],
        expect![[r#"
        3 customers, 7 operations, 4 credit transactions read: the file is sound
    "#]],
    )?;
    let explained = String::from_utf8(shop.run(&["explain", "9001", "--db", "fresh.db"])?.stdout)?;
    assert!(!explained.contains("salvage"), "nothing of the bakery is lost: {explained}");
    let output = shop.run(&["explain", "0012345678", "--db", "fresh.db"])?;
    let explained = String::from_utf8(output.stdout)?;
    let note = "salvage: transactions are lost; those left add up to -4.50, the balance was 15.50";
    assert!(explained.contains(note), "{explained}");
    assert!(shop.run(&["restore", "fresh.db"])?.status.success());
    shop.check(
        &["check"],
        expect![[r#"
        3 customers, 7 operations, 4 credit transactions read: the file is sound
    "#]],
    )
}

#[test]
fn a_file_without_its_first_page_needs_a_backup() -> Result<()> {
    let shop = Shop::open()?;
    let mut bytes = std::fs::read(shop.db())?;
    bytes[100..4096].fill(0);
    std::fs::write(shop.db(), bytes)?;
    shop.check(&["salvage", "fresh.db"], expect![[r#"
        ! tillbook: nothing can be salvaged: the file is damaged: its first pages, which say where everything else lies, do not read
        ! hint: `tillbook restore BACKUP` puts a backup in its place; the damaged file is kept beside it
        exit status Some(1)
    "#]])?;
    assert!(!shop.folder.path().join("fresh.db").exists());
    shop.check(&["salvage", "fresh.db", "--db", "nowhere.db"], expect![[r#"
        ! tillbook: there is no file nowhere.db
        ! hint: `tillbook demo --customers 1000` makes a file with invented customers; --db FILE names another
        exit status Some(1)
    "#]])
}
