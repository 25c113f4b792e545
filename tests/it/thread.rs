//! Many tills of one process on one file.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;

use tillbook::{
    CreditTransaction, CustomerId, Error, Money, Page, Posting, SeededRandom, Store, TransactionId,
};

use crate::shop::{Shop, customer};

const WRITERS: u64 = 8;
const TRIES_EACH: usize = 60;
const READERS: usize = 2;

#[test]
fn no_thread_loses_a_write_or_spends_what_is_not_there() {
    let shop = Shop::on_file(1);
    let people = ["ada", "bob"].map(|name| shop.create_customer(&customer(name)).unwrap().id);
    let acknowledged = [AtomicI64::new(0), AtomicI64::new(0)];
    let done = AtomicBool::new(false);
    let (n_recorded, n_refused) = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|seed| {
                scope.spawn({
                    let (shop, people, acknowledged) = (&shop, &people, &acknowledged);
                    move || write(shop, people, acknowledged, seed)
                })
            })
            .collect();
        for _ in 0..READERS {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    people.iter().for_each(|who| look(&shop, who));
                }
            });
        }
        let counts = writers.into_iter().map(|writer| writer.join().unwrap());
        let counts = counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        done.store(true, Ordering::SeqCst);
        counts
    });
    assert!(n_recorded > 0 && n_refused > 0, "{n_recorded} recorded, {n_refused} refused");
    let mut listed = 0;
    for (who, sum) in people.iter().zip(&acknowledged) {
        look(&shop, who);
        assert_eq!(shop.balance(who).unwrap().minor(), sum.load(Ordering::SeqCst));
        listed += everything(&shop, who).len();
    }
    assert_eq!(listed, n_recorded);
    let report = shop.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.n_operations, 2 + n_recorded as u64);
}

/// Deposits and spends at random, each twice, as a till does that got no answer.
fn write(
    store: &Store,
    people: &[CustomerId; 2],
    acknowledged: &[AtomicI64; 2],
    seed: u64,
) -> (usize, usize) {
    let dice = SeededRandom::new(seed);
    let (mut n_recorded, mut n_refused) = (0, 0);
    for n in 0..TRIES_EACH {
        let who = usize::from(dice.next_u64().is_multiple_of(2));
        let minor = i64::from(u8::try_from(dice.next_u64() % 200).unwrap()) - 110;
        if minor == 0 {
            continue;
        }
        let amount = Money::from_minor(minor);
        let mut made = CreditTransaction::other(store.stamp(), &people[who], amount);
        made.id = TransactionId::new(&format!("w{seed}-{n}")).unwrap();
        match store.record(&made) {
            Ok(balance) => {
                assert!(!balance.is_negative());
                acknowledged[who].fetch_add(minor, Ordering::SeqCst);
                n_recorded += 1;
                assert!(store.record(&made).is_ok(), "a retry is the same one");
            }
            Err(Error::InsufficientCredit { .. }) => n_refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (n_recorded, n_refused)
}

/// Whatever the writers do, each answer is of one moment.
fn look(store: &Store, who: &CustomerId) {
    let mut sum = 0;
    for posting in everything(store, who) {
        sum += posting.effect.minor();
        assert_eq!(posting.balance.minor(), sum);
        assert!(sum >= 0, "never below zero");
    }
    // This one comes from the stored balance backwards.
    let latest = store.latest_credit_transactions(who).unwrap();
    for pair in latest.windows(2) {
        let before = pair[0].balance.checked_sub(pair[0].effect);
        assert_eq!(before, Some(pair[1].balance));
    }
    if let (1..20, Some(first)) = (latest.len(), latest.last()) {
        assert_eq!(first.balance, first.effect, "it begins at zero");
    }
    let profile = store.profile(who).unwrap();
    assert!(!profile.credit.is_negative());
}

fn everything(store: &Store, who: &CustomerId) -> Vec<Posting> {
    store.list_credit_transactions(who, Page { skip: 0, take: u32::MAX }).unwrap()
}
