//! `tillbook demo`.

use expect_test::expect;

use super::{Result, Shop};

#[test]
fn a_seed_invents_the_same_people() -> Result<()> {
    let (one, two) = (Shop::empty()?, Shop::empty()?);
    one.check(
        &["demo", "--customers", "300", "--seed", "7"],
        expect![[r#"
        300 customers, 327 cards, 542 credit transactions in FOLDER/shop.db
        try  tillbook --db FOLDER/shop.db find Lukáčová
             tillbook --db FOLDER/shop.db explain 2908959855512
    "#]],
    )?;
    two.run(&["demo", "--customers", "300", "--seed", "7"])?;
    let list = ["list", "$take=300", "--json"];
    let (one_list, two_list) = (one.run(&list)?.stdout, two.run(&list)?.stdout);
    assert!(one_list.len() > 100_000, "{}", one_list.len());
    assert_eq!(one_list, two_list);
    one.check(
        &["check"],
        expect![[r#"
        300 customers, 842 operations, 542 credit transactions read: the file is sound
    "#]],
    )?;
    let node = |shop: &Shop| Ok::<_, tillbook::Error>(tillbook::Store::open(shop.db())?.node());
    assert_ne!(node(&one)?, node(&two)?, "two files are two nodes, whatever is in them");
    Ok(())
}

#[test]
fn a_file_in_use_gets_no_invented_customers() -> Result<()> {
    let shop = Shop::open()?;
    shop.check(
        &["demo", "--customers", "1"],
        expect![[r#"
        ! tillbook: FOLDER/shop.db is in use already; invented customers go into a new file
        ! hint: --db FILE names another file
        exit status Some(1)
    "#]],
    )
}
