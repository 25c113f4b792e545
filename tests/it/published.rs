//! What a publish changes without an operation of this file: who is found, and what must be erased.

use std::fs;

use tillbook::{Customer, Store};

use crate::shop::{Shop, customer, id, options};
use crate::sync::round;

fn named(who: &str, name: &str) -> Customer {
    Customer { last_name: Some(name.to_owned()), ..customer(who) }
}

/// A till on a file that shows the customers of a centre.
fn centre_and_till() -> (Shop, Shop) {
    let (root, till) = (Shop::in_memory(1), Shop::on_file(2));
    root.create_customer(&named("ada", "Lovelace")).unwrap();
    root.create_customer(&named("bob", "Canary")).unwrap();
    round(&till, &root).unwrap();
    (root, till)
}

/// Beside the process that publishes nobody notes which rows change.
#[test]
fn a_search_beside_another_process_sees_what_was_published() {
    let (root, till) = centre_and_till();
    let beside = Store::open_beside(till.path(), options(3).0).unwrap();
    let found = |text: &str| beside.find_customers(text, 9).unwrap().len();
    for _ in 0..3 {
        assert_eq!((found("lovelace"), found("byron")), (1, 0));
    }
    root.edit_customer(&id("ada"), |ada| ada.last_name = Some("Byron".to_owned())).unwrap();
    round(&till, &root).unwrap();
    for _ in 0..3 {
        assert_eq!((found("lovelace"), found("byron")), (0, 1));
    }
}

/// Until the bytes are gone, the till does not confirm the erase.
#[test]
fn an_erase_from_elsewhere_is_scrubbed_when_there_is_time() {
    let (root, till) = centre_and_till();
    assert!(!till.scrub_when_due().unwrap());
    root.erase_customer(&id("bob")).unwrap();
    round(&till, &root).unwrap();
    let mark = || till.hello().unwrap().marks[0].1;
    assert_eq!(mark(), Some(0));
    assert!(till.scrub_when_due().unwrap());
    assert!(mark() > Some(0));
    assert!(!till.scrub_when_due().unwrap());
    for entry in fs::read_dir(till.path().parent().unwrap()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|bytes| bytes.eq_ignore_ascii_case(b"canary")));
    }
    let beside = Store::open_beside(till.path(), options(3).0).unwrap();
    assert!(beside.scrub_when_due().is_err());
    assert!(!root.scrub_when_due().unwrap(), "in memory there is nothing to do");
}
