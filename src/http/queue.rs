//! Queue: the writes that wait, done by one thread with one commit for all of them.
//!
//! While a commit is on its way to the disk, the next requests gather; so sixteen tills cost one
//! sync and not sixteen, and nobody waits for company.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::answer::Answer;
use super::failure::{Failure, Outcome};
use super::{WORK_WAIT, WRITES_MAX};
use crate::error::{Error, Result};
use crate::store::{Store, Tx};

/// So many writes share a commit at most.
const BATCH_MAX: usize = 64;

/// Seconds after which a refused caller may try again.
const RETRY_SECONDS: u64 = 1;

/// What a write does. It runs again when another one that shares its commit has to be undone, so it
/// must leave nothing behind but its answer.
pub(crate) type Change = Box<dyn Fn(&Tx<'_>) -> Result<Outcome<Answer>> + Send>;

/// A write and whoever waits for its answer.
struct Job {
    change: Change,
    answer: oneshot::Sender<Outcome<Answer>>,
    /// Whoever is first takes it: the writer to do it, or the caller to give it up.
    is_taken: Arc<AtomicBool>,
}

impl Job {
    fn tell(self, done: Outcome<Answer>) {
        // First it gives up its turn, which a retry may want as soon as it has heard.
        drop(self.change);
        // Whoever hung up does not hear it.
        let _ = self.answer.send(done);
    }
}

/// The writes that wait, and the thread that does them.
#[derive(Debug)]
pub(crate) struct Queue {
    /// `None` once the queue is closed.
    jobs: Mutex<Option<SyncSender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Queue {
    /// An empty queue for writes to `store`; `committed` is called behind every commit, when those who
    /// share it have been told.
    pub(crate) fn start(store: Arc<Store>, committed: impl Fn() + Send + 'static) -> Self {
        let (sender, jobs) = mpsc::sync_channel(WRITES_MAX);
        let writer = thread::Builder::new().name("tillbook-writer".to_owned());
        // Without a thread there is nobody to receive, so every write is refused as too much.
        let writer = writer.spawn(move || work(&store, &jobs, &committed)).ok();
        Self { jobs: Mutex::new(Some(sender)), writer: Mutex::new(writer) }
    }

    /// Does `change` and returns when its commit is on disk.
    pub(crate) async fn write(&self, change: Change) -> Outcome<Answer> {
        self.write_within(WORK_WAIT, change).await
    }

    async fn write_within(&self, wait: Duration, change: Change) -> Outcome<Answer> {
        let (answer, answered) = oneshot::channel();
        let is_taken = Arc::<AtomicBool>::default();
        let job = Job { change, answer, is_taken: Arc::clone(&is_taken) };
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = jobs.as_ref().map(|jobs| jobs.try_send(job));
            match sent {
                Some(Ok(())) => {}
                None | Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) => {
                    return Err(Failure::Overloaded(RETRY_SECONDS));
                }
            }
        }
        match timeout(wait, answered).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(Failure::Fault("the writer ended".to_owned())),
            // What was begun goes on, and a retry with the same name hears how it ended.
            Err(_) if is_taken.swap(true, Ordering::SeqCst) => {
                let why = format!("it took longer than {} s", wait.as_secs());
                Err(Failure::Store(Error::CommitUnknown(why)))
            }
            Err(_) => Err(Failure::Overloaded(RETRY_SECONDS)),
        }
    }

    /// Takes no more writes and waits for those that were taken.
    pub(crate) fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last hand on the queue may be the writer's own. A panic was told to those who waited.
        let other = writer.filter(|writer| writer.thread().id() != thread::current().id());
        let _ = other.map(JoinHandle::join);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.close();
    }
}

/// Does what comes, and all that has come meanwhile with it, until nobody is left to send.
fn work(store: &Store, jobs: &Receiver<Job>, committed: &impl Fn()) {
    while let Ok(first) = jobs.recv() {
        let mut batch = gather(first, jobs);
        // Who was told to come back will, so it must not have been done by then.
        batch.retain(|job| !job.is_taken.swap(true, Ordering::SeqCst));
        if batch.is_empty() {
            continue;
        }
        let done = panic::catch_unwind(AssertUnwindSafe(|| commit(store, &batch)));
        let done = done.unwrap_or_else(|_| Err(Error::NotStored("the writer panicked".to_owned())));
        match done {
            Ok(answers) => {
                batch.into_iter().zip(answers).for_each(|(job, done)| job.tell(done));
            }
            Err(error) => {
                batch.into_iter().for_each(|job| job.tell(Err(Failure::Store(shared(&error)))));
            }
        }
        // Whatever the answer: a commit that failed may be stored.
        committed();
    }
}

/// `first` and whatever has come with it. Whoever reads requests gets a turn first, as long as that
/// brings more; where nobody waits for the processor, no time passes.
fn gather(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let mut batch = vec![first];
    loop {
        thread::yield_now();
        let n = batch.len();
        batch.extend(jobs.try_iter().take(BATCH_MAX - n));
        if batch.len() == n {
            return batch;
        }
    }
}

/// Does the writes of `batch` in one SQL transaction, each undone alone where it is refused.
fn commit(store: &Store, batch: &[Job]) -> Result<Vec<Outcome<Answer>>> {
    store.write(|tx| {
        tx.together(|tx| batch.iter().map(|job| (job.change)(tx)).collect::<Result<Vec<_>>>())
    })
}

/// Runs `f` so that nothing is left of it where it is refused or panics. It is an error when the SQL
/// transaction cannot go on, whoever's fault that is.
pub(crate) fn alone(
    tx: &Tx<'_>,
    f: impl FnOnce(&Tx<'_>) -> Outcome<Answer>,
) -> Result<Outcome<Answer>> {
    let mut refused = None;
    let done = tx.nested(|tx| {
        let caught = panic::catch_unwind(AssertUnwindSafe(|| f(tx)));
        let done = caught.unwrap_or_else(|_| Err(Failure::Fault("a handler panicked".to_owned())));
        done.map_err(|failure| {
            refused = Some(failure);
            Error::NotStored("it was refused".to_owned())
        })
    });
    match (done, refused) {
        (_, Some(Failure::Store(error))) if tx.is_over() => Err(error),
        (_, Some(_)) if tx.is_over() => Err(Error::DiskFull),
        (Ok(answer), _) => Ok(Ok(answer)),
        (Err(Error::NotStored(_)), Some(failure)) => Ok(Err(failure)),
        (Err(error), _) => Err(error),
    }
}

/// What everybody hears who shared a commit that failed.
fn shared(error: &Error) -> Error {
    match error {
        Error::DiskFull => Error::DiskFull,
        Error::CommitUnknown(why) => Error::CommitUnknown(why.clone()),
        Error::WritesRefused(why) => Error::WritesRefused(why.clone()),
        Error::FileReplaced(path) => Error::FileReplaced(path.clone()),
        Error::NotStored(why) => Error::NotStored(why.clone()),
        error => Error::NotStored(error.to_string()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that meets an error it did not ask for is over")]
mod tests {
    use tokio::runtime::Builder;

    use super::*;
    use crate::customer::Customer;
    use crate::id::CustomerId;

    /// Two writes wait for the disk longer than their callers: the first was begun and is done, the
    /// second was not, and its caller may send it again.
    #[test]
    fn what_is_given_up_is_not_done() {
        let store = Arc::new(Store::open_in_memory().unwrap());
        let queue = Queue::start(Arc::clone(&store), || ());
        let (begun, wait_begun) = mpsc::channel();
        let create = |name: &'static str| -> Change {
            let begun = begun.clone();
            Box::new(move |tx| {
                begun.send(name).unwrap();
                let id = CustomerId::new(name).unwrap();
                tx.create_customer(&Customer::with_id(id, tx.store().now()))?;
                Ok(Ok(Answer::empty()))
            })
        };
        let (first, release) = (create("first"), mpsc::channel::<()>());
        let slow = Mutex::new(release.1);
        let first: Change = Box::new(move |tx| {
            let done = first(tx);
            let _ = slow.lock().unwrap().recv();
            done
        });
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let wait = Duration::from_millis(200);
        let (first, second) = runtime.block_on(async {
            tokio::join!(queue.write_within(wait, first), async {
                tokio::task::block_in_place(|| wait_begun.recv().unwrap());
                queue.write_within(wait, create("second")).await
            })
        });
        assert!(matches!(first, Err(Failure::Store(Error::CommitUnknown(_)))), "{first:?}");
        assert!(matches!(second, Err(Failure::Overloaded(_))), "{second:?}");
        drop(release.0);
        queue.close();
        let is_there = |name| store.customer(&CustomerId::new(name).unwrap()).is_ok();
        assert!(is_there("first"));
        assert!(!is_there("second"));
    }

    /// While one write holds up the writer, as many wait as the queue takes; one more is told to come
    /// back, and everyone who was taken on is done.
    #[test]
    fn what_is_too_much_is_refused_and_what_was_taken_is_done() {
        let store = Arc::new(Store::open_in_memory().unwrap());
        let queue = Arc::new(Queue::start(Arc::clone(&store), || ()));
        let (begun, wait_begun) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let create = |name: String| -> Change {
            Box::new(move |tx| {
                let id = CustomerId::new(&name).unwrap();
                tx.create_customer(&Customer::with_id(id, tx.store().now()))?;
                Ok(Ok(Answer::empty()))
            })
        };
        let hold: Change = Box::new(move |_| {
            begun.send(()).unwrap();
            let _ = held.lock().unwrap().recv();
            Ok(Ok(Answer::empty()))
        });
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let write = |change| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move { queue.write(change).await })
            };
            let holding = write(hold);
            tokio::task::yield_now().await;
            wait_begun.recv().unwrap();
            let waiting: Vec<_> = (0..WRITES_MAX).map(|i| write(create(i.to_string()))).collect();
            tokio::task::yield_now().await;
            let refused = write(create("too much".to_owned())).await.unwrap();
            assert!(matches!(refused, Err(Failure::Overloaded(_))), "{refused:?}");
            drop(release);
            for taken in waiting.into_iter().chain([holding]) {
                assert!(taken.await.unwrap().is_ok());
            }
        });
        let n = (0..WRITES_MAX)
            .filter(|i| store.customer(&CustomerId::new(&i.to_string()).unwrap()).is_ok());
        assert_eq!(n.count(), WRITES_MAX);
        assert!(store.customer(&CustomerId::new("too much").unwrap()).is_err());
    }

    /// Whoever is called behind a commit finds what was committed, and nobody is kept waiting by it.
    #[test]
    fn what_follows_a_commit_follows_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path().join("shop.db")).unwrap());
        let ada = CustomerId::new("ada").unwrap();
        let (called, calls) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let (reader, id) = (Arc::clone(&store), ada.clone());
        let committed = move || {
            let _ = called.send(reader.customer(&id).is_ok());
            let _ = held.recv();
        };
        let queue = Queue::start(Arc::clone(&store), committed);
        let create: Change = Box::new(move |tx| {
            tx.create_customer(&Customer::with_id(ada.clone(), tx.store().now()))?;
            Ok(Ok(Answer::empty()))
        });
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        assert!(runtime.block_on(queue.write(create)).is_ok());
        assert_eq!(calls.recv(), Ok(true));
        drop(release);
    }
}
