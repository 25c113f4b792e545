//! `tillbook check`.

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn a_sound_file_passes() -> Result<()> {
    Shop::open()?.check(
        &["check"],
        expect![[r#"
        3 customers, 7 operations, 4 credit transactions read: the file is sound
    "#]],
    )
}

#[test]
fn what_is_wrong_is_named() -> Result<()> {
    let shop = Shop::open()?;
    let conn = rusqlite::Connection::open(shop.db())?;
    conn.execute_batch(
        "update customer set credit_minor = credit_minor + 1 where id = '4242';
         delete from claim where value = '9001';",
    )?;
    drop(conn);
    shop.check(
        &["check"],
        expect![[r#"
            a row of table customer was damaged: 4242
            customer 4242: the balance is 1 minor units, the transactions add up to 0
            customer 018cc7b0-0000-7000-8000-000000000002 uses a value of kind card without a claim
            3 customers, 7 operations, 4 credit transactions read: 3 things are wrong
            hint: stop the till, keep a copy of the file and of what lies beside it (-wal), and never repair it
                  in place; go on with the newest backup that `tillbook check` finds sound, or with what
                  `tillbook salvage FILE` carries into a fresh file, and look at the disk
            exit status Some(1)
        "#]],
    )
}

#[test]
fn a_file_that_is_cut_short_is_refused() -> Result<()> {
    let shop = Shop::open()?;
    std::fs::OpenOptions::new().write(true).open(shop.db())?.set_len(8_192)?;
    shop.check(
        &["check"],
        expect![[r#"
        ! tillbook: the file is damaged: it is shorter than its header says
        exit status Some(1)
    "#]],
    )?;
    shop.check(
        &["list"],
        expect![[r#"
        ! tillbook: the file is damaged: it is shorter than its header says
        ! hint: `tillbook check` says what is wrong with it
        exit status Some(1)
    "#]],
    )
}

#[test]
fn no_file_is_made() -> Result<()> {
    let shop = Shop::empty()?;
    assert_eq!(shop.run(&["check"])?.status.code(), Some(1));
    assert!(!shop.db().exists());
    Ok(())
}
