//! The parent: how it is named, and what a person can do when it is not heard from.

use std::path::Path;

use tillbook::sync::client::{ClientError, Fetched, LinkError, LinkOptions, bootstrap_from};
use tillbook::sync::snapshot::Bootstrapped;
use tillbook::{Error, Options};

use super::failure::Failure;
use super::output::activity;
use super::sourced::Given;

/// Where the parent is, as flags say it.
#[derive(Debug, clap::Args)]
pub(super) struct ParentFlags {
    /// Whose child the file is: what another `tillbook serve` prints as `at`, as others reach it.
    #[arg(long, value_name = "URL")]
    parent: Option<String>,
    /// The key of this file at the parent, made there for it alone with
    /// `tillbook key add NAME --right sync`.
    #[arg(long, value_name = "KEY")]
    parent_key: Option<String>,
    /// The public key that the parent must prove to have, as its `tillbook serve` prints it; then no
    /// certificate counts, and no clock [default: the first one that a valid certificate has shown].
    #[arg(long, value_name = "PIN")]
    parent_pin: Option<String>,
    /// Certificates in PEM that are trusted beside those that browsers trust.
    #[arg(long, value_name = "FILE")]
    parent_ca: Option<String>,
}

impl ParentFlags {
    pub(super) fn given(&self) -> Given {
        let one = |value: &Option<String>| value.iter().cloned().collect();
        vec![
            ("parent", one(&self.parent)),
            ("parent-key", one(&self.parent_key)),
            ("parent-pin", one(&self.parent_pin)),
            ("parent-ca", one(&self.parent_ca)),
        ]
    }
}

/// Takes the parent's snapshot over when the file is empty. What was taken over, in words; nothing when
/// rounds must bring everything.
pub(super) fn fetch_snapshot(db: &Path, options: &LinkOptions) -> Option<String> {
    let activity = activity();
    let done =
        bootstrap_from(db, &Options::default(), options, |Fetched { n_parts, of, .. }| {
            activity.set_message(format!("fetching snapshot: {n_parts} of {of} parts"));
        });
    activity.finish_and_clear();
    match done {
        Ok(done) => done.map(|Bootstrapped { n_fetched, manifest, .. }| {
            let there = manifest.parts.len().saturating_sub(n_fetched);
            let there = if there > 0 { format!(", {there} were here") } else { String::new() };
            let mib = manifest.bytes.div_ceil(1 << 20);
            let n_units = manifest.n_units();
            format!("{n_units} rows in {mib} MiB, {n_fetched} parts fetched{there}")
        }),
        Err(error @ ClientError::LeftAlone { .. }) => {
            tracing::warn!(%error, "no snapshot of the parent");
            None
        }
        Err(error) => {
            // The first round says it again, with what can be done about it.
            tracing::info!(%error, "no snapshot of the parent");
            None
        }
    }
}

/// Why there was no round with the parent, and what to do about it.
pub(super) fn failure(error: ClientError) -> Failure {
    match (hint(&error), error) {
        (None, ClientError::Store(error)) => Failure::Store(error),
        (None, error) => Failure::said(error.to_string()),
        (Some(hint), error) => Failure::with_hint(error.to_string(), hint),
    }
}

/// What a person can do.
pub(super) fn hint(error: &ClientError) -> Option<String> {
    const AGAIN: &str = "nothing is lost: what was written here waits, and goes up when the parent \
                         can be reached";
    const ONE_KEY: &str = "every till has a key of its own: at the parent, `tillbook key add NAME --right sync` makes one for \
                           this file; write it after --parent-key";
    let text = match error {
        ClientError::Link(error) => match error {
            LinkError::PinMismatch { found, .. } => {
                return Some(format!(
                    "if the parent itself prints this pin at its start, write --parent-pin {found}; \
                     otherwise somebody else answers in its place"
                ));
            }
            LinkError::Tls { .. } => {
                "--parent-pin PIN takes the key that the parent prints at its start; --parent-ca FILE \
                 trusts another authority"
            }
            LinkError::Protocol(_) => "--parent names the address of a `tillbook serve`",
            _ => AGAIN,
        },
        ClientError::Refused { status, code, .. } => match (*status, code.as_str()) {
            (_, "key-of-another-node" | "node-of-another-key") => ONE_KEY,
            (401, _) => {
                "the parent knows no such key, or it was revoked there; look at --parent-key"
            }
            (_, "not-a-child") => {
                "the file can go on by itself; to become a child, it must be a whole file of its own \
                 that counts in the parent's currency"
            }
            (_, "protocol") => "update the older of the two programs, the parent first",
            (403, "forbidden") => {
                "the key lacks the right: at the parent, `tillbook key add NAME --right sync` makes one"
            }
            (404 | 405, _) => {
                "--parent names the address of a `tillbook serve` that has sync at /sync/v1"
            }
            (300..=399, _) => {
                "the parent is somewhere else by now, and no key is sent after it: --parent names the \
                 address of the `tillbook serve` itself"
            }
            (429 | 500.., _) => AGAIN,
            _ => return None,
        },
        ClientError::Answer(_) => "--parent names the address of a `tillbook serve`",
        ClientError::Store(Error::StaleParent { .. }) => {
            "the parent was restored from a backup; it goes on when the parent has heard from its own"
        }
        ClientError::Store(Error::NotAChild(_)) => {
            "the file can go on by itself; look at --parent, which must be above this file"
        }
        _ => return None,
    };
    Some(text.to_owned())
}
