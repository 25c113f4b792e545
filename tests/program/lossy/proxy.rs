//! A line between a child and its parent that does what bad lines do.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use tillbook::clock::monotonic;

use super::faults::{Counts, Dice, Figures};
use crate::Result;

/// How often somebody who waits looks around.
const LOOK: Duration = Duration::from_millis(20);
/// So much is carried at once.
const PIECE_BYTES: usize = 4 << 10;

fn count(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

/// How the line is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// As good as the machine.
    Clear,
    /// Slow, and with faults.
    Bad,
    /// Nothing goes through; who comes is sent away, or left hanging.
    Away { hangs: bool },
}

struct Line {
    parent: SocketAddr,
    figures: Figures,
    dice: Dice,
    weather: Mutex<Weather>,
    /// Counts the times that the line went away.
    turn: AtomicU64,
    has_ended: AtomicBool,
    counts: Counts,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// A port on this machine behind which is the line. Clear until it is told otherwise.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    line: Arc<Line>,
}

impl Proxy {
    pub(crate) fn open(parent: SocketAddr, figures: Figures, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let line = Arc::new(Line {
            parent,
            figures,
            dice: Dice::new(seed),
            weather: Mutex::new(Weather::Clear),
            turn: AtomicU64::new(0),
            has_ended: AtomicBool::new(false),
            counts: Counts::default(),
            threads: Mutex::default(),
        });
        let own = Arc::clone(&line);
        line.keep(thread::spawn(move || own.let_in(&listener)));
        Ok(Self { address, line })
    }

    /// From now on the line is bad, and comes and goes.
    pub(crate) fn spoil(&self) {
        self.line.set(Weather::Bad);
        let own = Arc::clone(&self.line);
        self.line.keep(thread::spawn(move || own.flap()));
    }

    /// From now on the line is clear. What leads nowhere still leads nowhere.
    pub(crate) fn heal(&self) {
        self.line.set(Weather::Clear);
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.line.counts
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.has_ended.store(true, Ordering::SeqCst);
        // A thread that is waited for may have begun another one just before.
        loop {
            let thread = lock(&self.line.threads).pop();
            let Some(thread) = thread else { return };
            drop(thread.join());
        }
    }
}

impl Line {
    fn set(&self, weather: Weather) {
        *lock(&self.weather) = weather;
    }

    fn weather(&self) -> Weather {
        *lock(&self.weather)
    }

    fn keep(&self, thread: JoinHandle<()>) {
        let mut threads = lock(&self.threads);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
    }

    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    /// Waits for so long, or until the end or `is_enough`; tells whether it waited to the end.
    fn pause(&self, span: Duration, is_enough: impl Fn() -> bool) -> bool {
        let until = monotonic() + span;
        loop {
            let left = until.saturating_duration_since(monotonic());
            if left.is_zero() {
                return true;
            }
            if self.has_ended() || is_enough() {
                return false;
            }
            sleep(left.min(LOOK));
        }
    }

    /// The line goes away and comes back until it is healed.
    fn flap(&self) {
        let is_healed = || self.weather() == Weather::Clear;
        while self.pause(self.dice.around(self.figures.fair), is_healed) {
            let hangs = self.dice.below(3) == 0;
            if !self.turn_to(Weather::Away { hangs }) {
                return;
            }
            self.turn.fetch_add(1, Ordering::SeqCst);
            count(&self.counts.flaps, 1);
            let is_over = self.pause(self.dice.around(self.figures.away), is_healed);
            if !is_over || !self.turn_to(Weather::Bad) {
                return;
            }
        }
    }

    /// The healing comes from outside and stays.
    fn turn_to(&self, weather: Weather) -> bool {
        let mut now = lock(&self.weather);
        let may = *now != Weather::Clear;
        if may {
            *now = weather;
        }
        may
    }

    fn let_in(self: &Arc<Self>, listener: &TcpListener) {
        while !self.has_ended() {
            let Ok((child, _)) = listener.accept() else {
                sleep(LOOK / 2);
                continue;
            };
            count(&self.counts.connections, 1);
            match self.weather() {
                Weather::Away { hangs: false } => {
                    count(&self.counts.refused, 1);
                    reset(&child);
                }
                weather => {
                    let own = Arc::clone(self);
                    let hangs = weather == Weather::Away { hangs: true };
                    self.keep(thread::spawn(move || own.serve(&child, hangs)));
                }
            }
        }
    }

    fn serve(&self, child: &TcpStream, hangs: bool) {
        let parent = match hangs {
            true => {
                count(&self.counts.left_hanging, 1);
                self.pause(self.figures.half_open, || false);
                None
            }
            false => TcpStream::connect(self.parent).ok(),
        };
        let Some(parent) = parent else { return reset(child) };
        let connection = Connection {
            line: self,
            turn: self.turn.load(Ordering::SeqCst),
            is_over: AtomicBool::new(false),
            leads_nowhere: AtomicBool::new(false),
        };
        thread::scope(|scope| {
            scope.spawn(|| connection.carry(child, &parent));
            connection.carry(&parent, child);
        });
    }
}

/// One connection through the line.
struct Connection<'a> {
    line: &'a Line,
    /// It lives until the line goes away the next time.
    turn: u64,
    is_over: AtomicBool,
    leads_nowhere: AtomicBool,
}

impl Connection<'_> {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst) || self.line.has_ended()
    }

    /// Carries what comes from one side to the other until the connection ends.
    fn carry(&self, mut from: &TcpStream, to: &TcpStream) {
        let mut bytes = [0; PIECE_BYTES];
        let limited = from.set_nonblocking(false).and(from.set_read_timeout(Some(LOOK)));
        let limited = limited.and(to.set_nodelay(true)).and(to.set_write_timeout(Some(LOOK * 50)));
        let mut has_waited = true;
        while limited.is_ok() && !self.is_over() && self.holds() {
            match from.read(&mut bytes) {
                Err(error) if is_late(error.kind()) => has_waited = true,
                Err(_) => break,
                Ok(0) => return self.is_over.store(true, Ordering::SeqCst),
                Ok(n) => {
                    // What comes right behind something else is as late as that.
                    if !self.carry_piece(&bytes[..n], to, has_waited) {
                        break;
                    }
                    has_waited = false;
                }
            }
        }
        if self.leads_nowhere.load(Ordering::SeqCst) {
            self.line.pause(self.line.figures.half_open, || self.is_over.load(Ordering::SeqCst));
        }
        self.is_over.store(true, Ordering::SeqCst);
        reset(from);
        reset(to);
    }

    /// Whether something still goes through. When the line goes away, what is open is cut or leads
    /// nowhere from then on.
    fn holds(&self) -> bool {
        let Line { counts, dice, turn, .. } = self.line;
        if self.leads_nowhere.load(Ordering::SeqCst) {
            return false;
        }
        if turn.load(Ordering::SeqCst) == self.turn {
            return true;
        }
        if dice.below(4) == 0 {
            self.lead_nowhere();
        } else if !self.is_over.swap(true, Ordering::SeqCst) {
            count(&counts.cut, 1);
        }
        false
    }

    fn lead_nowhere(&self) {
        if !self.leads_nowhere.swap(true, Ordering::SeqCst) {
            count(&self.line.counts.half_opens, 1);
        }
    }

    /// Whether the piece went through and the next one may.
    fn carry_piece(&self, piece: &[u8], mut to: &TcpStream, has_waited: bool) -> bool {
        let Line { figures, dice, counts, .. } = self.line;
        if self.line.weather() == Weather::Clear {
            return write_all(to, piece);
        }
        let size = u64::try_from(piece.len()).unwrap_or_default();
        let mut late = Duration::from_micros(size * 1_000_000 / figures.bytes_per_second);
        if has_waited {
            late += figures.latency;
        }
        if dice.falls(figures.stalls) {
            count(&counts.stalls, 1);
            late += dice.around(figures.stall);
        }
        if !self.line.pause(late, || !self.is_whole()) {
            return self.holds();
        }
        if dice.falls(figures.half_opens) {
            self.lead_nowhere();
            return false;
        }
        if dice.falls(figures.resets) {
            count(&counts.resets, 1);
            let half = &piece[..piece.len() / 2];
            drop(to.write(half));
            // Half of it is read before the end comes.
            sleep(LOOK);
            return false;
        }
        count(&counts.bytes, size);
        write_all(to, piece)
    }

    /// Whether the connection is what it was when it began.
    fn is_whole(&self) -> bool {
        !self.is_over()
            && !self.leads_nowhere.load(Ordering::SeqCst)
            && self.line.turn.load(Ordering::SeqCst) == self.turn
    }
}

fn write_all(mut to: &TcpStream, piece: &[u8]) -> bool {
    to.write_all(piece).is_ok()
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// The socket says "reset" when it is closed, not "end".
fn reset(stream: &TcpStream) {
    if let Ok(stream) = stream.try_clone() {
        drop(tokio::net::TcpSocket::from_std_stream(stream).set_zero_linger());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
