//! Door: a store, the dialects it is served in, and what is counted while it is open.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodRouter, any, on};
use tokio::sync::Semaphore;

use super::attempts::Attempts;
use super::backlog::Backlog;
use super::exchange::{self, Place};
use super::meters::Meters;
use super::pace::Paces;
use super::queue::Queue;
use super::retry::Running;
use super::route::{Dialect, Lane, Route};
use super::status::{self, Pages};
use super::{LISTS_MAX, LONG_BODIES_MAX, PULLS_MAX, PUSHES_MAX};
use crate::store::Store;

/// A store with everything that a request needs to be answered.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) store: Arc<Store>,
    mounts: Vec<Mount>,
    pub(crate) settings: Settings,
    /// Failed sign-ins by address.
    pub(crate) attempts: Mutex<Attempts>,
    /// How often each node has asked.
    pub(crate) paces: Mutex<Paces>,
    /// Idempotency keys of requests that have no answer yet, each with the key that sent it.
    pub(crate) running: Running,
    /// The writes that wait for their commit.
    pub(crate) queue: Queue,
    /// The rows of bulks that wait.
    pub(crate) backlog: Arc<Backlog>,
    /// One permit for every look at many rows.
    pub(crate) lists: Arc<Semaphore>,
    /// One for every push, and one for every pull.
    pushes: Arc<Semaphore>,
    pulls: Arc<Semaphore>,
    /// One for every body that may be long, from before it is read until its answer is known.
    pub(crate) long_bodies: Arc<Semaphore>,
    pub(crate) meters: Meters,
    /// What is told of the routes, made when it is first asked for.
    pages: OnceLock<Pages>,
    /// What names requests: drawn at the start, and a count.
    requests: (String, AtomicU64),
}

/// A dialect at its base path.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    pub(crate) dialect: &'static Dialect,
    /// Begins with a slash and does not end with one; empty at the root.
    pub(crate) base: String,
}

/// What the door is told at its start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Whether a proxy in front may name the host and the address that were asked.
    pub(crate) is_forwarded: bool,
    /// Whether the door itself speaks TLS.
    pub(crate) is_tls: bool,
}

impl Door {
    /// The door with these mounts; its own routes are always there.
    pub(crate) fn new(store: Arc<Store>, mut mounts: Vec<Mount>, settings: Settings) -> Self {
        // The first, so that another dialect at the root refuses what nobody has.
        mounts.insert(0, Mount { dialect: &status::DIALECT, base: String::new() });
        let backlog = Arc::new(Backlog::start(Arc::clone(&store)));
        let taken_on = Arc::clone(&backlog);
        Self {
            queue: Queue::start(Arc::clone(&store), move || taken_on.wake()),
            backlog,
            requests: (request_prefix(&store), AtomicU64::new(1)),
            store,
            meters: Meters::new(&mounts),
            pages: OnceLock::new(),
            mounts,
            settings,
            attempts: Mutex::default(),
            paces: Mutex::default(),
            running: Mutex::default(),
            lists: Arc::new(Semaphore::new(LISTS_MAX)),
            pushes: Arc::new(Semaphore::new(PUSHES_MAX)),
            pulls: Arc::new(Semaphore::new(PULLS_MAX)),
            long_bodies: Arc::new(Semaphore::new(LONG_BODIES_MAX)),
        }
    }

    /// The permits of a lane.
    pub(crate) fn permits(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Push => &self.pushes,
            Lane::Pull => &self.pulls,
        }
    }

    /// What is told of the routes.
    pub(crate) fn pages(&self) -> &Pages {
        self.pages.get_or_init(|| Pages::new(&self.mounts))
    }

    /// A name for a request that has brought none.
    pub(crate) fn request_id(&self) -> String {
        let (prefix, next) = &self.requests;
        format!("{prefix}-{}", next.fetch_add(1, Ordering::Relaxed))
    }

    /// All routes of all mounts.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        let mut paths: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (n, mount) in self.mounts.iter().enumerate() {
            for (route_n, route) in mount.dialect.routes.iter().enumerate() {
                let path = format!("{}{}", mount.base, route.path);
                paths.entry(path).or_default().push(self.place(n, Some(route_n)));
            }
        }
        let mut router = Router::new();
        for (path, places) in paths {
            router = router.route(&path, self.methods(places));
        }
        let door = Arc::clone(&self);
        router.fallback(move |request: Request| {
            let door = Arc::clone(&door);
            async move {
                let place = door.place(door.mount_of(request.uri().path()), None);
                exchange::run(door, place, None, request).await
            }
        })
    }

    /// The route with number `route` of the mount with number `mount`, or none of its routes.
    fn place(&self, mount: usize, route: Option<usize>) -> Place {
        let dialect = self.mounts.get(mount).map_or(&status::DIALECT, |mount| mount.dialect);
        let meter = Meters::meter(&self.mounts, mount, route);
        Place { dialect, route: route.and_then(|n| dialect.routes.get(n)), meter, mount }
    }

    /// The methods of one path; another one is told which there are.
    fn methods(self: &Arc<Self>, places: Vec<Place>) -> MethodRouter {
        let Some(first) = places.first().copied() else { return MethodRouter::new() };
        let allow: Vec<&str> =
            places.iter().filter_map(|place| Some(place.route?.method.as_str())).collect();
        let allow: Arc<str> = allow.join(", ").into();
        let is_open = places.iter().any(|place| place.route.is_some_and(Route::is_open));
        let (door, unknown) = (Arc::clone(self), self.place(first.mount, None));
        // Not as the `fallback` of the others, because that tells strangers which methods there are.
        let mut methods = any(move |request: Request| {
            let (door, allow) = (Arc::clone(&door), Arc::clone(&allow));
            async move { exchange::refuse_method(door, unknown, &allow, is_open, request).await }
        });
        for place in places {
            let Some(Route { method, .. }) = place.route else { continue };
            let door = Arc::clone(self);
            methods = methods.merge(on(
                method.filter(),
                // A part that is no UTF-8 names nothing, and that is said in the dialect's words.
                move |parts: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
                    exchange::run(Arc::clone(&door), place, parts.ok(), request)
                },
            ));
        }
        methods
    }

    /// In whose words a path is refused that nobody has: the longest base that it begins with.
    fn mount_of(&self, path: &str) -> usize {
        let within = |mount: &Mount| {
            path.strip_prefix(mount.base.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = self.mounts.iter().enumerate().filter(|(_, mount)| within(mount));
        found.max_by_key(|(_, mount)| mount.base.len()).map_or(0, |(n, _)| n)
    }
}

/// Tells the requests of this start from those of all others: the random end of a fresh id.
fn request_prefix(store: &Store) -> String {
    let id = store.stamp().id.simple().to_string();
    id.get(20..).unwrap_or(&id).to_owned()
}
