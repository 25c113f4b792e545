//! Ask: the questions of a round, and what the answers mean.

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::fault::ClientError;
use super::request::{Request, Response};
use super::way::Way;
use crate::clock::monotonic;
use crate::error::Error;
use crate::store::Store;
use crate::sync::wire::{self, Unknown};
use crate::sync::{Batch, Buckets, Cursor, Hello, Page, Received, Repair, Session};
use crate::time::Timestamp;

/// The routes of a parent.
const HELLO: &str = "/sync/v1/hello";
const PUSH: &str = "/sync/v1/push";
const PULL: &str = "/sync/v1/pull";
const BUCKETS: &str = "/sync/v1/buckets";

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// A reading of the parent's clock counts for so long; then the next one takes its place, however long
/// its way was.
const OFFSET_KEPT: Duration = Duration::from_secs(3600);
/// Two readings that are further apart than their ways explain, by this much, are of a clock that was set.
const CLOCK_SET: Duration = Duration::from_secs(2);
/// Of what a parent says in a refusal, so many characters are shown.
const DETAIL_CHARS_MAX: usize = 300;

/// How far the parent's clock is from this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// What is to be added to this clock to have the parent's, in milliseconds.
    pub ms: i64,
    /// How long the question and the answer took together: the offset is wrong by half of it at most.
    pub round_trip: Duration,
    /// When it was read.
    read_at: Instant,
}

/// A document that refuses.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

/// Who asks.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    pub(super) way: &'a Way,
    /// Whose clock it is.
    pub(super) store: &'a Store,
    /// From the answer with the shortest way.
    pub(super) offset: &'a mut Option<Offset>,
}

impl Asker<'_> {
    pub(super) fn hello(&mut self, hello: &Hello) -> Result<Session, ClientError> {
        let body = wire::write_hello(hello);
        let (answer, trip) = self.ask(&Request::post(HELLO, JSON, &body))?;
        let session = wire::read_session(&answer.body).map_err(not_understood)?;
        self.note_time(session.server_time, trip);
        Ok(session)
    }

    pub(super) fn push(&mut self, batch: &Batch) -> Result<Received, ClientError> {
        let body = wire::write_batch(batch);
        let (answer, trip) = self.ask(&Request::post(PUSH, NDJSON, &body))?;
        let received = wire::read_received(&answer.body).map_err(not_understood)?;
        self.note_time(received.server_time, trip);
        Ok(received)
    }

    pub(super) fn pull(
        &mut self,
        cursor: Option<&Cursor>,
        repair: Option<&Repair>,
        n_units: usize,
    ) -> Result<(Page, Vec<Unknown>), ClientError> {
        let mut path = format!("{PULL}?limit={n_units}");
        if let Some(cursor) = cursor {
            path.push_str(&format!("&cursor={cursor}"));
        }
        if let Some(repair) = repair {
            path.push_str(&format!("&repair={}", wire::write_repair(repair)));
        }
        let (answer, trip) = self.ask(&Request::get(&path))?;
        let (page, unknown) = wire::read_page(&answer.body).map_err(not_understood)?;
        if let Some(checkpoint) = &page.checkpoint {
            self.note_time(checkpoint.server_time, trip);
        }
        Ok((page, unknown))
    }

    pub(super) fn buckets(&mut self) -> Result<Buckets, ClientError> {
        let (answer, _) = self.ask(&Request::get(BUCKETS))?;
        wire::read_buckets(&answer.body).map_err(not_understood)
    }

    /// Asks, and tells when the question went out and how long the answer took.
    fn ask(&self, request: &Request<'_>) -> Result<(Response, Trip), ClientError> {
        let (began, sent_at) = (monotonic(), self.store.machine_now());
        let answer = self.way.send(request)?;
        let took = monotonic().saturating_duration_since(began);
        match answer.status {
            200 => Ok((answer, Trip { sent_at, took })),
            _ => Err(refused(&answer)),
        }
    }

    fn note_time(&mut self, server_time: Timestamp, Trip { sent_at, took }: Trip) {
        let half = i64::try_from(took.as_millis() / 2).unwrap_or_default();
        let ms = server_time.ms().saturating_sub(sent_at.ms().saturating_add(half));
        let is_better = self.offset.is_none_or(|known| {
            let age = monotonic().saturating_duration_since(known.read_at);
            let ways = (took + known.round_trip) / 2 + CLOCK_SET;
            // One of the two clocks was set where the ways alone do not tell the readings apart.
            let was_set = u128::from(ms.abs_diff(known.ms)) > ways.as_millis();
            took < known.round_trip || age > OFFSET_KEPT || was_set
        });
        if is_better {
            *self.offset = Some(Offset { ms, round_trip: took, read_at: monotonic() });
        }
    }
}

/// A question and its answer.
#[derive(Debug, Clone, Copy)]
struct Trip {
    sent_at: Timestamp,
    took: Duration,
}

pub(super) fn refused(answer: &Response) -> ClientError {
    let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
    let status = answer.status;
    let (code, said) = match problem {
        Some(Problem { code, title, detail }) => {
            (code, if detail.is_empty() { title } else { detail })
        }
        None => (String::new(), String::new()),
    };
    let detail = match said.as_str() {
        "" => format!("status {status}"),
        said => {
            let shown = said.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
            shown.take(DETAIL_CHARS_MAX).collect()
        }
    };
    ClientError::Refused { status, code, detail, retry_after: answer.retry_after }
}

pub(super) fn not_understood(error: Error) -> ClientError {
    ClientError::Answer(error.to_string())
}
