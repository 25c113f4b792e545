//! Location: where customers' accounts come from, in a tree.
//!
//! Nodes apart from each other can delete a parent, or put two locations below each other. Every
//! location keeps its parent as it was written; what counts of it is decided when it is read, alike
//! on every node and in whatever order the writes arrived.

mod field;
mod row;
mod tree;
mod unit;

use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::choice::choice;
use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::id::LocationId;
use crate::query::{Page, TAKE_MAX};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

pub(crate) use field::name_value;
use row::columns;
use row::shown;
pub(crate) use row::{Known, SEALED, id_of, key_of, known, store};
pub(crate) use tree::{Tree, cut, is_below, is_live};
pub(crate) use unit::{image, put};

choice! {
    /// What a location stands for (tratta.md section 5).
    LocationType {
        /// Whoever the customer owed first.
        OriginalCreditor = "original_creditor",
        /// Whoever the customer owes now.
        CurrentCreditor = "current_creditor",
        /// A kind of goods or of service.
        ProductType = "product_type",
    }
}

/// A place in the tree of those to whom customers owe.
///
/// ```
/// use tillbook::{Location, Store};
///
/// let store = Store::open_in_memory()?;
/// let chain = store.create_location(&Location::new(store.stamp(), "Corner shops"))?;
/// let mut shop = Location::new(store.stamp(), "Main Street");
/// shop.parent_id = Some(chain.id.clone());
/// let shop = store.create_location(&shop)?;
/// assert_eq!(store.placement(&chain.id)?.children, [shop]);
/// # Ok::<(), tillbook::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Names the location on every node for ever.
    pub id: LocationId,
    /// Its name, of one line and not empty; unique among the locations of its type, white space at
    /// the ends apart.
    pub name: String,
    /// What it stands for.
    pub kind: LocationType,
    /// Id in an outside system; unique among locations.
    pub external_id: Option<String>,
    /// The location above it. One that was deleted counts as none.
    pub parent_id: Option<LocationId>,
    /// Free data; its top-level keys merge one by one. A null is the same as no key.
    pub meta: Map<String, Value>,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
    /// When it was created. Kept by the store.
    pub created_at: Timestamp,
    /// When it last changed. Kept by the store.
    pub changed_at: Timestamp,
}

impl Location {
    /// A new location with the stamp's id and time, an original creditor without a parent.
    pub fn new(stamp: Stamp, name: impl Into<String>) -> Self {
        Self::with_id(LocationId::from(stamp.id), name, stamp.at)
    }

    /// A new location with an id of the caller's, made at `at`.
    pub fn with_id(id: LocationId, name: impl Into<String>, at: Timestamp) -> Self {
        Self {
            id,
            name: name.into(),
            kind: LocationType::OriginalCreditor,
            external_id: None,
            parent_id: None,
            meta: Map::new(),
            ext: Map::new(),
            created_at: at,
            changed_at: at,
        }
    }
}

/// A location and those next to it in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The location itself.
    pub location: Location,
    /// The one above it.
    pub parent: Option<Location>,
    /// Those directly below it, by name.
    pub children: Vec<Location>,
}

impl Store {
    /// The location with this id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted.
    pub fn location(&self, id: &LocationId) -> Result<Location> {
        self.read_snapshot(|conn| find(conn, id))
    }

    /// The location with this id, its parent and its children.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted.
    pub fn placement(&self, id: &LocationId) -> Result<Placement> {
        self.read_snapshot(|conn| place(conn, &mut Tree::new(conn), find(conn, id)?))
    }

    /// A page of the locations, the oldest first, and how many there are.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_locations(&self, page: Page) -> Result<(Vec<Location>, u64)> {
        self.read_snapshot(|conn| list(conn, &mut Tree::new(conn), page))
    }

    /// A page of the locations, each with its parent and its children, and how many there are.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn list_placements(&self, page: Page) -> Result<(Vec<Placement>, u64)> {
        self.read_snapshot(|conn| {
            let mut tree = Tree::new(conn);
            let (locations, total) = list(conn, &mut tree, page)?;
            let placed = locations.into_iter().map(|location| place(conn, &mut tree, location));
            Ok((placed.collect::<Result<_>>()?, total))
        })
    }
}

impl Tx<'_> {
    /// The location with this id, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted.
    pub fn location(&self, id: &LocationId) -> Result<Location> {
        find(self.conn(), id)
    }

    /// The location with this id, its parent and its children, as this transaction sees them.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is none, or it was deleted.
    pub fn placement(&self, id: &LocationId) -> Result<Placement> {
        place(self.conn(), &mut Tree::new(self.conn()), find(self.conn(), id)?)
    }
}

/// The live location with this id.
pub(crate) fn find(conn: &Connection, id: &LocationId) -> Result<Location> {
    let sql = concat!("select ", columns!(), " from location where state = 0 and id = ?1");
    let found = shown(conn, &mut Tree::new(conn), sql, &[&id])?;
    found.into_iter().next().ok_or_else(|| Error::no_location(id))
}

fn list(conn: &Connection, tree: &mut Tree<'_>, page: Page) -> Result<(Vec<Location>, u64)> {
    let sql = "select count(*) from location where state = 0";
    let total = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let (take, skip) = (page.take.min(TAKE_MAX), i64::try_from(page.skip).unwrap_or(i64::MAX));
    let sql = concat!(
        "select ",
        columns!(),
        " from location where state = 0 order by created_at, id limit ?1 offset ?2"
    );
    Ok((shown(conn, tree, sql, &[&take, &skip])?, total))
}

fn place(conn: &Connection, tree: &mut Tree<'_>, location: Location) -> Result<Placement> {
    let parent = location.parent_id.as_ref().map(|id| find(conn, id)).transpose()?;
    let sql = concat!(
        "select ",
        columns!(),
        " from location where state = 0 and parent_id = ?1 order by name, id"
    );
    let mut children = shown(conn, tree, sql, &[&location.id])?;
    children.retain(|child| child.parent_id.as_ref() == Some(&location.id));
    Ok(Placement { location, parent, children })
}
