//! Acknowledged: how far what was written has come, in a header of every write that was done, and
//! waiting for it where a caller prefers that (RFC 7240).
//!
//! Whoever waits holds no thread and no connection to the file: the task sleeps, and looks again when
//! something was committed here, which is how this node takes note of what its parent has.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::ACKNOWLEDGED_WAIT_MAX;
use super::answer::Answer;
use super::door::Door;
use super::exchange::Received;
use super::failure::{Failure, Outcome, Violation};
use super::route::Work;
use crate::store::Store;
use crate::sync::Acknowledgement;

/// What a caller would like.
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// How far everything has come that this node has written, up to the write that is answered.
pub(crate) const ACKNOWLEDGED: HeaderName = HeaderName::from_static("tillbook-acknowledged");

/// How often whoever waits looks whether something was committed: a round with the parent takes longer.
const LOOK_WAIT: Duration = Duration::from_millis(50);

/// Whether the door is being closed; the listener notes it with each request.
#[derive(Debug, Clone)]
pub(crate) struct Closing(pub(crate) watch::Receiver<bool>);

/// How far a caller would like a write to come before the answer, and how long it waits for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Preferred {
    level: Acknowledgement,
    wait: Duration,
}

/// What the caller of a write prefers: `Prefer: acknowledged=hub, wait=10`. Without `wait` it is
/// [`ACKNOWLEDGED_WAIT_MAX`], and never longer. Preferences of other names are passed over.
pub(crate) fn preferred(work: Work, headers: &HeaderMap) -> Outcome<Option<Preferred>> {
    if !matches!(work, Work::Write(_)) {
        return Ok(None);
    }
    let (mut level, mut wait) = (None, None);
    for list in headers.get_all(PREFER) {
        let list = list.to_str().map_err(|_| broken("must be text"))?;
        let mut is_quoted = false;
        let ends = |letter: char| {
            is_quoted ^= letter == '"';
            letter == ',' && !is_quoted
        };
        for (name, value) in list.split(ends).map(preference) {
            // Of one that is given twice the first counts.
            if name.eq_ignore_ascii_case("acknowledged") && level.is_none() {
                let known = Acknowledgement::parse(value);
                let rule = "`acknowledged` must be local, hub or root";
                level = Some(known.ok_or_else(|| broken(rule))?);
            } else if name.eq_ignore_ascii_case("wait") && wait.is_none() {
                wait = Some(seconds(value).ok_or_else(|| broken("`wait` must be whole seconds"))?);
            }
        }
    }
    let wait = wait.map_or(ACKNOWLEDGED_WAIT_MAX, |wait| wait.min(ACKNOWLEDGED_WAIT_MAX));
    Ok(level.map(|level| Preferred { level, wait }))
}

/// Name and value of one preference, whose value may stand in quotes and may have parameters behind it.
fn preference(text: &str) -> (&str, &str) {
    let text = text.split(';').next().unwrap_or_default();
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let value = value.trim();
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    (name.trim(), bare.unwrap_or(value))
}

/// A number that is longer than any wait is one all the same.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

fn broken(rule: &str) -> Failure {
    Failure::Header(Violation::new("Prefer", rule))
}

/// How far a write that was done has come, at the latest when the caller waits no longer or the door
/// is being closed; `None` of what is no write or was refused, and where the file cannot tell: the write
/// is done all the same.
pub(crate) async fn reached(
    door: &Door,
    work: Work,
    received: &Received,
    done: &Outcome<Answer>,
    preferred: Option<Preferred>,
) -> Option<Acknowledgement> {
    let is_done = done.as_ref().is_ok_and(|answer| answer.status.is_success());
    if !is_done || !matches!(work, Work::Write(_)) {
        return None;
    }
    let store = &*door.store;
    let mut written = store.written().ok()?;
    if let Some(Preferred { level, wait }) = preferred {
        let closing = received.parts.extensions.get::<Closing>();
        let is_closing = || closing.is_some_and(|Closing(closed)| *closed.borrow());
        let come = async {
            while !is_closing() {
                // The count first: what is committed after the look moves it.
                let n = store.n_commits();
                match store.acknowledgement_of(&mut written) {
                    Ok(reached) if reached < level => next_commit(store, n, &is_closing).await,
                    _ => return,
                }
            }
        };
        // Whoever waits too long hears how far it has come.
        let _ = timeout(wait, come).await;
    }
    store.acknowledgement_of(&mut written).ok()
}

/// Returns when there were more commits than `n`, or when the door is being closed.
async fn next_commit(store: &Store, n: u64, is_closing: &impl Fn() -> bool) {
    while store.n_commits() == n && !is_closing() {
        sleep(LOOK_WAIT).await;
    }
}

/// Says it in the answer.
pub(crate) fn tell(level: Acknowledgement, response: &mut Response<Body>) {
    response.headers_mut().insert(ACKNOWLEDGED, HeaderValue::from_static(level.as_str()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Acknowledgement::{Hub, Local, Root};

    /// A level, and how many seconds it is waited for.
    type Wanted = Option<(Acknowledgement, u64)>;

    fn told(lines: &[&'static str]) -> Result<Wanted, String> {
        let write = Work::Write(|_, _| Ok(Answer::empty()));
        let mut all = HeaderMap::new();
        for line in lines {
            all.append(PREFER, HeaderValue::from_static(line));
        }
        match preferred(write, &all) {
            Ok(found) => Ok(found.map(|found| (found.level, found.wait.as_secs()))),
            Err(Failure::Header(Violation { parameter, rule, .. })) => {
                Err(format!("{parameter} {rule}"))
            }
            Err(other) => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn what_a_caller_prefers() {
        let cases: &[(&[&'static str], Wanted)] = &[
            (&[], None),
            (&[""], None),
            (&["wait=10"], None),
            (&["return=minimal, respond-async"], None),
            (&["x=\"a, wait=soon\"", "acknowledged=root, wait=7"], Some((Root, 7))),
            (&["acknowledged=hub, wait=10"], Some((Hub, 10))),
            (&["wait=0,acknowledged=local"], Some((Local, 0))),
            (&["Acknowledged = \"root\" ; x=1", "WAIT=\"5\""], Some((Root, 5))),
            (&["acknowledged=hub"], Some((Hub, 30))),
            (&["acknowledged=hub, wait=99999999999999999999999"], Some((Hub, 30))),
            (&["acknowledged=hub, acknowledged=what, wait=1, wait=x"], Some((Hub, 1))),
        ];
        for (lines, expected) in cases {
            assert_eq!(told(lines), Ok(*expected), "{lines:?}");
        }
    }

    #[test]
    fn what_nobody_can_do_is_refused() {
        let level = "Prefer `acknowledged` must be local, hub or root";
        let wait = "Prefer `wait` must be whole seconds";
        for (line, expected) in [
            ("acknowledged", level),
            ("acknowledged=", level),
            ("acknowledged=HUB", level),
            ("acknowledged=centre, wait=1", level),
            ("acknowledged=hub, wait", wait),
            ("acknowledged=hub, wait=-1", wait),
            ("acknowledged=hub, wait=1.5", wait),
            ("wait=+1", wait),
            ("wait=soon", wait),
        ] {
            assert_eq!(told(&[line]), Err(expected.to_owned()), "{line}");
        }
        let look = Work::Look(|_| Ok(Answer::empty()));
        let headers = HeaderMap::from_iter([(PREFER, HeaderValue::from_static("wait=soon"))]);
        assert!(matches!(preferred(look, &headers), Ok(None)), "a read has nothing to wait for");
    }
}
