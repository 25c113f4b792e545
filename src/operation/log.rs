//! The log: operations in the order of their authors, appended, received, read, verified.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::apply::{self, Seen};
use super::chain::{self, Chain};
use super::{
    AHEAD_MS_MAX, Change, ChangeKind, Hash, Head, OPERATION_SCHEMA, Operation, Personal, change,
};
use crate::cell::Cells;
use crate::clock::Hlc;
use crate::customer::{self, Account, ERASED};
use crate::error::{Error, Result};
use crate::id::{CustomerId, NodeId, OperationId};
use crate::image;
use crate::query::Page;
use crate::store::{Store, Tip, Tx};
use crate::time::Timestamp;
use crate::unit::{Mode, Rows};

/// Where and as what an operation is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) incarnation_key: i64,
    /// In the order of arrival.
    pub(super) position: i64,
    pub(super) mode: Mode,
    /// The stamp that its edits get here.
    pub(super) stamp: Hlc,
}

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
    operation.check_size()?;
    operation.hash = operation.chained(&tip.hash);
    // Undone alone when it fails, even where the caller goes on with the same transaction.
    let position = tip.position + 1;
    let place = Place { incarnation_key: tip.key, position, mode: tip.mode, stamp: hlc };
    tx.whole(|tx| perform(tx, place, &operation, changes, seen))?;
    let Operation { id, hash, .. } = operation;
    tx.set_tip(Some(Tip { seq: id.seq, hash, hlc: hlc.time(), position, ..tip }));
    Ok(())
}

/// The end of this opening's chain as the rows have it, begun if it is not there; and what its first
/// operation follows, if that is next.
fn own_end(conn: &Connection, node: NodeId, incarnation: u64) -> Result<(Tip, Option<Head>)> {
    let chain = match chain::find(conn, node, incarnation)? {
        Some(chain) => chain,
        None => {
            let (follows, hlc) = chain::last_here(conn, node)?.unzip();
            chain::note_last(conn, incarnation)?;
            chain::begin(conn, node, incarnation, follows, hlc.unwrap_or_default())?
        }
    };
    let received: u64 =
        conn.prepare_cached("select hlc from node")?.query_row([], |row| row.get(0))?;
    let Chain { key, seq, hash, .. } = chain;
    let (position, mode) = (chain::last_position(conn)?, Mode::read(conn)?);
    let tip = Tip { key, seq, hash, hlc: chain.hlc.max(received), position, mode };
    Ok((tip, chain.follows.filter(|_| seq == 0)))
}

/// Applies the changes and stores the operation at the end of its chain.
pub(super) fn perform(
    tx: &Tx<'_>,
    place: Place,
    operation: &Operation,
    changes: &[Change],
    seen: Option<Seen>,
) -> Result<()> {
    let conn = tx.conn();
    let rows = Rows::new(conn, place.mode);
    let touched = apply::apply(&rows, changes, place.stamp, seen)?;
    rows.settle(tx.store().incarnation(), image::of)?;
    // A sale made here leaves every text and the time of creation as they are.
    let is_own = (operation.id.node, operation.id.incarnation)
        == (tx.store().node(), tx.store().incarnation());
    if !is_own || changes.iter().any(|change| change.kind != ChangeKind::Credit) {
        touched.values().for_each(|customer| tx.note_change(customer.key));
    }
    if changes.iter().any(|change| change.kind == ChangeKind::Erase) {
        // What comes from elsewhere must not hold up those who sell here.
        if is_own { tx.scrub_after_commit() } else { tx.scrub_later() }?;
    }
    let personal = changes.iter().filter(|change| change.is_personal());
    let mut persons = personal.filter_map(|change| change.subject.customer());
    let person = persons.next();
    if persons.any(|other| Some(other) != person) {
        return Err(Error::invalid("operation", "must not hold personal data of two customers"));
    }
    let person = person.and_then(|id| touched.get(id));
    // Whoever was erased stays erased: what arrives about them later is kept without its words.
    let erased = person.is_some_and(|person| person.state == ERASED);
    let person = person.map(|person| person.key);
    store(tx, place, operation, person, erased, APPLIED)
}

/// It had its effect.
pub(super) const APPLIED: i64 = 0;
/// It says what cannot be done, and had no effect.
pub(super) const REFUSED: i64 = 1;
/// It does not hash to what it says, and had no effect.
pub(super) const DAMAGED: i64 = 2;

/// Stores an operation at the end of its chain.
pub(super) fn store(
    tx: &Tx<'_>,
    place: Place,
    operation: &Operation,
    customer_key: Option<i64>,
    is_erased: bool,
    state: i64,
) -> Result<()> {
    let personal = operation.personal.as_ref().filter(|_| !is_erased);
    let (salt, text) = personal.map(|p| (p.salt, p.text.as_str())).unzip();
    let conn = tx.conn();
    conn.prepare_cached(
        "insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal,
                                personal_hash, hash, position, state)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        place.incarnation_key,
        operation.id.seq,
        operation.schema,
        operation.hlc.time(),
        customer_key,
        operation.facts,
        salt,
        text,
        operation.personal_hash,
        operation.hash,
        place.position,
        state,
    ])?;
    conn.prepare_cached(
        "update incarnation set seq = ?2, hash = ?3, hlc = ?4, position = ?5 where key = ?1",
    )?
    .execute(params![
        place.incarnation_key,
        operation.id.seq,
        operation.hash,
        operation.hlc.time(),
        place.position,
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

/// The select list and the tables that [`read`] reads.
macro_rules! select {
    () => {
        "select i.node, i.number, o.seq, o.schema, o.hlc,
                case when o.seq = 1 then i.follows_number end, case when o.seq = 1 then i.follows_seq end,
                case when o.seq = 1 then i.follows_hash end,
                o.facts, o.salt, o.personal, o.personal_hash, o.hash, o.state
           from operation o
           join incarnation i on i.key = o.incarnation_key"
    };
}
pub(super) use select;

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Operation> {
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

/// The operation of one chain with this number, where it is here.
pub(crate) fn at(conn: &Connection, incarnation_key: i64, seq: u64) -> Result<Option<Operation>> {
    let sql = concat!(select!(), " where o.incarnation_key = ?1 and o.seq = ?2");
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![incarnation_key, seq], read).optional()?)
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

/// The latest time that a stamp from elsewhere counts as, at `now`.
pub(super) fn latest(now: Timestamp) -> Timestamp {
    Timestamp::from_ms(now.ms() + AHEAD_MS_MAX)
}

/// The customer whose personal part an operation has.
pub(super) fn person(conn: &Connection, operation: &Operation) -> Result<Option<Account>> {
    let changes = operation.changes()?;
    let person = changes.iter().find(|change| change.is_personal());
    match person.and_then(|person| person.subject.customer()) {
        Some(person) => customer::account(conn, person),
        None => Ok(None),
    }
}

/// Whether the chains go through all these operations, as far as then or farther.
pub(crate) fn reach(conn: &Connection, heads: &[(OperationId, Hash)]) -> Result<bool> {
    for (id, hash) in heads {
        let Some(chain) = chain::find(conn, id.node, id.incarnation)? else { return Ok(false) };
        let is_here = id.seq <= chain.seq;
        if !is_here || chain::hash_at(conn, &chain, id.seq)?.is_some_and(|known| known != *hash) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The customer whose words an operation has that has no effect, and whether they may not be kept: an erase
/// finds them by the customer's key or, as long as that is not known, by the facts.
pub(super) fn owner_of_words(
    conn: &Connection,
    operation: &Operation,
    previous: &Hash,
) -> (Option<i64>, bool) {
    // Whom it is about nobody can tell if the facts are not what the author wrote.
    if operation.chained(previous) != operation.hash {
        return (None, true);
    }
    let whole = operation.changes().ok();
    let is_whole = whole.is_some();
    let facts = || Operation { personal: None, ..operation.clone() }.changes().ok();
    let Some(changes) = whole.or_else(facts) else { return (None, true) };
    let mut persons = changes
        .iter()
        .filter(|change| change.is_personal() || !is_whole)
        .filter_map(|change| customer::account(conn, change.subject.customer()?).ok().flatten());
    match is_whole {
        true => {
            let person = persons.next();
            let is_erased = person.as_ref().is_some_and(|person| person.state == ERASED);
            (person.map(|person| person.key), is_erased)
        }
        false => (None, persons.any(|person| person.state == ERASED)),
    }
}

/// Empties the personal part of every operation about this customer; the hashes stay. Those that came when
/// nobody was known here by this id have no key.
pub(crate) fn erase(conn: &Connection, id: &CustomerId, key: Option<i64>) -> Result<()> {
    let sql = "update operation set salt = null, personal = null where customer_key = ?1 and salt is not null";
    conn.prepare_cached(sql)?.execute([key])?;
    conn.prepare_cached(
        "update operation
            set salt = null, personal = null
          where customer_key is null and salt is not null
            and exists (select 1
                          from json_each(iif(json_valid(facts), facts, '[]'))
                         where iif(type = 'object', value ->> 'customer', null) = ?1)",
    )?
    .execute([id])?;
    Ok(())
}
