//! Book: everything that was ever acknowledged anywhere, kept by somebody who sees every node.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tillbook::operation::{Hash, Head, Operation};
use tillbook::sync::Chain;
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
    /// Whether its author's file has never held what its chain goes on from: a copy of the file wrote that,
    /// and it came down as a state.
    follows_state: bool,
    /// Whether, then, the root may lack that as far as the author knows.
    may_lack_head: bool,
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
    /// Whether the root has gone back, which whoever writes may not have heard of yet.
    root_went_back: bool,
    /// The last epoch that anybody knew then. Who has heard of none since may still delete what the root
    /// had long enough before it went back.
    pub(super) epoch: u64,
}

impl Book {
    /// Enters what the node `author` has written since it was last asked, and returns the ids of the
    /// new credit transactions. `held` is what its file has ever held of its own node.
    pub(super) fn enter(
        &mut self,
        author: usize,
        store: &Store,
        held: &mut BTreeSet<(OperationId, Hash)>,
    ) -> Vec<TransactionId> {
        let mut new = Vec::new();
        let mut own = operations(store);
        own.retain(|operation| operation.id.node == store.node());
        held.extend(own.iter().map(|operation| (operation.id, operation.hash)));
        for operation in own {
            let key = (operation.id, operation.hash);
            if self.operations.contains_key(&key) {
                continue;
            }
            let credit = self.enter_credit(&operation);
            new.extend(credit.iter().cloned());
            let head = operation.follows.map(|head| {
                let Head { incarnation, seq, hash } = head;
                (OperationId { incarnation, seq, ..operation.id }, hash)
            });
            let follows_state = head.is_some_and(|head| !held.contains(&head));
            let follows = head.map(|(id, _)| id);
            let noted = Noted {
                author,
                credit,
                follows,
                says: says(&operation),
                may_be_lost: false,
                follows_state,
                may_lack_head: follows.is_some_and(|head| {
                    follows_state && (self.root_went_back || may_lack(store, head))
                }),
            };
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

    /// The root goes back: what it had, it may lack.
    pub(super) fn forget_root(&mut self) {
        self.root_went_back = true;
        for noted in self.operations.values_mut() {
            noted.may_lack_head = noted.follows_state;
        }
    }

    /// The operations that must be at the root, which has `held`, and whether each may be there under another
    /// name: from where a chain was written twice or may be lost on, and so are the chains that follow there,
    /// since what they go on from has another name too or is gone.
    ///
    /// So may be what comes behind an operation that is at the root under two names: a copy of a file has
    /// brought that once more, to somebody who could not compare it with what had been there.
    ///
    /// So may be a chain that goes on from what its author knows as a state alone and the root is not known
    /// to have. Where that is lacking at the next parent, the author cannot bring it, and nobody can tell
    /// whether somebody else will: the shop that had it may be gone. To wait for it may be to wait for ever.
    pub(super) fn kept_operations(
        &self,
        held: &[Operation],
    ) -> impl Iterator<Item = (&(OperationId, Hash), &Says, bool)> {
        let mut said = BTreeSet::new();
        let said_twice: BTreeSet<Says> =
            held.iter().map(says).filter(|says| !said.insert(says.clone())).collect();
        let chain = |id: OperationId| (id.node, id.incarnation);
        let mut parted = BTreeMap::new();
        let mut previous: Option<OperationId> = None;
        for ((id, _), noted) in &self.operations {
            let is_again = previous == Some(*id) || said_twice.contains(&noted.says);
            if is_again || noted.may_be_lost || noted.may_lack_head {
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

/// Whether the root may lack this operation, as far as a node knows that does not hold it.
fn may_lack(store: &Store, id: OperationId) -> bool {
    // Of what is not through everywhere a hello tells.
    let told = store.hello().unwrap().root_received.get(&Chain::of(id)).copied();
    told.is_some_and(|seq| seq < id.seq)
}
