//! Versions: a write that names another version than the stored one is refused, one that names
//! none stores what it was sent, and no write gets lost between two that name theirs.

use expect_test::{Expect, expect};
use tillbook::Customer;

use crate::shop::{Shop, customer, id, said};

/// Sends each version with another name, to a customer at version 3, and prints what came of it.
fn check(versions: &[Option<u64>], expected: &Expect) {
    let mut lines = String::new();
    for &version in versions {
        let shop = at_version_3();
        let sent = Customer { version, first_name: Some("Sent".into()), ..customer("ada") };
        let answer = said(shop.update_customer(&sent));
        let deleted = said(shop.delete_customer(&id("ada"), version));
        let found = shop.customer(&id("ada"));
        let name = found.map_or("deleted".into(), |ada| ada.first_name.unwrap_or_default());
        let sent = version.map_or("none".into(), |version| version.to_string());
        lines += &format!("{sent} -> {answer}; delete -> {deleted}; {name}\n");
    }
    expected.assert_eq(&lines);
}

fn at_version_3() -> Shop {
    let shop = Shop::in_memory(1);
    shop.create_customer(&customer("ada")).unwrap();
    for name in ["Ad", "Ada"] {
        shop.edit_customer(&id("ada"), |ada| ada.first_name = Some(name.into())).unwrap();
    }
    shop
}

/// The trailing numbers of the catalogue of bad inputs: 39 to 43, 46, 47.
#[test]
fn a_write_names_the_stored_version_or_none() {
    check(
        &[None, Some(0), Some(1), Some(2), Some(3), Some(4), Some((1 << 53) + 1), Some(u64::MAX)],
        &expect![[r#"
            none -> ok; delete -> ok; deleted
            0 -> version 0 was sent, version 3 is stored; delete -> version 0 was sent, version 3 is stored; Ada
            1 -> version 1 was sent, version 3 is stored; delete -> version 1 was sent, version 3 is stored; Ada
            2 -> version 2 was sent, version 3 is stored; delete -> version 2 was sent, version 3 is stored; Ada
            3 -> ok; delete -> version 3 was sent, version 4 is stored; Sent
            4 -> version 4 was sent, version 3 is stored; delete -> version 4 was sent, version 3 is stored; Ada
            9007199254740993 -> version 9007199254740993 was sent, version 3 is stored; delete -> version 9007199254740993 was sent, version 3 is stored; Ada
            18446744073709551615 -> version 18446744073709551615 was sent, version 3 is stored; delete -> version 18446744073709551615 was sent, version 3 is stored; Ada
        "#]],
    );
}
