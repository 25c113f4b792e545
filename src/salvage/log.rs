//! What of the log still proves itself.
//!
//! The hash of an operation covers the one before it, so an operation is trusted when it follows
//! from its neighbour's hash. Where the neighbour's hash was damaged, the one computed from the
//! neighbour's content serves as well: if it leads on, both are what their author wrote.

use std::collections::{HashMap, HashSet};

use rusqlite::Row;

use super::source::{Source, sweep};
use super::{Finding, Findings, Reason};
use crate::id::{CustomerId, NodeId, OperationId, TransactionId};
use crate::operation::{self, Change, ChangeKind, Hash, Operation};

/// Hashes that a damaged operation may have had.
const GUESSES_MAX: usize = 4;

/// SQL: how far others have a chain whatever becomes of this file, where it is a copy.
pub(super) const KEPT_FROM: &str = "max(pruned_seq, min(included_seq, parent_seq))";

/// An operation that proves itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) time: u64,
    /// In the order of arrival, which decides who owns a value that two have claimed.
    position: i64,
    pub(super) chain_key: i64,
    pub(super) seq: i64,
}

/// The log, read through once.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The operations that prove themselves, in the order of their clocks.
    pub(super) entries: Vec<Entry>,
    /// Whether nothing is missing.
    pub(super) is_complete: bool,
    /// How many of them touch a customer.
    n_by_customer: HashMap<CustomerId, u64>,
    /// The credit transactions in them, and whether their words hold.
    pub(super) transactions: HashMap<TransactionId, bool>,
    /// Customers of whose words an erase has left nothing in an operation.
    pub(super) emptied: HashSet<CustomerId>,
    /// Who wrote it.
    pub(super) nodes: HashSet<NodeId>,
}

struct Chain {
    key: i64,
    node: NodeId,
    incarnation: u64,
    follows_hash: Option<Hash>,
    seq: i64,
    hash: Hash,
    pruned_seq: i64,
    pruned_hash: Option<Hash>,
    /// Up to here nothing is lost with this file.
    kept_from: i64,
}

fn read_chain(row: &Row<'_>) -> rusqlite::Result<Chain> {
    Ok(Chain {
        key: row.get(0)?,
        node: row.get(1)?,
        incarnation: row.get(2)?,
        follows_hash: row.get(3)?,
        seq: row.get(4)?,
        hash: row.get(5)?,
        pruned_seq: row.get(6)?,
        pruned_hash: row.get(7)?,
        kept_from: row.get(8)?,
    })
}

/// The operation read last.
struct Last {
    operation: Operation,
    /// Whether it proved itself.
    holds: bool,
    /// What its hash may be, the stored one first.
    hashes: Vec<Hash>,
}

/// What an operation did, as far as it can be trusted: without the words if those were damaged.
pub(super) fn changes(operation: &Operation) -> Option<Vec<Change>> {
    match operation.words_hold() {
        true => operation.changes().ok(),
        false => {
            let facts = Operation { personal: None, ..operation.clone() };
            let mut changes = facts.changes().ok()?;
            // What stands for itself without its words; the rest is what its row says.
            let stands = |kind| !matches!(kind, ChangeKind::AddressSet | ChangeKind::Merge);
            changes.retain(|change| stands(change.kind));
            Some(changes)
        }
    }
}

impl Log {
    /// How many operations that prove themselves touch this customer.
    pub(super) fn n_of(&self, id: &CustomerId) -> u64 {
        self.n_by_customer.get(id).copied().unwrap_or(0)
    }

    /// Of a file that is a copy, only what its parent may lack counts.
    pub(super) fn read(source: &Source, is_copy: bool, findings: &mut Findings) -> Self {
        let mut log = Self { is_complete: true, ..Self::default() };
        let mut chains = Vec::new();
        let kept_from = if is_copy { KEPT_FROM } else { "pruned_seq" };
        let sql = format!(
            "select key, node, number, follows_hash, seq, hash, pruned_seq, pruned_hash, {kept_from}
               from incarnation
              where key between ?1 and ?2 order by key"
        );
        let key_last = source.greatest("select max(key) from incarnation");
        for (first, last) in source.sweep(&sql, key_last, read_chain, |chain| chains.push(chain)) {
            log.is_complete = false;
            findings.add(Finding::rows("incarnation", first, last, Reason::Unreadable));
        }
        for chain in &chains {
            log.nodes.insert(chain.node);
            log.read_chain(source, chain, is_copy, findings);
        }
        let homeless = "select count(*) from operation
                         where incarnation_key not in (select key from incarnation)";
        match source.conn.query_row(homeless, [], |row| row.get::<_, u64>(0)) {
            Ok(0) => {}
            Ok(n) => {
                log.is_complete = false;
                let name = format!("{n} of a chain that is missing");
                findings.add(Finding::new("operation", name, None, Reason::Damaged));
            }
            Err(_) => log.is_complete = false,
        }
        log.sort(source);
        log
    }

    /// Sorts the entries by their arrival, or by their clocks where that does not read.
    fn sort(&mut self, source: &Source) {
        let sql = "select position from operation where incarnation_key = ?1 and seq = ?2";
        let all_read = source.conn.prepare(sql).is_ok_and(|mut statement| {
            self.entries.iter_mut().all(|entry| {
                let found = statement.query_row([entry.chain_key, entry.seq], |row| row.get(0));
                entry.position = found.unwrap_or(0);
                entry.position > 0
            })
        });
        self.entries.sort_by_key(|entry| (entry.chain_key, entry.seq));
        let in_order = |pair: &[Entry]| {
            pair[0].chain_key != pair[1].chain_key || pair[0].position < pair[1].position
        };
        match all_read && self.entries.windows(2).all(in_order) {
            true => self.entries.sort_by_key(|entry| entry.position),
            false => self.entries.sort_by_key(|entry| entry.time),
        }
    }

    fn read_chain(
        &mut self,
        source: &Source,
        chain: &Chain,
        is_copy: bool,
        findings: &mut Findings,
    ) {
        let at = |seq: i64| OperationId {
            node: chain.node,
            incarnation: chain.incarnation,
            seq: seq.unsigned_abs(),
        };
        let mut last: Option<Last> = None;
        let mut missing: Vec<(u64, Reason)> = Vec::new();
        let between = |first, last| operation::between(&source.conn, chain.key, first, last);
        let sql = "select coalesce(max(seq), 0) from operation where incarnation_key = ?1";
        let found = source.conn.query_row(sql, [chain.key], |row| row.get(0));
        let named = chain.seq.clamp(0, source.key_max);
        // Behind the head of a copy's chain lies what waits for others to fill a hole.
        let end = if is_copy { named } else { found.unwrap_or(named) };
        let in_chain = |operation: &Operation| {
            let seq = operation.id.seq.cast_signed();
            seq > chain.pruned_seq && (seq <= end || !is_copy)
        };
        let bad = sweep(end.min(source.key_max), between, |operations| {
            for operation in operations.into_iter().filter(in_chain) {
                last = Some(self.follow(chain, operation, last.take(), &mut missing));
            }
        });
        let end =
            last.as_ref().map_or(chain.pruned_seq.unsigned_abs(), |last| last.operation.id.seq);
        if let Some(last) = &last {
            let is_end = last.operation.id.seq == chain.seq.unsigned_abs();
            self.settle(chain, last, is_end.then_some(&chain.hash), &mut missing);
        }
        missing.extend((end + 1..=named.unsigned_abs()).map(|seq| (seq, Reason::Missing)));
        let in_bad = |seq: u64| bad.iter().any(|(a, b)| (*a..=*b).contains(&seq.cast_signed()));
        missing.retain(|(seq, _)| *seq > chain.kept_from.unsigned_abs());
        missing.sort_by_key(|(seq, _)| *seq);
        missing.dedup_by_key(|(seq, _)| *seq);
        self.is_complete &= missing.is_empty() && end == chain.seq.unsigned_abs();
        let missing = missing
            .into_iter()
            .map(|(seq, reason)| (seq, if in_bad(seq) { Reason::Unreadable } else { reason }));
        let missing: Vec<_> = missing.collect();
        // A stretch of one reason is named by its ends.
        for stretch in missing.chunk_by(|(a, one), (b, other)| a + 1 == *b && one == other) {
            let [(first, reason), ..] = stretch else { continue };
            let mut name = at(first.cast_signed()).to_string();
            if stretch.len() > 1 {
                name.push_str(&format!(" and the next {}", stretch.len() - 1));
            }
            findings.add(Finding::new("operation", name, None, reason.clone()));
        }
    }

    /// Weighs one operation against the one before it.
    fn follow(
        &mut self,
        chain: &Chain,
        operation: Operation,
        last: Option<Last>,
        missing: &mut Vec<(u64, Reason)>,
    ) -> Last {
        let pruned = chain.pruned_seq.unsigned_abs();
        let seq_before = last.as_ref().map_or(pruned, |last| last.operation.id.seq);
        for seq in seq_before + 1..operation.id.seq {
            missing.push((seq, Reason::Missing));
        }
        let follows = operation.id.seq == seq_before + 1;
        let before = match &last {
            None if pruned > 0 => vec![chain.pruned_hash.unwrap_or_default()],
            None => vec![chain.follows_hash.unwrap_or_default()],
            Some(last) => last.hashes.clone(),
        };
        let chained = |previous: &Hash| operation.chained(previous);
        let own_clock = operation.hlc.node() == operation.id.node;
        let from =
            before.iter().find(|hash| own_clock && follows && chained(hash) == operation.hash);
        let holds = from.is_some();
        if let Some(last) = &last {
            self.settle(chain, last, from, missing);
        }
        let mut hashes = vec![operation.hash];
        if holds {
            self.take(chain, &operation, missing);
        } else if follows {
            hashes.extend(before.iter().map(chained));
            hashes.truncate(GUESSES_MAX);
        }
        Last { operation, holds, hashes }
    }

    /// Takes an operation after all whose content leads to the hash that the next one follows, or
    /// gives it up.
    fn settle(
        &mut self,
        chain: &Chain,
        last: &Last,
        followed: Option<&Hash>,
        missing: &mut Vec<(u64, Reason)>,
    ) {
        // The stored hash proves nothing of the content.
        let by_content =
            followed.filter(|hash| **hash != last.operation.hash && last.hashes.contains(hash));
        match (last.holds, by_content) {
            (true, _) => {}
            (false, Some(_)) => self.take(chain, &last.operation, missing),
            (false, None) => missing.push((last.operation.id.seq, Reason::Damaged)),
        }
    }

    fn take(&mut self, chain: &Chain, operation: &Operation, missing: &mut Vec<(u64, Reason)>) {
        let (seq, words_hold) = (operation.id.seq, operation.words_hold());
        if seq <= chain.kept_from.unsigned_abs() {
            return;
        }
        let Some(changes) = changes(operation) else {
            missing.push((seq, Reason::Damaged));
            return;
        };
        if !words_hold {
            missing.push((seq, Reason::WordsDamaged));
        }
        let touched: HashSet<&CustomerId> =
            changes.iter().filter_map(|change| change.subject.customer()).collect();
        if touched.len() == 1 && operation.personal.is_none() && operation.personal_hash.is_some() {
            self.emptied.extend(touched.iter().map(|id| (*id).clone()));
        }
        // An operation without its words does not say all that it did.
        for id in touched.into_iter().filter(|_| words_hold) {
            *self.n_by_customer.entry(id.clone()).or_default() += 1;
        }
        for change in changes.iter().filter(|change| change.kind == ChangeKind::Credit) {
            let id = change.fields.get("id").and_then(|id| id.as_str());
            let id = id.and_then(|id| TransactionId::new(id).ok());
            self.transactions.extend(id.map(|id| (id, words_hold)));
        }
        self.entries.push(Entry {
            time: operation.hlc.time(),
            position: 0,
            chain_key: chain.key,
            seq: seq.cast_signed(),
        });
    }
}
