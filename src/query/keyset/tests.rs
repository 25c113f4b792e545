//! Pages behind a place against the plain answer, and how SQLite finds them.

use std::collections::HashSet;

use super::*;
use crate::query::model::{Customer, answer_after, customer, customers, table};
use crate::query::samples::{self, WORDS, any_query};
use crate::query::sql::CUSTOMERS;
use expect_test::{Expect, expect};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

const NOW: Timestamp = Timestamp::from_ms(samples::NOW_MS);

fn ask(
    conn: &Connection,
    query: &Query,
    after: Option<&RowKey>,
) -> rusqlite::Result<(Vec<String>, Option<RowKey>)> {
    let rows = rows_after(&CUSTOMERS, query, None, "customer.id", after, NOW);
    rows.expect("a place in this order").page(conn, |row, at| row.get(at))
}

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Change {
    Insert(Customer),
    Delete(Index),
    Update(Index, Customer),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        customer().prop_map(Change::Insert),
        any::<Index>().prop_map(Change::Delete),
        (any::<Index>(), customer()).prop_map(|(which, to)| Change::Update(which, to)),
    ]
}

/// Makes the change and names the customer.
fn apply(change: Change, n: usize, customers: &mut Vec<Customer>) -> Option<String> {
    match change {
        Change::Insert(new) => {
            let id = format!("{:02}-{n}", n * 5 % 12);
            customers.push(Customer { id: id.clone(), ..new });
            Some(id)
        }
        _ if customers.is_empty() => None,
        Change::Delete(which) => Some(customers.swap_remove(which.index(customers.len())).id),
        Change::Update(which, to) => {
            let known = which.get_mut(customers);
            *known = Customer { id: known.id.clone(), ..to };
            Some(known.id.clone())
        }
    }
}

proptest! {
    #[test]
    fn pages_behind_a_place_lose_and_repeat_nobody(
        mut customers in customers(),
        mut query in any_query(),
        take in 1..4_u32,
        changes in vec(change(), 0..8),
    ) {
        query.page.take = take;
        let first = answer_after(&query, &customers, None);
        let (mut seen, mut changed) = (Vec::new(), HashSet::new());
        let (mut after, mut changes) = (None, changes.into_iter().enumerate());
        loop {
            let conn = table(&customers).expect("a table");
            let (page, next) = ask(&conn, &query, after.as_ref()).expect("an answer");
            let expected = answer_after(&query, &customers, after.as_ref());
            let n = expected.len().min(take as usize);
            let expected_next = expected.get(n).and_then(|_| expected.get(n - 1));
            prop_assert_eq!(next.as_ref(), expected_next.map(|(_, key)| key));
            let ids = expected.into_iter().take(n).map(|(id, _)| id).collect::<Vec<_>>();
            prop_assert_eq!(&page, &ids);
            seen.extend(page);
            if next.is_none() {
                break;
            }
            after = next;
            if let Some((n, change)) = changes.next() {
                changed.extend(apply(change, n, &mut customers));
            }
        }
        for (id, _) in first {
            let n_seen = seen.iter().filter(|seen| **seen == id).count();
            prop_assert!(n_seen == 1 || changed.contains(&id), "{} {}", id, n_seen);
        }
    }
}

/// How SQLite finds the first page of `query` and the one behind a place in it, statement by
/// statement, where names have an index.
fn plans(query: &Query, place: Vec<Value>) -> Vec<String> {
    let conn = table(&[]).expect("a table");
    conn.execute_batch(
        "create index by_creation on customer (created_at, id) where state = 0;
         create index by_name on customer (last_name_folded, last_name, created_at, id)
          where state = 0;",
    )
    .expect("indexes");
    let plan = |sql: Sql| {
        let mut plan = conn.prepare(&format!("explain query plan {}", sql.text))?;
        let steps = plan.query_map(params_from_iter(sql.parameters), |row| row.get(3))?;
        Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?.join(", "))
    };
    let place = RowKey(place);
    let statements = [None, Some(&place)].into_iter().flat_map(|after| {
        let rows = rows_after(&CUSTOMERS, query, None, "customer.points", after, NOW);
        rows.expect("a place in this order").statements
    });
    statements.map(plan).collect::<rusqlite::Result<_>>().expect("plans")
}

fn check_plans(sort: Vec<Sort>, place: Vec<Value>, expected: Expect) {
    let query = Query { sort, ..Query::default() };
    expected.assert_eq(&(plans(&query, place).join("\n") + "\n"));
}

#[test]
fn pages_are_read_from_an_index() {
    let name = WORDS.sorts[0].1;
    let place =
        |name: Option<&str>| vec![name.map_or(Value::Null, Value::from), 7.into(), "id".into()];
    check_plans(
        vec![],
        vec![7.into(), "id".into()],
        expect![[r#"
        SCAN customer USING INDEX by_creation
        SEARCH customer USING INDEX by_creation ((created_at,id)>(?,?))
    "#]],
    );
    check_plans(
        vec![Sort::ascending(name)],
        place(Some("a")),
        expect![[r#"
        SCAN customer USING INDEX by_name
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name=? AND (created_at,id)>(?,?))
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name>?)
        SEARCH customer USING INDEX by_name (last_name_folded>?)
    "#]],
    );
    check_plans(
        vec![Sort::ascending(name).nulls_greatest()],
        place(Some("a")),
        expect![[r#"
        SCAN customer USING INDEX by_name
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name=? AND (created_at,id)>(?,?))
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name>?)
        SEARCH customer USING INDEX by_name (last_name_folded>?)
        SEARCH customer USING INDEX by_name (last_name_folded=?)
    "#]],
    );
    check_plans(
        vec![Sort::ascending(name).nulls_greatest()],
        place(None),
        expect![[r#"
        SCAN customer USING INDEX by_name
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name=? AND (created_at,id)>(?,?))
    "#]],
    );
    check_plans(
        vec![Sort::descending(name).nulls_greatest()],
        place(Some("a")),
        expect![[r#"
        SCAN customer USING INDEX by_name, USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name=? AND (created_at,id)>(?,?))
        SEARCH customer USING INDEX by_name (last_name_folded=? AND last_name<?), USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY
        SEARCH customer USING INDEX by_name (last_name_folded<?), USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY
    "#]],
    );
}
