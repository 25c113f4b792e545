//! Install: an empty node takes a snapshot over.
//!
//! The parts are gathered beside the file and become a store there; only then do they take its name. A
//! crash at any moment leaves the old file, or the new one.

use std::path::Path;

use rusqlite::{Connection, params};

use super::manifest::{Manifest, Part};
use super::part_file::{self, PartFile};
use super::{TABLES, columns, fresh_objects, objects, open};
use crate::backup;
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::hold::{self, Held, beside};
use crate::id::NodeId;
use crate::migrate::{self, APPLICATION_ID, Options, SCHEMA_VERSION};
use crate::money::Currency;
use crate::unit::{Side, read_digest};

/// How often the parts are looked through before it is plain that they do not stay what they were.
const LOOKS_MAX: usize = 3;

/// Where a snapshot comes from.
pub trait Parts {
    /// What can go wrong there.
    type Error: From<Error>;

    /// The snapshot that there is.
    ///
    /// # Errors
    ///
    /// - whatever keeps it from coming.
    fn manifest(&mut self) -> Result<Manifest, Self::Error>;

    /// The bytes of one part of it.
    ///
    /// # Errors
    ///
    /// - whatever keeps them from coming, above all that there is another snapshot by now.
    fn part(&mut self, manifest: &Manifest, number: usize) -> Result<Vec<u8>, Self::Error>;
}

/// What a bootstrap has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrapped {
    /// The node that the file is now.
    pub node: NodeId,
    /// How many parts were fetched; the others were there already.
    pub n_fetched: usize,
    /// What was taken over.
    pub manifest: Manifest,
}

/// Makes the file at `path` a copy of a parent's state: as if it had said hello, read everything and
/// shown it. Nobody may have the file open. It may be missing, or hold no customer and no operation; its
/// id, its keys and its settings then stay.
///
/// Parts are gathered beside the file in `<name>.snapshot-part`, and after a cut or a crash the next call
/// goes on with them. That the rows are the state whose digest came with them is still to be proved, see
/// [`Store::prove_copy`](crate::Store::prove_copy).
///
/// # Errors
///
/// - [`Error::NotAChild`]: the file holds customers or operations, or has children;
/// - [`Error::OtherCurrency`]: the parent counts in another currency than the file, or than `options`
///   name;
/// - [`Error::NewerFile`]: the snapshot is of a newer version;
/// - [`Error::Invalid`]: it is of an older version or of a time before the root was restored, or a part
///   is not what the manifest says, twice in a row;
/// - [`Error::Diverged`]: it is not the state that the manifest tells of;
/// - [`Error::InUse`], [`Error::NotTillbook`], [`Error::DiskFull`], [`Error::ReadOnly`], [`Error::Io`]:
///   as [`Store::open`](crate::Store::open);
/// - what `source` answers.
///
/// After an error the file is as it was.
pub fn bootstrap<P: Parts>(
    path: impl AsRef<Path>,
    options: &Options,
    source: &mut P,
) -> Result<Bootstrapped, P::Error> {
    let path = path.as_ref();
    let place = Place::look_at(path, options)?;
    let manifest = source.manifest()?;
    place.check(options, &manifest)?;
    let mut file = PartFile::open(path, &manifest)?;
    let n_fetched = gather(&mut file, &manifest, source)?;
    let node = place.install(options, &manifest, file)?;
    Ok(Bootstrapped { node, n_fetched, manifest })
}

/// Whether a [`bootstrap`] may take the place of the file at `path`: nothing is there, or a file without
/// a customer and an operation. Only looks.
///
/// # Errors
///
/// - [`Error::NotTillbook`], [`Error::Io`] and its kin: it cannot be read.
pub fn is_vacant(path: impl AsRef<Path>) -> Result<bool> {
    let path = path.as_ref();
    if !path.metadata().is_ok_and(|meta| meta.len() > 0) {
        return Ok(true);
    }
    match migrate::open_reader(path) {
        Ok(conn) => Ok(first_taken(&conn)?.is_none()),
        // Of an older version: somebody has worked with it.
        Err(Error::Invalid { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the parts that a bootstrap of the file at `path` has gathered, where it is not to be taken up
/// again.
///
/// # Errors
///
/// - [`Error::Io`]: the system refuses.
pub fn discard(path: impl AsRef<Path>) -> Result<()> {
    part_file::discard(path.as_ref())
}

/// Fetches what is missing, until all of it was found to be there.
fn gather<P: Parts>(
    file: &mut PartFile,
    manifest: &Manifest,
    source: &mut P,
) -> Result<usize, P::Error> {
    let mut n_fetched = 0;
    for _ in 0..LOOKS_MAX {
        let before = n_fetched;
        for (number, part) in manifest.parts.iter().enumerate() {
            if !file.has(part)? {
                file.put(part, &fetch(manifest, number, part, source)?)?;
                n_fetched += 1;
            }
        }
        if n_fetched == before {
            return Ok(n_fetched);
        }
    }
    Err(Error::invalid("snapshot", "does not stay on the disk as it was written").into())
}

fn fetch<P: Parts>(
    manifest: &Manifest,
    number: usize,
    part: &Part,
    source: &mut P,
) -> Result<Vec<u8>, P::Error> {
    for _ in 0..2 {
        let bytes = source.part(manifest, number)?;
        if part.is(&bytes) {
            return Ok(bytes);
        }
    }
    let rule = format!("has another part {number} than its manifest says");
    Err(Error::invalid("snapshot", rule).into())
}

/// The file that is to be replaced, held so that nobody else opens it.
#[derive(Debug)]
struct Place<'a> {
    path: &'a Path,
    old: Option<Old>,
    _held: Held,
}

/// What stays of the file that was there.
#[derive(Debug)]
struct Old {
    node: NodeId,
    currency: Currency,
    root: Option<NodeId>,
    root_epoch: u64,
}

impl<'a> Place<'a> {
    fn look_at(path: &'a Path, options: &Options) -> Result<Self> {
        let held = hold::look_at(path)?.locked(path)?;
        let is_there = path.metadata().is_ok_and(|meta| meta.len() > 0);
        let old = if is_there { Some(Old::read(path, options)?) } else { None };
        Ok(Self { path, old, _held: held })
    }

    /// Says no to a snapshot that is not for this file.
    fn check(&self, options: &Options, manifest: &Manifest) -> Result<()> {
        let (found, known) = (manifest.schema, SCHEMA_VERSION);
        if found > known {
            return Err(Error::NewerFile { path: self.path.to_owned(), found, known });
        }
        if found < known {
            let rule = format!("is of schema version {found}, this program makes files of {known}");
            return Err(Error::invalid("snapshot", rule));
        }
        if options.size_bytes_max.is_some_and(|bytes| bytes < manifest.bytes) {
            return Err(Error::DiskFull);
        }
        let theirs = currency(manifest)?;
        let old = self.old.as_ref().map(|old| &old.currency);
        if let Some(asked) = old.or(options.currency.as_ref()).filter(|asked| **asked != theirs) {
            let name = |c: &Currency| format!("{} with {} decimals", c.label(), c.exponent());
            return Err(Error::OtherCurrency { found: name(&theirs), asked: name(asked) });
        }
        let checkpoint = &manifest.checkpoint;
        let is_of_past = self.old.as_ref().is_some_and(|old| {
            old.root == Some(checkpoint.root) && old.root_epoch > checkpoint.root_epoch
        });
        match is_of_past {
            true => Err(Error::invalid("snapshot", "is of a time before the root was restored")),
            false => Ok(()),
        }
    }

    /// Makes the parts a store and gives them the name of the file.
    fn install(self, options: &Options, manifest: &Manifest, file: PartFile) -> Result<NodeId> {
        let mut conn = open(file.path())?;
        check_file(&conn, manifest)?;
        let node = match &self.old {
            Some(old) => old.node,
            None => {
                let mut bytes = [0; 16];
                options.random.fill(&mut bytes);
                NodeId(bytes)
            }
        };
        if self.old.is_some() {
            let text = self.path.to_str();
            let text = text.ok_or_else(|| Error::invalid("path", "must be in UTF-8"))?;
            conn.execute("attach ?1 as old", [text])?;
        }
        let tx = conn.transaction()?;
        add_node(&tx, node, manifest)?;
        if self.old.is_some() {
            keep_old(&tx)?;
        }
        tx.commit()?;
        conn.close().map_err(|(_, error)| error)?;
        if self.old.is_some() {
            // What lies in a log of the old file must not meet the new one.
            backup::settle(self.path);
        }
        for suffix in ["-wal", "-shm", "-journal"] {
            part_file::remove(&beside(self.path, suffix))?;
        }
        file.publish(self.path)?;
        Ok(node)
    }
}

impl Old {
    /// Reads a file, which must be empty.
    fn read(path: &Path, options: &Options) -> Result<Self> {
        let conn = migrate::open(path, &Options { currency: None, ..options.clone() })?;
        if let Some(table) = first_taken(&conn)? {
            let why = format!("the file is not empty: it has a {table} already");
            return Err(Error::NotAChild(why));
        }
        let (node, currency) = migrate::settings(&conn)?;
        let (root, root_epoch) =
            conn.query_row("select root, root_epoch from node", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Self { node, currency, root, root_epoch })
    }
}

/// The first table with a row that a bootstrap would lose.
fn first_taken(conn: &Connection) -> Result<Option<&'static str>> {
    for table in
        TABLES.into_iter().chain(["operation", "incarnation", "import_row", "bulk", "child"])
    {
        if conn.prepare(&format!("select 1 from {table}"))?.exists([])? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

fn currency(manifest: &Manifest) -> Result<Currency> {
    let (label, exponent) = &manifest.currency;
    Currency::new(label, *exponent).map_err(|rule| Error::invalid("snapshot", rule))
}

/// Whether it is a file of ours with nothing in it but what belongs there.
fn check_file(conn: &Connection, manifest: &Manifest) -> Result<()> {
    let wrong = |what: &str| Err(Error::invalid("snapshot", what));
    let application_id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if (application_id, version) != (APPLICATION_ID, SCHEMA_VERSION) {
        return wrong("is not a file of this version");
    }
    let plain = |objects: Vec<super::Object>| {
        let mut objects: Vec<_> = objects.into_iter().map(super::Object::plain).collect();
        objects.sort();
        objects
    };
    if plain(objects(conn)?) != plain(fresh_objects()?) {
        return wrong("has other tables than files of this version");
    }
    let mut tables = conn.prepare("select name from sqlite_schema where type = 'table'")?;
    for table in tables.query_map([], |row| row.get::<_, String>(0))? {
        let table = table?;
        let is_expected = TABLES.contains(&table.as_str()) || table == "digest";
        if !is_expected && conn.prepare(&format!("select 1 from {table}"))?.exists([])? {
            return wrong(&format!("has rows in the table {table}"));
        }
    }
    let (told, found) = (&manifest.checkpoint.digest, read_digest(conn, Side::Base)?);
    match *told == found {
        true => Ok(()),
        false => Err(Error::Diverged { told: told.to_string(), found: found.to_string() }),
    }
}

/// Writes the row that makes the file a node, below its parent and equal to it.
fn add_node(conn: &Connection, node: NodeId, manifest: &Manifest) -> Result<()> {
    let currency = currency(manifest)?;
    let checkpoint = &manifest.checkpoint;
    conn.execute(
        "insert into node (one, id, currency_label, currency_exponent, hlc, parent, cursor, root,
                           root_epoch, root_mark, root_at, n_published, seal)
         values (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, seal(?1, ?2, ?3, 0))",
        params![
            node,
            currency.label(),
            currency.exponent(),
            manifest.hlc.min(Hlc::TIME_MAX),
            checkpoint.cursor.node,
            checkpoint.cursor.to_string(),
            checkpoint.root,
            checkpoint.root_epoch,
            checkpoint.root_mark,
            checkpoint.root_at,
        ],
    )?;
    migrate::seal_place(conn)
}

/// Takes keys and settings of the old file over.
fn keep_old(conn: &Connection) -> Result<()> {
    conn.execute(
        "update main.node
            set require_version = old.require_version, parent_pin = old.parent_pin, hlc = max(main.node.hlc, old.hlc),
                n_published = main.node.n_published + old.n_published,
                seal = seal(main.node.id, main.node.currency_label, main.node.currency_exponent,
                            old.require_version)
           from old.node as old",
        [],
    )?;
    let names = columns(conn, "main", "key")?;
    conn.execute(&format!("insert into main.key ({names}) select {names} from old.key"), [])?;
    Ok(())
}
