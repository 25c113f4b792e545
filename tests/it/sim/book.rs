//! Book: everything that was ever acknowledged anywhere, kept by somebody who sees every node.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tillbook::operation::{Hash, Operation};
use tillbook::{CustomerId, OperationId, Store, TransactionId};

use crate::shop::operations;

/// A credit transaction as its author was told that it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) customer: CustomerId,
    pub(super) kind: String,
    pub(super) minor: i64,
    pub(super) target: Option<String>,
}

/// The clock reading of an operation and its facts.
pub(super) type Says = (u64, String);

/// The clock reading of an operation and its facts.
pub(super) fn says(operation: &Operation) -> Says {
    (operation.hlc.time(), operation.facts.clone())
}

/// An operation that was acknowledged.
#[derive(Debug)]
pub(super) struct Noted {
    /// The index of the node that wrote it.
    pub(super) author: usize,
    /// The credit transactions in it.
    pub(super) credit: Vec<TransactionId>,
    /// What its chain goes on from; told by the first of a chain.
    follows: Option<OperationId>,
    /// When it was written and what it says, which no other name changes.
    pub(super) says: Says,
    /// Whether it may be lost: its only copy went with a file.
    pub(super) may_be_lost: bool,
}

/// Everything that was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// By coordinate and hash: two files may write one chain.
    pub(super) operations: BTreeMap<(OperationId, Hash), Noted>,
    pub(super) entries: BTreeMap<TransactionId, Entry>,
    /// Words that were written about a customer, or were to be.
    pub(super) canaries: Vec<(&'static str, String)>,
    /// Whether the root has gone back farther than operations are kept. Whoever has deleted the front of
    /// a chain then brings the rest under another name, even where somebody else still has the front.
    pub(super) has_holes: bool,
    /// The last epoch that anybody knew then. Who has heard of none since may still delete what the root
    /// had long enough before it went back.
    pub(super) epoch: u64,
}

impl Book {
    /// Enters what the node `author` has written since it was last asked, and returns the ids of the
    /// new credit transactions.
    pub(super) fn enter(&mut self, author: usize, store: &Store) -> Vec<TransactionId> {
        let mut new = Vec::new();
        for operation in operations(store) {
            let key = (operation.id, operation.hash);
            if operation.id.node != store.node() || self.operations.contains_key(&key) {
                continue;
            }
            let credit = self.enter_credit(&operation);
            new.extend(credit.iter().cloned());
            let follows = operation.follows.map(|head| OperationId {
                incarnation: head.incarnation,
                seq: head.seq,
                ..operation.id
            });
            let says = says(&operation);
            let noted = Noted { author, credit, follows, says, may_be_lost: false };
            self.operations.insert(key, noted);
        }
        new
    }

    fn enter_credit(&mut self, operation: &Operation) -> Vec<TransactionId> {
        let changes: Vec<Value> = serde_json::from_str(&operation.facts).unwrap();
        let credit = changes.iter().filter(|change| change["change"] == "credit");
        let entries = credit.map(|change| {
            let fields = &change["fields"];
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let id = TransactionId::new(fields["id"].as_str().unwrap()).unwrap();
            let entry = Entry {
                customer: CustomerId::new(change["customer"].as_str().unwrap()).unwrap(),
                kind: text(&fields["kind"]).unwrap(),
                minor: fields["amount"].as_i64().unwrap(),
                target: text(&fields["target"]),
            };
            (id, entry)
        });
        // A fork writes the same facts again under another coordinate.
        let entries: Vec<_> = entries.collect();
        let ids = entries.iter().map(|(id, _)| id.clone()).collect();
        for (id, entry) in entries {
            let known = self.entries.entry(id).or_insert_with(|| entry.clone());
            assert_eq!(*known, entry, "the same transaction is told in one way only");
        }
        ids
    }

    /// Takes note that files went: what `gone` says of its author and no log of `held` has may be
    /// lost.
    pub(super) fn lose(
        &mut self,
        held: &BTreeSet<(OperationId, Hash)>,
        gone: impl Fn(usize) -> bool,
    ) {
        for (id, noted) in &mut self.operations {
            noted.may_be_lost |= gone(noted.author) && !held.contains(id);
        }
    }

    /// The operations that must be at the root, and whether each may be there under another name: from
    /// where a chain was written twice or may be lost on, and so are the chains that follow there, since
    /// what they go on from has another name too or is gone.
    pub(super) fn kept_operations(
        &self,
    ) -> impl Iterator<Item = (&(OperationId, Hash), &Says, bool)> {
        let chain = |id: OperationId| (id.node, id.incarnation);
        let mut parted = BTreeMap::new();
        let mut previous: Option<OperationId> = None;
        for ((id, _), noted) in &self.operations {
            if previous == Some(*id) || noted.may_be_lost {
                parted.entry(chain(*id)).or_insert(id.seq);
            }
            previous = Some(*id);
        }
        let is_parted = move |parted: &BTreeMap<_, u64>, id: OperationId| {
            parted.get(&chain(id)).is_some_and(|first| id.seq >= *first)
        };
        let mut grows = true;
        while grows {
            grows = false;
            for ((id, _), noted) in &self.operations {
                if noted.follows.is_some_and(|head| is_parted(&parted, head)) {
                    grows |= parted.insert(chain(*id), 1) != Some(1);
                }
            }
        }
        let kept = self.operations.iter().filter(|(_, noted)| !noted.may_be_lost);
        kept.map(move |(key, noted)| {
            (key, &noted.says, self.has_holes || is_parted(&parted, key.0))
        })
    }

    /// The credit transactions that must be everywhere.
    pub(super) fn kept(&self) -> BTreeSet<&TransactionId> {
        let kept = self.operations.values().filter(|noted| !noted.may_be_lost);
        kept.flat_map(|noted| &noted.credit).collect()
    }
}
