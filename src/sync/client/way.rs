//! Way: to the parent, by a key that a person has pinned, by one that this file remembers, or by a
//! certificate.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::error::LinkError;
use super::pin::Pin;
use super::request::{Request, Response};
use super::{Link, LinkOptions, lock};

/// The way to the parent.
///
/// A pin that a person has given is the only proof. A pin that this file remembers is a second one
/// beside the certificate: with it the parent is found however wrong the clock is, and without it a
/// parent whose certificate was made anew is still believed by its authority.
#[derive(Debug)]
pub(super) struct Way {
    options: LinkOptions,
    /// As the options say.
    given: Link,
    /// By the key that is remembered.
    remembered: Mutex<Option<(Pin, Arc<Link>)>>,
    is_cut: AtomicBool,
}

impl Way {
    pub(super) fn new(options: LinkOptions, remembered: Option<Pin>) -> Result<Self, LinkError> {
        let given = Link::new(options.clone())?;
        let (remembered_link, is_cut) = (Mutex::default(), AtomicBool::new(false));
        let way = Self { options, given, remembered: remembered_link, is_cut };
        if let Some(pin) = remembered {
            way.remember(pin)?;
        }
        Ok(way)
    }

    /// Asks the parent, see [`Link::send`].
    pub(super) fn send(&self, request: &Request<'_>) -> Result<Response, LinkError> {
        let remembered = lock(&self.remembered).as_ref().map(|(_, link)| Arc::clone(link));
        let Some(remembered) = remembered else { return self.given.send(request) };
        match remembered.send(request) {
            Err(mismatch @ LinkError::PinMismatch { .. }) => match self.given.send(request) {
                Err(LinkError::Tls { .. }) => Err(mismatch),
                told => told,
            },
            told => told,
        }
    }

    /// A key that the parent has proved to have by its certificate and that is not remembered yet.
    pub(super) fn new_pin(&self) -> Option<Pin> {
        let remembered = lock(&self.remembered).as_ref().map(|(pin, _)| *pin);
        let is_asked = self.options.pin.is_none() && self.given.tls.is_some();
        self.given.peer_pin().filter(|pin| is_asked && remembered != Some(*pin))
    }

    /// Believes whoever has this key from now on; where a person has given a pin, or nothing is
    /// encrypted, there is nothing to believe.
    pub(super) fn remember(&self, pin: Pin) -> Result<(), LinkError> {
        if self.options.pin.is_some() || self.given.tls.is_none() {
            return Ok(());
        }
        let link = Arc::new(Link::new(LinkOptions { pin: Some(pin), ..self.options.clone() })?);
        *lock(&self.remembered) = Some((pin, Arc::clone(&link)));
        if self.is_cut.load(Ordering::SeqCst) {
            link.interrupt();
        }
        Ok(())
    }

    /// Ends the request that runs, and refuses every later one.
    pub(super) fn interrupt(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        self.given.interrupt();
        if let Some((_, link)) = &*lock(&self.remembered) {
            link.interrupt();
        }
    }
}
