//! A page of a filtered and sorted list, against SQL written by hand with an index of its own.

use rusqlite::types::Value as Cell;
use tillbook::query::{Filter, Op, Sort, Value};
use tillbook::{Customer, Page, Query, Store};

use crate::Result;
use crate::file::{Files, bare};
use crate::table::{Row, in_turns, ms};

const ROUNDS: usize = 15;
/// Five percent.
const RATE: i64 = 5_000_000;

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let conn = bare(&files.copy("page.db")?)?;
    conn.execute_batch(
        "drop index if exists customer_by_discount;
         create index by_hand on customer (discount_rate, last_name_folded, last_name, created_at, id)
          where state = 0 and standing in ('active', 'prospect');
         pragma wal_checkpoint(truncate)",
    )?;
    let source = "from customer
        where state = 0 and standing in ('active', 'prospect') and discount_rate = ?1";
    // The columns of a customer with its cards; nobody here has an address.
    let mut page = conn.prepare(&format!(
        "select customer.*, card.*
           from (select * {source}
                  order by last_name_folded, last_name, created_at, id
                  limit 50 offset 1000) as customer
           left join card on card.customer_key = customer.key and card.removed = 0
          order by last_name_folded, last_name, created_at, id"
    ))?;
    let mut count = conn.prepare(&format!("select count(*) {source}"))?;
    let store = Store::open(files.store())?;
    let query = |total: bool, items: bool| Query {
        filters: vec![
            Filter { column: Customer::IS_ACTIVE, ops: vec![Op::Eq(Value::Integer(1))] },
            Filter { column: Customer::DISCOUNT_RATE, ops: vec![Op::Eq(Value::Integer(RATE))] },
        ],
        sort: vec![Sort::ascending(Customer::LAST_NAME)],
        page: Page { skip: 1_000, take: 50 },
        total,
        items,
        ..Query::default()
    };
    let ask = |query: Query| ms(|| Ok(std::hint::black_box(store.list_profiles(&query)?)));
    let [rows, rows_limit, total, total_limit, both] = in_turns(
        ROUNDS,
        [
            &mut || ask(query(false, true)),
            &mut || {
                ms(|| {
                    let n_columns = page.column_count();
                    let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Vec<Cell>> {
                        (0..n_columns).map(|i| row.get(i)).collect()
                    };
                    let rows = page.query_map([RATE], row)?;
                    Ok(std::hint::black_box(rows.collect::<rusqlite::Result<Vec<_>>>()?))
                })
            },
            &mut || ask(query(true, false)),
            &mut || ms(|| Ok(count.query_row([RATE], |row| row.get::<_, i64>(0))?)),
            &mut || ask(query(true, true)),
        ],
    )?;
    Ok(vec![
        Row::ms("page of 50, skip 1,000, filtered, sorted by last name", rows, rows_limit, "<= 2"),
        Row::ms("its exact total alone", total, total_limit, "<= 1.2"),
        Row::ms("the page with its total", both, rows_limit + total_limit, ""),
    ])
}
