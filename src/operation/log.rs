//! The log: operations in the order of their authors, appended, received, read, verified.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::apply::{self, Seen};
use super::chain::{self, Chain};
use super::{Change, ChangeKind, Hash, Head, OPERATION_SCHEMA, Operation, Personal, change};
use crate::cell::Cells;
use crate::clock::Hlc;
use crate::customer;
use crate::error::{Error, Result};
use crate::id::{NodeId, OperationId};
use crate::query::Page;
use crate::store::{Store, Tip, Tx};

/// Writes one operation of this node: applies its changes and chains it to the one before.
pub(crate) fn append(tx: &Tx<'_>, changes: &[Change]) -> Result<()> {
    append_seen(tx, changes, None)
}

/// Writes one operation of this node, of one customer about whom the caller has just `seen` what
/// applying the changes needs to know.
pub(crate) fn append_seen(tx: &Tx<'_>, changes: &[Change], seen: Option<Seen>) -> Result<()> {
    let store = tx.store();
    let (node, incarnation) = (store.node(), store.incarnation());
    let (tip, follows) = match tx.tip() {
        Some(tip) => (tip, None),
        None => own_end(tx.conn(), node, incarnation)?,
    };
    // Not known again before all of this is written.
    tx.set_tip(None);
    let hlc = Hlc::after(tip.hlc, store.now(), node);
    let (facts, personal) = change::write(changes);
    let personal = personal.map(|text| Personal { salt: tx.random(), text });
    let mut operation = Operation {
        id: OperationId { node, incarnation, seq: tip.seq + 1 },
        schema: OPERATION_SCHEMA,
        hlc,
        follows,
        facts,
        personal_hash: personal.as_ref().map(Personal::hash),
        personal,
        hash: Hash::default(),
    };
    operation.hash = operation.chained(&tip.hash);
    // Undone alone when it fails, even where the caller goes on with the same transaction.
    tx.whole(|tx| perform(tx, tip.key, &operation, changes, seen))?;
    let Operation { id, hash, .. } = operation;
    tx.set_tip(Some(Tip { key: tip.key, seq: id.seq, hash, hlc: hlc.time() }));
    Ok(())
}

/// The end of this opening's chain as the rows have it, begun if it is not there; and what its first
/// operation follows, if that is next.
fn own_end(conn: &Connection, node: NodeId, incarnation: u64) -> Result<(Tip, Option<Head>)> {
    let chain = match chain::find(conn, node, incarnation)? {
        Some(chain) => chain,
        None => {
            let (follows, hlc) = chain::last_of(conn, node)?.unzip();
            chain::begin(conn, node, incarnation, follows, hlc.unwrap_or_default())?
        }
    };
    let received: u64 =
        conn.prepare_cached("select hlc from node")?.query_row([], |row| row.get(0))?;
    let Chain { key, seq, hash, .. } = chain;
    let tip = Tip { key, seq, hash, hlc: chain.hlc.max(received) };
    Ok((tip, chain.follows.filter(|_| seq == 0)))
}

/// Applies the changes and stores the operation at the end of its chain.
fn perform(
    tx: &Tx<'_>,
    incarnation_key: i64,
    operation: &Operation,
    changes: &[Change],
    seen: Option<Seen>,
) -> Result<()> {
    let conn = tx.conn();
    let touched = apply::apply(conn, changes, operation.hlc, seen)?;
    // A sale made here leaves every text and the time of creation as they are.
    let is_own = (operation.id.node, operation.id.incarnation)
        == (tx.store().node(), tx.store().incarnation());
    if !is_own || changes.iter().any(|change| change.kind != ChangeKind::Credit) {
        touched.values().for_each(|customer| tx.note_change(customer.key));
    }
    if changes.iter().any(|change| change.kind == ChangeKind::Erase) {
        tx.scrub_after_commit()?;
    }
    let mut persons =
        changes.iter().filter(|change| change.is_personal()).map(|change| &change.customer);
    let person = persons.next();
    if persons.any(|other| Some(other) != person) {
        return Err(Error::invalid("operation", "must not hold personal data of two customers"));
    }
    let person = person.and_then(|id| touched.get(id));
    // Whoever was erased stays erased: what arrives about them later is kept without its words.
    let erased = person.is_some_and(|person| person.state == customer::ERASED);
    let person = person.map(|person| person.key);
    let personal = operation.personal.as_ref().filter(|_| !erased);
    let (salt, text) = personal.map(|p| (p.salt, p.text.as_str())).unzip();
    conn.prepare_cached(
        "insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal,
                                personal_hash, hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        incarnation_key,
        operation.id.seq,
        operation.schema,
        operation.hlc.time(),
        person,
        operation.facts,
        salt,
        text,
        operation.personal_hash,
        operation.hash,
    ])?;
    conn.prepare_cached("update incarnation set seq = ?2, hash = ?3, hlc = ?4 where key = ?1")?
        .execute(params![
            incarnation_key,
            operation.id.seq,
            operation.hash,
            operation.hlc.time()
        ])?;
    Ok(())
}

impl Store {
    /// The operations this file holds, chain by chain, each chain in order: what happened here.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_operations(&self, page: Page) -> Result<Vec<Operation>> {
        self.read(|conn| {
            let sql = concat!(select!(), " order by o.incarnation_key, o.seq limit ?1 offset ?2");
            let mut statement = conn.prepare_cached(sql)?;
            let skip = i64::try_from(page.skip).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![page.take, skip], read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

impl Tx<'_> {
    /// Applies an operation of another file, once: says `false` when it is stored already.
    ///
    /// # Errors
    ///
    /// - [`Error::Gap`]: an earlier one of its chain, or the one its incarnation follows, is missing;
    /// - [`Error::Damaged`]: it does not hash to what it says;
    /// - [`Error::Fork`]: another one is stored under its coordinate or under the one it follows;
    /// - [`Error::UpgradeNeeded`]: this version does not know all it says.
    pub fn receive(&self, operation: &Operation) -> Result<bool> {
        let (conn, id) = (self.conn(), operation.id);
        self.set_tip(None); // Our own clock follows what is received.
        let stored = chain::find(conn, id.node, id.incarnation)?;
        let seq = stored.as_ref().map_or(0, |chain| chain.seq);
        if (1..=seq).contains(&id.seq) {
            let key = stored.map_or(0, |chain| chain.key);
            return match hash_at(conn, key, id.seq)? == Some(operation.hash) {
                true => Ok(false),
                false => Err(Error::Fork(id)),
            };
        }
        if id.seq != seq + 1 {
            return Err(Error::Gap { got: id, expected: OperationId { seq: seq + 1, ..id } });
        }
        operation.check_schema()?;
        if operation.hlc.time() > Hlc::TIME_MAX || (operation.follows.is_some() && id.seq > 1) {
            return Err(Error::Damaged(id));
        }
        // Verified before it is understood: what was damaged can look like anything.
        let before = match &stored {
            Some(chain) => chain.hash,
            None => operation.follows.map(|head| head.hash).unwrap_or_default(),
        };
        operation.verify(&before)?;
        let changes = operation.changes()?;
        let chain = match stored {
            Some(chain) => chain,
            None => {
                check_follows(conn, operation)?;
                chain::begin(conn, id.node, id.incarnation, operation.follows, 0)?
            }
        };
        self.nested(|tx| perform(tx, chain.key, operation, &changes, None))?;
        conn.prepare_cached("update node set hlc = max(hlc, ?1)")?
            .execute([operation.hlc.time()])?;
        Ok(true)
    }
}

/// What an incarnation goes on from must be here. It need not be its author's last operation: a file
/// that was restored or cloned branches there, and what both branches say are facts.
fn check_follows(conn: &Connection, operation: &Operation) -> Result<()> {
    let Some(head) = operation.follows else { return Ok(()) };
    let (got, expected) = (
        operation.id,
        OperationId { incarnation: head.incarnation, seq: head.seq, ..operation.id },
    );
    let before =
        chain::find(conn, got.node, head.incarnation)?.filter(|chain| chain.seq >= head.seq);
    let before = before.ok_or(Error::Gap { got, expected })?;
    match hash_at(conn, before.key, head.seq)? == Some(head.hash) {
        true => Ok(()),
        false => Err(Error::Fork(got)),
    }
}

fn hash_at(conn: &Connection, incarnation_key: i64, seq: u64) -> Result<Option<Hash>> {
    let mut statement =
        conn.prepare_cached("select hash from operation where incarnation_key = ?1 and seq = ?2")?;
    Ok(statement.query_row(params![incarnation_key, seq], |row| row.get(0)).optional()?)
}

/// The select list and the tables that [`read`] reads.
macro_rules! select {
    () => {
        "select i.node, i.number, o.seq, o.schema, o.hlc,
                case when o.seq = 1 then i.follows_number end, case when o.seq = 1 then i.follows_seq end,
                case when o.seq = 1 then i.follows_hash end,
                o.facts, o.salt, o.personal, o.personal_hash, o.hash
           from operation o
           join incarnation i on i.key = o.incarnation_key"
    };
}
use select;

fn read(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let mut cells = Cells::from(row, 0);
    let id = OperationId { node: cells.take()?, incarnation: cells.take()?, seq: cells.take()? };
    let (schema, time) = (cells.take()?, cells.take()?);
    let (follows, facts) = (chain::read_follows(&mut cells)?, cells.take()?);
    let (salt, text): (Option<[u8; 16]>, Option<String>) = (cells.take()?, cells.take()?);
    Ok(Operation {
        id,
        schema,
        hlc: Hlc::from_parts(time, id.node),
        follows,
        facts,
        personal: salt.zip(text).map(|(salt, text)| Personal { salt, text }),
        personal_hash: cells.take()?,
        hash: cells.take()?,
    })
}

/// The operations of one chain from number `first` to `last`, in order.
pub(crate) fn between(
    conn: &Connection,
    incarnation_key: i64,
    first: i64,
    last: i64,
) -> Result<Vec<Operation>> {
    let sql = concat!(
        select!(),
        " where o.incarnation_key = ?1 and o.seq between ?2 and ?3 order by o.seq"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([incarnation_key, first, last], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The end of every chain.
pub(crate) fn heads(conn: &Connection) -> Result<Vec<(OperationId, Hash)>> {
    let sql = "select node, number, seq, hash from incarnation where seq > 0 order by key";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let id = OperationId { node: row.get(0)?, incarnation: row.get(1)?, seq: row.get(2)? };
        Ok((id, row.get(3)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether the chains go through all these operations, as far as then or farther.
pub(crate) fn reach(conn: &Connection, heads: &[(OperationId, Hash)]) -> Result<bool> {
    for (id, hash) in heads {
        let Some(chain) = chain::find(conn, id.node, id.incarnation)? else { return Ok(false) };
        if hash_at(conn, chain.key, id.seq)? != Some(*hash) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is wrong with a chain.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// An operation is missing.
    Missing(OperationId),
    /// An operation does not hash to what it says.
    Damaged(OperationId),
    /// The last operation is not the one the chain's head names.
    Head(OperationId),
}

/// Follows every chain from its beginning to its head, and hands each trouble found to `report`.
/// Returns the number of operations read.
pub(crate) fn verify(conn: &Connection, mut report: impl FnMut(Trouble)) -> Result<u64> {
    let mut heads = conn.prepare(
        "select key, follows_number, follows_seq, follows_hash, seq, hash, hlc, node, number from incarnation",
    )?;
    let heads = heads.query_map([], |row| Ok((chain::read(row)?, row.get(7)?, row.get(8)?)))?;
    let sql = concat!(select!(), " where o.incarnation_key = ?1 order by o.seq");
    let mut statement = conn.prepare(sql)?;
    let mut n_operations = 0;
    for chain in heads {
        let (chain, node, incarnation): (Chain, NodeId, u64) = chain?;
        let at = |seq| OperationId { node, incarnation, seq };
        let mut previous = chain.follows.map(|head| head.hash).unwrap_or_default();
        let (mut seq, mut hlc) = (0, chain.hlc);
        if let Some(head) = chain.follows {
            let id = OperationId { incarnation: head.incarnation, seq: head.seq, ..at(0) };
            if !reach(conn, &[(id, head.hash)])? {
                report(Trouble::Missing(id));
            }
        }
        for operation in statement.query_map([chain.key], read)? {
            let operation = operation?;
            if operation.id.seq != seq + 1 {
                report(Trouble::Missing(at(seq + 1)));
            } else if operation.verify(&previous).is_err() {
                report(Trouble::Damaged(operation.id));
            }
            (seq, previous, hlc) = (operation.id.seq, operation.hash, operation.hlc.time());
            n_operations += 1;
        }
        if (seq, previous, hlc) != (chain.seq, chain.hash, chain.hlc) {
            report(Trouble::Head(at(chain.seq)));
        }
    }
    Ok(n_operations)
}

/// Empties the personal part of every operation about this customer; the hashes stay.
pub(super) fn erase(conn: &Connection, customer_key: i64) -> Result<()> {
    let sql = "update operation set salt = null, personal = null where customer_key = ?1 and salt is not null";
    conn.prepare_cached(sql)?.execute([customer_key])?;
    Ok(())
}
