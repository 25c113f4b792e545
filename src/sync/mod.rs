//! Sync: what nodes tell each other, as values.
//!
//! A child pushes operations up and pulls units down. Everything here is a value or a call that takes
//! one; the network comes on top, so that a simulation drives the same calls without one.
//!
//! ```text
//! child                                    parent
//! Store::hello        -> Hello      ->     Store::admit
//! Store::greet        <- Session    <-
//! Store::pending      -> Batch      ->     Store::receive
//! Store::note_received <- Received  <-
//! Store::cursor       -> Cursor     ->     Store::changes_since
//! Store::stage        <- Page       <-     (the last page of a run ends with a checkpoint)
//! Store::publish(&checkpoint)                     (Store::take_page does both)
//! ```

mod acknowledgement;
mod admit;
mod arrival;
mod chains;
mod children;
#[cfg(feature = "sync")]
pub mod client;
mod copy;
mod down;
mod fill;
mod fork;
mod greet;
mod joined;
mod key;
mod naming;
#[cfg(feature = "sync")]
mod parent;
mod publish;
mod receive;
mod repair;
mod retention;
pub mod snapshot;
mod status;
mod up;
pub mod wire;

use std::collections::BTreeMap;
use std::fmt;

use crate::id::{NodeId, OperationId};
use crate::operation::{Hash, Operation};
use crate::time::Timestamp;
use crate::unit::{Digest, Image, Unit};

pub use crate::store::OTHER_ROOTS_MAX;
pub use acknowledgement::Acknowledgement;
pub use admit::{HANDOVER_HELLOS, LATER_EPOCHS_MAX};
pub use children::{Child, EraseReport};
pub use publish::Published;
pub use repair::{BUCKETS, Buckets, Repair};
pub use retention::RETENTION_DAYS;
pub use status::{BACKLOG_BYTES, BACKLOG_OPERATIONS, ChildStatus, Proof, Status, Trouble, Waiting};

/// The version of the protocol that this version speaks; the only one so far.
pub const PROTOCOL: u32 = 1;
/// At most so many operations are in a batch.
pub const BATCH_OPERATIONS_MAX: usize = 500;
/// A batch or a page ends when its texts have so many bytes: 1 MiB.
pub const BATCH_BYTES_MAX: usize = 1 << 20;
/// At most so many units are in a page.
pub const PAGE_UNITS_MAX: usize = 2_000;
/// At most so many chains are named in one message: it fits in a body of 8 MiB even when each number
/// is as long as it can be.
pub const CHAINS_MAX: usize = 20_000;

/// Of the chains of which a node has nothing, and of the nodes that have never written anything, so many
/// of those that one child names are named to the parent.
pub const STRANGERS_MAX: usize = 1_000;

/// One opening of one file: the operations it has written, numbered without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chain {
    /// The file.
    pub node: NodeId,
    /// Its opening.
    pub incarnation: u64,
}

impl Chain {
    /// The operation of this number.
    pub fn at(self, seq: u64) -> OperationId {
        OperationId { node: self.node, incarnation: self.incarnation, seq }
    }

    /// The chain that an operation belongs to.
    pub fn of(id: OperationId) -> Self {
        Self { node: id.node, incarnation: id.incarnation }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.node, self.incarnation)
    }
}

/// How far somebody has a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The number of the last operation, 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// How far somebody has each chain of a list.
pub type Vector = BTreeMap<Chain, Reach>;
/// How far the root has each chain of a list.
pub type RootVector = BTreeMap<Chain, u64>;

/// The root's feed number behind what a node shows; `None` where it was not heard of lately, so that
/// nothing is known of it that the parent was not told before.
pub type Mark = Option<u64>;

/// What a child says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Who it is.
    pub node: NodeId,
    /// The opening of its file that writes now.
    pub incarnation: u64,
    /// The least and the greatest version of the protocol it speaks.
    pub protocol: (u32, u32),
    /// Label and exponent of the currency it counts in.
    pub currency: (String, u8),
    /// The root of the tree it is part of; `None` as long as it is part of none.
    pub root: Option<NodeId>,
    /// The root's epoch as it knows it; 0 without one.
    pub root_epoch: u64,
    /// Whether it holds every operation it ever wrote or received.
    pub is_complete: bool,
    /// How far it has the chains about which it wants to hear.
    pub chains: Vector,
    /// How far it believes the root has them.
    pub root_received: RootVector,
    /// Where its copy of the parent's state stands.
    pub cursor: Option<Cursor>,
    /// The nodes below it, and what it has heard of each; its own mark is the first.
    pub marks: Vec<(NodeId, Mark)>,
    /// Roots of other trees: nodes of theirs have come to it, and it does not know whether these trees have
    /// joined this one. At most [`OTHER_ROOTS_MAX`].
    pub other_roots: Vec<NodeId>,
}

/// What a parent answers to a [`Hello`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The version of the protocol both speak.
    pub protocol: u32,
    /// Who the parent is.
    pub node: NodeId,
    /// The root of the tree.
    pub root: NodeId,
    /// How often the root was restored, as a number that rises.
    pub root_epoch: u64,
    /// How far the parent has the chains that were named, and no farther than they were, unless it does not
    /// know any more what stands there.
    pub received: Vector,
    /// How far the root has them, as far as the parent knows.
    pub root_received: RootVector,
    /// Those of [`Hello::other_roots`] that have joined this tree, as far as the parent knows.
    pub joined: Vec<NodeId>,
    /// The parent's clock.
    pub server_time: Timestamp,
}

/// Operations on their way up, each chain in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which they arrived at the child.
    pub operations: Vec<Operation>,
}

/// What a parent answers to a [`Batch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// How far the parent has every chain of the batch; of those that were taken, no farther than that.
    pub received: Vector,
    /// How far the root has them, as far as the parent knows.
    pub root_received: RootVector,
    /// The chains that were not taken as far as they were sent, and why.
    pub refused: Vec<Refused>,
    /// See [`Session::root_epoch`].
    pub root_epoch: u64,
    /// The parent's clock.
    pub server_time: Timestamp,
}

/// Where a chain of a batch stopped; what came before it was taken, and so were the other chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The first operation that was not taken.
    pub id: OperationId,
    /// Why.
    pub why: Why,
}

/// Why an operation was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// This one must come first.
    Gap(OperationId),
    /// Another one has its place, or may have, because the parent does not know any more what stood there:
    /// two files write one chain. Where what the parent has further on is the same as here, so is this one.
    Fork,
    /// Its author talks to the parent itself, or is the parent.
    NotYours,
    /// The parent's version is too old for it; it waits until the parent is upgraded.
    UpgradeServer(String),
}

/// A place in the feed of a node.
///
/// It names the opening of the file that has given out its number, so that a file that was restored
/// since does not take it for one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Whose feed.
    pub node: NodeId,
    /// Which opening gave out the number.
    pub incarnation: u64,
    /// The last number that was read.
    pub number: u64,
    /// Within a run that reads everything: where the feed ended when the run began. What had gone until
    /// then the run never shows, so the feed may forget it meanwhile.
    pub whole: Option<u64>,
}

impl Cursor {
    /// Reads what `Display` writes: node, opening and number with points between, and a fourth number
    /// within a run that reads everything.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let cursor = Self {
            node: NodeId::parse(parts.next()?)?,
            incarnation: parts.next()?.parse().ok()?,
            number: parts.next()?.parse().ok()?,
            whole: parts.next().map(str::parse).transpose().ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.node, self.incarnation, self.number)?;
        self.whole.map_or(Ok(()), |whole| write!(f, ".{whole}"))
    }
}

/// Units on their way down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The units as they are, `None` where one is gone.
    pub units: Vec<(Unit, Option<Image>)>,
    /// Where this page began; `None` before everything.
    pub since: Option<Cursor>,
    /// Where the next page begins.
    pub next: Cursor,
    /// Whether the run began before everything: what it does not hold is not there.
    pub is_full: bool,
    /// In the last page of a run: the state that the run makes up.
    pub checkpoint: Option<Checkpoint>,
}

/// A state that the parent really had, read in the same snapshot as the last page of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Where the next run begins.
    pub cursor: Cursor,
    /// How far the state includes the child's chains.
    pub included: Vector,
    /// How far the root has them, as far as the parent knows.
    pub root_received: RootVector,
    /// The sums of all units of the state.
    pub digest: Digest,
    /// See [`Session::root`].
    pub root: NodeId,
    /// See [`Session::root_epoch`].
    pub root_epoch: u64,
    /// The root's feed number behind the state.
    pub root_mark: u64,
    /// The root's time when it had that number last.
    pub root_at: Timestamp,
    /// The parent's clock.
    pub server_time: Timestamp,
}

/// How much goes into one batch or page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Operations or units.
    pub items: usize,
    /// Bytes of their texts, about; one item goes whatever its size.
    pub bytes: usize,
}

impl Limit {
    /// A batch of operations.
    pub const BATCH: Self = Self { items: BATCH_OPERATIONS_MAX, bytes: BATCH_BYTES_MAX };
    /// A page of units.
    pub const PAGE: Self = Self { items: PAGE_UNITS_MAX, bytes: BATCH_BYTES_MAX };

    /// Half as much, for what was too large.
    pub fn halved(self) -> Self {
        Self { items: (self.items / 2).max(1), bytes: (self.bytes / 2).max(1) }
    }
}
