//! A parent that does its work, until it is told to do something else.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use tillbook::sync::{Limit, wire};
use tillbook::{Error, ManualClock, NodeId, Store};

use crate::shop::Shop;

/// What it does in place of its work, once, with a question whose path has this text.
#[derive(Debug, Clone)]
pub(super) enum Trick {
    /// Answers this status and problem.
    Refuse(u16, &'static str),
    /// Does the work and hangs up before the answer.
    Forget,
    /// Changes the answer.
    Change(fn(&mut Vec<u8>)),
}

/// A store behind the routes of sync.
pub(super) struct Parent {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<ManualClock>,
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    asked: Mutex<Vec<(String, usize)>>,
    tricks: Mutex<VecDeque<(&'static str, Trick)>>,
    /// A batch of more operations is too large.
    batch_max: AtomicUsize,
    is_silent: AtomicBool,
    /// What every answer asks for, in seconds.
    retry_after: AtomicU64,
    n_unanswered: AtomicUsize,
    child: Mutex<Option<NodeId>>,
}

impl Parent {
    pub(super) fn start(seed: u64) -> Self {
        let Shop { store, clock, .. } = Shop::in_memory(seed);
        let store = Arc::new(store);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        state.batch_max.store(usize::MAX, Ordering::SeqCst);
        let (served, kept) = (Arc::clone(&store), Arc::clone(&state));
        // It ends with the process, as its listener is never closed.
        thread::spawn(move || {
            for wire in listener.incoming().map_while(Result::ok) {
                let (store, state) = (Arc::clone(&served), Arc::clone(&kept));
                thread::spawn(move || serve(&wire, &store, &state));
            }
        });
        Self { store, clock, address, state }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Does this with the next question that fits; tricks come in their order.
    pub(super) fn trick(&self, path: &'static str, trick: Trick) {
        self.state.tricks.lock().unwrap().push_back((path, trick));
    }

    /// Takes no batch of more operations.
    pub(super) fn take_at_most(&self, n: usize) {
        self.state.batch_max.store(n, Ordering::SeqCst);
    }

    /// Asks to be left alone for so many seconds, in every answer from now on.
    pub(super) fn retry_after(&self, seconds: u64) {
        self.state.retry_after.store(seconds, Ordering::SeqCst);
    }

    /// Answers nothing from now on.
    pub(super) fn silence(&self) {
        self.state.is_silent.store(true, Ordering::SeqCst);
    }

    pub(super) fn n_unanswered(&self) -> usize {
        self.state.n_unanswered.load(Ordering::SeqCst)
    }

    /// How often it was asked for something.
    pub(super) fn n_asked(&self, path: &str) -> usize {
        self.state.asked.lock().unwrap().iter().filter(|(asked, _)| asked.contains(path)).count()
    }

    /// How many operations each batch had.
    pub(super) fn batches(&self) -> Vec<usize> {
        let asked = self.state.asked.lock().unwrap();
        asked.iter().filter(|(asked, _)| asked.contains("/push")).map(|(_, n)| *n).collect()
    }
}

fn serve(wire: &TcpStream, store: &Store, state: &State) {
    let mut reader = BufReader::new(wire);
    while let Some((path, body)) = request(&mut reader) {
        if state.is_silent.load(Ordering::SeqCst) {
            state.n_unanswered.fetch_add(1, Ordering::SeqCst);
            let _ = reader.read(&mut [0]);
            return;
        }
        let n_lines = body.iter().filter(|byte| **byte == b'\n').count();
        state.asked.lock().unwrap().push((path.clone(), n_lines));
        let mut tricks = state.tricks.lock().unwrap();
        let trick = match tricks.front() {
            Some((wanted, _)) if path.contains(wanted) => tricks.pop_front().map(|(_, it)| it),
            _ => None,
        };
        drop(tricks);
        let (status, mut answer) = match &trick {
            Some(Trick::Refuse(status, code)) => refusal(*status, code),
            _ if path.contains("/push") && n_lines > state.batch_max.load(Ordering::SeqCst) => {
                refusal(413, "too-large")
            }
            _ => work(store, state, &path, &body).unwrap_or_else(|error| match error {
                Error::CursorReset => refusal(410, "reset"),
                Error::UnknownChild(_) => refusal(403, "unknown-child"),
                Error::NotAChild(_) => refusal(409, "not-a-child"),
                error => panic!("{error:?}"),
            }),
        };
        match trick {
            Some(Trick::Forget) => return,
            Some(Trick::Change(change)) => change(&mut answer),
            _ => {}
        }
        let head = format!(
            "HTTP/1.1 {status} X\r\nRetry-After: {}\r\nContent-Length: {}\r\n\r\n",
            state.retry_after.load(Ordering::SeqCst),
            answer.len()
        );
        let _ = (&mut &*wire).write_all(&[head.as_bytes(), &answer].concat());
    }
}

fn refusal(status: u16, code: &str) -> (u16, Vec<u8>) {
    let body = format!("{{\"code\":\"{code}\",\"detail\":\"the parent says {code}\"}}");
    (status, body.into_bytes())
}

fn work(store: &Store, state: &State, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), Error> {
    let child = *state.child.lock().unwrap();
    let child = || child.ok_or(Error::UnknownChild(store.node()));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let given =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let answer = match path.rsplit('/').next().unwrap_or_default() {
        "hello" => {
            let hello = wire::read_hello(body)?;
            let session = store.admit(&hello)?;
            *state.child.lock().unwrap() = Some(hello.node);
            wire::write_session(&session)
        }
        "push" => wire::write_received(&store.receive(child()?, &wire::read_batch(body)?)?),
        "buckets" => wire::write_buckets(&store.buckets()?),
        "pull" => {
            let cursor = given("cursor").map(|text| wire::read_cursor(text).unwrap());
            let repair = given("repair").map(|text| wire::read_repair(text).unwrap());
            let items = given("limit").unwrap().parse().unwrap();
            let limit = Limit { items, ..Limit::PAGE };
            let page = match repair {
                Some(repair) => {
                    store.changes_to_repair(child()?, cursor.as_ref(), &repair, limit)?
                }
                None => store.changes_since(child()?, cursor.as_ref(), limit)?,
            };
            wire::write_page(&page)
        }
        _ => return Ok(refusal(404, "no-route")),
    };
    Ok((200, answer))
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    if head.contains("Content-Encoding: zstd") {
        body = zstd::decode_all(&*body).unwrap();
    }
    Some((head.split(' ').nth(1)?.to_owned(), body))
}
