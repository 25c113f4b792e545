//! Naming: the chains that children speak of, of which nothing may be here.

use rusqlite::{Connection, params};

use super::chains::{self, Known, columns};
use super::{Chain, STRANGERS_MAX};
use crate::error::Result;
use crate::id::NodeId;
use crate::operation::Hash;
use crate::unit::outcasts;

/// Chains of which nothing is here any more, or yet, are few, whatever else there is.
pub(super) const FORGET_VOUCHED: &str = "
delete from child_chain
 where is_named = 0 and incarnation_key in (select key from incarnation where seq = 0)";
pub(super) const FORGET: &str = "
delete from incarnation
 where seq = 0 and node <> (select id from node)
   and not exists (select 1 from child_chain where incarnation_key = incarnation.key)
   and not exists (select 1 from operation where incarnation_key = incarnation.key)
   and not exists (select 1 from root_day where incarnation_key = incarnation.key)";

/// Takes note of a chain that a child has named and of which nothing is known here, so that this node
/// asks for it in its turn, and says about it that it has nothing of it.
pub(super) fn note_named(conn: &Connection, chain: Chain) -> Result<()> {
    conn.prepare_cached(
        "insert into incarnation (node, number, hash) values (?1, ?2, ?3) on conflict do nothing",
    )?
    .execute(params![chain.node, chain.incarnation, Hash::default()])?;
    Ok(())
}

/// Of the chains of which nothing is known here, at most `n`: those that children have named, of each of
/// them no more than [`STRANGERS_MAX`], so that whoever names made-up ones takes no place from others.
pub(super) fn asked(conn: &Connection, n: usize) -> Result<Vec<Known>> {
    let sql = concat!(
        columns!(),
        " where key in (select incarnation_key
                          from (select c.incarnation_key,
                                       row_number() over (partition by c.node order by i.key) as place
                                  from child_chain c
                                  join incarnation i on i.key = c.incarnation_key
                                 where c.is_named = 1 and i.seq = 0 and c.node not in (",
        outcasts!(),
        "))
                         where place <= ?1
                         group by incarnation_key
                         order by min(place)
                         limit ?2)
          order by key"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![STRANGERS_MAX, n], chains::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Nobody listens any more to what a child has named before, nor to what those named who are shut out. Of the
/// chains of which nothing is here, a node in the middle asks its parent first: a copy of the child's file says
/// hello under the same name, and names others. `n_named` chains are to come instead; where there would be more
/// than [`STRANGERS_MAX`], those from before go.
pub(super) fn unname(conn: &Connection, child: NodeId, n_named: usize) -> Result<()> {
    let is_kept = !chains::is_root(conn)? && n_asked_for(conn, child)? + n_named <= STRANGERS_MAX;
    let sql = concat!(
        "update child_chain indexed by child_chain_named
            set is_named = 0
          where is_named = 1 and node in (select ?1 union all ",
        outcasts!(),
        ") and (not ?2 or node <> ?1
                or exists (select 1 from incarnation i where i.key = incarnation_key and i.seq > 0))"
    );
    conn.prepare_cached(sql)?.execute(params![child, is_kept])?;
    Ok(())
}

/// How many chains a child has named of which nothing is here.
fn n_asked_for(conn: &Connection, child: NodeId) -> Result<usize> {
    let sql = "select count(*)
                 from child_chain c indexed by child_chain_named
                 join incarnation i on i.key = c.incarnation_key
                where c.node = ?1 and c.is_named = 1 and i.seq = 0";
    Ok(conn.prepare_cached(sql)?.query_row([child], |row| row.get(0))?)
}

/// The parent was asked about a chain that children have named, and has nothing of it either.
pub(super) fn note_unheard_of(conn: &Connection, known: &Known) -> Result<()> {
    let sql = "update child_chain set is_named = 0 where incarnation_key = ?1 and is_named = 1";
    conn.prepare_cached(sql)?.execute([known.key])?;
    Ok(())
}

/// Forgets the chains of which nothing is here and that nobody names.
pub(super) fn forget_unnamed(conn: &Connection) -> Result<()> {
    conn.prepare_cached(FORGET_VOUCHED)?.execute([])?;
    conn.prepare_cached(FORGET)?.execute([])?;
    Ok(())
}

/// Takes note that a child vouches for a chain, and for its author.
pub(super) fn vouch(conn: &Connection, child: NodeId, chain: Chain, is_named: bool) -> Result<()> {
    let Some(known) = chains::find(conn, chain)? else { return Ok(()) };
    conn.prepare_cached(
        "insert into child_chain (node, author, incarnation_key, is_named) values (?1, ?2, ?3, ?4)
         on conflict do update set is_named = max(is_named, ?4)",
    )?
    .execute(params![child, chain.node, known.key, is_named])?;
    Ok(())
}
