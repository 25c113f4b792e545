//! The loop of a child against a parent over the loopback, with everything that goes wrong there.

mod parent;
mod wrong;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tillbook::sync::Acknowledgement::{Hub, Local, Root};
use tillbook::sync::client::{Client, LinkOptions, Wish};
use tillbook::{Clock, CreditTransaction, Customer, Money, Store};

use crate::shop::{Shop, customer, id, operations, options};
use parent::{Parent, Trick};

/// What comes by itself in the background is waited for in steps of this length, so often.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 400;

fn till(seed: u64) -> Arc<Store> {
    Arc::new(Shop::in_memory(seed).store)
}

fn client(store: &Arc<Store>, parent: &Parent) -> Client {
    Client::new(Arc::clone(store), LinkOptions::to(parent.url(), "id.secret")).unwrap()
}

fn until(what: &str, look: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if look() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("in vain: {what}");
}

fn has(store: &Store, name: &str) -> bool {
    store.customer(&id(name)).is_ok()
}

/// A customer whom this store has made up by itself.
fn create(store: &Store, name: &str) {
    store.create_customer(&Customer { note: Some("x".repeat(200)), ..customer(name) }).unwrap();
}

#[test]
fn a_round_takes_what_is_here_and_shows_what_is_there() {
    let parent = Parent::start(1);
    let till = till(2);
    create(&till, "ada");
    create(&parent.store, "bob");
    let client = client(&till, &parent);
    let round = client.sync_once().unwrap();
    assert_eq!((round.n_pushed, round.n_pulled, round.n_pending), (1, 4, 0));
    assert!(has(&till, "bob") && has(&parent.store, "ada"));
    assert_eq!(round.digest, parent.store.view_digest().unwrap());
    let again = client.sync_once().unwrap();
    assert_eq!((again.n_pushed, again.n_pulled), (0, 0));
    assert_eq!(parent.n_asked("/hello"), 1, "one session is enough for both");
    let status = till.sync_status().unwrap();
    assert_eq!(status.parent, Some(parent.store.node()));
    assert_eq!(status.proof.unwrap().digest, round.digest);
    assert_eq!((status.n_pending, status.n_unrooted, status.trouble), (0, 0, None));
    let children = parent.store.sync_status().unwrap().children;
    assert_eq!(children.len(), 1);
}

#[test]
fn a_write_goes_up_by_itself_and_the_end_is_quick() {
    let parent = Parent::start(1);
    let till = till(2);
    let syncing = client(&till, &parent).start().unwrap();
    until("the first round", || syncing.status().n_done > 0);
    create(&till, "ada");
    until("ada at the parent", || has(&parent.store, "ada"));
    parent.silence();
    create(&till, "bob");
    until("a question that is not answered", || parent.n_unanswered() > 0);
    let began = tillbook::clock::monotonic();
    syncing.stop();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(till.sync_status().unwrap().n_pending, 1);
}

#[test]
fn a_wait_ends_with_the_round_that_brings_it_up() {
    let parent = Parent::start(1);
    let till = till(2);
    create(&till, "ada");
    let syncing = client(&till, &parent).start().unwrap();
    let deposit = || {
        let deposit = CreditTransaction::deposit(till.stamp(), &id("ada"), Money::from_minor(100));
        till.record(&deposit).unwrap();
        deposit.id
    };
    let (first, long) = (deposit(), LOOK * u32::try_from(LOOKS).unwrap());
    assert_eq!(till.wait_for_acknowledgement(&first, Hub, long).unwrap(), Root);
    assert_eq!(parent.store.balance(&id("ada")).unwrap(), Money::from_minor(100));
    parent.silence();
    let second = deposit();
    assert_eq!(till.wait_for_acknowledgement(&second, Hub, LOOK).unwrap(), Local);
    assert_eq!(till.acknowledgement(&first).unwrap(), Root);
    syncing.stop();
}

/// The till's clock stands at noon; the parent's is `ahead_ms` ahead. By how much the till's time is ahead
/// of its clock after the first contact.
fn corrected_by(ahead_ms: i64) -> i64 {
    let parent = Parent::start(1);
    parent.clock.advance(ahead_ms);
    let Shop { store, clock, .. } = Shop::in_memory(2);
    let till = Arc::new(store);
    create(&till, "ada");
    let client = client(&till, &parent);
    client.sync_once().unwrap();
    let known =
        [client.clock_offset().unwrap().ms, till.sync_status().unwrap().clock_offset_ms.unwrap()];
    for ms in known {
        assert!((ahead_ms - 10_000..=ahead_ms).contains(&ms), "{ms}");
    }
    create(&till, "bob");
    let latest = clock.now().max(till.now());
    assert_eq!(till.customer(&id("bob")).unwrap().created_at, latest);
    assert_eq!(till.stamp().at, till.now());
    let readings: Vec<_> = operations(&till).iter().map(|operation| operation.hlc).collect();
    assert!(readings.is_sorted(), "the logical clock never goes back: {readings:?}");
    let corrected = till.now().ms() - clock.now().ms();
    // A person sets the clock, and nobody knows how far it is off until the parent is heard of again.
    clock.advance(7_200_000);
    assert_eq!(till.now(), clock.now());
    client.sync_once().unwrap();
    let again = till.now().ms() - clock.now().ms();
    if corrected != 0 {
        assert!((ahead_ms - 7_210_000..=ahead_ms - 7_200_000).contains(&again), "{again}");
    }
    assert_eq!(parent.store.now(), parent.clock.now(), "a root goes by its own clock");
    corrected
}

#[test]
fn a_till_goes_by_the_clock_of_its_parent() {
    let (hour, year) = (3_600_000, 365 * 86_400_000);
    for ahead_ms in [hour, -hour] {
        let corrected = corrected_by(ahead_ms);
        assert!((ahead_ms - 10_000..=ahead_ms).contains(&corrected), "{corrected}");
    }
    for ahead_ms in [year, -year] {
        assert_eq!(corrected_by(ahead_ms), 0, "too far to be believed");
    }
}

/// Once, whoever asked beside a program waited for the round that it would do anyway, or for its back-off.
#[test]
fn a_round_is_done_at_once_when_another_process_wishes_for_it() {
    let parent = Parent::start(1);
    let shop = Shop::on_file(2);
    let path = shop.path();
    let till = Arc::new(shop.store);
    let syncing = client(&till, &parent).start().unwrap();
    until("the first round", || syncing.status().n_done > 0);
    let beside = Store::open_beside(&path, options(3).0).unwrap();
    for (name, is_refused) in [("idle", false), ("refused", true)] {
        if is_refused {
            (0..2).for_each(|_| parent.trick("/pull", Trick::Refuse(400, "protocol")));
            create(&till, "ada");
            until("a refusal", || syncing.status().retry_wait.is_some());
        }
        let n_before = syncing.status().n_done + syncing.status().n_failed;
        let wish = beside.wish_for_round().unwrap();
        until(name, || wish.is_granted());
        assert!(syncing.status().n_done + syncing.status().n_failed > n_before, "{name}");
    }
    // Whoever has waited for too long wishes for nothing any more.
    syncing.stop();
    let wish = beside.wish_for_round().unwrap();
    assert!(!wish.is_granted());
    drop(wish);
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with("-wish")), "{left:?}");
}

/// Somebody wishes while a round runs that began before: it may have passed over what is wished for.
#[test]
fn a_wish_is_granted_by_a_round_that_began_after_it() {
    let parent = Parent::start(1);
    let shop = Shop::on_file(2);
    let path = shop.path();
    let till = Arc::new(shop.store);
    let beside = Arc::new(Store::open_beside(&path, options(3).0).unwrap());
    let (n_rounds, is_asked) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
    let late = Arc::<Mutex<Option<(Wish, usize)>>>::default();
    let watch = {
        let (n_rounds, is_asked, late, beside) =
            (n_rounds.clone(), is_asked.clone(), late.clone(), beside.clone());
        move |_: &Result<_, _>| {
            let n = n_rounds.fetch_add(1, Ordering::SeqCst) + 1;
            if is_asked.swap(false, Ordering::SeqCst) {
                *late.lock().unwrap() = Some((beside.wish_for_round().unwrap(), n));
            }
        }
    };
    let syncing = client(&till, &parent).start_watched(watch).unwrap();
    until("the first round", || n_rounds.load(Ordering::SeqCst) > 0);
    is_asked.store(true, Ordering::SeqCst);
    let early = beside.wish_for_round().unwrap();
    until("the early wish", || early.is_granted());
    let (wish, n) = late.lock().unwrap().take().unwrap();
    until("the late wish", || wish.is_granted());
    assert!(n_rounds.load(Ordering::SeqCst) > n);
    syncing.stop();
}
