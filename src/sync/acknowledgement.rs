//! Acknowledgement: how far a write has come, as this node knows it.
//!
//! Nothing of it is stored: it follows from how far the parent and the root have the chains.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Chain;
use super::chains::{self, Known};
use crate::choice::choice;
use crate::clock::monotonic;
use crate::credit;
use crate::error::{Error, Result};
use crate::id::{OperationId, TransactionId};
use crate::operation;
use crate::store::Store;

choice! {
    /// Where a write is on disk. Each level says more than the ones before it.
    Acknowledgement {
        /// Here: it outlives a crash of this machine, and is lost with its disk.
        Local = "local",
        /// At the parent as well: it outlives the loss of this machine.
        Hub = "hub",
        /// At the root of the tree: every node will show it.
        Root = "root",
    }
}

/// While nothing is committed here, a look comes this often all the same: beside another process nobody
/// tells of its commits.
const LOOK_WAIT: Duration = Duration::from_millis(500);

impl Store {
    /// How far a credit transaction has come, as far as this node has heard. At a root, and in a file
    /// without a parent, everything has come all the way; a file that a
    /// [`Client`](crate::sync::client::Client) is to bring to its first parent has one already.
    ///
    /// It rises with the rounds that this node does with its parent. It falls when the parent or the root
    /// comes back from an older backup, or this node gets another parent, until what they lack has gone up
    /// again. Of another node's transaction that is known by the parent's state alone, nobody tells
    /// whether the root has it: it is [`Acknowledgement::Hub`] below a parent that is not the root.
    ///
    /// The operation that recorded it is looked for from its author's latest on: soon found for one that was
    /// just written, and a look at all of the author's that are still here for an old one.
    ///
    /// ```
    /// use tillbook::sync::Acknowledgement;
    /// use tillbook::{CreditTransaction, Customer, Money, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// let deposit = CreditTransaction::deposit(store.stamp(), &ada.id, Money::from_minor(1000));
    /// store.record(&deposit)?;
    /// assert_eq!(store.acknowledgement(&deposit.id)?, Acknowledgement::Root); // nobody is above it
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: this node knows no such transaction.
    pub fn acknowledgement(&self, id: &TransactionId) -> Result<Acknowledgement> {
        self.read_snapshot(|conn| of_transaction(self, conn, id))
    }

    /// Waits until a credit transaction has come as far as `level`, at most for `timeout`, and returns how
    /// far it has come by then: less than `level` when the time was over. The transaction stays recorded
    /// whatever comes of it, and goes up later.
    ///
    /// It blocks the thread, not the store: another thread must do the rounds, such as that of
    /// [`Client::start`](crate::sync::client::Client::start). It must not be called within
    /// [`Store::write`].
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tillbook::{CreditTransaction, CustomerId, Money, Store};
    /// use tillbook::sync::Acknowledgement::Hub;
    ///
    /// # fn pay_in(store: &Store, ada: &CustomerId) -> Result<(), tillbook::Error> {
    /// let deposit = CreditTransaction::deposit(store.stamp(), ada, Money::from_minor(50_000));
    /// store.record(&deposit)?; // on this disk
    /// let reached = store.wait_for_acknowledgement(&deposit.id, Hub, Duration::from_secs(5))?;
    /// if reached < Hub {
    ///     println!("the shop's server has not confirmed it yet");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Store::acknowledgement`].
    pub fn wait_for_acknowledgement(
        &self,
        id: &TransactionId,
        level: Acknowledgement,
        timeout: Duration,
    ) -> Result<Acknowledgement> {
        self.wait_until(level, timeout, || self.acknowledgement(id))
    }

    /// How far all that this node itself has written until now has come: the least of its writes.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn acknowledgement_of_all(&self) -> Result<Acknowledgement> {
        self.acknowledgement_of(&mut self.written()?)
    }

    /// Waits until all that this node itself has written until now has come as far as `level`, like
    /// [`Store::wait_for_acknowledgement`]; what is written meanwhile is not waited for.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn wait_for_acknowledgement_of_all(
        &self,
        level: Acknowledgement,
        timeout: Duration,
    ) -> Result<Acknowledgement> {
        let mut written = self.written()?;
        self.wait_until(level, timeout, || self.acknowledgement_of(&mut written))
    }

    /// What this node itself has written until now.
    pub(crate) fn written(&self) -> Result<Written> {
        self.read_snapshot(|conn| written(self, conn))
    }

    /// How far that has come.
    pub(crate) fn acknowledgement_of(&self, marked: &mut Written) -> Result<Acknowledgement> {
        if marked.0.is_empty() {
            return Ok(Acknowledgement::Root);
        }
        self.read_snapshot(|conn| {
            let mut least = Acknowledgement::Root;
            for at in &marked.0 {
                let Some(level) = of_operation(conn, *at)? else {
                    // Gone on under another name: what is written now is at least as much.
                    *marked = written(self, conn)?;
                    return Ok(Acknowledgement::Local);
                };
                least = least.min(level);
            }
            Ok(least)
        })
    }

    fn wait_until(
        &self,
        level: Acknowledgement,
        timeout: Duration,
        mut look: impl FnMut() -> Result<Acknowledgement>,
    ) -> Result<Acknowledgement> {
        let until: Option<Instant> = monotonic().checked_add(timeout);
        loop {
            // The turn first: what is committed after the look moves it.
            let turn = self.wait_for_commit(u64::MAX, Duration::ZERO);
            let reached = look()?;
            let left = until.map_or(LOOK_WAIT, |it| it.saturating_duration_since(monotonic()));
            if reached >= level || left.is_zero() {
                return Ok(reached);
            }
            self.wait_for_commit(turn, left.min(LOOK_WAIT));
        }
    }
}

/// The ends of this node's own chains, as far as the root does not have them.
#[derive(Debug)]
pub(crate) struct Written(Vec<OperationId>);

fn written(store: &Store, conn: &Connection) -> Result<Written> {
    if is_root(store, conn)? {
        return Ok(Written(Vec::new()));
    }
    let open = chains::list(conn, "node = (select id from node) and seq > root_seq")?;
    Ok(Written(open.iter().map(|known| known.chain.at(known.reach.seq)).collect()))
}

/// Whether nobody is above this node, nor is to be.
fn is_root(store: &Store, conn: &Connection) -> Result<bool> {
    Ok(!store.has_client() && chains::is_root(conn)?)
}

fn of_transaction(store: &Store, conn: &Connection, id: &TransactionId) -> Result<Acknowledgement> {
    let unknown = || Error::NotFound { what: "credit transaction", id: id.to_string() };
    let author = credit::author(conn, id)?.ok_or_else(unknown)?;
    if is_root(store, conn)? {
        return Ok(Acknowledgement::Root);
    }
    if let Some(at) = operation::recording(conn, author, id)? {
        return Ok(of_operation(conn, at)?.unwrap_or(Acknowledgement::Local));
    }
    let pruned = match author == store.node() {
        true => of_pruned(conn)?,
        false => None,
    };
    pruned.map_or_else(|| of_copy(conn), Ok)
}

/// How far an operation has come; `None` where its chain does not go so far here.
fn of_operation(conn: &Connection, at: OperationId) -> Result<Option<Acknowledgement>> {
    let known = chains::find(conn, Chain::of(at))?.filter(|known| at.seq <= known.reach.seq);
    Ok(known.map(|known| of_number(&known, at.seq)))
}

fn of_number(known: &Known, seq: u64) -> Acknowledgement {
    match seq {
        _ if seq <= known.root_seq => Acknowledgement::Root,
        _ if seq <= known.parent_seq => Acknowledgement::Hub,
        _ => Acknowledgement::Local,
    }
}

/// How far that of this node's own has come which is here no more: only what the root has is deleted, but
/// it may have gone back since. `None` where nothing is gone.
fn of_pruned(conn: &Connection) -> Result<Option<Acknowledgement>> {
    let gone = chains::list(conn, "node = (select id from node) and pruned_seq > 0")?;
    Ok(gone.iter().map(|known| of_number(known, known.pruned_seq)).min())
}

/// How far that has come which is known by the copy of the parent's state alone. A copy that is to be read
/// anew says nothing: the parent went back, or is another one.
fn of_copy(conn: &Connection) -> Result<Acknowledgement> {
    let sql = "select cursor is not null, parent is root from node";
    let (stands, is_of_root): (bool, bool) =
        conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match (stands, is_of_root) {
        (false, _) => Acknowledgement::Local,
        (true, false) => Acknowledgement::Hub,
        (true, true) => Acknowledgement::Root,
    })
}
