//! A file with a place among other nodes. The fresh file takes that place: it keeps the damaged one's
//! id, so that its parent and its children go on with it as with a file that was restored.
//!
//! A copy of a parent's state is not put together from pieces: the parent has it whole. What only this
//! file has are its pending operations, and the keys of those who come in by its doors.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::log::{self, Entry, Log};
use super::source::{Source, seen};
use super::write::{append, is_refusal};
use super::{Finding, Findings, Reason};
use crate::error::Result;
use crate::id::NodeId;
use crate::migrate::{self, Options};
use crate::operation::{self, Operation};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// So many operations go into one commit.
const OPERATIONS_PER_COMMIT: usize = 1_000;

/// A place in a tree.
#[derive(Debug)]
pub(super) struct Place {
    id: NodeId,
    parent: Option<NodeId>,
    root: Option<NodeId>,
    root_epoch: i64,
    /// Whether the rows are a copy of the parent's.
    pub(super) is_copy: bool,
}

impl Place {
    /// The place of the damaged file, if it has one.
    pub(super) fn read(source: &Source, findings: &mut Findings) -> Option<Self> {
        let read = |conn: &Connection| {
            let sql = "select id, parent, root, root_epoch, proved_at is not null from main.node
                        where parent is not null or has_children > 0";
            conn.query_row(sql, [], |row| {
                Ok(Self {
                    id: row.get(0)?,
                    parent: row.get(1)?,
                    root: row.get(2)?,
                    root_epoch: row.get(3)?,
                    is_copy: row.get(4)?,
                })
            })
        };
        let place = read(&source.conn).ok()?;
        let sql = format!(
            "select 1 from main.node where {} and seal is seal(id, currency_label, currency_exponent, require_version)",
            migrate::PLACE_SEALED.holds
        );
        if !source.conn.prepare(&sql).is_ok_and(|mut sealed| sealed.exists([]).unwrap_or(false)) {
            findings.add(Finding::new("node", "place", None, Reason::SealBroken));
        }
        Some(place)
    }

    /// Makes the file at `path` and gives it this place. A root says by a new epoch that it may have
    /// forgotten.
    pub(super) fn take(&self, path: &Path, options: &Options, now: Timestamp) -> Result<()> {
        let conn = migrate::open(path, options)?;
        let epoch = match self.parent {
            Some(_) => self.root_epoch,
            None => now.ms().max(self.root_epoch.saturating_add(1)),
        };
        conn.execute(
            "update node
                set id = ?1, parent = ?2, root = ?3, root_epoch = ?4,
                    seal = seal(?1, currency_label, currency_exponent, require_version)",
            params![self.id, self.parent, self.root, epoch],
        )?;
        migrate::seal_place(&conn)
    }
}

/// Carries keys and pending operations into the fresh file.
pub(super) fn write_pending(
    source: &Source,
    log: &Log,
    store: &Store,
    findings: &mut Findings,
) -> Result<()> {
    findings.add(Finding::new("node", "", None, Reason::AtParent));
    store.write(|tx| {
        copy_keys(source, tx.conn(), findings)?;
        begin_chains(source, tx.conn())
    })?;
    for entries in log.entries.chunks(OPERATIONS_PER_COMMIT) {
        store.write(|tx| {
            entries.iter().try_for_each(|entry| replay(source, tx, *entry, findings))
        })?;
    }
    Ok(())
}

/// The keys whose seal holds.
fn copy_keys(source: &Source, conn: &Connection, findings: &mut Findings) -> Result<()> {
    let columns = {
        let mut statement = conn.prepare("select name from pragma_table_info('key')")?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        names.collect::<rusqlite::Result<Vec<_>>>()?
    };
    let (n, list) = (columns.len(), columns.join(", "));
    let read = || -> rusqlite::Result<Vec<Vec<Value>>> {
        let mut statement = source.conn.prepare(&format!("select {list} from temp.key"))?;
        let rows = statement.query_map([], |row| (0..n).map(|at| row.get(at)).collect())?;
        rows.collect()
    };
    let Ok(keys) = read() else {
        findings.add(Finding::new("key", "", None, Reason::Unreadable));
        return Ok(());
    };
    let holders = vec!["?"; n].join(", ");
    let mut insert = conn.prepare(&format!("insert into key ({list}) values ({holders})"))?;
    for key in keys {
        insert.execute(params_from_iter(key))?;
    }
    let sql = "select count(*) from main.key";
    let n_all: u64 = source.conn.query_row(sql, [], |row| row.get(0)).unwrap_or(0);
    let n_kept: u64 = conn.query_row("select count(*) from key", [], |row| row.get(0))?;
    if n_all > n_kept {
        let name = format!("{} of {n_all}", n_all - n_kept);
        findings.add(Finding::new("key", name, None, Reason::SealBroken));
    }
    Ok(())
}

/// The chains as far as the parent has them, so that what is pending follows.
fn begin_chains(source: &Source, conn: &Connection) -> Result<()> {
    let mut insert = conn.prepare(
        "insert or ignore into incarnation
                (node, number, follows_number, follows_seq, follows_hash, seq, hash, pruned_seq,
                 pruned_hash, parent_seq, included_seq)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7, ?6, ?6)",
    )?;
    let begun = format!(
        "select node, number, follows_number, follows_seq, follows_hash, {from},
                case {from} when seq then hash
                            when pruned_seq then pruned_hash
                            else (select hash from operation
                                   where incarnation_key = key and operation.seq = {from}) end as hash
           from incarnation
          where key between ?1 and ?2 and {from} > 0 order by key",
        from = log::KEPT_FROM
    );
    let key_last = source.greatest("select max(key) from incarnation");
    let read = |row: &rusqlite::Row<'_>| (0..7).map(|at| row.get(at)).collect();
    let mut chains: Vec<Vec<Value>> = Vec::new();
    // The log has named those that do not read.
    source.sweep(&begun, key_last, read, |chain| chains.push(chain));
    for chain in chains.into_iter().filter(|chain| chain.last() != Some(&Value::Null)) {
        insert.execute(params_from_iter(chain))?;
    }
    let last: Option<u64> =
        source.conn.query_row("select last_incarnation from main.node", [], |row| row.get(0)).ok();
    conn.execute("update node set last_incarnation = ?1", [last])?;
    migrate::seal_place(conn)
}

/// Takes a pending operation as its author's, or as this file's own where what it follows is lost.
fn replay(source: &Source, tx: &Tx<'_>, entry: Entry, findings: &mut Findings) -> Result<()> {
    let between = |low, high| operation::between(&source.conn, entry.chain_key, low, high);
    let is_meant = |operation: &Operation| operation.id.seq == entry.seq.unsigned_abs();
    let Some(operation) = seen(entry.seq, between, is_meant) else {
        findings.add(Finding::rows("operation", entry.seq, entry.seq, Reason::Unreadable));
        return Ok(());
    };
    if operation.words_hold() {
        match tx.nested(|tx| tx.receive(&operation)) {
            Ok(_) => return Ok(()),
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let changes = log::changes(&operation).unwrap_or_default();
    if let Some(why) = append(tx, &changes)? {
        let name = operation.id.to_string();
        findings.add(Finding::new("operation", name, None, Reason::Refused(why)));
    }
    Ok(())
}
