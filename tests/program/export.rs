//! `tillbook export`, and its way back through `tillbook import`.

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn a_table_goes_out_and_comes_back() -> Result<()> {
    let shop = Shop::open()?;
    let writer = shop.store()?;
    shop.check(
        &["export", "all.csv"],
        expect![[r#"
        3 customers with 3 cards exported to all.csv
    "#]],
    )?;
    drop(writer);
    shop.check(
        &["export", "all.csv"],
        expect![[r#"
        ! tillbook: all.csv exists already
        ! hint: --force writes over it
        exit status Some(1)
    "#]],
    )?;
    shop.check(
        &["export", "all.txt"],
        expect![[r#"
        ! error: invalid value 'all.txt' for '<FILE>': the name must end in .csv or .jsonl
        ! 
        ! For more information, try '--help'.
        exit status Some(2)
    "#]],
    )?;
    assert!(shop.run(&["import", "all.csv", "--db", "new.db"])?.status.success());
    shop.check(&["list", "$sort=Id", "--db", "new.db"], expect![[r#"
        CARD           CREDIT EUR  DISCOUNT  ID                                    NAME
        0012345678 +1       15.50    12.5 %  018cc7b0-0000-7000-8000-000000000001  Žofia Nováková
        9001                 0.00       0 %  018cc7b0-0000-7000-8000-000000000002  Pekáreň Novák s.r.o.
        -                    0.00       0 %  4242                                  Ján (frozen)

        3 customers
    "#]])
}

#[test]
fn lines_of_json_go_out_and_come_back_until_they_are_undone() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(
        &["export", "all.jsonl"],
        expect![[r#"
        3 customers with 3 cards exported to all.jsonl
    "#]],
    )?;
    let output = shop.run(&["import", "all.jsonl", "--db", "new.db"])?;
    let told = String::from_utf8(output.stdout)?;
    let (told, batch) = told.trim_end().rsplit_once("batch ").expect("a batch");
    expect![[r#"
        created 3 customers, updated 0, left 0 unchanged, rejected 0 lines
        opening balances: 1, together 15.50 EUR
    "#]]
    .assert_eq(told);
    shop.check(
        &["export", "--db", "new.db", "again.jsonl", "--force"],
        expect![[r#"
        3 customers with 3 cards exported to again.jsonl
    "#]],
    )?;
    let lines = |name: &str| -> Result<Vec<String>> {
        let text = std::fs::read_to_string(shop.folder.path().join(name))?;
        let bare = |line: &str| {
            let times = line.split(',').filter(|part| !part.contains("ed_at\":"));
            times.collect::<Vec<_>>().join(",")
        };
        Ok(text.lines().map(bare).collect())
    };
    assert_eq!(lines("again.jsonl")?, lines("all.jsonl")?);
    shop.check(
        &["import", "--undo", batch, "--db", "new.db"],
        expect![[r#"
        deleted 3 customers, left 0, 0 were deleted before
        opening balances reversed: 1, together 15.50 EUR
    "#]],
    )?;
    shop.check(
        &["import", "--undo", batch, "--db", "new.db"],
        expect![[r#"
        deleted 0 customers, left 0, 3 were deleted before
    "#]],
    )?;
    shop.check(
        &["import", "--undo", "nothing", "--db", "new.db"],
        expect![[r#"
            ! tillbook: there is no import batch nothing
            exit status Some(1)
        "#]],
    )?;
    shop.check(&["import", "--undo", "nothing", "--db", "no.db"], expect![[r#"
        ! tillbook: there is no file no.db
        ! hint: `tillbook demo --customers 1000` makes a file with invented customers; --db FILE names another
        exit status Some(1)
    "#]])?;
    assert_eq!(shop.run(&["import", "all.csv", "--undo", batch])?.status.code(), Some(2));
    assert_eq!(shop.run(&["import"])?.status.code(), Some(2));
    Ok(())
}
