//! Ids, claimed values and versions.

use expect_test::expect;
use tillbook::{CardSerial, Customer, CustomerId, Replacement, Result, Store};

use super::{check, refused};
use crate::shop::{Shop, card, customer, id, options, said};

/// Makes a customer whose id is `text`.
fn create(text: &str) -> impl Fn(&Store) -> Result<()> {
    move |shop| {
        let id = CustomerId::new(text).map_err(|rule| refused("id", rule))?;
        shop.create_customer(&Customer::with_id(id, shop.now())).map(|_| ())
    }
}

#[test]
fn ids() {
    let long = "x".repeat(65);
    check(
        &[
            (25, "empty", &create("")),
            (26, "spaces", &create("   ")),
            (26, "a space in front", &create(" a")),
            (26, "a space behind", &create("a ")),
            (26, "a space between", &create("a b")),
            (27, "65 characters", &create(&long)),
            (27, "64 characters", &create(&long[1..])),
            (28, "what a path gives meaning to", &create("a/?#%b")),
            (29, "a dot", &create(".")),
            (29, "two dots", &create("..")),
            (29, "three dots", &create("...")),
            (30, "NUL", &create("a\0")),
            (30, "a line break", &create("a\nb")),
            (31, "right to left", &create("a\u{202E}b")),
            (31, "zero width", &create("a\u{200B}b")),
            (31, "a byte order mark", &create("\u{FEFF}a")),
            (33, "another case", &create("Ada")),
            (33, "the same", &create("ada")),
            (0, "an ideographic space behind", &create("a\u{3000}")),
            (0, "what only SQL gives meaning to", &create("'; drop table customer; --")),
        ],
        &expect![[r#"
            25 empty: id must not be empty
            26 spaces: id must not begin or end with white space
            26 a space in front: id must not begin or end with white space
            26 a space behind: id must not begin or end with white space
            26 a space between: ok
            27 65 characters: id must have at most 64 characters
            27 64 characters: ok
            28 what a path gives meaning to: ok
            29 a dot: id must not be `.` or `..`
            29 two dots: id must not be `.` or `..`
            29 three dots: ok
            30 NUL: id must not hold control or invisible characters
            30 a line break: id must not hold control or invisible characters
            31 right to left: id must not hold control or invisible characters
            31 zero width: id must not hold control or invisible characters
            31 a byte order mark: id must not hold control or invisible characters
            33 another case: ok
            33 the same: customer ada exists already
            0 an ideographic space behind: id must not begin or end with white space
            0 what only SQL gives meaning to: ok
        "#]],
    );
}

/// 32: what looks the same is not the same.
#[test]
fn composed_and_decomposed_ids_are_two() {
    let shop = Shop::in_memory(1);
    for text in ["\u{e9}", "e\u{301}"] {
        let ada =
            Customer { first_name: Some(text.escape_unicode().to_string()), ..customer(text) };
        shop.create_customer(&ada).unwrap();
    }
    for text in ["\u{e9}", "e\u{301}"] {
        let name = shop.customer(&id(text)).unwrap().first_name;
        assert_eq!(name, Some(text.escape_unicode().to_string()));
    }
}

#[test]
fn claimed_values() {
    let external = |text: &'static str| {
        move |shop: &Store| {
            let bob = Customer { external_id: Some(text.into()), ..customer("bob") };
            shop.create_customer(&bob).map(|_| ())
        }
    };
    let cards = |serials: &'static [&'static str]| {
        move |shop: &Store| {
            let serial =
                |text: &&str| CardSerial::new(text).map_err(|rule| refused("serial_number", rule));
            let serials = serials.iter().map(serial).collect::<Result<Vec<_>>>()?;
            let cards = Some(serials.into_iter().map(tillbook::Card::new).collect());
            shop.replace(&Replacement { cards, ..shop.customer(&id("ada"))?.into() }).map(|_| ())
        }
    };
    check(
        &[
            (35, "external id empty", &external("")),
            (35, "external id spaces", &external(" ")),
            (36, "external id of another", &external("A")),
            (36, "external id of another case", &external("a")),
            (0, "external id ..", &external("..")),
            (37, "a serial twice", &cards(&["1", "2", "2"])),
            (38, "a serial with zeros", &cards(&["1", "001"])),
            (38, "a serial with a space in front", &cards(&[" 1"])),
            (38, "a serial empty", &cards(&[""])),
        ],
        &expect![[r#"
            35 external id empty: ok
            35 external id spaces: external_id must not begin or end with white space
            36 external id of another: external_id is used by another customer already
            36 external id of another case: ok
            0 external id ..: external_id must not be `.` or `..`
            37 a serial twice: cards[2].serial_number is given twice
            38 a serial with zeros: ok
            38 a serial with a space in front: serial_number must not begin or end with white space
            38 a serial empty: serial_number must not be empty
        "#]],
    );
}

/// 39 to 47 that are not in the tests of versions, and versions where the file demands them.
#[test]
fn versions_where_they_are_demanded() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let path = shop.path();
    let folder = shop.closed();
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("update node set require_version = 1", []).unwrap();
    drop(conn);
    let store = Store::open_with(&path, options(2).0).unwrap();
    let ada = id("ada");
    let sent = |version| said(store.update_customer(&Customer { version, ..customer("ada") }));
    let answers = [
        sent(None),
        sent(Some(0)),
        sent(Some(1)),
        said(store.delete_customer(&ada, None)),
        said(store.edit_customer(&ada, |ada| ada.note = Some("n".into()))),
        said(store.set_card(&ada, &card("1"))),
        said(store.delete_customer(&ada, Some(3))),
        said(store.create_customer(&customer("bob"))),
    ];
    expect![[r#"
        version is needed: this file demands it of every write
        version 0 was sent, version 1 is stored
        ok
        version is needed: this file demands it of every write
        ok
        ok
        ok
        ok
    "#]]
    .assert_eq(&(answers.join("\n") + "\n"));
    drop(folder);
}
