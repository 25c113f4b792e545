//! Hierarchy: the writes of locations, and who owns a name or an external id among them.

use rusqlite::Connection;
use serde_json::Map;

use crate::claim::{self, ClaimKind};
use crate::error::{Error, Result};
use crate::id::LocationId;
use crate::location::{self, Known, Location, LocationType, Tree};
use crate::operation::{self, Change, ChangeKind};
use crate::profile::one_transaction;
use crate::register::difference;
use crate::store::{Store, Tx};

one_transaction! {
    /// Stores a new location and returns it as it is stored; see [`Tx::create_location`].
    ///
    /// # Errors
    ///
    /// As [`Tx::create_location`].
    create_location(location: &Location) -> Location;
    /// Replaces every field of a location and returns it as it is stored; see [`Tx::update_location`].
    ///
    /// # Errors
    ///
    /// As [`Tx::update_location`].
    update_location(location: &Location) -> Location;
    /// Hides a location for ever; its name and its external id are free again. Those below it stay,
    /// and have no parent from then on.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such location.
    delete_location(id: &LocationId) -> ();
}

impl Store {
    /// Changes single fields of a location as it stands now, and returns it as it is stored.
    ///
    /// # Errors
    ///
    /// As [`Tx::update_location`].
    pub fn edit_location(
        &self,
        id: &LocationId,
        edit: impl FnOnce(&mut Location),
    ) -> Result<Location> {
        self.write(|tx| tx.edit_location(id, edit))
    }

    /// The location that owns this external id.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_location(&self, external_id: &str) -> Result<Option<Location>> {
        self.read_snapshot(|conn| owner(conn, ClaimKind::LocationExternalId, external_id))
    }

    /// The location of this type that owns this name, white space at its ends apart.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_location_named(&self, kind: LocationType, name: &str) -> Result<Option<Location>> {
        let value = location::name_value(kind, name);
        self.read_snapshot(|conn| owner(conn, ClaimKind::LocationName, &value))
    }
}

impl Tx<'_> {
    /// The location that owns this external id, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_location(&self, external_id: &str) -> Result<Option<Location>> {
        owner(self.conn(), ClaimKind::LocationExternalId, external_id)
    }

    /// The location of this type that owns this name, as this transaction sees it; white space at the
    /// ends of the name plays no part.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn find_location_named(&self, kind: LocationType, name: &str) -> Result<Option<Location>> {
        owner(self.conn(), ClaimKind::LocationName, &location::name_value(kind, name))
    }

    /// Stores a new location and returns it as it is stored.
    ///
    /// # Errors
    ///
    /// - [`Error::Taken`]: another location has the external id, or another one of its type the name;
    /// - [`Error::Invalid`]: a field breaks a rule, the id was used before, or there is no such
    ///   parent.
    pub fn create_location(&self, new: &Location) -> Result<Location> {
        if location::known(self.conn(), &new.id)?.is_some() {
            return Err(Error::invalid("id", "was used before"));
        }
        self.store_location(new, None)
    }

    /// Replaces every field of a location and returns it as it is stored. Only what differs from what
    /// [`Tx::location`] shows becomes an operation; nothing does when nothing differs.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such location;
    /// - [`Error::Taken`]: another location has the external id, or another one of its type the name;
    /// - [`Error::Invalid`]: a field breaks a rule, there is no such parent, or the parent is the
    ///   location itself or below it.
    pub fn update_location(&self, location: &Location) -> Result<Location> {
        location::find(self.conn(), &location.id)?;
        self.store_location(location, location::known(self.conn(), &location.id)?.as_ref())
    }

    /// Changes single fields of a location as it stands now, and returns it as it is stored.
    ///
    /// # Errors
    ///
    /// As [`Tx::update_location`].
    pub fn edit_location(
        &self,
        id: &LocationId,
        edit: impl FnOnce(&mut Location),
    ) -> Result<Location> {
        let mut location = self.location(id)?;
        edit(&mut location);
        location.id = id.clone();
        self.update_location(&location)
    }

    /// Hides a location; see [`Store::delete_location`].
    ///
    /// # Errors
    ///
    /// As [`Store::delete_location`].
    pub fn delete_location(&self, id: &LocationId) -> Result<()> {
        self.location(id)?;
        operation::append(self, &[Change::bare(ChangeKind::LocationRemove, id)])
    }

    /// Writes what differs from the row, if there is one.
    fn store_location(&self, new: &Location, known: Option<&Known>) -> Result<Location> {
        let conn = self.conn();
        let mut location = new.normalised();
        location.ext = known.map_or_else(Map::new, |known| known.location.ext.clone());
        let known_location = known.map(|known| &known.location);
        location.check(known_location)?;
        let shown = Tree::new(conn).parent(&location.id)?;
        match (&location.parent_id, known) {
            // The parent that was written stays where the one that counts is not changed.
            (parent, Some(known)) if *parent == shown => {
                location.parent_id = known.location.parent_id.clone();
            }
            (Some(parent), _) => check_parent(conn, parent, &location.id)?,
            (None, _) => {}
        }
        let (kind, key) = (ClaimKind::LocationName, known.and_then(|known| known.key));
        let name = location::name_value(location.kind, &location.name);
        let had_name = known_location.map(|old| location::name_value(old.kind, &old.name));
        if had_name.as_ref() != Some(&name) {
            claim::check_free(conn, kind, &name, key, || "name".to_owned())?;
        }
        let had_external_id = known_location.and_then(|old| old.external_id.as_ref());
        if let Some(id) = location.external_id.as_ref().filter(|id| had_external_id != Some(*id)) {
            let kind = ClaimKind::LocationExternalId;
            claim::check_free(conn, kind, id, key, || "external_id".to_owned())?;
        }
        let before = known_location.map(Location::fields).unwrap_or_default();
        let fields = difference(&before, &location.fields());
        if !fields.is_empty() {
            let change = Change::new(ChangeKind::LocationSet, &location.id, fields);
            operation::append(self, &[change])?;
        }
        location::find(conn, &location.id)
    }
}

/// Refuses a parent that is not there, and one that the location is above of.
fn check_parent(conn: &Connection, parent: &LocationId, id: &LocationId) -> Result<()> {
    let rule = match location::is_live(conn, parent)? {
        _ if parent == id => "must not be the location itself",
        false => "must be the id of another location",
        true if location::is_below(conn, parent, id)? => "must not be a location below this one",
        true => return Ok(()),
    };
    Err(Error::invalid("parent_id", rule))
}

fn owner(conn: &Connection, kind: ClaimKind, value: &str) -> Result<Option<Location>> {
    let Some(key) = claim::owner(conn, kind, value)? else { return Ok(None) };
    Ok(Some(location::find(conn, &location::id_of(conn, key)?)?))
}
