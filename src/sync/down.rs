//! Down: the units that have changed, and the state that they make up.

use rusqlite::{Connection, OptionalExtension, params};

use super::copy::is_erased;
use super::publish;
use super::{Checkpoint, Cursor, Limit, Page, Repair, chains, receive, retention};
use crate::customer::ERASED;
use crate::drill::{self, Rule};
use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::image;
use crate::seal::{forget_damage, note_damage};
use crate::store::{Store, Tx};
use crate::unit::{Digest, Image, Kind, Side, Unit, names_gone, pass_in_feed, read_digest};

impl Store {
    /// The units that have changed since `cursor`, or all of them, in the order of the feed. The last
    /// page of a run ends with a checkpoint, read in the same snapshot.
    ///
    /// # Errors
    ///
    /// - [`Error::CursorReset`]: the cursor is of another feed, or of a part that was lost;
    /// - [`Error::DamagedRow`]: a unit of the page is not what it was when it was written here;
    /// - [`Error::UnknownChild`]: `to` has not said hello since the file was opened, or was shut out.
    pub fn changes_since(&self, to: NodeId, cursor: Option<&Cursor>, limit: Limit) -> Result<Page> {
        self.changes(to, cursor, None, limit)
    }

    /// The units of a run that repairs a copy, see [`Store::begin_repair`].
    ///
    /// # Errors
    ///
    /// As [`Store::changes_since`].
    pub fn changes_to_repair(
        &self,
        to: NodeId,
        cursor: Option<&Cursor>,
        repair: &Repair,
        limit: Limit,
    ) -> Result<Page> {
        self.changes(to, cursor, Some(repair), limit)
    }

    fn changes(
        &self,
        to: NodeId,
        cursor: Option<&Cursor>,
        repair: Option<&Repair>,
        limit: Limit,
    ) -> Result<Page> {
        if let Some(cursor) = cursor
            && self.read(|conn| names_gone(conn, cursor.number))?
        {
            self.write(|tx| {
                check_cursor(tx.conn(), self.node(), cursor)?;
                pass_in_feed(tx.conn(), to, cursor.number)
            })?;
        }
        let page = self.read_page(to, cursor, repair, limit);
        let is_whole = cursor.is_none_or(|cursor| cursor.whole.is_some()) && repair.is_none();
        // What cannot be noted is noted when it is found again.
        let _ = match &page {
            Err(error @ Error::DamagedRow { .. }) => {
                self.write(|tx| note_damage(tx.conn(), error, self.now()))
            }
            Ok(Page { checkpoint: Some(_), .. }) if is_whole => {
                self.write(|tx| forget_damage(tx.conn()))
            }
            _ => Ok(()),
        };
        page
    }

    fn read_page(
        &self,
        to: NodeId,
        cursor: Option<&Cursor>,
        repair: Option<&Repair>,
        limit: Limit,
    ) -> Result<Page> {
        self.read_snapshot(|conn| {
            receive::check_session(self, conn, to)?;
            if let Some(cursor) = cursor {
                check_cursor(conn, self.node(), cursor)?;
            }
            let since = cursor.map_or(0, |cursor| cursor.number);
            let is_full = cursor.is_none();
            let (units, last, is_last) = read_units(conn, since, repair, limit)?;
            let whole = match cursor {
                None => Some(head(conn, self.node())?.number),
                Some(cursor) => cursor.whole,
            };
            let next = Cursor { whole, ..cursor_at(conn, self.node(), last)? };
            let checkpoint = match is_last {
                true => Some(self.checkpoint(conn, to)?),
                false => None,
            };
            let next = checkpoint.as_ref().map_or(next, |checkpoint| checkpoint.cursor);
            Ok(Page { units, since: cursor.copied(), next, is_full, checkpoint })
        })
    }

    /// The digest of what this node shows, computed from its rows.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn view_digest(&self) -> Result<Digest> {
        self.read_snapshot(image::digest)
    }

    /// The digest of this node's copy of its parent's state, as it is kept.
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`] and its kin: the file cannot be read.
    pub fn base_digest(&self) -> Result<Digest> {
        self.read_snapshot(|conn| read_digest(conn, Side::Base))
    }

    /// Keeps a page until the rest of its run has come.
    ///
    /// # Errors
    ///
    /// - [`Error::StageMoved`]: the page does not begin where [`Store::cursor`] stands;
    /// - as [`Store::write`].
    pub fn stage(&self, page: &Page) -> Result<()> {
        self.write(|tx| stage(tx, page))
    }

    /// Forgets what is staged and where the copy stands: the next run reads everything, after a new
    /// [`Store::hello`]. What is shown stays until then.
    ///
    /// # Errors
    ///
    /// - as [`Store::write`].
    pub fn forget_stage(&self) -> Result<()> {
        self.write(|tx| {
            give_up(tx)?;
            tx.conn().execute("update node set cursor = null, stage_buckets = null", [])?;
            // The parent may have forgotten; what it has, it says in the next session.
            tx.conn().execute("update incarnation set parent_seq = 0 where parent_seq > 0", [])?;
            Ok(())
        })
    }

    pub(super) fn checkpoint(&self, conn: &Connection, to: NodeId) -> Result<Checkpoint> {
        let (included, mut root_received) = chains::vectors(conn, chains::told(conn, to)?)?;
        let (root, root_epoch) = chains::root(conn)?;
        let sql = "select feed_next - 1, root_mark, root_at from node";
        let (head, mark, at): (u64, u64, _) = conn
            .prepare_cached(sql)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let is_root = chains::is_root(conn)?;
        if !is_root {
            retention::behind_copy(conn, &mut root_received)?;
        }
        Ok(Checkpoint {
            cursor: cursor_at(conn, self.node(), head)?,
            included,
            root_received,
            digest: read_digest(conn, Side::View)?,
            root,
            root_epoch,
            root_mark: if is_root { head } else { mark },
            root_at: if is_root { self.now() } else { at },
            server_time: self.now(),
        })
    }
}

/// Keeps a page; see [`Store::stage`].
pub(super) fn stage(tx: &Tx<'_>, page: &Page) -> Result<()> {
    let conn = tx.conn();
    if place(conn)? != page.since {
        return Err(Error::StageMoved);
    }
    if page.is_full {
        give_up(tx)?;
        conn.execute("update node set stage_full = 1", [])?;
    }
    let mut put = conn.prepare_cached(
        "insert into stage (kind, ref, image) values (?1, ?2, ?3)
                 on conflict do update set image = ?3",
    )?;
    let is_whole = is_whole(conn)?;
    for (unit, image) in &page.units {
        let text = match image {
            Some(image) if is_whole && is_here(conn, unit, image)? => Some(String::new()),
            image => image.as_ref().map(Image::text),
        };
        put.execute(params![unit.kind, unit.id, text])?;
    }
    conn.prepare_cached("update node set stage_cursor = ?1")?.execute([page.next.to_string()])?;
    if !drill::holds(Rule::Whole) && !page.is_full {
        publish::show_part(tx)?;
    }
    Ok(())
}

/// Whether the run that is staged reads everything, and not what is to be repaired.
fn is_whole(conn: &Connection) -> Result<bool> {
    let sql = "select stage_full = 1 and stage_buckets is null from node";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Whether the copy has a unit just so. It has until the next publish, whatever is written here meanwhile,
/// so the unit need not be written again while everybody waits for the publish: mostly everything is read
/// anew because a cursor was lost, and hardly anything has changed. Who was erased is erased once more:
/// words may have been staged before.
fn is_here(conn: &Connection, unit: &Unit, image: &Image) -> Result<bool> {
    let sql = "select 1 from base where kind = ?1 and ref = ?2";
    let is_kept = conn.prepare_cached(sql)?.exists(params![unit.kind, unit.id])?;
    if is_kept || unit.kind == Kind::Person && is_erased(image) {
        return Ok(false);
    }
    match image::of(conn, unit) {
        Err(error) if image::is_damage(&error) => Ok(false),
        found => Ok(found?.as_ref() == Some(image)),
    }
}

/// Where the next pull begins.
pub(super) fn place(conn: &Connection) -> Result<Option<Cursor>> {
    let sql = "select coalesce(stage_cursor, cursor) from node";
    let text: Option<String> = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(text.as_deref().and_then(Cursor::parse))
}

fn cursor_at(conn: &Connection, node: NodeId, number: u64) -> Result<Cursor> {
    let incarnation = opening(conn, number)?.unwrap_or(0);
    Ok(Cursor { node, incarnation, number, whole: None })
}

/// Up to which number of the feed what is gone may be missing.
fn forgotten(conn: &Connection) -> Result<u64> {
    let sql = "select feed_forgotten from node";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Where the feed of this node ends.
pub(super) fn head(conn: &Connection, node: NodeId) -> Result<Cursor> {
    let sql = "select feed_next - 1 from node";
    let number = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    cursor_at(conn, node, number)
}

/// Gives a run up that was staged and not shown. Words of somebody who is erased here may have come with it
/// from a parent that had not heard of that, and the pages where they lay still hold them.
pub(super) fn give_up(tx: &Tx<'_>) -> Result<()> {
    let sql = "select exists (select 1 from stage where image <> '')
                  and exists (select 1 from customer where state = ?1)";
    if tx.conn().prepare_cached(sql)?.query_row([ERASED], |row| row.get(0))? {
        tx.scrub_later()?;
    }
    clear(tx)
}

/// Nothing is staged any more.
pub(super) fn clear(tx: &Tx<'_>) -> Result<()> {
    tx.conn().prepare_cached("delete from stage")?.execute([])?;
    tx.conn().prepare_cached("update node set stage_cursor = null, stage_full = 0")?.execute([])?;
    Ok(())
}

/// The opening of the file that has given out a number of the feed.
fn opening(conn: &Connection, number: u64) -> Result<Option<u64>> {
    let sql = "select incarnation from feed_opening where first_number <= ?1 order by first_number desc limit 1";
    Ok(conn.prepare_cached(sql)?.query_row([number], |row| row.get(0)).optional()?)
}

pub(super) fn check_cursor(conn: &Connection, node: NodeId, cursor: &Cursor) -> Result<()> {
    // What had gone before a whole run began need not be told of.
    let told = cursor.whole.map_or(cursor.number, |whole| whole.max(cursor.number));
    let is_ours = cursor.node == node && has_given_out(conn, cursor)? && forgotten(conn)? <= told;
    if is_ours { Ok(()) } else { Err(Error::CursorReset) }
}

/// Whether a number of this node's feed was given out by this file, and not by a later state of it that is
/// lost.
pub(super) fn has_given_out(conn: &Connection, cursor: &Cursor) -> Result<bool> {
    let sql = "select feed_next from node";
    let next: u64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let opening = opening(conn, cursor.number)?.unwrap_or(0);
    Ok(cursor.number < next && opening == cursor.incarnation)
}

type Units = Vec<(Unit, Option<Image>)>;

/// Units from the feed, the number of the last, and whether there are no more.
fn read_units(
    conn: &Connection,
    since: u64,
    repair: Option<&Repair>,
    limit: Limit,
) -> Result<(Units, u64, bool)> {
    let mut statement = conn.prepare_cached(
        "select number, kind, ref, hash from feed where number > ?1 order by number",
    )?;
    let mut rows = statement.query([since])?;
    let (mut units, mut last, mut n_bytes) = (Units::new(), since, 0);
    while let Some(row) = rows.next()? {
        if units.len() >= limit.items || (n_bytes >= limit.bytes && !units.is_empty()) {
            return Ok((units, last, false));
        }
        let unit = Unit { kind: row.get(1)?, id: row.get(2)? };
        let number: u64 = row.get(0)?;
        if repair.is_some_and(|repair| number <= repair.since && !repair.covers(&unit)) {
            last = number;
            continue;
        }
        let hash: Option<[u8; 16]> = row.get(3)?;
        let image = hash.map(|hash| proved(conn, &unit, u128::from_le_bytes(hash))).transpose()?;
        n_bytes += 60 + image.as_ref().map_or(0, Image::size);
        last = number;
        units.push((unit, image));
    }
    Ok((units, last, true))
}

/// The unit as it stands here, if it is what it was when it got its place in the feed.
fn proved(conn: &Connection, unit: &Unit, hash: u128) -> Result<Image> {
    match image::of(conn, unit) {
        Ok(Some(image)) if image.hash(unit) == hash || !drill::holds(Rule::FeedOrder) => Ok(image),
        Err(error) if !image::is_damage(&error) && !matches!(error, Error::Corrupt(_)) => {
            Err(error)
        }
        _ => {
            // The value that is claimed may be personal.
            let id = unit.id.lines().next().unwrap_or_default().to_owned();
            Err(Error::DamagedRow { what: unit.kind.as_str(), id })
        }
    }
}
