//! Row: one customer as it is searched and ordered, read by its key.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;

/// The order of creation, the last name, and the texts: what `Search` looks at, and what else a
/// cashier may type: the display name where it is not one of those already, phone and e-mail.
macro_rules! columns {
    () => {
        "created_at, id, last_name_folded, last_name, search_text,
         concat_ws(char(10), iif(full_name is null, null, display_name_folded), phone_digits, email_folded)"
    };
}
pub(super) use columns;

/// What orders customers: by last name, folded and exact, and by creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rank {
    pub(super) name: (Option<String>, Option<String>),
    pub(super) creation: (i64, String),
}

impl Rank {
    pub(super) fn by_name(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name).then_with(|| self.creation.cmp(&other.creation))
    }

    /// As `order by last_name desc, created_at, id` has it.
    pub(super) fn by_name_descending(&self, other: &Self) -> Ordering {
        other.name.cmp(&self.name).then_with(|| self.creation.cmp(&other.creation))
    }
}

/// What a live customer is searched by.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) state: i64,
    pub(super) rank: Rank,
    pub(super) searched: String,
    pub(super) other: String,
}

/// The row of this key, whatever its state.
pub(super) fn read(conn: &Connection, key: i64) -> Result<Option<Row>> {
    let sql = concat!("select state, ", columns!(), " from customer where key = ?1");
    let mut statement = conn.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Row {
            state: row.get(0)?,
            rank: Rank { creation: (row.get(1)?, row.get(2)?), name: (row.get(3)?, row.get(4)?) },
            searched: row.get(5)?,
            other: row.get(6)?,
        })
    };
    Ok(statement.query_row([key], read).optional()?)
}

/// What orders the customer of this key.
pub(super) fn rank(conn: &Connection, key: i64) -> Result<Rank> {
    let sql = "select created_at, id, last_name_folded, last_name from customer where key = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([key], |row| {
        Ok(Rank { creation: (row.get(0)?, row.get(1)?), name: (row.get(2)?, row.get(3)?) })
    })?)
}
