//! Oracle: what must hold after every step, at the node that was touched.

use std::collections::BTreeMap;

use tillbook::sync::Checkpoint;
use tillbook::{Error, Page, Posting, Store, TransactionId};

use super::book::Entry;
use super::wire::{Answer, Request, serve};
use super::world::World;
use crate::operation::history::PEOPLE;
use crate::operation::meet::plain_sum;
use crate::shop::{id, operations};

/// A file is checked from end to end once in so many looks.
const CHECK_EVERY: usize = 50;

impl World {
    /// Enters what somebody has just written at a node, and looks at it.
    pub(super) fn enter(&mut self, node: usize) -> Result<(), String> {
        let at = &mut self.nodes[node];
        let new = self.book.enter(node, at.store.as_ref().unwrap(), &mut at.seen.log);
        at.seen.own.extend(new);
        self.look(node)
    }

    /// Compares what a node shows with what it has shown, and with what it was told to keep.
    pub(super) fn look(&mut self, node: usize) -> Result<(), String> {
        if self.faults.has("places") {
            self.look_at_places(node)?;
        }
        let (at, step) = (&mut self.nodes[node], self.step);
        let Some(store) = &at.store else { return Ok(()) };
        let mut hasher = blake3::Hasher::new();
        for (who, seen) in PEOPLE.iter().zip(&mut at.seen.people) {
            let shown = shown(store, who)?;
            hasher.update(format!("{shown:?}").as_bytes());
            *seen = follow(seen.take(), shown)
                .map_err(|wrong| format!("I6: {} shows {who} {wrong}", at.name))?;
        }
        let ledger = ledger(store).map_err(|wrong| format!("{}: {wrong}", at.name))?;
        for own in &at.seen.own {
            if ledger.get(own) != self.book.entries.get(own) {
                // The root went back farther than operations are kept: what is deleted here, too, is
                // shown again once whoever else still has it has brought it.
                if self.book.has_holes && !holds(store, own) {
                    continue;
                }
                let seen = ledger.get(own);
                let told = &self.book.entries[own];
                return Err(format!("I5: {} shows {own} as {seen:?}, not {told:?}", at.name));
            }
        }
        let digest = store.view_digest().map_err(|error| error.to_string())?.total();
        at.digests.entry(digest).or_insert(step);
        let seen = format!("shows {} {digest:032x}", &hasher.finalize().to_hex()[..8]);
        if self.once_in(CHECK_EVERY) && self.nodes[node].rot.is_none() {
            self.check(node)?;
        }
        self.tell(node, seen);
        Ok(())
    }

    /// Takes note of what a customer is shown as since the row has changed on the disk, under the version
    /// it has had.
    pub(super) fn look_at_rot(&mut self, node: usize, who: usize) -> Result<(), String> {
        let at = &mut self.nodes[node];
        let shown = shown(at.store.as_ref().unwrap(), PEOPLE[who])?;
        let seen = &mut at.seen.people[who];
        *seen = shown.or(seen.take());
        self.look(node)
    }

    /// Checks a file from end to end.
    pub(super) fn check(&self, node: usize) -> Result<(), String> {
        let report = self.nodes[node].store.as_ref().unwrap().check(|_| ()).unwrap();
        let name = &self.nodes[node].name;
        report.is_sound().then_some(()).ok_or_else(|| format!("{name} is not sound: {report:?}"))
    }

    /// What was published is what the parent had.
    pub(super) fn look_at_base(&self, child: usize, told: &Checkpoint) -> Result<(), String> {
        let node = &self.nodes[child];
        let base = node.store.as_ref().unwrap().base_digest().map_err(|error| error.to_string())?;
        if base != told.digest {
            return Err(format!("I9: {} has the base {base}, not {}", node.name, told.digest));
        }
        let parent = &self.nodes[node.parent.unwrap()];
        match parent.digests.contains_key(&base.total()) {
            true => Ok(()),
            false => {
                Err(format!("I9: {} never showed the base {base} of {}", parent.name, node.name))
            }
        }
    }

    /// Serves a request again, which must change nothing. What was refused at first for want of
    /// something later in the same batch may be taken now.
    pub(super) fn repeat(
        &mut self,
        parent: usize,
        request: &Request,
        answer: &Answer,
    ) -> Result<(), String> {
        if matches!(answer, Answer::Received(received) if !received.refused.is_empty()) {
            return Ok(());
        }
        let store = self.nodes[parent].store.as_ref().unwrap();
        let before = everything(store)?;
        serve(store, request)?;
        if everything(store)? == before {
            return Ok(());
        }
        Err(format!("I7: {} is another one after the same request", self.nodes[parent].name))
    }
}

/// The version of a customer and everything that is shown under it; `None` when it is not shown.
fn shown(store: &Store, who: &str) -> Result<Option<(u64, String)>, String> {
    match store.profile(&id(who)) {
        Ok(mut profile) => {
            let version = profile.customer.version.take().unwrap_or_default();
            Ok(Some((version, format!("{profile:?}"))))
        }
        Err(Error::NotFound { .. } | Error::Erased(_)) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// What is to be remembered of a customer, or what is wrong with its version.
fn follow(
    seen: Option<(u64, String)>,
    shown: Option<(u64, String)>,
) -> Result<Option<(u64, String)>, String> {
    let (Some((old, was)), Some((new, is))) = (&seen, &shown) else { return Ok(shown.or(seen)) };
    if new < old || (new == old && was != is) {
        return Err(format!("under version {new} after {old}: {was} became {is}"));
    }
    Ok(shown)
}

/// Every credit transaction that a node shows, each customer's balance compared with their sum.
pub(super) fn ledger(store: &Store) -> Result<BTreeMap<TransactionId, Entry>, String> {
    let mut ledger = BTreeMap::new();
    for who in PEOPLE {
        let who = id(who);
        let page = Page { skip: 0, take: u32::MAX };
        let Ok(postings) = store.list_credit_transactions(&who, page) else { continue };
        let balance = postings.last().map_or(0, |last| last.balance.minor());
        let shown = store.balance(&who).map_or(balance, |balance| balance.minor());
        let sum = plain_sum(&postings);
        if shown != sum || balance != sum {
            return Err(format!("I5: {who} has {shown}, {balance} at the end, the sum is {sum}"));
        }
        for posting in postings {
            let id = posting.transaction.id.clone();
            if ledger.insert(id.clone(), entry(posting)).is_some() {
                return Err(format!("I5: {id} is there twice"));
            }
        }
    }
    Ok(ledger)
}

fn entry(posting: Posting) -> Entry {
    let transaction = posting.transaction;
    Entry {
        customer: transaction.customer_id,
        kind: transaction.kind.as_str().to_owned(),
        minor: transaction.amount.minor(),
        target: transaction.target.map(|target| target.as_str().to_owned()),
    }
}

/// Whether an operation with a credit transaction lies in the file.
fn holds(store: &Store, id: &TransactionId) -> bool {
    operations(store).iter().any(|operation| operation.facts.contains(id.as_str()))
}

/// What a repeated request must leave alone.
fn everything(store: &Store) -> Result<String, String> {
    let people = PEOPLE.map(|who| shown(store, who));
    let digest = store.view_digest().map_err(|error| error.to_string())?;
    let n_operations = operations(store).len();
    Ok(format!("{people:?} {digest} {n_operations} {:?}", ledger(store)?))
}
