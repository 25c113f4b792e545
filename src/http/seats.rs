//! Seats: how many connections are open, and which of them may go to make room.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// As many seats as there may be connections. Whoever rests on one gives it up when somebody else
/// wants to come in, the one that has rested for the longest time first.
#[derive(Debug)]
pub(super) struct Seats {
    free: Arc<Semaphore>,
    resting: Mutex<Resting>,
}

/// Connections on which no request runs, in the order in which they came to rest.
#[derive(Debug, Default)]
struct Resting {
    next: u64,
    asked: BTreeMap<u64, Arc<Asked>>,
    /// How many wait for a seat.
    n_waiting: usize,
    /// How many were asked for theirs and have not gone yet.
    n_leaving: usize,
}

impl Resting {
    fn ask(&mut self, asked: &Asked) {
        asked.is_leaving.store(true, Ordering::Relaxed);
        asked.wake.notify_one();
        self.n_leaving += 1;
    }
}

/// Whether somebody on a seat was asked for it.
#[derive(Debug, Default)]
struct Asked {
    is_leaving: AtomicBool,
    wake: Notify,
}

impl Seats {
    pub(super) fn new(n: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(n.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { free, resting: Mutex::default() })
    }

    /// A seat, if one is free.
    pub(super) fn try_take(self: &Arc<Self>) -> Option<Seat> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(self.seat(permit))
    }

    /// A seat that somebody gives up who rests, or is the next to rest. May wait for ever.
    pub(super) async fn make_room(self: &Arc<Self>) -> Option<Seat> {
        let _waiting = Waiting::begin(self);
        let permit = Arc::clone(&self.free).acquire_owned().await.ok()?;
        Some(self.seat(permit))
    }

    /// Whoever has just come in may ask before anybody asks for the seat.
    fn seat(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Seat {
        let (seats, asked) = (Arc::clone(self), Arc::default());
        let seat = Seat { seats, asked, place: Mutex::new(None), _permit: permit };
        seat.take_place(&mut self.resting());
        seat
    }

    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a seat, until this is dropped.
struct Waiting<'a>(&'a Seats);

impl<'a> Waiting<'a> {
    fn begin(seats: &'a Seats) -> Self {
        let mut resting = seats.resting();
        resting.n_waiting += 1;
        if resting.n_waiting > resting.n_leaving
            && let Some((_, asked)) = resting.asked.pop_first()
        {
            resting.ask(&asked);
        }
        Self(seats)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.resting().n_waiting -= 1;
    }
}

/// The place of one connection; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    asked: Arc<Asked>,
    /// Where it stands among those that rest.
    place: Mutex<Option<u64>>,
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    /// Is ready when the seat is wanted for somebody else.
    pub(super) async fn asked_for(&self) {
        self.asked.wake.notified().await;
    }

    /// No request runs from now on.
    pub(super) fn rest(&self) {
        let mut resting = self.seats.resting();
        if self.asked.is_leaving.load(Ordering::Relaxed) {
            return;
        }
        match resting.n_waiting > resting.n_leaving {
            true => resting.ask(&self.asked),
            false => self.take_place(&mut resting),
        }
    }

    /// A request runs from now on.
    pub(super) fn work(&self) {
        self.leave_place(&mut self.seats.resting());
    }

    fn take_place(&self, resting: &mut Resting) {
        self.leave_place(resting);
        let place = resting.next;
        resting.next += 1;
        resting.asked.insert(place, Arc::clone(&self.asked));
        *self.place() = Some(place);
    }

    fn leave_place(&self, resting: &mut Resting) {
        self.place().take().and_then(|place| resting.asked.remove(&place));
    }

    fn place(&self) -> MutexGuard<'_, Option<u64>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut resting = self.seats.resting();
        self.leave_place(&mut resting);
        resting.n_leaving -= usize::from(self.asked.is_leaving.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three connections, of which those in `work` are busy: whom does a fourth ask to go?
    async fn check(work: &[usize], expected: Option<usize>) {
        let seats = Seats::new(3);
        let taken: Vec<Seat> = (0..3).filter_map(|_| seats.try_take()).collect();
        assert_eq!(taken.len(), 3);
        assert!(seats.try_take().is_none());
        work.iter().for_each(|n| taken[*n].work());
        let soon = std::time::Duration::from_millis(5);
        assert!(tokio::time::timeout(soon, seats.make_room()).await.is_err());
        for (n, seat) in taken.iter().enumerate() {
            let is_asked = tokio::time::timeout(soon, seat.asked_for()).await.is_ok();
            assert_eq!(is_asked, expected == Some(n), "seat {n} while {work:?} work");
        }
    }

    #[tokio::test]
    async fn who_has_rested_longest_is_asked() {
        check(&[], Some(0)).await;
        check(&[0], Some(1)).await;
        check(&[0, 1], Some(2)).await;
        check(&[0, 1, 2], None).await;
    }

    #[tokio::test]
    async fn a_seat_is_free_again() {
        let seats = Seats::new(1);
        let seat = seats.try_take();
        assert!(seat.is_some() && seats.try_take().is_none());
        drop(seat);
        assert!(seats.resting().asked.is_empty(), "nobody is asked who has gone");
        assert!(seats.try_take().is_some());
        assert!(seats.make_room().await.is_some());
    }

    #[tokio::test]
    async fn who_comes_to_rest_while_somebody_waits_is_asked() {
        let seats = Seats::new(1);
        let seat = seats.try_take();
        let seat = seat.as_ref().expect("a free seat");
        seat.work();
        let rested = async {
            tokio::task::yield_now().await;
            seat.rest();
            seat.asked_for().await;
        };
        tokio::select! {
            _ = seats.make_room() => panic!("the seat is taken"),
            () = rested => {}
        }
        let resting = seats.resting();
        assert_eq!((resting.n_waiting, resting.n_leaving), (0, 1));
        drop(resting);
    }
}
