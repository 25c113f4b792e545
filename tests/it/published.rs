//! What a publish changes without an operation of this file: who is found, and what must be erased.

use std::fs;

use tillbook::sync::Limit;
use tillbook::{CreditTransaction, Customer, Location, Money, Replacement, Store};

use crate::shop::{Shop, card, customer, id, options};
use crate::sync::{pull, round};

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

/// Whether a file of the node holds these words.
fn holds(node: &Shop, words: &[u8]) -> bool {
    fs::read_dir(node.path().parent().unwrap()).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(words.len()).any(|bytes| bytes.eq_ignore_ascii_case(words))
    })
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
    assert!(!holds(&till, b"canary"));
    let beside = Store::open_beside(till.path(), options(3).0).unwrap();
    assert!(beside.scrub_when_due().is_err());
    assert!(!root.scrub_when_due().unwrap(), "in memory there is nothing to do");
}

/// Stages one unit after the other until there are no more.
fn stage_all(till: &Shop, parent: &Shop) {
    let one = Limit { items: 1, ..Limit::PAGE };
    loop {
        let cursor = till.cursor().unwrap();
        let page = parent.changes_since(till.node(), cursor.as_ref(), one).unwrap();
        if page.checkpoint.is_some() {
            return;
        }
        till.stage(&page).unwrap();
    }
}

/// Reads those buckets anew that differ from the parent's.
fn repair(till: &Shop, parent: &Shop) {
    let repair = till.begin_repair(&parent.buckets().unwrap()).unwrap();
    let page = parent.changes_to_repair(till.node(), None, &repair, Limit::PAGE).unwrap();
    till.stage(&page).unwrap();
    till.publish(&page.checkpoint.unwrap()).unwrap();
}

/// What became of a run that was staged and never shown.
const RUNS: [&str; 4] =
    ["goes on", "is forgotten", "is one of another parent", "is repaired at another parent"];

/// Once, a till confirmed the erase of somebody whom it had never shown while the words that were staged
/// still lay in its file.
#[test]
fn what_was_staged_and_never_shown_is_scrubbed_too() {
    for run in RUNS {
        let ((root, till), shop) = (centre_and_till(), Shop::in_memory(4));
        root.create_customer(&named("eve", "Magpie")).unwrap();
        let has_moved = run.ends_with("another parent");
        if has_moved {
            round(&shop, &root).unwrap();
            root.erase_customer(&id("eve")).unwrap();
            round(&till, &root).unwrap();
            till.scrub_when_due().unwrap();
            till.greet(&shop.admit(&till.hello().unwrap()).unwrap()).unwrap();
        }
        stage_all(&till, if has_moved { &shop } else { &root });
        assert!(holds(&till, b"magpie"), "{run}");
        match has_moved {
            true => drop(round(&shop, &root).unwrap()),
            false => root.erase_customer(&id("eve")).unwrap(),
        }
        if run == "is forgotten" {
            till.forget_stage().unwrap();
        }
        match run {
            "is repaired at another parent" => repair(&till, &shop),
            _ => drop(pull(&till, if has_moved { &shop } else { &root }).unwrap()),
        }
        let mark = till.hello().unwrap().marks[0].1;
        assert!(mark == Some(0) || !holds(&till, b"magpie"), "{run}: {mark:?}");
        till.scrub_when_due().unwrap();
        assert!(!holds(&till, b"magpie"), "{run}");
        assert!(till.hello().unwrap().marks[0].1 > Some(0), "{run}");
    }
}

/// A run through everything writes what is another thing here, and leaves the rest as it is.
#[test]
fn what_is_read_anew_is_written_where_it_differs() {
    let (root, shop) = (Shop::on_file(1), Shop::on_file(2));
    for name in ["ada", "bob", "cyd"] {
        let cards = Some(vec![card(name)]);
        root.create(&Replacement { cards, ..named(name, name).into() }).unwrap();
        let euro = Money::from_minor(100);
        root.record(&CreditTransaction::deposit(root.stamp(), &id(name), euro)).unwrap();
    }
    root.erase_customer(&id("cyd")).unwrap();
    root.create_location(&Location::new(root.stamp(), "Main Street")).unwrap();
    round(&shop, &root).unwrap();
    let again = |expected: u64| {
        let before = shop.customer(&id("bob")).unwrap().version;
        shop.forget_stage().unwrap();
        let published = pull(&shop, &root).unwrap();
        assert_eq!(published.n_units, expected);
        assert_eq!(shop.view_digest().unwrap(), root.view_digest().unwrap());
        assert_eq!(shop.customer(&id("bob")).unwrap().version, before);
        assert!(shop.check(|_| ()).unwrap().is_sound());
    };
    // Whoever is erased is written again, so that a scrub becomes due whatever was staged before.
    again(1);
    root.edit_customer(&id("ada"), |ada| ada.note = Some("new".into())).unwrap();
    again(1 + 1);
    // What is gone at the parent goes, and what was kept aside for work of the shop's own is put back.
    let spend = CreditTransaction::spend(shop.stamp(), &id("bob"), Money::from_minor(30));
    shop.record(&spend).unwrap();
    shop.forget_stage().unwrap();
    let published = pull(&shop, &root).unwrap();
    assert_eq!(published.n_pending, 1);
    assert_eq!(shop.balance(&id("bob")).unwrap(), Money::from_minor(70));
    assert_eq!(shop.base_digest().unwrap(), root.view_digest().unwrap());
    assert!(shop.check(|_| ()).unwrap().is_sound());
}
