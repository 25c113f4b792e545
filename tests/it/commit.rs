//! Shared commits: callers that wait together commit together, and each answers for itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use tillbook::{CreditTransaction, Error, Money, Options, Store, Tx};

use crate::shop::{Shop, customer, id};

const N_CALLERS: usize = 16;
const N_ROUNDS: usize = 20;

/// What a caller does with its transaction after it has deposited one cent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Stores,
    Fails,
    Panics,
}

fn deposit(store: &Store) -> CreditTransaction {
    CreditTransaction::deposit(store.stamp(), &id("ada"), Money::from_minor(1))
}

/// One deposits, fails or panics; says whether it was told that its deposit is stored.
fn call(store: &Store, caller: Caller) -> bool {
    let deposit = deposit(store);
    let write = || {
        store.write(|tx| {
            tx.record(&deposit)?;
            match caller {
                Caller::Stores => Ok(()),
                Caller::Fails => Err(Error::Overflow),
                Caller::Panics => panic!("a caller gives up"),
            }
        })
    };
    let told = matches!(catch_unwind(AssertUnwindSafe(write)), Ok(Ok(())));
    assert_eq!(store.find_credit_transaction(&deposit.id).unwrap().is_some(), told);
    told
}

/// Lets the callers queue up behind an open write, then lets them all go, again and again.
fn check(kinds: [Caller; 4]) {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let start = Barrier::new(N_CALLERS + 1);
    let (shop, start) = (&shop, &start);
    let n_stored: usize = thread::scope(|scope| {
        let rounds = |caller: usize| {
            let told = (0..N_ROUNDS).map(|round| {
                start.wait(); // the writer is taken
                let told = call(shop, kinds[(caller + round) % kinds.len()]);
                start.wait(); // everybody has an answer
                usize::from(told)
            });
            told.sum::<usize>()
        };
        let callers: Vec<_> = (0..N_CALLERS).map(|i| scope.spawn(move || rounds(i))).collect();
        for round in 0..N_ROUNDS {
            // The first one of a batch stores nothing, or fails after it has written.
            let open = shop.write(|tx| {
                if round % 2 == 1 {
                    tx.record(&deposit(shop))?;
                }
                start.wait();
                thread::yield_now();
                if round % 2 == 1 { Err(Error::Overflow) } else { Ok(()) }
            });
            assert_eq!(open.is_err(), round % 2 == 1);
            start.wait();
        }
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    let stored = kinds.iter().filter(|kind| **kind == Caller::Stores).count();
    assert_eq!(n_stored, N_CALLERS * N_ROUNDS * stored / kinds.len());
    assert_eq!(shop.balance(&id("ada")).unwrap().minor(), i64::try_from(n_stored).unwrap());
    let report = shop.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn all_are_stored() {
    check([Caller::Stores; 4]);
}

#[test]
fn one_that_fails_or_panics_undoes_only_its_own() {
    check([Caller::Stores, Caller::Fails, Caller::Stores, Caller::Panics]);
    check([Caller::Fails, Caller::Fails, Caller::Panics, Caller::Stores]);
}

/// The end of the chain is remembered from one write to the next, and forgotten with what is undone.
#[test]
fn what_is_undone_leaves_no_mark_on_the_chain() {
    for shop in [Shop::in_memory(1), Shop::on_file(1)] {
        shop.create_customer(&customer("ada")).unwrap();
        let fail = |tx: &Tx<'_>| {
            tx.record(&deposit(&shop))?;
            Err::<(), _>(Error::Overflow)
        };
        let mut n_operations = 1;
        for _ in 0..3 {
            shop.write(fail).unwrap_err();
            shop.record(&deposit(&shop)).unwrap();
            let kept = shop.write(|tx| {
                tx.nested(fail).unwrap_err();
                tx.record(&deposit(&shop))?;
                tx.nested(fail).unwrap_err();
                tx.nested(|tx| tx.record(&deposit(&shop)))?;
                tx.record(&deposit(&shop))
            });
            kept.unwrap();
            shop.rehearse(|tx| tx.record(&deposit(&shop))).unwrap();
            shop.record(&deposit(&shop)).unwrap();
            assert!(!call(&shop, Caller::Panics));
            n_operations += 5;
        }
        let report = shop.check(|_| ()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.n_operations, n_operations);
    }
}

/// One caller creates a customer, one hears that it exists, and one keeps the batch open: the second
/// must not hear it before the first one's work is stored.
#[test]
fn a_refusal_waits_for_what_it_rests_on() {
    for round in 0..20 {
        let shop = Shop::on_file(round);
        let (shop, (told, tell)) = (&shop, mpsc::channel());
        let (go_on, gate) = mpsc::channel();
        thread::scope(|scope| {
            let (begun, begin) = mpsc::channel();
            let creator = scope.spawn(move || create_slowly(shop, &begun));
            begin.recv().unwrap();
            scope.spawn(move || told.send(shop.create_customer(&customer("ada")).is_ok()));
            scope.spawn(move || keep_open(shop, &gate));
            let heard = tell.recv_timeout(Duration::from_millis(30));
            let beside = Store::open_beside(shop.path(), Options::default()).unwrap();
            let stored = beside.customer(&id("ada")).is_ok();
            go_on.send(()).unwrap();
            creator.join().unwrap();
            assert!(heard.is_err() || stored, "told of a customer who is not stored");
        });
    }
}

/// Creates a customer, and leaves time for others to stand in line; if they do not, nothing is proved.
fn create_slowly(shop: &Store, begun: &mpsc::Sender<()>) {
    let created = shop.write(|tx| {
        begun.send(()).unwrap();
        thread::sleep(Duration::from_millis(10));
        tx.create_customer(&customer("ada"))
    });
    created.unwrap();
}

fn keep_open(shop: &Store, gate: &mpsc::Receiver<()>) {
    let kept = shop.write(|_| {
        gate.recv().unwrap();
        Ok(())
    });
    kept.unwrap();
}

#[test]
fn an_answer_means_that_everybody_sees_it() {
    let shop = Shop::on_file(2);
    shop.create_customer(&customer("ada")).unwrap();
    let path = shop.path();
    let (sender, receiver) = mpsc::channel();
    let shop = &shop;
    thread::scope(|scope| {
        for _ in 0..4 {
            let sender = sender.clone();
            scope.spawn(move || {
                for _ in 0..25 {
                    let one = Money::from_minor(1);
                    let deposit = CreditTransaction::deposit(shop.stamp(), &id("ada"), one);
                    shop.record(&deposit).unwrap();
                    sender.send(deposit.id).unwrap();
                }
            });
        }
        drop(sender);
        let beside = Store::open_beside(path, Options::default()).unwrap();
        for told in receiver {
            assert!(beside.find_credit_transaction(&told).unwrap().is_some());
        }
    });
}
