//! Receive: operations of other files, each once, in the order of their author.

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::chain::{self, Chain};
use super::log::{self, DAMAGED, Place, REFUSED};
use super::{Change, Operation};
use crate::claim::{self, ConflictKind};
use crate::clock::Hlc;
use crate::drill::{self, Rule};
use crate::error::{Error, Result};
use crate::id::OperationId;
use crate::image;
use crate::seal::note_damage;
use crate::store::Tx;
use crate::unit::{Mode, Rows};

/// A stamp this far ahead of our clock counts as that much and no more: 60 s (sync.md 2.2).
pub const AHEAD_MS_MAX: i64 = 60_000;

impl Tx<'_> {
    /// Applies an operation of another file, once, with the stamp that it has: says `false` when it is
    /// stored already.
    ///
    /// # Errors
    ///
    /// - [`Error::Gap`]: an earlier one of its chain, or the one its incarnation follows, is missing;
    /// - [`Error::Damaged`]: it does not hash to what it says;
    /// - [`Error::Fork`]: another one is stored under its coordinate or under the one it follows;
    /// - [`Error::UpgradeNeeded`]: this version does not know all it says;
    /// - [`Error::Invalid`], [`Error::Overflow`] and their kin: it says what cannot be done.
    pub fn receive(&self, operation: &Operation) -> Result<bool> {
        receive(self, operation, false)
    }

    /// Applies an operation like [`Tx::receive`]. A stamp more than [`AHEAD_MS_MAX`] ahead of this
    /// node's clock counts as that much here; the operation keeps its own. One that is damaged or
    /// cannot be applied is stored all the same, without effect, so that it blocks none of those that
    /// come after it.
    pub(crate) fn receive_anyway(&self, operation: &Operation) -> Result<bool> {
        let done = self.nested(|tx| receive(tx, operation, true));
        let state = match &done {
            Err(Error::Damaged(_)) => DAMAGED,
            Err(error) if is_nonsense(error) || is_damage(error) => REFUSED,
            _ => return done,
        };
        self.set_tip(None);
        let conn = self.conn();
        let chain = match begun(conn, operation.id)? {
            Some(chain) => chain,
            None => begin(conn, operation)?,
        };
        forget_orphan(conn, chain.key, operation.id.seq)?;
        let place = place(self, &chain, operation, true)?;
        let (customer_key, is_erased) = log::owner_of_words(conn, operation, &chain.hash);
        log::store(self, place, operation, customer_key, is_erased, state)?;
        if !place.mode.keeps_base {
            let kind = match state {
                DAMAGED => ConflictKind::DamagedOperation,
                _ => ConflictKind::RefusedOperation,
            };
            note(self, place, kind, &operation.id.to_string())?;
        }
        match &done {
            Err(error) if is_damage(error) => note_damage(conn, error, self.store().now())?,
            _ => {}
        }
        Ok(true)
    }
}

/// Whether an error says that the operation can be applied nowhere, and not that something is wrong
/// here.
pub(crate) fn is_nonsense(error: &Error) -> bool {
    match error {
        Error::Invalid { .. } | Error::Overflow | Error::NotFound { .. } => true,
        Error::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
        ),
        _ => false,
    }
}

/// Whether an error says that a row here is damaged on which the operation would write on.
pub(super) fn is_damage(error: &Error) -> bool {
    matches!(error, Error::DamagedRow { .. })
}

/// A row that does not read is damaged like one whose seal is broken: people hear whom it concerns.
fn damage(error: Error, changes: &[Change]) -> Error {
    match changes.first() {
        Some(Change { subject, .. }) if error.is_unreadable() => {
            Error::DamagedRow { what: subject.noun(), id: subject.to_string() }
        }
        _ => error,
    }
}

fn receive(tx: &Tx<'_>, operation: &Operation, is_clamped: bool) -> Result<bool> {
    let (conn, id) = (tx.conn(), operation.id);
    tx.set_tip(None); // Our own clock follows what is received.
    let stored = begun(conn, id)?;
    let seq = stored.as_ref().map_or(0, |chain| chain.seq);
    if let Some(chain) = stored.as_ref().filter(|_| (1..=seq).contains(&id.seq)) {
        return match chain::hash_at(conn, chain, id.seq)? {
            Some(hash) if hash != operation.hash => Err(Error::Fork(id)),
            _ if drill::holds(Rule::Once) => Ok(false),
            _ => twice(tx, operation),
        };
    }
    if id.seq != seq + 1 && drill::holds(Rule::Gap) {
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
    if id.seq == seq + 1 {
        operation.verify(&before)?;
    }
    let changes = operation.changes()?;
    let is_forked = stored.is_none() && check_follows(conn, operation)?;
    let chain = match stored {
        Some(chain) => chain,
        None => begin(conn, operation)?,
    };
    forget_orphan(conn, chain.key, id.seq)?;
    let place = place(tx, &chain, operation, is_clamped)?;
    tx.nested(|tx| log::perform(tx, place, operation, &changes, None))
        .map_err(|error| damage(error, &changes))?;
    if !place.mode.keeps_base {
        if is_forked {
            note(tx, place, ConflictKind::Forked, &id.node.to_string())?;
        }
        note_overdrawn(tx, place, &changes)?;
    }
    conn.prepare_cached("update node set hlc = max(hlc, ?1)")?.execute([place.stamp.time()])?;
    Ok(true)
}

/// The chain of an operation, if anything of it is stored.
fn begun(conn: &Connection, id: OperationId) -> Result<Option<Chain>> {
    Ok(chain::find(conn, id.node, id.incarnation)?.filter(|chain| chain.seq > 0))
}

fn begin(conn: &Connection, operation: &Operation) -> Result<Chain> {
    chain::begin(conn, operation.id.node, operation.id.incarnation, operation.follows, 0)
}

/// What an operation would do that came again, without the rule against it.
fn twice(tx: &Tx<'_>, operation: &Operation) -> Result<bool> {
    let rows = Rows::new(tx.conn(), Mode::read(tx.conn())?);
    super::redo(tx, &rows, operation)?;
    rows.settle(tx.store().incarnation(), image::of)?;
    Ok(true)
}

/// Where the operation goes, and the stamp its edits get.
fn place(tx: &Tx<'_>, chain: &Chain, operation: &Operation, is_clamped: bool) -> Result<Place> {
    let conn = tx.conn();
    let position = chain::last_position(conn)? + 1;
    let mut time = operation.hlc.time();
    if is_clamped {
        let limit = Hlc::after(0, log::latest(tx.store().now()), operation.id.node);
        // Those that are clamped in one millisecond keep their order.
        time = time.min(limit.time() | (position.cast_unsigned() & 0xffff));
    }
    let stamp = Hlc::from_parts(time, operation.id.node);
    Ok(Place { incarnation_key: chain.key, position, mode: Mode::read(conn)?, stamp })
}

/// An operation that lay here beyond a hole is stored again in its turn.
fn forget_orphan(conn: &Connection, incarnation_key: i64, seq: u64) -> Result<()> {
    conn.prepare_cached("delete from operation where incarnation_key = ?1 and seq = ?2")?
        .execute(rusqlite::params![incarnation_key, seq])?;
    Ok(())
}

/// Notes trouble that is nobody's customer's.
fn note(tx: &Tx<'_>, place: Place, kind: ConflictKind, value: &str) -> Result<()> {
    let rows = Rows::new(tx.conn(), place.mode);
    claim::note(&rows, kind, value, None, None, place.stamp.at())?;
    rows.settle(tx.store().incarnation(), image::of)
}

/// Notes movements that took a balance below its limit: each was allowed where it was made, and more
/// was taken elsewhere.
fn note_overdrawn(tx: &Tx<'_>, place: Place, changes: &[Change]) -> Result<()> {
    let rows = Rows::new(tx.conn(), place.mode);
    for change in changes {
        let id = change.fields.get("id").and_then(|id| id.as_str());
        let Some(id) = id.filter(|_| change.kind == super::ChangeKind::Credit) else { continue };
        let mut statement = rows.prepare_cached(
            "select customer.credit_minor + customer.credit_line < 0 and t.effect_minor < 0
               from credit_transaction t
               join customer on customer.key = t.customer_key
              where t.id = ?1",
        )?;
        let is_overdrawn = statement.query_row([id], |row| row.get(0)).optional()?;
        if is_overdrawn == Some(true) {
            let customer = Some(&change.subject);
            claim::note(&rows, ConflictKind::Overdrawn, id, customer, None, place.stamp.at())?;
        }
    }
    rows.settle(tx.store().incarnation(), image::of)
}

/// What an incarnation goes on from must be here. It need not be its author's last operation: a file
/// that was restored or cloned branches there, and what both branches say are facts. Says whether it
/// does, or follows nothing although its author has written before.
fn check_follows(conn: &Connection, operation: &Operation) -> Result<bool> {
    let got = operation.id;
    let Some(head) = operation.follows else { return chain::is_known(conn, got.node) };
    let found = chain::find(conn, got.node, head.incarnation)?;
    let seq = found.as_ref().map_or(0, |chain| chain.seq);
    let Some(before) = found.filter(|_| seq >= head.seq) else {
        let expected = OperationId { incarnation: head.incarnation, seq: seq + 1, ..got };
        return Err(Error::Gap { got, expected });
    };
    match chain::hash_at(conn, &before, head.seq)? {
        Some(hash) if hash != head.hash => return Err(Error::Fork(got)),
        _ => {}
    }
    Ok(before.seq > head.seq || chain::is_followed(conn, got.node, head)?)
}
