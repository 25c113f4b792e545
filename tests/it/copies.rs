//! Copies: files of one node that go on side by side, come back, or bring others with them.

use std::collections::BTreeSet;
use std::fs;

use tempfile::TempDir;
use tillbook::sync::{Limit, Why};
use tillbook::{Error, Store};

use crate::shop::{Shop, customer, id, operations, options};
use crate::sync::{assert_equal, assert_sound, pull, round, round_with_refusals};

/// A copy of the file as it is, opened with the dice of `seed`.
fn copy(shop: &Shop, seed: u64) -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (shop.path(), folder.path().join("shop.db"));
    for suffix in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{suffix}", path.display());
        fs::copy(name(&from), name(&to)).unwrap();
    }
    (Store::open_with(to, options(seed).0).unwrap(), folder)
}

fn create(store: &Store, who: &str) {
    store.create_customer(&customer(who)).unwrap();
}

#[test]
fn two_copies_of_a_file_write_below_two_parents() {
    let (centre, shop, till) = (Shop::in_memory(1), Shop::in_memory(2), Shop::on_file(3));
    create(&till, "ada");
    round(&till, &centre).unwrap();
    let (twin, _folder) = copy(&till, 4);
    create(&till, "bob");
    create(&twin, "cyd");
    for _ in 0..2 {
        round(&till, &shop).unwrap();
        round(&twin, &centre).unwrap();
        round(&shop, &centre).unwrap();
    }
    round(&till, &shop).unwrap();
    for node in [&till.store, &twin, &shop.store] {
        assert_equal(node, &centre);
        assert_sound(node);
    }
    assert!(["ada", "bob", "cyd"].iter().all(|who| centre.customer(&id(who)).is_ok()));
}

#[test]
fn a_fork_is_found_where_the_parent_has_more() {
    let (centre, empty) = (Shop::in_memory(1), Shop::on_file(2));
    // The same dice name the same opening.
    let (till, _folder) = copy(&empty, 5);
    let (back, _other) = copy(&empty, 5);
    for who in ["ada", "bob", "cyd"] {
        create(&till, who);
    }
    round(&till, &centre).unwrap();
    create(&back, "dan");
    let (_, refused) = round_with_refusals(&back, &centre).unwrap();
    assert_eq!(refused.len(), 1, "{refused:?}");
    round(&back, &centre).unwrap();
    assert!(centre.customer(&id("dan")).is_ok(), "under another name");
    assert_equal(&back, &centre);
    assert_sound(&back);
}

/// A till goes back, in the middle of an opening, to before it wrote anything in it, moves to the centre and
/// is silent there. Once, its former shop could never bring what it had written.
#[test]
fn what_a_till_wrote_before_it_went_back_comes_though_it_is_silent() {
    for is_first in [true, false] {
        let (centre, shop, before) = (Shop::in_memory(1), Shop::in_memory(2), Shop::on_file(3));
        if !is_first {
            create(&before, "ada");
        }
        let (till, _folder) = copy(&before, 5);
        let (back, _other) = copy(&before, 5);
        round(&shop, &centre).unwrap();
        create(&till, "bob");
        create(&till, "cyd");
        round(&till, &shop).unwrap();
        round(&back, &centre).unwrap();
        round(&shop, &centre).unwrap();
        assert!(["bob", "cyd"].iter().all(|who| centre.customer(&id(who)).is_ok()));
        round(&back, &centre).unwrap();
        create(&back, "dan");
        assert_dan_comes(&back, &centre);
        round(&shop, &centre).unwrap();
        assert_equal(&shop, &centre);
        assert_sound(&shop);
    }
}

/// A centre that has Ada, Bob and Cyd of a till, and a copy of the till's file from when it had Ada alone,
/// which goes on with the chain that they are in.
fn gone_back() -> (Shop, Store, TempDir) {
    let (centre, till) = (Shop::in_memory(1), Shop::on_file(2).reopened(5));
    create(&till, "ada");
    let (back, folder) = copy(&till, 5);
    create(&till, "bob");
    create(&till, "cyd");
    round(&till, &centre).unwrap();
    (centre, back, folder)
}

/// What the copy has written comes under another name.
fn assert_dan_comes(back: &Store, centre: &Store) {
    let (_, refused) = round_with_refusals(back, centre).unwrap();
    assert_eq!(refused.len(), 1, "{refused:?}");
    round(back, centre).unwrap();
    assert!(centre.customer(&id("dan")).is_ok());
    assert_equal(back, centre);
    assert_sound(back);
}

/// The same, where the till has spoken of the chain since. Once, nobody else could bring the rest of it then, and
/// later nobody whom it is shut out from.
#[test]
fn what_a_till_wrote_before_it_went_back_comes_though_it_names_the_chain() {
    for is_shut in [false, true] {
        let (shop, back, _folder) = gone_back();
        let centre = Shop::in_memory(7);
        if is_shut {
            shop.shut_out(back.node()).unwrap();
        }
        round(&back, &centre).unwrap();
        assert!(centre.customer(&id("bob")).is_err());
        let (_, refused) = round_with_refusals(&shop, &centre).unwrap();
        assert_eq!(refused.len(), usize::from(is_shut), "{refused:?}");
        round(&shop, &centre).unwrap();
        assert!(["ada", "bob", "cyd"].iter().all(|who| centre.customer(&id(who)).is_ok()));
        create(&back, "dan");
        assert_dan_comes(&back, &centre);
        round(&shop, &centre).unwrap();
        assert_equal(&shop, &centre);
        assert_sound(&shop);
    }
}

/// Once, what was written while a hello was on its way was taken for what the parent has there.
#[test]
fn a_fork_is_found_that_was_written_behind_a_hello() {
    let (centre, back, _folder) = gone_back();
    let session = centre.admit(&back.hello().unwrap()).unwrap();
    create(&back, "dan");
    back.greet(&session).unwrap();
    pull(&back, &centre).unwrap();
    assert_dan_comes(&back, &centre);
}

/// Once, a batch that ended before the fork was answered with the end of the other branch.
#[test]
fn a_fork_is_found_behind_the_end_of_a_batch() {
    let (centre, back, _folder) = gone_back();
    create(&back, "dan");
    back.greet(&centre.admit(&back.hello().unwrap()).unwrap()).unwrap();
    let one = Limit { items: 1, ..Limit::BATCH };
    let batch = back.pending(one, &BTreeSet::new()).unwrap().unwrap();
    back.note_received(&centre.receive(back.node(), &batch).unwrap()).unwrap();
    pull(&back, &centre).unwrap();
    assert_dan_comes(&back, &centre);
}

/// A shop knows a chain from the centre's state alone when a copy of the till brings another branch of it.
#[test]
fn a_fork_is_found_where_the_parent_knows_the_other_branch_from_the_state_alone() {
    for names in [&["dan"][..], &["dan", "eve"], &["dan", "eve", "fay"]] {
        let (centre, back, _folder) = gone_back();
        let shop = Shop::in_memory(7);
        names.iter().for_each(|who| create(&back, who));
        back.greet(&shop.admit(&back.hello().unwrap()).unwrap()).unwrap();
        round(&shop, &centre).unwrap();
        for (child, parent) in [(&back, &shop.store), (&shop.store, &centre.store)].repeat(4) {
            let _ = round_with_refusals(child, parent);
        }
        for who in names {
            assert!(back.customer(&id(who)).is_ok(), "{who} of {names:?} here");
            assert!(centre.customer(&id(who)).is_ok(), "{who} of {names:?}");
        }
        for node in [&back, &shop.store] {
            assert_equal(node, &centre);
            assert_sound(node);
        }
    }
}

/// Once, a shop took what it had given another name under its old one again, and gave it one more, each time
/// that it came.
#[test]
fn what_a_shop_has_given_another_name_it_takes_under_that_alone() {
    let (centre, back, folder) = gone_back();
    let shop = Shop::in_memory(7);
    create(&back, "dan");
    drop(back);
    let back = Store::open_with(folder.path().join("shop.db"), options(8).0).unwrap();
    create(&back, "eve");
    back.greet(&shop.admit(&back.hello().unwrap()).unwrap()).unwrap();
    round(&shop, &centre).unwrap();
    // What goes on from the other branch comes without it.
    let mut batch = back.pending(Limit::BATCH, &BTreeSet::new()).unwrap().unwrap();
    batch.operations.retain(|operation| operation.follows.is_some());
    assert_eq!(shop.receive(back.node(), &batch).unwrap().refused, []);
    let (_, refused) = round_with_refusals(&shop, &centre).unwrap();
    assert_eq!(refused.len(), 1, "{refused:?}");
    back.greet(&shop.admit(&back.hello().unwrap()).unwrap()).unwrap();
    let refused = shop.receive(back.node(), &batch).unwrap().refused;
    assert_eq!((refused.len(), &refused[0].why), (1, &Why::Fork));
    for (child, parent) in [(&shop.store, &centre.store), (&back, &shop)].repeat(3) {
        let _ = round_with_refusals(child, parent);
    }
    assert!(["dan", "eve"].iter().all(|who| centre.customer(&id(who)).is_ok()));
    for node in [&back, &shop.store] {
        assert_equal(node, &centre);
        assert_sound(node);
    }
}

/// What was agreed with a file was not agreed with an older one in its place.
#[test]
fn a_session_ends_with_the_opening_of_the_parent() {
    let (centre, till) = (Shop::on_file(1), Shop::in_memory(2));
    create(&till, "ada");
    round(&till, &centre).unwrap();
    let centre = centre.reopened(3);
    create(&till, "bob");
    let batch = till.pending(Limit::BATCH, &BTreeSet::new()).unwrap().unwrap();
    let refused = centre.receive(till.node(), &batch).unwrap_err();
    assert!(matches!(refused, Error::UnknownChild(node) if node == till.node()), "{refused}");
    let cursor = till.cursor().unwrap();
    let refused = centre.changes_since(till.node(), cursor.as_ref(), Limit::PAGE).unwrap_err();
    assert!(matches!(refused, Error::UnknownChild(_)), "{refused}");
    round(&till, &centre).unwrap();
    assert_equal(&till, &centre);
}

/// A copy goes on from what it has heard of through a shop, and the shop is gone before it has passed that
/// on. What the copy has written waits for nobody.
#[test]
fn what_goes_on_from_a_state_comes_without_it() {
    let (centre, shop, till) = (Shop::in_memory(1), Shop::in_memory(2), Shop::on_file(3));
    create(&till, "ada");
    for (child, parent) in [(&shop, &centre), (&till, &shop), (&shop, &centre)] {
        round(child, parent).unwrap();
    }
    let (twin, _folder) = copy(&till, 4);
    create(&till, "bob");
    round(&till, &shop).unwrap();
    round(&twin, &shop).unwrap();
    create(&twin, "cyd");
    let name = operations(&twin).last().unwrap().id;
    round(&twin, &centre).unwrap();
    assert!(centre.customer(&id("cyd")).is_ok());
    for child in [&till.store, &twin, &till.store] {
        round(child, &centre).unwrap();
    }
    for node in [&till.store, &twin, &centre.store] {
        assert_equal(node, &centre);
        assert_sound(node);
    }
    let held = operations(&centre);
    assert_eq!(held.len(), 3);
    assert!(held.iter().all(|operation| operation.id != name), "cyd has another name");
}

#[test]
fn a_shop_joins_a_tree_with_tills_that_do_not_hold_all_they_wrote() {
    let (centre, shop, till) = (Shop::in_memory(1), Shop::in_memory(2), Shop::on_file(3));
    create(&till, "ada");
    let (back, _folder) = copy(&till, 4);
    create(&till, "bob");
    round(&till, &shop).unwrap();
    round(&back, &shop).unwrap();
    assert!(!back.hello().unwrap().is_complete, "bob came down as a state only");
    let stranger = centre.admit(&back.hello().unwrap()).unwrap_err().to_string();
    assert!(stranger.contains("belongs to the tree of"), "{stranger}");
    create(&back, "cyd");
    round(&shop, &centre).unwrap();
    for (child, parent) in [(&back, &shop), (&shop.store, &centre), (&back, &shop)] {
        round(child, parent).unwrap();
    }
    assert_equal(&back, &centre);
    assert_sound(&back);
}

#[test]
fn a_root_that_was_restored_comes_behind_every_epoch() {
    let (centre, till) = (Shop::in_memory(1), Shop::in_memory(2));
    round(&till, &centre).unwrap();
    let mut hello = till.hello().unwrap();
    // From a root that was restored once already, when its clock was far ahead.
    for heard in [1 << 44, 1 << 48] {
        hello.root_epoch = heard;
        assert_eq!(centre.admit(&hello).unwrap().root_epoch, heard + 1);
    }
}

#[test]
fn a_shop_brings_both_branches_of_a_fork() {
    let (centre, shop, empty) = (Shop::in_memory(1), Shop::in_memory(2), Shop::on_file(3));
    let (till, _folder) = copy(&empty, 5);
    let (back, _other) = copy(&empty, 5);
    create(&till, "ada");
    create(&till, "bob");
    create(&back, "cyd");
    round(&back, &shop).unwrap();
    round(&till, &centre).unwrap();
    for (child, parent) in [(&shop.store, &centre.store), (&back, &shop)].repeat(3) {
        let _ = round_with_refusals(child, parent);
    }
    assert!(centre.customer(&id("cyd")).is_ok(), "under another name");
    for node in [&shop.store, &back, &centre.store] {
        assert_equal(node, &centre);
        assert_sound(node);
    }
}
