//! Door: a store, the dialects it is served in, and what is counted while it is open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodRouter, on};
use tokio::sync::Semaphore;

use super::attempts::Attempts;
use super::exchange::{self, Place};
use super::retry::Running;
use super::route::{Dialect, Route};
use super::{LISTS_MAX, WRITES_MAX};
use crate::store::Store;

/// A store with everything that a request needs to be answered.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) store: Arc<Store>,
    mounts: Vec<Mount>,
    pub(crate) settings: Settings,
    /// Failed sign-ins by address.
    pub(crate) attempts: Mutex<Attempts>,
    /// Idempotency keys of requests that have no answer yet, each with the key that sent it.
    pub(crate) running: Running,
    /// One permit for every write that waits for its commit.
    pub(crate) writes: Arc<Semaphore>,
    /// One permit for every look at many rows.
    pub(crate) lists: Arc<Semaphore>,
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
}

impl Door {
    pub(crate) fn new(store: Arc<Store>, mounts: Vec<Mount>, settings: Settings) -> Self {
        Self {
            store,
            mounts,
            settings,
            attempts: Mutex::default(),
            running: Mutex::default(),
            writes: Arc::new(Semaphore::new(WRITES_MAX)),
            lists: Arc::new(Semaphore::new(LISTS_MAX)),
        }
    }

    /// All routes of all mounts.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        let mut paths: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for mount in &self.mounts {
            for route in mount.dialect.routes {
                let path = format!("{}{}", mount.base, route.path);
                let place = Place { dialect: mount.dialect, route: Some(route) };
                paths.entry(path).or_default().push(place);
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
                let dialect = door.dialect_of(request.uri().path());
                exchange::run(door, Place { dialect, route: None }, None, request).await
            }
        })
    }

    /// The methods of one path; another one is told which there are.
    fn methods(self: &Arc<Self>, places: Vec<Place>) -> MethodRouter {
        let mut methods = MethodRouter::new();
        let allow: Vec<&str> =
            places.iter().filter_map(|place| Some(place.route?.method.as_str())).collect();
        let allow: Arc<str> = allow.join(", ").into();
        let dialect = places.first().map(|place| place.dialect);
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
        let door = Arc::clone(self);
        match dialect {
            None => methods,
            Some(dialect) => methods.fallback(move |request: Request| {
                let (door, allow) = (Arc::clone(&door), Arc::clone(&allow));
                async move { exchange::refuse_method(door, dialect, &allow, request).await }
            }),
        }
    }

    /// In whose words a path is refused that nobody has: the longest base that it begins with.
    fn dialect_of(&self, path: &str) -> &'static Dialect {
        let within = |mount: &&Mount| {
            path.strip_prefix(mount.base.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let longest = self.mounts.iter().filter(within).max_by_key(|mount| mount.base.len());
        longest.or(self.mounts.first()).map_or(&super::portos::DIALECT, |mount| mount.dialect)
    }
}
