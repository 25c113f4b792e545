//! Exchange: one request on its way to its answer.
//!
//! The order is that of the contracts: who asks (401), may they (403), is there such a thing (404),
//! is it said right (400); nothing is told to somebody who may not know it.

use std::net::IpAddr;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{RawPathParams, Request};
use axum::http::Response;
use axum::http::header::{
    ACCEPT_LANGUAGE, ALLOW, EXPECT, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use http_body_util::{BodyExt, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::answer::Answer;
use super::body::{self, Accepts};
use super::call::Call;
use super::door::Door;
use super::failure::{Failure, Outcome};
use super::meters::Meter;
use super::retry::{self, Turn};
use super::route::{Asked, Dialect, Needs, Route, Work};
use super::{BODY_BYTES_MAX, REQUEST_ID_CHARS_MAX, TARGET_BYTES_MAX, WORK_WAIT};
use super::{acknowledged, gate};
use crate::access::{Key, Right};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Seconds after which a refused caller may try again when too much work waits.
pub(crate) const RETRY_SECONDS: u64 = 1;

/// How much of a body that nobody wants is passed over, and for how long, before the connection is
/// closed.
const UNREAD_BYTES_MAX: usize = 8 * BODY_BYTES_MAX;
const UNREAD_WAIT: Duration = Duration::from_secs(2);

/// From where a request comes; the listener notes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Where a request arrived: whose words, and which route, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) dialect: &'static Dialect,
    pub(crate) route: Option<&'static Route>,
    pub(crate) meter: Meter,
    /// The number of the mount.
    pub(crate) mount: usize,
}

/// A request that was read.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) parts: Parts,
    pub(crate) path: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// The permit of a body that may be long, for as long as it is kept.
    pub(crate) room: Option<OwnedSemaphorePermit>,
    pub(crate) key: Option<Key>,
    pub(crate) request_id: String,
}

impl Received {
    /// A request of which nothing but its head has been read.
    fn begin(parts: Parts, path: Vec<(String, String)>, request_id: String) -> Self {
        Self { parts, path, body: Bytes::new(), room: None, key: None, request_id }
    }

    /// The request as a handler sees it.
    pub(crate) fn call<'a>(&'a self, door: &'a Door) -> Call<'a> {
        Call {
            store: &door.store,
            door,
            key: self.key.as_ref(),
            target: self.parts.uri.path(),
            path: &self.path,
            query: self.parts.uri.query().unwrap_or_default(),
            headers: &self.parts.headers,
            body: &self.body,
        }
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        let language = self.parts.headers.get(ACCEPT_LANGUAGE);
        Asked {
            target: self.parts.uri.path(),
            request_id: &self.request_id,
            language: language.and_then(|value| value.to_str().ok()),
        }
    }
}

/// Answers one request.
pub(crate) async fn run(
    door: Arc<Door>,
    place: Place,
    path: Option<RawPathParams>,
    request: Request,
) -> Response<Body> {
    let (begun, _in_flight) = (Instant::now(), door.meters.begin());
    let (parts, mut body) = request.into_parts();
    let request_id = request_id(&door, &parts);
    let path = path.iter().flatten();
    let path = path.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut received = Received::begin(parts, path, request_id);
    let admitted = admit(&door, place, &mut received, &mut body).await;
    pass_over(&received.parts, body);
    let received = Arc::new(received);
    // What cannot be preferred is refused before anything is done.
    let admitted = admitted.and_then(|route| {
        Ok((route, acknowledged::preferred(route.work, &received.parts.headers)?))
    });
    let (done, level) = match admitted {
        Ok((route, preferred)) => {
            let done = work(&door, place.dialect, route, &received).await;
            let level = acknowledged::reached(&door, route.work, &received, &done, preferred).await;
            (done, level)
        }
        Err(failure) => (Err(failure), None),
    };
    let mut response = finish(&door, place, &received, begun, done);
    if let Some(level) = level {
        acknowledged::tell(level, &mut response);
    }
    response
}

/// Answers a method that a path does not have; `is_open` where everybody may know that.
pub(crate) async fn refuse_method(
    door: Arc<Door>,
    place: Place,
    allow: &str,
    is_open: bool,
    request: Request,
) -> Response<Body> {
    let (begun, _in_flight) = (Instant::now(), door.meters.begin());
    let (parts, mut body) = request.into_parts();
    let request_id = request_id(&door, &parts);
    let mut received = Received::begin(parts, Vec::new(), request_id);
    let signed_in = match is_open {
        true => Ok(false),
        false => gate::sign_in(&door, &mut received, &mut body, &Accepts::JSON).await,
    };
    pass_over(&received.parts, body);
    let failure = match signed_in {
        Ok(_) => Failure::MethodNotAllowed(allow.to_owned()),
        Err(failure) => failure,
    };
    finish(&door, place, &received, begun, Err(failure))
}

/// Lets a request in: its route, once it is known who asks and that they may, and its body is read.
async fn admit(
    door: &Door,
    place: Place,
    received: &mut Received,
    body: &mut Body,
) -> Outcome<&'static Route> {
    let target = received.parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET_BYTES_MAX {
        return Err(Failure::TargetTooLong(TARGET_BYTES_MAX));
    }
    let needs = place.route.map_or(Needs::Key, |route| route.needs);
    let accepts = place.route.map_or(Accepts::JSON, Route::accepts);
    let mut is_read = false;
    if needs != Needs::Nothing {
        is_read = gate::sign_in(door, received, body, &accepts).await?;
    }
    let route = place.route.ok_or(Failure::NoRoute)?;
    if let (Needs::Right(any), Some(key)) = (needs, &received.key) {
        if !any.iter().any(|right| key.rights.has(*right)) {
            return Err(Failure::Forbidden(any.first().copied().unwrap_or(Right::Admin)));
        }
        if any.contains(&Right::Sync) {
            let mut paces = door.paces.lock().unwrap_or_else(PoisonError::into_inner);
            paces.take(&key.id, door.store.now()).map_err(Failure::TooManyRequests)?;
        }
    }
    if route.work.reads_body() && !is_read {
        body::read(door, received, body, &accepts).await?;
    }
    Ok(route)
}

/// Reads on what is left of a body and forgets it: a connection that is closed over unread bytes is
/// reset, and the answer may be lost with it. Whoever waits to be asked for the body sends none.
fn pass_over(parts: &Parts, body: Body) {
    if body.is_end_stream() || parts.headers.contains_key(EXPECT) {
        return;
    }
    let mut rest = Limited::new(body, UNREAD_BYTES_MAX);
    tokio::spawn(timeout(
        UNREAD_WAIT,
        async move { while let Some(Ok(_)) = rest.frame().await {} },
    ));
}

/// Runs the handler where it may wait as long as it has to.
async fn work(
    door: &Arc<Door>,
    dialect: &'static Dialect,
    route: &'static Route,
    received: &Arc<Received>,
) -> Outcome<Answer> {
    match route.work {
        Work::Look(look) => {
            let call = received.call(door);
            let caught = panic::catch_unwind(AssertUnwindSafe(|| look(&call)));
            caught.unwrap_or_else(|_| Err(Failure::Fault("a handler panicked".to_owned())))
        }
        Work::List(list) => {
            let lists = &door.lists;
            apart(door, received, lists, move |door, received| list(&received.call(door))).await
        }
        Work::Write(write) => retry::write(door, dialect, route.accepts(), received, write).await,
        Work::Apart(lane, f) => {
            let accepts = route.accepts();
            accepts.check_type(received)?;
            // One of each key at a time: a node asks one question after another, and so it cannot take
            // the permits of all others. It is as if all had the name that no request can bring.
            let turn = match &received.key {
                Some(key) => {
                    let turn = Turn::take(door, key, "");
                    Some(turn.ok_or(Failure::TooManyRequests(RETRY_SECONDS))?)
                }
                None => None,
            };
            let run = move |door: &Door, received: &Received| {
                let _turn = turn;
                let body = body::unpacked(received, &accepts)?;
                f(&Call { body: &body, ..received.call(door) })
            };
            // Whoever waits too long is told to come back while the work goes on, and it may be done
            // all the same; so only work is done here that does nothing twice.
            apart(door, received, door.permits(lane), run).await
        }
    }
}

/// Runs `f` on a thread of its own, if one of `permits` is left.
async fn apart(
    door: &Arc<Door>,
    received: &Arc<Received>,
    permits: &Arc<Semaphore>,
    f: impl FnOnce(&Door, &Received) -> Outcome<Answer> + Send + 'static,
) -> Outcome<Answer> {
    let Ok(permit) = Arc::clone(permits).try_acquire_owned() else {
        return Err(Failure::Overloaded(RETRY_SECONDS));
    };
    let (door, received) = (Arc::clone(door), Arc::clone(received));
    let task = tokio::task::spawn_blocking(move || {
        let done = f(&door, &received);
        drop(permit);
        done
    });
    // The thread goes on and keeps its permit; only the caller is told.
    match timeout(WORK_WAIT, task).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Failure::Fault("a handler panicked".to_owned())),
        Err(_) => Err(Failure::Overloaded(RETRY_SECONDS)),
    }
}

/// The answer with its headers, once it is counted and logged.
fn finish(
    door: &Door,
    place: Place,
    received: &Received,
    begun: Instant,
    done: Outcome<Answer>,
) -> Response<Body> {
    let mut response = match done {
        Ok(answer) => answer.into_response(),
        Err(failure) => {
            door.meters.note_refusal(&failure);
            if let Some(fault) = failure.fault() {
                tracing::error!(request_id = received.request_id, fault);
            }
            let refused = (place.dialect.refuse)(&failure, &received.asked());
            let mut response = refused.into_response();
            refusal_headers(&failure, &mut response);
            response
        }
    };
    if let Ok(id) = HeaderValue::try_from(received.request_id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let took = begun.elapsed();
    door.meters.note(place.meter, response.status().as_u16(), took);
    let route = place.route.map_or("-", |route| route.path);
    tracing::info!(
        request_id = received.request_id,
        dialect = place.dialect.name,
        method = received.parts.method.as_str(),
        route,
        status = response.status().as_u16(),
        microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        key = received.key.as_ref().map(|key| key.id.as_str()),
    );
    response
}

/// What the protocol wants to be told beside the body.
fn refusal_headers(failure: &Failure, response: &mut Response<Body>) {
    let headers = response.headers_mut();
    if let Some(seconds) = failure.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    match failure {
        Failure::Unauthenticated(_) => {
            for way in gate::CHALLENGES {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(way));
            }
        }
        Failure::MethodNotAllowed(allow) => {
            if let Ok(allow) = HeaderValue::try_from(allow.as_str()) {
                headers.insert(ALLOW, allow);
            }
        }
        _ => {}
    }
}

/// The name that the caller gave the request, if it is fit for a log, or one of our own.
fn request_id(door: &Door, parts: &Parts) -> String {
    let sent = parts.headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fit = |id: &&str| {
        (1..=REQUEST_ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    sent.filter(fit).map_or_else(|| door.request_id(), str::to_owned)
}
