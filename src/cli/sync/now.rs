//! `tillbook sync now`: one round with the parent.

use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use tillbook::clock::monotonic;
use tillbook::sync::Status;
use tillbook::sync::client::{Client, Round};
use tillbook::{Error, Store};

use crate::cli::failure::Failure;
use crate::cli::output::{activity, print};
use crate::cli::settings::Settings;
use crate::cli::{open_beside, parent};

/// How often to look whether the program that has the file has done a round.
const LOOK: Duration = Duration::from_millis(100);
/// The round is waited for so long.
const ROUND_WAIT: Duration = Duration::from_secs(70);
/// A program that has never had a parent is waited for so long.
const ALONE_WAIT: Duration = Duration::from_secs(10);

pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    let (db, options) = (settings.db(), settings.parent()?);
    let no_parent = || {
        Failure::usage(
            "nobody says who the parent is",
            "--parent URL and --parent-key KEY do, or TILLBOOK_PARENT and TILLBOOK_PARENT_KEY",
        )
    };
    if options.is_none() && !db.exists() {
        return Err(no_parent());
    }
    let snapshot = options.as_ref().and_then(|options| parent::fetch_snapshot(&db, options));
    let store = match Store::open(&db) {
        Err(Error::InUse(_)) => return wait_beside(&db),
        store => Arc::new(store?),
    };
    let client = Client::new(store, options.ok_or_else(no_parent)?).map_err(parent::failure)?;
    let activity = activity();
    let done = client.sync_once_watched(|Round { n_pushed, n_pulled, .. }| {
        activity.set_message(format!("{n_pushed} operations pushed, {n_pulled} changes pulled"));
    });
    activity.finish_and_clear();
    let round = done.map_err(parent::failure)?;
    let snapshot = snapshot.map(|said| format!("snapshot   {said}\n")).unwrap_or_default();
    print(&(snapshot + &told(&round)))
}

fn told(round: &Round) -> String {
    let Round { n_pushed, n_pulled, n_published, n_pending, n_unknown, digest, .. } = round;
    let mut text = format!(
        "\
pushed     {n_pushed} operations
pulled     {n_pulled} changes
published  {n_published} changes
equal      digest {digest}
"
    );
    if *n_pending > 0 {
        text.push_str(&format!(
            "waiting    {n_pending} operations; `tillbook sync status` says why\n"
        ));
    }
    if *n_unknown > 0 {
        text.push_str(&format!(
            "unknown    {n_unknown} changes of a newer version; update this program to see them\n"
        ));
    }
    text
}

/// Has the program that has the file do a round, and waits for its end.
fn wait_beside(db: &Path) -> Result<(), Failure> {
    let store = open_beside(db)?;
    let (before, began) = (store.sync_status()?, monotonic());
    let wish = store.wish_for_round()?;
    let activity = activity();
    activity.set_message("waiting for the program that has the file open");
    let status = loop {
        sleep(LOOK);
        let is_granted = wish.is_granted();
        let (status, waited) = (store.sync_status()?, monotonic().saturating_duration_since(began));
        match &status.trouble {
            None if is_granted && status.n_published > before.n_published => break status,
            Some(trouble) if is_granted => {
                return Err(Failure::with_hint(
                    trouble.why.clone(),
                    "the program that has the file open tries again; `tillbook sync status` shows how it goes",
                ));
            }
            _ => {}
        }
        if waited > ROUND_WAIT || status.parent.is_none() && waited > ALONE_WAIT {
            return Err(in_vain(&status));
        }
    };
    activity.finish_and_clear();
    let digest = status.proof.map(|proof| proof.digest.to_string()).unwrap_or_default();
    print(&format!(
        "\
by the program that has the file open:
pushed     {} operations
waiting    {} operations
equal      digest {digest}
",
        before.n_pending.saturating_sub(status.n_pending),
        status.n_pending,
    ))
}

/// No round was done in time.
fn in_vain(status: &Status) -> Failure {
    match (&status.parent, &status.trouble) {
        (None, None) => Failure::with_hint(
            "the program that has the file open does not talk with a parent",
            "`tillbook serve --parent URL --parent-key KEY` does",
        ),
        (_, Some(trouble)) => Failure::with_hint(
            trouble.why.clone(),
            format!(
                "no round was done within {} s: the parent has asked to be left alone, or the program \
                 that has the file open was started without --parent",
                ROUND_WAIT.as_secs()
            ),
        ),
        (Some(_), None) => Failure::with_hint(
            format!(
                "the program that has the file open has ended no round within {} s",
                ROUND_WAIT.as_secs()
            ),
            "it has much to bring or to fetch, or was started without --parent; `tillbook sync status` \
             shows how it goes",
        ),
    }
}
