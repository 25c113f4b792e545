//! Sync: nodes of one tree become equal, whoever wrote what in which order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tillbook::sync::{Chain, Limit, Published, Refused};
use tillbook::{ConflictKind, CreditTransaction, Error, Money, Page, Posting, Result, Store};

use crate::operation::history::{self, act, deed};
use crate::shop::{Shop, card, customer, id, operations};

/// Hello, push until dry, pull, publish.
pub(crate) fn round(child: &Store, parent: &Store) -> Result<Published> {
    let (published, refused) = round_with_refusals(child, parent)?;
    assert_eq!(refused, []);
    Ok(published)
}

/// Hello, push until dry or refused, pull, publish.
pub(crate) fn round_with_refusals(
    child: &Store,
    parent: &Store,
) -> Result<(Published, Vec<Refused>)> {
    child.greet(&parent.admit(&child.hello()?)?)?;
    let (mut refused, mut waiting) = (Vec::new(), BTreeSet::new());
    while let Some(batch) = child.pending(Limit::BATCH, &waiting)? {
        let answer = parent.receive(child.node(), &batch)?;
        child.note_received(&answer)?;
        waiting.extend(answer.refused.iter().map(|refused| Chain::of(refused.id)));
        refused.extend(answer.refused);
    }
    Ok((pull(child, parent)?, refused))
}

pub(crate) fn pull(child: &Store, parent: &Store) -> Result<Published> {
    loop {
        let cursor = child.cursor()?;
        let page = match parent.changes_since(child.node(), cursor.as_ref(), Limit::PAGE) {
            Err(Error::CursorReset) => {
                child.forget_stage()?;
                child.greet(&parent.admit(&child.hello()?)?)?;
                continue;
            }
            page => page?,
        };
        child.stage(&page)?;
        if let Some(checkpoint) = page.checkpoint {
            return child.publish(&checkpoint);
        }
    }
}

pub(crate) fn assert_equal(one: &Store, other: &Store) {
    let (left, right) = (history::shown(one, false), history::shown(other, false));
    assert_eq!(left, right);
    assert_eq!(one.view_digest().unwrap(), other.view_digest().unwrap());
}

pub(crate) fn assert_sound(store: &Store) {
    let report = store.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn two_tills_agree_through_a_centre() {
    let (centre, one, two) = (Shop::in_memory(1), Shop::in_memory(2), Shop::in_memory(3));
    one.create_customer(&customer("ada")).unwrap();
    one.set_card(&id("ada"), &card("7")).unwrap();
    let deposit = CreditTransaction::deposit(one.stamp(), &id("ada"), Money::from_minor(1000));
    one.record(&deposit).unwrap();
    round(&one, &centre).unwrap();
    round(&two, &centre).unwrap();
    assert_eq!(two.balance(&id("ada")).unwrap(), Money::from_minor(1000));
    let spend = |shop: &Shop, minor| {
        shop.record(&CreditTransaction::spend(shop.stamp(), &id("ada"), Money::from_minor(minor)))
    };
    spend(&one, 300).unwrap();
    spend(&two, 900).unwrap();
    for _ in 0..2 {
        round(&one, &centre).unwrap();
        round(&two, &centre).unwrap();
    }
    assert_eq!(one.balance(&id("ada")).unwrap(), Money::from_minor(-200));
    for shop in [&one, &two] {
        assert_equal(shop, &centre);
        assert_sound(shop);
        assert_eq!(shop.base_digest().unwrap(), centre.view_digest().unwrap());
    }
    let conflicts = one.conflicts().unwrap();
    let kinds: Vec<_> = conflicts.iter().map(|conflict| conflict.kind).collect();
    assert_eq!(kinds, [ConflictKind::Overdrawn]);
    let marks = |shop: &Shop| -> Vec<(String, bool)> {
        let postings =
            shop.list_credit_transactions(&id("ada"), Page { skip: 0, take: 9 }).unwrap();
        let kind = |posting: &Posting| posting.transaction.kind.to_string();
        postings.iter().map(|posting| (kind(posting), posting.transaction.on_sight)).collect()
    };
    let marked = [("deposit", false), ("spend", true), ("spend", true)];
    let marked = marked.map(|(kind, on_sight)| (kind.to_owned(), on_sight));
    assert_eq!((marks(&one), marks(&centre)), (marked.to_vec(), marked.to_vec()));
    assert_eq!(operations(&centre).len(), 5);
}

proptest! {
    #[test]
    fn random_histories_end_alike(
        deeds in proptest::collection::vec((0..3_usize, deed(), any::<bool>()), 1..60)
    ) {
        let centre = Shop::in_memory(1);
        let tills = [Shop::in_memory(2), Shop::in_memory(3), Shop::in_memory(4)];
        for (who, deed, talks) in &deeds {
            let till = &tills[*who];
            let _ = act(till, ["o", "t", "u"][*who], deed);
            if *talks {
                round(till, &centre).unwrap();
                prop_assert_eq!(till.base_digest().unwrap(), centre.view_digest().unwrap());
                assert_equal(till, &centre);
            }
        }
        for _ in 0..2 {
            for till in &tills {
                round(till, &centre).unwrap();
            }
        }
        for till in &tills {
            assert_equal(till, &centre);
            assert_sound(till);
        }
        assert_sound(&centre);
    }
}

proptest! {
    #[test]
    fn a_shop_in_the_middle_passes_everything_on(
        deeds in proptest::collection::vec((0..4_usize, deed(), 0..8_usize), 1..60)
    ) {
        let (centre, shop) = (Shop::in_memory(1), Shop::in_memory(2));
        let tills = [Shop::in_memory(3), Shop::in_memory(4), Shop::in_memory(5)];
        let parents = [&shop, &shop, &centre];
        for (who, deed, talks) in &deeds {
            let writer = if *who == 3 { &shop } else { &tills[*who] };
            let _ = act(writer, ["o", "t", "u", "v"][*who], deed);
            match talks {
                0..3 => {
                    round(&tills[*talks], parents[*talks]).unwrap();
                    assert_equal(&tills[*talks], parents[*talks]);
                }
                3 => {
                    round(&shop, &centre).unwrap();
                    assert_equal(&shop, &centre);
                }
                _ => {}
            }
        }
        for _ in 0..2 {
            for (till, parent) in tills.iter().zip(parents) {
                round(till, parent).unwrap();
            }
            round(&shop, &centre).unwrap();
        }
        for (till, parent) in tills.iter().zip(parents) {
            round(till, parent).unwrap();
        }
        for node in [&shop, &tills[0], &tills[1], &tills[2]] {
            assert_equal(node, &centre);
            assert_sound(node);
        }
        assert_sound(&centre);
    }
}

#[test]
fn a_copy_that_was_damaged_is_repaired_by_buckets() {
    let (centre, till) = (Shop::in_memory(1), Shop::on_file(2));
    for n in 0..200 {
        centre.create_customer(&customer(&format!("c{n}"))).unwrap();
    }
    round(&till, &centre).unwrap();
    let conn = rusqlite::Connection::open(till.path()).unwrap();
    // A bit flips on the disk, a row is lost, and one comes from nowhere.
    conn.execute_batch(
        "update customer set first_name = 'X' where id = 'c7';
         delete from customer where id = 'c9';
         insert into conflict (id, kind, at, seal) values ('x', 'forked', 0, 0);",
    )
    .unwrap();
    drop(conn);
    centre.edit_customer(&id("c7"), |c7| c7.note = Some("seen".into())).unwrap();
    till.greet(&centre.admit(&till.hello().unwrap()).unwrap()).unwrap();
    let refused = pull(&till, &centre).unwrap_err();
    assert!(matches!(refused, Error::Diverged { .. }), "{refused}");
    assert_eq!(till.customer(&id("c7")).unwrap().note, None, "nothing was shown");
    let repair = till.begin_repair(&centre.buckets().unwrap()).unwrap();
    assert!((1..=5).contains(&repair.n_buckets()), "{} buckets", repair.n_buckets());
    centre.edit_customer(&id("c8"), |c8| c8.note = Some("meanwhile".into())).unwrap();
    let mut n_units = 0;
    loop {
        let (to, cursor) = (till.node(), till.cursor().unwrap());
        let limit = Limit { items: 3, ..Limit::PAGE };
        let page = centre.changes_to_repair(to, cursor.as_ref(), &repair, limit).unwrap();
        till.stage(&page).unwrap();
        n_units += page.units.len();
        if let Some(checkpoint) = page.checkpoint {
            till.publish(&checkpoint).unwrap();
            break;
        }
    }
    assert!(n_units < 20, "{n_units} units were read again");
    assert_equal(&till, &centre);
    assert_sound(&till);
    assert_eq!(till.customer(&id("c8")).unwrap().note.as_deref(), Some("meanwhile"));
}

#[test]
fn an_erase_is_confirmed_by_every_node() {
    let (centre, one, two) = (Shop::in_memory(1), Shop::in_memory(2), Shop::in_memory(3));
    one.create_customer(&customer("ada")).unwrap();
    for till in [&one, &two] {
        round(till, &centre).unwrap();
    }
    assert_eq!(
        centre.erase_report(&id("ada")).unwrap_err().to_string(),
        "there is no erased customer ada"
    );
    one.erase_customer(&id("ada")).unwrap();
    round(&one, &centre).unwrap();
    assert_eq!(centre.erase_report(&id("ada")).unwrap().waiting.len(), 2);
    for till in [&one, &one, &two] {
        round(till, &centre).unwrap();
    }
    let report = centre.erase_report(&id("ada")).unwrap();
    assert_eq!((report.confirmed, report.waiting), (vec![one.node()], vec![two.node()]));
    centre.shut_out(two.node()).unwrap();
    assert_eq!(centre.erase_report(&id("ada")).unwrap().waiting, []);
    let refused = round(&two, &centre).unwrap_err();
    assert_eq!(refused.to_string(), "it cannot be a child: it was shut out");
    centre.let_in(two.node()).unwrap();
    round(&two, &centre).unwrap();
    assert_equal(&two, &centre);
}

/// Says hello with a key of this name, and does a round.
#[cfg(feature = "http")]
fn round_with_key(child: &Store, parent: &Store, name: &str) {
    use tillbook::{KeyKind, Right, Rights};
    let rights = Rights::from_iter([Right::Sync]);
    let key = parent.add_key(name, rights, KeyKind::Bearer).unwrap().key;
    parent.admit_with_key(&child.hello().unwrap(), &key.id).unwrap();
    round(child, parent).unwrap();
}

/// Once, a node whose key was revoked was waited for, for ever, and the names of what is gone with it.
#[cfg(feature = "http")]
#[test]
fn nobody_waits_for_a_node_that_cannot_come() {
    type Way = (&'static str, fn(&Store));
    let ways: [Way; 2] = [
        ("revoked", |centre| drop(centre.revoke_key("two").unwrap())),
        ("shut out", |centre| centre.shut_out(centre.child_named("two").unwrap().node).unwrap()),
    ];
    for (name, keep_out) in ways {
        let (centre, one, two) = (Shop::on_file(1), Shop::in_memory(2), Shop::in_memory(3));
        let ada = tillbook::Customer { external_id: Some("secret".into()), ..customer("ada") };
        centre.create_customer(&ada).unwrap();
        round_with_key(&one, &centre, "one");
        round_with_key(&two, &centre, "two");
        centre.erase_customer(&id("ada")).unwrap();
        for _ in 0..2 {
            round(&one, &centre).unwrap();
        }
        let conn = rusqlite::Connection::open(centre.path()).unwrap();
        let n_gone = || -> u64 {
            let sql = "select count(*) from feed where hash is null";
            conn.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(n_gone(), 1, "{name}: the claim of the external id");
        assert_eq!(centre.erase_report(&id("ada")).unwrap().waiting, [two.node()], "{name}");
        // As by another process, beside the one that serves.
        let beside = Store::open_beside(centre.path(), crate::shop::options(4).0).unwrap();
        keep_out(&beside);
        assert_eq!(n_gone(), 0, "{name}");
        let report = centre.erase_report(&id("ada")).unwrap();
        assert_eq!((report.confirmed, report.waiting), (vec![one.node()], vec![]), "{name}");
        let told: Vec<_> = centre.hello().unwrap().marks.into_iter().map(|mark| mark.0).collect();
        assert_eq!(told, [centre.node(), one.node()], "{name}: nor does anybody above");
        let out: Vec<_> = centre.sync_status().unwrap().children;
        let out: Vec<_> = out.iter().map(|child| (child.name.as_deref(), child.is_out())).collect();
        assert_eq!(out, [(Some("one"), false), (Some("two"), true)], "{name}");
        if name == "shut out" {
            beside.let_in(two.node()).unwrap();
            round(&two, &centre).unwrap();
        } else {
            round_with_key(&two, &centre, "two");
        }
        assert_equal(&two, &centre);
        assert_eq!(centre.erase_report(&id("ada")).unwrap().waiting, [two.node()], "{name}");
    }
}

/// Once, a node that read everything in pages was sent back to the start for ever, where others had made
/// its parent forget what is gone.
#[test]
fn a_node_reads_everything_in_pages_whatever_was_forgotten() {
    let [root, old, new] = [1, 2, 3].map(Shop::in_memory);
    round(&old, &root).unwrap();
    for name in ["ada", "bob", "cyd"] {
        root.create_customer(&customer(name)).unwrap();
    }
    root.set_card(&id("ada"), &card("7")).unwrap();
    round(&old, &root).unwrap();
    root.remove_card(&id("ada"), &card("7").serial_number).unwrap();
    // The second round says that the first was read, and what is gone is forgotten.
    for name in ["dan", "eve"] {
        round(&old, &root).unwrap();
        root.create_customer(&customer(name)).unwrap();
    }
    for child in [&new, &old] {
        child.forget_stage().unwrap();
        child.greet(&root.admit(&child.hello().unwrap()).unwrap()).unwrap();
        for n_pages in 1.. {
            assert!(n_pages < 20, "it does not come to an end");
            let one = Limit { items: 1, ..Limit::PAGE };
            let cursor = child.cursor().unwrap();
            let page = root.changes_since(child.node(), cursor.as_ref(), one).unwrap();
            child.stage(&page).unwrap();
            if let Some(checkpoint) = page.checkpoint {
                child.publish(&checkpoint).unwrap();
                break;
            }
        }
        assert_equal(child, &root);
    }
}

/// A card is given up on one till and edited on another, later: the clash goes on.
#[test]
fn what_is_given_up_and_used_again_stays_a_clash() {
    let (centre, one, other) = (Shop::in_memory(1), Shop::in_memory(2), Shop::in_memory(3));
    let tills = [(&one, "ada"), (&other, "bob")];
    for (till, who) in tills {
        till.create_customer(&customer(who)).unwrap();
        till.set_card(&id(who), &card("7")).unwrap();
    }
    let rounds = || {
        tills.iter().rev().chain(&tills).for_each(|(till, _)| drop(round(till, &centre).unwrap()))
    };
    rounds();
    let clash = |shop: &Shop| shop.conflicts().unwrap().remove(0);
    let loser = clash(&one).customer_id.unwrap();
    one.release_conflict(&clash(&one).id).unwrap();
    other.clock.advance(1_000);
    other.set_card(&loser, &tillbook::Card { note: Some("found".into()), ..card("7") }).unwrap();
    rounds();
    for node in [&one, &other, &centre] {
        assert_equal(node, &centre);
        assert_sound(node);
        assert_eq!(clash(node).resolution, None);
    }
}

/// What is gone has lost its name in the feed, behind the first page of somebody who reads everything.
#[test]
fn a_new_node_reads_a_feed_that_has_forgotten_page_by_page() {
    let (centre, one, late) = (Shop::in_memory(1), Shop::in_memory(2), Shop::in_memory(3));
    one.create_customer(&customer("bob")).unwrap();
    one.create_customer(&customer("ada")).unwrap();
    one.set_card(&id("ada"), &card("7")).unwrap();
    round(&one, &centre).unwrap();
    one.remove_card(&id("ada"), &card("7").serial_number).unwrap();
    (0..2).for_each(|_| drop(round(&one, &centre).unwrap()));
    late.greet(&centre.admit(&late.hello().unwrap()).unwrap()).unwrap();
    let limit = Limit { items: 1, bytes: 1 };
    let pages = (0..100).map(|_| {
        let cursor = late.cursor().unwrap();
        let page = centre.changes_since(late.node(), cursor.as_ref(), limit).unwrap();
        late.stage(&page).unwrap();
        page
    });
    let mut n_pages = 0;
    let checkpoint = pages.inspect(|_| n_pages += 1).find_map(|page| page.checkpoint).unwrap();
    late.publish(&checkpoint).unwrap();
    assert!(n_pages > 2);
    assert_equal(&late, &centre);
    assert_sound(&late);
}
