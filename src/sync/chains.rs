//! The chains a node knows, and how far the parent, the root and its own copy have them.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{CHAINS_MAX, Chain, Reach, RootVector, Vector};
use crate::error::Result;
use crate::id::NodeId;
use crate::operation::Hash;

/// A checkpoint tells of the chains that were named in the hello, and of so many of each node, its latest;
/// where these are more than a message can name, those of which nothing is here go last.
const CHAINS_TOLD: u32 = 8;

/// Which chains a checkpoint tells of. Every opening of every file is a chain and stays for ever, so that
/// each step here finds by an index the few that it is about, and none walks all that a child ever brought.
const TOLD: &str = "
with recursive vouched (author) as (
        select min(author) from child_chain where node = ?1
        union all
        select (select min(author) from child_chain where node = ?1 and author > vouched.author)
          from vouched
         where vouched.author is not null),
     told (key, is_named) as (
        select incarnation_key, 1
          from child_chain indexed by child_chain_named
         where node = ?1 and is_named = 1
        union
        select latest.incarnation_key, latest.is_named
          from vouched
         cross join child_chain latest
         where latest.node = ?1 and latest.author = vouched.author
           and latest.incarnation_key in (select incarnation_key
                                            from child_chain
                                           where node = ?1 and author = vouched.author
                                           order by incarnation_key desc
                                           limit ?2))
select i.node, i.number
  from told
 cross join incarnation i on i.key = told.key
 order by i.seq = 0, i.node <> ?1, told.is_named desc, i.key desc
 limit ?3";

/// SQL that finds a row where a `child` has spoken of its chain number `?2` here.
macro_rules! spoken {
    () => {
        "select 1
           from child_chain c
           join incarnation i on i.key = c.incarnation_key
          where c.node = child.node and c.author = child.node and i.node = child.node and i.number = ?2"
    };
}
pub(super) use spoken;

/// One row of `incarnation`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) key: i64,
    pub(super) chain: Chain,
    pub(super) reach: Reach,
    pub(super) included_seq: u64,
    pub(super) parent_seq: u64,
    pub(super) root_seq: u64,
    pub(super) pruned_seq: u64,
    /// The incarnation it goes on from, and from which of its operations.
    pub(super) follows: Option<(u64, u64)>,
    /// Whether the parent has another branch, so that what was here of this one has another name; see
    /// [`fork`](super::fork).
    pub(super) is_forked: bool,
}

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "select key, node, number, seq, hash, included_seq, parent_seq, root_seq, pruned_seq, follows_number,
                follows_seq, refused is 'fork'
           from incarnation"
    };
}
pub(super) use columns;

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        key: row.get(0)?,
        chain: Chain { node: row.get(1)?, incarnation: row.get(2)? },
        reach: Reach { seq: row.get(3)?, hash: row.get(4)? },
        included_seq: row.get(5)?,
        parent_seq: row.get(6)?,
        root_seq: row.get(7)?,
        pruned_seq: row.get(8)?,
        follows: row.get::<_, Option<u64>>(9)?.zip(row.get(10)?),
        is_forked: row.get(11)?,
    })
}

/// The chain, if anything is known of it.
pub(super) fn find(conn: &Connection, chain: Chain) -> Result<Option<Known>> {
    let sql = concat!(columns!(), " where node = ?1 and number = ?2");
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![chain.node, chain.incarnation], read).optional()?)
}

/// The chains that a condition of SQL holds for, in the order in which this node has met them. It looks at
/// every opening that any file below ever had: an index of those that are not through everywhere would make
/// each sale a tenth slower.
pub(super) fn list(conn: &Connection, condition: &'static str) -> Result<Vec<Known>> {
    let sql = format!("{} where {condition} order by key", columns!());
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The chains of a node that everybody above has as far as this node, at most the latest `n`.
pub(super) fn through(conn: &Connection, node: NodeId, n: usize) -> Result<Vec<Known>> {
    let sql = concat!(
        columns!(),
        " indexed by incarnation_by_node
          where node = ?1 and seq > 0 and min(parent_seq, included_seq, root_seq) >= seq
          order by key desc
          limit ?2"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![node, n], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether this file holds every operation that was ever written or received here.
pub(super) fn are_complete(conn: &Connection) -> Result<bool> {
    Ok(!conn.prepare_cached("select 1 from incarnation where pruned_seq > 0")?.exists([])?)
}

/// The chains that a checkpoint tells a child of.
pub(super) fn told(conn: &Connection, to: NodeId) -> Result<Vec<Chain>> {
    let mut statement = conn.prepare_cached(TOLD)?;
    let chains = statement.query_map(params![to, CHAINS_TOLD, CHAINS_MAX], |row| {
        Ok(Chain { node: row.get(0)?, incarnation: row.get(1)? })
    })?;
    Ok(chains.collect::<rusqlite::Result<_>>()?)
}

/// The chains that go on from number `first` of this one or from a later one, as far as all of them is
/// here.
pub(super) fn following(conn: &Connection, chain: Chain, first: u64) -> Result<Vec<Known>> {
    let sql = concat!(
        columns!(),
        " where node = ?1 and follows_number = ?2 and follows_seq >= ?3 and seq > 0 and pruned_seq = 0
          order by key"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![chain.node, chain.incarnation, first], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The hash of one operation of a chain; `None` where it is not known any more.
pub(super) fn hash_at(conn: &Connection, known: &Known, seq: u64) -> Result<Option<Hash>> {
    if seq == known.reach.seq {
        return Ok(Some(known.reach.hash));
    }
    let mut statement = conn.prepare_cached(
        "select hash from operation where incarnation_key = ?1 and seq = ?2
          union all
         select pruned_hash from incarnation where key = ?1 and pruned_seq = ?2",
    )?;
    Ok(statement.query_row(params![known.key, seq], |row| row.get(0)).optional()?.flatten())
}

/// Whether the chain goes through what somebody else has as its end, as far as this node can tell.
pub(super) fn agrees(conn: &Connection, known: &Known, reach: &Reach) -> Result<bool> {
    let is_here = (1..=known.reach.seq).contains(&reach.seq);
    Ok(!is_here || hash_at(conn, known, reach.seq)?.is_none_or(|hash| hash == reach.hash))
}

/// Takes a chain as the parent has it. What this node holds beyond waits for what goes on from there.
pub(super) fn adopt(conn: &Connection, known: &Known, reach: &Reach) -> Result<()> {
    conn.prepare_cached("delete from operation where incarnation_key = ?1 and seq <= ?2")?
        .execute(params![known.key, reach.seq])?;
    conn.prepare_cached(
        "update incarnation
            set seq = ?2, hash = iif(?2 = 0, coalesce(follows_hash, zeroblob(32)), ?3), pruned_seq = ?2,
                pruned_hash = iif(?2 = 0, null, ?3), position = iif(?2 = 0, 0, position), parent_seq = ?2,
                refused = null, included_seq = min(included_seq, ?2), root_seq = min(root_seq, ?2)
          where key = ?1",
    )?
    .execute(params![known.key, reach.seq, reach.hash])?;
    Ok(())
}

/// Whether a chain cannot be sent on for now: the parent lacks what is here no more, of it or of what it
/// goes on from. The root has that, and the parent hears of it there.
pub(super) fn waits(conn: &Connection, known: &Known) -> Result<bool> {
    let mut known = *known;
    while known.parent_seq >= known.pruned_seq {
        let Some((incarnation, seq)) = known.follows.filter(|_| known.parent_seq == 0) else {
            return Ok(false);
        };
        let before = find(conn, Chain { incarnation, ..known.chain })?;
        match before.filter(|before| before.parent_seq < seq) {
            Some(before) => known = before,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// How far this node has each of the chains, and how far the root has them as far as it knows.
pub(super) fn vectors(
    conn: &Connection,
    chains: impl IntoIterator<Item = Chain>,
) -> Result<(Vector, RootVector)> {
    let is_root = is_root(conn)?;
    let (mut vector, mut root_vector) = (Vector::new(), RootVector::new());
    for chain in chains {
        let Some(known) = find(conn, chain)? else { continue };
        vector.insert(chain, known.reach);
        root_vector.insert(chain, if is_root { known.reach.seq } else { known.root_seq });
    }
    Ok((vector, root_vector))
}

/// Of the chains that somebody has named, tells no more than was named, and what stands here in that place.
/// Whoever named them may have written on since, and of that nobody has asked whether it is another branch.
/// Where it is not known any more what stands in that place, the end of the chain is told: who does not reach
/// as far as that cannot know whether it is another branch, and sends what it does not know to be at the root.
pub(super) fn tell_named(conn: &Connection, named: &Vector, told: &mut Vector) -> Result<()> {
    for (chain, reach) in named {
        let known = find(conn, *chain)?.filter(|known| known.reach.seq > reach.seq);
        let Some(known) = known else { continue };
        if let Some(hash) = hash_at(conn, &known, reach.seq)? {
            told.insert(*chain, Reach { seq: reach.seq, hash });
        }
    }
    Ok(())
}

/// Whether nobody is above this node.
pub(super) fn is_root(conn: &Connection) -> Result<bool> {
    let sql = "select parent is null from node";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// The root of the tree and its epoch, as this node knows them.
pub(super) fn root(conn: &Connection) -> Result<(NodeId, u64)> {
    let sql = "select coalesce(root, id), root_epoch from node";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Takes note of how far the root has chains. Within one epoch it forgets nothing: who says that it has
/// less has not heard of the rest, and is found out by that.
pub(super) fn note_root(conn: &Connection, root_received: &RootVector) -> Result<()> {
    let mut update = conn.prepare_cached(
        "update incarnation set root_seq = ?3 where node = ?1 and number = ?2 and root_seq < ?3",
    )?;
    for (chain, seq) in root_received {
        update.execute(params![chain.node, chain.incarnation, seq])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use rusqlite::params_from_iter;
    use rusqlite::types::Null;

    use super::super::naming::{FORGET, FORGET_VOUCHED};
    use super::*;
    use crate::store::Store;

    /// How SQLite does what every hello and every pull asks for.
    #[test]
    fn nothing_walks_all_chains_that_there_ever_were() -> Result<()> {
        let store = Store::open_in_memory()?;
        let plan = |sql: &str| {
            store.read(|conn| {
                let mut statement = conn.prepare(&format!("explain query plan {sql}"))?;
                let values = vec![Null; statement.parameter_count()];
                let lines = statement
                    .query_map(params_from_iter(values), |row| row.get::<_, String>("detail"))?;
                Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
            })
        };
        expect![[r#"
            CO-ROUTINE told
            MERGE (UNION)
            LEFT
            SEARCH child_chain USING COVERING INDEX child_chain_named (node=?)
            USE TEMP B-TREE FOR ORDER BY
            RIGHT
            CO-ROUTINE vouched
            SETUP
            SEARCH child_chain USING PRIMARY KEY (node=?)
            RECURSIVE STEP
            SCAN vouched
            CORRELATED SCALAR SUBQUERY 2
            SEARCH child_chain USING PRIMARY KEY (node=? AND author>?)
            SCAN vouched
            SEARCH latest USING PRIMARY KEY (node=? AND author=? AND incarnation_key=?)
            CORRELATED LIST SUBQUERY 5
            SEARCH child_chain USING PRIMARY KEY (node=? AND author=?)
            USE TEMP B-TREE FOR ORDER BY
            SCAN told
            SEARCH i USING INTEGER PRIMARY KEY (rowid=?)
            USE TEMP B-TREE FOR ORDER BY"#]]
        .assert_eq(&plan(TOLD)?);
        expect![[r#"
            SEARCH child_chain USING INDEX child_chain_by_incarnation (incarnation_key=?)
            LIST SUBQUERY 1
            SCAN incarnation USING COVERING INDEX incarnation_empty"#]]
        .assert_eq(&plan(FORGET_VOUCHED)?);
        expect![[r#"
            SCAN incarnation USING INDEX incarnation_empty
            SCALAR SUBQUERY 1
            SCAN node
            CORRELATED SCALAR SUBQUERY 2
            SEARCH child_chain USING COVERING INDEX child_chain_by_incarnation (incarnation_key=?)
            CORRELATED SCALAR SUBQUERY 3
            SEARCH operation USING PRIMARY KEY (incarnation_key=?)
            CORRELATED SCALAR SUBQUERY 4
            SEARCH root_day USING PRIMARY KEY (incarnation_key=?)
            SEARCH root_day USING PRIMARY KEY (incarnation_key=?)
            SEARCH child_chain USING INDEX child_chain_by_incarnation (incarnation_key=?)
            SEARCH operation USING PRIMARY KEY (incarnation_key=?)"#]]
        .assert_eq(&plan(FORGET)?);
        Ok(())
    }
}
