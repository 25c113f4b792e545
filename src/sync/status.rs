//! Status: how far behind a node is, how much it has to say, and who comes to it.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Chain, up};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::store::Store;
use crate::time::Timestamp;
use crate::unit::{Digest, Side, read_digest};

/// When more operations wait for the parent, people are told.
pub const BACKLOG_OPERATIONS: u64 = 100_000;
/// When more bytes of operations wait for the parent, people are told: 1 GB.
pub const BACKLOG_BYTES: u64 = 1_000_000_000;

/// How a node stands to the rest of its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The node itself.
    pub node: NodeId,
    /// Who is above it; `None` at the root.
    pub parent: Option<NodeId>,
    /// The root of the tree; the node itself when nobody is above it.
    pub root: NodeId,
    /// Since when what the node shows is behind the root, by the root's clock; `None` at the root, and
    /// at a node that has never shown anything of its parent's.
    pub root_at: Option<Timestamp>,
    /// Operations that the parent has not confirmed.
    pub n_pending: u64,
    /// Whether those are more than [`BACKLOG_OPERATIONS`], or have more than [`BACKLOG_BYTES`] bytes.
    pub has_backlog: bool,
    /// When the oldest of them was written, by its author's clock.
    pub oldest_pending_at: Option<Timestamp>,
    /// Operations held here that the root does not have yet, as far as this node has heard.
    pub n_unrooted: u64,
    /// When this node was last proved to have the state of its parent, and which one.
    pub proof: Option<Proof>,
    /// The sums of what children are shown; `None` at a node that never had a child.
    pub shown: Option<Digest>,
    /// Conflicts that wait for a person.
    pub n_conflicts: u64,
    /// The nodes that come to this one themselves, and whoever was shut out, by their names.
    pub children: Vec<ChildStatus>,
    /// Chains that the parent does not take any further for now.
    pub waiting: Vec<Waiting>,
    /// Why nothing was heard from the parent since the last proof, or which row was found to be damaged.
    pub trouble: Option<Trouble>,
    /// What is to be added to the clock of this node's machine to have the parent's, in milliseconds, as it
    /// was when they last talked.
    pub clock_offset_ms: Option<i64>,
    /// How often the copy of the parent's state was renewed.
    pub n_published: u64,
}

/// The proof that a node and its parent have the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// When, by this node's clock.
    pub at: Timestamp,
    /// The sums that both had.
    pub digest: Digest,
}

/// A node that comes to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildStatus {
    /// Which one.
    pub node: NodeId,
    /// The name of the key with which it comes in.
    pub name: Option<String>,
    /// When it came first.
    pub first_at: Timestamp,
    /// When it last said hello or brought something.
    pub seen_at: Timestamp,
    /// How many changes of the root, that this node shows, it did not show at its last hello; `None`
    /// before it has shown anything.
    pub n_behind: Option<u64>,
    /// Whether a person has shut it out.
    pub is_shut: bool,
    /// Whether its key was revoked, so that it cannot come before it has another one.
    pub is_revoked: bool,
}

impl ChildStatus {
    /// Whether nothing waits for it.
    pub fn is_out(&self) -> bool {
        self.is_shut || self.is_revoked
    }
}

/// A chain that the parent does not take any further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose operations.
    pub chain: Chain,
    /// How many the parent lacks.
    pub n_operations: u64,
    /// What it says.
    pub why: String,
}

/// Why nothing is heard from the parent, or which row was found to be damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Since when, by this node's clock.
    pub since: Timestamp,
    /// What went wrong last.
    pub why: String,
}

/// The row of the node itself.
struct Own {
    parent: Option<NodeId>,
    root: NodeId,
    root_at: Timestamp,
    proved_at: Option<Timestamp>,
    trouble: Option<Trouble>,
    clock_offset_ms: Option<i64>,
    n_published: u64,
    has_children: bool,
    mark: u64,
}

impl Own {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (why, since): (Option<String>, Option<Timestamp>) = (row.get(4)?, row.get(5)?);
        Ok(Self {
            parent: row.get(0)?,
            root: row.get(1)?,
            root_at: row.get(2)?,
            proved_at: row.get(3)?,
            trouble: why.zip(since).map(|(why, since)| Trouble { since, why }),
            clock_offset_ms: row.get(6)?,
            n_published: row.get(7)?,
            has_children: row.get(8)?,
            mark: row.get(9)?,
        })
    }
}

impl Store {
    /// How this node stands to the rest of its tree.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn sync_status(&self) -> Result<Status> {
        self.read_snapshot(|conn| {
            let mut own = conn.prepare_cached(
                "select parent, coalesce(root, id), root_at, proved_at, trouble, trouble_at,
                        clock_offset_ms, n_published, has_children <> 0,
                        case when parent is null then feed_next - 1 else root_mark end
                   from node",
            )?;
            let own = own.query_row([], Own::read)?;
            let has_parent = own.parent.is_some();
            let (n_pending, oldest_pending_at) =
                if has_parent { pending(conn)? } else { (0, None) };
            let digest = |side| read_digest(conn, side);
            let proof = own.proved_at.filter(|_| has_parent);
            let proof = proof.map(|at| Ok::<_, Error>(Proof { at, digest: digest(Side::Base)? }));
            Ok(Status {
                node: self.node(),
                parent: own.parent,
                root: own.root,
                root_at: Some(own.root_at).filter(|at| has_parent && at.ms() > 0),
                n_pending,
                has_backlog: has_backlog(conn, n_pending, BACKLOG_OPERATIONS, BACKLOG_BYTES)?,
                oldest_pending_at,
                n_unrooted: if has_parent { n_unrooted(conn)? } else { 0 },
                proof: proof.transpose()?,
                shown: own.has_children.then(|| digest(Side::View)).transpose()?,
                n_conflicts: n_conflicts(conn)?,
                children: children(conn, own.mark)?,
                waiting: if has_parent { waiting(conn)? } else { Vec::new() },
                trouble: own.trouble,
                clock_offset_ms: own.clock_offset_ms,
                n_published: own.n_published,
            })
        })
    }
}

fn pending(conn: &Connection) -> Result<(u64, Option<Timestamp>)> {
    let n_pending = up::n_pending(conn)?;
    let mut oldest = conn.prepare_cached(
        "select o.hlc, i.node
           from incarnation i
           join operation o on o.incarnation_key = i.key and o.seq = i.parent_seq + 1
          where i.seq > i.parent_seq
          order by o.hlc
          limit 1",
    )?;
    let oldest = oldest
        .query_row([], |row| Ok(Hlc::from_parts(row.get(0)?, row.get(1)?).at()))
        .optional()?;
    Ok((n_pending, oldest))
}

/// Whether `n_pending` operations are more than `n_max`, or have more than `bytes_max` bytes. Those of no
/// more than `n_max` are added up.
fn has_backlog(conn: &Connection, n_pending: u64, n_max: u64, bytes_max: u64) -> Result<bool> {
    if n_pending == 0 || n_pending > n_max {
        return Ok(n_pending > 0);
    }
    let sql = "select coalesce(sum(octet_length(o.facts) + coalesce(octet_length(o.personal), 0)), 0)
                 from incarnation i
                 join operation o on o.incarnation_key = i.key and o.seq > max(i.parent_seq, i.pruned_seq)
                where i.seq > max(i.parent_seq, i.pruned_seq)";
    let n_bytes: u64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(n_bytes > bytes_max)
}

fn n_unrooted(conn: &Connection) -> Result<u64> {
    let sql = "select coalesce(sum(seq - root_seq), 0) from incarnation where seq > root_seq";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn n_conflicts(conn: &Connection) -> Result<u64> {
    let sql = "select count(*) from conflict where resolved_at is null";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn children(conn: &Connection, mark: u64) -> Result<Vec<ChildStatus>> {
    let mut statement = conn.prepare_cached(
        "select child.node, key.name, child.first_at, child.seen_at, child.root_mark,
                child.is_shut, key.revoked_at is not null
           from child left join key on key.id = child.key_id and child.via is null
          where child.via is null or child.is_shut = 1
          order by key.name, child.node",
    )?;
    let children = statement.query_map([], |row| {
        let shown: u64 = row.get(4)?;
        Ok(ChildStatus {
            node: row.get(0)?,
            name: row.get(1)?,
            first_at: row.get(2)?,
            seen_at: row.get(3)?,
            n_behind: (shown > 0).then(|| mark.saturating_sub(shown)),
            is_shut: row.get(5)?,
            is_revoked: row.get(6)?,
        })
    })?;
    Ok(children.collect::<rusqlite::Result<_>>()?)
}

fn waiting(conn: &Connection) -> Result<Vec<Waiting>> {
    let mut statement = conn.prepare_cached(
        "select node, number, seq - parent_seq, refused from incarnation
          where refused is not null and seq > parent_seq
          order by key",
    )?;
    let waiting = statement.query_map([], |row| {
        Ok(Waiting {
            chain: Chain { node: row.get(0)?, incarnation: row.get(1)? },
            n_operations: row.get(2)?,
            why: row.get(3)?,
        })
    })?;
    Ok(waiting.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::Customer;

    #[test]
    fn much_that_waits_is_a_backlog_by_number_or_by_bytes() -> Result<()> {
        let store = Store::open_in_memory()?;
        let note = Some("x".repeat(1_000));
        for _ in 0..3 {
            store.create_customer(&Customer {
                note: note.clone(),
                ..Customer::new(store.stamp())
            })?;
        }
        let n_pending = store.read(up::n_pending)?;
        assert_eq!(n_pending, 3);
        for (n_max, bytes_max, expected) in
            [(3, 9_000, false), (2, 9_000, true), (3, 3_000, true), (0, 0, true)]
        {
            let found = store.read(|conn| has_backlog(conn, n_pending, n_max, bytes_max))?;
            assert_eq!(found, expected, "{n_max} {bytes_max}");
            assert!(!store.read(|conn| has_backlog(conn, 0, n_max, bytes_max))?);
        }
        Ok(())
    }
}
