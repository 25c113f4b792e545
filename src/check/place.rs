//! Numbers that no seal covers, because they move with every write: what must hold between them.

use rusqlite::Connection;

use super::{Report, Trouble, copy};
use crate::claim::ConflictKind;
use crate::error::Result;
use crate::id::OperationId;

/// For each rule the table and the rows that break it.
const RULES: [(&str, &str); 6] = [
    // The feed's numbers are given out once, and a node keeps a feed as soon as it has a child.
    (
        "node",
        "select 'feed'
           from node
          where feed_next <= (select coalesce(max(number), 0) from feed)
             or feed_next <= (select coalesce(max(cursor_number), 0) from child)
             or feed_forgotten not between 0 and feed_next - 1
             or has_children = 0 and (feed_next > 1 or exists (select 1 from child))",
    ),
    // Where nobody is above, nothing was heard from there.
    (
        "node",
        "select 'parent'
           from node
          where parent is null and (root is not null or cursor is not null or stage_cursor is not null
                                    or stage_full or root_mark <> 0 or root_at <> 0
                                    or proved_at is not null or n_published <> 0)",
    ),
    // What others have of a chain is what is known of it here. The root may have more.
    (
        "incarnation",
        "select lower(hex(incarnation.node)) || '/' || printf('%016x', incarnation.number)
           from incarnation
           join node
          where included_seq not between 0 and seq
             or parent_seq not between 0 and seq
             or root_seq < 0
             or node.parent is null and max(included_seq, parent_seq, root_seq, pruned_seq) > 0",
    ),
    // A chain stands at the place of its last operation.
    (
        "incarnation",
        "select lower(hex(node)) || '/' || printf('%016x', number)
           from incarnation
          where position <> coalesce((select position
                                        from operation
                                       where incarnation_key = key and operation.seq = incarnation.seq
                                         and operation.seq > pruned_seq),
                                     iif(seq = 0, 0, position))",
    ),
    // An erase finds the words about a customer by the customer's key.
    (
        "operation",
        "select lower(hex(i.node)) || '/' || printf('%016x', i.number) || '/' || o.seq
           from operation o
           join incarnation i on i.key = o.incarnation_key
           join customer c on c.key = o.customer_key
          where json_valid(o.facts)
            and not exists (select 1 from json_each(o.facts) where value ->> 'customer' = c.id)",
    ),
    // Each operation has a place of its own, behind those before it in its chain.
    (
        "operation",
        "select lower(hex(node)) || '/' || printf('%016x', number) || '/' || placed.seq
           from (select i.node, i.number, o.seq, o.position,
                        lag(o.position, 1, 0) over (partition by o.incarnation_key order by o.seq) as before,
                        count(*) over (partition by o.position) as n_there
                   from operation o
                   join incarnation i on i.key = o.incarnation_key
                  where o.seq between i.pruned_seq + 1 and i.seq) as placed
          where position <= before or n_there > 1",
    ),
];

/// Applies the rules.
pub(super) fn check(conn: &Connection, report: &mut Report) -> Result<()> {
    for (table, sql) in RULES {
        let mut statement = conn.prepare(sql)?;
        for name in statement.query_map([], |row| row.get(0))? {
            report.add(Trouble::Row { table, name: name? });
        }
    }
    check_states(conn, report)?;
    // A copy has gaps: what is laid over it comes and goes.
    if copy::is_copy(conn)? { Ok(()) } else { check_gapless(conn, report) }
}

/// Where nothing is ever taken out, places are 1, 2, 3 ...
fn check_gapless(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut statement = conn.prepare(
        "select id
           from credit_transaction
          where position not between 1 and (select count(*) from credit_transaction)",
    )?;
    for name in statement.query_map([], |row| row.get(0))? {
        report.add(Trouble::Row { table: "credit_transaction", name: name? });
    }
    let mut statement = conn.prepare(
        "select i.node, i.number, o.seq
           from operation o
           join incarnation i on i.key = o.incarnation_key
          where o.position not between 1 and (select count(*) from operation)",
    )?;
    for id in statement.query_map([], read_id)? {
        report.add(Trouble::Row { table: "operation", name: id?.to_string() });
    }
    Ok(())
}

/// Which operations have had no effect. A node never refuses its own, and a root says of each which it
/// has refused.
fn check_states(conn: &Connection, report: &mut Report) -> Result<()> {
    let mut refused = conn.prepare(
        "select i.node, i.number, o.seq, o.state, i.node = node.id, node.parent is null
           from operation o
           join incarnation i on i.key = o.incarnation_key
           join node
          where o.state <> 0",
    )?;
    let mut noted = conn.prepare("select 1 from conflict where kind = ?1 and value = ?2")?;
    let mut rows = refused.query([])?;
    while let Some(row) = rows.next()? {
        let (id, is_own, is_root): (_, bool, bool) = (read_id(row)?, row.get(4)?, row.get(5)?);
        let kind = match row.get(3)? {
            1 => ConflictKind::RefusedOperation,
            _ => ConflictKind::DamagedOperation,
        };
        let is_noted = !is_root || noted.exists(rusqlite::params![kind, id.to_string()])?;
        if is_own || !is_noted {
            report.add(Trouble::Row { table: "operation", name: id.to_string() });
        }
    }
    let mut effective = conn.prepare(
        "select c.value
           from conflict c
           join node on node.parent is null
           join incarnation i
             on c.value like lower(hex(i.node)) || '/' || printf('%016x', i.number) || '/%'
           join operation o on o.incarnation_key = i.key and o.seq = substr(c.value, 51)
          where c.kind in ('refused_operation', 'damaged_operation') and o.state = 0",
    )?;
    for name in effective.query_map([], |row| row.get(0))? {
        report.add(Trouble::Row { table: "operation", name: name? });
    }
    Ok(())
}

fn read_id(row: &rusqlite::Row<'_>) -> rusqlite::Result<OperationId> {
    Ok(OperationId { node: row.get(0)?, incarnation: row.get(1)?, seq: row.get(2)? })
}
