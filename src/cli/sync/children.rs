//! `tillbook sync shut` and `tillbook sync let-in`: who may come.

use std::path::Path;

use tillbook::sync::Child;
use tillbook::{Error, Store};

use crate::cli::failure::Failure;
use crate::cli::open_beside;
use crate::cli::output::print;

pub(super) fn shut(db: &Path, node: &str) -> Result<(), Failure> {
    let store = open_beside(db)?;
    let child = find(&store, node)?;
    store.shut_out(child.node)?;
    let key = match &child.name {
        Some(name) if !child.is_revoked => format!(
            "its key still reads at the other doors; `tillbook key revoke {name}` ends that\n"
        ),
        _ => String::new(),
    };
    print(&format!("{} is shut out, and nothing waits for it\n{key}", called(&child)))
}

pub(super) fn let_in(db: &Path, node: &str) -> Result<(), Failure> {
    let store = open_beside(db)?;
    let child = find(&store, node)?;
    store.let_in(child.node)?;
    match child.is_revoked {
        true => print(&format!(
            "{} may come again, with another key: its own was revoked\n",
            called(&child)
        )),
        false => print(&format!("{} may come again\n", called(&child))),
    }
}

fn find(store: &Store, text: &str) -> Result<Child, Failure> {
    store.child_named(text).map_err(|error| match error {
        Error::NotFound { .. } | Error::Invalid { .. } => {
            Failure::with_hint(error.to_string(), "`tillbook sync status` shows them all")
        }
        error => error.into(),
    })
}

/// `till-3 3e39f71b6a2287a5e3585bf24fcc0f73`
fn called(child: &Child) -> String {
    match &child.name {
        Some(name) => format!("{name} {}", child.node),
        None => format!("node {}", child.node),
    }
}
