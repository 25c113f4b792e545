//! What goes wrong on the way, and what the next round makes of it.

use std::sync::Arc;
use std::time::Duration;

use tillbook::Store;
use tillbook::sync::client::{BACKOFF_STEP, ClientError, LinkError, LinkOptions, bootstrap_from};

use super::parent::{Parent, Trick};
use super::{client, create, has, till, until};
use crate::shop::{Shop, id, options};

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    client.sync_once().unwrap();
    create(&till, "ada");
    for path in ["/push", "/pull"] {
        parent.trick(path, Trick::Forget);
        parent.trick(path, Trick::Forget);
        let error = client.sync_once().unwrap_err();
        assert!(matches!(error, ClientError::Link(LinkError::Broken(_))), "{error:?}");
        let trouble = till.sync_status().unwrap().trouble.unwrap();
        assert_eq!(trouble.why, error.to_string());
    }
    let round = client.sync_once().unwrap();
    assert_eq!(round.digest, parent.store.view_digest().unwrap());
    assert!(has(&parent.store, "ada"));
    assert_eq!(till.sync_status().unwrap().trouble, None);
}

#[test]
fn who_writes_all_the_time_still_hears_of_the_others() {
    let parent = Parent::start(1);
    let till = till(2);
    create(&till, "c0");
    create(&parent.store, "bob");
    let mut n_created = 1;
    let done = client(&till, &parent).sync_once_watched(|_| {
        if n_created < 100 {
            create(&till, &format!("c{n_created}"));
            n_created += 1;
        }
    });
    let round = done.unwrap();
    assert_eq!(round.n_pushed, 1, "what was there when the round began");
    assert!(has(&till, "bob") && n_created < 100, "{n_created}");
    assert!(round.n_pending > 0);
}

#[test]
fn rounds_that_bring_something_before_they_are_lost_are_not_put_off() {
    let parent = Parent::start(1);
    let till = till(2);
    (0..16).for_each(|_| parent.trick("/pull", Trick::Forget));
    let syncing = client(&till, &parent).start().unwrap();
    let n = std::cell::Cell::new(0);
    until("a pull that is not forgotten", || {
        create(&till, &format!("c{}", n.replace(n.get() + 1)));
        syncing.status().n_done > 0
    });
    assert!(syncing.status().n_failed > 4, "{:?}", syncing.status());
    syncing.stop();
}

#[test]
fn a_batch_that_is_too_large_is_halved_and_grows_again() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    (0..20).for_each(|n| create(&till, &format!("c{n}")));
    parent.take_at_most(3);
    let round = client.sync_once().unwrap();
    assert_eq!(round.n_pushed, 20);
    assert_eq!(parent.batches()[..4], [20, 10, 5, 2]);
    assert!(parent.batches().iter().filter(|n| **n == 3).count() > 1, "{:?}", parent.batches());

    // One that is too large by itself waits, and tells so.
    parent.take_at_most(0);
    create(&till, "ada");
    create(&parent.store, "bob");
    client.sync_once().unwrap();
    assert!(has(&till, "bob"), "what is refused holds up nothing else");
    let status = till.sync_status().unwrap();
    assert_eq!((status.n_pending, status.waiting[0].n_operations), (1, 1));
    assert_eq!(status.waiting[0].why, "upgrade-server: it is larger than the parent takes");
    parent.take_at_most(500);
    parent.trick("/pull", Trick::Refuse(403, "no-hello"));
    client.sync_once().unwrap();
    assert!(has(&parent.store, "ada"), "a new session tries it again");
    assert!(till.sync_status().unwrap().waiting.is_empty());
}

#[test]
fn a_parent_that_was_restored_is_filled_again() {
    let (old, new) = (Parent::start(1), Parent::start(1));
    let till = till(2);
    create(&till, "ada");
    client(&till, &old).sync_once().unwrap();
    // The same node, from before it had heard of anybody.
    assert_eq!(old.store.node(), new.store.node());
    let client = client(&till, &new);
    client.sync_once().unwrap();
    assert!(has(&new.store, "ada"));
    assert_eq!(till.sync_status().unwrap().proof.unwrap().digest, new.store.view_digest().unwrap());
}

#[test]
fn a_session_that_the_parent_has_forgotten_is_begun_anew() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    client.sync_once().unwrap();
    for (path, status, code) in
        [("/push", 403, "no-hello"), ("/pull", 403, "unknown-child"), ("/pull", 410, "reset")]
    {
        create(&till, &format!("c{}", parent.n_asked("/")));
        let n_hellos = parent.n_asked("/hello");
        parent.trick(path, Trick::Refuse(status, code));
        let round = client.sync_once().unwrap();
        assert_eq!(parent.n_asked("/hello"), n_hellos + 1, "{code}");
        assert_eq!(round.digest, parent.store.view_digest().unwrap());
    }
}

#[test]
fn a_new_epoch_is_greeted_at_once() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    client.sync_once().unwrap();
    let mut other = Shop::in_memory(3).hello().unwrap();
    other.root = Some(parent.store.node());
    other.root_epoch = till.hello().unwrap().root_epoch + 1;
    parent.store.admit(&other).unwrap();
    create(&parent.store, "ada");
    client.sync_once().unwrap();
    assert!(has(&till, "ada"));
    assert_eq!(parent.n_asked("/hello"), 2);
    assert!(till.hello().unwrap().root_epoch > other.root_epoch);
}

#[test]
fn a_refusal_is_told_with_what_the_parent_asks_for() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    for (status, code) in [(503, "overloaded"), (401, "unauthenticated"), (400, "protocol")] {
        parent.trick("/hello", Trick::Refuse(status, code));
        let error = client.sync_once().unwrap_err();
        assert_eq!(error.to_string(), format!("the parent refuses: the parent says {code}"));
        assert_eq!(error.retry_after(), Some(Duration::ZERO));
    }
    client.sync_once().unwrap();
}

#[test]
fn the_rounds_leave_a_parent_alone_for_as_long_as_it_asks() {
    let parent = Parent::start(1);
    parent.retry_after(1_000);
    parent.trick("/hello", Trick::Refuse(503, "overloaded"));
    let shop = Shop::on_file(2);
    let path = shop.path();
    let till = Arc::new(shop.store);
    let syncing = client(&till, &parent).start().unwrap();
    until("a wait", || syncing.status().retry_wait.is_some());
    let asked = Duration::from_secs(1_000);
    let wait = syncing.status().retry_wait.unwrap();
    assert!((asked..=asked + BACKOFF_STEP).contains(&wait), "{wait:?}");
    // Whoever wishes for a round waits, too: longer than it takes to notice a wish.
    let beside = Store::open_beside(&path, options(3).0).unwrap();
    let wish = beside.wish_for_round().unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    assert!(!wish.is_granted());
    syncing.stop();
    assert_eq!(parent.n_asked("/"), 1);
}

#[test]
fn a_start_does_not_wait_for_a_parent_that_asks_for_more_than_a_minute() {
    let parent = Parent::start(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let start = || {
        let link = LinkOptions::to(parent.url(), "id.secret");
        bootstrap_from(&path, &options(2).0, &link, |_| ())
    };
    parent.retry_after(61);
    parent.trick("/snapshot", Trick::Refuse(503, "overloaded"));
    assert_eq!(
        start().unwrap_err().to_string(),
        "the parent asks to be left alone for 61 s, and a start waits 60 s at most: rounds bring \
         everything in place of the snapshot"
    );
    assert_eq!(parent.n_asked("/snapshot"), 1);
    // Asked for less, it is asked again: here it has none.
    parent.retry_after(0);
    parent.trick("/snapshot", Trick::Refuse(503, "overloaded"));
    assert!(start().unwrap().is_none());
    assert_eq!(parent.n_asked("/snapshot"), 3);
}

/// Takes a part out of a page, so that its sum is wrong.
fn spoil(answer: &mut Vec<u8>) {
    let first = answer.iter().position(|byte| *byte == b'\n').unwrap();
    answer.drain(..=first);
}

#[test]
fn a_state_that_is_not_the_parents_is_never_shown() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    client.sync_once().unwrap();
    create(&parent.store, "ada");
    // Once: the buckets that differ are read anew.
    parent.trick("/pull", Trick::Change(spoil));
    let round = client.sync_once().unwrap();
    assert_eq!(parent.n_asked("/buckets"), 1);
    assert!(has(&till, "ada"));
    assert_eq!(round.digest, parent.store.view_digest().unwrap());
    // Twice: everything.
    create(&parent.store, "bob");
    (0..2).for_each(|_| parent.trick("/pull", Trick::Change(spoil)));
    client.sync_once().unwrap();
    assert!(has(&till, "bob"));
    // Three times: a person is asked.
    create(&parent.store, "cyd");
    (0..3).for_each(|_| parent.trick("/pull", Trick::Change(spoil)));
    let error = client.sync_once().unwrap_err();
    assert!(matches!(error, ClientError::Diverged { n: 3, .. }), "{error:?}");
    assert!(!has(&till, "cyd") && has(&till, "bob"), "what was shown stays");
    assert!(till.sync_status().unwrap().trouble.unwrap().why.contains("3 times in a row"));
    client.sync_once().unwrap();
    assert!(has(&till, "cyd"));
}

/// A row of the till has changed on its disk, and its parent has an edit of it: only the buckets tell
/// what is to be read anew, so they are asked for until they are told.
#[test]
fn a_refusal_of_the_buckets_is_not_the_last_word() {
    let parent = Parent::start(1);
    create(&parent.store, "ada");
    let shop = Shop::on_file(2);
    let path = shop.path();
    let till = Arc::new(shop.store);
    let client = client(&till, &parent);
    client.sync_once().unwrap();
    let damage = |n: u32| {
        let sql = format!("update customer set first_name = 'Rot {n}'");
        assert_eq!(rusqlite::Connection::open(&path).unwrap().execute(&sql, []).unwrap(), 1);
        let note = Some(format!("edit {n}"));
        parent.store.edit_customer(&id("ada"), |ada| ada.note = note.clone()).unwrap();
    };
    let mended = || {
        assert_eq!(till.customer(&id("ada")).unwrap().first_name, None);
        assert_eq!(till.view_digest().unwrap(), parent.store.view_digest().unwrap());
    };
    // One that will answer another time is asked another time.
    for (n, status) in [(1, 503), (2, 429)] {
        damage(n);
        parent.trick("/buckets", Trick::Refuse(status, "overloaded"));
        let error = client.sync_once().unwrap_err();
        assert!(matches!(error, ClientError::Refused { .. }), "{error:?}");
        client.sync_once().unwrap();
        mended();
    }
    assert_eq!(parent.n_asked("/buckets"), 4);
    // One that has no buckets is asked once more after everything was read in vain.
    damage(3);
    parent.trick("/buckets", Trick::Refuse(404, "no-route"));
    let error = client.sync_once().unwrap_err();
    assert!(matches!(error, ClientError::Diverged { n: 3, .. }), "{error:?}");
    client.sync_once().unwrap();
    mended();
}

#[test]
fn an_answer_that_is_none_ends_the_round_and_nothing_else() {
    let parent = Parent::start(1);
    let till = till(2);
    let client = client(&till, &parent);
    for path in ["/hello", "/push", "/pull"] {
        create(&till, &format!("c{}", parent.n_asked("/")));
        parent.trick(path, Trick::Change(|answer| answer.truncate(answer.len() / 2)));
        let error = client.sync_once().unwrap_err();
        assert!(matches!(error, ClientError::Answer(_)), "{path} {error:?}");
    }
    client.sync_once().unwrap();
    assert_eq!(till.sync_status().unwrap().n_pending, 0);
}
